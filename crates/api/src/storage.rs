//! `PersistentVolume`, `PersistentVolumeClaim`, `StorageClass`, `VolumeAttachment`, `CSINode`, `CSIDriver`.

use crate::sorted::SortedMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, json};

use crate::condition::{self, Condition};
use crate::podspec::{NodeSelector, Resources};
use crate::value::{decode, overlay};
use crate::{Kind, Quantity, Selector, SimTime, Status, Text, Uid, Value};

/// An access mode. The order is the one in which `kubectl` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum AccessMode {
    ReadWriteOnce,
    ReadOnlyMany,
    ReadWriteMany,
    ReadWriteOncePod,
}

crate::words! { AccessMode { ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod } }

impl AccessMode {
    /// `RWO`, `ROX`, `RWX`, `RWOP`
    pub const fn short(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "RWO",
            Self::ReadOnlyMany => "ROX",
            Self::ReadWriteMany => "RWX",
            Self::ReadWriteOncePod => "RWOP",
        }
    }

    /// `ReadWriteOnce` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadOnlyMany => "ReadOnlyMany",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
        }
    }
}

/// Whether a volume with these modes may be attached to several nodes. An empty list allows it.
/// Models pkg/volume/util `IsMultiAttachAllowed`, 1.37.
pub fn multi_attach_allowed(modes: &[AccessMode]) -> bool {
    modes.is_empty()
        || modes
            .iter()
            .any(|m| matches!(m, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany))
}

fn modes_value(modes: &[AccessMode]) -> Value {
    modes.iter().map(|m| json!(m.as_str())).collect()
}

/// What a PersistentVolumeClaim stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct PersistentVolumeClaim {
    /// Its specification, typed.
    pub spec: Arc<PersistentVolumeClaimSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// `spec.volumeName`: once set it never changes.
    pub volume_name: Text,
    /// `spec.storageClassName`: `None` is not the same as empty.
    pub storage_class_name: Option<Text>,
    /// Its status.
    pub status: Arc<PersistentVolumeClaimStatus>,
}

/// `spec` of a claim.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PersistentVolumeClaimSpec {
    pub access_modes: Vec<AccessMode>,
    pub resources: Resources,
    pub selector: Option<Selector>,
    pub storage_class_name: Option<Text>,
    pub volume_mode: Option<Text>,
    pub volume_name: Text,
    pub volume_attributes_class_name: Option<Text>,
}

crate::fields! {
    PersistentVolumeClaimSpec {
        access_modes "accessModes"
        resources "resources"
        selector "selector"
        storage_class_name "storageClassName"
        volume_mode "volumeMode"
        volume_name "volumeName"
        volume_attributes_class_name "volumeAttributesClassName"
    }
}

impl PersistentVolumeClaimSpec {
    /// How much it asks for.
    pub fn request(&self) -> Quantity {
        self.resources
            .requests
            .get("storage")
            .cloned()
            .unwrap_or_default()
    }
}

/// `status` of a claim.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PersistentVolumeClaimStatus {
    pub phase: ClaimPhase,
    pub access_modes: Vec<AccessMode>,
    pub capacity: Option<Quantity>,
    pub conditions: Vec<Condition>,
    /// `status.allocatedResources.storage`: what an expansion has reached for.
    pub allocated: Option<Quantity>,
    /// `status.allocatedResourceStatuses.storage`: how far the expansion is; empty when none is under way.
    pub expansion: &'static str,
}

/// `status.phase` of a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum ClaimPhase {
    #[default]
    Pending,
    Bound,
    Lost,
}

impl fmt::Display for ClaimPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl PersistentVolumeClaim {
    /// A claim with this specification, not bound.
    pub fn new(spec: Arc<PersistentVolumeClaimSpec>, raw: Arc<Value>) -> Self {
        Self {
            volume_name: spec.volume_name.clone(),
            storage_class_name: spec.storage_class_name.clone(),
            spec,
            raw,
            status: Arc::default(),
        }
    }

