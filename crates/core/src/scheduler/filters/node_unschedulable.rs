//! A cordoned node takes only Pods that tolerate it. Models plugins/nodeunschedulable, 1.37.

use ordinal_api::node::{Taint, TaintEffect};

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

const TAINT: &str = "node.kubernetes.io/unschedulable";

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    if !node.is_unschedulable {
        return None;
    }
    let taint = Taint::new(TAINT, TaintEffect::NoSchedule);
    let tolerated = cycle.pod.tolerations().any(|t| taint.is_tolerated_by(t));
    (!tolerated).then(|| Rejection::of(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
