//! What a text refers to and does not bring along, and a sensible placeholder for each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::reading::{Document, Missing, ObjectRef, Options, Position, Unmodelled};
use crate::references::{Reference, of_document};

/// Everything that is referred to and is neither in the text nor in the cluster.
pub(crate) fn missing(
    documents: &[Document],
    unmodelled: &[Unmodelled],
    options: &Options,
) -> Vec<Missing> {
    let mut known: BTreeSet<ObjectRef> = options.present.clone();
    known.extend(documents.iter().map(object_ref));
    known.extend(
        unmodelled
            .iter()
            .map(|object| ObjectRef::cluster(&object.kind, &object.name)),
    );
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        known.insert(ObjectRef::cluster("Namespace", namespace));
    }
    let mut wanted: BTreeMap<(usize, ObjectRef), Missing> = BTreeMap::new();
    for document in documents {
        for Reference { object, keys, path } in of_document(document) {
            if known.contains(&object) || object.name.is_empty() {
                continue;
            }
            let rank = RANK
                .iter()
                .position(|kind| *kind == object.kind)
                .unwrap_or(RANK.len());
            let entry = wanted
                .entry((rank, object.clone()))
                .or_insert_with(|| Missing {
                    sentence: sentence(&object, &path),
                    object,
                    keys: Vec::new(),
                    wanted_by: format!("{}/{}", document.kind, document.name),
                    at: document.position(&path),
                    placeholder: Value::Null,
                    filled: false,
                });
            for key in keys {
                if !entry.keys.contains(&key) {
                    entry.keys.push(key);
                }
            }
        }
    }
    let mut missing: Vec<Missing> = wanted.into_values().collect();
    for item in &mut missing {
        item.placeholder = placeholder(item, documents);
    }
    missing
}

/// The order in which placeholders have to be made.
const RANK: &[&str] = &[
    "Namespace",
    "PriorityClass",
    "StorageClass",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "Service",
];

/// The name of a document; kinds of the whole cluster have no namespace.
pub(crate) fn object_ref(document: &Document) -> ObjectRef {
    let cluster = matches!(
        document.kind.as_str(),
        "Namespace"
            | "Node"
            | "PersistentVolume"
            | "StorageClass"
            | "VolumeAttachment"
            | "CSIDriver"
            | "CSINode"
    );
    if cluster {
        return ObjectRef::cluster(&document.kind, &document.name);
    }
    ObjectRef::namespaced(
        &document.kind,
        document.namespace.as_deref().unwrap_or("default"),
        &document.name,
    )
}

fn sentence(object: &ObjectRef, path: &str) -> String {
    let ObjectRef { kind, name, .. } = object;
    let so = match kind.as_str() {
        "Secret" if path.contains("imagePullSecrets") => "images are pulled without it",
        "Namespace" => "nothing can be created in it",
        "StorageClass" => "claims of this class wait for a volume",
        "Secret" | "ConfigMap" => "containers wait until it exists",
        "ServiceAccount" => "no pod can be created",
        "PersistentVolumeClaim" => "pods cannot be scheduled",
        "Service" => "pods run, but have no DNS names",
        _ => "pods that name it are refused",
    };
    format!("{kind} \"{name}\" is not in the text: without it {so}.")
}

fn placeholder(missing: &Missing, documents: &[Document]) -> Value {
    let ObjectRef {
        kind,
        namespace,
        name,
    } = &missing.object;
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name));
    if let Some(namespace) = namespace
        .as_deref()
        .filter(|namespace| *namespace != "default")
    {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    let keyed = |value: &str| -> Map<String, Value> {
        missing
            .keys
            .iter()
            .map(|key| (key.clone(), json!(value)))
            .collect()
    };
    match kind.as_str() {
        "StorageClass" => json!({
            "apiVersion": "storage.k8s.io/v1", "kind": kind, "metadata": metadata,
            "provisioner": provisioner(documents, name),
            "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
        }),
        "PriorityClass" => json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": kind, "metadata": metadata, "value": 0,
        }),
        // The words stand for whatever the real keys hold; base64 of "placeholder".
        "Secret" => json!({
            "apiVersion": "v1", "kind": kind, "metadata": metadata, "type": "Opaque", "data": keyed("cGxhY2Vob2xkZXI="),
        }),
        "ConfigMap" => {
            json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": keyed("placeholder") })
        }
        "PersistentVolumeClaim" => json!({
            "apiVersion": "v1", "kind": kind, "metadata": metadata,
            "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
        }),
        "Service" => json!({
            "apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": governing_service(&missing.object, documents),
        }),
        _ => json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata }),
    }
}

