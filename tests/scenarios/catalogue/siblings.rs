//! Situations beside those of the catalogue, from the sources that they model.

use ordinal_api::pod::TAINT_UNREACHABLE;
use ordinal_core::Config;
use ordinal_core::config::Flags;
use serde_json::{Value, json};

use super::{Sim, on, over, pod, pv, pvc, said, set};

#[test]
fn a_claim_that_is_deleted_while_its_volume_is_made_sends_its_pod_back_to_the_queue() {
    // plugins/volumebinding/binder.go `checkBindings`
    let mut sim = Sim::new(1);
    sim.fault("provisioner-pause");
    sim.create([
        pvc("data", json!({"storageClassName": "standard"})),
        pod("p", &["data"], json!({})),
    ]);
    sim.ms(500).k("delete pvc data --wait=false");
    sim.secs(5);
    let told = sim.told("pod/p", "FailedScheduling");
    assert_eq!(
        told[0],
        "Warning running PreBind plugin \"VolumeBinding\": binding volumes: failed to check provisioning pvc: could not find v1.PersistentVolumeClaim \"default/data\""
    );
    assert_eq!(
        told.last().map(String::as_str),
        Some(
            "Warning 0/1 nodes are available: persistentvolumeclaim \"data\" not found. not found"
        )
    );
}

#[test]
fn a_spread_constraint_that_selects_everything_counts_nothing() {
    // plugins/podtopologyspread/common.go `countPodsMatchSelector`
    let mut sim = Sim::new(1);
    let spread = |selector: Value| {
        json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector, "minDomains": 2}]})
    };
    let all = || spread(json!({}));
    sim.create([pod("a", &[], all()), pod("b", &[], all())])
        .secs(10);
    assert_eq!(sim.nodes(&["a", "b"]), ["n1", "n1"]);
    let own = || over(spread(json!({"matchLabels": {"app": "c"}})), &json!({}));
    sim.create([pod("c", &[], own())]).secs(5);
    assert_eq!(sim.nodes(&["c"]), ["n1"]);
}

#[test]
fn a_node_says_itself_that_it_is_not_ready_and_its_pods_stay_ready() {
    // nodelifecycle `monitorNodeHealth`: only where the controller itself makes a node Unknown are its Pods marked.
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1"))]).secs(30);
    let ready =
        json!({"conditions": [{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}]});
    sim.patch_status("node/n1", ready);
    sim.secs(10);
    assert_eq!(sim.condition("pod/p", "Ready").0, "True");
    assert_eq!(sim.told("node/n1", "NodeNotReady"), Vec::<String>::new());
    assert!(
        !sim.times("node/n1 taint node.kubernetes.io/not-ready:NoExecute")
            .is_empty()
    );
}

#[test]
fn when_a_zone_is_out_of_trouble_its_limiter_has_to_be_waited_for() {
    // nodelifecycle/scheduler `SwapLimiter`: what takes the place of a limiter that forbids is drained.
    let mut sim = Sim::new(4);
    for n in 1..=3 {
        sim.secs(100).fault(&format!("power-off n{n}"));
    }
    sim.secs(200);
    let third = format!("node/n3 taint {TAINT_UNREACHABLE}:NoExecute");
    assert_eq!(sim.times(&third), Vec::<u64>::new());
    sim.fault("power-on n1");
    sim.secs(60);
    let back = sim.at(&format!("node/n1 untaint {TAINT_UNREACHABLE}:NoExecute"));
    let after = sim.at(&third) - back;
    assert!((10_000..=10_200).contains(&after), "{after}");
}

#[test]
fn an_attachment_that_somebody_deletes_is_missed_at_the_next_verification_and_made_again() {
    // attachdetach/reconciler `syncStates`, every minute.
    let mut sim = Sim::new(1);
    sim.create([set(1, true, json!({}))]).secs(61);
    let name = sim.names("volumeattachment").remove(0);
    sim.k(&format!("delete volumeattachment {name} --wait=false"));
    sim.secs(5);
    assert_eq!(sim.names("volumeattachment"), Vec::<String>::new());
    sim.secs(50);
    assert_eq!(sim.names("volumeattachment"), Vec::<String>::new());
    sim.secs(10);
    assert_eq!(sim.names("volumeattachment"), [name]);
}

