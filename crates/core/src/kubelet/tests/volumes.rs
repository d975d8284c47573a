//! Volumes and what is written to them.

use ordinal_api::Kind;
use serde_json::json;

use super::Test;
use crate::apiserver::DRIVER;
use crate::journal::Fact;
use crate::{Component, Cx, Fault};

fn attach(test: &mut Test, node: &str, volume: &str) {
    let node = test.node(node);
    test.change(node, |object| {
        let node = std::sync::Arc::make_mut(object.as_node_mut().expect("a Node"));
        std::sync::Arc::make_mut(&mut node.status.volumes_attached).push(volume.into());
    });
}

#[test]
fn a_pod_waits_until_its_volume_is_attached() {
    let mut test = Test::new();
    let volume = test.claim(
        "data",
        json!({"csi": {"driver": DRIVER, "volumeHandle": "h"}}),
    );
    let pod = test.pod_with_claim("web-0", "node-1", "data");
    // The attach-detach controller may do this by itself.
    test.until(900);
    assert_eq!(test.guard(pod), Some("WaitForAttachAndMount"));
    let in_use = |test: &Test| {
        test.world
            .get(test.node("node-1"))
            .and_then(|o| o.as_node())
            .map(|n| (*n.status.volumes_in_use).clone())
    };
    assert_eq!(in_use(&test), Some(vec![]));
    let attached = |test: &Test| {
        test.world
            .get(test.node("node-1"))
            .and_then(|o| o.as_node())
            .is_some_and(|n| !n.status.volumes_attached.is_empty())
    };
    if !attached(&test) {
        attach(&mut test, "node-1", "pv-data");
    }
    test.until(20_000);
    assert_eq!(in_use(&test), Some(vec!["pv-data".into()]));
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
    let mounted = test.times(volume, |f| matches!(f, Fact::VolumeMounted { .. }));
    assert_eq!(mounted.len(), 1);
    test.delete(pod, None);
    test.until(60_000);
    assert_eq!(in_use(&test), Some(vec![]));
    assert!(test.world.disks[&volume].mounted.is_empty());
}

#[test]
fn a_claim_that_is_not_bound_is_told_as_failed_mount() {
    let mut test = Test::new();
    let pod = test.pod_with_claim("web-0", "node-1", "data");
    test.until(100);
    let missing = "FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims \"data\" not found";
    assert_eq!(test.events(pod), [missing]);
    assert_eq!(test.guard(pod), Some("getPVCExtractPV"));
    test.claim("data", json!({"hostPath": {"path": "/tmp/data"}}));
    test.until(10_000);
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
}

#[test]
fn a_missing_secret_volume_is_told_as_failed_mount() {
    let mut test = Test::new();
    let pod = test.pod(
        "web-0",
        json!({"volumes": [{"name": "keys", "secret": {"secretName": "tls"}}]}),
    );
    test.until(100);
    assert_eq!(
        test.events(pod),
        ["FailedMount: MountVolume.SetUp failed for volume \"keys\" : secret \"tls\" not found"]
    );
    assert_eq!(test.world.next_progress(), None);
    test.create(Kind::Secret, &json!({"metadata": {"name": "tls"}}));
    test.until(10_000);
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
}

#[test]
fn a_container_that_starts_writes_to_its_disk() {
    let mut test = Test::new();
    let volume = test.claim("data", json!({"local": {"path": "/mnt"}}));
    let pod = test.pod_with_claim("web-0", "node-1", "data");
    test.until(10_000);
    let uid = test.uid(pod);
    let writes: Vec<_> = test.world.disks[&volume]
        .writes
        .iter()
        .map(|w| (w.path.to_string(), w.text.to_string()))
        .collect();
    assert_eq!(
        writes,
        [(
            "/data/started".to_owned(),
            format!("started by web-0 (uid {}) on node-1", uid.short())
        )]
    );
}

#[test]
fn a_second_pod_on_another_machine_is_noticed_as_second_writer() {
    let mut test = Test::new();
    let volume = test.claim("data", json!({"nfs": {"server": "s", "path": "/"}}));
    test.pod_with_claim("a", "node-1", "data");
    test.pod_with_claim("b", "node-1", "data");
    test.until(10_000);
    assert!(
        test.times(volume, |f| matches!(f, Fact::SecondWriter { .. }))
            .is_empty(),
        "the same machine may"
    );
    test.pod_with_claim("c", "node-2", "data");
    test.until(20_000);
    let second = test
        .world
        .journal
        .iter()
        .flat_map(|e| e.facts.to_vec())
        .find(|f| matches!(f, Fact::SecondWriter { .. }));
    assert_eq!(
        second,
        Some(Fact::SecondWriter {
            pod: "c".into(),
            node: "node-2".into()
        })
    );
}

#[test]
fn a_disk_for_one_pod_is_not_mounted_into_two() {
    let mut test = Test::new();
    test.claim(
        "data",
        json!({"hostPath": {"path": "/x"}, "accessModes": ["ReadWriteOncePod"]}),
    );
    let first = test.pod_with_claim("a", "node-1", "data");
    test.until(10_000);
    let second = test.pod_with_claim("b", "node-1", "data");
    test.until(11_000);
    assert_eq!(
        test.events(second),
        [
            "FailedMount: MountVolume.SetUp failed for volume \"pv-data\" : volume uses the ReadWriteOncePod access mode and is already in use by another pod"
        ]
    );
    test.delete(first, None);
    test.until(200_000);
    assert!(
        test.object(second)
            .is_some_and(|p| p.is_running_and_ready())
    );
}

#[test]
fn a_container_whose_disk_was_detached_writes_no_more() {
    let mut test = Test::new();
    let volume = test.claim(
        "data",
        json!({"csi": {"driver": DRIVER, "volumeHandle": "h"}}),
    );
    test.pod_with_claim("web-0", "node-1", "data");
    test.until(10_000);
    let writes = |test: &Test| test.world.disks[&volume].writes.len();
    assert_eq!(writes(&test), 1);
    test.fault(Fault::Partition("node-1".into()));
    Cx::new(&mut test.world, Component::Attacher, None).disk(volume, |disk| disk.attached.clear());
    test.fault(Fault::Crash("web-0".into()));
    test.until(20_000);
    assert_eq!(writes(&test), 1, "it was started again, with a dead mount");
}
