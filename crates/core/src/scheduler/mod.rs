//! The scheduler.

use crate::{Change, Cx, Id};

/// A step of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerWork {
    /// A Pod is tried.
    Attempt(Id),
}

/// What it remembers between attempts: its queue, and what nodes hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {}

/// Sees a change: new Pods, and what may make room for those that wait.
pub(crate) fn watch(_cx: &mut Cx<'_>, _change: &Change) {}

/// Does a step.
pub(crate) fn handle(_cx: &mut Cx<'_>, _work: SchedulerWork) {}
