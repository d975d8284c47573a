//! The scheduler: it gives each Pod a node, or says why none will do.
//!
//! * [`queue`]: whose turn it is; [`hints`]: which events make a Pod worth another try
//! * [`node_info`], [`counters`]: what nodes hold, kept from one change to the next
//! * [`filters`], [`scores`], [`message`]: one attempt; [`bind`], [`preemption`]: what follows from it
//! * [`guards`]: the rules by which a Pod is kept waiting
//!
//! Models pkg/scheduler, 1.37.

pub(crate) mod bind;
pub(crate) mod counters;
pub(crate) mod filters;
mod guards;
mod hints;
mod message;
pub(crate) mod node_info;
mod preemption;
mod queue;
#[cfg(test)]
mod recorded;
mod scores;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use ordinal_api::condition::{self, Condition};
use ordinal_api::{Kind, Object, SimTime, Text, Uid, Value};

use crate::rng::{Random, Stream};
use crate::store::Store;
use crate::wait::On;
use crate::{Change, Cx, Id, World};
use bind::Binding;
use counters::Counters;
use filters::{ClaimPlan, Cycle, EarlyRejection, Plugins, Rejection, plan_volumes};
use node_info::{NodeInfo, Nodes};
use preemption::Preemption;
use queue::{Turn, Waiter};

/// A step of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerWork {
    /// The Pod whose turn it is is tried.
    Next,
    /// The scheduler looks whether the claims of a Pod are bound.
    Poll {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
    },
    /// The claims of a Pod have had their time.
    Timeout {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// When their binding began.
        since: SimTime,
    },
    /// A Pod that was tried so often in vain has waited long enough for an event.
    Flush {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// How often it had been tried.
        attempts: u32,
    },
}

/// What it remembers between attempts: its queue, and what nodes hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    nodes: Nodes,
    counters: Counters,
    waiters: OrdMap<Id, Arc<Waiter>>,
    active: OrdSet<Turn>,
    parked: OrdSet<Id>,
    pub(crate) bindings: OrdMap<Id, Arc<Binding>>,
    /// Pods that are thought away while it is looked for room.
    absent: OrdSet<Id>,
    /// Where the next search begins, in a cluster so large that not all nodes are asked.
    next_start: Option<Id>,
}

/// The node that a Pod takes room on: the one it is bound to, until it has ended.
pub(crate) fn node_of(store: &Store, object: &Object) -> Option<Id> {
    let pod = object.as_pod()?;
    if pod.node_name.is_empty() || pod.status.phase.is_terminal() {
        return None;
    }
    store.id(Kind::Node, "", &pod.node_name)
}

/// Counts a Pod in or out of what its node holds.
fn account(cx: &mut Cx<'_>, object: &Object, node: Id, add: bool) {
    account_in(&mut cx.world.parts.scheduler, object, node, add);
}

fn account_in(memory: &mut Memory, object: &Object, node: Id, add: bool) {
    if let (Some(info), Some(pod)) = (memory.nodes.get_mut(node), object.as_pod()) {
        if add {
            info.add_pod(&pod.spec);
        } else {
            info.remove_pod(&pod.spec);
        }
    }
    memory.counters.account(object, node, add);
}

/// Sees a change: new Pods, and what may make room for those that wait.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Pod => watch_pod(cx, change),
        Kind::Node => watch_node(cx, change),
        Kind::PersistentVolumeClaim => {
            let pods: Vec<Id> = cx
                .world
                .store
                .linked(crate::store::Link::PodOfClaim, change.id)
                .map(|(id, _)| id)
                .collect();
            for pod in pods {
                bind::look(cx, pod);
            }
            hints::after(cx, change);
        }
        Kind::PersistentVolume => {
            if let Some(reference) = change
                .object()
                .as_volume()
                .and_then(|v| v.claim_ref.clone())
            {
                let claim = cx.world.store.id(
                    Kind::PersistentVolumeClaim,
                    &reference.namespace,
                    &reference.name,
                );
                let pods =
                    claim.map(|claim| cx.world.store.linked(crate::store::Link::PodOfClaim, claim));
                let pods: Vec<Id> = pods.into_iter().flatten().map(|(id, _)| id).collect();
                for pod in pods {
                    bind::look(cx, pod);
                }
            }
            hints::after(cx, change);
        }
        Kind::StorageClass | Kind::CSINode => hints::after(cx, change),
        _ => {}
    }
}

