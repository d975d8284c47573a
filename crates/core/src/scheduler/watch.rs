//! What the scheduler sees of changes: Pods that want a node, and everything that nodes hold.
//! Models pkg/scheduler/eventhandlers.go, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Object};

use super::node_info::NodeInfo;
use super::{account, bind, guards, hints, is_ours, node_of, queue};
use crate::store::Link;
use crate::wait::On;
use crate::{Change, Cx, Id};

/// Sees a change: new Pods, and what may make room for those that wait.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Pod => watch_pod(cx, change),
        Kind::Node => watch_node(cx, change),
        Kind::PersistentVolumeClaim => {
            if change.old.is_some() && change.new.is_some() {
                overtake_consumers(cx, change.id);
            }
            look_at_consumers(cx, change.id);
            hints::after(cx, change);
        }
        Kind::PersistentVolume => {
            let volume = change.object().as_volume();
            if let Some(claim) = volume.and_then(|v| v.claim_ref.as_ref()) {
                let kind = Kind::PersistentVolumeClaim;
                if let Some(claim) = cx.world.store.id(kind, &claim.namespace, &claim.name) {
                    look_at_consumers(cx, claim);
                }
            }
            hints::after(cx, change);
        }
        Kind::CSINode => {
            note_limits(cx, change);
            hints::after(cx, change);
        }
        Kind::StorageClass | Kind::VolumeAttachment | Kind::CSIStorageCapacity => {
            hints::after(cx, change);
        }
        _ => {}
    }
}

/// The Pods of a claim whose claims are being bound may go on.
fn look_at_consumers(cx: &mut Cx<'_>, claim: Id) {
    if cx.world.parts.scheduler.bindings.is_empty() {
        return;
    }
    let pods = cx.world.store.linked(Link::PodOfClaim, claim);
    for pod in pods.map(|(id, _)| id).into_list() {
        bind::look(cx, pod);
    }
}

/// The Pods of a claim that are about to be tried know it as it was.
fn overtake_consumers(cx: &mut Cx<'_>, claim: Id) {
    if cx.world.parts.scheduler.active.is_empty() {
        return;
    }
    let pods = cx.world.store.linked(Link::PodOfClaim, claim);
    for pod in pods.map(|(id, _)| id).into_list() {
        queue::overtake(cx, pod, claim);
    }
}

/// Notes whether a CSINode bounds how many volumes are attached.
fn note_limits(cx: &mut Cx<'_>, change: &Change) {
    let node = change.new.as_ref().and_then(|o| o.as_csi_node());
    let limited = &mut cx.world.parts.scheduler.limited;
    if node.is_some_and(|node| node.drivers.iter().any(|(_, limit)| limit.is_some())) {
        limited.insert(change.id);
    } else {
        limited.remove(&change.id);
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
            if !bind::outlive(cx, id) {
                bind::forget(cx, id);
            }
            queue::leave(cx, id);
            cx.proceed(id);
        }
        (None, None) => {}
    }
    hints::after(cx, change);
}

fn watch_node(cx: &mut Cx<'_>, change: &Change) {
    let id = change.id;
    let nodes = &mut cx.world.parts.scheduler.nodes;
    match (&change.old, &change.new) {
        (_, None) => nodes.remove(id),
        (Some(_), Some(new)) if nodes.set_object(id, new) => {}
        (_, Some(new)) => {
            let mut info = NodeInfo::new(id, new.clone());
            let store = &cx.world.store;
            let placed = store
                .linked(Link::PodOnNode, id)
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
