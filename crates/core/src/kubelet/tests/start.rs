//! From a binding to Ready.

use expect_test::expect;
use ordinal_api::Kind;
use ordinal_api::pod::PodPhase;
use serde_json::json;

use super::Test;
use crate::journal::Fact;

#[test]
fn a_bound_pod_starts_step_by_step() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(20_000);
    expect![[r#"
        0 Created
        0 Scheduled("node-1")
        50 Changed("object")
        650 Address("10.244.1.2")
        1950 ContainerStarted { container: "c", node: "node-1" }
        1950 Running
        1950 Ready"#]]
    .assert_eq(&test.facts(pod).join("\n"));
    assert_eq!(test.guard(pod), None);
}

#[test]
fn its_events_read_as_the_kubelets() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(20_000);
    let events = test.events(pod);
    assert_eq!(events[0], "Pulling: Pulling image \"nginx:1.27\"");
    assert!(events[1].starts_with("Pulled: Successfully pulled image \"nginx:1.27\" in 1s (1s including waiting). Image size: "));
    assert_eq!(
        events[2..],
        ["Created: Container created", "Started: Container started"]
    );
}

#[test]
fn an_older_release_names_the_container() {
    let mut test = Test::release(31);
    let pod = test.pod("web-0", json!({}));
    test.until(20_000);
    assert_eq!(
        test.events(pod)[2..],
        [
            "Created: Created container c",
            "Started: Started container c"
        ]
    );
}

#[test]
fn conditions_stand_in_the_kubelets_order() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(50);
    let types: Vec<String> = test
        .status(pod)
        .conditions
        .iter()
        .map(|c| c.type_.to_string())
        .collect();
    assert_eq!(
        types,
        [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled"
        ]
    );
    assert_eq!(
        test.condition(pod, "Ready"),
        "False ContainersNotReady containers with unready status: [c]"
    );
    assert_eq!(test.state(pod), "ContainerCreating");
    assert_eq!(test.status(pod).start_time.map(|t| t.as_ms()), Some(50));
}

#[test]
fn an_image_that_is_there_is_not_pulled_again() {
    let mut test = Test::new();
    test.pod("web-0", json!({}));
    test.until(20_000);
    let second = test.pod("web-1", json!({}));
    test.until(40_000);
    assert_eq!(
        test.events(second)[0],
        "Pulled: Container image \"nginx:1.27\" already present on machine and can be accessed by the pod"
    );
    assert_eq!(test.times(second, |f| *f == Fact::Ready), [20_950]);
    assert_eq!(test.status(second).pod_ip, "10.244.1.3");
}

#[test]
fn images_are_pulled_one_after_the_other() {
    let mut test = Test::new();
    test.pod("a", json!({}));
    let second = test.pod(
        "b",
        json!({"containers": [{"name": "c", "image": "redis:7"}]}),
    );
    test.until(20_000);
    assert_eq!(test.times(second, |f| *f == Fact::Ready), [2950]);
    assert!(test.events(second)[1].contains("in 1s (2s including waiting)"));
}

#[test]
fn init_containers_run_in_order_before_the_others() {
    let mut test = Test::new();
    let image = |name: &str| json!({"name": name, "image": "busybox:1.36"});
    let pod = test.pod(
        "web-0",
        json!({"initContainers": [image("one"), image("two")]}),
    );
    test.until(2000);
    assert_eq!(
        test.condition(pod, "Initialized"),
        "False ContainersNotInitialized containers with incomplete status: [one two]"
    );
    assert_eq!(test.state(pod), "PodInitializing");
    assert_eq!(test.guard(pod), Some("computeInitContainerActions"));
    test.until(30_000);
    let started = |name: &'static str| {
        test.times(
            pod,
            move |f| matches!(f, Fact::ContainerStarted { container, .. } if container == name),
        )
    };
    assert_eq!(
        [started("one"), started("two"), started("c")],
        [[1950], [3250], [5550]]
    );
    assert_eq!(test.times(pod, |f| *f == Fact::Initialized), [4250]);
    assert_eq!(test.status(pod).phase, PodPhase::Running);
}

#[test]
fn a_sidecar_goes_on_running_beside_the_containers() {
    let mut test = Test::new();
    let sidecar = json!({"name": "proxy", "image": "nginx:1.27", "restartPolicy": "Always"});
    let pod = test.pod("web-0", json!({"initContainers": [sidecar]}));
    test.until(30_000);
    assert!(test.status(pod).init_containers[0].state.is_running());
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
    test.delete(pod, None);
    test.until(60_000);
    let stopped = |name: &'static str| {
        test.times(
            pod,
            move |f| matches!(f, Fact::ContainerStopped { container, .. } if container == name),
        )
    };
    assert_eq!(
        [stopped("c"), stopped("proxy")],
        [[30_550], [31_050]],
        "the sidecar ends last"
    );
}

