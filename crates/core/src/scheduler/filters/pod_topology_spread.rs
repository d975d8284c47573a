//! Hard topology spread constraints. Models plugins/podtopologyspread/filtering.go, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::podspec::TopologySpreadConstraint;
use ordinal_api::{Object, Selector, Text};

use super::{Cycle, Plugin, Rejection, count};
use crate::World;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, Counted, Namespaces, with_label_keys};
use crate::scheduler::node_info::NodeInfo;

/// A constraint with the Pods that match it, by the value of its key.
#[derive(Debug)]
pub(super) struct Constraint {
    key: Text,
    max_skew: i64,
    own: i64,
    least: i64,
    matching: SortedMap<Text, i64>,
}

pub(super) type State = Vec<Constraint>;

/// The Pods that a constraint counts: those of the namespace that match, without those that are being deleted.
pub(crate) fn selector_of(constraint: &TopologySpreadConstraint, pod: &Object) -> Counted {
    let keys = &constraint.match_label_keys;
    let selector = with_label_keys(constraint.label_selector.as_ref(), keys, &pod.meta.labels);
    counted(selector.unwrap_or_else(nothing), pod)
}

/// A selector that matches no Pod at all: what a constraint without one means.
fn nothing() -> Selector {
    let never = ordinal_api::labels::Requirement {
        key: Text::default(),
        ..Default::default()
    };
    Selector {
        match_expressions: vec![never],
        ..Selector::default()
    }
}

/// The Pods of a Pod's namespace that match a selector and stay.
pub(crate) fn counted(selector: Selector, pod: &Object) -> Counted {
    Counted {
        namespaces: Namespaces::In(vec![pod.meta.namespace.clone()]),
        selector,
        with_terminating: false,
    }
}

pub(super) fn prepare(world: &World, memory: &mut Memory, object: &Object) -> State {
    let Some(pod) = object.as_pod() else {
        return State::new();
    };
    let hard = pod
        .spec
        .topology_spread_constraints
        .iter()
        .filter(|c| c.when_unsatisfiable != "ScheduleAnyway");
    let hard: Vec<&TopologySpreadConstraint> = hard.into_list();
    let mut state = State::new();
    for constraint in &hard {
        let counted = selector_of(constraint, object);
        // A selector that asks for nothing counts no Pod (`countPodsMatchSelector`), and yet the Pod itself matches it.
        let by_node = if counted.selector.is_empty() {
            ByNode::new()
        } else {
            count(world, memory, &counted)
        };
        let mut matching: SortedMap<Text, i64> = SortedMap::new();
        for node in memory.nodes.iter() {
            // A node without one of the keys is no part of any of the domains.
            let keys = hard.iter().all(|c| node.label(&c.topology_key).is_some());
            if !keys || !is_included(constraint, pod, node) {
                continue;
            }
            let value = node
                .label(&constraint.topology_key)
                .expect("just looked at")
                .clone();
            *matching.entry(value).or_default() +=
                i64::from(by_node.get(&node.id).unwrap_or_default());
        }
        let too_few = constraint
            .min_domains
            .is_some_and(|min| (matching.len() as i64) < min);
        let least = if too_few {
            0
        } else {
            matching.values().copied().min().unwrap_or(i64::MAX)
        };
        let own = i64::from(counted.selector.matches(&object.meta.labels));
        let (key, max_skew) = (constraint.topology_key.clone(), constraint.max_skew);
        state.push(Constraint {
            key,
            max_skew,
            own,
            least,
            matching,
        });
    }
    state
}

/// Whether a constraint counts a node: by default those that the Pod's node affinity allows, tainted or not.
pub(crate) fn is_included(
    constraint: &TopologySpreadConstraint,
    pod: &ordinal_api::pod::Pod,
    node: &NodeInfo,
) -> bool {
    let affinity =
        constraint.node_affinity_policy == "Ignore" || super::node_affinity::matches(pod, node);
    let taints =
        constraint.node_taints_policy != "Honor" || super::first_untolerated(pod, node).is_none();
    affinity && taints
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.spread.is_empty()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    for constraint in &cycle.spread {
        let Some(value) = node.label(&constraint.key) else {
            const MISSING: &str =
                "node(s) didn't match pod topology spread constraints (missing required label)";
            return Some(Rejection::of(Plugin::PodTopologySpread, MISSING));
        };
        let there = constraint.matching.get(value).copied().unwrap_or_default();
        if there + constraint.own - constraint.least > constraint.max_skew {
            const SKEW: &str = "node(s) didn't match pod topology spread constraints";
            return Some(Rejection::resolvable(Plugin::PodTopologySpread, SKEW));
        }
    }
    None
}
