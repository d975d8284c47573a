//! Metadata. Models apimachinery `api/validation/objectmeta.go`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Value};
use serde_json::json;

use super::{Faults, IMMUTABLE, at, entries, given, list, names, text};

const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// Metadata of a new object.
pub(super) fn create(kind: Kind, object: &Value, faults: &mut Faults) {
    let metadata = at(object, &["metadata"]);
    let generate = text(metadata, "generateName");
    let check: fn(&str) -> Vec<String> = match kind {
        Kind::StatefulSet | Kind::Namespace | Kind::Service => names::dns_label,
        _ => names::dns_subdomain,
    };
    if !generate.is_empty() {
        // A prefix may end in a dash; what follows it makes it whole.
        let prefix = format!("{}a", generate.trim_end_matches('-'));
        let prefix = if generate.ends_with('-') {
            prefix
        } else {
            generate.to_owned()
        };
        faults.all("metadata.generateName", &json!(generate), check(&prefix));
    }
    match text(metadata, "name") {
        "" if generate.is_empty() => {
            faults.required("metadata.name", "name or generateName is required")
        }
        "" => {}
        name => faults.all("metadata.name", &json!(name), check(name)),
    }
    common(metadata, faults);
}

/// Metadata of a changed object.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let (metadata, old) = (at(object, &["metadata"]), at(old, &["metadata"]));
    let changed = |key: &str| {
        let sent = text(metadata, key);
        !sent.is_empty() && sent != text(old, key)
    };
    for key in ["name", "namespace", "uid", "creationTimestamp"] {
        if changed(key) {
            faults.invalid(format!("metadata.{key}"), at(metadata, &[key]), IMMUTABLE);
        }
    }
    if given(old, "deletionTimestamp").is_some() {
        let has = |finalizer: &&Value| list(old, "finalizers").contains(finalizer);
        let added: Vec<String> = list(metadata, "finalizers")
            .iter()
            .filter(|f| !has(f))
            .map(Value::to_string)
            .into_list();
        if !added.is_empty() {
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            faults.forbidden("metadata.finalizers", &detail);
        }
    }
    common(metadata, faults);
}

fn common(metadata: &Value, faults: &mut Faults) {
    names::labels(at(metadata, &["labels"]), "metadata.labels", faults);
    annotations(metadata, "metadata.annotations", faults);
    owners(metadata, faults);
    for (index, finalizer) in list(metadata, "finalizers").iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        let path = format!("metadata.finalizers[{index}]");
        let details = names::qualified(name);
        let wrong = !details.is_empty();
        faults.all(&path, finalizer, details);
        let standard = ["orphan", "foregroundDeletion", "kubernetes"];
        if !wrong && !name.contains('/') && !standard.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            faults.invalid(path, finalizer, detail);
        }
    }
}

/// Annotations, under the path of the whole map.
pub(super) fn annotations(metadata: &Value, path: &str, faults: &mut Faults) {
    let mut size = 0;
    for (key, value) in entries(metadata, "annotations") {
        size += key.len() + value.as_str().map_or(0, str::len);
        faults.all(path, &json!(key), names::qualified(&key.to_lowercase()));
    }
    if size > ANNOTATIONS_BYTES {
        faults.too_long(path, ANNOTATIONS_BYTES);
    }
}

fn owners(metadata: &Value, faults: &mut Faults) {
    let mut controller: Option<&Value> = None;
    for (index, owner) in list(metadata, "ownerReferences").iter().enumerate() {
        let path = "metadata.ownerReferences";
        if !text(owner, "apiVersion").contains(['/', 'v']) {
            let detail = "version must not be empty";
            faults.invalid(
                format!("{path}[{index}].apiVersion"),
                at(owner, &["apiVersion"]),
                detail,
            );
        }
        for key in ["kind", "name", "uid"] {
            if text(owner, key).is_empty() {
                faults.invalid(
                    format!("{path}[{index}].{key}"),
                    &json!(""),
                    &format!("{key} must not be empty"),
                );
            }
        }
        if owner.get("controller").is_some_and(|c| *c == true) {
            if let Some(first) = controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {}/{} and {}/{}",
                    text(first, "kind"),
                    text(first, "name"),
                    text(owner, "kind"),
                    text(owner, "name")
                );
                faults.invalid(path, at(metadata, &["ownerReferences"]), &detail);
            }
            controller = Some(owner);
        }
    }
}
