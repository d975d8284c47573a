//! Claims, volumes, classes and attachments.

use ordinal_api::storage::AccessMode;
use ordinal_api::{Body, Object};

fn modes(modes: &[AccessMode]) -> String {
    let mut modes = modes.to_vec();
    modes.sort_unstable();
    modes.dedup();
    modes
        .iter()
        .map(|m| m.short())
        .collect::<Vec<_>>()
        .join(",")
}

pub(super) fn row(object: &Object, age: String, wide: bool) -> Vec<String> {
    let name = object.meta.name.to_string();
    let deleting = object.meta.is_deleting();
    let unset = || "<unset>".to_owned();
    match &object.body {
        Body::PersistentVolumeClaim(claim) => {
            let status = if deleting {
                "Terminating".to_owned()
            } else {
                claim.status.phase.to_string()
            };
            let (mut capacity, mut access) = (String::new(), String::new());
            if !claim.volume_name.is_empty() {
                capacity = claim
                    .status
                    .capacity
                    .as_ref()
                    .map_or_else(|| "0".to_owned(), ToString::to_string);
                access = modes(&claim.status.access_modes);
            }
            let class = claim
                .storage_class_name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let mut row = vec![
                name,
                status,
                claim.volume_name.to_string(),
                capacity,
                access,
                class,
                unset(),
                age,
            ];
            if wide {
                row.push(
                    claim
                        .spec
                        .volume_mode
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                );
            }
            row
        }
        Body::PersistentVolume(volume) => {
            let status = if deleting {
                "Terminating".to_owned()
            } else {
                volume.phase.to_string()
            };
            let claim = volume
                .claim_ref
                .as_ref()
                .map(|c| format!("{}/{}", c.namespace, c.name))
                .unwrap_or_default();
            let mut row = vec![
                name,
                volume.spec.size().to_string(),
                modes(&volume.spec.access_modes),
                volume.reclaim_policy.to_string(),
                status,
                claim,
                volume.spec.storage_class_name.to_string(),
                unset(),
                volume.reason.to_string(),
                age,
            ];
            if wide {
                row.push(
                    volume
                        .spec
                        .volume_mode
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                );
            }
            row
        }
        Body::StorageClass(class) => {
            let keys = [
                "storageclass.kubernetes.io/is-default-class",
                "storageclass.beta.kubernetes.io/is-default-class",
            ];
            let default = keys
                .iter()
                .any(|key| object.meta.annotation(key) == Some("true"));
            let name = if default {
                format!("{name} (default)")
            } else {
                name
            };
            let mode = if class.wait_for_first_consumer {
                "WaitForFirstConsumer"
            } else {
                "Immediate"
            };
            vec![
                name,
                class.provisioner.to_string(),
                class.reclaim_policy.to_string(),
                mode.to_owned(),
                class.allow_volume_expansion.to_string(),
                age,
            ]
        }
        Body::VolumeAttachment(a) => {
            vec![
                name,
                a.attacher.to_string(),
                a.volume.to_string(),
                a.node_name.to_string(),
                a.attached.to_string(),
                age,
            ]
        }
        _ => vec![name, age],
    }
}
