//! `DELETE`: its options, from the body or else from the query, and what it answers.
//! Models apiserver `handlers/delete.go` and apimachinery `meta/v1/validation.ValidateDeleteOptions`, 1.37.

use ordinal_api::schema::{self, decode};
use ordinal_api::status::Cause;
use ordinal_api::{Status, Text, Uid, Value, value};
use serde_json::{Map, json};

use super::super::delete;
use super::super::request::{Options, Request, Response};
use super::super::{DeleteOptions, Propagation};
use super::options::{Query, dry_run_fault, invalid_options, number};
use super::target::Target;
use super::{Call, Cluster, answers, body, list};

const OPTIONS: &str = "DeleteOptions";

/// How a deletion is meant, with what the cluster does not need to know.
pub(super) struct Deletion {
    pub(super) options: DeleteOptions,
    pub(super) dry_run: bool,
    /// `orphanDependents: false`, whose answer has a code of its own.
    cascades: bool,
    /// Preconditions as they were said: what is no identity and no version holds for nothing.
    uid: Option<String>,
    version: Option<String>,
}

/// Deletes what a path names.
///
/// # Errors
/// What is wrong with the options; 404; 409 where a precondition does not hold.
pub(super) fn delete(
    cluster: &mut Cluster,
    target: &Target<'_>,
    call: &Call<'_>,
    query: Query<'_>,
) -> Result<(u16, Value), Status> {
    let given = given(call.body, query)?;
    let deletion = read(Some(&given))?;
    let with = |request: Request| Request::With {
        options: Options {
            dry_run: deletion.dry_run,
            ..Options::default()
        },
        request: Box::new(request),
    };
    let request = |namespace: &str, name: &str| {
        with(Request::Delete {
            kind: target.kind,
            namespace: namespace.into(),
            name: name.into(),
            options: deletion.options,
        })
    };
    if target.name.is_empty() {
        let objects = list::chosen(cluster, target, query)?.objects;
        for object in &objects {
            cluster.request(request(&object.meta.namespace, &object.meta.name))?;
        }
        return Ok((200, list::body(cluster, target.kind, &objects, None)));
    }
    let name = Text::new(target.name);
    if let Some(stored) = cluster
        .world()
        .store
        .find(target.kind, target.namespace, &name)
    {
        let odd = |text: &Option<String>, known: bool| text.clone().filter(|_| !known);
        if let Some(uid) = odd(&deletion.uid, deletion.options.uid.is_some()) {
            return Err(delete::other_identity(stored, &uid));
        }
        if let Some(version) = odd(
            &deletion.version,
            deletion.options.resource_version.is_some(),
        ) {
            return Err(delete::other_version(stored, &version));
        }
    }
    let answer = cluster.request(request(target.namespace, &name));
    let object = answer.and_then(Response::object)?;
    // What nothing holds goes without a mark.
    let remains = object.meta.is_deleting();
    let held = remains && !delete::is_finished(&object);
    let code = if held && deletion.cascades { 202 } else { 200 };
    Ok((code, answers::deleted(&object, remains)))
}

/// The options: a body that is there counts alone.
fn given(text: &str, query: Query<'_>) -> Result<Value, Status> {
    if !text.is_empty() {
        let given = body::json(text).map_err(Status::bad_request)?;
        let said = |key: &str| given.get(key).and_then(Value::as_str);
        if let Some(kind) = said("kind").filter(|kind| !matches!(*kind, "" | OPTIONS)) {
            let version = said("apiVersion").unwrap_or("meta.k8s.io/v1");
            return Err(Status::bad_request(format!(
                "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/apis/meta/internalversion/scheme/register.go:31\""
            )));
        }
        let type_ = schema::type_named("meta.v1", OPTIONS);
        let wrong = type_.and_then(|type_| decode::check(type_, &given).wrong.into_iter().next());
        return match wrong {
            Some(wrong) => Err(Status::bad_request(wrong.message)),
            None => Ok(given),
        };
    }
    let mut given = Map::new();
    if let Some(text) = query.get("gracePeriodSeconds") {
        given.insert("gracePeriodSeconds".to_owned(), json!(number(&text)?));
    }
    if let Some(text) = query.get("orphanDependents") {
        let no = matches!(text.to_ascii_lowercase().as_str(), "false" | "0");
        given.insert("orphanDependents".to_owned(), json!(!no));
    }
    if let Some(policy) = query.get("propagationPolicy") {
        given.insert("propagationPolicy".to_owned(), json!(policy));
    }
    let dry = query.all("dryRun");
    if !dry.is_empty() {
        given.insert("dryRun".to_owned(), json!(dry));
    }
    let mut conditions = Map::new();
    for key in ["uid", "resourceVersion"] {
        if let Some(text) = query.get(key) {
            conditions.insert(key.to_owned(), json!(text));
        }
    }
    if !conditions.is_empty() {
        given.insert("preconditions".to_owned(), Value::Object(conditions));
    }
    Ok(Value::Object(given))
}

/// Reads `DeleteOptions`.
///
/// # Errors
/// 422
pub(super) fn read(given: Option<&Value>) -> Result<Deletion, Status> {
    let none = Value::Null;
    let given = given.unwrap_or(&none);
    let policy = given.get("propagationPolicy").and_then(Value::as_str);
    let orphan = given.get("orphanDependents").and_then(Value::as_bool);
    let field = "propagationPolicy";
    let mut faults = Vec::new();
    if let Some(policy) = policy {
        let value = json!(policy).to_string();
        if orphan.is_some() {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            faults.push(Cause::invalid(field, &value, why));
        }
        let known = ["Foreground", "Background", "Orphan", "nil"];
        if !known[..3].contains(&policy) {
            faults.push(Cause::unsupported(field, &value, &known));
        }
    }
    let dry = value::array_of_text(given.get("dryRun"));
    let dry: Vec<String> = dry.iter().map(ToString::to_string).collect();
    faults.extend(dry_run_fault(&dry));
    if !faults.is_empty() {
        return Err(invalid_options(OPTIONS, faults));
    }
    let precondition = |key: &str| {
        let text = value::at(given, &["preconditions", key]).and_then(Value::as_str);
        text.map(str::to_owned)
    };
    let (uid, version) = (precondition("uid"), precondition("resourceVersion"));
    let grace = given.get("gracePeriodSeconds").and_then(Value::as_i64);
    Ok(Deletion {
        options: DeleteOptions {
            // A negative grace is one second.
            grace_secs: grace.map(|secs| u64::try_from(secs).unwrap_or(1)),
            uid: uid.as_deref().and_then(Uid::parse),
            resource_version: version.as_deref().and_then(|v| v.parse().ok()),
            propagation: match (policy, orphan) {
                (Some("Foreground"), _) => Some(Propagation::Foreground),
                (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
                (Some(_), _) | (None, Some(false)) => Some(Propagation::Background),
                (None, None) => None,
            },
        },
        dry_run: !dry.is_empty(),
        cascades: orphan == Some(false),
        uid,
        version,
    })
}
