//! `PersistentVolume`.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, json};

use super::access_mode::AccessMode;
use super::storageclass::ReclaimPolicy;
use crate::podspec::NodeSelector;
use crate::sorted::SortedMap;
use crate::value::{decode, overlay};
use crate::{Kind, Quantity, SimTime, Status, Text, Uid, Value};

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

impl VolumePhase {
    /// The phase of that name; `Pending` for any other text.
    pub fn of(text: &str) -> Self {
        match text {
            "Available" => Self::Available,
            "Bound" => Self::Bound,
            "Released" => Self::Released,
            "Failed" => Self::Failed,
            _ => Self::Pending,
        }
    }
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
