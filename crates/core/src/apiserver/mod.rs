//! The API server: what enters is admitted, defaulted, validated and stored; what leaves is asked for here.
//!
//! * [`request`]: requests from outside, as data
//! * `decode`, `defaults`, `validation`: what is done to an object before it is stored
//! * `create`, `delete`, `update`, `strategic`: the verbs and the patches, for clients and for controllers alike
//! * [`bootstrap()`]: what exists before anybody asks
//! * `addresses`: what the server allocates

mod addresses;
mod bootstrap;
mod create;
mod decode;
mod defaults;
mod delete;
mod request;
mod strategic;
#[cfg(test)]
mod tests;
mod update;
mod validation;

use std::sync::Arc;

use ordinal_api::{Object, Status, Uid, Value};

pub(crate) use addresses::Addresses;
pub(crate) use bootstrap::{CONTROLLER_ATTACHES, add_node, bootstrap, register};
pub use bootstrap::{DEFAULT_CLASS, DRIVER, NO_PROVISIONER};
pub(crate) use create::{CLASS_ANNOTATION, create_object, default_class};
pub use delete::{DeleteOptions, Propagation};
pub(crate) use delete::{delete_object, is_finished};
pub use request::{Patch, PatchType, Request, Response};

use crate::rng::Stream;
use crate::{Component, Cx, World};

/// A new identity (version 4, like the server's).
pub(crate) fn new_uid(world: &mut World) -> Uid {
    let mut draw = || u128::from(world.random.next(Stream::Uid));
    let bits = draw() << 96 | draw() << 64 | draw() << 32 | draw();
    Uid(bits & !(0xf << 76) & !(0x3 << 62) | 4 << 76 | 0x2 << 62)
}

/// Five characters for a generated name, from the alphabet that avoids words. Models apiserver `names.SimpleNameGenerator`.
pub(crate) fn name_suffix(world: &mut World) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut letter = || char::from(ALPHABET[world.random.below(Stream::NameSuffix, 27) as usize]);
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
    let mut cx = Cx::new(world, Component::User, cause);
    match request {
        Request::Create {
            object,
            namespace,
            strict,
        } => post(&mut cx, object, namespace, *strict).map(Response::Object),
        Request::Update {
            object,
            namespace,
            strict,
        } => {
            let sent = decode::decode(object, namespace, *strict)?;
            update::replace(&mut cx, sent.kind, sent.value).map(Response::Object)
        }
        Request::Patch {
            kind,
            namespace,
            name,
            patch,
        } => update::patch(&mut cx, *kind, namespace, name, patch).map(Response::Object),
        Request::Delete {
            kind,
            namespace,
            name,
            options,
        } => {
            let id = cx.id(*kind, namespace, name);
            delete_object(&mut cx, id, *options).map(Response::Object)
        }
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

/// Creates what a client sent: decode, default, validate, admit, store.
fn post(
    cx: &mut Cx<'_>,
    object: &Value,
    namespace: &str,
    strict: bool,
) -> Result<Arc<Object>, Status> {
    let mut sent = decode::decode(object, namespace, strict)?;
    defaults::fill(sent.kind, &mut sent.value, cx.world.release());
    validation::create(sent.kind, &sent.value)?;
    let object = Object::from_value(sent.kind, &sent.value)?;
    create_object(cx, object).map(|(_, object)| object)
}
