//! `DaemonSet`.

use std::sync::Arc;

use crate::statefulset::{IntOrPercent, PodTemplate};
use crate::value::{at, decode};
use crate::workload::Printed;
use crate::{Kind, Selector, Status, Value};

/// What a DaemonSet stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonSet {
    /// Its specification, typed.
    pub spec: Arc<DaemonSetSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// Its status.
    pub status: DaemonSetStatus,
}

/// `spec` of a DaemonSet, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct DaemonSetSpec {
    pub selector: Selector,
    pub template: PodTemplate,
    /// `updateStrategy.rollingUpdate`: the most Pods beyond one a node, and the most nodes without one; `None` for `OnDelete`.
    pub rolling_update: Option<(IntOrPercent, IntOrPercent)>,
    pub min_ready_seconds: u64,
    pub revision_history_limit: usize,
}

/// `status` of a DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct DaemonSetStatus {
    pub observed_generation: u64,
    pub desired_number_scheduled: u32,
    pub current_number_scheduled: u32,
    pub number_misscheduled: u32,
    pub number_ready: u32,
    pub number_available: u32,
    pub updated_number_scheduled: u32,
    pub collision_count: Option<u32>,
}

impl DaemonSet {
    /// Reads an admitted object.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let raw = value.get("spec").cloned().unwrap_or_default();
        let count = |key: &str| raw.get(key).and_then(Value::as_u64);
        let strategy = raw.get("updateStrategy").unwrap_or(&Value::Null);
        let share =
            |key: &str| at(strategy, &["rollingUpdate", key]).and_then(IntOrPercent::from_value);
        let rolls = at(strategy, &["type"]).and_then(Value::as_str) != Some("OnDelete");
        let spec = DaemonSetSpec {
            selector: decode(Kind::DaemonSet, raw.get("selector"))?,
            template: PodTemplate::from_value(Kind::DaemonSet, raw.get("template"))?,
            rolling_update: rolls.then(|| {
                let surge = share("maxSurge").unwrap_or(IntOrPercent::Int(0));
                (
                    surge,
                    share("maxUnavailable").unwrap_or(IntOrPercent::Int(1)),
                )
            }),
            min_ready_seconds: count("minReadySeconds").unwrap_or(0),
            revision_history_limit: count("revisionHistoryLimit").unwrap_or(10) as usize,
        };
        Ok(Self {
            spec: Arc::new(spec),
            raw: Arc::new(raw),
            status: DaemonSetStatus::default(),
        })
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        let s = &self.status;
        let desired = s.desired_number_scheduled;
        let mut printed = Printed::new(&[], s.observed_generation);
        for (key, count) in [
            ("currentNumberScheduled", s.current_number_scheduled),
            ("desiredNumberScheduled", desired),
            ("numberMisscheduled", s.number_misscheduled),
            ("numberReady", s.number_ready),
        ] {
            printed.put(key, count.into());
        }
        printed.counts(&[
            ("numberAvailable", s.number_available),
            (
                "numberUnavailable",
                desired.saturating_sub(s.number_available),
            ),
            ("updatedNumberScheduled", s.updated_number_scheduled),
        ]);
        printed.given(&[("collisionCount", s.collision_count)]);
        printed.value()
    }
}
