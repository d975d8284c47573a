//! Budgets, drains, owners and namespaces.

use serde_json::{Value, json};

use super::{Sim, deployment, over, pod, pvc, set};

fn budget(name: &str, spec: Value) -> Value {
    let base = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": "web"}}}});
    over(base, &json!({"spec": spec}))
}

#[test]
fn s131_a_budget_in_numbers_or_percent_allows_so_many_evictions_and_two_budgets_none() {
    for (spec, allowed, desired) in [
        (json!({"minAvailable": 2}), "1", "2"),
        (json!({"minAvailable": "50%"}), "1", "2"),
        (json!({"maxUnavailable": 1}), "1", "2"),
        (json!({"maxUnavailable": "30%"}), "1", "2"),
        (json!({"minAvailable": 3}), "0", "3"),
    ] {
        let mut sim = Sim::new(3);
        sim.create([budget("web", spec.clone()), set(3, false, json!({}))])
            .secs(60);
        assert_eq!(
            (
                sim.get("pdb/web", "status.disruptionsAllowed"),
                sim.get("pdb/web", "status.desiredHealthy")
            ),
            (allowed.into(), desired.into()),
            "{spec}"
        );
        let node = sim.nodes(&["web-2"]).remove(0);
        let said = sim.k(&format!("drain {node} --timeout=8s"));
        let refused =
            said.contains("Cannot evict pod as it would violate the pod's disruption budget.");
        assert_eq!(refused, allowed == "0", "{spec}: {said}");
        if refused {
            sim.patch("pdb/web", json!({"spec": {"minAvailable": 2}}));
            sim.secs(1);
            let said = sim.k(&format!("drain {node} --timeout=8s"));
            assert!(!said.contains("Cannot evict"), "{said}");
        }
    }
    let mut sim = Sim::new(3);
    sim.create([
        budget("a", json!({"minAvailable": 1})),
        budget("b", json!({"minAvailable": 1})),
        set(3, false, json!({})),
    ])
    .secs(60);
    let node = sim.nodes(&["web-2"]).remove(0);
    let said = sim.k(&format!("drain {node} --timeout=8s"));
    assert!(said.contains("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."), "{said}");
}

#[test]
fn s132_a_quorum_is_drained_one_pod_at_a_time() {
    let mut sim = Sim::new(4);
    sim.create([
        budget("web", json!({"minAvailable": 2})),
        set(3, true, json!({})),
    ])
    .secs(60);
    let nodes = sim.nodes(&["web-0", "web-1", "web-2"]);
    for node in &nodes {
        let said = sim.k(&format!("drain {node} --timeout=120s"));
        let _ = said;
        sim.secs(60);
        let least = sim.get("pdb/web", "status.currentHealthy");
        assert_eq!(least, "3");
    }
    // At no moment were fewer than two ready.
    let ready = ordinal_core::milestones::milestones(sim.cluster.world());
    let first = ready
        .iter()
        .position(|m| m.text == "statefulset/web#1 status readyReplicas=3")
        .expect("it came up");
    let low = ready[first..]
        .iter()
        .find(|m| m.text.ends_with("readyReplicas=1") || m.text.ends_with("readyReplicas=0"));
    assert!(low.is_none(), "{low:?}");
}

#[test]
fn s133_dependants_go_with_their_owner_or_stay_without_one() {
    for (cascade, stay) in [
        ("background", false),
        ("foreground", false),
        ("orphan", true),
    ] {
        let mut sim = Sim::new(2);
        sim.create([deployment(2, &[], json!({}))]).secs(30);
        sim.k(&format!(
            "delete deploy api --wait=false --cascade={cascade}"
        ));
        sim.secs(30);
        assert!(!sim.is_there("deploy/api"), "{cascade}");
        let sets = sim.names("rs");
        assert_eq!(sets.len(), usize::from(stay), "{cascade}");
        assert_eq!(
            sim.names("pod").len(),
            if stay { 2 } else { 0 },
            "{cascade}"
        );
        if let [name] = &sets[..] {
            assert_eq!(
                sim.value(&format!("rs/{name}"), "metadata.ownerReferences"),
                Value::Null
            );
        }
    }
    // Two owners: it goes with the last.
    let mut sim = Sim::new(1);
    sim.create([pod("a", &[], json!({})), pod("b", &[], json!({}))])
        .secs(30);
    let owner = |name: &str, uid: String| json!({"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid});
    let owners = json!([
        owner("a", sim.get("pod/a", "metadata.uid")),
        owner("b", sim.get("pod/b", "metadata.uid"))
    ]);
    sim.create([json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "both", "ownerReferences": owners}})]);
    sim.k("delete pod a --wait=false");
    sim.secs(30);
    assert!(sim.is_there("configmap/both"));
    sim.k("delete pod b --wait=false");
    sim.secs(30);
    assert!(!sim.is_there("configmap/both"));
}

#[test]
fn s134_a_namespaces_pods_go_first_and_one_on_a_dead_node_holds_all() {
    let mut sim = Sim::new(2);
    sim.create([json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})]);
    let inside = |object: Value| over(object, &json!({"metadata": {"namespace": "shop"}}));
    sim.create([
        inside(pvc("data", json!({"storageClassName": "standard"}))),
        inside(pod("p", &["data"], json!({}))),
    ])
    .secs(30);
    let node = sim.k("get pod p -n shop -o jsonpath={.spec.nodeName}");
    sim.fault(&format!("power-off {node}"));
    sim.secs(100);
    sim.k("delete namespace shop --wait=false");
    sim.secs(60);
    assert_eq!(sim.get("namespace/shop", "status.phase"), "Terminating");
    // Nothing but Pods has been looked at yet, and so nothing is said to be left.
    let (status, reason, _) = sim.condition("namespace/shop", "NamespaceContentRemaining");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "ContentRemoved")
    );
    let claim = sim.k("get pvc data -n shop");
    assert!(
        claim.contains("Bound"),
        "nothing else goes before the Pods: {claim}"
    );
    let why = sim
        .try_create(inside(pod("late", &[], json!({}))))
        .expect_err("it is going");
    assert!(why.ends_with("is forbidden: unable to create new content in namespace shop because it is being terminated"), "{why}");
    sim.k("delete pod p -n shop --force --grace-period=0");
    sim.secs(60);
    assert!(!sim.is_there("namespace/shop"));
    // A finalizer of somebody else holds it in the end, and is counted.
    sim.create([json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "held"}})]);
    let kept = json!({"metadata": {"namespace": "held", "finalizers": ["example.com/hold"]}});
    sim.create([over(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}}),
        &kept,
    )]);
    sim.k("delete namespace held --wait=false");
    sim.secs(30);
    let (_, reason, message) = sim.condition("namespace/held", "NamespaceContentRemaining");
    assert_eq!(
        (reason.as_str(), message.as_str()),
        (
            "SomeResourcesRemain",
            "Some resources are remaining: configmaps. has 1 resource instances"
        )
    );
    let (_, reason, message) = sim.condition("namespace/held", "NamespaceFinalizersRemaining");
    assert_eq!(reason, "SomeFinalizersRemain");
    assert_eq!(
        message,
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    );
}
