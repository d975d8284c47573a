//! What a sync may see: the nodes, whether each is to run a Pod, and the Pods that are meant for it.

use std::sync::Arc;

use ordinal_api::labels::Operator;
use ordinal_api::list::IntoList;
use ordinal_api::node::TaintEffect;
use ordinal_api::pod::{Pod, TAINT_NOT_READY, TAINT_UNREACHABLE};
use ordinal_api::podspec::{PodSpec, Toleration};
use ordinal_api::sorted::SortedMap;
use ordinal_api::{Kind, Object, Text};

use super::decide::{Daemon, Place};
use super::{GENERATION_LABEL, HASH_LABEL, backs_off_until};
use crate::apiserver::TEMPLATE_GENERATION;
use crate::controllers::claim::{Claim, claim};
use crate::controllers::replicaset::available_at;
use crate::{Cx, Id};

/// What was seen.
pub(super) struct Gathered {
    /// Every node, and those that Pods are meant for and which are gone; by name.
    pub(super) nodes: Vec<Place>,
    /// Pods to be taken over.
    pub(super) adopted: Vec<Id>,
    /// Pods to be let go.
    pub(super) released: Vec<Id>,
    /// The hashes of all Pods, those that have ended and are being deleted too.
    pub(super) live: Vec<Text>,
}

/// The taints of nodes in trouble that no Pod of a DaemonSet minds.
const TOLERATED: [(&str, TaintEffect); 6] = [
    (TAINT_NOT_READY, TaintEffect::NoExecute),
    (TAINT_UNREACHABLE, TaintEffect::NoExecute),
    ("node.kubernetes.io/disk-pressure", TaintEffect::NoSchedule),
    (
        "node.kubernetes.io/memory-pressure",
        TaintEffect::NoSchedule,
    ),
    ("node.kubernetes.io/pid-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/unschedulable", TaintEffect::NoSchedule),
];
const NETWORK: (&str, TaintEffect) = (
    "node.kubernetes.io/network-unavailable",
    TaintEffect::NoSchedule,
);

/// Where the Pods of a template may be.
pub(super) struct Fit<'s> {
    spec: &'s PodSpec,
    tolerations: Vec<Toleration>,
}

impl<'s> Fit<'s> {
    pub(super) fn of(spec: &'s PodSpec) -> Self {
        Self {
            spec,
            tolerations: tolerations(spec),
        }
    }

    /// Whether a node is to run a Pod, and whether one that runs there may go on. Models `NodeShouldRunDaemonPod`.
    pub(super) fn on(&self, node: &Object) -> (bool, bool) {
        let (spec, name, labels) = (self.spec, &node.meta.name, &node.meta.labels);
        let selected = spec
            .node_selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value));
        let required = spec.affinity.node_affinity.required.as_ref();
        let named = spec.node_name.is_empty() || spec.node_name == *name;
        if !named || !selected || !required.is_none_or(|r| r.matches(name, labels)) {
            return (false, false);
        }
        let taints = node.as_node().map(|node| &node.taints);
        let minded = |effects: &[TaintEffect]| {
            taints.into_iter().flatten().any(|taint| {
                effects.contains(&taint.effect)
                    && !self.tolerations.iter().any(|t| taint.is_tolerated_by(t))
            })
        };
        let runs = !minded(&[TaintEffect::NoSchedule, TaintEffect::NoExecute]);
        (runs, runs || !minded(&[TaintEffect::NoExecute]))
    }
}

