//! The Pod garbage collector: Pods that no kubelet will ever end.
//!
//! Upstream it looks at all Pods every 20 s. Here it looks at a Pod when something about it or its node changed, and
//! acts at the next of those passes.
//!
//! * `mod.rs`: what it watches, and how it takes a Pod
//! * `decide`: which Pods it takes; pure
//!
//! Models pkg/controller/podgc/gc_controller.go, 1.37.

mod decide;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, DISRUPTION_TARGET};
use ordinal_api::node::Node;
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Uid};

use self::decide::{Place, Verdict};
use super::Controller;
use super::attachdetach::TAINT_OUT_OF_SERVICE;
use crate::apiserver::DeleteOptions;
use crate::persistent::{Numbers, Set};
use crate::queue::Work;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// `--terminated-pod-gc-threshold`
const MOST_ENDED: u32 = 12_500;
/// Between the two writes with which a Pod is taken, in milliseconds: long enough for its controller to see that it failed (recordings).
const BETWEEN_WRITES_MS: u64 = 40;

static LEFT_TO_KUBELET: Guard = Guard {
    name: "gcTerminating",
    rule: "a Pod on a lost node goes only when its kubelet ends it, when it is deleted by force, when the Node is deleted, or when the Node is marked out of service",
    source: "pkg/controller/podgc/gc_controller.go gcTerminating",
};
static NEXT_PASS: Guard = Guard {
    name: "gcCheckPeriod",
    rule: "the collector looks at Pods every 20 s",
    source: "pkg/controller/podgc/gc_controller.go",
};
static QUARANTINED: Guard = Guard {
    name: "quarantineTime",
    rule: "the Pods of a Node that is gone are taken only when it stays away for 40 s",
    source: "pkg/controller/podgc/gc_controller.go gcOrphaned",
};

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Nodes that are gone though Pods name them, with the pass that saw it first.
    missing: Numbers<Id, SimTime>,
    /// Pods that were set Failed and are deleted next.
    taken: Numbers<Id, Uid>,
    /// Pods that have ended.
    ended: Set<Id>,
}

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Pod => {
            note_end(cx, change);
            let marked = |o: &Option<Arc<Object>>| o.as_ref().is_some_and(|o| o.meta.is_deleting());
            let node = |o: &Option<Arc<Object>>| o.as_ref()?.as_pod().map(|p| p.node_name.clone());
            let Some(name) = node(&change.new) else {
                cx.world.parts.pod_gc.taken.remove(&change.id);
                return cx.proceed(change.id);
            };
            let placed = node(&change.old).as_ref() != Some(&name) && !name.is_empty();
            let lost = placed && cx.world.store.find(Kind::Node, "", &name).is_none();
            if lost || (marked(&change.new) && !marked(&change.old)) {
                cx.enqueue(Controller::PodGc, change.id);
            }
        }
        Kind::Node => {
            let state =
                |o: &Option<Arc<Object>>| o.as_ref().and_then(|o| o.as_node()).map(|n| place_of(n));
            let (old, new) = (state(&change.old), state(&change.new));
            if old == new {
                return;
            }
            let existence = old.is_some() != new.is_some();
            let concerned = |pod: &Object| existence || pod.meta.is_deleting();
            let pods = cx.world.store.linked(Link::PodOnNode, change.id);
            let pods: Vec<Id> = pods
                .filter(|(_, pod)| concerned(pod))
                .map(|(id, _)| id)
                .collect();
            if new.is_some() {
                cx.world.parts.pod_gc.missing.remove(&change.id);
            }
            for pod in pods {
                cx.enqueue(Controller::PodGc, pod);
            }
        }
        _ => {}
    }
}

fn place_of(node: &Node) -> Place {
    let out_of_service = node.taints.iter().any(|t| t.key == TAINT_OUT_OF_SERVICE);
    Place::On {
        ready: node.is_ready(),
        out_of_service,
    }
}

