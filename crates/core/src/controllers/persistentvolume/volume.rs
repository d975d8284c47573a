//! One look at a volume. Models pv_controller.go `syncVolume`, 1.37.

use ordinal_api::storage::{ReclaimPolicy, VolumePhase};
use ordinal_api::{Kind, Object, Text, Uid};

use super::bind::{set_phase, unbind};
use super::{PROVISIONED_BY, reclaim, same_mode};
use crate::controllers::Controller;
use crate::{Cx, Id};

pub(super) fn sync(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let Some(volume) = object.as_volume() else {
        return;
    };
    let Some(reference) = volume.claim_ref.as_ref().filter(|r| r.uid != Uid::NONE) else {
        set(cx, id, VolumePhase::Available);
        return;
    };
    let claim_id = cx.id(
        Kind::PersistentVolumeClaim,
        &reference.namespace,
        &reference.name,
    );
    // A claim of the same name that is another one is as good as none.
    let claim_object = cx.get(claim_id).filter(|o| o.meta.uid == reference.uid);
    let Some(claim) = claim_object.as_ref().and_then(|o| o.as_claim()) else {
        if volume.phase != VolumePhase::Failed {
            set(cx, id, VolumePhase::Released);
        }
        reclaim::reclaim(cx, id);
        return;
    };
    if claim.volume_name.is_empty() {
        if same_mode(
            claim.spec.volume_mode.as_ref(),
            volume.spec.volume_mode.as_ref(),
        ) {
            cx.enqueue(Controller::PersistentVolume, claim_id);
        } else {
            mode_mismatch(cx, id, &object.meta.name, claim_id, &reference.name);
        }
        return;
    }
    if claim.volume_name == object.meta.name {
        set(cx, id, VolumePhase::Bound);
        return;
    }
    // The claim went elsewhere.
    let made_for_it = object.meta.annotation(PROVISIONED_BY).is_some()
        && volume.reclaim_policy == ReclaimPolicy::Delete;
    if made_for_it {
        if !matches!(volume.phase, VolumePhase::Released | VolumePhase::Failed) {
            set(cx, id, VolumePhase::Released);
        }
        reclaim::reclaim(cx, id);
    } else {
        unbind(cx, id);
    }
}

fn set(cx: &mut Cx<'_>, id: Id, phase: VolumePhase) {
    let now = cx.now();
    let _ = cx.update(id, |object| set_phase(object, phase, &Text::default(), now));
}

fn mode_mismatch(cx: &mut Cx<'_>, volume: Id, volume_name: &str, claim: Id, claim_name: &str) {
    let text = format!(
        "Cannot bind PersistentVolume to requested PersistentVolumeClaim \"{claim_name}\" due to incompatible volumeMode."
    );
    cx.event(volume, true, "VolumeMismatch", text);
    let text = format!(
        "Cannot bind PersistentVolume \"{volume_name}\" to requested PersistentVolumeClaim due to incompatible volumeMode."
    );
    cx.event(claim, true, "VolumeMismatch", text);
}
