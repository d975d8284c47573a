//! One look at a claim. Models pv_controller.go `syncClaim`, `syncUnboundClaim` and `syncBoundClaim`, 1.37.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::storage::{ClaimPhase, StorageClass};
use ordinal_api::{Kind, Object};

use super::{BIND_COMPLETED, SELECTED_NODE};
use super::{bind, check_satisfies, claim_class, find_best, guards, provision, refers_to, resync};
use crate::apiserver::{CLASS_ANNOTATION, default_class};
use crate::store::Link;
use crate::wait::On;
use crate::{Cx, Id};

pub(super) fn sync(cx: &mut Cx<'_>, id: Id, object: &Object) {
    cx.world.parts.persistent_volume.waiting.remove(&id);
    let done = if object.meta.annotation(BIND_COMPLETED).is_some() {
        sync_bound(cx, id, object);
        true
    } else {
        sync_unbound(cx, id, object)
    };
    if done {
        cx.proceed(id);
    } else {
        cx.world.parts.persistent_volume.waiting.insert(id);
        resync(cx, id);
    }
}

fn class<'c>(cx: &'c Cx<'_>, object: &Object) -> Option<&'c StorageClass> {
    cx.world
        .store
        .find(Kind::StorageClass, "", claim_class(object))?
        .as_storage_class()
}

/// The volume that a claim would get: one that is reserved for it, or the best of its class.
pub(super) fn find_volume(cx: &Cx<'_>, id: Id, object: &Object) -> Option<Id> {
    let waits = class(cx, object).is_some_and(|c| c.wait_for_first_consumer);
    let store = &cx.world.store;
    let of_class = store.id(Kind::StorageClass, "", claim_class(object));
    let free = of_class
        .into_iter()
        .flat_map(|class| store.linked(Link::FreeVolumeOfClass, class));
    let candidates = store
        .linked(Link::VolumeOfClaim, id)
        .chain(free)
        .map(|(id, o)| (id, &**o));
    find_best(object, waits, candidates)
}

/// Returns whether nothing is left to wait for.
fn sync_unbound(cx: &mut Cx<'_>, id: Id, object: &Object) -> bool {
    let Some(claim) = object.as_claim() else {
        return true;
    };
    if !claim.volume_name.is_empty() {
        return sync_named(cx, id, object);
    }
    if let Some(volume) = find_volume(cx, id, object) {
        bind::bind(cx, volume, id);
        return true;
    }
    if claim.storage_class_name.is_none() && object.meta.annotation(CLASS_ANNOTATION).is_none() {
        // Models `assignDefaultStorageClass`; the change brings the claim back here.
        if let Some(class) = default_class(cx.world) {
            let written = cx.update(id, |object| {
                let Some(claim) = object.as_claim_mut() else {
                    return false;
                };
                claim.storage_class_name = Some(class);
                true
            });
            return written.is_ok();
        }
    }
    let waits = class(cx, object).is_some_and(|c| c.wait_for_first_consumer);
    if waits && object.meta.annotation(SELECTED_NODE).is_none() {
        tell_consumer(cx, id);
        cx.wait(
            id,
            On::Administrator,
            &guards::WAIT_FOR_FIRST_CONSUMER,
            None,
        );
    } else if !claim_class(object).is_empty() {
        provision::ask(cx, id, object);
    } else {
        const TEXT: &str =
            "no persistent volumes available for this claim and no storage class is set";
        cx.event(id, false, "FailedBinding", TEXT);
        cx.wait(id, On::Administrator, &guards::NO_VOLUME, None);
    }
    false
}

