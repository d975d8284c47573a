//! Volumes come to nodes and leave them.

use serde_json::{Value, json};

use super::{Sim, deployment, on, pod, pv, pvc, set};

/// A disk of the simulated driver that is there already, and its claim, for these modes.
fn disk(modes: Value) -> [Value; 2] {
    let spec = json!({"nfs": null, "csi": {"driver": "disk.ordinal.dev", "volumeHandle": "disk"}, "accessModes": modes});
    [pv("disk", spec), pvc("data", json!({"accessModes": modes}))]
}

/// `p` runs on n1 with a disk for one node.
fn one() -> Sim {
    let mut sim = Sim::new(3);
    sim.create(disk(json!(["ReadWriteOnce"])));
    sim.create([pod("p", &["data"], on("n1"))]).secs(30);
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    sim
}

const WAITING: &str = "Warning Waiting for detach for volume \"disk\" Volume is already";

#[test]
fn s055_one_pod_is_one_attachment_and_it_ends_after_the_volume_is_unmounted() {
    let mut sim = one();
    assert_eq!(sim.names("volumeattachment").len(), 1);
    assert_eq!(
        sim.value("node/n1", "status.volumesAttached")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        sim.value("node/n1", "status.volumesInUse")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    sim.k("delete pod p --wait=false");
    sim.secs(30);
    assert!(sim.at("pod/p deleted") <= sim.at("volumeattachment/disk@n1 detach-requested"));
    assert_eq!(sim.names("volumeattachment"), Vec::<String>::new());
    assert_eq!(sim.value("node/n1", "status.volumesAttached"), Value::Null);
}

#[test]
fn s057_a_share_is_attached_to_two_nodes_and_a_disk_to_one_after_the_other() {
    let mut sim = Sim::new(2);
    sim.create(disk(json!(["ReadWriteMany"])));
    sim.create([pod("a", &["data"], on("n1")), pod("b", &["data"], on("n2"))])
        .secs(30);
    assert_eq!(sim.names("volumeattachment").len(), 2);
    assert_eq!(sim.get("pod/b", "status.phase"), "Running");

    let mut sim = one();
    sim.create([pod("second", &["data"], on("n2"))]).secs(60);
    assert_eq!(sim.get("pod/second", "status.phase"), "Pending");
    assert_eq!(
        sim.told("pod/second", "FailedAttachVolume"),
        [format!("{WAITING} used by pod(s) p")]
    );
    sim.k("delete pod p --wait=false");
    sim.secs(60);
    assert_eq!(sim.get("pod/second", "status.phase"), "Running");
    assert!(
        sim.at("volumeattachment/disk@n1 deleted") <= sim.at("volumeattachment/disk@n2 created")
    );
}

#[test]
fn s058_a_volume_that_may_be_on_its_way_to_one_node_is_taken_from_it_first() {
    let mut sim = Sim::new(2);
    sim.create(disk(json!(["ReadWriteOnce"])));
    sim.fault("attach-delay 300");
    sim.create([pod("first", &["data"], on("n1"))]).secs(130);
    let timed_out = "Warning AttachVolume.Attach failed for volume \"disk\" : timed out waiting for external-attacher of disk.ordinal.dev CSI driver to attach volume disk";
    assert_eq!(sim.told("pod/first", "FailedAttachVolume"), [timed_out]);
    sim.fault("attach-delay 0");
    sim.k("delete pod first --force --grace-period=0");
    sim.create([pod("second", &["data"], on("n2"))]).secs(600);
    assert_eq!(sim.get("pod/second", "status.phase"), "Running");
    assert!(
        sim.at("volumeattachment/disk@n1 deleted") <= sim.at("volumeattachment/disk@n2 created")
    );
}

#[test]
fn s059_while_detaching_fails_the_other_node_is_tried_and_gets_it_when_the_driver_works() {
    // operation_generator.go `MarkVolumeAsUncertain`, reconciler.go `GetNodesForAttachedVolume` (recordings)
    let mut sim = one();
    sim.create([pod("second", &["data"], on("n2"))]).secs(5);
    sim.fault("attach-fails");
    sim.k("delete pod p --wait=false");
    sim.secs(200);
    assert_eq!(sim.get("pod/second", "status.phase"), "Pending");
    assert_eq!(sim.times("volumeattachment/disk@n2 created").len(), 1);
    sim.fault("attach-works");
    sim.secs(300);
    assert_eq!(sim.get("pod/second", "status.phase"), "Running");
}

#[test]
fn a_driver_attaches_a_disk_for_one_machine_to_no_second_one_whoever_asks() {
    let mut sim = one();
    let attachment = json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {"name": "by-hand"},
        "spec": {
            "attacher": "disk.ordinal.dev",
            "nodeName": "n2",
            "source": {"persistentVolumeName": "disk"}
        }
    });

    sim.create([attachment]).secs(5);

    assert_eq!(
        sim.get("volumeattachment/by-hand", "status.attachError.message"),
        "rpc error: code = FailedPrecondition desc = volume \"disk\" is published to node \"n1\""
    );
}

