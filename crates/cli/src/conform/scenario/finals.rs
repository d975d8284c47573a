//! Compares the objects that are left at the end, without what differs by time.

use std::collections::BTreeSet;
use std::sync::Arc;

use ordinal_api::{Kind, Object, Value, value};
use ordinal_core::World;
use serde_json::{Map, json};

use super::names::Names;
use crate::conform::tokens::{Bindings, has_tokens};

/// The kinds that recordings keep.
const KINDS: [Kind; 12] = [
    Kind::Node,
    Kind::Pod,
    Kind::StatefulSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::ControllerRevision,
    Kind::PersistentVolume,
    Kind::PersistentVolumeClaim,
    Kind::VolumeAttachment,
    Kind::EndpointSlice,
    Kind::PodDisruptionBudget,
];

/// All differences, in words.
pub(super) fn differences(recording: &Value, world: &World, names: &Names) -> Vec<String> {
    let mut found = Vec::new();
    let Some(finals) = recording["final"].as_object() else {
        return found;
    };
    let left: Vec<(String, Value)> = KINDS
        .iter()
        .flat_map(|kind| world.store.list(*kind))
        .filter(|(_, o)| !is_own(o))
        .map(|(_, o)| (key(o), normal(world, o)))
        .collect();
    let mut taken = BTreeSet::new();
    let mut entries: Vec<(&String, &Value)> = finals.iter().collect();
    entries.sort_by_key(|(key, _)| has_tokens(&names.filled(key)));
    for (recorded_key, recorded) in entries {
        let wanted = names.filled(recorded_key.trim_end_matches('+'));
        let wanted = without_life(&wanted);
        let recorded = filled(recorded, names);
        let candidates = left.iter().enumerate().filter(|(place, (key, _))| {
            !taken.contains(place) && (*key == wanted || Bindings::default().matches(wanted, key))
        });
        let mut first = None;
        let mut same = None;
        for (place, (_, given)) in candidates {
            match Bindings::default().same_value(&recorded, given) {
                Ok(()) => {
                    same = Some(place);
                    break;
                }
                Err(why) => first = first.or(Some((place, why))),
            }
        }
        match (same, first) {
            (Some(place), _) => {
                taken.insert(place);
            }
            (None, Some((place, why))) => {
                taken.insert(place);
                found.push(format!("at the end: {recorded_key}: {why}"));
            }
            (None, None) => found.push(format!("at the end: {recorded_key} is not there")),
        }
    }
    for (place, (key, _)) in left.iter().enumerate() {
        // Nodes are recorded only where they are the point.
        let is_asked =
            !key.starts_with("node/") || finals.keys().any(|key| key.starts_with("node/"));
        if !taken.contains(&place) && is_asked && !is_by_chance(recording, key, names) {
            found.push(format!("at the end: {key} is there, not recorded"));
        }
    }
    found
}

/// Whether only some runs made this object anew: under the name of which life it is left then differs from run to run,
/// and a recording keeps what all runs have.
fn is_by_chance(recording: &Value, key: &str, names: &Names) -> bool {
    let milestones = recording["sometimes"].as_array().into_iter().flatten();
    let made = milestones.filter_map(|m| m["what"].as_str()?.strip_suffix(" created"));
    made.map(|made| names.filled(made))
        .any(|made| without_life(&made) == key)
}

/// What every cluster has.
fn is_own(object: &Object) -> bool {
    let slice_of = |name| object.meta.label("kubernetes.io/service-name") == Some(name);
    object.kind() == Kind::EndpointSlice && (slice_of("kubernetes") || slice_of("kube-dns"))
        || object.meta.namespace.starts_with("kube-")
}

fn without_life(key: &str) -> &str {
    match key.rsplit_once('#') {
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => key,
    }
}

