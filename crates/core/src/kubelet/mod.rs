//! The kubelets: one for each machine, each with a truth of its own.
//!
//! A kubelet sees the API only while its machine is heard; what runs on the machine goes on without it. When it comes
//! back it lists: Pods bound to its node on one side, Pods that it has on the other.
//!
//! * `pod_worker`: one Pod, step by step; `sandbox`, `start`, `containers`, `volumes`, `writes`, `termination`: its parts
//! * `status`: what is said of it; `status_manager`: writes that, and lets it go; `probes`, `images`, `behaviour`: when and what
//! * `relist`: a kubelet comes back; `node_status`: what it says about its node
//! * `shutdown`: a machine is shut down; `faults`: what breaks; [`guards`]: why a Pod does not go on
//!
//! Models pkg/kubelet, 1.37.

mod behaviour;
mod containers;
pub(crate) mod faults;
pub mod files;
pub mod guards;
mod images;
mod node_status;
mod pod_worker;
mod probes;
mod relist;
mod sandbox;
mod shutdown;
mod start;
mod status;
mod status_manager;
mod termination;
mod volumes;
mod writes;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::storage::VolumeAttachment;
use ordinal_api::{Body, Kind, Object, SimDuration, Uid};

pub(crate) use self::behaviour::is_telling_image;
use self::pod_worker::Worker;
use crate::machine::{Machine, Stage};
use crate::queue::Work;
use crate::store::Link;
use crate::wait::On;
use crate::{Change, Component, Cx, Id};

/// A step of one kubelet.
#[derive(Clone, Debug, PartialEq)]
pub enum KubeletWork {
    /// Something is due to one of its Pods.
    Pod {
        /// The machine.
        node: Id,
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// The step for which this was queued.
        step: u32,
    },
    /// It has seen a change of a Pod: bound, changed, to be deleted, gone.
    Update {
        /// The machine.
        node: Id,
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
    },
    /// It reaches the API server again.
    Heard {
        /// The machine.
        node: Id,
    },
    /// Its machine is being shut down: the next group of Pods, if the one before is done with.
    Shutdown {
        /// The machine.
        node: Id,
    },
    /// Its machine has booted.
    Boot {
        /// The machine.
        node: Id,
        /// Number of that boot.
        boot: u32,
    },
}

/// Grace of a Pod whose object is gone, in seconds.
const ORPHAN_GRACE_SECS: u64 = 1;

/// Sees a change, if the machine is heard.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    let old = change.old.as_ref().map(|o| &o.body);
    match (&change.object().body, old) {
        (Body::Pod(_), _) => watch_pod(cx, change),
        (Body::Node(node), Some(Body::Node(old))) => {
            let (before, now) = (
                &*old.status.volumes_attached,
                &*node.status.volumes_attached,
            );
            if std::ptr::eq(before, now) {
                return;
            }
            // Volumes are added at the end: what both lists begin with is not new.
            let known = before.iter().zip(now).take_while(|(a, b)| a == b).count();
            for volume in &now[known..] {
                wake_pods_of_volume(cx, volume);
            }
        }
        (Body::PersistentVolumeClaim(claim), Some(Body::PersistentVolumeClaim(old)))
            if claim.status.phase != old.status.phase =>
        {
            wake_pods_of_claim(cx, change.id);
        }
        (Body::VolumeAttachment(attachment), Some(Body::VolumeAttachment(old)))
            if attachment.attached && !old.attached && lists(cx, attachment) =>
        {
            wake_pods_of_volume(cx, &attachment.volume);
        }
        _ => {}
    }
}

/// Whether the Node lists a volume already, as after a driver that failed to take it away: its Pods wait for the
/// attachment alone.
fn lists(cx: &Cx<'_>, attachment: &VolumeAttachment) -> bool {
    let node = cx.world.store.find(Kind::Node, "", &attachment.node_name);
    node.and_then(|o| o.as_node())
        .is_some_and(|n| n.status.volumes_attached.contains(&attachment.volume))
}

