//! A Pod that names its node is taken by no other. Models plugins/nodename, 1.37.

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.pod.node_name.is_empty()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let wanted = &cycle.pod.node_name;
    let other = !wanted.is_empty() && wanted != node.name();
    other.then(|| {
        Rejection::of(
            Plugin::NodeName,
            "node(s) didn't match the requested node name",
        )
    })
}
