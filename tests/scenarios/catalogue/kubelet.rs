//! A Pod's life on its node, budgets, owners and namespaces.

use serde_json::{Value, json};

use super::{Sim, over, pod, set};

/// A Pod that behaves so.
fn behaving(name: &str, how: &[(&str, &str)], spec: Value) -> Value {
    let marks: serde_json::Map<String, Value> = how
        .iter()
        .map(|(key, value)| (format!("ordinal.dev/{key}"), json!(value)))
        .collect();
    over(
        pod(name, &[], spec),
        &json!({"metadata": {"annotations": marks}}),
    )
}

/// When `restartCount` became each number, in seconds.
fn restarts(sim: &Sim, upto: usize) -> Vec<u64> {
    use ordinal_core::journal::Fact;
    let entries = sim.cluster.world().journal.iter();
    let started = entries.filter(|e| {
        e.facts
            .iter()
            .any(|f| matches!(f, Fact::ContainerStarted { .. }))
    });
    started.map(|e| e.at.as_ms()).take(upto).collect()
}

#[test]
fn s124_a_cold_start_goes_through_its_conditions_in_order() {
    for inits in 0..=2 {
        let list: Vec<Value> = (0..inits)
            .map(|n| json!({"name": format!("i{n}"), "image": "busybox:1.36"}))
            .collect();
        let mut sim = Sim::new(1);
        sim.create([pod("p", &[], json!({"initContainers": list}))]);
        let (status, reason, message) = sim.condition("pod/p", "Initialized");
        if inits == 0 {
            assert_eq!(status, "True");
        } else {
            let names: Vec<String> = (0..inits).map(|n| format!("i{n}")).collect();
            assert_eq!(
                (status.as_str(), reason.as_str()),
                ("False", "ContainersNotInitialized")
            );
            assert_eq!(
                message,
                format!("containers with incomplete status: [{}]", names.join(" "))
            );
            assert!(sim.k("get pod p").contains(&format!("Init:0/{inits}")));
        }
        assert_eq!(
            sim.condition("pod/p", "PodReadyToStartContainers").0,
            "False"
        );
        let (_, reason, message) = sim.condition("pod/p", "Ready");
        assert_eq!(
            (reason.as_str(), message.as_str()),
            ("ContainersNotReady", "containers with unready status: [c]")
        );
        let waiting = sim.get("pod/p", "status.containerStatuses.0.state.waiting.reason");
        assert_eq!(
            waiting,
            if inits == 0 {
                "ContainerCreating"
            } else {
                "PodInitializing"
            }
        );
        sim.secs(60);
        for type_ in [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled",
        ] {
            assert_eq!(sim.condition("pod/p", type_).0, "True", "{type_}");
        }
        assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    }
}

#[test]
fn s124_a_sidecar_starts_before_the_others_and_goes_on_running() {
    let mut sim = Sim::new(1);
    let sidecar = json!({"initContainers": [
        {"name": "side", "image": "busybox:1.36", "restartPolicy": "Always"}, {"name": "once", "image": "busybox:1.36"}]});
    sim.create([pod("p", &[], sidecar)]).secs(60);
    assert!(sim.k("get pod p").contains("2/2     Running"));
    assert!(
        !sim.get("pod/p", "status.initContainerStatuses.0.state.running")
            .is_empty()
    );
    assert_eq!(
        sim.get(
            "pod/p",
            "status.initContainerStatuses.1.state.terminated.reason"
        ),
        "Completed"
    );
}

#[test]
fn s125_when_an_init_container_fails_the_others_never_start_and_the_pod_never_succeeds() {
    for (policy, phase) in [("Always", "Pending"), ("Never", "Failed")] {
        let mut sim = Sim::new(1);
        let spec = json!({"restartPolicy": policy, "initContainers": [{"name": "i", "image": "busybox:crash"}]});
        sim.create([pod("p", &[], spec)]).secs(120);
        assert_eq!(sim.get("pod/p", "status.phase"), phase);
        assert_eq!(
            sim.value("pod/p", "status.containerStatuses.0.state.running"),
            Value::Null
        );
        assert_eq!(
            sim.get("pod/p", "status.containerStatuses.0.restartCount"),
            "0"
        );
        let shown = sim.k("get pod p");
        let wanted = if policy == "Never" {
            "Init:Error"
        } else {
            "Init:CrashLoopBackOff"
        };
        assert!(shown.contains(wanted), "{shown}");
    }
}