#[test]
fn a_pod_that_takes_the_place_of_one_that_waited_is_told_again() {
    // attachdetach/cache `SetMultiAttachError` is forgotten with the last Pod of the node.
    let mut sim = Sim::new(2);
    let disk = over(
        pv(
            "disk",
            json!({"nfs": null, "csi": {"driver": "disk.ordinal.dev", "volumeHandle": "disk"}}),
        ),
        &json!({}),
    );
    sim.create([disk, pvc("data", json!({})), pod("p", &["data"], on("n1"))])
        .secs(20);
    for name in ["second", "third"] {
        sim.create([pod(name, &["data"], on("n2"))]).secs(5);
        let told = sim.told(&format!("pod/{name}"), "FailedAttachVolume");
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        sim.k(&format!("delete pod {name} --force --grace-period=0"));
    }
}

#[test]
fn a_volume_that_cannot_be_deleted_is_told_of_once() {
    // persistentvolume `updateVolumePhaseWithEvent`
    let mut sim = Sim::new(1);
    sim.create([
        pv("pv", json!({"persistentVolumeReclaimPolicy": "Delete"})),
        pvc("data", json!({})),
    ]);
    sim.k("delete pvc data --wait=false");
    sim.secs(60);
    assert_eq!(sim.get("pv/pv", "status.phase"), "Failed");
    let events = sim.k("get events -o custom-columns=R:.reason,C:.count --no-headers");
    let failed: Vec<&str> = events
        .lines()
        .filter(|l| l.starts_with("VolumeFailedDelete"))
        .collect();
    assert_eq!(failed, ["VolumeFailedDelete   1"], "{events}");
}

#[test]
fn the_claim_of_an_ephemeral_volume_is_made_again_when_its_namesake_goes() {
    // volume/ephemeral/controller.go
    let mut sim = Sim::new(1);
    let spec = json!({"volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "standard", "resources": {"requests": {"storage": "1Gi"}}}}}}],
        "containers": [{"name": "c", "image": "nginx:1.27", "volumeMounts": [{"name": "scratch", "mountPath": "/s"}]}]});
    sim.create([
        pvc("p-scratch", json!({"storageClassName": "standard"})),
        pod("p", &[], spec),
    ])
    .secs(5);
    assert_eq!(
        sim.told("pod/p", "FailedBinding"),
        [
            "Warning ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)"
        ]
    );
    sim.k("delete pvc p-scratch --wait=false");
    sim.secs(20);
    assert_eq!(
        sim.get("pvc/p-scratch", "metadata.ownerReferences.0.name"),
        "p"
    );
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
}

#[test]
fn s094_of_pods_that_have_ended_only_so_many_are_kept() {
    // podgc `gcTerminated`
    for (most, left) in [(0, 4), (1, 1), (3, 3)] {
        let mut sim = Sim::with(Config {
            flags: Flags {
                terminated_pods: Some(most),
                ..Flags::default()
            },
            ..Config::default()
        });
        let ends = || over(json!({"restartPolicy": "Never"}), &json!({}));
        for name in ["a", "b", "c", "d"] {
            let mut object = pod(name, &[], ends());
            object["metadata"]["annotations"] = json!({"ordinal.dev/exit-after": "1s"});
            sim.create([object]).secs(2);
        }
        sim.create([pod("runs", &[], json!({}))]).secs(60);
        let names = sim.names("pod");
        assert_eq!(names.len(), left + 1, "{most}: {names:?}");
        // The oldest go first, and nothing that runs.
        assert!(
            names.contains(&"d".to_owned()) && names.contains(&"runs".to_owned()),
            "{names:?}"
        );
    }
}

