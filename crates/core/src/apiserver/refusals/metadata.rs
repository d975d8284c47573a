//! Metadata. From apimachinery `api/validation/objectmeta.go` and the strategies of single kinds.

use serde_json::json;

use super::{cluster, create, refuses, refuses_changes, send};

fn conf() -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}})
}

#[test]
fn owners_must_say_who_they_are_and_one_of_them_controls() {
    let owner = r#""apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "1""#;
    let two = format!(
        r#"{{"metadata": {{"ownerReferences": [{{{owner}, "controller": true}}, {{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "2", "controller": true}}]}}}}"#
    );
    refuses(
        &conf(),
        &[
            (
                r#"{"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "", "uid": ""}]}}"#,
                r#"[metadata.ownerReferences[0].name: Required value: must not be empty, metadata.ownerReferences[0].uid: Required value: must not be empty]"#,
            ),
            (
                r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/", "kind": "Pod", "name": "a", "uid": "1"}]}}"#,
                r#"metadata.ownerReferences[0].apiVersion: Invalid value: "apps/": must be <group>/<version> or <version>"#,
            ),
            (
                &two,
                r#"metadata.ownerReferences: Invalid value: [{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"1","controller":true},{"apiVersion":"v1","kind":"Pod","name":"x","uid":"2","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/web and Pod/x"#,
            ),
        ],
    );
}

#[test]
fn finalizers_are_qualified_or_known() {
    refuses(
        &conf(),
        &[
            (
                r#"{"metadata": {"finalizers": ["cleanup"]}}"#,
                r#"metadata.finalizers[0]: Invalid value: "cleanup": name is neither a standard finalizer name nor is it fully qualified"#,
            ),
            (
                r#"{"metadata": {"finalizers": ["orphan", "foregroundDeletion"]}}"#,
                r#"metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set"#,
            ),
            (
                r#"{"metadata": {"finalizers": ["example.com/a b"]}}"#,
                r#"metadata.finalizers: Invalid value: "example.com/a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"#,
            ),
        ],
    );
}

#[test]
fn budgets_are_named_as_freely_as_paths() {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"minAvailable": 1}});
    refuses(
        &budget,
        &[
            (r#"{"metadata": {"name": "My_Budget"}}"#, "created"),
            (
                r#"{"metadata": {"name": "a%b"}}"#,
                r#"metadata.name: Invalid value: "a%b": may not contain '%'"#,
            ),
            (
                r#"{"metadata": {"name": "a%b"}, "spec": {"minAvailable": -1}}"#,
                "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
            ),
        ],
    );
}

#[test]
fn labels_are_looked_at_before_what_may_not_change() {
    refuses_changes(
        &conf(),
        &[
            (
                r#"{"metadata": {"uid": "11111111-2222-3333-4444-555555555555", "labels": {"a": "-"}}}"#,
                r#"[metadata.labels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'), metadata.uid: Invalid value: "11111111-2222-3333-4444-555555555555": field is immutable]"#,
            ),
            (
                r#"{"metadata": {"creationTimestamp": "2020-01-01T00:00:00Z"}}"#,
                "changed",
            ),
        ],
    );
}

#[test]
fn a_new_object_has_no_version_yet() {
    refuses(
        &conf(),
        &[(
            r#"{"metadata": {"resourceVersion": "12"}}"#,
            "resourceVersion should not be set on objects to be created",
        )],
    );
}

#[test]
fn a_body_that_is_no_json_is_shown_in_part() {
    let path = "/api/v1/namespaces/default/configmaps";
    let mut cluster = cluster();
    let mut said = |body: &str| send(&mut cluster, "POST", path, body).body["message"].clone();
    assert_eq!(
        said(""),
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"
    );
    assert_eq!(
        said("nonsense"),
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'o' in literal null (expecting 'u') (6e6f6e73656e7365)"
    );
    assert_eq!(
        said(r#"{"kind": "Nothing", "apiVersion": "v1", "metadata": {"name": "a"}}"#),
        r#"Nothing in version "v1" cannot be handled as a ConfigMap: no kind "Nothing" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30""#
    );
}

#[test]
fn secrets_hold_what_their_type_needs() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    refuses(
        &secret,
        &[
            (
                r#"{"type": "kubernetes.io/tls", "data": {"tls.crt": ""}}"#,
                "data[tls.key]: Required value",
            ),
            (
                r#"{"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{"}}"#,
                r#"data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input"#,
            ),
            (
                r#"{"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "auths"}}"#,
                r#"data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'a' looking for beginning of value"#,
            ),
        ],
    );
    refuses(
        &conf(),
        &[(
            r#"{"data": {"a": "1"}, "binaryData": {"a": "MQ=="}}"#,
            r#"data[a]: Invalid value: "a": duplicate of key present in binaryData"#,
        )],
    );
}

#[test]
fn quotas_count_what_can_be_counted() {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}});
    refuses(
        &quota,
        &[
            (
                r#"{"spec": {"hard": {"disk": "1"}}}"#,
                r#"[spec.hard[disk]: Invalid value: "disk": must be a standard resource type or fully qualified, spec.hard[disk]: Invalid value: "disk": must be a standard resource for quota]"#,
            ),
            (
                r#"{"spec": {"hard": {"storage": "1"}}}"#,
                r#"spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota"#,
            ),
            (
                r#"{"spec": {"hard": {"pods": "1500m"}}}"#,
                r#"spec.hard[pods]: Invalid value: "1500m": must be an integer"#,
            ),
            (
                r#"{"spec": {"hard": {"services": "1"}, "scopes": ["BestEffort"]}}"#,
                r#"spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource"#,
            ),
        ],
    );
}

#[test]
fn one_class_of_priorities_is_the_usual_one() {
    let mut cluster = cluster();
    let class = |name: &str| json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": 7, "globalDefault": true});
    let first = create(&mut cluster, class("a")).expect("the first");
    assert_eq!(first["preemptionPolicy"], "PreemptLowerPriority");
    assert_eq!(
        create(&mut cluster, class("b")),
        Err(r#"priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist"#.to_owned())
    );
    let pod = create(&mut cluster, super::pod()).expect("a Pod");
    assert_eq!(pod["spec"]["priority"], 7);
}