    /// Reads an admitted object.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let spec = decode(Kind::PersistentVolumeClaim, value.get("spec"))?;
        Ok(Self::new(
            Arc::new(spec),
            Arc::new(value.get("spec").cloned().unwrap_or_default()),
        ))
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = (*self.raw).clone();
        overlay(
            &mut spec,
            "volumeName",
            (!self.volume_name.is_empty()).then(|| json!(self.volume_name)),
        );
        overlay(
            &mut spec,
            "storageClassName",
            self.storage_class_name.as_ref().map(|class| json!(class)),
        );
        spec
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        let mut map = Map::new();
        if !self.status.access_modes.is_empty() {
            map.insert("accessModes".into(), modes_value(&self.status.access_modes));
        }
        if !self.status.expansion.is_empty() {
            let status = json!({ "storage": self.status.expansion });
            map.insert("allocatedResourceStatuses".into(), status);
        }
        if let Some(allocated) = &self.status.allocated {
            map.insert("allocatedResources".into(), json!({ "storage": allocated }));
        }
        if let Some(capacity) = &self.status.capacity {
            map.insert("capacity".into(), json!({ "storage": capacity }));
        }
        if !self.status.conditions.is_empty() {
            // Nobody probes claims, and the API server says so.
            let mut conditions = condition::to_values(&self.status.conditions);
            for condition in conditions.as_array_mut().into_iter().flatten() {
                condition["lastProbeTime"] = Value::Null;
            }
            map.insert("conditions".into(), conditions);
        }
        map.insert("phase".into(), json!(self.status.phase.to_string()));
        Value::Object(map)
    }
}

/// What a PersistentVolume stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct PersistentVolume {
    /// Its specification, typed.
    pub spec: Arc<PersistentVolumeSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// `spec.claimRef`
    pub claim_ref: Option<Arc<ClaimRef>>,
    /// `spec.persistentVolumeReclaimPolicy`
    pub reclaim_policy: ReclaimPolicy,
    /// `status.phase`
    pub phase: VolumePhase,
    /// `status.reason`
    pub reason: Text,
    /// `status.message`
    pub message: Text,
    /// `status.lastPhaseTransitionTime`
    pub last_phase_transition: SimTime,
}

/// `spec` of a volume.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PersistentVolumeSpec {
    pub capacity: SortedMap<Text, Quantity>,
    pub access_modes: Vec<AccessMode>,
    pub storage_class_name: Text,
    pub persistent_volume_reclaim_policy: Option<ReclaimPolicy>,
    pub volume_mode: Option<Text>,
    pub node_affinity: Option<VolumeNodeAffinity>,
    pub volume_attributes_class_name: Option<Text>,
    pub claim_ref: Option<Value>,
    pub csi: Option<CsiSource>,
    pub local: Option<PathSource>,
    pub host_path: Option<PathSource>,
    pub nfs: Option<Value>,
}

