//! Nodes are lost and come back: conditions, taints, zones, and what becomes of their Pods. Heartbeats come every 10 s,
//! the monitor looks every 5 s and waits for 50 s.

use ordinal_api::pod::TAINT_UNREACHABLE;
use serde_json::{Value, json};

use super::{Sim, on, pod};

const READY: &str = "node.kubernetes.io/not-ready";
/// Nodes that got the taint that evicts, in order.
fn evicted(sim: &Sim, nodes: usize) -> Vec<String> {
    let mut found: Vec<(u64, String)> = Vec::new();
    for n in 1..=nodes {
        let times = sim.times(&format!("node/n{n} taint {TAINT_UNREACHABLE}:NoExecute"));
        found.extend(times.into_iter().map(|at| (at, format!("n{n}"))));
    }
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

fn off(sim: &mut Sim, nodes: std::ops::RangeInclusive<usize>) {
    for n in nodes {
        sim.fault(&format!("power-off n{n}"));
    }
}

#[test]
fn s076_a_node_that_never_posted_is_unknown_after_a_minute() {
    let mut sim = Sim::new(1);
    sim.create([json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ghost"}})])
        .secs(55);
    assert_eq!(sim.condition("node/ghost", "Ready").0, "");
    sim.secs(15);
    let (status, reason, message) = sim.condition("node/ghost", "Ready");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("Unknown", "NodeStatusNeverUpdated")
    );
    assert_eq!(message, "Kubelet never posted node status.");
}

#[test]
fn s077_a_silent_node_is_unknown_after_its_grace_which_the_release_decides() {
    for (release, least, most) in [
        ("1.31", 30_000, 45_000),
        ("1.34.4", 40_000, 55_000),
        ("1.37.1", 40_000, 55_000),
    ] {
        let mut sim = Sim::of(release, 3);
        sim.secs(100).fault("power-off n1");
        sim.secs(60);
        let after = sim.at("node/n1 unknown") - 100_000;
        assert!((least..=most).contains(&after), "{release}: {after}");
        for type_ in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
            let (status, reason, message) = sim.condition("node/n1", type_);
            assert_eq!(
                (status.as_str(), reason.as_str()),
                ("Unknown", "NodeStatusUnknown")
            );
            assert_eq!(message, "Kubelet stopped posting node status.");
        }
        assert_eq!(
            sim.told("node/n1", "NodeNotReady"),
            ["Normal Node n1 status is now: NodeNotReady"]
        );
    }
}

#[test]
fn s078_false_is_not_ready_and_unknown_is_unreachable_and_the_one_replaces_the_other() {
    let mut sim = Sim::new(3);
    sim.create([json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ghost"}})]);
    let ready = |status: &str| json!({"conditions": [{"type": "Ready", "status": status, "reason": "Test"}]});
    sim.patch_status("node/ghost", ready("False"));
    sim.secs(20);
    let taints = |sim: &Sim| -> Vec<String> {
        let list = sim.value("node/ghost", "spec.taints");
        let list = list.as_array().into_iter().flatten();
        let mut list: Vec<String> = list
            .map(|t| {
                format!(
                    "{}:{}",
                    t["key"].as_str().unwrap_or_default(),
                    t["effect"].as_str().unwrap_or_default()
                )
            })
            .collect();
        list.sort();
        list
    };
    assert_eq!(
        taints(&sim),
        [format!("{READY}:NoExecute"), format!("{READY}:NoSchedule")]
    );
    sim.patch_status("node/ghost", ready("Unknown"));
    sim.secs(6);
    assert_eq!(
        taints(&sim),
        [
            format!("{TAINT_UNREACHABLE}:NoExecute"),
            format!("{TAINT_UNREACHABLE}:NoSchedule")
        ]
    );
    sim.patch_status("node/ghost", ready("True"));
    sim.secs(6);
    assert_eq!(taints(&sim), Vec::<String>::new());
}

#[test]
fn s079_only_the_ready_condition_of_a_lost_nodes_pods_changes() {
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1"))]).secs(30);
    let before = sim.value("pod/p", "status.containerStatuses");
    sim.fault("power-off n1");
    sim.secs(60);
    assert_eq!(sim.condition("pod/p", "Ready").0, "False");
    assert_eq!(sim.condition("pod/p", "ContainersReady").0, "True");
    assert_eq!(sim.value("pod/p", "status.containerStatuses"), before);
    assert_eq!(sim.get("pod/p", "status.phase"), "Running");
    assert_eq!(
        sim.told("pod/p", "NodeNotReady"),
        ["Warning Node is not ready"]
    );
    assert!(sim.k("get pod p").contains("1/1     Running"));
}

#[test]
fn s080_nodes_of_one_zone_get_the_taint_that_evicts_ten_seconds_apart() {
    let mut sim = Sim::new(5);
    sim.secs(100);
    off(&mut sim, 1..=2);
    sim.secs(120);
    let at = |n: usize| sim.at(&format!("node/n{n} taint {TAINT_UNREACHABLE}:NoExecute"));
    assert_eq!(at(2) - at(1), 10_000);
    assert_eq!(evicted(&sim, 5), ["n1", "n2"]);
}

#[test]
fn s081_pressure_and_cordon_taint_a_node_and_are_taken_off_again() {
    let mut sim = Sim::new(2);
    sim.create([json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ghost"}})]);
    let with = |type_: &str, status: &str| json!({"conditions": [{"type": "Ready", "status": "True", "reason": "Test"}, {"type": type_, "status": status, "reason": "Test"}]});
    for (type_, key) in [
        ("MemoryPressure", "memory-pressure"),
        ("DiskPressure", "disk-pressure"),
        ("PIDPressure", "pid-pressure"),
        ("NetworkUnavailable", "network-unavailable"),
    ] {
        sim.patch_status("node/ghost", with(type_, "True"));
        sim.secs(1);
        assert_eq!(
            sim.get("node/ghost", "spec.taints.0.key"),
            format!("node.kubernetes.io/{key}")
        );
        assert_eq!(sim.get("node/ghost", "spec.taints.0.effect"), "NoSchedule");
        sim.patch_status("node/ghost", with(type_, "False"));
        sim.secs(1);
        assert_eq!(sim.value("node/ghost", "spec.taints.0"), Value::Null);
    }
    sim.k("cordon n1");
    sim.secs(1);
    assert_eq!(
        sim.get("node/n1", "spec.taints.0.key"),
        "node.kubernetes.io/unschedulable"
    );
    sim.k("uncordon n1");
    sim.secs(1);
    assert_eq!(sim.value("node/n1", "spec.taints.0"), Value::Null);
}

#[test]
fn s082_how_many_nodes_are_lost_decides_whether_anything_is_evicted() {
    for (nodes, lost, wanted) in [(3, 1, 1), (3, 2, 2), (1, 1, 0)] {
        let mut sim = Sim::new(nodes);
        sim.secs(100);
        off(&mut sim, 1..=lost);
        sim.secs(200);
        assert_eq!(evicted(&sim, nodes).len(), wanted, "{lost} of {nodes}");
    }
    // Three of four, one after the other: the third is left alone.
    let mut sim = Sim::new(4);
    for n in 1..=3 {
        sim.secs(100);
        off(&mut sim, n..=n);
    }
    sim.secs(200);
    assert_eq!(evicted(&sim, 4), ["n1", "n2"]);
    // Zones: a lost one is evicted at the usual rate while another is healthy.
    let mut sim = Sim::zoned("1.37", &["a", "a", "b", "b"]);
    sim.secs(100);
    off(&mut sim, 1..=2);
    sim.secs(200);
    assert_eq!(evicted(&sim, 4), ["n1", "n2"]);
}

#[test]
fn s083_a_node_that_is_excluded_does_not_count_for_its_zone() {
    let mut sim = Sim::new(4);
    sim.k("label node n4 node.kubernetes.io/exclude-disruption=true");
    sim.secs(100);
    off(&mut sim, 1..=1);
    sim.secs(100);
    off(&mut sim, 2..=3);
    sim.secs(200);
    // Without it, every node that counts is lost: all taints that evict are taken off, but for none.
    assert_eq!(
        sim.times(&format!("node/n1 untaint {TAINT_UNREACHABLE}:NoExecute"))
            .len(),
        1
    );
}

#[test]
fn s084_while_all_are_lost_nothing_is_evicted_and_when_one_is_back_the_others_pods_have_their_whole_time()
 {
    let mut sim = Sim::new(3);
    sim.create([pod("p1", &[], on("n1")), pod("p2", &[], on("n2"))])
        .secs(100);
    off(&mut sim, 1..=3);
    sim.secs(1000);
    // One node still gets its taint before the whole is seen to be lost; the other's Pod is left alone.
    let left: Vec<&str> = ["p1", "p2"]
        .into_iter()
        .filter(|p| sim.times(&format!("pod/{p} deletion-requested")).is_empty())
        .collect();
    let [left] = left[..] else {
        panic!("one is left: {left:?}")
    };
    sim.fault("power-on n3");
    sim.secs(600);
    let node = sim.nodes(&[left]).remove(0);
    let tainted = sim.at(&format!("node/{node} taint {TAINT_UNREACHABLE}:NoExecute"));
    let back = sim.at("node/n3#1 untaint node.kubernetes.io/unreachable:NoSchedule");
    assert!(
        (back..=back + 20_000).contains(&tainted),
        "{back} {tainted}"
    );
    let evicted = sim.at(&format!("pod/{left} deletion-requested")) - tainted;
    assert!((300_000..=300_100).contains(&evicted), "{evicted}");
}

#[test]
fn s085_the_old_labels_of_a_node_follow_the_new_ones() {
    let mut sim = Sim::new(1);
    let labels = json!({"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64", "beta.kubernetes.io/arch": "amd64"});
    sim.create([json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ghost", "labels": labels}})]).secs(1);
    let labels = sim.value("node/ghost", "metadata.labels");
    assert_eq!(
        (
            &labels["beta.kubernetes.io/os"],
            &labels["beta.kubernetes.io/arch"]
        ),
        (&json!("linux"), &json!("arm64"))
    );
}