/// The tolerations of a template and those that every Pod of a DaemonSet gets. Models `AddOrUpdateDaemonPodTolerations`.
pub(super) fn tolerations(spec: &PodSpec) -> Vec<Toleration> {
    let mut all = spec.tolerations.clone();
    let network = spec.host_network.then_some(NETWORK);
    for (key, effect) in TOLERATED.into_iter().chain(network) {
        let added = Toleration {
            key: Text::new_static(key),
            operator: Text::new_static("Exists"),
            effect: Text::new_static(effect.as_str()),
            ..Toleration::default()
        };
        let same = |t: &&mut Toleration| {
            t.key == added.key
                && t.effect == added.effect
                && t.operator == added.operator
                && t.value == added.value
        };
        match all.iter_mut().find(same) {
            Some(known) => *known = added,
            None => all.push(added),
        }
    }
    all
}

/// The node that a Pod is on or meant for. Models `GetTargetNodeName`.
fn target(pod: &Pod) -> Option<Text> {
    if !pod.node_name.is_empty() {
        return Some(pod.node_name.clone());
    }
    let terms = &pod
        .spec
        .affinity
        .node_affinity
        .required
        .as_ref()?
        .node_selector_terms;
    let mut fields = terms.iter().flat_map(|term| &term.match_fields);
    let by_name = fields.find(|f| f.key == "metadata.name" && f.operator == Operator::In)?;
    match by_name.values.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Looks around. Models `getNodesToDaemonPods`.
pub(super) fn gather(cx: &Cx<'_>, id: Id, object: &Arc<Object>, hash: &str) -> Gathered {
    let world = &*cx.world;
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let fit = Fit::of(&set.spec.template.spec);
    let mut places: SortedMap<Text, Place> = SortedMap::new();
    for (node_id, node) in world.store.list(Kind::Node) {
        let name = node.meta.name.clone();
        let (should_run, may_stay) = fit.on(node);
        let place = Place {
            name: name.clone(),
            is_there: true,
            should_run,
            may_stay,
            backs_off_until: backs_off_until(world, id, node_id),
            pods: Vec::new(),
        };
        places.insert(name, place);
    }
    let mut gathered = Gathered {
        nodes: Vec::new(),
        adopted: Vec::new(),
        released: Vec::new(),
        live: Vec::new(),
    };
    let owned = world.store.owned_by(object.meta.uid);
    let owned = owned.filter(|(_, o)| o.kind() == Kind::Pod);
    let orphans = world.parts.orphans.iter();
    let orphans = orphans.filter_map(|id| Some((id, world.get(id)?)));
    let orphans = orphans.filter(|(_, pod)| pod.meta.namespace == object.meta.namespace);
    let generation = object.meta.annotation(TEMPLATE_GENERATION);
    for (pod_id, found) in owned.chain(orphans) {
        let Some(pod) = found.as_pod() else { continue };
        let fits = set.spec.selector.matches(&found.meta.labels);
        match claim(&object.meta, &found.meta, fits) {
            Claim::Owned => {}
            Claim::Adopted => gathered.adopted.push(pod_id),
            Claim::Released => {
                gathered.released.push(pod_id);
                continue;
            }
            Claim::Ignored => continue,
        }
        let label = |key: &str| found.meta.labels.get(key).map(Text::as_str);
        if let Some(hash) = label(HASH_LABEL) {
            gathered.live.push(hash.into());
        }
        let deleting = found.meta.is_deleting();
        let Some(node) = target(pod).filter(|_| !(deleting && pod.status.phase.is_terminal()))
        else {
            continue;
        };
        let place = places.entry(node.clone()).or_insert_with(|| Place {
            name: node,
            ..Place::default()
        });
        place.pods.push(Daemon {
            id: pod_id,
            name: found.meta.name.clone(),
            created: found.meta.creation_timestamp,
            phase: pod.status.phase,
            deleting,
            scheduled: !pod.node_name.is_empty(),
            ready: pod.is_ready(),
            available_at: available_at(pod, set.spec.min_ready_seconds),
            updated: label(HASH_LABEL) == Some(hash)
                || generation.is_some() && label(GENERATION_LABEL) == generation,
        });
    }
    for place in places.values_mut() {
        place.sort();
    }
    gathered.nodes = places.values().cloned().into_list();
    gathered
}