/// Who makes the volumes of a class: nobody where the text has them; a file share where a claim wants to be written
/// from several nodes; else a disk.
fn provisioner(documents: &[Document], class: &str) -> &'static str {
    if has_volumes(documents, class) {
        "kubernetes.io/no-provisioner"
    } else if is_shared(documents, class) {
        "ordinal.dev/file-share"
    } else {
        "ordinal.dev/disk"
    }
}

/// Whether a claim of a class, or a template of one, asks for several nodes.
fn is_shared(documents: &[Document], class: &str) -> bool {
    let templates = |document: &Document| {
        let list = document
            .value
            .pointer("/spec/volumeClaimTemplates")
            .and_then(Value::as_array)
            .cloned();
        list.unwrap_or_default()
    };
    let claims = documents.iter().flat_map(|document| {
        let own = (document.kind == "PersistentVolumeClaim").then(|| document.value.clone());
        own.into_iter().chain(templates(document))
    });
    let wants_many = |claim: &Value| {
        let modes = claim.pointer("/spec/accessModes").and_then(Value::as_array);
        modes.is_some_and(|modes| {
            modes
                .iter()
                .any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany")
        })
    };
    let of_class = |claim: &Value| {
        claim
            .pointer("/spec/storageClassName")
            .and_then(Value::as_str)
            == Some(class)
    };
    claims
        .into_iter()
        .any(|claim| of_class(&claim) && wants_many(&claim))
}

/// Whether volumes of the text serve a class, so that nothing needs to make them.
fn has_volumes(documents: &[Document], class: &str) -> bool {
    documents.iter().any(|document| {
        document.kind == "PersistentVolume"
            && document
                .value
                .pointer("/spec/storageClassName")
                .and_then(Value::as_str)
                == Some(class)
    })
}

/// Headless, with the set's own selector and the ports of its containers.
fn governing_service(service: &ObjectRef, documents: &[Document]) -> Value {
    let set = documents.iter().find(|document| {
        let text = |path| document.value.pointer(path).and_then(Value::as_str);
        document.kind == "StatefulSet"
            && text("/spec/serviceName") == Some(service.name.as_str())
            && document.namespace.as_deref().unwrap_or("default")
                == service.namespace.as_deref().unwrap_or("default")
    });
    let pointer = |path: &str| set.and_then(|set| set.value.pointer(path));
    let selector =
        pointer("/spec/selector/matchLabels").or(pointer("/spec/template/metadata/labels"));
    let containers = pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let ports: Vec<&Value> = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container.get("ports")?.as_array())
        .flatten()
        .collect();
    let mut names = BTreeSet::new();
    let mut spec_ports = Vec::new();
    for port in &ports {
        let Some(number) = port.get("containerPort").and_then(Value::as_i64) else {
            continue;
        };
        let protocol = port
            .get("protocol")
            .and_then(Value::as_str)
            .unwrap_or("TCP");
        let name = port
            .get("name")
            .and_then(Value::as_str)
            .map_or_else(|| format!("port-{number}"), str::to_owned);
        if !names.insert((number, protocol.to_owned())) || !names.insert((0, name.clone())) {
            continue;
        }
        let mut entry = json!({ "name": name, "port": number });
        if protocol != "TCP" {
            entry["protocol"] = json!(protocol);
        }
        spec_ports.push(entry);
    }
    let mut spec = json!({ "clusterIP": "None" });
    if let Some(selector) = selector {
        spec["selector"] = selector.clone();
    }
    if !spec_ports.is_empty() {
        spec["ports"] = json!(spec_ports);
    }
    spec
}

/// The placeholder as a document; it has no place of its own, so it points to who wants it.
pub(crate) fn document(missing: &Missing) -> Document {
    let text = |path: &str| {
        missing
            .placeholder
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let at: Position = missing.at;
    Document {
        api_version: text("/apiVersion").unwrap_or_default(),
        kind: missing.object.kind.clone(),
        name: missing.object.name.clone(),
        namespace: text("/metadata/namespace"),
        value: missing.placeholder.clone(),
        at,
        origin: crate::reading::Origin::Placeholder,
        spans: BTreeMap::new(),
    }
}