fn wake_pods_of_volume(cx: &mut Cx<'_>, volume: &str) {
    let object = cx.world.store.find(Kind::PersistentVolume, "", volume);
    let claim = object
        .and_then(|o| o.as_volume())
        .and_then(|v| v.claim_ref.as_ref());
    let claim = claim.and_then(|c| {
        cx.world
            .store
            .id(Kind::PersistentVolumeClaim, &c.namespace, &c.name)
    });
    if let Some(claim) = claim {
        wake_pods_of_claim(cx, claim);
    }
}

/// Lets the Pods of a claim that wait for their volumes look again, now.
fn wake_pods_of_claim(cx: &mut Cx<'_>, claim: Id) {
    let pods: Vec<_> = cx
        .world
        .store
        .linked(Link::PodOfClaim, claim)
        .map(|(id, o)| (id, o.clone()))
        .collect();
    for (pod, object) in pods {
        let uid = object.meta.uid;
        let node = object.as_pod().and_then(|pod| cx.world.store.node_of(pod));
        let machine = node.and_then(|node| cx.world.machines.get(&node));
        let Some(machine) = machine else { continue };
        if let Some(local) = machine.pods.get(&uid).filter(|l| l.stage == Stage::Volumes) {
            let work = KubeletWork::Pod {
                node: machine.node,
                pod,
                uid,
                step: local.step,
            };
            cx.after(SimDuration::ZERO, Work::Kubelet(work));
        }
    }
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let object = change.object();
    let (Some(pod), meta) = (object.as_pod(), &object.meta) else {
        return;
    };
    if pod.node_name.is_empty() {
        return;
    }
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        let Some(before) = old.as_pod() else { return };
        let gates = || {
            !pod.spec.readiness_gates.is_empty()
                && status::closed_gate(before) != status::closed_gate(pod)
        };
        let same = before.node_name == pod.node_name
            && old.meta.deletion == new.meta.deletion
            && Arc::ptr_eq(&before.spec, &pod.spec)
            && (Arc::ptr_eq(&old.meta.annotations, &meta.annotations)
                || old.meta.annotations == meta.annotations);
        // Somebody else says that it is over.
        let ended = !before.status.phase.is_terminal() && pod.status.phase.is_terminal();
        let own = || {
            let entry = cx.cause.and_then(|seq| cx.world.entry(seq));
            entry.is_none_or(|entry| entry.by == Component::Kubelet)
        };
        // Its own writes, mostly.
        if same && !gates() && (!ended || own()) {
            return;
        }
    }
    let Some(node) = object.as_pod().and_then(|pod| cx.world.store.node_of(pod)) else {
        return;
    };
    let Some(machine) = cx.world.machines.get(&node).cloned() else {
        return;
    };
    if change.new.is_none() {
        cx.proceed(change.id);
        if !machine.pods.contains_key(&meta.uid) {
            return;
        }
    }
    if machine.is_heard() {
        let profile = cx.world.profile();
        let mut delay = SimDuration::ms(profile.kubelet_ms);
        // Of a Pod of which nothing runs a stand-in writes the end as late as it takes one away (recordings: 85 ms).
        let runs =
            |p: &ordinal_api::pod::Pod| p.status.containers.iter().any(|c| c.state.is_running());
        let before = change.old.as_ref().filter(|pod| !pod.meta.is_deleting());
        let ends = before
            .and(change.new.as_ref())
            .filter(|pod| pod.meta.is_deleting());
        if profile.stand_in && ends.is_some_and(|o| o.as_pod().is_some_and(|p| !runs(p))) {
            delay = delay + SimDuration::ms(profile.unmount_ms);
        }
        cx.after(
            delay,
            Work::Kubelet(KubeletWork::Update {
                node,
                pod: change.id,
                uid: meta.uid,
            }),
        );
    } else if change.new.is_some() {
        cx.wait(change.id, On::Machine(node), &guards::KUBELET_SILENT, None);
    }
}

