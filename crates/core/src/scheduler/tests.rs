//! What the scheduler does, in small worlds.

use ordinal_api::{Kind, Value, condition};
use serde_json::json;

use crate::apiserver::DeleteOptions;
use crate::lab::Lab;
use crate::release::Release;

fn pod(name: &str, spec: Value) -> Value {
    let mut spec = spec;
    if spec.get("containers").is_none() {
        spec["containers"] = json!([{"name": "main", "image": "nginx"}]);
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec})
}

fn with_cpu(name: &str, cpu: &str) -> Value {
    pod(
        name,
        json!({"containers": [{"name": "main", "image": "nginx", "resources": {"requests": {"cpu": cpu}}}]}),
    )
}

fn claim(name: &str, class: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}},
    })
}

fn with_claim(name: &str, claim: &str) -> Value {
    pod(
        name,
        json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]}),
    )
}

fn message(lab: &Lab, pod: &str) -> String {
    let object = lab.get(Kind::Pod, pod).expect("the Pod is there");
    let conditions = &object.as_pod().expect("it is a Pod").status.conditions;
    condition::find(conditions, "PodScheduled")
        .map(|c| c.message.to_string())
        .unwrap_or_default()
}

#[test]
fn a_pod_gets_a_node_and_both_say_so() {
    let mut lab = Lab::with_nodes(1);
    lab.create(pod("web", json!({})));
    lab.run_ms(20);
    assert_eq!(lab.node_of("web"), "n1");
    assert_eq!(
        lab.events(Kind::Pod, "web")[0],
        "Scheduled: Successfully assigned default/web to n1"
    );
    let object = lab.get(Kind::Pod, "web").expect("it is there");
    assert!(condition::is_true(
        &object.as_pod().expect("a Pod").status.conditions,
        "PodScheduled"
    ));
    assert_eq!(object.meta.label("topology.kubernetes.io/zone"), Some("z1"));
}

#[test]
fn before_1_35_a_pod_does_not_get_the_labels_of_its_node() {
    let mut lab = Lab::of(1, Release::parse("1.34").expect("in range"));
    lab.create(pod("web", json!({})));
    lab.run_ms(20);
    assert_eq!(
        lab.get(Kind::Pod, "web")
            .expect("it is there")
            .meta
            .label("topology.kubernetes.io/zone"),
        None
    );
}

#[test]
fn replicas_of_a_stateful_set_go_one_to_a_node() {
    let mut lab = Lab::with_nodes(5);
    lab.create(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {
            "serviceName": "web", "replicas": 5, "podManagementPolicy": "Parallel", "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}},
        },
    }));
    lab.run_ms(5000);
    let mut nodes: Vec<_> = (0..5).map(|n| lab.node_of(&format!("web-{n}"))).collect();
    nodes.sort();
    assert_eq!(nodes, ["n1", "n2", "n3", "n4", "n5"]);
}

#[test]
fn a_pod_that_fits_nowhere_says_why_and_is_placed_when_another_goes() {
    let mut lab = Lab::with_nodes(1);
    lab.create(with_cpu("big", "6"));
    lab.run_ms(100);
    lab.create(with_cpu("late", "4"));
    lab.run_ms(100);
    const TEXT: &str = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
    assert_eq!(message(&lab, "late"), TEXT);
    assert_eq!(
        lab.events(Kind::Pod, "late"),
        [format!("FailedScheduling: {TEXT}")]
    );
    lab.delete(
        Kind::Pod,
        "big",
        DeleteOptions {
            grace_secs: Some(0),
            ..DeleteOptions::default()
        },
    );
    lab.run_ms(20);
    assert_eq!(lab.node_of("late"), "n1");
}

#[test]
fn the_highest_priority_is_tried_first() {
    let mut lab = Lab::with_nodes(1);
    lab.create(with_cpu("low", "6"));
    let mut high = with_cpu("high", "6");
    high["spec"]["priorityClassName"] = json!("system-node-critical");
    lab.create(high);
    lab.run_ms(100);
    assert_eq!(
        (lab.node_of("high").as_str(), lab.node_of("low").as_str()),
        ("n1", "")
    );
}

#[test]
fn before_1_33_a_pod_sits_its_back_off_out() {
    let mut lab = Lab::of(1, Release::parse("1.32").expect("in range"));
    lab.create(with_cpu("big", "6"));
    lab.run_ms(100);
    lab.create(with_cpu("late", "4"));
    lab.run_ms(100);
    lab.delete(
        Kind::Pod,
        "big",
        DeleteOptions {
            grace_secs: Some(0),
            ..DeleteOptions::default()
        },
    );
    lab.run_ms(100);
    assert_eq!(lab.node_of("late"), "");
    lab.run_ms(1000);
    assert_eq!(lab.node_of("late"), "n1");
}

