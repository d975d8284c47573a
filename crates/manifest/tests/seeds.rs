//! The five tutorials, read where they lie beside the repository. Skipped, aloud, when they are not there.

use ordinal_manifest::{Document, Options, Origin, Reading, read};
use serde_json::{Value, json};

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/seeds");

fn seed(number: usize) -> Option<String> {
    let Ok(files) = std::fs::read_dir(SEEDS) else {
        eprintln!("skipped: the tutorials are not beside the repository");
        return None;
    };
    let start = format!("{number:03}_");
    let mut paths = files.flatten().map(|file| file.path());
    let path = paths.find(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(&start))
    })?;
    Some(std::fs::read_to_string(path).expect("a readable tutorial"))
}

fn repaired(number: usize) -> Option<Reading> {
    let reading = read(
        seed(number)?,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    assert!(reading.is_accepted(), "{:#?}", reading.diagnostics);
    Some(reading)
}

fn names(reading: &Reading) -> Vec<String> {
    let written = reading
        .documents
        .iter()
        .filter(|document| document.origin == Origin::Text);
    written
        .map(|document| format!("{}/{}", document.kind, document.name))
        .collect()
}

fn find<'a>(reading: &'a Reading, kind: &str, name: &str) -> &'a Document {
    let found = reading
        .documents
        .iter()
        .find(|document| document.kind == kind && document.name == name);
    found.unwrap_or_else(|| panic!("no {kind}/{name} in {:?}", names(reading)))
}

fn at<'a>(document: &'a Document, path: &str) -> &'a Value {
    document.value.pointer(path).unwrap_or(&Value::Null)
}

fn repair_names(reading: &Reading) -> Vec<&'static str> {
    let mut names: Vec<_> = reading.repairs.iter().map(|repair| repair.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn local_volumes_of_a_database() {
    let Some(reading) = repaired(0) else { return };
    assert_eq!(
        names(&reading),
        [
            "PersistentVolume/mongodb-data-0",
            "PersistentVolume/mongodb-data-1",
            "PersistentVolume/mongodb-data-2",
            "Service/mongodb",
            "StatefulSet/mongodb",
            "Secret/mongod-keyfile",
            "Pod/network-utils",
        ]
    );
    assert_eq!(repair_names(&reading), ["indentation", "missing-selector"]);
    let set = find(&reading, "StatefulSet", "mongodb");
    assert_eq!(at(set, "/spec/replicas"), &json!(3));
    assert_eq!(
        at(set, "/spec/selector"),
        &json!({"matchLabels": {"app": "mongodb"}})
    );
    assert_eq!(
        at(set, "/spec/template/spec/volumes/0/secret/defaultMode"),
        &json!(256)
    );
    assert_eq!(
        at(
            set,
            "/spec/template/spec/containers/0/volumeMounts/1/subPath"
        ),
        &json!("mongod.keyfile")
    );
    assert_eq!(
        at(set, "/spec/volumeClaimTemplates/0/spec/storageClassName"),
        &json!("local")
    );
    let disk = find(&reading, "PersistentVolume", "mongodb-data-1");
    assert!(at(disk, "/spec/nodeAffinity/required/nodeSelectorTerms/0").is_object());
    // Volumes of the text serve the class, so nothing is to make more of them.
    let class = find(&reading, "StorageClass", "local");
    assert_eq!(class.origin, Origin::Placeholder);
    assert_eq!(
        at(class, "/provisioner"),
        &json!("kubernetes.io/no-provisioner")
    );
    let labels: Vec<&str> = reading
        .node_labels_wanted
        .iter()
        .map(|label| label.key.as_str())
        .collect();
    assert_eq!(labels.len(), 3);
    assert_eq!(labels[2], "node.kubernetes.io/mongodb-data-2-ready");
}

#[test]
fn manifests_on_one_line() {
    let Some(reading) = repaired(1) else { return };
    assert_eq!(
        names(&reading),
        [
            "Service/nginx",
            "StatefulSet/web",
            "Service/mysql",
            "StatefulSet/mysql"
        ]
    );
    assert_eq!(repair_names(&reading), ["one-line"]);
    assert!(reading.missing.is_empty(), "{:?}", reading.missing);
    let set = find(&reading, "StatefulSet", "mysql");
    assert_eq!(
        set.value,
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "mysql"},
            "spec": {
                "serviceName": "mysql", "replicas": 3, "selector": {"matchLabels": {"app": "mysql"}},
                "template": {
                    "metadata": {"labels": {"app": "mysql"}},
                    "spec": {"containers": [{
                        "name": "mysql", "image": "mysql:5.7",
                        "ports": [{"containerPort": 3306, "name": "mysql"}],
                        "env": [{"name": "MYSQL_ROOT_PASSWORD", "value": "password"}],
                        "volumeMounts": [{"name": "mysql-persistent-storage", "mountPath": "/var/lib/mysql"}],
                    }]},
                },
                "volumeClaimTemplates": [{
                    "metadata": {"name": "mysql-persistent-storage"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }],
            },
        })
    );
    let service = find(&reading, "Service", "nginx");
    assert_eq!(at(service, "/metadata/labels"), &json!({"app": "nginx"}));
    assert_eq!(at(service, "/spec/clusterIP"), &json!("None"));
}