crate::fields! {
    PersistentVolumeSpec {
        capacity "capacity"
        access_modes "accessModes"
        storage_class_name "storageClassName"
        persistent_volume_reclaim_policy "persistentVolumeReclaimPolicy"
        volume_mode "volumeMode"
        node_affinity "nodeAffinity"
        volume_attributes_class_name "volumeAttributesClassName"
        claim_ref "claimRef"
        csi "csi"
        local "local"
        host_path "hostPath"
        nfs "nfs"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct VolumeNodeAffinity {
    pub required: Option<NodeSelector>,
}

crate::fields! {
    VolumeNodeAffinity {
        required "required"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct CsiSource {
    pub driver: Text,
    pub volume_handle: Text,
}

crate::fields! {
    CsiSource {
        driver "driver"
        volume_handle "volumeHandle"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PathSource {
    pub path: Text,
}

crate::fields! {
    PathSource {
        path "path"
    }
}

/// `spec.claimRef`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ClaimRef {
    pub namespace: Text,
    pub name: Text,
    /// [`Uid::NONE`] when an administrator reserved the volume by name only.
    pub uid: Uid,
    /// The version of the claim when it was bound; 0 where nobody wrote it.
    pub resource_version: u64,
}

/// `persistentVolumeReclaimPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum ReclaimPolicy {
    #[default]
    Retain,
    Delete,
    Recycle,
}

crate::words! { ReclaimPolicy { Retain Delete Recycle } }

impl fmt::Display for ReclaimPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// `status.phase` of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum VolumePhase {
    #[default]
    Pending,
    Available,
    Bound,
    Released,
    Failed,
}

impl fmt::Display for VolumePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl PersistentVolumeSpec {
    /// Its size.
    pub fn size(&self) -> Quantity {
        self.capacity.get("storage").cloned().unwrap_or_default()
    }

    /// Whether a node of that name and these labels can reach it.
    pub fn fits_node(&self, name: &str, labels: &crate::Labels) -> bool {
        let required = self
            .node_affinity
            .as_ref()
            .and_then(|affinity| affinity.required.as_ref());
        required.is_none_or(|selector| selector.matches(name, labels))
    }
}

impl PersistentVolume {
    /// Reads an admitted object.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let spec: PersistentVolumeSpec = decode(Kind::PersistentVolume, value.get("spec"))?;
        let text = |value: &Value, key: &str| {
            Text::new(value.get(key).and_then(Value::as_str).unwrap_or_default())
        };
        let claim_ref = spec.claim_ref.as_ref().map(|reference| {
            Arc::new(ClaimRef {
                namespace: text(reference, "namespace"),
                name: text(reference, "name"),
                uid: Uid::parse(&text(reference, "uid")).unwrap_or_default(),
                resource_version: text(reference, "resourceVersion").parse().unwrap_or(0),
            })
        });
        Ok(Self {
            claim_ref,
            reclaim_policy: spec.persistent_volume_reclaim_policy.unwrap_or_default(),
            spec: Arc::new(spec),
            raw: Arc::new(value.get("spec").cloned().unwrap_or_default()),
            phase: VolumePhase::default(),
            reason: Text::default(),
            message: Text::default(),
            last_phase_transition: SimTime::ZERO,
        })
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = (*self.raw).clone();
        // What somebody wrote stands as it was written.
        let written = spec.get("claimRef").map(|reference| {
            let text = |key: &str| {
                reference
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let uid = Uid::parse(text("uid")).unwrap_or_default();
            (text("namespace").to_owned(), text("name").to_owned(), uid)
        });
        let same = |claim: &ClaimRef| {
            let claim = (claim.namespace.as_str(), claim.name.as_str(), claim.uid);
            written.as_ref().is_some_and(|(namespace, name, uid)| {
                (namespace.as_str(), name.as_str(), *uid) == claim
            })
        };
        let reference = self.claim_ref.as_ref().map(|claim| {
            if same(claim) {
                return spec["claimRef"].clone();
            }
            let mut map = Map::new();
            map.insert("apiVersion".into(), json!("v1"));
            map.insert("kind".into(), json!("PersistentVolumeClaim"));
            map.insert("name".into(), json!(claim.name));
            map.insert("namespace".into(), json!(claim.namespace));
            if claim.uid != Uid::NONE {
                map.insert("uid".into(), json!(claim.uid.to_string()));
            }
            if claim.resource_version != 0 {
                let version = claim.resource_version.to_string();
                map.insert("resourceVersion".into(), json!(version));
            }
            Value::Object(map)
        });
        overlay(&mut spec, "claimRef", reference);
        // Of a volume, unlike of a claim, an empty class is none.
        if spec.get("storageClassName").and_then(Value::as_str) == Some("") {
            overlay(&mut spec, "storageClassName", None);
        }
        overlay(
            &mut spec,
            "persistentVolumeReclaimPolicy",
            Some(json!(self.reclaim_policy.to_string())),
        );
        spec
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        let mut map = Map::new();
        map.insert(
            "lastPhaseTransitionTime".into(),
            json!(self.last_phase_transition.to_rfc3339()),
        );
        for (key, text) in [("message", &self.message), ("reason", &self.reason)] {
            if !text.is_empty() {
                map.insert(key.into(), json!(text));
            }
        }
        map.insert("phase".into(), json!(self.phase.to_string()));
        Value::Object(map)
    }
}

/// What a StorageClass stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct StorageClass {
    pub provisioner: Text,
    pub reclaim_policy: ReclaimPolicy,
    pub wait_for_first_consumer: bool,
    pub allow_volume_expansion: bool,
    pub allowed_topologies: Vec<Value>,
    /// Parameters that the provisioner reads.
    pub parameters: Arc<crate::Labels>,
    /// The whole object as admitted JSON.
    pub raw: Arc<Value>,
}

impl StorageClass {
    /// Reads an admitted object.
    pub fn from_value(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Self {
            provisioner: text("provisioner").unwrap_or_default().into(),
            reclaim_policy: match text("reclaimPolicy") {
                Some("Retain") => ReclaimPolicy::Retain,
                _ => ReclaimPolicy::Delete,
            },
            wait_for_first_consumer: text("volumeBindingMode") == Some("WaitForFirstConsumer"),
            allow_volume_expansion: value
                .get("allowVolumeExpansion")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            allowed_topologies: value
                .get("allowedTopologies")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            parameters: Arc::new(crate::value::text_map(value.get("parameters"))),
            raw: Arc::new(value.clone()),
        }
    }
}

/// What a VolumeAttachment stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct VolumeAttachment {
    pub attacher: Text,
    pub node_name: Text,
    /// `source.persistentVolumeName`
    pub volume: Text,
    pub attached: bool,
    pub attach_error: Option<Arc<(SimTime, Text)>>,
    pub detach_error: Option<Arc<(SimTime, Text)>>,
    /// `source` as a client sent it; null for what the controller wrote.
    pub source: Arc<Value>,
}

impl VolumeAttachment {
    /// Everything but metadata, as the API prints it.
    pub fn fill_value(&self, map: &mut Map<String, Value>) {
        let source = if self.source.is_null() {
            json!({"persistentVolumeName": self.volume})
        } else {
            (*self.source).clone()
        };
        let spec = json!({"attacher": self.attacher, "nodeName": self.node_name, "source": source});
        map.insert("spec".into(), spec);
        let mut status = Map::new();
        for (key, error) in [
            ("attachError", &self.attach_error),
            ("detachError", &self.detach_error),
        ] {
            if let Some((time, message)) = error.as_deref() {
                status.insert(
                    key.into(),
                    json!({"message": message, "time": time.to_rfc3339()}),
                );
            }
        }
        status.insert("attached".into(), json!(self.attached));
        map.insert("status".into(), Value::Object(status));
    }
}

/// What a CSINode stores beside its metadata: its drivers with the number of volumes each can attach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CSINode {
    /// Driver name and limit; `None` means no limit.
    pub drivers: Vec<(Text, Option<u32>)>,
    /// The specification that a client sent; null for what a node's kubelet wrote.
    pub raw: Arc<Value>,
}

