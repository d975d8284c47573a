//! Who has to leave a node, when, and what becomes of it.

use ordinal_api::pod::TAINT_UNREACHABLE;
use serde_json::{Value, json};

use super::{Sim, deployment, on, pod, set};

const READY: &str = "node.kubernetes.io/not-ready";
#[test]
fn s086_s089_a_pod_on_a_tainted_node_stays_as_long_as_it_tolerates() {
    let mut sim = Sim::new(1);
    let tolerates = |secs: Value| json!({"nodeName": "n1", "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": secs}]});
    sim.create([
        pod("never", &[], json!({"nodeName": "n1"})),
        pod("long", &[], tolerates(json!(60))),
        pod("short", &[], tolerates(json!(20))),
        pod("always", &[], tolerates(Value::Null)),
    ]);
    sim.secs(20);
    let start = sim.now_ms();
    sim.k("taint node n1 k=v:NoExecute");
    sim.secs(200);
    let after = |name: &str| (sim.at(&format!("pod/{name} deletion-requested")) - start) / 1000;
    assert_eq!((after("never"), after("short"), after("long")), (0, 20, 60));
    assert!(sim.is_there("pod/always"));
    // A new one that comes there without a toleration goes at once.
    sim.create([pod("late", &[], json!({"nodeName": "n1"}))]);
    assert!(!sim.times("pod/late deletion-requested").is_empty());
}