#[test]
fn s126_a_crash_loop_waits_0_10_20_40_80_160_300_300_seconds_and_a_new_pod_begins_anew() {
    let mut sim = Sim::new(1);
    let crashing = behaving("p", &[("crash", "true")], json!({}));
    sim.create([crashing.clone()]).secs(1200);
    let starts = restarts(&sim, 9);
    let waits: Vec<u64> = starts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / 1000)
        .collect();
    let least = [0, 10, 20, 40, 80, 160, 300, 300];
    for (wait, least) in waits.iter().zip(least) {
        assert!((least..=least + 20).contains(wait), "{waits:?}");
    }
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    assert_eq!(
        sim.get("pod/p", "status.containerStatuses.0.state.waiting.reason"),
        "CrashLoopBackOff"
    );
    let uid = sim.get("pod/p", "metadata.uid");
    let message = sim.get("pod/p", "status.containerStatuses.0.state.waiting.message");
    assert_eq!(
        message,
        format!("back-off 5m0s restarting failed container=c pod=p_default({uid})")
    );
    let told = format!("Warning Back-off restarting failed container c in pod p_default({uid})");
    assert!(sim.told("pod/p", "BackOff").contains(&told));
    sim.k("delete pod p --force --grace-period=0");
    sim.create([crashing]).secs(8);
    assert_eq!(
        sim.get("pod/p", "status.containerStatuses.0.restartCount"),
        "1"
    );
}

#[test]
fn s127_readiness_takes_a_pod_out_and_startup_holds_the_others_back() {
    let probe = |initial: u32| json!({"httpGet": {"port": 80, "path": "/"}, "initialDelaySeconds": initial});
    let container = |probes: Value| json!({"containers": [over(json!({"name": "c", "image": "nginx:1.27"}), &probes)]});
    let mut sim = Sim::new(1);
    sim.create([pod(
        "p",
        &[],
        container(json!({"readinessProbe": probe(0)})),
    )])
    .secs(30);
    sim.fault("not-ready pod/p");
    sim.secs(60);
    assert_eq!(sim.condition("pod/p", "Ready").0, "False");
    assert!(
        sim.k("get pod p").contains("0/1     Running   0 "),
        "{}",
        sim.k("get pod p")
    );
    assert!(sim.told("pod/p", "Unhealthy")[0].starts_with("Warning Readiness probe failed: "));
    sim.fault("ready pod/p");
    sim.secs(30);
    assert_eq!(sim.condition("pod/p", "Ready").0, "True");

    let mut sim = Sim::new(1);
    sim.create([pod(
        "p",
        &[],
        container(json!({"startupProbe": probe(30), "readinessProbe": probe(0)})),
    )])
    .secs(20);
    assert_eq!(
        sim.get("pod/p", "status.containerStatuses.0.started"),
        "false"
    );
    assert_eq!(sim.condition("pod/p", "Ready").0, "False");
    sim.secs(60);
    assert_eq!(
        sim.get("pod/p", "status.containerStatuses.0.started"),
        "true"
    );
    assert_eq!(sim.condition("pod/p", "Ready").0, "True");
}

