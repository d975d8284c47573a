//! Volumes are made, given back, protected and enlarged. Numbers in brackets are those of upstream's tests.

use serde_json::{Value, json};

use super::{Sim, class, over, pod, pv, pvc, set};

/// The driver of the simulated disks.
pub(super) const DRIVER: &str = "disk.ordinal.dev";

fn standard(name: &str) -> Value {
    pvc(name, json!({"storageClassName": "standard"}))
}

/// A Pod that runs with a made volume of 1Gi.
pub(super) fn running() -> Sim {
    let mut sim = Sim::new(2);
    sim.create([standard("data"), pod("p", &["data"], json!({}))])
        .secs(30);
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    sim
}

#[test]
fn s034_a_recycled_volume_is_available_again_once_no_pod_uses_it() {
    // [6-1, 6-10]
    let mut sim = Sim::new(1);
    sim.create([
        pv("pv", json!({"persistentVolumeReclaimPolicy": "Recycle"})),
        pvc("data", json!({})),
    ]);
    sim.k("delete pvc data --wait=false");
    sim.secs(30);
    assert_eq!(sim.get("pv/pv", "status.phase"), "Available");
    assert_eq!(sim.value("pv/pv", "spec.claimRef"), Value::Null);
    assert_eq!(
        sim.told("pv/pv", "VolumeRecycled"),
        ["Normal Volume recycled"]
    );
}

#[test]
fn s035_a_made_volume_goes_with_its_claim() {
    // [8-1]
    let mut sim = running();
    sim.k("delete pod p --wait=false");
    sim.k("delete pvc data --wait=false");
    sim.secs(60);
    assert_eq!(sim.names("pv"), Vec::<String>::new());
}

#[test]
fn s035_a_volume_that_an_external_driver_made_is_left_to_it() {
    // [8-8]
    let mut sim = Sim::new(1);
    let marks = json!({"metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": "other.example.com"}}});
    let volume = over(
        pv("pv", json!({"persistentVolumeReclaimPolicy": "Delete"})),
        &marks,
    );
    sim.create([volume, pvc("data", json!({}))]);
    sim.k("delete pvc data --wait=false");
    sim.secs(60);
    // The controller only says that it is released; the driver deletes it.
    let (released, deleted) = (sim.at("pv/pv released"), sim.at("pv/pv deletion-requested"));
    assert!(released < deleted, "{released} {deleted}");
    assert_eq!(sim.events("pv/pv"), Vec::<String>::new());
}

#[test]
fn s036_a_static_volume_that_cannot_be_deleted_is_failed_and_says_why() {
    let cases = [
        (
            json!({"nfs": null, "hostPath": {"path": "/data"}}),
            "host_path deleter only supports /tmp/.+ but received provided /data",
        ),
        (
            json!({}),
            "error getting deleter volume plugin for volume \"pv\": no deletable volume plugin matched",
        ),
    ];
    for (source, why) in cases {
        let mut sim = Sim::new(1);
        let spec = over(source, &json!({"persistentVolumeReclaimPolicy": "Delete"}));
        sim.create([pv("pv", spec), pvc("data", json!({}))]);
        sim.k("delete pvc data --wait=false");
        sim.secs(2);
        assert_eq!(sim.get("pv/pv", "status.phase"), "Failed");
        assert_eq!(sim.get("pv/pv", "status.message"), why);
        assert_eq!(
            sim.told("pv/pv", "VolumeFailedDelete"),
            [format!("Warning {why}")]
        );
    }
}

