//! What is behind a volume, of a Pod or of the cluster. Models pkg/apis/core/validation, 1.37: the checks of the single
//! sources, which are nearly the same for both.

use serde_json::{Value, json};

use super::mounts::no_backsteps;
use super::volumes::need;
use super::{Faults, at, entries, given, list, names, number, text};

/// What is said of a portal whose name and volume are too long together.
pub(super) const ISCSI_LENGTH: &str = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

/// Validates a source. `persistent` volumes name the namespaces of what they refer to.
pub(super) fn check(key: &str, source: &Value, path: &str, persistent: bool, faults: &mut Faults) {
    match key {
        "hostPath" => host_path(source, path, faults),
        "nfs" => nfs(source, path, faults),
        "iscsi" => iscsi(source, path, persistent, faults),
        "glusterfs" => need(source, path, &["endpoints", "path"], faults),
        "rbd" => {
            monitors(source, path, faults);
            need(source, path, &["image"], faults);
        }
        "cephfs" => monitors(source, path, faults),
        "cinder" => {
            need(source, path, &["volumeID"], faults);
            secret(source, path, persistent, faults);
        }
        "awsElasticBlockStore" => {
            need(source, path, &["volumeID"], faults);
            partition(source, path, faults);
        }
        "gcePersistentDisk" => {
            let path = path.replace("gcePersistentDisk", "persistentDisk");
            need(source, &path, &["pdName"], faults);
            partition(source, &path, faults);
        }
        "vsphereVolume" => need(source, path, &["volumePath"], faults),
        "photonPersistentDisk" => need(source, path, &["pdID"], faults),
        "portworxVolume" => need(source, path, &["volumeID"], faults),
        "scaleIO" => need(source, path, &["gateway", "system", "volumeName"], faults),
        "azureFile" => {
            need(source, path, &["secretName", "shareName"], faults);
            if persistent && given(source, "secretNamespace").is_some_and(|name| name == "") {
                faults.required(format!("{path}.secretNamespace"), "");
            }
        }
        "azureDisk" => azure_disk(source, path, faults),
        "flexVolume" => flex(source, path, faults),
        "fc" => fibre(source, path, faults),
        "flocker" => flocker(source, path, faults),
        "quobyte" => quobyte(source, path, faults),
        "storageos" => storage_os(source, path, persistent, faults),
        "local" => match text(source, "path") {
            "" => faults.required(format!("{path}.path"), ""),
            place => no_backsteps(place, &format!("{path}.path"), faults),
        },
        "csi" => csi(source, path, faults),
        _ => {}
    }
}

fn monitors(source: &Value, path: &str, faults: &mut Faults) {
    if list(source, "monitors").is_empty() {
        faults.required(format!("{path}.monitors"), "");
    }
}

fn partition(source: &Value, path: &str, faults: &mut Faults) {
    let number = number(source, "partition");
    if !(0..=255).contains(&number) {
        // None is 0, which the words leave out.
        let detail = "must be between 1 and 255, inclusive";
        faults.invalid(format!("{path}.partition"), &json!(number), detail);
    }
}

fn secret(source: &Value, path: &str, persistent: bool, faults: &mut Faults) {
    if let Some(secret) = given(source, "secretRef") {
        let keys = ["name", "namespace"];
        let keys = if persistent { &keys[..] } else { &keys[..1] };
        need(secret, &format!("{path}.secretRef"), keys, faults);
    }
}

fn azure_disk(source: &Value, path: &str, faults: &mut Faults) {
    need(source, path, &["diskName", "diskURI"], faults);
    let cases: [(&str, &[&str]); 2] = [
        ("cachingMode", &["None", "ReadOnly", "ReadWrite"]),
        ("kind", &["Dedicated", "Managed", "Shared"]),
    ];
    for (key, known) in cases {
        faults.one_of(format!("{path}.{key}"), source.get(key), known);
    }
    let Some(kind) = given(source, "kind") else {
        return;
    };
    let (start, form) = if kind == "Managed" {
        (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        )
    } else {
        (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        )
    };
    let place = text(source, "diskURI");
    if !place.starts_with(start) {
        faults.unsupported(format!("{path}.diskURI"), &json!(place), &[form]);
    }
}

fn flex(source: &Value, path: &str, faults: &mut Faults) {
    need(source, path, &["driver"], faults);
    for (key, _) in entries(source, "options") {
        let domain = format!(
            ".{}",
            key.split('/').next().unwrap_or_default().to_lowercase()
        );
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            faults.invalid(format!("{path}.options[{key}]"), &json!(key), detail);
        }
    }
}

fn fibre(source: &Value, path: &str, faults: &mut Faults) {
    let field = format!("{path}.targetWWNs");
    let (targets, ids) = (list(source, "targetWWNs"), list(source, "wwids"));
    if targets.is_empty() && ids.is_empty() {
        let detail = "must specify either targetWWNs or wwids, but not both";
        faults.required(&field, detail);
    }
    if targets.is_empty() {
        return;
    }
    if !ids.is_empty() {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        faults.invalid(field, &json!(targets), detail);
    }
    match given(source, "lun") {
        None => {
            let detail = "lun is required if targetWWNs is specified";
            faults.required(format!("{path}.lun"), detail);
        }
        Some(_) => lun(source, path, faults),
    }
}

fn lun(source: &Value, path: &str, faults: &mut Faults) {
    let lun = number(source, "lun");
    if !(0..=255).contains(&lun) {
        let detail = "must be between 0 and 255, inclusive";
        faults.invalid(format!("{path}.lun"), &json!(lun), detail);
    }
}

