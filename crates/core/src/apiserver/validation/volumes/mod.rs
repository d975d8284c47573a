//! The volumes of a Pod. Models pkg/apis/core/validation `ValidateVolumes`, 1.37.

mod projected;

use projected::projected;
use serde_json::{Value, json};

use super::environment::{field_ref, resource_ref};
use super::mounts::descending;
use super::{Faults, at, given, list, names, quantity, sources, storage, text};

/// A volume that mounts may name.
pub(super) struct Known {
    /// Its name.
    pub(super) name: String,
    /// Whether a claim is behind it.
    pub(super) claim: bool,
}

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
/// Sources in the order in which the server looks at them.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Validates the volumes of a specification; those of claim templates come first. Returns those that mounts may name.
/// `pod` is the name of the Pod, where there is one: claims are made after it.
pub(super) fn all(
    spec: &Value,
    path: &str,
    claims: &[Value],
    pod: Option<&str>,
    faults: &mut Faults,
) -> Vec<Known> {
    let made = |volume: &Value| {
        let pod = pod.filter(|pod| !pod.is_empty())?;
        Some(format!("{pod}-{}", text(volume, "name")))
    };
    let ephemeral: Vec<String> = list(spec, "volumes")
        .iter()
        .filter(|volume| given(volume, "ephemeral").is_some())
        .filter_map(made)
        .collect();
    let name_of = |claim: &Value| text(at(claim, &["metadata"]), "name").to_owned();
    let mut known: Vec<Known> = Vec::new();
    let mut templates: Vec<String> = Vec::new();
    for claim in claims {
        let name = name_of(claim);
        if templates.contains(&name) {
            continue;
        }
        let path = format!("{path}.volumes[{}]", templates.len());
        templates.push(name.clone());
        let before = faults.len();
        if name.is_empty() {
            faults.required(format!("{path}.persistentVolumeClaim.claimName"), "");
            faults.required(format!("{path}.name"), "");
        } else {
            faults.label(&format!("{path}.name"), &name);
        }
        if faults.len() == before {
            known.push(Known { name, claim: true });
        }
    }
    // A template replaces a volume of its name.
    let own = list(spec, "volumes")
        .iter()
        .filter(|volume| !templates.iter().any(|name| name == text(volume, "name")));
    for (index, volume) in own.enumerate() {
        let path = format!("{path}.volumes[{}]", templates.len() + index);
        let name = text(volume, "name");
        let before = faults.len();
        source(volume, &path, made(volume), faults);
        faults.required_label(&format!("{path}.name"), name);
        if known.iter().any(|k| k.name == name) {
            faults.duplicate(format!("{path}.name"), &json!(name));
        }
        if faults.len() == before {
            let claim = given(volume, "persistentVolumeClaim")
                .or(given(volume, "ephemeral"))
                .is_some();
            known.push(Known {
                name: name.to_owned(),
                claim,
            });
        }
        let claim = at(volume, &["persistentVolumeClaim", "claimName"]);
        if claim
            .as_str()
            .is_some_and(|claim| ephemeral.iter().any(|made| made == claim))
        {
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            faults.invalid(
                format!("{path}.persistentVolumeClaim.claimName"),
                claim,
                detail,
            );
        }
    }
    known
}

fn source(volume: &Value, path: &str, claim: Option<String>, faults: &mut Faults) {
    let mut found = false;
    for key in SOURCES {
        let Some(source) = given(volume, key) else {
            continue;
        };
        // Two sources have another name in this message than in a manifest.
        let shown = match key {
            "cephfs" => "cephFS",
            "downwardAPI" => "downwarAPI",
            other => other,
        };
        if found {
            faults.forbidden(
                format!("{path}.{shown}"),
                "may not specify more than 1 volume type",
            );
            continue;
        }
        found = true;
        one_source(key, source, &format!("{path}.{key}"), faults);
        let name = text(volume, "name");
        if key == "iscsi"
            && given(source, "initiatorName").is_some()
            && name.len() + text(source, "targetPortal").len() > 63
        {
            faults.invalid(format!("{path}.name"), &json!(name), sources::ISCSI_LENGTH);
        }
        if let Some(claim) = claim
            .as_deref()
            .filter(|_| key == "ephemeral" && !name.is_empty())
        {
            for detail in names::dns_subdomain(claim) {
                let detail = format!("PVC name {claim:?}: {detail}");
                faults.invalid(format!("{path}.name"), &json!(name), &detail);
            }
        }
    }
    if !found {
        faults.required(path, "must specify a volume type");
    }
}

