//! The API server: what enters is admitted, defaulted, validated and stored; what leaves is asked for here.
//!
//! * [`request`]: requests from outside, as data
//! * `decode`, `defaults`, `validation`: what is done to an object before it is stored
//! * `create`, `delete`, `update`, `patch`, `operations`, `strategic`: the verbs and the patches, for clients and for controllers alike
//! * `events`: Events of the newer group
//! * `services`: what a Service is given, and what it keeps
//! * `managed`: who manages which fields, and server-side apply
//! * [`bootstrap()`]: what exists before anybody asks
//! * `limits`, `quota`: what a namespace has to give
//! * `parts`: subresources that change a part of an object
//! * `pod_level`: what a Pod as a whole has to get
//! * `addresses`: what the server allocates

mod addresses;
mod admission;
mod bootstrap;
mod create;
mod decode;
mod defaults;
mod delete;
mod events;
mod eviction;
pub mod http;
mod identity;
mod limits;
#[cfg(test)]
mod limits_tests;
mod managed;
mod operations;
mod parts;
mod patch;
mod pod_level;
mod quota;
#[cfg(test)]
mod refusals;
mod request;
pub mod selectors;
mod services;
mod status;
mod strategic;
mod syntax;
#[cfg(test)]
mod tests;
mod update;
mod validation;
mod warnings;

use std::sync::Arc;

use ordinal_api::managed::Manager;
use ordinal_api::{Kind, Object, Status, Uid, Value, value};

pub(crate) use addresses::Addresses;
pub(crate) use bootstrap::{
    CONTROLLER_ATTACHES, add_node, bootstrap, create_own_service, register,
};
pub use bootstrap::{DEFAULT_CLASS, DRIVER, NO_PROVISIONER};
pub(crate) use create::{CLASS_ANNOTATION, TEMPLATE_GENERATION, create_object, default_class};
pub use delete::{DeleteOptions, Propagation};
pub(crate) use delete::{delete_object, is_finished};
pub use managed::{join_fields, printed as managed_fields};
pub use patch::apply as apply_patch;
pub(crate) use quota::status as quota_status;
pub use request::{FieldValidation, Options, Patch, PatchType, Request, Response};
pub use validation::names::{label_value, port_name, qualified};

use managed::Writer;

use crate::rng::Stream;
use crate::{Component, Cx, World};

/// A new identity (version 4, like the server's).
pub(crate) fn new_uid(world: &mut World) -> Uid {
    let mut draw = || u128::from(world.parts.random.next(Stream::Uid));
    let bits = draw() << 96 | draw() << 64 | draw() << 32 | draw();
    Uid(bits & !(0xf << 76) & !(0x3 << 62) | 4 << 76 | 0x2 << 62)
}

/// Five characters for a generated name, from the alphabet that avoids words. Models apiserver `names.SimpleNameGenerator`.
pub(crate) fn name_suffix(world: &mut World) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut letter =
        || char::from(ALPHABET[world.parts.random.below(Stream::NameSuffix, 27) as usize]);
    (0..5).map(|_| letter()).collect()
}

/// Answers a request. `cause` is the journal entry of the input that sent it.
///
/// # Errors
/// The refusal, as a `Status`.
pub(crate) fn handle(
    world: &mut World,
    request: &Request,
    cause: Option<u64>,
) -> Result<Response, Status> {
    world.warnings.clear();
    answer(world, request, cause, &Options::default())
}