/// Whether two versions of a Pod take the same room and are counted alike.
fn counts_alike(old: &Object, new: &Object) -> bool {
    let (Some(a), Some(b)) = (old.as_pod(), new.as_pod()) else {
        return false;
    };
    old.meta.uid == new.meta.uid
        && a.node_name == b.node_name
        && a.status.phase.is_terminal() == b.status.phase.is_terminal()
        && Arc::ptr_eq(&a.spec, &b.spec)
        && Arc::ptr_eq(&old.meta.labels, &new.meta.labels)
        && old.meta.is_deleting() == new.meta.is_deleting()
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let id = change.id;
    if let (Some(old), Some(new)) = (&change.old, &change.new)
        && counts_alike(old, new)
    {
        return;
    }
    let before = change
        .old
        .as_ref()
        .and_then(|o| node_of(&cx.world.store, o));
    let after = change
        .new
        .as_ref()
        .and_then(|o| node_of(&cx.world.store, o));
    if let (Some(node), Some(old)) = (before, &change.old) {
        account(cx, old, node, false);
    }
    if let (Some(node), Some(new)) = (after, &change.new) {
        account(cx, new, node, true);
    }
    let waits = change.new.as_ref().filter(|o| is_ours(o));
    let known = cx.world.parts.scheduler.waiters.get(&id).map(|w| w.uid);
    match (waits, known) {
        (Some(new), Some(uid)) if uid == new.meta.uid => {
            if new
                .as_pod()
                .is_some_and(|p| p.spec.scheduling_gates.is_empty())
            {
                queue::open(cx, id);
            }
        }
        (Some(new), _) => {
            bind::forget(cx, id);
            queue::enter(cx, id, new);
            if new
                .as_pod()
                .is_some_and(|p| !p.spec.scheduling_gates.is_empty())
            {
                cx.wait(id, On::Administrator, &guards::GATES, None);
            }
        }
        (None, Some(_)) => {
            bind::forget(cx, id);
            queue::leave(cx, id);
            cx.proceed(id);
        }
        (None, None) => {}
    }
    hints::after(cx, change);
}

/// Whether a Pod waits for this scheduler.
fn is_ours(object: &Object) -> bool {
    object.as_pod().is_some_and(|pod| {
        pod.node_name.is_empty()
            && !pod.status.phase.is_terminal()
            && !object.meta.is_deleting()
            && matches!(pod.spec.scheduler_name.as_str(), "" | "default-scheduler")
    })
}

fn watch_node(cx: &mut Cx<'_>, change: &Change) {
    let id = change.id;
    match (&change.old, &change.new) {
        (_, None) => cx.world.parts.scheduler.nodes.remove(id),
        (Some(_), Some(new)) if cx.world.parts.scheduler.nodes.get(id).is_some() => {
            if let Some(info) = cx.world.parts.scheduler.nodes.get_mut(id) {
                info.set_object(new.clone());
            }
        }
        (_, Some(new)) => {
            let mut info = NodeInfo::new(id, new.clone());
            let store = &cx.world.store;
            let placed = store
                .linked(crate::store::Link::PodOnNode, id)
                .filter(|(_, o)| node_of(store, o).is_some());
            let waiting = cx
                .world
                .parts
                .scheduler
                .bindings
                .values()
                .filter(|b| b.node == id)
                .map(|b| &b.object);
            for object in placed.map(|(_, o)| o).chain(waiting) {
                if let Some(pod) = object.as_pod() {
                    info.add_pod(&pod.spec);
                }
            }
            cx.world.parts.scheduler.nodes.insert(info);
        }
    }
    hints::after(cx, change);
}

/// Does a step.
pub(crate) fn handle(cx: &mut Cx<'_>, work: SchedulerWork) {
    match work {
        SchedulerWork::Next => {
            if let Some(id) = queue::pop(cx) {
                attempt(cx, id);
            }
        }
        SchedulerWork::Poll { pod, uid } => bind::poll(cx, pod, uid),
        SchedulerWork::Timeout { pod, uid, since } => bind::time_out(cx, pod, uid, since),
        SchedulerWork::Flush { pod, uid, attempts } => queue::flush(cx, pod, uid, attempts),
    }
}

/// What an attempt comes to.
enum Outcome {
    Node(Arc<NodeInfo>, Vec<ClaimPlan>),
    Early(EarlyRejection),
    None {
        rejected: Vec<(Id, Rejection)>,
        closest: Option<(Id, filters::Plugin)>,
    },
}

