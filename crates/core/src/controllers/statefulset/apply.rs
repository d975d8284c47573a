//! Carrying out a plan, and writing the status.
//!
//! Models `stateful_set_control.go` `performUpdate`, `updateStatefulSetStatus`, `stateful_set_status_updater.go` and
//! `stateful_set_utils.go` `inconsistentStatus`, 1.37.

use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{PodManagementPolicy, PodTemplate, StatefulSet, StatefulSetStatus};
use ordinal_api::status::Cause;
use ordinal_api::{Kind, Object, Status, Uid};

use super::identity::pod_name;
use super::plan::{Deletion, Intent, Plan};
use super::revision::Revisions;
use super::{claims, pods};
use crate::wait::On;
use crate::{Cx, Id};

/// How far a plan is carried out.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    /// The first failure.
    pub(super) outcome: Result<(), Status>,
    /// How many outdated Pods were deleted.
    pub(super) replaced: u32,
    /// How many intents are behind it.
    place: usize,
}

impl Applied {
    /// Nothing is done yet.
    pub(super) const NOTHING: Self = Self {
        outcome: Ok(()),
        replaced: 0,
        place: 0,
    };
}

/// Whether a set is worked on one by one.
pub(super) fn is_ordered(object: &Object) -> bool {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    set.spec.pod_management_policy == PodManagementPolicy::OrderedReady
}

/// Carries out what is done at one time: of an ordered set everything up to the first failure, of a Parallel one the
/// steps of the next batch, of which every one is tried. Returns whether there was any.
pub(super) fn stage(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Arc<Object>,
    revisions: &Revisions,
    plan: &Plan,
    applied: &mut Applied,
) -> bool {
    if applied.place == 0 {
        record_hold(cx, id, object, plan);
    }
    let intents = plan.intents.get(applied.place..).unwrap_or_default();
    if intents.is_empty() || applied.outcome.is_err() {
        return false;
    }
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let ordered = is_ordered(object);
    let next = plan.batches.iter().find(|begin| **begin > applied.place);
    let end = next
        .copied()
        .filter(|_| !ordered)
        .unwrap_or(plan.intents.len());
    let mut templates: [Option<PodTemplate>; 2] = [None, None];
    let mut failed_at = None;
    for intent in &intents[..end - applied.place] {
        if applied.outcome.is_err() && ordered {
            break;
        }
        let ordinal = ordinal_of(intent);
        if ordinal.is_some() && ordinal == failed_at {
            // The rest of what was meant for the Pod whose first step failed.
            continue;
        }
        let done = match intent {
            Intent::CreatePod { ordinal, updated } => {
                let template = match &mut templates[usize::from(*updated)] {
                    Some(template) => Ok(template.clone()),
                    slot => template_of(set, revisions, *updated)
                        .inspect(|template| *slot = Some(template.clone())),
                };
                let revision = revisions.of(*updated);
                template.and_then(|template| {
                    pods::create(cx, id, object, *ordinal, &revision.name, &template)
                })
            }
            Intent::EnsureClaims { pod, ordinal } => {
                pods::ensure_claims(cx, id, object, *pod, *ordinal)
            }
            Intent::OwnClaims { pod, ordinal } => own_condemned(cx, id, object, *pod, *ordinal),
            Intent::RepairPod { pod, ordinal } => pods::repair(cx, id, object, *pod, *ordinal),
            Intent::DeleteNew { ordinal } => {
                let name = pod_name(&object.meta.name, *ordinal);
                let pod = cx.id(Kind::Pod, &object.meta.namespace, &name);
                let done = pods::delete(cx, id, object, pod);
                applied.replaced += u32::from(done.is_ok());
                done
            }
            Intent::DeletePod { pod, why } => {
                if *why == Deletion::Ended && cx.world.release().recreates_ended_at_once() {
                    tell_recreation(cx, id, object, *pod);
                }
                let done = pods::delete(cx, id, object, *pod);
                applied.replaced += u32::from(done.is_ok() && *why == Deletion::Outdated);
                done
            }
        };
        if done.is_err() {
            failed_at = ordinal;
            let before = std::mem::replace(&mut applied.outcome, Ok(()));
            applied.outcome = before.and(done);
        }
    }
    applied.place = end;
    true
}

