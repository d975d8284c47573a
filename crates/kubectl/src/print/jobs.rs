//! Jobs and CronJobs.

use ordinal_api::Value;

use crate::clock;
use crate::value::{at, flag_or_unset, has, items, number, or_none, text};

/// The cells before the containers. Models `printJob`.
pub(super) fn cells(now: i64, job: &Value, name: String, age: String) -> Vec<String> {
    let succeeded = number(job, "status.succeeded");
    let parallelism = number(job, "spec.parallelism");
    let completions = match at(job, "spec.completions").as_i64() {
        Some(all) => format!("{succeeded}/{all}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    };
    vec![
        name,
        status(job).to_owned(),
        completions,
        duration(now, job),
        age,
    ]
}

/// The same of a CronJob. Models `printCronJob`.
pub(super) fn cron_cells(now: i64, job: &Value, name: String, age: String) -> Vec<String> {
    let last = text(job, "status.lastScheduleTime");
    let last = if last.is_empty() {
        "<none>".to_owned()
    } else {
        clock::age(now, last)
    };
    vec![
        name,
        text(job, "spec.schedule").to_owned(),
        or_none(text(job, "spec.timeZone")),
        flag_or_unset(job, "spec.suspend").to_owned(),
        items(job, "status.active").len().to_string(),
        last,
        age,
    ]
}

/// How long it took, or takes so far; empty where it has not begun.
pub(crate) fn duration(now: i64, job: &Value) -> String {
    let completed = clock::parse_ms(text(job, "status.completionTime"));
    if has(job, "status.startTime") {
        clock::age(completed.unwrap_or(now), text(job, "status.startTime"))
    } else {
        String::new()
    }
}

fn status(job: &Value) -> &'static str {
    let is = |type_: &str| {
        let conditions = items(job, "status.conditions").iter();
        let of_type = |c: &&Value| text(c, "type") == type_ && text(c, "status") == "True";
        conditions.filter(of_type).count() > 0
    };
    let shown = [
        ("Complete", "Complete"),
        ("Failed", "Failed"),
        ("", "Terminating"),
        ("Suspended", "Suspended"),
        ("FailureTarget", "FailureTarget"),
        ("SuccessCriteriaMet", "SuccessCriteriaMet"),
    ];
    let holds = |type_: &str| {
        if type_.is_empty() {
            has(job, "metadata.deletionTimestamp")
        } else {
            is(type_)
        }
    };
    let found = shown.iter().find(|(type_, _)| holds(type_));
    found.map_or("Running", |(_, word)| word)
}
