//! Services. From pkg/apis/core/validation `ValidateService` and pkg/registry/core/service/storage/alloc.go.

use serde_json::{Value, json};

use super::{cluster, create, refuses, refuses_changes};

fn service() -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "pg"}, "spec": {"selector": {"app": "db"}, "ports": [{"name": "pg", "port": 5432}]}})
}

#[test]
fn addresses_and_families_do_not_contradict_each_other() {
    refuses(
        &service(),
        &[
            (
                r#"{"spec": {"clusterIPs": ["10.96.0.50"]}}"#,
                r#"spec.clusterIPs: Invalid value: ["10.96.0.50"]: must be empty when `clusterIP` is not specified"#,
            ),
            (
                r#"{"spec": {"clusterIP": "10.96.0.50", "clusterIPs": ["10.96.0.51"]}}"#,
                r#"spec.clusterIPs: Invalid value: ["10.96.0.51"]: first value must match `clusterIP`"#,
            ),
            (
                r#"{"spec": {"clusterIP": "None", "clusterIPs": ["None", "10.96.0.51"]}}"#,
                r#"spec.clusterIPs: Invalid value: ["None","10.96.0.51"]: 'None' must be the first and only value"#,
            ),
            (
                r#"{"spec": {"clusterIP": "10.96.0.1"}}"#,
                r#"spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated"#,
            ),
            (
                r#"{"spec": {"ipFamilies": ["IPv6"]}}"#,
                r#"spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster"#,
            ),
            (
                r#"{"spec": {"ipFamilies": ["IPv5"]}}"#,
                r#"spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6""#,
            ),
            (
                r#"{"spec": {"ipFamilies": ["IPv4", "IPv4"]}}"#,
                r#"spec.ipFamilies[1]: Duplicate value: "IPv4""#,
            ),
            (
                r#"{"spec": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4", "IPv6"]}}"#,
                r#"spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"#,
            ),
            (
                r#"{"spec": {"ipFamilyPolicy": "PreferDualStack"}}"#,
                "created",
            ),
        ],
    );
}

#[test]
fn ports_are_numbers_and_node_ports_are_given_once() {
    refuses(
        &service(),
        &[
            (
                r#"{"spec": {"ports": [{"port": 80, "targetPort": 0}]}}"#,
                "created",
            ),
            (
                r#"{"spec": {"ports": [{"port": 80, "targetPort": 70000}]}}"#,
                "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            ),
            (
                r#"{"spec": {"ports": [{"port": 80}, {"port": 80, "name": "b"}]}}"#,
                r#"[spec.ports[0].name: Required value, spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}]"#,
            ),
            (
                r#"{"spec": {"type": "NodePort", "ports": [{"name": "a", "port": 80, "nodePort": 30100}, {"name": "b", "port": 81, "nodePort": 30100}]}}"#,
                "spec.ports[1].nodePort: Invalid value: 30100: provided port is already allocated",
            ),
            (
                r#"{"spec": {"ports": [{"port": 80, "nodePort": 30100}]}}"#,
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ),
            (
                r#"{"spec": {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 90000}}}}"#,
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400",
            ),
            (
                r#"{"spec": {"loadBalancerSourceRanges": ["10.0.0.0/8"]}}"#,
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
            ),
            (
                r#"{"spec": {"trafficDistribution": "Near"}}"#,
                r#"spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose", "PreferSameZone", "PreferSameNode""#,
            ),
            (
                r#"{"spec": {"healthCheckNodePort": 30200}}"#,
                "spec.healthCheckNodePort: Invalid value: 30200: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
            ),
        ],
    );
}

#[test]
fn what_a_service_was_given_stays() {
    refuses_changes(
        &service(),
        &[
            (
                r#"{"spec": {"clusterIP": "10.96.9.9"}}"#,
                r#"spec.clusterIPs[0]: Invalid value: ["10.96.9.9"]: may not change once set"#,
            ),
            (
                r#"{"spec": {"clusterIP": null, "clusterIPs": null}}"#,
                "changed",
            ),
            (
                r#"{"spec": {"type": "NodePort", "ports": [{"name": "pg", "port": 5432, "nodePort": 80}]}}"#,
                "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
            ),
            (
                r#"{"spec": {"ipFamilies": ["IPv6"]}}"#,
                r#"spec.clusterIPs[0]: Invalid value: "10.96.0.100": expected an IPv6 value as indicated by `ipFamilies[0]`"#,
            ),
        ],
    );
}

#[test]
fn a_service_that_becomes_a_node_port_is_given_one() {
    let mut cluster = cluster();
    create(&mut cluster, service()).expect("a Service");
    let path = "/api/v1/namespaces/default/services/pg";
    let body = r#"{"spec": {"type": "NodePort"}}"#;
    let answer = super::send(&mut cluster, "PATCH", path, body);
    assert_eq!(answer.body["spec"]["ports"][0]["nodePort"], 30_080);
    let body = r#"{"spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}}"#;
    let answer = super::send(&mut cluster, "PATCH", path, body);
    assert_eq!(answer.body["spec"]["healthCheckNodePort"], 30_081);
    assert_eq!(answer.body["spec"]["ports"][0]["nodePort"], 30_080);
}
