//! The API server's front: method, path and body to a request, and the answer back.
//!
//! Models apiserver `endpoints/handlers` and the routes of 1.37 for the kinds that are modelled. Commands do not come
//! this way; it is for clients that speak HTTP, as `kubectl get --raw` and recordings do.

use ordinal_api::list::IntoList;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Text, Uid, Value, value};
use serde_json::{Map, json};

use super::request::{FieldValidation, Options, Patch, PatchType, Request, Response};
use super::{DeleteOptions, Propagation};
use crate::Cluster;

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

/// A path, taken apart.
struct Target<'a> {
    kind: Kind,
    namespace: &'a str,
    name: &'a str,
    subresource: &'a str,
}

/// What stands behind the `?`.
#[derive(Clone, Copy)]
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
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
    let options = options(call.method, query)?;
    let with = |request: Request| Request::With {
        options: options.clone(),
        request: Box::new(request),
    };
    let (kind, namespace, name) = (target.kind, Text::new(target.namespace), target.name);
    let one =
        |answer: Result<Response, Status>| answer.and_then(Response::object).map(|o| o.to_value());
    match (call.method, target.subresource) {
        ("GET", "") if name.is_empty() => list(cluster, &target, query).map(|v| (200, v)),
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
                force: query.get("force") == Some("true"),
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
            let request = Request::Delete {
                kind,
                namespace: namespace.clone(),
                name: name.into(),
                options: delete_options(Some(&body))?,
            };
            let answer = cluster.request(with(request)).and_then(Response::object)?;
            Ok((
                200,
                deleted(
                    &answer,
                    cluster.world().store.find(kind, &namespace, name).is_some(),
                ),
            ))
        }
        _ => Err(method_not_allowed()),
    }
}

/// What `DELETE` answers: the object while it is still there, and of some kinds even when it is gone.
/// Models rest.Deleter and `ReturnDeletedObject`, which Services, Pods, claims and service accounts set.
pub fn deleted(object: &Object, remains: bool) -> Value {
    let returned = matches!(
        object.kind(),
        Kind::Pod
            | Kind::Service
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::ServiceAccount
            | Kind::StorageClass
            | Kind::VolumeAttachment
            | Kind::CSINode
            | Kind::CSIDriver
    );
    if remains || returned {
        return object.to_value();
    }
    success(Some(object))
}

fn success(of: Option<&Object>) -> Value {
    let mut body =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    if let Some(object) = of {
        let names = object.kind().names();
        let mut details = json!({"name": object.meta.name, "kind": names.plural, "uid": object.meta.uid.to_string()});
        if !names.group.is_empty() {
            details["group"] = json!(names.group);
        }
        body["details"] = details;
    }
    body
}

/// A refusal as a body.
pub fn failure(status: &Status) -> Value {
    let mut body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": status.message});
    if status.reason != Reason::Unknown {
        body["reason"] = json!(status.reason.to_string());
    }
    let mut details = Map::new();
    let of = &status.details;
    for (key, text) in [
        ("name", &of.name),
        ("group", &of.group),
        ("kind", &of.kind),
        ("uid", &of.uid),
    ] {
        if !text.is_empty() {
            details.insert(key.to_owned(), json!(text));
        }
    }
    if !of.causes.is_empty() {
        let causes = of.causes.iter().map(|cause| {
            let mut one = json!({"reason": cause.reason, "message": cause.message});
            if !cause.field.is_empty() {
                one["field"] = json!(cause.field);
            }
            one
        });
        details.insert("causes".to_owned(), causes.collect());
    }
    if let Some(seconds) = of.retry_after_seconds {
        details.insert("retryAfterSeconds".to_owned(), json!(seconds));
    }
    if !details.is_empty() {
        body["details"] = Value::Object(details);
    }
    body["code"] = json!(status.code);
    body
}