#[test]
fn s060_a_disk_is_torn_from_a_lost_node_after_six_minutes_and_never_from_a_healthy_one() {
    let mut sim = one();
    sim.fault("power-off n1");
    sim.secs(120);
    sim.k("delete pod p --force --grace-period=0");
    let gone = sim.now_ms();
    sim.secs(400);
    let detached = sim.at("volumeattachment/disk@n1 detach-requested") - gone;
    assert!((360_000..=361_000).contains(&detached), "{detached}");

    let mut sim = Sim::new(2);
    sim.create([set(1, true, json!({}))]).secs(30);
    let node = sim.nodes(&["web-0"]).remove(0);
    // As if its kubelet never said that it unmounted: it is not heard, and comes back in time.
    sim.secs(600);
    assert_eq!(
        sim.times(&format!(
            "volumeattachment/{}@{node} detach-requested",
            sim.get("pvc/www-web-0", "spec.volumeName")
        )),
        Vec::<u64>::new()
    );
}

#[test]
fn s061_out_of_service_a_node_gives_its_disk_up_at_once() {
    let mut sim = one();
    sim.fault("power-off n1");
    sim.secs(120);
    sim.k("taint node n1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
    let tainted = sim.now_ms();
    sim.secs(60);
    let gone = sim.at("pod/p deleted");
    assert!((0..=20_100).contains(&(gone - tainted)), "{gone} {tainted}");
    let detached = sim.at("volumeattachment/disk@n1 detach-requested") - gone;
    assert!(detached <= 200, "{detached}");
}

#[test]
fn s062_a_waiting_pod_is_told_who_has_its_disk_in_the_words_of_the_release() {
    for (release, start) in [
        ("1.34.4", "Multi-Attach error for volume"),
        ("1.35.0", "Multi-Attach error for volume"),
        ("1.36.4", "Waiting for detach for volume"),
        ("1.37.1", "Waiting for detach for volume"),
    ] {
        let mut sim = Sim::of(release, 3);
        sim.create(disk(json!(["ReadWriteOnce"])));
        sim.create([pod("a", &["data"], on("n1")), pod("b", &["data"], on("n1"))])
            .secs(20);
        sim.create([pod("second", &["data"], on("n2"))]).secs(5);
        assert_eq!(
            sim.told("pod/second", "FailedAttachVolume"),
            [format!(
                "Warning {start} \"disk\" Volume is already used by pod(s) a, b"
            )]
        );
        sim.fault("power-off n1");
        sim.k("delete pod a b second --force --grace-period=0");
        sim.create([pod("third", &["data"], on("n3"))]).secs(5);
        let end = if start.starts_with("Multi") {
            "and can't be attached to another"
        } else {
            ", waiting on detach before it can be attached to another node"
        };
        let gap = if end.starts_with(',') { "" } else { " " };
        assert_eq!(
            sim.told("pod/third", "FailedAttachVolume"),
            [format!(
                "Warning {start} \"disk\" Volume is already exclusively attached to one node{gap}{end}"
            )]
        );
    }
}

#[test]
fn s063_s064_a_deployments_new_pod_waits_for_ever_and_six_minutes_after_a_forced_deletion() {
    let mut sim = Sim::new(3);
    sim.create(disk(json!(["ReadWriteOnce"])));
    sim.create([deployment(1, &["data"], json!({}))]).secs(30);
    let first = sim.names("pod").remove(0);
    let node = sim.nodes(&[&first]).remove(0);
    sim.fault(&format!("power-off {node}"));
    sim.secs(3600);
    let pods = sim.names("pod");
    let second = pods
        .iter()
        .find(|name| **name != first)
        .expect("it is replaced")
        .clone();
    let told = format!("{WAITING} used by pod(s) {first}");
    assert_eq!(
        sim.told(&format!("pod/{second}"), "FailedAttachVolume"),
        std::slice::from_ref(&told)
    );
    assert!(sim.k(&format!("get pod {first}")).contains("Terminating"));
    assert!(
        sim.k(&format!("get pod {second}"))
            .contains("ContainerCreating")
    );
    sim.k(&format!("delete pod {first} --force --grace-period=0"));
    let gone = sim.now_ms();
    sim.secs(600);
    // Told once between two attachments, whatever the reason has become.
    assert_eq!(
        sim.told(&format!("pod/{second}"), "FailedAttachVolume"),
        Vec::from([told])
    );
    let detached = sim.at(&format!("volumeattachment/disk@{node} detach-requested")) - gone;
    assert!((360_000..=361_000).contains(&detached), "{detached}");
    assert_eq!(sim.get(&format!("pod/{second}"), "status.phase"), "Running");
}

#[test]
fn s066_two_pods_of_one_node_share_a_disk_for_one_node() {
    let mut sim = one();
    sim.create([pod("second", &["data"], on("n1"))]).secs(30);
    assert_eq!(sim.get("pod/second", "status.phase"), "Running");
    assert_eq!(sim.names("volumeattachment").len(), 1);
}

#[test]
fn s067_a_disk_for_one_pod_keeps_a_second_pod_from_every_node_unless_it_is_more_important() {
    let mut sim = Sim::new(2);
    sim.create(disk(json!(["ReadWriteOncePod"])));
    sim.create([pod("p", &["data"], json!({}))]).secs(30);
    sim.create([pod("second", &["data"], json!({}))]).secs(30);
    let (_, _, message) = sim.condition("pod/second", "PodScheduled");
    assert_eq!(
        message,
        "0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
    );
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000});
    sim.create([
        class,
        pod("important", &["data"], json!({"priorityClassName": "high"})),
    ])
    .secs(60);
    assert!(!sim.is_there("pod/p"), "it had to go");
    assert_eq!(sim.get("pod/important", "status.phase"), "Running");
}

