//! The stored object: metadata and a body of its kind.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::config::Plain;
use crate::coordination::Lease;
use crate::daemonset::DaemonSet;
use crate::deployment::Deployment;
use crate::endpointslice::EndpointSlice;
use crate::event::Event;
use crate::namespace::Namespace;
use crate::node::Node;
use crate::pod::Pod;
use crate::replicaset::{ControllerRevision, ReplicaSet};
use crate::service::Service;
use crate::statefulset::StatefulSet;
use crate::storage::{
    CSIDriver, CSINode, PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment,
};
use crate::{Kind, ObjectKey, ObjectMeta, Status, Value, condition};

/// An object as the API server stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its metadata.
    pub meta: ObjectMeta,
    /// The rest, by kind.
    pub body: Body,
}

/// What an object of each kind stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own kinds")]
pub enum Body {
    Namespace(Namespace),
    Node(Arc<Node>),
    Pod(Pod),
    StatefulSet(StatefulSet),
    ReplicaSet(ReplicaSet),
    Deployment(Deployment),
    ControllerRevision(ControllerRevision),
    Service(Service),
    EndpointSlice(EndpointSlice),
    PersistentVolume(PersistentVolume),
    PersistentVolumeClaim(PersistentVolumeClaim),
    StorageClass(StorageClass),
    VolumeAttachment(VolumeAttachment),
    CSINode(CSINode),
    CSIDriver(CSIDriver),
    CSIStorageCapacity(Plain),
    Secret(Plain),
    ConfigMap(Plain),
    ServiceAccount(Plain),
    PodDisruptionBudget(Plain),
    PriorityClass(Plain),
    Lease(Lease),
    DaemonSet(DaemonSet),
    Endpoints(Plain),
    ResourceQuota(Plain),
    LimitRange(Plain),
    Job(Plain),
    CronJob(Plain),
    ReplicationController(ReplicaSet),
    Event(Event),
}

impl Object {
    /// An object that is not yet stored.
    pub fn new(meta: ObjectMeta, body: Body) -> Self {
        Self { meta, body }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// Its name in the store.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(self.kind(), &self.meta.namespace, &self.meta.name)
    }

    /// Reads an admitted object: strictly decoded, defaulted and validated JSON.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(kind: Kind, value: &Value) -> Result<Self, Status> {
        let empty = Value::Object(Map::new());
        let meta = ObjectMeta::from_value(value.get("metadata").unwrap_or(&empty))?;
        let plain = || Plain::from_value(value);
        let flag = |path: &[&str]| crate::value::at(value, path).and_then(Value::as_bool);
        let body = match kind {
            Kind::Namespace => Body::Namespace(Namespace::default()),
            Kind::Node => Body::Node(Arc::new(Node::from_value(value)?)),
            Kind::Pod => Body::Pod(Pod::from_value(value)?),
            Kind::StatefulSet => Body::StatefulSet(StatefulSet::from_value(value)?),
            Kind::ReplicaSet => Body::ReplicaSet(ReplicaSet::from_value(kind, value)?),
            Kind::Deployment => Body::Deployment(Deployment::from_value(value)?),
            Kind::ControllerRevision => {
                Body::ControllerRevision(ControllerRevision::from_value(value))
            }
            Kind::Service => Body::Service(Service::from_value(value)),
            Kind::EndpointSlice => Body::EndpointSlice(EndpointSlice::from_value(value)),
            Kind::PersistentVolume => Body::PersistentVolume(PersistentVolume::from_value(value)?),
            Kind::PersistentVolumeClaim => {
                Body::PersistentVolumeClaim(PersistentVolumeClaim::from_value(value)?)
            }
            Kind::StorageClass => Body::StorageClass(StorageClass::from_value(value)),
            Kind::VolumeAttachment => {
                let text = |path: &[&str]| {
                    crate::value::at(value, path)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                let source = crate::value::at(value, &["spec", "source"]);
                Body::VolumeAttachment(VolumeAttachment {
                    source: Arc::new(source.cloned().unwrap_or_default()),
                    attacher: text(&["spec", "attacher"]).into(),
                    node_name: text(&["spec", "nodeName"]).into(),
                    volume: text(&["spec", "source", "persistentVolumeName"]).into(),
                    ..VolumeAttachment::default()
                })
            }
            Kind::CSINode => Body::CSINode(CSINode::from_value(value)),
            Kind::CSIDriver => Body::CSIDriver(CSIDriver {
                attach_required: flag(&["spec", "attachRequired"]).unwrap_or(true),
                raw: Arc::new(value.get("spec").cloned().unwrap_or_default()),
            }),
            Kind::CSIStorageCapacity => Body::CSIStorageCapacity(plain()),
            Kind::Secret => Body::Secret(plain()),
            Kind::ConfigMap => Body::ConfigMap(plain()),
            Kind::ServiceAccount => Body::ServiceAccount(plain()),
            Kind::PodDisruptionBudget => Body::PodDisruptionBudget(plain()),
            Kind::PriorityClass => Body::PriorityClass(plain()),
            Kind::Lease => Body::Lease(Lease::from_value(value)),
            Kind::DaemonSet => Body::DaemonSet(DaemonSet::from_value(value)?),
            Kind::Endpoints => Body::Endpoints(plain()),
            Kind::ResourceQuota => Body::ResourceQuota(plain()),
            Kind::LimitRange => Body::LimitRange(plain()),
            Kind::Job => Body::Job(plain()),
            Kind::CronJob => Body::CronJob(plain()),
            Kind::ReplicationController => {
                Body::ReplicationController(ReplicaSet::from_value(kind, value)?)
            }
            Kind::Event => Body::Event(Event::from_value(value)),
        };
        Ok(Self { meta, body })
    }

