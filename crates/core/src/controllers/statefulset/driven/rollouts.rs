//! C20 to C39: what a new template replaces, and when.

use ordinal_api::statefulset::{StatefulSet, StatefulSetStatus};
use ordinal_api::{SimTime, Text};
use serde_json::{Value, json};

use super::super::decide::sort;
use super::super::plan::{Deletion, Intent, Plan};
use super::super::rollout::within_budget;
use super::super::tests::{not_ready, ready, terminating};
use super::super::view::{PodView, View};
use super::{POLICIES, RETENTIONS, Rig, claim, foo, rolling};
use crate::release::Release;

const OLD: &str = "nginx";
const NEW: &str = "nginx:2";

/// Six Pods, all Ready, and a new image for all but three of them, two at a time.
fn two_at_a_time(policy: &str) -> Rig {
    let update =
        json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 3, "maxUnavailable": 2}});
    let fields = json!({"podManagementPolicy": policy, "replicas": 6, "updateStrategy": update});
    let mut rig = Rig::new(fields).ready();
    rig.set_image(NEW);
    rig
}

fn goes_on(rig: &mut Rig, ordinal: u32) {
    let name = format!("foo-{ordinal}");
    rig.pod_is(&name, ordinal_api::pod::PodPhase::Running, true);
}

#[test]
fn c20_an_ordered_set_deletes_two_at_once_and_makes_them_one_by_one_from_the_lower() {
    let mut rig = two_at_a_time("OrderedReady");
    assert_eq!(rig.step(), (vec![], vec![4, 5]));
    assert_eq!(rig.step(), (vec![4], vec![]));
    assert_eq!(rig.step(), (vec![], vec![]), "4 is not Ready");
    goes_on(&mut rig, 4);
    assert_eq!(rig.step(), (vec![5], vec![]));
    goes_on(&mut rig, 5);
    assert_eq!(rig.step(), (vec![], vec![3]));
    assert_eq!(rig.step(), (vec![3], vec![]));
    goes_on(&mut rig, 3);
    assert_eq!(rig.step(), (vec![], vec![]));
    assert_eq!(rig.images(), [OLD, OLD, OLD, NEW, NEW, NEW]);
}

#[test]
fn c21_a_parallel_set_makes_both_at_once_and_replaces_the_next_when_one_is_back() {
    let mut rig = two_at_a_time("Parallel");
    assert_eq!(rig.step(), (vec![], vec![4, 5]));
    assert_eq!(rig.step(), (vec![4, 5], vec![]));
    goes_on(&mut rig, 4);
    assert_eq!(rig.step(), (vec![], vec![3]));
    assert_eq!(rig.step(), (vec![3], vec![]));
    for ordinal in [3, 5] {
        goes_on(&mut rig, ordinal);
    }
    assert_eq!(rig.step(), (vec![], vec![]));
    assert_eq!(rig.images(), [OLD, OLD, OLD, NEW, NEW, NEW]);
}

/// The ordinals that the phase of the rollout alone would delete.
fn replaced(policy: &str, replicas: u32, update: &Value, pods: Vec<PodView>) -> Vec<u32> {
    let set = foo(
        &json!({"podManagementPolicy": policy, "replicas": replicas, "updateStrategy": update}),
    );
    let set = StatefulSet::from_value(&set).expect("a valid set");
    let (current, update): (Text, Text) = ("foo-old".into(), "foo-new".into());
    let view = View {
        spec: &set.spec,
        status: &StatefulSetStatus::default(),
        generation: 2,
        deleting: false,
        current_revision: &current,
        update_revision: &update,
        collision_count: 0,
        pods,
        stale_claims: Vec::new(),
        most_replicas: 10_000,
        release: Release::default(),
    };
    let mut plan = Plan::default();
    let partition = update_partition(&set);
    within_budget(&view, &sort(&view), partition, &mut plan);
    let deleted = plan.intents.iter().map(|intent| match intent {
        Intent::DeletePod {
            pod,
            why: Deletion::Outdated,
        } => pod.0,
        other => panic!("only outdated Pods are replaced: {other:?}"),
    });
    deleted.collect()
}

