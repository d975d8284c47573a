//! The disruption controller: how many Pods a PodDisruptionBudget allows to be evicted now.
//!
//! ```text
//! watch ─▶ sync: gather (the Pods that the budget selects, their controllers) ─▶ count (pure) ─▶ status
//! ```
//!
//! The eviction itself, which takes from what is allowed, is the API server's (`apiserver/eviction.rs`).
//!
//! A Pod that was to be disrupted and is still there after two minutes is no longer said to be.
//!
//! Models pkg/controller/disruption/disruption.go, 1.37.

mod decide;
#[cfg(test)]
mod tests;

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus, DISRUPTION_TARGET};
use ordinal_api::read::Read;
use ordinal_api::statefulset::IntOrPercent;
use ordinal_api::{
    Body, Kind, Object, OwnerReference, Selector, SimDuration, SimTime, Text, Value, value,
};
use serde_json::{Map, json};

use self::decide::{Counts, Covered, DELETION_TIMEOUT, Unknown, Wanted, count};
use super::claim::resolve;
use crate::controllers::Controller;
use crate::queue::Work;
use crate::{Change, Cx, Id, World};

/// Sees a change and queues the budgets that it concerns.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::PodDisruptionBudget if change.new.is_some() => {
            cx.enqueue(Controller::Disruption, change.id);
        }
        Kind::Pod => watch_pod(cx, change),
        _ => {}
    }
}

/// A Pod concerns the first budget that selects it. Models `getPdbForPod`.
fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let stale = |pod: &Option<Arc<Object>>| pod.as_deref().and_then(stale_at);
    if let Some(at) = stale(&change.new)
        && stale(&change.old) != Some(at)
    {
        cx.at(at, Work::Sync(Controller::Disruption, change.id));
    }
    if cx.world.store.count(Kind::PodDisruptionBudget) == 0 {
        return;
    }
    let pod = change.object().clone();
    let budgets: Vec<(Id, Text)> = budgets_of(cx.world, &pod);
    let [(first, name), rest @ ..] = budgets.as_slice() else {
        return;
    };
    if !rest.is_empty() && change.new.is_some() {
        let meta = &pod.meta;
        let message = format!(
            "Pod \"{}\"/\"{}\" matches multiple PodDisruptionBudgets.  Chose \"{name}\" arbitrarily.",
            meta.namespace, meta.name
        );
        cx.event(change.id, true, "MultiplePodDisruptionBudgets", message);
    }
    cx.enqueue(Controller::Disruption, *first);
}

/// When the condition that a Pod is a target of disruption is stale. Models `nonTerminatingPodHasStaleDisruptionCondition`.
fn stale_at(pod: &Object) -> Option<SimTime> {
    let status = &pod.as_pod()?.status;
    let target = condition::find(&status.conditions, DISRUPTION_TARGET)?;
    let counts = target.status == ConditionStatus::True
        && target.reason != "TerminationByKubelet"
        && !pod.meta.is_deleting()
        && !status.phase.is_terminal();
    counts.then_some(target.last_transition + DELETION_TIMEOUT)
}

/// Takes a stale condition back. Models `syncStalePodDisruption`.
fn take_back(cx: &mut Cx<'_>, id: Id, pod: &Object) {
    let now = cx.now();
    if stale_at(pod).is_none_or(|at| at > now) {
        return;
    }
    let _ = cx.update(id, |pod| {
        let over = Condition::new(DISRUPTION_TARGET, false, now);
        pod.as_pod_mut()
            .is_some_and(|pod| condition::set(&mut Arc::make_mut(&mut pod.status).conditions, over))
    });
}

fn budgets_of(world: &World, pod: &Object) -> Vec<(Id, Text)> {
    let budgets = world.store.list(Kind::PodDisruptionBudget);
    let selecting = budgets.filter(|(_, budget)| {
        budget.meta.namespace == pod.meta.namespace && selects(&raw(budget), pod)
    });
    selecting
        .map(|(id, budget)| (id, budget.meta.name.clone()))
        .collect()
}

