//! Environment variables of containers. Models pkg/apis/core/validation `ValidateEnv` and `ValidateEnvFrom`, 1.37.

use serde_json::{Value, json};

use super::walk::containers;
use super::{Faults, at, given, list, mounts, names, quantity, text};

const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// The variables of a container.
pub(super) fn variables(container: &Value, path: &str, faults: &mut Faults) {
    for (index, variable) in list(container, "env").iter().enumerate() {
        let path = format!("{path}.env[{index}]");
        let name = text(variable, "name");
        if name.is_empty() {
            faults.required(format!("{path}.name"), "");
        } else {
            faults.all(&format!("{path}.name"), &json!(name), names::variable(name));
        }
        if let Some(from) = given(variable, "valueFrom") {
            let literal = !text(variable, "value").is_empty();
            value_from(from, literal, format!("{path}.valueFrom"), faults);
        }
    }
}

fn value_from(from: &Value, literal: bool, path: String, faults: &mut Faults) {
    let mut sources = 0;
    for key in [
        "fieldRef",
        "resourceFieldRef",
        "configMapKeyRef",
        "secretKeyRef",
        "fileKeyRef",
    ] {
        let Some(reference) = given(from, key) else {
            continue;
        };
        sources += 1;
        let path = format!("{path}.{key}");
        match key {
            "fieldRef" => field_ref(reference, &path, &FIELDS, faults),
            "resourceFieldRef" => resource_ref(reference, &path, false, faults),
            "fileKeyRef" => file_key(reference, &path, faults),
            _ => {
                let name = text(reference, "name");
                let details = names::dns_subdomain(name);
                faults.all(&format!("{path}.name"), &json!(name), details);
                match text(reference, "key") {
                    "" => faults.required(format!("{path}.key"), ""),
                    key => faults.all(&format!("{path}.key"), &json!(key), names::config_key(key)),
                }
            }
        }
    }
    let detail = if sources == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if literal {
        "may not be specified when `value` is not empty"
    } else if sources > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    faults.invalid(path, &json!(""), detail);
}

/// A variable in a file of a volume. Models `validateFileKeySelector`.
fn file_key(reference: &Value, path: &str, faults: &mut Faults) {
    let mut part = |name: &str, check: &dyn Fn(&str, &str, &mut Faults)| {
        let field = format!("{path}.{name}");
        match text(reference, name) {
            "" => faults.required(field, ""),
            value => check(value, &field, faults),
        }
    };
    part("key", &|key, field, faults| {
        faults.all(field, &json!(key), names::variable(key));
    });
    part("volumeName", &|name, field, faults| {
        faults.label(field, name)
    });
    part("path", &mounts::no_backsteps);
}

/// Volumes from which variables are read must be scratch space. Models `validateFileKeyRefVolumes`.
pub(super) fn file_volumes(spec: &Value, path: &str, faults: &mut Faults) {
    let volumes = list(spec, "volumes");
    for (path, container) in containers(spec, path) {
        for (number, variable) in list(container, "env").iter().enumerate() {
            let reference = at(variable, &["valueFrom", "fileKeyRef"]);
            if reference.is_null() {
                continue;
            }
            let name = text(reference, "volumeName");
            let field = format!("{path}.env[{number}].valueFrom.fileKeyRef.volumeName");
            match volumes.iter().find(|volume| text(volume, "name") == name) {
                None => faults.not_found(field, &json!(name)),
                Some(volume) if given(volume, "emptyDir").is_none() => {
                    let detail = "referenced volume must be of type emptyDir";
                    faults.invalid(field, &json!(name), detail);
                }
                Some(_) => {}
            }
        }
    }
}

