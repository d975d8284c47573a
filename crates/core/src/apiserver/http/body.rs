//! Bodies: read, of the kind that a path takes, and where they belong. Models apiserver `handlers/{create,update}.go` and
//! apimachinery `runtime/serializer/json`, 1.37.

use ordinal_api::go;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, decode};
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Status, Value, value};
use serde_json::json;

use super::super::request::{FieldValidation, Options};
use super::super::syntax;
use super::expected::{Expected, is_expected};
use super::target::Target;
use super::{Call, Cluster};

/// Reads JSON with a version and a kind that are texts.
///
/// # Errors
/// What is wrong with it.
pub(super) fn json(body: &str) -> Result<Value, String> {
    const UNKNOWN: &str = "couldn't get version/kind; json parse error: ";
    let fault = syntax::fault(body);
    let read = fault.is_none().then(|| serde_json::from_str(body).ok());
    let Some(value) = read.flatten() else {
        return Err(format!("{UNKNOWN}{}", fault.unwrap_or_default()));
    };
    let unfit = |what: &Value, into: &str| {
        let what = go::name(what);
        Err(format!(
            "{UNKNOWN}json: cannot unmarshal {what} into Go {into}"
        ))
    };
    match &value {
        Value::Null => return Ok(json!({})),
        Value::Object(_) => {}
        other => {
            let fields = r#"value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
            return unfit(other, fields);
        }
    }
    for key in ["apiVersion", "kind"] {
        if let Some(odd) = value.get(key).filter(|v| !v.is_null() && !v.is_string()) {
            return unfit(odd, &format!("struct field .{key} of type string"));
        }
    }
    let version = value.get("apiVersion").and_then(Value::as_str);
    if let Some(odd) = version.filter(|v| v.matches('/').count() > 1) {
        return Err(format!("unexpected GroupVersion string: {odd}"));
    }
    Ok(value)
}

/// Reads a body.
///
/// # Errors
/// 400
pub(super) fn parse(expected: Expected, body: &str) -> Result<Value, Status> {
    json(body).map_err(|fault| {
        let what = expected.kind;
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {what}): {fault} ({})",
            summary(body)
        ))
    })
}

/// The beginning of a body: as it is, if it looks like JSON. Models `summarizeData`.
fn summary(body: &str) -> String {
    const MOST: usize = 30;
    let bytes = body.as_bytes();
    let start = &bytes[..bytes.len().min(MOST)];
    let shown = match bytes.first() {
        None => return "<empty>".to_owned(),
        Some(b'{') => String::from_utf8_lossy(start).into_owned(),
        Some(_) => start.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let more = if bytes.len() > MOST { " ..." } else { "" };
    shown + more
}

/// Checks that an object is of the kind that is taken and belongs where it is sent, and fills in what the path says.
///
/// # Errors
/// 400
pub(super) fn fitting(
    expected: Expected,
    mut object: Value,
    target: &Target<'_>,
) -> Result<Value, Status> {
    is_expected(expected, &mut object)?;
    let namespace = value::at(&object, &["metadata", "namespace"]).and_then(Value::as_str);
    let namespace = namespace.unwrap_or_default();
    // Of what has no namespace, one that is given is taken off.
    if target.kind.is_namespaced() && !namespace.is_empty() && namespace != target.namespace {
        let why =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    Ok(object)
}

/// Checks the fields of what is no object by itself.
///
/// # Errors
/// 400 for values of a wrong type, and for unknown fields where they are not taken.
pub(super) fn checked(
    cluster: &mut Cluster,
    expected: Expected,
    body: &Value,
    options: &Options,
) -> Result<(), Status> {
    let group = format!("{}.{}", expected.package(), expected.version);
    let Some(type_) = schema::type_named(&group, expected.kind) else {
        return Ok(());
    };
    let faults = decode::check(type_, body);
    let strict = options.validation == Some(FieldValidation::Strict);
    if faults.wrong.is_empty() && !strict {
        if options.validation == Some(FieldValidation::Warn) {
            cluster.warn(faults.words());
        }
        return Ok(());
    }
    match faults.message() {
        Some(message) => Err(Status::bad_request(decode::refusal(
            &expected.api_version(),
            expected.kind,
            &message,
        ))),
        None => Ok(()),
    }
}

/// Whether a body is in a form that is read.
///
/// # Errors
/// 415
pub(super) fn readable(call: &Call<'_>) -> Result<(), Status> {
    let known = [
        "",
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
    ];
    let type_ = call
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let read =
        matches!(call.method, "POST" | "PUT") || call.method == "DELETE" && !call.body.is_empty();
    if !read || known.contains(&type_) {
        return Ok(());
    }
    let message = format!(
        "the body of the request was in an unknown format - accepted media types include: {}",
        known[1..].join(", ")
    );
    Err(Status {
        code: 415,
        reason: Reason::UnsupportedMediaType,
        ..Status::bad_request(message)
    })
}

/// Whether the metadata can be read.
pub(super) fn has_metadata(object: &Value) -> bool {
    let metadata = object.get("metadata").unwrap_or(&Value::Null);
    let name = metadata.get("name").unwrap_or(&Value::Null);
    (metadata.is_null() || metadata.is_object()) && (name.is_null() || name.is_string())
}

/// Checks what is applied: its kind must be said, its name only of what is new.
///
/// # Errors
/// 400; 409 for the identity of something that is not there
pub(super) fn applied(
    kind: Kind,
    mut object: Value,
    target: &Target<'_>,
    new: bool,
) -> Result<Value, Status> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, named) = (text("apiVersion"), text("kind"));
    if Kind::from_api(version, named) != Some(kind) {
        let named = if version.matches('/').count() > 1 {
            ""
        } else {
            named
        };
        let (group, version) = match version.rsplit_once('/') {
            _ if named.is_empty() => ("", ""),
            Some(parts) => parts,
            None => ("", version),
        };
        return Err(Status::bad_request(format!(
            "invalid object type: {group}/{version}, Kind={named}"
        )));
    }
    if new && has_metadata(&object) {
        same_object(&object, target.name)?;
        let uid = value::at(&object, &["metadata", "uid"]).and_then(Value::as_str);
        if let Some(uid) = uid.filter(|uid| !uid.is_empty()) {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            );
            return Err(Status::conflict(kind, target.name, &why));
        }
    }
    if has_metadata(&object) && (object["metadata"].is_object() || !new) {
        let metadata = &mut object["metadata"];
        if metadata
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .is_empty()
        {
            value::overlay(metadata, "name", Some(json!(target.name)));
        }
        let inside = metadata.get("namespace").and_then(Value::as_str);
        if kind.is_namespaced() && inside == Some("") {
            value::overlay(metadata, "namespace", None);
        }
    }
    let object = fitting(Expected::of(kind), object, target)?;
    if has_metadata(&object) {
        same_object(&object, target.name)?;
    }
    Ok(object)
}