fn update_partition(set: &StatefulSet) -> usize {
    use ordinal_api::statefulset::UpdateStrategy::RollingUpdate;
    match &set.spec.update_strategy {
        RollingUpdate(Some(rolling)) => rolling.partition as usize,
        _ => 0,
    }
}

#[test]
fn c22_pods_that_are_terminating_take_of_the_budget_also_below_the_partition() {
    let update =
        json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 3, "maxUnavailable": 2}});
    let rows: [&[u32]; 10] = [
        &[],
        &[5],
        &[3],
        &[4],
        &[5, 4],
        &[5, 3],
        &[4, 3],
        &[5, 4, 3],
        &[2],
        &[1],
    ];
    for gone in rows {
        let pods = (0..6).map(|n| {
            if gone.contains(&n) {
                terminating(n, "foo-old")
            } else {
                ready(n, "foo-old")
            }
        });
        let replaced = replaced("OrderedReady", 6, &update, pods.collect());
        assert_eq!(
            replaced.len(),
            2_usize.saturating_sub(gone.len()),
            "{gone:?}"
        );
        assert!(replaced.iter().all(|n| *n >= 3 && !gone.contains(n)));
    }
}

/// All Pods are outdated; which of them the phase of the rollout leaves. N is not Ready, T is terminating, M is Ready but
/// not long enough.
#[test]
fn c23_the_budget_of_max_unavailable_counts_every_unavailable_pod() {
    /// Policy, replicas, partition, maxUnavailable, state of single Pods, ordinals that remain.
    type Row = (
        &'static str,
        u32,
        u32,
        u32,
        &'static [(u32, char)],
        &'static [u32],
    );
    const P: &str = "Parallel";
    const O: &str = "OrderedReady";
    let rows: &[Row] = &[
        (P, 1, 0, 1, &[(0, 'N')], &[]),
        (P, 3, 0, 1, &[(2, 'N')], &[0, 1]),
        (P, 5, 0, 2, &[(3, 'N'), (4, 'N')], &[0, 1, 2]),
        (O, 1, 0, 1, &[(0, 'N')], &[0]),
        (O, 3, 0, 1, &[(2, 'N')], &[0, 1, 2]),
        (O, 5, 0, 2, &[(4, 'N')], &[0, 1, 2, 3]),
        (P, 3, 0, 1, &[(2, 'T')], &[0, 1, 2]),
        (O, 3, 0, 1, &[(2, 'T')], &[0, 1, 2]),
        (P, 5, 0, 3, &[(3, 'N'), (4, 'T')], &[0, 1, 4]),
        (P, 3, 0, 1, &[(2, 'M')], &[0, 1]),
        (O, 3, 0, 1, &[(2, 'M')], &[0, 1, 2]),
        (P, 5, 0, 3, &[(3, 'T'), (4, 'N')], &[0, 1, 3]),
        (O, 5, 0, 3, &[(3, 'N'), (4, 'T')], &[0, 1, 2, 4]),
        (O, 5, 0, 3, &[(3, 'T'), (4, 'N')], &[0, 1, 2, 3]),
        (P, 5, 2, 1, &[(4, 'N')], &[0, 1, 2, 3]),
        (P, 5, 2, 1, &[(2, 'N')], &[0, 1, 3, 4]),
        (P, 5, 2, 1, &[(1, 'N')], &[0, 1, 2, 3, 4]),
        (O, 5, 2, 1, &[(4, 'N')], &[0, 1, 2, 3, 4]),
        (P, 5, 3, 2, &[(3, 'N'), (4, 'N')], &[0, 1, 2]),
        (P, 5, 3, 2, &[(1, 'N'), (4, 'N')], &[0, 1, 2, 3]),
        (P, 4, 0, 2, &[(0, 'N'), (1, 'N')], &[2, 3]),
        (P, 5, 0, 3, &[(0, 'N'), (1, 'N')], &[2, 3]),
    ];
    for (number, (policy, replicas, partition, max, states, remaining)) in rows.iter().enumerate() {
        let update = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition, "maxUnavailable": max}});
        let state = |n: u32| states.iter().find(|(ordinal, _)| *ordinal == n);
        let pods = (0..*replicas).map(|n| match state(n).map(|(_, state)| *state) {
            Some('N') => not_ready(n, "foo-old"),
            Some('T') => terminating(n, "foo-old"),
            Some('M') => PodView {
                available: false,
                available_at: Some(SimTime(30_000)),
                ..ready(n, "foo-old")
            },
            _ => ready(n, "foo-old"),
        });
        let gone = replaced(policy, *replicas, &update, pods.collect());
        let left: Vec<u32> = (0..*replicas).filter(|n| !gone.contains(n)).collect();
        assert_eq!(left, *remaining, "row {}", number + 1);
    }
}