#[test]
fn the_first_consumer_decides_where_a_volume_is_made() {
    let mut lab = Lab::with_nodes(2);
    lab.create(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "zonal"},
        "provisioner": "disk.cloud.example", "volumeBindingMode": "WaitForFirstConsumer",
    }));
    lab.create(claim("data", "zonal"));
    lab.run_ms(1000);
    let waiting = "WaitForFirstConsumer: waiting for first consumer to be created before binding";
    assert_eq!(lab.events(Kind::PersistentVolumeClaim, "data"), [waiting]);
    let mut consumer = with_claim("db", "data");
    consumer["spec"]["nodeSelector"] = json!({"kubernetes.io/hostname": "n2"});
    lab.create(consumer);
    lab.run_ms(500);
    let object = lab.get(Kind::Pod, "db").expect("it is there");
    assert_eq!(
        object.as_pod().expect("a Pod").status.nominated_node_name,
        "n2",
        "shown while the volume is made"
    );
    assert_eq!(lab.node_of("db"), "");
    lab.run_ms(2000);
    assert_eq!(
        (lab.claim_phase("data").as_str(), lab.node_of("db").as_str()),
        ("Bound", "n2")
    );
    let volume = lab.made_volume().expect("a volume was made");
    let affinity = volume
        .as_volume()
        .expect("a volume")
        .spec
        .node_affinity
        .clone()
        .expect("it is in a zone");
    let expected = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z2"]}]}]}});
    assert_eq!(volume.to_value()["spec"]["nodeAffinity"], expected);
    assert!(affinity.required.is_some());
    assert_eq!(lab.0.world().disks.len(), 1);
}

#[test]
fn a_pod_is_bound_only_at_the_schedulers_next_look_at_its_claims() {
    let mut lab = Lab::with_nodes(1);
    lab.create(claim("data", "standard"));
    lab.create(with_claim("db", "data"));
    // The attempt comes 10 ms after the Pod; the volume takes a second, so the first look of the scheduler comes too early.
    lab.run_ms(1500);
    assert_eq!(
        (lab.claim_phase("data").as_str(), lab.node_of("db").as_str()),
        ("Bound", "")
    );
    lab.run_ms(600);
    assert_eq!(lab.node_of("db"), "n1");
}

#[test]
fn a_local_volume_waits_for_the_label_of_its_node() {
    let mut lab = Lab::with_nodes(2);
    lab.create(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local-storage"},
        "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer",
    }));
    lab.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "local-a"},
        "spec": {
            "capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "local-storage",
            "local": {"path": "/mnt/a"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "slot", "operator": "In", "values": ["a"]}]}]}},
        },
    }));
    lab.create(claim("data", "local-storage"));
    lab.create(with_claim("db", "data"));
    lab.run_ms(20_000);
    const TEXT: &str = "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. \
                        preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
    assert_eq!(message(&lab, "db"), TEXT);
    lab.patch(
        Kind::Node,
        "n2",
        json!({"metadata": {"labels": {"slot": "a"}}}),
    );
    lab.run_ms(200);
    assert_eq!(
        (lab.claim_phase("data").as_str(), lab.node_of("db").as_str()),
        ("Bound", "")
    );
    lab.run_ms(1000);
    assert_eq!(lab.node_of("db"), "n2");
}

#[test]
fn an_immediate_claim_holds_its_pod_until_it_is_bound() {
    let mut lab = Lab::with_nodes(2);
    lab.create(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "now"}, "provisioner": "x.csi",
    }));
    lab.create(claim("data", "now"));
    lab.create(with_claim("db", "data"));
    lab.run_ms(100);
    const TEXT: &str =
        "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
    assert_eq!(message(&lab, "db"), TEXT);
    lab.run_ms(1200);
    assert_ne!(lab.node_of("db"), "");
    let made = lab.made_volume().expect("a volume was made");
    assert_eq!(made.to_value()["spec"]["csi"]["driver"], "x.csi");
    assert_eq!(made.to_value()["spec"].get("nodeAffinity"), None);
}

fn node(name: &str, labels: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
        "status": {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
    })
}

