//! The end of Pods.

use expect_test::expect;
use ordinal_api::pod::PodPhase;
use serde_json::json;

use super::Test;
use crate::journal::Fact;

#[test]
fn a_deleted_pod_stops_is_succeeded_and_goes() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    let before = test.facts(pod).len();
    test.delete(pod, None);
    test.until(60_000);
    expect![[r#"
        10000 DeletionRequested
        10050 Changed("object")
        10550 ContainerStopped { container: "c", node: "node-1", exit_code: 0 }
        10550 Succeeded
        10550 NotReady
        10650 Changed("object")
        10650 Deleted"#]]
    .assert_eq(&test.facts(pod)[before..].join("\n"));
    assert!(
        test.events(pod)
            .contains(&"Killing: Stopping container c".to_owned())
    );
    assert!(test.world.machines[&test.node("node-1")].pods.is_empty());
    assert_eq!(test.guard(pod), None);
}

#[test]
fn a_container_that_ignores_sigterm_is_killed_at_the_end_of_its_grace() {
    let mut test = Test::new();
    let pod = test.create(
        ordinal_api::Kind::Pod,
        &json!({
            "metadata": {"name": "web-0", "annotations": {"ordinal.dev/stop-after": "1h"}},
            "spec": {"nodeName": "node-1", "terminationGracePeriodSeconds": 7, "containers": [{"name": "c", "image": "nginx:1.27"}]},
        }),
    );
    test.until(10_000);
    test.delete(pod, None);
    test.until(17_100);
    assert_eq!(
        test.times(pod, |f| matches!(
            f,
            Fact::ContainerStopped { exit_code: 137, .. }
        )),
        [17_050]
    );
    assert_eq!(test.status(pod).phase, PodPhase::Failed);
}

#[test]
fn a_pre_stop_hook_sleeps_within_the_grace() {
    let mut test = Test::new();
    let sleep = |secs: u64| json!({"containers": [{"name": "c", "image": "nginx:1.27", "lifecycle": {"preStop": {"sleep": {"seconds": secs}}}}]});
    let short = test.pod("short", sleep(5));
    let long = test.pod("long", sleep(100));
    test.until(10_000);
    test.delete(short, None);
    test.delete(long, None);
    test.until(90_000);
    assert_eq!(
        test.times(short, |f| matches!(f, Fact::ContainerStopped { .. })),
        [15_550]
    );
    assert_eq!(
        test.times(long, |f| matches!(
            f,
            Fact::ContainerStopped { exit_code: 137, .. }
        )),
        [42_050]
    );
}

#[test]
fn a_second_deletion_shortens_the_grace() {
    let mut test = Test::new();
    let pod = test.create(
        ordinal_api::Kind::Pod,
        &json!({
            "metadata": {"name": "web-0", "annotations": {"ordinal.dev/stop-after": "1h"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "nginx:1.27"}]},
        }),
    );
    test.until(10_000);
    test.delete(pod, None);
    test.until(15_000);
    // Three seconds from the first request on are over: the least is left.
    test.delete(pod, Some(3));
    test.until(60_000);
    assert_eq!(
        test.times(pod, |f| matches!(f, Fact::ContainerStopped { .. })),
        [16_050]
    );
}

#[test]
fn a_pod_that_never_started_ends_failed() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "nginx:bad"}]}),
    );
    test.until(10_000);
    test.delete(pod, None);
    test.until(10_060);
    assert_eq!(test.status(pod).phase, PodPhase::Failed);
    assert_eq!(test.state(pod), "ContainerStatusUnknown 137");
    test.until(20_000);
    assert!(test.object(pod).is_none());
}

#[test]
fn a_force_deleted_pod_is_killed_as_an_orphan() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    let uid = test.uid(pod);
    test.delete(pod, Some(0));
    assert!(test.object(pod).is_none());
    let successor = test.pod("web-0", json!({}));
    test.until(10_400);
    assert!(
        test.local("node-1", uid).is_some_and(|l| l.is_running()),
        "the old one still runs"
    );
    test.until(30_000);
    assert!(test.local("node-1", uid).is_none());
    assert_eq!(
        test.times(pod, |f| matches!(f, Fact::ContainerStopped { .. })),
        [10_550]
    );
    assert!(
        test.object(successor)
            .is_some_and(|p| p.is_running_and_ready())
    );
}

#[test]
fn a_finished_pod_stays_until_it_is_deleted() {
    let mut test = Test::new();
    let pod = test.pod(
        "job",
        json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "job:crash"}]}),
    );
    test.until(30_000);
    assert_eq!(test.status(pod).phase, PodPhase::Failed);
    test.delete(pod, None);
    assert!(test.object(pod).is_none(), "an ended Pod needs no grace");
    test.until(31_000);
    assert!(test.world.machines[&test.node("node-1")].pods.is_empty());
}

#[test]
fn a_finalizer_keeps_the_ended_pod() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.change(pod, |object| {
        object.meta.finalizers.push("example.com/keep".into())
    });
    test.delete(pod, None);
    test.until(60_000);
    assert_eq!(test.status(pod).phase, PodPhase::Succeeded);
    test.change(pod, |object| object.meta.finalizers.clear());
    assert!(test.object(pod).is_none());
}

#[test]
fn the_longest_grace_there_is_runs_over_nothing() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({"terminationGracePeriodSeconds": i64::MAX}));
    test.until(10_000);
    test.delete(pod, None);
    test.until(20_000);
    assert!(test.object(pod).is_none());
}
