//! Free nodes and balanced nodes. Models plugins/noderesources/{least_allocated,balanced_allocation}.go, 1.37.

use super::MAX;
use crate::scheduler::filters::Cycle;
use crate::scheduler::node_info::{NodeInfo, share};
use crate::scheduler::request::Request;

/// Both scores together, each of weight 1: every attempt walks all nodes for them, so once.
pub(super) fn scores(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let scored = Request::without_pod_level(&cycle.pod.spec);
    let asked = &cycle.request.amounts;
    let nodes = nodes.iter();
    // Pods that ask for neither have no balance.
    if asked.cpu_milli == 0 && asked.memory == 0 {
        return nodes.map(|node| least_allocated(&scored, node)).collect();
    }
    let balance = |node| balanced(asked.cpu_milli, asked.memory, node);
    nodes
        .map(|node| least_allocated(&scored, node) + balance(node))
        .collect()
}

/// The mean over CPU and memory of the share that stays free.
fn least_allocated(asked: &Request, node: &NodeInfo) -> i64 {
    let free = |taken: i64, has: i64| {
        if taken > has {
            0
        } else {
            share(has - taken, has, MAX)
        }
    };
    let (has, taken) = (&node.allocatable, &node.requested);
    let (cpu, memory) = (
        taken.scored_cpu_milli + asked.scored_cpu_milli,
        taken.scored_memory + asked.scored_memory,
    );
    let cpu = (has.cpu_milli > 0).then(|| free(cpu, has.cpu_milli));
    let memory = (has.memory > 0).then(|| free(memory, has.memory));
    match (cpu, memory) {
        (Some(cpu), Some(memory)) => (cpu + memory) / 2,
        (one, other) => one.or(other).unwrap_or_default(),
    }
}

/// How much better a Pod leaves CPU and memory in proportion: 75 where it changes nothing.
fn balanced(cpu_milli: i64, memory: i64, node: &NodeInfo) -> i64 {
    MAX / 2 + (MAX / 2 + node.evenness_with(cpu_milli, memory) - node.evenness) / 2
}
