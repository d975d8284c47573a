//! U09 to U17: whose a claim is, and whose it should be.

use ordinal_api::statefulset::StatefulSet;
use ordinal_api::{Kind, Object, OwnerReference, Uid};
use serde_json::json;

use super::super::claims::Owners;
use super::{RETENTIONS, claim, foo};

const SET: Uid = Uid(1);
const POD: Uid = Uid(2);

/// An owner: kind, name, identity, whether it manages.
fn owner(kind: Kind, name: &str, uid: Uid, controller: bool) -> OwnerReference {
    OwnerReference {
        controller,
        ..OwnerReference::controller(kind, name.into(), uid)
    }
}

fn by_set() -> OwnerReference {
    owner(Kind::StatefulSet, "foo", SET, true)
}

fn by_pod() -> OwnerReference {
    owner(Kind::Pod, "foo-1", POD, true)
}

/// Owners that have nothing to do with the set, one of a kind that is not modelled.
fn strangers() -> [OwnerReference; 2] {
    let custom = OwnerReference {
        kind: None,
        api_version: "example.com/v1".into(),
        kind_text: "Backup".into(),
        ..owner(Kind::ConfigMap, "nightly", Uid(98), false)
    };
    [owner(Kind::ConfigMap, "note", Uid(99), false), custom]
}

fn set_with([deleted, scaled]: [&str; 2]) -> StatefulSet {
    let fields = json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}});
    StatefulSet::from_value(&foo(&fields)).expect("a valid set")
}

