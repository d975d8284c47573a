//! The API server's front: method, path and body to a request, and the answer back.
//!
//! * `target`: paths and methods
//! * `options`: what stands behind a path
//! * `expected`: what a path takes; `body`: what was sent there
//! * `list`, `deletion`, `scale`, `token`: what is more than one request
//! * `answers`: what an answer looks like
//!
//! Models apiserver `endpoints/handlers` and the routes of 1.37 for the kinds that are modelled. Commands do not come
//! this way; it is for clients that speak HTTP, as `kubectl get --raw` and recordings do.

mod answers;
mod body;
mod deletion;
mod expected;
mod list;
mod options;
mod scale;
mod target;
mod token;

use ordinal_api::status::Reason;
use ordinal_api::{EVENTS, Kind, Object, Status, Text, Value, value};

use super::request::{Patch, PatchType, Request, Response};
use super::warnings::ENDPOINTS;
use super::{events, parts, update};
use crate::Cluster;
use answers::success;
pub use answers::{deleted, failure, scale};
use body::{check_binding, checked, fitting, parse, readable};
pub(super) use expected::of_kind;
use expected::{BINDING, EVICTION, Expected, TOKEN};
use options::{Query, options};
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
    let mut warnings = deprecated(cluster, path);
    let answered = perform(cluster, call, path, Query(query));
    let told = cluster.take_warnings().into_iter();
    warnings.extend(told.filter(|text| text != ENDPOINTS));
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
    let answered = answer(cluster, call, &target, query);
    if target.group != EVENTS {
        return answered;
    }
    match answered {
        Ok((code, mut body)) => {
            if body["kind"] == "Event" {
                events::from_core(&mut body);
            } else if let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) {
                items.iter_mut().for_each(events::from_core);
            } else if body["details"].is_object() {
                body["details"]["group"] = EVENTS.into();
            }
            Ok((code, body))
        }
        // Told of the resource, it is of the group; told of the kind, it is of none.
        Err(status) if status.details.kind == "events" => Err(status.about("events", EVENTS)),
        Err(status) => Err(status),
    }
}

