//! The external attacher: it makes a VolumeAttachment true, and undoes it when it is deleted.
//!
//! The API's record and the machines' truth change here together. A forced detach takes the disk away from a machine
//! that may still write to it: the mount stays in the machine's books, but [`Disk::attached`](crate::disk::Disk) no
//! longer names the machine, so a mount without an attachment is a dead one.
//!
//! Models kubernetes-csi/external-attacher `pkg/controller/csi_handler.go`, 4.x.

use std::sync::Arc;

use ordinal_api::storage::{VolumeAttachment, multi_attach_allowed};
use ordinal_api::{Kind, Object, SimDuration, SimTime, Text, Uid};

use super::StorageWork;
use crate::journal::Fact;
use crate::persistent::Map;
use crate::queue::Work;
use crate::store::Link;
use crate::{Change, Component, Cx, Id, World};

/// What the sidecar adds to the driver's own time, in milliseconds: it writes finalizers first and the status last (recordings).
const SIDECAR_MS: u64 = 100;
/// First pause after a failure, in milliseconds; doubled with each one.
const RETRY_MS: u64 = 500;
/// The longest pause after a failure, in milliseconds: 2m2s.
const RETRY_MAX_MS: u64 = 122_000;

/// What the attacher is at, and which faults it suffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    fails: bool,
    /// Whether it does nothing at present.
    paused: bool,
    delay: SimDuration,
    /// By VolumeAttachment.
    pending: Map<Id, Arc<Pending>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Which incarnation of the VolumeAttachment.
    uid: Uid,
    /// When the next try ends; work queued for another moment is stale.
    due: SimTime,
    failures: u32,
    attaching: bool,
    cause: Option<u64>,
}

impl Memory {
    pub(super) fn set_fails(&mut self, fails: bool) {
        self.fails = fails;
    }
}

/// The finalizer that keeps an attachment until its disk is detached, and a volume while it is attached.
/// Models external-attacher `GetFinalizerName`.
pub(crate) fn finalizer(driver: &str) -> Text {
    let clean = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '-'
        }
    };
    format!(
        "external-attacher/{}",
        driver.chars().map(clean).collect::<String>()
    )
    .into()
}

/// Sees attachments that are wanted, and those that are no longer.
pub(super) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::VolumeAttachment => {
            let was_deleting = change.old.as_ref().is_some_and(|o| o.meta.is_deleting());
            let Some(object) = &change.new else {
                cx.world.parts.storage.attacher.pending.remove(&change.id);
                let volume = change
                    .object()
                    .as_volume_attachment()
                    .map(|a| a.volume.clone())
                    .unwrap_or_default();
                let volume = cx.id(Kind::PersistentVolume, "", &volume);
                look_at_deleted_volume(cx, volume);
                return;
            };
            let attached = object.as_volume_attachment().is_some_and(|a| a.attached);
            if object.meta.is_deleting() && !was_deleting {
                begin(cx, change.id, object.meta.uid, false);
            } else if change.old.is_none() && !attached {
                begin(cx, change.id, object.meta.uid, true);
            }
        }
        Kind::PersistentVolume if change.new.as_ref().is_some_and(|o| o.meta.is_deleting()) => {
            look_at_deleted_volume(cx, change.id);
        }
        _ => {}
    }
}

/// When what is begun now is done; [`SimTime::NEVER`] while the driver does nothing.
fn due(world: &World, attaching: bool) -> SimTime {
    let (profile, memory) = (world.profile(), &world.parts.storage.attacher);
    if memory.paused {
        return SimTime::NEVER;
    }
    let (own, delay) = if attaching {
        (profile.attach_ms, memory.delay)
    } else {
        (profile.detach_ms, SimDuration::ZERO)
    };
    world.now() + SimDuration::ms(own + SIDECAR_MS) + delay
}

fn begin(cx: &mut Cx<'_>, attachment: Id, uid: Uid, attaching: bool) {
    let due = due(cx.world, attaching);
    let pending = Pending {
        uid,
        due,
        failures: 0,
        attaching,
        cause: cx.cause,
    };
    cx.world
        .parts
        .storage
        .attacher
        .pending
        .insert(attachment, Arc::new(pending));
    if due != SimTime::NEVER {
        cx.at(due, Work::Storage(work(attachment, attaching)));
    }
}