fn attempt(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id).filter(|o| is_ours(o)) else {
        return;
    };
    if let Some(waiter) = cx.world.parts.scheduler.waiters.get(&id) {
        cx.cause = waiter.cause.or(cx.cause);
    }
    // Copies cost nothing, and what is found out in passing (counts) is put back.
    let mut memory = cx.world.parts.scheduler.clone();
    let mut random = cx.world.random.clone();
    let outcome = decide(cx.world, &mut memory, &mut random, id, &object);
    cx.world.random = random;
    cx.world.parts.scheduler.counters = memory.counters;
    cx.world.parts.scheduler.next_start = memory.next_start;
    let release = cx.world.release();
    match outcome {
        Outcome::Node(node, plans) => bind::start(cx, id, &object, &node, plans),
        Outcome::Early(rejection) => {
            let nodes = cx.world.parts.scheduler.nodes.len();
            let mut rejected = Plugins::default();
            rejected.insert(rejection.plugin);
            let message = match nodes {
                0 => message::of_nodes(release, &[], ""),
                _ => message::of_early(release, &rejection, nodes),
            };
            tell(cx, id, "Unschedulable", &message);
            let on = rejection.about.map_or(On::Administrator, On::Object);
            cx.wait(id, on, &guards::CLAIMS, None);
            queue::park(cx, id, rejected);
        }
        Outcome::None { rejected, closest } => {
            let memory = cx.world.parts.scheduler.clone();
            let preemption = preemption::search(cx.world, &memory, id, &object, &rejected);
            let text = match &preemption {
                Preemption::Nothing(text) => text.clone(),
                Preemption::Victims { node, victims } => {
                    preemption::found(&cx.world.store.key(*node).name, victims.len())
                }
            };
            let mut plugins = Plugins::default();
            let rejections: Vec<Rejection> = rejected
                .into_iter()
                .map(|(_, rejection)| rejection)
                .collect();
            for rejection in &rejections {
                plugins.insert(rejection.plugin);
            }
            tell(
                cx,
                id,
                "Unschedulable",
                &message::of_nodes(release, &rejections, &text),
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

/// Writes the condition and the event of an attempt in vain.
fn tell(cx: &mut Cx<'_>, id: Id, reason: &'static str, message: &Text) {
    let now = cx.now();
    cx.event(id, true, "FailedScheduling", message::note(message));
    let condition = Condition::new("PodScheduled", false, now).because(reason, message.clone());
    let _ = cx.update(id, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        let status = Arc::make_mut(&mut pod.status);
        let nominated = std::mem::take(&mut status.nominated_node_name);
        condition::set(&mut status.conditions, condition) || !nominated.is_empty()
    });
}

fn may_preempt(world: &World, object: &Object) -> bool {
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
        .collect();
    let fitting = asked.iter().filter(|(rejection, _)| rejection.is_none());
    let feasible: Vec<&NodeInfo> = fitting.map(|(_, node)| *node).collect();
    let mut scores = scores::scores(&cycle, &mut memory, &feasible).into_iter();
    let opinion = |(rejection, node): (Option<Rejection>, &NodeInfo)| Opinion {
        node: node.name().clone(),
        score: rejection.is_none().then(|| scores.next()).flatten(),
        reasons: rejection.map(|r| r.reasons).unwrap_or_default(),
    };
    Ok(asked.into_iter().map(opinion).collect())
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
    let (feasible, rejected) = search(&cycle, &nodes, &mut memory.next_start);
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
            let best: Vec<usize> = (0..scores.len())
                .filter(|n| scores[*n] == highest)
                .collect();
            match best[..] {
                [only] => only,
                _ => best[random.below(Stream::SchedulerTieBreak, best.len() as u32) as usize],
            }
        }
    };
    let node = feasible[chosen];
    let plans = plan_volumes(&cycle.volumes, node).unwrap_or_default();
    let node = nodes.get(node.id).expect("it is one of them").clone();
    Outcome::Node(node, plans)
}

type Found<'n> = (Vec<&'n NodeInfo>, Vec<(&'n NodeInfo, Rejection)>);

/// Asks nodes in turn until enough fit.
fn search<'n>(cycle: &Cycle<'_>, nodes: &'n Nodes, next_start: &mut Option<Id>) -> Found<'n> {
    let enough = enough(nodes.len());
    let start = next_start.unwrap_or(Id(0));
    let (mut feasible, mut rejected) = (Vec::with_capacity(enough), Vec::new());
    for node in nodes.iter_from(start) {
        if feasible.len() >= enough {
            *next_start = Some(node.id);
            break;
        }
        match cycle.filter(node) {
            None => feasible.push(&**node),
            Some(rejection) => rejected.push((&**node, rejection)),
        }
    }
    // In the order of their handles, whoever was asked first: what is counted by node comes in that order, too.
    feasible.sort_unstable_by_key(|node: &&NodeInfo| node.id);
    (feasible, rejected)
}
