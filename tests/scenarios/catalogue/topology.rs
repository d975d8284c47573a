//! Volumes that are of one node or zone: who mounts them goes there.

use serde_json::json;

use super::{Sim, class, local_pv, on, over, pod, pvc, set};

#[test]
fn s068_a_local_volume_binds_its_pod_to_its_node() {
    let mut sim = Sim::new(2);
    sim.create([
        class("local", "kubernetes.io/no-provisioner", true),
        local_pv("pv", "n1"),
    ]);
    sim.create([
        pvc("data", json!({"storageClassName": "local"})),
        pod("p", &["data"], on("n2")),
    ])
    .secs(5);
    let (_, _, message) = sim.condition("pod/p", "PodScheduled");
    assert!(
        message.starts_with("0/2 nodes are available: 1 node(s) didn't find available persistent volumes to bind, 1 node(s) didn't match Pod's node affinity/selector."),
        "{message}"
    );
    sim.create([pod("q", &["data"], json!({}))]).secs(30);
    assert_eq!(sim.nodes(&["q"]), ["n1"]);
    // Past the scheduler: the kubelet of the wrong node refuses to mount it.
    sim.create([pod("pinned", &["data"], json!({"nodeName": "n2"}))])
        .secs(30);
    assert_eq!(
        sim.told("pod/pinned", "FailedMount")
            .first()
            .map(String::as_str),
        Some(
            "Warning MountVolume.NodeAffinity check failed for volume \"pv\" : no matching NodeSelectorTerms"
        )
    );
}

#[test]
fn s069_a_set_with_local_volumes_is_spread_by_anti_affinity_in_order_or_not() {
    for policy in ["OrderedReady", "Parallel"] {
        let mut sim = Sim::new(3);
        sim.create([
            class("local", "kubernetes.io/no-provisioner", true),
            local_pv("pv1", "n1"),
            local_pv("pv2", "n2"),
            local_pv("pv3", "n3"),
        ]);
        let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]}});
        let mut web = set(
            3,
            true,
            json!({"podManagementPolicy": policy, "template": {"spec": {"affinity": apart}}}),
        );
        web["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "local".into();
        sim.create([web]).secs(120);
        let mut nodes = sim.nodes(&["web-0", "web-1", "web-2"]);
        nodes.sort();
        assert_eq!(nodes, ["n1", "n2", "n3"], "{policy}");
        assert_eq!(sim.get("sts/web", "status.readyReplicas"), "3");
    }
}

#[test]
fn s075_a_volume_is_made_only_where_its_class_allows() {
    let mut sim = Sim::zoned("1.37", &["a", "b"]);
    let topologies = json!([{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["b"]}]}]);
    let there = over(
        class("there", "disk.ordinal.dev", true),
        &json!({"allowedTopologies": topologies}),
    );
    sim.create([
        there,
        pvc("data", json!({"storageClassName": "there"})),
        pod("p", &["data"], json!({})),
    ])
    .secs(30);
    assert_eq!(sim.nodes(&["p"]), ["n2"]);
    let spec = json!({"storageClassName": "there"});
    sim.create([pvc("other", spec), pod("q", &["other"], on("n1"))])
        .secs(10);
    let (_, _, message) = sim.condition("pod/q", "PodScheduled");
    assert!(
        message.contains("1 node(s) didn't find available persistent volumes to bind"),
        "{message}"
    );
}
