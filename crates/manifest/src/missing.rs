//! What a text refers to and does not bring along, and a sensible placeholder for each.

use ordinal_api::sorted::{SortedMap, SortedSet};

use serde_json::Value;

use crate::emit::scalar;
use crate::reading::{Document, Limits, Missing, ObjectRef, Options, Position, Unmodelled};
use crate::references::{Reference, of_document};
use crate::yaml;

/// Everything that is referred to and is neither in the text nor in the cluster.
pub(crate) fn missing(
    documents: &[Document],
    unmodelled: &[Unmodelled],
    options: &Options,
) -> Vec<Missing> {
    // A text may have thousands of objects: everything is looked up by name.
    let mut known: SortedSet<ObjectRef> = documents.iter().map(object_ref).collect();
    known.extend(
        unmodelled
            .iter()
            .map(|object| ObjectRef::cluster(&object.kind, &object.name)),
    );
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        known.insert(ObjectRef::cluster("Namespace", namespace));
    }
    let mut missing: Vec<Missing> = Vec::new();
    let mut places: SortedMap<ObjectRef, usize> = SortedMap::new();
    for document in documents {
        for Reference { object, keys, path } in of_document(document) {
            if object.name.is_empty()
                || options.present.contains(&object)
                || known.contains(&object)
            {
                continue;
            }
            let at = places.get(&object).copied().unwrap_or_else(|| {
                places.insert(object.clone(), missing.len());
                missing.push(Missing {
                    sentence: sentence(&object, &path),
                    object,
                    keys: Vec::new(),
                    wanted_by: format!("{}/{}", document.kind, document.name),
                    at: document.position(&path),
                    placeholder: Value::Null,
                    filled: false,
                });
                missing.len() - 1
            });
            for key in keys {
                if !missing[at].keys.contains(&key) {
                    missing[at].keys.push(key);
                }
            }
        }
    }
    let share = ObjectRef::cluster("StorageClass", FILE_SHARE);
    let shared = missing
        .iter()
        .find(|missing| {
            missing.object.kind == "PersistentVolumeClaim"
                && has_several_users(documents, &missing.object)
        })
        .map(|claim| {
            (
                format!("PersistentVolumeClaim/{}", claim.object.name),
                claim.at,
            )
        });
    let shared = shared.or_else(|| {
        sharer(documents).map(|document| {
            let user = format!("{}/{}", document.kind, document.name);
            (user, document.at)
        })
    });
    if let Some((wanted_by, at)) = shared
        && !options.present.contains(&share)
        && !known.contains(&share)
        && !missing.iter().any(|missing| missing.object == share)
    {
        missing.push(Missing {
            sentence: sentence(&share, ""),
            object: share,
            keys: Vec::new(),
            wanted_by,
            at,
            placeholder: Value::Null,
            filled: false,
        });
    }
    let mut ordered = Vec::with_capacity(missing.len());
    for kind in RANK {
        let (these, others) = missing
            .into_iter()
            .partition::<Vec<_>, _>(|missing| missing.object.kind == *kind);
        ordered.extend(these);
        missing = others;
    }
    ordered.extend(missing);
    let sets = governed(documents);
    for item in &mut ordered {
        item.placeholder = placeholder(item, documents, &sets);
    }
    ordered
}

/// The sets of a text by the Service that governs them; the first of several counts.
fn governed(documents: &[Document]) -> SortedMap<ObjectRef, &Document> {
    let mut sets = SortedMap::new();
    for document in documents.iter().rev() {
        let service = document.value.pointer("/spec/serviceName");
        if let Some(service) = service.and_then(Value::as_str)
            && document.kind == "StatefulSet"
        {
            let namespace = document.namespace.as_deref().unwrap_or("default");
            sets.insert(
                ObjectRef::namespaced("Service", namespace, service),
                document,
            );
        }
    }
    sets
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
            | "PriorityClass"
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

/// Written as a manifest and read like one: that is shorter than building the values, on the page too.
fn placeholder(
    missing: &Missing,
    documents: &[Document],
    sets: &SortedMap<ObjectRef, &Document>,
) -> Value {
    let ObjectRef {
        kind,
        namespace,
        name,
    } = &missing.object;
    let version = match kind.as_str() {
        "StorageClass" => "storage.k8s.io/v1",
        "PriorityClass" => "scheduling.k8s.io/v1",
        _ => "v1",
    };
    let mut text = format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {}\n",
        scalar(name)
    );
    if let Some(namespace) = namespace
        .as_deref()
        .filter(|namespace| *namespace != "default")
    {
        text += &format!("  namespace: {}\n", scalar(namespace));
    }
    match kind.as_str() {
        "StorageClass" => {
            if name == FILE_SHARE && sharer(documents).is_some() {
                text += "  annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}\n";
            }
            text += &format!(
                "provisioner: {}\nreclaimPolicy: Delete\nvolumeBindingMode: WaitForFirstConsumer\nallowVolumeExpansion: true\n",
                provisioner(documents, name)
            );
        }
        "PriorityClass" => text += "value: 0\n",
        // The word stands for whatever the real keys hold; base64 of "placeholder".
        "Secret" => {
            text += "type: Opaque\n";
            keyed(&mut text, &missing.keys, "cGxhY2Vob2xkZXI=");
        }
        "ConfigMap" => keyed(&mut text, &missing.keys, "placeholder"),
        "PersistentVolumeClaim" => {
            text += if has_several_users(documents, &missing.object) {
                "spec:\n  accessModes: [ReadWriteMany]\n  storageClassName: file-share\n"
            } else {
                "spec:\n  accessModes: [ReadWriteOnce]\n"
            };
            text += "  resources:\n    requests:\n      storage: 1Gi\n";
        }
        "Service" => governing_service(&mut text, sets.get(&missing.object).copied()),
        _ => {}
    }
    let parsed = yaml::parse(&text, &Limits::default())
        .ok()
        .and_then(|parsed| parsed.node);
    parsed.map_or(Value::Null, |node| node.value())
}

