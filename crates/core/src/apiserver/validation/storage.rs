//! Claims, volumes and classes. Models pkg/apis/{core,storage}/validation, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use ordinal_api::value::overlay;
use serde_json::{Value, json};

use super::{Faults, affinity, at, diff, given, go, list, names, quantity, text, volumes};

const MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
/// Sources of a volume that are known here; others are passed.
const SOURCES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn access_modes(spec: &Value, path: &str, missing: &str, faults: &mut Faults) {
    let modes = list(spec, "accessModes");
    if modes.is_empty() {
        faults.required(format!("{path}.accessModes"), missing);
    }
    for mode in modes {
        faults.one_of(format!("{path}.accessModes"), Some(mode), &MODES);
    }
    if modes.len() > 1 && modes.iter().any(|m| m == "ReadWriteOncePod") {
        faults.add(Cause::forbidden(
            format!("{path}.accessModes"),
            "may not use ReadWriteOncePod with other access modes",
        ));
    }
}

/// Validates the specification of a claim.
pub(super) fn claim_spec(spec: &Value, path: &str, faults: &mut Faults) {
    access_modes(spec, path, "at least 1 access mode is required", faults);
    if let Some(selector) = spec.get("selector").filter(|s| s.is_object()) {
        names::selector(selector, &format!("{path}.selector"), faults);
    }
    let field = format!("{path}.resources[storage]");
    match at(spec, &["resources", "requests", "storage"]) {
        Value::Null => faults.required(field, ""),
        request => {
            if let Some(asked) = quantity(request).filter(|q| q.milli() <= 0) {
                faults.invalid(
                    field,
                    &json!(asked.canonical()),
                    "must be greater than zero",
                );
            }
        }
    }
    if let Some(class) = spec
        .get("storageClassName")
        .filter(|c| c.as_str().is_some_and(|c| !c.is_empty()))
    {
        faults.all(
            &format!("{path}.storageClassName"),
            class,
            names::dns_subdomain(class.as_str().unwrap_or_default()),
        );
    }
    faults.one_of(
        format!("{path}.volumeMode"),
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
    claim_source(spec, path, faults);
}

/// What a claim is filled from, and of which class of attributes it is.
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
            return attributes_class(spec, path, faults);
        };
        faults.invalid(path, &json!(format!("{path}.dataSource")), detail);
    }
    attributes_class(spec, path, faults);
}

fn attributes_class(spec: &Value, path: &str, faults: &mut Faults) {
    let class = text(spec, "volumeAttributesClassName");
    if !class.is_empty() {
        faults.all(
            &format!("{path}.volumeAttributesClassName"),
            &json!(class),
            names::dns_subdomain(class),
        );
    }
}

/// Validates a volume.
pub(super) fn volume(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    access_modes(spec, "spec", "", faults);
    let capacity = at(spec, &["capacity"]);
    if capacity.as_object().is_none_or(serde_json::Map::is_empty) {
        faults.required("spec.capacity", "");
    }
    let sizes = capacity.as_object();
    if !sizes.is_some_and(|sizes| sizes.len() == 1 && sizes.contains_key("storage")) {
        let shown = if sizes.is_some() {
            capacity.to_string()
        } else {
            "null".to_owned()
        };
        faults.add(Cause::unsupported("spec.capacity", &shown, &["storage"]));
    }
    match capacity.get("storage") {
        None => {}
        Some(size) => {
            if let Some(amount) = quantity(size).filter(|q| q.milli() <= 0) {
                if amount.milli() < 0 {
                    let bytes = i64::try_from(amount.whole()).unwrap_or(i64::MIN);
                    faults.invalid(
                        "spec.capacity[storage]",
                        &json!(bytes),
                        "must be a valid resource quantity",
                    );
                }
                faults.invalid(
                    "spec.capacity[storage]",
                    &json!(amount.canonical()),
                    "must be greater than zero",
                );
            }
        }
    }
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
    let sources: Vec<&&str> = SOURCES
        .iter()
        .filter(|s| spec.get(**s).is_some_and(|v| !v.is_null()))
        .into_list();
    if sources.is_empty() {
        faults.required("spec", "must specify a volume type");
    }
    for extra in sources.iter().skip(1) {
        faults.add(Cause::forbidden(
            format!("spec.{extra}"),
            "may not specify more than 1 volume type",
        ));
    }
    source(spec, faults);
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
        attributes_class(spec, "spec", faults);
        if given(spec, "csi").is_none() {
            let detail = "has to be specified when using volumeAttributesClassName";
            faults.required("spec.csi", detail);
        }
    }
}