fn answer(
    cluster: &mut Cluster,
    call: Call<'_>,
    target: &Target<'_>,
    query: Query<'_>,
) -> Result<(u16, Value), Status> {
    let expected = Expected::of_target(target);
    let applies = call.content_type == "application/apply-patch+yaml";
    let mut options = options(call.method, query, applies)?;
    readable(&call)?;
    let with = |request: Request| Request::With {
        options: options.clone(),
        request: Box::new(request),
    };
    let (kind, namespace, name) = (target.kind, Text::new(target.namespace), target.name);
    let one =
        |answer: Result<Response, Status>| answer.and_then(Response::object).map(|o| o.to_value());
    match (call.method, target.subresource) {
        ("GET", "") if name.is_empty() => {
            let chosen = list::chosen(cluster, target, query)?;
            Ok((200, list::body(cluster, kind, &chosen.objects, chosen.rest)))
        }
        ("GET", "eviction" | "binding" | "token") => Err(method_not_allowed()),
        ("GET", subresource) => {
            let object = read(cluster, target, query)?;
            if subresource == "scale" {
                return Ok((200, scale(&cluster.world().printed(&object))));
            }
            Ok((200, cluster.world().printed(&object)))
        }
        ("POST", "") => {
            let object = parse(expected, call.body)?;
            let object = fitting(expected, object, target)?;
            let request = Request::Create {
                object,
                namespace,
                strict: false,
            };
            one(cluster.request(with(request))).map(|v| (201, v))
        }
        ("POST", "eviction") => {
            let body = fitting(EVICTION, parse(EVICTION, call.body)?, target)?;
            checked(cluster, EVICTION, &body, &options)?;
            body::same_name(&body, name, EVICTION)?;
            let deletion = deletion::read(value::at(&body, &["deleteOptions"]))?;
            let mut options = options.clone();
            options.dry_run |= deletion.dry_run;
            let request = Request::Evict {
                namespace,
                name: name.into(),
                options: deletion.options,
            };
            let request = Request::With {
                options,
                request: Box::new(request),
            };
            cluster.request(request).map(|_| (201, success(None)))
        }
        ("POST", "binding") => {
            let body = fitting(BINDING, parse(BINDING, call.body)?, target)?;
            checked(cluster, BINDING, &body, &options)?;
            let said = value::at(&body, &["metadata", "name"]).and_then(Value::as_str);
            let name = if name.is_empty() {
                said.unwrap_or_default()
            } else {
                name
            };
            if !name.is_empty() {
                body::same_name(&body, name, BINDING)?;
            }
            check_binding(&body)?;
            if name.is_empty() {
                return Err(Status::bad_request("Name parameter required."));
            }
            let node = value::at(&body, &["target", "name"]).and_then(Value::as_str);
            let request = Request::Bind {
                namespace,
                name: name.into(),
                node: node.unwrap_or_default().into(),
            };
            cluster.request(with(request)).map(|_| (201, success(None)))
        }
        ("POST", "token") => {
            let body = fitting(TOKEN, parse(TOKEN, call.body)?, target)?;
            checked(cluster, TOKEN, &body, &options)?;
            token::request(cluster, target, body).map(|body| (201, body))
        }
        ("PUT", "scale") => {
            let object = scale::put(cluster, target, call.body, &options)?;
            Ok((200, scale(&object.to_value())))
        }
        ("PUT", subresource) => {
            let object = parse(expected, call.body)?;
            let object = fitting(expected, object, target)?;
            // What cannot be read is told first.
            if body::has_metadata(&object) {
                body::same_object(&object, name)?;
            }
            let new = update::made_by_update(kind)
                && cluster.world().store.find(kind, &namespace, name).is_none();
            let request = if subresource == "status" {
                Request::UpdateStatus { object, namespace }
            } else {
                options.part = parts::named(kind, subresource).unwrap_or_default();
                Request::Update {
                    object,
                    namespace,
                    strict: false,
                }
            };
            let with = |request: Request| Request::With {
                options: options.clone(),
                request: Box::new(request),
            };
            let code = if new { 201 } else { 200 };
            one(cluster.request(with(request))).map(|v| (code, v))
        }
        ("PATCH", "") if applies => {
            let object: Value = serde_json::from_str(call.body)
                .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
            let new = cluster.world().store.find(kind, &namespace, name).is_none();
            let object = body::applied(kind, object, target, new)?;
            let request = Request::Apply {
                object,
                namespace,
                force: query.get("force").as_deref() == Some("true"),
            };
            let code = if new { 201 } else { 200 };
            one(cluster.request(with(request))).map(|v| (code, v))
        }
        ("PATCH", subresource) => {
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
            let object = cluster.request(with(request)).and_then(Response::object)?;
            let body = if subresource == "scale" {
                scale(&object.to_value())
            } else {
                object.to_value()
            };
            Ok((200, body))
        }
        ("DELETE", _) => deletion::delete(cluster, target, &call, query),
        _ => Err(method_not_allowed()),
    }
}

fn read(
    cluster: &mut Cluster,
    target: &Target<'_>,
    query: Query<'_>,
) -> Result<std::sync::Arc<Object>, Status> {
    let version = query.get("resourceVersion").unwrap_or_default();
    if !version.is_empty() {
        let Ok(number) = version.parse::<u64>() else {
            return Err(list::no_version(&version));
        };
        let newest = cluster.world().resource_version();
        if number > newest {
            return Err(list::too_new(number, newest));
        }
    }
    let request = Request::Get {
        kind: target.kind,
        namespace: target.namespace.into(),
        name: target.name.into(),
    };
    cluster.request(request).and_then(Response::object)
}

/// What is said of a path that is not to be asked for any more, whatever comes of it.
fn deprecated(cluster: &Cluster, path: &str) -> Vec<String> {
    let of = |part: &str| path.split('/').any(|p| p == part);
    if of("componentstatuses") {
        vec!["v1 ComponentStatus is deprecated in v1.19+".to_owned()]
    } else if target(path).is_some_and(|target| target.kind == Kind::Endpoints)
        && cluster.world().release().warns_of_endpoints()
    {
        vec![ENDPOINTS.to_owned()]
    } else {
        Vec::new()
    }
}
