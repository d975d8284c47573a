//! `kubectl drain` and the eviction behind it.

use ordinal_api::Kind;
use serde_json::json;

use super::{Lab, budget, workload};

/// The condition that says why a Pod goes.
fn disruption(pod: &ordinal_api::Value) -> Option<&ordinal_api::Value> {
    let conditions = pod["status"]["conditions"].as_array()?;
    conditions.iter().find(|c| c["type"] == "DisruptionTarget")
}

fn node_of(lab: &Lab, pod: &str) -> String {
    let pod = lab.object(Kind::Pod, pod);
    pod["spec"]["nodeName"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_drained_pod_says_that_it_was_evicted_through_the_api() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let node = node_of(&lab, "web-0");
    let mut seen = None;
    let uid = lab.object(Kind::Pod, "web-0")["metadata"]["uid"].clone();
    let told = lab.say(&format!("kubectl drain {node}"));
    assert_eq!(
        told,
        format!(
            "node/{node} cordoned\nevicting pod default/web-0\npod/web-0 evicted\nnode/{node} drained\n"
        )
    );
    for frame in lab.cluster.frames() {
        let pod = frame.store.find(Kind::Pod, "default", "web-0");
        let pod = pod
            .map(|o| o.to_value())
            .filter(|p| p["metadata"]["uid"] == uid);
        seen = pod.as_ref().and_then(disruption).cloned().or(seen);
    }
    let seen = seen.expect("the condition");
    assert_eq!(seen["reason"], "EvictionByEvictionAPI");
    assert_eq!(seen["message"], "Eviction API: evicting");
}

#[test]
fn a_refused_eviction_is_tried_every_five_seconds_until_the_timeout() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    lab.apply(&budget("minAvailable: 1"));
    let node = node_of(&lab, "web-0");
    let output = lab.run(&format!("kubectl drain {node} --timeout=90s"));
    assert_eq!(output.exit, 1);
    assert_eq!(
        output.stdout.matches("evicting pod default/web-0").count(),
        19
    );
    assert_eq!(output.stderr.matches("(will retry after 5s)").count(), 18);
    assert!(
        output.stderr.contains("global timeout reached: 1m30s"),
        "{}",
        output.stderr
    );
}

#[test]
fn two_pods_of_a_node_wait_for_one_budget_at_the_same_time() {
    let mut lab = Lab::new();
    lab.say("kubectl cordon node-2");
    lab.say("kubectl cordon node-3");
    lab.apply(&workload("ReplicaSet", 2, ""));
    lab.say("kubectl uncordon node-2");
    lab.apply(&budget("maxUnavailable: 1"));
    let output = lab.run("kubectl drain node-1");
    assert!(output.is_ok(), "{}", output.stderr);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let evicting = |line: &&str| line.starts_with("evicting pod");
    assert!(lines[1..3].iter().all(evicting), "{lines:?}");
    assert_eq!(output.stderr.matches("(will retry after 5s)").count(), 1);
    assert_eq!(lines.last(), Some(&"node/node-1 drained"));
}

#[test]
fn the_last_eviction_that_is_allowed_leaves_the_budget_insufficient_at_once() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 2, ""));
    lab.apply(&budget("minAvailable: 1"));
    let node = node_of(&lab, "web-1");
    lab.say(&format!("kubectl drain {node} --timeout=60s --force"));
    let first = lab
        .cluster
        .frames()
        .iter()
        .filter_map(|frame| {
            frame
                .store
                .find(Kind::PodDisruptionBudget, "default", "web")
        })
        .map(|budget| budget.to_value())
        .find(|budget| budget["status"]["disruptedPods"].is_object())
        .expect("an eviction under way");
    assert_eq!(first["status"]["disruptionsAllowed"], 0);
    assert_eq!(first["status"]["conditions"][0]["status"], "False");
    assert_eq!(
        first["status"]["conditions"][0]["reason"],
        "InsufficientPods"
    );
}