fn raw(budget: &Object) -> Arc<Value> {
    match &budget.body {
        Body::PodDisruptionBudget(plain) => plain.raw.clone(),
        _ => Arc::default(),
    }
}

/// No selector selects nothing; an empty one selects every Pod of the namespace.
fn selects(budget: &Value, pod: &Object) -> bool {
    let Some(selector) = value::at(budget, &["spec", "selector"]).filter(|s| s.is_object()) else {
        return false;
    };
    Selector::read(selector).is_ok_and(|s| s.is_empty() || s.matches(&pod.meta.labels))
}

/// Looks at one budget. Models `sync`, `trySync` and `failSafe`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else { return };
    if object.kind() == Kind::Pod {
        return take_back(cx, id, &object);
    }
    let budget = raw(&object);
    let pods = covered(cx.world, &object, &budget);
    if pods.is_empty() {
        cx.event(id, false, "NoPods", "No matching pods found");
    }
    let part = |name: &str| value::at(&budget, &["spec", name]).and_then(IntOrPercent::from_value);
    let wanted = match (part("maxUnavailable"), part("minAvailable")) {
        (Some(most), _) => Wanted::MaxUnavailable(most),
        (None, Some(least)) => Wanted::MinAvailable(least),
        (None, None) => Wanted::MinAvailable(IntOrPercent::Int(0)),
    };
    let now = cx.now();
    let counts = match count(wanted, &pods, &disrupted(&budget), now) {
        Ok(counts) => counts,
        Err(why) => {
            let message = format!("Failed to calculate the number of expected pods: {why}");
            cx.event(id, true, "CalculateExpectedPodCountFailed", message);
            // What could be written is not tried again: the next change of a Pod or of the budget does that.
            return fail_safe(cx, id, &budget, &why);
        }
    };
    if counts.unmanaged {
        cx.event(id, true, "UnmanagedPods", unmanaged_text(&budget));
    }
    for pod in &counts.not_deleted {
        let meta = &object.meta;
        // The namespace twice, as the real controller says it.
        let message = format!(
            "Pod was expected by PDB {}/{} to be deleted but it wasn't",
            meta.namespace, meta.namespace
        );
        let pod = cx.id(Kind::Pod, &meta.namespace, pod);
        cx.event(pod, true, "NotDeleted", message);
    }
    cx.forget(Controller::Disruption, id);
    let status = status(&counts, &object, &budget, now);
    write(cx, id, &budget, status);
    if let Some(first) = counts.disrupted.values().min() {
        let again = *first + DELETION_TIMEOUT + SimDuration::ms(1);
        cx.at(again, Work::Sync(Controller::Disruption, id));
    }
}

fn unmanaged_text(budget: &Value) -> String {
    let labels = value::at(budget, &["spec", "selector", "matchLabels"]).and_then(Value::as_object);
    let pairs = labels.into_iter().flatten();
    let pairs: Vec<String> = pairs
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or_default()))
        .collect();
    let selector = format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{},}},MatchExpressions:[]LabelSelectorRequirement{{}},}}",
        pairs.join(",")
    );
    format!(
        "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    )
}

/// The Pods that a budget selects.
fn covered(world: &World, object: &Object, budget: &Value) -> Vec<Covered> {
    let pods = world.store.list(Kind::Pod);
    let selected =
        pods.filter(|(_, pod)| pod.meta.namespace == object.meta.namespace && selects(budget, pod));
    selected
        .map(|(_, pod)| Covered {
            name: pod.meta.name.clone(),
            ready: pod.as_pod().is_some_and(|p| p.is_ready()),
            deleting: pod.meta.is_deleting(),
            controller: scale_of(world, pod),
        })
        .collect()
}

