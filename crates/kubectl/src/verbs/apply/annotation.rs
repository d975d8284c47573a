//! The annotation in which `apply` keeps what was applied.

use ordinal_api::{Kind, Value, value};
use serde_json::{Map, json};

use super::LAST_APPLIED;

/// Writes what is wanted into the annotation, as `--save-config` does.
pub(in crate::verbs) fn save_config(kind: Kind, object: &mut Value, namespace: &str) {
    let applied = last_applied(kind, object, namespace);
    annotate(object, &applied);
}

/// What `apply` writes into its annotation: the object as compact JSON, with its namespace, and a line break.
pub(super) fn last_applied(kind: Kind, object: &Value, namespace: &str) -> String {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
        let metadata = set(map, None);
        if kind.is_namespaced() {
            value::overlay(metadata, "namespace", Some(json!(namespace)));
        }
    }
    format!("{object}\n")
}

/// Writes it.
pub(super) fn annotate(object: &mut Value, applied: &str) {
    if let Some(map) = object.as_object_mut() {
        set(map, Some(json!(applied)));
    }
}

/// Sets the annotation of an object or takes it away, and returns its metadata. The map of annotations stays, be it empty.
fn set(object: &mut Map<String, Value>, applied: Option<Value>) -> &mut Value {
    let metadata = object
        .entry("metadata")
        .or_insert_with(|| Value::Object(Map::new()));
    let mut annotations = metadata
        .get("annotations")
        .cloned()
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({}));
    value::overlay(&mut annotations, LAST_APPLIED, applied);
    value::overlay(metadata, "annotations", Some(annotations));
    metadata
}
