//! What is different between two versions of an object, as facts.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus, DISRUPTION_TARGET};
use ordinal_api::deployment::{Deployment, DeploymentStatus};
use ordinal_api::node::Node;
use ordinal_api::pod::{ContainerState, Pod, PodPhase, PodStatus};
use ordinal_api::replicaset::{ReplicaSet, ReplicaSetStatus};
use ordinal_api::statefulset::{StatefulSet, StatefulSetStatus};
use ordinal_api::storage::{ClaimPhase, VolumePhase};
use ordinal_api::{Body, Object, ObjectKey, Text, Value, value};

use super::endpoints::endpoints;
use crate::journal::{Fact, Facts};

/// The facts of one write. A new object is compared with an empty one of its kind.
pub(crate) fn facts(old: Option<&Object>, new: Option<&Object>) -> Facts {
    let mut facts = Facts::NONE;
    let Some(new) = new else {
        facts.push(Fact::Deleted);
        return facts;
    };
    if old.is_none() && !matches!(new.body, Body::Event(_)) {
        facts.push(Fact::Created);
    }
    meta_facts(old, new, &mut facts);
    match &new.body {
        Body::Pod(pod) => pod_facts(old.and_then(|o| o.as_pod()), pod, &mut facts),
        Body::Node(node) => node_facts(old.and_then(|o| o.as_node()), node, &mut facts),
        Body::StatefulSet(set) => {
            set_facts(old.and_then(|o| o.as_stateful_set()), set, &mut facts);
        }
        Body::ReplicaSet(set) | Body::ReplicationController(set) => {
            replica_set_facts(old.and_then(|o| o.as_replicated()), set, &mut facts);
        }
        Body::Deployment(deployment) => {
            deployment_facts(old.and_then(|o| o.as_deployment()), deployment, &mut facts);
        }
        Body::ControllerRevision(revision) => {
            let before = old.and_then(|o| o.as_controller_revision());
            if before.is_none_or(|old| old.revision != revision.revision) {
                facts.push(Fact::RevisionNumber(revision.revision));
            }
        }
        Body::PersistentVolumeClaim(claim) => {
            let before = old.and_then(|o| o.as_claim());
            let phase = claim.status.phase;
            if phase != before.map_or(ClaimPhase::Pending, |old| old.status.phase) {
                facts.push(match phase {
                    ClaimPhase::Bound => Fact::ClaimBound(claim.volume_name.clone()),
                    ClaimPhase::Lost => Fact::ClaimLost,
                    ClaimPhase::Pending => Fact::Changed("phase"),
                });
            }
        }
        Body::PersistentVolume(volume) => {
            let before = old.and_then(|o| o.as_volume());
            if volume.phase != before.map_or(VolumePhase::Pending, |old| old.phase) {
                facts.push(Fact::VolumePhase(volume.phase));
            }
        }
        Body::VolumeAttachment(attachment) => {
            let before = old.and_then(|o| o.as_volume_attachment());
            if before.is_none() {
                facts.push(Fact::AttachmentOf {
                    volume: attachment.volume.clone(),
                    node: attachment.node_name.clone(),
                });
            }
            if attachment.attached && !before.is_some_and(|old| old.attached) {
                facts.push(Fact::Attached);
            }
            if let Some(error) = &attachment.attach_error
                && before.is_none_or(|old| old.attach_error != attachment.attach_error)
            {
                facts.push(Fact::AttachError(error.1.clone()));
            }
        }
        Body::PodDisruptionBudget(budget) => {
            let before = old.and_then(|o| o.as_pod_disruption_budget());
            budget_facts(before.map(|old| &*old.raw), &budget.raw, &mut facts);
        }
        Body::Namespace(namespace) => {
            let before = old.and_then(|o| o.as_namespace());
            if namespace.terminating && before.is_some_and(|old| !old.terminating) {
                facts.push(Fact::NamespaceTerminating);
            }
        }
        Body::EndpointSlice(slice) => {
            let before = old.and_then(|o| o.as_endpoint_slice());
            facts.extend(endpoints(&new.meta, before, slice).map(Fact::Endpoints));
        }
        Body::Event(event) => facts.push(Fact::Event(event.told.clone())),
        _ => {}
    }
    if facts.is_empty() {
        facts.push(Fact::Changed("object"));
    }
    facts
}

fn budget_facts(old: Option<&Value>, new: &Value, facts: &mut Facts) {
    let number = |budget: &Value, field: &str| {
        let value = value::at(budget, &["status", field]).and_then(Value::as_u64);
        value.and_then(|v| u32::try_from(v).ok()).unwrap_or(0)
    };
    for field in [
        "disruptionsAllowed",
        "currentHealthy",
        "desiredHealthy",
        "expectedPods",
    ] {
        let value = number(new, field);
        if value != old.map_or(0, |old| number(old, field)) {
            facts.push(Fact::Count { field, value });
        }
    }
}

