//! The taint eviction controller.

use crate::{Change, Cx, Id};

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(_cx: &mut Cx<'_>, _change: &Change) {}

/// Looks at one key.
pub(crate) fn sync(_cx: &mut Cx<'_>, _id: Id) {}

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {}

/// An eviction that comes due.
#[derive(Clone, Debug, PartialEq)]
pub struct EvictionWork {
    /// The Pod.
    pub pod: Id,
    /// Which incarnation.
    pub uid: ordinal_api::Uid,
}

/// The toleration of a Pod has run out.
pub(crate) fn handle(_cx: &mut Cx<'_>, _work: EvictionWork) {}