fn ordinal_of(intent: &Intent) -> Option<u32> {
    match intent {
        Intent::EnsureClaims { ordinal, .. } | Intent::RepairPod { ordinal, .. } => Some(*ordinal),
        _ => None,
    }
}

/// Makes a condemned Pod the owner of its claims. Models `fixPodClaim`.
fn own_condemned(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
) -> Result<(), Status> {
    match cx.get(pod) {
        Some(pod) => {
            let pod = (pod.meta.name.as_str(), pod.meta.uid);
            claims::own(cx, set_id, object, ordinal, pod, true)
        }
        None => Ok(()),
    }
}

/// Until 1.30 it was told before a Pod that had ended was created again.
fn tell_recreation(cx: &mut Cx<'_>, set_id: Id, object: &Object, pod: Id) {
    let failed = cx.get(pod).is_some_and(|pod| {
        pod.as_pod()
            .is_some_and(|pod| pod.status.phase == PodPhase::Failed)
    });
    let (reason, what) = if failed {
        ("RecreatingFailedPod", "failed")
    } else {
        ("RecreatingTerminatedPod", "terminated")
    };
    let pod = cx.world.store.key(pod).name.clone();
    let (namespace, set) = (&object.meta.namespace, &object.meta.name);
    let message = format!("StatefulSet {namespace}/{set} is recreating {what} Pod {pod}");
    cx.event(set_id, failed, reason, message);
}

fn template_of(
    set: &StatefulSet,
    revisions: &Revisions,
    updated: bool,
) -> Result<PodTemplate, Status> {
    // The update revision is the set's own template; decoding it again would give the same.
    if updated || revisions.current.name == revisions.update.name {
        return Ok(set.spec.template.clone());
    }
    revisions.template(false)
}

fn record_hold(cx: &mut Cx<'_>, id: Id, object: &Object, plan: &Plan) {
    match &plan.hold {
        Some(hold) => {
            cx.wait(id, On::Object(hold.on), hold.guard, hold.until);
            if let Some(next) = hold.next {
                let name = pod_name(&object.meta.name, next);
                let next = cx.id(Kind::Pod, &object.meta.namespace, &name);
                cx.wait(next, On::Object(hold.on), hold.guard, hold.until);
            }
        }
        None => cx.proceed(id),
    }
}

/// Writes the status if it matters, whether or not every step was done. Models `updateStatefulSetStatus`.
///
/// # Errors
/// `Invalid` when more Pods were replaced than were counted as current.
pub(super) fn write_status(
    cx: &mut Cx<'_>,
    id: Id,
    uid: Uid,
    plan: &Plan,
    replaced: u32,
) -> Result<(), Status> {
    let mut status = plan.status.clone();
    // Each replacement is taken off the count, also that of a Pod which is of neither revision: the API refuses the rest.
    let Some(current) = status.current_replicas.checked_sub(replaced) else {
        let count = i64::from(status.current_replicas) - i64::from(replaced);
        let why = "must be greater than or equal to 0";
        let cause = Cause::invalid("status.currentReplicas", &count.to_string(), why);
        let name = cx.world.store.key(id).name.clone();
        return Err(Status::invalid(Kind::StatefulSet, &name, vec![cause]));
    };
    status.current_replicas = current;
    let written = pods::retry_on_conflict(5, &mut || {
        let written = cx.update(id, |object| {
            let same = object.meta.uid == uid;
            let set = object
                .as_stateful_set_mut()
                .expect("the key of a StatefulSet");
            let differs = same && is_inconsistent(&set.status, &status);
            if differs {
                set.status = status.clone();
            }
            differs
        });
        written.map(|_| ())
    });
    match written {
        Err(status) if status.is_not_found() => Ok(()),
        answer => answer,
    }
}

/// Models `inconsistentStatus`: conditions and collisions alone are no reason to write.
fn is_inconsistent(old: &StatefulSetStatus, new: &StatefulSetStatus) -> bool {
    new.observed_generation > old.observed_generation
        || new.replicas != old.replicas
        || new.current_replicas != old.current_replicas
        || new.ready_replicas != old.ready_replicas
        || new.updated_replicas != old.updated_replicas
        || new.available_replicas != old.available_replicas
        || new.current_revision != old.current_revision
        || new.update_revision != old.update_revision
}
