//! Defaults: what the API server fills in before it validates and stores.
//!
//! Models pkg/apis/{core,apps,storage}/v1/defaults.go, 1.37.

use ordinal_api::{Kind, Value, value};
use serde_json::{Map, json};

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
            pod_spec(spec);
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

fn template(spec: &mut Value) {
    let template = part(spec, "template");
    part(template, "metadata");
    pod_spec(part(template, "spec"));
}

fn stateful_set(object: &mut Value, release: Release) {
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
        put(claim, "apiVersion", json!("v1"));
        put(claim, "kind", json!("PersistentVolumeClaim"));
        claim_spec(part(claim, "spec"));
        value::overlay(claim, "status", Some(json!({"phase": "Pending"})));
    }
}

fn deployment(object: &mut Value) {
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
fn job(object: &mut Value) {
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

fn cron_job(object: &mut Value) {
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
fn replication_controller(object: &mut Value) {
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

fn replica_set(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "replicas", json!(1));
    template(spec);
}

fn daemon_set(object: &mut Value) {
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

fn pod_spec(spec: &mut Value) {
    put(spec, "restartPolicy", json!("Always"));
    put(spec, "dnsPolicy", json!("ClusterFirst"));
    put(spec, "terminationGracePeriodSeconds", json!(30));
    put(spec, "schedulerName", json!("default-scheduler"));
    put(spec, "securityContext", json!({}));
    let account = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|key| spec.get(*key).filter(|v| v.is_string()));
    if let Some(account) = account.cloned() {
        put(spec, "serviceAccountName", account.clone());
        put(spec, "serviceAccount", account);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        items(spec, list).for_each(container);
    }
    items(spec, "volumes").for_each(volume);
    for constraint in items(spec, "topologySpreadConstraints") {
        put(constraint, "whenUnsatisfiable", json!("DoNotSchedule"));
    }
}

fn container(container: &mut Value) {
    let image = container
        .get("image")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let policy = if image_is_latest(image) {
        "Always"
    } else {
        "IfNotPresent"
    };
    put(container, "imagePullPolicy", json!(policy));
    put(
        container,
        "terminationMessagePath",
        json!("/dev/termination-log"),
    );
    put(container, "terminationMessagePolicy", json!("File"));
    part(container, "resources");
    for port in items(container, "ports") {
        put(port, "protocol", json!("TCP"));
    }
    for key in ["readinessProbe", "livenessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(key).filter(|p| p.is_object()) else {
            continue;
        };
        for (key, default) in [
            ("timeoutSeconds", 1),
            ("periodSeconds", 10),
            ("successThreshold", 1),
            ("failureThreshold", 3),
        ] {
            put(probe, key, json!(default));
        }
        if let Some(grpc) = probe.get_mut("grpc").filter(|g| g.is_object()) {
            put(grpc, "service", json!(""));
        }
        http_get(probe);
    }
    if let Some(lifecycle) = container.get_mut("lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(hook) = lifecycle.get_mut(hook) {
                http_get(hook);
            }
        }
    }
    for env in items(container, "env") {
        if let Some(field) = env
            .get_mut("valueFrom")
            .and_then(|v| v.get_mut("fieldRef"))
            .filter(|f| f.is_object())
        {
            put(field, "apiVersion", json!("v1"));
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet").filter(|p| p.is_object()) {
        put(get, "path", json!("/"));
        put(get, "scheme", json!("HTTP"));
    }
}

fn field_refs(source: &mut Value) {
    for item in items(source, "items") {
        if let Some(field) = item.get_mut("fieldRef").filter(|f| f.is_object()) {
            put(field, "apiVersion", json!("v1"));
        }
    }
}

/// A Pod (not a template) asks for what it is limited to, where it does not say.
fn requests(container: &mut Value) {
    let resources = part(container, "resources");
    if let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() {
        let requests = part(resources, "requests");
        for (name, limit) in limits {
            put(requests, &name, limit);
        }
    }
}

/// Whether an image has the tag `latest` or none.
fn image_is_latest(image: &str) -> bool {
    let (place, name) = image.rsplit_once('/').unwrap_or(("", image));
    let (name, tag) = name.split_once(':').unwrap_or((name, "latest"));
    // What is no reference at all has no tag. Models github.com/distribution/reference, as far as letters go.
    let of = |text: &str, more: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
        text.chars().all(fits)
    };
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let named = of(name, "._-")
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && place
            .split('/')
            .skip(1)
            .all(|part| of(part, "._-") && !part.is_empty())
        && !image.starts_with('/')
        && image.len() <= 255 + tag.len();
    named && tag == "latest"
}

