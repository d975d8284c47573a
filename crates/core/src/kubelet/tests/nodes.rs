//! Machines that lose power or their network, and come back.

use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, SimTime};
use serde_json::json;

use super::Test;
use crate::Fault;
use crate::journal::Fact;

#[test]
fn a_power_cut_ends_containers_at_once_and_the_api_does_not_know() {
    let mut test = Test::new();
    let volume = test.claim("data", json!({"local": {"path": "/mnt"}}));
    let pod = test.pod_with_claim("web-0", "node-1", "data");
    test.until(10_000);
    let uid = test.uid(pod);
    test.fault(Fault::PowerOff("node-1".into()));
    assert!(test.local("node-1", uid).is_some_and(|l| !l.is_running()));
    assert!(test.world.disks[&volume].mounted.is_empty());
    test.until(20_000);
    assert!(
        test.object(pod).is_some_and(|p| p.is_running_and_ready()),
        "nobody has told the API"
    );
    let machine = &test.world.machines[&test.node("node-1")];
    assert_eq!(
        machine.heartbeat_before(test.world.now(), 10_000),
        SimTime(700),
        "the last beat before the cut"
    );
}

#[test]
fn after_a_reboot_containers_are_restarted_in_the_same_pod() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    let (uid, node) = (test.uid(pod), test.node("node-1"));
    let boot_id = |test: &Test| {
        test.world
            .get(node)
            .and_then(|o| o.as_node())
            .map(|n| n.status.boot_id.clone())
    };
    let before = boot_id(&test);
    test.fault(Fault::PowerOff("node-1".into()));
    test.until(20_000);
    test.fault(Fault::PowerOn("node-1".into()));
    test.until(60_000);
    assert_eq!(test.uid(pod), uid);
    assert_eq!(test.status(pod).containers[0].restart_count, 1);
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
    assert_ne!(boot_id(&test), before);
    assert!(test.events(pod).contains(
        &"SandboxChanged: Pod sandbox changed, it will be killed and re-created.".to_owned()
    ));
    let rebooted = format!(
        "Rebooted: Node node-1 has been rebooted, boot id: {}",
        boot_id(&test).expect("a Node")
    );
    assert!(test.events(node).contains(&rebooted));
    assert_eq!(test.times(node, |f| *f == Fact::KubeletStarted), [35_000]);
    assert_eq!(test.times(pod, |f| *f == Fact::NotReady), [35_050]);
    assert_eq!(test.times(pod, |f| *f == Fact::Ready), [1950, 35_950]);
}

#[test]
fn a_terminating_pod_ends_when_its_machine_is_back() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.fault(Fault::PowerOff("node-1".into()));
    test.delete(pod, None);
    test.until(100_000);
    assert!(test.object(pod).is_some(), "only its kubelet can let it go");
    assert_eq!(test.guard(pod), Some("kubelet"));
    test.fault(Fault::PowerOn("node-1".into()));
    test.until(115_060);
    assert_eq!(test.status(pod).phase, PodPhase::Failed);
    test.until(200_000);
    assert!(test.object(pod).is_none());
    assert_eq!(test.guard(pod), None);
}

#[test]
fn a_forgotten_pod_is_not_started_after_a_reboot() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.fault(Fault::PowerOff("node-1".into()));
    test.delete(pod, Some(0));
    test.fault(Fault::PowerOn("node-1".into()));
    test.until(60_000);
    assert!(test.world.machines[&test.node("node-1")].pods.is_empty());
    assert_eq!(
        test.times(pod, |f| matches!(f, Fact::ContainerStarted { .. })),
        [1950]
    );
}

#[test]
fn a_partition_stops_no_container() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.fault(Fault::Partition("node-1".into()));
    test.until(15_000);
    test.fault(Fault::Crash("web-0".into()));
    test.until(40_000);
    assert_eq!(
        test.status(pod).containers[0].restart_count,
        0,
        "the API has not heard of it"
    );
    test.fault(Fault::Heal("node-1".into()));
    test.until(41_000);
    assert_eq!(test.status(pod).containers[0].restart_count, 1);
    assert_eq!(
        test.times(pod, |f| matches!(f, Fact::ContainerStarted { .. })),
        [1950, 15_300]
    );
}