fn keyed(text: &mut String, keys: &[String], value: &str) {
    *text += if keys.is_empty() {
        "data: {}\n"
    } else {
        "data:\n"
    };
    for key in keys {
        *text += &format!("  {}: {value}\n", scalar(key));
    }
}

/// Who makes the volumes of a class: nobody where the text has enough of them; a file share where a claim wants to be written
/// from several nodes; else a disk.
fn provisioner(documents: &[Document], class: &str) -> &'static str {
    let field = |claim: &Value, path| {
        claim
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let shared = |claim: &Value| {
        field(claim, "/spec/storageClassName").as_deref() == Some(class) && is_many(claim)
    };
    if has_volumes(documents, class) {
        "kubernetes.io/no-provisioner"
    } else if class == FILE_SHARE
        || documents
            .iter()
            .any(|document| claims(document).any(shared))
    {
        "file-share.ordinal.dev"
    } else {
        "disk.ordinal.dev"
    }
}

/// A claim, or the claim templates of a set.
fn claims(document: &Document) -> impl Iterator<Item = &Value> {
    let value = &document.value;
    let templates = value.pointer("/spec/volumeClaimTemplates");
    let own = (document.kind == "PersistentVolumeClaim").then_some(value);
    own.into_iter()
        .chain(templates.and_then(Value::as_array).into_iter().flatten())
}

/// Whether a claim wants to be used on several nodes.
fn is_many(claim: &Value) -> bool {
    let modes = claim.pointer("/spec/accessModes").and_then(Value::as_array);
    let many = |mode: &Value| mode == "ReadWriteMany" || mode == "ReadOnlyMany";
    modes.is_some_and(|modes| modes.iter().any(many))
}

/// What claims a volume for several nodes of the default class, which makes disks here, in a text without a default of
/// its own.
fn sharer(documents: &[Document]) -> Option<&Document> {
    const DEFAULT: &str = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
    let has_default = documents.iter().any(|document| {
        document.kind == "StorageClass"
            && document.value.pointer(DEFAULT).and_then(Value::as_str) == Some("true")
    });
    let of_default = |claim: &Value| {
        is_many(claim)
            && claim.pointer("/spec/storageClassName").is_none()
            && claim.pointer("/spec/volumeName").is_none()
    };
    documents
        .iter()
        .find(|document| !has_default && claims(document).any(of_default))
}

/// The class of claims that several Pods name, and of those that several nodes are to use.
const FILE_SHARE: &str = "file-share";

/// Whether a workload of several Pods names a claim for all of them: a disk of one node would keep the others waiting.
fn has_several_users(documents: &[Document], claim: &ObjectRef) -> bool {
    documents.iter().any(|document| {
        let replicas = document.value.pointer("/spec/replicas");
        let several = replicas.and_then(Value::as_u64).unwrap_or(1) > 1;
        several
            && of_document(document)
                .iter()
                .any(|reference| reference.object == *claim)
    })
}

/// Whether volumes of the text serve all claims of a class, so that nothing needs to make them.
fn has_volumes(documents: &[Document], class: &str) -> bool {
    let of_class = |value: &Value| {
        let name = value.pointer("/spec/storageClassName");
        name.and_then(Value::as_str) == Some(class)
    };
    let volumes = documents
        .iter()
        .filter(|document| document.kind == "PersistentVolume" && of_class(&document.value))
        .count() as u64;
    let wanted = documents.iter().map(|document| {
        let replicas = document.value.pointer("/spec/replicas");
        let claims = claims(document).filter(|claim| of_class(claim)).count() as u64;
        claims.saturating_mul(replicas.and_then(Value::as_u64).unwrap_or(1))
    });
    volumes > 0 && wanted.fold(0, u64::saturating_add) <= volumes
}

/// Headless, with the set's own selector and the ports of its containers.
fn governing_service(text: &mut String, set: Option<&Document>) {
    *text += "spec:\n  clusterIP: None\n";
    let pointer = |path: &str| set.and_then(|set| set.value.pointer(path));
    let selector =
        pointer("/spec/selector/matchLabels").or(pointer("/spec/template/metadata/labels"));
    for (at, (key, value)) in selector
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .enumerate()
    {
        *text += if at == 0 { "  selector:\n" } else { "" };
        *text += &format!(
            "    {}: {}\n",
            scalar(key),
            scalar(value.as_str().unwrap_or_default())
        );
    }
    let containers = pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let ports = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container.get("ports")?.as_array())
        .flatten();
    let mut taken: Vec<String> = Vec::new();
    for port in ports {
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
        let place = format!("{number}/{protocol}");
        if taken.contains(&name) || taken.contains(&place) {
            continue;
        }
        *text += if taken.is_empty() { "  ports:\n" } else { "" };
        *text += &format!("  - name: {}\n    port: {number}\n", scalar(&name));
        if protocol != "TCP" {
            *text += &format!("    protocol: {}\n", scalar(protocol));
        }
        taken.extend([name, place]);
    }
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
        spans: SortedMap::new(),
    }
}
