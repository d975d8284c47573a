//! CronJobs from moment to moment. A run begins at midnight.

use ordinal_api::{Kind, SimTime};
use serde_json::{Value, json};

use crate::Cluster;
use crate::history::Stop;
use crate::lab::Lab;

/// A CronJob `tick` of every minute whose container sleeps so long, after other things were changed.
fn cron_job(secs: u32, more: Value) -> Value {
    let command = format!("sleep {secs}; exit 0");
    let containers = json!([{"name": "c", "image": "busybox", "command": ["sh", "-c", command]}]);
    let pod = json!({"spec": {"restartPolicy": "Never", "containers": containers}});
    let mut spec = json!({
        "schedule": "* * * * *",
        "jobTemplate": {"metadata": {"labels": {"by": "tick"}}, "spec": {"template": pod}},
    });
    for (key, value) in more.as_object().expect("fields") {
        spec[key] = value.clone();
    }
    json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"}, "spec": spec})
}

fn status(lab: &Lab) -> Value {
    lab.get(Kind::CronJob, "tick")
        .expect("it is there")
        .to_value()["status"]
        .clone()
}

/// The Jobs, by the minutes since midnight of which they are.
fn jobs(lab: &Lab) -> Vec<u64> {
    let all = lab.0.world().store.list(Kind::Job);
    let mut minutes: Vec<u64> = all
        .filter_map(|(_, job)| job.meta.name.strip_prefix("tick-")?.parse().ok())
        .map(|minute: u64| minute - ordinal_api::time::EPOCH_UNIX_MS / 60_000)
        .collect();
    minutes.sort_unstable();
    minutes
}

fn events(lab: &Lab) -> Vec<String> {
    lab.events(Kind::CronJob, "tick")
}

#[test]
fn a_job_is_made_when_its_moment_has_come_and_its_end_is_told() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(5, json!({})));
    lab.run_ms(60_050);
    assert_eq!(jobs(&lab), [0; 0]);
    lab.run_ms(200);
    let name = "tick-29453761";
    let job = lab.get(Kind::Job, name).expect("it is made").to_value();
    let meta = &job["metadata"];
    assert_eq!(meta["labels"], json!({"by": "tick"}));
    assert_eq!(
        meta["annotations"],
        json!({"batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:01:00Z"})
    );
    assert_eq!(meta["ownerReferences"][0]["kind"], "CronJob");
    assert_eq!(job["spec"]["backoffLimit"], 6, "it has its defaults");
    let running = status(&lab);
    assert_eq!(running["active"][0]["name"], name);
    assert_eq!(running["active"][0]["uid"], meta["uid"]);
    assert_eq!(running["lastScheduleTime"], "2026-01-01T00:01:00Z");
    lab.run_ms(20_000);
    let done = status(&lab);
    assert_eq!(done["active"], Value::Null);
    assert!(done["lastSuccessfulTime"].is_string());
    assert_eq!(
        events(&lab),
        [
            format!("SuccessfulCreate: Created job {name}"),
            format!("SawCompletedJob: Saw completed job: {name}, condition: Complete"),
        ]
    );
    lab.run_ms(60_000);
    assert_eq!(jobs(&lab), [1, 2]);
}

#[test]
fn with_forbid_a_job_waits_for_the_one_before_and_then_is_late() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(75, json!({"concurrencyPolicy": "Forbid"})));
    lab.run_ms(130_000);
    assert_eq!(jobs(&lab), [1]);
    let already = "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid";
    assert_eq!(events(&lab)[1], already);
    lab.run_ms(20_000);
    assert_eq!(jobs(&lab), [1, 2]);
}

