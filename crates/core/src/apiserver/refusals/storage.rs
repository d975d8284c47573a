//! Claims, volumes and classes. From pkg/apis/{core,storage}/validation and pkg/registry/core/persistentvolumeclaim.

use serde_json::{Value, json};

use super::{cluster, create, refuses, refuses_changes};

fn claim() -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}})
}

fn volume() -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}})
}

#[test]
fn claims_say_once_how_they_are_used_and_what_fills_them() {
    refuses(
        &claim(),
        &[
            (
                r#"{"spec": {"accessModes": ["ReadWriteOncePod", "Often"]}}"#,
                r#"spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod""#,
            ),
            (
                r#"{"spec": {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}}"#,
                "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
            ),
            (
                r#"{"spec": {"resources": {"requests": {"storage": "-1Gi"}}}}"#,
                r#"spec.resources[storage]: Invalid value: "-1Gi": must be greater than zero"#,
            ),
            (
                r#"{"spec": {"dataSourceRef": {"kind": "Backup", "name": "b"}}}"#,
                r#"[spec.dataSource: Invalid value: "Backup": must be 'PersistentVolumeClaim' when referencing the default apiGroup, spec.dataSourceRef: Invalid value: "Backup": must be 'PersistentVolumeClaim' when referencing the default apiGroup]"#,
            ),
            (
                r#"{"spec": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "a"}, "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"}}}"#,
                "spec: Invalid value: {}: must match dataSourceRef",
            ),
            (
                r#"{"spec": {"resources": {"requests": {"storage": "1gb"}}}}"#,
                r#"PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"#,
            ),
            (
                r#"{"spec": {"resources": {"requests": {"storage": "1K"}}}}"#,
                r#"PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: unable to parse quantity's suffix"#,
            ),
        ],
    );
    let mut copy = claim();
    copy["spec"]["dataSource"] = json!({"kind": "PersistentVolumeClaim", "name": "a"});
    let stored = create(&mut cluster(), copy).expect("a copy of a claim");
    assert_eq!(
        stored["spec"]["dataSourceRef"],
        json!({"apiGroup": null, "kind": "PersistentVolumeClaim", "name": "a"})
    );
}

#[test]
fn volumes_are_made_of_one_source_that_is_whole() {
    refuses(
        &volume(),
        &[
            (
                r#"{"spec": {"csi": {"driver": "", "volumeHandle": "h"}}}"#,
                "spec.csi.driver: Required value",
            ),
            (
                r#"{"spec": {"csi": {"driver": "d.example.com", "volumeHandle": "h", "nodePublishSecretRef": {"name": "s"}}}}"#,
                "spec.csi.nodePublishSecretRef.namespace: Required value",
            ),
            (
                r#"{"spec": {"hostPath": {"path": "/a"}, "csi": {"driver": "d", "volumeHandle": "h"}, "nfs": {"server": "s", "path": "/"}}}"#,
                "[spec.nfs: Forbidden: may not specify more than 1 volume type, spec.csi: Forbidden: may not specify more than 1 volume type]",
            ),
            (
                r#"{"spec": {"local": {"path": "a/../b"}}}"#,
                r#"[spec.local.path: Invalid value: "a/../b": must not contain '..', spec.nodeAffinity: Required value: Local volume requires node affinity]"#,
            ),
            (
                r#"{"spec": {"cinder": {"volumeID": "v", "secretRef": {"name": "s"}}}}"#,
                "spec.cinder.secretRef.namespace: Required value",
            ),
            (
                r#"{"spec": {"capacity": {"storage": "1Gi", "cpu": "1"}, "hostPath": {"path": "/a"}}}"#,
                r#"spec.capacity: Unsupported value: {"cpu":"1","storage":"1Gi"}: supported values: "storage""#,
            ),
            (
                r#"{"spec": {"hostPath": {"path": "/a"}, "storageClassName": "A"}}"#,
                r#"spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#,
            ),
        ],
    );
}

#[test]
fn what_is_checked_declaratively_comes_last() {
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}, "provisioner": "d.example.com"});
    refuses(
        &class,
        &[
            (
                r#"{"provisioner": "", "volumeBindingMode": "Later"}"#,
                r#"[volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer", provisioner: Required value]"#,
            ),
            (
                r#"{"allowedTopologies": [{"matchLabelExpressions": [{"key": "a", "values": ["b"]}, {"key": "a", "values": []}]}]}"#,
                r#"[allowedTopologies[0].matchLabelExpressions[1].values: Required value, allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"]"#,
            ),
            (
                r#"{"allowedTopologies": [{"matchLabelExpressions": [{"key": "a", "values": ["b"]}]}, {"matchLabelExpressions": [{"key": "a", "values": ["b"]}]}]}"#,
                r#"allowedTopologies[1].matchLabelExpressions: Duplicate value: """#,
            ),
        ],
    );
}

#[test]
fn a_claim_grows_only_when_it_is_bound_and_nothing_else_changes() {
    refuses_changes(
        &claim(),
        &[(
            r#"{"spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "2Gi"}}, "volumeMode": "Block"}}"#,
            "[spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -1,17 +1,17 @@\n {\n  \"AccessModes\": [\n-  \"ReadWriteOnce\"\n+  \"ReadWriteMany\"\n  ],\n  \"Selector\": null,\n  \"Resources\": {\n   \"Limits\": null,\n   \"Requests\": {\n-   \"storage\": \"1Gi\"\n+   \"storage\": \"2Gi\"\n   }\n  },\n  \"VolumeName\": \"\",\n  \"StorageClassName\": \"\",\n- \"VolumeMode\": \"Filesystem\",\n+ \"VolumeMode\": \"Block\",\n  \"DataSource\": null,\n  \"DataSourceRef\": null,\n  \"VolumeAttributesClassName\": null\n, volumeMode: Invalid value: \"Block\": field is immutable]",
        )],
    );
}
