//! The controller with its driver, on worlds made by hand: attaching takes 1.1 s, detaching too.

use ordinal_api::Kind;
use ordinal_api::condition::ConditionStatus;
use ordinal_api::node::{Taint, TaintEffect};

use super::TAINT_OUT_OF_SERVICE;
use crate::controllers::by_hand::ByHand;
use crate::journal::Fact;
use crate::release::Release;
use crate::wait::On;
use crate::{Component, Config};

fn disk_facts(hand: &ByHand) -> Vec<(u64, String)> {
    hand.times(|fact| match fact {
        Fact::Attached => Some("attached".into()),
        Fact::DetachRequested => Some("detach requested".into()),
        Fact::VolumeAttached { node } => Some(format!("really on {node}")),
        Fact::VolumeDetached { node, forced } => {
            Some(format!("really off {node}, forced {forced}"))
        }
        _ => None,
    })
}

fn lines(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter()
        .map(|(at, text)| (*at, (*text).to_owned()))
        .collect()
}

fn attached_on(node: &str) -> ByHand {
    let mut hand = ByHand::with_nodes(&["old", "new"]);
    hand.bound_claim("data", "ReadWriteOnce");
    hand.running_pod("web-0", node, "data");
    hand.run_until(10_000);
    hand.node(node, |n| {
        n.status.volumes_in_use = std::sync::Arc::new(vec!["pv-data".into()])
    });
    hand
}

#[test]
fn a_pod_on_a_node_has_its_volume_attached() {
    let mut hand = attached_on("old");
    assert_eq!(
        disk_facts(&hand),
        lines(&[(1200, "really on old"), (1200, "attached")])
    );
    let events = hand.events();
    let expected = (
        1676,
        "web-0 SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"pv-data\""
            .to_owned(),
    );
    assert!(events.contains(&expected), "{events:?}");
    let node = hand.get(Kind::Node, "old").expect("it is there");
    assert_eq!(
        *node.as_node().expect("a Node").status.volumes_attached,
        ["pv-data"]
    );
}

#[test]
fn a_deleted_pod_gives_its_volume_back_once_it_is_unmounted() {
    let mut hand = attached_on("old");
    hand.force_delete("web-0");
    hand.run_until(20_000);
    assert_eq!(disk_facts(&hand).len(), 2, "still mounted");
    hand.node("old", |n| {
        n.status.volumes_in_use = std::sync::Arc::default()
    });
    hand.run_until(30_000);
    let expected = [
        (20_100, "detach requested"),
        (21_200, "really off old, forced false"),
    ];
    assert_eq!(disk_facts(&hand)[2..], lines(&expected));
    assert_eq!(hand.world.store.count(Kind::VolumeAttachment), 0);
}

#[test]
fn a_lost_node_keeps_its_volume_for_six_minutes_after_the_pod_object_went() {
    let mut hand = attached_on("old");
    hand.set_ready("old", ConditionStatus::Unknown);
    let options = crate::apiserver::DeleteOptions::default();
    hand.delete(Kind::Pod, "web-0", options);
    hand.run_until(1_000_000);
    assert_eq!(
        disk_facts(&hand).len(),
        2,
        "a Pod that is only being deleted still has its volume"
    );
    hand.force_delete("web-0");
    let pod = hand.running_pod("web-0", "new", "data");
    hand.run_until(1_010_000);
    let wait = hand
        .world
        .waits_about(pod)
        .find(|w| w.by == Component::AttachDetach)
        .expect("it waits");
    assert_eq!(
        (wait.guard.name, wait.until.map(|t| t.0)),
        ("isMultiAttachForbidden", Some(1_360_200))
    );
    let On::Object(attachment) = wait.on else {
        panic!("it waits for the attachment")
    };
    let wait = hand
        .world
        .waits_about(attachment)
        .next()
        .expect("which waits in turn");
    assert_eq!(wait.guard.name, "maxWaitForUnmountDuration");
    hand.run_until(1_400_000);
    let expected = [
        (1_360_200, "detach requested"),
        (1_361_300, "really off old, forced true"),
        (1_362_900, "really on new"),
        (1_362_900, "attached"),
    ];
    assert_eq!(disk_facts(&hand)[2..], lines(&expected));
    let told = hand
        .events()
        .into_iter()
        .filter(|(_, text)| text.contains("FailedAttachVolume"))
        .count();
    assert_eq!(told, 1, "a waiting Pod is told once");
    assert!(
        hand.world
            .waits_about(pod)
            .all(|w| w.by != Component::AttachDetach)
    );
}

#[test]
fn a_node_out_of_service_loses_its_volume_at_once() {
    let mut hand = attached_on("old");
    hand.set_ready("old", ConditionStatus::Unknown);
    hand.force_delete("web-0");
    hand.run_until(60_000);
    hand.taint(
        "old",
        Taint::new(TAINT_OUT_OF_SERVICE, TaintEffect::NoExecute),
    );
    hand.run_until(70_000);
    assert_eq!(
        disk_facts(&hand)[2],
        (60_100, "detach requested".to_owned())
    );
}

#[test]
fn the_attachment_of_a_deleted_node_stays_until_the_node_comes_back() {
    let mut hand = attached_on("old");
    hand.delete(
        Kind::Node,
        "old",
        crate::apiserver::DeleteOptions::default(),
    );
    hand.force_delete("web-0");
    hand.run_until(60_000);
    assert_eq!(disk_facts(&hand).len(), 2);
    hand.add_node("old");
    hand.run_until(70_000);
    assert_eq!(
        disk_facts(&hand)[2],
        (60_100, "detach requested".to_owned())
    );
}

