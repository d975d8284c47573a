//! A StatefulSet of three with a disk each, and what becomes of web-1 when its node is lost: every part of the cluster
//! together. Orders and times are those of the recordings, in the `exact` profile.

use expect_test::{Expect, expect};
use ordinal_api::{Kind, Labels};
use serde_json::json;

use super::attachdetach::TAINT_OUT_OF_SERVICE;
use crate::apiserver::DeleteOptions;
use crate::config::{Flags, NodeConfig};
use crate::journal::Fact;
use crate::lab::Lab;
use crate::milestones::milestones;
use crate::{Cluster, Component, Config, Fault};

/// Three nodes in one zone; web-0, web-1 and web-2 run since 17 s, web-1 on the node that is returned.
fn web(flags: Flags) -> (Lab, String) {
    let node = |n| NodeConfig {
        labels: Labels::new(),
        ..NodeConfig::plain(&format!("n{n}"), "")
    };
    let mut lab = Lab(Cluster::new(Config {
        nodes: (1..=3).map(node).collect(),
        flags,
        ..Config::default()
    }));
    lab.create(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]},
    }));
    lab.create(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {
            "serviceName": "web", "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "terminationGracePeriodSeconds": 10,
                    "containers": [{"name": "app", "image": "nginx:1.27", "volumeMounts": [{"name": "www", "mountPath": "/www"}]}],
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "www"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    }));
    lab.run_ms(30_000);
    let node = lab.node_of("web-1").to_string();
    (lab, node)
}

fn fault(lab: &mut Lab, fault: Fault) {
    lab.0.fault(fault).expect("the machine exists");
}

fn force_delete(lab: &mut Lab) {
    let options = DeleteOptions {
        grace_secs: Some(0),
        ..DeleteOptions::default()
    };
    lab.delete(Kind::Pod, "web-1", options);
}

/// What happened from a moment on to nodes, Pods and attachments, with volumes named after their claims and nodes
/// after their part.
fn check(lab: &Lab, from_ms: u64, lost: &str, expected: Expect) {
    let world = lab.0.world();
    let mut names: Vec<(String, String)> = Vec::new();
    for (_, object) in world.store.list(Kind::PersistentVolumeClaim) {
        let claim = object.as_claim().expect("a claim");
        names.push((claim.volume_name.to_string(), object.meta.name.to_string()));
    }
    names.push((lost.to_owned(), "LOST".to_owned()));
    let other = lab.node_of("web-1").to_string();
    if other != lost {
        names.push((other, "OTHER".to_owned()));
    }
    let wanted = ["node/", "pod/", "volumeattachment/"];
    let said = ["node-controller", "taint-eviction", "attachdetach"];
    let story = milestones(world)
        .into_iter()
        .filter(|m| {
            let event = m.text.starts_with("event ") && said.iter().any(|s| m.text.contains(s));
            m.at.0 >= from_ms && (event || wanted.iter().any(|w| m.text.starts_with(w)))
        })
        .map(|m| {
            let text = names
                .iter()
                .fold(m.text, |text, (name, short)| text.replace(name, short));
            let (secs, hundredths) = (m.at.0 / 1000, m.at.0 % 1000 / 10);
            format!("{secs}.{hundredths:02} {}\n", text.trim_end())
        });
    expected.assert_eq(&story.collect::<String>());
}

