//! What may be said of how far a Job is. Models pkg/apis/batch/validation `ValidateJobStatusUpdate` and what
//! pkg/registry/batch/job/strategy.go looks at only where it changed, 1.37.

use ordinal_api::Value;
use ordinal_api::status::Cause;
use serde_json::json;

use super::{Faults, at, given, job_policies, list, number, text};

const CONDITIONS: &str = "status.conditions";

/// One status of a Job.
#[derive(Clone, Copy)]
struct Told<'a>(&'a Value);

impl Told<'_> {
    fn is(self, condition: &str) -> bool {
        let mut all = list(self.0, "conditions").iter();
        all.any(|c| text(c, "type") == condition && text(c, "status") == "True")
    }

    fn finished(self) -> bool {
        self.is("Complete") || self.is("Failed")
    }
}

/// Validates the status of a Job against the one before, after its counts.
pub(super) fn status(spec: &Value, new: &Value, old: &Value, faults: &mut Faults) {
    let (now, was) = (Told(new), Told(old));
    let differs = |key: &str| at(new, &[key]) != at(old, &[key]);
    let turned = |condition: &str| now.is(condition) != was.is(condition);
    let ended = now.finished() != was.finished();
    let (start, end) = (given(new, "startTime"), given(new, "completionTime"));
    uncounted(new, faults);
    if (turned("Complete") || turned("Failed")) && now.is("Complete") && now.is("Failed") {
        wrong(
            "cannot set Complete=True and Failed=true conditions",
            faults,
        );
    }
    let failing = turned("Complete") || turned("FailureTarget");
    if failing && now.is("Complete") && now.is("FailureTarget") {
        wrong(
            "cannot set Complete=True and FailureTarget=true conditions",
            faults,
        );
    }
    let completed = turned("Complete") || differs("completionTime");
    match end {
        Some(end) if completed && !now.is("Complete") => {
            let detail = "cannot set completionTime when there is no Complete=True condition";
            faults.invalid("status.completionTime", end, detail);
        }
        None if completed && now.is("Complete") => {
            let detail = "completionTime is required for Complete jobs";
            faults.required("status.completionTime", detail);
        }
        _ => {}
    }
    if let (Some(start), Some(end)) = (start, end)
        && (differs("startTime") || differs("completionTime"))
        && end.as_str() < start.as_str()
    {
        let detail = "must be equal to or after `startTime`";
        faults.invalid("status.completionTime", end, detail);
    }
    let judged = turned("Failed") || differs("failedIndexes");
    if judged && now.is("Failed") && !now.is("FailureTarget") {
        let detail = "cannot set Failed=True condition without the FailureTarget=true condition";
        wrong(detail, faults);
    }
    let met = turned("Complete") || turned("SuccessCriteriaMet");
    if met && now.is("Complete") && !now.is("SuccessCriteriaMet") {
        let detail =
            "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
        wrong(detail, faults);
    }
    let active = number(new, "active");
    if (ended || differs("active")) && active > 0 && now.finished() {
        faults.invalid(
            "status.active",
            &json!(active),
            "active>0 is invalid for finished job",
        );
    }
    let never = spec["suspend"] == true && spec["completions"] == 0;
    if (ended || differs("startTime")) && !never && start.is_none() && now.finished() {
        faults.required("status.startTime", "startTime is required for finished job");
    }
    let waiting = at(new, &["uncountedTerminatedPods"]);
    let some = |key: &str| !list(waiting, key).is_empty();
    if (ended || differs("uncountedTerminatedPods"))
        && now.finished()
        && (some("failed") || some("succeeded"))
    {
        let field = "status.uncountedTerminatedPods";
        let detail = "must be empty for finished job";
        faults.invalid_struct(field, "UncountedTerminatedPods", waiting, detail);
    }
    indexes(spec, (new, old), faults);
    let terminating = number(new, "terminating");
    if (ended || differs("terminating")) && terminating > 0 && now.finished() {
        let detail = "terminating>0 is invalid for finished job";
        faults.invalid("status.terminating", &json!(terminating), detail);
    }
    let ready = given(new, "ready").filter(|ready| ready.as_i64() > Some(active));
    if let Some(ready) = ready.filter(|_| differs("ready") || differs("active")) {
        faults.invalid(
            "status.ready",
            ready,
            "cannot set more ready pods than active",
        );
    }
    for (bad, detail) in [
        (
            "Failed",
            "cannot set SuccessCriteriaMet=True and Failed=true conditions",
        ),
        (
            "FailureTarget",
            "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
        ),
    ] {
        if now.is("SuccessCriteriaMet") && now.is(bad) {
            wrong(detail, faults);
        }
    }
    let by_policy = given(spec, "successPolicy").is_some();
    if by_policy && !now.is("SuccessCriteriaMet") && now.is("Complete") {
        let detail =
            "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
        wrong(detail, faults);
    }
    later(spec, (new, old), faults);
}

