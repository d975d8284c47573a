//! StatefulSets, Deployments, ReplicaSets, ReplicationControllers and DaemonSets.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use super::containers::template;
use super::pods::controlled_by;
use super::volumes::claim_of;
use crate::discovery;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{
    at, controller, has, items, number, or_none, pairs, plain, selector, selector_of, text,
};

/// `3 Running / 0 Waiting / 0 Succeeded / 0 Failed` of the Pods that an object controls.
fn pods_status(page: &mut Page<'_>, owner: &Value) -> String {
    let pods = owned(page, "pods", owner);
    let count = |phase: &str| {
        pods.iter()
            .filter(|pod| text(&pod.value, "status.phase") == phase)
            .count()
    };
    format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    )
}

fn owned(page: &mut Page<'_>, plural: &str, owner: &Value) -> Vec<Item> {
    let Ok(resource) = discovery::find(plural) else {
        return Vec::new();
    };
    let filter = Filter {
        namespace: Some(text(owner, "metadata.namespace").to_owned()),
        ..Filter::default()
    };
    let uid = text(owner, "metadata.uid");
    let mut found = fetch_all(page.cluster, resource, &filter).unwrap_or_default();
    found.retain(|item| controller(&item.value).is_some_and(|owner| text(owner, "uid") == uid));
    found
}

pub(super) fn stateful_set(page: &mut Page<'_>, item: &Item) {
    let set = &item.value;
    page.field(0, "Name", text(set, "metadata.name"));
    page.field(0, "Namespace", text(set, "metadata.namespace"));
    page.field(
        0,
        "CreationTimestamp",
        &Page::moment(set, "metadata.creationTimestamp"),
    );
    page.field(0, "Selector", &selector(at(set, "spec.selector")));
    page.map("", "Labels", set, "metadata.labels");
    page.annotations("", set, "metadata.annotations");
    let in_full = page.cluster.world().release().describes_set_in_full();
    if in_full {
        let service = text(set, "spec.serviceName");
        if !service.is_empty() {
            page.field(0, "Service Name", service);
        }
        page.field(
            0,
            "Pod Management Policy",
            text(set, "spec.podManagementPolicy"),
        );
    }
    page.field(
        0,
        "Replicas",
        &format!(
            "{} desired | {} total",
            number(set, "spec.replicas"),
            number(set, "status.replicas")
        ),
    );
    page.field(0, "Update Strategy", text(set, "spec.updateStrategy.type"));
    let rolling = at(set, "spec.updateStrategy.rollingUpdate");
    if has(rolling, "partition") {
        page.field(1, "Partition", &number(rolling, "partition").to_string());
    }
    if has(rolling, "maxUnavailable") {
        page.field(1, "MaxUnavailable", &plain(at(rolling, "maxUnavailable")));
    }
    let retention = at(set, "spec.persistentVolumeClaimRetentionPolicy");
    if in_full && !retention.is_null() {
        page.line(0, "Persistent Volume Claim Retention Policy:");
        page.field(1, "WhenDeleted", text(retention, "whenDeleted"));
        page.field(1, "WhenScaled", text(retention, "whenScaled"));
    }
    let status = pods_status(page, set);
    page.field(0, "Pods Status", &status);
    template(page, at(set, "spec.template"));
    let claims = items(set, "spec.volumeClaimTemplates");
    if claims.is_empty() {
        page.field(0, "Volume Claims", "<none>");
    } else {
        page.line(0, "Volume Claims:");
        for claim in claims {
            claim_of(page, claim);
        }
    }
    page.events_of(set);
}

fn conditions(page: &mut Page<'_>, object: &Value) {
    let conditions = items(object, "status.conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        page.line(
            1,
            &format!(
                "{} \t{}\t{}",
                text(condition, "type"),
                text(condition, "status"),
                text(condition, "reason")
            ),
        );
    }
}