#[test]
fn mounts_beside_the_container() {
    let Some(reading) = repaired(2) else { return };
    assert_eq!(names(&reading), ["Service/kubia", "StatefulSet/kubia"]);
    assert_eq!(
        repair_names(&reading),
        ["missing-selector", "mounts-beside-containers"]
    );
    let set = find(&reading, "StatefulSet", "kubia");
    assert_eq!(at(set, "/spec/replicas"), &json!(2));
    let container = at(set, "/spec/template/spec/containers/0");
    assert_eq!(
        container["volumeMounts"],
        json!([{"name": "data", "mountPath": "/var/data"}])
    );
    assert_eq!(
        container["ports"],
        json!([{"name": "http", "containerPort": 8080}])
    );
    assert_eq!(at(set, "/spec/template/spec/volumeMounts"), &Value::Null);
}

#[test]
fn callouts_and_a_version_that_is_gone() {
    let Some(reading) = repaired(3) else { return };
    assert_eq!(
        names(&reading),
        [
            "StatefulSet/quarkus-statefulset",
            "Service/quarkus",
            "Service/quarkus-statefulset-2"
        ]
    );
    assert_eq!(
        repair_names(&reading),
        ["callout", "missing-selector", "removed-version"]
    );
    let set = find(&reading, "StatefulSet", "quarkus-statefulset");
    assert_eq!(set.api_version, "apps/v1");
    assert_eq!(at(set, "/spec/serviceName"), &json!("quarkus"));
    assert_eq!(at(set, "/spec/updateStrategy/type"), &json!("OnDelete"));
    let outside = find(&reading, "Service", "quarkus-statefulset-2");
    assert_eq!(at(outside, "/spec/type"), &json!("LoadBalancer"));
    assert_eq!(at(outside, "/spec/externalTrafficPolicy"), &json!("Local"));
}

#[test]
fn a_share_for_everyone() {
    let Some(reading) = repaired(4) else { return };
    assert_eq!(
        names(&reading),
        ["Service/headless-svc", "StatefulSet/statefulset-nginx"]
    );
    assert!(reading.repairs.is_empty(), "{:?}", reading.repairs);
    let missing: Vec<&str> = reading
        .missing
        .iter()
        .map(|missing| missing.object.name.as_str())
        .collect();
    assert_eq!(missing, ["nfs-storageclass", "default-secret"]);
    assert_eq!(
        at(
            find(&reading, "StorageClass", "nfs-storageclass"),
            "/provisioner"
        ),
        &json!("file-share.ordinal.dev")
    );
}

#[test]
fn strict_reading_refuses_four_of_them_in_the_words_of_kubernetes() {
    let words = [
        "error converting YAML to JSON: yaml: line 12: did not find expected key",
        "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
        "strict decoding error: unknown field \"spec.template.spec.volumeMounts\"",
        "error converting YAML to JSON: yaml: line 7: did not find expected key",
    ];
    for (number, words) in words.iter().enumerate() {
        let Some(text) = seed(number) else { return };
        let reading = read(text, &Options::strict());
        let first = reading
            .errors()
            .next()
            .map(|found| found.message.clone())
            .unwrap_or_default();
        assert!(first.contains(words), "{number}: {first}");
        assert!(reading.repairs.is_empty());
    }
    let Some(text) = seed(4) else { return };
    assert!(read(text, &Options::strict()).is_accepted());
}

#[test]
fn what_is_shown_as_repaired_reads_strictly_to_the_same_objects() {
    for number in 0..5 {
        let Some(reading) = repaired(number) else {
            return;
        };
        let again = read(&reading.repaired_text, &Options::strict());
        assert!(again.is_accepted(), "{number}: {:?}", again.diagnostics);
        let values = |reading: &Reading| {
            reading
                .documents
                .iter()
                .map(|one| one.value.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(values(&again), values(&reading), "{number}");
    }
}
