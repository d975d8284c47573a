//! Situations beside those of the catalogue, from the sources that they model.

use ordinal_core::Config;
use ordinal_core::world::Flags;
use serde_json::{Value, json};

use super::{Sim, class, over, pod, pv, pvc, set};

const GONE: &str = "node.kubernetes.io/unreachable";

fn on(node: &str) -> Value {
    json!({"nodeSelector": {"kubernetes.io/hostname": node}})
}

fn said(sim: &Sim, name: &str) -> String {
    sim.condition(&format!("pod/{name}"), "PodScheduled").2
}

/// A driver that publishes where it has room, its class, and so much room on nodes of a zone.
fn published(room: &str, zone: &str) -> [Value; 3] {
    [
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "lvm.example.com"}, "spec": {"storageCapacity": true}}),
        class("lvm", "lvm.example.com", true),
        capacity("room", room, zone),
    ]
}

fn capacity(name: &str, room: &str, zone: &str) -> Value {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIStorageCapacity", "metadata": {"name": name}, "storageClassName": "lvm",
        "capacity": room, "nodeTopology": {"matchLabels": {"topology.kubernetes.io/zone": zone}}})
}

fn lvm(name: &str, size: &str) -> Value {
    pvc(
        name,
        json!({"storageClassName": "lvm", "resources": {"requests": {"storage": size}}}),
    )
}

