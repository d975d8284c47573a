//! Jobs from beginning to end.

use ordinal_api::Kind;
use serde_json::{Value, json};

use crate::apiserver::{DeleteOptions, Propagation};
use crate::lab::Lab;

/// A Job `pi` whose container sleeps for five seconds and exits so, after other things were changed.
fn job(code: u32, more: Value) -> Value {
    let mut spec = json!({
        "template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "busybox", "command": ["sh", "-c", format!("sleep 5; exit {code}")]},
        ]}},
    });
    for (key, value) in more.as_object().expect("fields") {
        spec[key] = value.clone();
    }
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "pi"}, "spec": spec})
}

fn status(lab: &Lab) -> Value {
    lab.get(Kind::Job, "pi").expect("the Job").to_value()["status"].clone()
}

/// `TYPE=STATUS REASON` of the conditions.
fn conditions(lab: &Lab) -> Vec<String> {
    let status = status(lab);
    let all = status["conditions"].as_array().into_iter().flatten();
    let text = |c: &Value, key: &str| c[key].as_str().unwrap_or_default().to_owned();
    all.map(|c| {
        format!(
            "{}={} {}",
            text(c, "type"),
            text(c, "status"),
            text(c, "reason")
        )
    })
    .collect()
}

fn pods(lab: &Lab) -> Vec<Value> {
    let all = lab.0.world().store.list(Kind::Pod);
    all.map(|(_, pod)| pod.to_value()).collect()
}

#[test]
fn a_job_is_complete_when_its_pod_has_ended_well_and_was_counted() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(0, json!({})));
    lab.run_ms(4_000);
    let running = status(&lab);
    assert_eq!(
        (&running["active"], &running["ready"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        pods(&lab)[0]["metadata"]["finalizers"],
        json!(["batch.kubernetes.io/job-tracking"])
    );
    lab.run_ms(10_000);
    let done = status(&lab);
    assert_eq!(done["succeeded"], 1);
    assert_eq!(done["active"], Value::Null);
    assert!(done["completionTime"].is_string());
    assert_eq!(
        conditions(&lab),
        [
            "SuccessCriteriaMet=True CompletionsReached",
            "Complete=True CompletionsReached"
        ]
    );
    assert_eq!(pods(&lab)[0]["metadata"]["finalizers"], Value::Null);
    let events = lab.events(Kind::Job, "pi");
    assert!(
        events[0].starts_with("SuccessfulCreate: Created pod: pi-"),
        "{events:?}"
    );
    assert_eq!(events[1..], ["Completed: Job completed"]);
}

#[test]
fn an_indexed_job_runs_each_index_once_within_its_parallelism() {
    let mut lab = Lab::with_nodes(1);
    let more = json!({"completionMode": "Indexed", "completions": 5, "parallelism": 2});
    lab.create(job(0, more));
    lab.run_ms(4_000);
    assert_eq!(pods(&lab).len(), 2);
    lab.run_ms(60_000);
    let done = status(&lab);
    assert_eq!(
        (&done["succeeded"], &done["completedIndexes"]),
        (&json!(5), &json!("0-4"))
    );
    let mut names: Vec<String> = pods(&lab)
        .iter()
        .map(|pod| pod["spec"]["hostname"].as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["pi-0", "pi-1", "pi-2", "pi-3", "pi-4"]);
    let env = &pods(&lab)[0]["spec"]["containers"][0]["env"][0];
    assert_eq!(env["name"], "JOB_COMPLETION_INDEX");
}

#[test]
fn failed_pods_are_made_again_after_a_back_off_that_doubles_until_the_limit_is_passed() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(1, json!({"backoffLimit": 2})));
    lab.run_ms(12_000);
    assert_eq!((pods(&lab).len(), &status(&lab)["failed"]), (1, &json!(1)));
    lab.run_ms(120_000);
    assert_eq!(status(&lab)["failed"], 3);
    let begun: Vec<u64> = lab
        .0
        .world()
        .store
        .list(Kind::Pod)
        .map(|(_, pod)| pod.meta.creation_timestamp.0 / 1000)
        .collect();
    let gaps: Vec<u64> = begun
        .windows(2)
        .map(|pair| pair[0].abs_diff(pair[1]))
        .collect();
    assert_eq!(begun.len(), 3);
    assert!(gaps.iter().all(|gap| *gap >= 15), "{gaps:?}");
    assert_eq!(
        conditions(&lab),
        [
            "FailureTarget=True BackoffLimitExceeded",
            "Failed=True BackoffLimitExceeded"
        ]
    );
    assert!(
        lab.events(Kind::Job, "pi").contains(
            &"BackoffLimitExceeded: Job has reached the specified backoff limit".to_owned()
        )
    );
}

