//! `Node`.

use crate::sorted::SortedMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, json};

use crate::condition::{self, Condition};
use crate::podspec::Toleration;
use crate::value::{decode, overlay};
use crate::{Kind, Quantity, SimTime, Status, Text, Value};

/// What a Node stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `spec.unschedulable`
    pub unschedulable: bool,
    /// `spec.taints`
    pub taints: Vec<Taint>,
    /// `spec.podCIDR`
    pub pod_cidr: Text,
    /// Other fields of the specification, as admitted JSON.
    pub raw: Arc<Value>,
    /// Its status.
    pub status: NodeStatus,
}

/// One of `spec.taints`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Taint {
    pub key: Text,
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub value: Text,
    pub effect: TaintEffect,
    #[serde(skip)]
    pub time_added: Option<SimTime>,
}

crate::fields! {
    Taint {
        key "key"
        value "value"
        effect "effect"
    } time_added: None,
}

/// `effect` of a taint
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum TaintEffect {
    #[default]
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

crate::words! { TaintEffect { NoSchedule PreferNoSchedule NoExecute } }

impl TaintEffect {
    /// `NoSchedule` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

impl Taint {
    /// A taint without a value.
    pub fn new(key: &'static str, effect: TaintEffect) -> Self {
        Self {
            key: Text::new_static(key),
            value: Text::default(),
            effect,
            time_added: None,
        }
    }

    /// Whether a toleration covers it. Models component-helpers `ToleratesTaint`.
    pub fn is_tolerated_by(&self, toleration: &Toleration) -> bool {
        let effect = toleration.effect.is_empty() || toleration.effect == self.effect.as_str();
        let key = toleration.key.is_empty() || toleration.key == self.key;
        let value = match toleration.operator.as_str() {
            "Exists" => true,
            "" | "Equal" => !toleration.key.is_empty() && toleration.value == self.value,
            _ => false,
        };
        effect && key && value
    }
}

/// `status` of a Node.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NodeStatus {
    pub capacity: Arc<SortedMap<Text, Quantity>>,
    pub allocatable: Arc<SortedMap<Text, Quantity>>,
    pub conditions: Vec<Condition>,
    pub internal_ip: Text,
    pub kubelet_version: Text,
    pub boot_id: Text,
    /// Names of PersistentVolumes that the attach-detach controller says are attached here.
    pub volumes_attached: Arc<Vec<Text>>,
    /// Names of PersistentVolumes that the kubelet says it uses.
    pub volumes_in_use: Arc<Vec<Text>>,
    /// The container images that are there, as admitted JSON; null where nothing is said of any.
    pub images: Arc<Value>,
}

impl Node {
    /// Reads an admitted object; capacity and conditions come from its `status`.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        #[derive(Default)]
        struct Spec {
            unschedulable: bool,
            taints: Vec<Taint>,
            pod_cidr: Text,
        }

        crate::fields! {
            Spec {
                unschedulable "unschedulable"
                taints "taints"
                pod_cidr "podCIDR"
            }
        }
        #[derive(Default)]
        struct GivenStatus {
            capacity: SortedMap<Text, Quantity>,
            allocatable: SortedMap<Text, Quantity>,
        }

        crate::fields! {
            GivenStatus {
                capacity "capacity"
                allocatable "allocatable"
            }
        }
        let spec: Spec = decode(Kind::Node, value.get("spec"))?;
        let status: GivenStatus = decode(Kind::Node, value.get("status"))?;
        let allocatable = if status.allocatable.is_empty() {
            status.capacity.clone()
        } else {
            status.allocatable
        };
        Ok(Self {
            unschedulable: spec.unschedulable,
            taints: spec.taints,
            pod_cidr: spec.pod_cidr,
            raw: Arc::new(value.get("spec").cloned().unwrap_or_default()),
            status: NodeStatus {
                capacity: Arc::new(status.capacity),
                allocatable: Arc::new(allocatable),
                images: Arc::new(value["status"]["images"].clone()),
                ..NodeStatus::default()
            },
        })
    }

    /// Whether its condition `Ready` is True.
    pub fn is_ready(&self) -> bool {
        condition::is_true(&self.status.conditions, "Ready")
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = if self.raw.is_null() {
            json!({})
        } else {
            (*self.raw).clone()
        };
        let taints = self.taints.iter().map(|taint| {
            let mut value = json!(taint);
            overlay(
                &mut value,
                "timeAdded",
                taint.time_added.map(|t| json!(t.to_rfc3339())),
            );
            value
        });
        overlay(
            &mut spec,
            "taints",
            (!self.taints.is_empty()).then(|| taints.collect()),
        );
        overlay(
            &mut spec,
            "unschedulable",
            self.unschedulable.then_some(json!(true)),
        );
        overlay(
            &mut spec,
            "podCIDR",
            (!self.pod_cidr.is_empty()).then(|| json!(self.pod_cidr)),
        );
        overlay(
            &mut spec,
            "podCIDRs",
            (!self.pod_cidr.is_empty()).then(|| json!([self.pod_cidr])),
        );
        spec
    }

    /// `status` as the API prints it.
    pub fn status_value(&self, name: &str) -> Value {
        let s = &self.status;
        let mut map = Map::new();
        map.insert(
            "addresses".into(),
            json!([{"address": s.internal_ip, "type": "InternalIP"}, {"address": name, "type": "Hostname"}]),
        );
        map.insert("allocatable".into(), json!(*s.allocatable));
        map.insert("capacity".into(), json!(*s.capacity));
        map.insert("conditions".into(), condition::to_values(&s.conditions));
        if !s.images.is_null() {
            map.insert("images".into(), (*s.images).clone());
        }
        map.insert(
            "nodeInfo".into(),
            json!({"architecture": "amd64", "bootID": s.boot_id, "kubeletVersion": s.kubelet_version, "operatingSystem": "linux"}),
        );
        if !s.volumes_attached.is_empty() {
            let list = s
                .volumes_attached
                .iter()
                .map(|name| json!({"devicePath": "", "name": name}));
            map.insert("volumesAttached".into(), list.collect());
        }
        if !s.volumes_in_use.is_empty() {
            map.insert("volumesInUse".into(), json!(*s.volumes_in_use));
        }
        Value::Object(map)
    }
}