/// A reference to a field of the Pod. Models `validateObjectFieldSelector`.
pub(super) fn field_ref(reference: &Value, path: &str, known: &[&str], faults: &mut Faults) {
    let field = text(reference, "fieldPath");
    if field.is_empty() {
        faults.required(format!("{path}.fieldPath"), "");
        return;
    }
    let version = text(reference, "apiVersion");
    if !matches!(version, "" | "v1") {
        let detail = format!("error converting fieldPath: unsupported pod version: {version}");
        return faults.invalid(format!("{path}.fieldPath"), &json!(field), &detail);
    }
    let field = if field == "spec.host" {
        "spec.nodeName"
    } else {
        field
    };
    if let Some((base, rest)) = field.split_once("['")
        && let Some(key) = rest.strip_suffix("']")
    {
        match base {
            "metadata.annotations" => {
                faults.all(path, &json!(key), names::qualified(&key.to_lowercase()))
            }
            "metadata.labels" => faults.all(path, &json!(key), names::qualified(key)),
            _ => {
                let detail = format!(
                    "error converting fieldPath: field label does not support subscript: {field}"
                );
                faults.invalid(format!("{path}.fieldPath"), &json!(field), &detail);
            }
        }
        return;
    }
    let labels = [
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.serviceAccountName",
        "spec.schedulerName",
        "status.phase",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    if !labels.contains(&field) {
        let detail = format!("error converting fieldPath: field label not supported: {field}");
        faults.invalid(format!("{path}.fieldPath"), &json!(field), &detail);
    } else if !known.contains(&field) {
        faults.unsupported(format!("{path}.fieldPath"), &json!(field), known);
    }
}

/// Units in which sizes can be told.
const SIZES: [&str; 13] = [
    "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
];

/// A reference to a container's resource. Models `validateContainerResourceFieldSelector`.
pub(super) fn resource_ref(reference: &Value, path: &str, volume: bool, faults: &mut Faults) {
    let resource = text(reference, "resource");
    if volume && text(reference, "containerName").is_empty() {
        faults.required(format!("{path}.containerName"), "");
    } else if resource.is_empty() {
        faults.required(format!("{path}.resource"), "");
    } else if !RESOURCE_FIELDS.contains(&resource)
        && !resource.starts_with("limits.hugepages-")
        && !resource.starts_with("requests.hugepages-")
    {
        faults.unsupported(
            format!("{path}.resource"),
            &json!(resource),
            &RESOURCE_FIELDS,
        );
    }
    let divisor = given(reference, "divisor")
        .and_then(quantity)
        .filter(|q| q.milli() != 0);
    let (known, what): (&[&str], &str) = match resource {
        "limits.cpu" | "requests.cpu" => (&["1m", "1"], "cpu"),
        "limits.memory" | "requests.memory" => (&SIZES, "memory"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => {
            (&SIZES, "local ephemeral storage")
        }
        other if other.contains(".hugepages-") => (&SIZES, "hugepages"),
        _ => return,
    };
    if divisor.is_some_and(|divisor| !known.contains(&divisor.canonical().as_str())) {
        let listed = if known.len() == 2 {
            "1m and 1".to_owned()
        } else {
            known.join(", ")
        };
        let detail =
            format!("only divisor's values {listed} are supported with the {what} resource");
        faults.invalid(format!("{path}.divisor"), &json!(resource), &detail);
    }
}

/// What a container takes all keys of.
pub(super) fn sources(container: &Value, path: &str, faults: &mut Faults) {
    let path = format!("{path}.envFrom");
    for (index, source) in list(container, "envFrom").iter().enumerate() {
        let prefix = text(source, "prefix");
        if !prefix.is_empty() {
            let field = format!("{path}[{index}].prefix");
            faults.all(&field, &json!(prefix), names::variable(prefix));
        }
        let mut sources = 0;
        for key in ["configMapRef", "secretRef"] {
            if let Some(reference) = given(source, key) {
                sources += 1;
                let name = text(reference, "name");
                let field = format!("{path}[{index}].{key}.name");
                if name.is_empty() {
                    faults.required(field, "");
                } else {
                    faults.all(&field, &json!(name), names::dns_subdomain(name));
                }
            }
        }
        if sources == 0 {
            faults.invalid(
                &path,
                &json!(""),
                "must specify one of: `configMapRef` or `secretRef`",
            );
        } else if sources > 1 {
            faults.invalid(
                &path,
                &json!(""),
                "may not have more than one field specified at a time",
            );
        }
    }
}
