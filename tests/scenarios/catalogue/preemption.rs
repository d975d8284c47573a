//! The less important make room for the more important.

use serde_json::{Value, json};

use super::scheduling::asks;
use super::{Sim, over, pod, said};

fn priority(name: &str, value: i64, more: Value) -> Value {
    let base = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value});
    over(base, &more)
}

fn important(class: &str, cpu: &str) -> Value {
    over(asks(cpu), &json!({"priorityClassName": class}))
}

#[test]
fn s120_the_less_important_go_for_the_more_important_unless_it_never_preempts() {
    let mut sim = Sim::new(1);
    sim.create([
        priority("high", 1000, json!({})),
        priority("polite", 1000, json!({"preemptionPolicy": "Never"})),
    ]);
    sim.create([pod("low", &[], asks("6"))]).secs(20);
    sim.create([pod("polite", &[], important("polite", "6"))])
        .secs(5);
    assert_eq!(
        said(&sim, "polite"),
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."
    );
    sim.k("delete pod polite --wait=false");
    sim.create([pod("high", &[], important("high", "6"))]);
    let (_, reason, message) = sim.condition("pod/low", "DisruptionTarget");
    assert_eq!(
        (reason.as_str(), message.as_str()),
        (
            "PreemptionByScheduler",
            "default-scheduler: preempting to accommodate a higher priority pod"
        )
    );
    assert_eq!(sim.get("pod/high", "status.nominatedNodeName"), "n1");
    let uid = sim.get("pod/high", "metadata.uid");
    assert_eq!(
        sim.told("pod/low", "Preempted"),
        [format!("Normal Preempted by pod {uid} on node n1")]
    );
    sim.secs(20);
    assert_eq!(sim.nodes(&["high"]), ["n1"]);
    assert!(!sim.is_there("pod/low"));
}

#[test]
fn s120_of_two_nodes_the_one_whose_budget_is_not_broken_is_emptied() {
    let mut sim = Sim::new(2);
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "kept"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}}});
    let at = |node: &str| {
        over(
            asks("6"),
            &json!({"nodeSelector": {"kubernetes.io/hostname": node}}),
        )
    };
    sim.create([
        priority("high", 1000, json!({})),
        budget,
        pod("kept", &[], at("n1")),
        pod("spare", &[], at("n2")),
    ])
    .secs(20);
    sim.create([pod("high", &[], important("high", "6"))])
        .secs(20);
    assert_eq!(sim.nodes(&["high"]), ["n2"]);
    assert!(sim.is_there("pod/kept") && !sim.is_there("pod/spare"));
}