#[test]
fn with_replace_a_job_ends_the_one_before() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(75, json!({"concurrencyPolicy": "Replace"})));
    lab.run_ms(121_000);
    assert_eq!(jobs(&lab), [2]);
    assert_eq!(
        events(&lab)[1..],
        [
            "SuccessfulDelete: Deleted job tick-29453761",
            "SuccessfulCreate: Created job tick-29453762"
        ]
    );
    assert_eq!(status(&lab)["active"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_suspended_one_makes_up_for_one_job_unless_that_would_be_too_late() {
    // (startingDeadlineSeconds, suspended for so long) => Jobs, and whether too many were missed
    let cases = [
        (None, 150, &[2][..], false),
        (Some(20), 150, &[], false),
        (Some(40), 150, &[2], false),
        (None, 6_310, &[105], true),
    ];
    for (deadline, secs, made, many) in cases {
        let mut lab = Lab::with_nodes(1);
        let more = json!({"suspend": true, "startingDeadlineSeconds": deadline});
        lab.create(cron_job(5, more));
        lab.run_ms(secs * 1000);
        assert_eq!(jobs(&lab), [0; 0]);
        lab.patch(Kind::CronJob, "tick", json!({"spec": {"suspend": false}}));
        lab.run_ms(1_000);
        assert_eq!(jobs(&lab), made, "{deadline:?} {secs}");
        let told = events(&lab).iter().any(|event| {
            event == "TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        });
        assert_eq!(told, many);
    }
}

#[test]
fn of_ended_jobs_the_latest_are_kept() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(5, json!({"successfulJobsHistoryLimit": 2})));
    lab.run_ms(5 * 60_000 + 30_000);
    assert_eq!(jobs(&lab), [4, 5]);
    let deleted = "SuccessfulDelete: Deleted job tick-29453761".to_owned();
    assert!(events(&lab).contains(&deleted), "{:?}", events(&lab));
}

#[test]
fn a_job_that_is_gone_or_was_made_by_somebody_else_is_told_of() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(30, json!({})));
    lab.run_ms(61_000);
    lab.delete(Kind::Job, "tick-29453761", Default::default());
    lab.run_ms(1_000);
    let missing = "MissingJob: Active job went missing: tick-29453761".to_owned();
    assert!(events(&lab).contains(&missing));
    assert_eq!(status(&lab)["active"], Value::Null);

    let owner = lab.get(Kind::CronJob, "tick").expect("it is there");
    let mut manual = owner.to_value()["spec"]["jobTemplate"].clone();
    manual["apiVersion"] = json!("batch/v1");
    manual["kind"] = json!("Job");
    manual["metadata"] = json!({"name": "manual", "ownerReferences": [{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": owner.meta.uid.to_string(), "controller": true,
    }]});
    lab.create(manual);
    lab.run_ms(1_000);
    let unexpected =
        "UnexpectedJob: Saw a job that the controller did not create or forgot: manual".to_owned();
    assert!(events(&lab).contains(&unexpected));
}

#[test]
fn a_new_schedule_counts_from_the_last_job_on() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(5, json!({"schedule": "@every 90s"})));
    lab.run_ms(91_000);
    assert_eq!(status(&lab)["lastScheduleTime"], "2026-01-01T00:01:30Z");
    lab.patch(
        Kind::CronJob,
        "tick",
        json!({"spec": {"schedule": "0 * * * *"}}),
    );
    lab.run_ms(58 * 60_000);
    assert_eq!(jobs(&lab), [1]);
    lab.run_ms(60_000);
    assert_eq!(jobs(&lab), [1, 60]);
}

#[test]
fn a_schedule_that_never_comes_is_told_of() {
    let mut lab = Lab::with_nodes(0);
    lab.create(cron_job(5, json!({"schedule": "0 0 31 2 *"})));
    lab.run_ms(1_000);
    assert_eq!(
        events(&lab),
        [
            "InvalidSchedule: invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second"
        ]
    );
}

#[test]
fn a_job_that_is_refused_is_asked_for_again() {
    let mut lab = Lab::with_nodes(1);
    let quota = |jobs: &str| {
        let hard = json!({"count/jobs.batch": jobs});
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": hard}})
    };
    lab.create(quota("0"));
    lab.create(cron_job(5, json!({})));
    lab.run_ms(62_000);
    assert_eq!(jobs(&lab), [0; 0]);
    let refused = "FailedCreate: Error creating job: jobs.batch \"tick-29453761\" is forbidden: exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0";
    assert_eq!(events(&lab), [refused]);
    lab.patch(
        Kind::ResourceQuota,
        "few",
        json!({"spec": {"hard": {"count/jobs.batch": "9"}}}),
    );
    lab.run_ms(20_000);
    assert_eq!(jobs(&lab), [1]);
}

#[test]
fn a_run_settles_although_there_is_a_next_moment() {
    let mut lab = Lab::with_nodes(1);
    lab.create(cron_job(5, json!({})));
    let settle = |cluster: &mut Cluster| cluster.settle(SimTime(3_600_000));
    assert_eq!(settle(&mut lab.0), Stop::Settled);
    assert_eq!(jobs(&lab), [0; 0]);
    lab.run_ms(60_200);
    assert_eq!(settle(&mut lab.0), Stop::Settled);
    assert_eq!(
        status(&lab)["active"],
        Value::Null,
        "the Job has run to its end"
    );
    assert!(lab.0.world().now() < SimTime(120_000));
}
