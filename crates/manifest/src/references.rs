//! What one object refers to: by name, with the keys it reads, and where.

use ordinal_api::list::IntoList;
use serde_json::Value;

use crate::kinds;
use crate::order;
use crate::reading::{Document, ObjectRef, Position, WantedLabel};

/// One reference.
pub(crate) struct Reference {
    pub object: ObjectRef,
    /// Keys of a Secret or ConfigMap.
    pub keys: Vec<String>,
    /// The field that holds the name.
    pub path: String,
}

/// Every reference of a document that something needs in order to run.
pub(crate) fn of_document(document: &Document) -> Vec<Reference> {
    let namespace = document.namespace.as_deref().unwrap_or("default");
    let mut found = Found {
        namespace,
        list: Vec::new(),
    };
    if let Some(namespace) = &document.namespace {
        found.list.push(Reference {
            object: ObjectRef::cluster("Namespace", namespace),
            keys: Vec::new(),
            path: "metadata.namespace".to_owned(),
        });
    }
    let value = &document.value;
    match document.kind.as_str() {
        "StatefulSet" => {
            found.named(
                "Service",
                value.pointer("/spec/serviceName"),
                "spec.serviceName",
            );
            let claims = value
                .pointer("/spec/volumeClaimTemplates")
                .and_then(Value::as_array);
            let claims: Vec<&Value> = claims.into_iter().flatten().into_list();
            let templates: Vec<&str> = claims
                .iter()
                .filter_map(|claim| claim.pointer("/metadata/name")?.as_str())
                .into_list();
            for (at, claim) in claims.iter().enumerate() {
                found.class(claim, &format!("spec.volumeClaimTemplates[{at}]"));
            }
            found.pod(document, &templates);
        }
        // A claim that names its volume needs no class object.
        "PersistentVolumeClaim" if value.pointer("/spec/volumeName").is_none() => {
            found.class(value, "");
        }
        _ => found.pod(document, &[]),
    }
    found.list
}

/// What a document says of its Pods, and the path to it.
fn pod_spec(document: &Document) -> Option<(&Value, String)> {
    let steps = kinds::pod_spec(&document.kind)?;
    let spec = steps
        .iter()
        .try_fold(&document.value, |at, step| at.get(step))?;
    Some((spec, steps.join(".")))
}

struct Found<'a> {
    namespace: &'a str,
    list: Vec<Reference>,
}

impl Found<'_> {
    fn named(&mut self, kind: &str, name: Option<&Value>, path: &str) {
        self.keyed(kind, name, Vec::new(), path);
    }

    fn keyed(&mut self, kind: &str, name: Option<&Value>, keys: Vec<String>, path: &str) {
        let Some(name) = name.and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            return;
        };
        let object = match kind {
            "StorageClass" | "PriorityClass" => ObjectRef::cluster(kind, name),
            _ => ObjectRef::namespaced(kind, self.namespace, name),
        };
        self.list.push(Reference {
            object,
            keys,
            path: path.to_owned(),
        });
    }

    fn class(&mut self, claim: &Value, path: &str) {
        let path = format!("{path}.spec.storageClassName");
        self.named(
            "StorageClass",
            claim.pointer("/spec/storageClassName"),
            path.trim_start_matches('.'),
        );
    }

    fn pod(&mut self, document: &Document, templates: &[&str]) {
        let Some((spec, path)) = pod_spec(document) else {
            return;
        };
        let path = path.as_str();
        let account = spec
            .get("serviceAccountName")
            .or(spec.get("serviceAccount"));
        if account.and_then(Value::as_str) != Some("default") {
            self.named(
                "ServiceAccount",
                account,
                &format!("{path}.serviceAccountName"),
            );
        }
        let class = spec
            .get("priorityClassName")
            .filter(|name| !name.as_str().unwrap_or("system-").starts_with("system-"));
        self.named("PriorityClass", class, &format!("{path}.priorityClassName"));
        for (at, secret) in items(spec, "imagePullSecrets") {
            self.named(
                "Secret",
                secret.get("name"),
                &format!("{path}.imagePullSecrets[{at}].name"),
            );
        }
        for (at, volume) in items(spec, "volumes") {
            let name = volume
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            // The volume made from a claim template replaces the pod's one of the same name.
            if !templates.contains(&name) {
                self.volume(spec, volume, name, &format!("{path}.volumes[{at}]"));
            }
        }
        for list in ["initContainers", "containers"] {
            for (at, container) in items(spec, list) {
                self.environment(container, &format!("{path}.{list}[{at}]"));
            }
        }
    }

    fn volume(&mut self, spec: &Value, volume: &Value, name: &str, path: &str) {
        let claim = volume.pointer("/persistentVolumeClaim/claimName");
        self.named(
            "PersistentVolumeClaim",
            claim,
            &format!("{path}.persistentVolumeClaim.claimName"),
        );
        if let Some(claim) = volume.pointer("/ephemeral/volumeClaimTemplate") {
            self.class(claim, &format!("{path}.ephemeral.volumeClaimTemplate"));
        }
        for (kind, field, by) in [
            ("Secret", "secret", "secretName"),
            ("ConfigMap", "configMap", "name"),
        ] {
            if let Some(source) = volume.get(field).filter(|source| !is_optional(source)) {
                let mut keys = item_keys(source);
                if keys.is_empty() {
                    keys = mounted_keys(spec, name);
                }
                self.keyed(kind, source.get(by), keys, &format!("{path}.{field}.{by}"));
            }
        }
        for (at, source) in items(volume.get("projected").unwrap_or(&Value::Null), "sources") {
            for (kind, field) in [("Secret", "secret"), ("ConfigMap", "configMap")] {
                if let Some(source) = source.get(field).filter(|source| !is_optional(source)) {
                    let path = format!("{path}.projected.sources[{at}].{field}.name");
                    self.keyed(kind, source.get("name"), item_keys(source), &path);
                }
            }
        }
    }

    fn environment(&mut self, container: &Value, path: &str) {
        for (at, variable) in items(container, "env") {
            for (kind, field) in [("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")] {
                let source = variable.get("valueFrom").and_then(|from| from.get(field));
                if let Some(source) = source.filter(|source| !is_optional(source)) {
                    let key = source.get("key").and_then(Value::as_str).map(str::to_owned);
                    let path = format!("{path}.env[{at}].valueFrom.{field}.name");
                    self.keyed(kind, source.get("name"), key.into_iter().collect(), &path);
                }
            }
        }
        for (at, from) in items(container, "envFrom") {
            for (kind, field) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
                if let Some(source) = from.get(field).filter(|source| !is_optional(source)) {
                    self.named(
                        kind,
                        source.get("name"),
                        &format!("{path}.envFrom[{at}].{field}.name"),
                    );
                }
            }
        }
    }
}

