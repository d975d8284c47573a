//! The status of a Job as JSON: counts, and conditions, which are added and never taken away.
//!
//! Models pkg/controller/job/job_controller.go `trackJobStatusAndRemoveFinalizers`, `ensureJobConditionStatus`, 1.37.

use ordinal_api::{SimTime, Value};
use serde_json::json;

/// Writes a count; where `keep` is not said, none is none at all.
pub(super) fn set_count(status: &mut Value, key: &str, count: u32, keep: bool) {
    if count > 0 || keep {
        status[key] = json!(count);
    } else if let Some(map) = status.as_object_mut() {
        map.remove(key);
    }
}

/// Sets a condition to True or False. One that is not there is not set to False. Returns whether that changed anything.
pub(super) fn set_condition(
    status: &mut Value,
    type_: &str,
    is: bool,
    (reason, message): (&str, &str),
    now: SimTime,
) -> bool {
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
        Some(old) if old["status"] == value && old["reason"] == reason => return false,
        Some(old) => *old = new,
        None if is => list.push(new),
        None => return false,
    }
    status["conditions"] = list.into();
    true
}
