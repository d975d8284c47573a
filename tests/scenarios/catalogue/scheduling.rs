//! Who gets a node, who does not, and in which words.

use ordinal_api::{Labels, Quantity};
use ordinal_core::Config;
use ordinal_core::config::NodeConfig;
use serde_json::{Value, json};

use super::{Sim, class, deployment, local_pv, over, pod, pvc, said, set};

pub(super) fn asks(cpu: &str) -> Value {
    json!({"containers": [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}]})
}

#[test]
fn s108_a_pod_that_asks_for_too_much_waits_until_another_goes() {
    let mut sim = Sim::new(1);
    sim.create([pod("a", &[], asks("6")), pod("b", &[], asks("6"))])
        .secs(10);
    assert_eq!(
        said(&sim, "b"),
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    sim.k("delete pod a --wait=false");
    sim.secs(20);
    assert_eq!(sim.nodes(&["b"]), ["n1"]);
}

#[test]
fn s109_a_selector_or_affinity_is_obeyed_and_a_label_that_comes_later_helps() {
    let affinity = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["fast"]}]}]}}}});
    for spec in [json!({"nodeSelector": {"disk": "fast"}}), affinity] {
        let mut sim = Sim::new(2);
        sim.create([pod("p", &[], spec)]).secs(30);
        assert_eq!(
            said(&sim, "p"),
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
        );
        sim.k("label node n2 disk=fast");
        sim.secs(2);
        assert_eq!(sim.nodes(&["p"]), ["n2"]);
    }
}

#[test]
fn s110_a_taint_keeps_away_who_does_not_tolerate_it_and_a_preference_only_counts() {
    for (release, reason) in [
        ("1.33", "untolerated taint {k: v}"),
        ("1.34.4", "untolerated taint(s)"),
        ("1.37.1", "untolerated taint(s)"),
    ] {
        let mut sim = Sim::of(release, 1);
        sim.k("taint node n1 k=v:NoSchedule");
        let tolerates = json!({"tolerations": [{"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}]});
        sim.create([pod("p", &[], json!({})), pod("q", &[], tolerates)])
            .secs(5);
        assert!(
            said(&sim, "p").starts_with(&format!(
                "0/1 nodes are available: 1 node(s) had {reason}. "
            )),
            "{}",
            said(&sim, "p")
        );
        assert_eq!(sim.nodes(&["q"]), ["n1"]);
    }
    let mut sim = Sim::new(2);
    sim.k("taint node n1 k=v:PreferNoSchedule");
    sim.create([
        pod("a", &[], json!({})),
        pod(
            "b",
            &[],
            json!({"nodeSelector": {"kubernetes.io/hostname": "n1"}}),
        ),
    ])
    .secs(5);
    assert_eq!(sim.nodes(&["a", "b"]), ["n2", "n1"]);
}

#[test]
fn s111_a_port_of_the_host_is_taken_once_for_each_address_and_protocol() {
    let port = |ip: &str, protocol: &str| json!({"containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80, "hostPort": 80, "hostIP": ip, "protocol": protocol}]}]});
    for (ip, protocol, fits) in [
        ("10.0.0.1", "TCP", false),
        ("0.0.0.0", "TCP", false),
        ("10.0.0.2", "TCP", true),
        ("10.0.0.1", "UDP", true),
    ] {
        let mut sim = Sim::new(1);
        sim.create([
            pod("a", &[], port("10.0.0.1", "TCP")),
            pod("b", &[], port(ip, protocol)),
        ])
        .secs(5);
        if fits {
            assert_eq!(sim.nodes(&["b"]), ["n1"], "{ip} {protocol}");
        } else {
            assert!(said(&sim, "b").starts_with("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. "));
        }
    }
}

fn spread(key: &str) -> Value {
    json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "api"}}}]})
}

#[test]
fn s112_a_spread_of_four_over_two_nodes_is_two_and_two_and_a_missing_label_is_named() {
    let mut sim = Sim::new(2);
    sim.create([deployment(4, &[], spread("kubernetes.io/hostname"))])
        .secs(30);
    let names = sim.names("pod");
    let nodes = sim.nodes(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(nodes.iter().filter(|n| *n == "n1").count(), 2, "{nodes:?}");
    let spec = over(spread("rack"), &json!({}));
    sim.create([pod("lost", &[], spec)]).secs(5);
    assert!(said(&sim, "lost").starts_with("0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label). "));
}

#[test]
fn s113_replicas_that_keep_apart_need_a_node_each_and_others_respect_them() {
    let apart = |app: &str| {
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}]}}})
    };
    let mut sim = Sim::new(2);
    sim.create([set(3, false, json!({"template": {"spec": apart("web")}}))])
        .secs(60);
    assert_eq!(
        said(&sim, "web-2"),
        "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
    );
    let mut sim = Sim::new(1);
    sim.create([
        pod("first", &[], apart("late")),
        pod("late", &[], json!({})),
    ])
    .secs(5);
    assert!(said(&sim, "late").starts_with(
        "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules. "
    ));
}

