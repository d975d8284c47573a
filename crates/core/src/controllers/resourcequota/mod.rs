//! The quota controller: how much of each ResourceQuota is used.
//!
//! Models pkg/controller/resourcequota, 1.37. What counts is in `apiserver::quota`, which admission asks as well.

use std::sync::Arc;

use ordinal_api::{Body, Kind};

use crate::controllers::Controller;
use crate::{Change, Cx, Id};

/// Looks at the quotas of a namespace when something in it comes, goes or ends.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    let Some(object) = change.new.as_ref().or(change.old.as_ref()) else {
        return;
    };
    if change.kind() == Kind::ResourceQuota {
        if change.new.is_some() {
            cx.enqueue(Controller::ResourceQuota, change.id);
        }
        return;
    }
    if matches!(change.kind(), Kind::Event | Kind::Lease) {
        return;
    }
    let namespace = &object.meta.namespace;
    let quotas = cx.world.store.list(Kind::ResourceQuota);
    let inside = quotas.filter(|(_, quota)| quota.meta.namespace == *namespace);
    let ids: Vec<Id> = inside.map(|(id, _)| id).collect();
    for id in ids {
        cx.enqueue(Controller::ResourceQuota, id);
    }
}

/// Writes what is used.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(quota) = cx.get(id) else { return };
    let status = crate::apiserver::quota_status(cx.world, &quota);
    let _ = cx.update(id, |object| {
        let Body::ResourceQuota(quota) = &mut object.body else {
            return false;
        };
        if quota.raw.get("status") == Some(&status) {
            return false;
        }
        ordinal_api::value::overlay(Arc::make_mut(&mut quota.raw), "status", Some(status));
        true
    });
}
