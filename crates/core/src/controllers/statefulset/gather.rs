//! Which Pods and revisions are a set's: claiming, adopting, releasing.
//!
//! Models `stateful_set.go` `getPodsForStatefulSet`, `adoptOrphanRevisions` and `controller_ref_manager.go`.

use std::sync::Arc;

use ordinal_api::{Body, Kind, Object, OwnerReference, Status};

use super::identity::parent_of;
use crate::{Cx, Id};

/// What belongs to a set.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Its Pods.
    pub(super) pods: Vec<(Id, Arc<Object>)>,
    /// Its revisions.
    pub(super) revisions: Vec<(Id, Arc<Object>)>,
}

/// Collects what is a set's, adopting orphans and releasing what no longer matches.
///
/// # Errors
/// What the API server answers to an adoption.
pub(super) fn gather(cx: &mut Cx<'_>, object: &Arc<Object>) -> Result<Gathered, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let fits = |pod: &Object| {
        set.spec.selector.matches(&pod.meta.labels)
            && parent_of(&pod.meta.name) == Some(object.meta.name.as_str())
    };
    let mut gathered = Gathered {
        pods: Vec::with_capacity(set.spec.replicas as usize),
        revisions: Vec::new(),
    };
    let mut strangers = Vec::new();
    for (id, owned) in cx.world.store.owned_by(object.meta.uid) {
        if owned
            .meta
            .controller()
            .is_none_or(|owner| owner.uid != object.meta.uid)
        {
            continue;
        }
        match owned.body {
            Body::Pod(_) if fits(owned) => gathered.pods.push((id, owned.clone())),
            Body::Pod(_) => strangers.push(id),
            Body::ControllerRevision(_) => gathered.revisions.push((id, owned.clone())),
            _ => {}
        }
    }
    if object.meta.is_deleting() {
        return Ok(gathered);
    }
    for id in strangers {
        // Releasing a Pod that is gone is no fault.
        let _ = cx.update(id, |pod| {
            pod.meta
                .owner_references
                .retain(|owner| owner.uid != object.meta.uid);
            true
        });
    }
    adopt_pods(cx, object, &mut gathered, fits)?;
    Ok(gathered)
}

fn adopt_pods(
    cx: &mut Cx<'_>,
    object: &Object,
    gathered: &mut Gathered,
    fits: impl Fn(&Object) -> bool,
) -> Result<(), Status> {
    let orphans = cx.world.parts.orphans.clone();
    for id in orphans {
        let Some(pod) = cx.get(id) else { continue };
        if pod.meta.namespace != object.meta.namespace || pod.meta.is_deleting() || !fits(&pod) {
            continue;
        }
        let adopted = cx.update(id, |pod| {
            pod.meta.owner_references.push(OwnerReference::controller(
                Kind::StatefulSet,
                object.meta.name.clone(),
                object.meta.uid,
            ));
            true
        })?;
        gathered.pods.push((id, adopted));
    }
    Ok(())
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
            revision.meta.namespace == object.meta.namespace
                && revision.meta.controller().is_none()
                && !revision.meta.is_deleting()
                && set.spec.selector.matches(&revision.meta.labels)
        });
    let orphans: Vec<Id> = orphans.map(|(id, _)| id).collect();
    let mut adopted = Vec::new();
    for id in orphans {
        let revision = cx.update(id, |revision| {
            let owner = OwnerReference::controller(
                Kind::StatefulSet,
                object.meta.name.clone(),
                object.meta.uid,
            );
            revision.meta.owner_references.push(owner);
            true
        })?;
        adopted.push((id, revision));
    }
    Ok(adopted)
}
