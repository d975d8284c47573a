//! The rules as tables.

use ordinal_api::statefulset::IntOrPercent::{self, Int, Percent};
use serde_json::json;

use crate::controllers::deployment::*;

fn set(n: u32, replicas: u32, available: u32) -> SetView {
    SetView {
        id: Id(n),
        name: format!("web-{n}").into(),
        created: SimTime(u64::from(n)),
        replicas,
        current: replicas,
        ready: available,
        available,
        terminating: None,
        desired: None,
        max: None,
    }
}

fn view(
    replicas: u32,
    (max_surge, max_unavailable): (u32, u32),
    old: &[(u32, u32)],
    new: (u32, u32),
) -> View {
    let old: Vec<SetView> = old
        .iter()
        .zip(1..)
        .map(|((size, available), n)| set(n, *size, *available))
        .collect();
    let new = Some(set(9, new.0, new.1));
    View {
        replicas,
        max_surge,
        max_unavailable,
        rolling: true,
        current: 0,
        new,
        old,
    }
}

#[test]
fn the_surge_is_rounded_up_the_unavailable_down_and_never_both_to_nothing() {
    let cases: [(IntOrPercent, IntOrPercent, u32, (u32, u32)); 6] = [
        (Percent(25), Percent(25), 3, (1, 0)),
        (Percent(25), Percent(25), 4, (1, 1)),
        (Percent(25), Percent(25), 10, (3, 2)),
        (Percent(0), Percent(10), 3, (0, 1)),
        (Int(0), Int(5), 3, (0, 3)),
        (Percent(25), Percent(25), 0, (0, 0)),
    ];
    for (surge, unavailable, replicas, expected) in cases {
        let strategy = DeploymentStrategy::RollingUpdate {
            max_surge: surge,
            max_unavailable: unavailable,
        };
        let seen = (
            max_surge(strategy, replicas),
            max_unavailable(strategy, replicas),
        );
        assert_eq!(seen, expected, "{surge:?} {unavailable:?} of {replicas}");
    }
}

#[test]
fn a_rolling_update_grows_the_new_within_the_surge_and_shrinks_the_old_within_what_is_available() {
    type Sets<'a> = &'a [(u32, u32)];
    type Case<'a> = (u32, (u32, u32), Sets<'a>, (u32, u32), Sets<'a>);
    // (replicas, (surge, unavailable), old (size, available), new) => sizes by number, 9 is the new one
    let cases: [Case<'_>; 10] = [
        (3, (1, 0), &[(3, 3)], (0, 0), &[(9, 1)]),
        (3, (1, 0), &[(3, 3)], (1, 0), &[]),
        (3, (1, 0), &[(3, 3)], (1, 1), &[(1, 2)]),
        (4, (1, 1), &[(4, 4)], (1, 0), &[(1, 3)]),
        (3, (0, 1), &[(3, 3)], (0, 0), &[(1, 2)]),
        (3, (0, 1), &[(2, 2)], (0, 0), &[(9, 1)]),
        // Old Pods that are not available go first, from the oldest ReplicaSet on.
        (3, (1, 0), &[(1, 0), (3, 3)], (0, 0), &[(1, 0)]),
        (10, (3, 2), &[(4, 2), (6, 6)], (3, 0), &[(1, 2)]),
        (3, (1, 0), &[(2, 2), (2, 2)], (3, 3), &[(1, 0), (2, 0)]),
        (2, (1, 0), &[], (5, 5), &[(9, 2)]),
    ];
    for (replicas, bounds, old, new, expected) in cases {
        let sizes: Vec<(u32, u32)> = rolling(&view(replicas, bounds, old, new))
            .sizes
            .into_iter()
            .map(|size| (size.set.0, size.to))
            .collect();
        assert_eq!(sizes, expected, "{replicas} {bounds:?} {old:?} {new:?}");
    }
}

#[test]
fn an_old_replica_set_shrinks_by_what_is_not_available_and_then_once_more_by_what_is_to_spare() {
    // Of 10 old Pods one is not available; 3 new ones are; 8 must be.
    let sizes = rolling(&view(10, (3, 2), &[(10, 9)], (3, 3))).sizes;
    let to = |to| Size { set: Id(1), to };
    assert_eq!(sizes, [to(9), to(5)]);
}

#[test]
fn scaling_in_the_middle_of_a_rollout_is_shared_out_in_proportion() {
    let of = |replicas, bounds, old: &[(u32, u32)], new, before: u32, max: u32| {
        let mut view = view(replicas, bounds, old, new);
        for set in view.old.iter_mut().chain(&mut view.new) {
            (set.desired, set.max) = (Some(before), Some(max));
        }
        assert!(is_scaling(&view));
        let mut sizes: Vec<(u32, u32)> = scale(&view)
            .into_iter()
            .map(|size| (size.set.0, size.to))
            .collect();
        sizes.sort_unstable();
        sizes
    };
    // 8 + 5 becomes 11 + 7, as recorded.
    assert_eq!(of(15, (3, 2), &[(8, 8)], (5, 0), 10, 13), [(1, 11), (9, 7)]);
    assert_eq!(of(5, (2, 1), &[(8, 8)], (5, 0), 10, 13), [(1, 4), (9, 3)]);
    assert_eq!(of(0, (0, 0), &[(8, 8)], (5, 0), 10, 13), [(1, 0), (9, 0)]);
    // With one ReplicaSet there is nothing to share, with a full new one nothing to keep.
    assert_eq!(of(7, (2, 1), &[(5, 5)], (0, 0), 5, 7), [(1, 7)]);
}

#[test]
fn a_full_new_replica_set_takes_what_adopted_old_ones_had() {
    let mut view = view(3, (1, 0), &[(2, 2)], (3, 3));
    view.new.as_mut().expect("given").desired = Some(3);
    assert_eq!(scale(&view), [Size { set: Id(1), to: 0 }]);
}

#[test]
fn a_template_has_one_hash_in_letters_that_make_no_words() {
    let template = json!({"spec": {"containers": []}});
    let hash = template_hash(&template, None);
    assert_eq!(hash, template_hash(&template.clone(), None));
    assert_ne!(hash, template_hash(&template, Some(0)));
    assert!(hash.chars().all(|c| "456789bcdf".contains(c)), "{hash}");
}
