//! Soft topology spread: the Pod's own constraints, or those that every workload has. Models plugins/podtopologyspread/scoring.go, 1.37.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::podspec::TopologySpreadConstraint;
use ordinal_api::{Kind, Object, Selector, Text};

use super::MAX;
use crate::World;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, Counted};
use crate::scheduler::filters::{Cycle, count, counted, is_included, spread_selector};
use crate::scheduler::node_info::NodeInfo;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const MILLION: i64 = 1_000_000;

struct Constraint {
    key: Text,
    max_skew: i64,
    by_node: ByNode,
    /// Pods by the value of the key; not for host names, where the node's own count is meant.
    by_value: BTreeMap<Text, i64>,
    /// The natural logarithm of the number of domains and 2, in millionths.
    weight: i64,
}

/// The score of each node, or nothing where no constraint applies.
pub(super) fn scores(
    cycle: &Cycle<'_>,
    memory: &mut Memory,
    nodes: &[Arc<NodeInfo>],
) -> Option<Vec<i64>> {
    let own = &cycle.pod.spec.topology_spread_constraints;
    let asked: Vec<(TopologySpreadConstraint, Counted)> = if own.is_empty() {
        let counted = counted(default_selector(cycle.world, cycle.object)?, cycle.object);
        defaults()
            .into_iter()
            .map(|constraint| (constraint, counted.clone()))
            .collect()
    } else {
        let soft = own
            .iter()
            .filter(|c| c.when_unsatisfiable == "ScheduleAnyway");
        soft.map(|constraint| {
            (
                constraint.clone(),
                spread_selector(constraint, cycle.object),
            )
        })
        .collect()
    };
    if asked.is_empty() {
        return None;
    }
    // With constraints of its own, a Pod prefers no node that lacks one of the keys.
    let complete = |node: &NodeInfo| {
        own.is_empty()
            || asked
                .iter()
                .all(|(c, _)| node.label(&c.topology_key).is_some())
    };
    let taking_part = nodes.iter().filter(|node| complete(node)).count();
    let mut constraints = Vec::new();
    for (constraint, counted) in &asked {
        let by_node = count(cycle.world, memory, counted);
        let key = constraint.topology_key.clone();
        let mut by_value = BTreeMap::new();
        let mut domains = taking_part;
        if key != HOSTNAME {
            for value in nodes
                .iter()
                .filter(|node| complete(node))
                .map(|node| node.label(&key))
            {
                by_value
                    .entry(value.cloned().unwrap_or_default())
                    .or_insert(0_i64);
            }
            domains = by_value.len();
            for (id, pods) in &by_node {
                let Some(node) = memory.nodes.get(id) else {
                    continue;
                };
                if !complete(node) || !is_included(constraint, cycle.pod, node) {
                    continue;
                }
                if let Some(sum) = by_value.get_mut(node.label(&key).unwrap_or(&Text::default())) {
                    *sum += i64::from(*pods);
                }
            }
        }
        let weight = ln_millionths(domains as u64 + 2);
        constraints.push(Constraint {
            key,
            max_skew: constraint.max_skew,
            by_node,
            by_value,
            weight,
        });
    }
    let raw = nodes
        .iter()
        .map(|node| complete(node).then(|| raw_score(&constraints, node)))
        .collect::<Vec<_>>();
    Some(normalize(&raw))
}

fn raw_score(constraints: &[Constraint], node: &NodeInfo) -> i64 {
    let mut sum = 0;
    for constraint in constraints {
        let Some(value) = node.label(&constraint.key) else {
            continue;
        };
        let there = if constraint.key == HOSTNAME {
            i64::from(
                constraint
                    .by_node
                    .get(&node.id)
                    .copied()
                    .unwrap_or_default(),
            )
        } else {
            constraint.by_value.get(value).copied().unwrap_or_default()
        };
        sum += there * constraint.weight + (constraint.max_skew - 1) * MILLION;
    }
    // Rounded to the nearest whole number, halves up.
    (sum + MILLION / 2) / MILLION
}

fn normalize(raw: &[Option<i64>]) -> Vec<i64> {
    let highest = raw.iter().flatten().copied().max().unwrap_or_default();
    let lowest = raw.iter().flatten().copied().min().unwrap_or_default();
    let score = |raw: &Option<i64>| match raw {
        None => 0,
        Some(_) if highest == 0 => MAX,
        Some(score) => MAX * (highest + lowest - score) / highest,
    };
    raw.iter().map(score).collect()
}

/// What holds for Pods without constraints: `systemDefaultConstraints`.
fn defaults() -> [TopologySpreadConstraint; 2] {
    [(HOSTNAME, 3), (ZONE, 5)].map(|(key, max_skew)| TopologySpreadConstraint {
        max_skew,
        topology_key: Text::new_static(key),
        ..TopologySpreadConstraint::default()
    })
}

/// What the Services and the workload of a Pod select, all together. Models plugins/helper `DefaultSelector`.
fn default_selector(world: &World, pod: &Object) -> Option<Selector> {
    let mut selector = Selector::default();
    for (_, service) in world.store.services_of_pod(pod) {
        let labels = service
            .as_service()
            .into_iter()
            .flat_map(|s| s.selector.iter());
        selector
            .match_labels
            .extend(labels.map(|(key, value)| (key.clone(), value.clone())));
    }
    if let Some(owner) = pod.meta.controller() {
        let owner = owner
            .kind
            .and_then(|kind| world.store.find(kind, &pod.meta.namespace, &owner.name));
        let of_owner = owner.and_then(|owner| match owner.kind() {
            Kind::StatefulSet => owner.as_stateful_set().map(|s| s.spec.selector.clone()),
            Kind::ReplicaSet => owner.as_replica_set().map(|r| r.spec.selector.clone()),
            _ => None,
        });
        if let Some(of_owner) = of_owner {
            selector.match_labels.extend(of_owner.match_labels);
            selector
                .match_expressions
                .extend(of_owner.match_expressions);
        }
    }
    (!selector.is_empty()).then_some(selector)
}

/// The natural logarithm of a whole number, in millionths: its binary logarithm digit by digit, times ln 2.
fn ln_millionths(number: u64) -> i64 {
    const LN_2: u128 = 693_147_180_559_945;
    const LN_2_SCALE: u128 = 1_000_000_000;
    let whole = number.max(1).ilog2();
    let mut fraction: u64 = 0;
    // The mantissa, in 2^32ths: 1 to below 2.
    let mut mantissa = (u128::from(number.max(1)) << 32) >> whole;
    for _ in 0..32 {
        mantissa = (mantissa * mantissa) >> 32;
        fraction <<= 1;
        if mantissa >= 1 << 33 {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    let binary = u128::from(whole) << 32 | u128::from(fraction);
    i64::try_from((binary * LN_2 / LN_2_SCALE) >> 32).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right_to_the_millionth() {
        for (number, expected) in [
            (1, 0),
            (2, 693_147),
            (3, 1_098_612),
            (5, 1_609_437),
            (102, 4_624_972),
            (1002, 6_909_753),
        ] {
            let got = ln_millionths(number);
            assert!((got - expected).abs() <= 1, "ln {number}: {got}");
        }
    }
}