fn items<'a>(value: &'a Value, list: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    value
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
}

fn is_optional(source: &Value) -> bool {
    source.get("optional") == Some(&Value::Bool(true))
}

fn item_keys(source: &Value) -> Vec<String> {
    items(source, "items")
        .filter_map(|(_, item)| Some(item.get("key")?.as_str()?.to_owned()))
        .collect()
}

/// A mount by `subPath` needs a file, and so a key, of that name.
fn mounted_keys(spec: &Value, volume: &str) -> Vec<String> {
    let containers = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| items(spec, list));
    let mounts = containers.flat_map(|(_, container)| items(container, "volumeMounts"));
    let of_volume =
        mounts.filter(|(_, mount)| mount.get("name").and_then(Value::as_str) == Some(volume));
    let mut keys: Vec<String> = of_volume
        .filter_map(|(_, mount)| Some(mount.get("subPath")?.as_str()?.to_owned()))
        .into_list();
    order::by_key(&mut keys, |key| key.clone());
    keys.dedup();
    keys
}

/// Labels that a fresh node does not have and that this document asks for.
pub(crate) fn wanted_labels(document: &Document) -> Vec<WantedLabel> {
    let mut wanted = Vec::new();
    let mut push = |key: &str, values: Vec<String>, path: &str| {
        if !every_node_has(key, &values) {
            let wanted_by = format!("{}/{}", document.kind, document.name);
            let at: Position = document.position(path);
            wanted.push(WantedLabel {
                key: key.to_owned(),
                values,
                wanted_by,
                at,
            });
        }
    };
    if document.kind == "PersistentVolume" {
        let terms = document
            .value
            .pointer("/spec/nodeAffinity/required/nodeSelectorTerms");
        required(terms, "spec.nodeAffinity.required", &mut push);
    }
    let Some((spec, path)) = pod_spec(document) else {
        return wanted;
    };
    for (key, value) in spec
        .get("nodeSelector")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let values = value.as_str().map(str::to_owned).into_iter().collect();
        push(key, values, &format!("{path}.nodeSelector.{key}"));
    }
    let affinity = spec.pointer(
        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
    );
    required(
        affinity,
        &format!("{path}.affinity.nodeAffinity"),
        &mut push,
    );
    wanted
}

/// Terms are alternatives; the first is as good as any.
fn required(terms: Option<&Value>, path: &str, push: &mut dyn FnMut(&str, Vec<String>, &str)) {
    let Some(term) = terms.and_then(|terms| terms.get(0)) else {
        return;
    };
    for (_, expression) in items(term, "matchExpressions") {
        let text = |name: &str| {
            expression
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let values = items(expression, "values")
            .filter_map(|(_, value)| Some(value.as_str()?.to_owned()))
            .collect();
        match text("operator") {
            "In" => push(text("key"), values, path),
            "Exists" => push(text("key"), Vec::new(), path),
            _ => {}
        }
    }
}

fn every_node_has(key: &str, values: &[String]) -> bool {
    let is = |value: &str| values.is_empty() || values.iter().any(|one| one == value);
    match key {
        "kubernetes.io/os" | "beta.kubernetes.io/os" => is("linux"),
        "kubernetes.io/arch" | "beta.kubernetes.io/arch" => is("amd64"),
        "kubernetes.io/hostname" => values.is_empty(),
        _ => false,
    }
}