fn answer(
    world: &mut World,
    request: &Request,
    cause: Option<u64>,
    options: &Options,
) -> Result<Response, Status> {
    let mut cx = Cx::new(world, Component::User, cause);
    let validation = |strict: bool| {
        let usual = if strict {
            FieldValidation::Strict
        } else {
            FieldValidation::Ignore
        };
        options.validation.unwrap_or(usual)
    };
    if let Some(kind) = request.kind() {
        warn_of_request(cx.world, kind);
    }
    match request {
        Request::With { options, request } if options.dry_run => {
            // Everything happens in a copy of the world, which is thrown away.
            let mut copy = cx.world.clone();
            let answered = answer(&mut copy, request, cause, options);
            cx.world.warnings = copy.warnings;
            // What is only tried is looked for under a key without its first part.
            let answered = answered.map_err(|mut status| {
                status.message = status.message.replace("Key: /registry/", "Key: /");
                status
            });
            answered.map(|response| unstored(cx.world, response))
        }
        Request::With { options, request } => answer(cx.world, request, cause, options),
        Request::Kept { body, request } => {
            answer(cx.world, &request.with_body(body), cause, options)
        }
        Request::Create {
            object,
            namespace,
            strict,
        } => {
            let checks = (validation(*strict), options.duplicates.as_slice());
            let writer = writer(&cx, options, "");
            post(&mut cx, object, namespace, checks, (&writer, None)).map(Response::Object)
        }
        Request::Update {
            object,
            namespace,
            strict,
        } => {
            let checks = (validation(*strict), options.duplicates.as_slice());
            let sent = decode::decode(cx.world, object, namespace, checks)?;
            let writer = writer(&cx, options, options.part);
            let (inside, name) = (
                decode::namespace_of(&sent.value),
                decode::name_of(&sent.value),
            );
            if update::made_by_update(sent.kind) && cx.find(sent.kind, inside, name).is_none() {
                let uid = value::at(&sent.value, &["metadata", "uid"]).and_then(Value::as_str);
                if let Some(uid) = uid.filter(|uid| !uid.is_empty()) {
                    return Err(identity::no_identity(sent.kind, inside, name, uid));
                }
                let mut object = object.clone();
                update::anew(&mut object);
                let unchecked = (FieldValidation::Ignore, [].as_slice());
                let made = post(&mut cx, &object, namespace, unchecked, (&writer, None));
                return made.map(Response::Object);
            }
            update::replace(&mut cx, sent.kind, sent.value, &writer).map(Response::Object)
        }
        Request::UpdateStatus { object, namespace } => {
            let checks = (validation(false), options.duplicates.as_slice());
            let sent = decode::decode(cx.world, object, namespace, checks)?;
            let writer = writer(&cx, options, "status");
            status::replace(&mut cx, sent.kind, sent.value, &writer).map(Response::Object)
        }
        Request::Patch {
            kind,
            namespace,
            name,
            patch,
        } => patch::patch(&mut cx, *kind, namespace, name, patch, options).map(Response::Object),
        Request::Apply {
            object,
            namespace,
            force,
        } => apply(&mut cx, object, namespace, *force, options).map(Response::Object),
        Request::Delete {
            kind,
            namespace,
            name,
            options,
        } => {
            if *kind == Kind::Job && options.propagation.is_none() {
                cx.world.warnings.push(warnings::ORPHANED_PODS.to_owned());
            }
            let id = cx.id(*kind, namespace, name);
            delete_object(&mut cx, id, *options).map(Response::Object)
        }
        Request::Evict {
            namespace,
            name,
            options,
        } => eviction::evict(&mut cx, namespace, name, *options).map(Response::Object),
        Request::Bind {
            namespace,
            name,
            node,
        } => update::bind(&mut cx, namespace, name, node).map(Response::Object),
        Request::Get {
            kind,
            namespace,
            name,
        } => {
            let found = cx
                .find(*kind, namespace, name)
                .ok_or_else(|| Status::not_found(*kind, name));
            found.map(Response::Object)
        }
        Request::List {
            kind,
            namespace,
            selector,
        } => {
            let all = cx.world.store.list(*kind).map(|(_, object)| object);
            let inside = |o: &&Arc<Object>| {
                !kind.is_namespaced() || namespace.as_ref().is_none_or(|n| *n == o.meta.namespace)
            };
            let matching = all
                .filter(inside)
                .filter(|o| selector.matches(&o.meta.labels));
            Ok(Response::List(*kind, matching.cloned().collect()))
        }
    }
}

/// The answer of a dry run has the version that is stored, if there is one.
fn unstored(world: &World, response: Response) -> Response {
    let Response::Object(object) = response else {
        return response;
    };
    let (kind, meta) = (object.kind(), &object.meta);
    let stored = world.store.find(kind, &meta.namespace, &meta.name);
    let version = stored.map_or(0, |stored| stored.meta.resource_version);
    let mut object = (*object).clone();
    object.meta.resource_version = version;
    Response::Object(Arc::new(object))
}

/// What every request for a kind warns of.
fn warn_of_request(world: &mut World, kind: Kind) {
    if kind == Kind::Endpoints && world.release().warns_of_endpoints() {
        world.warnings.push(warnings::ENDPOINTS.to_owned());
    }
}

fn writer(cx: &Cx<'_>, options: &Options, subresource: &str) -> Writer {
    Writer {
        name: options.manager.clone(),
        subresource: subresource.into(),
        now: cx.now(),
    }
}