/// Looks at one Pod.
pub(crate) fn sync(cx: &mut Cx<'_>, pod: Id) {
    let now = cx.now();
    collect_ended(cx, pod);
    let Some(object) = cx.get(pod) else { return };
    if cx.world.parts.pod_gc.taken.get(&pod) == Some(object.meta.uid) {
        return delete(cx, pod, object.meta.uid);
    }
    let Some(body) = object.as_pod() else { return };
    let node = cx.world.store.node_of(body);
    let place = node.map_or(Place::Nowhere, |node| {
        match cx.world.get(node).and_then(|o| o.as_node()) {
            Some(node) => place_of(node),
            None => Place::Missing(cx.world.parts.pod_gc.missing.get(&node)),
        }
    });
    let pass = decide::next_pass(now);
    let work = Work::Sync(Controller::PodGc, pod);
    let verdict = decide::judge(place, object.meta.is_deleting(), now);
    match (verdict, node) {
        (Verdict::LeftToKubelet, Some(node)) => {
            cx.wait(pod, On::Machine(node), &LEFT_TO_KUBELET, None);
        }
        (Verdict::Quarantine | Verdict::Take { .. }, _) if pass > now => {
            cx.wait(pod, On::Until(pass), &NEXT_PASS, Some(pass));
            cx.at(pass, work);
        }
        (Verdict::Quarantine, Some(node)) => {
            cx.world.parts.pod_gc.missing.insert(node, now);
            let until = now + decide::QUARANTINE;
            cx.wait(pod, On::Until(until), &QUARANTINED, Some(until));
            cx.at(until, work);
        }
        (Verdict::Until(at), _) => {
            let at = decide::next_pass(at);
            cx.wait(pod, On::Until(at), &QUARANTINED, Some(at));
            cx.at(at, work);
        }
        (Verdict::Take { orphaned }, _) => take(cx, pod, &object, orphaned),
        (Verdict::Leave | Verdict::LeftToKubelet | Verdict::Quarantine, _) => cx.proceed(pod),
    }
}

/// Counts the Pods that have ended.
fn note_end(cx: &mut Cx<'_>, change: &Change) {
    let pod = change.new.as_ref().and_then(|o| o.as_pod());
    let over = pod.is_some_and(|p| p.status.phase.is_terminal());
    let ended = &mut cx.world.parts.pod_gc.ended;
    if !over {
        ended.remove(&change.id);
    } else if ended.insert(change.id) && excess(cx) > 0 {
        cx.enqueue(Controller::PodGc, change.id);
    }
}

/// How many more Pods have ended than are kept.
fn excess(cx: &Cx<'_>) -> usize {
    match cx.world.config.flags.terminated_pods.unwrap_or(MOST_ENDED) {
        0 => 0,
        most => (cx.world.parts.pod_gc.ended.len()).saturating_sub(most as usize),
    }
}

/// In a pass, takes as many of the Pods that have ended as are too many: the evicted first, then the oldest. Models `gcTerminated`.
fn collect_ended(cx: &mut Cx<'_>, pod: Id) {
    let (now, excess) = (cx.now(), excess(cx));
    if excess == 0 {
        return;
    }
    let pass = decide::next_pass(now);
    if pass > now {
        return cx.at(pass, Work::Sync(Controller::PodGc, pod));
    }
    let ended = cx.world.parts.pod_gc.ended.iter();
    let mut ended: Vec<(Id, Arc<Object>)> = ended
        .filter_map(|id| Some((id, cx.world.get(id)?.clone())))
        .collect();
    ordinal_api::sorted::sort_by_key(&mut ended, |(_, object)| {
        let evicted = object
            .as_pod()
            .is_some_and(|p| p.status.phase == PodPhase::Failed && p.status.reason == "Evicted");
        (
            !evicted,
            object.meta.creation_timestamp,
            object.meta.name.clone(),
        )
    });
    for (id, object) in ended.into_iter().take(excess) {
        delete(cx, id, object.meta.uid);
    }
}

/// Sets a Pod Failed and deletes it by force. Models `markFailedAndDeletePodWithCondition`.
fn take(cx: &mut Cx<'_>, pod: Id, object: &Object, orphaned: bool) {
    let now = cx.now();
    let uid = object.meta.uid;
    cx.proceed(pod);
    if object
        .as_pod()
        .is_some_and(|p| p.status.phase.is_terminal())
    {
        return delete(cx, pod, uid);
    }
    let _ = cx.update(pod, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        let status = Arc::make_mut(&mut pod.status);
        status.phase = PodPhase::Failed;
        if orphaned {
            let condition = Condition::new(DISRUPTION_TARGET, true, now)
                .because("DeletionByPodGC", "PodGC: node no longer exists");
            condition::set(&mut status.conditions, condition);
        }
        true
    });
    cx.world.parts.pod_gc.taken.insert(pod, uid);
    cx.after(
        SimDuration::ms(BETWEEN_WRITES_MS),
        Work::Sync(Controller::PodGc, pod),
    );
}

fn delete(cx: &mut Cx<'_>, pod: Id, uid: Uid) {
    cx.world.parts.pod_gc.taken.remove(&pod);
    // Its controller may have been faster.
    let _ = cx.delete(
        pod,
        DeleteOptions {
            grace_secs: Some(0),
            uid: Some(uid),
            ..DeleteOptions::default()
        },
    );
}