    /// As the API prints it.
    pub fn to_value(&self) -> Value {
        let kind = self.kind();
        let mut map = Map::new();
        map.insert("apiVersion".into(), json!(kind.api_version()));
        map.insert("kind".into(), json!(kind.names().kind));
        let mut metadata = self.meta.to_value();
        if kind == Kind::Namespace {
            // A namespace is not deleted gracefully: its content is.
            crate::value::overlay(&mut metadata, "deletionGracePeriodSeconds", None);
        }
        map.insert("metadata".into(), metadata);
        let mut parts = |spec: Value, status: Value| {
            map.insert("spec".into(), spec);
            map.insert("status".into(), status);
        };
        match &self.body {
            Body::Namespace(n) => {
                let finalizers = if n.finalized {
                    json!({})
                } else {
                    json!({"finalizers": ["kubernetes"]})
                };
                let mut status =
                    json!({"phase": if n.terminating { "Terminating" } else { "Active" }});
                if !n.conditions.is_empty() {
                    status["conditions"] = condition::to_values(&n.conditions);
                }
                parts(finalizers, status);
            }
            Body::Node(n) => parts(n.spec_value(), n.status_value(&self.meta.name)),
            Body::Pod(p) => parts(
                p.admitted_spec(self.meta.uid),
                p.status_value(self.meta.uid),
            ),
            Body::StatefulSet(s) => parts(s.spec_value(), s.status_value()),
            Body::ReplicaSet(r) | Body::ReplicationController(r) => {
                parts(r.spec_value(), r.status_value())
            }
            Body::Deployment(d) => parts(d.spec_value(), d.status_value()),
            Body::DaemonSet(d) => parts((*d.raw).clone(), d.status_value()),
            Body::Service(s) => parts(s.spec_value(), s.status_value()),
            Body::PersistentVolume(v) => parts(v.spec_value(), v.status_value()),
            Body::PersistentVolumeClaim(c) => parts(c.spec_value(), c.status_value()),
            Body::ControllerRevision(r) => {
                map.insert("data".into(), (*r.data).clone());
                map.insert("revision".into(), json!(r.revision));
            }
            Body::EndpointSlice(s) => s.fill_value(&self.meta.namespace, &mut map),
            Body::VolumeAttachment(a) => a.fill_value(&mut map),
            Body::StorageClass(c) => merge_plain(&c.raw, &mut map),
            Body::CSINode(n) => {
                map.insert("spec".into(), n.spec_value(&self.meta.name));
            }
            Body::CSIDriver(d) => {
                map.insert("spec".into(), (*d.raw).clone());
            }
            Body::Secret(p)
            | Body::ConfigMap(p)
            | Body::ServiceAccount(p)
            | Body::PodDisruptionBudget(p)
            | Body::PriorityClass(p)
            | Body::Endpoints(p)
            | Body::ResourceQuota(p)
            | Body::LimitRange(p)
            | Body::Job(p)
            | Body::CronJob(p)
            | Body::CSIStorageCapacity(p) => merge_plain(&p.raw, &mut map),
            Body::Lease(l) => {
                map.insert("spec".into(), l.spec_value());
            }
            Body::Event(e) => e.fill_value(&mut map),
        }
        Value::Object(map)
    }
}

