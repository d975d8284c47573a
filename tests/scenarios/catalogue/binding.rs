//! Claims and volumes find each other. Numbers in brackets are those of upstream's tests.

use serde_json::{Value, json};

use super::pairs::{assert_phases, bound, reserved};
use super::{Sim, class, over, pod, pv, pvc, set};

const FREE: &str = "Normal FailedBinding no persistent volumes available for this claim and no storage class is set";

#[test]
fn s001_what_fits_is_bound_and_marked_on_both_sides() {
    // [1-1]
    let sim = bound();
    let marks = |what: &str| sim.value(what, "metadata.annotations");
    assert_eq!(
        marks("pvc/data"),
        json!({"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"})
    );
    assert_eq!(
        marks("pv/pv"),
        json!({"pv.kubernetes.io/bound-by-controller": "yes"})
    );
    assert_eq!(
        sim.get("pv/pv", "spec.claimRef.uid"),
        sim.get("pvc/data", "metadata.uid")
    );
}

#[test]
fn s002_s003_a_claim_without_class_or_volume_is_pending_and_says_so() {
    // [1-2, 1-3]
    let mut sim = Sim::new(1);
    sim.create([pvc("data", json!({"storageClassName": ""}))]);
    assert_eq!(sim.get("pvc/data", "status.phase"), "Pending");
    assert_eq!(sim.events("pvc/data"), [FREE]);
}

#[test]
fn s004_the_smallest_volume_that_is_large_enough_is_chosen() {
    // [1-4]
    let mut sim = Sim::new(1);
    let large = pv("a-large", json!({"capacity": {"storage": "10Gi"}}));
    sim.create([large, pv("b-small", json!({})), pvc("data", json!({}))]);
    assert_eq!(sim.get("pvc/data", "spec.volumeName"), "b-small");
}

#[test]
fn s005_a_volume_with_fewer_modes_comes_before_a_smaller_one() {
    let mut sim = Sim::new(1);
    let both =
        json!({"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce", "ReadWriteMany"]});
    let once = pv("once", json!({"capacity": {"storage": "10Gi"}}));
    sim.create([pv("both", both), once, pvc("data", json!({}))]);
    assert_eq!(sim.get("pvc/data", "spec.volumeName"), "once");
}

#[test]
fn s006_s012_a_volume_reserved_by_name_is_taken_whatever_the_binding_mode() {
    // [1-5, 1-14]
    for waits in [false, true] {
        let mut sim = Sim::new(1);
        sim.create([
            class("manual", "kubernetes.io/no-provisioner", waits),
            reserved("pv", "data", ""),
        ]);
        assert_eq!(sim.get("pv/pv", "status.phase"), "Available");
        sim.create([pvc("data", json!({}))]);
        assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
        assert_eq!(
            sim.get("pv/pv", "spec.claimRef.uid"),
            sim.get("pvc/data", "metadata.uid")
        );
        assert_eq!(
            sim.value("pv/pv", "metadata.annotations"),
            Value::Null,
            "the user reserved it"
        );
    }
}

#[test]
fn s007_a_volume_reserved_for_another_uid_is_released_and_the_claim_waits() {
    // [1-7]
    let mut sim = Sim::new(1);
    let stranger = "11111111-1111-1111-1111-111111111111";
    sim.create([
        reserved("pv", "data", stranger),
        pvc("data", json!({"storageClassName": ""})),
    ]);
    sim.secs(20);
    assert_phases(&sim, "data", "pv", ("Pending", "Released"));
}

#[test]
fn s007_a_volume_reserved_for_the_claims_own_uid_is_bound() {
    // [1-6]
    let mut sim = Sim::new(1);
    sim.create([pvc("data", json!({"storageClassName": ""}))]);
    let uid = sim.get("pvc/data", "metadata.uid");
    let volume = over(
        reserved("pv", "data", &uid),
        &json!({"spec": {"storageClassName": ""}}),
    );
    sim.create([volume]).secs(20);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
}

#[test]
fn s008_a_bind_that_broke_off_after_any_of_its_writes_is_finished() {
    // [1-8, 1-9, 1-10]
    let by_controller =
        json!({"metadata": {"annotations": {"pv.kubernetes.io/bound-by-controller": "yes"}}});
    for writes in 1..=3 {
        let mut sim = Sim::new(1);
        // Nothing runs while the state of the crash is set up.
        sim.try_create(pvc("data", json!({}))).expect("a claim");
        let uid = sim.get("pvc/data", "metadata.uid");
        sim.try_create(over(reserved("pv", "data", &uid), &by_controller))
            .expect("a volume");
        if writes >= 2 {
            sim.patch_status("pv/pv", json!({"phase": "Bound"}));
        }
        if writes >= 3 {
            let marks = json!({"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"});
            sim.patch(
                "pvc/data",
                json!({"metadata": {"annotations": marks}, "spec": {"volumeName": "pv"}}),
            );
        }
        sim.ms(100);
        assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
        assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "1Gi");
        assert_eq!(
            sim.value("pvc/data", "metadata.annotations")["pv.kubernetes.io/bind-completed"],
            "yes"
        );
    }
}

