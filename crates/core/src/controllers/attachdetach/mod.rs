//! The attach-detach controller: which volumes are attached where, and when they are taken away.
//!
//! Upstream it is a loop of 100 ms over everything. Here it looks at one volume when something about it can have
//! changed, at the next beat of that loop, so the times are the loop's.
//!
//! * `mod.rs`: what it watches, what it remembers
//! * `gather`: a volume, the Pods that want it and the nodes that have it
//! * `decide`: which operations end, begin or wait; pure
//! * `guards`: the rules that make it wait
//! * `operations`: what is asked of the driver, and what its answers mean
//! * `apply`: the decisions as operations, events and waits
//!
//! Models pkg/controller/volume/attachdetach, 1.37.

mod apply;
mod decide;
mod gather;
mod guards;
mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::pod::{ContainerStatus, Pod};
use ordinal_api::storage::ClaimPhase;
use ordinal_api::{Kind, Object, SimTime, Text, Uid};

use super::Controller;
use super::persistentvolume::all_claim_names;
use crate::persistent::{Map, Set};
use crate::queue::Work;
use crate::store::Link;
use crate::{Change, Cx, Id};

pub(crate) use apply::sync;
pub use guards::EXCLUSIVE;

/// Period of the reconciler, in milliseconds.
const LOOP_MS: u64 = 100;
/// Period in which it is verified that what should be attached still is (`--attach-detach-reconcile-sync-period`), in milliseconds.
const VERIFY_MS: u64 = 60_000;
/// The taint with which somebody says that a node is out of service.
pub(crate) const TAINT_OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// What it remembers between looks: its actual state of the world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// By volume and node.
    attachments: Map<(Id, Id), Arc<Attachment>>,
    /// Operations that failed last, by what they exclude each other by ([`decide::View::key`]).
    failed: Map<(Id, Id), Arc<BackOff>>,
    /// Volumes and nodes whose waiting Pods were told that the volume is in use elsewhere.
    reported: Set<(Id, Id)>,
    /// What a node said that it uses when its Node object went: nobody can take that back but the node.
    last_in_use: Map<Id, Arc<Vec<Text>>>,
}

impl Memory {
    /// Where a volume is known to be, by node.
    fn of_volume(&self, volume: Id) -> impl Iterator<Item = (Id, &Arc<Attachment>)> {
        self.attachments
            .from((volume, Id(0)))
            .take_while(move |((v, _), _)| *v == volume)
            .map(|((_, node), attachment)| (node, attachment))
    }
}

/// A volume on a node, as this controller knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// Its VolumeAttachment.
    object: Id,
    state: State,
    /// Since when no Pod wants it there.
    undesired_since: Option<SimTime>,
    /// By what its operation excludes others.
    key: (Id, Id),
    /// The Pods for which the attach operation was begun: it tells them how it ended, though they may be gone by then.
    told: Arc<[(Id, Uid)]>,
    /// Until then it is taken for mounted, as nothing has been heard of the node since it was attached.
    /// Models `AddVolumeNode`.
    assumed_mounted: SimTime,
}

/// How far an attachment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The driver was asked to attach, or to detach; the controller looks for its answer with growing pauses.
    Asked {
        attaching: bool,
        since: SimTime,
        seen_at: Option<SimTime>,
    },
    Attached,
    /// The driver failed to attach or to detach, so the volume may or may not be there.
    Uncertain,
}

/// Of which kind an operation is, and when one that failed may be tried again. All operations on a volume that one node
/// has at a time share it. Models pkg/volume/util/nestedpendingoperations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BackOff {
    attaching: bool,
    /// In a row.
    failures: u32,
    until: SimTime,
}

impl State {
    /// Whether an operation is under way.
    fn is_pending(self) -> bool {
        matches!(self, Self::Asked { .. })
    }
}

