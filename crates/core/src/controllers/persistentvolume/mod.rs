//! The PersistentVolume controller: binding, provisioning requests, reclaim.
//!
//! * `selection`: which volume a claim gets, the pure part
//! * `claim`: one look at a claim; `volume`: one look at a volume
//! * `ephemeral`: claims that a Pod brings along
//! * `bind`: the four writes; `provision`: asking for a volume; `reclaim`: what becomes of one that is released
//!
//! Models pkg/controller/volume/persistentvolume, 1.37.

mod bind;
mod claim;
mod ephemeral;
mod guards;
mod provision;
mod reclaim;
mod selection;
#[cfg(test)]
mod tests;
mod volume;

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Object, SimDuration, SimTime};

pub(crate) use ephemeral::{all_claim_names, claim_names as ephemeral_claim_names};
pub(crate) use selection::{
    For, check_satisfies, claim_class, find_best, find_matching, refers_to, same_mode, volume_class,
};

use crate::controllers::Controller;
use crate::persistent::Set;
use crate::queue::Work;
use crate::store::Link;
use crate::{Change, Cx, Id};

/// On a claim: its binding is complete; it is never looked at as unbound again.
pub(crate) const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// On either side: this controller chose the other, and may undo it.
pub(crate) const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a claim that waits for its first consumer: the node that the scheduler chose.
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a volume: who made it.
pub(crate) const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a claim: who is to make its volume; the second is the name from when it was beta.
pub(crate) const STORAGE_PROVISIONER: [&str; 2] = [
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
];

/// `--pvclaimbinder-sync-period`: everything is looked at again so often.
const RESYNC_MS: u64 = 15_000;
/// The resync's place in its period, in milliseconds: as if the controller had been started 2 s before the run began.
const RESYNC_PHASE_MS: u64 = 13_000;

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Claims that were looked at and wait for the next resync.
    waiting: Set<Id>,
    /// Claims that were changed again before they could be looked at, and are looked at twice.
    twice: Set<Id>,
}

/// The moment of the next resync.
fn next_resync(now: SimTime) -> SimTime {
    let shift = RESYNC_MS - RESYNC_PHASE_MS;
    SimTime(((now.0 + shift) / RESYNC_MS + 1) * RESYNC_MS - shift)
}

/// Has a key looked at again with everything else.
fn resync(cx: &mut Cx<'_>, id: Id) {
    let delay: SimDuration = next_resync(cx.now()).since(cx.now());
    cx.after_in_background(delay, Work::Sync(Controller::PersistentVolume, id));
}

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::PersistentVolumeClaim => match (&change.old, &change.new) {
            (_, None) => {
                cx.world.parts.persistent_volume.waiting.remove(&change.id);
                cx.proceed(change.id);
                let volumes: Vec<Id> = cx
                    .world
                    .store
                    .linked(Link::VolumeOfClaim, change.id)
                    .map(|(id, _)| id)
                    .collect();
                for volume in volumes {
                    cx.enqueue(Controller::PersistentVolume, volume);
                }
                // A Pod's own claim is made again.
                let pods = cx.world.store.linked(Link::PodOfClaim, change.id);
                let pods = pods.filter(|(_, pod)| ephemeral::has_any(pod));
                for pod in pods.map(|(id, _)| id).into_list() {
                    cx.enqueue(Controller::PersistentVolume, pod);
                }
            }
            (Some(old), Some(new)) if is_only_status(old, new) => {}
            // Who owns it is written just after it was made: that is a second look, not a part of the first.
            (Some(old), Some(new)) if old.meta.owner_references != new.meta.owner_references => {
                cx.world.parts.persistent_volume.twice.insert(change.id);
                cx.enqueue(Controller::PersistentVolume, change.id);
            }
            _ => cx.enqueue(Controller::PersistentVolume, change.id),
        },
        Kind::PersistentVolume => {
            match (&change.old, &change.new) {
                (Some(old), None) => {
                    let claim = old.as_volume().and_then(|v| v.claim_ref.clone());
                    let claim =
                        claim.map(|c| cx.id(Kind::PersistentVolumeClaim, &c.namespace, &c.name));
                    if let Some(claim) = claim {
                        cx.enqueue(Controller::PersistentVolume, claim);
                    }
                }
                (Some(old), Some(new)) if is_only_status(old, new) => {}
                _ => cx.enqueue(Controller::PersistentVolume, change.id),
            }
            expect_resync(cx, change);
            look_at_owners(cx, change);
        }
        Kind::StorageClass => expect_resync(cx, change),
        Kind::Pod => {
            let made = change.new.as_ref().filter(|_| change.old.is_none());
            if made.is_some_and(|pod| ephemeral::has_any(pod)) {
                // The scheduler is quicker: it finds the claim missing and tries again.
                let reaction = SimDuration::ms(2 * cx.world.profile().controller_ms);
                cx.after(
                    reaction,
                    Work::Sync(Controller::PersistentVolume, change.id),
                );
            }
        }
        _ => {}
    }
}

