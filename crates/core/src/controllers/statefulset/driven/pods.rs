//! P01 to P20: what is done to one Pod and its claims, and what is told about it.

use ordinal_api::{Kind, OwnerReference, Status, Uid};
use serde_json::{Value, json};

use super::{Rig, claim, refusal};
use crate::journal::Verb;

const MADE_CLAIM: &str =
    "Normal SuccessfulCreate Create Claim datadir-foo-0 Pod foo-0 in StatefulSet foo success";
const MADE_POD: &str = "Normal SuccessfulCreate Create Pod foo-0 in StatefulSet foo successful";
const UPDATED: &str = "Normal SuccessfulUpdate Update Pod foo-0 in StatefulSet foo successful";

#[test]
fn p01_a_claim_and_a_pod_are_made_and_told() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.events(), [MADE_CLAIM, MADE_POD]);
    assert_eq!(rig.claims(), [claim(0).as_str()]);
    assert_eq!(rig.names(), ["foo-0"]);
}

/// The claim of ordinal 0, as a client makes it.
fn data() -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim(0), "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    })
}

#[test]
fn p02_a_pod_whose_name_is_taken_is_not_made_and_nothing_is_told() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.create(data()).expect("a valid claim");
    let stranger = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "foo-0", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    });
    rig.create(stranger).expect("a valid Pod");
    let refused = rig.sync().expect_err("the name is taken");
    assert!(refused.is_already_exists());
    assert_eq!(rig.events(), [] as [&str; 0]);
}

#[test]
fn p03_without_its_claim_a_pod_is_not_made() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.refuse(Verb::Create, Kind::PersistentVolumeClaim, 0, refusal());
    rig.sync().expect_err("the claim is refused");
    assert_eq!(
        rig.events(),
        [
            "Warning FailedCreate Create Claim datadir-foo-0 for Pod foo-0 in StatefulSet foo failed error: API server failed",
            "Warning FailedCreate Create Pod foo-0 in StatefulSet foo failed error: failed to create PVC datadir-foo-0: API server failed",
        ]
    );
    assert!(rig.names().is_empty());
}

#[test]
fn p04_a_pod_is_not_made_while_its_claim_is_being_deleted() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.create(data()).expect("a valid claim");
    let id = rig
        .world
        .intern(Kind::PersistentVolumeClaim, "default", &claim(0));
    let mut cx = crate::Cx::new(&mut rig.world, crate::Component::User, None);
    cx.delete(id, super::AT_ONCE).expect("the claim is there");
    rig.sync().expect_err("the claim is in the way");
    let told = "Warning FailedCreate Create Pod foo-0 in StatefulSet foo failed error: pvc datadir-foo-0 is being deleted";
    assert_eq!(rig.events(), [told]);
    assert!(rig.names().is_empty());
}

#[test]
fn p06_a_refused_pod_is_told_after_its_claim() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.refuse(Verb::Create, Kind::Pod, 0, refusal());
    assert_eq!(rig.sync(), Err(refusal()));
    let failed =
        "Warning FailedCreate Create Pod foo-0 in StatefulSet foo failed error: API server failed";
    assert_eq!(rig.events(), [MADE_CLAIM, failed]);
}

#[test]
fn p07_a_pod_that_is_as_it_should_be_is_left_alone() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    rig.events();
    rig.writes();
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.writes(), []);
    assert_eq!(rig.events(), [] as [&str; 0]);
}

const NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";

/// One Pod that is Ready and has lost the label of its name.
fn without_its_name() -> Rig {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    rig.edit(Kind::Pod, "foo-0", |pod| {
        let mut labels = (*pod.meta.labels).clone();
        labels.insert(NAME_LABEL.into(), "goo-0".into());
        pod.meta.labels = labels.into();
    });
    rig.events();
    rig
}

#[test]
fn p08_an_identity_is_restored_and_told_once() {
    let mut rig = without_its_name();
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.events(), [UPDATED]);
    assert_eq!(rig.pods()[0].meta.label(NAME_LABEL), Some("foo-0"));
}