#[test]
fn a_second_node_waits_with_the_words_of_its_release() {
    for (minor, words) in [
        (37, "Waiting for detach for volume"),
        (34, "Multi-Attach error for volume"),
    ] {
        let config = Config {
            nodes: Vec::new(),
            release: Release::of(minor),
            ..Config::default()
        };
        let mut hand = ByHand::with_config(config, &["old", "new"]);
        hand.bound_claim("data", "ReadWriteOnce");
        hand.running_pod("first", "old", "data");
        hand.run_until(5_000);
        hand.running_pod("second", "new", "data");
        hand.run_until(10_000);
        let text = format!(
            "second FailedAttachVolume {words} \"pv-data\" Volume is already used by pod(s) first"
        );
        assert!(
            hand.events().contains(&(5_100, text)),
            "{:?}",
            hand.events()
        );
    }
}

#[test]
fn a_shared_volume_is_attached_to_both_nodes() {
    let mut hand = ByHand::with_nodes(&["a", "b"]);
    hand.bound_claim("data", "ReadWriteMany");
    hand.running_pod("p", "a", "data");
    hand.running_pod("q", "b", "data");
    hand.run_until(5_000);
    let on: Vec<String> = disk_facts(&hand)
        .into_iter()
        .map(|(_, text)| text)
        .filter(|t| t.starts_with("really"))
        .collect();
    assert_eq!(on, ["really on a", "really on b"]);
}

#[test]
fn two_pods_on_one_node_share_one_attachment() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.bound_claim("data", "ReadWriteOnce");
    hand.running_pod("p", "a", "data");
    hand.running_pod("q", "a", "data");
    hand.run_until(5_000);
    hand.force_delete("p");
    hand.run_until(20_000);
    assert_eq!(
        disk_facts(&hand),
        lines(&[(1200, "really on a"), (1200, "attached")])
    );
}

#[test]
fn a_failing_driver_is_asked_again_until_it_succeeds() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.bound_claim("data", "ReadWriteOnce");
    crate::storage::set_attach_fails(&mut hand.world, true);
    hand.running_pod("p", "a", "data");
    hand.run_until(60_000);
    let failures = hand
        .events()
        .into_iter()
        .filter(|(_, t)| {
            t.contains("AttachVolume.Attach failed for volume \"pv-data\" : rpc error")
        })
        .count();
    assert!(failures > 2, "{:?}", hand.events());
    crate::storage::set_attach_fails(&mut hand.world, false);
    hand.run_until(400_000);
    assert!(
        hand.events()
            .iter()
            .any(|(_, text)| text.contains("SuccessfulAttachVolume")),
        "{:?}",
        hand.events()
    );
}

#[test]
fn a_slow_driver_times_out_and_attaches_when_the_delay_ends() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.bound_claim("data", "ReadWriteOnce");
    crate::storage::set_attach_delay(&mut hand.world, ordinal_api::SimDuration::secs(3600));
    hand.running_pod("p", "a", "data");
    hand.run_until(130_000);
    let text = "p FailedAttachVolume AttachVolume.Attach failed for volume \"pv-data\" : timed out waiting for external-attacher of disk.ordinal.dev CSI driver to attach volume pv-data";
    assert!(
        hand.events().iter().any(|(_, event)| event == text),
        "{:?}",
        hand.events()
    );
    crate::storage::set_attach_delay(&mut hand.world, ordinal_api::SimDuration::ZERO);
    hand.run_until(140_000);
    assert_eq!(disk_facts(&hand)[0], (131_100, "really on a".to_owned()));
}

#[test]
fn a_volume_attached_for_a_pod_that_is_gone_is_told_to_it_and_to_who_waits_then_detached() {
    let mut hand = ByHand::with_nodes(&["old", "new"]);
    hand.bound_claim("data", "ReadWriteOnce");
    crate::storage::set_attacher_paused(&mut hand.world, true);
    hand.running_pod("first", "old", "data");
    hand.run_until(5_000);
    hand.force_delete("first");
    hand.running_pod("second", "new", "data");
    crate::storage::set_attacher_paused(&mut hand.world, false);
    hand.run_until(20_000);
    let told: Vec<String> = hand.events().into_iter().map(|(_, text)| text).collect();
    let expected = [
        "first SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"pv-data\"",
        "second FailedAttachVolume Waiting for detach for volume \"pv-data\" Volume is already exclusively attached to one node, waiting on detach before it can be attached to another node",
        "second SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"pv-data\"",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_second_node_is_tried_at_once_when_the_driver_fails_to_detach_from_the_first() {
    let mut hand = attached_on("old");
    crate::storage::set_attach_fails(&mut hand.world, true);
    hand.force_delete("web-0");
    hand.running_pod("web-0", "new", "data");
    hand.node("old", |n| {
        n.status.volumes_in_use = std::sync::Arc::default()
    });
    hand.run_until(20_000);
    assert_eq!(hand.world.store.count(Kind::VolumeAttachment), 2);
    let failed =
        "web-0 FailedAttachVolume AttachVolume.Attach failed for volume \"pv-data\" : rpc error";
    let mut told = hand.events().into_iter();
    assert!(told.any(|(_, text)| text.starts_with(failed)));
    crate::storage::set_attach_fails(&mut hand.world, false);
    hand.run_until(300_000);
    assert_eq!(hand.world.store.count(Kind::VolumeAttachment), 1);
    let facts = disk_facts(&hand).into_iter();
    assert_eq!(facts.filter(|(_, text)| text == "attached").count(), 2);
}
