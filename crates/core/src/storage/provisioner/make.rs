//! The volume that is made for a claim: its size, its driver and from where it can be reached.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::storage::{
    AccessMode, ClaimRef, CsiSource, PathSource, PersistentVolume, PersistentVolumeClaim,
    PersistentVolumeSpec, ReclaimPolicy, StorageClass, VolumePhase,
};
use ordinal_api::value::decode;
use ordinal_api::{Body, Kind, Labels, Lasting, Object, ObjectMeta, SimTime, Text, Value};
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
        let modes = modes.iter().map(|m| m.as_str()).into_list().join(",");
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
    let volume_name = Text::from(format!("pvc-{}", object.meta.uid));
    let size = claim.spec.request();
    let mode = claim.spec.volume_mode.clone();
    let mode = mode.unwrap_or(Text::new_static("Filesystem"));
    let mut raw = json!({
        "accessModes": modes.iter().map(|m| m.as_str()).into_list(),
        "capacity": {"storage": size},
        "storageClassName": class_name,
        "volumeMode": mode,
    });
    // The same as types: reading it back from the JSON would cost more than all that is done with it.
    let mut spec = PersistentVolumeSpec {
        capacity: [(Text::new_static("storage"), size)].into(),
        access_modes: modes.clone(),
        storage_class_name: class_name.clone(),
        persistent_volume_reclaim_policy: Some(class.reclaim_policy),
        volume_mode: Some(mode),
        volume_attributes_class_name: claim.spec.volume_attributes_class_name.clone(),
        ..PersistentVolumeSpec::default()
    };
    if let Some(class) = &claim.spec.volume_attributes_class_name {
        raw["volumeAttributesClassName"] = json!(class);
    }
    if is_one_of(provisioner, &FOLDERS) {
        let folder = format!(
            "{volume_name}_{}_{}",
            object.meta.namespace, object.meta.name
        );
        let path = Text::from(format!("/opt/local-path-provisioner/{folder}"));
        raw["hostPath"] = json!({"path": path, "type": "DirectoryOrCreate"});
        spec.host_path = Some(PathSource { path });
    } else {
        raw["csi"] = json!({"driver": provisioner, "volumeHandle": volume_name});
        spec.csi = Some(CsiSource {
            driver: class.provisioner.clone(),
            volume_handle: volume_name.clone(),
        });
    }
    if let Some(options) = class.raw.get("mountOptions") {
        raw["mountOptions"] = options.clone();
    }
    if let Some(affinity) = node.and_then(|node| affinity(class, &node.meta.labels)) {
        spec.node_affinity = decode(Kind::PersistentVolume, Some(&affinity)).ok();
        raw["nodeAffinity"] = affinity;
    }
    let mut meta = ObjectMeta::of(Lasting {
        name: volume_name,
        annotations: Arc::new([(PROVISIONED_BY.into(), class.provisioner.clone())].into()),
        ..Lasting::default()
    });
    if class.reclaim_policy == ReclaimPolicy::Delete {
        meta.finalizers.push(Text::new_static(FINALIZER));
    }
    let volume = PersistentVolume {
        spec: Arc::new(spec),
        raw: Arc::new(raw),
        claim_ref: Some(Arc::new(ClaimRef {
            namespace: object.meta.namespace.clone(),
            name: object.meta.name.clone(),
            uid: object.meta.uid,
            resource_version: object.meta.resource_version,
        })),
        reclaim_policy: class.reclaim_policy,
        phase: VolumePhase::default(),
        reason: Text::default(),
        message: Text::default(),
        last_phase_transition: SimTime::ZERO,
    };
    Ok(Object::new(meta, Body::PersistentVolume(volume)))
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
