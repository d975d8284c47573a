//! Indentation, line breaks and what stands between objects.

use serde_json::{Value, json};

use super::{DISK, SET, check, disk, names, repaired, set};

#[test]
fn a_key_one_column_off_joins_its_neighbours() {
    check(
        &DISK.replace("  resources:", " resources:"),
        &["indentation"],
        disk(),
    );
    check(
        &DISK.replace("  labels:", "   labels:"),
        &["indentation"],
        disk(),
    );
    check(
        &SET.replace("        image:", "          image:"),
        &["indentation"],
        set(json!({})),
    );
}

#[test]
fn lost_indentation_is_rebuilt() {
    let text: String = DISK
        .lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    check(&text, &["lost-indentation"], disk());
    let text: String = SET
        .lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    check(&text, &["lost-indentation"], set(json!({})));
}

#[test]
fn a_manifest_on_one_line_is_rebuilt() {
    check(
        &SET.split_whitespace().collect::<Vec<_>>().join(" "),
        &["one-line"],
        set(json!({})),
    );
    let glued: String = DISK.lines().map(str::trim_start).collect();
    check(&glued, &["glued-tokens"], disk());
}

#[test]
fn several_objects_on_one_line_come_apart() {
    let line = format!("{DISK}---\n{SET}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let reading = repaired(&line);
    let values: Vec<Value> = reading
        .documents
        .iter()
        .map(|document| document.value.clone())
        .collect();
    assert_eq!(values, [disk(), set(json!({}))]);
}

#[test]
fn objects_that_run_together_are_separated() {
    let reading = repaired(&format!("{DISK}{SET}"));
    assert_eq!(names(&reading), ["missing-separator"]);
    assert_eq!(reading.documents.len(), 2);
    assert_eq!(reading.documents[1].at.line, 13);
}

#[test]
fn indentation_that_puts_a_key_twice_is_rebuilt_from_the_fields() {
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: node\nspec:\n  serviceName: node\n  selector:\n  matchLabels:\n    app: node\n  template:\n  metadata:\n    labels:\n    app: node\n  spec:\n    containers:\n    - name: node\n    image: node:1\n    resources:\n      requests:\n      memory: 1Gi\n      limits:\n      memory: 2Gi\n    volumes:\n    - name: conf\n    emptyDir: {}\n";
    check(
        text,
        &["wrong-indentation"],
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "node"},
            "spec": {
                "serviceName": "node",
                "selector": {"matchLabels": {"app": "node"}},
                "template": {
                    "metadata": {"labels": {"app": "node"}},
                    "spec": {
                        "containers": [{
                            "name": "node", "image": "node:1",
                            "resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}},
                        }],
                        "volumes": [{"name": "conf", "emptyDir": {}}],
                    },
                },
            },
        }),
    );
}

#[test]
fn a_line_separator_ends_a_line_as_for_yaml() {
    let text = "apiVersion: v1\u{2028}\nkind: ConfigMap\u{2028}metadata:\n  name: a\u{2029}\n";
    let expected = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    check(text, &[], expected);
}