#[test]
fn s038_the_class_says_who_makes_the_volume_and_it_is_named_after_the_claim() {
    // [11-1, 11-17]
    let mut sim = Sim::new(1);
    sim.create([
        class("fast", DRIVER, false),
        pvc("data", json!({"storageClassName": "fast"})),
    ]);
    for key in [
        "volume.kubernetes.io/storage-provisioner",
        "volume.beta.kubernetes.io/storage-provisioner",
    ] {
        assert_eq!(sim.value("pvc/data", "metadata.annotations")[key], DRIVER);
    }
    let text = format!(
        "Normal Waiting for a volume to be created either by the external provisioner '{DRIVER}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    assert_eq!(sim.told("pvc/data", "ExternalProvisioning"), [text]);
    sim.secs(10);
    let volume = format!("pvc-{}", sim.get("pvc/data", "metadata.uid"));
    assert_eq!(sim.get("pvc/data", "spec.volumeName"), volume);
    assert_eq!(
        sim.told("pvc/data", "ProvisioningSucceeded"),
        [format!("Normal Successfully provisioned volume {volume}")]
    );
    assert_eq!(
        sim.value(&format!("pv/{volume}"), "metadata.annotations")["pv.kubernetes.io/provisioned-by"],
        DRIVER
    );
}

#[test]
fn s038_without_its_class_or_with_an_empty_one_nothing_is_made() {
    // [11-14, 11-15, 11-6]
    let mut sim = Sim::new(1);
    sim.create([
        pvc("missing", json!({"storageClassName": "gold"})),
        pvc("none", json!({"storageClassName": ""})),
    ]);
    assert_eq!(
        sim.events("pvc/missing"),
        ["Warning ProvisioningFailed storageclass.storage.k8s.io \"gold\" not found"]
    );
    sim.secs(60);
    assert_eq!(sim.names("pv"), Vec::<String>::new());
    sim.create([
        class("fast", DRIVER, false),
        pv("pv", json!({"storageClassName": "fast"})),
    ]);
    sim.create([pvc("data", json!({"storageClassName": "fast"}))])
        .secs(30);
    assert_eq!(
        sim.get("pvc/data", "spec.volumeName"),
        "pv",
        "one that is there is used"
    );
    assert_eq!(sim.names("pv"), ["pv"]);
}

#[test]
fn s039_an_immediate_class_without_provisioner_finds_no_plugin() {
    let mut sim = Sim::new(1);
    sim.create([
        class("manual", "kubernetes.io/no-provisioner", false),
        pvc("data", json!({})),
    ]);
    assert_eq!(
        sim.events("pvc/data"),
        ["Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner"]
    );
}

#[test]
fn s043_a_claim_without_class_takes_the_default_class_that_comes_later_and_others_do_not() {
    // [15-1 to 15-7]
    let mut sim = Sim::new(1);
    sim.patch(
        "storageclass/standard",
        json!({"metadata": {"annotations": null}}),
    );
    let without = pvc("late", json!({"storageClassName": null}));
    sim.create([
        without,
        pvc("empty", json!({"storageClassName": ""})),
        pvc("other", json!({"storageClassName": "gold"})),
    ]);
    sim.create([
        pv("pv", json!({"storageClassName": ""})),
        pvc("bound", json!({"storageClassName": null})),
    ]);
    sim.secs(20);
    let default = json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    sim.create([over(class("new", DRIVER, true), &default)])
        .secs(20);
    let class_of = |claim: &str| sim.value(&format!("pvc/{claim}"), "spec.storageClassName");
    assert_eq!(class_of("empty"), "");
    assert_eq!(class_of("other"), "gold");
    let waiting = if sim.get("pvc/late", "status.phase") == "Bound" {
        "bound"
    } else {
        "late"
    };
    assert_eq!(class_of(waiting), "new");
}

#[test]
fn s044_of_two_default_classes_the_newest_is_given() {
    let mut sim = Sim::new(1);
    let default = json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    sim.secs(2)
        .create([over(class("newer", DRIVER, true), &default)]);
    sim.create([pvc("data", json!({"storageClassName": null}))]);
    assert_eq!(sim.get("pvc/data", "spec.storageClassName"), "newer");
}

#[test]
fn s047_a_pod_of_a_set_finds_its_claim_again_wherever_it_comes_to_run() {
    let mut sim = Sim::new(2);
    sim.create([set(1, true, json!({}))]).secs(30);
    let (first, volume) = (
        sim.nodes(&["web-0"]),
        sim.get("pvc/www-web-0", "spec.volumeName"),
    );
    sim.k(&format!("cordon {}", first[0]));
    sim.k("delete pod web-0 --wait=false");
    sim.secs(60);
    assert_ne!(sim.nodes(&["web-0"]), first);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
    assert_eq!(sim.get("pvc/www-web-0", "spec.volumeName"), volume);
}

#[test]
fn s048_a_claim_is_protected_by_every_pod_that_has_a_node_ended_or_not() {
    let mut sim = running();
    sim.create([standard("unused")]);
    sim.k("delete pvc unused data --wait=false");
    sim.secs(1);
    assert!(!sim.is_there("pvc/unused"));
    assert!(sim.k("get pvc data").contains("Terminating"));
    assert_eq!(sim.get("pvc/data", "status.phase"), "Bound");
    sim.patch_status("pod/p", json!({"phase": "Succeeded"}));
    sim.secs(30);
    assert!(sim.is_there("pvc/data"), "an ended Pod protects it too");
    sim.k("delete pod p --force --grace-period=0");
    sim.secs(1);
    assert!(!sim.is_there("pvc/data"));
}

#[test]
fn s049_a_pod_does_not_get_a_node_with_a_claim_that_is_going() {
    let mut sim = running();
    sim.k("delete pvc data --wait=false");
    sim.create([pod("late", &["data"], json!({}))]);
    let (_, reason, message) = sim.condition("pod/late", "PodScheduled");
    assert_eq!(reason, "Unschedulable");
    assert_eq!(
        message,
        "0/2 nodes are available: persistentvolumeclaim \"data\" is being deleted. not found"
    );
}

#[test]
fn s054_retention_makes_claims_go_with_the_set_or_with_the_pod() {
    for (policy, left) in [
        (
            json!({"whenDeleted": "Delete", "whenScaled": "Retain"}),
            [true, false],
        ),
        (
            json!({"whenDeleted": "Retain", "whenScaled": "Delete"}),
            [false, true],
        ),
    ] {
        let mut sim = Sim::new(2);
        sim.create([set(
            2,
            true,
            json!({"persistentVolumeClaimRetentionPolicy": policy}),
        )])
        .secs(60);
        sim.k("scale sts web --replicas=1");
        sim.secs(60);
        assert_eq!(sim.is_there("pvc/www-web-1"), left[0], "{policy}");
        sim.k("delete sts web --wait=false");
        sim.secs(60);
        assert_eq!(sim.is_there("pvc/www-web-0"), left[1], "{policy}");
    }
}