/// Does a step.
pub(crate) fn handle(cx: &mut Cx<'_>, work: KubeletWork) {
    match work {
        KubeletWork::Pod {
            node, uid, step, ..
        } => {
            let fresh = |m: &Arc<crate::machine::Machine>| {
                m.pods.get(&uid).is_some_and(|local| local.step == step)
            };
            if !cx.world.machines.get(&node).is_some_and(fresh) {
                return;
            }
            if let Some(mut worker) = Worker::open(cx, node, uid) {
                worker.advance();
                worker.close();
            }
        }
        KubeletWork::Update { node, pod, uid } => update(cx, node, pod, uid),
        KubeletWork::Heard { node } => relist::heard(cx, node),
        KubeletWork::Shutdown { node } => shutdown::go_on(cx, node),
        KubeletWork::Boot { node, boot } => relist::boot(cx, node, boot),
    }
}

/// The machine, if the API server hears it.
fn heard(cx: &Cx<'_>, node: Id) -> Option<Arc<Machine>> {
    let machine = cx.world.machines.get(&node);
    machine.filter(|machine| machine.is_heard()).cloned()
}

/// Brings what the machine has of a Pod together with what the API says.
fn update(cx: &mut Cx<'_>, node: Id, pod: Id, uid: Uid) {
    let Some(machine) = heard(cx, node) else {
        return;
    };
    let stored = cx.get(pod).filter(|object| object.meta.uid == uid);
    if !machine.pods.contains_key(&uid) {
        let Some(object) =
            stored.filter(|o| o.as_pod().is_some_and(|p| !p.status.phase.is_terminal()))
        else {
            return;
        };
        if machine.shutdown.is_some() {
            return shutdown::reject(cx, &machine, pod);
        }
        let Some(mut worker) = Worker::admit(cx, &machine, pod, &object) else {
            return;
        };
        if let Some(deletion) = object.meta.deletion {
            worker.terminate(deletion.grace_secs);
        }
        worker.advance();
        worker.close();
        return;
    }
    let stand_in = cx.world.profile().stand_in;
    let Some(mut worker) = Worker::open(cx, node, uid) else {
        return;
    };
    match stored {
        Some(object) => {
            worker.see(object.clone());
            match object.meta.deletion {
                Some(deletion) => worker.terminate(deletion.grace_secs),
                None if worker.local.stage == Stage::Lost => worker.revive(),
                // Somebody else set its phase: it is over. Models `UpdatePod` of pod_workers.go. A stand-in only says so.
                None if worker.local.is_running() && is_over(&object) && !stand_in => {
                    let grace = object.as_pod().map_or(0, ordinal_api::pod::Pod::grace_secs);
                    worker.terminate(grace);
                }
                None => {}
            }
        }
        // Forgotten by the API: nothing waits for it, and a machine that lost it in a power cut has nothing to stop.
        None => worker.terminate(ORPHAN_GRACE_SECS),
    }
    worker.advance();
    worker.close();
}

fn is_over(object: &Object) -> bool {
    object
        .as_pod()
        .is_some_and(|pod| pod.status.phase.is_terminal())
}

impl Worker<'_, '_> {
    /// Takes over a newer version of the object: annotations, images, gates.
    fn see(&mut self, object: Arc<Object>) {
        let containers = |object: &Object| {
            let spec = object.as_pod().map(|pod| &pod.spec);
            spec.map(|s| (s.init_containers.len(), s.containers.len()))
        };
        if containers(&object) != containers(&self.local.seen) {
            // No update of a Pod may add or remove containers; one that did is not followed.
            return;
        }
        let old = std::mem::replace(&mut self.local.seen, object);
        self.dirty = true;
        self.change_images(&old);
        self.look_at_all();
    }
}
