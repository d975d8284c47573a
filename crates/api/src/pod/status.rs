//! What a Pod's status says, and how it is printed.

use serde_json::{Map, json};

use super::{ContainerStatus, Pod};
use crate::condition::{self, Condition};
use crate::{SimTime, Text, Value};

/// `status.phase`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum PodPhase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

impl PodPhase {
    /// `Pending`, `Running` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// The phase of that name; `Pending` for any other text.
    pub fn of(text: &str) -> Self {
        match text {
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            "Unknown" => Self::Unknown,
            _ => Self::Pending,
        }
    }

    /// Whether it can never change again.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// `status` of a Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodStatus {
    /// `phase`
    pub phase: PodPhase,
    /// `observedGeneration`: which version its kubelet has seen; 0 for none.
    pub observed_generation: u64,
    /// Conditions, in the order in which they are printed.
    pub conditions: Vec<Condition>,
    /// `reason`, such as `Evicted` or `NodeLost`.
    pub reason: Text,
    /// `message`
    pub message: Text,
    /// `podIP`; empty until the sandbox is up.
    pub pod_ip: Text,
    /// `hostIP`
    pub host_ip: Text,
    /// `startTime`: when the kubelet saw it first.
    pub start_time: Option<SimTime>,
    /// `nominatedNodeName`
    pub nominated_node_name: Text,
    /// One for each init container, in their order.
    pub init_containers: Vec<ContainerStatus>,
    /// One for each container, in their order.
    pub containers: Vec<ContainerStatus>,
}

impl Pod {
    /// `status` as the API prints it; `uid` is the Pod's, from which its containers' identities follow.
    pub fn status_value(&self, uid: crate::Uid) -> Value {
        let status = &self.status;
        let mut map = Map::new();
        let mut put = |key: &str, text: &Text| {
            if !text.is_empty() {
                map.insert(key.to_owned(), json!(text));
            }
        };
        put("hostIP", &status.host_ip);
        put("message", &status.message);
        put("nominatedNodeName", &status.nominated_node_name);
        put("podIP", &status.pod_ip);
        put("reason", &status.reason);
        if !status.host_ip.is_empty() {
            map.insert("hostIPs".into(), json!([{ "ip": status.host_ip }]));
        }
        if !status.pod_ip.is_empty() {
            map.insert("podIPs".into(), json!([{ "ip": status.pod_ip }]));
        }
        if !status.conditions.is_empty() {
            map.insert(
                "conditions".into(),
                condition::to_values(&status.conditions),
            );
        }
        let containers = |list: &[ContainerStatus]| {
            list.iter()
                .map(|status| status.to_value(uid))
                .collect::<Value>()
        };
        if !status.containers.is_empty() {
            map.insert("containerStatuses".into(), containers(&status.containers));
        }
        if !status.init_containers.is_empty() {
            map.insert(
                "initContainerStatuses".into(),
                containers(&status.init_containers),
            );
        }
        if status.observed_generation > 0 {
            map.insert(
                "observedGeneration".into(),
                json!(status.observed_generation),
            );
        }
        map.insert("phase".into(), json!(status.phase.as_str()));
        map.insert("qosClass".into(), json!(self.qos_class()));
        if let Some(start) = status.start_time {
            map.insert("startTime".into(), json!(start.to_rfc3339()));
        }
        Value::Object(map)
    }

    /// `Guaranteed`, `Burstable` or `BestEffort`. Models component-helpers `qos.ComputePodQOS`.
    pub fn qos_class(&self) -> &'static str {
        let containers = || {
            self.spec
                .init_containers
                .iter()
                .chain(&self.spec.containers)
        };
        let counts = |key: &str| key == "cpu" || key == "memory";
        let any = containers().any(|c| {
            c.resources
                .requests
                .iter()
                .chain(&c.resources.limits)
                .any(|(key, q)| counts(key) && q.milli() > 0)
        });
        let guaranteed = containers().all(|c| {
            ["cpu", "memory"].iter().all(|key| {
                let limit = c.resources.limits.get(*key).filter(|q| q.milli() > 0);
                limit.is_some()
                    && c.resources
                        .requests
                        .get(*key)
                        .is_none_or(|request| Some(request) == limit)
            })
        });
        match (any, guaranteed) {
            (false, _) => "BestEffort",
            (true, true) => "Guaranteed",
            (true, false) => "Burstable",
        }
    }
}
