//! `PersistentVolumeClaim`.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, json};

use super::access_mode::{AccessMode, modes_value};
use crate::condition::{self, Condition};
use crate::podspec::Resources;
use crate::value::{decode, overlay};
use crate::{Kind, Quantity, Selector, Status, Text, Value};

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

impl ClaimPhase {
    /// The phase of that name; `Pending` for any other text.
    pub fn of(text: &str) -> Self {
        match text {
            "Bound" => Self::Bound,
            "Lost" => Self::Lost,
            _ => Self::Pending,
        }
    }
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
