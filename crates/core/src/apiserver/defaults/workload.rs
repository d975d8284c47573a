//! What is made from a template. Models pkg/apis/{apps,batch}/v1/defaults.go, 1.37.

use ordinal_api::{Value, value};
use serde_json::json;

use super::pod::pod_spec;
use super::volume::claim_spec;
use super::{items, part, put, put_labels};
use crate::release::Release;

fn template(spec: &mut Value) {
    let template = part(spec, "template");
    part(template, "metadata");
    pod_spec(part(template, "spec"));
}

pub(super) fn stateful_set(object: &mut Value, release: Release) {
    let spec = part(object, "spec");
    put(spec, "replicas", json!(1));
    put(spec, "podManagementPolicy", json!("OrderedReady"));
    put(spec, "revisionHistoryLimit", json!(10));
    put(spec, "serviceName", json!(""));
    let enabled = release.max_unavailable_stateful_set();
    let strategy = part(spec, "updateStrategy");
    if strategy.get("type").is_none_or(|t| t.is_null() || t == "") {
        value::overlay(strategy, "type", Some(json!("RollingUpdate")));
        put(strategy, "rollingUpdate", json!({}));
    }
    let rolls = strategy["type"] == "RollingUpdate";
    if let Some(rolling) = strategy
        .get_mut("rollingUpdate")
        .filter(|r| r.is_object() && rolls)
    {
        put(rolling, "partition", json!(0));
        if enabled {
            put(rolling, "maxUnavailable", json!(1));
        } else {
            value::overlay(rolling, "maxUnavailable", None);
        }
    }
    let retention = part(spec, "persistentVolumeClaimRetentionPolicy");
    put(retention, "whenDeleted", json!("Retain"));
    put(retention, "whenScaled", json!("Retain"));
    template(spec);
    for claim in items(spec, "volumeClaimTemplates") {
        value::overlay(claim, "apiVersion", Some(json!("v1")));
        value::overlay(claim, "kind", Some(json!("PersistentVolumeClaim")));
        claim_spec(part(claim, "spec"));
        value::overlay(claim, "status", Some(json!({"phase": "Pending"})));
    }
}

pub(super) fn deployment(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "replicas", json!(1));
    put(spec, "revisionHistoryLimit", json!(10));
    put(spec, "progressDeadlineSeconds", json!(600));
    let strategy = part(spec, "strategy");
    put(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate" {
        let rolling = part(strategy, "rollingUpdate");
        put(rolling, "maxSurge", json!("25%"));
        put(rolling, "maxUnavailable", json!("25%"));
    }
    template(spec);
}

/// Models pkg/apis/batch/v1/defaults.go.
pub(super) fn job(object: &mut Value) {
    let spec = part(object, "spec");
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        put(spec, "completions", json!(1));
    }
    put(spec, "parallelism", json!(1));
    if spec.get("backoffLimitPerIndex").is_some() {
        put(spec, "backoffLimit", json!(i32::MAX));
    }
    put(spec, "backoffLimit", json!(6));
    put(spec, "completionMode", json!("NonIndexed"));
    put(spec, "suspend", json!(false));
    put(spec, "manualSelector", json!(false));
    let policy = if spec.get("podFailurePolicy").is_some() {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    put(spec, "podReplacementPolicy", json!(policy));
    job_template(spec);
    let labels = value::at(spec, &["template", "metadata", "labels"]).cloned();
    put(object, "status", json!({}));
    if let (Some(labels), Some(metadata)) = (labels, object.get_mut("metadata")) {
        put_labels(metadata, "labels", &labels);
    }
}

/// What the templates of Jobs and of CronJobs get alike.
fn job_template(spec: &mut Value) {
    template(spec);
    let Some(policy) = spec.get_mut("podFailurePolicy") else {
        return;
    };
    for rule in items(policy, "rules") {
        for pattern in items(rule, "onPodConditions") {
            if pattern["status"] == "" {
                value::overlay(pattern, "status", Some(json!("True")));
            }
        }
    }
}

pub(super) fn cron_job(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "concurrencyPolicy", json!("Allow"));
    put(spec, "suspend", json!(false));
    put(spec, "successfulJobsHistoryLimit", json!(3));
    put(spec, "failedJobsHistoryLimit", json!(1));
    let template = part(spec, "jobTemplate");
    job_template(part(template, "spec"));
    put(object, "status", json!({}));
}

/// Models pkg/apis/core/v1 `SetDefaults_ReplicationController`.
pub(super) fn replication_controller(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "replicas", json!(1));
    if spec.get("template").is_some_and(Value::is_object) {
        template(spec);
    }
    let labels = value::at(spec, &["template", "metadata", "labels"]).cloned();
    if let Some(labels) = labels {
        put_labels(spec, "selector", &labels);
        put_labels(part(object, "metadata"), "labels", &labels);
    }
    put(object, "status", json!({"replicas": 0}));
}

pub(super) fn replica_set(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "replicas", json!(1));
    template(spec);
}

pub(super) fn daemon_set(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "revisionHistoryLimit", json!(10));
    let strategy = part(spec, "updateStrategy");
    if strategy.get("type").is_none_or(|t| t.is_null() || t == "") {
        value::overlay(strategy, "type", Some(json!("RollingUpdate")));
    }
    let rolls = strategy["type"] == "RollingUpdate";
    if rolls || strategy.get("rollingUpdate").is_some_and(Value::is_object) {
        let rolling = part(strategy, "rollingUpdate");
        put(rolling, "maxUnavailable", json!(1));
        put(rolling, "maxSurge", json!(0));
    }
    template(spec);
}
