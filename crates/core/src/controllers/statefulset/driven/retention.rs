//! E22 to E28 and I06: claims that go with their set or their Pod, and those that stay.

use ordinal_api::{Kind, OwnerReference, Uid};
use serde_json::json;

use super::{AT_ONCE, RETENTIONS, Rig, claim};
use crate::lab::Lab;

#[test]
fn i06_claims_belong_to_the_set_and_those_of_condemned_pods_to_their_pods() {
    for [deleted, scaled] in RETENTIONS {
        for policy in super::POLICIES {
            let mut rig = Rig::keeping(policy, 3, [deleted, scaled]).ready();
            for ordinal in 0..3 {
                let by_set = rig.owners(&claim(ordinal)) == ["StatefulSet foo"];
                assert_eq!(by_set, deleted == "Delete", "{deleted} {scaled}");
                assert!(
                    !rig.owners(&claim(ordinal))
                        .contains(&format!("Pod foo-{ordinal}"))
                );
            }
            rig.scale(1);
            for _ in 0..2 {
                rig.sync().expect("nothing is refused");
            }
            assert_eq!(rig.ordinals(), [0]);
            for ordinal in [1, 2] {
                let by_pod = rig.owners(&claim(ordinal)) == [format!("Pod foo-{ordinal}")];
                assert_eq!(by_pod, scaled == "Delete", "{deleted} {scaled} {ordinal}");
            }
            let owners = rig.owners(&claim(0));
            assert_eq!(
                owners == ["StatefulSet foo"],
                deleted == "Delete",
                "{owners:?}"
            );
        }
    }
}

/// A cluster with the set `foo`, all of whose Pods are Ready.
fn cluster(deleted: &str, scaled: &str) -> Lab {
    let mut lab = Lab::with_nodes(3);
    let policy = json!({"whenDeleted": deleted, "whenScaled": scaled});
    lab.create(super::foo(
        &json!({"persistentVolumeClaimRetentionPolicy": policy}),
    ));
    lab.run_ms(120_000);
    assert_eq!(claims(&lab), [claim(0), claim(1), claim(2)]);
    lab
}

fn claims(lab: &Lab) -> Vec<String> {
    let claims = lab.0.world().store.list(Kind::PersistentVolumeClaim);
    let mut names: Vec<String> = claims.map(|(_, o)| o.meta.name.to_string()).collect();
    ordinal_api::sorted::sort(&mut names);
    names
}

fn scale(lab: &mut Lab, replicas: u32) {
    lab.patch(
        Kind::StatefulSet,
        "foo",
        json!({"spec": {"replicas": replicas}}),
    );
    lab.run_ms(180_000);
}

#[test]
fn e22_claims_go_with_their_set_when_it_says_so() {
    let mut lab = cluster("Delete", "Retain");
    lab.delete(Kind::StatefulSet, "foo", AT_ONCE);
    lab.run_ms(180_000);
    assert_eq!(claims(&lab), [] as [&str; 0]);
    let mut kept = cluster("Retain", "Retain");
    kept.delete(Kind::StatefulSet, "foo", AT_ONCE);
    kept.run_ms(180_000);
    assert_eq!(claims(&kept).len(), 3);
}

#[test]
fn e23_claims_of_pods_too_many_go_with_them_when_the_set_says_so() {
    let mut lab = cluster("Retain", "Delete");
    scale(&mut lab, 1);
    assert_eq!(claims(&lab), [claim(0)]);
    let mut kept = cluster("Delete", "Retain");
    scale(&mut kept, 1);
    assert_eq!(claims(&kept).len(), 3);
}

fn foreign(manages: bool) -> OwnerReference {
    let mut owner = OwnerReference::controller(Kind::ConfigMap, "boss".into(), Uid(97));
    owner.controller = manages;
    owner
}

