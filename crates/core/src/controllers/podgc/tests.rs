//! The collector on worlds made by hand. It passes every 20 s.

use ordinal_api::Kind;
use ordinal_api::condition::ConditionStatus;
use ordinal_api::node::{Taint, TaintEffect};

use crate::Component;
use crate::apiserver::DeleteOptions;
use crate::controllers::attachdetach::TAINT_OUT_OF_SERVICE;
use crate::controllers::by_hand::ByHand;
use crate::journal::Fact;

fn ends(hand: &ByHand) -> Vec<(u64, String)> {
    hand.times(|fact| match fact {
        Fact::Failed(_) => Some("failed".into()),
        Fact::Condition { type_, reason, .. } if type_ == "DisruptionTarget" => {
            Some(reason.to_string())
        }
        _ => None,
    })
}

fn lines(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter()
        .map(|(at, text)| (*at, (*text).to_owned()))
        .collect()
}

#[test]
fn pods_of_a_deleted_node_go_after_a_pass_and_the_quarantine() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.running_pod("p", "a", "");
    hand.run_until(25_000);
    hand.delete(Kind::Node, "a", DeleteOptions::default());
    hand.run_until(77_999);
    assert!(hand.get(Kind::Pod, "p").is_some());
    hand.run_until(90_000);
    assert_eq!(
        ends(&hand),
        lines(&[(78_000, "DeletionByPodGC"), (78_000, "failed")])
    );
    assert!(hand.get(Kind::Pod, "p").is_none());
}

#[test]
fn pods_of_a_node_that_comes_back_in_time_stay() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.running_pod("p", "a", "");
    hand.run_until(25_000);
    hand.delete(Kind::Node, "a", DeleteOptions::default());
    hand.run_until(70_000);
    hand.add_node("a");
    hand.run_until(200_000);
    assert!(hand.get(Kind::Pod, "p").is_some());
}

#[test]
fn a_terminating_pod_on_a_lost_node_waits_for_its_machine_until_somebody_says_it_is_out_of_service()
{
    let mut hand = ByHand::with_nodes(&["a"]);
    let pod = hand.running_pod("p", "a", "");
    hand.set_ready("a", ConditionStatus::Unknown);
    hand.delete(Kind::Pod, "p", DeleteOptions::default());
    hand.run_until(600_000);
    let wait = hand
        .world
        .waits_about(pod)
        .find(|w| w.by == Component::PodGc)
        .expect("it waits");
    assert_eq!(wait.guard.name, "gcTerminating");
    hand.run_until(609_000);
    // The key alone counts.
    hand.taint(
        "a",
        Taint::new(TAINT_OUT_OF_SERVICE, TaintEffect::NoSchedule),
    );
    hand.run_until(617_999);
    assert!(hand.get(Kind::Pod, "p").is_some());
    hand.run_until(621_000);
    assert_eq!(ends(&hand), lines(&[(618_000, "failed")]));
    assert!(hand.get(Kind::Pod, "p").is_none());
}

#[test]
fn the_taint_means_nothing_on_a_ready_node() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.running_pod("p", "a", "");
    hand.taint(
        "a",
        Taint::new(TAINT_OUT_OF_SERVICE, TaintEffect::NoSchedule),
    );
    hand.delete(Kind::Pod, "p", DeleteOptions::default());
    hand.run_until(100_000);
    assert!(hand.get(Kind::Pod, "p").is_some());
}
