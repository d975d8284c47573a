//! Jobs and CronJobs. Models kubectl pkg/describe `describeJob`, `describeCronJob`.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use super::containers::template;
use super::pods::controlled_by;
use crate::print::job_duration;
use crate::resource::Item;
use crate::value::{at, flag_or_unset, has, items, number, or_none, plain, selector, text};

pub(super) fn job(page: &mut Page<'_>, item: &Item) {
    let job = &item.value;
    page.field(0, "Name", text(job, "metadata.name"));
    page.field(0, "Namespace", text(job, "metadata.namespace"));
    page.field(0, "Selector", &selector(at(job, "spec.selector")));
    page.map("", "Labels", job, "metadata.labels");
    page.annotations("", job, "metadata.annotations");
    controlled_by(page, job);
    for (label, path) in [
        ("Parallelism", "spec.parallelism"),
        ("Completions", "spec.completions"),
        ("Completion Mode", "spec.completionMode"),
        ("Suspend", "spec.suspend"),
        ("Backoff Limit", "spec.backoffLimit"),
        ("TTL Seconds After Finished", "spec.ttlSecondsAfterFinished"),
    ] {
        if has(job, path) {
            page.field(0, label, &plain(at(job, path)));
        } else if path == "spec.completions" {
            page.field(0, label, "<unset>");
        }
    }
    for (label, path) in [
        ("Start Time", "status.startTime"),
        ("Completed At", "status.completionTime"),
    ] {
        if has(job, path) {
            page.field(0, label, &Page::moment(job, path));
        }
    }
    if has(job, "status.startTime") && has(job, "status.completionTime") {
        page.field(0, "Duration", &job_duration(0, job));
    }
    if has(job, "spec.activeDeadlineSeconds") {
        let secs = number(job, "spec.activeDeadlineSeconds");
        page.field(0, "Active Deadline Seconds", &format!("{secs}s"));
    }
    let count = |path| number(job, path);
    let ready = match at(job, "status.ready").as_i64() {
        Some(ready) => format!(" ({ready} Ready)"),
        None => String::new(),
    };
    let pods = format!(
        "{} Active{ready} / {} Succeeded / {} Failed",
        count("status.active"),
        count("status.succeeded"),
        count("status.failed")
    );
    page.field(0, "Pods Statuses", &pods);
    if text(job, "spec.completionMode") == "Indexed" {
        page.field(
            0,
            "Completed Indexes",
            &indexes(text(job, "status.completedIndexes")),
        );
    }
    template(page, at(job, "spec.template"));
    page.events_of(job);
}

pub(super) fn cron_job(page: &mut Page<'_>, item: &Item) {
    let job = &item.value;
    page.head(job);
    page.field(0, "Schedule", text(job, "spec.schedule"));
    page.field(0, "Concurrency Policy", text(job, "spec.concurrencyPolicy"));
    page.field(0, "Suspend", flag_or_unset(job, "spec.suspend"));
    let template = at(job, "spec.jobTemplate");
    for (label, of, path, unit) in [
        ("Time Zone", job, "spec.timeZone", ""),
        (
            "Successful Job History Limit",
            job,
            "spec.successfulJobsHistoryLimit",
            "",
        ),
        (
            "Failed Job History Limit",
            job,
            "spec.failedJobsHistoryLimit",
            "",
        ),
        (
            "Starting Deadline Seconds",
            job,
            "spec.startingDeadlineSeconds",
            "s",
        ),
        // What a template selects is not said in it.
        ("Selector", template, "spec.selector", ""),
        ("Parallelism", template, "spec.parallelism", ""),
        ("Completions", template, "spec.completions", ""),
    ] {
        if label == "Time Zone" && !page.cluster.world().release().describes_as_in_1_36() {
            continue;
        }
        let shown = match at(of, path) {
            Value::Null => "<unset>".to_owned(),
            given if given.is_object() => selector(given),
            given => format!("{}{unit}", plain(given)),
        };
        page.field(0, label, &shown);
    }
    let deadline = "spec.activeDeadlineSeconds";
    if has(template, deadline) {
        let secs = number(template, deadline);
        page.field(0, "Active Deadline Seconds", &format!("{secs}s"));
    }
    super::containers::template(page, at(template, "spec.template"));
    let last = if has(job, "status.lastScheduleTime") {
        Page::moment(job, "status.lastScheduleTime")
    } else {
        "<unset>".to_owned()
    };
    page.field(0, "Last Schedule Time", &last);
    let active = items(job, "status.active")
        .iter()
        .map(|job| text(job, "name"));
    let active = active.into_list();
    page.field(0, "Active Jobs", &or_none(&active.join(", ")));
    page.events_of(job);
}

/// A long list ends in dots. Models `capIndexesListOrNone`.
fn indexes(list: &str) -> String {
    match list.char_indices().find(|(at, c)| *at >= 50 && *c == ',') {
        Some((comma, _)) => format!("{}...", &list[..=comma]),
        None => or_none(list),
    }
}
