//! Lost nodes, with machines whose power is taken. Heartbeats come every 10 s, the monitor looks at 3 s, 8 s, 13 s …

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::{Kind, Labels};

use crate::Config;
use crate::config::NodeConfig;
use crate::controllers::by_hand::ByHand;

/// So many machines in one zone.
fn cluster(count: usize) -> ByHand {
    let nodes = (1..=count).map(|n| NodeConfig {
        labels: Labels::new(),
        ..NodeConfig::plain(&format!("n{n}"), "")
    });
    ByHand::with_config(
        Config {
            nodes: nodes.collect(),
            ..Config::default()
        },
        &[],
    )
}

fn lines(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter()
        .map(|(at, text)| (*at, (*text).to_owned()))
        .collect()
}

fn names_of(facts: &[(u64, String)], what: &str) -> Vec<String> {
    facts
        .iter()
        .filter(|(_, t)| t.ends_with(what))
        .map(|(_, t)| t.split(' ').next().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn a_lost_node_is_unknown_then_tainted_and_its_pods_are_not_ready() {
    let mut hand = cluster(3);
    hand.run_until(100_000);
    hand.power_off("n2");
    let pod = hand.running_pod("web-1", "n2", "");
    hand.run_until(200_000);
    // The last heartbeat was at 91.4 s, the monitor saw it at 93 s.
    let expected = [
        (143_000, "n2 unknown"),
        (143_010, "n2 taint unreachable:NoSchedule"),
        (143_100, "n2 taint unreachable:NoExecute"),
    ];
    assert_eq!(hand.node_facts(), lines(&expected));
    let object = hand.world.get(pod).expect("it stays").clone();
    let status = &object.as_pod().expect("a Pod").status;
    let ready = condition::find(&status.conditions, "Ready").expect("it was Ready");
    assert_eq!(
        (ready.status, ready.reason.as_str()),
        (ConditionStatus::False, "")
    );
    assert!(status.containers[0].ready, "only the condition changes");
    let events: Vec<String> = hand.events().into_iter().map(|(_, text)| text).collect();
    assert!(
        events.contains(&"n2 NodeNotReady Node n2 status is now: NodeNotReady".to_owned()),
        "{events:?}"
    );
    assert!(
        events.contains(&"web-1 NodeNotReady Node is not ready".to_owned()),
        "{events:?}"
    );
}

#[test]
fn until_it_is_found_lost_the_node_waits_for_its_grace() {
    let mut hand = cluster(3);
    hand.run_until(100_000);
    hand.power_off("n2");
    let node = hand.world.intern(Kind::Node, "", "n2");
    let wait = |hand: &ByHand| {
        hand.world
            .waits_about(node)
            .next()
            .map(|w| (w.guard.name, w.until.map(|t| t.0)))
    };
    assert_eq!(
        wait(&hand),
        Some(("node-monitor-grace-period", Some(143_000)))
    );
    hand.run_until(200_000);
    assert_eq!(wait(&hand), Some(("NodeStatusUnknown", None)));
    hand.power_on("n2");
    assert_eq!(wait(&hand), None);
}

#[test]
fn a_machine_that_is_back_in_time_is_never_lost() {
    let mut hand = cluster(3);
    hand.run_until(100_000);
    hand.power_off("n2");
    hand.run_until(130_000);
    hand.power_on("n2");
    hand.run_until(300_000);
    assert_eq!(hand.node_facts(), []);
}

#[test]
fn a_node_that_is_back_loses_noschedule_at_once_and_noexecute_in_the_next_pass() {
    let mut hand = cluster(3);
    hand.run_until(100_000);
    hand.power_off("n2");
    hand.run_until(200_000);
    hand.power_on("n2");
    hand.run_until(300_000);
    let expected = [
        (200_000, "n2 ready"),
        (200_010, "n2 untaint unreachable:NoSchedule"),
        (203_000, "n2 untaint unreachable:NoExecute"),
    ];
    assert_eq!(hand.node_facts()[3..], lines(&expected));
}

#[test]
fn nodes_of_one_zone_get_their_taint_ten_seconds_apart() {
    let mut hand = cluster(5);
    hand.run_until(100_000);
    hand.power_off("n2");
    hand.power_off("n3");
    hand.run_until(300_000);
    let facts = hand.node_facts();
    let taints: Vec<_> = facts
        .into_iter()
        .filter(|(_, t)| t.ends_with("NoExecute"))
        .collect();
    let expected = [
        (143_100, "n2 taint unreachable:NoExecute"),
        (153_100, "n3 taint unreachable:NoExecute"),
    ];
    assert_eq!(taints, lines(&expected));
}

#[test]
fn the_third_of_four_lost_nodes_is_left_alone() {
    let mut hand = cluster(4);
    for (number, node) in ["n2", "n3", "n4"].into_iter().enumerate() {
        hand.run_until(100_000 * (number as u64 + 1));
        hand.power_off(node);
    }
    hand.run_until(600_000);
    let facts = hand.node_facts();
    assert_eq!(
        names_of(&facts, " taint unreachable:NoExecute"),
        ["n2", "n3"]
    );
    assert_eq!(
        names_of(&facts, " taint unreachable:NoSchedule"),
        ["n2", "n3", "n4"]
    );
    let node = hand.world.intern(Kind::Node, "", "n4");
    assert_eq!(
        hand.world.waits_about(node).next().map(|w| w.guard.name),
        Some("unhealthy-zone-threshold")
    );
}

#[test]
fn of_all_nodes_lost_at_once_one_is_still_tainted() {
    let mut hand = cluster(3);
    hand.run_until(100_000);
    for node in ["n1", "n2", "n3"] {
        hand.power_off(node);
    }
    hand.run_until(400_000);
    let facts = hand.node_facts();
    assert_eq!(names_of(&facts, " unknown"), ["n1", "n2", "n3"]);
    assert_eq!(names_of(&facts, " taint unreachable:NoExecute"), ["n1"]);
    assert_eq!(
        names_of(&facts, " untaint unreachable:NoExecute"),
        Vec::<String>::new()
    );
}

#[test]
fn a_single_node_is_never_evicted() {
    let mut hand = cluster(1);
    hand.run_until(100_000);
    hand.power_off("n1");
    hand.run_until(600_000);
    assert_eq!(
        names_of(&hand.node_facts(), "NoExecute"),
        Vec::<String>::new()
    );
}

#[test]
fn when_the_last_node_is_lost_too_the_others_are_pardoned() {
    let mut hand = cluster(2);
    hand.run_until(100_000);
    hand.power_off("n1");
    hand.run_until(200_000);
    hand.power_off("n2");
    hand.run_until(300_000);
    let facts = hand.node_facts();
    assert_eq!(names_of(&facts, " taint unreachable:NoExecute"), ["n1"]);
    assert_eq!(names_of(&facts, " untaint unreachable:NoExecute"), ["n1"]);
    hand.power_on("n2");
    hand.run_until(400_000);
    let facts = hand.node_facts();
    assert_eq!(
        names_of(&facts, " taint unreachable:NoExecute"),
        ["n1", "n1"],
        "one is back, so the other is at fault"
    );
}

#[test]
fn not_ready_becomes_unreachable_without_a_turn_in_the_queue() {
    let mut hand = cluster(3);
    hand.run_until(50_000);
    hand.set_ready("n2", ConditionStatus::False);
    hand.run_until(100_000);
    hand.power_off("n2");
    hand.run_until(200_000);
    let expected = [
        (50_000, "n2 not ready"),
        (50_010, "n2 taint not-ready:NoSchedule"),
        (53_100, "n2 taint not-ready:NoExecute"),
        (143_000, "n2 unknown"),
        (143_000, "n2 taint unreachable:NoExecute"),
        (143_000, "n2 untaint not-ready:NoExecute"),
        (143_010, "n2 taint unreachable:NoSchedule"),
        (143_010, "n2 untaint not-ready:NoSchedule"),
    ];
    assert_eq!(hand.node_facts(), lines(&expected));
}

#[test]
fn a_cordoned_node_is_tainted() {
    let mut hand = cluster(1);
    hand.run_until(1000);
    hand.node("n1", |node| node.unschedulable = true);
    hand.run_until(2000);
    hand.node("n1", |node| node.unschedulable = false);
    hand.run_until(3000);
    let expected = [
        (1010, "n1 taint unschedulable:NoSchedule"),
        (2010, "n1 untaint unschedulable:NoSchedule"),
    ];
    assert_eq!(hand.node_facts(), lines(&expected));
}

#[test]
fn pods_of_a_node_that_says_itself_that_it_is_not_ready_are_left_as_they_are() {
    let mut hand = cluster(3);
    hand.run_until(50_000);
    let pod = hand.running_pod("web-1", "n2", "");
    hand.set_ready("n2", ConditionStatus::False);
    hand.run_until(100_000);
    let object = hand.world.get(pod).expect("it stays").clone();
    assert!(object.as_pod().expect("a Pod").is_ready());
    let told = hand.events().into_iter();
    let told: Vec<_> = told.filter(|(_, t)| t.contains("NotReady")).collect();
    assert_eq!(told, []);
}

#[test]
fn a_limiter_that_takes_the_place_of_one_that_forbids_has_to_be_waited_for() {
    let mut hand = cluster(2);
    hand.run_until(100_000);
    hand.power_off("n1");
    hand.run_until(200_000);
    hand.power_off("n2");
    hand.run_until(300_000);
    hand.power_on("n2");
    hand.run_until(400_000);
    let taints = hand.node_facts().into_iter();
    let taints: Vec<_> = taints
        .filter(|(at, t)| *at > 300_000 && t.ends_with(" taint unreachable:NoExecute"))
        .collect();
    // The pass at 303 s sees n2 Ready again; a node may be tainted ten seconds after its end.
    assert_eq!(
        taints,
        lines(&[(313_100, "n1 taint unreachable:NoExecute")])
    );
}

#[test]
fn nodes_that_come_and_go_are_told_of_in_the_next_pass() {
    let mut hand = cluster(1);
    hand.run_until(100_000);
    hand.add_node("late");
    hand.run_until(110_000);
    hand.delete(
        Kind::Node,
        "late",
        crate::apiserver::DeleteOptions::default(),
    );
    hand.run_until(120_000);
    let expected = [
        (
            103_000,
            "late RegisteredNode Node late event: Registered Node late in Controller",
        ),
        (
            113_000,
            "late RemovingNode Node late event: Removing Node late from Controller",
        ),
    ];
    assert_eq!(hand.events(), lines(&expected));
}

#[test]
fn a_node_that_never_posted_is_unknown_after_its_startup_grace() {
    let mut hand = cluster(1);
    hand.run_until(100_000);
    hand.create(
        Kind::Node,
        serde_json::json!({"metadata": {"name": "paper"}}),
    );
    hand.run_until(200_000);
    assert_eq!(hand.node_facts()[0], (163_000, "paper unknown".to_owned()));
    let node = hand.get(Kind::Node, "paper").expect("it stays");
    let ready =
        condition::find(&node.as_node().expect("a Node").status.conditions, "Ready").cloned();
    assert_eq!(
        ready.map(|c| c.message.to_string()),
        Some("Kubelet never posted node status.".to_owned())
    );
}
