//! The node lifecycle controller: who is heard, conditions, taints, and how fast a zone may lose nodes.
//!
//! Upstream it looks at every node every 5 s. Here a pass of that monitor takes place only where something can have
//! changed: a machine fell silent (its kubelet says so here, in place of heartbeats that stay away) or a Node changed.
//!
//! * `mod.rs`: what it watches, what it remembers, its clocks
//! * `decide`: moments, conditions, taints, zones; pure
//! * `monitor`: one pass: lost nodes, their Pods, their place in the queue
//! * `zones`: the queue of each zone for NoExecute taints, and its speed
//!
//! Models pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.37.

mod decide;
mod monitor;
#[cfg(test)]
mod tests;
mod zones;

use std::sync::Arc;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::node::Node;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Text};

use super::Controller;
use crate::persistent::{Numbers, Set};
use crate::queue::Work;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// How long a Node that no kubelet has ever posted for is given: `--node-startup-grace-period`.
const STARTUP_GRACE: SimDuration = SimDuration::secs(60);

static GRACE: Guard = Guard {
    name: "node-monitor-grace-period",
    rule: "a node counts as lost only when its kubelet has not been heard for the grace period",
    source: "pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth",
};
static UNKNOWN: Guard = Guard {
    name: "NodeStatusUnknown",
    rule: "a lost node becomes Ready again only when its own kubelet posts its status",
    source: "pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth",
};
static EVICTION_RATE: Guard = Guard {
    name: "node-eviction-rate",
    rule: "in one zone one lost node every 10 s gets the taint that evicts its Pods",
    source: "pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoExecuteTaintingPass",
};
static DISRUPTED: Guard = Guard {
    name: "unhealthy-zone-threshold",
    rule: "where most nodes of a zone or all of a cluster are lost, the fault is taken to be elsewhere and no more nodes get the taint that evicts their Pods",
    source: "pkg/controller/nodelifecycle/node_lifecycle_controller.go handleDisruption",
};

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Machines that are silent: when the monitor finds their nodes lost, and because of what.
    silent: Numbers<Id, (SimTime, Option<u64>)>,
    /// The status of `Ready` that the monitor saw last, by Node.
    seen: Numbers<Id, Option<ConditionStatus>>,
    /// Nodes that the next pass looks at, with what led to it.
    changed: Numbers<Id, Option<u64>>,
    /// The passes that are queued.
    passes: Set<SimTime>,
    /// The passes for NoExecute taints that are queued.
    taint_passes: Set<SimTime>,
    /// By name, in their order.
    zones: Arc<Vec<(Text, Zone)>>,
    /// Whether no node of any zone is Ready.
    all_disrupted: bool,
}

/// A zone: `REGION:ZONE` of its nodes' labels.
#[derive(Clone, Debug, Default)]
struct Zone {
    state: decide::ZoneState,
    /// Its nodes, as far as they count.
    size: usize,
    /// Nodes that wait for their NoExecute taint, and because of what.
    queue: Vec<(Id, Option<u64>)>,
    /// When the next of them may get it.
    next_at: SimTime,
}

impl Memory {
    /// A zone, made if there is none yet.
    fn zone(&mut self, key: &Text) -> &mut Zone {
        let zones = Arc::make_mut(&mut self.zones);
        let place = zones.binary_search_by(|(other, _)| other.cmp(key));
        let at = place.unwrap_or_else(|at| {
            zones.insert(at, (key.clone(), Zone::default()));
            at
        });
        &mut zones[at].1
    }
}

/// Its clocks.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeWork {
    /// A pass of the monitor, every 5 s.
    Monitor,
    /// The end of such a pass: how badly each zone is hit.
    Zones,
    /// A pass that adds NoExecute taints, every 100 ms.
    Taint,
}

/// A clock rings.
pub(crate) fn handle(cx: &mut Cx<'_>, work: NodeWork) {
    match work {
        NodeWork::Monitor => monitor::pass(cx),
        NodeWork::Zones => zones::evaluate(cx),
        NodeWork::Taint => zones::taint(cx),
    }
}

/// The kubelet of a machine is not heard any more. [`Machine::last_heartbeat`](crate::machine::Machine) says when it was.
pub(crate) fn silent(cx: &mut Cx<'_>, node: Id) {
    let Some(machine) = cx.world.machines.get(&node) else {
        return;
    };
    let grace = grace(cx);
    let at = decide::detected_at(machine.last_heartbeat, grace).max(decide::monitor_pass(cx.now()));
    await_silence(cx, node, at);
    if cx.get(node).and_then(|o| o.as_node().map(|n| n.is_ready())) == Some(true) {
        cx.wait(node, On::Machine(node), &GRACE, Some(at));
    }
}

