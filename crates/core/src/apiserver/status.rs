//! The `status` subresource: the status of an object as somebody outside writes it.
//!
//! Components write typed statuses through `Cx`; this is for clients, as a user who plays a controller is one.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus, Content};
use ordinal_api::pod::PodPhase;
use ordinal_api::storage::{ClaimPhase, VolumePhase};
use ordinal_api::{Body, Kind, Object, Quantity, SimTime, Status, Text, Value, value};

use super::create::{TEMPLATE_GENERATION, template_generation};
use super::managed::{self, Writer};
use super::{decode, identity, update};
use crate::Cx;

/// Replaces the status by the one of an object that was sent.
///
/// # Errors
/// `NotFound`, `Conflict`, or what validation finds.
pub(super) fn replace(
    cx: &mut Cx<'_>,
    kind: Kind,
    sent: Value,
    writer: &Writer,
) -> Result<Arc<Object>, Status> {
    let (namespace, name) = (decode::namespace_of(&sent), decode::name_of(&sent));
    let stored = update::find(cx, kind, namespace, name)?;
    write(cx, &stored, sent, true, writer)
}

/// Writes the status of an object, and what of its metadata may be written with it.
///
/// # Errors
/// `Conflict`, or what validation finds.
pub(super) fn write(
    cx: &mut Cx<'_>,
    stored: &Object,
    mut new: Value,
    put: bool,
    writer: &Writer,
) -> Result<Arc<Object>, Status> {
    let (kind, old) = (stored.kind(), stored.to_value());
    identity::check_identity(stored, &new, put)?;
    let status = new.get("status").cloned().unwrap_or_default();
    let mut sent = std::mem::replace(&mut new, old.clone());
    value::overlay(&mut new, "status", Some(status));
    super::defaults::fill(kind, &mut sent, cx.world.release());
    update::name_label(kind, &mut sent, &stored.meta.name);
    let metadata = sent.get("metadata").cloned().unwrap_or_default();
    let fixed: &[&str] = match kind {
        // Models apimachinery `ResetObjectMetaForStatus`.
        Kind::VolumeAttachment | Kind::CSINode => {
            &["labels", "annotations", "finalizers", "ownerReferences"]
        }
        Kind::Deployment => &["labels"],
        Kind::Pod => &["ownerReferences", "deletionTimestamp"],
        _ => &[],
    };
    if metadata.is_object() {
        let before = std::mem::replace(&mut new["metadata"], metadata);
        for key in fixed {
            value::overlay(&mut new["metadata"], key, before.get(*key).cloned());
        }
        let generation = stored.meta.annotation(TEMPLATE_GENERATION);
        if let Some(generation) = generation.and_then(|text| text.parse().ok()) {
            template_generation(&mut new, generation);
        }
    }
    super::validation::status(kind, &new, &old)?;
    decode::tidy(kind, &mut new);
    let status = new.get("status").cloned().unwrap_or_default();
    let managers = managed::update(kind, &old, &new, managed::of(stored), writer);
    let asked = Object::from_value(kind, &new)?.meta.into_lasting();
    let id = cx.id(kind, &stored.meta.namespace, &stored.meta.name);
    cx.update(id, |object| {
        let before = object.clone();
        set(&mut object.body, &status);
        update::take_metadata(object, asked);
        let changed = *object != before;
        if changed {
            object.meta.managed = Some(Arc::new(managers));
        }
        changed
    })
}