fn meta_facts(old: Option<&Object>, new: &Object, facts: &mut Facts) {
    if new.meta.is_deleting() && !old.is_some_and(|o| o.meta.is_deleting()) {
        let attachment = matches!(new.body, Body::VolumeAttachment(_));
        facts.push(if attachment {
            Fact::DetachRequested
        } else {
            Fact::DeletionRequested
        });
    }
    let key = |owner: &ordinal_api::OwnerReference| {
        owner
            .kind
            .map(|kind| ObjectKey::new(kind, &new.meta.namespace, &owner.name))
    };
    // Owners that an object is born with are no news.
    if let Some(old) = old
        && old.meta.owner_references != new.meta.owner_references
    {
        let (before, after) = (&old.meta.owner_references, &new.meta.owner_references);
        let has = |list: &[ordinal_api::OwnerReference], uid| list.iter().any(|o| o.uid == uid);
        facts.extend(
            after
                .iter()
                .filter(|o| !has(before, o.uid))
                .filter_map(key)
                .map(Fact::OwnerAdded),
        );
        facts.extend(
            before
                .iter()
                .filter(|o| !has(after, o.uid))
                .filter_map(key)
                .map(Fact::OwnerRemoved),
        );
    }
    if let Body::PersistentVolumeClaim(_) = new.body {
        const KEY: &str = "volume.kubernetes.io/selected-node";
        let node = new.meta.annotation(KEY);
        if let Some(node) = node.filter(|_| old.and_then(|o| o.meta.annotation(KEY)) != node) {
            facts.push(Fact::SelectedNode(node.into()));
        }
    }
}

fn conditions(
    old: &[Condition],
    new: &[Condition],
    facts: &mut Facts,
    of_interest: impl Fn(&Condition) -> bool,
) {
    for condition in new.iter().filter(|c| of_interest(c)) {
        let before = condition::find(old, &condition.type_);
        if before.is_none_or(|b| b.status != condition.status || b.reason != condition.reason) {
            facts.push(Fact::Condition {
                type_: condition.type_.clone(),
                status: condition.status,
                reason: condition.reason.clone(),
            });
        }
    }
}

fn pod_facts(old: Option<&Pod>, new: &Pod, facts: &mut Facts) {
    if !new.node_name.is_empty() && old.is_none_or(|o| o.node_name.is_empty()) {
        facts.push(Fact::Scheduled(new.node_name.clone()));
    }
    if old.is_some_and(|old| Arc::ptr_eq(&old.status, &new.status)) {
        return;
    }
    let empty;
    let before = match old {
        Some(old) => &*old.status,
        None => {
            empty = PodStatus::default();
            &empty
        }
    };
    let status = &new.status;
    conditions(&before.conditions, &status.conditions, facts, |c| {
        c.type_ == DISRUPTION_TARGET
            || (c.type_ == "PodScheduled" && c.status == ConditionStatus::False)
    });
    if !new.spec.init_containers.is_empty()
        && condition::is_true(&status.conditions, "Initialized")
        && !condition::is_true(&before.conditions, "Initialized")
    {
        facts.push(Fact::Initialized);
    }
    if status.pod_ip != before.pod_ip && !status.pod_ip.is_empty() {
        facts.push(Fact::Address(status.pod_ip.clone()));
    }
    for (container, was) in status.containers.iter().zip(
        before
            .containers
            .iter()
            .map(Some)
            .chain(std::iter::repeat(None)),
    ) {
        if let Some(was) = was.filter(|was| was.restart_count != container.restart_count) {
            debug_assert!(
                was.restart_count < container.restart_count,
                "restarts only grow"
            );
            facts.push(Fact::Restarted {
                container: container.name.clone(),
                count: container.restart_count,
            });
        }
        if let ContainerState::Waiting { reason, .. } = &container.state {
            let same = was.is_some_and(
                |w| matches!(&w.state, ContainerState::Waiting { reason: r, .. } if r == reason),
            );
            if !same && !matches!(reason.as_str(), "ContainerCreating" | "PodInitializing") {
                facts.push(Fact::ContainerWaiting {
                    container: container.name.clone(),
                    reason: reason.clone(),
                });
            }
        }
    }
    if status.phase != before.phase {
        match status.phase {
            PodPhase::Running => facts.push(Fact::Running),
            PodPhase::Succeeded => facts.push(Fact::Succeeded),
            PodPhase::Failed => facts.push(Fact::Failed(status.reason.clone())),
            PodPhase::Pending | PodPhase::Unknown => facts.push(Fact::Changed("phase")),
        }
    }
    let (was, is) = (
        condition::is_true(&before.conditions, "Ready"),
        condition::is_true(&status.conditions, "Ready"),
    );
    if was != is {
        facts.push(if is { Fact::Ready } else { Fact::NotReady });
    }
}

