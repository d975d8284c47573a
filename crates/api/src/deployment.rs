//! `Deployment`.

use std::sync::Arc;

use crate::condition::Condition;
use crate::statefulset::{IntOrPercent, PodTemplate};
use crate::value::{at, decode};
use crate::workload::{Printed, with_replicas};
use crate::{Kind, Selector, Status, Value};

/// What a Deployment stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its specification, typed.
    pub spec: Arc<DeploymentSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// Its status.
    pub status: DeploymentStatus,
}

/// `spec` of a Deployment, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct DeploymentSpec {
    pub replicas: u32,
    pub selector: Selector,
    pub template: PodTemplate,
    pub strategy: DeploymentStrategy,
    pub min_ready_seconds: u64,
    pub revision_history_limit: u32,
    pub progress_deadline_seconds: u64,
    pub paused: bool,
}

/// `strategy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum DeploymentStrategy {
    RollingUpdate {
        max_surge: IntOrPercent,
        max_unavailable: IntOrPercent,
    },
    Recreate,
}

/// `status` of a Deployment.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct DeploymentStatus {
    pub observed_generation: u64,
    pub replicas: u32,
    pub updated_replicas: u32,
    pub ready_replicas: u32,
    pub available_replicas: u32,
    pub unavailable_replicas: u32,
    pub terminating_replicas: Option<u32>,
    pub collision_count: Option<u32>,
    pub conditions: Vec<Condition>,
}

impl Deployment {
    /// Reads an admitted object.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let raw = value.get("spec").cloned().unwrap_or_default();
        let count = |key: &str| {
            raw.get(key)
                .and_then(Value::as_i64)
                .map(|n| u32::try_from(n).unwrap_or(0))
        };
        let share = |key: &str| {
            at(&raw, &["strategy", "rollingUpdate", key]).and_then(IntOrPercent::from_value)
        };
        let strategy = match at(&raw, &["strategy", "type"]).and_then(Value::as_str) {
            Some("Recreate") => DeploymentStrategy::Recreate,
            _ => DeploymentStrategy::RollingUpdate {
                max_surge: share("maxSurge").unwrap_or(IntOrPercent::Percent(25)),
                max_unavailable: share("maxUnavailable").unwrap_or(IntOrPercent::Percent(25)),
            },
        };
        let spec = DeploymentSpec {
            replicas: count("replicas").unwrap_or(1),
            selector: decode(Kind::Deployment, raw.get("selector"))?,
            template: PodTemplate::from_value(Kind::Deployment, raw.get("template"))?,
            strategy,
            min_ready_seconds: u64::from(count("minReadySeconds").unwrap_or(0)),
            revision_history_limit: count("revisionHistoryLimit").unwrap_or(10),
            progress_deadline_seconds: u64::from(count("progressDeadlineSeconds").unwrap_or(600)),
            paused: raw
                .get("paused")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
        };
        Ok(Self {
            spec: Arc::new(spec),
            raw: Arc::new(raw),
            status: DeploymentStatus::default(),
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
        printed.counts(&[
            ("availableReplicas", s.available_replicas),
            ("readyReplicas", s.ready_replicas),
            ("replicas", s.replicas),
            ("unavailableReplicas", s.unavailable_replicas),
            ("updatedReplicas", s.updated_replicas),
        ]);
        printed.given(&[
            ("collisionCount", s.collision_count),
            ("terminatingReplicas", s.terminating_replicas),
        ]);
        printed.value()
    }
}