fn set(body: &mut Body, status: &Value) {
    let phase = status
        .get("phase")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let count = |key: &str| {
        let number = status.get(key).and_then(Value::as_u64);
        number.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    };
    match body {
        Body::Pod(pod) => {
            let to = Arc::make_mut(&mut pod.status);
            to.phase = PodPhase::of(phase);
            to.conditions = kept(&to.conditions, status);
            for (field, key) in [
                (&mut to.reason, "reason"),
                (&mut to.message, "message"),
                (&mut to.pod_ip, "podIP"),
                (&mut to.host_ip, "hostIP"),
                (&mut to.nominated_node_name, "nominatedNodeName"),
            ] {
                *field = Text::new(status.get(key).and_then(Value::as_str).unwrap_or_default());
            }
        }
        Body::Node(node) => {
            let to = &mut Arc::make_mut(node).status;
            to.conditions = kept(&to.conditions, status);
            to.capacity = Arc::new(quantities(status, "capacity"));
            to.allocatable = Arc::new(quantities(status, "allocatable"));
        }
        Body::PersistentVolumeClaim(claim) => {
            let to = Arc::make_mut(&mut claim.status);
            to.phase = ClaimPhase::of(phase);
            let capacity = quantities(status, "capacity");
            to.capacity = capacity.get("storage").cloned();
        }
        Body::PersistentVolume(volume) => {
            volume.phase = VolumePhase::of(phase);
        }
        Body::StatefulSet(set) => {
            let to = &mut set.status;
            to.observed_generation = count("observedGeneration").into();
            to.replicas = count("replicas");
            to.ready_replicas = count("readyReplicas");
            to.available_replicas = count("availableReplicas");
            to.current_replicas = count("currentReplicas");
            to.updated_replicas = count("updatedReplicas");
            to.conditions = conditions(status).into();
        }
        Body::Deployment(deployment) => {
            let to = &mut deployment.status;
            to.observed_generation = count("observedGeneration").into();
            to.replicas = count("replicas");
            to.updated_replicas = count("updatedReplicas");
            to.ready_replicas = count("readyReplicas");
            to.available_replicas = count("availableReplicas");
            to.unavailable_replicas = count("unavailableReplicas");
            to.conditions = conditions(status);
        }
        Body::ReplicaSet(set) | Body::ReplicationController(set) => {
            let to = &mut set.status;
            to.observed_generation = count("observedGeneration").into();
            to.replicas = count("replicas");
            to.fully_labeled_replicas = count("fullyLabeledReplicas");
            to.ready_replicas = count("readyReplicas");
            to.available_replicas = count("availableReplicas");
            to.conditions = conditions(status);
        }
        Body::Service(service) => {
            let list = value::at(status, &["loadBalancer", "ingress"]).and_then(Value::as_array);
            let ip = |item: &Value| item.get("ip").and_then(Value::as_str).map(Text::new);
            service.ingress = list.into_iter().flatten().filter_map(ip).collect();
        }
        Body::PodDisruptionBudget(plain)
        | Body::ResourceQuota(plain)
        | Body::Job(plain)
        | Body::CronJob(plain) => {
            value::overlay(
                Arc::make_mut(&mut plain.raw),
                "status",
                Some(status.clone()),
            );
        }
        _ => {}
    }
}

/// Reads `status.conditions`; those that say what they said keep their moments, which the API tells in whole seconds only.
fn kept(before: &[Condition], status: &Value) -> Vec<Condition> {
    let same = |new: &Condition| {
        let old = condition::find(before, &new.type_)?;
        (old.to_value() == new.to_value()).then(|| old.clone())
    };
    let given = conditions(status).into_iter();
    given.map(|new| same(&new).unwrap_or(new)).collect()
}

/// Reads `status.conditions`.
pub(super) fn conditions(status: &Value) -> Vec<Condition> {
    let list = status.get("conditions").and_then(Value::as_array);
    let one = |given: &Value| {
        let text =
            |key: &str| Text::new(given.get(key).and_then(Value::as_str).unwrap_or_default());
        Condition::from(Content {
            type_: text("type"),
            status: match text("status").as_str() {
                "True" => ConditionStatus::True,
                "False" => ConditionStatus::False,
                _ => ConditionStatus::Unknown,
            },
            reason: text("reason"),
            message: text("message"),
            last_transition: SimTime::parse_rfc3339(&text("lastTransitionTime"))
                .unwrap_or_default(),
            last_update: SimTime::parse_rfc3339(&text("lastUpdateTime")),
        })
    };
    list.into_iter().flatten().map(one).collect()
}

fn quantities(status: &Value, key: &str) -> ordinal_api::sorted::SortedMap<Text, Quantity> {
    let map = status.get(key).and_then(Value::as_object);
    let one = |(name, value): (&String, &Value)| {
        Some((Text::new(name), Quantity::parse(value.as_str()?).ok()?))
    };
    map.into_iter().flatten().filter_map(one).collect()
}
