//! The protection controllers: finalizers of claims and volumes in use.
//! Models pkg/controller/volume/{pvcprotection,pvprotection}, 1.37.

#[cfg(test)]
mod tests;

use ordinal_api::storage::VolumePhase;
use ordinal_api::{Body, Kind, Object, Text};

use crate::controllers::Controller;
use crate::controllers::persistentvolume::ephemeral_claim_names;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// Keeps a claim that a Pod with a node mentions.
pub(crate) const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Keeps a volume that is Bound.
pub(crate) const PV_PROTECTION: &str = "kubernetes.io/pv-protection";

static CLAIM_IN_USE: Guard = Guard {
    name: "pvc-protection",
    rule: "a claim goes only when no Pod that has a node mentions it; a Pod that has ended still counts",
    source: "pkg/controller/volume/pvcprotection/pvc_protection_controller.go",
};

static VOLUME_BOUND: Guard = Guard {
    name: "pv-protection",
    rule: "a volume goes only when it is not Bound",
    source: "pkg/controller/volume/pvprotection/pv_protection_controller.go",
};

fn is_protected(object: &Object) -> bool {
    let finalizer = if object.kind() == Kind::PersistentVolume {
        PV_PROTECTION
    } else {
        PVC_PROTECTION
    };
    object.meta.is_deleting() && object.meta.has_finalizer(finalizer)
}

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::PersistentVolumeClaim | Kind::PersistentVolume => match &change.new {
            Some(new) if is_protected(new) => cx.enqueue(Controller::Protection, change.id),
            Some(_) => {}
            None => cx.proceed(change.id),
        },
        Kind::Pod if change.new.is_none() => {
            let Some(pod) = change.old.as_ref().filter(|o| o.as_pod().is_some()) else {
                return;
            };
            let mut names = ephemeral_claim_names(pod);
            names.extend(
                pod.as_pod()
                    .into_iter()
                    .flat_map(|p| p.claim_names())
                    .map(Text::to_string),
            );
            for name in names {
                let claim =
                    cx.world
                        .store
                        .id(Kind::PersistentVolumeClaim, &pod.meta.namespace, &name);
                if let Some(claim) =
                    claim.filter(|id| cx.world.store.get(*id).is_some_and(|o| is_protected(o)))
                {
                    cx.enqueue(Controller::Protection, claim);
                }
            }
        }
        _ => {}
    }
}

/// Looks at one key.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id).filter(|o| is_protected(o)) else {
        return;
    };
    let finalizer = match &object.body {
        Body::PersistentVolume(volume) if volume.phase == VolumePhase::Bound => {
            let claim = volume.claim_ref.as_ref();
            let claim = claim.map(|c| cx.id(Kind::PersistentVolumeClaim, &c.namespace, &c.name));
            cx.wait(
                id,
                claim.map_or(On::Administrator, On::Object),
                &VOLUME_BOUND,
                None,
            );
            return;
        }
        Body::PersistentVolume(_) => PV_PROTECTION,
        _ => {
            // A Pod that has no node does not count; one that has ended does, as long as its object is there.
            let has_node = |o: &Object| o.as_pod().is_some_and(|p| !p.node_name.is_empty());
            let user = cx
                .world
                .store
                .linked(Link::PodOfClaim, id)
                .find(|(_, o)| has_node(o))
                .map(|(pod, _)| pod);
            if let Some(pod) = user {
                cx.wait(id, On::Object(pod), &CLAIM_IN_USE, None);
                return;
            }
            PVC_PROTECTION
        }
    };
    cx.proceed(id);
    let _ = cx.update(id, |object| {
        object.meta.finalizers.retain(|f| f != finalizer);
        true
    });
}
