//! Back to a revision. Models kubectl `pkg/polymorphichelpers/rollback.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::json;

use super::history::revisions;
use super::{change, has_history};
use crate::Output;
use crate::describe::{Page, template, without_hash};
use crate::resource::Item;
use crate::value::{at, flag};
use crate::verbs::common::Dry;

const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Back to a revision, 0 for the one before; what is said of it.
///
/// # Errors
/// What kubectl or the server says against it.
pub(super) fn undo(
    cluster: &mut Cluster,
    item: &Item,
    wanted: i64,
    dry: Dry,
    output: &mut Output,
) -> Result<String, Output> {
    let kind = item.resource.kind;
    let applied = at(&item.value, "metadata.annotations")
        .get(APPLIED)
        .is_some();
    if applied && cluster.world().release().warns_of_applied_rollback() {
        output.warn(format!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the {APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            item.resource.plural,
            item.name()
        ));
    }
    if !has_history(item) {
        let what = "no rollbacker has been implemented for";
        return Err(super::unseen(item, what, "error retrieving rollbacker for"));
    }
    let missing = || format!("unable to find specified revision {wanted} in history");
    if wanted < 0 {
        return Err(Output::error(missing()));
    }
    let revisions = revisions(cluster, item);
    let found = if wanted == 0 {
        let before = revisions.len().checked_sub(2);
        before.and_then(|place| revisions.get(place))
    } else {
        revisions.iter().find(|revision| revision.number == wanted)
    };
    let found = found.ok_or_else(|| {
        Output::error(match (wanted, kind) {
            (0, "Deployment") => {
                let name = item.name();
                format!("no rollout history found for deployment \"{name}\"")
            }
            (0, _) => "no last revision to roll back to".to_owned(),
            _ => missing(),
        })
    })?;
    if dry == Dry::Client {
        let mut page = Page::new(cluster, false);
        template(&mut page, &found.template);
        let will = match kind {
            "Deployment" => "",
            _ => "will roll back to ",
        };
        return Ok(format!("{will}{}", page.raw()));
    }
    if flag(&item.value, "spec.paused") {
        return Err(Output::error(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let target = without_hash(&found.template);
    if at(&item.value, "spec.template") == &target
        || same(at(&item.value, "spec.template"), &target)
    {
        return Ok(format!(
            "skipped rollback (current template already matches revision {wanted})"
        ));
    }
    let mut body = vec![json!({"op": "replace", "path": "/spec/template", "value": target})];
    if kind == "Deployment" {
        let annotations = restored(&item.value, &found.annotations);
        body.push(json!({"op": "replace", "path": "/metadata/annotations", "value": annotations}));
    }
    change(cluster, item, PatchType::Json, body.into(), dry).map_err(|status| {
        Output::error(format!(
            "failed restoring revision {wanted}: {}",
            status.message
        ))
    })?;
    Ok("rolled back".to_owned())
}

/// The annotations of a Deployment that is rolled back: its own bookkeeping, and what else the old ReplicaSet carries.
fn restored(deployment: &Value, of_set: &Value) -> Value {
    const KEPT: [&str; 6] = [
        APPLIED,
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    let entries = |from: &Value| from.as_object().cloned().unwrap_or_default().into_iter();
    let own = entries(at(deployment, "metadata.annotations"))
        .filter(|(key, _)| KEPT.contains(&key.as_str()));
    let old = entries(of_set).filter(|(key, _)| !KEPT.contains(&key.as_str()));
    Value::Object(own.chain(old).collect())
}

/// Whether two templates differ only in what the server fills in by itself.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let one = a.iter().all(|(key, value)| {
                b.get(key)
                    .map_or(is_default(value), |other| same(value, other))
            });
            one && b
                .iter()
                .all(|(key, value)| a.contains_key(key) || is_default(value))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().all(is_default),
        _ => false,
    }
}