impl CSINode {
    /// Reads an admitted object: names of drivers, and `allocatable.count` where it is given.
    pub fn from_value(value: &Value) -> Self {
        let drivers = crate::value::at(value, &["spec", "drivers"]).and_then(Value::as_array);
        let drivers = drivers.into_iter().flatten().map(|driver| {
            let name = driver
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let count = crate::value::at(driver, &["allocatable", "count"]).and_then(Value::as_u64);
            (
                name.into(),
                count.and_then(|count| u32::try_from(count).ok()),
            )
        });
        Self {
            drivers: drivers.collect(),
            raw: Arc::new(value.get("spec").cloned().unwrap_or_default()),
        }
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self, node: &str) -> Value {
        if !self.raw.is_null() {
            return (*self.raw).clone();
        }
        let drivers = self.drivers.iter().map(|(name, limit)| {
            let mut driver = json!({"name": name, "nodeID": node});
            let count = limit.map(|count| json!({ "count": count }));
            overlay(&mut driver, "allocatable", count);
            driver
        });
        json!({ "drivers": drivers.collect::<Value>() })
    }
}

/// What a CSIDriver stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CSIDriver {
    /// `attachRequired`: whether its volumes are attached before they are mounted.
    pub attach_required: bool,
    /// The specification as admitted JSON.
    pub raw: Arc<Value>,
}
