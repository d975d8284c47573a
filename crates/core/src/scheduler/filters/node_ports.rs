//! Host ports. Models plugins/nodeports, 1.37.

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.ports.is_empty()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    const REASON: &str = "node(s) didn't have free ports for the requested pod ports";
    let taken = cycle
        .ports
        .iter()
        .any(|wanted| node.ports.iter().any(|port| port.conflicts_with(wanted)));
    taken.then(|| Rejection::resolvable(Plugin::NodePorts, REASON))
}
