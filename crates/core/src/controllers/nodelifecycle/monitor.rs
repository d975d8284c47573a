//! One pass of the monitor: nodes that came, went, fell silent or are Ready again.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::SimDuration;
use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::node::Node;

use super::decide::{self, NoExecute};
use super::{NodeWork, UNKNOWN, write, zones};
use crate::queue::Work;
use crate::store::Link;
use crate::wait::On;
use crate::{Cx, Id};

/// How long the monitor is busy with one node that it finds lost, in milliseconds. While it is, the NoExecute pass may
/// run: of several nodes lost at once the first still gets its taint before the zones are looked at, a single one does
/// not (recordings of both).
const BUSY_MS: u64 = 60;
/// The longest that it is busy in one pass, in milliseconds: it looks at many nodes at once.
const BUSY_MAX_MS: u64 = 1000;

/// A pass over the nodes that may have changed. Models `monitorNodeHealth`.
pub(super) fn pass(cx: &mut Cx<'_>) {
    let now = cx.now();
    let memory = &mut cx.world.parts.node_lifecycle;
    memory.passes.remove(&now);
    let mut due = std::mem::take(&mut memory.changed);
    for (node, (_, cause)) in memory.silent.iter().filter(|(_, (at, _))| *at <= now) {
        due.insert(node, cause);
    }
    let mut busy = 0;
    for (node, cause) in due.iter() {
        cx.cause = cause.or(cx.cause);
        match cx.get(node).and_then(|o| o.as_node().cloned()) {
            Some(body) => {
                if look(cx, node, &body) {
                    busy += 1;
                }
            }
            None => removed(cx, node),
        }
    }
    cx.after(
        SimDuration::ms((BUSY_MS * busy.max(1)).min(BUSY_MAX_MS)),
        Work::Node(NodeWork::Zones),
    );
}

fn removed(cx: &mut Cx<'_>, node: Id) {
    let memory = &mut cx.world.parts.node_lifecycle;
    memory.silent.remove(&node);
    zones::dequeue(cx, node);
    if cx.world.parts.node_lifecycle.seen.remove(&node).is_some() {
        let name = cx.world.store.key(node).name.clone();
        cx.event(
            node,
            false,
            "RemovingNode",
            format!("Node {name} event: Removing Node {name} from Controller"),
        );
    }
}

/// Looks at one node. Returns whether it was found lost just now.
fn look(cx: &mut Cx<'_>, node: Id, body: &Node) -> bool {
    let now = cx.now();
    let name = cx.world.store.key(node).name.clone();
    let before = cx.world.parts.node_lifecycle.seen.get(&node);
    if before.is_none() {
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        cx.event(node, false, "RegisteredNode", message);
        if body.taints.iter().any(decide::is_ours) {
            // Whoever is new is taken to be reachable, and has to wait for its turn in the zone again.
            let taints = decide::with_no_execute(&current_taints(cx, node), None, now);
            write(cx, node, |node| node.taints = taints);
        }
    }
    let is_silent = cx
        .world
        .parts
        .node_lifecycle
        .silent
        .get(&node)
        .is_some_and(|(at, _)| at <= now);
    let observed = decide::ready(body);
    let mut status = observed;
    if is_silent && status != Some(ConditionStatus::Unknown) {
        let conditions = decide::silent_conditions(&body.status.conditions, now);
        write(cx, node, |node| node.status.conditions = conditions);
        status = Some(ConditionStatus::Unknown);
        cx.wait(node, On::Machine(node), &UNKNOWN, None);
    }
    cx.world.parts.node_lifecycle.seen.insert(node, status);
    let Some(status) = status else { return false };
    match decide::no_execute(status, &current_taints(cx, node)) {
        NoExecute::Keep => {}
        NoExecute::Remove | NoExecute::Swap => {
            let taints = current_taints(cx, node);
            let taints = decide::with_no_execute(&taints, decide::no_execute_key(status), now);
            write(cx, node, |node| node.taints = taints);
        }
        NoExecute::Queue => zones::enqueue(cx, node),
    }
    if status == ConditionStatus::True {
        zones::dequeue(cx, node);
        cx.proceed(node);
        return false;
    }
    // Where a kubelet says itself that it is not ready, it speaks for its Pods, too.
    let fell_silent = observed == Some(ConditionStatus::True);
    if fell_silent {
        cx.event(
            node,
            false,
            "NodeNotReady",
            format!("Node {name} status is now: NodeNotReady"),
        );
        mark_pods_not_ready(cx, node);
    }
    fell_silent
}

pub(super) fn current_taints(cx: &Cx<'_>, node: Id) -> Vec<ordinal_api::node::Taint> {
    cx.world
        .get(node)
        .and_then(|o| o.as_node())
        .map(|n| n.taints.clone())
        .unwrap_or_default()
}

/// Takes the condition `Ready` from every Pod of a node, and nothing else: `kubectl get pods` goes on saying `1/1 Running`.
/// Models controller/util/node `MarkPodsNotReady`.
fn mark_pods_not_ready(cx: &mut Cx<'_>, node: Id) {
    let now = cx.now();
    let ready = |(id, object): (Id, &Arc<ordinal_api::Object>)| {
        object.as_pod().filter(|p| p.is_ready()).map(|_| id)
    };
    let pods: Vec<Id> = cx
        .world
        .store
        .linked(Link::PodOnNode, node)
        .filter_map(ready)
        .into_list();
    for pod in pods {
        let _ = cx.update(pod, |object| {
            let Some(pod) = object.as_pod_mut() else {
                return false;
            };
            let status = Arc::make_mut(&mut pod.status);
            let Some(mut ready) = condition::find(&status.conditions, "Ready").cloned() else {
                return false;
            };
            ready.status = ConditionStatus::False;
            ready.last_transition = now;
            condition::set(&mut status.conditions, ready)
        });
        cx.event(pod, true, "NodeNotReady", "Node is not ready");
    }
}
