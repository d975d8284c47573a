//! What a namespace gives and refuses: LimitRanges, ResourceQuotas, and objects with one thing wrong.

use ordinal_api::{Kind, Object, SimDuration, Status, Value};
use serde_json::json;

use super::{Request, Response};
use crate::{Cluster, Config};
use std::sync::Arc;

fn empty() -> Cluster {
    Cluster::without_history(Config::with_nodes(0))
}

fn create(cluster: &mut Cluster, object: Value) -> Result<Arc<Object>, Status> {
    let request = Request::Create {
        object,
        namespace: "default".into(),
        strict: true,
    };
    cluster.request(request).and_then(Response::object)
}

fn pod(name: &str, resources: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": "busybox", "resources": resources}]}})
}

fn range(limit: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits"}, "spec": {"limits": [limit]}})
}

#[test]
fn a_container_that_says_nothing_gets_the_defaults_of_its_namespace() {
    let mut cluster = empty();
    create(
        &mut cluster,
        range(json!({"type": "Container", "max": {"memory": "1Gi"}})),
    )
    .expect("created");
    let made = create(&mut cluster, pod("a", json!({})))
        .expect("created")
        .to_value();
    let container = &made["spec"]["containers"][0];
    assert_eq!(container["resources"]["limits"]["memory"], "1Gi");
    assert_eq!(container["resources"]["requests"]["memory"], "1Gi");
    assert_eq!(
        made["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: memory request for container main; memory limit for container main"
    );
}

#[test]
fn a_pod_that_is_given_defaults_or_shown_and_made_again_runs() {
    let mut cluster = Cluster::without_history(Config::with_nodes(1));
    create(
        &mut cluster,
        range(json!({"type": "Container", "default": {"cpu": "200m"}})),
    )
    .expect("created");
    let shown = create(&mut cluster, pod("a", json!({})))
        .expect("created")
        .to_value();
    let mut again = pod("b", json!({}));
    again["spec"] = shown["spec"].clone();
    create(&mut cluster, again).expect("created");
    cluster.run_for(SimDuration::secs(30));
    let phases = cluster.world().store.list(Kind::Pod).map(|(_, pod)| {
        let pod = pod.as_pod().expect("a Pod");
        (pod.status.phase, pod.spec.volumes.len())
    });
    assert_eq!(
        phases.collect::<Vec<_>>(),
        [
            (ordinal_api::pod::PodPhase::Running, 0),
            (ordinal_api::pod::PodPhase::Running, 1)
        ]
    );
}

#[test]
fn a_request_above_the_limit_that_a_namespace_gives_is_invalid() {
    let mut cluster = empty();
    let limit = json!({"type": "Container", "default": {"cpu": "200m"}, "max": {"cpu": "1"}});
    create(&mut cluster, range(limit)).expect("created");
    let refused = create(&mut cluster, pod("a", json!({"requests": {"cpu": "2"}})));
    assert_eq!(
        refused.expect_err("refused").message,
        "Pod \"a\" is invalid: spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 200m"
    );
}

#[test]
fn a_container_below_the_least_is_refused() {
    let mut cluster = empty();
    create(
        &mut cluster,
        range(json!({"type": "Container", "min": {"cpu": "100m"}})),
    )
    .expect("created");
    let refused =
        create(&mut cluster, pod("a", json!({"requests": {"cpu": "50m"}}))).expect_err("refused");
    assert_eq!(
        refused.message,
        "pods \"a\" is forbidden: minimum cpu usage per Container is 100m, but request is 50m"
    );
}

#[test]
fn a_quota_counts_what_is_there_and_refuses_what_is_too_much() {
    let mut cluster = empty();
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "1", "requests.cpu": "1"}}});
    create(&mut cluster, quota).expect("created");
    let refused = create(&mut cluster, pod("a", json!({}))).expect_err("refused");
    assert_eq!(
        refused.message,
        "pods \"a\" is forbidden: failed quota: q: must specify requests.cpu for: main"
    );
    create(&mut cluster, pod("a", json!({"requests": {"cpu": "600m"}}))).expect("created");
    let _ = cluster.run_for(SimDuration(100));
    let quota = cluster
        .world()
        .store
        .find(Kind::ResourceQuota, "default", "q")
        .expect("there")
        .to_value();
    assert_eq!(
        quota["status"]["used"],
        json!({"pods": "1", "requests.cpu": "600m"})
    );
    let refused =
        create(&mut cluster, pod("b", json!({"requests": {"cpu": "600m"}}))).expect_err("refused");
    assert_eq!(
        refused.message,
        "pods \"b\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1"
    );
}

