//! Claims that grow.

use serde_json::{Value, json};

use super::provisioning::{DRIVER, running};
use super::{Sim, class, pod, pvc, set};

fn grow(sim: &mut Sim, claim: &str, size: &str) -> Result<(), String> {
    sim.try_patch(
        &format!("pvc/{claim}"),
        json!({"spec": {"resources": {"requests": {"storage": size}}}}),
        "",
    )
}

#[test]
fn s052_a_claim_in_use_grows_first_at_the_driver_then_at_its_node() {
    let mut sim = running();
    let volume = sim.get("pvc/data", "spec.volumeName");
    let node = sim.nodes(&["p"]).remove(0);
    grow(&mut sim, "data", "2Gi").expect("its class allows it");
    sim.ms(500);
    assert_eq!(sim.condition("pvc/data", "Resizing").0, "True");
    assert_eq!(
        sim.get("pvc/data", "status.allocatedResourceStatuses.storage"),
        "ControllerResizeInProgress"
    );
    assert_eq!(
        sim.get("pvc/data", "status.allocatedResources.storage"),
        "2Gi"
    );
    assert_eq!(
        sim.told("pvc/data", "ExternalExpanding"),
        ["Normal waiting for an external controller to expand this PVC"]
    );
    assert_eq!(
        sim.told("pvc/data", "Resizing"),
        [format!(
            "Normal External resizer is resizing volume {volume}"
        )]
    );
    sim.secs(5);
    assert_eq!(
        sim.get(&format!("pv/{volume}"), "spec.capacity.storage"),
        "2Gi"
    );
    let (status, _, message) = sim.condition("pvc/data", "FileSystemResizePending");
    assert_eq!(status, "True");
    assert_eq!(
        message,
        "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
    );
    assert_eq!(
        sim.get("pvc/data", "status.allocatedResourceStatuses.storage"),
        "NodeResizePending"
    );
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "1Gi");
    assert_eq!(
        sim.told("pvc/data", "FileSystemResizeRequired"),
        ["Normal Require file system resize of volume on node"]
    );
    sim.secs(90);
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "2Gi");
    // Only that it is used is still said of it.
    let conditions = sim.value("pvc/data", "status.conditions");
    assert_eq!(conditions.as_array().map(Vec::len), Some(1));
    assert_eq!(conditions[0]["reason"], "PodUsingPVC");
    assert_eq!(
        sim.value("pvc/data", "status.allocatedResourceStatuses"),
        Value::Null
    );
    let text =
        format!("Normal MountVolume.NodeExpandVolume succeeded for volume \"{volume}\" {node}");
    for about in ["pvc/data", "pod/p"] {
        assert_eq!(
            sim.told(about, "FileSystemResizeSuccessful"),
            std::slice::from_ref(&text)
        );
    }
    let why = grow(&mut sim, "data", "1Gi").expect_err("it does not shrink");
    assert!(
        why.contains("field can not be less than status.capacity"),
        "{why}"
    );
}

#[test]
fn s052_without_a_pod_the_file_system_waits_for_the_next_one_and_a_lost_machine_for_its_return() {
    let mut sim = running();
    sim.k("delete pod p --wait=false");
    sim.secs(30);
    grow(&mut sim, "data", "3Gi").expect("its class allows it");
    sim.secs(600);
    assert_eq!(
        sim.condition("pvc/data", "FileSystemResizePending").0,
        "True"
    );
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "1Gi");
    sim.create([pod("q", &["data"], json!({}))]).secs(30);
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "3Gi");

    let mut sim = running();
    let node = sim.nodes(&["p"]).remove(0);
    sim.fault(&format!("partition {node}"));
    grow(&mut sim, "data", "2Gi").expect("its class allows it");
    sim.secs(200);
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "1Gi");
    sim.fault(&format!("heal {node}"));
    sim.secs(90);
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "2Gi");
}

#[test]
fn s052_who_may_not_grow_is_told_why_and_a_request_may_be_taken_back_while_the_driver_is_silent() {
    let mut sim = Sim::new(1);
    sim.create([
        class("stiff", DRIVER, false),
        pvc("data", json!({"storageClassName": "stiff"})),
    ])
    .secs(10);
    let why = grow(&mut sim, "data", "2Gi").expect_err("its class does not allow it");
    assert!(why.ends_with("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"), "{why}");
    sim.create([pvc("free", json!({"storageClassName": ""}))]);
    let why = grow(&mut sim, "free", "2Gi").expect_err("it is not bound");
    assert!(why.contains("spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"), "{why}");

    let mut sim = running();
    sim.fault("provisioner-pause");
    grow(&mut sim, "data", "100Gi").expect("its class allows it");
    sim.secs(60);
    assert_eq!(
        sim.get("pvc/data", "status.allocatedResourceStatuses.storage"),
        "ControllerResizeInProgress"
    );
    grow(&mut sim, "data", "2Gi").expect("it is still more than there is");
    sim.fault("provisioner-resume");
    sim.secs(120);
    assert_eq!(sim.get("pvc/data", "status.capacity.storage"), "2Gi");
}

#[test]
fn s052_the_template_of_a_set_cannot_grow_and_its_claims_can_one_by_one() {
    let mut sim = Sim::new(2);
    sim.create([set(2, true, json!({}))]).secs(60);
    let mut templates = sim.value("sts/web", "spec.volumeClaimTemplates");
    templates[0]["spec"]["resources"]["requests"]["storage"] = "2Gi".into();
    let why = sim
        .try_patch(
            "sts/web",
            json!({"spec": {"volumeClaimTemplates": templates}}),
            "",
        )
        .expect_err("it is immutable");
    assert!(
        why.contains("spec.volumeClaimTemplates: Invalid value")
            && why.ends_with("field is immutable"),
        "{why}"
    );
    grow(&mut sim, "www-web-0", "2Gi").expect("its class allows it");
    sim.secs(90);
    assert_eq!(sim.get("pvc/www-web-0", "status.capacity.storage"), "2Gi");
    // One that is made later has the size of the template.
    sim.k("scale sts web --replicas=3");
    sim.secs(60);
    assert_eq!(sim.get("pvc/www-web-2", "status.capacity.storage"), "1Gi");
}
