//! Requests and their answers.

use expect_test::{Expect, expect};
use ordinal_api::{Kind, Value};
use serde_json::json;

use super::{DeleteOptions, Patch, PatchType, Request};
use crate::{Cluster, Config};

fn cluster() -> Cluster {
    Cluster::new(Config::with_nodes(0))
}

fn set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {
            "serviceName": "web", "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
    })
}

fn create(cluster: &mut Cluster, object: Value) -> Result<Value, String> {
    let request = Request::Create {
        object,
        namespace: "default".into(),
        strict: true,
    };
    cluster
        .request(request)
        .and_then(|r| r.object())
        .map(|o| o.to_value())
        .map_err(|status| status.message)
}

fn refused(change: impl FnOnce(&mut Value), words: Expect) {
    let mut object = set();
    change(&mut object);
    words.assert_eq(&create(&mut cluster(), object).expect_err("it is refused"));
}

#[test]
fn a_set_is_stored_with_its_defaults() {
    let stored = create(&mut cluster(), set()).expect("a valid set");
    assert_eq!(stored["spec"]["podManagementPolicy"], "OrderedReady");
    assert_eq!(
        stored["spec"]["updateStrategy"],
        json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}})
    );
    assert_eq!(
        stored["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"],
        "IfNotPresent"
    );
    assert_eq!(stored["metadata"]["generation"], 1);
}

#[test]
fn a_set_without_a_selector_is_refused_with_both_causes() {
    refused(
        |set| set["spec"]["selector"] = Value::Null,
        expect![[
            r#"StatefulSet.apps "web" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`]"#
        ]],
    );
}

#[test]
fn a_field_in_the_wrong_place_is_named_by_strict_decoding() {
    refused(
        |set| set["spec"]["template"]["spec"]["volumeMounts"] = json!([]),
        expect![[
            r#"StatefulSet in version "v1" cannot be handled as a StatefulSet: strict decoding error: unknown field "spec.template.spec.volumeMounts""#
        ]],
    );
}

#[test]
fn a_removed_version_has_no_matches() {
    refused(
        |set| set["apiVersion"] = json!("apps/v1beta1"),
        expect![[r#"no matches for kind "StatefulSet" in version "apps/v1beta1""#]],
    );
}

#[test]
fn a_mount_without_a_volume_is_not_found() {
    refused(
        |set| {
            set["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "data", "mountPath": "/data"}])
        },
        expect![[
            r#"StatefulSet.apps "web" is invalid: spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data""#
        ]],
    );
}

#[test]
fn the_second_of_a_name_already_exists() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("the first");
    assert_eq!(
        create(&mut cluster, set()),
        Err("statefulsets.apps \"web\" already exists".to_owned())
    );
}

fn patch(cluster: &mut Cluster, body: Value, subresource: &str) -> Result<Value, String> {
    let patch = Patch {
        type_: PatchType::Merge,
        body,
        subresource: subresource.into(),
    };
    let request = Request::Patch {
        kind: Kind::StatefulSet,
        namespace: "default".into(),
        name: "web".into(),
        patch,
    };
    cluster
        .request(request)
        .and_then(|r| r.object())
        .map(|o| o.to_value())
        .map_err(|status| status.message)
}

#[test]
fn scaling_changes_the_wanted_number_and_the_generation() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("a valid set");
    let scaled =
        patch(&mut cluster, json!({"spec": {"replicas": 5}}), "scale").expect("a valid scale");
    assert_eq!(
        (
            &scaled["spec"]["replicas"],
            &scaled["metadata"]["generation"]
        ),
        (&json!(5), &json!(2))
    );
    let refused = patch(&mut cluster, json!({"spec": {"replicas": -2}}), "scale");
    assert_eq!(refused, Err("Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -2: must be greater than or equal to 0".to_owned()));
}

#[test]
fn what_identifies_a_set_is_immutable() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("a valid set");
    let refused = patch(
        &mut cluster,
        json!({"spec": {"serviceName": "other", "podManagementPolicy": "Parallel"}}),
        "",
    );
    expect![[r#"StatefulSet.apps "web" is invalid: [spec.serviceName: Invalid value: "other": field is immutable, spec.podManagementPolicy: Invalid value: "Parallel": field is immutable]"#]]
        .assert_eq(&refused.expect_err("both are immutable"));
}

#[test]
fn a_stale_write_is_a_conflict() {
    let mut cluster = cluster();
    create(&mut cluster, set()).expect("a valid set");
    let refused = patch(
        &mut cluster,
        json!({"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}),
        "",
    );
    let words = "Operation cannot be fulfilled on statefulsets.apps \"web\": the object has been modified; please apply your changes to the latest version and try again";
    assert_eq!(refused, Err(words.to_owned()));
}

#[test]
fn deleting_what_is_not_there_is_not_found() {
    let request = Request::Delete {
        kind: Kind::Pod,
        namespace: "default".into(),
        name: "web-0".into(),
        options: DeleteOptions::default(),
    };
    let refused = cluster().request(request).expect_err("nothing is there");
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (404, "pods \"web-0\" not found")
    );
}

#[test]
fn a_namespace_that_is_missing_is_named() {
    let mut object = set();
    object["metadata"]["namespace"] = json!("shop");
    assert_eq!(
        create(&mut cluster(), object),
        Err("namespaces \"shop\" not found".to_owned())
    );
}