fn merge_plain(raw: &Value, map: &mut Map<String, Value>) {
    for (key, value) in raw.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            map.insert(key.clone(), value.clone());
        }
    }
}

impl Object {
    /// The ReplicaSet or ReplicationController, if it is one of them.
    pub fn as_replicated(&self) -> Option<&ReplicaSet> {
        match &self.body {
            Body::ReplicaSet(set) | Body::ReplicationController(set) => Some(set),
            _ => None,
        }
    }

    /// The ReplicaSet or ReplicationController to change, if it is one of them.
    pub fn as_replicated_mut(&mut self) -> Option<&mut ReplicaSet> {
        match &mut self.body {
            Body::ReplicaSet(set) | Body::ReplicationController(set) => Some(set),
            _ => None,
        }
    }
}

macro_rules! bodies {
    ($($kind:ident $lower:ident $lower_mut:ident $type:ty;)*) => {
        impl Body {
            /// The kind of this body.
            pub fn kind(&self) -> Kind {
                match self { $(Body::$kind(_) => Kind::$kind,)* }
            }
        }
        impl Object {
            $(
                #[doc = concat!("The ", stringify!($kind), ", if it is one.")]
                pub fn $lower(&self) -> Option<&$type> {
                    match &self.body { Body::$kind(body) => Some(body), _ => None }
                }
                #[doc = concat!("The ", stringify!($kind), " to change, if it is one.")]
                pub fn $lower_mut(&mut self) -> Option<&mut $type> {
                    match &mut self.body { Body::$kind(body) => Some(body), _ => None }
                }
            )*
        }
    };
}

bodies! {
    Namespace as_namespace as_namespace_mut Namespace;
    Node as_node as_node_mut Arc<Node>;
    Pod as_pod as_pod_mut Pod;
    StatefulSet as_stateful_set as_stateful_set_mut StatefulSet;
    ReplicaSet as_replica_set as_replica_set_mut ReplicaSet;
    Deployment as_deployment as_deployment_mut Deployment;
    ControllerRevision as_controller_revision as_controller_revision_mut ControllerRevision;
    Service as_service as_service_mut Service;
    EndpointSlice as_endpoint_slice as_endpoint_slice_mut EndpointSlice;
    PersistentVolume as_volume as_volume_mut PersistentVolume;
    PersistentVolumeClaim as_claim as_claim_mut PersistentVolumeClaim;
    StorageClass as_storage_class as_storage_class_mut StorageClass;
    VolumeAttachment as_volume_attachment as_volume_attachment_mut VolumeAttachment;
    CSINode as_csi_node as_csi_node_mut CSINode;
    CSIDriver as_csi_driver as_csi_driver_mut CSIDriver;
    CSIStorageCapacity as_csi_storage_capacity as_csi_storage_capacity_mut Plain;
    Secret as_secret as_secret_mut Plain;
    ConfigMap as_config_map as_config_map_mut Plain;
    ServiceAccount as_service_account as_service_account_mut Plain;
    PodDisruptionBudget as_pod_disruption_budget as_pod_disruption_budget_mut Plain;
    PriorityClass as_priority_class as_priority_class_mut Plain;
    Lease as_lease as_lease_mut Lease;
    DaemonSet as_daemon_set as_daemon_set_mut DaemonSet;
    Endpoints as_endpoints as_endpoints_mut Plain;
    ResourceQuota as_resource_quota as_resource_quota_mut Plain;
    LimitRange as_limit_range as_limit_range_mut Plain;
    Job as_job as_job_mut Plain;
    CronJob as_cron_job as_cron_job_mut Plain;
    ReplicationController as_replication_controller as_replication_controller_mut ReplicaSet;
    Event as_event as_event_mut Event;
}
