//! The Job controller: Pods that end, until enough of them have ended well.
//!
//! ```text
//! watch ─▶ sync: view (the Job, its Pods) ─▶ decide (pure) ─▶ stages (batches of Pods) ─▶ status, finalizers, status
//! ```
//!
//! * `view`: what a sync may see; `decide`: who is made, deleted and counted, and how it ends
//! * `pods`: making a Pod; `indexes`: lists of completed indexes; `policies`: what its ends mean
//! * `status`: what is written of it, as JSON
//!
//! A Pod is held by a finalizer until it is counted. What Pods do is looked at a second after it, in batches.
//!
//! Models pkg/controller/job, 1.37, and pkg/controller/ttlafterfinished.

mod decide;
mod indexes;
mod pods;
mod policies;
mod status;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::{Body, Kind, Object, SimDuration, SimTime, Value};

use self::decide::{Plan, decide};
use super::call::{self, Waiting};
use super::claim::controller_of;
use super::pod_control;
use super::slow_start::Batches;
use crate::apiserver::{DeleteOptions, Propagation};
use crate::controllers::Controller;
use crate::persistent::Map;
use crate::queue::Work;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

pub(crate) use view::{Failures, is_of_job};

/// Holds a Pod until it is counted.
const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// Label and annotation with the index of a Pod.
const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Annotations of a Pod with the failures of its index before it: those that count, and those that do not.
const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
const INDEX_IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// What Pods do is looked at after this. Models `SyncJobBatchPeriod`.
const BATCH: SimDuration = SimDuration::secs(1);

static BACK_OFF: Guard = Guard {
    name: "backoffLimit",
    rule: "after a Pod failed another one is made 10 s later, then 20 s, 40 s … at most 10 min",
    source: "pkg/controller/job/backoff_utils.go getRemainingTimeForFailuresCount",
};

static COMPLETIONS: Guard = Guard {
    name: "completions",
    rule: "a Job is complete when so many Pods have ended well",
    source: "pkg/controller/job/job_controller.go syncJob",
};

/// What the controller remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    rounds: Map<Id, Arc<Round>>,
    /// Failures in a row.
    failures: Map<Id, Arc<Failures>>,
}

/// A sync between its first write and its status.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The Job as it was when the sync began.
    object: Arc<Object>,
    plan: Plan,
    creates: Batches,
    created: usize,
    deleted: bool,
    /// Pods that were refused or not tried.
    refused: bool,
}

fn raw(object: &Object) -> Arc<Value> {
    match &object.body {
        Body::Job(job) => job.raw.clone(),
        _ => Arc::default(),
    }
}

/// Queues the Jobs that a change concerns, and Pods whose Job is gone. Models `addJob`, `updateJob`, `deleteJob`, `addPod`,
/// `updatePod`, `deletePod`.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match (change.kind(), &change.old, &change.new) {
        (Kind::Job, Some(old), None) => {
            cx.enqueue(Controller::Job, change.id);
            let held = cx.world.store.owned_by(old.meta.uid);
            let held = held.filter(|(_, pod)| pod.meta.has_finalizer(TRACKING));
            for pod in held.map(|(id, _)| id).into_list() {
                cx.enqueue(Controller::Job, pod);
            }
        }
        (Kind::Job, Some(old), Some(new)) if old.meta.generation == new.meta.generation => {
            cx.after(BATCH, Work::Sync(Controller::Job, change.id));
        }
        (Kind::Job, ..) => cx.enqueue(Controller::Job, change.id),
        (Kind::Pod, ..) => watch_pod(cx, change),
        _ => {}
    }
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let pod = change.object();
    let tracked = change.new.is_some() && pod.meta.has_finalizer(TRACKING);
    match pod.meta.controller() {
        Some(owner) if owner.kind == Some(Kind::Job) => {}
        // One that was orphaned needs not be kept for being counted.
        None if tracked => return cx.enqueue(Controller::Job, change.id),
        _ => return,
    }
    match controller_of(cx.world, pod, Kind::Job) {
        Some(job) => cx.after(BATCH, Work::Sync(Controller::Job, job)),
        None if tracked => cx.enqueue(Controller::Job, change.id),
        None => {}
    }
}

/// Looks at one Job, or goes on looking when what it wrote was answered. Models `syncJob`. A Pod whose Job is gone is let
/// go; models `syncOrphanPod`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    if cx.world.store.key(id).kind == Kind::Pod {
        return pods::release(cx, id);
    }
    let waiting: Waiting<Round> = |parts| &mut parts.job.rounds;
    if let Some(round) = call::round(cx, (Controller::Job, id), waiting, begin, stage) {
        finish(cx, id, round);
    }
}

fn begin(cx: &mut Cx<'_>, id: Id) -> Option<Round> {
    let Some(object) = cx.get(id) else {
        cx.forget(Controller::Job, id);
        cx.proceed(id);
        cx.world.parts.job.failures.remove(&id);
        return None;
    };
    let raw = raw(&object);
    // Whoever else manages a Job does all of it.
    let manager = ordinal_api::value::at(&raw, &["spec", "managedBy"]);
    if manager.is_some_and(|manager| manager != "kubernetes.io/job-controller") {
        cx.proceed(id);
        return None;
    }
    let failures = cx.world.parts.job.failures.get(&id).map(|known| **known);
    let view = view::view(cx.world, &object, &raw, failures.unwrap_or_default());
    if view.status.finished {
        cx.world.parts.job.failures.remove(&id);
        cx.proceed(id);
        time_to_live(cx, id, &object, &raw);
        return None;
    }
    let plan = decide(&view);
    match plan.suspended {
        Some(true) => cx.event(id, false, "Suspended", "Job suspended"),
        Some(false) => cx.event(id, false, "Resumed", "Job resumed"),
        None => {}
    }
    Some(Round {
        object,
        creates: Batches::of(plan.create.len()),
        plan,
        created: 0,
        deleted: false,
        refused: false,
    })
}