#[test]
fn s128_a_pod_has_its_grace_and_no_more() {
    let ends = |how: &[(&str, &str)], spec: Value, delete: &str| {
        let mut sim = Sim::new(1);
        sim.create([behaving("p", how, spec)]).secs(30);
        let start = sim.now_ms();
        sim.k(&format!("delete pod p --wait=false {delete}"));
        sim.secs(120);
        (sim.at("pod/p deleted") - start, sim)
    };
    // It ends at SIGTERM.
    let (after, _) = ends(&[("stop-after", "2s")], json!({}), "");
    assert!((2_000..=4_000).contains(&after), "{after}");
    // It ignores SIGTERM.
    let (after, sim) = ends(
        &[("stop-after", "1h")],
        json!({"terminationGracePeriodSeconds": 30}),
        "",
    );
    assert!((30_000..=33_000).contains(&after), "{after}");
    assert_eq!(sim.times("pod/p failed").len(), 1, "killed: exit code 137");
    assert_eq!(
        sim.told("pod/p", "Killing"),
        ["Normal Stopping container c"]
    );
    // A hook takes its time from the grace.
    let hook = json!({"terminationGracePeriodSeconds": 10, "containers": [{"name": "c", "image": "nginx:1.27", "lifecycle": {"preStop": {"sleep": {"seconds": 8}}}}]});
    let (after, _) = ends(&[("stop-after", "1h")], hook, "");
    assert!((10_000..=13_000).contains(&after), "{after}");
    // No grace: the object is gone at once.
    let (after, _) = ends(
        &[("stop-after", "1h")],
        json!({}),
        "--force --grace-period=0",
    );
    assert_eq!(after, 0);
    // A second deletion only shortens.
    let mut sim = Sim::new(1);
    sim.create([behaving(
        "p",
        &[("stop-after", "1h")],
        json!({"terminationGracePeriodSeconds": 60}),
    )])
    .secs(30);
    sim.k("delete pod p --wait=false --grace-period=30");
    sim.k("delete pod p --wait=false --grace-period=300");
    assert_eq!(
        sim.get("pod/p", "metadata.deletionGracePeriodSeconds"),
        "30"
    );
    sim.k("delete pod p --wait=false --grace-period=5");
    assert_eq!(sim.get("pod/p", "metadata.deletionGracePeriodSeconds"), "5");
    // A finalizer holds the object.
    let mut sim = Sim::new(1);
    sim.create([over(
        pod("p", &[], json!({})),
        &json!({"metadata": {"finalizers": ["example.com/hold"]}}),
    )])
    .secs(30);
    sim.k("delete pod p --wait=false");
    sim.secs(60);
    assert_eq!(sim.get("pod/p", "status.phase"), "Succeeded");
    sim.patch("pod/p", json!({"metadata": {"finalizers": null}}));
    assert!(!sim.is_there("pod/p"));
}

#[test]
fn s129_an_image_that_is_not_there_is_tried_again_after_10_20_40_seconds() {
    let mut sim = Sim::new(1);
    let spec = json!({"containers": [{"name": "c", "image": "does-not-exist:1"}]});
    sim.create([pod("p", &[], spec)]);
    let mut seen = Vec::new();
    for _ in 0..1200 {
        sim.ms(100);
        let reason = sim.get("pod/p", "status.containerStatuses.0.state.waiting.reason");
        if seen.last() != Some(&reason) {
            seen.push(reason);
        }
    }
    let alternating = seen
        .iter()
        .skip_while(|r| *r != "ErrImagePull")
        .cloned()
        .collect::<Vec<_>>();
    assert!(alternating.len() >= 5, "{seen:?}");
    for pair in alternating.chunks(2) {
        assert_eq!(pair[0], "ErrImagePull");
        assert!(pair.get(1).is_none_or(|r| r == "ImagePullBackOff"));
    }
    assert_eq!(sim.get("pod/p", "status.phase"), "Pending");
    let events = sim.events("pod/p");
    for wanted in [
        "Warning Failed Error: ErrImagePull",
        "Warning Failed Error: ImagePullBackOff",
        "Normal BackOff Back-off pulling image \"does-not-exist:1\"",
        "Normal Pulling Pulling image \"does-not-exist:1\"",
    ] {
        assert!(
            events.iter().any(|e| e.starts_with(wanted)),
            "{wanted}: {events:?}"
        );
    }
    let failed = sim.told("pod/p", "Failed");
    assert!(
        failed[0].starts_with("Warning Failed to pull image \"does-not-exist:1\": "),
        "{failed:?}"
    );
}

#[test]
fn s130_an_evicted_pod_of_a_set_is_made_anew_under_its_name() {
    let mut sim = Sim::new(2);
    sim.create([set(2, true, json!({}))]).secs(60);
    let (uid, claim) = (
        sim.get("pod/web-1", "metadata.uid"),
        sim.get("pvc/www-web-1", "metadata.uid"),
    );
    sim.patch_status("pod/web-1", json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}));
    sim.secs(60);
    assert_ne!(sim.get("pod/web-1", "metadata.uid"), uid);
    assert_eq!(sim.get("pvc/www-web-1", "metadata.uid"), claim);
    assert_eq!(sim.get("sts/web", "status.readyReplicas"), "2");
}