#[test]
fn s114_what_is_wrong_with_a_claim_is_said_instead_of_nodes() {
    let rest = |release: &str| {
        if release == "1.33" {
            "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
        } else {
            "not found"
        }
    };
    for release in ["1.33", "1.34.4", "1.35.0", "1.36.4", "1.37.1"] {
        let mut sim = Sim::of(release, 1);
        sim.create([
            pvc("free", json!({"storageClassName": ""})),
            pod("a", &["free"], json!({})),
            pod("b", &["none"], json!({})),
        ])
        .secs(5);
        let rest = rest(release);
        assert_eq!(
            said(&sim, "a"),
            format!(
                "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. {rest}"
            )
        );
        assert_eq!(
            said(&sim, "b"),
            format!("0/1 nodes are available: persistentvolumeclaim \"none\" not found. {rest}")
        );
    }
}

#[test]
fn s115_a_local_volume_on_a_lost_node_reads_as_taint_there_and_affinity_elsewhere() {
    let mut sim = Sim::new(3);
    sim.create([
        class("local", "kubernetes.io/no-provisioner", true),
        local_pv("pv", "n1"),
    ]);
    sim.create([
        pvc("data", json!({"storageClassName": "local"})),
        pod("p", &["data"], json!({})),
    ])
    .secs(30);
    sim.fault("power-off n1");
    sim.secs(100);
    sim.k("delete pod p --force --grace-period=0");
    sim.create([pod("q", &["data"], json!({}))]).secs(5);
    assert_eq!(
        said(&sim, "q"),
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's node affinity. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    );
}

#[test]
fn s116_the_node_decides_which_volume_and_the_smallest_claim_comes_first() {
    let mut sim = Sim::new(2);
    sim.create([
        class("local", "kubernetes.io/no-provisioner", true),
        local_pv("pv1", "n1"),
        local_pv("pv2", "n2"),
    ]);
    sim.create([pod(
        "big",
        &[],
        over(
            asks("6"),
            &json!({"nodeSelector": {"kubernetes.io/hostname": "n1"}}),
        ),
    )])
    .secs(5);
    sim.create([pvc("data", json!({"storageClassName": "local"}))]);
    sim.create([pod("q", &["data"], asks("4"))]).secs(10);
    assert_eq!(sim.nodes(&["q"]), ["n2"]);
    assert_eq!(sim.get("pvc/data", "spec.volumeName"), "pv2");

    // Two claims on one node: the small one takes the small volume.
    let mut sim = Sim::new(1);
    let size = |size: &str| json!({"resources": {"requests": {"storage": size}}, "storageClassName": "local"});
    let large = over(
        local_pv("a-large", "n1"),
        &json!({"spec": {"capacity": {"storage": "10Gi"}}}),
    );
    sim.create([
        class("local", "kubernetes.io/no-provisioner", true),
        large,
        local_pv("b-small", "n1"),
    ]);
    sim.create([
        pvc("much", size("5Gi")),
        pvc("little", size("1Gi")),
        pod("p", &["much", "little"], json!({})),
    ])
    .secs(10);
    assert_eq!(sim.get("pvc/little", "spec.volumeName"), "b-small");
    assert_eq!(sim.get("pvc/much", "spec.volumeName"), "a-large");
}

#[test]
fn s117_a_first_consumer_waits_for_its_volume_in_whole_seconds() {
    let mut sim = Sim::new(2);
    sim.create([
        pvc("data", json!({"storageClassName": "standard"})),
        pod("p", &["data"], json!({})),
    ])
    .secs(30);
    let selected = sim.at("pvc/data selected-node n");
    let bound = sim.at("pvc/data bound");
    let scheduled = sim.at("pod/p scheduled");
    assert!(
        selected < bound && bound < scheduled,
        "{selected} {bound} {scheduled}"
    );
    assert_eq!((scheduled - selected) % 1000, 0);
    let node = sim.nodes(&["p"]).remove(0);
    assert_eq!(
        sim.value("pvc/data", "metadata.annotations")["volume.kubernetes.io/selected-node"],
        node.as_str()
    );
}

#[test]
fn s118_a_volume_for_a_pod_that_is_gone_is_made_all_the_same() {
    let mut sim = Sim::new(2);
    sim.create([
        pvc("data", json!({"storageClassName": "standard"})),
        pod("p", &["data"], json!({})),
    ]);
    assert!(!sim.times("pvc/data selected-node n").is_empty());
    sim.k("delete pod p --wait=false");
    sim.secs(30);
    assert!(!sim.is_there("pod/p"));
    assert_eq!(sim.get("pvc/data", "status.phase"), "Bound");
}

#[test]
fn s119_a_claim_of_a_waiting_class_that_names_a_volume_counts_as_immediate() {
    let mut sim = Sim::new(1);
    sim.create([class("local", "kubernetes.io/no-provisioner", true)]);
    sim.create([
        pvc(
            "data",
            json!({"storageClassName": "local", "volumeName": "pv"}),
        ),
        pod("p", &["data"], json!({})),
    ])
    .secs(5);
    assert_eq!(
        said(&sim, "p"),
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    );
}

#[test]
fn s121_a_gated_pod_is_not_tried_until_its_gate_is_gone() {
    let mut sim = Sim::new(1);
    sim.create([pod(
        "p",
        &[],
        json!({"schedulingGates": [{"name": "example.com/wait"}]}),
    )])
    .secs(60);
    let (status, reason, message) = sim.condition("pod/p", "PodScheduled");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "SchedulingGated")
    );
    assert_eq!(
        message,
        "Scheduling is blocked due to non-empty scheduling gates"
    );
    assert_eq!(sim.told("pod/p", "FailedScheduling"), Vec::<String>::new());
    assert!(sim.k("get pod p").contains("SchedulingGated"));
    sim.patch("pod/p", json!({"spec": {"schedulingGates": null}}));
    sim.secs(1);
    assert_eq!(sim.nodes(&["p"]), ["n1"]);
}