#[test]
fn p09_a_refused_repair_is_told_and_changes_nothing() {
    let mut rig = without_its_name();
    rig.refuse(Verb::Update, Kind::Pod, 0, refusal());
    assert_eq!(rig.sync(), Err(refusal()));
    let failed =
        "Warning FailedUpdate Update Pod foo-0 in StatefulSet foo failed error: API server failed";
    assert_eq!(rig.events(), [failed]);
    assert_eq!(rig.pods()[0].meta.label(NAME_LABEL), Some("goo-0"));
}

/// A Pod that was made by hand, with the name and the labels of the set's, at its revision, Ready, but without its claim.
fn without_its_volume() -> Rig {
    let mut twin = Rig::of("OrderedReady", 1);
    twin.sync().expect("nothing is refused");
    let revision = twin.status().update_revision.clone();
    let mut rig = Rig::of("OrderedReady", 1);
    let stranger = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "foo-0", "namespace": "default",
            "labels": {"foo": "bar", NAME_LABEL: "foo-0", "controller-revision-hash": revision}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    });
    rig.create(stranger).expect("a valid Pod");
    rig.pod_is("foo-0", ordinal_api::pod::PodPhase::Running, true);
    rig
}

/// The upstream fake takes new volumes; the API server does not, so here the repair fails after the claim is made.
#[test]
fn p10_a_pod_without_its_volume_gets_a_claim_and_cannot_be_repaired() {
    let mut rig = without_its_volume();
    let refused = rig.sync().expect_err("volumes cannot be changed");
    let events = rig.events();
    assert_eq!(events[0], MADE_CLAIM);
    let failed = "Warning FailedUpdate Update Pod foo-0 in StatefulSet foo failed error: Pod \"foo-0\" is invalid: spec: Forbidden: pod updates may not change fields other than";
    assert!(events[1].starts_with(failed), "{events:?}");
    assert_eq!(events.len(), 2);
    assert!(refused.message.contains("Forbidden"));
    assert_eq!(rig.claims(), [claim(0).as_str()]);
}

#[test]
fn p11_a_refused_claim_of_a_pod_without_its_volume_is_told_twice() {
    let mut rig = without_its_volume();
    rig.refuse(Verb::Create, Kind::PersistentVolumeClaim, 0, refusal());
    rig.sync().expect_err("the claim is refused");
    assert_eq!(
        rig.events(),
        [
            "Warning FailedCreate Create Claim datadir-foo-0 for Pod foo-0 in StatefulSet foo failed error: API server failed",
            "Warning FailedUpdate Update Pod foo-0 in StatefulSet foo failed error: failed to create PVC datadir-foo-0: API server failed",
        ]
    );
}

#[test]
fn p12_a_repair_that_meets_a_conflict_is_tried_again_and_told_once() {
    let mut rig = without_its_name();
    let conflict = Status::conflict(Kind::Pod, "foo-0", "the object has been modified");
    rig.refuse(Verb::Update, Kind::Pod, 0, conflict);
    rig.sync().expect("the second time it is taken");
    assert_eq!(rig.events(), [UPDATED]);
    assert_eq!(rig.pods()[0].meta.label(NAME_LABEL), Some("foo-0"));
}

#[test]
fn p13_a_deletion_is_told() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    rig.scale(0);
    rig.events();
    rig.sync().expect("nothing is refused");
    let told = "Normal SuccessfulDelete Delete Pod foo-0 in StatefulSet foo successful";
    assert_eq!(rig.events(), [told]);
}

#[test]
fn p14_a_refused_deletion_is_told_and_returned() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    rig.scale(0);
    rig.events();
    rig.refuse(Verb::Delete, Kind::Pod, 0, refusal());
    assert_eq!(rig.sync(), Err(refusal()));
    let told =
        "Warning FailedDelete Delete Pod foo-0 in StatefulSet foo failed error: API server failed";
    assert_eq!(rig.events(), [told]);
}

/// One Pod that is Ready; then the policy is changed.
fn with_policy_changed(before: [&str; 2], after: [&str; 2]) -> Rig {
    let mut rig = Rig::keeping("OrderedReady", 1, before).ready();
    let [deleted, scaled] = after;
    rig.patch(json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}}}))
        .expect("the policy can be changed");
    rig.events();
    rig.writes();
    rig
}

