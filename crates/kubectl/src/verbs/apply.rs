//! `kubectl apply -f FILE`: creates what is missing and merges what is there, three ways.
//!
//! Models kubectl `pkg/cmd/apply`, v0.37.

use ordinal_api::{Kind, Status, Value, schema, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::{Map, json};

use super::dry_run::{DryRun, How, suffix};
use super::{files, read};
use crate::args::{Args, switch, value as flag};
use crate::output::{typed_name, while_doing};
use crate::resource::{get, namespace_of};
use crate::{Output, Session};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let known = [
        flag("filename", Some('f')),
        switch("recursive", Some('R')),
        flag("validate", None),
        flag("dry-run", None),
        switch("server-side", None),
        switch("force-conflicts", None),
        flag("field-manager", None),
        switch("wait", None),
    ];
    let args = match Args::parse("apply", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    if args.has("force-conflicts") && !args.has("server-side") {
        return Output::error("--force-conflicts only works with --server-side");
    }
    if args.has("server-side") {
        return Output::error("server-side apply is not simulated");
    }
    if args.get("filename").is_none() {
        return Output::error("must specify one of -f and -k");
    }
    let how = match How::of(&args) {
        Ok(how) => how,
        Err(output) => return output,
    };
    let texts = match files(session, args.all("filename")) {
        Ok(texts) => texts,
        Err(output) => return output,
    };
    let (values, errors) = read(&texts, "apply");
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    for (file, object) in &values {
        output.append(match how.fits(object) {
            Some(refused) => refused,
            None => all(
                cluster,
                &namespace,
                std::iter::once((file.as_str(), object)),
                &how,
            ),
        });
    }
    output.append(errors);
    output
}

/// Applies objects one after the other, each with the name of the file that it came from.
pub fn objects<'a>(
    cluster: &mut Cluster,
    namespace: &str,
    objects: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Output {
    all(cluster, namespace, objects, &How::USUAL)
}

fn all<'a>(
    cluster: &mut Cluster,
    namespace: &str,
    objects: impl Iterator<Item = (&'a str, &'a Value)>,
    how: &How,
) -> Output {
    let mut output = Output::default();
    for (file, object) in objects {
        output.append(one(cluster, namespace, file, object, how));
        let most = cluster.world().config.limits.replicas;
        let wanted = value::at(object, &["spec", "replicas"]).and_then(Value::as_u64);
        if let Some(wanted) = wanted.filter(|wanted| *wanted > u64::from(most)) {
            output.warn(format!(
                "note: spec.replicas is {wanted}; {most} Pods of one set are simulated"
            ));
        }
    }
    output
}

fn one(cluster: &mut Cluster, namespace: &str, file: &str, object: &Value, how: &How) -> Output {
    let text = |path: &[&str]| {
        value::at(object, path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind_name, name) = (
        text(&["apiVersion"]),
        text(&["kind"]),
        text(&["metadata", "name"]),
    );
    let Some(kind) = Kind::from_api(api_version, kind_name) else {
        let namespace = text(&["metadata", "namespace"]);
        let mut output = Output::error(format!(
            "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{file}\": no matches for kind \"{kind_name}\" in version \"{api_version}\""
        ));
        output.warn("ensure CRDs are installed first");
        return output;
    };
    if name.is_empty() && !text(&["metadata", "generateName"]).is_empty() {
        let generate = text(&["metadata", "generateName"]);
        return Output::error(format!(
            "from {generate}: cannot use generate name with apply"
        ));
    }
    let namespace = match text(&["metadata", "namespace"]) {
        "" => namespace,
        given => given,
    };
    let mut sent = object.clone();
    let applied = last_applied(kind, object, namespace);
    annotate(&mut sent, &applied);
    match get(cluster, kind, namespace, name) {
        Err(status) if status.is_not_found() => {
            create(cluster, kind, (namespace, file, name), sent, how)
        }
        Err(status) => Output::refused(&status),
        Ok(stored) => {
            let before = stored.meta.resource_version;
            let last = stored
                .meta
                .annotation(LAST_APPLIED)
                .and_then(|text| serde_json::from_str(text).ok());
            let mut output = Output::default();
            if last.is_none() {
                let resource = kind.names().plural;
                output.warn(format!("Warning: resource {resource}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."));
            }
            let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
            let body = three_way(&sent, last.as_ref().unwrap_or(&Value::Null), type_);
            let patch = Patch {
                type_: PatchType::Strategic,
                body,
                subresource: "".into(),
            };
            let live = stored.to_value();
            let changes = differs(&sent, &live, type_) || last.is_none();
            if how.dry == DryRun::Client {
                let word = if changes { "configured" } else { "unchanged" };
                output.say(format!("{} {word} (dry run)", typed_name(kind, name)));
                return output;
            }
            let told = patch.body.to_string();
            let request = how.with(Request::Patch {
                kind,
                namespace: namespace_of(kind, namespace),
                name: name.into(),
                patch,
            });
            match cluster
                .request(request)
                .and_then(|response| response.object())
            {
                Ok(now) => {
                    let same = now.meta.resource_version == before && !changes;
                    let word = if same { "unchanged" } else { "configured" };
                    output.say(format!(
                        "{} {word}{}",
                        typed_name(kind, name),
                        suffix(how.dry)
                    ));
                }
                Err(status) => {
                    output.append(patch_refused(&status, kind, (namespace, file, name), &told))
                }
            }
            output
        }
    }
}

fn create(
    cluster: &mut Cluster,
    kind: Kind,
    (namespace, file, name): (&str, &str, &str),
    object: Value,
    how: &How,
) -> Output {
    let done = format!("{} created{}", typed_name(kind, name), suffix(how.dry));
    if how.dry == DryRun::Client {
        return Output::line(done);
    }
    let request = how.with(Request::Create {
        object,
        namespace: namespace_of(kind, namespace),
        strict: true,
    });
    match cluster.request(request) {
        Ok(_) => Output::line(done),
        Err(status) => refused(&status, file),
    }
}

/// A patch that was refused. Invalid objects keep their own form.
fn patch_refused(
    status: &Status,
    kind: Kind,
    (namespace, file, name): (&str, &str, &str),
    patch: &str,
) -> Output {
    if status.reason == ordinal_api::status::Reason::Invalid {
        return while_doing(status, "patching", file);
    }
    let names = kind.names();
    let (group, version) = (names.group, names.version);
    let message = format!(
        "error when applying patch:\n{patch}\nto:\nResource: \"{group}/{version}, Resource={}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\nName: \"{name}\", Namespace: \"{}\"\nfor: \"{file}\": error when patching \"{file}\": {}",
        names.plural,
        names.kind,
        namespace_of(kind, namespace),
        status.message
    );
    Output::refused(&Status {
        message,
        ..status.clone()
    })
}

/// A creation that was refused.
pub(super) fn refused(status: &Status, file: &str) -> Output {
    while_doing(status, "creating", file)
}

/// What `apply` writes into its annotation: the object as compact JSON, with its namespace, and a line break.
fn last_applied(kind: Kind, object: &Value, namespace: &str) -> String {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
        let metadata = map
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        let mut annotations = metadata
            .get("annotations")
            .cloned()
            .filter(Value::is_object)
            .unwrap_or_else(|| json!({}));
        value::overlay(&mut annotations, LAST_APPLIED, None);
        value::overlay(metadata, "annotations", Some(annotations));
        if kind.is_namespaced() {
            value::overlay(metadata, "namespace", Some(json!(namespace)));
        }
    }
    format!("{object}\n")
}

