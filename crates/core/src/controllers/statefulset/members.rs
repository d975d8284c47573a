//! The Pods of each set as the controller knows them: kept up to date by the watch, so that a sync looks at what changed
//! and not at every Pod again. It is what an informer's cache is to the real controller.

use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::StatefulSet;
use ordinal_api::{Kind, Object, SimTime, Text, Uid, condition};

use super::claims;
use super::identity::{ordinal_of, parent_of};
use crate::persistent::Map;
use crate::{Cx, Id};

/// The Pods of one set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// Identity of the set.
    uid: Uid,
    /// Its generation: another one may see its Pods differently.
    generation: u64,
    /// Its Pods, by handle.
    pods: Map<Id, Arc<Seen>>,
}

/// One Pod, as far as a decision can depend on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(super) uid: Uid,
    /// Whether its labels and its name are the set's; `None` for the ordinal where the name has none.
    pub(super) fits: bool,
    pub(super) ordinal: Option<u32>,
    pub(super) phase: PodPhase,
    pub(super) ready: bool,
    /// Since when it has been Ready.
    pub(super) ready_since: Option<SimTime>,
    pub(super) terminating: bool,
    pub(super) revision: Text,
    pub(super) consistent: bool,
}

/// Looks at a Pod of a set.
fn see(set_name: &str, set: &StatefulSet, pod_object: &Object) -> Option<Seen> {
    let pod = pod_object.as_pod()?;
    let name = &pod_object.meta.name;
    let ordinal = ordinal_of(name);
    let parent = parent_of(name) == Some(set_name);
    let ready = pod.is_ready();
    let label = |key: &str| pod_object.meta.labels.get(key);
    // A name such as `web-01` has an ordinal but is not the name of it.
    let exact = ordinal.is_some_and(|ordinal| name.len() == set_name.len() + 1 + digits(ordinal));
    Some(Seen {
        uid: pod_object.meta.uid,
        fits: parent && set.spec.selector.matches(&pod_object.meta.labels),
        ordinal,
        phase: pod.status.phase,
        ready: ready && pod.status.phase == PodPhase::Running,
        ready_since: condition::find(&pod.status.conditions, "Ready")
            .map(|c| c.last_transition)
            .filter(|_| ready),
        terminating: pod_object.meta.is_deleting(),
        revision: label("controller-revision-hash")
            .cloned()
            .unwrap_or_default(),
        consistent: exact
            && label("statefulset.kubernetes.io/pod-name") == Some(name)
            && ordinal.is_some_and(|ordinal| claims::mounted(set, set_name, ordinal, pod)),
    })
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Notes a change of a Pod that a set owns or owned. Returns whether a sync can see it.
pub(super) fn note(cx: &mut Cx<'_>, set: Id, pod: Id, now: Option<&Object>) -> bool {
    let Some(object) = cx.get(set) else {
        return true;
    };
    let Some(body) = object.as_stateful_set() else {
        return true;
    };
    let Some(members) = cx.world.parts.stateful_set.members.get(&set) else {
        return true;
    };
    if members.uid != object.meta.uid || members.generation != object.meta.generation {
        return true;
    }
    let owned = now.filter(|o| {
        o.meta
            .controller()
            .is_some_and(|owner| owner.uid == object.meta.uid)
    });
    let seen = owned.and_then(|o| see(&object.meta.name, body, o));
    let known = members.pods.get(&pod).map(|known| &**known);
    if known == seen.as_ref() {
        return false;
    }
    let members = &mut cx.world.parts.stateful_set.members;
    let members = Arc::make_mut(members.get_mut(&set).expect("just looked at"));
    match seen {
        Some(seen) => members.pods.insert(pod, Arc::new(seen)),
        None => members.pods.remove(&pod),
    };
    true
}

/// The Pods that a set owns, whether or not they fit.
pub(super) fn of(cx: &mut Cx<'_>, id: Id, object: &Object) -> Map<Id, Arc<Seen>> {
    let known = cx.world.parts.stateful_set.members.get(&id);
    if let Some(known) =
        known.filter(|k| k.uid == object.meta.uid && k.generation == object.meta.generation)
    {
        return known.pods.clone();
    }
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let owned = cx.world.store.owned_of_kind(object.meta.uid, Kind::Pod);
    let owned = owned.filter(|(_, pod)| {
        pod.meta
            .controller()
            .is_some_and(|owner| owner.uid == object.meta.uid)
    });
    let pods: Map<Id, Arc<Seen>> = owned
        .filter_map(|(id, pod)| Some((id, Arc::new(see(&object.meta.name, set, pod)?))))
        .collect();
    let members = Members {
        uid: object.meta.uid,
        generation: object.meta.generation,
        pods: pods.clone(),
    };
    cx.world
        .parts
        .stateful_set
        .members
        .insert(id, Arc::new(members));
    pods
}
