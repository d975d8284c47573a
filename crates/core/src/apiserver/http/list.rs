//! Lists: what a query chooses, and page by page. Models apiserver `handlers/get.go` `ListResource`, 1.37.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Value, value};
use serde_json::json;

use super::super::request::{Request, Response};
use super::super::selectors::{self, Fields};
use super::Cluster;
use super::options::{Query, invalid_options, number};
use super::target::Target;

/// What a query chooses of a kind.
pub(super) struct Chosen {
    pub(super) objects: Vec<Arc<Object>>,
    /// Where the next page begins, and how many objects are left.
    pub(super) rest: Option<(String, usize)>,
}

/// Lists what a query chooses.
///
/// # Errors
/// 400 for what cannot be read; 410 for a page of a list that is not there any more.
pub(super) fn chosen(
    cluster: &mut Cluster,
    target: &Target<'_>,
    query: Query<'_>,
) -> Result<Chosen, Status> {
    let kind = target.kind;
    let mut limit = 0;
    for key in ["limit", "timeoutSeconds"] {
        let Some(text) = query.get(key).filter(|text| !text.is_empty()) else {
            continue;
        };
        let given = number(&text)?;
        if key == "limit" {
            limit = given;
        }
    }
    let labels = query.get("labelSelector").unwrap_or_default();
    let labels = selectors::labels(&labels).map_err(Status::bad_request)?;
    let fields = query.get("fieldSelector").unwrap_or_default();
    let fields = Fields::parse(&fields, kind.names().kind, kind.is_namespaced())
        .map_err(Status::bad_request)?;
    versions(cluster, query)?;
    let next = query.get("continue").unwrap_or_default();
    let request = Request::List {
        kind,
        namespace: (!target.namespace.is_empty()).then(|| target.namespace.into()),
        selector: labels,
    };
    let Response::List(_, mut objects) = cluster.request(request)? else {
        return Err(Status::not_served());
    };
    ordinal_api::sorted::sort_by(&mut objects, |a, b| {
        (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name))
    });
    let world = cluster.world();
    objects.retain(|object| fields.is_empty() || fields.matches(&world.printed(object)));
    if !next.is_empty() {
        // Where a page ended, its last object stands, or nothing any more.
        let Some(last) = objects.iter().position(|object| token(object) == next) else {
            let why = "invalid continue token: continue key is not valid: illegal base64 data at input byte 0";
            return Err(Status::bad_request(why));
        };
        objects.drain(..=last);
    }
    let most = usize::try_from(limit).unwrap_or(0);
    let mut rest = None;
    if most > 0 && objects.len() > most {
        let left = objects.len() - most;
        objects.truncate(most);
        rest = objects.last().map(|last| (token(last), left));
    }
    Ok(Chosen { objects, rest })
}

/// Checks what a query says of versions. Models `ValidateListOptions`.
///
/// # Errors
/// 400 for what is no version; 422 for what does not go together; 504 for what is not there yet.
fn versions(cluster: &Cluster, query: Query<'_>) -> Result<(), Status> {
    let version = query.get("resourceVersion").unwrap_or_default();
    let mut faults = Vec::new();
    let field = "resourceVersionMatch";
    if let Some(rule) = query.get(field).filter(|rule| !rule.is_empty()) {
        let mut forbid = |why: &str| faults.push(Cause::forbidden(field, why));
        if version.is_empty() {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if query.get("continue").is_some_and(|text| !text.is_empty()) {
            forbid("resourceVersionMatch is forbidden when continue is provided");
        }
        if !matches!(rule.as_str(), "Exact" | "NotOlderThan") {
            let shown = json!(rule).to_string();
            faults.push(Cause::unsupported(
                field,
                &shown,
                &["Exact", "NotOlderThan", ""],
            ));
        } else if rule == "Exact" && version == "0" {
            faults.push(Cause::forbidden(
                field,
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            ));
        }
    }
    if query.get("sendInitialEvents").is_some() {
        let why = "sendInitialEvents is forbidden for list";
        faults.push(Cause::forbidden("sendInitialEvents", why));
    }
    if !faults.is_empty() {
        return Err(invalid_options("ListOptions", faults));
    }
    if version.is_empty() {
        return Ok(());
    }
    let Ok(number) = version.parse::<u64>() else {
        return Err(no_version(&version));
    };
    let newest = cluster.world().resource_version();
    if number > newest {
        return Err(too_new(number, newest));
    }
    Ok(())
}

pub(super) fn no_version(text: &str) -> Status {
    Status::bad_request(format!(
        "invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
    ))
}

/// Models `storage.NewTooLargeResourceVersionError`.
pub(super) fn too_new(version: u64, newest: u64) -> Status {
    let mut status = Status {
        code: 504,
        reason: Reason::Timeout,
        ..Status::bad_request(format!(
            "Timeout: Too large resource version: {version}, current: {newest}"
        ))
    };
    status.details.retry_after_seconds = Some(1);
    status.details.causes.push(Cause {
        reason: "ResourceVersionTooLarge".into(),
        message: "Too large resource version".to_owned(),
        field: String::new(),
    });
    status
}

/// Where a page ends, as clients send it back: for them it means nothing.
fn token(last: &Object) -> String {
    let key = format!("{}/{}", last.meta.namespace, last.meta.name);
    ordinal_api::schema::base64(key.as_bytes())
}

/// A list as it is answered: its items do not say of what kind they are.
pub(super) fn body(
    cluster: &Cluster,
    kind: Kind,
    objects: &[Arc<Object>],
    rest: Option<(String, usize)>,
) -> Value {
    let world = cluster.world();
    let bare = |object: &Arc<Object>| {
        let mut item = world.printed(object);
        value::overlay(&mut item, "kind", None);
        value::overlay(&mut item, "apiVersion", None);
        item
    };
    let items: Vec<Value> = objects.iter().map(bare).into_list();
    let mut metadata = json!({"resourceVersion": world.resource_version().to_string()});
    if let Some((token, left)) = rest {
        metadata["continue"] = json!(token);
        metadata["remainingItemCount"] = json!(left);
    }
    json!({"kind": format!("{kind}List"), "apiVersion": kind.api_version(), "metadata": metadata, "items": items})
}
