//! The StatefulSet controller: identities that outlive their Pods.
//!
//! ```text
//! watch ─▶ sync: gather (what it may see) ─▶ revision ─▶ decide (pure) ─▶ apply ─▶ status ─▶ truncate
//! ```
//!
//! | upstream | here |
//! | --- | --- |
//! | `stateful_set.go` | this file, [`gather`] and [`members`]: which Pods are this set's; kept by the watch |
//! | `stateful_set_control.go` | [`decide`](mod@decide), [`replica`], [`rollout`]: who is created, deleted, replaced or waited for, a pure function of a [`View`] to a [`Plan`]; [`apply`]: doing it, status; [`revision`]: history |
//! | `stateful_pod_control.go` | [`pods`]; [`claims`]: claims from templates and the retention policy |
//! | `stateful_set_utils.go` | [`view`], [`members`], [`claims`], [`revision`] |
//!
//! * [`identity`]: names and ordinals; [`guards`]: the rules that hold it back
//!
//! Models pkg/controller/statefulset, 1.37.

mod apply;
pub(crate) mod claims;
mod decide;
#[cfg(test)]
mod driven;
mod gather;
mod guards;
mod identity;
pub(crate) mod members;
mod plan;
mod pods;
mod replica;
pub(crate) mod revision;
mod rollout;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use ordinal_api::{Kind, Object, SimDuration, Status};

pub use decide::decide;
pub use identity::{claim_name, ordinal_of, parent_of, pod_name};
pub use plan::{Deletion, Hold, Intent, Plan};
pub use revision::revision_hash;
pub use view::{PodView, View};

use crate::controllers::Controller;
use crate::persistent::Map;
use crate::queue::Work;
use crate::{Change, Component, Cx, Id};

/// What the controller remembers between syncs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// The Pods of each set.
    members: Map<Id, Arc<members::Members>>,
    /// The encoded template of each set, by the set's identity and generation.
    templates: Map<Id, Arc<revision::Encoded>>,
    /// Syncs of Parallel sets that wait for answers.
    pub(crate) rounds: Map<Id, Arc<Round>>,
}

/// Queues the sets that a change concerns. Models `stateful_set.go` `addPod`, `updatePod`, `deletePod`; claims have no handler.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::StatefulSet
            if spec_changed(change) || rolled_out(change) || written_by_another(cx) =>
        {
            cx.enqueue(Controller::StatefulSet, change.id);
        }
        Kind::Pod => watch_pod(cx, change),
        _ => {}
    }
}

/// Whether more than the status changed: a sync after a status write alone would do nothing.
fn spec_changed(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    let spec = |o: &Object| o.as_stateful_set().map(|s| s.spec.clone());
    old.meta.generation != new.meta.generation
        || old.meta.deletion != new.meta.deletion
        || old.meta.labels != new.meta.labels
        || !matches!((spec(old), spec(new)), (Some(a), Some(b)) if Arc::ptr_eq(&a, &b))
}

/// Whether somebody else wrote: the status may be wrong now.
fn written_by_another(cx: &Cx<'_>) -> bool {
    let entry = cx.cause.and_then(|seq| cx.world.entry(seq));
    entry.is_none_or(|entry| entry.by != Component::StatefulSet)
}

/// Whether the set reached its update revision: the one before it is history now, and may be too old to keep.
fn rolled_out(change: &Change) -> bool {
    let current = |object: &Option<Arc<Object>>| {
        let set = object.as_ref()?.as_stateful_set()?;
        Some(set.status.current_revision.clone()).filter(|name| !name.is_empty())
    };
    let before = current(&change.old);
    before.is_some() && before != current(&change.new)
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let old_owner = change.old.as_ref().and_then(|o| o.meta.controller());
    let new_owner = change.new.as_ref().and_then(|o| o.meta.controller());
    let orphan = change.new.is_some() && new_owner.is_none();
    let moved = old_owner.map(|o| o.uid) != new_owner.map(|o| o.uid);
    let namespace = &change.object().meta.namespace;
    for owner in old_owner.into_iter().filter(|_| moved).chain(new_owner) {
        if owner.kind != Some(Kind::StatefulSet) {
            continue;
        }
        let Some(set) = cx.world.store.id(Kind::StatefulSet, namespace, &owner.name) else {
            continue;
        };
        let visible = members::note(cx, set, change.id, change.new.as_deref());
        let current = cx.get(set).is_some_and(|set| set.meta.uid == owner.uid);
        if current && (visible || moved || said_why_it_waits(change)) {
            cx.enqueue(Controller::StatefulSet, set);
        }
    }
    if orphan
        && (moved
            || change
                .old
                .as_ref()
                .is_none_or(|o| o.meta.labels != change.object().meta.labels))
    {
        enqueue_matching(cx, change.object());
    }
}