fn annotate(object: &mut Value, applied: &str) {
    if let Some(map) = object.as_object_mut() {
        let metadata = map
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        let mut annotations = metadata
            .get("annotations")
            .cloned()
            .filter(Value::is_object)
            .unwrap_or_else(|| json!({}));
        value::overlay(&mut annotations, LAST_APPLIED, Some(json!(applied)));
        value::overlay(metadata, "annotations", Some(annotations));
    }
}

/// Whether a part of what is wanted is not so in the stored object: only then does kubectl send anything.
fn differs(wanted: &Value, live: &Value, type_: Option<schema::TypeId>) -> bool {
    let (Some(map), Some(_)) = (wanted.as_object(), live.as_object()) else {
        return wanted != live;
    };
    map.iter().any(|(key, value)| {
        let field = type_.and_then(|t| schema::field(t, key));
        let inner = field.and_then(|f| f.ty.object());
        let there = live.get(key).unwrap_or(&Value::Null);
        let merge_key = field
            .and_then(|f| f.patch)
            .filter(|p| p.merge)
            .and_then(|p| p.key);
        match (value.as_array(), there.as_array(), merge_key) {
            (Some(items), Some(stored), Some(merge_key)) => items.iter().any(|item| {
                let same = stored
                    .iter()
                    .find(|s| s.get(merge_key) == item.get(merge_key));
                same.is_none_or(|same| differs(item, same, inner))
            }),
            _ if value.as_object().is_some_and(Map::is_empty) && there.is_null() => false,
            _ => differs(value, there, inner),
        }
    })
}

/// The patch that leads to `wanted`: everything in it, and a deletion for what only `last` had.
fn three_way(wanted: &Value, last: &Value, type_: Option<schema::TypeId>) -> Value {
    let (Some(new), Some(old)) = (wanted.as_object(), last.as_object()) else {
        return wanted.clone();
    };
    let mut patch = Map::new();
    for (key, value) in new {
        let field = type_.and_then(|t| schema::field(t, key));
        let inner = field.and_then(|f| f.ty.object());
        let merge_key = field.and_then(|f| f.patch).and_then(|p| p.key);
        let before = old.get(key).unwrap_or(&Value::Null);
        let change = match (value, before, merge_key) {
            (Value::Array(items), Value::Array(gone), Some(merge_key)) => {
                merged_list(items, gone, merge_key, inner)
            }
            _ => three_way(value, before, inner),
        };
        patch.insert(key.clone(), change);
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

fn merged_list(
    items: &[Value],
    before: &[Value],
    key: &str,
    type_: Option<schema::TypeId>,
) -> Value {
    let same = |a: &Value, b: &Value| a.get(key).is_some() && a.get(key) == b.get(key);
    let kept = items.iter().map(|item| {
        let old = before
            .iter()
            .find(|old| same(old, item))
            .unwrap_or(&Value::Null);
        three_way(item, old, type_)
    });
    let gone = before
        .iter()
        .filter(|old| !items.iter().any(|item| same(item, old)));
    let gone = gone.filter_map(|old| Some(json!({key: old.get(key)?, "$patch": "delete"})));
    kept.chain(gone).collect()
}
