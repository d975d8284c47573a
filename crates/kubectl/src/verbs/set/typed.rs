//! What Go's types print although nobody wrote it: structs that are never left out.

use ordinal_api::Value;

use super::change::containers;
use crate::resource::Item;

/// Kind, and what its objects have at least, as JSON.
#[rustfmt::skip]
const FILLED: &[(&str, &str)] = &[
    ("CronJob", r#"{"spec":{"jobTemplate":{"metadata":{},"spec":{"template":{"metadata":{}}}}},"status":{}}"#),
    ("DaemonSet", r#"{"spec":{"template":{"metadata":{}},"updateStrategy":{}},"status":{"currentNumberScheduled":0,"desiredNumberScheduled":0,"numberMisscheduled":0,"numberReady":0}}"#),
    ("Deployment", r#"{"spec":{"strategy":{},"template":{"metadata":{}}},"status":{}}"#),
    ("Job", r#"{"spec":{"template":{"metadata":{}}},"status":{}}"#),
    ("Pod", r#"{"status":{}}"#),
    ("ReplicaSet", r#"{"spec":{"template":{"metadata":{}}},"status":{"replicas":0}}"#),
    ("ReplicationController", r#"{"spec":{"template":{"metadata":{}}},"status":{"replicas":0}}"#),
    ("Service", r#"{"status":{"loadBalancer":{}}}"#),
    ("StatefulSet", r#"{"spec":{"template":{"metadata":{}},"updateStrategy":{}},"status":{"availableReplicas":0,"replicas":0}}"#),
];

/// Puts in what is not there.
pub(super) fn fill(item: &mut Item) {
    let found = FILLED.iter().find(|(kind, _)| *kind == item.resource.kind);
    if let Some(least) = found.and_then(|(_, least)| serde_json::from_str(least).ok()) {
        under(&mut item.value, &least);
    }
    let empty = Value::Object(serde_json::Map::new());
    for container in containers(item) {
        if container["resources"].is_null() {
            container["resources"] = empty.clone();
        }
    }
    for key in ["volumeClaimTemplates", "ports"] {
        let list = item.value["spec"]
            .get_mut(key)
            .and_then(Value::as_array_mut);
        for entry in list.into_iter().flatten() {
            let wanted = if key == "ports" {
                "targetPort"
            } else {
                "status"
            };
            if entry.get(wanted).is_none() {
                entry[wanted] = if key == "ports" {
                    0.into()
                } else {
                    empty.clone()
                };
            }
        }
    }
}

fn under(value: &mut Value, least: &Value) {
    let Some(map) = value.as_object_mut() else {
        return;
    };
    for (key, least) in least.as_object().into_iter().flatten() {
        under(
            map.entry(key.clone()).or_insert_with(|| least.clone()),
            least,
        );
    }
}