/// Says for which Pods a claim waits, as far as the controller has seen them.
fn tell_consumer(cx: &mut Cx<'_>, id: Id) {
    let reaction = cx.world.profile().controller();
    let is_waiting = |pod: &Object| {
        let unscheduled = pod
            .as_pod()
            .is_some_and(|p| p.node_name.is_empty() && !p.status.phase.is_terminal());
        unscheduled && pod.meta.creation_timestamp + reaction < cx.now()
    };
    let pods = cx
        .world
        .store
        .linked(Link::PodOfClaim, id)
        .filter(|(_, pod)| is_waiting(pod));
    let names: Vec<&str> = pods.map(|(_, pod)| pod.meta.name.as_str()).into_list();
    let (reason, text) = match names[..] {
        [] => (
            "WaitForFirstConsumer",
            "waiting for first consumer to be created before binding".to_owned(),
        ),
        [pod] => (
            "WaitForPodScheduled",
            format!("waiting for pod {pod} to be scheduled"),
        ),
        _ => (
            "WaitForPodScheduled",
            format!("waiting for pods {} to be scheduled", names.join(",")),
        ),
    };
    cx.event(id, false, reason, text);
}

/// A claim that names its volume.
fn sync_named(cx: &mut Cx<'_>, id: Id, object: &Object) -> bool {
    let Some(claim) = object.as_claim() else {
        return true;
    };
    let name = &claim.volume_name;
    let volume_id = cx.id(Kind::PersistentVolume, "", name);
    let Some(volume) = cx.get(volume_id) else {
        cx.wait(id, On::Object(volume_id), &guards::NAMED_VOLUME, None);
        return false;
    };
    let reference = volume.as_volume().and_then(|v| v.claim_ref.as_ref());
    match reference {
        None => match check_satisfies(&volume, object) {
            Ok(()) => {
                bind::bind(cx, volume_id, id);
                return true;
            }
            Err(why) => {
                let text = format!("Cannot bind to requested volume \"{name}\": {why}");
                cx.event(id, true, "VolumeMismatch", text);
            }
        },
        Some(reference) if refers_to(reference, object) => {
            bind::bind(cx, volume_id, id);
            return true;
        }
        // When the controller itself named the volume it fails here, and tries again at the next resync all the same.
        Some(_) => {
            let text = format!("volume \"{name}\" already bound to a different claim.");
            cx.event(id, true, "FailedBinding", text);
        }
    }
    cx.wait(id, On::Object(volume_id), &guards::NAMED_VOLUME, None);
    false
}

fn sync_bound(cx: &mut Cx<'_>, id: Id, object: &Object) {
    const LOST: &str = "Data on the volume is lost!";
    let Some(claim) = object.as_claim() else {
        return;
    };
    if claim.volume_name.is_empty() {
        lose(
            cx,
            id,
            "ClaimLost",
            &format!("Bound claim has lost reference to PersistentVolume. {LOST}"),
        );
        return;
    }
    let volume_id = cx.id(Kind::PersistentVolume, "", &claim.volume_name);
    let Some(volume) = cx.get(volume_id) else {
        lose(
            cx,
            id,
            "ClaimLost",
            &format!("Bound claim has lost its PersistentVolume. {LOST}"),
        );
        return;
    };
    let reference = volume.as_volume().and_then(|v| v.claim_ref.as_ref());
    if reference.is_none_or(|r| r.uid == object.meta.uid) {
        bind::bind(cx, volume_id, id);
    } else {
        const TEXT: &str = "Two claims are bound to the same volume, this one is bound incorrectly";
        lose(cx, id, "ClaimMisbound", TEXT);
    }
}

/// A bound claim has no volume any more; it is told once.
fn lose(cx: &mut Cx<'_>, id: Id, reason: &'static str, text: &str) {
    let mut changed = false;
    let _ = cx.update(id, |object| {
        let Some(claim) = object.as_claim_mut() else {
            return false;
        };
        changed = claim.status.phase != ClaimPhase::Lost;
        if changed {
            let status = Arc::make_mut(&mut claim.status);
            status.phase = ClaimPhase::Lost;
            status.capacity = None;
            status.access_modes.clear();
        }
        changed
    });
    if changed {
        cx.event(id, true, reason, text.to_owned());
    }
}
