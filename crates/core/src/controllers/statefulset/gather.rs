//! Which Pods and revisions are a set's: claiming, adopting, releasing.
//!
//! Models `stateful_set.go` `getPodsForStatefulSet`, `adoptOrphanRevisions` and `controller_ref_manager.go`.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Object, OwnerReference, Status};

use super::identity::parent_of;
use super::members::{self, Seen};
use crate::persistent::Map;
use crate::{Cx, Id};

/// What belongs to a set.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Its Pods: those that fit.
    pub(super) pods: Map<Id, Arc<Seen>>,
    /// Its revisions.
    pub(super) revisions: Vec<(Id, Arc<Object>)>,
}

/// Collects what is a set's, adopting orphans and releasing what no longer matches.
///
/// # Errors
/// What the API server answers to an adoption.
pub(super) fn gather(cx: &mut Cx<'_>, id: Id, object: &Arc<Object>) -> Result<Gathered, Status> {
    let mut pods = members::of(cx, id, object);
    let strangers: Vec<Id> = pods
        .iter()
        .filter(|(_, seen)| !seen.fits)
        .map(|(id, _)| id)
        .into_list();
    let mut all_fit = strangers.is_empty();
    if !object.meta.is_deleting() {
        for stranger in &strangers {
            // Releasing a Pod that is gone is no fault.
            let _ = cx.update(*stranger, |pod| {
                pod.meta
                    .owner_references
                    .retain(|owner| owner.uid != object.meta.uid);
                true
            });
        }
        if adopt_pods(cx, object)? || !strangers.is_empty() {
            pods = members::of(cx, id, object);
            all_fit = pods.values().all(|seen| seen.fits);
        }
    }
    if !all_fit {
        let fitting = pods.iter().filter(|(_, seen)| seen.fits);
        pods = fitting.map(|(id, seen)| (id, seen.clone())).collect();
    }
    let revisions = cx
        .world
        .store
        .owned_of_kind(object.meta.uid, Kind::ControllerRevision);
    let revisions = revisions
        .map(|(id, revision)| (id, revision.clone()))
        .collect();
    Ok(Gathered { pods, revisions })
}

/// Adopts Pods without a controller that carry the set's name and labels. Returns whether there were any.
fn adopt_pods(cx: &mut Cx<'_>, object: &Object) -> Result<bool, Status> {
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
        cx.update(id, |pod| {
            pod.meta.owner_references.push(owner(object));
            true
        })?;
        adopted = true;
    }
    Ok(adopted)
}

fn owner(object: &Object) -> OwnerReference {
    OwnerReference::controller(Kind::StatefulSet, object.meta.name.clone(), object.meta.uid)
}

/// Adopts revisions that lost their owner, found by the labels of the set's template.
///
/// # Errors
/// What the API server answers to an adoption.
pub(super) fn adopt_revisions(
    cx: &mut Cx<'_>,
    object: &Object,
) -> Result<Vec<(Id, Arc<Object>)>, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let orphans = cx
        .world
        .store
        .list(Kind::ControllerRevision)
        .filter(|(_, revision)| {
            revision.meta.controller().is_none()
                && revision.meta.namespace == object.meta.namespace
                && !revision.meta.is_deleting()
                && set.spec.selector.matches(&revision.meta.labels)
        });
    let orphans: Vec<Id> = orphans.map(|(id, _)| id).into_list();
    let mut adopted = Vec::new();
    for id in orphans {
        let revision = cx.update(id, |revision| {
            revision.meta.owner_references.push(owner(object));
            true
        })?;
        adopted.push((id, revision));
    }
    Ok(adopted)
}
