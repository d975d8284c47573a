//! The taint eviction controller: Pods leave a node that has a NoExecute taint which they do not tolerate, or no longer.
//!
//! A timer starts when the controller sees the taint. While a finite one runs, neither a longer nor a shorter
//! toleration changes it. PodDisruptionBudgets are not asked.
//!
//! * `mod.rs`: what it watches, its timers, the eviction itself
//! * `decide`: when a Pod has to leave; pure
//!
//! Models pkg/controller/tainteviction/taint_eviction.go, 1.37.

mod decide;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, DISRUPTION_TARGET};
use ordinal_api::node::{Node, Taint, TaintEffect};
use ordinal_api::podspec::Toleration;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Uid};

use self::decide::Verdict;
use super::Controller;
use crate::apiserver::DeleteOptions;
use crate::persistent::Map;
use crate::queue::Work;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

static TOLERATED: Guard = Guard {
    name: "tolerationSeconds",
    rule: "a Pod stays on a node with a NoExecute taint for as long as it tolerates the taint",
    source: "pkg/controller/tainteviction/taint_eviction.go processPodOnNode",
};

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    timers: Map<Id, Arc<Timer>>,
}

/// A Pod's eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    uid: Uid,
    at: SimTime,
    /// Whether it went off. It is kept, so that nothing is begun anew for a Pod that is on its way out.
    fired: bool,
}

/// An eviction that comes due.
#[derive(Clone, Debug, PartialEq)]
pub struct EvictionWork {
    /// The Pod.
    pub pod: Id,
    /// Which incarnation.
    pub uid: Uid,
}

/// Sees a change: taints of a node, and Pods that come to one or change what they tolerate.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Node => {
            let taints = |o: &Option<Arc<Object>>| {
                o.as_ref().and_then(|o| o.as_node()).map(|n| no_execute(n))
            };
            let (old, new) = (taints(&change.old), taints(&change.new));
            if new.is_some() && old.unwrap_or_default() != new.unwrap_or_default() {
                let pods: Vec<Id> = cx
                    .world
                    .store
                    .linked(Link::PodOnNode, change.id)
                    .map(|(id, _)| id)
                    .collect();
                for pod in pods {
                    cx.enqueue(Controller::TaintEviction, pod);
                }
            }
        }
        Kind::Pod => watch_pod(cx, change),
        _ => {}
    }
}

fn no_execute(node: &Node) -> Vec<Taint> {
    // When a taint was added does not count.
    let plain = |t: &Taint| Taint {
        time_added: None,
        ..t.clone()
    };
    node.taints
        .iter()
        .filter(|t| t.effect == TaintEffect::NoExecute)
        .map(plain)
        .collect()
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let has_timer = cx
        .world
        .parts
        .taint_eviction
        .timers
        .contains_key(&change.id);
    let placed = |o: &Option<Arc<Object>>| {
        let pod = o.as_ref()?.as_pod()?;
        Some((
            pod.node_name.clone(),
            pod.spec.clone(),
            pod.added_tolerations,
        ))
    };
    let (old, new) = (placed(&change.old), placed(&change.new));
    let moved = match (&old, &new) {
        (Some((a, old, old_added)), Some((b, new, added))) => {
            a != b
                || old_added != added
                || (!Arc::ptr_eq(old, new) && old.tolerations != new.tolerations)
        }
        _ => true,
    };
    if !moved {
        return;
    }
    let tainted = new.is_some_and(|(name, ..)| {
        let node = cx
            .world
            .store
            .find(Kind::Node, "", &name)
            .and_then(|o| o.as_node());
        node.is_some_and(|n| n.taints.iter().any(|t| t.effect == TaintEffect::NoExecute))
    });
    if tainted || has_timer {
        cx.enqueue(Controller::TaintEviction, change.id);
    }
}

/// Looks at one Pod: starts, keeps or cancels its timer.
pub(crate) fn sync(cx: &mut Cx<'_>, pod: Id) {
    let now = cx.now();
    let object = cx.get(pod);
    let timer = cx.world.parts.taint_eviction.timers.get(&pod).map(|t| **t);
    if let Some(timer) = timer.filter(|t| object.as_ref().is_none_or(|o| o.meta.uid != t.uid)) {
        cancel(cx, pod, timer);
    }
    let timer = timer.filter(|t| object.as_ref().is_some_and(|o| o.meta.uid == t.uid));
    let Some((object, body)) = object.as_ref().and_then(|o| Some((o, o.as_pod()?))) else {
        return;
    };
    let node = cx.find(Kind::Node, "", &body.node_name);
    let Some(node) = node.as_ref().and_then(|o| o.as_node()) else {
        return;
    };
    let tolerations: Vec<&Toleration> = body.tolerations().collect();
    let at = match decide::judge(&node.taints, tolerations.iter().copied()) {
        Verdict::Untainted | Verdict::Forever => {
            if let Some(timer) = timer {
                cancel(cx, pod, timer);
            }
            return;
        }
        Verdict::Now => {
            if let Some(timer) = timer {
                cancel(cx, pod, timer);
            }
            now
        }
        Verdict::For(_) if timer.is_some() => return,
        Verdict::For(time) => now + time,
    };
    let uid = object.meta.uid;
    cx.world.parts.taint_eviction.timers.insert(
        pod,
        Arc::new(Timer {
            uid,
            at,
            fired: false,
        }),
    );
    if at > now {
        cx.wait(pod, On::Until(at), &TOLERATED, Some(at));
    }
    cx.at(at, Work::Eviction(EvictionWork { pod, uid }));
}

/// Ends a timer. A Pod that waited is told so, even if it has gone meanwhile.
fn cancel(cx: &mut Cx<'_>, pod: Id, timer: Timer) {
    cx.world.parts.taint_eviction.timers.remove(&pod);
    cx.proceed(pod);
    if !timer.fired {
        let key = cx.world.store.key(pod).clone();
        let message = format!("Cancelling deletion of Pod {}/{}", key.namespace, key.name);
        cx.event(pod, false, "TaintManagerEviction", message);
    }
}

/// The toleration of a Pod has run out: it is told, asked for once more, and deleted when the answer is there. Models
/// `addConditionAndDeletePod`.
pub(crate) fn handle(cx: &mut Cx<'_>, work: EvictionWork) {
    let EvictionWork { pod, uid } = work;
    let now = cx.now();
    let answered = SimDuration::ms(cx.world.profile().call_ms);
    let timers = &mut cx.world.parts.taint_eviction.timers;
    let Some(timer) = timers.get_mut(&pod).filter(|timer| timer.uid == uid) else {
        return;
    };
    let asked = timer.fired;
    let due = if asked { timer.at + answered } else { timer.at };
    if due != now {
        return;
    }
    Arc::make_mut(timer).fired = true;
    cx.proceed(pod);
    if cx.get(pod).is_none_or(|object| object.meta.uid != uid) {
        return;
    }
    if !asked {
        let key = cx.world.store.key(pod).clone();
        let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
        cx.event(pod, false, "TaintManagerEviction", message);
        if answered > SimDuration::ZERO {
            return cx.after(answered, Work::Eviction(EvictionWork { pod, uid }));
        }
    }
    let _ = cx.update(pod, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        let condition = Condition::new(DISRUPTION_TARGET, true, now).because(
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        );
        condition::set(&mut Arc::make_mut(&mut pod.status).conditions, condition)
    });
    // It may have gone in the same moment; then there is nothing left to do.
    let _ = cx.delete(
        pod,
        DeleteOptions {
            uid: Some(uid),
            ..DeleteOptions::default()
        },
    );
}
