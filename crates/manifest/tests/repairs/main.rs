//! One small text for each repair: what was pasted, what is read, and what undoing it gives.

mod layout;
mod missing;
mod page;

use ordinal_manifest::{Options, Reading, read};
use serde_json::{Value, json};

fn repaired(text: &str) -> Reading {
    read(text, &Options::default())
}

fn names(reading: &Reading) -> Vec<&'static str> {
    reading.repairs.iter().map(|repair| repair.name).collect()
}

/// The one object of a text, after exactly these repairs, each of which can be undone.
fn check(text: &str, repairs: &[&str], expected: Value) {
    let reading = repaired(text);
    assert!(reading.is_accepted(), "{:?}", reading.diagnostics);
    assert_eq!(names(&reading), repairs, "{:?}", reading.repairs);
    let values: Vec<&Value> = reading
        .documents
        .iter()
        .map(|document| &document.value)
        .collect();
    assert_eq!(values, [&expected]);
    let again = read(&reading.repaired_text, &Options::strict());
    assert!(
        again.is_accepted(),
        "{}: {:?}",
        reading.repaired_text,
        again.diagnostics
    );
    assert_eq!(again.documents[0].value, expected);
    for repair in &reading.repairs {
        for undo in [repair.name.to_owned(), repair.id.clone()] {
            let without = [undo.clone()].into();
            let undone = read(
                text,
                &Options {
                    without,
                    ..Options::default()
                },
            );
            assert!(
                !undone.repairs.iter().any(|made| made.id == repair.id),
                "{undo}"
            );
        }
    }
}

fn disk() -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "disk", "labels": {"app": "db"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    })
}

const DISK: &str = "\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: disk
  labels:
    app: db
spec:
  accessModes:
  - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
";

fn set(spec: Value) -> Value {
    let mut value = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "db", "image": "db:1"}]},
            },
        },
    });
    for (key, field) in spec.as_object().expect("an object") {
        value["spec"][key] = field.clone();
    }
    value
}

const SET: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  selector:
    matchLabels:
      app: db
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
      - name: db
        image: db:1
";

#[test]
fn what_is_right_is_not_touched() {
    check(DISK, &[], disk());
    check(SET, &[], set(json!({})));
    let reading = repaired(DISK);
    assert_eq!(reading.repaired_text, DISK);
}

#[test]
fn a_version_of_old_becomes_the_one_of_today() {
    let old = SET.replace("apps/v1", "apps/v1beta2");
    check(&old, &["removed-version"], set(json!({})));
    let older = SET
        .replace("apps/v1", "apps/v1beta1")
        .replace("  selector:\n    matchLabels:\n      app: db\n", "");
    let on_delete = set(json!({"updateStrategy": {"type": "OnDelete"}}));
    check(&older, &["removed-version", "missing-selector"], on_delete);
}

#[test]
fn an_export_leaves_the_version_it_was_read_at() {
    let text = SET.replace("  name: db\n", "  name: db\n  resourceVersion: \"1234\"\n");
    check(&text, &["exported"], set(json!({})));
}