/// An object says by its name whether it is the one of the path.
///
/// # Errors
/// 400
pub(super) fn same_object(object: &Value, name: &str) -> Result<(), Status> {
    let given = value::at(object, &["metadata", "name"]).and_then(Value::as_str);
    let why = match given.unwrap_or_default() {
        "" => format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ),
        given if given != name => {
            format!("the name of the object ({given}) does not match the name on the URL ({name})")
        }
        _ => return Ok(()),
    };
    Err(Status::bad_request(why))
}

/// A part of an object says by its name to whom it belongs.
///
/// # Errors
/// 400
pub(super) fn same_name(body: &Value, name: &str, what: Expected) -> Result<(), Status> {
    let given = value::at(body, &["metadata", "name"]).and_then(Value::as_str);
    if given == Some(name) {
        return Ok(());
    }
    let message = format!("name in URL does not match name in {} object", what.kind);
    Err(Status::bad_request(message))
}

/// Models `ValidatePodBinding`, whose faults are told without a kind.
///
/// # Errors
/// 500
pub(super) fn check_binding(body: &Value) -> Result<(), Status> {
    let target = |key: &str| {
        let found = value::at(body, &["target", key]).and_then(Value::as_str);
        found.unwrap_or_default()
    };
    let mut faults = Vec::new();
    if !matches!(target("kind"), "" | "Node") {
        let kind = json!(target("kind")).to_string();
        faults.push(Cause::unsupported(
            "target.kind",
            &kind,
            &["Node", "<empty>"],
        ));
    }
    let name = target("name");
    if name.is_empty() {
        faults.push(Cause::required("target.name", ""));
    } else {
        let shown = json!(name).to_string();
        let wrong = super::super::validation::names::dns_subdomain(name);
        faults.extend(
            wrong
                .iter()
                .map(|why| Cause::invalid("target.name", &shown, why)),
        );
    }
    let words = faults.iter().map(|f| format!("{}: {}", f.field, f.message));
    let words: Vec<String> = words.into_list();
    match words.as_slice() {
        [] => Ok(()),
        [only] => Err(Status::internal(only.clone())),
        several => Err(Status::internal(format!("[{}]", several.join(", ")))),
    }
}
