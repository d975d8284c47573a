//! Paths and the methods that are served there. Models the routes of 1.37 for the kinds that are modelled.

use ordinal_api::list::IntoList;
use ordinal_api::status::Reason;
use ordinal_api::{EVENTS, Kind, Status};

use super::super::parts;
use super::super::patch::scales;

/// A path, taken apart.
pub(super) struct Target<'a> {
    pub(super) kind: Kind,
    pub(super) group: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) subresource: &'a str,
}

/// Takes a path apart; nothing if nothing is served there.
pub(super) fn target(path: &str) -> Option<Target<'_>> {
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
    if let ([plural @ "bindings"], "", false) = (rest, group, namespace.is_empty()) {
        // Bindings by themselves, which name their Pod.
        return Some(Target {
            kind: Kind::Pod,
            group,
            namespace,
            name: "",
            subresource: &plural[..plural.len() - 1],
        });
    }
    let kind = Kind::ALL.iter().copied().find(|&kind| {
        let names = kind.names();
        let served = names.group == group || kind == Kind::Event && group == EVENTS;
        served && names.version == version && names.plural == plural
    })?;
    let known = match subresource {
        "" => true,
        "status" => has_status(kind),
        "scale" => scales(kind),
        "eviction" | "binding" => kind == Kind::Pod,
        "token" => kind == Kind::ServiceAccount,
        part => parts::named(kind, part).is_some(),
    };
    // One object is told by its namespace, too.
    let placed = name.is_empty() || !namespace.is_empty();
    let fits = if kind.is_namespaced() {
        placed
    } else {
        namespace.is_empty()
    };
    (known && fits).then_some(Target {
        kind,
        group,
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

pub(super) fn method_not_allowed() -> Status {
    Status {
        code: 405,
        reason: Reason::MethodNotAllowed,
        ..Status::bad_request("the server does not allow this method on the requested resource")
    }
}

/// Whether a method is served there.
///
/// # Errors
/// 405
pub(super) fn allowed(target: &Target<'_>, method: &str) -> Result<(), Status> {
    let fits = match (target.subresource, target.name.is_empty()) {
        // All namespaces together can only be listed, and Namespaces go one by one.
        ("", true) if target.kind.is_namespaced() && target.namespace.is_empty() => method == "GET",
        ("", true) if target.kind == Kind::Namespace => matches!(method, "GET" | "POST"),
        ("", true) => matches!(method, "GET" | "POST" | "DELETE"),
        ("", false) => method != "POST",
        ("eviction" | "binding" | "token", _) => method == "POST",
        ("finalize", _) => method == "PUT",
        _ => matches!(method, "GET" | "PUT" | "PATCH"),
    };
    if fits {
        Ok(())
    } else {
        Err(method_not_allowed())
    }
}
