//! The Yew page and the JavaScript API.
//!
//! * `state`: what the page is at one moment and how it changes; no browser in it
//! * `app`, `components`, `hooks`: the page
//! * `drawn`: what was drawn last and still holds
//! * `driver`: the one place that reads animation frames; `listen`: keys, pastes, dropped files, room
//! * `words`, `yaml`: how things are written
//! * `api`: the JavaScript API
//! * `query`, `examples`: what the address asks for, and what there is to show

mod api;
mod app;
mod components;
mod drawn;
mod driver;
mod examples;
mod listen;
mod query;
mod state;
mod words;
mod yaml;

pub use api::{Player, mount};