/// It has forgotten what was under way, and since when volumes are not wanted; where they are it reads from
/// VolumeAttachments and Nodes. Models `populateActualStateOfWorld` and `processVolumeAttachments`.
pub(super) fn restart(cx: &mut Cx<'_>) {
    let now = cx.now();
    let known: Vec<_> = cx.world.parts.attach_detach.attachments.iter().collect();
    let known: Vec<_> = known
        .into_iter()
        .map(|(key, attachment)| (key, (**attachment).clone()))
        .collect();
    for (key, attachment) in known {
        let object = cx.get(attachment.object);
        let object = object.as_ref().filter(|o| !o.meta.is_deleting());
        let attached = object.is_some_and(|o| o.as_volume_attachment().is_some_and(|a| a.attached));
        let state = if attached {
            State::Attached
        } else {
            State::Uncertain
        };
        let anew = Attachment {
            state,
            undesired_since: None,
            ..attachment
        };
        cx.world
            .parts
            .attach_detach
            .attachments
            .insert(key, Arc::new(anew));
        let at = decide::next_beat(now + cx.world.profile().controller());
        cx.at(at, Work::Sync(Controller::AttachDetach, key.0));
    }
    cx.world.parts.attach_detach.reported = Set::new();
    cx.world.parts.attach_detach.failed = Map::new();
}

/// Sees a change and queues the volumes for which it matters.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Pod => watch_pod(cx, change),
        Kind::PersistentVolumeClaim => watch_claim(cx, change),
        Kind::VolumeAttachment => watch_attachment(cx, change),
        Kind::Node => watch_node(cx, change),
        _ => {}
    }
}

/// Whether a Pod wants its volumes on its node. Models volume/util `DetermineVolumeAction`:
/// a Pod that ended does not, nor one that is being deleted and of which nothing runs any more, as far as the API knows.
fn wants_volumes(object: &Object, pod: &Pod) -> bool {
    let running = |containers: &[ContainerStatus]| containers.iter().any(|c| c.state.is_running());
    let runs = running(&pod.status.containers) || running(&pod.status.init_containers);
    !pod.node_name.is_empty()
        && !pod.status.phase.is_terminal()
        && (!object.meta.is_deleting() || runs)
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let wants = |object: &Object| {
        object
            .as_pod()
            .is_some_and(|pod| wants_volumes(object, pod))
    };
    let uid = |object: &Object| object.meta.uid;
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    if new.is_none() {
        cx.proceed(change.id);
    }
    if old.is_some_and(wants) == new.is_some_and(wants)
        && (old.is_none() || old.map(uid) == new.map(uid))
    {
        return;
    }
    let pod = change.object();
    for claim in all_claim_names(pod) {
        let claim = cx.find(Kind::PersistentVolumeClaim, &pod.meta.namespace, &claim);
        let volume = claim
            .as_ref()
            .and_then(|c| c.as_claim())
            .map(|c| c.volume_name.clone())
            .unwrap_or_default();
        if !volume.is_empty() {
            enqueue_named(cx, &volume);
            forget_report(cx, &volume, old.or(new));
        }
    }
}

fn next_verification(now: SimTime) -> SimTime {
    SimTime((now.0 / VERIFY_MS + 1) * VERIFY_MS)
}

/// With the last Pod that wanted a volume on a node goes the memory of what its Pods were told. Models
/// `SetMultiAttachError`, which is kept beside the node in the desired state of the world.
fn forget_report(cx: &mut Cx<'_>, volume: &str, pod: Option<&Object>) {
    if cx.world.parts.attach_detach.reported.is_empty() {
        return;
    }
    let pod = pod.and_then(|object| object.as_pod());
    let Some(node) = pod.and_then(|pod| cx.world.store.node_of(pod)) else {
        return;
    };
    let volume = cx.id(Kind::PersistentVolume, "", volume);
    let view = gather::gather(cx.world, volume);
    let wanted = view.nodes.iter().find(|n| n.node == node);
    if wanted.is_none_or(|n| n.pods.is_empty()) {
        cx.world
            .parts
            .attach_detach
            .reported
            .remove(&(volume, node));
    }
}

fn watch_claim(cx: &mut Cx<'_>, change: &Change) {
    let bound = |object: &Object| {
        object
            .as_claim()
            .is_some_and(|c| c.status.phase == ClaimPhase::Bound)
    };
    let Some(new) = change.new.as_ref().filter(|o| bound(o)) else {
        return;
    };
    if change.old.as_ref().is_some_and(|o| bound(o)) {
        return;
    }
    let placed = |object: &Object| object.as_pod().is_some_and(|pod| !pod.node_name.is_empty());
    if cx
        .world
        .store
        .linked(Link::PodOfClaim, change.id)
        .any(|(_, pod)| placed(pod))
    {
        let volume = new
            .as_claim()
            .map(|c| c.volume_name.clone())
            .unwrap_or_default();
        enqueue_named(cx, &volume);
    }
}