fn is_only_status(old: &Object, new: &Object) -> bool {
    let same_meta = old.meta.uid == new.meta.uid
        && Arc::ptr_eq(&old.meta.annotations, &new.meta.annotations)
        && Arc::ptr_eq(&old.meta.labels, &new.meta.labels)
        && old.meta.owner_references == new.meta.owner_references
        && old.meta.deletion == new.meta.deletion;
    let same_spec = match (
        old.as_claim(),
        new.as_claim(),
        old.as_volume(),
        new.as_volume(),
    ) {
        (Some(a), Some(b), _, _) => {
            Arc::ptr_eq(&a.spec, &b.spec)
                && a.volume_name == b.volume_name
                && a.storage_class_name == b.storage_class_name
        }
        (_, _, Some(a), Some(b)) => {
            Arc::ptr_eq(&a.spec, &b.spec)
                && a.claim_ref == b.claim_ref
                && a.reclaim_policy == b.reclaim_policy
        }
        _ => false,
    };
    same_meta && same_spec
}

/// A claim that waits is not looked at when a fitting volume or class appears: only at the next resync.
/// Here that resync is made to count as progress, where it will find something.
fn expect_resync(cx: &mut Cx<'_>, change: &Change) {
    if change.new.is_none() || cx.world.parts.persistent_volume.waiting.is_empty() {
        return;
    }
    let at = next_resync(cx.now());
    for id in may_be_helped(cx, change) {
        let Some(object) = cx.get(id) else { continue };
        let helps = match change.kind() {
            Kind::PersistentVolume => claim::find_volume(cx, id, &object).is_some(),
            _ => {
                change.object().meta.name == claim_class(&object) || claim_class(&object).is_empty()
            }
        };
        if helps {
            cx.at(at, Work::Sync(Controller::PersistentVolume, id));
        }
    }
}

/// A claim whose volume came back, or lost the reference to it, is looked at with everything else.
fn look_at_owners(cx: &mut Cx<'_>, change: &Change) {
    let reference = |object: &Option<Arc<Object>>| {
        let volume = object.as_ref().and_then(|o| o.as_volume());
        volume.and_then(|v| v.claim_ref.as_ref().map(|r| r.uid))
    };
    let now = reference(&change.new);
    if change.new.is_none() || (change.old.is_some() && reference(&change.old) == now) {
        return;
    }
    let claims = cx.world.store.linked(Link::ClaimOfVolume, change.id);
    let torn = claims.filter(|(_, claim)| Some(claim.meta.uid) != now);
    for claim in torn.map(|(id, _)| id).into_list() {
        resync(cx, claim);
    }
}

/// Waiting claims that a change can concern: a volume that is reserved helps one claim at most.
fn may_be_helped(cx: &mut Cx<'_>, change: &Change) -> Vec<Id> {
    let reserved = change
        .new
        .as_ref()
        .and_then(|o| o.as_volume())
        .and_then(|volume| volume.claim_ref.clone());
    let waiting = &cx.world.parts.persistent_volume.waiting;
    let Some(claim) = reserved else {
        return waiting.iter().collect();
    };
    let id = cx
        .world
        .store
        .id(Kind::PersistentVolumeClaim, &claim.namespace, &claim.name);
    id.into_iter().filter(|id| waiting.contains(id)).collect()
}

/// Looks at one key.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let again = cx.world.parts.persistent_volume.twice.remove(&id);
    let Some(object) = cx.get(id) else { return };
    if again {
        cx.enqueue(Controller::PersistentVolume, id);
    }
    match object.kind() {
        Kind::PersistentVolumeClaim => claim::sync(cx, id, &object),
        Kind::PersistentVolume => volume::sync(cx, id, &object),
        Kind::Pod => ephemeral::sync(cx, id, &object),
        _ => {}
    }
}
