//! Soft topology spread: the Pod's own constraints, or those that every workload has. Models plugins/podtopologyspread/scoring.go, 1.37.

use ordinal_api::podspec::TopologySpreadConstraint;
use ordinal_api::{Kind, Object, Selector, Text};

use super::MAX;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, Counted};
use crate::scheduler::filters::{Cycle, count, counted, is_included, spread_selector};
use crate::scheduler::node_info::{HOSTNAME, NodeInfo, ZONE};
use crate::{Id, World};

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
    let raw = nodes.iter().map(|node| complete(node).then_some(0));
    let mut raw: Vec<Option<i64>> = raw.collect();
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
            add_domains(
                &mut raw,
                constraint,
                &by_node,
                nodes,
                memory.nodes.zones(),
                others,
            );
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
    zones: usize,
    others: impl Fn(Id) -> Option<&'n NodeInfo>,
) {
    let mut domains = Domains::of(&constraint.topology_key, zones);
    let candidates = raw.iter().zip(nodes);
    let candidates = candidates.filter_map(|(raw, node)| raw.map(|_| *node));
    let mut domain_of = Vec::with_capacity(nodes.len());
    domain_of.extend(candidates.clone().map(|node| domains.enter(node)));
    let mut pods = vec![0_i64; domains.has_candidates.len()];
    // Both come in the order of the handles. Candidates have passed the filters, so they are included.
    let mut of_candidates = candidates.zip(&domain_of).peekable();
    for (id, count) in by_node.iter() {
        while of_candidates.next_if(|(node, _)| node.id < id).is_some() {}
        let domain = match of_candidates.peek() {
            Some((node, domain)) if node.id == id => Some(**domain),
            _ => others(id).and_then(|node| domains.find(node)),
        };
        if let Some(domain) = domain {
            pods[domain] += i64::from(count);
        }
    }
    let weight = ln_millionths(domains.count() + 2);
    let candidates = raw.iter_mut().zip(nodes).filter(|(raw, _)| raw.is_some());
    for ((raw, node), domain) in candidates.zip(domain_of) {
        if node.label(&constraint.topology_key).is_some() {
            add(raw, constraint, pods[domain], weight);
        }
    }
}

/// The domains of a key by their numbers: one for each of its values, and that a node lacks it is a value, too.
struct Domains<'n> {
    key: &'n str,
    /// Zones have their numbers already.
    are_zones: bool,
    /// Other values in their order, with the numbers that they got here.
    values: Vec<(&'n str, usize)>,
    /// Whether a candidate is in it, by number.
    has_candidates: Vec<bool>,
}

impl<'n> Domains<'n> {
    fn of(key: &'n str, zones: usize) -> Self {
        let are_zones = key == ZONE;
        Self {
            key,
            are_zones,
            values: Vec::new(),
            has_candidates: vec![false; if are_zones { zones } else { 0 }],
        }
    }

    /// The number of a node's domain, or where its value belongs.
    fn number(&self, node: &NodeInfo) -> Result<usize, usize> {
        if self.are_zones {
            return Ok(node.zone_number);
        }
        let value = node.label(self.key).map_or("", Text::as_str);
        let place = self
            .values
            .binary_search_by(|(known, _)| (*known).cmp(value));
        place.map(|at| self.values[at].1)
    }

    /// The number of a candidate's domain.
    fn enter(&mut self, node: &'n NodeInfo) -> usize {
        let number = self.number(node).unwrap_or_else(|at| {
            let value = node.label(self.key).map_or("", Text::as_str);
            self.values.insert(at, (value, self.has_candidates.len()));
            self.has_candidates.push(false);
            self.values[at].1
        });
        self.has_candidates[number] = true;
        number
    }

    /// The number of a node's domain, if it has candidates.
    fn find(&self, node: &NodeInfo) -> Option<usize> {
        let number = self.number(node).ok();
        number.filter(|number| self.has_candidates[*number])
    }

    /// How many have candidates.
    fn count(&self) -> u64 {
        let with = self.has_candidates.iter().filter(|has| **has);
        with.count() as u64
    }
}

/// Sums in millionths to scores: rounded to the nearest whole number, halves up, and the lowest is best.
fn normalize(millionths: &[Option<i64>]) -> Vec<i64> {
    let rounded = |sum: i64| (sum + MILLION / 2) / MILLION;
    let sums = || millionths.iter().flatten().copied();
    // Rounding keeps the order.
    let highest = rounded(sums().max().unwrap_or_default());
    let lowest = rounded(sums().min().unwrap_or_default());
    let score = |sum: &Option<i64>| match sum {
        None => 0,
        Some(_) if highest == 0 => MAX,
        Some(sum) => MAX * (highest + lowest - rounded(*sum)) / highest,
    };
    millionths.iter().map(score).collect()
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
