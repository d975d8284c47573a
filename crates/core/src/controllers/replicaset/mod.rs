//! The ReplicaSet controller: so many Pods of one template, whoever they are. It serves ReplicationControllers as well.
//!
//! ```text
//! watch ─▶ sync: gather (what it may see) ─▶ plan (pure) ─▶ stages (each waits for its answers) ─▶ status
//! ```
//!
//! * `plan`: which Pods are its own, and how many are made or deleted
//! * `rank`: which Pods go first
//!
//! Models pkg/controller/replicaset/replica_set.go and pkg/controller/replication, 1.37.

mod plan;
mod rank;
#[cfg(test)]
mod tests;

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus};
use ordinal_api::pod::Pod;
use ordinal_api::replicaset::ReplicaSetStatus;
use ordinal_api::{Body, Kind, Lasting, Object, ObjectMeta, OwnerReference, Status, Text};

use super::call::{self, Waiting};
use super::claim::{adopt, release, resolve};
use super::pod_control;
use super::slow_start::Batches;
use crate::controllers::Controller;
use crate::persistent::Map;
use crate::queue::Work;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id, World};

pub use plan::{Counts, Intent, Plan, Seen, available_at, plan};
pub use rank::{Rank, to_delete};

static FAILED_CREATE: Guard = Guard {
    name: "FailedCreate",
    rule: "a Pod that the API server refuses is asked for again, after a back-off that doubles",
    source: "pkg/controller/replicaset/replica_set.go manageReplicas",
};

static AVAILABLE: Guard = Guard {
    name: "availableReplicas",
    rule: "a Pod is available when it has been Ready for minReadySeconds",
    source: "pkg/controller/replicaset/replica_set_utils.go calculateStatus",
};

/// The kinds that are served.
const KINDS: [Kind; 2] = [Kind::ReplicaSet, Kind::ReplicationController];

/// As which controller a kind is served.
fn serving(kind: Kind) -> Option<Controller> {
    match kind {
        Kind::ReplicaSet => Some(Controller::ReplicaSet),
        Kind::ReplicationController => Some(Controller::ReplicationController),
        _ => None,
    }
}

/// Queues whom a change concerns. Models `addPod`, `updatePod`, `deletePod`, `addRS`, `updateRS`.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match serving(change.kind()) {
        Some(by) if spec_changed(change) => cx.enqueue(by, change.id),
        Some(_) => {}
        None => watch_pod(cx, change),
    }
}

/// Whether more than the status changed: a sync after a status write alone would do nothing.
fn spec_changed(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    old.meta.generation != new.meta.generation
        || old.meta.deletion != new.meta.deletion
        || old.meta.owner_references != new.meta.owner_references
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let owner = |o: &Option<Arc<Object>>| {
        o.as_ref()
            .and_then(|o| o.meta.controller())
            .map(|o| (o.kind, o.uid))
    };
    let (before, after) = (owner(&change.old), owner(&change.new));
    if !matters(change) {
        return;
    }
    if before != after {
        enqueue_owner(cx, &change.old);
    }
    enqueue_owner(cx, &change.new);
    let orphan = change
        .new
        .as_ref()
        .filter(|o| o.meta.controller().is_none());
    if let Some(pod) = orphan {
        let labels = |o: &Arc<Object>| o.meta.labels.clone();
        if before != after || change.old.as_ref().map(labels) != change.new.as_ref().map(labels) {
            let all = KINDS.into_iter().flat_map(|kind| cx.world.store.list(kind));
            let sets = all.filter(|(_, set)| {
                set.meta.namespace == pod.meta.namespace
                    && set
                        .as_replicated()
                        .is_some_and(|s| s.spec.selector.matches(&pod.meta.labels))
            });
            let sets = sets.filter_map(|(id, set)| Some((serving(set.kind())?, id)));
            for (by, id) in sets.collect::<Vec<_>>() {
                cx.enqueue(by, id);
            }
        }
    }
}

