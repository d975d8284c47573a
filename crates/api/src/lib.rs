//! Kubernetes kinds as validated Rust types, without behaviour.
//!
//! An [`Object`] is what the API server stores: typed where the cluster acts on it, and the admitted JSON beside
//! it so that nothing a user wrote is lost in output. Time, controllers and storage live in `ordinal-core`.
//!
//! * [`object`]: the stored object and its body, one variant a kind; [`kind`]: their names, groups and short names
//! * [`meta`], [`labels`], [`quantity`], [`time`], [`condition`]: what all kinds share
//! * [`status`]: the API server's answer when it refuses; [`go`]: what its messages show of a value
//! * one module a kind for the rest

pub mod base64;
pub mod calendar;
pub mod condition;
pub mod config;
pub mod coordination;
pub mod daemonset;
pub mod deployment;
pub mod endpointslice;
pub mod event;
pub mod go;
pub mod kind;
pub mod labels;
pub mod list;
pub mod managed;
pub mod meta;
pub mod namespace;
pub mod node;
pub mod object;
pub mod pod;
pub mod podspec;
pub mod quantity;
pub mod read;
pub mod replicaset;
pub mod schema;
pub mod service;
pub mod sorted;
pub mod statefulset;
pub mod status;
pub mod storage;
pub mod time;
pub mod value;
mod workload;

pub use kind::{EVENTS, Kind};
pub use labels::{Labels, Selector};
pub use meta::{Lasting, ObjectKey, ObjectMeta, OwnerReference, Uid};
pub use object::{Body, Object};
pub use quantity::Quantity;
pub use status::Status;
pub use time::{SimDuration, SimTime};

/// A short immutable string; cloning it never allocates.
pub type Text = smol_str::SmolStr;
/// The JSON tree in which objects enter and leave; its maps keep their keys sorted.
pub type Value = serde_json::Value;
