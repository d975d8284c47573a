//! Binding, in small worlds. Numbers in brackets are those of upstream's tests.

mod provisioning;

use ordinal_api::{Kind, Value};
use serde_json::json;

use super::{BIND_COMPLETED, BOUND_BY_CONTROLLER};
use crate::apiserver::DeleteOptions;
use crate::lab::Lab;

const CLAIM: Kind = Kind::PersistentVolumeClaim;
const VOLUME: Kind = Kind::PersistentVolume;

fn volume(name: &str, size: &str, modes: &[&str]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {"capacity": {"storage": size}, "accessModes": modes, "storageClassName": "manual", "nfs": {"server": "s", "path": "/"}},
    })
}

fn claim(name: &str, size: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "manual", "resources": {"requests": {"storage": size}}},
    })
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object["spec"][key] = value;
    object
}

fn lab_with(objects: Vec<Value>) -> Lab {
    let mut lab = Lab::with_nodes(1);
    for object in objects {
        lab.create(object);
        lab.run_ms(100);
    }
    lab
}

fn bound_to(lab: &Lab, claim: &str) -> String {
    let object = lab.get(CLAIM, claim).expect("the claim is there");
    object.as_claim().expect("a claim").volume_name.to_string()
}

fn claim_ref(lab: &Lab, volume: &str) -> Value {
    lab.get(VOLUME, volume)
        .expect("the volume is there")
        .to_value()["spec"]["claimRef"]
        .clone()
}

#[test]
fn a_claim_and_a_volume_that_fit_are_bound_and_marked() {
    // [1-1]
    let lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    assert_eq!(
        (lab.claim_phase("data"), lab.volume_phase("pv")),
        ("Bound".into(), "Bound".into())
    );
    let claim = lab.get(CLAIM, "data").expect("it is there");
    assert_eq!(claim.meta.annotation(BIND_COMPLETED), Some("yes"));
    assert_eq!(claim.meta.annotation(BOUND_BY_CONTROLLER), Some("yes"));
    let status = &claim.to_value()["status"];
    assert_eq!(status["phase"], "Bound");
    assert_eq!(status["capacity"], json!({"storage": "1Gi"}));
    assert_eq!(status["accessModes"], json!(["ReadWriteOnce"]));
    assert_eq!(status["conditions"][0]["reason"], "NoPodsUsingPVC");
    let volume = lab.get(VOLUME, "pv").expect("it is there");
    assert_eq!(volume.meta.annotation(BOUND_BY_CONTROLLER), Some("yes"));
    assert_eq!(claim_ref(&lab, "pv")["uid"], claim.meta.uid.to_string());
}

#[test]
fn a_claim_without_class_says_that_there_is_no_volume() {
    // [1-2]
    let lab = lab_with(vec![with(
        claim("data", "1Gi"),
        "storageClassName",
        json!(""),
    )]);
    let text =
        "FailedBinding: no persistent volumes available for this claim and no storage class is set";
    assert_eq!(
        (lab.claim_phase("data"), lab.events(CLAIM, "data")),
        ("Pending".into(), vec![text.to_owned()])
    );
}

