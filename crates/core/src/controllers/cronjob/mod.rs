//! The CronJob controller: Jobs of one template, made when their moments come.
//!
//! ```text
//! watch ─▶ sync: view (the CronJob, its Jobs) ─▶ decide (pure) ─▶ apply: Jobs deleted, a Job made, events, status
//! ```
//!
//! * `view`: what a sync may see, and the status as JSON; `decide`: which Jobs go, and whether one is made
//! * `times`: which moments were missed, and when the next one is
//!
//! The look at the next moment is queued in the background: a run settles although there will always be a next one.
//!
//! Models pkg/controller/cronjob, 1.37, in UTC.

mod decide;
#[cfg(test)]
mod tests;
mod times;
mod view;

use std::sync::Arc;

use ordinal_api::status::Reason;
use ordinal_api::{Body, Kind, Object, SimTime, Status as Refusal, Value, value};
use serde_json::json;

use self::decide::{Held, Plan, Step, decide, job_name};
use self::view::{Active, Status, View};
use super::claim::controller_of;
use crate::apiserver::{self, DeleteOptions, Propagation};
use crate::controllers::Controller;
use crate::queue::Work;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// The moment of which a Job is.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

static SCHEDULE: Guard = Guard {
    name: "schedule",
    rule: "a Job is made when the next moment of the schedule has come",
    source: "pkg/controller/cronjob/utils.go nextScheduleTimeDuration",
};

static SUSPEND: Guard = Guard {
    name: "suspend",
    rule: "no Job is made while the CronJob is suspended",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob",
};

static FORBID: Guard = Guard {
    name: "concurrencyPolicy",
    rule: "with the policy Forbid no Job is made while one runs",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob",
};

static FAILED_CREATE: Guard = Guard {
    name: "FailedCreate",
    rule: "a Job that the API server refuses is asked for again, after a back-off that doubles",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob",
};

fn raw(object: &Object) -> Arc<Value> {
    match &object.body {
        Body::CronJob(job) => job.raw.clone(),
        _ => Arc::default(),
    }
}

/// Queues the CronJobs that a change concerns. Models `addJob`, `updateJob`, `deleteJob`, `updateCronJob`.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    if change.kind() == Kind::CronJob {
        if let Some(at) = rescheduled(cx, change) {
            let delay = at.max(cx.now()).since(cx.now());
            return cx.after_in_background(delay, Work::Sync(Controller::CronJob, change.id));
        }
        return cx.enqueue(Controller::CronJob, change.id);
    }
    let owner = |job: &Option<Arc<Object>>| {
        let job = job.as_ref()?;
        controller_of(cx.world, job, Kind::CronJob)
    };
    let (before, after) = (owner(&change.old), owner(&change.new));
    for id in before
        .into_iter()
        .chain(after.filter(|after| before != Some(*after)))
    {
        cx.enqueue(Controller::CronJob, id);
    }
}

/// When to look at a CronJob whose schedule alone was changed.
fn rescheduled(cx: &Cx<'_>, change: &Change) -> Option<SimTime> {
    let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
    let (before, raw) = (raw(old), raw(new));
    let part = |raw: &Value, key: &str| value::at(raw, &["spec", key]).cloned();
    let mut parts = ["schedule", "timeZone"].into_iter();
    parts.find(|key| part(&before, key) != part(&raw, key))?;
    let view = view::view(cx.world, new, &raw);
    let schedule = view.spec.schedule().ok()?;
    times::look_again_at(&view, &schedule)
}

/// Looks at one CronJob. Models `sync`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else {
        cx.forget(Controller::CronJob, id);
        cx.proceed(id);
        return;
    };
    let raw = raw(&object);
    let view = view::view(cx.world, &object, &raw);
    let mut plan = decide(&view);
    for step in std::mem::take(&mut plan.steps) {
        take_step(cx, id, step);
    }
    let created = match plan.create {
        Some(at) => create(cx, id, (&object, &raw), &view, at, &mut plan.status),
        None => Ok(()),
    };
    write(cx, id, &object, &plan.status);
    match created {
        Ok(()) => {
            cx.forget(Controller::CronJob, id);
            if let Some(at) = plan.again {
                let delay = at.max(cx.now()).since(cx.now());
                cx.after_in_background(delay, Work::Sync(Controller::CronJob, id));
            }
            hold(cx, id, &plan);
        }
        Err(_) => {
            cx.wait(id, On::Administrator, &FAILED_CREATE, None);
            cx.retry(Controller::CronJob, id);
        }
    }
}

