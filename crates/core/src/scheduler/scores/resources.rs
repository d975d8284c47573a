//! Free nodes and balanced nodes. Models plugins/noderesources/{least_allocated,balanced_allocation}.go, 1.37.

use super::MAX;
use crate::scheduler::filters::Cycle;
use crate::scheduler::node_info::{NodeInfo, share};
use crate::scheduler::request::Request;

/// The mean over CPU and memory of the share that stays free.
pub(super) fn least_allocated(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let asked = Request::without_pod_level(&cycle.pod.spec);
    let (cpu, memory) = (asked.scored_cpu_milli, asked.scored_memory);
    let free = |taken: i64, has: i64| {
        if taken > has {
            0
        } else {
            share(has - taken, has, MAX)
        }
    };
    let score = |node: &&NodeInfo| {
        let (has, taken) = (&node.allocatable, &node.requested);
        let cpu = (has.cpu_milli > 0).then(|| free(taken.scored_cpu_milli + cpu, has.cpu_milli));
        let memory = (has.memory > 0).then(|| free(taken.scored_memory + memory, has.memory));
        match (cpu, memory) {
            (Some(cpu), Some(memory)) => (cpu + memory) / 2,
            (one, other) => one.or(other).unwrap_or_default(),
        }
    };
    nodes.iter().map(score).collect()
}

/// How much better the Pod leaves CPU and memory in proportion: 75 where it changes nothing. Pods that ask for neither have no score.
pub(super) fn balanced(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let asked = &cycle.request.amounts;
    if asked.cpu_milli == 0 && asked.memory == 0 {
        return vec![0; nodes.len()];
    }
    let score = |node: &&NodeInfo| {
        MAX / 2 + (MAX / 2 + node.evenness_with(asked.cpu_milli, asked.memory) - node.evenness) / 2
    };
    nodes.iter().map(score).collect()
}
