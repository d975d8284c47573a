//! `ReplicaSet` and `ReplicationController`, which store the same, and `ControllerRevision`.

use std::sync::Arc;

use crate::condition::Condition;
use crate::statefulset::PodTemplate;
use crate::value::{decode, text_map};
use crate::workload::{Printed, with_replicas};
use crate::{Kind, Selector, Status, Value};

/// What a ReplicaSet or a ReplicationController stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaSet {
    /// `spec.replicas`; a Deployment changes it.
    pub replicas: u32,
    /// The rest of its specification, typed.
    pub spec: Arc<ReplicaSetSpec>,
    /// The specification as admitted JSON.
    pub raw: Arc<Value>,
    /// Its status.
    pub status: ReplicaSetStatus,
}

/// `spec` of either.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ReplicaSetSpec {
    pub selector: Selector,
    pub template: PodTemplate,
    pub min_ready_seconds: u64,
}

/// `status` of either; `terminating_replicas` is of ReplicaSets only.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ReplicaSetStatus {
    pub observed_generation: u64,
    pub replicas: u32,
    pub fully_labeled_replicas: u32,
    pub ready_replicas: u32,
    pub available_replicas: u32,
    pub terminating_replicas: Option<u32>,
    pub conditions: Vec<Condition>,
}

impl ReplicaSet {
    /// Reads an admitted object. The selector of a ReplicationController is labels alone.
    /// Models pkg/controller/replication/conversion.go `convertRCtoRS`, 1.37.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(kind: Kind, value: &Value) -> Result<Self, Status> {
        let raw = value.get("spec").cloned().unwrap_or_default();
        let count = |key: &str| {
            raw.get(key)
                .and_then(Value::as_i64)
                .map(|n| u32::try_from(n).unwrap_or(0))
        };
        let selector = raw.get("selector");
        let spec = ReplicaSetSpec {
            selector: match kind {
                Kind::ReplicationController => Selector {
                    match_labels: text_map(selector),
                    ..Selector::default()
                },
                _ => decode(kind, selector)?,
            },
            template: PodTemplate::from_value(kind, raw.get("template"))?,
            min_ready_seconds: u64::from(count("minReadySeconds").unwrap_or(0)),
        };
        let replicas = count("replicas").unwrap_or(1);
        Ok(Self {
            replicas,
            spec: Arc::new(spec),
            raw: Arc::new(raw),
            status: ReplicaSetStatus::default(),
        })
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        with_replicas(&self.raw, self.replicas)
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        let s = &self.status;
        let mut printed = Printed::new(&s.conditions, s.observed_generation);
        printed.put("replicas", s.replicas.into());
        printed.counts(&[
            ("availableReplicas", s.available_replicas),
            ("fullyLabeledReplicas", s.fully_labeled_replicas),
            ("readyReplicas", s.ready_replicas),
        ]);
        printed.given(&[("terminatingReplicas", s.terminating_replicas)]);
        printed.value()
    }
}

/// What a ControllerRevision stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControllerRevision {
    /// `revision`: grows with every use.
    pub revision: u64,
    /// `data`: the part of the owner that is versioned.
    pub data: Arc<Value>,
}

impl ControllerRevision {
    /// Reads one.
    pub fn from_value(value: &Value) -> Self {
        Self {
            revision: value
                .get("revision")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            data: Arc::new(value.get("data").cloned().unwrap_or_default()),
        }
    }
}