/// Asks about the claim of `foo-1` with these owners.
fn ask<T>(owners: &[OwnerReference], question: impl FnOnce(&Owners<'_>) -> T) -> T {
    let value = json!({"metadata": {"name": claim(1), "namespace": "default"}, "spec": {"accessModes": ["ReadWriteOnce"]}});
    let mut claim = Object::from_value(Kind::PersistentVolumeClaim, &value).expect("a claim");
    claim.meta.owner_references = owners.to_vec();
    question(&Owners {
        claim: &claim,
        set: ("foo", SET),
        pod: ("foo-1", POD),
    })
}

/// The rows of the policy: policy, whether the Pod is condemned, whether set and Pod should be owners.
fn rows() -> Vec<([&'static str; 2], bool, bool, bool)> {
    let mut rows = Vec::new();
    for retention in RETENTIONS {
        for condemned in [false, true] {
            let [deleted, scaled] = retention;
            let pod = condemned && scaled == "Delete";
            let set = deleted == "Delete" && !pod;
            rows.push((retention, condemned, set, pod));
        }
    }
    rows
}

/// Every set of owners that these make.
fn subsets(of: &[OwnerReference]) -> Vec<Vec<OwnerReference>> {
    let pick = |bits: usize| {
        let chosen = of.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1);
        chosen.map(|(_, owner)| owner.clone()).collect()
    };
    (0..1 << of.len()).map(pick).collect()
}

#[test]
fn u09_an_owner_is_told_by_kind_and_name_whatever_its_identity() {
    let names = |reference: &OwnerReference| Owners::names(reference, Kind::StatefulSet, "foo");
    assert!(names(&by_set()));
    assert!(names(&owner(Kind::StatefulSet, "foo", Uid(7), true)));
    assert!(!names(&owner(Kind::StatefulSet, "bar", SET, true)));
    assert!(!names(&owner(Kind::Pod, "foo", SET, true)));
    let old = json!({"metadata": {"name": "x", "ownerReferences": [
        {"apiVersion": "apps/v1beta1", "kind": "StatefulSet", "name": "foo", "uid": "", "controller": true}]}});
    let object = Object::from_value(Kind::PersistentVolumeClaim, &old).expect("a claim");
    assert!(
        !names(&object.meta.owner_references[0]),
        "of another version"
    );
}

#[test]
fn u10_owners_are_up_to_date_when_they_are_those_of_the_policy() {
    for (retention, condemned, set, pod) in rows() {
        let spec = set_with(retention);
        for mut owners in subsets(&[by_set(), by_pod()]) {
            let right = (owners.contains(&by_set()), owners.contains(&by_pod())) == (set, pod);
            for others in subsets(&strangers()) {
                owners.extend(others);
                let matches = ask(&owners, |o| o.match_policy(&spec, condemned));
                assert_eq!(matches, right, "{retention:?} {condemned} {owners:?}");
                owners.retain(|owner| !strangers().contains(owner));
            }
        }
    }
}

#[test]
fn u11_at_the_edge_only_a_managing_owner_of_the_right_identity_will_do_and_a_stale_one_is_left_alone()
 {
    let foreign = owner(Kind::ConfigMap, "boss", Uid(97), true);
    let both = set_with(["Delete", "Delete"]);
    let deleted = set_with(["Delete", "Retain"]);
    for (spec, condemned, kind, name, uid) in [
        (&both, true, Kind::Pod, "foo-1", POD),
        (&deleted, false, Kind::StatefulSet, "foo", SET),
    ] {
        let good = owner(kind, name, uid, true);
        let matches = |owners: &[OwnerReference]| ask(owners, |o| o.match_policy(spec, condemned));
        assert!(matches(std::slice::from_ref(&good)));
        assert!(!matches(&[owner(kind, name, uid, false)]));
        assert!(
            matches(&[owner(kind, name, Uid(7), true)]),
            "stale: not touched"
        );
        assert!(!matches(&[good, foreign.clone()]), "ours has to go");
        assert!(matches(std::slice::from_ref(&foreign)));
    }
}

#[test]
fn u12_owners_are_made_those_of_the_policy_and_none_beside_a_foreign_manager() {
    let boss = owner(Kind::ConfigMap, "boss", Uid(97), true);
    for (retention, condemned, set, pod) in rows() {
        let spec = set_with(retention);
        let mut start = vec![by_set(), by_pod()];
        start.extend(strangers().into_iter().take(1));
        for owners in subsets(&start) {
            let updated = ask(&owners, |o| o.updated(&spec, condemned));
            assert_eq!(
                updated.contains(&by_set()),
                set,
                "{retention:?} {condemned}"
            );
            assert_eq!(
                updated.contains(&by_pod()),
                pod,
                "{retention:?} {condemned}"
            );
            for stranger in strangers() {
                assert_eq!(updated.contains(&stranger), owners.contains(&stranger));
            }
            let mut with_boss = owners.clone();
            with_boss.push(boss.clone());
            let updated = ask(&with_boss, |o| o.updated(&spec, condemned));
            let ours = |o: &OwnerReference| *o == by_set() || *o == by_pod();
            assert!(updated.contains(&boss));
            assert!(retention == ["Retain", "Retain"] || !updated.iter().any(ours));
        }
    }
}

#[test]
fn u13_with_both_policies_an_owner_in_range_is_kept_or_made_to_manage_and_one_without_identity_goes()
 {
    let spec = set_with(["Delete", "Delete"]);
    let updated = |owners: &[OwnerReference]| ask(owners, |o| o.updated(&spec, false));
    assert_eq!(updated(&[by_set()]), [by_set()]);
    assert_eq!(
        updated(&[owner(Kind::StatefulSet, "foo", SET, false)]),
        [by_set()]
    );
    let namesake = owner(Kind::ConfigMap, "foo", Uid(96), false);
    assert_eq!(
        updated(std::slice::from_ref(&namesake)),
        [namesake, by_set()]
    );
    assert_eq!(updated(&[]), [by_set()]);
    for manages in [true, false] {
        let nobody = owner(Kind::StatefulSet, "foo", Uid::NONE, manages);
        assert_eq!(updated(&[nobody]), []);
    }
}

#[test]
fn u14_an_owner_counts_by_its_identity_whether_or_not_it_manages() {
    for manages in [true, false] {
        let owners = [owner(Kind::StatefulSet, "foo", SET, manages)];
        assert!(ask(&owners, |o| o.has(SET)));
        assert!(!ask(&owners, |o| o.has(POD)));
    }
}

#[test]
fn u15_a_foreign_or_former_manager_is_unexpected_unless_everything_is_kept() {
    let stale_set = owner(Kind::StatefulSet, "foo", Uid(7), true);
    let stale_pod = owner(Kind::Pod, "foo-1", Uid(7), true);
    let custom = OwnerReference {
        controller: true,
        ..strangers()[1].clone()
    };
    let unexpected = [
        vec![custom.clone()],
        vec![owner(Kind::Pod, "other-1", Uid(95), true)],
        vec![owner(Kind::StatefulSet, "other", Uid(95), true)],
        vec![stale_set],
        vec![stale_pod],
        vec![by_set(), custom],
    ];
    let expected = [
        strangers().to_vec(),
        vec![by_set()],
        vec![by_pod()],
        vec![by_set(), strangers()[0].clone()],
        vec![],
    ];
    for retention in RETENTIONS {
        let spec = set_with(retention);
        let found = |owners: &[OwnerReference]| ask(owners, |o| o.has_unexpected_controller(&spec));
        let kept = retention == ["Retain", "Retain"];
        assert!(
            unexpected.iter().all(|owners| found(owners) != kept),
            "{retention:?}"
        );
        assert!(
            !expected.iter().any(|owners| found(owners)),
            "{retention:?}"
        );
    }
}

#[test]
fn u16_an_owner_of_ours_that_does_not_manage_is_noticed() {
    let found = |owners: &[OwnerReference]| ask(owners, |o| o.has_non_controller());
    assert!(found(&[owner(Kind::StatefulSet, "foo", SET, false)]));
    assert!(found(&[by_set(), owner(Kind::Pod, "foo-1", POD, false)]));
    assert!(!found(&[by_set(), by_pod()]));
    assert!(!found(&strangers()));
}

#[test]
fn u17_an_owner_of_the_same_name_and_another_identity_is_stale() {
    let stale =
        |owners: &[OwnerReference]| ask(owners, |o| o.is_stale_as(Kind::Pod, ("foo-1", POD)));
    assert!(stale(&[owner(Kind::Pod, "foo-1", Uid(7), true)]));
    assert!(stale(&[owner(Kind::Pod, "foo-1", Uid::NONE, false)]));
    assert!(!stale(&[by_pod()]));
    assert!(!stale(&[owner(Kind::Pod, "foo-2", Uid(7), true)]));
    assert!(!stale(&[]));
}
