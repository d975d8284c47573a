//! Budgets: what their counts say.

use super::*;

fn pod(name: &str, ready: bool) -> Covered {
    Covered {
        name: name.into(),
        ready,
        deleting: false,
        controller: Ok((ordinal_api::Uid(1), 4)),
    }
}

fn counted(wanted: Wanted, pods: &[Covered]) -> Counts {
    count(wanted, pods, &SortedMap::new(), SimTime::ZERO).expect("their controllers are known")
}

#[test]
fn a_least_number_is_counted_against_the_pods_that_are_there() {
    let wanted = Wanted::MinAvailable(IntOrPercent::Int(2));
    let counts = counted(wanted, &[pod("a", true), pod("b", true), pod("c", true)]);
    assert_eq!((counts.expected_pods, counts.desired_healthy), (3, 2));
    assert_eq!((counts.current_healthy, counts.disruptions_allowed), (3, 1));
}

#[test]
fn a_share_is_counted_against_what_the_controllers_want() {
    let pods = [pod("a", true), pod("b", true), pod("c", true)];
    let half = counted(Wanted::MinAvailable(IntOrPercent::Percent(50)), &pods);
    assert_eq!(
        (
            half.expected_pods,
            half.desired_healthy,
            half.disruptions_allowed
        ),
        (4, 2, 1)
    );
    let third = counted(Wanted::MaxUnavailable(IntOrPercent::Percent(33)), &pods);
    assert_eq!(
        (third.desired_healthy, third.disruptions_allowed),
        (2, 1),
        "rounded up"
    );
}

#[test]
fn pods_that_go_or_are_not_ready_are_not_healthy() {
    let going = Covered {
        deleting: true,
        ..pod("c", true)
    };
    let pods = [pod("a", true), pod("b", false), going];
    let counts = counted(Wanted::MaxUnavailable(IntOrPercent::Int(1)), &pods);
    assert_eq!(
        (
            counts.current_healthy,
            counts.desired_healthy,
            counts.disruptions_allowed
        ),
        (1, 3, 0)
    );
}

#[test]
fn an_allowed_eviction_counts_until_it_is_too_late() {
    let wanted = Wanted::MinAvailable(IntOrPercent::Int(1));
    let pods = [pod("a", true), pod("b", true)];
    let since = SortedMap::from([(Text::new_static("a"), SimTime(1000))]);
    let soon = count(wanted, &pods, &since, SimTime(2000)).expect("known");
    assert_eq!((soon.current_healthy, soon.disruptions_allowed), (1, 0));
    let late = count(wanted, &pods, &since, SimTime(121_001)).expect("known");
    assert_eq!((late.current_healthy, late.disrupted.len()), (2, 0));
    assert_eq!(late.not_deleted, ["a"]);
}

#[test]
fn pods_without_a_controller_are_told_and_unknown_controllers_refused() {
    let share = Wanted::MaxUnavailable(IntOrPercent::Int(1));
    let lone = |why| Covered {
        controller: Err(why),
        ..pod("lone", true)
    };
    assert!(counted(share, &[lone(Unknown::Unmanaged)]).unmanaged);
    let refused = count(
        share,
        &[lone(Unknown::NotFound)],
        &SortedMap::new(),
        SimTime::ZERO,
    );
    assert_eq!(refused, Err("found no controllers for pod \"lone\"".into()));
}