/// What a later status may not take back.
fn later(spec: &Value, (new, old): (&Value, &Value), faults: &mut Faults) {
    let (now, was) = (Told(new), Told(old));
    for condition in ["Failed", "Complete", "FailureTarget"] {
        if was.is(condition) && !now.is(condition) {
            let detail = format!("cannot disable the terminal {condition}=True condition");
            wrong(&detail, faults);
        }
    }
    let tandem = spec["completionMode"] == "Indexed" && spec["completions"] == spec["parallelism"];
    for key in ["failed", "succeeded"] {
        let count = number(new, key);
        if count < number(old, key) && !(key == "succeeded" && tandem) {
            let detail = format!("cannot decrease the {key} counter");
            faults.invalid(format!("status.{key}"), &json!(count), &detail);
        }
    }
    let end = at(new, &["completionTime"]);
    let before = at(old, &["completionTime"]);
    if !end.is_null() && !before.is_null() && end != before {
        faults.invalid("status.completionTime", end, super::IMMUTABLE);
    }
    let (start, before) = (at(new, &["startTime"]), at(old, &["startTime"]));
    let resumes = was.is("Suspended")
        && list(new, "conditions")
            .iter()
            .any(|c| text(c, "type") == "Suspended" && text(c, "status") == "False");
    if !before.is_null() && start != before && spec["suspend"] != true && !resumes {
        let detail = "field is immutable for unsuspended job once set";
        faults.invalid("status.startTime", start, detail);
    }
    if was.is("SuccessCriteriaMet") && !now.is("SuccessCriteriaMet") {
        wrong(
            "cannot disable the SuccessCriteriaMet=True condition",
            faults,
        );
    }
    if was.is("Complete") && !was.is("SuccessCriteriaMet") && now.is("SuccessCriteriaMet") {
        let detail =
            "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
        wrong(detail, faults);
    }
}

fn wrong(detail: &str, faults: &mut Faults) {
    faults.add(Cause {
        reason: "FieldValueInvalid".into(),
        message: format!("Invalid value: {detail}"),
        field: CONDITIONS.to_owned(),
    });
}

fn uncounted(new: &Value, faults: &mut Faults) {
    let waiting = at(new, &["uncountedTerminatedPods"]);
    let mut seen = Vec::new();
    for key in ["succeeded", "failed"] {
        for (index, uid) in list(waiting, key).iter().enumerate() {
            let field = format!("status.uncountedTerminatedPods.{key}[{index}]");
            if uid == "" {
                faults.invalid(field, uid, "must not be empty");
            } else if seen.contains(&uid) {
                faults.duplicate(field, uid);
            } else {
                seen.push(uid);
            }
        }
    }
}

/// Which of its parts are done, and which failed.
fn indexes(spec: &Value, (new, old): (&Value, &Value), faults: &mut Faults) {
    let (done, failed) = (at(new, &["completedIndexes"]), at(new, &["failedIndexes"]));
    let (fresh, lost) = (
        done != at(old, &["completedIndexes"]),
        failed != at(old, &["failedIndexes"]),
    );
    let all = spec.get("completions").and_then(Value::as_i64);
    let limited = given(spec, "backoffLimitPerIndex").is_some();
    let mut format = |key: &str, value: &Value, completions: i64| {
        let text = value.as_str().unwrap_or_default();
        if let Err(why) = job_policies::intervals(text, completions) {
            let detail = format!("error parsing {key}: {why}");
            faults.invalid(format!("status.{key}"), value, &detail);
        }
    };
    if let Some(completions) = all {
        if fresh {
            format("completedIndexes", done, completions);
        }
        if lost && limited {
            format("failedIndexes", failed, completions);
        }
    }
    let some = done.as_str().is_some_and(|text| !text.is_empty());
    if fresh && some && spec["completionMode"] != "Indexed" {
        let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
        faults.invalid("status.completedIndexes", done, detail);
    }
    if lost && !limited && !failed.is_null() {
        let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        faults.invalid("status.failedIndexes", failed, detail);
    }
    if let (Some(completions), true) = (all, fresh || lost)
        && let Some(index) = overlap(done, failed, completions)
    {
        let detail = format!("failedIndexes and completedIndexes overlap at index: {index}");
        faults.invalid("status.failedIndexes", failed, &detail);
    }
}

/// The first index that is both done and failed.
fn overlap(done: &Value, failed: &Value, completions: i64) -> Option<i64> {
    let spans = |value: &Value| {
        let parts = value.as_str().unwrap_or_default().split(',');
        let spans = parts.filter_map(|part| job_policies::span(part, completions).ok());
        spans.collect::<Vec<_>>()
    };
    let failed = spans(failed);
    spans(done).into_iter().find_map(|(from, to)| {
        let both = failed.iter().find(|(a, b)| from <= *b && *a <= to)?;
        Some(from.max(both.0))
    })
}