fn source(spec: &Value, faults: &mut Faults) {
    if let Some(host) = given(spec, "hostPath") {
        volumes::host_path(host, "spec.hostPath", faults);
        let root =
            text(host, "path").trim_end_matches('/').is_empty() && !text(host, "path").is_empty();
        if root && text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
            let detail = "may not be 'recycle' for a hostPath mount of '/'";
            faults.forbidden("spec.persistentVolumeReclaimPolicy", detail);
        }
    }
    if let Some(nfs) = given(spec, "nfs") {
        volumes::nfs(nfs, "spec.nfs", faults);
    }
    if let Some(iscsi) = given(spec, "iscsi") {
        volumes::iscsi(iscsi, "spec.iscsi", faults);
    }
    if let Some(csi) = given(spec, "csi") {
        volumes::driver(text(csi, "driver"), "spec.csi.driver", faults);
        volumes::need(csi, "spec.csi", &["volumeHandle"], faults);
    }
    if let Some(local) = given(spec, "local") {
        let path = text(local, "path");
        if path.is_empty() {
            faults.required("spec.local.path", "");
        } else {
            super::containers::no_backsteps(path, "spec.local.path", faults);
        }
        if given(spec, "nodeAffinity").is_none() {
            faults.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        faults.all(
            "spec.storageClassName",
            &json!(class),
            names::dns_subdomain(class),
        );
    }
}

/// Validates a class.
pub(super) fn class(object: &Value, faults: &mut Faults) {
    match text(object, "provisioner") {
        "" => faults.required("provisioner", ""),
        name => faults.all(
            "provisioner",
            &json!(name),
            names::qualified(&name.to_lowercase()),
        ),
    }
    faults.one_of(
        "reclaimPolicy",
        object.get("reclaimPolicy"),
        &["Delete", "Retain"],
    );
    faults.one_of(
        "volumeBindingMode",
        object.get("volumeBindingMode"),
        &["Immediate", "WaitForFirstConsumer"],
    );
    for (index, topology) in list(object, "allowedTopologies").iter().enumerate() {
        for (number, expression) in list(topology, "matchLabelExpressions").iter().enumerate() {
            let values = list(expression, "values");
            let path = format!("allowedTopologies[{index}].matchLabelExpressions[{number}]");
            if values.is_empty() {
                faults.required(format!("{path}.values"), "");
            }
            let key = text(expression, "key");
            faults.all(&format!("{path}.key"), &json!(key), names::qualified(key));
            for (place, value) in values
                .iter()
                .enumerate()
                .filter(|(place, value)| values[..*place].contains(value))
            {
                let field = format!(
                    "allowedTopologies[{index}].matchLabelExpressions[{number}].values[{place}]"
                );
                faults.add(Cause::duplicate(field, &value.to_string()));
            }
        }
    }
}

/// What may not change in a class.
pub(super) fn class_update(object: &Value, old: &Value, faults: &mut Faults) {
    for key in [
        "provisioner",
        "parameters",
        "reclaimPolicy",
        "volumeBindingMode",
    ] {
        if object.get(key) != old.get(key) {
            faults.invalid(key, &Value::Null, super::IMMUTABLE);
        }
    }
}

/// Validates a CSIStorageCapacity.
pub(super) fn capacity(object: &Value, faults: &mut Faults) {
    if let Some(nodes) = given(object, "nodeTopology") {
        names::selector(nodes, "nodeTopology", faults);
    }
    let class = text(object, "storageClassName");
    faults.all(
        "storageClassName",
        &json!(class),
        names::dns_subdomain(class),
    );
    if let Some(amount) = given(object, "capacity")
        && quantity(amount).is_some_and(|amount| amount.milli() < 0)
    {
        faults.invalid("capacity", amount, super::NOT_NEGATIVE);
    }
}

/// What may not change in a CSIStorageCapacity.
pub(super) fn capacity_update(object: &Value, old: &Value, faults: &mut Faults) {
    for key in ["nodeTopology", "storageClassName"] {
        if object.get(key) != old.get(key) {
            faults.invalid(key, at(object, &[key]), super::IMMUTABLE);
        }
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
}

/// What may not change in a volume: its source and its place.
pub(super) fn volume_update(object: &Value, old: &Value, faults: &mut Faults) {
    let (spec, old) = (at(object, &["spec"]), at(old, &["spec"]));
    if SOURCES
        .iter()
        .any(|source| spec.get(*source) != old.get(*source))
    {
        let print = |spec: &Value| go::print("PersistentVolumeSource", spec, true);
        let lines = diff::of(&print(old), &print(spec));
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
        let shown = if affinity.is_null() {
            "null".to_owned()
        } else {
            go::print("VolumeNodeAffinity", affinity, false)
        };
        faults.add(Cause::invalid("nodeAffinity", &shown, detail));
    }
}

/// Claim templates as the server prints its own structs.
pub(super) fn go_claims(claims: &[Value]) -> String {
    const STATUS: &str = "{\"Phase\":\"Pending\",\"AccessModes\":null,\"Capacity\":null,\"Conditions\":null,\"AllocatedResources\":null,\"AllocatedResourceStatuses\":null,\"CurrentVolumeAttributesClassName\":null,\"ModifyVolumeStatus\":null,\"HealthStatus\":null}";
    let one = |claim: &Value| {
        let metadata = at(claim, &["metadata"]).to_string();
        let metadata = &metadata[1..metadata.len() - 1];
        let comma = if metadata.is_empty() { "" } else { "," };
        let spec = go::print("PersistentVolumeClaimSpec", at(claim, &["spec"]), false);
        format!("{{{metadata}{comma}\"Spec\":{spec},\"Status\":{STATUS}}}")
    };
    format!("[{}]", claims.iter().map(one).into_list().join(","))
}