#[test]
fn a_terminating_pod_is_ready_for_a_moment_after_the_network_heals() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    test.fault(Fault::Partition("node-1".into()));
    test.until(60_000);
    // What the node lifecycle controller does to Pods of a silent node.
    test.change(pod, |object| {
        let pod = object.as_pod_mut().expect("a Pod");
        let mut status = (*pod.status).clone();
        status
            .conditions
            .iter_mut()
            .find(|c| c.type_ == "Ready")
            .expect("Ready")
            .status = false.into();
        pod.status = status.into();
    });
    test.delete(pod, None);
    test.until(70_000);
    test.fault(Fault::Heal("node-1".into()));
    test.until(90_000);
    assert_eq!(test.times(pod, |f| *f == Fact::Ready).last(), Some(&70_100));
    assert_eq!(test.times(pod, |f| *f == Fact::Succeeded), [70_650]);
    assert!(test.object(pod).is_none());
}

#[test]
fn a_forgotten_pod_is_killed_when_the_network_heals() {
    let mut test = Test::new();
    let volume = test.claim("data", json!({"nfs": {"server": "s", "path": "/"}}));
    let pod = test.pod_with_claim("web-0", "node-1", "data");
    test.until(10_000);
    let uid = test.uid(pod);
    test.fault(Fault::Partition("node-1".into()));
    test.delete(pod, Some(0));
    test.pod_with_claim("web-0", "node-2", "data");
    test.until(30_000);
    assert!(
        test.local("node-1", uid).is_some_and(|l| l.is_running()),
        "both run"
    );
    assert_eq!(
        test.times(volume, |f| matches!(f, Fact::SecondWriter { .. }))
            .len(),
        1
    );
    test.fault(Fault::Heal("node-1".into()));
    test.until(40_000);
    assert!(test.local("node-1", uid).is_none());
    assert_eq!(test.world.disks[&volume].mounted.len(), 1);
    assert!(
        test.object(pod).is_some_and(|p| p.is_running_and_ready()),
        "its successor is left alone"
    );
}

#[test]
fn a_pod_bound_to_a_silent_node_starts_when_the_node_is_back() {
    let mut test = Test::new();
    test.fault(Fault::Partition("node-1".into()));
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    assert_eq!(test.status(pod).start_time, None);
    assert_eq!(test.guard(pod), Some("kubelet"));
    test.fault(Fault::Heal("node-1".into()));
    test.until(20_000);
    assert!(test.object(pod).is_some_and(|p| p.is_running_and_ready()));
}

#[test]
fn a_deleted_node_is_registered_by_a_kubelet_that_starts() {
    let mut test = Test::new();
    let node = test.node("node-1");
    test.delete(node, None);
    test.until(100_000);
    assert!(
        test.world.get(node).is_none(),
        "a running kubelet does not register again"
    );
    test.fault(Fault::PowerOff("node-1".into()));
    test.fault(Fault::PowerOn("node-1".into()));
    test.until(200_000);
    assert!(
        test.world
            .get(node)
            .and_then(|o| o.as_node())
            .is_some_and(|n| n.is_ready())
    );
}

#[test]
fn a_power_cut_while_booting_begins_again() {
    let mut test = Test::new();
    let pod = test.pod("web-0", json!({}));
    test.until(10_000);
    for fault in [
        Fault::PowerOff("node-1".into()),
        Fault::PowerOn("node-1".into()),
        Fault::PowerOff("node-1".into()),
    ] {
        test.fault(fault);
    }
    test.until(20_000);
    test.fault(Fault::PowerOn("node-1".into()));
    test.until(34_000);
    assert!(
        !test.world.machines[&test.node("node-1")].kubelet,
        "the first boot does not count"
    );
    test.until(60_000);
    assert_eq!(test.status(pod).containers[0].restart_count, 1);
}

#[test]
fn a_machine_joins() {
    let mut test = Test::new();
    test.fault(Fault::AddNode("node-4".into()));
    assert!(test.world.store.find(Kind::Node, "", "node-4").is_some());
    assert_eq!(
        test.refused(Fault::AddNode("node-4".into())).message,
        "nodes \"node-4\" already exists"
    );
}
