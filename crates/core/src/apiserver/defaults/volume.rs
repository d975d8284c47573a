//! Volumes, claims and drivers. Models pkg/apis/{core,storage}/v1/defaults.go, 1.37.

use ordinal_api::{Value, value};
use serde_json::json;

use super::pod::{field_refs, image_is_latest};
use super::{items, part, put};

/// What sources of volumes get where nothing, or nothing but an empty text, is said.
const SOURCES: &[(&str, &str, &str)] = &[
    ("azureDisk", "cachingMode", "ReadWrite"),
    ("azureDisk", "fsType", "ext4"),
    ("azureDisk", "kind", "Shared"),
    ("iscsi", "iscsiInterface", "default"),
    ("rbd", "keyring", "/etc/ceph/keyring"),
    ("rbd", "pool", "rbd"),
    ("rbd", "user", "admin"),
    ("scaleIO", "fsType", "xfs"),
    ("scaleIO", "storageMode", "ThinProvisioned"),
];

/// What Pods and persistent volumes have alike.
fn sources(volume: &mut Value) {
    for (source, key, default) in SOURCES {
        let source = volume.get_mut(*source).filter(|s| s.is_object());
        let unsaid = |source: &&mut Value| source.get(*key).is_none_or(|v| v.is_null() || v == "");
        if let Some(source) = source.filter(unsaid) {
            value::overlay(source, key, Some(Value::from(*default)));
        }
    }
    if let Some(azure) = volume.get_mut("azureDisk").filter(|s| s.is_object()) {
        put(azure, "readOnly", json!(false));
    }
}

pub(super) fn volume(volume: &mut Value) {
    for key in ["secret", "configMap", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(key).filter(|s| s.is_object()) {
            put(source, "defaultMode", json!(420));
        }
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|s| s.is_object()) {
        put(path, "type", json!(""));
    }
    if let Some(source) = volume.get_mut("downwardAPI") {
        field_refs(source);
    }
    if let Some(projected) = volume.get_mut("projected") {
        for source in items(projected, "sources") {
            if let Some(token) = source
                .get_mut("serviceAccountToken")
                .filter(|t| t.is_object())
            {
                put(token, "expirationSeconds", json!(3600));
            }
            if let Some(source) = source.get_mut("downwardAPI") {
                field_refs(source);
            }
        }
    }
    sources(volume);
    if let Some(claim) = volume
        .get_mut("ephemeral")
        .and_then(|e| e.get_mut("volumeClaimTemplate"))
    {
        claim_spec(part(claim, "spec"));
    }
    if let Some(image) = volume.get_mut("image").filter(|s| s.is_object()) {
        let latest = image_is_latest(image["reference"].as_str().unwrap_or_default());
        let policy = if latest { "Always" } else { "IfNotPresent" };
        put(image, "pullPolicy", json!(policy));
    }
    let sources = volume.as_object().map_or(0, |map| {
        map.iter()
            .filter(|(k, v)| *k != "name" && !v.is_null())
            .count()
    });
    let empty = volume.get("emptyDir").is_some_and(Value::is_null);
    if sources == 0 || empty {
        put(volume, "emptyDir", json!({}));
    }
}

pub(super) fn claim_spec(spec: &mut Value) {
    put(spec, "volumeMode", json!("Filesystem"));
    part(spec, "resources");
}

pub(super) fn persistent_volume(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
    put(spec, "volumeMode", json!("Filesystem"));
    if let Some(path) = spec.get_mut("hostPath").filter(|s| s.is_object()) {
        put(path, "type", json!(""));
    }
    sources(spec);
}

/// Models pkg/apis/storage/v1/defaults.go.
pub(super) fn csi_driver(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "attachRequired", json!(true));
    put(spec, "fsGroupPolicy", json!("ReadWriteOnceWithFSType"));
    put(spec, "volumeLifecycleModes", json!(["Persistent"]));
    for key in [
        "podInfoOnMount",
        "preventPodSchedulingIfMissing",
        "requiresRepublish",
        "seLinuxMount",
        "storageCapacity",
    ] {
        put(spec, key, json!(false));
    }
}
