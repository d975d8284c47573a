//! Free nodes and balanced nodes. Models plugins/noderesources/{least_allocated,balanced_allocation}.go, 1.37.

use std::sync::Arc;

use super::MAX;
use crate::scheduler::filters::Cycle;
use crate::scheduler::node_info::NodeInfo;

/// Parts of which a whole is made in fractions.
const WHOLE: i64 = 1_000_000;

/// The mean over CPU and memory of the share that stays free.
pub(super) fn least_allocated(cycle: &Cycle<'_>, nodes: &[Arc<NodeInfo>]) -> Vec<i64> {
    let (cpu, memory) = (cycle.request.scored_cpu_milli, cycle.request.scored_memory);
    let free = |taken: i64, has: i64| {
        if taken > has {
            0
        } else {
            share(has - taken, has, MAX)
        }
    };
    let score = |node: &Arc<NodeInfo>| {
        let (has, taken) = (&node.allocatable, &node.requested);
        let shares = [
            (has.cpu_milli > 0).then(|| free(taken.scored_cpu_milli + cpu, has.cpu_milli)),
            (has.memory > 0).then(|| free(taken.scored_memory + memory, has.memory)),
        ];
        mean(&shares)
    };
    nodes.iter().map(score).collect()
}

fn mean(shares: &[Option<i64>]) -> i64 {
    let there = shares.iter().flatten();
    let count = there.clone().count() as i64;
    if count == 0 {
        0
    } else {
        there.sum::<i64>() / count
    }
}

/// `of` as a share of `whole`, in `parts`.
fn share(of: i64, whole: i64, parts: i64) -> i64 {
    match of.checked_mul(parts) {
        Some(product) => product / whole,
        None => {
            i64::try_from(i128::from(of) * i128::from(parts) / i128::from(whole)).unwrap_or(parts)
        }
    }
}

/// How much better the Pod leaves CPU and memory in proportion: 75 where it changes nothing. Pods that ask for nothing have no score.
pub(super) fn balanced(cycle: &Cycle<'_>, nodes: &[Arc<NodeInfo>]) -> Vec<i64> {
    let asked = &cycle.request.amounts;
    if asked.is_zero() {
        return vec![0; nodes.len()];
    }
    let score = |node: &Arc<NodeInfo>| {
        let (has, taken) = (&node.allocatable, &node.requested.amounts);
        let part = |of: i64, whole: i64| {
            if whole == 0 {
                0
            } else {
                share(of, whole, WHOLE).min(WHOLE)
            }
        };
        let level = |cpu: i64, memory: i64| {
            // With one resource there is nothing to balance.
            let both = has.cpu_milli > 0 && has.memory > 0;
            let apart = if both {
                part(cpu, has.cpu_milli).abs_diff(part(memory, has.memory)) as i64
            } else {
                0
            };
            // The standard deviation of two numbers is half of their distance.
            (WHOLE - apart / 2) * MAX / WHOLE
        };
        let with = level(
            taken.cpu_milli + asked.cpu_milli,
            taken.memory + asked.memory,
        );
        let without = level(taken.cpu_milli, taken.memory);
        MAX / 2 + (MAX / 2 + with - without) / 2
    };
    nodes.iter().map(score).collect()
}
