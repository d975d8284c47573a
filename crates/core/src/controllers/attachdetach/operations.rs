//! Operations on a volume: they begin with a request to its driver and end when its answer is seen.
//!
//! Models pkg/volume/util/operationexecutor/operation_generator.go and pkg/volume/csi/csi_attacher.go, 1.37.

use std::sync::Arc;

use ordinal_api::storage::VolumeAttachment;
use ordinal_api::{Body, Kind, Object, ObjectMeta, SimTime, Text, Uid};

use super::decide;
use super::decide::View;
use super::{Attachment, BackOff, State, VERIFY_MS, next_verification};
use crate::apiserver::DeleteOptions;
use crate::controllers::Controller;
use crate::controllers::persistentvolume::all_claim_names;
use crate::queue::Work;
use crate::storage::attacher_finalizer;
use crate::{Cx, Id};

fn attachments(cx: &Cx<'_>, volume: Id) -> Vec<(Id, Attachment)> {
    let known = cx.world.parts.attach_detach.of_volume(volume);
    known
        .map(|(node, attachment)| (node, (**attachment).clone()))
        .collect()
}

/// Keeps what is known of a volume on a node.
pub(super) fn remember(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    cx.world
        .parts
        .attach_detach
        .attachments
        .insert((volume, node), Arc::new(attachment));
}

/// Ends the operations whose answer is seen by now.
pub(super) fn finish(cx: &mut Cx<'_>, volume: Id) {
    let now = cx.now();
    for (node, attachment) in attachments(cx, volume) {
        let object = cx.get(attachment.object);
        let body = object.as_ref().and_then(|o| o.as_volume_attachment());
        let (attaching, since, seen) = match attachment.state {
            State::Asked {
                attaching,
                since,
                seen_at,
            } => (attaching, since, seen_at),
            // Deleted by somebody else: the volume is not there any more. Models `VerifyVolumesAreAttached`.
            _ if body.is_none() && now.0.is_multiple_of(VERIFY_MS) => {
                forget(cx, volume, node, &attachment);
                continue;
            }
            _ if body.is_none() => {
                let at = next_verification(now);
                cx.at(at, Work::Sync(Controller::AttachDetach, volume));
                continue;
            }
            _ => continue,
        };
        let seen = seen.is_some_and(|at| at <= now);
        let deleting = object.as_ref().is_some_and(|o| o.meta.is_deleting());
        let error = match body {
            None if seen && !attaching => {
                forget(cx, volume, node, &attachment);
                continue;
            }
            Some(_) if seen && attaching && deleting => {
                Text::new_static("volume attachment is being deleted")
            }
            Some(body) if seen && attaching && body.attached => {
                attached(cx, volume, node, attachment);
                continue;
            }
            Some(VolumeAttachment {
                attach_error: Some(error),
                ..
            }) if seen && attaching => error.1.clone(),
            Some(VolumeAttachment {
                detach_error: Some(error),
                ..
            }) if seen && !attaching => error.1.clone(),
            _ if now >= since + decide::TIMEOUT => timeout_text(cx, volume),
            _ => {
                // What was to be seen is gone again: it goes on looking.
                if seen {
                    let state = State::Asked {
                        attaching,
                        since,
                        seen_at: None,
                    };
                    remember(
                        cx,
                        volume,
                        node,
                        Attachment {
                            state,
                            ..attachment
                        },
                    );
                }
                continue;
            }
        };
        failed(cx, volume, node, attachment, attaching, &error);
    }
}

fn timeout_text(cx: &Cx<'_>, volume: Id) -> Text {
    let source = cx
        .get(volume)
        .and_then(|o| o.as_volume()?.spec.csi.clone())
        .unwrap_or_default();
    let (driver, handle) = (source.driver, source.volume_handle);
    format!(
        "timed out waiting for external-attacher of {driver} CSI driver to attach volume {handle}"
    )
    .into()
}

fn forget(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: &Attachment) {
    cx.proceed(attachment.object);
    report(cx, volume, node, false);
    let pending = attachment.state.is_pending();
    let memory = &mut cx.world.parts.attach_detach;
    memory.attachments.remove(&(volume, node));
    if pending {
        memory.failed.remove(&attachment.key);
    }
}

