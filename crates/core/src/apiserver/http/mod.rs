//! The API server's front: method, path and body to a request, and the answer back.
//!
//! * `target`: paths and methods
//! * `options`: what stands behind a path
//! * `answers`: what an answer looks like
//!
//! Models apiserver `endpoints/handlers` and the routes of 1.37 for the kinds that are modelled. Commands do not come
//! this way; it is for clients that speak HTTP, as `kubectl get --raw` and recordings do.

mod answers;
mod options;
mod target;

use ordinal_api::list::IntoList;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Text, Value, value};
use serde_json::json;

use super::request::{Options, Patch, PatchType, Request, Response};
use super::{DeleteOptions, selectors, syntax};
use crate::Cluster;
use answers::success;
pub use answers::{deleted, failure, scale};
use options::{Query, delete_options, invalid_options, options};
use target::{Target, allowed, method_not_allowed, target};

/// What a client sends.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`
    pub method: &'a str,
    /// `/api/v1/namespaces/default/pods?limit=500`
    pub path: &'a str,
    /// `Content-Type`
    pub content_type: &'a str,
    /// The body.
    pub body: &'a str,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP code.
    pub code: u16,
    /// An object, a list or a `Status`.
    pub body: Value,
    /// `Warning` headers.
    pub warnings: Vec<String>,
}

/// Answers a call.
pub fn call(cluster: &mut Cluster, call: Call<'_>) -> Answer {
    let (path, query) = call.path.split_once('?').unwrap_or((call.path, ""));
    let mut warnings = deprecated(path);
    let answered = perform(cluster, call, path, Query(query));
    warnings.extend(cluster.take_warnings());
    match answered {
        Ok((code, body)) => Answer {
            code,
            body,
            warnings,
        },
        Err(status) => Answer {
            code: status.code,
            body: failure(&status),
            warnings,
        },
    }
}

fn perform(
    cluster: &mut Cluster,
    call: Call<'_>,
    path: &str,
    query: Query<'_>,
) -> Result<(u16, Value), Status> {
    if let Some(name) = path.strip_prefix("/api/v1/componentstatuses/") {
        let message = format!("componentstatus \"{name}\" not found");
        let mut status = Status::not_served();
        status.message = message;
        status.details.kind = "componentstatus".into();
        status.details.name = name.into();
        return Err(status);
    }
    let target = target(path).ok_or_else(Status::not_served)?;
    allowed(&target, call.method)?;
    readable(&call)?;
    let options = options(call.method, query)?;
    let with = |request: Request| Request::With {
        options: options.clone(),
        request: Box::new(request),
    };
    let (kind, namespace, name) = (target.kind, Text::new(target.namespace), target.name);
    let one =
        |answer: Result<Response, Status>| answer.and_then(Response::object).map(|o| o.to_value());
    match (call.method, target.subresource) {
        ("GET", "") if name.is_empty() => {
            let objects = listed(cluster, &target, query)?;
            Ok((200, list(cluster, kind, &objects)))
        }
        ("GET", subresource) => {
            let object = read(cluster, &target)?;
            if subresource == "scale" {
                return Ok((200, scale(&object)));
            }
            Ok((200, object.to_value()))
        }
        ("POST", "") => {
            let object = parse(kind, call.body)?;
            let object = fitting(kind, object, &target)?;
            let request = Request::Create {
                object,
                namespace,
                strict: false,
            };
            one(cluster.request(with(request))).map(|v| (201, v))
        }
        ("POST", "eviction") => {
            let body = parse(kind, call.body)?;
            same_name(&body, name, "Eviction")?;
            let options = delete_options(value::at(&body, &["deleteOptions"]))?;
            let request = Request::Evict {
                namespace,
                name: name.into(),
                options,
            };
            cluster.request(with(request)).map(|_| (201, success(None)))
        }
        ("POST", "binding") => {
            let body = parse(kind, call.body)?;
            same_name(&body, name, "Binding")?;
            check_binding(&body)?;
            let node = value::at(&body, &["target", "name"]).and_then(Value::as_str);
            let request = Request::Bind {
                namespace,
                name: name.into(),
                node: node.unwrap_or_default().into(),
            };
            cluster.request(with(request)).map(|_| (201, success(None)))
        }
        ("PUT", "scale") => {
            let body = parse(kind, call.body)?;
            let object = put_scale(cluster, &target, &body, &options)?;
            Ok((200, scale(&object)))
        }
        ("PUT", subresource) => {
            let object = parse(kind, call.body)?;
            let object = fitting(kind, object, &target)?;
            let given = value::at(&object, &["metadata", "name"]).and_then(Value::as_str);
            if let Some(given) = given.filter(|given| *given != name) {
                let message = format!(
                    "the name of the object ({given}) does not match the name on the URL ({name})"
                );
                return Err(Status::bad_request(message));
            }
            let request = if subresource == "status" {
                Request::UpdateStatus { object, namespace }
            } else {
                Request::Update {
                    object,
                    namespace,
                    strict: false,
                }
            };
            one(cluster.request(with(request))).map(|v| (200, v))
        }
        ("PATCH", "") if call.content_type == "application/apply-patch+yaml" => {
            if options.manager.is_empty() {
                let cause = Cause::required("fieldManager", "is required for apply patch");
                return Err(invalid_options("PatchOptions", cause));
            }
            let object: Value = serde_json::from_str(call.body)
                .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
            let object = fitting(kind, object, &target)?;
            let new = cluster.world().store.find(kind, &namespace, name).is_none();
            let request = Request::Apply {
                object,
                namespace,
                force: query.get("force").as_deref() == Some("true"),
            };
            let code = if new { 201 } else { 200 };
            one(cluster.request(with(request))).map(|v| (code, v))
        }
        ("PATCH", subresource) => {
            if query.get("force").is_some() {
                let cause = Cause::forbidden("force", "may not be specified for non-apply patch");
                return Err(invalid_options("PatchOptions", cause));
            }
            let type_ = match call.content_type {
                "application/json-patch+json" => PatchType::Json,
                "application/merge-patch+json" => PatchType::Merge,
                "application/strategic-merge-patch+json" => PatchType::Strategic,
                _ => {
                    return Err(Status {
                        code: 415,
                        reason: Reason::UnsupportedMediaType,
                        ..Status::bad_request("415: Unsupported Media Type")
                    });
                }
            };
            let body = serde_json::from_str(call.body)
                .map_err(|_| Status::bad_request("invalid JSON patch"))?;
            let request = Request::Patch {
                kind,
                namespace,
                name: name.into(),
                patch: Patch {
                    type_,
                    body,
                    subresource: subresource.into(),
                },
            };
            one(cluster.request(with(request))).map(|v| (200, v))
        }
        ("DELETE", _) => {
            let body: Value = serde_json::from_str(call.body).unwrap_or_default();
            if name.is_empty() {
                let options = delete_options(Some(&body))?;
                return Ok((200, delete_all(cluster, &target, query, options)?));
            }
            let request = Request::Delete {
                kind,
                namespace: namespace.clone(),
                name: name.into(),
                options: delete_options(Some(&body))?,
            };
            let answer = cluster.request(with(request)).and_then(Response::object)?;
            // What nothing holds goes without a mark.
            Ok((200, deleted(&answer, answer.meta.is_deleting())))
        }
        _ => Err(method_not_allowed()),
    }
}