#[test]
fn s087_a_timer_that_runs_is_not_changed_and_a_toleration_taken_away_means_now() {
    let key = |secs: u64| json!([{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": secs}]);
    let mut sim = Sim::new(1);
    sim.create([pod(
        "p",
        &[],
        json!({"nodeName": "n1", "tolerations": key(60)}),
    )])
    .secs(20);
    let start = sim.now_ms();
    sim.k("taint node n1 k=v:NoExecute");
    sim.secs(10);
    let mut tolerations = sim.value("pod/p", "spec.tolerations");
    tolerations.as_array_mut().expect("a list").insert(
        0,
        json!({"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
    );
    sim.patch("pod/p", json!({"spec": {"tolerations": tolerations}}));
    sim.secs(100);
    assert_eq!((sim.at("pod/p deletion-requested") - start) / 1000, 60);
}

#[test]
fn s088_of_two_taints_the_one_with_an_end_decides_and_its_removal_ends_the_timer() {
    let mut sim = Sim::new(1);
    let tolerations = json!([
        {"key": "a", "operator": "Exists", "effect": "NoExecute"},
        {"key": "b", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ]);
    sim.create([pod(
        "p",
        &[],
        json!({"nodeName": "n1", "tolerations": tolerations}),
    )])
    .secs(20);
    sim.k("taint node n1 a=v:NoExecute b=v:NoExecute");
    sim.secs(30);
    sim.k("taint node n1 b-");
    sim.secs(100);
    assert_eq!(sim.times("pod/p deletion-requested"), Vec::<u64>::new());
    assert_eq!(
        sim.told("pod/p", "TaintManagerEviction"),
        ["Normal Cancelling deletion of Pod default/p"]
    );
}

#[test]
fn s090_a_taint_that_goes_in_time_spares_the_pod() {
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1"))]).secs(30);
    sim.fault("partition n1");
    sim.secs(120);
    sim.fault("heal n1");
    sim.secs(600);
    assert_eq!(sim.times("pod/p deletion-requested"), Vec::<u64>::new());
    assert_eq!(
        sim.told("pod/p", "TaintManagerEviction"),
        ["Normal Cancelling deletion of Pod default/p"]
    );
    assert_eq!(sim.condition("pod/p", "Ready").0, "True");
}

#[test]
fn s091_an_evicted_pod_says_that_a_taint_was_the_reason_before_it_is_deleted() {
    let mut sim = Sim::new(1);
    sim.create([pod("p", &[], json!({"nodeName": "n1"}))])
        .secs(20);
    sim.k("taint node n1 k=v:NoExecute");
    sim.ms(200);
    let (status, reason, message) = sim.condition("pod/p", "DisruptionTarget");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("True", "DeletionByTaintManager")
    );
    assert_eq!(message, "Taint manager: deleting due to NoExecute taint");
    assert_eq!(
        sim.told("pod/p", "TaintManagerEviction")[0],
        "Normal Marking for deletion Pod default/p"
    );
    assert!(sim.at("pod/p condition DisruptionTarget=True") <= sim.at("pod/p deletion-requested"));
}

#[test]
fn s092_a_pods_own_tolerations_are_left_as_they_are() {
    let mut sim = Sim::new(1);
    let own = |secs: Value| json!([{"key": TAINT_UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": secs}]);
    for (name, secs) in [
        ("zero", json!(0)),
        ("thirty", json!(30)),
        ("ever", Value::Null),
    ] {
        sim.create([pod(name, &[], json!({"tolerations": own(secs.clone())}))]);
        let list = sim.value(&format!("pod/{name}"), "spec.tolerations");
        let of = |key: &str| {
            list.as_array()
                .expect("a list")
                .iter()
                .filter(|t| t["key"] == key)
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!((of(TAINT_UNREACHABLE).len(), of(READY).len()), (1, 1));
        assert_eq!(
            (
                &of(TAINT_UNREACHABLE)[0]["tolerationSeconds"],
                &of(READY)[0]["tolerationSeconds"]
            ),
            (&secs, &json!(300))
        );
    }
}

#[test]
fn s093_a_daemon_stays_on_its_lost_node() {
    let mut sim = Sim::new(3);
    let key = |key: &str, effect: &str| json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
    let tolerations = json!([
        key("not-ready", "NoExecute"),
        key("unreachable", "NoExecute"),
        key("unschedulable", "NoSchedule")
    ]);
    let mut daemon = on("n1");
    daemon["tolerations"] = tolerations;
    sim.create([pod("daemon", &[], daemon), pod("p", &[], on("n1"))])
        .secs(30);
    sim.fault("power-off n1");
    sim.secs(600);
    assert!(!sim.times("pod/p deletion-requested").is_empty());
    assert_eq!(
        sim.times("pod/daemon deletion-requested"),
        Vec::<u64>::new()
    );
    assert!(sim.k("get pod daemon").contains("1/1     Running"));
}

#[test]
fn s095_s096_pods_of_a_node_that_is_gone_go_after_the_quarantine_and_unscheduled_ones_at_the_next_pass()
 {
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1")), pod("kept", &[], on("n2"))])
        .secs(30);
    sim.fault("power-off n1");
    sim.fault("partition n2");
    sim.secs(100);
    let start = sim.now_ms();
    sim.k("delete node n1 n2 --wait=false");
    sim.secs(30)
        .create([json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2"}})])
        .secs(60);
    let after = sim.at("pod/p deleted") - start;
    assert!((40_000..=81_000).contains(&after), "{after}");
    assert!(sim.at("pod/p failed") <= sim.at("pod/p deleted"));
    assert_eq!(
        sim.times("pod/p condition DisruptionTarget=True DeletionByPodGC")
            .len(),
        1
    );
    assert!(sim.is_there("pod/kept"));
    // One that has no node and a finalizer is deleted for good by the collector.
    let mut held = pod("held", &[], json!({"nodeSelector": {"disk": "none"}}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    sim.create([held]);
    sim.k("delete pod held --wait=false");
    sim.secs(25);
    assert_eq!(
        sim.get("pod/held", "metadata.deletionGracePeriodSeconds"),
        "0"
    );
}

#[test]
fn s097_out_of_service_counts_for_terminating_pods_of_a_node_that_is_not_ready() {
    for (waits, deleted, gone) in [(100, true, true), (0, true, false), (100, false, false)] {
        let mut sim = Sim::new(3);
        let mut spec = on("n1");
        spec["tolerations"] = json!([{"operator": "Exists"}]);
        sim.create([pod("p", &[], spec)]).secs(30);
        sim.fault("partition n1");
        sim.secs(waits);
        if deleted {
            sim.k("delete pod p --wait=false");
        }
        sim.k("taint node n1 node.kubernetes.io/out-of-service=x:NoSchedule");
        sim.secs(21);
        let wanted = if waits == 0 { "True" } else { "Unknown" };
        assert_eq!(sim.condition("node/n1", "Ready").0, wanted);
        assert_eq!(!sim.is_there("pod/p"), gone, "{waits} {deleted}");
    }
}

#[test]
fn s098_out_of_service_moves_a_set_and_a_deployment_with_their_disks() {
    let mut sim = Sim::new(3);
    let claim = super::pvc("shared", json!({"storageClassName": "standard"}));
    sim.create([
        claim,
        set(1, true, json!({})),
        deployment(1, &["shared"], json!({})),
    ])
    .secs(40);
    let first = sim.nodes(&["web-0"]).remove(0);
    sim.fault(&format!("power-off {first}"));
    sim.secs(400);
    sim.k(&format!(
        "taint node {first} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
    ));
    let start = sim.now_ms();
    sim.secs(60);
    assert_ne!(sim.nodes(&["web-0"]), [first]);
    assert_eq!(sim.get("sts/web", "status.readyReplicas"), "1");
    assert_eq!(sim.get("deploy/api", "status.readyReplicas"), "1");
    let ready = *sim.times("pod/web-0#2 ready").last().expect("it is ready") - start;
    assert!(ready <= 60_000, "{ready}");
}

#[test]
fn s099_nobody_acts_and_the_ordinal_is_never_replaced() {
    let mut sim = Sim::new(3);
    sim.create([set(3, true, json!({}))]).secs(60);
    let node = sim.nodes(&["web-1"]).remove(0);
    let uid = sim.get("pod/web-1", "metadata.uid");
    let start = sim.now_ms();
    sim.fault(&format!("power-off {node}"));
    sim.secs(7200);
    let unknown = sim.at(&format!("node/{node} unknown")) - start;
    assert!((40_000..=55_000).contains(&unknown), "{unknown}");
    let evicted = sim.at("pod/web-1 deletion-requested") - start - unknown;
    assert!((300_000..=300_500).contains(&evicted), "{evicted}");
    assert_eq!(sim.get("pod/web-1", "metadata.uid"), uid);
    assert!(sim.k("get pod web-1").contains("Terminating"));
    assert_eq!(
        (
            sim.get("sts/web", "status.readyReplicas"),
            sim.get("sts/web", "status.replicas")
        ),
        ("2".into(), "3".into())
    );
}

#[test]
fn s100_back_after_two_minutes_a_node_keeps_its_pods_and_only_a_reboot_counts_a_restart() {
    for (away, back, restarts) in [("partition", "heal", "0"), ("power-off", "power-on", "1")] {
        let mut sim = Sim::new(3);
        sim.create([pod("p", &[], on("n1"))]).secs(30);
        let uid = sim.get("pod/p", "metadata.uid");
        sim.fault(&format!("{away} n1"));
        sim.secs(120);
        sim.fault(&format!("{back} n1"));
        sim.secs(600);
        assert_eq!(sim.get("pod/p", "metadata.uid"), uid);
        assert_eq!(
            sim.get("pod/p", "status.containerStatuses.0.restartCount"),
            restarts
        );
        assert_eq!(sim.condition("pod/p", "Ready").0, "True");
        let rebooted = sim.told("node/n1", "Rebooted");
        assert_eq!(rebooted.len(), usize::from(restarts == "1"));
        let changed = sim.told("pod/p", "SandboxChanged");
        let text = "Normal Pod sandbox changed, it will be killed and re-created.";
        assert_eq!(changed.iter().any(|t| t == text), restarts == "1");
    }
}

#[test]
fn s101_back_after_ten_minutes_a_terminating_pod_ends_and_its_successor_has_the_same_claim() {
    let mut sim = Sim::new(3);
    sim.create([set(2, true, json!({}))]).secs(60);
    let node = sim.nodes(&["web-1"]).remove(0);
    let (uid, claim) = (
        sim.get("pod/web-1", "metadata.uid"),
        sim.get("pvc/www-web-1", "metadata.uid"),
    );
    sim.fault(&format!("power-off {node}"));
    sim.secs(600);
    sim.fault(&format!("power-on {node}"));
    sim.secs(120);
    assert_ne!(sim.get("pod/web-1", "metadata.uid"), uid);
    assert_eq!(sim.get("pvc/www-web-1", "metadata.uid"), claim);
    assert_eq!(sim.get("pod/web-1", "status.phase"), "Running");
}

#[test]
fn s102_a_pod_that_was_deleted_by_force_is_killed_when_its_node_is_back_and_its_successor_is_not() {
    let mut sim = Sim::new(3);
    sim.create([set(1, false, json!({}))]).secs(30);
    let node = sim.nodes(&["web-0"]).remove(0);
    sim.fault(&format!("partition {node}"));
    sim.secs(120);
    sim.k("delete pod web-0 --force --grace-period=0");
    sim.secs(60);
    let running = |sim: &Sim| {
        let machines = sim.cluster.world().machines.values();
        machines
            .flat_map(|m| m.pods.values())
            .filter(|pod| pod.is_running())
            .count()
    };
    assert_eq!(running(&sim), 2, "both run at once");
    let uid = sim.get("pod/web-0", "metadata.uid");
    sim.fault(&format!("heal {node}"));
    sim.secs(30);
    assert_eq!(running(&sim), 1);
    assert_eq!(sim.get("pod/web-0", "metadata.uid"), uid);
}

#[test]
fn s103_a_node_that_registers_again_within_the_quarantine_keeps_its_pods_and_a_kubelet_that_runs_on_does_not_register()
 {
    let mut sim = Sim::new(2);
    sim.create([pod("p", &[], on("n1"))]).secs(30);
    sim.fault("power-off n1");
    sim.secs(10);
    sim.k("delete node n1 --wait=false");
    sim.secs(2);
    sim.fault("power-on n1");
    sim.secs(200);
    assert!(sim.is_there("pod/p") && sim.is_there("node/n1"));

    let mut sim = Sim::new(2);
    sim.create([pod("p", &[], on("n1"))]).secs(30);
    sim.k("delete node n1 --wait=false");
    sim.secs(200);
    assert!(!sim.is_there("node/n1") && !sim.is_there("pod/p"));
    let machines = sim.cluster.world().machines.values();
    let running = machines
        .flat_map(|m| m.pods.values())
        .filter(|pod| pod.is_running())
        .count();
    assert_eq!(
        running, 0,
        "its kubelet kills what it does not know any more"
    );
}

#[test]
fn s104_a_drain_of_a_dead_node_hangs_unless_it_is_told_to_skip_what_is_terminating() {
    let mut sim = Sim::new(3);
    sim.create([deployment(1, &[], json!({}))]).secs(30);
    let name = sim.names("pod").remove(0);
    let node = sim.nodes(&[&name]).remove(0);
    sim.fault(&format!("power-off {node}"));
    sim.secs(100);
    let said = sim.k(&format!("drain {node} --timeout=20s"));
    assert!(
        said.contains(&format!("evicting pod default/{name}")),
        "{said}"
    );
    sim.secs(30);
    assert!(sim.is_there(&format!("pod/{name}")), "it hangs");
    let said = sim.k(&format!(
        "drain {node} --timeout=20s --skip-wait-for-delete-timeout=5"
    ));
    assert!(said.contains(&format!("node/{node} drained")), "{said}");
}
