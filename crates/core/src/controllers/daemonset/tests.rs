//! The rules as tables.

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::IntOrPercent;
use ordinal_api::{SimTime, Text};

use super::decide::{Daemon, Place, counts, manage, rolling_update};
use crate::Id;

const NOW: SimTime = SimTime(100_000);
const NONE: IntOrPercent = IntOrPercent::Int(0);
const ONE: IntOrPercent = IntOrPercent::Int(1);

fn daemon(number: u32, updated: bool) -> Daemon {
    Daemon {
        id: Id(number),
        name: format!("agent-{number}").into(),
        created: SimTime(u64::from(number) * 1000),
        phase: PodPhase::Running,
        deleting: false,
        scheduled: true,
        ready: true,
        available_at: Some(SimTime(1)),
        updated,
    }
}

fn unready(mut daemon: Daemon) -> Daemon {
    (daemon.ready, daemon.available_at) = (false, None);
    daemon
}

fn place(name: &str, pods: Vec<Daemon>) -> Place {
    Place {
        name: name.into(),
        is_there: true,
        should_run: true,
        may_stay: true,
        backs_off_until: None,
        pods,
    }
}

#[test]
fn a_node_without_a_pod_gets_one_and_a_second_one_goes() {
    let nodes = [
        place("a", vec![]),
        place("b", vec![daemon(1, true), daemon(2, true)]),
        place("c", vec![daemon(3, true)]),
    ];
    let steps = manage(&nodes, false, NOW);
    assert_eq!(steps.create, [Text::new("a")]);
    assert_eq!(steps.delete, [Id(2)]);
}

#[test]
fn a_pod_that_is_going_keeps_its_place_until_it_has_ended() {
    let mut going = daemon(1, true);
    going.deleting = true;
    let steps = manage(&[place("a", vec![going])], false, NOW);
    assert!(steps.create.is_empty() && steps.delete.is_empty());
}

#[test]
fn pods_leave_a_node_that_they_may_not_stay_on() {
    // (is to run, may stay) => deleted
    for (should_run, may_stay, deleted) in [
        (true, true, false),
        (false, true, false),
        (false, false, true),
    ] {
        let mut node = place("a", vec![daemon(1, true)]);
        (node.should_run, node.may_stay) = (should_run, may_stay);
        let steps = manage(&[node], false, NOW);
        assert_eq!(!steps.delete.is_empty(), deleted, "{should_run} {may_stay}");
    }
}

#[test]
fn a_failed_pod_is_deleted_and_told_of_unless_its_node_backs_off() {
    let mut failed = daemon(1, true);
    failed.phase = PodPhase::Failed;
    let mut node = place("a", vec![failed]);
    let steps = manage(std::slice::from_ref(&node), false, NOW);
    assert_eq!((steps.delete.len(), steps.ended.len()), (1, 1));
    node.backs_off_until = Some(SimTime(100_500));
    let steps = manage(std::slice::from_ref(&node), false, NOW);
    assert!(steps.delete.is_empty());
    assert_eq!(node.wakes_at(NOW), Some(SimTime(100_500)));
}

#[test]
fn a_pod_that_was_never_placed_goes_with_its_node() {
    let mut waiting = daemon(1, true);
    waiting.scheduled = false;
    let node = Place {
        is_there: false,
        should_run: false,
        may_stay: false,
        ..place("gone", vec![waiting, daemon(2, true)])
    };
    assert_eq!(manage(&[node], false, NOW).delete, [Id(1)]);
}

#[test]
fn an_update_replaces_no_more_available_pods_than_may_be_missing() {
    let old = |name: &str, number| place(name, vec![daemon(number, false)]);
    let nodes = [old("a", 1), old("b", 2), old("c", 3), old("d", 4)];
    let replaced = |nodes: &[Place], most| rolling_update(nodes, NONE, most, NOW).delete;
    assert_eq!(replaced(&nodes, ONE), [Id(1)]);
    // A quarter and a bit of four, rounded up.
    assert_eq!(replaced(&nodes, IntOrPercent::Percent(26)), [Id(1), Id(2)]);
    // One that is new and not available counts.
    let nodes = [old("a", 1), place("b", vec![unready(daemon(2, true))])];
    assert!(replaced(&nodes, ONE).is_empty());
    // An old one that is not available is replaced whatever else is missing.
    let nodes = [
        place("a", vec![unready(daemon(1, true))]),
        place("b", vec![unready(daemon(2, false))]),
        old("c", 3),
    ];
    assert_eq!(replaced(&nodes, ONE), [Id(2)]);
}

#[test]
fn an_update_with_surge_makes_the_new_pod_before_the_old_one_goes() {
    let nodes = [
        place("a", vec![daemon(1, false)]),
        place("b", vec![daemon(2, false)]),
    ];
    let steps = rolling_update(&nodes, ONE, NONE, NOW);
    assert_eq!((steps.create.len(), steps.delete.len()), (1, 0));
    // Both are there; the new one is not available yet.
    let both = vec![daemon(1, false), unready(daemon(3, true))];
    let nodes = [place("a", both), place("b", vec![daemon(2, false)])];
    assert_eq!(
        rolling_update(&nodes, ONE, NONE, NOW),
        super::Steps::default()
    );
    assert!(manage(&nodes, true, NOW).delete.is_empty());
    // Now it is.
    let both = vec![daemon(1, false), daemon(3, true)];
    let nodes = [place("a", both), place("b", vec![daemon(2, false)])];
    assert_eq!(manage(&nodes, true, NOW).delete, [Id(1)]);
}

#[test]
fn a_node_that_is_not_to_run_a_pod_counts_as_misscheduled_only() {
    let mut lost = place("a", vec![daemon(1, true)]);
    lost.should_run = false;
    let nodes = [
        lost,
        place("b", vec![daemon(2, false)]),
        place("c", vec![]),
        place("d", vec![unready(daemon(4, true))]),
    ];
    let status = counts(&nodes, NOW);
    assert_eq!(status.number_misscheduled, 1);
    assert_eq!(status.desired_number_scheduled, 3);
    assert_eq!(status.current_number_scheduled, 2);
    assert_eq!((status.number_ready, status.number_available), (1, 1));
    assert_eq!(status.updated_number_scheduled, 1);
}