#[test]
fn s009_a_selector_is_obeyed() {
    // [1-11, 1-12]
    for (colour, wanted) in [("red", "Bound"), ("blue", "Pending")] {
        let mut sim = Sim::new(1);
        let volume = over(
            pv("pv", json!({})),
            &json!({"metadata": {"labels": {"colour": colour}}}),
        );
        let claim = pvc(
            "data",
            json!({"selector": {"matchLabels": {"colour": "red"}}}),
        );
        sim.create([volume, claim]);
        assert_eq!(sim.get("pvc/data", "status.phase"), wanted, "{colour}");
    }
}

#[test]
fn s010_a_claim_of_a_waiting_class_is_not_bound_before_there_is_a_consumer() {
    // [1-13]
    let mut sim = Sim::new(1);
    sim.create([
        class("manual", "kubernetes.io/no-provisioner", true),
        pv("pv", json!({})),
        pvc("data", json!({})),
    ]);
    sim.secs(60);
    assert_phases(&sim, "data", "pv", ("Pending", "Available"));
    assert_eq!(
        sim.events("pvc/data"),
        ["Normal WaitForFirstConsumer waiting for first consumer to be created before binding"]
    );
}

#[test]
fn s011_a_claim_tells_which_pods_it_waits_for() {
    let mut sim = Sim::new(1);
    let nowhere = json!({"nodeSelector": {"disk": "none"}});
    sim.create([
        class("manual", "kubernetes.io/no-provisioner", true),
        pvc("data", json!({})),
    ]);
    sim.create([pod("p1", &["data"], nowhere.clone())]).secs(16);
    sim.create([pod("p2", &["data"], nowhere)]).secs(16);
    assert_eq!(
        sim.told("pvc/data", "WaitForPodScheduled"),
        [
            "Normal waiting for pod p1 to be scheduled",
            "Normal waiting for pods p1,p2 to be scheduled"
        ]
    );
}

#[test]
fn s013_a_claim_that_names_its_volume_is_bound_at_once_whatever_the_binding_mode() {
    // [1-15, 1-16]
    for waits in [false, true] {
        let mut sim = Sim::new(1);
        sim.create([
            class("manual", "kubernetes.io/no-provisioner", waits),
            pv("pv", json!({})),
        ]);
        sim.create([pvc("data", json!({"volumeName": "pv"}))]);
        assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    }
}

#[test]
fn s014_a_released_volume_is_passed_over() {
    // [1-17]
    let mut sim = bound();
    sim.k("delete pvc data --wait=false");
    sim.ms(500);
    sim.create([pvc("next", json!({}))]).secs(20);
    assert_phases(&sim, "next", "pv", ("Pending", "Released"));
}

#[test]
fn s015_a_reserved_volume_is_used_before_one_is_made() {
    // [1-18]
    let mut sim = Sim::new(1);
    sim.create([
        class("manual", "disk.ordinal.dev", false),
        reserved("pv", "data", ""),
        pvc("data", json!({})),
    ]);
    sim.secs(30);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    assert_eq!(sim.names("pv"), ["pv"]);
}

#[test]
fn s037_of_two_claims_that_want_one_volume_one_waits() {
    // [10-2]
    let mut sim = Sim::new(1);
    sim.create([
        pv("pv", json!({})),
        pvc("a", json!({})),
        pvc("b", json!({})),
    ])
    .secs(30);
    assert_eq!(sim.get("pvc/a", "status.phase"), "Bound");
    assert_eq!(sim.get("pvc/b", "status.phase"), "Pending");
}

#[test]
fn s041_classes_are_equal_or_both_absent() {
    // [13-1 to 13-5]
    let cases = [
        ("gold", "gold", true),
        ("gold", "silver", false),
        ("", "", true),
        ("gold", "", false),
        ("", "gold", false),
    ];
    for (of_volume, of_claim, fits) in cases {
        let mut sim = Sim::new(1);
        let spec = |name: &str| json!({"storageClassName": name});
        sim.create([pv("pv", spec(of_volume)), pvc("data", spec(of_claim))]);
        let wanted = if fits { "Bound" } else { "Pending" };
        assert_eq!(
            sim.get("pvc/data", "status.phase"),
            wanted,
            "{of_volume:?} {of_claim:?}"
        );
    }
}