fn attached(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    let name = cx.world.store.key(volume).name.clone();
    let told = attachment.told.clone();
    cx.world.parts.attach_detach.failed.remove(&attachment.key);
    remember(
        cx,
        volume,
        node,
        Attachment {
            state: State::Attached,
            // The pass that follows writes the node's status, and what comes of that is known to the one after it.
            assumed_mounted: decide::next_beat(cx.now()),
            ..attachment
        },
    );
    cx.world
        .parts
        .attach_detach
        .reported
        .remove(&(volume, node));
    for pod in told.iter().copied() {
        // The space at the end is the server's own.
        let message = format!("AttachVolume.Attach succeeded for volume \"{name}\" ");
        tell(cx, pod, false, "SuccessfulAttachVolume", message);
        look_at_other_volumes(cx, pod.0, volume);
    }
    report(cx, volume, node, true);
}

/// A Pod has one wait for all its volumes: what the others wait for is said again.
fn look_at_other_volumes(cx: &mut Cx<'_>, pod: Id, volume: Id) {
    let Some(object) = cx.get(pod) else { return };
    for claim in all_claim_names(&object) {
        let claim = cx.find(Kind::PersistentVolumeClaim, &object.meta.namespace, &claim);
        let name = claim
            .as_ref()
            .and_then(|c| c.as_claim())
            .map(|c| c.volume_name.clone())
            .unwrap_or_default();
        let other = cx.id(Kind::PersistentVolume, "", &name);
        if !name.is_empty() && other != volume {
            let at = decide::next_beat(cx.now());
            cx.at(at, Work::Sync(Controller::AttachDetach, other));
        }
    }
}

fn failed(
    cx: &mut Cx<'_>,
    volume: Id,
    node: Id,
    attachment: Attachment,
    attaching: bool,
    error: &str,
) {
    let name = cx.world.store.key(volume).name.clone();
    let told = attachment.told.clone();
    let failed = &cx.world.parts.attach_detach.failed;
    let before = failed.get(&attachment.key).map(|f| **f);
    let failures = before.map_or(0, |b| b.failures) + 1;
    // An operation that is begun after the pause of another kind keeps that one's name.
    let attaching_name = before.map_or(attaching, |b| b.attaching);
    let back_off = BackOff {
        attaching: attaching_name,
        failures,
        until: decide::next_beat(cx.world.now() + decide::back_off(failures)),
    };
    let failed = &mut cx.world.parts.attach_detach.failed;
    failed.insert(attachment.key, Arc::new(back_off));
    let state = State::Uncertain;
    remember(
        cx,
        volume,
        node,
        Attachment {
            state,
            ..attachment
        },
    );
    let at = decide::next_beat(SimTime(cx.now().0 + 1));
    cx.at(at, Work::Sync(Controller::AttachDetach, volume));
    if attaching {
        for pod in told.iter().copied() {
            let message = format!("AttachVolume.Attach failed for volume \"{name}\" : {error}");
            tell(cx, pod, true, "FailedAttachVolume", message);
        }
    }
}

/// Tells a Pod that may be gone by now: what it was told before is counted all the same.
fn tell(cx: &mut Cx<'_>, (pod, uid): (Id, Uid), warning: bool, reason: &'static str, text: String) {
    if cx.get(pod).is_some_and(|object| object.meta.uid == uid) {
        return cx.event(pod, warning, reason, text);
    }
    let known = cx.world.store.list(Kind::Event).find(|(_, object)| {
        let event = object.as_event();
        event.is_some_and(|e| e.involved_uid == uid && e.told.message == text)
    });
    let Some(known) = known.map(|(id, _)| id) else {
        return cx.event(pod, warning, reason, text);
    };
    let now = cx.now();
    let _ = cx.update(known, |object| {
        let event = object.as_event_mut().expect("found as one");
        event.count += 1;
        event.last_seen = now;
        true
    });
}

/// An operation begins: where one of another kind still had to wait, nothing is left of its failures.
fn begin(cx: &mut Cx<'_>, key: (Id, Id), attaching: bool) {
    let now = cx.now();
    let failed = &mut cx.world.parts.attach_detach.failed;
    if failed
        .get(&key)
        .is_some_and(|f| f.until > now && f.attaching != attaching)
    {
        failed.remove(&key);
    }
}

