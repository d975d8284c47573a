//! `StatefulSet` and the template types that workloads share.

use std::sync::Arc;

use crate::condition::Condition;
use crate::podspec::PodSpec;
use crate::storage::PersistentVolumeClaimSpec;
use crate::value::{decode, text_map};
use crate::workload::{Printed, with_replicas};
use crate::{Kind, Labels, Selector, Status, Text, Value};

/// What a StatefulSet stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct StatefulSet {
    /// Its specification, typed.
    pub spec: Arc<StatefulSetSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// Its status.
    pub status: StatefulSetStatus,
}

/// `spec` of a StatefulSet, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct StatefulSetSpec {
    pub replicas: u32,
    pub selector: Selector,
    pub service_name: Text,
    pub template: PodTemplate,
    pub volume_claim_templates: Vec<ClaimTemplate>,
    pub pod_management_policy: PodManagementPolicy,
    pub update_strategy: UpdateStrategy,
    /// `None` keeps them all (a negative limit).
    pub revision_history_limit: Option<u32>,
    pub min_ready_seconds: u64,
    pub ordinals_start: u32,
    pub when_deleted: RetentionPolicy,
    pub when_scaled: RetentionPolicy,
}

/// `podManagementPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum PodManagementPolicy {
    #[default]
    OrderedReady,
    Parallel,
}

crate::words! { PodManagementPolicy { OrderedReady Parallel } }

/// `updateStrategy`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum UpdateStrategy {
    /// `rollingUpdate` may be missing where the type was written out; it then behaves differently for recreated Pods.
    RollingUpdate(Option<RollingUpdate>),
    OnDelete,
}

/// `updateStrategy.rollingUpdate`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct RollingUpdate {
    pub partition: u32,
    pub max_unavailable: Option<IntOrPercent>,
}

/// A number, or a share in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the two forms of IntOrString")]
pub enum IntOrPercent {
    Int(u32),
    Percent(u32),
}

impl IntOrPercent {
    /// Reads `3` or `"25%"`.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(n) => Some(Self::Int(u32::try_from(n.as_i64()?).ok()?)),
            Value::String(text) => match text.strip_suffix('%') {
                Some(percent) => Some(Self::Percent(percent.parse().ok()?)),
                None => Some(Self::Int(text.parse().ok()?)),
            },
            _ => None,
        }
    }

    /// Of a total, rounded down.
    pub fn of_down(self, total: u32) -> u32 {
        match self {
            Self::Int(n) => n,
            Self::Percent(p) => (u64::from(p) * u64::from(total) / 100) as u32,
        }
    }

    /// Of a total, rounded up.
    pub fn of_up(self, total: u32) -> u32 {
        match self {
            Self::Int(n) => n,
            Self::Percent(p) => (u64::from(p) * u64::from(total)).div_ceil(100) as u32,
        }
    }
}

/// `persistentVolumeClaimRetentionPolicy.whenDeleted` and `whenScaled`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum RetentionPolicy {
    #[default]
    Retain,
    Delete,
}

crate::words! { RetentionPolicy { Retain Delete } }

/// A Pod template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodTemplate {
    /// Labels of the Pods.
    pub labels: Arc<Labels>,
    /// Annotations of the Pods.
    pub annotations: Arc<Labels>,
    /// Finalizers of the Pods.
    pub finalizers: Vec<Text>,
    /// Specification of the Pods, typed.
    pub spec: Arc<PodSpec>,
    /// The same as admitted JSON.
    pub raw_spec: Arc<Value>,
}

impl PodTemplate {
    /// Reads an admitted template.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(kind: Kind, value: Option<&Value>) -> Result<Self, Status> {
        let at = |path: &[&str]| value.and_then(|v| crate::value::at(v, path));
        let mut spec: PodSpec = decode(kind, at(&["spec"]))?;
        spec.fill_requests();
        Ok(Self {
            labels: Arc::new(text_map(at(&["metadata", "labels"]))),
            annotations: Arc::new(text_map(at(&["metadata", "annotations"]))),
            finalizers: crate::value::array_of_text(at(&["metadata", "finalizers"])),
            spec: Arc::new(spec),
            raw_spec: Arc::new(at(&["spec"]).cloned().unwrap_or_default()),
        })
    }
}

/// One of `volumeClaimTemplates`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimTemplate {
    /// Its name, the first part of the claims' names.
    pub name: Text,
    /// Labels of the claims.
    pub labels: Labels,
    /// Annotations of the claims.
    pub annotations: Labels,
    /// Specification of the claims, typed.
    pub spec: Arc<PersistentVolumeClaimSpec>,
    /// The same as admitted JSON.
    pub raw_spec: Arc<Value>,
}