/// Reads a body.
///
/// # Errors
/// 400
pub(super) fn parse(kind: Kind, body: &str) -> Result<Value, Status> {
    let fault = syntax::fault(body);
    if let (None, Ok(value)) = (&fault, serde_json::from_str(body)) {
        return Ok(value);
    }
    let what = kind.names().kind;
    let fault = fault.unwrap_or_default();
    Err(Status::bad_request(format!(
        "the object provided is unrecognized (must be of type {what}): couldn't get version/kind; json parse error: {fault} ({})",
        summary(body)
    )))
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

/// Checks that an object belongs where it is sent, and fills in what the path says.
fn fitting(kind: Kind, mut object: Value, target: &Target<'_>) -> Result<Value, Status> {
    let text = |path: &[&str]| {
        let found = value::at(&object, path).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let (version, named) = (text(&["apiVersion"]), text(&["kind"]));
    let namespace = text(&["metadata", "namespace"]);
    let names = kind.names();
    let said = |text: String, usual: &str| {
        if text.is_empty() {
            usual.to_owned()
        } else {
            text
        }
    };
    let version = said(version, &kind.api_version());
    let named = said(named, names.kind);
    value::overlay(&mut object, "apiVersion", Some(json!(version)));
    value::overlay(&mut object, "kind", Some(json!(named)));
    if Kind::from_api(&version, &named) != Some(kind) {
        let short = version.rsplit('/').next().unwrap_or_default();
        let group = if names.group.is_empty() {
            "core"
        } else {
            names.group.split('.').next().unwrap_or_default()
        };
        if Kind::from_api(&version, &named).is_none() {
            return Err(Status::bad_request(format!(
                "{named} in version \"{short}\" cannot be handled as a {}: no kind \"{named}\" is registered for version \"{version}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
                names.kind
            )));
        }
        let message = format!(
            "{named} in version \"{short}\" cannot be handled as a {0}: converting ({short}.{named}) to ({group}.{0}): unknown conversion",
            names.kind
        );
        return Err(Status::bad_request(message));
    }
    // Of what has no namespace, one that is given is taken off.
    if kind.is_namespaced() && !namespace.is_empty() && namespace != target.namespace {
        let why =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    Ok(object)
}

fn read(cluster: &mut Cluster, target: &Target<'_>) -> Result<std::sync::Arc<Object>, Status> {
    let request = Request::Get {
        kind: target.kind,
        namespace: target.namespace.into(),
        name: target.name.into(),
    };
    cluster.request(request).and_then(Response::object)
}

/// The objects that a query names.
fn listed(
    cluster: &mut Cluster,
    target: &Target<'_>,
    query: Query<'_>,
) -> Result<Vec<std::sync::Arc<Object>>, Status> {
    if let Some(text) = query.get("limit").filter(|t| t.parse::<i64>().is_err()) {
        let message = format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
        return Err(Status::bad_request(message));
    }
    let selector = query.get("labelSelector").unwrap_or_default();
    let selector = selectors::labels(&selector).map_err(Status::bad_request)?;
    let version = query.get("resourceVersion").filter(|v| !v.is_empty());
    if let Some(text) = version.filter(|t| t.parse::<u64>().is_err()) {
        let message = format!(
            "invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
        );
        return Err(Status::bad_request(message));
    }
    let request = Request::List {
        kind: target.kind,
        namespace: (!target.namespace.is_empty()).then(|| target.namespace.into()),
        selector,
    };
    match cluster.request(request)? {
        Response::List(_, objects) => Ok(objects),
        _ => Err(Status::not_served()),
    }
}

/// A list as it is answered: its items do not say of what kind they are.
fn list(cluster: &Cluster, kind: Kind, objects: &[std::sync::Arc<Object>]) -> Value {
    let bare = |object: &std::sync::Arc<Object>| {
        let mut item = object.to_value();
        value::overlay(&mut item, "kind", None);
        value::overlay(&mut item, "apiVersion", None);
        item
    };
    let items: Vec<Value> = objects.iter().map(bare).into_list();
    let version = cluster.world().resource_version().to_string();
    json!({"kind": format!("{kind}List"), "apiVersion": kind.api_version(), "metadata": {"resourceVersion": version}, "items": items})
}

/// Deletes what a query names, and answers what that was.
fn delete_all(
    cluster: &mut Cluster,
    target: &Target<'_>,
    query: Query<'_>,
    options: DeleteOptions,
) -> Result<Value, Status> {
    let objects = listed(cluster, target, query)?;
    for object in &objects {
        cluster.request(Request::Delete {
            kind: target.kind,
            namespace: object.meta.namespace.clone(),
            name: object.meta.name.clone(),
            options,
        })?;
    }
    Ok(list(cluster, target.kind, &objects))
}

/// Whether a body is in a form that is read.
///
/// # Errors
/// 415
fn readable(call: &Call<'_>) -> Result<(), Status> {
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
    if !matches!(call.method, "POST" | "PUT") || known.contains(&type_) {
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

/// A part of an object says by its name to whom it belongs.
fn same_name(body: &Value, name: &str, what: &str) -> Result<(), Status> {
    let given = value::at(body, &["metadata", "name"]).and_then(Value::as_str);
    if given == Some(name) || what == "Binding" && given.is_none_or(str::is_empty) {
        return Ok(());
    }
    let message = format!("name in URL does not match name in {what} object");
    Err(Status::bad_request(message))
}

/// Models `ValidatePodBinding`, whose faults are told without a kind.
fn check_binding(body: &Value) -> Result<(), Status> {
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
    if target("name").is_empty() {
        faults.push(Cause::required("target.name", ""));
    }
    let words = faults.iter().map(|f| format!("{}: {}", f.field, f.message));
    let words: Vec<String> = words.into_list();
    match words.as_slice() {
        [] => Ok(()),
        [only] => Err(Status::internal(only.clone())),
        several => Err(Status::internal(format!("[{}]", several.join(", ")))),
    }
}

fn put_scale(
    cluster: &mut Cluster,
    target: &Target<'_>,
    body: &Value,
    options: &Options,
) -> Result<std::sync::Arc<Object>, Status> {
    let mut change = json!({"spec": {"replicas": body["spec"]["replicas"].as_i64().unwrap_or(0)}});
    let version = &body["metadata"]["resourceVersion"];
    if version.is_string() {
        change["metadata"] = json!({"resourceVersion": version});
    }
    let request = Request::Patch {
        kind: target.kind,
        namespace: target.namespace.into(),
        name: target.name.into(),
        patch: Patch {
            type_: PatchType::Merge,
            body: change,
            subresource: "scale".into(),
        },
    };
    let request = Request::With {
        options: options.clone(),
        request: Box::new(request),
    };
    cluster.request(request).and_then(Response::object)
}

fn deprecated(path: &str) -> Vec<String> {
    let of = |part: &str| path.split('/').any(|p| p == part);
    if of("componentstatuses") {
        vec!["v1 ComponentStatus is deprecated in v1.19+".to_owned()]
    } else {
        Vec::new()
    }
}
