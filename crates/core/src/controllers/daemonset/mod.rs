//! The DaemonSet controller: one Pod on every node that fits.
//!
//! ```text
//! watch ─▶ sync: gather (nodes, Pods by node) ─▶ revision ─▶ manage, or rolling_update (both pure) ─▶ stages ─▶ status
//! ```
//!
//! * `gather`: which nodes are to run a Pod, which Pods are there
//! * `decide`: what is made and deleted, and the counts
//! * `revision`: the ControllerRevisions
//!
//! Models pkg/controller/daemon/{daemon_controller,update}.go, 1.37.

mod decide;
mod gather;
mod revision;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::meta::Lasting;
use ordinal_api::pod::{Pod, PodPhase};
use ordinal_api::{
    Body, Kind, Object, ObjectMeta, OwnerReference, SimDuration, SimTime, Status, Text, value,
};
use serde_json::json;

use self::decide::{Ended, Steps, counts, manage, rolling_update};
use self::gather::Fit;
use super::call::{self, Waiting};
use super::claim::{adopt, controller_of, release};
use super::pod_control;
use super::slow_start::Batches;
use crate::apiserver::TEMPLATE_GENERATION;
use crate::controllers::Controller;
use crate::persistent::{Map, Numbers};
use crate::queue::Work;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id, World};

/// The label that says after which revision a Pod was made; here the hash alone.
const HASH_LABEL: &str = "controller-revision-hash";
const GENERATION_LABEL: &str = "pod-template-generation";
/// A Pod that failed is deleted at once the first time, then after this, doubled each time. Models `failedPodsBackoff`.
const FIRST_BACK_OFF: SimDuration = SimDuration::secs(1);
const LONGEST_BACK_OFF: SimDuration = SimDuration::secs(900);

static FAILED_CREATE: Guard = Guard {
    name: "FailedCreate",
    rule: "a Pod that the API server refuses is asked for again, after a back-off that doubles",
    source: "pkg/controller/daemon/daemon_controller.go syncNodes",
};

/// How often Pods of a DaemonSet failed on a node, and when one was last deleted for it; and what is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    failures: Numbers<(Id, Id), u32>,
    since: Numbers<(Id, Id), u64>,
    /// Syncs that wait for answers.
    rounds: Map<Id, Arc<Round>>,
}

/// A sync between its first write and its status.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The DaemonSet as it was when the sync began.
    object: Arc<Object>,
    history: revision::History,
    steps: Steps,
    creates: Batches,
    created: usize,
    deleted: bool,
    /// The first refusal.
    outcome: Result<(), Status>,
}

/// Queues the DaemonSets that a change concerns. Models `addDaemonset`, `updateDaemonset`, `addPod`, `updatePod`,
/// `deletePod`, `addNode`, `updateNode`.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::DaemonSet if spec_changed(change) => cx.enqueue(Controller::DaemonSet, change.id),
        Kind::Pod => watch_pod(cx, change),
        Kind::Node if place_changed(change) => watch_node(cx, change),
        _ => {}
    }
}

fn spec_changed(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    old.meta.generation != new.meta.generation || old.meta.deletion != new.meta.deletion
}

/// Whether a node is new, or has other labels or taints. One that is gone wakes nobody.
fn place_changed(change: &Change) -> bool {
    let Some(new) = &change.new else {
        return false;
    };
    let Some(old) = &change.old else {
        return true;
    };
    let (before, after) = (old.as_node(), new.as_node());
    old.meta.labels != new.meta.labels || before.map(|n| &n.taints) != after.map(|n| &n.taints)
}

/// Queues the DaemonSets that have something to do on a node: a Pod to make or to delete, or one to count anew that was
/// misscheduled. A node that only ceased to fit leaves the status as it is until something else wakes the controller.
/// Models `syncNodeUpdate`.
fn watch_node(cx: &mut Cx<'_>, change: &Change) {
    let Some(node) = &change.new else { return };
    let store = &cx.world.store;
    let acts = |set: &Object| {
        let Some(body) = set.as_daemon_set() else {
            return false;
        };
        let (runs, stays) = Fit::of(&body.spec.template.spec).on(node);
        let scheduled = store
            .linked(Link::PodOnNode, change.id)
            .any(|(_, pod)| pod.meta.controller().is_some_and(|c| c.uid == set.meta.uid));
        match scheduled {
            true => !stays || body.status.number_misscheduled > 0,
            false => runs,
        }
    };
    let sets = store.list(Kind::DaemonSet).filter(|(_, set)| acts(set));
    for id in sets.map(|(id, _)| id).into_list() {
        cx.enqueue(Controller::DaemonSet, id);
    }
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    if cx.world.store.count(Kind::DaemonSet) == 0 {
        return;
    }
    let owner = |object: &Option<Arc<Object>>| {
        let object = object.as_ref()?;
        controller_of(cx.world, object, Kind::DaemonSet)
    };
    let (before, after) = (owner(&change.old), owner(&change.new));
    let owners = [before.filter(|id| Some(*id) != after), after];
    for id in owners.into_iter().flatten() {
        cx.enqueue(Controller::DaemonSet, id);
    }
    let orphan = change
        .new
        .as_ref()
        .filter(|o| o.meta.controller().is_none());
    if let Some(pod) = orphan {
        let fits = |set: &Arc<Object>| {
            set.meta.namespace == pod.meta.namespace
                && set
                    .as_daemon_set()
                    .is_some_and(|s| s.spec.selector.matches(&pod.meta.labels))
        };
        let sets = cx.world.store.list(Kind::DaemonSet);
        let sets = sets.filter(|(_, set)| fits(set)).map(|(id, _)| id);
        for id in sets.into_list() {
            cx.enqueue(Controller::DaemonSet, id);
        }
    }
}