/// Whether the scheduler says something new about a Pod without a node: its claim may be missing.
fn said_why_it_waits(change: &Change) -> bool {
    let pods = change.old.as_ref().zip(change.new.as_ref());
    let pods = pods.and_then(|(old, new)| old.as_pod().zip(new.as_pod()));
    pods.is_some_and(|(old, new)| {
        new.node_name.is_empty() && old.status.conditions != new.status.conditions
    })
}

/// An orphan Pod concerns every set whose selector matches it.
fn enqueue_matching(cx: &mut Cx<'_>, pod: &Object) {
    let sets = cx.world.store.list(Kind::StatefulSet);
    let matching = sets.filter(|(_, set)| {
        set.meta.namespace == pod.meta.namespace
            && set.as_stateful_set().is_some_and(|s| {
                !s.spec.selector.is_empty() && s.spec.selector.matches(&pod.meta.labels)
            })
    });
    for id in matching.map(|(id, _)| id).collect::<Vec<_>>() {
        cx.enqueue(Controller::StatefulSet, id);
    }
}

/// A sync between its first write and its status.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The set as it was when the sync began.
    object: Arc<Object>,
    pods: Map<Id, Arc<members::Seen>>,
    all: Vec<(Id, Arc<Object>)>,
    revisions: Result<revision::Revisions, Status>,
    plan: Plan,
    applied: apply::Applied,
}

/// Looks at one set, or goes on looking when what it wrote was answered. Models `stateful_set.go` `sync`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let round = match cx.world.parts.stateful_set.rounds.remove(&id) {
        Some(round) => Ok(Arc::unwrap_or_clone(round)),
        None => {
            let Some(object) = cx.get(id) else {
                cx.forget(Controller::StatefulSet, id);
                cx.proceed(id);
                cx.world.parts.stateful_set.templates.remove(&id);
                cx.world.parts.stateful_set.members.remove(&id);
                return;
            };
            begin(cx, id, &object)
        }
    };
    let done = round.and_then(|mut round| {
        while stage(cx, id, &mut round) {
            if !apply::is_ordered(&round.object) && cx.call(Controller::StatefulSet, id, 1) {
                let rounds = &mut cx.world.parts.stateful_set.rounds;
                rounds.insert(id, Arc::new(round));
                return Ok(false);
            }
        }
        let ordered = apply::is_ordered(&round.object);
        let done = finish(cx, id, round);
        if !ordered {
            cx.written(Controller::StatefulSet, id, 1);
        }
        done.map(|()| true)
    });
    match done {
        Ok(false) => {}
        Ok(true) => cx.forget(Controller::StatefulSet, id),
        Err(_) => cx.retry(Controller::StatefulSet, id),
    }
}

/// One whole sync, whose writes are answered at once.
#[cfg(test)]
fn sync_set(cx: &mut Cx<'_>, id: Id, object: &Arc<Object>) -> Result<(), Status> {
    let mut round = begin(cx, id, object)?;
    while stage(cx, id, &mut round) {}
    finish(cx, id, round)
}

/// Models `stateful_set.go` `sync`, and `stateful_set_control.go` `UpdateStatefulSet` up to the first write.
fn begin(cx: &mut Cx<'_>, id: Id, object: &Arc<Object>) -> Result<Round, Status> {
    gather::adopt_revisions(cx, object)?;
    let pods = gather::claim_pods(cx, id, object)?;
    let all = revision::list(cx, object);
    let revisions = revision::reconcile(cx, id, object, &all);
    let plan = match &revisions {
        Ok(revisions) => decide(&view::view(cx, object, &pods, revisions)),
        Err(_) => Plan::default(),
    };
    Ok(Round {
        object: object.clone(),
        pods,
        all,
        revisions,
        plan,
        applied: apply::Applied::NOTHING,
    })
}

fn stage(cx: &mut Cx<'_>, id: Id, round: &mut Round) -> bool {
    let Ok(revisions) = &round.revisions else {
        return false;
    };
    let (object, plan) = (&round.object, &round.plan);
    apply::stage(cx, id, object, revisions, plan, &mut round.applied)
}

/// The rest of a sync. Models `performUpdate`, where the status is written whether or not every step was done, and
/// `UpdateStatefulSet`.
fn finish(cx: &mut Cx<'_>, id: Id, round: Round) -> Result<(), Status> {
    let Round {
        object,
        pods,
        all,
        revisions,
        plan,
        applied,
    } = round;
    let done = match &revisions {
        Ok(_) => {
            let written = apply::write_status(cx, id, object.meta.uid, &plan, applied.replaced);
            if let Some(at) = plan.look_again_at {
                // Models the exact-time availability requeue, since 1.36.
                cx.at(
                    at.max(cx.now() + SimDuration::ms(1)),
                    Work::Sync(Controller::StatefulSet, id),
                );
            }
            applied.outcome.and(written)
        }
        Err(status) => Err(status.clone()),
    };
    let revisions = revisions.as_ref().ok();
    done.and(revision::truncate(cx, &object, &pods, &all, revisions))
}