#[test]
fn s042_block_and_filesystem_do_not_fit_and_a_reserved_volume_says_so_on_both() {
    // [14]
    for (of_volume, of_claim) in [
        ("Block", "Filesystem"),
        ("Filesystem", "Block"),
        ("Block", "Block"),
    ] {
        let mut sim = Sim::new(1);
        let mode = |mode: &str| json!({"volumeMode": mode, "storageClassName": ""});
        sim.create([pvc("data", mode(of_claim))]);
        let uid = sim.get("pvc/data", "metadata.uid");
        let volume = over(
            reserved("pv", "data", &uid),
            &json!({"spec": mode(of_volume)}),
        );
        sim.create([volume]).secs(20);
        if of_volume == of_claim {
            assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
            continue;
        }
        assert_eq!(sim.get("pvc/data", "status.phase"), "Pending");
        assert_eq!(
            sim.told("pv/pv", "VolumeMismatch"),
            [
                "Warning Cannot bind PersistentVolume to requested PersistentVolumeClaim \"data\" due to incompatible volumeMode."
            ]
        );
        assert_eq!(
            sim.told("pvc/data", "VolumeMismatch"),
            [
                "Warning Cannot bind PersistentVolume \"pv\" to requested PersistentVolumeClaim due to incompatible volumeMode."
            ]
        );
    }
}

#[test]
fn s045_as_many_are_bound_as_there_are_volumes() {
    for (volumes, claims) in [(2, 4), (3, 3), (4, 2)] {
        let mut sim = Sim::new(1);
        for n in 0..volumes {
            sim.create([pv(&format!("pv{n}"), json!({}))]);
        }
        for n in 0..claims {
            sim.create([pvc(&format!("c{n}"), json!({}))]);
        }
        sim.secs(30);
        let count = |kind: &str, phase: &str| {
            let names = sim.names(kind);
            names
                .iter()
                .filter(|name| sim.get(&format!("{kind}/{name}"), "status.phase") == phase)
                .count()
        };
        let most = volumes.min(claims);
        assert_eq!(
            (count("pvc", "Bound"), count("pvc", "Pending")),
            (most, claims - most)
        );
        assert_eq!(
            (count("pv", "Bound"), count("pv", "Available")),
            (most, volumes - most)
        );
    }
}

#[test]
fn s046_each_change_of_phase_leaves_its_time() {
    let mut sim = Sim::new(1);
    sim.create([pv("pv", json!({}))]);
    let time = |sim: &Sim| sim.get("pv/pv", "status.lastPhaseTransitionTime");
    let first = time(&sim);
    assert!(!first.is_empty());
    sim.secs(10).create([pvc("data", json!({}))]);
    let second = time(&sim);
    sim.secs(10);
    sim.k("delete pvc data --wait=false");
    sim.secs(2);
    assert_eq!(sim.get("pv/pv", "status.phase"), "Released");
    let third = time(&sim);
    assert!(first < second && second < third, "{first} {second} {third}");
}

#[test]
fn s050_a_volume_that_is_deleted_goes_at_once_unless_it_is_bound() {
    let mut sim = bound();
    sim.create([pv("free", json!({}))]);
    sim.k("delete pv free pv --wait=false");
    sim.secs(1);
    assert!(!sim.is_there("pv/free"));
    assert!(sim.k("get pv pv").contains("Terminating"));
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    sim.k("delete pvc data --wait=false");
    sim.secs(1);
    assert!(!sim.is_there("pv/pv"));
}

#[test]
fn s051_one_pod_alone_is_not_to_be_had_beside_other_modes() {
    let mut sim = Sim::new(1);
    let both = json!({"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]});
    let why = sim
        .try_create(pvc("data", both))
        .expect_err("it is refused");
    assert!(
        why.contains("may not use ReadWriteOncePod with other access modes"),
        "{why}"
    );
}

#[test]
fn s053_a_claim_that_is_missing_is_made_again_while_its_pod_is_pending() {
    let mut sim = Sim::new(1);
    sim.k("cordon n1");
    sim.create([set(1, true, json!({}))]).secs(5);
    let first = sim.get("pvc/www-web-0", "metadata.uid");
    sim.k("delete pvc www-web-0 --wait=false");
    sim.secs(5);
    assert!(
        !sim.is_there("pvc/www-web-0"),
        "a Pod without a node protects nothing"
    );
    sim.k("uncordon n1");
    sim.secs(60);
    let second = sim.get("pvc/www-web-0", "metadata.uid");
    assert!(!second.is_empty() && first != second, "{first} {second}");
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
}
