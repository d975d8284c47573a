//! Evictions on worlds made by hand.

use ordinal_api::Kind;
use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::node::{Taint, TaintEffect};
use serde_json::json;

use crate::controllers::by_hand::ByHand;

fn tolerating(hand: &mut ByHand, name: &str, seconds: Option<i64>) {
    let mut toleration = json!({"key": "maintenance", "operator": "Exists", "effect": "NoExecute"});
    if let Some(seconds) = seconds {
        toleration["tolerationSeconds"] = json!(seconds);
    }
    let spec = json!({"nodeName": "a", "containers": [{"name": "c", "image": "i"}], "tolerations": [toleration]});
    hand.create(
        Kind::Pod,
        json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec}),
    );
}

fn evictions(hand: &ByHand) -> Vec<(u64, String)> {
    let of =
        |(at, text): (u64, String)| text.contains("TaintManagerEviction").then_some((at, text));
    hand.events().into_iter().filter_map(of).collect()
}

fn line(at: u64, pod: &str, what: &str) -> (u64, String) {
    (
        at,
        format!(
            "{pod} TaintManagerEviction {what} deletion{} Pod default/{pod}",
            if what == "Marking for" { "" } else { " of" }
        ),
    )
}

fn maintenance() -> Taint {
    Taint::new("maintenance", TaintEffect::NoExecute)
}

#[test]
fn pods_leave_a_tainted_node_when_their_tolerations_run_out() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.running_pod("none", "a", "");
    tolerating(&mut hand, "eight", Some(8));
    tolerating(&mut hand, "minute", Some(60));
    tolerating(&mut hand, "forever", None);
    hand.run_until(1000);
    hand.taint("a", maintenance());
    hand.run_until(20_000);
    assert_eq!(
        evictions(&hand),
        [
            line(1010, "none", "Marking for"),
            line(9010, "eight", "Marking for")
        ]
    );
    hand.node("a", |node| node.taints.clear());
    hand.run_until(200_000);
    assert_eq!(
        evictions(&hand)[2..],
        [line(20_010, "minute", "Cancelling")]
    );
    let none = hand
        .get(Kind::Pod, "none")
        .expect("its kubelet has not let it go");
    assert!(none.meta.is_deleting());
    let target = condition::find(
        &none.as_pod().expect("a Pod").status.conditions,
        "DisruptionTarget",
    )
    .cloned();
    assert_eq!(
        target.map(|c| c.reason.to_string()),
        Some("DeletionByTaintManager".to_owned())
    );
    assert!(
        !hand
            .get(Kind::Pod, "forever")
            .expect("it stays")
            .meta
            .is_deleting()
    );
}

#[test]
fn admission_gives_every_pod_five_minutes_on_an_unreachable_node() {
    let mut hand = ByHand::with_nodes(&["a", "b"]);
    let pod = hand.running_pod("p", "a", "");
    hand.run_until(1000);
    hand.set_ready("a", ConditionStatus::Unknown);
    hand.run_until(4000);
    let wait = hand
        .world
        .waits_about(pod)
        .find(|w| w.guard.name == "tolerationSeconds")
        .expect("it waits");
    // The taint was set at 3.1 s.
    assert_eq!(wait.until.map(|t| t.0), Some(303_110));
    hand.run_until(400_000);
    assert_eq!(evictions(&hand), [line(303_110, "p", "Marking for")]);
}

#[test]
fn a_timer_that_runs_survives_the_change_from_not_ready_to_unreachable() {
    let mut hand = ByHand::with_nodes(&["a", "b"]);
    hand.running_pod("p", "a", "");
    hand.run_until(1000);
    hand.set_ready("a", ConditionStatus::False);
    hand.run_until(100_000);
    hand.set_ready("a", ConditionStatus::Unknown);
    hand.run_until(400_000);
    assert_eq!(evictions(&hand), [line(303_110, "p", "Marking for")]);
}

#[test]
fn a_pod_that_comes_to_a_tainted_node_is_judged_there() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.taint("a", maintenance());
    hand.run_until(1000);
    tolerating(&mut hand, "eight", Some(8));
    hand.run_until(20_000);
    assert_eq!(evictions(&hand), [line(9010, "eight", "Marking for")]);
}

#[test]
fn the_eviction_of_a_pod_that_is_deleted_meanwhile_is_cancelled() {
    let mut hand = ByHand::with_nodes(&["a"]);
    hand.taint("a", maintenance());
    tolerating(&mut hand, "eight", Some(8));
    hand.run_until(1000);
    hand.force_delete("eight");
    hand.run_until(20_000);
    assert_eq!(evictions(&hand), [line(1010, "eight", "Cancelling")]);
}

#[test]
fn an_evicted_pod_is_not_evicted_again() {
    let mut hand = ByHand::with_nodes(&["a"]);
    tolerating(&mut hand, "eight", Some(8));
    hand.pod_status("eight", |status, _| {
        status.phase = ordinal_api::pod::PodPhase::Running
    });
    hand.taint("a", maintenance());
    hand.run_until(20_000);
    let mut second = Taint::new("maintenance", TaintEffect::NoExecute);
    second.value = "later".into();
    hand.node("a", |node| node.taints = vec![second]);
    hand.run_until(60_000);
    assert_eq!(evictions(&hand), [line(8010, "eight", "Marking for")]);
}
