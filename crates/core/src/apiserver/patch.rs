//! Changes in part: JSON patches, merge patches and strategic merge patches. Models apiserver `handlers.patcher`, 1.37.

use std::sync::Arc;

use ordinal_api::go;
use ordinal_api::managed::Manager;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Value, schema, value};
use serde_json::json;

use super::request::{FieldValidation, Options, Patch, PatchType};
use super::{decode, managed, operations, parts, status, strategic};
use crate::Cx;

/// Changes an object in part.
///
/// # Errors
/// `NotFound`, `Conflict`, a patch that does not apply, or what validation finds.
pub(super) fn patch(
    cx: &mut Cx<'_>,
    kind: Kind,
    namespace: &str,
    name: &str,
    patch: &Patch,
    options: &Options,
) -> Result<Arc<Object>, Status> {
    let stored = super::update::find(cx, kind, namespace, name)?;
    let writer = super::writer(cx, options, &patch.subresource);
    let mut object = stored.to_value();
    // Only clients that move fields from one manager to another name them.
    let moves = patch.type_ == PatchType::Json && names_managers(&patch.body);
    if moves {
        object["metadata"]["managedFields"] = managed::printed(&stored);
    }
    match patch.subresource.as_str() {
        "" => apply(kind, &mut object, patch)?,
        "scale" if scales(kind) => scale(cx, &mut object, &stored, patch, options)?,
        "status" => apply(kind, &mut object, patch)?,
        part if parts::named(kind, part).is_some() => apply(kind, &mut object, patch)?,
        _ => return Err(Status::not_served()),
    }
    let managers = moves.then(|| {
        let given = object["metadata"]["managedFields"].as_array().cloned();
        value::overlay(&mut object["metadata"], "managedFields", None);
        given.iter().flatten().map(Manager::from_value).collect()
    });
    let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
    same_kind(kind, &mut object, &stored, patch)?;
    fields(cx, type_, &mut object, (Some(&stored), patch), options)?;
    same_place(&object, namespace, name, kind)?;
    if patch.subresource == "status" {
        return status::write(cx, &stored, object, false, &writer);
    }
    let object = parts::only(&stored.to_value(), object, &patch.subresource);
    super::update::write(cx, &stored, object, false, (&writer, managers))
}

/// Whether what a patch led to is still the object that it was sent to.
///
/// # Errors
/// 400
fn same_place(object: &Value, namespace: &str, name: &str, kind: Kind) -> Result<(), Status> {
    let new_name = decode::name_of(object);
    if new_name.is_empty() {
        let message = format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        );
        return Err(Status::bad_request(message));
    }
    if new_name != name {
        let message = format!(
            "the name of the object ({new_name}) does not match the name on the URL ({name})"
        );
        return Err(Status::bad_request(message));
    }
    let new_namespace = decode::namespace_of(object);
    if !new_namespace.is_empty() && new_namespace != namespace && kind.is_namespaced() {
        let why =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    Ok(())
}

/// Lays a patch over an object, and asks nobody what comes of it: what clients do that work without a server.
///
/// # Errors
/// 400 or 422 for a body that is no patch of its type, or that does not fit the object.
pub fn apply(kind: Kind, object: &mut Value, patch: &Patch) -> Result<(), Status> {
    if let Some(fault) = not_a_patch(patch) {
        return Err(Status::bad_request(fault));
    }
    match patch.type_ {
        PatchType::Strategic => strategic::apply(kind, object, &patch.body)?,
        PatchType::Merge => json_patch::merge(object, &patch.body),
        PatchType::Json => {
            operations::apply(object, &patch.body).ok_or_else(rejected)?;
        }
    }
    Ok(())
}

/// What is wrong with a body that is no patch of its type.
fn not_a_patch(patch: &Patch) -> Option<String> {
    let (wanted, fits, known) = match patch.type_ {
        PatchType::Json => (
            "Go value of type []handlers.jsonPatchOp",
            patch.body.is_array(),
            "error decoding patch: ",
        ),
        PatchType::Merge => (MAP, patch.body.is_object(), "error decoding patch: "),
        PatchType::Strategic => (MAP, patch.body.is_object(), ""),
    };
    const MAP: &str = "Go value of type map[string]interface {}";
    let say = |value: &Value, into: &str| {
        let what = go::name(value);
        Some(format!("{known}json: cannot unmarshal {what} into {into}"))
    };
    if patch.body.is_null() {
        return None;
    }
    // Text that was meant as JSON and is none comes here as it is.
    let text = patch.body.as_str().unwrap_or_default();
    if text.trim_start().starts_with('{') {
        return Some("invalid JSON patch".to_owned());
    }
    if !fits {
        return say(&patch.body, wanted);
    }
    let operations = patch.body.as_array()?;
    for operation in operations {
        if !operation.is_object() {
            return say(operation, "Go value of type handlers.jsonPatchOp");
        }
        for key in ["op", "path", "from"] {
            let part = operation
                .get(key)
                .filter(|p| !p.is_null() && !p.is_string());
            if let Some(part) = part {
                let into = format!("Go struct field jsonPatchOp.{key} of type string");
                return say(part, &into);
            }
        }
    }
    None
}

fn names_managers(operations: &Value) -> bool {
    let mut operations = operations.as_array().into_iter().flatten();
    operations.any(|operation| operation["path"] == "/metadata/managedFields")
}