fn work(attachment: Id, attaching: bool) -> StorageWork {
    if attaching {
        StorageWork::Attach(attachment)
    } else {
        StorageWork::Detach(attachment)
    }
}

/// Changes how much longer attaching takes. What is being attached begins anew, so that an end of the delay is felt.
pub(super) fn set_delay(world: &mut World, delay: SimDuration) {
    world.parts.storage.attacher.delay = delay;
    begin_anew(world, |pending| pending.attaching);
}

/// The driver does nothing from now on, or works again. What is under way is begun anew then.
pub(super) fn set_paused(world: &mut World, paused: bool) {
    world.parts.storage.attacher.paused = paused;
    begin_anew(world, |_| true);
}

fn begin_anew(world: &mut World, which: fn(&Pending) -> bool) {
    let pending = world.parts.storage.attacher.pending.clone();
    for (id, pending) in pending.iter().filter(|(_, p)| p.failures == 0 && which(p)) {
        let due = due(world, pending.attaching);
        let again = Pending { due, ..**pending };
        let memory = &mut world.parts.storage.attacher;
        memory.pending.insert(id, Arc::new(again));
        if due != SimTime::NEVER {
            let mut cx = Cx::new(world, Component::Attacher, pending.cause);
            cx.at(due, Work::Storage(work(id, pending.attaching)));
        }
    }
}

/// The work that was queued, if it is still wanted: the attachment, its node and its volume.
fn take(cx: &mut Cx<'_>, id: Id, attaching: bool) -> Option<(Arc<Object>, Arc<Pending>, Id, Id)> {
    let pending = cx.world.parts.storage.attacher.pending.get(&id)?.clone();
    let object = cx.get(id)?;
    if pending.due != cx.now() || pending.attaching != attaching || pending.uid != object.meta.uid {
        return None;
    }
    let attachment = object.as_volume_attachment()?;
    let node = cx.id(Kind::Node, "", &attachment.node_name);
    let volume = cx.id(Kind::PersistentVolume, "", &attachment.volume);
    cx.world.parts.storage.attacher.pending.remove(&id);
    Some((object, pending, node, volume))
}

/// The driver answers to an attach call.
pub(super) fn attach(cx: &mut Cx<'_>, id: Id) {
    let Some((object, pending, node, volume)) = take(cx, id, true) else {
        return;
    };
    let attachment = object.as_volume_attachment().expect("taken as one");
    let failed = cx.world.parts.storage.attacher.fails;
    let message = failed.then(|| refusal("ControllerPublishVolume", attachment));
    if let Some(message) = message.or_else(|| taken(cx.world, node, volume, attachment)) {
        let now = cx.now();
        fail(cx, id, &pending, |a| {
            a.attach_error = Some(Arc::new((now, message)))
        });
        return;
    }
    let finalizer = finalizer(&attachment.attacher);
    let _ = cx.update(volume, |object| {
        let missing = !object.meta.is_deleting() && !object.meta.has_finalizer(&finalizer);
        if missing {
            object.meta.finalizers.push(finalizer);
        }
        missing
    });
    cx.machine(node, |machine| {
        machine.attached.insert(volume);
    });
    cx.disk(volume, |disk| {
        if !disk.attached.contains(&node) {
            disk.attached.push(node);
        }
    });
    let uid = cx.get(volume).map(|o| o.meta.uid).unwrap_or_default();
    cx.cause = Some(cx.happen(
        volume,
        uid,
        Fact::VolumeAttached {
            node: attachment.node_name.clone(),
        },
    ));
    let _ = cx.update(id, |object| {
        object.as_volume_attachment_mut().is_some_and(|a| {
            a.attached = true;
            a.attach_error = None;
            true
        })
    });
}