#[test]
fn a_deadline_ends_a_job_and_its_pods() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(
        0,
        json!({"activeDeadlineSeconds": 2, "completions": 3, "parallelism": 3}),
    ));
    lab.run_ms(30_000);
    assert_eq!(
        conditions(&lab),
        [
            "FailureTarget=True DeadlineExceeded",
            "Failed=True DeadlineExceeded"
        ]
    );
    assert_eq!(status(&lab)["failed"], 3);
    assert!(pods(&lab).is_empty());
}

#[test]
fn a_suspended_job_has_no_pods_and_a_resumed_one_begins_anew() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(0, json!({"suspend": true})));
    lab.run_ms(3_000);
    assert_eq!(conditions(&lab), ["Suspended=True JobSuspended"]);
    assert!(pods(&lab).is_empty() && status(&lab)["startTime"].is_null());
    lab.patch(Kind::Job, "pi", json!({"spec": {"suspend": false}}));
    lab.run_ms(200);
    assert!(status(&lab)["startTime"].is_string());
    lab.patch(Kind::Job, "pi", json!({"spec": {"suspend": true}}));
    lab.run_ms(200);
    assert!(status(&lab)["startTime"].is_null());
    lab.patch(Kind::Job, "pi", json!({"spec": {"suspend": false}}));
    lab.run_ms(20_000);
    assert_eq!(
        conditions(&lab),
        [
            "Suspended=False JobResumed",
            "SuccessCriteriaMet=True CompletionsReached",
            "Complete=True CompletionsReached"
        ]
    );
    let events = lab.events(Kind::Job, "pi");
    assert_eq!(
        events[..2],
        ["Suspended: Job suspended", "Resumed: Job resumed"]
    );
}

#[test]
fn a_finished_job_goes_after_its_time_to_live_and_a_deleted_one_lets_its_pods_go() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(0, json!({"ttlSecondsAfterFinished": 60})));
    lab.run_ms(30_000);
    assert!(lab.get(Kind::Job, "pi").is_some());
    lab.run_ms(60_000);
    assert!(lab.get(Kind::Job, "pi").is_none() && pods(&lab).is_empty());
    for propagation in [Propagation::Background, Propagation::Foreground] {
        lab.create(job(0, json!({})));
        lab.run_ms(4_000);
        let options = DeleteOptions {
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        lab.delete(Kind::Job, "pi", options);
        lab.run_ms(10_000);
        assert!(lab.get(Kind::Job, "pi").is_none(), "{propagation:?}");
        assert!(pods(&lab).is_empty(), "{propagation:?}");
    }
}

#[test]
fn pods_that_are_too_many_are_deleted_without_being_counted_and_more_are_made_at_once_later() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(0, json!({"completions": 6, "parallelism": 3, "template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox", "command": ["sleep", "600"]}]}}})));
    lab.run_ms(5_000);
    lab.patch(Kind::Job, "pi", json!({"spec": {"parallelism": 1}}));
    lab.run_ms(10_000);
    let left = status(&lab);
    assert_eq!(
        (&left["active"], &left["failed"]),
        (&json!(1), &Value::Null)
    );
    lab.patch(Kind::Job, "pi", json!({"spec": {"parallelism": 2}}));
    lab.run_ms(100);
    assert_eq!(pods(&lab).len(), 2);
}

