//! Claims, volumes and classes. Models pkg/apis/{core,storage}/validation, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use ordinal_api::value::overlay;
use serde_json::{Value, json};

use super::{Faults, affinity, at, diff, given, go, list, names, quantity, sources, text, volumes};

const MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
/// Sources of a volume, in the order in which the server looks at them.
const SOURCES: [&str; 22] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn access_modes(spec: &Value, path: &str, faults: &mut Faults) {
    let modes = list(spec, "accessModes");
    let field = format!("{path}.accessModes");
    for mode in modes {
        faults.one_of(&field, Some(mode), &MODES);
    }
    let known = |mode: &&Value| MODES.iter().any(|known| mode == known);
    let alone = |mode: &Value| mode == "ReadWriteOncePod";
    let mut others = modes.iter().filter(known).filter(|mode| !alone(mode));
    if others.next().is_some() && modes.iter().any(alone) {
        let detail = "may not use ReadWriteOncePod with other access modes";
        faults.forbidden(field, detail);
    }
}

/// Validates the specification of a claim.
pub(super) fn claim_spec(spec: &Value, path: &str, faults: &mut Faults) {
    if list(spec, "accessModes").is_empty() {
        let detail = "at least 1 access mode is required";
        faults.required(format!("{path}.accessModes"), detail);
    }
    if let Some(selector) = spec.get("selector").filter(|s| s.is_object()) {
        names::selector(selector, &format!("{path}.selector"), faults);
    }
    access_modes(spec, path, faults);
    let field = format!("{path}.resources[storage]");
    match at(spec, &["resources", "requests", "storage"]) {
        Value::Null => faults.required(field, ""),
        request => {
            if let Some(asked) = quantity(request).filter(|q| q.milli() <= 0) {
                let shown = json!(asked.canonical());
                faults.invalid(field, &shown, "must be greater than zero");
            }
        }
    }
    class_name(spec, "storageClassName", path, faults);
    faults.one_of(
        format!("{path}.volumeMode"),
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
    claim_source(spec, path, faults);
    class_name(spec, "volumeAttributesClassName", path, faults);
}

/// The name of a class, if there is one.
fn class_name(spec: &Value, key: &str, path: &str, faults: &mut Faults) {
    let class = text(spec, key);
    if !class.is_empty() {
        let details = names::dns_subdomain(class);
        faults.all(&format!("{path}.{key}"), &json!(class), details);
    }
}

/// What a claim is filled from.
fn claim_source(spec: &Value, path: &str, faults: &mut Faults) {
    for key in ["dataSource", "dataSourceRef"] {
        let Some(source) = given(spec, key) else {
            continue;
        };
        let path = format!("{path}.{key}");
        volumes::need(source, &path, &["name", "kind"], faults);
        let (group, kind) = (text(source, "apiGroup"), text(source, "kind"));
        if group.is_empty() && kind != "PersistentVolumeClaim" {
            let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
            faults.invalid(&path, &json!(kind), detail);
        }
        if !group.is_empty() {
            faults.all(
                &format!("{path}.apiGroup"),
                &json!(group),
                names::dns_subdomain(group),
            );
        }
        let namespace = text(source, "namespace");
        if key == "dataSourceRef" && !namespace.is_empty() {
            faults.all(
                &format!("{path}.namespace"),
                &json!(namespace),
                names::dns_label(namespace),
            );
        }
    }
    let (one, other) = (given(spec, "dataSource"), given(spec, "dataSourceRef"));
    if let (Some(one), Some(other)) = (one, other) {
        let same = ["apiGroup", "kind", "name"]
            .iter()
            .all(|key| one.get(*key) == other.get(*key));
        let detail = if !text(other, "namespace").is_empty() {
            "may not be specified when dataSourceRef.namespace is specified"
        } else if !same {
            "must match dataSourceRef"
        } else {
            return;
        };
        // The server prints the path of the field as a struct without public fields.
        faults.invalid(path, &json!({}), detail);
    }
}

/// Validates a volume.
pub(super) fn volume(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    if list(spec, "accessModes").is_empty() {
        faults.required("spec.accessModes", "");
    }
    access_modes(spec, "spec", faults);
    size(at(spec, &["capacity"]), faults);
    let policies = ["Delete", "Recycle", "Retain"];
    faults.one_of(
        "spec.persistentVolumeReclaimPolicy",
        spec.get("persistentVolumeReclaimPolicy"),
        &policies,
    );
    if let Some(nodes) = given(spec, "nodeAffinity") {
        match given(nodes, "required") {
            Some(selector) => {
                affinity::node_selector(selector, "spec.nodeAffinity.required", faults)
            }
            None => {
                let detail = "must specify required node constraints";
                faults.required("spec.nodeAffinity.required", detail);
            }
        }
    }
    source(spec, text(at(object, &["metadata"]), "name"), faults);
    let host = text(at(spec, &["hostPath"]), "path");
    if host.starts_with('/')
        && host.trim_matches(['/', '.']).is_empty()
        && text(spec, "persistentVolumeReclaimPolicy") == "Recycle"
    {
        let detail = "may not be 'recycle' for a hostPath mount of '/'";
        faults.forbidden("spec.persistentVolumeReclaimPolicy", detail);
    }
    class_name(spec, "storageClassName", "spec", faults);
    faults.one_of(
        "spec.volumeMode",
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
    if let Some(class) = given(spec, "volumeAttributesClassName") {
        if class == "" {
            faults.required(
                "spec.volumeAttributesClassName",
                "an empty string is disallowed",
            );
        }
        class_name(spec, "volumeAttributesClassName", "spec", faults);
        if given(spec, "csi").is_none() {
            let detail = "has to be specified when using volumeAttributesClassName";
            faults.required("spec.csi", detail);
        }
    }
}

/// What a volume holds: some storage and nothing else.
fn size(capacity: &Value, faults: &mut Faults) {
    let sizes = capacity.as_object();
    if sizes.is_none_or(serde_json::Map::is_empty) {
        faults.required("spec.capacity", "");
    }
    if !sizes.is_some_and(|sizes| sizes.len() == 1 && sizes.contains_key("storage")) {
        faults.unsupported("spec.capacity", capacity, &["storage"]);
    }
    for (name, size) in sizes.into_iter().flatten() {
        let Some(amount) = quantity(size).filter(|q| q.milli() <= 0) else {
            continue;
        };
        let field = format!("spec.capacity[{name}]");
        if amount.whole() < 0 {
            let bytes = i64::try_from(amount.whole()).unwrap_or(i64::MIN);
            let detail = "must be a valid resource quantity";
            faults.invalid(&field, &json!(bytes), detail);
        }
        let shown = json!(amount.canonical());
        faults.invalid(field, &shown, "must be greater than zero");
    }
}

/// What a volume is made of: one source.
fn source(spec: &Value, name: &str, faults: &mut Faults) {
    let mut found = false;
    for key in SOURCES {
        let Some(source) = given(spec, key) else {
            continue;
        };
        // One source asks nobody whether another is there.
        if found && key != "flexVolume" {
            let shown = if key == "cephfs" { "cephFS" } else { key };
            let detail = "may not specify more than 1 volume type";
            faults.forbidden(format!("spec.{shown}"), detail);
            continue;
        }
        found = true;
        let path = format!("spec.{key}");
        if key == "iscsi"
            && given(source, "initiatorName").is_some()
            && name.len() + text(source, "targetPortal").len() > 63
        {
            let portal = json!(text(source, "targetPortal"));
            faults.invalid("spec.iscsi.targetportal", &portal, sources::ISCSI_LENGTH);
        }
        if key == "glusterfs"
            && let Some(namespace) = given(source, "endpointsNamespace")
        {
            let details = match namespace.as_str() {
                None | Some("") => vec![
                    "if the endpointnamespace is set, it must be a valid namespace name".to_owned(),
                ],
                Some(name) => names::dns_label(name),
            };
            faults.all("spec.glusterfs.endpointsNamespace", namespace, details);
        }
        sources::check(key, source, &path, true, faults);
        if key == "local" && given(spec, "nodeAffinity").is_none() {
            faults.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
    if !found {
        faults.required("spec", "must specify a volume type");
    }
}

/// What may not change in a claim: everything but the request of a bound one, and a class or volume that was not set.
/// Models `ValidatePersistentVolumeClaimUpdate`.
pub(super) fn claim_update(object: &Value, old: &Value, faults: &mut Faults) {
    let bound = at(old, &["status", "phase"]) == "Bound";
    let annotation = |object: &Value| at(object, &["metadata", "annotations", BETA_CLASS]).clone();
    if annotation(object) != annotation(old) {
        let shown = annotation(object);
        let shown = if shown.is_null() { json!("") } else { shown };
        faults.invalid(
            format!("metadata.annotations[{BETA_CLASS}]"),
            &shown,
            super::IMMUTABLE,
        );
    }
    let (mut mine, mut before) = (at(object, &["spec"]).clone(), at(old, &["spec"]).clone());
    if text(&before, "volumeName").is_empty() {
        overlay(&mut before, "volumeName", mine.get("volumeName").cloned());
    }
    if given(&before, "storageClassName").is_none() {
        overlay(&mut mine, "storageClassName", None);
    }
    if bound {
        let storage = at(&before, &["resources", "requests", "storage"]).clone();
        if let Some(requests) = mine
            .get_mut("resources")
            .and_then(|r| r.get_mut("requests"))
        {
            overlay(requests, "storage", Some(storage));
        }
        let class = before.get("volumeAttributesClassName").cloned();
        overlay(&mut mine, "volumeAttributesClassName", class);
    }
    if mine != before {
        let mine = faults.as_sent("spec", &mine);
        let print = |spec: &Value| go::print("PersistentVolumeClaimSpec", spec, true);
        let lines = diff::of(&print(&before), &print(&mine));
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        faults.forbidden("spec", &format!("{detail}\n{lines}"));
    }
    let request = |object: &Value| {
        quantity(at(object, &["spec", "resources", "requests", "storage"])).unwrap_or_default()
    };
    let capacity = quantity(at(old, &["status", "capacity", "storage"])).unwrap_or_default();
    let (new, before) = (request(object), request(old));
    if new < before && new <= capacity {
        let detail = "field can not be less than status.capacity";
        faults.forbidden("spec.resources.requests.storage", detail);
    }
    let mode = at(object, &["spec", "volumeMode"]);
    if mode != at(old, &["spec", "volumeMode"]) {
        faults.invalid("volumeMode", mode, super::IMMUTABLE);
    }
    const CLASS: &str = "volumeAttributesClassName";
    let class = at(object, &["spec", CLASS]);
    let current = at(old, &["status", "currentVolumeAttributesClassName"]);
    if class != at(old, &["spec", CLASS]) && !current.is_null() {
        let to = match class.as_str() {
            None => "nil",
            Some("") => "empty string",
            Some(_) => return,
        };
        let detail = format!(
            "update to {to} is forbidden when status.currentVolumeAttributesClassName is not nil"
        );
        faults.forbidden(format!("spec.{CLASS}"), &detail);
    }
}

/// What may not change in a volume: its source and its place.
pub(super) fn volume_update(object: &Value, old: &Value, faults: &mut Faults) {
    let (mut spec, old) = (at(object, &["spec"]).clone(), at(old, &["spec"]));
    // A secret for growing may come later.
    const EXPAND: &str = "controllerExpandSecretRef";
    if let Some(csi) = spec.get_mut("csi")
        && at(old, &["csi", EXPAND]).is_null()
        && given(old, "csi").is_some()
    {
        overlay(csi, EXPAND, None);
    }
    let spec = &spec;
    if SOURCES
        .iter()
        .any(|source| spec.get(*source) != old.get(*source))
    {
        let print = |spec: &Value| go::print("PersistentVolumeSource", spec, true);
        let lines = diff::of(&print(old), &print(&faults.as_sent("spec", spec)));
        let detail = "spec.persistentvolumesource is immutable after creation";
        faults.forbidden("spec.persistentvolumesource", &format!("{detail}\n{lines}"));
    }
    let mode = at(spec, &["volumeMode"]);
    if mode != at(old, &["volumeMode"]) {
        faults.invalid("volumeMode", mode, super::IMMUTABLE);
    }
    let affinity = at(spec, &["nodeAffinity"]);
    if !at(old, &["nodeAffinity"]).is_null() && affinity != at(old, &["nodeAffinity"]) {
        let detail = "field is immutable, except for updating from beta label to GA";
        let shown = faults.as_sent("spec.nodeAffinity", affinity);
        let shown = go::print("VolumeNodeAffinity", &shown, false);
        faults.add(Cause::invalid("nodeAffinity", &shown, detail));
    }
    const CLASS: &str = "volumeAttributesClassName";
    if given(old, CLASS).is_some() && given(spec, CLASS).is_none() {
        let detail = "update from non-nil value to nil is forbidden";
        faults.forbidden(format!("spec.{CLASS}"), detail);
    }
}

/// Claim templates as the server prints its own structs.
pub(super) fn go_claims(claims: &[Value]) -> String {
    const STATUS: &str = "{\"Phase\":\"Pending\",\"AccessModes\":null,\"Capacity\":null,\"Conditions\":null,\"AllocatedResources\":null,\"AllocatedResourceStatuses\":null,\"CurrentVolumeAttributesClassName\":null,\"ModifyVolumeStatus\":null,\"HealthStatus\":null}";
    let one = |claim: &Value| {
        let metadata = go::print("ObjectMeta", at(claim, &["metadata"]), false);
        let metadata = &metadata[1..metadata.len() - 1];
        let comma = if metadata.is_empty() { "" } else { "," };
        let spec = go::print("PersistentVolumeClaimSpec", at(claim, &["spec"]), false);
        format!("{{{metadata}{comma}\"Spec\":{spec},\"Status\":{STATUS}}}")
    };
    format!("[{}]", claims.iter().map(one).into_list().join(","))
}