#[test]
fn a_dead_node_keeps_its_pod_for_ever_when_nobody_acts() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::PowerOff(node.as_str().into()));
    lab.run_ms(3_600_000);
    check(
        &lab,
        30_000,
        &node,
        expect![[r#"
        73.00 node/LOST#1 unknown
        73.00 event Normal NodeNotReady from node-controller on node/LOST: Node LOST status is now: NodeNotReady
        73.00 pod/web-1#1 not-ready
        73.00 event Warning NodeNotReady from node-controller on pod/web-1: Node is not ready
        73.01 node/LOST#1 taint node.kubernetes.io/unreachable:NoSchedule
        73.10 node/LOST#1 taint node.kubernetes.io/unreachable:NoExecute
        373.11 event Normal TaintManagerEviction from taint-eviction-controller on pod/web-1: Marking for deletion Pod default/web-1
        373.11 pod/web-1#1 condition DisruptionTarget=True DeletionByTaintManager
        373.11 pod/web-1#1 deletion-requested
    "#]],
    );
    let pod = lab
        .get(Kind::Pod, "web-1")
        .expect("only its kubelet can end it");
    assert!(pod.meta.is_deleting());
    let id = lab
        .0
        .world()
        .store
        .id(Kind::Pod, "default", "web-1")
        .expect("known");
    let held = lab
        .0
        .world()
        .waits_about(id)
        .find(|w| w.by == Component::PodGc);
    assert_eq!(held.map(|w| w.guard.name), Some("gcTerminating"));
}

#[test]
fn a_forced_deletion_frees_the_name_at_once_and_the_disk_after_six_minutes() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::PowerOff(node.as_str().into()));
    lab.run_ms(570_000);
    force_delete(&mut lab);
    lab.run_ms(600_000);
    check(
        &lab,
        600_000,
        &node,
        expect![[r#"
            600.00 pod/web-1#1 deleted
            600.01 pod/web-1#2 created
            600.02 pod/web-1#2 scheduled OTHER
            600.10 event Warning FailedAttachVolume from attachdetach-controller on pod/web-1: Waiting for detach for volume "www-web-1" Volume is already exclusively attached to one node, waiting on detach before it can be attached to another node
            960.20 volumeattachment/www-web-1@LOST#1 detach-requested
            961.30 volumeattachment/www-web-1@LOST#1 deleted
            961.80 volumeattachment/www-web-1@OTHER#1 created
            962.90 volumeattachment/www-web-1@OTHER#1 attached
            963.37 event Normal SuccessfulAttachVolume from attachdetach-controller on pod/web-1: AttachVolume.Attach succeeded for volume "www-web-1"
            964.37 pod/web-1#2 running
            964.37 pod/web-1#2 ready
        "#]],
    );
}

#[test]
fn the_out_of_service_taint_frees_name_and_disk_at_the_collectors_next_pass() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::PowerOff(node.as_str().into()));
    lab.run_ms(570_000);
    let taints = json!([
        {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
        {"key": TAINT_OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"},
    ]);
    lab.patch(Kind::Node, &node, json!({"spec": {"taints": taints}}));
    lab.run_ms(60_000);
    check(
        &lab,
        600_000,
        &node,
        expect![[r#"
            600.00 node/LOST#1 taint node.kubernetes.io/out-of-service:NoExecute
            618.00 pod/web-1#1 failed
            618.04 pod/web-1#1 deleted
            618.05 pod/web-1#2 created
            618.06 pod/web-1#2 scheduled OTHER
            618.10 volumeattachment/www-web-1@LOST#1 detach-requested
            619.20 volumeattachment/www-web-1@LOST#1 deleted
            619.70 volumeattachment/www-web-1@OTHER#1 created
            620.80 volumeattachment/www-web-1@OTHER#1 attached
            621.27 event Normal SuccessfulAttachVolume from attachdetach-controller on pod/web-1: AttachVolume.Attach succeeded for volume "www-web-1"
            622.27 pod/web-1#2 running
            622.27 pod/web-1#2 ready
        "#]],
    );
}

#[test]
fn a_deleted_node_frees_the_name_after_a_quarantine_and_the_disk_when_the_machine_is_back() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::PowerOff(node.as_str().into()));
    lab.run_ms(120_000);
    lab.delete(Kind::Node, &node, DeleteOptions::default());
    lab.run_ms(120_000);
    fault(&mut lab, Fault::PowerOn(node.as_str().into()));
    lab.run_ms(60_000);
    check(
        &lab,
        150_000,
        &node,
        expect![[r#"
            150.00 node/LOST#1 deleted
            153.00 event Normal RemovingNode from node-controller on node/LOST: Node LOST event: Removing Node LOST from Controller
            198.00 pod/web-1#1 condition DisruptionTarget=True DeletionByPodGC
            198.00 pod/web-1#1 failed
            198.01 pod/web-1#1 deletion-requested
            198.01 pod/web-1#1 deleted
            198.02 pod/web-1#2 created
            198.02 event Normal TaintManagerEviction from taint-eviction-controller on pod/web-1: Cancelling deletion of Pod default/web-1
            198.03 pod/web-1#2 scheduled OTHER
            198.10 event Warning FailedAttachVolume from attachdetach-controller on pod/web-1: Waiting for detach for volume "www-web-1" Volume is already exclusively attached to one node, waiting on detach before it can be attached to another node
            285.00 node/LOST#2 created
            285.00 node/LOST#2 not-ready
            285.00 node/LOST#2 taint node.kubernetes.io/not-ready:NoSchedule
            285.10 volumeattachment/www-web-1@LOST#1 detach-requested
            285.15 node/LOST#2 ready
            285.16 node/LOST#2 untaint node.kubernetes.io/not-ready:NoSchedule
            286.20 volumeattachment/www-web-1@LOST#1 deleted
            286.70 volumeattachment/www-web-1@OTHER#1 created
            287.80 volumeattachment/www-web-1@OTHER#1 attached
            288.00 event Normal RegisteredNode from node-controller on node/LOST: Node LOST event: Registered Node LOST in Controller
            288.27 event Normal SuccessfulAttachVolume from attachdetach-controller on pod/web-1: AttachVolume.Attach succeeded for volume "www-web-1"
            289.27 pod/web-1#2 running
            289.27 pod/web-1#2 ready
        "#]],
    );
}

#[test]
fn a_healed_partition_ends_the_evicted_pod_which_was_running_all_along() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::Partition(node.as_str().into()));
    lab.run_ms(481_000);
    fault(&mut lab, Fault::Heal(node.as_str().into()));
    lab.run_ms(60_000);
    check(
        &lab,
        400_000,
        &node,
        expect![[r#"
        511.10 node/LOST#1 ready
        511.10 pod/web-1#1 ready
        511.11 node/LOST#1 untaint node.kubernetes.io/unreachable:NoSchedule
        511.65 pod/web-1#1 succeeded
        511.65 pod/web-1#1 not-ready
        511.75 pod/web-1#1 deleted
        511.76 pod/web-1#2 created
        511.77 pod/web-1#2 scheduled LOST
        512.82 pod/web-1#2 running
        512.82 pod/web-1#2 ready
        513.00 node/LOST#1 untaint node.kubernetes.io/unreachable:NoExecute
        513.01 event Normal TaintManagerEviction from taint-eviction-controller on pod/web-1: Cancelling deletion of Pod default/web-1
    "#]],
    );
}

#[test]
fn a_short_outage_leaves_no_trace_in_the_api() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::Partition(node.as_str().into()));
    lab.run_ms(20_000);
    fault(&mut lab, Fault::Heal(node.as_str().into()));
    lab.run_ms(600_000);
    check(&lab, 30_000, &node, expect![[""]]);
}

#[test]
fn the_clocks_follow_the_flags() {
    let flags = Flags {
        node_monitor_grace_secs: Some(12),
        default_toleration_secs: Some(15),
        ..Flags::default()
    };
    let (mut lab, node) = web(flags);
    fault(&mut lab, Fault::PowerOff(node.as_str().into()));
    lab.run_ms(60_000);
    check(
        &lab,
        30_000,
        &node,
        expect![[r#"
        38.00 node/LOST#1 unknown
        38.00 event Normal NodeNotReady from node-controller on node/LOST: Node LOST status is now: NodeNotReady
        38.00 pod/web-1#1 not-ready
        38.00 event Warning NodeNotReady from node-controller on pod/web-1: Node is not ready
        38.01 node/LOST#1 taint node.kubernetes.io/unreachable:NoSchedule
        38.10 node/LOST#1 taint node.kubernetes.io/unreachable:NoExecute
        53.11 event Normal TaintManagerEviction from taint-eviction-controller on pod/web-1: Marking for deletion Pod default/web-1
        53.11 pod/web-1#1 condition DisruptionTarget=True DeletionByTaintManager
        53.11 pod/web-1#1 deletion-requested
    "#]],
    );
}

/// At most one machine has the disk, but a partitioned one goes on writing until it is taken away.
#[test]
fn a_forced_detach_takes_the_disk_from_a_machine_that_still_runs_its_pod() {
    let (mut lab, node) = web(Flags::default());
    fault(&mut lab, Fault::Partition(node.as_str().into()));
    lab.run_ms(570_000);
    force_delete(&mut lab);
    lab.run_ms(600_000);
    let world = lab.0.world();
    let forced = |fact: &Fact| matches!(fact, Fact::VolumeDetached { forced: true, .. });
    assert!(world.journal.iter().any(|e| e.facts.iter().any(forced)));
    let id = world.store.id(Kind::Node, "", &node).expect("known");
    let claim = lab
        .get(Kind::PersistentVolumeClaim, "www-web-1")
        .expect("it stays");
    let volume = &claim.as_claim().expect("a claim").volume_name;
    let volume = world
        .store
        .id(Kind::PersistentVolume, "", volume)
        .expect("known");
    assert!(
        !world.disks[&volume].attached.contains(&id)
            && !world.machines[&id].attached.contains(&volume)
    );
    assert!(
        world.machines[&id]
            .pods
            .values()
            .any(|pod| pod.is_running()),
        "nobody has told it to stop"
    );
    assert_eq!(world.disks[&volume].attached.len(), 1);
}