pub(super) fn deployment(page: &mut Page<'_>, item: &Item) {
    let deployment = &item.value;
    let count = |path: &str| number(deployment, path);
    page.field(0, "Name", text(deployment, "metadata.name"));
    page.field(0, "Namespace", text(deployment, "metadata.namespace"));
    page.field(
        0,
        "CreationTimestamp",
        &Page::moment(deployment, "metadata.creationTimestamp"),
    );
    page.map("", "Labels", deployment, "metadata.labels");
    page.annotations("", deployment, "metadata.annotations");
    page.field(0, "Selector", &selector(at(deployment, "spec.selector")));
    page.field(
        0,
        "Replicas",
        &format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            count("spec.replicas"),
            count("status.updatedReplicas"),
            count("status.replicas"),
            count("status.availableReplicas"),
            count("status.unavailableReplicas")
        ),
    );
    page.field(0, "StrategyType", text(deployment, "spec.strategy.type"));
    page.field(
        0,
        "MinReadySeconds",
        &count("spec.minReadySeconds").to_string(),
    );
    let rolling = at(deployment, "spec.strategy.rollingUpdate");
    if !rolling.is_null() {
        page.field(
            0,
            "RollingUpdateStrategy",
            &format!(
                "{} max unavailable, {} max surge",
                plain(at(rolling, "maxUnavailable")),
                plain(at(rolling, "maxSurge"))
            ),
        );
    }
    template(page, at(deployment, "spec.template"));
    conditions(page, deployment);
    let mut sets = owned(page, "replicasets", deployment);
    if !sets.is_empty() {
        ordinal_api::sorted::sort_by_key(&mut sets, |set| {
            let created = text(&set.value, "metadata.creationTimestamp").to_owned();
            (created, set.name().to_owned())
        });
        let wanted = without_hash(at(deployment, "spec.template"));
        // Of several with the same template the oldest counts.
        let new = sets
            .iter()
            .position(|set| without_hash(at(&set.value, "spec.template")) == wanted);
        let shown = |of_new: bool| {
            let texts: Vec<String> = sets
                .iter()
                .enumerate()
                .filter(|(place, _)| (Some(*place) == new) == of_new)
                .map(|(_, set)| {
                    format!(
                        "{} ({}/{} replicas created)",
                        set.name(),
                        number(&set.value, "status.replicas"),
                        number(&set.value, "spec.replicas")
                    )
                })
                .into_list();
            or_none(&texts.join(", "))
        };
        page.field(0, "OldReplicaSets", &shown(false));
        page.field(0, "NewReplicaSet", &shown(true));
    }
    page.events_of(deployment);
}

/// A template without the label that tells ReplicaSets apart.
pub(crate) fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("labels"))
        .and_then(Value::as_object_mut)
    {
        labels.remove("pod-template-hash");
    }
    template
}

/// A ReplicaSet or a ReplicationController, whose own owner is not told.
pub(super) fn replica_set(page: &mut Page<'_>, item: &Item) {
    let set = &item.value;
    page.field(0, "Name", text(set, "metadata.name"));
    page.field(0, "Namespace", text(set, "metadata.namespace"));
    page.field(0, "Selector", &selector_of(set));
    page.map("", "Labels", set, "metadata.labels");
    page.annotations("", set, "metadata.annotations");
    if item.resource.kind == "ReplicaSet" {
        controlled_by(page, set);
    }
    page.field(
        0,
        "Replicas",
        &format!(
            "{} current / {} desired",
            number(set, "status.replicas"),
            number(set, "spec.replicas")
        ),
    );
    let status = pods_status(page, set);
    page.field(0, "Pods Status", &status);
    template(page, at(set, "spec.template"));
    conditions(page, set);
    page.events_of(set);
}

pub(super) fn daemon_set(page: &mut Page<'_>, item: &Item) {
    let set = &item.value;
    page.field(0, "Name", text(set, "metadata.name"));
    page.field(0, "Namespace", text(set, "metadata.namespace"));
    page.field(0, "Selector", &selector(at(set, "spec.selector")));
    page.field(
        0,
        "Node-Selector",
        &or_none(&pairs(set, "spec.template.spec.nodeSelector")),
    );
    page.map("", "Labels", set, "metadata.labels");
    page.annotations("", set, "metadata.annotations");
    for (label, path) in [
        (
            "Desired Number of Nodes Scheduled",
            "desiredNumberScheduled",
        ),
        (
            "Current Number of Nodes Scheduled",
            "currentNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            "updatedNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Available Pods",
            "numberAvailable",
        ),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, &format!("{label}: {}", number(at(set, "status"), path)));
    }
    let status = pods_status(page, set);
    page.field(0, "Pods Status", &status);
    template(page, at(set, "spec.template"));
    page.events_of(set);
}