/// Does what is written at one time: all deletions, then a batch of Pods, until one is refused. Returns whether there was any.
fn stage(cx: &mut Cx<'_>, id: Id, round: &mut Round) -> bool {
    if !round.deleted {
        round.deleted = true;
        for pod in &round.plan.delete {
            // One that is too many is let go first, so that its end does not count. Models `deleteJobPods`.
            if round.plan.ends.is_none() {
                pods::release(cx, *pod);
            }
            pod_control::delete(cx, id, *pod);
        }
        if !round.plan.delete.is_empty() {
            return true;
        }
    }
    if round.refused {
        return false;
    }
    let batch = round.creates.next();
    let raw = raw(&round.object);
    let template = ordinal_api::value::at(&raw, &["spec", "template"]).unwrap_or(&Value::Null);
    let wanted = round.plan.create.iter().skip(round.created).take(batch);
    let mut made = 0;
    for wanted in wanted {
        match pods::create(cx, id, &round.object, template, wanted) {
            Ok(()) => made += 1,
            Err(_) => round.refused = true,
        }
    }
    round.created += made;
    batch > 0
}

/// Counts: what is counted is written first, then the Pods are let go, then the counts are written.
/// Models `trackJobStatusAndRemoveFinalizers`.
fn finish(cx: &mut Cx<'_>, id: Id, round: Round) {
    let Round {
        object,
        plan,
        created,
        refused,
        ..
    } = round;
    let early = cx.world.release().job_tells_success_early();
    let missing = plan.create.len() - created;
    let mut status = status::counting(cx.world, &object, &plan, missing, early);
    write(cx, id, &object, &status);
    cx.world
        .parts
        .job
        .failures
        .insert(id, Arc::new(plan.failures));
    for pod in &plan.released {
        pods::release(cx, *pod);
    }
    let ends = plan.ends.as_ref();
    let ends = ends.filter(|_| plan.terminating == 0 || !early);
    status::counted(&mut status, &object, &plan);
    if let Some(ends) = ends {
        status::end(&mut status, ends, early, cx.now());
    }
    write(cx, id, &object, &status);
    if let Some(ends) = ends {
        if ends.failed {
            cx.event(id, true, reason_of(&ends.reason), ends.message.as_str());
        } else {
            cx.event(id, false, "Completed", "Job completed");
        }
    }
    cx.written(Controller::Job, id, 1);
    if let Some(at) = plan.again {
        let delay = at.max(cx.now()).since(cx.now());
        cx.after_in_background(delay, Work::Sync(Controller::Job, id));
    }
    hold(cx, id, &plan);
    if refused {
        cx.retry_after(Controller::Job, id, BATCH);
    } else {
        cx.forget(Controller::Job, id);
    }
}

fn hold(cx: &mut Cx<'_>, id: Id, plan: &Plan) {
    match plan.again {
        _ if plan.ends.is_some() => cx.proceed(id),
        Some(until) if plan.active == 0 => {
            cx.wait(id, On::Until(until), &BACK_OFF, Some(until));
        }
        _ => cx.wait(id, On::Object(id), &COMPLETIONS, None),
    }
}

/// The reasons of failures, as events tell them.
fn reason_of(reason: &str) -> &'static str {
    const REASONS: [&str; 4] = [
        "DeadlineExceeded",
        "FailedIndexes",
        "MaxFailedIndexesExceeded",
        "PodFailurePolicy",
    ];
    let known = REASONS.into_iter().find(|known| *known == reason);
    known.unwrap_or("BackoffLimitExceeded")
}

/// Writes the status if it differs.
fn write(cx: &mut Cx<'_>, id: Id, object: &Object, status: &Value) {
    let _ = cx.update(id, |stored| {
        let same = stored.meta.uid == object.meta.uid;
        match &mut stored.body {
            Body::Job(job) if same && job.raw.get("status") != Some(status) => {
                Arc::make_mut(&mut job.raw)["status"] = status.clone();
                true
            }
            _ => false,
        }
    });
}

/// A Job that has ended goes after `ttlSecondsAfterFinished`, its Pods first.
/// Models pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
fn time_to_live(cx: &mut Cx<'_>, id: Id, object: &Object, raw: &Value) {
    let ttl = ordinal_api::value::at(raw, &["spec", "ttlSecondsAfterFinished"]);
    let Some(secs) = ttl.and_then(Value::as_u64) else {
        return;
    };
    let conditions = ordinal_api::value::at(raw, &["status", "conditions"]);
    let conditions = conditions.and_then(Value::as_array).into_iter().flatten();
    let ends = conditions.filter(|c| c["type"] == "Complete" || c["type"] == "Failed");
    let ended = ends
        .filter_map(|c| SimTime::parse_rfc3339(c["lastTransitionTime"].as_str()?))
        .max();
    let Some(at) = ended.map(|at| at + SimDuration::secs(secs)) else {
        return;
    };
    if at > cx.now() {
        let delay = at.since(cx.now());
        return cx.after_in_background(delay, Work::Sync(Controller::Job, id));
    }
    let options = DeleteOptions {
        propagation: Some(Propagation::Foreground),
        uid: Some(object.meta.uid),
        ..DeleteOptions::default()
    };
    // Gone or going already is as good.
    let _ = cx.delete(id, options);
}