/// What sources of volumes get where nothing, or nothing but an empty text, is said.
const SOURCES: &[(&str, &str, &str)] = &[
    ("azureDisk", "cachingMode", "ReadWrite"),
    ("azureDisk", "fsType", "ext4"),
    ("azureDisk", "kind", "Shared"),
    ("iscsi", "iscsiInterface", "default"),
    ("rbd", "keyring", "/etc/ceph/keyring"),
    ("rbd", "pool", "rbd"),
    ("rbd", "user", "admin"),
    ("scaleIO", "fsType", "xfs"),
    ("scaleIO", "storageMode", "ThinProvisioned"),
];

/// What Pods and persistent volumes have alike.
fn sources(volume: &mut Value) {
    for (source, key, default) in SOURCES {
        let source = volume.get_mut(*source).filter(|s| s.is_object());
        let unsaid = |source: &&mut Value| source.get(*key).is_none_or(|v| v.is_null() || v == "");
        if let Some(source) = source.filter(unsaid) {
            value::overlay(source, key, Some(Value::from(*default)));
        }
    }
    if let Some(azure) = volume.get_mut("azureDisk").filter(|s| s.is_object()) {
        put(azure, "readOnly", json!(false));
    }
}

fn volume(volume: &mut Value) {
    for key in ["secret", "configMap", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(key).filter(|s| s.is_object()) {
            put(source, "defaultMode", json!(420));
        }
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|s| s.is_object()) {
        put(path, "type", json!(""));
    }
    if let Some(source) = volume.get_mut("downwardAPI") {
        field_refs(source);
    }
    if let Some(projected) = volume.get_mut("projected") {
        for source in items(projected, "sources") {
            if let Some(token) = source
                .get_mut("serviceAccountToken")
                .filter(|t| t.is_object())
            {
                put(token, "expirationSeconds", json!(3600));
            }
            if let Some(source) = source.get_mut("downwardAPI") {
                field_refs(source);
            }
        }
    }
    sources(volume);
    if let Some(claim) = volume
        .get_mut("ephemeral")
        .and_then(|e| e.get_mut("volumeClaimTemplate"))
    {
        claim_spec(part(claim, "spec"));
    }
    if let Some(image) = volume.get_mut("image").filter(|s| s.is_object()) {
        let latest = image_is_latest(image["reference"].as_str().unwrap_or_default());
        let policy = if latest { "Always" } else { "IfNotPresent" };
        put(image, "pullPolicy", json!(policy));
    }
    let sources = volume.as_object().map_or(0, |map| {
        map.iter()
            .filter(|(k, v)| *k != "name" && !v.is_null())
            .count()
    });
    let empty = volume.get("emptyDir").is_some_and(Value::is_null);
    if sources == 0 || empty {
        put(volume, "emptyDir", json!({}));
    }
}

fn claim_spec(spec: &mut Value) {
    put(spec, "volumeMode", json!("Filesystem"));
    part(spec, "resources");
}

fn persistent_volume(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
    put(spec, "volumeMode", json!("Filesystem"));
    if let Some(path) = spec.get_mut("hostPath").filter(|s| s.is_object()) {
        put(path, "type", json!(""));
    }
    sources(spec);
}

/// Models pkg/apis/storage/v1/defaults.go.
fn csi_driver(object: &mut Value) {
    let spec = part(object, "spec");
    put(spec, "attachRequired", json!(true));
    put(spec, "fsGroupPolicy", json!("ReadWriteOnceWithFSType"));
    put(spec, "volumeLifecycleModes", json!(["Persistent"]));
    for key in [
        "podInfoOnMount",
        "preventPodSchedulingIfMissing",
        "requiresRepublish",
        "seLinuxMount",
        "storageCapacity",
    ] {
        put(spec, key, json!(false));
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
