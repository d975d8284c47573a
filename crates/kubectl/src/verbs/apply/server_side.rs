//! `kubectl apply --server-side`. Models kubectl `pkg/cmd/apply/apply.go` `applyOneObject` and client-go
//! `util/csaupgrade`, v0.37.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::managed::Manager;
use ordinal_api::status::Reason;
use ordinal_api::{Kind, Object, Status, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::json;

use super::LAST_APPLIED;
use crate::Output;
use crate::resource::namespace_of;
use crate::verbs::dry_run::How;

const REVIEW: &str = "
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Applies one object on the server's side.
///
/// # Errors
/// What kubectl says of a refusal.
pub(super) fn one(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    object: &Value,
    how: &How,
    force: bool,
) -> Result<Arc<Object>, Output> {
    let manager = how.manager("kubectl");
    let mut applied = object.clone();
    if kind.is_namespaced()
        && let Some(metadata) = applied.get_mut("metadata")
    {
        ordinal_api::value::overlay(metadata, "namespace", Some(json!(namespace)));
    }
    let mut apply = |object: &Value, manager: &str, force: bool| {
        let request = Request::Apply {
            object: object.clone(),
            namespace: namespace_of(kind, namespace),
            force,
        };
        cluster
            .request(how.with(request, manager))
            .and_then(|r| r.object())
    };
    let mut now = apply(&applied, manager, force).map_err(|status| refused(&status))?;
    let annotation = now.meta.annotation(LAST_APPLIED).map(str::to_owned);
    if manager == "kubectl"
        && let Some(text) = annotation
        && owners(&now, true).is_empty()
    {
        let just = json!({
            "apiVersion": kind.api_version(), "kind": kind.names().kind,
            "metadata": {"annotations": {LAST_APPLIED: text}, "name": now.meta.name, "namespace": applied["metadata"]["namespace"]},
        });
        if let Ok(answer) = apply(&just, "kubectl-last-applied", false) {
            now = answer;
        }
    }
    let Some(change) = migration(&now, manager) else {
        return Ok(now);
    };
    let patch = Request::Patch {
        kind,
        namespace: namespace_of(kind, namespace),
        name: now.meta.name.clone(),
        patch: Patch {
            type_: PatchType::Json,
            body: change,
            subresource: "".into(),
        },
    };
    if cluster.request(how.with(patch, manager)).is_ok() {
        let request = Request::Apply {
            object: applied,
            namespace: namespace_of(kind, namespace),
            force,
        };
        if let Ok(answer) = cluster
            .request(how.with(request, manager))
            .and_then(|r| r.object())
        {
            now = answer;
        }
    }
    Ok(now)
}

fn refused(status: &Status) -> Output {
    if status.reason == Reason::Conflict {
        return Output::error(format!("{}{REVIEW}", status.message));
    }
    Output::refused(status)
}

/// The managers that own the annotation of client-side apply.
fn owners(object: &Object, applies: bool) -> Vec<&Manager> {
    let has = |manager: &&Manager| {
        let mut fields = manager.fields.get("f:metadata");
        for key in ["f:annotations".to_owned(), format!("f:{LAST_APPLIED}")] {
            fields = fields.and_then(|fields| fields.get(&key));
        }
        fields.is_some()
    };
    let all = object.meta.managed.iter().flat_map(|all| all.iter());
    all.filter(|manager| manager.applies == applies)
        .filter(has)
        .into_list()
}

/// What makes the fields of client-side apply those of server-side apply. Models `csaupgrade.UpgradeManagedFieldsPatch`.
fn migration(object: &Object, to: &str) -> Option<Value> {
    let names: Vec<&str> = owners(object, false)
        .iter()
        .map(|m| m.name.as_str())
        .into_list();
    if names.is_empty() {
        return None;
    }
    let (old, mut all): (Vec<Manager>, Vec<Manager>) = object
        .meta
        .managed
        .iter()
        .flat_map(|all| all.iter().cloned())
        .partition(|m| !m.applies && m.subresource.is_empty() && names.contains(&m.name.as_str()));
    let version = object.kind().api_version();
    let mut values: Vec<Value> = Vec::new();
    for manager in &mut all {
        if manager.applies && manager.name == to && manager.subresource.is_empty() {
            for old in &old {
                ordinal_core::apiserver::join_fields(&mut manager.fields, &old.fields);
            }
        }
        values.push(manager.to_value(&version));
    }
    let version = object.meta.resource_version.to_string();
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": values},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]))
}