#[test]
fn a_readiness_probe_makes_ready_at_its_first_try_after_the_delay() {
    let mut test = Test::new();
    let probe = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 5, "periodSeconds": 10});
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "nginx:1.27", "readinessProbe": probe}]}),
    );
    test.until(5000);
    assert_eq!(test.status(pod).phase, PodPhase::Running);
    assert_eq!(test.guard(pod), Some("readinessProbe"));
    test.until(30_000);
    assert_eq!(test.times(pod, |f| *f == Fact::Ready), [11_950]);
}

#[test]
fn a_readiness_gate_holds_the_pod_back() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"readinessGates": [{"conditionType": "example.com/open"}]}),
    );
    test.until(5000);
    assert_eq!(
        test.condition(pod, "Ready"),
        "False ReadinessGatesNotReady corresponding condition of pod readiness gate \"example.com/open\" does not exist."
    );
    assert_eq!(test.guard(pod), Some("readinessGates"));
    test.change(pod, |object| {
        let pod = object.as_pod_mut().expect("a Pod");
        let mut status = (*pod.status).clone();
        status
            .conditions
            .push(ordinal_api::condition::Condition::new(
                "example.com/open",
                true,
                ordinal_api::SimTime(5000),
            ));
        pod.status = status.into();
    });
    test.until(6000);
    assert!(test.object(pod).is_some_and(|p| p.is_ready()));
}

#[test]
fn an_image_that_does_not_exist_is_tried_again_and_again() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "nginx:bad"}]}),
    );
    test.until(2000);
    assert_eq!(test.state(pod), "ErrImagePull");
    test.until(4000);
    assert_eq!(test.state(pod), "ImagePullBackOff");
    assert_eq!(test.guard(pod), Some("ImagePullBackOff"));
    assert_eq!(test.world.next_progress(), None, "a retry is no progress");
    test.until(700_000);
    let pulls = test.times(
        pod,
        |f| matches!(f, Fact::ContainerWaiting { reason, .. } if reason == "ErrImagePull"),
    );
    let gaps: Vec<u64> = pulls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(
        gaps[..6],
        [11_000, 21_000, 41_000, 81_000, 161_000, 301_000],
        "10 s doubled, and a second to fail"
    );
    assert!(
        test.events(pod)
            .contains(&"BackOff: Back-off pulling image \"nginx:bad\"".to_owned())
    );
}

#[test]
fn a_missing_config_map_in_the_environment_holds_the_container() {
    let mut test = Test::new();
    let env = json!([{"configMapRef": {"name": "settings"}}]);
    let pod = test.pod(
        "web-0",
        json!({"containers": [{"name": "c", "image": "nginx:1.27", "envFrom": env}]}),
    );
    test.until(5000);
    assert_eq!(test.state(pod), "CreateContainerConfigError");
    assert!(
        test.events(pod)
            .contains(&"Failed: Error: configmap \"settings\" not found".to_owned())
    );
    test.create(
        Kind::ConfigMap,
        &json!({"metadata": {"name": "settings"}, "data": {}}),
    );
    test.until(20_000);
    assert_eq!(test.state(pod), "Running");
}

#[test]
fn a_pod_that_may_not_restart_succeeds_or_fails() {
    let mut test = Test::new();
    let image = |name: &str, tag: &str| json!({"restartPolicy": "Never", "containers": [{"name": name, "image": format!("job:{tag}")}]});
    let bad = test.pod("bad", image("c", "crash"));
    let good = test.create(
        Kind::Pod,
        &json!({
            "metadata": {"name": "good", "annotations": {"ordinal.dev/exit-after": "3s"}},
            "spec": {"nodeName": "node-2", "restartPolicy": "Never", "containers": [{"name": "c", "image": "job:1"}]},
        }),
    );
    test.until(30_000);
    assert_eq!(test.status(bad).phase, PodPhase::Failed);
    assert_eq!(test.condition(bad, "Ready"), "False PodFailed");
    assert_eq!(test.status(good).phase, PodPhase::Succeeded);
    assert_eq!(test.condition(good, "Ready"), "False PodCompleted");
    assert_eq!(test.condition(good, "Initialized"), "True PodCompleted");
}