fn enqueue_owner(cx: &mut Cx<'_>, pod: &Option<Arc<Object>>) {
    let served = |pod: &Arc<Object>| {
        let owner = pod.meta.controller()?;
        let by = serving(owner.kind?)?;
        Some((by, resolve(cx.world, &pod.meta.namespace, owner)?.0))
    };
    if let Some((by, id)) = pod.as_ref().and_then(served) {
        cx.enqueue(by, id);
    }
}

/// Whether a Pod changed in a way that a sync can see.
fn matters(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    let (Body::Pod(a), Body::Pod(b)) = (&old.body, &new.body) else {
        return true;
    };
    old.meta.deletion.is_some() != new.meta.deletion.is_some()
        || !Arc::ptr_eq(&old.meta.labels, &new.meta.labels)
        || old.meta.owner_references != new.meta.owner_references
        || a.status.phase != b.status.phase
        || a.is_ready() != b.is_ready()
}

/// A sync between its first write and its status.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The ReplicaSet or ReplicationController as it was when the sync began.
    object: Arc<Object>,
    plan: Plan,
    /// How many intents are done.
    done: usize,
    creates: Option<Batches>,
    failure: Option<Status>,
}

/// Syncs that wait for answers.
pub(crate) type Memory = Map<Id, Arc<Round>>;

/// Looks at one of either kind, or goes on looking when what it wrote was answered. Models `syncReplicaSet`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(by) = serving(cx.world.store.key(id).kind) else {
        return;
    };
    let waiting: Waiting<Round> = |parts| &mut parts.replica_set;
    if let Some(round) = call::round(cx, (by, id), waiting, begin, stage) {
        finish(cx, by, id, round);
    }
}

fn begin(cx: &mut Cx<'_>, id: Id) -> Option<Round> {
    let by = serving(cx.world.store.key(id).kind)?;
    let Some(object) = cx.get(id) else {
        cx.forget(by, id);
        cx.proceed(id);
        return None;
    };
    let plan = plan(&gather(cx.world, &object), || {
        related_per_node(cx.world, &object)
    });
    Some(Round {
        object,
        plan,
        done: 0,
        creates: None,
        failure: None,
    })
}

/// Writes the status. What was seen meanwhile is looked at next.
fn finish(cx: &mut Cx<'_>, by: Controller, id: Id, round: Round) {
    let Round {
        object,
        plan,
        failure,
        ..
    } = round;
    let status = status(cx, &object, &plan, failure.as_ref());
    if object
        .as_replicated()
        .is_some_and(|set| set.status != status)
    {
        let _ = cx.update(id, |stored| {
            let same = stored.meta.uid == object.meta.uid;
            if let Some(set) = stored.as_replicated_mut().filter(|_| same) {
                set.status = status;
            }
            same
        });
    }
    cx.written(by, id, 1);
    if let Some(at) = plan.look_again_at {
        cx.at(at, Work::Sync(by, id));
    }
    match failure {
        None => {
            cx.forget(by, id);
            match plan.unavailable {
                Some((pod, until)) => cx.wait(id, On::Object(pod), &AVAILABLE, until),
                None => cx.proceed(id),
            }
        }
        Some(_) => {
            cx.wait(id, On::Administrator, &FAILED_CREATE, None);
            cx.retry(by, id);
        }
    }
}

const KEY: &str = "the key of a ReplicaSet or a ReplicationController";

fn gather<'w>(world: &'w World, object: &'w Object) -> Seen<'w> {
    let set = object.as_replicated().expect(KEY);
    let owned = world
        .store
        .owned_by(object.meta.uid)
        .filter(|(_, o)| o.kind() == Kind::Pod);
    let orphans = world
        .parts
        .orphans
        .iter()
        .filter_map(|id| Some((id, world.get(id)?)));
    let orphans = orphans.filter(|(_, pod)| {
        pod.meta.namespace == object.meta.namespace && set.spec.selector.matches(&pod.meta.labels)
    });
    Seen {
        now: world.now(),
        meta: &object.meta,
        set,
        pods: owned.chain(orphans).map(|(id, o)| (id, &**o)).collect(),
    }
}