fn one_source(key: &str, source: &Value, path: &str, faults: &mut Faults) {
    match key {
        "emptyDir"
            if given(source, "sizeLimit")
                .and_then(quantity)
                .is_some_and(|q| q.milli() < 0) =>
        {
            let detail = "SizeLimit field must be a valid resource quantity";
            faults.forbidden(format!("{path}.sizeLimit"), detail);
        }
        "gitRepo" => {
            need(source, path, &["repository"], faults);
            descending(
                text(source, "directory"),
                &format!("{path}.directory"),
                faults,
            );
        }
        "secret" => {
            need(source, path, &["secretName"], faults);
            files(source, path, faults);
        }
        "configMap" => {
            need(source, path, &["name"], faults);
            files(source, path, faults);
        }
        "persistentVolumeClaim" => need(source, path, &["claimName"], faults),
        "downwardAPI" => {
            mode(source, "defaultMode", path, faults);
            for file in list(source, "items") {
                downward_file(file, path, faults);
            }
        }
        "projected" => projected(source, path, faults),
        "csi" => {
            sources::driver(text(source, "driver"), &format!("{path}.driver"), faults);
            if let Some(secret) = given(source, "nodePublishSecretRef") {
                match text(secret, "name") {
                    "" => faults.required(format!("{path}.nodePublishSecretRef.name"), ""),
                    name => {
                        let details = names::dns_subdomain(name);
                        faults.all(&format!("{path}.name"), &json!(name), details);
                    }
                }
            }
        }
        "ephemeral" => match given(source, "volumeClaimTemplate") {
            None => faults.required(format!("{path}.volumeClaimTemplate"), ""),
            Some(claim) => {
                let path = format!("{path}.volumeClaimTemplate");
                template_metadata(claim, &path, faults);
                storage::claim_spec(at(claim, &["spec"]), &format!("{path}.spec"), faults);
            }
        },
        "image" => {
            // A template may leave it to others.
            if path.starts_with("spec.volumes") {
                need(source, path, &["reference"], faults);
            }
            faults.word(
                format!("{path}.pullPolicy"),
                at(source, &["pullPolicy"]),
                &["Always", "IfNotPresent", "Never"],
            );
        }
        other => sources::check(other, source, path, false, faults),
    }
}

/// Models `ValidateTemplateObjectMeta`.
fn template_metadata(claim: &Value, path: &str, faults: &mut Faults) {
    let metadata = at(claim, &["metadata"]);
    let path = format!("{path}.metadata");
    super::metadata::annotations(metadata, &format!("{path}.annotations"), faults);
    names::labels(at(metadata, &["labels"]), &format!("{path}.labels"), faults);
    for key in [
        "name",
        "generateName",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "ownerReferences",
        "finalizers",
    ] {
        if given(metadata, key).is_some() {
            faults.forbidden(format!("{path}.{key}"), "cannot be set");
        }
    }
}

/// Texts that must be there.
pub(super) fn need(source: &Value, path: &str, keys: &[&str], faults: &mut Faults) {
    for key in keys {
        if text(source, key).is_empty() {
            faults.required(format!("{path}.{key}"), "");
        }
    }
}

fn mode(source: &Value, key: &str, path: &str, faults: &mut Faults) {
    if let Some(mode) =
        given(source, key).filter(|m| !m.as_i64().is_some_and(|n| (0..=0o777).contains(&n)))
    {
        faults.invalid(format!("{path}.{key}"), mode, MODE);
    }
}

fn files(source: &Value, path: &str, faults: &mut Faults) {
    mode(source, "defaultMode", path, faults);
    items(source, path, faults);
}

fn items(source: &Value, path: &str, faults: &mut Faults) {
    for (index, item) in list(source, "items").iter().enumerate() {
        let path = format!("{path}.items[{index}]");
        need(item, &path, &["key", "path"], faults);
        not_reserved(text(item, "path"), &format!("{path}.path"), faults);
        mode(item, "mode", &path, faults);
    }
}

/// Models `ValidateLocalNonReservedPath`.
fn not_reserved(path: &str, field: &str, faults: &mut Faults) {
    descending(path, field, faults);
    if path.starts_with("..") && !path.starts_with("../") {
        faults.invalid(field, &json!(path), "must not start with '..'");
    }
}

const FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

fn downward_file(file: &Value, path: &str, faults: &mut Faults) {
    need(file, path, &["path"], faults);
    not_reserved(text(file, "path"), &format!("{path}.path"), faults);
    match (given(file, "fieldRef"), given(file, "resourceFieldRef")) {
        (Some(reference), other) => {
            field_ref(reference, &format!("{path}.fieldRef"), &FIELDS, faults);
            if other.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                faults.invalid(path, &json!("resource"), detail);
            }
        }
        (None, Some(reference)) => {
            resource_ref(reference, &format!("{path}.resourceFieldRef"), true, faults)
        }
        (None, None) => faults.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file, "mode", path, faults);
}
