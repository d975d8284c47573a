//! Taints that a Pod does not tolerate keep it away. Models plugins/tainttoleration, 1.37.

use ordinal_api::Text;
use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::pod::Pod;

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

/// The first taint that keeps a Pod from being scheduled to a node.
pub(crate) fn first_untolerated<'n>(pod: &Pod, node: &'n NodeInfo) -> Option<&'n Taint> {
    if !node.is_tainted {
        return None;
    }
    let taints = node
        .node()
        .taints
        .iter()
        .filter(|t| t.effect != TaintEffect::PreferNoSchedule);
    taints
        .into_iter()
        .find(|taint| !pod.tolerations().any(|t| taint.is_tolerated_by(t)))
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    cycle.marked.tainted > 0
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let taint = first_untolerated(cycle.pod, node)?;
    let reason = if cycle.world.release().short_taint_text() {
        Text::new_static("node(s) had untolerated taint(s)")
    } else {
        format!(
            "node(s) had untolerated taint {{{}: {}}}",
            taint.key, taint.value
        )
        .into()
    };
    Some(Rejection {
        plugin: Plugin::TaintToleration,
        reasons: vec![reason],
        resolvable: false,
    })
}
