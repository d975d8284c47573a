//! The protection controllers: finalizers of claims and volumes in use.
//! Models pkg/controller/volume/{pvcprotection,pvprotection}, 1.37.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus};
use ordinal_api::storage::{ClaimPhase, PersistentVolumeClaim, VolumePhase};
use ordinal_api::{Body, Kind, Object};

use crate::controllers::Controller;
use crate::controllers::persistentvolume::all_claim_names;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// Keeps a claim that a Pod with a node mentions.
pub(crate) const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Keeps a volume that is Bound.
pub(crate) const PV_PROTECTION: &str = "kubernetes.io/pv-protection";

/// The condition that says whether any Pod uses a claim.
const UNUSED: &str = "Unused";

/// What keeps a claim: a Pod that uses it.
pub static CLAIM_IN_USE: Guard = Guard {
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

/// Whether a Pod counts as a user of its claims: one that has ended does not, nor one that is going and of which nothing runs.
/// Models volume/util `IsPodTerminated`.
fn uses_claims(pod: &Object) -> bool {
    pod.as_pod().is_some_and(|body| {
        let mut containers = body.status.containers.iter();
        !body.status.phase.is_terminal()
            && (!pod.meta.is_deleting() || containers.any(|c| c.state.is_running()))
    })
}

/// What a claim says of its use, where that is not so any more, since 1.37: it is said of Bound claims only, so as not to be
/// in the way of who binds them. `Some(true)`: it is unused. Models `updateUnusedCondition`.
fn unused_to_tell(
    cx: &Cx<'_>,
    id: Id,
    object: &Object,
    claim: &PersistentVolumeClaim,
) -> Option<bool> {
    let said = condition::find(&claim.status.conditions, UNUSED).map(|c| c.status);
    let told_of = cx.world.release().claims_tell_unused()
        && !object.meta.is_deleting()
        && claim.status.phase == ClaimPhase::Bound;
    if !told_of {
        return None;
    }
    let mut pods = cx.world.store.linked(Link::PodOfClaim, id);
    let unused = !pods.any(|(_, pod)| uses_claims(pod));
    (said != Some(ConditionStatus::from(unused))).then_some(unused)
}

/// Whether a claim tells that no Pod uses it.
pub(crate) fn is_told_unused(claim: &Object) -> bool {
    let said = claim.as_claim().map(|claim| &claim.status.conditions);
    let said = said.and_then(|conditions| condition::find(conditions, UNUSED));
    said.is_some_and(|said| said.status == ConditionStatus::True)
}

fn tell_use(cx: &mut Cx<'_>, id: Id, unused: bool) {
    let (reason, message) = if unused {
        (
            "NoPodsUsingPVC",
            "No pods are currently referencing this PVC",
        )
    } else {
        ("PodUsingPVC", "A pod is currently referencing this PVC")
    };
    let new = Condition::new(UNUSED, unused, cx.now()).because(reason, message);
    let _ = cx.update(id, |object| {
        let Some(claim) = object.as_claim_mut() else {
            return false;
        };
        condition::set(&mut Arc::make_mut(&mut claim.status).conditions, new);
        true
    });
}

/// Whether what a claim says of its use is wrong.
fn tells_wrong(cx: &Cx<'_>, id: Id, object: &Object) -> bool {
    let claim = object.as_claim();
    claim.is_some_and(|claim| unused_to_tell(cx, id, object, claim).is_some())
}

/// Whether a claim says nothing yet of its use; what it says wrongly is found when its Pods change.
fn is_silent(cx: &Cx<'_>, id: Id, object: &Object) -> bool {
    let said = |c: &PersistentVolumeClaim| condition::find(&c.status.conditions, UNUSED).is_some();
    object.as_claim().is_some_and(|c| !said(c)) && tells_wrong(cx, id, object)
}

/// Sees a change and queues what has to be looked at.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::PersistentVolumeClaim | Kind::PersistentVolume => match &change.new {
            Some(new) if is_protected(new) || is_silent(cx, change.id, new) => {
                cx.enqueue(Controller::Protection, change.id);
            }
            Some(_) => {}
            None => cx.proceed(change.id),
        },
        Kind::Pod => {
            let pod = change.object();
            for name in all_claim_names(pod) {
                let claim = Kind::PersistentVolumeClaim;
                let Some(id) = cx.world.store.id(claim, &pod.meta.namespace, &name) else {
                    continue;
                };
                let Some(object) = cx.get(id) else { continue };
                let freed = change.new.is_none() && is_protected(&object);
                if freed || tells_wrong(cx, id, &object) {
                    cx.enqueue(Controller::Protection, id);
                }
            }
        }
        _ => {}
    }
}

/// Looks at one key.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else { return };
    if let Some(claim) = object.as_claim()
        && let Some(unused) = unused_to_tell(cx, id, &object, claim)
    {
        tell_use(cx, id, unused);
    }
    if !is_protected(&object) {
        return;
    }
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
