//! Why something does not happen: the guard that held a component, and what it waits for.

use ordinal_api::SimTime;

use crate::{Component, Id};

/// A rule that can hold a component back.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard {
    /// The rule's name: the function or condition upstream, or the mark users know (`processReplica`, `RWO`).
    pub name: &'static str,
    /// The rule as a sentence: `a Pod is created only when its predecessor is Ready`.
    pub rule: &'static str,
    /// The upstream file that it models.
    pub source: &'static str,
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// An object of the API.
    Object(Id),
    /// A machine: its power, its link or its kubelet.
    Machine(Id),
    /// A moment that is known.
    Until(SimTime),
    /// Somebody outside of the cluster.
    Administrator,
}

/// One wait: recorded by a component that looked at `subject` and decided to do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who waits.
    pub by: Component,
    /// About which object; it need not exist yet (a Pod that is not created has a name).
    pub subject: Id,
    /// What it waits for.
    pub on: On,
    /// The rule that held it.
    pub guard: &'static Guard,
    /// Since when this guard has held on this object.
    pub since: SimTime,
    /// When it ends by itself, where that is known.
    pub until: Option<SimTime>,
}
