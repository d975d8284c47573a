//! Volumes, claims, classes, attachments and what drivers register.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use crate::value::{at, flag, has, items, or, plain, text};

/// `RWO,ROX`
pub(crate) fn access_modes(object: &Value, path: &str) -> String {
    let mut modes: Vec<&str> = Vec::new();
    for mode in items(object, path).iter().filter_map(Value::as_str) {
        let short = match mode {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            other => other,
        };
        if !modes.contains(&short) {
            modes.push(short);
        }
    }
    let place = |mode: &&str| {
        ["RWO", "ROX", "RWX", "RWOP"]
            .iter()
            .position(|known| known == mode)
    };
    ordinal_api::sorted::sort_by_key(&mut modes, place);
    modes.join(",")
}

/// Whether a class carries the mark of a default.
pub(crate) fn is_default_class(class: &Value) -> bool {
    let annotations = at(class, "metadata.annotations");
    [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ]
    .iter()
    .any(|key| annotations.get(key).and_then(Value::as_str) == Some("true"))
}

/// The class of a claim or volume: the old annotation first.
pub(crate) fn class(object: &Value) -> &str {
    let annotation = at(object, "metadata.annotations")
        .get("volume.beta.kubernetes.io/storage-class")
        .and_then(Value::as_str);
    annotation.unwrap_or_else(|| text(object, "spec.storageClassName"))
}

fn status(object: &Value) -> String {
    if has(object, "metadata.deletionTimestamp") {
        "Terminating".to_owned()
    } else {
        text(object, "status.phase").to_owned()
    }
}

pub(super) fn row(object: &Value, name: String, age: String) -> Vec<String> {
    let word = |path: &str| text(object, path).to_owned();
    let unset = |path: &str| or(text(object, path), "<unset>");
    match text(object, "kind") {
        "PersistentVolumeClaim" => {
            let (mut capacity, mut access) = (String::new(), String::new());
            if has(object, "spec.volumeName") {
                capacity = or(&plain(at(object, "status.capacity.storage")), "0");
                access = access_modes(object, "status.accessModes");
            }
            vec![
                name,
                status(object),
                word("spec.volumeName"),
                capacity,
                access,
                class(object).to_owned(),
                unset("spec.volumeAttributesClassName"),
                age,
                or(text(object, "spec.volumeMode"), "<unset>"),
            ]
        }
        "PersistentVolume" => {
            let claim = if has(object, "spec.claimRef") {
                format!(
                    "{}/{}",
                    text(object, "spec.claimRef.namespace"),
                    text(object, "spec.claimRef.name")
                )
            } else {
                String::new()
            };
            vec![
                name,
                or(&plain(at(object, "spec.capacity.storage")), "0"),
                access_modes(object, "spec.accessModes"),
                word("spec.persistentVolumeReclaimPolicy"),
                status(object),
                claim,
                class(object).to_owned(),
                unset("spec.volumeAttributesClassName"),
                word("status.reason"),
                age,
                or(text(object, "spec.volumeMode"), "<unset>"),
            ]
        }
        "StorageClass" => {
            vec![
                name,
                word("provisioner"),
                or(text(object, "reclaimPolicy"), "Delete"),
                or(text(object, "volumeBindingMode"), "Immediate"),
                flag(object, "allowVolumeExpansion").to_string(),
                age,
            ]
        }
        "VolumeAttachment" => vec![
            name,
            word("spec.attacher"),
            word("spec.source.persistentVolumeName"),
            word("spec.nodeName"),
            flag(object, "status.attached").to_string(),
            age,
        ],
        "CSIDriver" => {
            let or_true =
                |path: &str, absent: bool| at(object, path).as_bool().unwrap_or(absent).to_string();
            let list = |path: &str, key: Option<&str>| {
                let words: Vec<String> = items(object, path)
                    .iter()
                    .map(|item| key.map_or_else(|| plain(item), |key| text(item, key).to_owned()))
                    .into_list();
                words.join(",")
            };
            vec![
                name,
                or_true("spec.attachRequired", true),
                or_true("spec.podInfoOnMount", false),
                or_true("spec.storageCapacity", false),
                or(&list("spec.tokenRequests", Some("audience")), "<unset>"),
                or_true("spec.requiresRepublish", false),
                or(&list("spec.volumeLifecycleModes", None), "<none>"),
                age,
            ]
        }
        _ => vec![name, items(object, "spec.drivers").len().to_string(), age],
    }
}
