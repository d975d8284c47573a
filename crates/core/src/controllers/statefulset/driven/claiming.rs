//! S20 to S24: what a set claims, adopts and releases, and whose claims are whose.

use ordinal_api::{Kind, Object, Uid};
use serde_json::json;

use super::watching::{bar, controller_of, pod, set_labels};
use super::{RETENTIONS, Rig, claim, hold};

#[test]
fn s20_a_set_claims_what_it_owns_and_orphans_with_its_name_and_labels() {
    let mut rig = Rig::of("OrderedReady", 0);
    let uid = rig.uid(Kind::StatefulSet, "foo");
    for value in [
        pod("foo-1", &bar(), Some(("foo", uid))),
        pod("foo-2", &bar(), None),
        pod("foo-3", &json!({}), None),
        pod("baz-4", &bar(), None),
    ] {
        rig.create(value).expect("a valid Pod");
    }
    rig.patch(json!({"spec": {"ordinals": {"start": 1}, "replicas": 4}}))
        .expect("these can be changed");
    rig.sync().expect("nothing is refused");
    let owner = |name| controller_of(&rig, Kind::Pod, name);
    assert_eq!(owner("foo-1").as_deref(), Some("foo"));
    assert_eq!(owner("foo-2").as_deref(), Some("foo"));
    assert_eq!((owner("foo-3"), owner("baz-4")), (None, None));
    assert_eq!(rig.status().replicas, 2);
}

#[test]
fn s21_an_orphan_revision_is_adopted_beside_one_that_is_owned() {
    let mut rig = Rig::new(json!({
        "selector": {"matchExpressions": [{"key": "foo", "operator": "In", "values": ["bar"]}]},
    }))
    .ready();
    let orphan = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 7, "data": {"spec": {}},
        "metadata": {"name": "orphan", "namespace": "default", "labels": bar()},
    });
    rig.create(orphan).expect("a valid revision");
    rig.sync().expect("nothing is refused");
    let owner = controller_of(&rig, Kind::ControllerRevision, "orphan");
    assert_eq!(owner.as_deref(), Some("foo"));
    assert_eq!(rig.revisions().len(), 2);
    assert_eq!(
        rig.revisions().last().expect("two").1,
        8,
        "the set's own takes the next number"
    );
}

#[test]
fn s22_what_a_set_owns_but_does_not_match_is_released() {
    let mut rig = Rig::of("OrderedReady", 0);
    let uid = rig.uid(Kind::StatefulSet, "foo");
    let own = Some(("foo", uid));
    for value in [
        pod("foo-1", &bar(), own),
        pod("baz-2", &bar(), own),
        pod("foo-3", &json!({}), own),
        pod("foo-4", &json!({}), None),
    ] {
        rig.create(value).expect("a valid Pod");
    }
    rig.patch(json!({"spec": {"ordinals": {"start": 1}, "replicas": 4}}))
        .expect("these can be changed");
    rig.sync().expect("nothing is refused");
    let owner = |name| controller_of(&rig, Kind::Pod, name);
    assert_eq!(owner("foo-1").as_deref(), Some("foo"));
    for name in ["baz-2", "foo-3", "foo-4"] {
        assert_eq!(owner(name), None, "{name}");
    }
    assert_eq!(rig.status().replicas, 1);
}

#[test]
fn s23_claims_of_adopted_pods_follow_the_policy_and_those_of_released_ones_do_not() {
    for [deleted, scaled] in RETENTIONS {
        let mut rig = Rig::of("OrderedReady", 3).ready();
        rig.patch(json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}}}))
            .expect("the policy can be changed");
        rig.edit(Kind::Pod, "foo-1", |pod| pod.meta.owner_references.clear());
        set_labels(&mut rig, "foo-2", &[("foo", "other")]);
        let _ = rig.sync();
        let _ = rig.sync();
        assert_eq!(
            controller_of(&rig, Kind::Pod, "foo-1").as_deref(),
            Some("foo")
        );
        assert_eq!(controller_of(&rig, Kind::Pod, "foo-2"), None);
        let owned = |rig: &Rig, n| rig.owners(&claim(n)) == ["StatefulSet foo"];
        for n in [0, 1] {
            assert_eq!(
                owned(&rig, n),
                deleted == "Delete",
                "{deleted} {scaled} {n}"
            );
        }
        rig.scale(1);
        let _ = rig.sync();
        let by_pod = rig.owners(&claim(1)) == ["Pod foo-1"];
        assert_eq!(by_pod, scaled == "Delete", "{deleted} {scaled}");
        assert!(rig.owners(&claim(2)).is_empty(), "{deleted} {scaled}");
    }
}

#[test]
fn s24_a_claim_of_a_pod_that_is_gone_holds_its_ordinal_and_is_not_touched() {
    for deleted in ["Retain", "Delete"] {
        let mut rig = Rig::keeping("OrderedReady", 3, [deleted, "Delete"]).ready();
        rig.scale(2);
        rig.sync().expect("foo-2 owns its claim now, and goes");
        assert_eq!(rig.owners(&claim(2)), ["Pod foo-2"]);
        let stale = |claim: &mut Object| claim.meta.owner_references[0].uid = Uid(7);
        rig.edit(Kind::PersistentVolumeClaim, &claim(2), stale);
        rig.scale(3);
        for _ in 0..10 {
            rig.sync().expect("it waits without a failure");
        }
        assert_eq!(rig.ordinals(), [0, 1], "{deleted}");
        let kept = rig.get(Kind::PersistentVolumeClaim, &claim(2));
        let owners = &kept.expect("it is there").meta.owner_references;
        assert_eq!((owners.len(), owners[0].uid), (1, Uid(7)));
        rig.vanish(Kind::PersistentVolumeClaim, &claim(2));
        rig.drive();
        assert_eq!(rig.ordinals(), [0, 1, 2], "{deleted}");
    }
}

#[test]
fn a_refused_release_is_tried_again_and_the_others_are_released() {
    let mut rig = Rig::of("OrderedReady", 3).ready();
    for name in ["foo-0", "foo-1"] {
        set_labels(&mut rig, name, &[]);
        rig.edit(Kind::Pod, name, |pod| hold(&mut pod.meta));
    }
    rig.refuse(crate::journal::Verb::Update, Kind::Pod, 0, super::refusal());
    assert_eq!(rig.sync(), Err(super::refusal()));
    let released = |rig: &Rig, name| controller_of(rig, Kind::Pod, name).is_none();
    assert_eq!(
        [released(&rig, "foo-0"), released(&rig, "foo-1")],
        [false, true]
    );
    let _ = rig.sync();
    assert!(released(&rig, "foo-0"));
}
