//! The deterministic cluster. It knows no browser, no wall clock, no global state.
//!
//! A [`World`] is a value: the API's objects and the machines' truth at one moment. It changes only through an
//! [`Input`] or through work that is due, and a copy of it costs nothing. A [`Cluster`] is a world with its history.
//!
//! ```text
//! Input ──▶ Cluster ──▶ World ──step──▶ queue (due, seq) ──▶ component.handle(Cx) ──▶ Cx verbs ──▶ Store ──▶ Journal
//!                                          ▲                                                        │
//!                                          └──────────────── component.watch(Cx, Change) ◀──────────┘
//! ```
//!
//! * [`world`], [`queue`], [`context`]: the engine; a component acts through [`Cx`] alone; [`config`]: what a run is made from
//! * [`persistent`]: the collections that make a copy of a world cost nothing
//! * [`store`], [`journal`], [`wait`]: objects and their indexes, what changed and why, what waits and why
//! * [`apiserver`]: requests from outside: admission, defaulting, validation
//! * [`controllers`], [`scheduler`], [`kubelet`], [`storage`], [`dns`]: who acts, each a folder
//! * `cron`: schedules
//! * [`machine`], [`disk`]: the second truth: power, links, containers that really run, bytes really written
//! * [`truth`]: both truths side by side, where they part, and the promises that hang on it
//! * [`input`], [`history`]: what may enter, and every frame that was
//! * [`shrink`]: what matters of a random schedule that fails
//! * `holding`: a world that stands still and holds what it is given, for comparisons
//! * [`release`], [`latency`], [`ledger`]: what changed between releases, how long things take, what is not modelled

pub mod apiserver;
pub mod component;
pub mod config;
pub mod context;
pub mod controllers;
mod cron;
pub mod disk;
pub mod dns;
pub mod history;
mod holding;
pub mod input;
pub mod journal;
pub mod kubelet;
#[cfg(test)]
pub(crate) mod lab;
pub mod latency;
pub mod ledger;
pub mod machine;
pub mod milestones;
pub mod persistent;
pub mod queue;
mod recorder;
#[cfg(test)]
pub(crate) mod refusals;
pub mod release;
pub mod rng;
pub mod scheduler;
pub mod shrink;
pub mod storage;
pub mod store;
pub mod truth;
pub mod wait;
pub mod world;

pub use component::Component;
pub use config::Config;
pub use context::Cx;
pub use history::Cluster;
pub use input::{Fault, Input};
pub use store::{Change, Id, Store};
pub use world::World;
