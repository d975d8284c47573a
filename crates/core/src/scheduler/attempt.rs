//! One attempt to find a node for a Pod. Models pkg/scheduler/schedule_one.go, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::{Kind, Object, Text, Value};

use super::filters::{ClaimPlan, Cycle, EarlyRejection, Plugin, Plugins, Rejection, plan_volumes};
use super::node_info::{NodeInfo, Nodes};
use super::preemption::{self, Preemption};
use super::promises::Promises;
use super::{Memory, bind, guards, is_ours, message, queue, scores};
use crate::rng::{Random, Stream};
use crate::wait::On;
use crate::{Cx, Id, World};

/// What an attempt comes to.
enum Outcome {
    Node(Id, Text, Vec<ClaimPlan>),
    Early(EarlyRejection),
    None {
        rejected: Vec<(Id, Rejection)>,
        closest: Option<(Id, Plugin)>,
    },
}

/// Tries a Pod.
pub(super) fn attempt(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id).filter(|o| is_ours(o)) else {
        return;
    };
    if let Some(waiter) = cx.world.parts.scheduler.waiters.get(&id) {
        cx.cause = waiter.cause.or(cx.cause);
    }
    let outcome = {
        // Copies cost nothing while nothing is written; what is found out in passing (counts) is put back.
        let mut memory = cx.world.parts.scheduler.clone();
        let mut random = cx.world.parts.random.clone();
        let outcome = decide(cx.world, &mut memory, &mut random, id, &object);
        cx.world.parts.random = random;
        cx.world.parts.scheduler.counters = memory.counters;
        cx.world.parts.scheduler.next_start = memory.next_start;
        outcome
    };
    let release = cx.world.release();
    match outcome {
        Outcome::Node(node, name, plans) => bind::start(cx, id, &object, node, &name, plans),
        Outcome::Early(rejection) => {
            let nodes = cx.world.parts.scheduler.nodes.len();
            let mut rejected = Plugins::default();
            rejected.insert(rejection.plugin);
            let message = match nodes {
                0 => message::of_nodes(release, &[], ""),
                _ => message::of_early(release, &rejection, nodes),
            };
            // Nothing was looked for, so a promise stays (before: one that came to nothing is taken back).
            let keeps = nodes == 0 || release.early_rejection_not_found();
            tell(cx, id, "Unschedulable", &message, keeps);
            let on = rejection.about.map_or(On::Administrator, On::Object);
            cx.wait(id, on, &guards::CLAIMS, None);
            queue::park(cx, id, rejected);
        }
        Outcome::None { rejected, closest } => {
            let memory = cx.world.parts.scheduler.clone();
            let preemption = preemption::search(cx.world, &memory, id, &object, &rejected);
            let keeps = matches!(preemption, Preemption::NotEligible(_));
            let text = match &preemption {
                Preemption::Nothing(text) | Preemption::NotEligible(text) => text.clone(),
                Preemption::Victims { .. } if !release.tells_potential_placement() => String::new(),
                Preemption::Victims { node, victims } => {
                    preemption::found(&cx.world.store.key(*node).name, victims.len())
                }
            };
            let mut plugins = Plugins::default();
            let rejections: Vec<Rejection> = rejected
                .into_iter()
                .map(|(_, rejection)| rejection)
                .into_list();
            for rejection in &rejections {
                plugins.insert(rejection.plugin);
            }
            tell(
                cx,
                id,
                "Unschedulable",
                &message::of_nodes(release, &rejections, &text),
                keeps,
            );
            match closest {
                Some((node, plugin)) => cx.wait(id, On::Object(node), guards::of(plugin), None),
                None => cx.wait(id, On::Administrator, &guards::NO_NODES, None),
            }
            queue::park(cx, id, plugins);
            if let Preemption::Victims { node, victims } = preemption {
                preemption::evict(cx, id, node, &victims);
            }
        }
    }
}

/// Writes the condition and the event of an attempt in vain; a node that the Pod was promised stays its own only if it `keeps` it.
pub(super) fn tell(cx: &mut Cx<'_>, id: Id, reason: &'static str, message: &Text, keeps: bool) {
    let now = cx.now();
    if !keeps {
        cx.world.parts.scheduler.promised.remove(&id);
    }
    cx.event(id, true, "FailedScheduling", message::note(message));
    let condition = Condition::new("PodScheduled", false, now).because(reason, message.clone());
    let _ = cx.update(id, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        let status = Arc::make_mut(&mut pod.status);
        let taken_back = !keeps && !std::mem::take(&mut status.nominated_node_name).is_empty();
        condition::set(&mut status.conditions, condition) || taken_back
    });
}

/// Whether other Pods may have to go for a Pod.
pub(super) fn may_preempt(world: &World, object: &Object) -> bool {
    let Some(pod) = object.as_pod() else {
        return true;
    };
    let class = &pod.spec.priority_class_name;
    let class = world
        .store
        .find(Kind::PriorityClass, "", class)
        .and_then(|o| o.as_priority_class());
    let policies = [
        pod.raw.get("preemptionPolicy"),
        class.and_then(|c| c.raw.get("preemptionPolicy")),
    ];
    policies
        .into_iter()
        .flatten()
        .next()
        .and_then(Value::as_str)
        != Some("Never")
}

/// How many nodes that fit are enough. Models schedule_one.go `numFeasibleNodesToFind`.
fn enough(nodes: usize) -> usize {
    if nodes < 100 {
        return nodes;
    }
    let percentage = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percentage / 100).max(100)
}

