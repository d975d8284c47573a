//! Pods and their containers. Models pkg/apis/core/v1/defaults.go, 1.37.

use ordinal_api::Value;
use serde_json::json;

use super::volume::volume;
use super::{items, part, put};

pub(super) fn pod_spec(spec: &mut Value) {
    put(spec, "restartPolicy", json!("Always"));
    put(spec, "dnsPolicy", json!("ClusterFirst"));
    put(spec, "terminationGracePeriodSeconds", json!(30));
    put(spec, "schedulerName", json!("default-scheduler"));
    put(spec, "securityContext", json!({}));
    let account = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|key| spec.get(*key).filter(|v| v.is_string()));
    if let Some(account) = account.cloned() {
        put(spec, "serviceAccountName", account.clone());
        put(spec, "serviceAccount", account);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        items(spec, list).for_each(container);
    }
    items(spec, "volumes").for_each(volume);
    for constraint in items(spec, "topologySpreadConstraints") {
        put(constraint, "whenUnsatisfiable", json!("DoNotSchedule"));
    }
}

fn container(container: &mut Value) {
    let image = container
        .get("image")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let policy = if image_is_latest(image) {
        "Always"
    } else {
        "IfNotPresent"
    };
    put(container, "imagePullPolicy", json!(policy));
    put(
        container,
        "terminationMessagePath",
        json!("/dev/termination-log"),
    );
    put(container, "terminationMessagePolicy", json!("File"));
    part(container, "resources");
    for port in items(container, "ports") {
        put(port, "protocol", json!("TCP"));
    }
    for key in ["readinessProbe", "livenessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(key).filter(|p| p.is_object()) else {
            continue;
        };
        for (key, default) in [
            ("timeoutSeconds", 1),
            ("periodSeconds", 10),
            ("successThreshold", 1),
            ("failureThreshold", 3),
        ] {
            put(probe, key, json!(default));
        }
        if let Some(grpc) = probe.get_mut("grpc").filter(|g| g.is_object()) {
            put(grpc, "service", json!(""));
        }
        http_get(probe);
    }
    if let Some(lifecycle) = container.get_mut("lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(hook) = lifecycle.get_mut(hook) {
                http_get(hook);
            }
        }
    }
    for env in items(container, "env") {
        if let Some(field) = env
            .get_mut("valueFrom")
            .and_then(|v| v.get_mut("fieldRef"))
            .filter(|f| f.is_object())
        {
            put(field, "apiVersion", json!("v1"));
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet").filter(|p| p.is_object()) {
        put(get, "path", json!("/"));
        put(get, "scheme", json!("HTTP"));
    }
}

pub(super) fn field_refs(source: &mut Value) {
    for item in items(source, "items") {
        if let Some(field) = item.get_mut("fieldRef").filter(|f| f.is_object()) {
            put(field, "apiVersion", json!("v1"));
        }
    }
}

/// A Pod (not a template) asks for what it is limited to, where it does not say.
pub(super) fn requests(container: &mut Value) {
    let resources = part(container, "resources");
    if let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() {
        let requests = part(resources, "requests");
        for (name, limit) in limits {
            put(requests, &name, limit);
        }
    }
}

/// Whether an image has the tag `latest` or none.
pub(super) fn image_is_latest(image: &str) -> bool {
    let (place, name) = image.rsplit_once('/').unwrap_or(("", image));
    let (name, tag) = name.split_once(':').unwrap_or((name, "latest"));
    // What is no reference at all has no tag. Models github.com/distribution/reference, as far as letters go.
    let of = |text: &str, more: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
        text.chars().all(fits)
    };
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let named = of(name, "._-")
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && place
            .split('/')
            .skip(1)
            .all(|part| of(part, "._-") && !part.is_empty())
        && !image.starts_with('/')
        && image.len() <= 255 + tag.len();
    named && tag == "latest"
}