/// Keeps `status.volumesAttached` of the node, on which its kubelet waits before it mounts.
pub(super) fn report(cx: &mut Cx<'_>, volume: Id, node: Id, attached: bool) {
    let name = cx.world.store.key(volume).name.clone();
    let listed = cx
        .world
        .get(node)
        .and_then(|o| o.as_node())
        .map(|n| n.status.volumes_attached.contains(&name));
    if listed.is_none_or(|listed| listed == attached) {
        return;
    }
    let _ = cx.update(node, |object| {
        let Some(node) = object.as_node_mut() else {
            return false;
        };
        let list = Arc::make_mut(&mut Arc::make_mut(node).status.volumes_attached);
        if attached {
            list.push(name);
        } else {
            list.retain(|v| *v != name);
        }
        true
    });
}

/// Asks the driver to attach: a VolumeAttachment, or the one that is there already.
pub(super) fn begin_attach(
    cx: &mut Cx<'_>,
    volume: Id,
    exclusive: bool,
    node: Id,
    pods: &[Id],
) -> State {
    let key = View::key(exclusive, volume, node);
    let uid = |pod: &Id| (*pod, cx.get(*pod).map_or(Uid::NONE, |o| o.meta.uid));
    let told = pods.iter().map(uid).collect();
    begin(cx, key, true);
    let now = cx.now();
    let source = cx.get(volume).and_then(|o| o.as_volume()?.spec.csi.clone());
    // Only CSI volumes are attachable, and only those that exist are wanted.
    let source = source.expect("an attachable volume has a CSI source");
    let (volume_name, node_name) = (
        cx.world.store.key(volume).name.clone(),
        cx.world.store.key(node).name.clone(),
    );
    let name = attachment_name(&source.volume_handle, &source.driver, &node_name);
    let id = cx.id(Kind::VolumeAttachment, "", &name);
    // One that failed before may have its answer already, or still the old one.
    let answered = cx.get(id).is_some_and(|o| {
        o.meta.is_deleting()
            || o.as_volume_attachment()
                .is_some_and(|a| a.attached || a.attach_error.is_some())
    });
    let seen_at = answered.then(|| decide::poll_moment(now, now));
    let state = State::Asked {
        attaching: true,
        since: now,
        seen_at,
    };
    remember(
        cx,
        volume,
        node,
        Attachment {
            object: id,
            state,
            undesired_since: None,
            key,
            told,
            assumed_mounted: SimTime::ZERO,
        },
    );
    if cx.get(id).is_none() {
        let mut meta = ObjectMeta::named("", &name);
        meta.finalizers.push(attacher_finalizer(&source.driver));
        let body = VolumeAttachment {
            attacher: source.driver,
            node_name,
            volume: volume_name,
            ..VolumeAttachment::default()
        };
        let _ = cx.create(Object::new(meta, Body::VolumeAttachment(body)));
    }
    state
}

/// Asks the driver to detach: the VolumeAttachment is deleted and goes when the driver has answered. Returns when that is
/// seen, if it is known.
pub(super) fn begin_detach(
    cx: &mut Cx<'_>,
    volume: Id,
    exclusive: bool,
    node: Id,
    attachment: Attachment,
) -> Option<SimTime> {
    let object = attachment.object;
    let Some(stored) = cx.get(object) else {
        // Somebody was faster; nothing is left to be asked.
        forget(cx, volume, node, &attachment);
        return None;
    };
    let key = View::key(exclusive, volume, node);
    begin(cx, key, false);
    report(cx, volume, node, false);
    let since = cx.now();
    // What the driver said last time is still there.
    let failed = stored
        .as_volume_attachment()
        .is_some_and(|a| a.detach_error.is_some());
    let seen_at = failed.then(|| decide::poll_moment(since, since));
    let state = State::Asked {
        attaching: false,
        since,
        seen_at,
    };
    remember(
        cx,
        volume,
        node,
        Attachment {
            state,
            key,
            ..attachment
        },
    );
    let asked = cx.delete(object, DeleteOptions::default());
    debug_assert!(asked.is_ok(), "it was just looked up");
    seen_at
}

/// `csi-` and 64 hexadecimal digits that follow from the three names. Upstream takes SHA-256; which hash it is nobody sees.
fn attachment_name(handle: &str, driver: &str, node: &str) -> String {
    let word = |salt: u8| {
        let bytes = std::iter::once(salt)
            .chain(handle.bytes())
            .chain(driver.bytes())
            .chain(node.bytes());
        // FNV-1a, with a last mix so that names that differ at their end differ everywhere.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        });
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let words = [word(0), word(1), word(2), word(3)];
    format!(
        "csi-{:016x}{:016x}{:016x}{:016x}",
        words[0], words[1], words[2], words[3]
    )
}
