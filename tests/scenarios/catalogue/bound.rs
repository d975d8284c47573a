//! Claims that name their volume, and what befalls those that are bound. Numbers in brackets are those of upstream's tests.

use serde_json::{Value, json};

use super::pairs::{assert_phases, bound, reserved};
use super::{Sim, over, pod, pv, pvc};

#[test]
fn s016_a_claim_that_names_a_missing_volume_waits_without_a_word() {
    // [2-1, 2-2]
    let mut sim = Sim::new(1);
    sim.create([pvc("data", json!({"volumeName": "pv"}))])
        .secs(20);
    assert_eq!(
        (sim.get("pvc/data", "status.phase"), sim.events("pvc/data")),
        ("Pending".into(), vec![])
    );
    sim.create([pv("pv", json!({}))]).secs(15);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s017_a_claim_that_names_its_volume_gets_it_reserved_or_not() {
    // [2-3, 2-4]
    for volume in [pv("pv", json!({})), reserved("pv", "data", "")] {
        let mut sim = Sim::new(1);
        sim.create([volume, pvc("data", json!({"volumeName": "pv"}))]);
        assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
        let marks = sim.value("pvc/data", "metadata.annotations");
        assert_eq!(marks, json!({"pv.kubernetes.io/bind-completed": "yes"}));
    }
}

#[test]
fn s018_s019_a_claim_that_names_anothers_volume_is_told_so() {
    // [2-6, 2-7]
    for marks in [
        json!({}),
        json!({"pv.kubernetes.io/bound-by-controller": "yes"}),
    ] {
        let mut sim = bound();
        let claim = over(
            pvc("late", json!({"volumeName": "pv"})),
            &json!({"metadata": {"annotations": marks}}),
        );
        sim.create([claim]).secs(40);
        assert_phases(&sim, "late", "pv", ("Pending", "Bound"));
        let text = "Warning FailedBinding volume \"pv\" already bound to a different claim.";
        assert_eq!(sim.events("pvc/late"), [text]);
        assert_eq!(sim.get("pv/pv", "spec.claimRef.name"), "data");
    }
}

#[test]
fn s020_a_claim_that_names_its_volume_does_not_look_at_its_own_selector() {
    // [2-8]
    let mut sim = Sim::new(1);
    let claim = json!({"volumeName": "pv", "selector": {"matchLabels": {"colour": "red"}}});
    sim.create([pv("pv", json!({})), pvc("data", claim)]);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s021_a_claim_that_names_a_volume_that_will_not_do_says_why() {
    // [2-9, 2-10, 2-11, 2-12]
    let cases = [
        (
            json!({}),
            json!({"resources": {"requests": {"storage": "5Gi"}}}),
            "requested PV is too small",
        ),
        (
            json!({"storageClassName": "gold"}),
            json!({}),
            "storageClassName does not match",
        ),
        (
            json!({"volumeAttributesClassName": "fast", "nfs": null, "csi": {"driver": "d", "volumeHandle": "h"}}),
            json!({}),
            "volumeAttributesClassName does not match",
        ),
        (
            json!({"volumeMode": "Block"}),
            json!({}),
            "incompatible volumeMode",
        ),
        (
            json!({"accessModes": ["ReadOnlyMany"]}),
            json!({}),
            "incompatible accessMode",
        ),
    ];
    for (volume, claim, why) in cases {
        let mut sim = Sim::new(1);
        let claim = over(claim, &json!({"volumeName": "pv"}));
        sim.create([pv("pv", volume), pvc("data", claim)]).secs(20);
        assert_phases(&sim, "data", "pv", ("Pending", "Available"));
        let text = format!("Warning VolumeMismatch Cannot bind to requested volume \"pv\": {why}");
        assert_eq!(sim.events("pvc/data"), [text]);
    }
    let mut sim = Sim::new(1);
    let fast = json!({"volumeAttributesClassName": "fast"});
    let claim = over(fast.clone(), &json!({"volumeName": "pv"}));
    let csi = json!({"nfs": null, "csi": {"driver": "d", "volumeHandle": "h"}});
    sim.create([pv("pv", over(fast, &csi)), pvc("data", claim)]);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s022_a_claim_whose_volume_is_torn_away_is_lost() {
    // [3-2]
    let mut sim = bound();
    sim.patch("pv/pv", json!({"metadata": {"finalizers": null}}));
    sim.k("delete pv pv --wait=false");
    sim.secs(16);
    assert_eq!(sim.get("pvc/data", "status.phase"), "Lost");
    let text =
        "Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    assert_eq!(sim.events("pvc/data"), [text]);
    // It comes back usable: the claim too.
    sim.create([pv("pv", json!({}))]).secs(16);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s023_a_reference_that_is_taken_away_is_put_back_but_not_one_that_lost_its_uid() {
    // [3-3, 3-5]
    let mut sim = bound();
    sim.patch("pv/pv", json!({"spec": {"claimRef": null}}));
    sim.secs(16);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    assert_eq!(
        sim.get("pv/pv", "spec.claimRef.uid"),
        sim.get("pvc/data", "metadata.uid")
    );
    // [3-4] Who is named without a uid is not this claim: `syncBoundClaim` compares the uid alone.
    sim.patch("pv/pv", json!({"spec": {"claimRef": {"uid": null}}}));
    sim.secs(16);
    assert_phases(&sim, "data", "pv", ("Lost", "Available"));
    let text = "Warning ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly";
    assert_eq!(sim.events("pvc/data"), [text]);
}

#[test]
fn s024_a_claim_whose_volume_belongs_to_another_is_lost_and_a_selector_does_not_matter_any_more() {
    // [3-6, 3-7]
    let mut sim = bound();
    let other = json!({"name": "other", "uid": "11111111-1111-1111-1111-111111111111"});
    sim.patch("pv/pv", json!({"spec": {"claimRef": other}}));
    sim.secs(16);
    assert_eq!(sim.get("pvc/data", "status.phase"), "Lost");
    let text = "Warning ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly";
    assert_eq!(sim.events("pvc/data"), [text]);

    let mut sim = Sim::new(1);
    let volume = over(
        pv("pv", json!({})),
        &json!({"metadata": {"labels": {"colour": "red"}}}),
    );
    sim.create([
        volume,
        pvc(
            "data",
            json!({"selector": {"matchLabels": {"colour": "red"}}}),
        ),
    ]);
    sim.patch("pv/pv", json!({"metadata": {"labels": {"colour": "blue"}}}));
    sim.secs(30);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s025_a_new_volume_is_available_reserved_or_not() {
    // [4-1, 4-2]
    let mut sim = Sim::new(1);
    sim.create([pv("free", json!({})), reserved("kept", "data", "")]);
    for volume in ["pv/free", "pv/kept"] {
        assert_eq!(sim.get(volume, "status.phase"), "Available");
    }
}

#[test]
fn s026_a_volume_whose_claim_is_gone_is_not_given_to_its_namesake() {
    // [4-3, 4-4]
    let mut sim = bound();
    sim.k("delete pvc data --wait=false");
    sim.secs(1);
    assert_eq!(sim.get("pv/pv", "status.phase"), "Released");
    sim.create([pvc("data", json!({}))]).secs(30);
    assert_phases(&sim, "data", "pv", ("Pending", "Released"));
}

#[test]
fn s027_s030_a_made_volume_is_bound_to_its_claim_or_released_and_deleted_when_that_has_another_or_is_not_there()
 {
    // [4-5, 4-6, 4-9, 4-10]
    let mut sim = bound();
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    let made = json!({"metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": "disk.ordinal.dev"}}, "spec": {"persistentVolumeReclaimPolicy": "Delete"}});
    let of_data = reserved("spare", "data", &sim.get("pvc/data", "metadata.uid"));
    let of_nobody = reserved("orphan", "nobody", "11111111-1111-1111-1111-111111111111");
    sim.create([over(of_data, &made), over(of_nobody, &made)])
        .secs(30);
    for volume in ["spare", "orphan"] {
        assert!(!sim.times(&format!("pv/{volume} released")).is_empty());
        assert!(!sim.is_there(&format!("pv/{volume}")));
    }
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s028_s029_a_volume_whose_claim_went_elsewhere_is_free_again_or_stays_reserved() {
    // [4-7, 4-8]
    let mut sim = bound();
    let uid = sim.get("pvc/data", "metadata.uid");
    let of = |name: &str, marks: Value| {
        over(
            reserved(name, "data", &uid),
            &json!({"metadata": {"annotations": marks}}),
        )
    };
    let by_controller = json!({"pv.kubernetes.io/bound-by-controller": "yes"});
    sim.create([of("chosen", by_controller), of("given", json!({}))])
        .secs(1);
    assert_eq!(sim.get("pv/chosen", "status.phase"), "Available");
    assert_eq!(sim.value("pv/chosen", "spec.claimRef"), Value::Null);
    assert_eq!(sim.get("pv/given", "status.phase"), "Available");
    assert_eq!(sim.get("pv/given", "spec.claimRef.name"), "data");
    assert_eq!(sim.value("pv/given", "spec.claimRef.uid"), Value::Null);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s031_s032_a_released_volume_is_free_when_the_whole_reference_goes_and_reserved_when_only_its_uid_does()
 {
    for (cleared, next) in [(json!(null), "other"), (json!({"uid": null}), "data")] {
        let mut sim = bound();
        sim.k("delete pvc data --wait=false");
        sim.secs(1);
        sim.create([pvc(next, json!({}))]).secs(20);
        assert_phases(&sim, next, "pv", ("Pending", "Released"));
        sim.patch("pv/pv", json!({"spec": {"claimRef": cleared}}));
        sim.ms(100);
        assert_eq!(sim.get("pv/pv", "status.phase"), "Available");
        sim.secs(15);
        assert_phases(&sim, next, "pv", ("Bound", "Bound"));
    }
}

#[test]
fn s033_the_policy_at_the_end_counts() {
    let mut sim = Sim::new(1);
    sim.create([
        pvc("data", json!({"storageClassName": "standard"})),
        pod("p", &["data"], json!({})),
    ]);
    sim.secs(30);
    let volume = sim.get("pvc/data", "spec.volumeName");
    sim.patch(
        &format!("pv/{volume}"),
        json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}),
    );
    sim.k("delete pod p --wait=false");
    sim.k("delete pvc data --wait=false");
    sim.secs(60);
    assert!(!sim.is_there("pvc/data"));
    assert_eq!(sim.get(&format!("pv/{volume}"), "status.phase"), "Released");
}
