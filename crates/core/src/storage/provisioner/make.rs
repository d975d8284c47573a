//! The volume that is made for a claim: its size, its driver and from where it can be reached.

use ordinal_api::storage::{AccessMode, PersistentVolumeClaim, ReclaimPolicy, StorageClass};
use ordinal_api::{Kind, Labels, Object, Text, Value};
use serde_json::json;

use super::{FINALIZER, SHARES};
use crate::World;
use crate::apiserver::DRIVER;
use crate::controllers::persistentvolume::{PROVISIONED_BY, SELECTED_NODE};

const ZONE: &str = "topology.kubernetes.io/zone";
const HOSTNAME: &str = "kubernetes.io/hostname";
/// What the names of provisioners contain that make folders on a node.
const FOLDERS: [&str; 2] = ["local-path", "hostpath"];
/// What the names of drivers of disks contain that one node has at a time.
const DISKS: [&str; 8] = [
    "ebs", "disk", "gce-pd", "pd.csi", "cinder", "rbd", "vsphere", "longhorn",
];
/// Why no volume can be made.
pub(super) struct Failure {
    pub(super) message: String,
    /// Whether another node might do: then the scheduler has to choose again.
    pub(super) reschedule: bool,
}

/// The PersistentVolume for a claim.
pub(super) fn volume_for(
    world: &World,
    object: &Object,
    claim: &PersistentVolumeClaim,
    class_name: &Text,
    class: &StorageClass,
) -> Result<Object, Failure> {
    let provisioner = class.provisioner.as_str();
    let modes = &claim.spec.access_modes;
    let shared = modes
        .iter()
        .any(|mode| matches!(mode, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany));
    if shared
        && !is_one_of(provisioner, &SHARES)
        && is_one_of(provisioner, &[&DISKS[..], &FOLDERS[..]].concat())
    {
        let modes = modes
            .iter()
            .map(|m| m.as_str())
            .collect::<Vec<_>>()
            .join(",");
        let message = format!(
            "{provisioner} makes volumes for one node at a time: access modes [{modes}] are not supported"
        );
        return Err(Failure {
            message,
            reschedule: false,
        });
    }
    let node = match object
        .meta
        .annotation(SELECTED_NODE)
        .filter(|_| class.wait_for_first_consumer)
    {
        Some(name) => Some(
            world
                .store
                .find(Kind::Node, "", name)
                .ok_or_else(|| Failure {
                    message: format!(
                        "error getting selected node \"{name}\": node \"{name}\" not found"
                    ),
                    reschedule: true,
                })?,
        ),
        None => None,
    };
    let volume_name = format!("pvc-{}", object.meta.uid);
    let mut spec = json!({
        "accessModes": modes.iter().map(|m| m.as_str()).collect::<Vec<_>>(),
        "capacity": {"storage": claim.spec.request()},
        "claimRef": {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": object.meta.namespace, "name": object.meta.name,
            "uid": object.meta.uid.to_string(), "resourceVersion": object.meta.resource_version.to_string(),
        },
        "persistentVolumeReclaimPolicy": class.reclaim_policy.to_string(),
        "storageClassName": class_name,
        "volumeMode": claim.spec.volume_mode.clone().unwrap_or(Text::new_static("Filesystem")),
    });
    if is_one_of(provisioner, &FOLDERS) {
        let folder = format!(
            "{volume_name}_{}_{}",
            object.meta.namespace, object.meta.name
        );
        let path = format!("/opt/local-path-provisioner/{folder}");
        spec["hostPath"] = json!({"path": path, "type": "DirectoryOrCreate"});
    } else {
        spec["csi"] = json!({"driver": provisioner, "volumeHandle": volume_name});
    }
    if let Some(options) = class.raw.get("mountOptions") {
        spec["mountOptions"] = options.clone();
    }
    if let Some(affinity) = node.and_then(|node| affinity(class, &node.meta.labels)) {
        spec["nodeAffinity"] = affinity;
    }
    let mut metadata = json!({"name": volume_name, "annotations": {PROVISIONED_BY: provisioner}});
    if class.reclaim_policy == ReclaimPolicy::Delete {
        metadata["finalizers"] = json!([FINALIZER]);
    }
    Object::from_value(
        Kind::PersistentVolume,
        &json!({"metadata": metadata, "spec": spec}),
    )
    .map_err(|status| Failure {
        message: status.message.to_string(),
        reschedule: false,
    })
}

/// From where a volume that is made for a node can be reached: that node alone, its zone, or everywhere.
/// A class can say so itself with the parameter `PROVISIONER/topology`: `node`, `zone` or `none`.
fn affinity(class: &StorageClass, labels: &Labels) -> Option<Value> {
    let provisioner = class.provisioner.as_str();
    let key = match class
        .parameters
        .get(format!("{provisioner}/topology").as_str())
        .map(Text::as_str)
    {
        Some("node") => HOSTNAME,
        Some("zone") => ZONE,
        Some("none") => return None,
        _ if is_one_of(provisioner, &FOLDERS) => HOSTNAME,
        _ if is_one_of(provisioner, &SHARES) => return None,
        // The disks of the simulated cluster are reached from every machine, those of a cloud from their zone.
        _ if provisioner == DRIVER => return None,
        _ => ZONE,
    };
    let value = labels.get(key)?;
    let expression = json!({"key": key, "operator": "In", "values": [value]});
    Some(json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}))
}

fn is_one_of(name: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| name.contains(part))
}
