//! Decoding what a client sends: the kind, the namespace, and every field checked against the published schema.

use ordinal_api::schema::{self, decode};
use ordinal_api::{EVENTS, Kind, Status, Value, value};

use super::{FieldValidation, events};
use crate::World;

/// How strictly fields are looked at, and which stand twice.
pub(super) type Checks<'a> = (FieldValidation, &'a [String]);

/// An object as it was sent, checked, with its namespace filled in.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) kind: Kind,
    pub(super) value: Value,
}

/// Finds the kind of what was sent and checks its fields.
///
/// # Errors
/// 404 for a kind that is not served; 400 for values of a wrong type and, if `strict`, for unknown fields.
pub(super) fn decode(
    world: &mut World,
    object: &Value,
    namespace: &str,
    checks: Checks<'_>,
) -> Result<Sent, Status> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind_name) = (text("apiVersion"), text("kind"));
    let Some(kind) = Kind::from_api(api_version, kind_name) else {
        let message = format!("no matches for kind \"{kind_name}\" in version \"{api_version}\"");
        return Err(Status {
            code: 404,
            reason: ordinal_api::status::Reason::NotFound,
            ..Status::bad_request(message)
        });
    };
    check_fields(world, kind, object, checks)?;
    let mut sent = named(object, namespace);
    if of_events(kind, object) {
        events::to_core(&mut sent.value);
    }
    Ok(sent)
}

/// An object of a known kind that is not checked, with its namespace filled in.
pub(super) fn named(object: &Value, namespace: &str) -> Sent {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::from_api(text("apiVersion"), text("kind")).unwrap_or(Kind::ConfigMap);
    let mut value = object.clone();
    if kind.is_namespaced() && namespace_of(&value).is_empty() {
        set_namespace(&mut value, namespace);
    }
    Sent { kind, value }
}

/// Whether it is an Event of the newer group.
pub(super) fn of_events(kind: Kind, object: &Value) -> bool {
    let version = object.get("apiVersion").and_then(Value::as_str);
    kind == Kind::Event && version.is_some_and(|version| version.starts_with(EVENTS))
}

/// Checks the fields of an object of a known kind.
///
/// # Errors
/// 400 in the server's words.
pub(super) fn check_fields(
    world: &mut World,
    kind: Kind,
    object: &Value,
    (validation, duplicates): Checks<'_>,
) -> Result<(), Status> {
    let mut api_version = kind.api_version();
    let mut type_ = schema::kind_type(&api_version, kind.names().kind);
    if of_events(kind, object) {
        api_version = format!("{EVENTS}/v1");
        type_ = schema::type_named("events.v1", "Event");
    }
    let Some(type_) = type_ else {
        return Ok(());
    };
    let mut faults = decode::check(type_, object);
    faults.duplicate = duplicates.to_vec();
    if validation != FieldValidation::Strict && faults.wrong.is_empty() {
        if validation == FieldValidation::Warn {
            world.warnings.extend(faults.words());
        }
        return Ok(());
    }
    match faults.message() {
        Some(message) => Err(Status::bad_request(decode::refusal(
            &api_version,
            kind.names().kind,
            &message,
        ))),
        None => Ok(()),
    }
}

/// Brings an object into the form in which it is kept. Models the conversion of Secrets too: `stringData` becomes `data`.
pub(super) fn tidy(kind: Kind, object: &mut Value) {
    if let Some(type_) = schema::kind_type(&kind.api_version(), kind.names().kind) {
        schema::tidy(type_, object);
    }
    if !kind.is_namespaced()
        && let Some(metadata) = object.get_mut("metadata")
    {
        value::overlay(metadata, "namespace", None);
    }
    if kind == Kind::Node
        && let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object())
    {
        // One range is told twice; the older field wins. Models pkg/apis/core/v1 `Convert_v1_NodeSpec_To_core_NodeSpec`.
        let first = spec["podCIDRs"].get(0).cloned();
        match spec["podCIDR"].as_str() {
            None | Some("") => value::overlay(spec, "podCIDR", first),
            Some(one) if first.as_ref().and_then(Value::as_str) != Some(one) => {
                let one = Value::from(vec![one]);
                value::overlay(spec, "podCIDRs", Some(one));
            }
            Some(_) => {}
        }
    }
    if kind == Kind::ServiceAccount {
        // Models pkg/registry/core/serviceaccount `cleanSecretReferences`.
        let secrets = object.get_mut("secrets").and_then(Value::as_array_mut);
        for secret in secrets.into_iter().flatten() {
            if let Some(parts) = secret.as_object_mut() {
                parts.retain(|key, _| key == "name");
            }
        }
    }
    if kind == Kind::Secret
        && let Some(Value::Object(texts)) =
            object.as_object_mut().and_then(|o| o.remove("stringData"))
    {
        let mut data = object.get("data").cloned().unwrap_or_default();
        for (key, text) in texts {
            let bytes = text.as_str().unwrap_or_default().as_bytes();
            value::overlay(&mut data, &key, Some(schema::base64(bytes).into()));
        }
        value::overlay(object, "data", Some(data));
    }
}

/// `metadata.namespace`, or empty.
pub(super) fn namespace_of(object: &Value) -> &str {
    value::at(object, &["metadata", "namespace"])
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `metadata.name`, or empty.
pub(super) fn name_of(object: &Value) -> &str {
    value::at(object, &["metadata", "name"])
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn set_namespace(object: &mut Value, namespace: &str) {
    if let Some(map) = object.as_object_mut() {
        let metadata = map
            .entry("metadata")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
        value::overlay(metadata, "namespace", Some(namespace.into()));
    }
}
