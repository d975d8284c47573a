//! How many Pods match a selector, by node: counted once, then kept, so that spreading costs nodes and not Pods.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::labels::{Operator, Requirement};
use ordinal_api::podspec::{Affinity, PodAffinityTerm};
use ordinal_api::{Kind, Labels, Object, Selector, Text};

use crate::Id;
use crate::persistent::{Map, Numbers};
use crate::store::Store;

/// In which namespaces Pods are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Namespaces {
    /// In these.
    In(Vec<Text>),
    /// In all.
    All,
}

impl Namespaces {
    /// The namespaces of an affinity term, as a Pod of namespace `own` means it.
    /// Models pkg/scheduler/framework `newAffinityTerm` and `getNamespacesFromPodAffinityTerm`, 1.37.
    pub(crate) fn of_term(term: &PodAffinityTerm, own: &Text, store: &Store) -> Self {
        let mut names = term.namespaces.clone();
        match &term.namespace_selector {
            None if names.is_empty() => names.push(own.clone()),
            None => {}
            Some(selector) if selector.is_empty() => return Self::All,
            Some(selector) => names.extend(
                store
                    .list(Kind::Namespace)
                    .filter(|(_, o)| selector.matches(&o.meta.labels))
                    .map(|(_, o)| o.meta.name.clone()),
            ),
        }
        ordinal_api::sorted::sort(&mut names);
        names.dedup();
        Self::In(names)
    }

    pub(crate) fn contain(&self, namespace: &Text) -> bool {
        match self {
            Self::In(names) => names.contains(namespace),
            Self::All => true,
        }
    }
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) namespaces: Namespaces,
    pub(crate) selector: Selector,
    /// Whether Pods that are being deleted count: for affinity they do, for spreading they do not.
    pub(crate) with_terminating: bool,
}

impl Counted {
    /// Whether a Pod is one of those.
    pub(crate) fn matches(&self, pod: &Object) -> bool {
        (self.with_terminating || !pod.meta.is_deleting())
            && self.namespaces.contain(&pod.meta.namespace)
            && self.selector.matches(&pod.meta.labels)
    }
}

/// Nodes and how many there.
pub(crate) type ByNode = Numbers<Id, u32>;

#[derive(Clone, Debug)]
pub(crate) struct Counter {
    counted: Arc<Counted>,
    by_node: ByNode,
}

/// A Pod's affinity to other Pods, and on which nodes Pods with exactly this one are.
#[derive(Clone, Debug)]
pub(crate) struct AffinityGroup {
    pub(crate) namespace: Text,
    affinity: Arc<Affinity>,
    /// The affinity with `matchLabelKeys` filled in.
    pub(crate) resolved: Arc<Affinity>,
    pub(crate) by_node: ByNode,
}

/// All counters, and all groups of Pods with affinity to other Pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    /// By the first label that they ask for ([`shelf`]) and a number: a Pod concerns few of them.
    counters: Map<(u64, u64), Arc<Counter>>,
    next: u64,
    groups: Map<u32, Arc<AffinityGroup>>,
}

/// Where the counters stand that ask for a label first, or for none; others may stand there, too.
fn shelf(label: Option<(&Text, &Text)>) -> u64 {
    label.map_or(0, |(key, value)| crate::store::hash(0, [key, value]))
}

fn change(by_node: &mut ByNode, node: Id, add: bool) {
    if add {
        by_node.insert(node, by_node.get(&node).unwrap_or(0) + 1);
        return;
    }
    match by_node.get(&node) {
        Some(count) if count > 1 => by_node.insert(node, count - 1),
        _ => by_node.remove(&node),
    };
}

/// A selector with the values of some of a Pod's own labels added. Models `matchLabelKeys`.
///
/// Added beside what it asks for, not in its place: asked for another value of that key, it matches nothing.
pub(crate) fn with_label_keys(
    selector: Option<&Selector>,
    keys: &[Text],
    labels: &Labels,
) -> Option<Selector> {
    let mut selector = selector?.clone();
    for key in keys {
        if let Some(value) = labels.get(key) {
            selector.match_expressions.push(Requirement {
                key: key.clone(),
                operator: Operator::In,
                values: vec![value.clone()],
            });
        }
    }
    Some(selector)
}

fn resolve(affinity: &Affinity, labels: &Labels) -> Affinity {
    let mut affinity = affinity.clone();
    let (own, anti) = (&mut affinity.pod_affinity, &mut affinity.pod_anti_affinity);
    let preferred = own
        .preferred
        .iter_mut()
        .chain(&mut anti.preferred)
        .map(|w| &mut w.pod_affinity_term);
    for term in own
        .required
        .iter_mut()
        .chain(&mut anti.required)
        .chain(preferred)
    {
        term.label_selector =
            with_label_keys(term.label_selector.as_ref(), &term.match_label_keys, labels);
        let Some(selector) = &mut term.label_selector else {
            continue;
        };
        for key in &term.mismatch_label_keys {
            if let Some(value) = labels.get(key) {
                selector.match_expressions.push(Requirement {
                    key: key.clone(),
                    operator: Operator::NotIn,
                    values: vec![value.clone()],
                });
            }
        }
    }
    affinity
}