#[test]
fn without_eviction_budgets_do_not_count() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    lab.apply(&budget("minAvailable: 1"));
    let node = node_of(&lab, "web-0");
    let told = lab.say(&format!("kubectl drain {node} --disable-eviction"));
    assert_eq!(
        told,
        format!("node/{node} cordoned\npod/web-0 deleted\nnode/{node} drained\n")
    );
}

#[test]
fn a_pod_that_does_not_end_in_time_is_told_of_when_the_drain_gives_up() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let node = node_of(&lab, "web-0");
    lab.say(&format!("power-off {node}"));
    let output = lab.run(&format!("kubectl drain {node} --timeout=10s"));
    assert_eq!(output.exit, 1);
    let why = "error when waiting for pod \"web-0\" in namespace \"default\" to terminate: context deadline exceeded";
    assert!(output.stderr.contains(why), "{}", output.stderr);
    lab.wait(60);
    let told = lab.say(&format!(
        "kubectl drain {node} --skip-wait-for-delete-timeout=5"
    ));
    assert!(told.ends_with(&format!("node/{node} drained\n")), "{told}");
}

#[test]
fn an_unready_pod_is_evicted_past_a_broken_budget_only_if_the_policy_says_so() {
    for (policy, allowed) in [("AlwaysAllow", true), ("IfHealthyBudget", false)] {
        let mut lab = Lab::new();
        lab.apply(&workload("StatefulSet", 1, ""));
        let rule = format!("minAvailable: 1\n  unhealthyPodEvictionPolicy: {policy}");
        lab.apply(&budget(&rule));
        lab.say("not-ready pod/web-0");
        lab.wait(5);
        let node = node_of(&lab, "web-0");
        let output = lab.run(&format!("kubectl drain {node} --timeout=20s"));
        assert_eq!(output.is_ok(), allowed, "{policy}: {}", output.stderr);
    }
}

#[test]
fn a_pod_under_two_budgets_is_not_evicted_and_not_tried_again() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    lab.apply(&budget("maxUnavailable: 1"));
    lab.apply(&budget("maxUnavailable: 1").replace("name: web\n", "name: other\n"));
    let node = node_of(&lab, "web-0");
    let output = lab.run(&format!("kubectl drain {node} --timeout=60s"));
    assert_eq!(output.exit, 1);
    assert_eq!(output.stdout.matches("evicting pod").count(), 1);
    let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    assert!(output.stderr.contains(why), "{}", output.stderr);
}

#[test]
fn an_eviction_that_is_posted_by_hand_is_answered_like_any_other() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 2, ""));
    lab.apply(&budget("minAvailable: 1"));
    let mut post = |pod: &str, named: &str| {
        lab.give(&format!(
            r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{named}","namespace":"default"}}}}"#
        ));
        lab.run(&format!(
            "kubectl create --raw /api/v1/namespaces/default/pods/{pod}/eviction -f -"
        ))
    };
    let done = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#;
    assert_eq!(post("web-1", "web-1").stdout, format!("{done}\n"));
    assert_eq!(
        post("web-0", "web-0").stderr,
        "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n"
    );
    assert_eq!(
        post("web-0", "web-1").stderr,
        "Error from server (BadRequest): name in URL does not match name in Eviction object\n"
    );
    assert_eq!(
        post("web-9", "web-9").stderr,
        "Error from server (NotFound): pods \"web-9\" not found\n"
    );
}

#[test]
fn a_server_dry_run_asks_the_budget_and_changes_nothing() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let node = node_of(&lab, "web-0");
    let before = lab.object(Kind::Pod, "web-0");
    let told = lab.say(&format!("kubectl drain {node} --dry-run=server"));
    assert_eq!(
        told,
        format!(
            "node/{node} cordoned (server dry run)\nevicting pod default/web-0 (server dry run)\nnode/{node} drained (server dry run)\n"
        )
    );
    assert_eq!(lab.object(Kind::Pod, "web-0"), before);
    let node = lab.cluster.world().store.find(Kind::Node, "", &node);
    let node = node.expect("it is there").to_value();
    assert_eq!(node["spec"]["unschedulable"], json!(null));
}
