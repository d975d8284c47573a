//! C01 to C15: a set comes up, is scaled, loses Pods and meets refusals.

use ordinal_api::Kind;
use ordinal_api::pod::PodPhase;
use serde_json::json;

use super::{POLICIES, RETENTIONS, Rig, claim, refusal};
use crate::journal::Verb;

/// Repeats a scenario for both ways of management and every retention policy.
fn each(scenario: impl Fn(&str, [&str; 2])) {
    for policy in POLICIES {
        for retention in RETENTIONS {
            scenario(policy, retention);
        }
    }
}

#[test]
fn c01_a_set_of_three_comes_up() {
    each(|policy, retention| {
        let rig = Rig::keeping(policy, 3, retention).ready();
        assert_eq!(rig.counts(), (3, 3, 3), "{policy} {retention:?}");
        for (ordinal, pod) in rig.pods().iter().enumerate() {
            let index = pod.meta.label("apps.kubernetes.io/pod-index");
            assert_eq!(index, Some(ordinal.to_string().as_str()));
        }
    });
}

#[test]
fn c02_a_set_is_scaled_up() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention).ready();
        rig.scale(4);
        rig.drive();
        assert_eq!(rig.counts(), (4, 4, 4), "{policy} {retention:?}");
    });
}

#[test]
fn c03_a_set_is_scaled_to_nothing() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention).ready();
        rig.scale(0);
        rig.drive();
        assert_eq!(rig.counts(), (0, 0, 0), "{policy} {retention:?}");
        let kept = if retention[1] == "Delete" { 0 } else { 3 };
        assert_eq!(rig.claims().len(), kept, "{policy} {retention:?}");
    });
}

#[test]
fn c04_pods_that_vanish_come_back_and_own_no_claim() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 5, retention).ready();
        for ordinal in [0, 2, 4] {
            rig.vanish(Kind::Pod, &format!("foo-{ordinal}"));
        }
        rig.try_drive(&mut |rig| {
            for ordinal in rig.ordinals() {
                let owners = rig.owners(&claim(ordinal));
                assert!(owners.iter().all(|owner| !owner.starts_with("Pod")));
            }
        })
        .expect("nothing is refused");
        assert_eq!(rig.ordinals(), [0, 1, 2, 3, 4], "{policy} {retention:?}");
        assert_eq!(rig.counts(), (5, 5, 5));
    });
}

/// A set whose first Pod has ended while the others, if there are any, are Pending.
fn ended(policy: &str, retention: [&str; 2], phase: PodPhase) -> Rig {
    let mut rig = Rig::keeping(policy, 3, retention);
    rig.sync().expect("Pods are made");
    rig.pod_is("foo-0", phase, false);
    rig
}

fn is_replaced_in_two_syncs(phase: PodPhase) {
    each(|policy, retention| {
        let mut rig = ended(policy, retention, phase);
        assert_eq!(rig.step(), (vec![], vec![0]), "{policy} {retention:?}");
        assert_eq!(rig.step(), (vec![0], vec![]), "{policy} {retention:?}");
        let pods = if policy == "Parallel" { 3 } else { 1 };
        assert_eq!(rig.ordinals().len(), pods);
        let phase = super::body(&rig.pods()[0]).status.phase;
        assert_eq!(phase, PodPhase::Pending, "it is a new one");
    });
}

#[test]
fn c05_a_failed_pod_is_deleted_in_one_sync_and_made_again_in_the_next() {
    is_replaced_in_two_syncs(PodPhase::Failed);
}

#[test]
fn c06_a_pod_that_succeeded_is_deleted_in_one_sync_and_made_again_in_the_next() {
    is_replaced_in_two_syncs(PodPhase::Succeeded);
}

fn a_refused_deletion_is_tried_again(phase: PodPhase) {
    each(|policy, retention| {
        let mut rig = ended(policy, retention, phase);
        rig.writes();
        rig.refuse(Verb::Delete, Kind::Pod, 0, refusal());
        assert_eq!(rig.sync(), Err(refusal()), "{policy} {retention:?}");
        let asked = rig.writes();
        let deletions = asked.iter().filter(|(verb, ..)| *verb == Verb::Delete);
        assert_eq!(deletions.count(), 1);
        assert!(rig.ordinals().contains(&0));
        assert_eq!(rig.step(), (vec![], vec![0]), "{policy} {retention:?}");
        assert_eq!(rig.step(), (vec![0], vec![]), "{policy} {retention:?}");
    });
}

