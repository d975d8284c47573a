//! A cordoned node takes only Pods that tolerate it. Models plugins/nodeunschedulable, 1.37.

use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::pod::Pod;

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

const TAINT: &str = "node.kubernetes.io/unschedulable";

/// Whether a Pod may go to a node that is cordoned.
pub(crate) fn tolerates_cordon(pod: &Pod) -> bool {
    let taint = Taint::new(TAINT, TaintEffect::NoSchedule);
    pod.tolerations().any(|t| taint.is_tolerated_by(t))
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    cycle.marked.unschedulable > 0
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    (node.is_unschedulable && !tolerates_cordon(cycle.pod))
        .then(|| Rejection::of(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