/// What the server says of a patch that does not apply.
fn rejected() -> Status {
    Status {
        code: 422,
        reason: Reason::Invalid,
        ..Status::bad_request("the server rejected our request due to an error in our request")
    }
}

/// What a patch led to says of what kind it is, and must not say another one. A strategic merge does not look there.
///
/// # Errors
/// 422
fn same_kind(kind: Kind, object: &mut Value, stored: &Object, patch: &Patch) -> Result<(), Status> {
    let wanted = [
        ("apiVersion", json!(kind.api_version())),
        ("kind", json!(kind.names().kind)),
    ];
    if wanted.iter().all(|(key, wanted)| object[*key] == *wanted) {
        return Ok(());
    }
    if patch.type_ != PatchType::Strategic {
        let mut read = object.clone();
        if let Err(fault) = super::http::of_kind(kind, &mut read) {
            return Err(unfit(&shown(kind, object, stored, patch), &fault));
        }
        if object["apiVersion"].as_str().unwrap_or_default().is_empty() {
            // What has no version is of none that is served, and has no name there.
            value::overlay(object, "metadata", None);
        }
    }
    for (key, wanted) in wanted {
        if object[key].is_string() || object[key].is_null() {
            value::overlay(object, key, Some(wanted));
        }
    }
    Ok(())
}

/// What a patch led to, as text.
fn shown(kind: Kind, object: &Value, stored: &Object, patch: &Patch) -> String {
    let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").filter(|m| m.is_object())
        && metadata.get("managedFields").is_none()
    {
        metadata["managedFields"] = managed::printed(stored);
    }
    let touched = match patch.type_ {
        PatchType::Json => operations::touched(&patch.body),
        _ => patch.body.clone(),
    };
    type_.map_or_else(
        || object.to_string(),
        |type_| schema::encode(type_, &object, &touched),
    )
}

/// What does not fit its type after it was patched.
fn unfit(shown: &str, fault: &str) -> Status {
    let cause = Cause::invalid("patch", &Value::from(shown).to_string(), fault);
    let message = format!(" \"\" is invalid: {}: {}", cause.field, cause.message);
    let mut status = Status {
        code: 422,
        reason: Reason::Invalid,
        ..Status::bad_request(message)
    };
    status.details.causes.push(cause);
    status
}

/// Checks what a patch led to: it is told differently from an object that was sent.
fn fields(
    cx: &mut Cx<'_>,
    type_: Option<schema::TypeId>,
    object: &mut Value,
    (stored, patch): (Option<&Object>, &Patch),
    options: &Options,
) -> Result<(), Status> {
    let Some(type_) = type_ else {
        return Ok(());
    };
    let strategic = patch.type_ == PatchType::Strategic;
    let wrong = if strategic {
        schema::convert(type_, object).err()
    } else {
        let faults = schema::decode::check(type_, object);
        faults.wrong.into_iter().next().map(|wrong| wrong.message)
    };
    let mut faults = schema::decode::check(type_, object);
    faults.wrong.clear();
    faults.duplicate = options.duplicates.clone();
    let fault = match options.validation.unwrap_or(FieldValidation::Strict) {
        _ if wrong.is_some() => wrong,
        FieldValidation::Strict => faults.message(),
        FieldValidation::Warn => {
            cx.world.warnings.extend(faults.words());
            None
        }
        FieldValidation::Ignore => None,
    };
    let Some(fault) = fault else {
        return Ok(());
    };
    let shown = match stored {
        Some(stored) if strategic => {
            let left = strategic::left(stored.kind(), &stored.to_value(), &patch.body);
            go::text(&left)
        }
        None if strategic => go::text(&patch.body),
        Some(stored) => shown(stored.kind(), object, stored, patch),
        None => object.to_string(),
    };
    Err(unfit(&shown, &fault))
}

/// Kinds with the subresource `scale`.
pub(super) const fn scales(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController
    )
}

/// Changes how many replicas are wanted: the patch is one of the `Scale`.
///
/// # Errors
/// What is wrong with the patch or with what it led to.
fn scale(
    cx: &mut Cx<'_>,
    object: &mut Value,
    stored: &Object,
    patch: &Patch,
    options: &Options,
) -> Result<(), Status> {
    let (kind, meta) = (stored.kind(), &stored.meta);
    let mut scale = super::http::scale(&stored.to_value());
    match patch.type_ {
        // No list is in it that would be merged by a key.
        PatchType::Strategic => {
            if let Some(fault) = not_a_patch(patch) {
                return Err(Status::bad_request(fault));
            }
            json_patch::merge(&mut scale, &patch.body);
        }
        _ => apply(kind, &mut scale, patch)?,
    }
    let type_ = schema::type_named("autoscaling.v1", "Scale");
    fields(cx, type_, &mut scale, (None, patch), options)?;
    same_place(&scale, &meta.namespace, &meta.name, kind)?;
    let version = value::at(&scale, &["metadata", "resourceVersion"]).cloned();
    value::overlay(&mut object["metadata"], "resourceVersion", version);
    let replicas = value::at(&scale, &["spec", "replicas"]).and_then(Value::as_i64);
    let replicas = replicas.unwrap_or(0);
    if replicas < 0 {
        let cause = Cause::invalid(
            "spec.replicas",
            &replicas.to_string(),
            "must be greater than or equal to 0",
        );
        let status = Status::invalid(Kind::StatefulSet, &meta.name, vec![cause]);
        return Err(status.about("Scale", "autoscaling"));
    }
    object["spec"]["replicas"] = json!(replicas);
    Ok(())
}