/// How many Pods the controller behind a Pod wants: its Deployment's, where there is one, else its own scale.
/// Models `getPodReplicationController`, `getPodDeployment`, `getPodReplicaSet`, `getPodStatefulSet` and `getScaleController`.
fn scale_of(world: &World, pod: &Object) -> Result<(ordinal_api::Uid, u32), Unknown> {
    let owner = pod.meta.controller().ok_or(Unknown::Unmanaged)?;
    let find = |owner: &OwnerReference| {
        resolve(world, &pod.meta.namespace, owner).map(|(_, found)| found.clone())
    };
    let found = find(owner).ok_or(Unknown::NotFound)?;
    let above = found.meta.controller();
    let above = above.filter(|o| o.kind == Some(Kind::Deployment));
    let found = above.and_then(find).unwrap_or(found);
    let replicas = match &found.body {
        Body::StatefulSet(set) => set.spec.replicas,
        Body::ReplicaSet(set) | Body::ReplicationController(set) => set.replicas,
        Body::Deployment(deployment) => deployment.spec.replicas,
        _ => return Err(Unknown::NoScale(found.kind())),
    };
    Ok((found.meta.uid, replicas))
}

fn disrupted(budget: &Value) -> SortedMap<Text, SimTime> {
    let pods = value::at(budget, &["status", "disruptedPods"]).and_then(Value::as_object);
    let moment = |(name, at): (&String, &Value)| {
        Some((name.as_str().into(), SimTime::parse_rfc3339(at.as_str()?)?))
    };
    pods.into_iter().flatten().filter_map(moment).collect()
}

/// The status with these counts.
fn status(counts: &Counts, object: &Object, budget: &Value, now: SimTime) -> Value {
    let mut status = Map::new();
    let allowed = counts.disruptions_allowed > 0;
    let reason = if allowed {
        "SufficientPods"
    } else {
        "InsufficientPods"
    };
    let generation = object.meta.generation;
    let condition = allowed_condition(budget, allowed, reason, "", generation, now);
    status.insert("conditions".into(), json!([condition]));
    status.insert("currentHealthy".into(), json!(counts.current_healthy));
    status.insert("desiredHealthy".into(), json!(counts.desired_healthy));
    if !counts.disrupted.is_empty() {
        let pods = counts.disrupted.iter();
        let pods: Map<String, Value> = pods
            .map(|(name, at)| (name.to_string(), json!(at.to_rfc3339())))
            .collect();
        status.insert("disruptedPods".into(), pods.into());
    }
    status.insert(
        "disruptionsAllowed".into(),
        json!(counts.disruptions_allowed),
    );
    status.insert("expectedPods".into(), json!(counts.expected_pods));
    status.insert("observedGeneration".into(), json!(generation));
    status.into()
}

/// The condition `DisruptionAllowed`, with the moment of its last change.
pub(crate) fn allowed_condition(
    budget: &Value,
    allowed: bool,
    reason: &str,
    message: &str,
    generation: u64,
    now: SimTime,
) -> Value {
    let value = if allowed { "True" } else { "False" };
    let list = value::at(budget, &["status", "conditions"]).and_then(Value::as_array);
    let before = list
        .into_iter()
        .flatten()
        .find(|c| c["type"] == "DisruptionAllowed" && c["status"] == value);
    let since = before.map_or_else(
        || json!(now.to_rfc3339()),
        |c| c["lastTransitionTime"].clone(),
    );
    json!({
        "type": "DisruptionAllowed", "status": value, "reason": reason, "message": message,
        "observedGeneration": generation, "lastTransitionTime": since,
    })
}

/// What is not known allows nothing.
fn fail_safe(cx: &mut Cx<'_>, id: Id, budget: &Value, why: &str) {
    let now = cx.now();
    let mut status = budget["status"].clone();
    if !status.is_object() {
        status = json!({"currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0});
    }
    let generation = status["observedGeneration"].as_u64().unwrap_or(0);
    let condition = allowed_condition(budget, false, "SyncFailed", why, generation, now);
    status["disruptionsAllowed"] = json!(0);
    status["conditions"] = json!([condition]);
    write(cx, id, budget, status);
}

fn write(cx: &mut Cx<'_>, id: Id, budget: &Value, status: Value) {
    if budget["status"] == status {
        return;
    }
    // Nobody else writes it between reading and writing.
    let _ = cx.update(id, |object| match &mut object.body {
        Body::PodDisruptionBudget(plain) => {
            let raw = Arc::make_mut(&mut plain.raw);
            raw["status"] = status;
            true
        }
        _ => false,
    });
}