/// The driver answers to a detach call.
pub(super) fn detach(cx: &mut Cx<'_>, id: Id) {
    let Some((object, pending, node, volume)) = take(cx, id, false) else {
        return;
    };
    let attachment = object.as_volume_attachment().expect("taken as one");
    if cx.world.parts.storage.attacher.fails {
        let message = refusal("ControllerUnpublishVolume", attachment);
        let now = cx.now();
        fail(cx, id, &pending, |a| {
            a.detach_error = Some(Arc::new((now, message)))
        });
        return;
    }
    let was_attached = cx
        .world
        .machines
        .get(&node)
        .is_some_and(|m| m.attached.contains(&volume))
        || cx
            .world
            .disks
            .get(&volume)
            .is_some_and(|d| d.attached.contains(&node));
    if was_attached {
        let forced = is_in_use(cx.world, node, volume, &attachment.volume);
        cx.machine(node, |machine| {
            machine.attached.remove(&volume);
        });
        cx.disk(volume, |disk| disk.attached.retain(|n| *n != node));
        let uid = cx.get(volume).map(|o| o.meta.uid).unwrap_or_default();
        let fact = Fact::VolumeDetached {
            node: attachment.node_name.clone(),
            forced,
        };
        cx.cause = Some(cx.happen(volume, uid, fact));
    }
    let finalizer = finalizer(&attachment.attacher);
    let _ = cx.update(id, |object| {
        object.meta.finalizers.retain(|f| *f != finalizer);
        true
    });
}

/// Whether the machine still has the disk mounted, or never said that it had let go of it.
fn is_in_use(world: &World, node: Id, volume: Id, name: &str) -> bool {
    let mounted = world
        .disks
        .get(&volume)
        .is_some_and(|disk| disk.mounted.iter().any(|m| m.node == node));
    let reported = world
        .get(node)
        .and_then(|object| object.as_node())
        .map(|n| &n.status.volumes_in_use);
    mounted || reported.is_some_and(|volumes| volumes.iter().any(|v| v == name))
}

/// What a driver says of a disk for one machine that hangs on another still: it attaches no disk twice, whatever it is
/// asked. Models the CSI specification's `ControllerPublishVolume`, "Volume published to another node".
fn taken(world: &World, node: Id, volume: Id, attachment: &VolumeAttachment) -> Option<Text> {
    let spec = &world.get(volume)?.as_volume()?.spec;
    if multi_attach_allowed(&spec.access_modes) {
        return None;
    }
    let disk = world.disks.get(&volume)?;
    let holder = disk.attached.iter().find(|holder| **holder != node)?;
    let holder = &world.store.key(*holder).name;
    let text = format!(
        "rpc error: code = FailedPrecondition desc = volume \"{}\" is published to node \"{holder}\"",
        attachment.volume
    );
    Some(text.into())
}

fn refusal(call: &str, attachment: &VolumeAttachment) -> Text {
    format!(
        "rpc error: code = Internal desc = {call} of volume \"{}\" on node \"{}\" failed",
        attachment.volume, attachment.node_name
    )
    .into()
}

fn fail(cx: &mut Cx<'_>, id: Id, pending: &Pending, note: impl FnOnce(&mut VolumeAttachment)) {
    let wait = SimDuration::ms((RETRY_MS << pending.failures.min(10)).min(RETRY_MAX_MS));
    let again = Pending {
        failures: pending.failures + 1,
        due: cx.now() + wait,
        ..*pending
    };
    let pending = &mut cx.world.parts.storage.attacher.pending;
    pending.insert(id, Arc::new(again));
    let work = Work::Storage(work(id, again.attaching));
    cx.after_in_background(wait, work);
    let _ = cx.update(id, |object| {
        object.as_volume_attachment_mut().map(note).is_some()
    });
}

/// A volume that is being deleted and attached nowhere need not be kept.
fn look_at_deleted_volume(cx: &mut Cx<'_>, volume: Id) {
    if held(cx.world, volume).is_some() {
        cx.after(
            cx.world.profile().controller(),
            Work::Storage(StorageWork::LetGo(volume)),
        );
    }
}

/// The attacher's finalizer on a volume, if it holds a deletion that nothing else of ours does.
fn held(world: &World, volume: Id) -> Option<Text> {
    let object = world.get(volume).filter(|o| o.meta.is_deleting())?;
    let finalizer = finalizer(&object.as_volume()?.spec.csi.as_ref()?.driver);
    let attached = world
        .store
        .linked(Link::AttachmentOfVolume, volume)
        .next()
        .is_some();
    (!attached && object.meta.has_finalizer(&finalizer)).then_some(finalizer)
}

/// Takes the attacher's finalizer off a volume that is being deleted.
pub(super) fn let_go(cx: &mut Cx<'_>, volume: Id) {
    let Some(finalizer) = held(cx.world, volume) else {
        return;
    };
    let _ = cx.update(volume, |object| {
        object.meta.finalizers.retain(|f| *f != finalizer);
        true
    });
}