/// How many active Pods each node has of all of its kind with the same owner. Models `getIndirectlyRelatedPods`.
fn related_per_node(world: &World, object: &Object) -> SortedMap<Text, u32> {
    let mut nodes = SortedMap::new();
    let Some(owner) = object.meta.controller() else {
        return nodes;
    };
    for (_, set) in world
        .store
        .owned_by(owner.uid)
        .filter(|(_, o)| o.kind() == object.kind())
    {
        for pod in world
            .store
            .owned_by(set.meta.uid)
            .filter_map(|(_, o)| active(o))
        {
            *nodes.entry(pod.node_name.clone()).or_insert(0) += 1;
        }
    }
    nodes
}

fn active(object: &Object) -> Option<&Pod> {
    object
        .as_pod()
        .filter(|pod| plan::is_active(&object.meta, pod))
}

/// Does what is written at one time: an adoption, all deletions, or a batch of Pods. Returns whether there was any.
/// A batch in which one Pod is refused is the last. Models `claimPods` and `manageReplicas`.
fn stage(cx: &mut Cx<'_>, id: Id, round: &mut Round) -> bool {
    let object = round.object.clone();
    let intents = &round.plan.intents[round.done..];
    match intents.first() {
        None => return false,
        Some(Intent::Adopt(pod)) => adopt(cx, object.kind(), &object.meta, *pod),
        Some(Intent::Release(pod)) => release(cx, &object.meta, *pod),
        Some(Intent::Delete(_)) => {
            for intent in intents {
                let Intent::Delete(pod) = intent else { break };
                pod_control::delete(cx, id, *pod);
                round.done += 1;
            }
            return true;
        }
        Some(Intent::Create(count)) => {
            let creates = round.creates.get_or_insert(Batches::of(*count));
            let batch = creates.next();
            for _ in 0..batch {
                let refused = create_pod(cx, id, &object).err();
                round.failure = round.failure.take().or(refused);
            }
            if batch > 0 && round.failure.is_none() {
                return true;
            }
            round.done += 1;
            return batch > 0;
        }
    }
    round.done += 1;
    true
}

/// Makes a Pod of the template. Models pkg/controller/controller_utils.go `GetPodFromTemplate`.
fn create_pod(cx: &mut Cx<'_>, id: Id, owner: &Arc<Object>) -> Result<(), Status> {
    let set = owner.as_replicated().expect(KEY);
    let template = &set.spec.template;
    let reference =
        OwnerReference::controller(owner.kind(), owner.meta.name.clone(), owner.meta.uid);
    let meta = ObjectMeta::of(Lasting {
        namespace: owner.meta.namespace.clone(),
        generate_name: format!("{}-", owner.meta.name).into(),
        labels: template.labels.clone(),
        annotations: template.annotations.clone(),
        finalizers: template.finalizers.clone(),
        owner_references: vec![reference],
        ..Lasting::default()
    });
    let pod = Pod::of_template(template.spec.clone(), template.raw_spec.clone());
    pod_control::create(cx, id, Object::new(meta, Body::Pod(pod)))
}

/// The status to write. Models pkg/controller/replicaset/replica_set_utils.go `calculateStatus`.
fn status(cx: &Cx<'_>, object: &Object, plan: &Plan, failure: Option<&Status>) -> ReplicaSetStatus {
    let old = &object.as_replicated().expect(KEY).status;
    // A ReplicationController has no such field.
    let tells_terminating =
        object.kind() == Kind::ReplicaSet && cx.world.release().terminating_replicas();
    let Counts {
        active,
        fully_labeled,
        ready,
        available,
        terminating,
    } = plan.counts;
    let mut conditions = old.conditions.clone();
    match failure {
        Some(failure) if condition::find(&conditions, "ReplicaFailure").is_none() => {
            let failure = Condition::new("ReplicaFailure", ConditionStatus::True, cx.now())
                .because("FailedCreate", failure.message.as_str());
            conditions.push(failure);
        }
        Some(_) => {}
        None => conditions.retain(|c| c.type_ != "ReplicaFailure"),
    }
    ReplicaSetStatus {
        observed_generation: object.meta.generation,
        replicas: active,
        fully_labeled_replicas: fully_labeled,
        ready_replicas: ready,
        available_replicas: available,
        terminating_replicas: tells_terminating.then_some(terminating),
        conditions,
    }
}