#[test]
fn e24_a_claim_that_somebody_else_manages_stays_until_it_is_given_back() {
    let mut rig = Rig::keeping("OrderedReady", 3, ["Retain", "Delete"]).ready();
    rig.edit(Kind::PersistentVolumeClaim, &claim(1), |claim| {
        claim.meta.owner_references = vec![foreign(true)];
    });
    rig.events();
    rig.scale(0);
    rig.sync().expect("nothing is refused");
    let told = "Warning ConflictingController PersistentVolumeClaim datadir-foo-1 has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim";
    let events = rig.events();
    assert!(
        !events.iter().any(|e| e == told),
        "it is told where a claim is to be written: {events:?}"
    );
    // The garbage collector would not look for an owner that is there.
    for _ in 0..6 {
        rig.sync().expect("nothing is refused");
    }
    assert_eq!(rig.ordinals(), [] as [u32; 0]);
    assert_eq!(rig.owners(&claim(1)), ["ConfigMap boss"]);
    assert_eq!(rig.owners(&claim(0)), ["Pod foo-0"]);
    rig.edit(Kind::PersistentVolumeClaim, &claim(1), |claim| {
        claim.meta.owner_references.clear();
    });
    rig.scale(2);
    rig.drive();
    rig.scale(1);
    rig.drive();
    assert!(!rig.claims().contains(&claim(1).into()));
    assert!(rig.claims().contains(&claim(0).into()));
}

#[test]
fn e25_a_claim_goes_with_its_set_although_its_pod_was_orphaned() {
    let mut lab = cluster("Delete", "Retain");
    lab.patch(
        Kind::Pod,
        "foo-2",
        json!({"metadata": {"ownerReferences": null}}),
    );
    lab.delete(Kind::StatefulSet, "foo", AT_ONCE);
    lab.run_ms(180_000);
    assert_eq!(
        claims(&lab).len(),
        usize::from(lab.get(Kind::Pod, "foo-2").is_some())
    );
}

#[test]
fn e26_an_orphan_is_adopted_and_its_claim_goes_when_it_is_too_many() {
    let mut lab = cluster("Retain", "Delete");
    lab.patch(
        Kind::Pod,
        "foo-2",
        json!({"metadata": {"ownerReferences": null}}),
    );
    scale(&mut lab, 1);
    assert_eq!(claims(&lab), [claim(0)]);
}

#[test]
fn e27_a_changed_policy_reaches_claims_beside_other_owners_but_not_those_of_a_set_that_is_gone() {
    let mut rig = Rig::keeping("OrderedReady", 4, ["Retain", "Retain"]).ready();
    rig.edit(Kind::PersistentVolumeClaim, &claim(1), |claim| {
        claim.meta.owner_references = vec![foreign(false)];
    });
    rig.edit(Kind::PersistentVolumeClaim, &claim(3), |claim| {
        let stale = OwnerReference::controller(Kind::StatefulSet, "foo".into(), Uid(7));
        claim.meta.owner_references = vec![stale];
    });
    rig.patch(json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}}))
        .expect("the policy can be changed");
    rig.sync().expect("nothing is refused");
    for ordinal in [0, 2] {
        assert_eq!(rig.owners(&claim(ordinal)), ["StatefulSet foo"]);
    }
    assert_eq!(rig.owners(&claim(1)), ["ConfigMap boss", "StatefulSet foo"]);
    let untouched = rig
        .get(Kind::PersistentVolumeClaim, &claim(3))
        .expect("it is there");
    assert_eq!(untouched.meta.owner_references[0].uid, Uid(7));
    rig.edit(Kind::PersistentVolumeClaim, &claim(0), |claim| {
        claim.meta.owner_references[0].controller = false;
    });
    rig.sync().expect("nothing is refused");
    let restored = rig
        .get(Kind::PersistentVolumeClaim, &claim(0))
        .expect("it is there");
    assert!(restored.meta.owner_references[0].controller);
}

#[test]
fn e28_a_claim_that_is_deleted_under_a_pending_pod_is_made_again() {
    let mut lab = cluster("Retain", "Retain");
    for node in ["n1", "n2", "n3"] {
        lab.patch(Kind::Node, node, json!({"spec": {"unschedulable": true}}));
    }
    lab.delete(Kind::Pod, "foo-0", AT_ONCE);
    lab.run_ms(60_000);
    assert_eq!(lab.node_of("foo-0"), "");
    let old = lab
        .get(Kind::PersistentVolumeClaim, &claim(0))
        .expect("it is there")
        .meta
        .uid;
    lab.delete(Kind::PersistentVolumeClaim, &claim(0), AT_ONCE);
    lab.run_ms(60_000);
    for node in ["n1", "n2", "n3"] {
        lab.patch(Kind::Node, node, json!({"spec": {"unschedulable": false}}));
    }
    lab.run_ms(400_000);
    let new = lab
        .get(Kind::PersistentVolumeClaim, &claim(0))
        .expect("it is made again");
    assert_ne!(new.meta.uid, old);
    let pod = lab.get(Kind::Pod, "foo-0").expect("it is there");
    assert!(super::body(&pod).is_ready());
}
