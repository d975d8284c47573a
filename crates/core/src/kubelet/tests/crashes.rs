//! Containers that end.

use ordinal_api::pod::{ContainerState, PodPhase};
use ordinal_api::{Kind, SimTime};
use serde_json::json;

use super::Test;
use crate::Fault;
use crate::journal::Fact;

#[test]
fn a_crash_loop_waits_0_10_20_40_seconds_and_so_on() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "app:crash"}]}),
    );
    test.until(1_500_000);
    let started = test.times(pod, |f| matches!(f, Fact::ContainerStarted { .. }));
    let stopped = test.times(pod, |f| matches!(f, Fact::ContainerStopped { .. }));
    let waits: Vec<u64> = stopped
        .iter()
        .zip(&started[1..])
        .map(|(end, start)| (start - end - 300) / 1000)
        .collect();
    assert_eq!(waits[..8], [0, 10, 20, 40, 80, 160, 300, 300]);
}

#[test]
fn a_crash_loop_shows_as_such() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "app:crash"}]}),
    );
    test.until(4300);
    assert_eq!(test.state(pod), "Error 1", "the second end, just now");
    test.until(7000);
    let status = test.status(pod);
    let ContainerState::Waiting { reason, message } = &status.containers[0].state else {
        panic!("it waits")
    };
    assert_eq!(reason, "CrashLoopBackOff");
    let uid = test.uid(pod);
    assert_eq!(
        *message,
        format!("back-off 10s restarting failed container=c pod=web-0_default({uid})")
    );
    assert_eq!(
        (status.phase, status.containers[0].restart_count),
        (PodPhase::Running, 1)
    );
    assert!(matches!(
        status.containers[0].last_state.as_deref(),
        Some(ContainerState::Terminated { exit_code: 1, .. })
    ));
    assert_eq!(test.guard(pod), Some("CrashLoopBackOff"));
    assert!(test.events(pod).contains(&format!(
        "BackOff: Back-off restarting failed container c in pod web-0_default({uid})"
    )));
    assert_eq!(
        test.world.next_progress(),
        None,
        "a restart in a crash loop is no progress"
    );
}

#[test]
fn ten_minutes_of_running_forget_the_failures() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.fault(Fault::Crash("web-0".into()));
    test.until(20_000);
    test.fault(Fault::Exit("web-0".into(), 3));
    test.until(25_000);
    assert_eq!(test.guard(pod), Some("CrashLoopBackOff"));
    assert_eq!(
        test.world.next_progress(),
        Some(SimTime(30_000)),
        "what a fault has ended goes on when it is started again"
    );
    test.until(40_000);
    test.until(700_000);
    test.fault(Fault::Crash("web-0".into()));
    test.until(710_000);
    let started = test.times(pod, |f| matches!(f, Fact::ContainerStarted { .. }));
    assert_eq!(started, [1950, 10_300, 30_300, 700_300]);
    assert_eq!(test.status(pod).containers[0].restart_count, 3);
}

#[test]
fn without_a_probe_a_crashing_pod_is_ready_for_a_moment() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "app:crash"}]}),
    );
    test.until(4000);
    assert_eq!(test.times(pod, |f| *f == Fact::Ready), [1950, 3250]);
    assert_eq!(test.times(pod, |f| *f == Fact::NotReady), [2950]);
}

#[test]
fn an_annotation_taken_away_ends_the_crash_loop() {
    let mut test = Test::new();
    let pod = test.create(
        Kind::Pod,
        &json!({
            "metadata": {"name": "web-0", "annotations": {"ordinal.dev/crash": "true"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "nginx:1.27"}]},
        }),
    );
    test.until(10_000);
    test.change(pod, |object| object.meta.annotations = Default::default());
    test.until(600_000);
    assert_eq!(test.state(pod), "Running");
    assert_eq!(test.status(pod).containers[0].restart_count, 2);
}

#[test]
fn readiness_fails_and_comes_back_without_a_restart() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(5000);
    test.fault(Fault::NotReady("web-0".into()));
    assert_eq!(
        test.condition(pod, "Ready"),
        "False ContainersNotReady containers with unready status: [c]"
    );
    test.until(8000);
    test.fault(Fault::Ready("default/web-0".into()));
    assert!(test.object(pod).is_some_and(|p| p.is_ready()));
    assert_eq!(test.status(pod).containers[0].restart_count, 0);
}

#[test]
fn a_changed_image_restarts_the_container() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.change(pod, |object| {
        let pod = object.as_pod_mut().expect("a Pod");
        let mut spec = (*pod.spec).clone();
        spec.containers[0].image = "nginx:1.28".into();
        pod.spec = spec.into();
    });
    test.until(30_000);
    let status = test.status(pod);
    assert_eq!(
        (
            status.containers[0].image.as_str(),
            status.containers[0].restart_count
        ),
        ("nginx:1.28", 1)
    );
    assert!(
        test.events(pod)
            .contains(&"Killing: Container c definition changed, will be restarted".to_owned())
    );
}

#[test]
fn a_fault_on_what_is_not_there_is_refused_in_kubectls_words() {
    let mut test = Test::new();
    let pod = test.pod(
        "waiting",
        json!({"containers": [{"name": "c", "image": "nginx:bad"}]}),
    );
    test.until(5000);
    assert_eq!(
        test.refused(Fault::Crash("nobody".into())).message,
        "pods \"nobody\" not found"
    );
    assert_eq!(
        test.refused(Fault::PowerOff("node-9".into())).message,
        "nodes \"node-9\" not found"
    );
    assert_eq!(
        test.refused(Fault::Crash("waiting".into())).message,
        "container not found (\"c\")"
    );
    assert_eq!(test.state(pod), "ImagePullBackOff");
}