/// Looks at one DaemonSet, or goes on looking when what it wrote was answered. Models `syncDaemonSet`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let key = (Controller::DaemonSet, id);
    let waiting: Waiting<Round> = |parts| &mut parts.daemon_set.rounds;
    if let Some(round) = call::round(cx, key, waiting, begin, stage) {
        let outcome = finish(cx, id, round);
        end(cx, id, outcome.is_ok());
    }
}

fn end(cx: &mut Cx<'_>, id: Id, done: bool) {
    if done {
        cx.forget(Controller::DaemonSet, id);
        cx.proceed(id);
    } else {
        cx.wait(id, On::Administrator, &FAILED_CREATE, None);
        cx.retry(Controller::DaemonSet, id);
    }
}

fn begin(cx: &mut Cx<'_>, id: Id) -> Option<Round> {
    let Some(object) = cx.get(id) else {
        cx.forget(Controller::DaemonSet, id);
        cx.proceed(id);
        return None;
    };
    if object.meta.is_deleting() {
        return None;
    }
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let Ok(history) = revision::reconcile(cx, &object) else {
        end(cx, id, false);
        return None;
    };
    let gathered = gather::gather(cx, id, &object, &history.hash);
    for pod in &gathered.adopted {
        adopt(cx, Kind::DaemonSet, &object.meta, *pod);
    }
    for pod in &gathered.released {
        release(cx, &object.meta, *pod);
    }
    let now = cx.now();
    let surge = set.spec.rolling_update.map(|(surge, _)| surge);
    let surges = surge.is_some_and(|surge| surge.of_up(1) > 0);
    let mut steps = manage(&gathered.nodes, surges, now);
    // What was just made and deleted is looked at again before anything is rolled out.
    let acts = !steps.create.is_empty() || !steps.delete.is_empty();
    if let Some((surge, unavailable)) = set.spec.rolling_update.filter(|_| !acts) {
        steps = rolling_update(&gathered.nodes, surge, unavailable, now);
    }
    for ended in &steps.ended {
        let (warning, reason, message) = told(&object.meta.namespace, ended);
        cx.event(id, warning, reason, message);
        if warning {
            note_failure(cx, id, &ended.node);
        }
    }
    let creates = Batches::of(steps.create.len());
    Some(Round {
        object,
        history,
        steps,
        creates,
        created: 0,
        deleted: false,
        outcome: Ok(()),
    })
}

/// Does what is written at one time: a batch of Pods, until one is refused, then all deletions. Returns whether there was
/// any. Models `syncNodes`.
fn stage(cx: &mut Cx<'_>, id: Id, round: &mut Round) -> bool {
    let batch = if round.outcome.is_ok() {
        round.creates.next()
    } else {
        0
    };
    let places = round.steps.create.iter().skip(round.created).take(batch);
    for node in places {
        let made = create_pod(cx, id, &round.object, &round.history.hash, node);
        round.outcome = std::mem::replace(&mut round.outcome, Ok(())).and(made);
    }
    round.created += batch;
    if batch > 0 || round.deleted {
        return batch > 0;
    }
    round.deleted = true;
    for pod in &round.steps.delete {
        pod_control::delete(cx, id, *pod);
    }
    !round.steps.delete.is_empty()
}