/// What the scheduler thinks of a node for a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The node's name.
    pub node: Text,
    /// Its score, where the Pod fits; the highest wins.
    pub score: Option<i64>,
    /// Why the Pod does not fit, in Kubernetes' words.
    pub reasons: Vec<Text>,
}

/// What the scheduler thinks of every node for a Pod that waits for one, or why it does not look at nodes at all.
///
/// # Errors
/// The reason why it does not look at nodes; `None` if that Pod does not wait.
pub fn opinions(world: &World, pod: Id) -> Result<Vec<Opinion>, Option<Text>> {
    let object = world.get(pod).filter(|o| is_ours(o)).ok_or(None)?;
    let mut memory = world.parts.scheduler.clone();
    let cycle = Cycle::new(world, &mut memory, pod, object).map_err(|early| Some(early.reason))?;
    let nodes = memory.nodes.clone();
    let asked: Vec<_> = nodes
        .iter()
        .map(|node| (cycle.filter(node), &**node))
        .into_list();
    let fitting = asked.iter().filter(|(rejection, _)| rejection.is_none());
    let feasible: Vec<&NodeInfo> = fitting.map(|(_, node)| *node).into_list();
    let mut scores = scores::scores(&cycle, &mut memory, &feasible).into_iter();
    let opinion = |(rejection, node): (Option<Rejection>, &NodeInfo)| Opinion {
        node: node.name().clone(),
        score: rejection.is_none().then(|| scores.next()).flatten(),
        reasons: rejection.map(|r| r.reasons).unwrap_or_default(),
    };
    Ok(asked.into_iter().map(opinion).collect())
}

/// How often a Pod that waits for a node was tried in vain.
pub fn attempts(world: &World, pod: Id) -> u32 {
    let waiter = world.parts.scheduler.waiters.get(&pod);
    waiter.map_or(0, |waiter| waiter.attempts)
}

/// One attempt: which node, or why none.
fn decide(
    world: &World,
    memory: &mut Memory,
    random: &mut Random,
    id: Id,
    object: &Arc<Object>,
) -> Outcome {
    let cycle = match Cycle::new(world, memory, id, object) {
        Ok(cycle) => cycle,
        Err(rejection) => return Outcome::Early(rejection),
    };
    let nodes = memory.nodes.clone();
    let promises = Promises::of(world, memory, id, object);
    let (feasible, rejected) = match promised_node(&cycle, &promises, &nodes) {
        Some(node) => (vec![node], Vec::new()),
        None => search(&cycle, &promises, &nodes, &mut memory.next_start),
    };
    let chosen = match feasible.len() {
        0 => {
            // The node that is closest to fitting tells what is really waited for.
            let closest = rejected.iter().min_by_key(|(node, _)| cycle.distance(node));
            let closest = closest.map(|(node, rejection)| (node.id, rejection.plugin));
            let rejected = rejected
                .into_iter()
                .map(|(node, rejection)| (node.id, rejection))
                .collect();
            return Outcome::None { rejected, closest };
        }
        1 => 0,
        _ => {
            let scores = scores::scores(&cycle, memory, &feasible);
            let highest = scores.iter().copied().max().unwrap_or_default();
            let mut best = (0..scores.len()).filter(|n| scores[*n] == highest);
            let which = match best.clone().count() {
                1 => 0,
                several => random.below(Stream::SchedulerTieBreak, several as u32),
            };
            best.nth(which as usize).expect("one has the highest score")
        }
    };
    let node = feasible[chosen];
    let plans = plan_volumes(&cycle.volumes, node).unwrap_or_default();
    Outcome::Node(node.id, node.name().clone(), plans)
}

/// The node that a Pod was promised, if it fits there now: then no other is asked. Models `evaluateNominatedNode`.
fn promised_node<'n>(
    cycle: &Cycle<'_>,
    promises: &Promises<'_>,
    nodes: &'n Nodes,
) -> Option<&'n NodeInfo> {
    let name = &cycle.pod.status.nominated_node_name;
    let id = (!name.is_empty()).then(|| cycle.world.store.id(Kind::Node, "", name))??;
    let node = nodes.get(id)?;
    promises.filter(cycle, node).is_none().then_some(&**node)
}

type Found<'n> = (Vec<&'n NodeInfo>, Vec<(&'n NodeInfo, Rejection)>);

/// Asks nodes in turn until enough fit.
fn search<'n>(
    cycle: &Cycle<'_>,
    promises: &Promises<'_>,
    nodes: &'n Nodes,
    next_start: &mut Option<Id>,
) -> Found<'n> {
    let enough = enough(nodes.len());
    let start = next_start.unwrap_or(Id(0));
    let (mut feasible, mut rejected) = (Vec::with_capacity(enough), Vec::new());
    for node in nodes.iter_from(start) {
        if feasible.len() >= enough {
            *next_start = Some(node.id);
            break;
        }
        match promises.filter(cycle, node) {
            None => feasible.push(&**node),
            Some(rejection) => rejected.push((&**node, rejection)),
        }
    }
    // In the order of their handles, whoever was asked first: what is counted by node comes in that order, too.
    let from_the_beginning = feasible.iter().position(|node| node.id < start);
    feasible.rotate_left(from_the_beginning.unwrap_or_default());
    (feasible, rejected)
}