#[test]
fn c07_a_failed_pod_whose_deletion_is_refused_is_deleted_by_the_next_sync() {
    a_refused_deletion_is_tried_again(PodPhase::Failed);
}

#[test]
fn c08_a_pod_that_succeeded_whose_deletion_is_refused_is_deleted_by_the_next_sync() {
    a_refused_deletion_is_tried_again(PodPhase::Succeeded);
}

#[test]
fn c09_a_pod_whose_creation_is_refused_is_made_later() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention);
        rig.refuse(Verb::Create, Kind::Pod, 1, refusal());
        let failed = rig.try_drive(&mut |_| {});
        assert_eq!(failed, Err(refusal()), "{policy} {retention:?}");
        assert!(rig.ordinals().len() < 3);
        rig.drive();
        assert_eq!(rig.counts(), (3, 3, 3), "{policy} {retention:?}");
    });
}

#[test]
fn c10_a_refused_repair_of_an_identity_surfaces() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention).ready();
        // A name that another object has is not this set's; the label of the name is what can be lost.
        rig.edit(Kind::Pod, "foo-0", |pod| {
            let mut labels = (*pod.meta.labels).clone();
            labels.remove("statefulset.kubernetes.io/pod-name");
            pod.meta.labels = labels.into();
        });
        rig.refuse(Verb::Update, Kind::Pod, 0, refusal());
        assert_eq!(rig.sync(), Err(refusal()), "{policy} {retention:?}");
        rig.sync().expect("it is repaired");
        let label = "statefulset.kubernetes.io/pod-name";
        assert_eq!(rig.pods()[0].meta.label(label), Some("foo-0"));
    });
}

#[test]
fn c11_a_status_whose_write_is_refused_is_written_later() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention);
        rig.refuse(Verb::Update, Kind::StatefulSet, 1, refusal());
        let failed = rig.try_drive(&mut |_| {});
        assert_eq!(failed, Err(refusal()), "{policy} {retention:?}");
        rig.drive();
        assert_eq!(rig.counts(), (3, 3, 3), "{policy} {retention:?}");
    });
}

#[test]
fn c12_a_pod_whose_replacement_is_refused_counts_as_current() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention).ready();
        rig.set_image("nginx:2");
        rig.refuse(Verb::Delete, Kind::Pod, 0, refusal());
        assert_eq!(rig.sync(), Err(refusal()), "{policy} {retention:?}");
        assert_eq!(rig.status().current_replicas, 3, "{policy} {retention:?}");
        assert_ne!(rig.status().current_revision, rig.status().update_revision);
        rig.sync().expect("now it is replaced");
        assert_eq!(rig.status().current_replicas, 2, "{policy} {retention:?}");
        assert_ne!(rig.status().current_revision, rig.status().update_revision);
    });
}

#[test]
fn c13_claims_of_a_pending_pod_that_are_gone_are_made_again_with_their_owners() {
    each(|policy, retention| {
        let mut rig = Rig::keeping(policy, 3, retention);
        rig.sync().expect("Pods are made");
        rig.vanish(Kind::PersistentVolumeClaim, &claim(0));
        rig.sync().expect("nothing is refused");
        assert!(rig.get(Kind::PersistentVolumeClaim, &claim(0)).is_some());
        let owned = retention[0] == "Delete";
        assert_eq!(rig.owners(&claim(0)) == ["StatefulSet foo"], owned);
    });
}

#[test]
fn c14_ordinals_begin_where_the_set_says() {
    for policy in POLICIES {
        let fields = json!({"podManagementPolicy": policy, "ordinals": {"start": 2}});
        let rig = Rig::new(fields).ready();
        assert_eq!(rig.names(), ["foo-2", "foo-3", "foo-4"], "{policy}");
        assert_eq!(rig.counts(), (3, 3, 3), "{policy}");
    }
}

#[test]
fn c15_a_scale_down_with_a_refused_deletion_ends_all_the_same() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention).ready();
        rig.scale(0);
        rig.refuse(Verb::Delete, Kind::Pod, 1, refusal());
        let failed = rig.try_drive(&mut |_| {});
        assert_eq!(failed, Err(refusal()), "{retention:?}");
        rig.drive();
        assert_eq!(rig.counts(), (0, 0, 0), "{retention:?}");
    }
}
