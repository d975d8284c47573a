//! Claims and volumes in use, in small worlds.

use ordinal_api::{Kind, Value};
use serde_json::json;

use crate::apiserver::DeleteOptions;
use crate::lab::Lab;

const CLAIM: Kind = Kind::PersistentVolumeClaim;

fn claim() -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "standard", "resources": {"requests": {"storage": "1Gi"}}},
    })
}

fn pod(name: &str, spec: Value) -> Value {
    let mut spec = spec;
    spec["containers"] = json!([{"name": "c", "image": "i"}]);
    spec["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

fn force() -> DeleteOptions {
    DeleteOptions {
        grace_secs: Some(0),
        ..DeleteOptions::default()
    }
}

#[test]
fn an_unused_claim_goes_at_once() {
    let mut lab = Lab::with_nodes(1);
    lab.create(claim());
    lab.run_ms(100);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(20);
    assert_eq!(lab.claim_phase("data"), "gone");
}

#[test]
fn a_claim_in_use_stays_until_its_pods_object_is_gone() {
    let mut lab = Lab::with_nodes(1);
    lab.create(claim());
    lab.create(pod("user", json!({})));
    lab.run_ms(5000);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(60_000);
    assert_eq!(
        lab.claim_phase("data"),
        "Bound",
        "its status says nothing of its deletion"
    );
    assert!(
        lab.get(CLAIM, "data")
            .expect("it is there")
            .meta
            .is_deleting()
    );
    lab.delete(Kind::Pod, "user", force());
    lab.run_ms(20);
    assert_eq!(lab.claim_phase("data"), "gone");
}

#[test]
fn a_pod_without_a_node_protects_nothing_and_then_misses_its_claim() {
    let mut lab = Lab::with_nodes(1);
    lab.create(claim());
    lab.create(pod("waiting", json!({"nodeSelector": {"no": "such"}})));
    lab.run_ms(1000);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.run_ms(20);
    assert_eq!(lab.claim_phase("data"), "gone");
}

#[test]
fn a_new_pod_waits_for_a_claim_that_is_going_and_then_for_one_that_is_gone() {
    let mut lab = Lab::with_nodes(1);
    lab.create(claim());
    lab.create(pod("user", json!({})));
    lab.run_ms(5000);
    lab.delete(CLAIM, "data", DeleteOptions::default());
    lab.create(pod("late", json!({})));
    lab.run_ms(1000);
    let says = |what: &str| {
        format!(
            "FailedScheduling: 0/1 nodes are available: persistentvolumeclaim \"data\" {what}. not found"
        )
    };
    assert_eq!(lab.events(Kind::Pod, "late"), [says("is being deleted")]);
    lab.delete(Kind::Pod, "user", force());
    lab.run_ms(1000);
    assert_eq!(lab.claim_phase("data"), "gone");
    assert_eq!(
        lab.events(Kind::Pod, "late"),
        [says("is being deleted"), says("not found")]
    );
}

#[test]
fn a_volume_that_nobody_uses_goes_at_once() {
    let mut lab = Lab::with_nodes(1);
    lab.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "nfs": {"server": "s", "path": "/"}},
    }));
    lab.run_ms(100);
    lab.delete(Kind::PersistentVolume, "pv", DeleteOptions::default());
    lab.run_ms(20);
    assert_eq!(lab.volume_phase("pv"), "gone");
}
