//! The node lifecycle controller: heartbeats, conditions, taints.

use crate::{Change, Cx, Id};

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(_cx: &mut Cx<'_>, _change: &Change) {}

/// Looks at one key.
pub(crate) fn sync(_cx: &mut Cx<'_>, _id: Id) {}

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {}

/// Its clocks.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeWork {
    /// A node may have been silent for the grace period.
    Monitor(Id),
}

/// A clock rings.
pub(crate) fn handle(_cx: &mut Cx<'_>, _work: NodeWork) {}

/// A machine fell silent: no heartbeat of its kubelet will come until [`heard`].
pub(crate) fn silent(_cx: &mut Cx<'_>, _node: Id) {}

/// The kubelet of a machine has posted its node's status again.
pub(crate) fn heard(_cx: &mut Cx<'_>, _node: Id) {}