#[test]
fn mounts_move_into_the_one_container() {
    let text = format!(
        "{SET}      volumeMounts:\n      - name: data\n        mountPath: /data\n      volumes:\n      - name: data\n        emptyDir: {{}}\n"
    );
    let mut expected = set(json!({}));
    expected["spec"]["template"]["spec"]["volumes"] = json!([{"name": "data", "emptyDir": {}}]);
    expected["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
        json!([{"name": "data", "mountPath": "/data"}]);
    check(&text, &["mounts-beside-containers"], expected);
}

#[test]
fn a_mount_without_a_volume_gets_an_empty_one() {
    let mounts = "        volumeMounts:\n        - name: data\n          mountPath: /data\n";
    let mut expected = set(json!({}));
    let spec = &mut expected["spec"]["template"]["spec"];
    spec["containers"][0]["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    spec["volumes"] = json!([{"name": "data", "emptyDir": {}}]);
    check(
        &format!("{SET}{mounts}"),
        &["missing-volume"],
        expected.clone(),
    );

    let other = "      volumes:\n      - name: logs\n        emptyDir: {}\n";
    let spec = &mut expected["spec"]["template"]["spec"];
    spec["volumes"] = json!([{"name": "data", "emptyDir": {}}, {"name": "logs", "emptyDir": {}}]);
    check(
        &format!("{SET}{mounts}{other}"),
        &["missing-volume"],
        expected,
    );
}

#[test]
fn a_namespace_in_capitals_stands_for_one() {
    let text = DISK.replace("name: disk", "name: disk\n  namespace: NAMESPACE");
    let mut expected = disk();
    expected["metadata"]["namespace"] = json!("namespace");
    check(&text, &["placeholder"], expected);
}

#[test]
fn a_field_in_the_wrong_place_moves_to_the_right_one() {
    let deep = SET.replace("      app: db\n  template:", "      app: db\n    template:");
    check(&deep, &["misplaced-field"], set(json!({})));
    let text = format!(
        "{SET}        env:\n        - name: KEY\n          secretKeyRef:\n            name: keys\n            key: one\n"
    );
    let mut expected = set(json!({}));
    expected["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "one"}}}]);
    check(&text, &["misplaced-field"], expected);
}

#[test]
fn fields_and_values_are_set_right() {
    check(
        &SET.replace("serviceName", "servicename"),
        &["misspelt-field"],
        set(json!({})),
    );
    check(
        &format!("{SET}  tier: gold\n"),
        &["unknown-field"],
        set(json!({})),
    );
    check(
        &SET.replace("serviceName: db", "serviceName: db\n  replicas: \"2\""),
        &["quoted-number"],
        set(json!({"replicas": 2})),
    );
    check(
        &DISK.replace("app: db", "app: db\n    year: 2024"),
        &["missing-quotes"],
        {
            let mut value = disk();
            value["metadata"]["labels"]["year"] = json!("2024");
            value
        },
    );
}

#[test]
fn annotations_of_old_become_fields() {
    let text = DISK.replace(
        "  labels:",
        "  annotations:\n    volume.beta.kubernetes.io/storage-class: fast\n  labels:",
    );
    let mut expected = disk();
    expected["metadata"]["annotations"] =
        json!({"volume.beta.kubernetes.io/storage-class": "fast"});
    expected["spec"]["storageClassName"] = json!("fast");
    check(&text, &["class-annotation"], expected);
}

#[test]
fn labels_that_only_the_selector_has_are_added_to_the_template() {
    let bare = SET.replacen("    metadata:\n      labels:\n        app: db\n", "", 1);
    check(&bare, &["missing-labels"], set(json!({})));
    let fewer = SET.replacen("      app: db\n", "      app: db\n      tier: disk\n", 1);
    let mut expected = set(json!({}));
    let spec = &mut expected["spec"];
    spec["selector"]["matchLabels"]["tier"] = json!("disk");
    spec["template"]["metadata"]["labels"]["tier"] = json!("disk");
    check(&fewer, &["missing-labels"], expected);
}

#[test]
fn a_claim_without_use_or_size_gets_both() {
    for (left_out, repairs) in [
        (
            "  accessModes:\n  - ReadWriteOnce\n",
            &["missing-claim-field"][..],
        ),
        (
            "  resources:\n    requests:\n      storage: 1Gi\n",
            &["missing-claim-field"],
        ),
        (
            "    requests:\n      storage: 1Gi\n",
            &["missing-claim-field"],
        ),
    ] {
        assert!(DISK.contains(left_out));
        check(&DISK.replace(left_out, ""), repairs, disk());
    }
    let bare = &DISK[..DISK.find("spec:").expect("a spec") + 5];
    check(&format!("{bare}\n"), &["missing-claim-field"], disk());
}

#[test]
fn a_map_whose_colons_have_no_blank_behind_them_is_a_map() {
    let glued = DISK
        .replace("    app: db", "    app:db")
        .replace("storage: 1Gi", "storage:1Gi");
    check(&glued, &["missing-blank", "missing-blank"], disk());
}

#[test]
fn a_part_of_a_manifest_is_named_as_one() {
    let text =
        format!("Look:\n\n```yaml\nspec:\n  replicas: 3\n```\n\nand\n\n```yaml\n{DISK}```\n");
    let reading = repaired(&text);
    assert_eq!(reading.documents.len(), 1);
    assert!(
        reading.diagnostics[0]
            .message
            .contains("part of a manifest")
    );
}

#[test]
fn a_quantity_with_a_wrong_unit_is_set_right() {
    check(&DISK.replace("1Gi", "1gi"), &["quantity-unit"], disk());
    let options = Options {
        without: ["quantity-unit".to_owned()].into(),
        ..Options::default()
    };
    let reading = read(DISK.replace("1Gi", "1gi"), &options);
    let found = reading.errors().next().expect("refused");
    assert!(
        found.message.contains("quantities must match"),
        "{}",
        found.message
    );
    assert_eq!(
        found.path.as_deref(),
        Some("spec.resources.requests.storage")
    );
    assert_eq!(found.suggestion.as_deref(), Some("write `1Gi`"));
    assert_eq!(found.at.line, 12);
}