/// Server-side apply: creates what is missing, merges into what is there. Models apiserver `handlers.applyPatcher`.
fn apply(
    cx: &mut Cx<'_>,
    object: &Value,
    namespace: &str,
    force: bool,
    options: &Options,
) -> Result<Arc<Object>, Status> {
    // The schema finds what does not fit, in words of its own.
    let none = (FieldValidation::Ignore, [].as_slice());
    let sent = match decode::decode(cx.world, object, namespace, none) {
        Err(status) if status.code == 404 => return Err(status),
        Err(_) => decode::named(object, namespace),
        Ok(sent) => sent,
    };
    let (kind, name) = (sent.kind, decode::name_of(&sent.value).to_owned());
    let writer = writer(cx, options, "");
    let stored = cx.find(kind, decode::namespace_of(&sent.value), &name);
    let Some(stored) = stored else {
        let (new, managers) =
            managed::apply(kind, &Value::default(), object, Vec::new(), &writer, force)?;
        return post(cx, &new, namespace, none, (&writer, Some(managers)));
    };
    let before = if cx.world.still && stored.meta.managed.is_none() {
        managed::before_first_apply(&stored)
    } else {
        managed::of(&stored)
    };
    let (new, managers) = managed::apply(kind, &stored.to_value(), object, before, &writer, force)?;
    update::write(cx, &stored, new, false, (&writer, Some(managers)))
}

/// Creates what a client sent: decode, default, validate, admit, store.
fn post(
    cx: &mut Cx<'_>,
    object: &Value,
    namespace: &str,
    checks: decode::Checks<'_>,
    (writer, managers): (&Writer, Option<Vec<Manager>>),
) -> Result<Arc<Object>, Status> {
    let (mut made, sent) = read(cx, object, namespace, checks)?;
    let managers = managers.unwrap_or_else(|| match sent.kind {
        Kind::Service => {
            let own = managed::without_allocated(object, &sent.value);
            managed::create(sent.kind, &own, writer)
        }
        kind => managed::create(kind, &sent.value, writer),
    });
    made.meta.managed = Some(Arc::new(managers));
    let versioned = value::at(object, &["metadata", "resourceVersion"])
        .and_then(Value::as_str)
        .is_some_and(|version| version.parse::<u64>().is_ok_and(|version| version != 0));
    if versioned {
        let why = "resourceVersion should not be set on objects to be created";
        return Err(Status::internal(why));
    }
    let (id, object) = create_object(cx, made)?;
    if sent.kind == Kind::Node {
        create::mark_node(cx, id);
    }
    Ok(object)
}

/// An object that a controller sends as JSON, as it is stored: with defaults, and validated.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn admitted(cx: &mut Cx<'_>, object: &Value) -> Result<Object, Status> {
    let checks = (FieldValidation::Ignore, [].as_slice());
    read(cx, object, "", checks).map(|(object, _)| object)
}

/// Decodes, defaults and validates what was sent.
fn read(
    cx: &mut Cx<'_>,
    object: &Value,
    namespace: &str,
    checks: decode::Checks<'_>,
) -> Result<(Object, decode::Sent), Status> {
    let mut sent = decode::decode(cx.world, object, namespace, checks)?;
    decode::tidy(sent.kind, &mut sent.value);
    create::before(cx.world, sent.kind, &mut sent.value)?;
    // A Job without labels shares those of its template, with what is added there, but not where its name is made up:
    // then it has been copied before.
    let labelled = value::at(object, &["metadata", "name"]).is_some()
        && value::at(&sent.value, &["metadata", "labels"]).is_none();
    defaults::fill(sent.kind, &mut sent.value, cx.world.release());
    match sent.kind {
        Kind::Pod => admission::admit_sent(cx.world, &sent.value)?,
        Kind::Service => {
            services::normalize_addresses(&mut sent.value, None);
            validation::allocated(&sent.value, None)?;
            services::check_allocated(cx.world, &sent.value, None)?;
        }
        _ => {}
    }
    if sent.kind == Kind::Pod {
        pod_level::fill(&mut sent.value);
    }
    if sent.kind == Kind::Job {
        let uid = new_uid(cx.world).to_string();
        let name = decode::name_of(&sent.value).to_owned();
        validation::job::generate_selector(&mut sent.value, &name, &uid);
        if labelled {
            let labels = value::at(&sent.value, &["spec", "template", "metadata", "labels"]);
            let labels = labels.cloned();
            value::overlay(&mut sent.value["metadata"], "labels", labels);
        }
        value::overlay(&mut sent.value["metadata"], "uid", Some(uid.into()));
    }
    validation::create(sent.kind, &sent.value, object, cx.world.release())?;
    if sent.kind == Kind::PriorityClass {
        admission::only_default(cx.world, &sent.value)?;
    }
    let found = warnings::of(sent.kind, &sent.value, None);
    cx.world.warnings.extend(found);
    let mut object = Object::from_value(sent.kind, &sent.value)?;
    let generation = value::at(&sent.value, &["metadata", "generation"]);
    object.meta.generation = generation.and_then(Value::as_u64).unwrap_or(0);
    if sent.kind == Kind::Job {
        let uid = value::at(&sent.value, &["metadata", "uid"]).and_then(Value::as_str);
        object.meta.uid = uid.and_then(Uid::parse).unwrap_or_default();
    }
    Ok((object, sent))
}