fn filled(recorded: &Value, names: &Names) -> Value {
    match recorded {
        Value::String(text) => Value::String(names.filled(text)),
        Value::Array(list) => list.iter().map(|v| filled(v, names)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (names.filled(k), filled(v, names)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn key(object: &Object) -> String {
    match object.as_volume_attachment() {
        Some(attachment) => format!(
            "volumeattachment/{}@{}",
            attachment.volume, attachment.node_name
        ),
        None => object.key().to_string(),
    }
}

/// An object as recordings keep it.
fn normal(world: &World, object: &Arc<Object>) -> Value {
    let _ = world;
    let whole = object.to_value();
    let at = |path: &[&str]| value::at(&whole, path).cloned().unwrap_or(Value::Null);
    let mut normal = Map::new();
    let mut put = |name: &str, value: Value| {
        normal.insert(name.to_owned(), value);
    };
    let kind = object.kind();
    let labels = at(&["metadata", "labels"]);
    let owners: Vec<Value> = object.meta.owner_references.iter().map(|owner| {
        json!({"kind": owner.kind_text, "name": owner.name, "controller": owner.controller, "blockOwnerDeletion": owner.block_owner_deletion})
    }).collect();
    let labelled = !matches!(
        kind,
        Kind::Node
            | Kind::ControllerRevision
            | Kind::EndpointSlice
            | Kind::Deployment
            | Kind::StatefulSet
    );
    if labelled && labels.as_object().is_some_and(|l| !l.is_empty()) {
        put("labels", labels);
    }
    if !owners.is_empty() && kind != Kind::EndpointSlice {
        put("ownerReferences", owners.into());
    }
    let mut finalizers: Vec<String> = object
        .meta
        .finalizers
        .iter()
        .map(ToString::to_string)
        .collect();
    finalizers.sort();
    if !finalizers.is_empty() {
        put("finalizers", json!(finalizers));
    }
    if object.meta.is_deleting() {
        put("deleting", json!(true));
    }
    match kind {
        Kind::Node => {
            let taints = at(&["spec", "taints"])
                .as_array()
                .cloned()
                .unwrap_or_default();
            let taint = |taint: &Value| {
                let mut taint = taint.clone();
                if let Some(taint) = taint.as_object_mut() {
                    taint.remove("timeAdded");
                }
                taint
            };
            put("taints", taints.iter().map(taint).collect());
            put(
                "unschedulable",
                json!(at(&["spec", "unschedulable"]) == true),
            );
            let conditions = at(&["status", "conditions"]);
            let ready = conditions
                .as_array()
                .into_iter()
                .flatten()
                .find(|c| c["type"] == "Ready")
                .map(|c| c["status"].clone());
            put("ready", ready.unwrap_or(Value::Null));
        }
        Kind::Pod => {
            put(
                "node",
                json!(at(&["spec", "nodeName"]).as_str().unwrap_or_default()),
            );
            for name in ["hostname", "subdomain"] {
                let text = at(&["spec", name]);
                if text.as_str().is_some_and(|t| !t.is_empty()) {
                    put(name, text);
                }
            }
            let volumes = at(&["spec", "volumes"]);
            let claims = volumes
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|v| v["persistentVolumeClaim"].get("claimName"));
            put("claims", claims.cloned().collect());
            let containers = at(&["spec", "containers"]);
            put(
                "images",
                containers
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|c| c["image"].clone())
                    .collect(),
            );
            put("phase", at(&["status", "phase"]));
            let statuses = at(&["status", "containerStatuses"]);
            put(
                "restarts",
                statuses
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|s| s["restartCount"].clone())
                    .collect(),
            );
            put(
                "conditions",
                conditions(
                    &at(&["status", "conditions"]),
                    &["type", "status", "reason", "message"],
                ),
            );
        }
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController => {
            put("replicas", at(&["spec", "replicas"]));
            let bare = matches!(kind, Kind::ReplicaSet | Kind::ReplicationController);
            if !bare {
                put("generation", at(&["metadata", "generation"]));
            }
            let mut annotations = at(&["metadata", "annotations"])
                .as_object()
                .cloned()
                .unwrap_or_default();
            annotations.retain(|key, _| key.starts_with("deployment.kubernetes.io/"));
            if !annotations.is_empty() {
                put("annotations", annotations.into());
            }
            let mut status = at(&["status"]).as_object().cloned().unwrap_or_default();
            if bare {
                status.remove("observedGeneration");
            }
            if let Some(list) = status.get("conditions").cloned() {
                status.insert(
                    "conditions".into(),
                    conditions(&list, &["type", "status", "reason", "message"]),
                );
            }
            put("status", status.into());
        }
        Kind::ControllerRevision => put("revision", at(&["revision"])),
        Kind::PersistentVolume => {
            put("phase", at(&["status", "phase"]));
            let claim = at(&["spec", "claimRef"]);
            let part = |name: &str| claim[name].as_str().unwrap_or_default();
            put(
                "claim",
                json!(format!("{}/{}", part("namespace"), part("name"))),
            );
            put(
                "reclaimPolicy",
                at(&["spec", "persistentVolumeReclaimPolicy"]),
            );
            put("storageClassName", at(&["spec", "storageClassName"]));
        }
        Kind::PersistentVolumeClaim => {
            put("phase", at(&["status", "phase"]));
            put("volumeName", at(&["spec", "volumeName"]));
            put("storageClassName", at(&["spec", "storageClassName"]));
        }
        Kind::VolumeAttachment => {
            put("node", at(&["spec", "nodeName"]));
            put("pv", at(&["spec", "source", "persistentVolumeName"]));
            put("attached", json!(at(&["status", "attached"]) == true));
        }
        Kind::EndpointSlice => {
            put("addressType", at(&["addressType"]));
            put(
                "ports",
                at(&["ports"])
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
                    .into(),
            );
            let mut endpoints: Vec<Value> = at(&["endpoints"]).as_array().into_iter().flatten().map(|e| {
                json!({"pod": e["targetRef"]["name"], "addresses": e["addresses"], "hostname": e["hostname"], "conditions": e["conditions"]})
            }).collect();
            endpoints.sort_by_key(|e| e["pod"].to_string());
            put("endpoints", endpoints.into());
        }
        Kind::PodDisruptionBudget => {
            let mut status = at(&["status"]).as_object().cloned().unwrap_or_default();
            let pods: Vec<String> = status
                .get("disruptedPods")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(k, _)| k.clone())
                .collect();
            status.insert("disruptedPods".into(), json!(pods));
            if let Some(list) = status.get("conditions").cloned() {
                status.insert(
                    "conditions".into(),
                    conditions(&list, &["type", "status", "reason"]),
                );
            }
            put("status", status.into());
        }
        _ => {}
    }
    normal.into()
}

fn conditions(list: &Value, fields: &[&str]) -> Value {
    let mut all: Vec<Value> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|condition| {
            let kept = fields.iter().filter_map(|f| {
                Some((
                    (*f).to_owned(),
                    condition.get(*f).filter(|v| *v != "")?.clone(),
                ))
            });
            kept.collect::<Map<_, _>>().into()
        })
        .collect();
    all.sort_by_key(|c| c["type"].to_string());
    all.into()
}