fn target(path: &str) -> Option<Target<'_>> {
    let mut rest: Vec<&str> = path.trim_matches('/').split('/').into_list();
    let group = match *rest.first()? {
        "api" => "",
        "apis" => {
            rest.remove(0);
            *rest.first()?
        }
        _ => return None,
    };
    let version = *rest.get(1)?;
    let mut rest = &rest[2..];
    let mut namespace = "";
    if let ["namespaces", inside, _, ..] = rest
        && !matches!(rest.get(2), Some(&("status" | "finalize")))
    {
        namespace = inside;
        rest = &rest[2..];
    }
    let (plural, name, subresource) = match *rest {
        [plural] => (plural, "", ""),
        [plural, name] => (plural, name, ""),
        [plural, name, subresource] => (plural, name, subresource),
        _ => return None,
    };
    let kind = Kind::ALL.iter().copied().find(|kind| {
        let names = kind.names();
        names.group == group && names.version == version && names.plural == plural
    })?;
    let known = match subresource {
        "" => true,
        "status" => has_status(kind),
        "scale" => matches!(
            kind,
            Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet
        ),
        "eviction" | "binding" => kind == Kind::Pod,
        _ => false,
    };
    known.then_some(Target {
        kind,
        namespace,
        name,
        subresource,
    })
}

fn has_status(kind: Kind) -> bool {
    ordinal_api::schema::kind_type(&kind.api_version(), kind.names().kind)
        .and_then(|type_| ordinal_api::schema::field(type_, "status"))
        .is_some()
}

fn method_not_allowed() -> Status {
    Status {
        code: 405,
        reason: Reason::MethodNotAllowed,
        ..Status::bad_request("the server does not allow this method on the requested resource")
    }
}

fn allowed(target: &Target<'_>, method: &str) -> Result<(), Status> {
    let fits = match (target.subresource, target.name.is_empty()) {
        ("", true) => matches!(method, "GET" | "POST" | "DELETE"),
        ("", false) => method != "POST",
        ("eviction" | "binding", _) => method == "POST",
        _ => matches!(method, "GET" | "PUT" | "PATCH"),
    };
    if fits {
        Ok(())
    } else {
        Err(method_not_allowed())
    }
}

fn options(method: &str, query: Query<'_>) -> Result<Options, Status> {
    let validation = match query.get("fieldValidation") {
        None | Some("") => None,
        Some("Ignore") => Some(FieldValidation::Ignore),
        Some("Warn") => Some(FieldValidation::Warn),
        Some("Strict") => Some(FieldValidation::Strict),
        Some(other) => {
            let of = match method {
                "POST" => "CreateOptions",
                "PUT" => "UpdateOptions",
                _ => "PatchOptions",
            };
            let cause = Cause::unsupported(
                "fieldValidation",
                &json!(other).to_string(),
                &["", "Ignore", "Strict", "Warn"],
            );
            return Err(invalid_options(of, cause));
        }
    };
    let of = match method {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        _ => "PatchOptions",
    };
    let manager = query.get("fieldManager").unwrap_or_default();
    if manager.len() > 128 {
        let cause = Cause {
            reason: "FieldValueTooLong".into(),
            message: "Too long: may not be more than 128 bytes".to_owned(),
            field: "fieldManager".to_owned(),
        };
        return Err(invalid_options(of, cause));
    }
    if let Some(dry) = query
        .get("dryRun")
        .filter(|dry| !matches!(*dry, "" | "All"))
    {
        let cause = Cause::unsupported("dryRun", &json!([dry]).to_string(), &["All"]);
        return Err(invalid_options(of, cause));
    }
    Ok(Options {
        dry_run: query.get("dryRun") == Some("All"),
        validation: validation.or(Some(FieldValidation::Warn)),
        manager: query.get("fieldManager").unwrap_or_default().into(),
        duplicates: Vec::new(),
    })
}

fn invalid_options(of: &str, cause: Cause) -> Status {
    let mut status = Status::invalid(Kind::Pod, "", vec![cause]);
    status.message = status
        .message
        .replacen("Pod", &format!("{of}.meta.k8s.io"), 1);
    status.details.kind = of.into();
    status.details.group = "meta.k8s.io".into();
    status
}

