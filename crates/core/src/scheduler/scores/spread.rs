//! Soft topology spread: the Pod's own constraints, or those that every workload has. Models plugins/podtopologyspread/scoring.go, 1.37.

use ordinal_api::list::IntoList;

use ordinal_api::podspec::TopologySpreadConstraint;
use ordinal_api::{Kind, Object, Selector, Text};

use super::MAX;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, Counted};
use crate::scheduler::filters::{Cycle, count, counted, is_included, spread_selector};
use crate::scheduler::node_info::NodeInfo;
use crate::{Id, World};

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const MILLION: i64 = 1_000_000;

/// The score of each node, or nothing where no constraint applies.
pub(super) fn scores(
    cycle: &Cycle<'_>,
    memory: &mut Memory,
    nodes: &[&NodeInfo],
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
    let mut raw: Vec<Option<i64>> = nodes
        .iter()
        .map(|node| complete(node).then_some(0))
        .into_list();
    for (constraint, counted) in &asked {
        let by_node = if counted.selector.is_empty() {
            ByNode::new()
        } else {
            count(cycle.world, memory, counted)
        };
        if constraint.topology_key == HOSTNAME {
            add_hosts(&mut raw, constraint, &by_node, nodes);
        } else {
            let others = |id: Id| {
                let node = memory.nodes.get(id).map(|node| &**node);
                node.filter(|n| complete(n) && is_included(constraint, cycle.pod, n))
            };
            add_domains(&mut raw, constraint, &by_node, nodes, others);
        }
    }
    Some(normalize(&raw))
}

/// What one Pod and one more of a constraint's domain count, in millionths. Models `scoreForCount`.
fn add(raw: &mut Option<i64>, constraint: &TopologySpreadConstraint, pods: i64, weight: i64) {
    if let Some(sum) = raw {
        *sum += pods * weight + (constraint.max_skew - 1) * MILLION;
    }
}

/// Each node is a domain of its own.
fn add_hosts(
    raw: &mut [Option<i64>],
    constraint: &TopologySpreadConstraint,
    by_node: &ByNode,
    nodes: &[&NodeInfo],
) {
    let domains = raw.iter().flatten().count();
    let weight = ln_millionths(domains as u64 + 2);
    // Both come in the order of the handles.
    let mut counts = by_node.iter().peekable();
    for (raw, node) in raw
        .iter_mut()
        .zip(nodes)
        .filter(|(_, node)| node.label(HOSTNAME).is_some())
    {
        while counts.next_if(|(id, _)| *id < node.id).is_some() {}
        let pods = counts.next_if(|(id, _)| *id == node.id);
        add(
            raw,
            constraint,
            pods.map_or(0, |(_, pods)| i64::from(pods)),
            weight,
        );
    }
}

/// Nodes with the same value of the key are one domain; those that are not candidates count with their Pods.
fn add_domains<'n>(
    raw: &mut [Option<i64>],
    constraint: &TopologySpreadConstraint,
    by_node: &ByNode,
    nodes: &[&'n NodeInfo],
    others: impl Fn(Id) -> Option<&'n NodeInfo>,
) {
    let key = constraint.topology_key.as_str();
    let value = |node: &'n NodeInfo| node.label(key).map_or("", Text::as_str);
    // Values in their order, with the numbers of their domains: every node is looked up, and few are new.
    let mut domains: Vec<(&str, usize)> = Vec::new();
    let place = |domains: &[(&str, usize)], node: &'n NodeInfo| {
        domains.binary_search_by(|(known, _)| (*known).cmp(value(node)))
    };
    let mut domain_of: Vec<usize> = Vec::with_capacity(nodes.len());
    for (raw, node) in raw.iter().zip(nodes) {
        let mut domain = usize::MAX;
        if raw.is_some() {
            let at = place(&domains, node).unwrap_or_else(|at| {
                domains.insert(at, (value(node), domains.len()));
                at
            });
            domain = domains[at].1;
        }
        domain_of.push(domain);
    }
    let mut pods = vec![0_i64; domains.len()];
    // Both come in the order of the handles. Candidates have passed the filters, so they are included.
    let mut candidates = nodes.iter().zip(&domain_of).peekable();
    for (id, count) in by_node.iter() {
        while candidates.next_if(|(node, _)| node.id < id).is_some() {}
        let domain = match candidates.peek() {
            Some((node, domain)) if node.id == id => {
                Some(**domain).filter(|domain| *domain != usize::MAX)
            }
            _ => {
                let at = others(id).and_then(|node| place(&domains, node).ok());
                at.map(|at| domains[at].1)
            }
        };
        if let Some(domain) = domain {
            pods[domain] += i64::from(count);
        }
    }
    let weight = ln_millionths(domains.len() as u64 + 2);
    for ((raw, node), domain) in raw.iter_mut().zip(nodes).zip(domain_of) {
        if raw.is_some() && node.label(key).is_some() {
            add(raw, constraint, pods[domain], weight);
        }
    }
}

/// Sums in millionths to scores: rounded to the nearest whole number, halves up, and the lowest is best.
fn normalize(millionths: &[Option<i64>]) -> Vec<i64> {
    let raw: Vec<Option<i64>> = millionths
        .iter()
        .map(|sum| sum.map(|sum| (sum + MILLION / 2) / MILLION))
        .into_list();
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
            _ => owner.as_replicated().map(|r| r.spec.selector.clone()),
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
