//! The status of a Job as JSON: counts, and conditions, which are added and never taken away.
//!
//! Models pkg/controller/job/job_controller.go `trackJobStatusAndRemoveFinalizers`, `ensureJobConditionStatus`, 1.37.

use ordinal_api::{Object, SimTime, Value};
use serde_json::json;

use super::decide::Plan;
use super::{raw, view};
use crate::{Id, World};

/// What is written before the Pods are let go: who is being counted. `missing` Pods of the plan were not made; `early` says
/// whether an end is told before it is final.
pub(super) fn counting(
    world: &World,
    object: &Object,
    plan: &Plan,
    missing: usize,
    early: bool,
) -> Value {
    let now = world.now();
    let raw = raw(object);
    let mut status = raw.get("status").cloned().unwrap_or_else(|| json!({}));
    if plan.starts || plan.suspended == Some(false) {
        status["startTime"] = json!(now.to_rfc3339());
    }
    if let Some(is) = plan.suspended {
        let told = if is {
            ("JobSuspended", "Job suspended")
        } else {
            ("JobResumed", "Job resumed")
        };
        set_condition(&mut status, "Suspended", is, told, now);
        if is
            && world.release().forgets_start_of_suspended_jobs()
            && let Some(status) = status.as_object_mut()
        {
            status.remove("startTime");
        }
    }
    let active = plan.active.saturating_sub(number(missing));
    set_count(&mut status, "active", active, false);
    set_count(&mut status, "ready", plan.ready, true);
    set_count(&mut status, "terminating", plan.terminating, true);
    let uids = |pods: &[Id]| {
        let uid = |id: &Id| world.get(*id).map(|pod| pod.meta.uid.to_string());
        pods.iter().filter_map(uid).collect::<Vec<_>>()
    };
    let mut uncounted = json!({});
    let spec = view::spec(&raw);
    if spec.limit_per_index.is_some() {
        status["failedIndexes"] = json!(plan.failed_indexes.to_text());
    }
    if spec.indexed {
        if plan.indexes.len() > 0 {
            status["completedIndexes"] = json!(plan.indexes.to_text());
            set_count(&mut status, "succeeded", plan.indexes.len(), false);
        }
    } else if !plan.succeeded.is_empty() {
        uncounted["succeeded"] = json!(uids(&plan.succeeded));
    }
    if !plan.failed.is_empty() {
        uncounted["failed"] = json!(uids(&plan.failed));
    }
    status["uncountedTerminatedPods"] = uncounted;
    if let Some(ends) = plan.ends.as_ref().filter(|_| early) {
        let told = (ends.reason.as_str(), ends.message.as_str());
        let type_ = if ends.failed {
            "FailureTarget"
        } else {
            "SuccessCriteriaMet"
        };
        set_condition(&mut status, type_, true, told, now);
    }
    status
}

/// What is written when the Pods were let go: they are counted.
pub(super) fn counted(status: &mut Value, object: &Object, plan: &Plan) {
    let raw = raw(object);
    let spec = view::spec(&raw);
    let before = view::counted(&raw, spec.completions.unwrap_or(0));
    status["uncountedTerminatedPods"] = json!({});
    if !spec.indexed {
        let succeeded = before.succeeded + number(plan.succeeded.len());
        set_count(status, "succeeded", succeeded, false);
    }
    let failed = before.failed + number(plan.failed.len());
    set_count(status, "failed", failed, false);
}

/// Its end, when that is final.
pub(super) fn end(status: &mut Value, ends: &view::Decided, early: bool, now: SimTime) {
    let told = if ends.failed || early {
        (ends.reason.as_str(), ends.message.as_str())
    } else {
        ("", "")
    };
    let type_ = if ends.failed { "Failed" } else { "Complete" };
    set_condition(status, type_, true, told, now);
    if !ends.failed {
        status["completionTime"] = json!(now.to_rfc3339());
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Writes a count; where `keep` is not said, none is none at all.
fn set_count(status: &mut Value, key: &str, count: u32, keep: bool) {
    if count > 0 || keep {
        status[key] = json!(count);
    } else if let Some(map) = status.as_object_mut() {
        map.remove(key);
    }
}

/// Sets a condition to True or False. One that is not there is not set to False.
fn set_condition(
    status: &mut Value,
    type_: &str,
    is: bool,
    (reason, message): (&str, &str),
    now: SimTime,
) {
    let value = if is { "True" } else { "False" };
    let list = status.get("conditions").and_then(Value::as_array);
    let mut list = list.cloned().unwrap_or_default();
    let found = list.iter_mut().find(|condition| condition["type"] == type_);
    let mut new = json!({
        "type": type_, "status": value, "lastProbeTime": now.to_rfc3339(), "lastTransitionTime": now.to_rfc3339(),
    });
    for (key, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            new[key] = json!(text);
        }
    }
    match found {
        Some(old) if old["status"] == value && old["reason"] == reason => return,
        Some(old) => *old = new,
        None if is => list.push(new),
        None => return,
    }
    status["conditions"] = list.into();
}