fn take_step(cx: &mut Cx<'_>, id: Id, step: Step) {
    match step {
        Step::Tell {
            warning,
            reason,
            message,
        } => cx.event(id, warning, reason, message),
        Step::Delete(job, name) => {
            let options = DeleteOptions {
                propagation: Some(Propagation::Background),
                ..DeleteOptions::default()
            };
            match cx.delete(job, options) {
                Ok(()) => cx.event(id, false, "SuccessfulDelete", format!("Deleted job {name}")),
                Err(why) => cx.event(id, true, "FailedDelete", format!("Deleted job: {why}")),
            }
        }
    }
}

/// Makes the Job of a moment and notes that it runs. One that is there already is noted, if it is its own.
///
/// # Errors
/// What the API server answers.
fn create(
    cx: &mut Cx<'_>,
    id: Id,
    (owner, raw): (&Object, &Value),
    view: &View,
    at: SimTime,
    status: &mut Status,
) -> Result<(), Refusal> {
    let name = job_name(view, at);
    let template = value::at(raw, &["spec", "jobTemplate"]).unwrap_or(&Value::Null);
    let sent = job(owner, template, &name, at);
    let made = apiserver::admitted(cx, &sent).and_then(|job| cx.create(job));
    let job = match made {
        Ok((_, job)) => {
            cx.event(id, false, "SuccessfulCreate", format!("Created job {name}"));
            job
        }
        Err(refused) if refused.reason == Reason::AlreadyExists => {
            let there = cx.find(Kind::Job, &owner.meta.namespace, &name);
            let own = there.filter(|job| {
                let controller = job.meta.controller();
                controller.is_some_and(|of| of.uid == owner.meta.uid) && !status.runs(job.meta.uid)
            });
            let Some(job) = own else { return Ok(()) };
            job
        }
        Err(refused) => {
            if !refused.has_cause("NamespaceTerminating") {
                let message = format!("Error creating job: {refused}");
                cx.event(id, true, "FailedCreate", message);
            }
            return Err(refused);
        }
    };
    status.active.push(Active {
        name: job.meta.name.clone(),
        uid: job.meta.uid,
        version: job.meta.resource_version,
    });
    status.last_schedule = Some(at);
    Ok(())
}

/// The Job of a moment, as it is sent. Models `getJobFromTemplate2`.
fn job(owner: &Object, template: &Value, name: &str, at: SimTime) -> Value {
    let mut metadata = json!({
        "name": name, "namespace": owner.meta.namespace.as_str(),
        "ownerReferences": [{
            "apiVersion": "batch/v1", "kind": "CronJob", "name": owner.meta.name.as_str(),
            "uid": owner.meta.uid.to_string(), "controller": true, "blockOwnerDeletion": true,
        }],
    });
    let given = |key: &str| value::at(template, &["metadata", key]).cloned();
    value::overlay(&mut metadata, "labels", given("labels"));
    let mut annotations = given("annotations").unwrap_or_default();
    value::overlay(&mut annotations, SCHEDULED, Some(json!(at.to_rfc3339())));
    value::overlay(&mut metadata, "annotations", Some(annotations));
    let spec = template.get("spec").cloned().unwrap_or_default();
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec})
}

/// Writes the status if it differs.
fn write(cx: &mut Cx<'_>, id: Id, object: &Object, status: &Status) {
    let status = status.to_value(&object.meta.namespace);
    let _ = cx.update(id, |stored| match &mut stored.body {
        Body::CronJob(job) if job.raw.get("status") != Some(&status) => {
            Arc::make_mut(&mut job.raw)["status"] = status;
            true
        }
        _ => false,
    });
}

fn hold(cx: &mut Cx<'_>, id: Id, plan: &Plan) {
    match (plan.held, plan.again) {
        (Some(Held::Suspended), _) => cx.wait(id, On::Administrator, &SUSPEND, None),
        (Some(Held::Running), _) => {
            let key = cx.world.store.key(id).clone();
            let running = plan.status.active.first().map(|job| job.name.clone());
            let on = cx.id(Kind::Job, &key.namespace, &running.unwrap_or_default());
            cx.wait(id, On::Object(on), &FORBID, None);
        }
        (None, Some(until)) => cx.wait(id, On::Until(until), &SCHEDULE, Some(until)),
        (None, None) => cx.proceed(id),
    }
}