#[test]
fn s122_reasons_are_sorted_as_text_and_a_long_message_is_cut_in_the_event_only() {
    let mut sim = Sim::new(12);
    sim.k("taint node n1 n2 k=v:NoSchedule");
    sim.create([pod("p", &[], asks("100"))]).secs(5);
    assert!(said(&sim, "p").starts_with(
        "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had untolerated taint(s). "
    ));

    let mut sim = Sim::with(Config {
        nodes: Vec::new(),
        ..Config::default()
    });
    sim.create([pod("p", &[], json!({}))]).secs(5);
    assert_eq!(
        sim.condition("pod/p", "PodScheduled").2,
        "no nodes available to schedule pods"
    );

    // Extended resources with long names, one reason each.
    let quantity = |text: &str| Quantity::parse(text).expect("a quantity");
    let node = NodeConfig {
        name: "n1".into(),
        labels: Labels::new(),
        capacity: vec![
            ("cpu".into(), quantity("8")),
            ("memory".into(), quantity("8Gi")),
            ("pods".into(), quantity("110")),
        ],
    };
    let mut sim = Sim::with(Config {
        nodes: vec![node],
        ..Config::default()
    });
    let many: serde_json::Map<String, Value> = (0..40)
        .map(|n| (format!("example.com/{}-{n:02}", "x".repeat(30)), json!("1")))
        .collect();
    let resources = json!({"requests": many, "limits": many});
    sim.create([pod(
        "p",
        &[],
        json!({"containers": [{"name": "c", "image": "nginx", "resources": resources}]}),
    )])
    .secs(5);
    let whole = sim.condition("pod/p", "PodScheduled").2;
    let note = sim.told("pod/p", "FailedScheduling").remove(0);
    let note = note.strip_prefix("Warning ").expect("a warning");
    assert!(
        whole.len() > 1024 && note.len() == 1024 && note.ends_with(" ..."),
        "{} {}",
        whole.len(),
        note.len()
    );
}

#[test]
fn s123_a_volume_for_a_node_that_does_not_exist_is_passed_over_for_one_that_fits() {
    let mut sim = Sim::new(1);
    sim.create([
        class("local", "kubernetes.io/no-provisioner", true),
        local_pv("a-nowhere", "ghost"),
        local_pv("b-here", "n1"),
    ]);
    sim.create([
        pvc("data", json!({"storageClassName": "local"})),
        pod("p", &["data"], json!({})),
    ])
    .secs(10);
    assert_eq!(sim.get("pvc/data", "spec.volumeName"), "b-here");
    assert_eq!(sim.nodes(&["p"]), ["n1"]);
}