#[test]
fn s105_a_machine_that_is_shut_down_ends_its_pods_first_and_a_set_goes_on_elsewhere() {
    // kubelet/nodeshutdown
    let mut sim = Sim::new(3);
    let critical = json!({"priorityClassName": "system-cluster-critical", "nodeSelector": {"kubernetes.io/hostname": "n1"}});
    let stubborn = json!({"nodeSelector": {"kubernetes.io/hostname": "n1"}, "terminationGracePeriodSeconds": 60});
    let mut slow = pod("slow", &[], stubborn);
    slow["metadata"]["annotations"] =
        json!({"ordinal.dev/stop-after": "50s", "ordinal.dev/exit-on-stop": "143"});
    sim.k("cordon n2 n3");
    sim.create([slow, set(1, true, json!({})), pod("kept", &[], critical)])
        .secs(40);
    sim.k("uncordon n2 n3");
    assert_eq!(sim.nodes(&["web-0"]), ["n1"]);
    let start = sim.now_ms();
    sim.fault("shutdown n1");
    sim.ms(500);
    let (status, reason, message) = sim.condition("node/n1", "Ready");
    assert_eq!(
        (status.as_str(), reason.as_str(), message.as_str()),
        ("False", "KubeletNotReady", "node is shutting down")
    );
    assert_eq!(
        sim.told("node/n1", "Shutdown"),
        ["Normal Shutdown manager detected shutdown event"]
    );
    // What comes now is refused.
    sim.create([pod("late", &[], json!({"nodeName": "n1"}))])
        .secs(1);
    assert_eq!(
        (
            sim.get("pod/late", "status.phase"),
            sim.get("pod/late", "status.reason"),
            sim.get("pod/late", "status.message")
        ),
        (
            "Failed".into(),
            "NodeShutdown".into(),
            "Pod was rejected: Pod was rejected as the node is shutting down.".into()
        )
    );
    sim.secs(40);
    // The slow one was killed after 20 s, not after its own grace.
    assert_eq!(
        (
            sim.get("pod/slow", "status.phase"),
            sim.get("pod/slow", "status.reason"),
            sim.get("pod/slow", "status.message")
        ),
        (
            "Failed".into(),
            "Terminated".into(),
            "Pod was terminated in response to imminent node shutdown.".into()
        )
    );
    assert_eq!(
        sim.condition("pod/slow", "DisruptionTarget").1,
        "TerminationByKubelet"
    );
    let ended = sim.at("pod/slow failed") - start;
    assert!((20_000..=20_200).contains(&ended), "{ended}");
    let kept = sim.at("pod/kept not-ready") - start;
    assert!(kept > 20_000, "critical Pods come last: {kept}");
    assert!(sim.k("get pod slow").contains("0/1     Error"));
    sim.secs(120);
    assert_eq!(sim.condition("node/n1", "Ready").0, "Unknown");
    assert_ne!(sim.nodes(&["web-0"]), ["n1"]);
    assert_eq!(sim.get("sts/web", "status.readyReplicas"), "1");
    sim.fault("power-on n1");
    sim.secs(60);
    assert_eq!(sim.condition("node/n1", "Ready").0, "True");
    assert_eq!(sim.get("pod/slow", "status.phase"), "Failed");
}

#[test]
fn a_forced_detach_can_be_forbidden() {
    let mut sim = Sim::with(Config {
        nodes: (1..=3)
            .map(|n| ordinal_core::config::NodeConfig::plain(&format!("n{n}"), "a"))
            .collect(),
        flags: Flags {
            no_forced_detach: true,
            ..Flags::default()
        },
        ..Config::default()
    });
    sim.create([set(1, true, json!({}))]).secs(30);
    let node = sim.nodes(&["web-0"]).remove(0);
    sim.fault(&format!("power-off {node}"));
    sim.secs(120);
    sim.k("delete pod web-0 --force --grace-period=0");
    sim.secs(3600);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Pending");
    sim.k(&format!(
        "taint node {node} node.kubernetes.io/out-of-service=x:NoExecute"
    ));
    sim.secs(30);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
}

#[test]
fn a_node_that_can_attach_more_than_before_takes_the_pod_that_waited_for_that() {
    // plugins/nodevolumelimits `isSchedulableAfterCSINodeUpdated`; gate `MutableCSINodeAllocatableCount`
    let mut sim = Sim::new(1);
    let drivers = |count: u32| json!({"spec": {"drivers": [{"name": "disk.ordinal.dev", "nodeID": "n1", "topologyKeys": null, "allocatable": {"count": count}}]}});
    sim.patch("csinode/n1", drivers(1));
    let claims = ["one", "two"].map(|name| pvc(name, json!({"storageClassName": "standard"})));
    sim.create(claims);
    sim.create([pod("p", &["one"], json!({})), pod("q", &["two"], json!({}))])
        .secs(20);
    assert_eq!(
        said(&sim, "q"),
        "0/1 nodes are available: 1 node(s) exceed max volume count. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    sim.patch("csinode/n1", drivers(2));
    sim.secs(20);
    assert_eq!(sim.get("pod/q", "status.phase"), "Running");
}
