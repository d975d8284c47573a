//! Answers as bodies: objects that are gone, refusals, scales. Models apiserver `handlers/response.go`, 1.37.

use ordinal_api::read::Read;
use ordinal_api::status::Reason;
use ordinal_api::{Kind, Object, Selector, Status, Value, value};
use serde_json::{Map, json};

/// What `DELETE` answers: the object while it is still there, and of some kinds even when it is gone.
/// Models rest.Deleter and `ReturnDeletedObject`, which Services, Pods, claims and service accounts set.
pub fn deleted(object: &Object, remains: bool) -> Value {
    let returned = matches!(
        object.kind(),
        Kind::Pod
            | Kind::Service
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::ServiceAccount
            | Kind::StorageClass
            | Kind::VolumeAttachment
            | Kind::CSINode
            | Kind::CSIDriver
            | Kind::ResourceQuota
    );
    if remains || returned {
        return object.to_value();
    }
    success(Some(object))
}

pub(super) fn success(of: Option<&Object>) -> Value {
    let mut body =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    if let Some(object) = of {
        let names = object.kind().names();
        let mut details = json!({"name": object.meta.name, "kind": names.plural, "uid": object.meta.uid.to_string()});
        if !names.group.is_empty() {
            details["group"] = json!(names.group);
        }
        body["details"] = details;
    }
    body
}

/// A refusal as a body.
pub fn failure(status: &Status) -> Value {
    let mut body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": status.message});
    if status.reason != Reason::Unknown {
        body["reason"] = json!(status.reason.to_string());
    }
    let mut details = Map::new();
    let of = &status.details;
    for (key, text) in [
        ("name", &of.name),
        ("group", &of.group),
        ("kind", &of.kind),
        ("uid", &of.uid),
    ] {
        if !text.is_empty() {
            details.insert(key.to_owned(), json!(text));
        }
    }
    if !of.causes.is_empty() {
        let causes = of.causes.iter().map(|cause| {
            let mut one = json!({"reason": cause.reason, "message": cause.message});
            if !cause.field.is_empty() {
                one["field"] = json!(cause.field);
            }
            one
        });
        details.insert("causes".to_owned(), causes.collect());
    }
    if let Some(seconds) = of.retry_after_seconds {
        details.insert("retryAfterSeconds".to_owned(), json!(seconds));
    }
    if !details.is_empty() {
        body["details"] = Value::Object(details);
    }
    body["code"] = json!(status.code);
    body
}

/// The `Scale` of a workload as the API prints it.
pub fn scale(whole: &Value) -> Value {
    let mut metadata = Map::new();
    for key in [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
    ] {
        if let Some(found) = whole["metadata"].get(key) {
            metadata.insert(key.to_owned(), found.clone());
        }
    }
    let replicas = whole["spec"]["replicas"].as_u64().unwrap_or(0);
    let spec = if replicas == 0 {
        json!({})
    } else {
        json!({"replicas": replicas})
    };
    let selector = &whole["spec"]["selector"];
    let selector = if whole["kind"] == "ReplicationController" {
        Ok(Selector::of_labels(value::text_map(Some(selector))))
    } else {
        Selector::read(selector)
    };
    let status = json!({
        "replicas": whole["status"]["replicas"].as_u64().unwrap_or(0),
        "selector": selector.unwrap_or_default().to_string(),
    });
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}
