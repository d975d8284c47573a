//! The four writes that bind a claim and a volume; each is left out where it is done already, so that any of them can be the last
//! before a crash. Models pv_controller.go `bind`, 1.37.

use std::sync::Arc;

use ordinal_api::storage::{ClaimPhase, ClaimRef, VolumePhase};
use ordinal_api::{Object, SimDuration, SimTime, Text};

use super::{BIND_COMPLETED, BOUND_BY_CONTROLLER, refers_to};
use crate::controllers::Controller;
use crate::queue::Work;
use crate::{Cx, Id};

fn annotate(object: &mut Object, key: &'static str) -> bool {
    let missing = object.meta.annotation(key).is_none();
    if missing {
        Arc::make_mut(&mut object.meta.annotations)
            .insert(Text::new_static(key), Text::new_static("yes"));
    }
    missing
}

/// Sets the phase of a volume. Returns whether it changed.
pub(super) fn set_phase(
    object: &mut Object,
    phase: VolumePhase,
    message: &Text,
    now: SimTime,
) -> bool {
    let Some(volume) = object.as_volume_mut() else {
        return false;
    };
    if volume.phase == phase && volume.message == *message {
        return false;
    }
    if volume.phase != phase {
        volume.last_phase_transition = now;
    }
    volume.phase = phase;
    volume.message = message.clone();
    true
}

/// Binds a volume and a claim.
pub(super) fn bind(cx: &mut Cx<'_>, volume: Id, claim: Id) {
    let Some(claim_object) = cx.get(claim) else {
        return;
    };
    let meta = &claim_object.meta;
    let reference = Arc::new(ClaimRef {
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
        uid: meta.uid,
        resource_version: meta.resource_version,
    });
    if is_bound(cx, volume, &claim_object) {
        return;
    }
    let now = cx.now();
    let before = cx.get(volume).map_or(0, |o| o.meta.resource_version);
    // 1: the volume names the claim.
    let bound = cx.update(volume, |object| {
        let Some(volume) = object.as_volume_mut() else {
            return false;
        };
        let chosen_here = volume
            .claim_ref
            .as_ref()
            .is_none_or(|r| !refers_to(r, &claim_object));
        if volume.claim_ref.as_ref() == Some(&reference) {
            return false;
        }
        volume.claim_ref = Some(reference);
        if chosen_here {
            annotate(object, BOUND_BY_CONTROLLER);
        }
        true
    });
    if bound.is_err() {
        return;
    }
    // 2: the volume is Bound.
    let Ok(volume_object) = cx.update(volume, |object| {
        set_phase(object, VolumePhase::Bound, &Text::default(), now)
    }) else {
        return;
    };
    // The answers to the writes so far are waited for; who looks at the claim meanwhile finds it unbound.
    let answered = SimDuration::ms(cx.world.profile().call_ms);
    if volume_object.meta.resource_version != before && answered > SimDuration::ZERO {
        return cx.after(answered, Work::Sync(Controller::PersistentVolume, claim));
    }
    // 3: the claim names the volume.
    let name = volume_object.meta.name.clone();
    let _ = cx.update(claim, |object| {
        let Some(claim) = object.as_claim_mut() else {
            return false;
        };
        let mut changed = false;
        if claim.volume_name != name {
            claim.volume_name = name;
            annotate(object, BOUND_BY_CONTROLLER);
            changed = true;
        }
        annotate(object, BIND_COMPLETED) || changed
    });
    // 4: the claim is Bound.
    let Some(spec) = volume_object.as_volume().map(|v| v.spec.clone()) else {
        return;
    };
    let _ = cx.update(claim, |object| {
        let Some(claim) = object.as_claim_mut() else {
            return false;
        };
        let bound = claim.status.phase == ClaimPhase::Bound;
        if bound && claim.status.access_modes == spec.access_modes {
            return false;
        }
        let status = Arc::make_mut(&mut claim.status);
        status.access_modes.clone_from(&spec.access_modes);
        status.phase = ClaimPhase::Bound;
        if !bound {
            status.capacity = Some(spec.size());
        }
        true
    });
}

/// Whether all four writes are done.
fn is_bound(cx: &Cx<'_>, volume: Id, claim_object: &Object) -> bool {
    let Some(volume_object) = cx.world.get(volume) else {
        return false;
    };
    let (Some(volume), Some(claim)) = (volume_object.as_volume(), claim_object.as_claim()) else {
        return false;
    };
    let named = volume.claim_ref.as_ref().is_some_and(|reference| {
        reference.uid == claim_object.meta.uid
            && reference.name == claim_object.meta.name
            && reference.namespace == claim_object.meta.namespace
    });
    named
        && volume.phase == VolumePhase::Bound
        && volume.message.is_empty()
        && claim.volume_name == volume_object.meta.name
        && claim_object.meta.annotation(BIND_COMPLETED).is_some()
        && claim.status.phase == ClaimPhase::Bound
        && claim.status.access_modes == volume.spec.access_modes
}

/// Takes a volume back from a claim that went elsewhere: what the controller wrote goes, what an administrator wrote stays but for
/// the identity. Models `unbindVolume`.
pub(super) fn unbind(cx: &mut Cx<'_>, volume: Id) {
    let now = cx.now();
    let _ = cx.update(volume, |object| {
        let by_controller = object.meta.annotation(BOUND_BY_CONTROLLER).is_some();
        if by_controller {
            Arc::make_mut(&mut object.meta.annotations).remove(BOUND_BY_CONTROLLER);
        }
        let Some(volume) = object.as_volume_mut() else {
            return false;
        };
        match &mut volume.claim_ref {
            Some(reference) if !by_controller => {
                Arc::make_mut(reference).uid = ordinal_api::Uid::NONE;
            }
            reference => *reference = None,
        }
        true
    });
    let _ = cx.update(volume, |object| {
        set_phase(object, VolumePhase::Available, &Text::default(), now)
    });
}
