//! One small text for each repair: what was pasted, what is read, and what undoing it gives.

use ordinal_manifest::{Options, Origin, Reading, read};
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
fn marks_of_the_page_are_taken_off() {
    check(
        &DISK
            .replace("name: disk", "name: disk (1)")
            .replace("1Gi", "1Gi (2)"),
        &["callout", "callout"],
        disk(),
    );
    check(
        &DISK.replace("  labels", "  ...\n  labels"),
        &["ellipsis"],
        disk(),
    );
    check(
        &DISK.replace("apiVersion: v1", "apiVersion:v1"),
        &["missing-blank"],
        disk(),
    );
    check(
        &DISK.replace("- ReadWriteOnce", "- &quot;ReadWriteOnce&quot;"),
        &["html-entity"],
        disk(),
    );
    let masked = DISK.replace("app: db", "app: db\n    token: *****");
    let mut expected = disk();
    expected["metadata"]["labels"]["token"] = json!("*****");
    check(&masked, &["unreadable-value"], expected);
    let numbered: String = DISK
        .lines()
        .zip(1..)
        .map(|(line, at)| format!("{at:>3} {line}\n"))
        .collect();
    check(&numbered, &["line-numbers"], disk());
}

#[test]
fn look_alike_characters_are_replaced() {
    check(
        &DISK.replace("    app", "\u{a0}\u{a0}\u{a0}\u{a0}app"),
        &["no-break-space"],
        disk(),
    );
    check(&DISK.replace("  name", "\tname"), &["tab"], disk());
    check(
        &DISK.replace("ReadWriteOnce", "\u{201c}ReadWriteOnce\u{201d}"),
        &["smart-quote"],
        disk(),
    );
    check(
        &DISK.replace("  name: disk", "\u{200b}  name: disk"),
        &["zero-width-character"],
        disk(),
    );
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
fn a_claim_that_several_pods_name_is_filled_in_as_a_share() {
    let users = |replicas: u32| {
        let claim = "      volumes:\n      - name: data\n        persistentVolumeClaim:\n          claimName: all\n";
        let set = SET.replace(
            "serviceName: db",
            &format!("serviceName: db\n  replicas: {replicas}"),
        );
        let options = Options {
            fill_missing: true,
            ..Options::default()
        };
        let reading = read(format!("{set}{claim}"), &options);
        let made = reading
            .documents
            .iter()
            .filter(|document| document.origin == Origin::Placeholder);
        made.map(|document| (document.kind.clone(), document.value.clone()))
            .collect::<Vec<_>>()
    };
    let mode = |made: &[(String, Value)]| {
        let claim = made
            .iter()
            .find(|(kind, _)| kind == "PersistentVolumeClaim");
        claim.map(|(_, claim)| claim["spec"]["accessModes"][0].clone())
    };

    assert_eq!(mode(&users(1)), Some(json!("ReadWriteOnce")));
    let shared = users(2);
    assert_eq!(mode(&shared), Some(json!("ReadWriteMany")));
    let class = shared.iter().find(|(kind, _)| kind == "StorageClass");
    assert_eq!(
        class.map(|(_, class)| class["provisioner"].clone()),
        Some(json!("file-share.ordinal.dev"))
    );
}

#[test]
fn a_claim_for_several_nodes_without_a_class_gets_a_default_class_that_can() {
    let shared = DISK.replace("ReadWriteOnce", "ReadWriteMany");
    let made = |text: &str| {
        let reading = read(
            text,
            &Options {
                fill_missing: true,
                ..Options::default()
            },
        );
        let made = reading
            .documents
            .into_iter()
            .filter(|document| document.origin == Origin::Placeholder);
        made.map(|document| document.value).collect::<Vec<_>>()
    };

    let [class] = &made(&shared)[..] else {
        panic!("one class is made");
    };
    assert_eq!(class["provisioner"], json!("file-share.ordinal.dev"));
    assert_eq!(
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"],
        json!("true")
    );

    assert_eq!(made(DISK), [] as [Value; 0]);
    let default = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: own\n  annotations:\n    storageclass.kubernetes.io/is-default-class: \"true\"\nprovisioner: nfs.example.org\n";
    assert_eq!(made(&format!("{shared}---\n{default}")), [] as [Value; 0]);
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
fn placeholders_are_filled_in_and_listed() {
    let text = SET
        .replace(
            "  serviceName: db",
            "  serviceName: db\n  replicas: ${COUNT}",
        )
        .replace("db:1", "<your-image>");
    let reading = repaired(&text);
    let value = &reading.documents[0].value;
    assert_eq!(value["spec"]["replicas"], json!(1));
    assert_eq!(
        value["spec"]["template"]["spec"]["containers"][0]["image"],
        json!("your-image")
    );
    let listed: Vec<_> = reading
        .placeholders
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(listed, [("${COUNT}", "1"), ("<your-image>", "your-image")]);
    let values = [("COUNT".to_owned(), "4".to_owned())].into();
    let reading = read(
        &text,
        &Options {
            values,
            ..Options::default()
        },
    );
    assert_eq!(reading.documents[0].value["spec"]["replicas"], json!(4));
}

#[test]
fn backslashes_of_markdown_are_taken_out_of_text_without_a_fence() {
    let text = DISK
        .replace(
            "  accessModes:\n  - ReadWriteOnce",
            "  accessModes: \\[ \"ReadWriteOnce\" \\]",
        )
        .replace("app: db", "app: my\\_db");
    let mut expected = disk();
    expected["metadata"]["labels"]["app"] = json!("my_db");
    check(&text, &["markdown-escape", "markdown-escape"], expected);
    // A pattern in a value is none.
    let pattern = DISK.replace("app: db", "app: db\n  annotations:\n    only: ^a\\-b\\[$");
    assert_eq!(names(&repaired(&pattern)), [] as [&str; 0]);
}

#[test]
fn what_the_shell_reads_is_no_placeholder() {
    let text = SET.replace(
        "        image: db:1",
        "        image: db:1\n        command: [sh, -c, 'echo ${HOME} <in >out']",
    );
    let reading = repaired(&text);
    assert!(reading.repairs.is_empty(), "{:?}", reading.repairs);
}

#[test]
fn objects_that_run_together_are_separated() {
    let reading = repaired(&format!("{DISK}{SET}"));
    assert_eq!(names(&reading), ["missing-separator"]);
    assert_eq!(reading.documents.len(), 2);
    assert_eq!(reading.documents[1].at.line, 13);
}

#[test]
fn a_here_document_loses_its_wrapper_and_its_backslashes() {
    let text = format!(
        "$ cat <<EOF | kubectl apply -f -\n{}EOF\ncreated\n",
        DISK.replace("app: db", "app: \\$db")
    );
    let reading = repaired(&text);
    assert_eq!(names(&reading)[0], "heredoc-escape");
    assert_eq!(reading.documents.len(), 1);
}

#[test]
fn a_tutorial_gives_its_manifests_and_keeps_its_prose() {
    let text = format!(
        "# Disks\n\nFirst a claim:\n\n```yaml\n{DISK}```\n\nThen, in `set.yaml`:\n\n```\n$ vim set.yaml\n{SET}```\nDone.\n"
    );
    let reading = repaired(&text);
    assert!(reading.repairs.is_empty(), "{:?}", reading.repairs);
    assert_eq!(reading.documents.len(), 2);
    assert_eq!(reading.documents[0].at.line, 6);
    let name = reading.documents[1].position("spec.template.spec.containers[0].name");
    assert_eq!((name.line, name.column), (39, 9));
}

#[test]
fn a_chart_is_named_as_one() {
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.on }}\nspec: {}\n{{- end }}\n";
    let reading = repaired(text);
    let found = reading.errors().next().expect("refused");
    assert!(
        found.message.contains("Helm chart template"),
        "{}",
        found.message
    );
    assert_eq!(found.at.line, 4);
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

#[test]
fn kinds_that_nothing_acts_on_are_kept_and_listed() {
    let text = format!(
        "{DISK}---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: once\nspec: {{}}\n---\napiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: thing\n"
    );
    let reading = repaired(&text);
    assert!(reading.is_accepted());
    let kinds: Vec<_> = reading
        .unmodelled
        .iter()
        .map(|one| (one.kind.as_str(), one.name.as_str(), one.at.line))
        .collect();
    assert_eq!(kinds, [("Ingress", "once", 14), ("Thing", "thing", 20)]);
    assert!(reading.repaired_text.contains("kind: Ingress"));
}

#[test]
fn what_is_missing_is_listed_and_filled_in_when_asked() {
    let text = SET
        .replace("metadata:\n  name: db", "metadata:\n  name: db\n  namespace: shop")
        .replace("        image: db:1", "        image: db:1\n        ports:\n        - containerPort: 5432\n        envFrom:\n        - secretRef:\n            name: keys");
    let listed: Vec<String> = repaired(&text)
        .missing
        .iter()
        .map(|one| format!("{}/{}", one.object.kind, one.object.name))
        .collect();
    assert_eq!(listed, ["Namespace/shop", "Secret/keys", "Service/db"]);
    let reading = read(
        &text,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    assert!(reading.missing.iter().all(|one| one.filled));
    let service = &reading.documents[2];
    assert_eq!(service.origin, Origin::Placeholder);
    assert_eq!(
        service.value["spec"],
        json!({"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"name": "port-5432", "port": 5432}]})
    );
}

#[test]
fn what_the_pods_of_jobs_and_cron_jobs_need_is_missed_too() {
    let pods = |indent: &str| {
        let lines = [
            "template:",
            "  spec:",
            "    restartPolicy: Never",
            "    nodeSelector:",
            "      disk: fast",
            "    containers:",
            "    - name: dump",
            "      image: dump:1",
            "      envFrom:",
            "      - configMapRef:",
            "          name: settings",
        ];
        lines.map(|line| format!("{indent}{line}\n")).concat()
    };
    let head = |kind: &str| {
        format!("apiVersion: batch/v1\nkind: {kind}\nmetadata:\n  name: dump\nspec:\n")
    };
    let job = head("Job") + &pods("  ");
    let schedule = "  schedule: \"0 3 * * *\"\n  jobTemplate:\n    spec:\n";
    let cron_job = head("CronJob") + schedule + &pods("      ");

    for text in [job, cron_job] {
        let reading = repaired(&text);

        let missing = reading.missing.iter().map(|one| &*one.object.name);
        assert_eq!(missing.collect::<Vec<_>>(), ["settings"], "{text}");
        let labels = reading.node_labels_wanted.iter().map(|one| &*one.key);
        assert_eq!(labels.collect::<Vec<_>>(), ["disk"], "{text}");
    }
}

#[test]
fn placeholders_stand_behind_a_namespace_that_the_text_has() {
    let text = format!(
        "{DISK}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\n{}",
        SET.replace(
            "metadata:\n  name: db",
            "metadata:\n  name: db\n  namespace: shop"
        )
    );
    let reading = read(
        &text,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    let kinds = |reading: &Reading| {
        let kinds = reading
            .documents
            .iter()
            .map(|document| document.kind.clone());
        kinds.collect::<Vec<_>>()
    };
    let expected = [
        "PersistentVolumeClaim",
        "Namespace",
        "Service",
        "StatefulSet",
    ];
    assert_eq!(kinds(&reading), expected);
    let shown = read(&reading.repaired_text, &Options::strict());
    assert_eq!(kinds(&shown), expected);
}

#[test]
fn lists_and_streams_of_json_are_taken_apart() {
    let claim = serde_json::to_string_pretty(&disk()).expect("JSON");
    let reading = repaired(&format!(
        "{claim}\n{}\n",
        claim.replace("\"disk\"", "\"other\"")
    ));
    let listed: Vec<_> = reading
        .documents
        .iter()
        .map(|one| (one.name.as_str(), one.at.line))
        .collect();
    assert_eq!(listed, [("disk", 1), ("other", 21)]);
    assert!(reading.repairs.is_empty());
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [disk(), set(json!({}))]});
    assert_eq!(repaired(&list.to_string()).documents.len(), 2);
}

#[test]
fn a_template_of_openshift_gives_its_objects() {
    let text = "apiVersion: v1\nkind: Template\nmetadata:\n  name: t\nparameters:\n- name: SIZE\n  value: 2Gi\nobjects:\n- apiVersion: v1\n  kind: PersistentVolumeClaim\n  metadata:\n    name: disk\n  spec:\n    accessModes: [ReadWriteOnce]\n    resources:\n      requests:\n        storage: ${SIZE}\n";
    let reading = repaired(text);
    assert_eq!(names(&reading), ["template-parameters"]);
    assert_eq!(
        reading.documents[0].value["spec"]["resources"]["requests"]["storage"],
        json!("2Gi")
    );
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