/// The cases that updates are tried with: both ways of management; the image alone, and with a scale up or down.
fn each(with_less: bool, scenario: impl Fn(&str, u32, u32)) {
    for policy in POLICIES {
        for (from, to) in [(3, 3), (3, 5), (5, 3)] {
            if with_less || from <= to {
                scenario(policy, from, to);
            }
        }
    }
}

/// R5: the lowest Pods are old, the highest new, as the status counts them.
fn is_split_as_counted(rig: &Rig) {
    let status = rig.status();
    let images = rig.images();
    if status.replicas as usize != images.len() {
        // A Pod came or went since the status was written.
        return;
    }
    let old = images.iter().take_while(|image| *image == OLD).count();
    assert!(
        images[old..].iter().all(|image| *image == NEW),
        "old below new: {images:?}"
    );
}

#[test]
fn c24_to_c29_a_rolling_update_reaches_every_pod_while_the_set_is_scaled() {
    each(true, |policy, from, to| {
        let mut rig = Rig::of(policy, from).ready();
        rig.set_image(NEW);
        rig.scale(to);
        let mut after = |rig: &mut Rig| {
            if from >= to {
                is_split_as_counted(rig);
            }
        };
        rig.try_drive(&mut after).expect("nothing is refused");
        assert!(rig.images().iter().all(|image| image == NEW));
        assert_eq!(rig.counts(), (to, to, to), "{policy} {from} {to}");
        let status = rig.status();
        assert_eq!(status.current_revision, status.update_revision);
    });
}

#[test]
fn c30_to_c35_on_delete_keeps_old_pods_until_they_are_made_again() {
    for retention in RETENTIONS {
        each(true, |policy, from, to| {
            let mut rig = Rig::keeping(policy, from, retention);
            rig.patch(
                json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}),
            )
            .expect("the strategy can be changed");
            let mut rig = rig.ready();
            rig.set_image(NEW);
            rig.scale(to);
            let mut owned_by_pods = |rig: &mut Rig| {
                for ordinal in rig.ordinals().into_iter().filter(|n| *n < to) {
                    let owners = rig.owners(&claim(ordinal));
                    assert!(owners.iter().all(|o| !o.starts_with("Pod")), "{owners:?}");
                }
            };
            rig.try_drive(&mut owned_by_pods)
                .expect("nothing is refused");
            let images = rig.images();
            let kept = from.min(to) as usize;
            assert!(
                images[..kept].iter().all(|image| image == OLD),
                "{images:?}"
            );
            assert!(
                images[kept..].iter().all(|image| image == NEW),
                "{images:?}"
            );
            rig.scale(0);
            rig.drive();
            rig.scale(to);
            rig.try_drive(&mut owned_by_pods)
                .expect("nothing is refused");
            assert_eq!(rig.ordinals().len(), to as usize);
            assert!(rig.images().iter().all(|image| image == NEW), "{policy}");
            // Without a Pod, and then with new ones only, the update is complete.
            let status = rig.status();
            assert_eq!(status.current_revision, status.update_revision);
        });
    }
}

#[test]
fn c36_to_c39_below_the_partition_pods_stay_old() {
    each(false, |policy, from, to| {
        let fields =
            json!({"podManagementPolicy": policy, "replicas": from, "updateStrategy": rolling(2)});
        let mut rig = Rig::new(fields).ready();
        rig.set_image(NEW);
        rig.scale(to);
        rig.drive();
        let images = rig.images();
        assert_eq!(images[..2], [OLD, OLD], "{policy}");
        assert!(images[2..].iter().all(|image| image == NEW), "{policy}");
        assert_ne!(rig.status().current_revision, rig.status().update_revision);
    });
}
