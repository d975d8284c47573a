//! What becomes of a released volume. Models pv_controller.go `reclaimVolume`, `deleteVolumeOperation`, `recycleVolumeOperation`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::storage::{ReclaimPolicy, VolumePhase};
use ordinal_api::{Object, Text};

use super::bind::{set_phase, unbind};
use super::{PROVISIONED_BY, resync};
use crate::apiserver::DeleteOptions;
use crate::persistent::List;
use crate::storage::provisioner;
use crate::store::Link;
use crate::{Cx, Id};

pub(super) fn reclaim(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else { return };
    let Some(volume) = object.as_volume() else {
        return;
    };
    match volume.reclaim_policy {
        ReclaimPolicy::Retain => {}
        ReclaimPolicy::Delete => delete(cx, id, &object),
        ReclaimPolicy::Recycle => recycle(cx, id, &object),
    }
}

/// Whether an external provisioner deletes the volume: this controller then does nothing.
fn is_external(object: &Object) -> bool {
    let made_by = object
        .meta
        .annotation(PROVISIONED_BY)
        .is_some_and(provisioner::is_external);
    made_by || object.as_volume().is_some_and(|v| v.spec.csi.is_some())
}

fn delete(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let Some(volume) = object
        .as_volume()
        .filter(|_| !is_external(object) && !object.meta.is_deleting())
    else {
        return;
    };
    let refused = match &volume.spec.host_path {
        Some(path)
            if path
                .path
                .strip_prefix("/tmp/")
                .is_some_and(|rest| !rest.is_empty()) =>
        {
            None
        }
        Some(path) => Some(format!(
            "host_path deleter only supports /tmp/.+ but received provided {}",
            path.path
        )),
        None => {
            // The controller manager has plugins of few kinds; a local volume's is the kubelet's alone.
            let known = volume.spec.nfs.is_some()
                || ["fc", "iscsi"]
                    .iter()
                    .any(|kind| volume.raw.get(*kind).is_some());
            let deletable = if known { "deletable " } else { "" };
            Some(format!(
                "error getting deleter volume plugin for volume \"{}\": no {deletable}volume plugin matched",
                object.meta.name
            ))
        }
    };
    match refused {
        Some(message) => fail(cx, id, "VolumeFailedDelete", message.into()),
        None => {
            provisioner::erase(cx, id);
            let _ = cx.delete(
                id,
                DeleteOptions {
                    uid: Some(object.meta.uid),
                    ..DeleteOptions::default()
                },
            );
        }
    }
}

/// The volume is Failed, which is told once; it is tried again with everything else.
fn fail(cx: &mut Cx<'_>, id: Id, reason: &'static str, message: Text) {
    let now = cx.now();
    let mut changed = false;
    let _ = cx.update(id, |object| {
        changed = object
            .as_volume()
            .is_some_and(|v| v.phase != VolumePhase::Failed)
            && set_phase(object, VolumePhase::Failed, &message, now);
        changed
    });
    if changed {
        cx.event(id, true, reason, message);
    }
    resync(cx, id);
}

fn recycle(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let Some(volume) = object.as_volume() else {
        return;
    };
    if volume.spec.host_path.is_none() && volume.spec.nfs.is_none() {
        fail(
            cx,
            id,
            "VolumeFailedRecycle",
            Text::new_static("No recycler plugin found for the volume!"),
        );
        return;
    }
    let claims: Vec<Id> = cx
        .world
        .store
        .linked(Link::ClaimOfVolume, id)
        .map(|(claim, _)| claim)
        .into_list();
    let pods = claims
        .iter()
        .flat_map(|claim| cx.world.store.linked(Link::PodOfClaim, *claim));
    let using = pods.filter(|(_, o)| o.as_pod().is_some_and(|p| !p.status.phase.is_terminal()));
    let names: Vec<String> = using
        .map(|(_, o)| format!("{}/{}", o.meta.namespace, o.meta.name))
        .into_list();
    if !names.is_empty() {
        cx.event(
            id,
            false,
            "VolumeFailedRecycle",
            format!("Volume is used by pods: {}", names.join(",")),
        );
        resync(cx, id);
        return;
    }
    cx.disk(id, |disk| disk.writes = List::new());
    cx.event(id, false, "VolumeRecycled", "Volume recycled");
    unbind(cx, id);
}
