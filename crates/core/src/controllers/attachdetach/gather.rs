//! A volume, the Pods that want it and the nodes that have it.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::storage::{ClaimPhase, PersistentVolume, multi_attach_allowed};
use ordinal_api::{Kind, Object, Text, Uid};

use super::decide::{NodeView, View};
use super::{TAINT_OUT_OF_SERVICE, wants_volumes};
use crate::apiserver::CONTROLLER_ATTACHES;
use crate::store::Link;
use crate::{Id, World};

/// Gathers what decides about a volume. It may be gone and yet be attached somewhere.
pub(super) fn gather(world: &World, volume: Id) -> View {
    let object = world.get(volume);
    let body = object.and_then(|o| o.as_volume());
    let wanted = object
        .zip(body)
        .map(|(object, body)| wanted_on(world, object, body))
        .unwrap_or_default();
    let memory = &world.parts.attach_detach;
    let name = &world.store.key(volume).name;
    let exclusive = body.is_none_or(|body| !multi_attach_allowed(&body.spec.access_modes));
    let view_of = |node: Id, pods: Vec<Id>| {
        let attachment = memory.attachments.get(&(volume, node));
        let body = world.get(node).and_then(|o| o.as_node());
        let in_use = body
            .map(|n| &n.status.volumes_in_use)
            .or_else(|| memory.last_in_use.get(&node));
        NodeView {
            node,
            pods,
            state: attachment.map(|a| a.state),
            mounted: in_use.is_some_and(|volumes| volumes.contains(name))
                || attachment.is_some_and(|a| a.assumed_mounted == world.now()),
            spared: world.config.flags.no_forced_detach || body.is_some_and(|n| n.is_ready()),
            out_of_service: body
                .is_some_and(|n| n.taints.iter().any(|t| t.key == TAINT_OUT_OF_SERVICE)),
            undesired_since: attachment.and_then(|a| a.undesired_since),
            failed: memory
                .failed
                .get(&View::key(exclusive, volume, node))
                .map(|f| **f),
        }
    };
    let wanted = wanted.into_iter();
    let mut nodes: Vec<NodeView> = wanted.map(|(node, pods)| view_of(node, pods)).into_list();
    for (node, _) in memory.of_volume(volume) {
        if !nodes.iter().any(|view| view.node == node) {
            nodes.push(view_of(node, Vec::new()));
        }
    }
    // A node without a Node object takes nothing new; what it has it keeps.
    nodes.retain(|n| n.state.is_some() || world.get(n.node).is_some());
    View { exclusive, nodes }
}

/// The nodes on which Pods want the volume, with those Pods: oldest Pods first.
fn wanted_on(world: &World, object: &Object, volume: &PersistentVolume) -> Vec<(Id, Vec<Id>)> {
    let Some(claim) = &volume.claim_ref else {
        return Vec::new();
    };
    let Some(id) = world
        .store
        .id(Kind::PersistentVolumeClaim, &claim.namespace, &claim.name)
    else {
        return Vec::new();
    };
    let bound = world.get(id).is_some_and(|o| {
        let body = o.as_claim();
        o.meta.uid == claim.uid
            && claim.uid != Uid::NONE
            && body.is_some_and(|c| {
                c.volume_name == object.meta.name && c.status.phase == ClaimPhase::Bound
            })
    });
    if !bound || !crate::storage::is_attachable(world, volume) {
        return Vec::new();
    }
    let mut pods: Vec<(Id, &Arc<Object>)> = world
        .store
        .linked(Link::PodOfClaim, id)
        .filter(|(_, pod)| pod.as_pod().is_some_and(|body| wants_volumes(pod, body)))
        .into_list();
    ordinal_api::sorted::sort_by_key(&mut pods, |(id, pod)| (pod.meta.creation_timestamp, *id));
    let mut nodes: Vec<(Id, Vec<Id>)> = Vec::new();
    for (pod, object) in pods {
        let Some(node) = object.as_pod().and_then(|pod| world.store.node_of(pod)) else {
            continue;
        };
        // A Node without a kubelet that leaves it to this controller has nothing attached.
        if world
            .get(node)
            .is_some_and(|o| o.meta.annotation(CONTROLLER_ATTACHES).is_none())
        {
            continue;
        }
        match nodes.iter_mut().find(|(n, _)| *n == node) {
            Some((_, pods)) => pods.push(pod),
            None => nodes.push((node, vec![pod])),
        }
    }
    nodes
}

/// Namespace and name of Pods.
pub(super) fn names(world: &World, pods: &[Id]) -> Vec<(Text, Text)> {
    let key = |id: &Id| {
        let key = world.store.key(*id);
        (key.namespace.clone(), key.name.clone())
    };
    pods.iter().map(key).collect()
}