fn node_facts(old: Option<&Arc<Node>>, new: &Arc<Node>, facts: &mut Facts) {
    let status = |n: &Node| condition::find(&n.status.conditions, "Ready").map(|c| c.status);
    let (was, is) = (old.and_then(|n| status(n)), status(new));
    if was != is {
        match is {
            Some(ConditionStatus::True) => facts.push(Fact::NodeReady),
            Some(ConditionStatus::False) => facts.push(Fact::NodeNotReady),
            Some(ConditionStatus::Unknown) => facts.push(Fact::NodeUnknown),
            None => {}
        }
    }
    let none = Vec::new();
    let before = old.map_or(&none, |n| &n.taints);
    let same = |a: &ordinal_api::node::Taint, b: &ordinal_api::node::Taint| {
        a.key == b.key && a.effect == b.effect
    };
    for taint in new
        .taints
        .iter()
        .filter(|t| !before.iter().any(|b| same(t, b)))
    {
        facts.push(Fact::Taint {
            key: taint.key.clone(),
            effect: taint.effect,
        });
    }
    for taint in before
        .iter()
        .filter(|t| !new.taints.iter().any(|b| same(t, b)))
    {
        facts.push(Fact::Untaint {
            key: taint.key.clone(),
            effect: taint.effect,
        });
    }
    if old.is_some_and(|n| n.unschedulable) != new.unschedulable {
        facts.push(Fact::Cordoned(new.unschedulable));
    }
}

/// A number of a status, by the name of its field.
type Count = (&'static str, u32);

fn counts(before: &[Count], after: &[Count], facts: &mut Facts) {
    let changed = after.iter().zip(before).filter(|(a, b)| a != b);
    facts.extend(changed.map(|((field, value), _)| Fact::Count {
        field,
        value: *value,
    }));
}

fn set_facts(old: Option<&StatefulSet>, new: &StatefulSet, facts: &mut Facts) {
    if old.is_some_and(|o| o.spec.replicas != new.spec.replicas) {
        facts.push(Fact::Desired(new.spec.replicas));
    }
    let empty = StatefulSetStatus::default();
    let (b, s) = (old.map_or(&empty, |o| &o.status), &new.status);
    let revisions: [(&'static str, &Text, &Text); 2] = [
        ("currentRevision", &b.current_revision, &s.current_revision),
        ("updateRevision", &b.update_revision, &s.update_revision),
    ];
    let fields = |s: &StatefulSetStatus| {
        [
            ("replicas", s.replicas),
            ("readyReplicas", s.ready_replicas),
            ("availableReplicas", s.available_replicas),
            ("currentReplicas", s.current_replicas),
            ("updatedReplicas", s.updated_replicas),
        ]
    };
    counts(&fields(b), &fields(s), facts);
    for (field, _, name) in revisions
        .into_iter()
        .filter(|(_, before, after)| before != after)
    {
        facts.push(Fact::Revision {
            field,
            name: name.clone(),
        });
    }
    conditions(&b.conditions, &s.conditions, facts, |_| true);
}

fn replica_set_facts(old: Option<&ReplicaSet>, new: &ReplicaSet, facts: &mut Facts) {
    if old.is_some_and(|o| o.replicas != new.replicas) {
        facts.push(Fact::Desired(new.replicas));
    }
    let empty = ReplicaSetStatus::default();
    let (b, s) = (old.map_or(&empty, |o| &o.status), &new.status);
    let fields = |s: &ReplicaSetStatus| {
        [
            ("replicas", s.replicas),
            ("readyReplicas", s.ready_replicas),
            ("availableReplicas", s.available_replicas),
            ("terminatingReplicas", s.terminating_replicas.unwrap_or(0)),
        ]
    };
    counts(&fields(b), &fields(s), facts);
    conditions(&b.conditions, &s.conditions, facts, |_| true);
}

fn deployment_facts(old: Option<&Deployment>, new: &Deployment, facts: &mut Facts) {
    if old.is_some_and(|o| o.spec.replicas != new.spec.replicas) {
        facts.push(Fact::Desired(new.spec.replicas));
    }
    let empty = DeploymentStatus::default();
    let (b, s) = (old.map_or(&empty, |o| &o.status), &new.status);
    let fields = |s: &DeploymentStatus| {
        [
            ("replicas", s.replicas),
            ("readyReplicas", s.ready_replicas),
            ("availableReplicas", s.available_replicas),
            ("updatedReplicas", s.updated_replicas),
            ("unavailableReplicas", s.unavailable_replicas),
            ("terminatingReplicas", s.terminating_replicas.unwrap_or(0)),
        ]
    };
    counts(&fields(b), &fields(s), facts);
    conditions(&b.conditions, &s.conditions, facts, |_| true);
}