/// The driver's answer is not seen at once: the controller polls for it.
fn watch_attachment(cx: &mut Cx<'_>, change: &Change) {
    let Some(body) = change.object().as_volume_attachment() else {
        return;
    };
    let (volume, node) = (body.volume.clone(), body.node_name.clone());
    let volume = cx.id(Kind::PersistentVolume, "", &volume);
    let node = cx.id(Kind::Node, "", &node);
    let now = cx.now();
    let Some(known) = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get_mut(&(volume, node))
    else {
        return;
    };
    if known.object != change.id {
        return;
    }
    let new = change.new.as_ref().and_then(|o| o.as_volume_attachment());
    let seen = match &mut Arc::make_mut(known).state {
        State::Asked {
            attaching,
            since,
            seen_at,
        } => {
            let deleting = change.new.as_ref().is_some_and(|o| o.meta.is_deleting());
            let answered = match attaching {
                // One that is gone is taken for one that is not known yet.
                true => new.is_some_and(|a| deleting || a.attached || a.attach_error.is_some()),
                false => new.is_none_or(|a| a.detach_error.is_some()),
            };
            answered.then(|| *seen_at.get_or_insert(decide::poll_moment(*since, now)))
        }
        // Somebody else deleted it: nobody looks before the next verification.
        _ => new.is_none().then_some(next_verification(now)),
    };
    if let Some(at) = seen {
        cx.at(at, Work::Sync(Controller::AttachDetach, volume));
    }
}

fn watch_node(cx: &mut Cx<'_>, change: &Change) {
    let node = |object: &Object| object.as_node().cloned();
    let (old, new) = (
        change.old.as_deref().and_then(node),
        change.new.as_deref().and_then(node),
    );
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (old, new) => {
            let memory = &mut cx.world.parts.attach_detach;
            match (old, new.is_some()) {
                (Some(old), false) => memory
                    .last_in_use
                    .insert(change.id, old.status.volumes_in_use.clone()),
                _ => memory.last_in_use.remove(&change.id),
            };
            enqueue_attachments(cx, change.id);
            enqueue_pods(cx, change.id);
            return;
        }
    };
    let marked =
        |node: &ordinal_api::node::Node| node.taints.iter().any(|t| t.key == TAINT_OUT_OF_SERVICE);
    if old.is_ready() != new.is_ready() || marked(&old) != marked(&new) {
        enqueue_attachments(cx, change.id);
    } else if old.status.volumes_in_use != new.status.volumes_in_use {
        // Most writes change one volume: what is the same at both ends need not be looked up.
        let (before, after) = (&*old.status.volumes_in_use, &*new.status.volumes_in_use);
        let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let (before, after) = (&before[same..], &after[same..]);
        let ends = before.iter().rev().zip(after.iter().rev());
        let same = ends.take_while(|(a, b)| a == b).count();
        let (before, after) = (&before[..before.len() - same], &after[..after.len() - same]);
        for volume in before.iter().filter(|v| !after.contains(v)) {
            enqueue_named(cx, volume);
        }
    }
}

fn enqueue_attachments(cx: &mut Cx<'_>, node: Id) {
    let attachments = cx.world.store.linked(Link::AttachmentOnNode, node);
    let volumes: Vec<Text> = attachments
        .filter_map(|(_, object)| Some(object.as_volume_attachment()?.volume.clone()))
        .collect();
    for volume in volumes {
        enqueue_named(cx, &volume);
    }
}

/// A Node that appears may have Pods already.
fn enqueue_pods(cx: &mut Cx<'_>, node: Id) {
    let pods: Vec<_> = cx
        .world
        .store
        .linked(Link::PodOnNode, node)
        .map(|(_, pod)| pod.clone())
        .collect();
    for pod in pods {
        for claim in all_claim_names(&pod) {
            let claim = cx.find(Kind::PersistentVolumeClaim, &pod.meta.namespace, &claim);
            if let Some(volume) = claim
                .as_ref()
                .and_then(|c| c.as_claim())
                .filter(|c| !c.volume_name.is_empty())
            {
                enqueue_named(cx, &volume.volume_name);
            }
        }
    }
}

fn enqueue_named(cx: &mut Cx<'_>, volume: &str) {
    let volume = cx.id(Kind::PersistentVolume, "", volume);
    let at = decide::next_beat(cx.now() + cx.world.profile().controller());
    cx.at(at, Work::Sync(Controller::AttachDetach, volume));
}