/// `status` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct StatefulSetStatus {
    pub observed_generation: u64,
    pub replicas: u32,
    pub ready_replicas: u32,
    pub available_replicas: u32,
    pub current_replicas: u32,
    pub updated_replicas: u32,
    pub current_revision: Text,
    pub update_revision: Text,
    pub collision_count: Option<u32>,
    pub conditions: Box<[Condition]>,
}

impl StatefulSet {
    /// Reads an admitted object.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let raw = value.get("spec").cloned().unwrap_or_default();
        let spec = StatefulSetSpec::from_value(&raw)?;
        Ok(Self {
            spec: Arc::new(spec),
            raw: Arc::new(raw),
            status: StatefulSetStatus::default(),
        })
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        with_replicas(&self.raw, self.spec.replicas)
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        let s = &self.status;
        let mut printed = Printed::new(&s.conditions, s.observed_generation);
        printed.put("availableReplicas", s.available_replicas.into());
        printed.put("replicas", s.replicas.into());
        printed.counts(&[
            ("currentReplicas", s.current_replicas),
            ("readyReplicas", s.ready_replicas),
            ("updatedReplicas", s.updated_replicas),
        ]);
        printed.given(&[("collisionCount", s.collision_count)]);
        for (key, name) in [
            ("currentRevision", &s.current_revision),
            ("updateRevision", &s.update_revision),
        ] {
            if !name.is_empty() {
                printed.put(key, name.as_str().into());
            }
        }
        printed.value()
    }
}

impl StatefulSetSpec {
    fn from_value(raw: &Value) -> Result<Self, Status> {
        const KIND: Kind = Kind::StatefulSet;
        let number = |path: &[&str]| crate::value::at(raw, path).and_then(Value::as_i64);
        let count = |path: &[&str]| number(path).map(|n| u32::try_from(n).unwrap_or(0));
        let text = |path: &[&str]| crate::value::at(raw, path).and_then(Value::as_str);
        let retention = |path: &[&str]| {
            if text(path) == Some("Delete") {
                RetentionPolicy::Delete
            } else {
                RetentionPolicy::Retain
            }
        };
        let rolling = crate::value::at(raw, &["updateStrategy", "rollingUpdate"]).map(|rolling| {
            RollingUpdate {
                partition: rolling
                    .get("partition")
                    .and_then(Value::as_i64)
                    .map_or(0, |n| u32::try_from(n).unwrap_or(0)),
                max_unavailable: rolling
                    .get("maxUnavailable")
                    .and_then(IntOrPercent::from_value),
            }
        });
        let templates = raw.get("volumeClaimTemplates").and_then(Value::as_array);
        let templates = templates
            .into_iter()
            .flatten()
            .map(ClaimTemplate::from_value)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            replicas: count(&["replicas"]).unwrap_or(1),
            selector: decode(KIND, raw.get("selector"))?,
            service_name: text(&["serviceName"]).unwrap_or_default().into(),
            template: PodTemplate::from_value(KIND, raw.get("template"))?,
            volume_claim_templates: templates,
            pod_management_policy: match text(&["podManagementPolicy"]) {
                Some("Parallel") => PodManagementPolicy::Parallel,
                _ => PodManagementPolicy::OrderedReady,
            },
            update_strategy: match text(&["updateStrategy", "type"]) {
                Some("OnDelete") => UpdateStrategy::OnDelete,
                _ => UpdateStrategy::RollingUpdate(rolling),
            },
            revision_history_limit: match number(&["revisionHistoryLimit"]) {
                None => Some(10),
                Some(limit) => u32::try_from(limit).ok(),
            },
            min_ready_seconds: u64::from(count(&["minReadySeconds"]).unwrap_or(0)),
            ordinals_start: count(&["ordinals", "start"]).unwrap_or(0),
            when_deleted: retention(&["persistentVolumeClaimRetentionPolicy", "whenDeleted"]),
            when_scaled: retention(&["persistentVolumeClaimRetentionPolicy", "whenScaled"]),
        })
    }
}

impl ClaimTemplate {
    fn from_value(value: &Value) -> Result<Self, Status> {
        let meta = |key: &str| crate::value::at(value, &["metadata", key]);
        Ok(Self {
            name: meta("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            labels: text_map(meta("labels")),
            annotations: text_map(meta("annotations")),
            spec: Arc::new(decode(Kind::PersistentVolumeClaim, value.get("spec"))?),
            raw_spec: Arc::new(value.get("spec").cloned().unwrap_or_default()),
        })
    }
}