/// One thing wrong each, with the one cause that the server tells.
#[test]
fn objects_with_one_thing_wrong_are_refused_with_its_path() {
    let daemons = |spec: Value| {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": {
            "selector": {"matchLabels": {"app": "d"}},
            "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
        json_patch::merge(&mut object["spec"], &spec);
        object
    };
    let slice = |more: Value| {
        let mut object = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "s"},
            "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}]});
        json_patch::merge(&mut object, &more);
        object
    };
    let service = |spec: Value| {
        let mut object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
            "spec": {"ports": [{"port": 80}]}});
        json_patch::merge(&mut object["spec"], &spec);
        object
    };
    let quota = |hard: Value| json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}});
    let cases = [
        (
            daemons(
                json!({"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}}),
            ),
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
        ),
        (
            daemons(json!({"updateStrategy": {"type": "Recreate"}})),
            "spec.updateStrategy: Unsupported value: {\"Type\":\"Recreate\",\"RollingUpdate\":null}: supported values: \"RollingUpdate\", \"OnDelete\"",
        ),
        (
            slice(json!({"endpoints": [{"addresses": ["127.0.0.1"]}]})),
            "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            slice(json!({"addressType": "IPX"})),
            "addressType: Unsupported value: \"IPX\": supported values: \"FQDN\", \"IPv4\", \"IPv6\"",
        ),
        (
            service(json!({"externalIPs": ["010.1.2.3"]})),
            "spec.externalIPs[0]: Invalid value: \"010.1.2.3\": must not have leading 0s",
        ),
        (
            service(json!({"ipFamilies": ["IPv6"]})),
            "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster",
        ),
        (
            range(
                json!({"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}, "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}}),
            ),
            "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
        ),
        (
            quota(json!({"pods": "1500m"})),
            "spec.hard[pods]: Invalid value: \"1500m\": must be an integer",
        ),
        (
            quota(json!({"disks": "1"})),
            "spec.hard[disks]: Invalid value: \"disks\": must be a standard resource type or fully qualified",
        ),
    ];
    for (object, expected) in cases {
        let refused = create(&mut empty(), object.clone()).expect_err(expected);
        let causes = &refused.details.causes;
        let told: Vec<String> = causes
            .iter()
            .map(|c| format!("{}: {}", c.field, c.message))
            .collect();
        assert!(
            told.iter().any(|told| told == expected),
            "{told:?} for {object}"
        );
    }
}

#[test]
fn a_job_gets_a_selector_of_its_own_and_keeps_its_template() {
    let job = |image: &str, policy: &str| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec":
            {"restartPolicy": policy, "containers": [{"name": "c", "image": image}]}}}})
    };
    let mut cluster = empty();
    let refused = create(&mut cluster, job("a", "Always")).expect_err("refused");
    assert_eq!(
        refused.message,
        "Job.batch \"j\" is invalid: spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""
    );
    let made = create(&mut cluster, job("a", "Never")).expect("created");
    let uid = made.meta.uid.to_string();
    let value = made.to_value();
    let selector = &value["spec"]["selector"]["matchLabels"];
    assert_eq!(selector["batch.kubernetes.io/controller-uid"], json!(uid));
    let labels = &value["spec"]["template"]["metadata"]["labels"];
    assert_eq!(labels["job-name"], "j");
}
