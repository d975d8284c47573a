//! Operations on a volume: they begin with a request to its driver and end when its answer is seen.
//!
//! Models pkg/volume/util/operationexecutor/operation_generator.go and pkg/volume/csi/csi_attacher.go, 1.37.

use std::sync::Arc;

use ordinal_api::storage::VolumeAttachment;
use ordinal_api::{Body, Kind, Object, ObjectMeta, Text};

use super::decide;
use super::gather::gather;
use super::{Attachment, State, VERIFY_MS, next_verification};
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
            State::Attaching { since, seen_at } => (true, since, seen_at),
            State::Detaching { since, seen_at } => (false, since, seen_at),
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
        let error = match body {
            None if seen => {
                forget(cx, volume, node, &attachment);
                continue;
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
            _ if attaching && now >= since + decide::ATTACH_TIMEOUT => timeout_text(cx, volume),
            _ => continue,
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
    cx.world
        .parts
        .attach_detach
        .attachments
        .remove(&(volume, node));
}

fn pods_on(cx: &Cx<'_>, volume: Id, node: Id) -> Vec<Id> {
    let view = gather(cx.world, volume);
    view.nodes
        .into_iter()
        .find(|n| n.node == node)
        .map(|n| n.pods)
        .unwrap_or_default()
}

fn attached(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    let name = cx.world.store.key(volume).name.clone();
    remember(
        cx,
        volume,
        node,
        Attachment {
            state: State::Attached,
            failures: 0,
            ..attachment
        },
    );
    cx.world
        .parts
        .attach_detach
        .reported
        .remove(&(volume, node));
    for pod in pods_on(cx, volume, node) {
        // The space at the end is the server's own.
        let message = format!("AttachVolume.Attach succeeded for volume \"{name}\" ");
        cx.event(pod, false, "SuccessfulAttachVolume", message);
        look_at_other_volumes(cx, pod, volume);
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
    let failures = attachment.failures + 1;
    let retry_at = decide::next_beat(cx.now() + decide::back_off(failures));
    let state = if attaching {
        State::Uncertain { retry_at }
    } else {
        State::StillAttached { retry_at }
    };
    remember(
        cx,
        volume,
        node,
        Attachment {
            state,
            failures,
            ..attachment
        },
    );
    if attaching {
        for pod in pods_on(cx, volume, node) {
            let message = format!("AttachVolume.Attach failed for volume \"{name}\" : {error}");
            cx.event(pod, true, "FailedAttachVolume", message);
        }
    } else {
        report(cx, volume, node, true);
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
pub(super) fn begin_attach(cx: &mut Cx<'_>, volume: Id, node: Id) -> State {
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
    let failures = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get(&(volume, node))
        .map_or(0, |a| a.failures);
    // One that failed before may have its answer already.
    let answered = cx.get(id).is_some_and(|o| {
        o.as_volume_attachment()
            .is_some_and(|a| a.attached || a.attach_error.is_some())
    });
    let seen_at = answered.then_some(now);
    let state = State::Attaching {
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
            failures,
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

/// Asks the driver to detach: the VolumeAttachment is deleted and goes when the driver has answered.
pub(super) fn begin_detach(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    if cx.get(attachment.object).is_none() {
        // Somebody was faster; nothing is left to be asked.
        return forget(cx, volume, node, &attachment);
    }
    report(cx, volume, node, false);
    let object = attachment.object;
    let since = cx.now();
    let state = State::Detaching {
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
    let asked = cx.delete(object, DeleteOptions::default());
    debug_assert!(asked.is_ok(), "it was just looked up");
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