/// Old revisions go and the status is written, by what is there by now. Models `cleanupHistory` and `updateDaemonSetStatus`.
fn finish(cx: &mut Cx<'_>, id: Id, round: Round) -> Result<(), Status> {
    let Round {
        object,
        history,
        outcome,
        ..
    } = round;
    let now = cx.now();
    let gathered = gather::gather(cx, id, &object, &history.hash);
    if outcome.is_ok() {
        revision::truncate(cx, &object, &history, &gathered);
    }
    let mut status = counts(&gathered.nodes, now);
    status.observed_generation = object.meta.generation;
    status.collision_count = history.collisions;
    let _ = cx.update(id, |stored| {
        let same = stored.meta.uid == object.meta.uid;
        let set = stored.as_daemon_set_mut().expect("the key of a DaemonSet");
        let changed = same && set.status != status;
        if changed {
            set.status = status;
        }
        changed
    });
    cx.written(Controller::DaemonSet, id, 1);
    let waking = gathered.nodes.iter().filter_map(|node| node.wakes_at(now));
    if let Some(at) = waking.min() {
        cx.at(at, Work::Sync(Controller::DaemonSet, id));
    }
    outcome
}

fn told(namespace: &str, ended: &Ended) -> (bool, &'static str, String) {
    let Ended { pod, node, phase } = ended;
    if *phase == PodPhase::Failed {
        let message = format!(
            "Found failed daemon pod {namespace}/{pod} on node {node}, will try to kill it"
        );
        (true, "FailedDaemonPod", message)
    } else {
        let message = format!(
            "Found succeeded daemon pod {namespace}/{pod} on node {node}, will try to delete it"
        );
        (false, "SucceededDaemonPod", message)
    }
}

/// Until when a Pod that failed on a node is left alone. Models `IsInBackOffSinceUpdate`.
fn backs_off_until(world: &World, set: Id, node: Id) -> Option<SimTime> {
    let memory = &world.parts.daemon_set;
    let (count, since) = (
        memory.failures.get(&(set, node))?,
        memory.since.get(&(set, node))?,
    );
    Some(SimTime(since) + back_off(count))
}

fn back_off(count: u32) -> SimDuration {
    let doubled = FIRST_BACK_OFF.as_ms() << count.saturating_sub(1).min(20);
    SimDuration::ms(doubled.min(LONGEST_BACK_OFF.as_ms()))
}

/// Models `Backoff.Next`: one that lies back by more than twice the longest begins anew.
fn note_failure(cx: &mut Cx<'_>, set: Id, node: &str) {
    let key = (set, cx.id(Kind::Node, "", node));
    let now = cx.now();
    let memory = &mut cx.world.parts.daemon_set;
    let expired = memory
        .since
        .get(&key)
        .is_none_or(|since| now.since(SimTime(since)).as_ms() > 2 * LONGEST_BACK_OFF.as_ms());
    let count = if expired {
        1
    } else {
        memory.failures.get(&key).unwrap_or(0).saturating_add(1)
    };
    memory.failures.insert(key, count);
    memory.since.insert(key, now.0);
}

/// Makes the Pod of one node, which the scheduler then binds there.
/// Models `CreatePodTemplate` and `ReplaceDaemonSetPodNodeNameNodeAffinity`.
fn create_pod(
    cx: &mut Cx<'_>,
    id: Id,
    owner: &Arc<Object>,
    hash: &str,
    node: &str,
) -> Result<(), Status> {
    let set = owner.as_daemon_set().expect("the key of a DaemonSet");
    let template = &set.spec.template;
    let mut labels = (*template.labels).clone();
    if let Some(generation) = owner.meta.annotation(TEMPLATE_GENERATION) {
        labels.insert(Text::new_static(GENERATION_LABEL), generation.into());
    }
    labels.insert(Text::new_static(HASH_LABEL), hash.into());
    let mut spec = (*template.raw_spec).clone();
    let tolerations = gather::tolerations(&template.spec);
    value::overlay(&mut spec, "tolerations", Some(json!(tolerations)));
    let by_name =
        json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]);
    let mut affinity = spec.get("affinity").cloned().unwrap_or_default();
    let mut of_node = affinity.get("nodeAffinity").cloned().unwrap_or_default();
    let required = json!({"nodeSelectorTerms": by_name});
    let key = "requiredDuringSchedulingIgnoredDuringExecution";
    value::overlay(&mut of_node, key, Some(required));
    value::overlay(&mut affinity, "nodeAffinity", Some(of_node));
    value::overlay(&mut spec, "affinity", Some(affinity));
    let reference =
        OwnerReference::controller(Kind::DaemonSet, owner.meta.name.clone(), owner.meta.uid);
    let meta = ObjectMeta::of(Lasting {
        namespace: owner.meta.namespace.clone(),
        generate_name: format!("{}-", owner.meta.name).into(),
        labels: Arc::new(labels),
        annotations: template.annotations.clone(),
        finalizers: template.finalizers.clone(),
        owner_references: vec![reference],
        ..Lasting::default()
    });
    let pod = Pod::from_value(&json!({"spec": spec}))?;
    pod_control::create(cx, id, Object::new(meta, Body::Pod(pod)))
}
