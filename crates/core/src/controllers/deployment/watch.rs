//! Which Deployments a change concerns.
//!
//! Models the handlers of pkg/controller/deployment/deployment_controller.go, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::deployment::{Deployment, DeploymentStrategy};
use ordinal_api::{Kind, Object};

use super::first_pod;
use crate::controllers::Controller;
use crate::controllers::claim::controller_of;
use crate::{Change, Cx};

/// Queues the Deployments that a change concerns.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Deployment => cx.enqueue(Controller::Deployment, change.id),
        Kind::ReplicaSet => watch_set(cx, change),
        Kind::Pod if change.new.is_none() => pod_gone(cx, change.object()),
        _ => {}
    }
}

fn watch_set(cx: &mut Cx<'_>, change: &Change) {
    let owner =
        |o: &Option<Arc<Object>>| o.as_ref().and_then(|o| o.meta.controller()).map(|o| o.uid);
    if owner(&change.old) != owner(&change.new)
        && let Some(old) = &change.old
    {
        enqueue_owner(cx, old);
    }
    let Some(set) = &change.new else { return };
    enqueue_owner(cx, set);
    let labels_changed = change
        .old
        .as_ref()
        .is_none_or(|old| old.meta.labels != set.meta.labels);
    if set.meta.controller().is_none() && (labels_changed || owner(&change.old).is_some()) {
        let all = cx.world.store.list(Kind::Deployment).filter(|(_, d)| {
            d.meta.namespace == set.meta.namespace
                && d.as_deployment()
                    .is_some_and(|d| d.spec.selector.matches(&set.meta.labels))
        });
        for id in all.map(|(id, _)| id).into_list() {
            cx.enqueue(Controller::Deployment, id);
        }
    }
}

fn enqueue_owner(cx: &mut Cx<'_>, set: &Object) {
    if let Some(id) = controller_of(cx.world, set, Kind::Deployment) {
        cx.enqueue(Controller::Deployment, id);
    }
}

/// The last Pod of a Deployment that recreates is gone. Models `deletePod`.
fn pod_gone(cx: &mut Cx<'_>, pod: &Object) {
    let Some(owner) = pod
        .meta
        .controller()
        .filter(|o| o.kind == Some(Kind::ReplicaSet))
    else {
        return;
    };
    let set = cx
        .world
        .store
        .find(Kind::ReplicaSet, &pod.meta.namespace, &owner.name);
    let Some(id) = set.and_then(|set| controller_of(cx.world, set, Kind::Deployment)) else {
        return;
    };
    let recreates = |d: &Deployment| d.spec.strategy == DeploymentStrategy::Recreate;
    let Some(object) = cx
        .get(id)
        .filter(|o| o.as_deployment().is_some_and(recreates))
    else {
        return;
    };
    if first_pod(cx.world, &object, |_| true).is_none() {
        cx.enqueue(Controller::Deployment, id);
    }
}
