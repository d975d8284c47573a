//! Which Pods and revisions are a set's: claiming, adopting, releasing.
//!
//! Models `stateful_set.go` `adoptOrphanRevisions`, `getPodsForStatefulSet`, `canAdoptFunc` and `controller_ref_manager.go`
//! `ClaimPods`, `AdoptPod`, `ReleasePod`, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Object, OwnerReference, Status};

use super::identity::parent_of;
use super::members::{self, Seen};
use crate::persistent::Map;
use crate::{Cx, Id};

/// Makes a set the owner of revisions without a controller that its selector matches.
///
/// # Errors
/// What the API server answers to an adoption; a set that is being deleted adopts nothing.
pub(super) fn adopt_revisions(cx: &mut Cx<'_>, object: &Object) -> Result<(), Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let orphans = cx.world.parts.orphan_revisions.clone();
    for id in orphans.iter() {
        let Some(revision) = cx.get(id) else { continue };
        let fits = set.spec.selector.matches(&revision.meta.labels);
        if revision.meta.namespace != object.meta.namespace || !fits {
            continue;
        }
        if let Some(deletion) = object.meta.deletion {
            let (namespace, name) = (&object.meta.namespace, &object.meta.name);
            let at = deletion.timestamp.to_rfc3339();
            return Err(Status::internal(format!(
                "can't adopt ControllerRevisions: {namespace}/{name} has just been deleted at {at}"
            )));
        }
        adopt(cx, object, id)?;
    }
    Ok(())
}

/// The Pods of a set that fit: orphans are adopted first, and what no longer matches is released.
///
/// # Errors
/// The first refusal of an adoption or a release; all of them are tried.
pub(super) fn claim_pods(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Object,
) -> Result<Map<Id, Arc<Seen>>, Status> {
    let mut pods = members::of(cx, id, object);
    let strangers: Vec<Id> = pods
        .iter()
        .filter(|(_, seen)| !seen.fits)
        .map(|(id, _)| id)
        .into_list();
    let mut all_fit = strangers.is_empty();
    if !object.meta.is_deleting() {
        let mut outcome = Ok(());
        for stranger in &strangers {
            outcome = outcome.and(release(cx, object, *stranger));
        }
        let adopted = adopt_pods(cx, object, &mut outcome);
        outcome?;
        if adopted || !strangers.is_empty() {
            pods = members::of(cx, id, object);
            all_fit = pods.values().all(|seen| seen.fits);
        }
    }
    if !all_fit {
        let fitting = pods.iter().filter(|(_, seen)| seen.fits);
        pods = fitting.map(|(id, seen)| (id, seen.clone())).collect();
    }
    Ok(pods)
}

/// Takes a set off a Pod; one that is gone needs no release.
fn release(cx: &mut Cx<'_>, object: &Object, pod: Id) -> Result<(), Status> {
    let released = cx.update(pod, |pod| {
        let owners = &mut pod.meta.owner_references;
        owners.retain(|owner| owner.uid != object.meta.uid);
        true
    });
    match released {
        Err(status) if !status.is_not_found() => Err(status),
        _ => Ok(()),
    }
}

/// Adopts Pods without a controller that carry the set's name and labels. Returns whether there were any.
fn adopt_pods(cx: &mut Cx<'_>, object: &Object, outcome: &mut Result<(), Status>) -> bool {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let orphans = cx.world.parts.orphans.clone();
    let mut adopted = false;
    for id in orphans.iter() {
        let Some(pod) = cx.get(id) else { continue };
        let fits = set.spec.selector.matches(&pod.meta.labels)
            && parent_of(&pod.meta.name) == Some(object.meta.name.as_str());
        if pod.meta.namespace != object.meta.namespace || pod.meta.is_deleting() || !fits {
            continue;
        }
        match adopt(cx, object, id) {
            Ok(()) => adopted = true,
            Err(status) => *outcome = outcome.clone().and(Err(status)),
        }
    }
    adopted
}

/// Makes a set the controller of a dependant, also where it was an owner of another kind before.
fn adopt(cx: &mut Cx<'_>, object: &Object, dependant: Id) -> Result<(), Status> {
    let owner =
        OwnerReference::controller(Kind::StatefulSet, object.meta.name.clone(), object.meta.uid);
    let adopted = cx.update(dependant, |dependant| {
        let owners = &mut dependant.meta.owner_references;
        owners.retain(|owner| owner.uid != object.meta.uid);
        owners.push(owner);
        true
    });
    adopted.map(|_| ())
}