const KEEP: [&str; 2] = ["Retain", "Retain"];
const DELETE: [&str; 2] = ["Delete", "Retain"];

#[test]
fn p15_claims_without_owners_match_retain_and_not_delete() {
    let written = |after| {
        let mut rig = with_policy_changed(KEEP, after);
        rig.sync().expect("nothing is refused");
        rig.world
            .refusals
            .count(Verb::Update, Kind::PersistentVolumeClaim)
    };
    assert_eq!(written(KEEP), 0);
    assert_eq!(written(DELETE), 1);
}

#[test]
fn p16_a_set_that_deletes_becomes_owner_of_the_claims() {
    let mut rig = Rig::keeping("OrderedReady", 1, DELETE);
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.owners(&claim(0)), ["StatefulSet foo"]);
}

#[test]
fn p17_a_claim_that_belongs_to_a_pod_of_that_name_holds_its_creation_whatever_the_other_claims_are()
{
    /// Whether a Pod with two claims is made; each is missing (`-`), there (`+`), or belongs to a Pod of before (`o`).
    fn is_made(claims: [char; 2]) -> bool {
        let template = |name: &str| json!({"metadata": {"name": name}, "spec": data()["spec"]});
        let mut rig = Rig::new(json!({
            "replicas": 1, "volumeClaimTemplates": [template("datadir"), template("more")],
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Delete"},
        }));
        for (name, state) in ["datadir-foo-0", "more-foo-0"].iter().zip(claims) {
            if state == '-' {
                continue;
            }
            let mut claim = data();
            claim["metadata"]["name"] = json!(name);
            rig.create(claim).expect("a valid claim");
            if state == 'o' {
                rig.edit(Kind::PersistentVolumeClaim, name, |claim| {
                    let owner = OwnerReference::controller(Kind::Pod, "foo-0".into(), Uid(7));
                    claim.meta.owner_references.push(owner);
                });
            }
        }
        rig.sync().expect("it waits without a failure");
        rig.names() == ["foo-0"]
    }
    for claims in [['-', '-'], ['-', '+'], ['+', '+']] {
        assert!(is_made(claims), "{claims:?}");
    }
    for claims in [['o', 'o'], ['o', '-'], ['-', 'o'], ['o', '+'], ['+', 'o']] {
        assert!(!is_made(claims), "{claims:?}");
    }
}

#[test]
fn p18_an_owner_that_is_not_wanted_any_more_is_taken_off_and_told_once() {
    let mut rig = with_policy_changed(DELETE, KEEP);
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.owners(&claim(0)), [] as [&str; 0]);
    assert_eq!(rig.events(), [UPDATED]);
}

#[test]
fn p19_an_owner_that_is_wanted_now_is_added_and_told_once() {
    let mut rig = with_policy_changed(KEEP, DELETE);
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.owners(&claim(0)), ["StatefulSet foo"]);
    assert_eq!(rig.events(), [UPDATED]);
}

#[test]
fn p20_a_missing_claim_of_a_running_pod_is_left_missing_and_owned_when_it_is_there() {
    let mut rig = with_policy_changed(KEEP, DELETE);
    rig.vanish(Kind::PersistentVolumeClaim, &claim(0));
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.events(), [] as [&str; 0]);
    assert!(rig.claims().is_empty());
    rig.create(data()).expect("a valid claim");
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.owners(&claim(0)), ["StatefulSet foo"]);
    assert_eq!(rig.events(), [UPDATED]);
}

#[test]
fn a_pod_whose_name_has_a_nought_too_many_cannot_be_given_its_right_name() {
    let mut rig = Rig::of("OrderedReady", 1);
    let stranger = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "foo-00", "namespace": "default", "labels": {"foo": "bar"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    });
    rig.create(stranger).expect("a valid Pod");
    rig.pod_is("foo-00", ordinal_api::pod::PodPhase::Running, true);
    let refused = rig.sync().expect_err("there is no foo-0");
    assert_eq!(refused.message, "pods \"foo-0\" not found");
    assert_eq!(rig.names(), ["foo-00"], "it takes the place of foo-0");
}