/// Whether an affinity speaks of other Pods.
pub(crate) fn is_about_pods(affinity: &Affinity) -> bool {
    let (own, anti) = (&affinity.pod_affinity, &affinity.pod_anti_affinity);
    !(own.required.is_empty()
        && own.preferred.is_empty()
        && anti.required.is_empty()
        && anti.preferred.is_empty())
}

/// A Pod's affinity with `matchLabelKeys` and `mismatchLabelKeys` filled in from its labels.
pub(crate) fn resolved_affinity(pod: &Object) -> Option<Affinity> {
    let affinity = &pod.as_pod()?.spec.affinity;
    is_about_pods(affinity).then(|| resolve(affinity, &pod.meta.labels))
}

impl Counters {
    /// The counters that ask for this label first, or for none.
    fn asking<'a>(
        &'a self,
        label: Option<(&'a Text, &'a Text)>,
    ) -> impl Iterator<Item = ((u64, u64), &'a Arc<Counter>)> {
        let shelf = shelf(label);
        let there = self.counters.from((shelf, 0));
        let there = there.take_while(move |((at, _), _)| *at == shelf);
        there.filter(move |(_, c)| c.counted.selector.match_labels.first_key_value() == label)
    }

    /// Counts a Pod on a node in or out, wherever it belongs.
    pub(crate) fn account(&mut self, pod: &Object, node: Id, add: bool) {
        let labels = pod.meta.labels.iter().map(Some).chain([None]);
        let matching = labels
            .flat_map(|label| self.asking(label))
            .filter(|(_, counter)| counter.counted.matches(pod))
            .map(|(place, _)| place);
        for place in matching.into_list() {
            let counter = Arc::make_mut(self.counters.get_mut(&place).expect("just found"));
            change(&mut counter.by_node, node, add);
            if counter.by_node.is_empty() {
                // Nothing is lost: it is counted anew when it is asked for.
                self.counters.remove(&place);
            }
        }
        let Some(affinity) = pod
            .as_pod()
            .map(|p| &p.spec.affinity)
            .filter(|a| is_about_pods(a))
        else {
            return;
        };
        let resolved = resolve(affinity, &pod.meta.labels);
        let same = |g: &AffinityGroup| {
            g.namespace == pod.meta.namespace && *g.affinity == *affinity && *g.resolved == resolved
        };
        let number = self
            .groups
            .iter()
            .find(|(_, group)| same(group))
            .map(|(n, _)| n);
        let number = number.unwrap_or_else(|| {
            let number = self.groups.last().map_or(0, |(n, _)| n + 1);
            let group = AffinityGroup {
                namespace: pod.meta.namespace.clone(),
                affinity: Arc::new(affinity.clone()),
                resolved: Arc::new(resolved),
                by_node: ByNode::new(),
            };
            self.groups.insert(number, Arc::new(group));
            number
        });
        let group = Arc::make_mut(self.groups.get_mut(&number).expect("found or just made"));
        change(&mut group.by_node, node, add);
        if group.by_node.is_empty() {
            self.groups.remove(&number);
        }
    }

    /// The groups of Pods on nodes that have an affinity to other Pods.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &AffinityGroup> {
        self.groups.values().map(|group| &**group)
    }

    /// How many Pods are counted, by node. `placed` gives every Pod that stands on a node, for the first time of asking.
    pub(crate) fn count<'a, I>(
        &mut self,
        counted: &Counted,
        placed: impl FnOnce(&Counted) -> I,
    ) -> ByNode
    where
        I: Iterator<Item = (Id, &'a Object)>,
    {
        let label = counted.selector.match_labels.first_key_value();
        let mut there = self.asking(label);
        if let Some((_, counter)) = there.find(|(_, counter)| *counter.counted == *counted) {
            return counter.by_node.clone();
        }
        drop(there);
        let mut by_node = ByNode::new();
        for (node, _) in placed(counted).filter(|(_, pod)| counted.matches(pod)) {
            change(&mut by_node, node, true);
        }
        if !by_node.is_empty() {
            let counter = Counter {
                counted: Arc::new(counted.clone()),
                by_node: by_node.clone(),
            };
            self.counters
                .insert((shelf(label), self.next), Arc::new(counter));
            self.next += 1;
        }
        by_node
    }
}