fn flocker(source: &Value, path: &str, faults: &mut Faults) {
    let (name, id) = (text(source, "datasetName"), text(source, "datasetUUID"));
    if name.is_empty() && id.is_empty() {
        faults.required(path, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !id.is_empty() {
        let detail = "datasetName and datasetUUID can not be specified simultaneously";
        faults.invalid(path, &json!("resource"), detail);
    }
    if name.contains('/') {
        let detail = "must not contain '/'";
        faults.invalid(format!("{path}.datasetName"), &json!(name), detail);
    }
}

fn quobyte(source: &Value, path: &str, faults: &mut Faults) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let registry = text(source, "registry");
    if registry.is_empty() {
        faults.required(format!("{path}.registry"), PAIRS);
    } else if text(source, "tenant").len() >= 65 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        faults.required(format!("{path}.tenant"), detail);
    } else {
        for _ in registry.split(',').filter(|pair| !pair.contains(':')) {
            faults.invalid(format!("{path}.registry"), &json!(registry), PAIRS);
        }
    }
    need(source, path, &["volume"], faults);
}

fn storage_os(source: &Value, path: &str, persistent: bool, faults: &mut Faults) {
    need(source, path, &["volumeName"], faults);
    for key in ["volumeName", "volumeNamespace"] {
        let name = text(source, key);
        if !name.is_empty() {
            let details = names::dns_label(name);
            faults.all(&format!("{path}.{key}"), &json!(name), details);
        }
    }
    secret(source, path, persistent, faults);
}

/// Models `validateCSIPersistentVolumeSource`.
fn csi(source: &Value, path: &str, faults: &mut Faults) {
    driver(text(source, "driver"), &format!("{path}.driver"), faults);
    need(source, path, &["volumeHandle"], faults);
    for key in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        let Some(secret) = given(source, key) else {
            continue;
        };
        let path = format!("{path}.{key}");
        for (part, check) in [
            ("name", names::dns_subdomain as fn(&str) -> Vec<String>),
            ("namespace", names::dns_label),
        ] {
            match text(secret, part) {
                "" => faults.required(format!("{path}.{part}"), ""),
                value => faults.all(&format!("{path}.{part}"), &json!(value), check(value)),
            }
        }
    }
}

/// Models `validateHostPathVolumeSource`.
pub(super) fn host_path(source: &Value, path: &str, faults: &mut Faults) {
    let place = text(source, "path");
    if place.is_empty() {
        faults.required(format!("{path}.path"), "");
        return;
    }
    no_backsteps(place, &format!("{path}.path"), faults);
    let types = [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    faults.one_of(format!("{path}.type"), source.get("type"), &types);
}

/// Models `validateNFSVolumeSource`.
pub(super) fn nfs(source: &Value, path: &str, faults: &mut Faults) {
    need(source, path, &["server", "path"], faults);
    let place = text(source, "path");
    if !place.starts_with('/') {
        faults.invalid(
            format!("{path}.path"),
            &json!(place),
            "must be an absolute path",
        );
    }
}

/// Models `validateISCSIVolumeSource` and its sibling of persistent volumes, which has shorter words.
fn iscsi(source: &Value, path: &str, persistent: bool, faults: &mut Faults) {
    need(source, path, &["targetPortal"], faults);
    let name = text(source, "iqn");
    let field = format!("{path}.iqn");
    if name.is_empty() {
        faults.required(field, "");
    } else {
        qualified(name, &field, persistent, faults);
    }
    lun(source, path, faults);
    let chap = |key: &str| at(source, &[key]) == true;
    if (chap("chapAuthDiscovery") || chap("chapAuthSession"))
        && given(source, "secretRef").is_none()
    {
        faults.required(format!("{path}.secretRef"), "");
    }
    if persistent && let Some(secret) = given(source, "secretRef") {
        need(secret, &format!("{path}.secretRef"), &["name"], faults);
    }
    if let Some(initiator) = given(source, "initiatorName").and_then(Value::as_str) {
        qualified(
            initiator,
            &format!("{path}.initiatorname"),
            persistent,
            faults,
        );
    }
}

/// A name of a target or an initiator.
fn qualified(name: &str, field: &str, persistent: bool, faults: &mut Faults) {
    let starts = ["iqn", "eui", "naa"];
    let detail = match starts.iter().find(|start| name.starts_with(**start)) {
        None if persistent => "must be valid format",
        None => "must be valid format starting with iqn, eui, or naa",
        Some(start) => {
            let rest = name[start.len()..].get(1..).unwrap_or_default();
            let letters = |count: usize| {
                rest.len() == count && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            };
            let fits = match *start {
                "iqn" => dated(rest),
                "eui" => letters(16),
                _ => letters(32),
            };
            if fits {
                return;
            }
            "must be valid format"
        }
    };
    faults.invalid(field, &json!(name), detail);
}

/// `2014-12.world.srv:storage.target01`: a month, a domain and what is there.
fn dated(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|b| b.iter().all(u8::is_ascii_digit))
    };
    let (domain, target) = rest
        .get(8..)
        .and_then(|rest| rest.split_once(':'))
        .unwrap_or_default();
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let outside = |c: char| ",;*&$|".contains(c) || c.is_whitespace();
    digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'.')
        && !domain.is_empty()
        && domain.chars().all(inside)
        && !target.is_empty()
        && !target.contains(outside)
}

/// The name of a CSI driver. Models `ValidateCSIDriverName`.
pub(super) fn driver(name: &str, field: &str, faults: &mut Faults) {
    if name.is_empty() {
        return faults.required(field, "");
    }
    if name.len() > 63 {
        faults.too_long(field, 63);
    }
    faults.all(
        field,
        &json!(name),
        names::dns_subdomain(&name.to_lowercase()),
    );
}