#[test]
fn a_pod_whose_job_was_deleted_without_it_is_not_kept_for_being_counted() {
    let mut lab = Lab::with_nodes(1);
    lab.create(job(0, json!({})));
    lab.run_ms(2_000);
    let options = DeleteOptions {
        propagation: Some(Propagation::Orphan),
        ..DeleteOptions::default()
    };
    lab.delete(Kind::Job, "pi", options);
    lab.run_ms(2_000);
    let left = pods(&lab);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["metadata"]["ownerReferences"], Value::Null);
    assert_eq!(left[0]["metadata"]["finalizers"], Value::Null);
}

#[test]
fn a_failure_is_ignored_or_ends_the_job_as_the_first_rule_that_fits_says() {
    let ends = |action: &str, values: Value| {
        let mut lab = Lab::with_nodes(1);
        let codes = json!({"operator": "In", "values": values});
        let rules = json!([{"action": action, "onExitCodes": codes}]);
        lab.create(job(
            3,
            json!({"backoffLimit": 1, "podFailurePolicy": {"rules": rules}}),
        ));
        lab.run_ms(60_000);
        (
            conditions(&lab),
            status(&lab)["failed"].clone(),
            pods(&lab).len(),
        )
    };
    let (told, failed, made) = ends("FailJob", json!([2, 3]));
    assert_eq!(
        told,
        [
            "FailureTarget=True PodFailurePolicy",
            "Failed=True PodFailurePolicy"
        ]
    );
    assert_eq!((failed, made), (json!(1), 1));
    let (told, failed, made) = ends("Ignore", json!([3]));
    assert_eq!((told.len(), failed), (0, Value::Null));
    assert!(made > 2, "it is tried again beyond its limit: {made}");
    let (told, failed, _) = ends("Ignore", json!([4]));
    assert_eq!(told[1], "Failed=True BackoffLimitExceeded");
    assert_eq!(failed, 2, "no rule fits");
}

#[test]
fn each_index_has_its_own_limit_where_the_job_says_so() {
    let mut lab = Lab::with_nodes(1);
    let more = json!({"completionMode": "Indexed", "completions": 2, "parallelism": 2, "backoffLimitPerIndex": 1});
    lab.create(job(1, more));
    lab.run_ms(12_000);
    let begun = status(&lab);
    assert_eq!(
        (&begun["failedIndexes"], &begun["failed"]),
        (&json!(""), &Value::Null),
        "the first Pod of an index is kept until the next one is made"
    );
    lab.run_ms(60_000);
    let done = status(&lab);
    assert_eq!(
        (&done["failedIndexes"], &done["failed"]),
        (&json!("0,1"), &json!(4))
    );
    assert_eq!(conditions(&lab)[1], "Failed=True FailedIndexes");
    let mut noted: Vec<String> = pods(&lab)
        .iter()
        .map(|pod| {
            pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"]
                .to_string()
        })
        .collect();
    noted.sort();
    assert_eq!(noted, ["\"0\"", "\"0\"", "\"1\"", "\"1\""]);
}

#[test]
fn a_job_succeeds_when_enough_indexes_have() {
    let mut lab = Lab::with_nodes(1);
    let policy = json!({"rules": [{"succeededIndexes": "5"}, {"succeededCount": 2}]});
    let more = json!({"completionMode": "Indexed", "completions": 6, "parallelism": 2, "successPolicy": policy});
    lab.create(job(0, more));
    lab.run_ms(30_000);
    assert_eq!(
        conditions(&lab),
        [
            "SuccessCriteriaMet=True SuccessPolicy",
            "Complete=True SuccessPolicy"
        ]
    );
    let done = status(&lab);
    assert_eq!(done["conditions"][0]["message"], "Matched rules at index 1");
    assert_eq!(
        (&done["succeeded"], &done["completedIndexes"]),
        (&json!(2), &json!("0,1"))
    );
}