/// It has forgotten when it heard whom: machines that are silent have their whole grace once more.
pub(super) fn restart(cx: &mut Cx<'_>) {
    let silent = cx.world.machines.values().filter(|m| !m.is_heard());
    let silent: Vec<Id> = silent.map(|machine| machine.node).collect();
    let at = decide::detected_at(cx.now(), grace(cx));
    for node in silent {
        await_silence(cx, node, at);
    }
}

fn grace(cx: &Cx<'_>) -> SimDuration {
    let flag = cx.world.config.flags.node_monitor_grace_secs;
    SimDuration::secs(flag.unwrap_or(cx.world.release().node_monitor_grace_secs()))
}

fn await_silence(cx: &mut Cx<'_>, node: Id, at: SimTime) {
    let cause = cx.cause;
    cx.world
        .parts
        .node_lifecycle
        .silent
        .insert(node, (at, cause));
    schedule_pass(cx, at);
}

/// The kubelet of a machine is heard again; what it posts is seen as any other change of its Node.
pub(crate) fn heard(cx: &mut Cx<'_>, node: Id) {
    cx.world.parts.node_lifecycle.silent.remove(&node);
    cx.proceed(node);
}

fn schedule_pass(cx: &mut Cx<'_>, at: SimTime) {
    if cx.world.parts.node_lifecycle.passes.insert(at) {
        cx.at(at, Work::Node(NodeWork::Monitor));
    }
}

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    if change.kind() == Kind::Node {
        watch_node(cx, change);
    }
}

fn look_at(cx: &mut Cx<'_>, node: Id) {
    let cause = cx.cause;
    cx.world.parts.node_lifecycle.changed.insert(node, cause);
    let at = decide::monitor_pass(cx.now() + cx.world.profile().controller());
    schedule_pass(cx, at);
}

fn watch_node(cx: &mut Cx<'_>, change: &Change) {
    let node = change.id;
    let body = |object: &Option<Arc<Object>>| object.as_ref().and_then(|o| o.as_node().cloned());
    match (body(&change.old), body(&change.new)) {
        (Some(old), Some(new)) => {
            let status_changed = decide::ready(&old) != decide::ready(&new);
            let taints_changed = old.taints != new.taints;
            let conditions_changed = old.status.conditions != new.status.conditions;
            let labels = |o: &Option<Arc<Object>>| o.as_ref().map(|o| o.meta.labels.clone());
            let labels_changed = labels(&change.old) != labels(&change.new);
            if conditions_changed
                || taints_changed
                || labels_changed
                || old.unschedulable != new.unschedulable
            {
                cx.enqueue(Controller::NodeLifecycle, node);
            }
            if status_changed || (taints_changed && !new.is_ready()) {
                look_at(cx, node);
            }
            if new.is_ready() && !cx.world.machines.contains_key(&node) {
                cx.world.parts.node_lifecycle.silent.remove(&node);
            }
        }
        (None, Some(new)) => {
            if cx.now() == SimTime::ZERO {
                // Those that are there from the beginning were registered before it.
                cx.world
                    .parts
                    .node_lifecycle
                    .seen
                    .insert(node, decide::ready(&new));
            } else {
                look_at(cx, node);
            }
            if decide::ready(&new).is_none() && !cx.world.machines.contains_key(&node) {
                let at = decide::monitor_pass(cx.now() + STARTUP_GRACE);
                await_silence(cx, node, at);
            }
            cx.enqueue(Controller::NodeLifecycle, node);
        }
        _ => {
            cx.proceed(node);
            look_at(cx, node);
        }
    }
}

/// Looks at one Node: its NoSchedule taints follow its conditions at once.
pub(crate) fn sync(cx: &mut Cx<'_>, node: Id) {
    let now = cx.now();
    let Some(body) = cx.get(node).and_then(|o| o.as_node().cloned()) else {
        return;
    };
    if let Some(taints) = decide::no_schedule_taints(&body, now) {
        write(cx, node, |node| node.taints = taints);
    }
    reconcile_labels(cx, node);
}

/// Labels of a node and the older names under which they stand too.
const LABELS: [(&str, &str); 2] = [
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
];

/// The old names follow the new ones. Models `reconcileNodeLabels`.
fn reconcile_labels(cx: &mut Cx<'_>, node: Id) {
    let Some(object) = cx.get(node) else { return };
    for (new, old) in LABELS {
        let Some(value) = object.meta.label(new) else {
            continue;
        };
        if object.meta.label(old) != Some(value) {
            let _ = cx.update(node, |object| {
                Arc::make_mut(&mut object.meta.labels).insert(Text::new_static(old), value.into());
                true
            });
        }
    }
}

fn write(cx: &mut Cx<'_>, node: Id, change: impl FnOnce(&mut Node)) {
    let _ = cx.update(node, |object| {
        object
            .as_node_mut()
            .map(|node| change(Arc::make_mut(node)))
            .is_some()
    });
}