#[test]
fn a_volume_is_made_only_where_its_driver_says_that_it_has_room() {
    // plugins/volumebinding/binder.go `hasEnoughCapacity`
    let mut sim = Sim::zoned("1.37.1", &["a", "b"]);
    sim.create(published("5Gi", "b"));
    sim.create([lvm("fits", "5Gi"), pod("p", &["fits"], json!({}))])
        .secs(10);
    assert_eq!(sim.nodes(&["p"]), ["n2"]);
    sim.create([lvm("large", "6Gi"), pod("q", &["large"], json!({}))])
        .secs(10);
    assert_eq!(
        said(&sim, "q"),
        "0/2 nodes are available: 2 node(s) did not have enough free storage. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    );
    // More room wakes it (`isSchedulableAfterCSIStorageCapacityChange`), less does not.
    let tries = |sim: &Sim| sim.events("pod/q").len();
    let before = tries(&sim);
    sim.patch("csistoragecapacity/room", json!({"capacity": "4Gi"}));
    sim.secs(10);
    assert_eq!(
        (tries(&sim), sim.nodes(&["q"])),
        (before, vec![String::new()])
    );
    sim.patch(
        "csistoragecapacity/room",
        json!({"maximumVolumeSize": "6Gi"}),
    );
    sim.secs(10);
    assert_eq!(
        sim.nodes(&["q"]),
        ["n2"],
        "the largest volume counts before the sum"
    );
}

#[test]
fn a_class_of_a_driver_that_publishes_nothing_for_it_has_room_nowhere() {
    let mut sim = Sim::new(1);
    sim.create(published("5Gi", "elsewhere"));
    sim.create([lvm("data", "1Gi"), pod("p", &["data"], json!({}))])
        .secs(10);
    assert!(said(&sim, "p").contains("1 node(s) did not have enough free storage. "));
    sim.create([capacity("more", "1Gi", "a")]).secs(10);
    assert_eq!(sim.nodes(&["p"]), ["n1"]);
    let table = sim.k("get csistoragecapacities");
    assert_eq!(
        table,
        "NAME   STORAGECLASSNAME   CAPACITY\nmore   lvm                1Gi\nroom   lvm                5Gi\n"
    );
}

#[test]
fn of_two_nodes_the_one_with_more_room_is_preferred_since_1_37() {
    // plugins/volumebinding/volume_binding.go `Score`, gate `StorageCapacityScoring`
    for (release, always) in [("1.36.4", false), ("1.37.1", true)] {
        let mut places = Vec::new();
        for seed in 0..8 {
            let mut sim = Sim::with(Config {
                seed,
                release: ordinal_core::release::Release::parse(release).expect("modelled"),
                nodes: ["a", "b"]
                    .iter()
                    .enumerate()
                    .map(|(n, zone)| {
                        ordinal_core::world::NodeConfig::plain(&format!("n{}", n + 1), zone)
                    })
                    .collect(),
                ..Config::default()
            });
            sim.create(published("10Gi", "a"));
            sim.create([capacity("more", "100Gi", "b")]);
            sim.create([lvm("data", "5Gi"), pod("p", &["data"], json!({}))])
                .secs(10);
            places.extend(sim.nodes(&["p"]));
        }
        assert_eq!(
            places.iter().all(|n| n == "n2"),
            always,
            "{release}: {places:?}"
        );
    }
}

#[test]
fn a_published_capacity_keeps_its_class_and_its_nodes() {
    let mut sim = Sim::new(1);
    sim.create(published("5Gi", "a"));
    let refused = sim.try_patch(
        "csistoragecapacity/room",
        json!({"storageClassName": "other"}),
        "",
    );
    assert_eq!(
        refused,
        Err("CSIStorageCapacity.storage.k8s.io \"room\" is invalid: storageClassName: Invalid value: \"other\": field is immutable".into())
    );
    let mut bad = capacity("bad", "-1Gi", "a");
    bad["storageClassName"] = json!("Not A Class");
    let why = sim.try_create(bad).expect_err("two faults");
    assert!(
        why.contains("storageClassName: Invalid value")
            && why
                .contains("capacity: Invalid value: \"-1Gi\": must be greater than or equal to 0"),
        "{why}"
    );
}

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
    let third = format!("node/n3 taint {GONE}:NoExecute");
    assert_eq!(sim.times(&third), Vec::<u64>::new());
    sim.fault("power-on n1");
    sim.secs(60);
    let back = sim.at(&format!("node/n1 untaint {GONE}:NoExecute"));
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
            .map(|n| ordinal_core::world::NodeConfig::plain(&format!("n{n}"), "a"))
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
fn s065_after_a_restart_attachments_are_known_again_and_the_six_minutes_begin_anew() {
    let mut sim = Sim::new(3);
    sim.create([set(1, true, json!({}))]).secs(30);
    let node = sim.nodes(&["web-0"]).remove(0);
    let volume = sim.get("pvc/www-web-0", "spec.volumeName");
    let detach = format!("volumeattachment/{volume}@{node} detach-requested");
    sim.fault("restart-controllers");
    sim.secs(30);
    assert_eq!(
        sim.times(&detach),
        Vec::<u64>::new(),
        "nothing is detached that is wanted"
    );
    assert_eq!(sim.names("volumeattachment").len(), 1);
    sim.fault(&format!("power-off {node}"));
    sim.secs(120);
    sim.k("delete pod web-0 --force --grace-period=0");
    sim.secs(300);
    sim.fault("restart-controllers");
    let start = sim.now_ms();
    sim.secs(400);
    let after = sim.at(&detach) - start;
    assert!((360_000..=361_000).contains(&after), "{after}");
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
}

#[test]
fn s106_after_a_restart_a_silent_node_has_its_whole_grace_again_and_its_pods_their_tolerations() {
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1"))]).secs(100);
    sim.fault("power-off n1");
    sim.secs(30);
    sim.fault("restart-controllers");
    let start = sim.now_ms();
    sim.secs(70);
    let lost = sim.at("node/n1 unknown") - start;
    assert!((50_000..=60_000).contains(&lost), "{lost}");
    // Every node is new to it.
    for node in ["n1", "n2", "n3"] {
        let text = format!("Normal Node {node} event: Registered Node {node} in Controller");
        assert_eq!(sim.told(&format!("node/{node}"), "RegisteredNode"), [text]);
    }
    // The timers of an eviction are forgotten as well, and the taint is given anew.
    sim.secs(200);
    sim.fault("restart-controllers");
    let again = sim.now_ms();
    sim.secs(400);
    let taints = sim.times(&format!("node/n1 taint {GONE}:NoExecute"));
    assert_eq!(taints.len(), 2, "{taints:?}");
    let evicted = sim.at("pod/p deletion-requested") - again;
    assert!((300_000..=310_000).contains(&evicted), "{evicted}");
}

#[test]
fn a_driver_that_is_away_neither_attaches_nor_detaches_and_does_both_when_it_is_back() {
    let mut sim = Sim::new(1);
    sim.create([set(1, true, json!({}))]).secs(30);
    sim.fault("attacher-pause");
    sim.k("scale sts web --replicas=0");
    sim.secs(60);
    assert_eq!(
        sim.names("volumeattachment").len(),
        1,
        "asked to go, and still there"
    );
    sim.k("scale sts web --replicas=1");
    sim.secs(60);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Pending");
    sim.fault("attacher-resume");
    // The attempt that saw the old attachment go waits for it in vain for two minutes (csi_attacher.go).
    sim.secs(150);
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
