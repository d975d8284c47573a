//! Drivers that publish where they have room.

use ordinal_core::Config;
use serde_json::{Value, json};

use super::{Sim, class, pod, pvc, said};

/// A driver that publishes where it has room, its class, and so much room on nodes of a zone.
fn published(room: &str, zone: &str) -> [Value; 3] {
    [
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "lvm.example.com"}, "spec": {"storageCapacity": true}}),
        class("lvm", "lvm.example.com", true),
        capacity("room", room, zone),
    ]
}

fn capacity(name: &str, room: &str, zone: &str) -> Value {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIStorageCapacity", "metadata": {"name": name}, "storageClassName": "lvm",
        "capacity": room, "nodeTopology": {"matchLabels": {"topology.kubernetes.io/zone": zone}}})
}

fn lvm(name: &str, size: &str) -> Value {
    pvc(
        name,
        json!({"storageClassName": "lvm", "resources": {"requests": {"storage": size}}}),
    )
}

#[test]
fn a_volume_is_made_only_where_its_driver_says_that_it_has_room() {
    // plugins/volumebinding/binder.go `hasEnoughCapacity`
    let mut sim = Sim::zoned("1.37.1", &["a", "b"]);
    sim.create(published("5Gi", "b"));
    sim.create([lvm("fits", "5Gi"), pod("p", &["fits"], json!({}))])
        .secs(10);
    assert_eq!(sim.nodes(&["p"]), ["n2"]);
    sim.create([lvm("large", "6Gi"), pod("q", &["large"], json!({}))])
        .secs(10);
    assert_eq!(
        said(&sim, "q"),
        "0/2 nodes are available: 2 node(s) did not have enough free storage. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    );
    // More room wakes it (`isSchedulableAfterCSIStorageCapacityChange`), less does not.
    let tries = |sim: &Sim| sim.events("pod/q").len();
    let before = tries(&sim);
    sim.patch("csistoragecapacity/room", json!({"capacity": "4Gi"}));
    sim.secs(10);
    assert_eq!(
        (tries(&sim), sim.nodes(&["q"])),
        (before, vec![String::new()])
    );
    sim.patch(
        "csistoragecapacity/room",
        json!({"maximumVolumeSize": "6Gi"}),
    );
    sim.secs(10);
    assert_eq!(
        sim.nodes(&["q"]),
        ["n2"],
        "the largest volume counts before the sum"
    );
}

#[test]
fn a_class_of_a_driver_that_publishes_nothing_for_it_has_room_nowhere() {
    let mut sim = Sim::new(1);
    sim.create(published("5Gi", "elsewhere"));
    sim.create([lvm("data", "1Gi"), pod("p", &["data"], json!({}))])
        .secs(10);
    assert!(said(&sim, "p").contains("1 node(s) did not have enough free storage. "));
    sim.create([capacity("more", "1Gi", "a")]).secs(10);
    assert_eq!(sim.nodes(&["p"]), ["n1"]);
    let table = sim.k("get csistoragecapacities");
    assert_eq!(
        table,
        "NAME   CREATED AT\nmore   2026-01-01T00:00:10Z\nroom   2026-01-01T00:00:00Z\n"
    );
}

#[test]
fn of_two_nodes_the_one_with_more_room_is_preferred_since_1_37() {
    // plugins/volumebinding/volume_binding.go `Score`, gate `StorageCapacityScoring`
    for (release, always) in [("1.36.4", false), ("1.37.1", true)] {
        let mut places = Vec::new();
        for seed in 0..8 {
            let mut sim = Sim::with(Config {
                seed,
                release: ordinal_core::release::Release::parse(release).expect("modelled"),
                nodes: ["a", "b"]
                    .iter()
                    .enumerate()
                    .map(|(n, zone)| {
                        ordinal_core::config::NodeConfig::plain(&format!("n{}", n + 1), zone)
                    })
                    .collect(),
                ..Config::default()
            });
            sim.create(published("10Gi", "a"));
            sim.create([capacity("more", "100Gi", "b")]);
            sim.create([lvm("data", "5Gi"), pod("p", &["data"], json!({}))])
                .secs(10);
            places.extend(sim.nodes(&["p"]));
        }
        assert_eq!(
            places.iter().all(|n| n == "n2"),
            always,
            "{release}: {places:?}"
        );
    }
}

#[test]
fn a_published_capacity_keeps_its_class_and_its_nodes() {
    let mut sim = Sim::new(1);
    sim.create(published("5Gi", "a"));
    let refused = sim.try_patch(
        "csistoragecapacity/room",
        json!({"storageClassName": "other"}),
        "",
    );
    assert_eq!(
        refused,
        Err("CSIStorageCapacity.storage.k8s.io \"room\" is invalid: storageClassName: Invalid value: \"other\": field is immutable".into())
    );
    let mut bad = capacity("bad", "-1Gi", "a");
    bad["storageClassName"] = json!("Not A Class");
    let why = sim.try_create(bad).expect_err("two faults");
    assert!(
        why.contains("storageClassName: Invalid value")
            && why
                .contains("capacity: Invalid value: \"-1Gi\": must be greater than or equal to 0"),
        "{why}"
    );
}