/// A cluster of Nodes without machines: what is placed just stands there.
fn of_nodes(nodes: &[Value]) -> Lab {
    let mut lab = Lab::with_nodes(0);
    for node in nodes {
        lab.create(node.clone());
        let name = node["metadata"]["name"].as_str().expect("a name");
        lab.patch(Kind::Node, name, json!({"spec": {"taints": null}}));
    }
    lab
}

#[test]
fn what_is_asked_for_the_pod_as_a_whole_counts() {
    let mut lab = of_nodes(&[node("n1", json!({}))]);
    let mut light = with_cpu("light", "3");
    light["spec"]["resources"] = json!({"requests": {"cpu": "3500m"}});
    lab.create(light);
    lab.run_ms(50);
    assert_eq!(lab.node_of("light"), "n1");
    lab.create(with_cpu("late", "600m"));
    lab.run_ms(50);
    assert_eq!(lab.node_of("late"), "");
}

#[test]
fn mismatched_label_keys_keep_away_from_other_tenants_only() {
    let mut lab = of_nodes(&[node("n1", json!({"kubernetes.io/hostname": "n1"}))]);
    let of_tenant = |name: &str, tenant: &str| {
        let mut pod = pod(
            name,
            json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
                "topologyKey": "kubernetes.io/hostname", "mismatchLabelKeys": ["tenant"],
                "labelSelector": {"matchExpressions": [{"key": "tenant", "operator": "Exists"}]},
            }]}}}),
        );
        pod["metadata"]["labels"]["tenant"] = json!(tenant);
        pod
    };
    lab.create(of_tenant("a1", "a"));
    lab.create(of_tenant("a2", "a"));
    lab.create(of_tenant("b1", "b"));
    lab.run_ms(100);
    assert_eq!(
        (lab.node_of("a1"), lab.node_of("a2")),
        ("n1".into(), "n1".into())
    );
    assert!(message(&lab, "b1").contains("1 node(s) didn't match pod anti-affinity rules"));
}

#[test]
fn terms_that_name_different_nodes_conflict() {
    let mut lab = of_nodes(&[node("n1", json!({})), node("n2", json!({}))]);
    let field = |name: &str| json!({"key": "metadata.name", "operator": "In", "values": [name]});
    lab.create(pod(
        "web",
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchFields": [field("n1"), field("n2")]}],
        }}}}),
    ));
    lab.run_ms(50);
    assert_eq!(
        message(&lab, "web"),
        "0/2 nodes are available: pod affinity terms conflict. not found"
    );
}

#[test]
fn room_made_for_a_pod_is_not_taken_by_one_that_is_less_important() {
    let mut lab = Lab::with_nodes(1);
    lab.create(with_cpu("victim", "6"));
    lab.run_ms(5000);
    let mut urgent = with_cpu("urgent", "6");
    urgent["spec"]["priorityClassName"] = json!("system-node-critical");
    lab.create(urgent);
    lab.run_ms(100);
    let promised = lab.get(Kind::Pod, "urgent").expect("it is there");
    let promised = promised
        .as_pod()
        .expect("a Pod")
        .status
        .nominated_node_name
        .clone();
    assert_eq!(promised, "n1");
    lab.create(with_cpu("sly", "1500m"));
    lab.create(with_cpu("modest", "500m"));
    lab.run_ms(100);
    // 2 of 8 are free, but 6 of them were promised while 6 are still in use.
    assert!(message(&lab, "sly").contains("1 Insufficient cpu"));
    lab.run_ms(5000);
    assert_eq!(lab.node_of("urgent"), "n1");
    assert_eq!(lab.node_of("modest"), "n1");
    assert_eq!(lab.node_of("sly"), "n1");
}

#[test]
fn two_pods_that_write_to_one_inline_disk_do_not_share_a_node() {
    let mut lab = of_nodes(&[node("n1", json!({}))]);
    let with_disk = |name: &str, read_only: bool| {
        let iqn = "iqn.2026-01.example:disk";
        let disk = json!({"targetPortal": "10.0.0.1", "iqn": iqn, "lun": 0, "readOnly": read_only});
        pod(name, json!({"volumes": [{"name": "data", "iscsi": disk}]}))
    };
    lab.create(with_disk("reader", true));
    lab.create(with_disk("another", true));
    lab.create(with_disk("writer", false));
    lab.run_ms(100);
    assert_eq!(
        (lab.node_of("reader"), lab.node_of("another")),
        ("n1".into(), "n1".into())
    );
    assert!(message(&lab, "writer").contains("1 node(s) had no available disk"));
}
