//! Classes: volumes that are made, kept and deleted.

use ordinal_api::{Kind, Value};
use serde_json::json;

use super::{CLAIM, VOLUME, claim, lab_with, volume, with};
use crate::apiserver::DeleteOptions;
use crate::disk::Place;
use crate::lab::Lab;

fn class(name: &str, provisioner: &str) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "provisioner": provisioner,
    })
}

fn of_class(name: &str, class: &str) -> Value {
    with(claim(name, "1Gi"), "storageClassName", json!(class))
}

#[test]
fn a_made_volume_goes_with_its_claim_and_a_retained_one_stays_with_its_bytes() {
    let mut lab = lab_with(vec![class("now", "x.csi"), of_class("data", "now")]);
    lab.run_ms(2000);
    assert_eq!(lab.claim_phase("data"), "Bound");
    let name = lab
        .made_volume()
        .expect("a volume was made")
        .meta
        .name
        .to_string();
    let disk = lab
        .0
        .world()
        .store
        .id(VOLUME, "", &name)
        .expect("it has a handle");
    assert_eq!(lab.0.world().disks[&disk].place, Place::Network);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(100);
    assert_eq!(lab.volume_phase(&name), "Released");
    lab.run_ms(2000);
    assert_eq!(lab.volume_phase(&name), "gone");
    assert!(lab.0.world().disks[&disk].erased);

    // A claim that is deleted after its volume's policy was changed.
    let mut lab = lab_with(vec![class("now", "x.csi"), of_class("data", "now")]);
    lab.run_ms(2000);
    let name = lab
        .made_volume()
        .expect("a volume was made")
        .meta
        .name
        .to_string();
    lab.patch(
        VOLUME,
        &name,
        json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}),
    );
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(5000);
    assert_eq!(lab.volume_phase(&name), "Released");
    assert!(lab.0.world().disks.values().all(|disk| !disk.erased));
}

#[test]
fn nothing_is_made_while_the_provisioner_is_paused() {
    let mut lab = lab_with(vec![class("now", "x.csi")]);
    crate::storage::set_provisioner_paused(lab.0.world_mut(), true);
    lab.create(of_class("data", "now"));
    lab.run_ms(20_000);
    assert_eq!(lab.claim_phase("data"), "Pending");
    crate::storage::set_provisioner_paused(lab.0.world_mut(), false);
    lab.run_ms(2000);
    assert_eq!(lab.claim_phase("data"), "Bound");
}

#[test]
fn where_a_made_volume_is_follows_from_its_driver() {
    let made = |provisioner: &str, mode: &str| {
        let mut waits = class("c", provisioner);
        waits["volumeBindingMode"] = json!("WaitForFirstConsumer");
        let claim = with(of_class("data", "c"), "accessModes", json!([mode]));
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]},
        });
        let mut lab = lab_with(vec![waits, claim, pod]);
        lab.run_ms(3000);
        let Some(volume) = lab.made_volume() else {
            return (None, Value::Null);
        };
        let id = lab
            .0
            .world()
            .store
            .id(VOLUME, "", &volume.meta.name)
            .expect("it has a handle");
        let key = &volume.to_value()["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"]
            [0]["key"];
        (Some(lab.0.world().disks[&id].place.clone()), key.clone())
    };
    assert_eq!(
        made("ebs.csi.aws.com", "ReadWriteOnce"),
        (Some(Place::Network), json!("topology.kubernetes.io/zone"))
    );
    assert_eq!(
        made("kubernetes.io/aws-ebs", "ReadWriteOnce").0,
        Some(Place::Network)
    );
    assert_eq!(
        made("efs.csi.aws.com", "ReadWriteMany"),
        (Some(Place::Share), Value::Null)
    );
    let (place, key) = made("rancher.io/local-path", "ReadWriteOnce");
    assert!(matches!(place, Some(Place::Machine(Some(_)))), "{place:?}");
    assert_eq!(key, "kubernetes.io/hostname");
    assert_eq!(
        made("ebs.csi.aws.com", "ReadWriteMany"),
        (None, Value::Null)
    );
}

#[test]
fn a_class_without_a_provisioner_of_its_own_makes_nothing() {
    // [11-2]
    let lab = lab_with(vec![
        class("none", "kubernetes.io/no-provisioner"),
        of_class("data", "none"),
    ]);
    let text = "ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner";
    assert_eq!(lab.events(CLAIM, "data"), [text]);
}

#[test]
fn a_static_volume_that_cannot_be_deleted_is_failed() {
    let delete = json!("Delete");
    let nfs = with(
        volume("pv", "1Gi", &["ReadWriteOnce"]),
        "persistentVolumeReclaimPolicy",
        delete.clone(),
    );
    let mut host = with(
        with(
            volume("pv", "1Gi", &["ReadWriteOnce"]),
            "persistentVolumeReclaimPolicy",
            delete,
        ),
        "hostPath",
        json!({"path": "/data"}),
    );
    host["spec"].as_object_mut().expect("a map").remove("nfs");
    let cases = [
        (
            nfs,
            "VolumeFailedDelete: error getting deleter volume plugin for volume \"pv\": no deletable volume plugin matched",
        ),
        (
            host,
            "VolumeFailedDelete: host_path deleter only supports /tmp/.+ but received provided /data",
        ),
    ];
    for (volume, text) in cases {
        let mut lab = lab_with(vec![volume, claim("data", "1Gi")]);
        lab.delete(CLAIM, "data", DeleteOptions::default());
        lab.run_ms(100);
        assert_eq!(
            (lab.volume_phase("pv"), lab.events(VOLUME, "pv")),
            ("Failed".into(), vec![text.to_owned()])
        );
    }
}

#[test]
fn a_claim_without_a_class_takes_the_default_class_that_appears_later() {
    // [15-3]
    let mut lab = Lab::with_nodes(1);
    lab.delete(Kind::StorageClass, "standard", DeleteOptions::default());
    let mut unclassed = claim("data", "1Gi");
    unclassed["spec"]
        .as_object_mut()
        .expect("a map")
        .remove("storageClassName");
    lab.create(unclassed);
    lab.create(of_class("static", ""));
    lab.run_ms(1000);
    let mut default = class("later", "x.csi");
    default["metadata"]["annotations"] =
        json!({"storageclass.kubernetes.io/is-default-class": "true"});
    lab.create(default);
    lab.run_ms(17_000);
    assert_eq!(
        (lab.claim_phase("data"), lab.claim_phase("static")),
        ("Bound".into(), "Pending".into())
    );
    let claim = lab.get(CLAIM, "data").expect("it is there");
    assert_eq!(
        claim
            .as_claim()
            .expect("a claim")
            .storage_class_name
            .as_deref(),
        Some("later")
    );
}

#[test]
fn a_claim_of_a_waiting_class_tells_which_pods_it_waits_for() {
    let mut lab = Lab::with_nodes(1);
    lab.create(of_class("data", "standard"));
    lab.run_ms(100);
    lab.create(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {
            "containers": [{"name": "c", "image": "i"}], "nodeSelector": {"no": "such"},
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],
        },
    }));
    lab.run_ms(15_000);
    let expected = [
        "WaitForFirstConsumer: waiting for first consumer to be created before binding",
        "WaitForPodScheduled: waiting for pod p to be scheduled",
    ];
    assert_eq!(lab.events(CLAIM, "data"), expected);
}
