//! The API server: what enters is admitted, defaulted, validated and stored; what leaves is asked for here.
//!
//! * [`request`]: requests from outside, as data
//! * [`create`], [`delete`]: the two verbs with rules of their own, for clients and for controllers alike
//! * [`bootstrap()`]: what exists before anybody asks
//! * `addresses`: what the server allocates

mod addresses;
mod bootstrap;
mod create;
mod delete;
mod request;

use ordinal_api::Uid;

pub(crate) use addresses::Addresses;
pub use bootstrap::{DEFAULT_CLASS, DRIVER, NO_PROVISIONER};
pub(crate) use bootstrap::{add_node, bootstrap};
pub(crate) use create::create_object;
pub use delete::{DeleteOptions, Propagation};
pub(crate) use delete::{delete_object, is_finished};
pub use request::{Patch, PatchType, Request, Response};

use crate::World;
use crate::rng::Stream;

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
) -> Result<Response, ordinal_api::Status> {
    let mut cx = crate::Cx::new(world, crate::Component::User, cause);
    match request {
        Request::Create {
            object, namespace, ..
        } => {
            let api_version = object
                .get("apiVersion")
                .and_then(ordinal_api::Value::as_str)
                .unwrap_or_default();
            let kind = object
                .get("kind")
                .and_then(ordinal_api::Value::as_str)
                .unwrap_or_default();
            let kind = ordinal_api::Kind::from_api(api_version, kind).ok_or_else(|| {
                ordinal_api::Status::bad_request(format!(
                    "no matches for kind \"{kind}\" in version \"{api_version}\""
                ))
            })?;
            let mut object = ordinal_api::Object::from_value(kind, object)?;
            if kind.is_namespaced() && object.meta.namespace.is_empty() {
                object.meta.namespace = namespace.clone();
            }
            create_object(&mut cx, object).map(|(_, object)| Response::Object(object))
        }
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
        } => cx
            .find(*kind, namespace, name)
            .map(Response::Object)
            .ok_or_else(|| ordinal_api::Status::not_found(*kind, name)),
        Request::List {
            kind,
            namespace,
            selector,
        } => {
            let all = cx.world.store.list(*kind).map(|(_, object)| object);
            let all = all.filter(|o| {
                namespace
                    .as_ref()
                    .is_none_or(|n| !kind.is_namespaced() || *n == o.meta.namespace)
            });
            Ok(Response::List(
                *kind,
                all.filter(|o| selector.matches(&o.meta.labels))
                    .cloned()
                    .collect(),
            ))
        }
        Request::Update { .. } | Request::Patch { .. } => {
            Err(ordinal_api::Status::bad_request("not yet served"))
        }
    }
}
