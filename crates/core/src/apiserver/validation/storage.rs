//! Claims, volumes and classes. Models pkg/apis/{core,storage}/validation, 1.37.

use ordinal_api::Quantity;
use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, at, list, names, text};

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

fn quantity(value: &Value) -> Option<Quantity> {
    let text = value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_number().map(ToString::to_string))?;
    Quantity::parse(&text).ok()
}

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
                    &json!(asked.to_string()),
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
}

/// Validates a volume.
pub(super) fn volume(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    access_modes(spec, "spec", "", faults);
    let capacity = at(spec, &["capacity"]);
    if capacity.as_object().is_none_or(serde_json::Map::is_empty) {
        faults.required("spec.capacity", "");
    }
    match capacity.get("storage") {
        None => faults.add(Cause::unsupported("spec.capacity", "null", &["storage"])),
        Some(size) => {
            if let Some(given) = quantity(size).filter(|q| q.milli() <= 0) {
                if given.milli() < 0 {
                    let bytes = i64::try_from(given.whole()).unwrap_or(i64::MIN);
                    faults.invalid(
                        "spec.capacity[storage]",
                        &json!(bytes),
                        "must be a valid resource quantity",
                    );
                }
                faults.invalid(
                    "spec.capacity[storage]",
                    &json!(given.to_string()),
                    "must be greater than zero",
                );
            }
        }
    }
    let sources: Vec<&&str> = SOURCES
        .iter()
        .filter(|s| spec.get(**s).is_some_and(|v| !v.is_null()))
        .collect();
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
    let policies = ["Delete", "Recycle", "Retain"];
    faults.one_of(
        "spec.persistentVolumeReclaimPolicy",
        spec.get("persistentVolumeReclaimPolicy"),
        &policies,
    );
    faults.one_of(
        "spec.volumeMode",
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
}

fn source(spec: &Value, faults: &mut Faults) {
    if let Some(host) = spec.get("hostPath").filter(|h| h.is_object()) {
        let path = text(host, "path");
        if path.is_empty() {
            faults.required("spec.hostPath.path", "");
        } else if path.split('/').any(|part| part == "..") {
            faults.invalid("spec.hostPath.path", &json!(path), "must not contain '..'");
        }
        if path == "/" && text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
            let detail = "may not be 'recycle' for a hostPath mount of '/'";
            faults.add(Cause::forbidden(
                "spec.persistentVolumeReclaimPolicy",
                detail,
            ));
        }
    }
    if let Some(nfs) = spec.get("nfs").filter(|n| n.is_object()) {
        if text(nfs, "server").is_empty() {
            faults.required("spec.nfs.server", "");
        }
        let path = text(nfs, "path");
        if path.is_empty() {
            faults.required("spec.nfs.path", "");
        }
        if !path.starts_with('/') {
            faults.invalid("spec.nfs.path", &json!(path), "must be an absolute path");
        }
    }
    if let Some(csi) = spec.get("csi").filter(|c| c.is_object()) {
        for key in ["driver", "volumeHandle"] {
            if text(csi, key).is_empty() {
                faults.required(format!("spec.csi.{key}"), "");
            }
        }
    }
    if let Some(local) = spec.get("local").filter(|l| l.is_object()) {
        if text(local, "path").is_empty() {
            faults.required("spec.local.path", "");
        }
        if at(spec, &["nodeAffinity", "required"]).is_null() {
            faults.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
}

/// Validates a class.
pub(super) fn class(object: &Value, faults: &mut Faults) {
    if text(object, "provisioner").is_empty() {
        faults.required("provisioner", "");
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
            faults.invalid(key, &Value::Null, "field is immutable");
        }
    }
}

/// What may not change in a claim: everything but the request of a bound one, and a class or volume that was not set.
pub(super) fn claim_update(object: &Value, old: &Value, faults: &mut Faults) {
    let bound = at(old, &["status", "phase"]) == "Bound";
    let stripped = |object: &Value| {
        let mut spec = at(object, &["spec"]).clone();
        if bound
            && let Some(requests) = spec
                .get_mut("resources")
                .and_then(|r| r.get_mut("requests"))
        {
            ordinal_api::value::overlay(requests, "storage", None);
        }
        for key in ["volumeName", "storageClassName"] {
            if at(old, &["spec", key])
                .as_str()
                .unwrap_or_default()
                .is_empty()
            {
                ordinal_api::value::overlay(&mut spec, key, None);
            }
        }
        spec
    };
    if stripped(object) != stripped(old) {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        faults.add(Cause::forbidden("spec", detail));
        return;
    }
    let request =
        |object: &Value| quantity(at(object, &["spec", "resources", "requests", "storage"]));
    let capacity = quantity(at(old, &["status", "capacity", "storage"]));
    if let (Some(new), Some(before), Some(have)) = (request(object), request(old), capacity)
        && new < before
        && new < have
    {
        faults.add(Cause::forbidden(
            "spec.resources.requests.storage",
            "field can not be less than status.capacity",
        ));
    }
}

/// What may not change in a volume: its source and its place.
pub(super) fn volume_update(object: &Value, old: &Value, faults: &mut Faults) {
    let (spec, old) = (at(object, &["spec"]), at(old, &["spec"]));
    if SOURCES
        .iter()
        .any(|source| spec.get(*source) != old.get(*source))
    {
        let detail = "spec.persistentvolumesource is immutable after creation";
        faults.add(Cause::forbidden("spec.persistentvolumesource", detail));
    }
    let affinity = at(spec, &["nodeAffinity"]);
    if !at(old, &["nodeAffinity"]).is_null() && affinity != at(old, &["nodeAffinity"]) {
        let detail = "field is immutable, except for updating from beta label to GA";
        faults.invalid("nodeAffinity", affinity, detail);
    }
}

/// Claim templates as the server prints its own structs.
pub(super) fn go_claims(claims: &[Value]) -> String {
    let or_null = |value: &Value| value.to_string();
    let one = |claim: &Value| {
        let spec = at(claim, &["spec"]);
        let get = |key: &str| or_null(at(spec, &[key]));
        let mut metadata = at(claim, &["metadata"]).clone();
        if let Some(map) = metadata.as_object_mut() {
            map.retain(|_, v| !v.is_null());
        }
        let metadata = metadata.to_string();
        let metadata = metadata.trim_start_matches('{').trim_end_matches('}');
        format!(
            "{{{metadata},\"Spec\":{{\"AccessModes\":{},\"Selector\":{},\"Resources\":{{\"Limits\":{},\"Requests\":{}}},\"VolumeName\":{},\"StorageClassName\":{},\"VolumeMode\":{},\"DataSource\":{},\"DataSourceRef\":{},\"VolumeAttributesClassName\":{}}},\"Status\":{{\"Phase\":\"Pending\",\"AccessModes\":null,\"Capacity\":null,\"Conditions\":null,\"AllocatedResources\":null,\"AllocatedResourceStatuses\":null,\"CurrentVolumeAttributesClassName\":null,\"ModifyVolumeStatus\":null}}}}",
            get("accessModes"),
            get("selector"),
            or_null(at(spec, &["resources", "limits"])),
            or_null(at(spec, &["resources", "requests"])),
            json!(text(spec, "volumeName")),
            get("storageClassName"),
            get("volumeMode"),
            get("dataSource"),
            get("dataSourceRef"),
            get("volumeAttributesClassName"),
        )
    };
    format!("[{}]", claims.iter().map(one).collect::<Vec<_>>().join(","))
}
