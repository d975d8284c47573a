//! CronJobs. Models pkg/apis/batch/validation `validateCronJobSpec`, 1.37.

use ordinal_api::status::Cause;
use serde_json::Value;

use super::{Faults, at, given, job, text};
use crate::cron::Schedule;

/// Validates a CronJob; `old` is what it was.
pub(super) fn cron_job(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let field = "spec.schedule";
    let (schedule, zone) = (at(spec, &["schedule"]), given(spec, "timeZone"));
    match schedule.as_str().unwrap_or_default() {
        "" => faults.required(field, ""),
        words => {
            if let Err(why) = parse(words) {
                faults.invalid(field, schedule, &why);
            }
            // A schedule that named a zone when that was allowed may go on to do so.
            let had = old.is_some_and(|old| text(at(old, &["spec"]), "schedule").contains("TZ"));
            let detail = match (words.contains("TZ"), had) {
                (true, true) if zone.is_some() => {
                    "cannot use both timeZone field and TZ or CRON_TZ in schedule"
                }
                (true, false) => "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
                _ => "",
            };
            if !detail.is_empty() {
                faults.invalid(field, schedule, detail);
            }
        }
    }
    let deadline = "startingDeadlineSeconds";
    faults.not_negative(format!("spec.{deadline}"), spec.get(deadline));
    if let Some(zone) = zone
        && old.is_none_or(|old| at(old, &["spec", "timeZone"]) != zone)
        && let Some(wrong) = zone_fault(zone.as_str().unwrap_or_default())
    {
        faults.invalid("spec.timeZone", zone, &wrong);
    }
    faults.word(
        "spec.concurrencyPolicy",
        at(spec, &["concurrencyPolicy"]),
        &["Allow", "Forbid", "Replace"],
    );
    let path = "spec.jobTemplate.spec";
    let template = at(spec, &["jobTemplate", "spec"]);
    job::specification(template, path, faults);
    if let Some(selector) = given(template, "selector") {
        let detail = "`selector` will be auto-generated";
        let field = format!("{path}.selector");
        faults.invalid_struct(&field, "LabelSelector", selector, detail);
    }
    if at(template, &["manualSelector"]) == true {
        let field = format!("{path}.manualSelector");
        faults.add(Cause::unsupported(field, "true", &["nil", "false"]));
    }
    for key in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        faults.not_negative(format!("spec.{key}"), spec.get(key));
    }
    let name = at(object, &["metadata", "name"]);
    if old.is_none() && name.as_str().is_some_and(|name| name.len() > 52) {
        let detail = "must be no more than 52 characters";
        faults.invalid("metadata.name", name, detail);
    }
}

/// First parts of the names of zones; other names are of one part.
const AREAS: &str = "Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US";
const ZONES: &str = "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu";

/// What is wrong with a time zone. Which places an area has is not known here: every one is taken.
fn zone_fault(zone: &str) -> Option<String> {
    if zone.is_empty() {
        return Some("timeZone must be nil or non-empty string".to_owned());
    }
    let odd = |part: &str| {
        matches!(part, "" | "." | "..")
            || part.len() > 14
            || part.starts_with('-')
            || !part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-_+".contains(c))
    };
    let unknown = || Some(format!("unknown time zone {zone}"));
    if zone.split('/').any(odd) {
        return unknown();
    }
    if zone.eq_ignore_ascii_case("Local") {
        return Some(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
                .to_owned(),
        );
    }
    let known = match zone.split_once('/') {
        Some((area, _)) => AREAS.split(' ').any(|known| known == area),
        None => ZONES.split(' ').any(|known| known == zone),
    };
    if known { None } else { unknown() }
}

/// What is wrong with a schedule, which may begin with a zone.
fn parse(schedule: &str) -> Result<(), String> {
    let mut rest = schedule;
    if rest.starts_with("TZ=") || rest.starts_with("CRON_TZ=") {
        let (zone, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let zone = zone.split_once('=').map_or(zone, |(_, zone)| zone);
        if let Some(wrong) = zone_fault(zone).filter(|_| !zone.is_empty()) {
            return Err(format!("provided bad location {zone}: {wrong}"));
        }
        rest = after.trim();
    }
    Schedule::parse(rest).map(drop)
}