#[test]
fn the_smallest_volume_of_the_tightest_modes_is_chosen() {
    // [1-4]
    let lab = lab_with(vec![
        volume("a-large", "10Gi", &["ReadWriteOnce"]),
        volume("b-small", "1Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    assert_eq!(bound_to(&lab, "data"), "b-small");
    let lab = lab_with(vec![
        volume("both", "5Gi", &["ReadWriteOnce", "ReadWriteMany"]),
        volume("once", "10Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    assert_eq!(bound_to(&lab, "data"), "once");
}

#[test]
fn a_volume_reserved_by_name_is_taken_by_its_claim_alone() {
    // [1-5, 1-17]
    let reserved = with(
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        "claimRef",
        json!({"namespace": "default", "name": "mine"}),
    );
    let mut lab = lab_with(vec![reserved, claim("other", "1Gi")]);
    assert_eq!(
        (lab.claim_phase("other"), lab.volume_phase("pv")),
        ("Pending".into(), "Available".into())
    );
    lab.create(claim("mine", "1Gi"));
    lab.run_ms(100);
    assert_eq!(bound_to(&lab, "mine"), "pv");
    let volume = lab.get(VOLUME, "pv").expect("it is there");
    assert_eq!(
        volume.meta.annotation(BOUND_BY_CONTROLLER),
        None,
        "an administrator chose"
    );
}

#[test]
fn a_selector_is_obeyed_but_not_by_a_claim_that_names_its_volume() {
    // [1-11, 2-8]
    let selector = json!({"matchLabels": {"tier": "gold"}});
    let lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        with(claim("choosy", "1Gi"), "selector", selector.clone()),
    ]);
    assert_eq!(lab.claim_phase("choosy"), "Pending");
    let named = with(
        with(claim("named", "1Gi"), "selector", selector),
        "volumeName",
        json!("pv"),
    );
    let lab = lab_with(vec![volume("pv", "1Gi", &["ReadWriteOnce"]), named]);
    assert_eq!(lab.claim_phase("named"), "Bound");
}

#[test]
fn a_waiting_claim_is_looked_at_again_only_at_the_resync() {
    let mut lab = lab_with(vec![claim("data", "1Gi")]);
    let missing = "ProvisioningFailed: storageclass.storage.k8s.io \"manual\" not found";
    assert_eq!(lab.events(CLAIM, "data"), [missing]);
    lab.create(volume("pv", "1Gi", &["ReadWriteOnce"]));
    lab.run_ms(11_900);
    assert_eq!(
        (lab.claim_phase("data"), lab.volume_phase("pv")),
        ("Pending".into(), "Available".into())
    );
    lab.run_ms(1000);
    assert_eq!(lab.claim_phase("data"), "Bound");
}

#[test]
fn a_claim_that_names_a_missing_volume_waits_without_a_word() {
    // [2-1, 2-2]
    let mut lab = lab_with(vec![with(claim("data", "1Gi"), "volumeName", json!("pv"))]);
    assert_eq!(
        (lab.claim_phase("data"), lab.events(CLAIM, "data")),
        ("Pending".into(), vec![])
    );
    lab.create(volume("pv", "1Gi", &["ReadWriteOnce"]));
    lab.run_ms(15_000);
    assert_eq!(lab.claim_phase("data"), "Bound");
}

#[test]
fn a_claim_that_names_a_volume_that_will_not_do_says_why() {
    // [2-6, 2-9, 2-10]
    let cases = [
        (
            volume("pv", "1Gi", &["ReadWriteOnce"]),
            "VolumeMismatch: Cannot bind to requested volume \"pv\": requested PV is too small",
        ),
        (
            with(
                volume("pv", "5Gi", &["ReadWriteOnce"]),
                "storageClassName",
                json!("gold"),
            ),
            "VolumeMismatch: Cannot bind to requested volume \"pv\": storageClassName does not match",
        ),
        (
            with(
                volume("pv", "5Gi", &["ReadWriteOnce"]),
                "volumeMode",
                json!("Block"),
            ),
            "VolumeMismatch: Cannot bind to requested volume \"pv\": incompatible volumeMode",
        ),
        (
            volume("pv", "5Gi", &["ReadWriteMany"]),
            "VolumeMismatch: Cannot bind to requested volume \"pv\": incompatible accessMode",
        ),
        (
            with(
                volume("pv", "5Gi", &["ReadWriteOnce"]),
                "claimRef",
                json!({"namespace": "default", "name": "other"}),
            ),
            "FailedBinding: volume \"pv\" already bound to a different claim.",
        ),
    ];
    for (volume, text) in cases {
        let lab = lab_with(vec![
            volume,
            with(claim("data", "2Gi"), "volumeName", json!("pv")),
        ]);
        assert_eq!(lab.events(CLAIM, "data"), [text]);
        assert_eq!(lab.claim_phase("data"), "Pending");
    }
}

#[test]
fn a_bound_claim_whose_volume_is_torn_away_is_lost() {
    // [3-2]
    let mut lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    lab.delete(VOLUME, "pv", DeleteOptions::default());
    lab.run_ms(1000);
    assert_eq!(
        lab.volume_phase("pv"),
        "Bound",
        "it is protected while it is Bound"
    );
    lab.patch(VOLUME, "pv", json!({"metadata": {"finalizers": null}}));
    lab.run_ms(100);
    let text = "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    assert_eq!(
        (lab.claim_phase("data"), lab.events(CLAIM, "data")),
        ("Lost".into(), vec![text.to_owned()])
    );
}

#[test]
fn a_bound_claim_gets_its_volume_back_when_the_reference_is_removed() {
    // [3-3]
    let mut lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    lab.patch(VOLUME, "pv", json!({"spec": {"claimRef": null}}));
    lab.run_ms(16_000);
    // The volume is Available for anyone until the claim is looked at again.
    assert!(["Bound", "Available"].contains(&lab.volume_phase("pv").as_str()));
    assert_eq!(lab.claim_phase("data"), "Bound");
}

#[test]
fn a_retained_volume_is_released_and_free_again_only_when_it_is_cleared() {
    // [4-3, 4-4]
    let mut lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        claim("data", "1Gi"),
    ]);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(100);
    assert_eq!(
        (lab.claim_phase("data"), lab.volume_phase("pv")),
        ("gone".into(), "Released".into())
    );
    lab.create(claim("data", "1Gi"));
    lab.run_ms(20_000);
    assert_eq!(
        (lab.claim_phase("data"), lab.volume_phase("pv")),
        ("Pending".into(), "Released".into())
    );
    lab.patch(VOLUME, "pv", json!({"spec": {"claimRef": {"uid": null}}}));
    lab.run_ms(20_000);
    assert_eq!(
        (lab.claim_phase("data"), lab.volume_phase("pv")),
        ("Bound".into(), "Bound".into())
    );
}

#[test]
fn two_claims_that_want_one_volume_do_not_both_get_it() {
    // [10-2]
    let lab = lab_with(vec![
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        claim("a", "1Gi"),
        claim("b", "1Gi"),
    ]);
    assert_eq!(
        (lab.claim_phase("a"), lab.claim_phase("b")),
        ("Bound".into(), "Pending".into())
    );
}
