//! Preemption: when no node will do, Pods of lower priority make room. Models pkg/scheduler/framework/preemption and
//! plugins/defaultpreemption, 1.37.

use ordinal_api::list::IntoList;
use std::cmp::Reverse;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition, DISRUPTION_TARGET};
use ordinal_api::pod::Pod;
use ordinal_api::read::Read;
use ordinal_api::{Kind, Labels, Object, Selector, Text, Value};

use super::filters::{Cycle, Rejection};
use super::promises::Promises;
use super::queue::priority;
use super::{Memory, account_in, message, node_of};
use crate::apiserver::DeleteOptions;
use crate::store::Link;
use crate::{Cx, Id, World};

/// What preemption comes to.
pub(super) enum Preemption {
    /// Nothing; what is said about it.
    Nothing(String),
    /// It was not even looked for; why.
    NotEligible(String),
    /// These Pods have to go from that node.
    Victims { node: Id, victims: Vec<Id> },
}

/// A node on which it would work.
struct Candidate {
    node: Id,
    victims: Vec<Id>,
    rank: Rank,
}

/// Less is better: budgets broken, the highest priority among the victims, the sum of them, their number, and then the latest start.
type Rank = (usize, i32, i64, usize, Reverse<u64>);

/// Looks for the node on which the least has to go.
pub(super) fn search(
    world: &World,
    memory: &Memory,
    id: Id,
    object: &Arc<Object>,
    rejected: &[(Id, Rejection)],
) -> Preemption {
    const NOT_ELIGIBLE: &str = "not eligible due to";
    if !super::attempt::may_preempt(world, object) {
        return Preemption::NotEligible(format!("{NOT_ELIGIBLE} preemptionPolicy=Never."));
    }
    if waits_for_victims(world, object, rejected) {
        return Preemption::NotEligible(format!(
            "{NOT_ELIGIBLE} a terminating pod on the nominated node."
        ));
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut reasons: Vec<Text> = Vec::new();
    for (node, rejection) in rejected {
        if !rejection.resolvable {
            reasons.push(Text::new_static("Preemption is not helpful for scheduling"));
            continue;
        }
        match try_node(world, memory, id, object, *node) {
            Ok(candidate) => candidates.push(candidate),
            Err(why) => reasons.extend(why),
        }
    }
    match candidates
        .into_iter()
        .min_by_key(|candidate| candidate.rank)
    {
        Some(Candidate { node, victims, .. }) => Preemption::Victims { node, victims },
        None => {
            let reasons = message::histogram(reasons.iter().map(Text::as_str));
            Preemption::Nothing(format!(
                "0/{} nodes are available: {reasons}.",
                rejected.len()
            ))
        }
    }
}

/// Whether Pods are already going from the node that the Pod was promised.
fn waits_for_victims(world: &World, object: &Object, rejected: &[(Id, Rejection)]) -> bool {
    let Some(pod) = object
        .as_pod()
        .filter(|p| !p.status.nominated_node_name.is_empty())
    else {
        return false;
    };
    let Some(node) = world
        .store
        .id(Kind::Node, "", &pod.status.nominated_node_name)
    else {
        return false;
    };
    let hopeless = rejected
        .iter()
        .any(|(id, rejection)| *id == node && !rejection.resolvable);
    let own = priority(world, pod);
    let mut pods = world.store.linked(Link::PodOnNode, node);
    let is_preempted = |p: &Pod| {
        let target = condition::find(&p.status.conditions, DISRUPTION_TARGET);
        target.is_some_and(|c| c.reason == PREEMPTED)
    };
    !hopeless
        && pods.any(|(_, o)| {
            let less = |p: &Pod| priority(world, p) < own && is_preempted(p);
            o.meta.is_deleting() && o.as_pod().is_some_and(less)
        })
}

/// The reason of the condition `DisruptionTarget` of a Pod that makes room.
const PREEMPTED: &str = "PreemptionByScheduler";

fn fits(
    world: &World,
    memory: &mut Memory,
    id: Id,
    object: &Arc<Object>,
    node: Id,
) -> Result<(), Vec<Text>> {
    let cycle = Cycle::new(world, memory, id, object).map_err(|early| vec![early.reason])?;
    let there = memory.clone();
    let promises = Promises::of(world, &there, id, object);
    let rejection = there
        .nodes
        .get(node)
        .and_then(|node| promises.filter(&cycle, node));
    rejection.map_or(Ok(()), |rejection| Err(rejection.reasons))
}

/// Models `SelectVictimsOnNode`: all that may go are taken away, then as many as possible are let back, the most important first.
fn try_node(
    world: &World,
    memory: &Memory,
    id: Id,
    object: &Arc<Object>,
    node: Id,
) -> Result<Candidate, Vec<Text>> {
    let own = object
        .as_pod()
        .map(|p| priority(world, p))
        .unwrap_or_default();
    let of = |o: &Object| o.as_pod().map(|p| priority(world, p)).unwrap_or_default();
    let placed = world
        .store
        .linked(Link::PodOnNode, node)
        .filter(|(_, o)| node_of(&world.store, o).is_some());
    let mut lower: Vec<(Id, &Arc<Object>)> = placed.filter(|(_, o)| of(o) < own).into_list();
    if lower.is_empty() {
        return Err(vec![Text::new_static(
            "No preemption victims found for incoming pod",
        )]);
    }
    let mut memory = memory.clone();
    let set = |memory: &mut Memory, pod: (Id, &Arc<Object>), there: bool| {
        account_in(memory, pod.1, node, there);
        if there {
            memory.absent.remove(&pod.0)
        } else {
            memory.absent.insert(pod.0)
        };
    };
    for pod in &lower {
        set(&mut memory, *pod, false);
    }
    fits(world, &mut memory, id, object, node)?;
    let start = |o: &Object| {
        o.as_pod()
            .and_then(|p| p.status.start_time)
            .map(|at| at.0 / 1000)
    };
    sort_by_importance(&mut lower, |(_, o)| (of(o), start(o)));
    let broken = breaks_budgets(world, &lower);
    let in_turn = |first: bool| {
        lower
            .iter()
            .zip(&broken)
            .filter(move |(_, broken)| **broken == first)
    };
    let mut victims = Vec::new();
    let mut violations = 0;
    for (pod, broken) in in_turn(true).chain(in_turn(false)) {
        set(&mut memory, *pod, true);
        if fits(world, &mut memory, id, object, node).is_err() {
            set(&mut memory, *pod, false);
            victims.push(*pod);
            violations += usize::from(*broken);
        }
    }
    if broken.contains(&true) && broken.contains(&false) {
        sort_by_importance(&mut victims, |(_, o)| (of(o), start(o)));
    }
    let highest = victims.iter().map(|(_, o)| of(o)).max().unwrap_or_default();
    // Upstream adds 2^31 to each, so that fewer negative priorities are better, too.
    let sum = victims
        .iter()
        .map(|(_, o)| i64::from(of(o)) + (1 << 31))
        .sum();
    // One that has not started counts as started now.
    let earliest = victims
        .iter()
        .filter(|(_, o)| of(o) == highest)
        .map(|(_, o)| start(o).unwrap_or(u64::MAX))
        .min();
    let rank = (
        violations,
        highest,
        sum,
        victims.len(),
        Reverse(earliest.unwrap_or_default()),
    );
    Ok(Candidate {
        node,
        victims: victims.into_iter().map(|(id, _)| id).collect(),
        rank,
    })
}

/// The most important first: by priority, then by the second of their start. Two that have not started come in the reverse of their
/// order, for upstream takes the moment of each look as their start. Models `MoreImportantPod` under Go's `sort.Slice`.
fn sort_by_importance<T>(pods: &mut [T], importance: impl Fn(&T) -> (i32, Option<u64>)) {
    let before = |a: &T, b: &T| {
        let ((mine, start), (theirs, other)) = (importance(a), importance(b));
        match (start, other) {
            _ if mine != theirs => mine > theirs,
            (Some(start), Some(other)) => start < other,
            (start, other) => start.is_some() || other.is_none(),
        }
    };
    for end in 1..pods.len() {
        let mut at = end;
        while at > 0 && before(&pods[at], &pods[at - 1]) {
            pods.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Which of the Pods would break a disruption budget, if all went in this order. Models `filterPodsWithPDBViolation`.
fn breaks_budgets(world: &World, pods: &[(Id, &Arc<Object>)]) -> Vec<bool> {
    let budgets = world.store.list(Kind::PodDisruptionBudget);
    let mut budgets: Vec<(Text, Selector, i64)> = budgets
        .filter_map(|(_, budget)| {
            let raw = &budget.as_pod_disruption_budget()?.raw;
            let spec = raw.get("spec")?.clone();
            let selector = Selector::read(spec.get("selector")?).ok()?;
            if selector.is_empty() {
                // Only here an empty selector selects nothing.
                return None;
            }
            let allowed = allowed_disruptions(world, &budget.meta.namespace, &selector, &spec);
            Some((budget.meta.namespace.clone(), selector, allowed))
        })
        .collect();
    let breaks = |(_, pod): &(Id, &Arc<Object>)| {
        let labels: &Labels = &pod.meta.labels;
        let matching = budgets.iter_mut().filter(|(namespace, selector, _)| {
            *namespace == pod.meta.namespace && !labels.is_empty() && selector.matches(labels)
        });
        // The first that is broken is enough: no other loses anything by that Pod.
        for (_, _, allowed) in matching {
            *allowed -= 1;
            if *allowed < 0 {
                return true;
            }
        }
        false
    };
    pods.iter().map(breaks).collect()
}

/// How many Pods of a budget may go: the healthy ones that it does not ask for.
fn allowed_disruptions(world: &World, namespace: &str, selector: &Selector, spec: &Value) -> i64 {
    let pods = world
        .store
        .list(Kind::Pod)
        .filter(|(_, o)| o.meta.namespace == namespace && selector.matches(&o.meta.labels));
    let pods: Vec<&Arc<Object>> = pods.map(|(_, o)| o).into_list();
    let expected = pods.len() as i64;
    let healthy = pods
        .iter()
        .filter(|o| !o.meta.is_deleting() && o.as_pod().is_some_and(|p| p.is_ready()))
        .count() as i64;
    // Percentages are rounded up.
    let number = |value: &Value| {
        let percent = value
            .as_str()
            .and_then(|s| s.strip_suffix('%'))
            .and_then(|p| p.parse::<i64>().ok());
        value
            .as_i64()
            .or(percent.map(|p| (expected * p + 99) / 100))
            .unwrap_or_default()
    };
    let desired = match (spec.get("minAvailable"), spec.get("maxUnavailable")) {
        (Some(least), _) => number(least),
        (None, Some(most)) => expected - number(most),
        (None, None) => 1,
    };
    (healthy - desired).max(0)
}

/// What is said about a placement that was found.
pub(super) fn found(node: &str, victims: usize) -> String {
    format!("found a potential placement for pod on node {node}, preempting {victims} victims")
}

/// The Pod is promised the node, and the victims are told to go. Until the last of them is told, nothing wakes the Pod: one that
/// goes at once before that may go unnoticed. Models `prepareCandidateAsync` and `IsPodRunningPreemption`.
pub(super) fn evict(cx: &mut Cx<'_>, id: Id, node_id: Id, victims: &[Id]) {
    let Some(uid) = cx.get(id).map(|o| o.meta.uid) else {
        return;
    };
    let node = cx.world.store.key(node_id).name.clone();
    let _ = cx.update(id, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        Arc::make_mut(&mut pod.status).nominated_node_name = node.clone();
        true
    });
    take_back(cx, id, node_id);
    cx.world.parts.scheduler.promised.insert(id, node_id);
    let now = cx.now();
    let going = |v: &&Id| cx.get(**v).is_some_and(|o| !o.meta.is_deleting());
    let last = victims.iter().rfind(going).copied();
    cx.world.parts.scheduler.preempting = Some(id);
    for victim in victims {
        let Some(object) = cx.get(*victim) else {
            continue;
        };
        if Some(*victim) == last {
            cx.world.parts.scheduler.preempting = None;
        }
        if !object.meta.is_deleting() {
            const TEXT: &str = "default-scheduler: preempting to accommodate a higher priority pod";
            let target = Condition::new(DISRUPTION_TARGET, true, now).because(PREEMPTED, TEXT);
            let _ = cx.update(*victim, |object| {
                let Some(pod) = object.as_pod_mut() else {
                    return false;
                };
                condition::set(&mut Arc::make_mut(&mut pod.status).conditions, target)
            });
            cx.event(
                *victim,
                false,
                "Preempted",
                format!("Preempted by pod {uid} on node {node}"),
            );
            let _ = cx.delete(
                *victim,
                DeleteOptions {
                    uid: Some(object.meta.uid),
                    ..DeleteOptions::default()
                },
            );
        }
    }
    cx.world.parts.scheduler.preempting = None;
}

/// Takes back the promise of a node to Pods that are less important than this one. Models `getLowerPriorityNominatedPods`.
fn take_back(cx: &mut Cx<'_>, id: Id, node: Id) {
    let of = |cx: &Cx<'_>, id: Id| {
        let object = cx.get(id)?;
        Some(priority(cx.world, object.as_pod()?))
    };
    let own = of(cx, id);
    let promised = cx.world.parts.scheduler.promised.clone();
    for (other, _) in promised.iter().filter(|(_, on)| *on == node) {
        if of(cx, other) >= own {
            continue;
        }
        cx.world.parts.scheduler.promised.remove(&other);
        let _ = cx.update(other, |object| {
            let Some(pod) = object.as_pod_mut() else {
                return false;
            };
            let status = Arc::make_mut(&mut pod.status);
            !std::mem::take(&mut status.nominated_node_name).is_empty()
        });
    }
}