/// Reads `DeleteOptions`. Models apimachinery `meta/v1/validation.ValidateDeleteOptions`.
///
/// # Errors
/// 422 for a propagation policy that does not exist, or two that contradict each other.
fn delete_options(body: Option<&Value>) -> Result<DeleteOptions, Status> {
    let none = Value::Null;
    let body = body.unwrap_or(&none);
    let policy = body.get("propagationPolicy").and_then(Value::as_str);
    let orphan = body.get("orphanDependents").and_then(Value::as_bool);
    let field = "propagationPolicy";
    if let Some(policy) = policy {
        let value = json!(policy).to_string();
        if orphan.is_some() {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            return Err(invalid_options(
                "DeleteOptions",
                Cause::invalid(field, &value, why),
            ));
        }
        let known = ["Foreground", "Background", "Orphan", "nil"];
        if !known[..3].contains(&policy) {
            let cause = Cause::unsupported(field, &value, &known);
            return Err(invalid_options("DeleteOptions", cause));
        }
    }
    let precondition = |key: &str| value::at(body, &["preconditions", key]).and_then(Value::as_str);
    let grace = body.get("gracePeriodSeconds").and_then(Value::as_i64);
    Ok(DeleteOptions {
        // A negative grace is one second.
        grace_secs: grace.map(|secs| u64::try_from(secs).unwrap_or(1)),
        uid: precondition("uid").and_then(Uid::parse),
        resource_version: precondition("resourceVersion").map(|v| v.parse().unwrap_or(0)),
        propagation: match (policy, orphan) {
            (Some("Foreground"), _) => Some(Propagation::Foreground),
            (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
            (Some(_), _) | (None, Some(false)) => Some(Propagation::Background),
            (None, None) => None,
        },
    })
}

fn parse(kind: Kind, body: &str) -> Result<Value, Status> {
    serde_json::from_str(body).map_err(|_| {
        let what = kind.names().kind;
        let first = body.chars().nth(1).unwrap_or(' ');
        let message = format!(
            "the object provided is unrecognized (must be of type {what}): couldn't get version/kind; json parse error: invalid character '{first}' looking for beginning of object key string ({body})"
        );
        Status::bad_request(message)
    })
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
    if version.is_empty() && named.is_empty() {
        value::overlay(&mut object, "apiVersion", Some(json!(kind.api_version())));
        value::overlay(&mut object, "kind", Some(json!(names.kind)));
    } else if Kind::from_api(&version, &named) != Some(kind) {
        let short = version.rsplit('/').next().unwrap_or_default();
        let group = if names.group.is_empty() {
            "core"
        } else {
            names.group.split('.').next().unwrap_or_default()
        };
        let message = format!(
            "{named} in version \"{short}\" cannot be handled as a {0}: converting ({short}.{named}) to ({group}.{0}): unknown conversion",
            names.kind
        );
        return Err(Status::bad_request(message));
    }
    if !namespace.is_empty() && namespace != target.namespace {
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

fn list(cluster: &mut Cluster, target: &Target<'_>, query: Query<'_>) -> Result<Value, Status> {
    if let Some(text) = query.get("limit").filter(|t| t.parse::<i64>().is_err()) {
        let message = format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
        return Err(Status::bad_request(message));
    }
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
        selector: Default::default(),
    };
    let Response::List(kind, objects) = cluster.request(request)? else {
        return Err(Status::not_served());
    };
    let items: Vec<Value> = objects.iter().map(|object| object.to_value()).into_list();
    Ok(
        json!({"kind": format!("{kind}List"), "apiVersion": kind.api_version(), "metadata": {}, "items": items}),
    )
}

/// The `Scale` of a workload.
pub fn scale(object: &Object) -> Value {
    let whole = object.to_value();
    let mut metadata = Map::new();
    for key in [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
    ] {
        if let Some(found) = whole["metadata"].get(key) {
            metadata.insert(key.to_owned(), found.clone());
        }
    }
    let replicas = whole["spec"]["replicas"].as_u64().unwrap_or(0);
    let spec = if replicas == 0 {
        json!({})
    } else {
        json!({"replicas": replicas})
    };
    let mut status = json!({"replicas": whole["status"]["replicas"].as_u64().unwrap_or(0)});
    let selector = &whole["spec"]["selector"]["matchLabels"];
    let text: Vec<String> = ordinal_api::value::text_map(Some(selector))
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .into_list();
    status["selector"] = json!(text.join(","));
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
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
