//! Managers of what components wrote: nobody follows them, so they are made up from the object when somebody asks.

use ordinal_api::managed::Manager;
use ordinal_api::{Kind, Object, Text, Value, value};
use serde_json::json;

use super::fields::{self, Set};
use super::{Writer, create, nothing, sort, update};

/// The managers of a stored object. Nobody knows those of an object that no one outside wrote: its maker's are made up.
pub(in crate::apiserver) fn of(object: &Object) -> Vec<Manager> {
    if let Some(known) = &object.meta.managed {
        return known.to_vec();
    }
    let kind = object.kind();
    let name = match kind {
        Kind::Node => "kubelet",
        Kind::Namespace | Kind::Service | Kind::PriorityClass => "kube-apiserver",
        _ => "kube-controller-manager",
    };
    let writer = Writer {
        name: Text::new_static(name),
        now: object.meta.creation_timestamp,
        ..Writer::default()
    };
    let mut new = object.to_value();
    value::overlay(&mut new, "status", None);
    if let Some(spec) = new.get_mut("spec") {
        // Bound by others later on.
        value::overlay(spec, "nodeName", None);
        value::overlay(spec, "volumeName", None);
        if kind == Kind::Pod {
            without_admission(spec);
        }
    }
    update(kind, &nothing(kind), &new, Vec::new(), &writer)
}

/// What admission adds to a Pod belongs to nobody.
fn without_admission(spec: &mut Value) {
    for key in ["priority", "preemptionPolicy", "tolerations"] {
        value::overlay(spec, key, None);
    }
    if spec["serviceAccountName"] == "default" {
        value::overlay(spec, "serviceAccountName", None);
        value::overlay(spec, "serviceAccount", None);
    }
    let own = |item: &Value| {
        let name = item["name"].as_str().unwrap_or_default();
        !name.starts_with("kube-api-access-")
    };
    let keep = |holder: &mut Value, key: &str| {
        let items = holder.get(key).and_then(Value::as_array);
        let left: Option<Vec<Value>> =
            items.map(|items| items.iter().filter(|i| own(i)).cloned().collect());
        let left = left.filter(|left| !left.is_empty()).map(Value::Array);
        value::overlay(holder, key, left);
    };
    keep(spec, "volumes");
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            keep(container, "volumeMounts");
        }
    }
}

/// Of an object that nobody is known to manage, all fields belong to one manager. Models `skipNonAppliedManager`.
pub(in crate::apiserver) fn before_first_apply(object: &Object) -> Vec<Manager> {
    let writer = Writer {
        name: Text::new_static("before-first-apply"),
        now: object.meta.creation_timestamp,
        ..Writer::default()
    };
    create(object.kind(), &object.to_value(), &writer)
}

/// The managers as they are printed, with what components have written since. Models the managers of each component's client.
pub fn printed(object: &Object) -> Value {
    let kind = object.kind();
    let mut all = of(object);
    let (value, mut known) = (object.to_value(), Set::new());
    for manager in &all {
        fields::join(&mut known, &manager.fields);
    }
    let placed = object.as_pod().is_none_or(|pod| !pod.node_name.is_empty());
    let name = match kind {
        Kind::Pod if !placed => "kube-scheduler",
        Kind::Pod | Kind::Node => "kubelet",
        _ => "kube-controller-manager",
    };
    let writer = Writer {
        name: Text::new_static(name),
        subresource: Text::new_static("status"),
        now: object.meta.creation_timestamp,
    };
    let mut status = nothing(kind);
    status["status"] = match kind {
        // Nobody but the one who made them has written these.
        Kind::Namespace => json!({}),
        Kind::PersistentVolumeClaim | Kind::PersistentVolume
            if value["status"]["phase"] == "Pending" =>
        {
            json!({})
        }
        Kind::Service
            if value["status"]["loadBalancer"]
                .as_object()
                .is_none_or(|map| map.is_empty()) =>
        {
            json!({})
        }
        Kind::Pod if !placed => match value["status"].get("conditions") {
            Some(conditions) => json!({"conditions": conditions}),
            None => json!({}),
        },
        _ if says_nothing(&value["status"]) => json!({}),
        _ => value["status"].clone(),
    };
    let written = update(kind, &nothing(kind), &status, Vec::new(), &writer);
    all.extend(written.into_iter().filter_map(|mut manager| {
        manager.fields = fields::choose(&manager.fields, &known, false);
        (!manager.fields.is_empty()).then_some(manager)
    }));
    sort(&mut all);
    let version = kind.api_version();
    all.iter()
        .map(|manager| manager.to_value(&version))
        .collect()
}

/// Whether a status is as it was when its object was made.
fn says_nothing(status: &Value) -> bool {
    match status {
        Value::Object(map) => map.values().all(says_nothing),
        Value::Number(number) => number.as_i64() == Some(0),
        other => other.is_null(),
    }
}
