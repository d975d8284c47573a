//! Defaults: what the API server fills in before it validates and stores.
//!
//! * `workload`: what is made from a template; `pod`: Pods and containers; `volume`: volumes, claims, drivers
//!
//! Models pkg/apis/{core,apps,batch,storage}/v1/defaults.go, 1.37.

mod pod;
mod volume;
mod workload;

use ordinal_api::{Kind, Value, value};
use serde_json::{Map, json};

use self::pod::{pod_spec, requests};
use self::volume::{claim_spec, csi_driver, persistent_volume};
use self::workload::{
    cron_job, daemon_set, deployment, job, replica_set, replication_controller, stateful_set,
};
use crate::release::Release;

/// Fills in the defaults of a kind.
pub(super) fn fill(kind: Kind, object: &mut Value, release: Release) {
    match kind {
        Kind::StatefulSet => stateful_set(object, release),
        Kind::Deployment => deployment(object),
        Kind::ReplicaSet => replica_set(object),
        Kind::DaemonSet => daemon_set(object),
        Kind::Pod => {
            let spec = part(object, "spec");
            const GRACE: &str = "terminationGracePeriodSeconds";
            if spec
                .get(GRACE)
                .and_then(Value::as_i64)
                .is_some_and(|secs| secs < 0)
            {
                value::overlay(spec, GRACE, Some(json!(1)));
            }
            pod_spec(spec);
            put(spec, "enableServiceLinks", json!(true));
            let on_host = spec.get("hostNetwork").is_some_and(|h| *h == true);
            for list in ["initContainers", "containers"] {
                items(spec, list).for_each(requests);
                for container in items(spec, list).filter(|_| on_host) {
                    for port in items(container, "ports") {
                        let own = port.get("containerPort").cloned().unwrap_or_default();
                        put(port, "hostPort", own);
                    }
                }
            }
        }
        Kind::Service => service(object),
        Kind::PersistentVolumeClaim => claim_spec(part(object, "spec")),
        Kind::PersistentVolume => persistent_volume(object),
        Kind::StorageClass => {
            put(object, "reclaimPolicy", json!("Delete"));
            put(object, "volumeBindingMode", json!("Immediate"));
        }
        Kind::EndpointSlice => {
            for port in items(object, "ports") {
                put(port, "name", json!(""));
                put(port, "protocol", json!("TCP"));
            }
        }
        Kind::Endpoints => {
            for subset in items(object, "subsets") {
                for port in items(subset, "ports") {
                    put(port, "protocol", json!("TCP"));
                }
            }
        }
        Kind::CSIDriver => csi_driver(object),
        Kind::Job => job(object),
        Kind::CronJob => cron_job(object),
        Kind::ReplicationController => replication_controller(object),
        Kind::LimitRange => limit_range(object),
        Kind::Secret => put(object, "type", json!("Opaque")),
        Kind::PriorityClass => {
            put(object, "preemptionPolicy", json!("PreemptLowerPriority"));
        }
        _ => {}
    }
}

/// Sets a field that is missing or null.
fn put(object: &mut Value, key: &str, default: Value) {
    if object.get(key).is_none_or(Value::is_null) {
        value::overlay(object, key, Some(default));
    }
}

/// Sets labels where there are none.
fn put_labels(object: &mut Value, key: &str, labels: &Value) {
    let given = object.get(key).and_then(Value::as_object);
    if given.is_none_or(Map::is_empty) {
        value::overlay(object, key, Some(labels.clone()));
    }
}

/// A field that is an object, made if it is missing.
fn part<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let map = object.as_object_mut().expect("made an object");
    let entry = map.entry(key).or_insert(Value::Null);
    if entry.is_null() {
        *entry = Value::Object(Map::new());
    }
    entry
}

fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    object
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// Models `SetDefaults_LimitRangeItem`: what is not said of containers follows from the most and the least.
fn limit_range(object: &mut Value) {
    for limit in items(part(object, "spec"), "limits") {
        if limit["type"] != "Container" {
            continue;
        }
        for (from, to) in [
            ("max", "default"),
            ("default", "defaultRequest"),
            ("min", "defaultRequest"),
        ] {
            let Some(amounts) = limit.get(from).and_then(Value::as_object).cloned() else {
                continue;
            };
            for (name, amount) in amounts {
                put(part(limit, to), &name, amount);
            }
        }
    }
}

fn service(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "type", json!("ClusterIP"));
    put(spec, "sessionAffinity", json!("None"));
    if spec["sessionAffinity"] == "ClientIP" {
        let config = part(spec, "sessionAffinityConfig");
        put(part(config, "clientIP"), "timeoutSeconds", json!(10_800));
    } else if spec["sessionAffinity"] == "None" {
        value::overlay(spec, "sessionAffinityConfig", None);
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind != "ExternalName" {
        put(spec, "internalTrafficPolicy", json!("Cluster"));
        // Nobody keeps the endpoints of a headless Service without a selector: they may be of both families.
        let by_hand = spec["clusterIP"] == "None" && spec.get("selector").is_none();
        let (families, policy) = if by_hand {
            (json!(["IPv4", "IPv6"]), "RequireDualStack")
        } else {
            (json!(["IPv4"]), "SingleStack")
        };
        put(spec, "ipFamilies", families);
        put(spec, "ipFamilyPolicy", json!(policy));
    }
    let outside = spec
        .get("externalIPs")
        .is_some_and(|ips| ips.as_array().is_some_and(|a| !a.is_empty()));
    if kind == "NodePort" || kind == "LoadBalancer" || outside && kind == "ClusterIP" {
        put(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        put(spec, "allocateLoadBalancerNodePorts", json!(true));
    }
    for port in items(spec, "ports") {
        put(port, "protocol", json!("TCP"));
        let number = port.get("port").cloned().unwrap_or(json!(0));
        if matches!(port.get("targetPort"), Some(target) if *target == json!(0) || *target == json!(""))
        {
            value::overlay(port, "targetPort", None);
        }
        put(port, "targetPort", number);
    }
}