#[test]
fn s071_a_pod_that_was_put_on_a_node_by_hand_waits_for_its_claim() {
    let mut sim = Sim::new(1);
    sim.create([
        pvc("data", json!({"storageClassName": ""})),
        pod("p", &["data"], json!({"nodeName": "n1"})),
    ])
    .secs(20);
    let text = "Warning Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/data: PVC is not bound";
    assert_eq!(
        sim.told("pod/p", "FailedMount").first().map(String::as_str),
        Some(text)
    );
    sim.k("delete pvc data --wait=false");
    sim.secs(200);
    let last = sim.told("pod/p", "FailedMount");
    assert!(
        last.iter().any(|t| t.ends_with("PVC is being deleted")),
        "{last:?}"
    );
}

#[test]
fn s072_a_pod_that_is_deleted_while_its_volume_is_on_its_way_leaves_nothing_behind() {
    let mut sim = Sim::new(1);
    sim.create(disk(json!(["ReadWriteOnce"])));
    sim.fault("attach-delay 60");
    sim.create([pod("p", &["data"], json!({}))]).secs(10);
    assert_eq!(sim.get("pod/p", "status.phase"), "Pending");
    sim.k("delete pod p --wait=false");
    sim.secs(200);
    assert!(!sim.is_there("pod/p"));
    assert_eq!(sim.names("volumeattachment"), Vec::<String>::new());
}

#[test]
fn s073_an_ephemeral_volume_lives_and_dies_with_its_pod_and_a_namesake_blocks_it() {
    let volume = json!([{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}]);
    let mut sim = Sim::new(1);
    sim.create([pod("p", &[], json!({"volumes": volume}))])
        .secs(30);
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    assert_eq!(
        sim.get("pvc/p-scratch", "metadata.ownerReferences.0.name"),
        "p"
    );
    sim.k("delete pod p --wait=false");
    sim.secs(30);
    assert!(!sim.is_there("pvc/p-scratch"));
    sim.create([
        pvc("p-scratch", json!({})),
        pod("p", &[], json!({"volumes": volume})),
    ])
    .secs(30);
    assert_eq!(sim.get("pod/p", "status.phase"), "Pending");
    let (_, _, message) = sim.condition("pod/p", "PodScheduled");
    assert!(
        message
            .contains("PVC default/p-scratch was not created for pod default/p (pod is not owner)"),
        "{message}"
    );
}

#[test]
fn s074_a_pod_made_anew_elsewhere_finds_what_was_written_to_both_its_volumes() {
    let mut sim = Sim::new(2);
    let claim = |name: &str| pvc(name, json!({"storageClassName": "standard"}));
    sim.create([claim("a"), claim("b"), pod("p", &["a", "b"], on("n1"))])
        .secs(30);
    let writes = |sim: &Sim| -> Vec<usize> {
        sim.cluster
            .world()
            .disks
            .values()
            .map(|disk| disk.writes.len())
            .collect()
    };
    let before = writes(&sim);
    assert!(before.iter().all(|n| *n > 0), "{before:?}");
    sim.k("delete pod p --wait=false");
    sim.secs(30)
        .create([pod("p", &["a", "b"], on("n2"))])
        .secs(60);
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    let after = writes(&sim);
    assert!(
        after.iter().zip(&before).all(|(a, b)| a > b),
        "{before:?} {after:?}"
    );
}

#[test]
fn s070_a_pod_deleted_while_its_machine_is_away_leaves_its_volume_when_the_machine_is_back() {
    for forced in ["", " --force --grace-period=0"] {
        let mut sim = one();
        sim.fault("partition n1");
        sim.secs(30);
        sim.k(&format!("delete pod p --wait=false{forced}"));
        sim.secs(10);
        sim.fault("heal n1");
        sim.secs(60);
        assert!(!sim.is_there("pod/p"));
        assert_eq!(
            sim.names("volumeattachment"),
            Vec::<String>::new(),
            "{forced}"
        );
        assert_eq!(
            sim.value("node/n1", "status.volumesInUse"),
            Value::Null,
            "{forced}"
        );
    }
}
