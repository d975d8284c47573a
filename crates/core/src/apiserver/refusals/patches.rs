//! Patches. From apiserver `handlers/patch.go`, apimachinery `strategicpatch` and `runtime/converter.go`.

use serde_json::json;

use super::{cluster, create, pod, send};
use crate::apiserver::http::{Call, call};

const PATH: &str = "/apis/apps/v1/namespaces/default/statefulsets/web";

fn set() -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {
            "serviceName": "web", "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
    })
}

#[test]
fn a_value_that_does_not_fit_is_told_as_the_converter_tells_it() {
    for (body, fault) in [
        (
            r#"{"spec":{"replicas":"one"}}"#,
            r#""map[spec:map[replicas:one]]": unrecognized type: int32"#,
        ),
        (
            r#"{"spec":{"replicas":1.5}}"#,
            r#""map[spec:map[replicas:1.5]]": cannot convert float64 to int32"#,
        ),
        (
            r#"{"spec":{"serviceName":5}}"#,
            r#""map[spec:map[serviceName:5]]": cannot convert int64 to string"#,
        ),
        (
            r#"{"spec":{"podManagementPolicy":5}}"#,
            r#""map[spec:map[podManagementPolicy:5]]": cannot convert int64 to v1.PodManagementPolicyType"#,
        ),
        (
            r#"{"spec":{"serviceName":true}}"#,
            r#""map[spec:map[serviceName:true]]": unrecognized type: string"#,
        ),
        (
            r#"{"spec":{"template":"x"}}"#,
            r#""map[spec:map[template:x]]": cannot restore struct from: string"#,
        ),
        (
            r#"{"spec":{"volumeClaimTemplates":{}}}"#,
            r#""map[spec:map[volumeClaimTemplates:map[]]]": cannot restore slice from map"#,
        ),
        (
            r#"{"metadata":{"labels":["a"]}}"#,
            r#""map[metadata:map[labels:[a]]]": cannot restore map from slice"#,
        ),
        (
            r#"{"metadata":{"labels":{"a":1}}}"#,
            r#""map[metadata:map[labels:map[a:1]]]": cannot convert int64 to string"#,
        ),
    ] {
        let mut cluster = cluster();
        create(&mut cluster, set()).expect("a set");
        let answer = send(&mut cluster, "PATCH", PATH, body);
        let wanted = format!(" \"\" is invalid: patch: Invalid value: {fault}");
        assert_eq!(answer.body["message"], wanted, "{body}");
        assert_eq!(answer.code, 422);
    }
}

#[test]
fn unknown_fields_of_a_patch_are_refused_where_that_is_wished() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("a set");
    let path = format!("{PATH}?fieldValidation=Strict");
    let answer = send(&mut cluster, "PATCH", &path, r#"{"spec":{"replica":1}}"#);
    let wanted = r#" "" is invalid: patch: Invalid value: "map[spec:map[replica:1]]": strict decoding error: unknown field "spec.replica""#;
    assert_eq!(answer.body["message"], wanted);
}

#[test]
fn a_number_that_is_too_large_runs_over() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("a set");
    let body = r#"{"spec":{"replicas":3000000000}}"#;
    let answer = send(&mut cluster, "PATCH", PATH, body);
    let wanted = r#"StatefulSet.apps "web" is invalid: spec.replicas: Invalid value: -1294967296: must be greater than or equal to 0"#;
    assert_eq!(answer.body["message"], wanted);
}

#[test]
fn a_body_that_is_no_patch_of_its_type_is_refused() {
    for (type_, body, words) in [
        (
            "strategic-merge-patch",
            "[]",
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            "merge-patch",
            "true",
            "error decoding patch: json: cannot unmarshal bool into Go value of type map[string]interface {}",
        ),
        (
            "json-patch",
            "5",
            "error decoding patch: json: cannot unmarshal number into Go value of type []handlers.jsonPatchOp",
        ),
        (
            "json-patch",
            "[1]",
            "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
        ),
        (
            "json-patch",
            r#"[{"op": 1}]"#,
            "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
        ),
    ] {
        let mut cluster = cluster();
        create(&mut cluster, set()).expect("a set");
        let content_type = format!("application/{type_}+json");
        let asked = Call {
            method: "PATCH",
            path: PATH,
            content_type: &content_type,
            body,
        };
        let answer = call(&mut cluster, asked);
        assert_eq!((answer.code, &answer.body["message"]), (400, &json!(words)));
    }
}

#[test]
fn a_list_can_be_asked_for_by_labels_and_deleted() {
    let mut cluster = cluster();
    for (name, app) in [("a", "web"), ("b", "db")] {
        let mut object = pod();
        object["metadata"] = json!({"name": name, "labels": {"app": app}});
        create(&mut cluster, object).expect("a Pod");
    }
    let path = "/api/v1/namespaces/default/pods?labelSelector=app%3Ddb";
    let answer = send(&mut cluster, "GET", path, "");
    let names = |body: &serde_json::Value| {
        let items = body["items"].as_array().into_iter().flatten();
        items
            .map(|item| item["metadata"]["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&answer.body), [json!("b")]);
    assert_eq!(answer.body["kind"], "PodList");
    assert!(answer.body["items"][0].get("kind").is_none());
    let answer = send(&mut cluster, "DELETE", path, "");
    assert_eq!(names(&answer.body), [json!("b")]);
    let answer = send(&mut cluster, "GET", "/api/v1/namespaces/default/pods", "");
    assert_eq!(names(&answer.body), [json!("a")]);
    let answer = send(
        &mut cluster,
        "GET",
        "/api/v1/pods?labelSelector=app%3D%3D%3Dx",
        "",
    );
    let words = "unable to parse requirement: found '=', expected: identifier";
    assert_eq!(answer.body["message"], words);
}

#[test]
fn a_body_of_an_unknown_form_is_refused() {
    let asked = Call {
        method: "POST",
        path: "/api/v1/namespaces/default/pods",
        content_type: "text/plain",
        body: "{}",
    };
    let answer = call(&mut cluster(), asked);
    assert_eq!(answer.code, 415);
    assert_eq!(
        answer.body["message"],
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
    );
}

#[test]
fn a_binding_names_a_node() {
    let mut cluster = cluster();
    create(&mut cluster, pod()).expect("a Pod");
    let path = "/api/v1/namespaces/default/pods/shell/binding";
    let mut said = |body: &str| send(&mut cluster, "POST", path, body).body["message"].clone();
    let body = r#"{"metadata": {"name": "shell"}, "target": {"kind": "Pod"}}"#;
    assert_eq!(
        said(body),
        r#"[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]"#
    );
    let body = r#"{"metadata": {"name": "other"}, "target": {"name": "n1"}}"#;
    assert_eq!(
        said(body),
        "name in URL does not match name in Binding object"
    );
}
