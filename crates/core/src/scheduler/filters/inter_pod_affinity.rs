//! Required affinity and anti-affinity between Pods. Models plugins/interpodaffinity/filtering.go, 1.37.

use ordinal_api::sorted::SortedMap;

use ordinal_api::podspec::PodAffinityTerm;
use ordinal_api::{Object, Selector, Text};

use super::{Cycle, Plugin, Rejection, count};
use crate::World;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, Counted, Namespaces, resolved_affinity};
use crate::scheduler::node_info::NodeInfo;

/// How many Pods there are, by the value of a key of their node.
type ByValue = SortedMap<Text, i64>;

#[derive(Debug, Default)]
pub(super) struct State {
    affinity: Vec<(Text, ByValue)>,
    /// Whether the Pod is one of those that it wants to be with: then the first of them may go anywhere.
    matches_itself: bool,
    anti_affinity: Vec<(Text, ByValue)>,
    /// Values of keys at which a Pod stands that does not want this one.
    refused: Vec<(Text, ByValue)>,
}

/// The Pods that a term means, where `own` is the namespace of the Pod that has the term.
pub(crate) fn pods_of_term(term: &PodAffinityTerm, own: &Text, world: &World) -> Counted {
    Counted {
        namespaces: Namespaces::of_term(term, own, &world.store),
        // Without a selector a term means no Pod.
        selector: term.label_selector.clone().unwrap_or_else(|| Selector {
            match_expressions: vec![ordinal_api::labels::Requirement::default()],
            ..Selector::default()
        }),
        with_terminating: true,
    }
}

/// Pods that every term means.
fn pods_of_all(terms: &[PodAffinityTerm], own: &Text, world: &World) -> Counted {
    let mut terms = terms.iter().map(|term| pods_of_term(term, own, world));
    let mut all = terms.next().expect("asked only where there are terms");
    for term in terms {
        all.namespaces = match (all.namespaces, term.namespaces) {
            (Namespaces::All, other) | (other, Namespaces::All) => other,
            (Namespaces::In(a), Namespaces::In(b)) => {
                Namespaces::In(a.into_iter().filter(|name| b.contains(name)).collect())
            }
        };
        all.selector
            .match_expressions
            .extend(term.selector.match_expressions);
        all.selector
            .match_expressions
            .extend(term.selector.match_labels.into_iter().map(|(key, value)| {
                ordinal_api::labels::Requirement {
                    key,
                    values: vec![value],
                    ..Default::default()
                }
            }));
    }
    all
}

/// Counts by node, added up by the value of a label of the nodes.
pub(crate) fn topology_counts(
    memory: &Memory,
    key: &str,
    by_node: &ByNode,
) -> SortedMap<Text, i64> {
    let mut counts = ByValue::new();
    for (node, count) in by_node.iter() {
        if let Some(value) = memory.nodes.get(node).and_then(|n| n.label(key)) {
            *counts.entry(value.clone()).or_default() += i64::from(count);
        }
    }
    counts
}

pub(super) fn prepare(world: &World, memory: &mut Memory, object: &Object) -> State {
    let mut state = State::default();
    let own = &object.meta.namespace;
    for group in memory.counters.groups() {
        for term in &group.resolved.pod_anti_affinity.required {
            if pods_of_term(term, &group.namespace, world).matches(object) {
                let counts = topology_counts(memory, &term.topology_key, &group.by_node);
                state.refused.push((term.topology_key.clone(), counts));
            }
        }
    }
    let Some(affinity) = resolved_affinity(object) else {
        return state;
    };
    let required = &affinity.pod_affinity.required;
    if !required.is_empty() {
        let counted = pods_of_all(required, own, world);
        let by_node = count(world, memory, &counted);
        state.matches_itself = counted.matches(object);
        state.affinity = required
            .iter()
            .map(|term| {
                (
                    term.topology_key.clone(),
                    topology_counts(memory, &term.topology_key, &by_node),
                )
            })
            .collect();
    }
    for term in &affinity.pod_anti_affinity.required {
        let by_node = count(world, memory, &pods_of_term(term, own, world));
        let counts = topology_counts(memory, &term.topology_key, &by_node);
        state
            .anti_affinity
            .push((term.topology_key.clone(), counts));
    }
    state
}

fn meets(terms: &[(Text, ByValue)], node: &NodeInfo) -> bool {
    terms.iter().any(|(key, counts)| {
        node.label(key)
            .is_some_and(|value| counts.get(value).is_some_and(|n| *n > 0))
    })
}

fn is_with(state: &State, node: &NodeInfo) -> bool {
    if !state
        .affinity
        .iter()
        .all(|(key, _)| node.label(key).is_some())
    {
        return false;
    }
    let all = state.affinity.iter().all(|(key, counts)| {
        node.label(key)
            .and_then(|value| counts.get(value))
            .is_some_and(|n| *n > 0)
    });
    let first = state.matches_itself && state.affinity.iter().all(|(_, counts)| counts.is_empty());
    all || first
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    let state = &cycle.affinity;
    !(state.affinity.is_empty() && state.anti_affinity.is_empty() && state.refused.is_empty())
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let state = &cycle.affinity;
    if !is_with(state, node) {
        return Some(Rejection::of(
            Plugin::InterPodAffinity,
            "node(s) didn't match pod affinity rules",
        ));
    }
    if meets(&state.anti_affinity, node) {
        return Some(Rejection::resolvable(
            Plugin::InterPodAffinity,
            "node(s) didn't match pod anti-affinity rules",
        ));
    }
    meets(&state.refused, node).then(|| {
        Rejection::resolvable(
            Plugin::InterPodAffinity,
            "node(s) didn't satisfy existing pods anti-affinity rules",
        )
    })
}
