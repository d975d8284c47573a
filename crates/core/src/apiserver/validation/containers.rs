//! Containers. Models pkg/apis/core/validation `validateContainers` and `validateInitContainers`, 1.37.

use serde_json::{Value, json};

use super::volumes::Known;
use super::{Faults, at, entries, given, handlers, list, names, number, quantity, security, text};

/// Validates the containers of a specification, then its init containers.
pub(super) fn all(spec: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    let containers = list(spec, "containers");
    if containers.is_empty() {
        faults.required(format!("{path}.containers"), "");
    }
    let grace = given(spec, "terminationGracePeriodSeconds").and_then(Value::as_i64);
    let mut names: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let path = format!("{path}.containers[{index}]");
        common(container, &path, volumes, spec, faults);
        let name = text(container, "name");
        if names.contains(&name) {
            faults.duplicate(format!("{path}.name"), &json!(name));
        } else {
            names.push(name);
        }
        handlers::lifecycle(at(container, &["lifecycle"]), &path, grace, faults);
        handlers::probes(container, &path, grace, faults);
        restart_policy(container, &path, faults);
    }
    host_ports(containers, &format!("{path}.containers"), faults);
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let at_index = format!("{path}.initContainers[{index}]");
        common(container, &at_index, volumes, spec, faults);
        restart_policy(container, &at_index, faults);
        let name = text(container, "name");
        if names.contains(&name) {
            faults.duplicate(format!("{at_index}.name"), &json!(name));
        } else if !name.is_empty() {
            names.push(name);
        }
        host_ports(
            std::slice::from_ref(container),
            &format!("{path}.initContainers"),
            faults,
        );
        if text(container, "restartPolicy") == "Always" {
            handlers::lifecycle(at(container, &["lifecycle"]), &at_index, grace, faults);
            handlers::probes(container, &at_index, grace, faults);
            continue;
        }
        for key in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            if given(container, key).is_some() {
                let detail = "may not be set for init containers without restartPolicy=Always";
                faults.forbidden(format!("{at_index}.{key}"), detail);
            }
        }
    }
}

/// Models `validateContainerCommon`.
fn common(container: &Value, path: &str, volumes: &[Known], spec: &Value, faults: &mut Faults) {
    let name = text(container, "name");
    if name.is_empty() {
        faults.required(format!("{path}.name"), "");
    } else {
        faults.all(
            &format!("{path}.name"),
            &json!(name),
            names::dns_label(name),
        );
    }
    if text(container, "image").is_empty() {
        faults.required(format!("{path}.image"), "");
    }
    faults.word(
        format!("{path}.terminationMessagePolicy"),
        at(container, &["terminationMessagePolicy"]),
        &["File", "FallbackToLogsOnError"],
    );
    ports(container, path, faults);
    for (index, variable) in list(container, "env").iter().enumerate() {
        environment(variable, &format!("{path}.env[{index}]"), faults);
    }
    environment_from(container, path, faults);
    mounts(container, path, volumes, faults);
    devices(container, path, volumes, faults);
    faults.word(
        format!("{path}.imagePullPolicy"),
        at(container, &["imagePullPolicy"]),
        &["Always", "IfNotPresent", "Never"],
    );
    resources(
        at(container, &["resources"]),
        &format!("{path}.resources"),
        faults,
    );
    resize_policy(container, path, text(spec, "restartPolicy"), faults);
    security::container(
        at(container, &["securityContext"]),
        &format!("{path}.securityContext"),
        spec,
        faults,
    );
}

fn restart_policy(container: &Value, path: &str, faults: &mut Faults) {
    let rules = list(container, "restartPolicyRules");
    let field = format!("{path}.restartPolicy");
    match given(container, "restartPolicy") {
        None if rules.is_empty() => return,
        None => faults.required(
            field,
            "must specify restartPolicy when restart rules are used",
        ),
        policy => faults.one_of(field, policy, &["Always", "Never", "OnFailure"]),
    }
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}.restartPolicyRules[{index}]");
        let actions = ["Restart", "RestartAllContainers"];
        faults.one_of(
            format!("{path}.action"),
            Some(at(rule, &["action"])),
            &actions,
        );
        match given(rule, "exitCodes") {
            None => faults.required(format!("{path}.exitCodes"), "must be specified"),
            Some(codes) => faults.one_of(
                format!("{path}.exitCodes.operator"),
                Some(at(codes, &["operator"])),
                &["In", "NotIn"],
            ),
        }
    }
}

/// A port number, in the words of `IsValidPortNum`.
pub(super) fn port_number(port: &Value, field: &str, faults: &mut Faults) {
    let port = if port.is_null() { &json!(0) } else { port };
    if !port.as_i64().is_some_and(|n| (1..=65_535).contains(&n)) {
        faults.invalid(field, port, "must be between 1 and 65535, inclusive");
    }
}

/// A port number or a port's name.
pub(super) fn port_or_name(port: &Value, field: &str, faults: &mut Faults) {
    match port.as_str() {
        Some(name) => faults.all(field, port, names::port_name(name)),
        None => port_number(port, field, faults),
    }
}

fn ports(container: &Value, path: &str, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let path = format!("{path}.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if !wrong.is_empty() {
                faults.all(&format!("{path}.name"), &json!(name), wrong);
            } else if seen.contains(&name) {
                faults.duplicate(format!("{path}.name"), &json!(name));
            } else {
                seen.push(name);
            }
        }
        if number(port, "containerPort") == 0 {
            faults.required(format!("{path}.containerPort"), "");
        } else {
            port_number(
                at(port, &["containerPort"]),
                &format!("{path}.containerPort"),
                faults,
            );
        }
        if number(port, "hostPort") != 0 {
            port_number(at(port, &["hostPort"]), &format!("{path}.hostPort"), faults);
        }
        faults.word(
            format!("{path}.protocol"),
            at(port, &["protocol"]),
            &["SCTP", "TCP", "UDP"],
        );
    }
}

fn host_ports(containers: &[Value], path: &str, faults: &mut Faults) {
    let mut taken: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (place, port) in list(container, "ports").iter().enumerate() {
            let host = number(port, "hostPort");
            if host == 0 {
                continue;
            }
            let key = format!("{}/{}/{host}", text(port, "protocol"), text(port, "hostIP"));
            if taken.contains(&key) {
                faults.duplicate(
                    format!("{path}[{index}].ports[{place}].hostPort"),
                    &json!(key),
                );
            } else {
                taken.push(key);
            }
        }
    }
}

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

fn environment(variable: &Value, path: &str, faults: &mut Faults) {
    let name = text(variable, "name");
    if name.is_empty() {
        faults.required(format!("{path}.name"), "");
    } else {
        faults.all(&format!("{path}.name"), &json!(name), names::variable(name));
    }
    let Some(from) = given(variable, "valueFrom") else {
        return;
    };
    let path = format!("{path}.valueFrom");
    let mut sources = 0;
    if let Some(reference) = given(from, "fieldRef") {
        sources += 1;
        field_ref(reference, &format!("{path}.fieldRef"), &FIELDS, faults);
    }
    if let Some(reference) = given(from, "resourceFieldRef") {
        sources += 1;
        resource_ref(
            reference,
            &format!("{path}.resourceFieldRef"),
            false,
            faults,
        );
    }
    for key in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = given(from, key) {
            sources += 1;
            let path = format!("{path}.{key}");
            let name = text(reference, "name");
            if !name.is_empty() {
                faults.all(
                    &format!("{path}.name"),
                    &json!(name),
                    names::dns_subdomain(name),
                );
            }
            match text(reference, "key") {
                "" => faults.required(format!("{path}.key"), ""),
                key => faults.all(&format!("{path}.key"), &json!(key), names::config_key(key)),
            }
        }
    }
    if given(from, "fileKeyRef").is_some() {
        sources += 1;
    }
    let detail = if sources == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if !text(variable, "value").is_empty() {
        "may not be specified when `value` is not empty"
    } else if sources > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    faults.invalid(path, &json!(""), detail);
}

/// A reference to a field of the Pod. Models `validateObjectFieldSelector`.
pub(super) fn field_ref(reference: &Value, path: &str, known: &[&str], faults: &mut Faults) {
    let field = text(reference, "fieldPath");
    if field.is_empty() {
        faults.required(format!("{path}.fieldPath"), "");
        return;
    }
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
    if !labels.contains(&field) && field != "spec.host" {
        let detail = format!("error converting fieldPath: field label not supported: {field}");
        faults.invalid(format!("{path}.fieldPath"), &json!(field), &detail);
    } else if !known.contains(&field) {
        faults.unsupported(format!("{path}.fieldPath"), &json!(field), known);
    }
}

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
    if let Some(divisor) = divisor {
        let shown = divisor.canonical();
        let known: &[&str] = if resource.ends_with(".cpu") {
            &["1m", "1"]
        } else {
            &[
                "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
            ]
        };
        if !known.contains(&shown.as_str()) {
            let what = if resource.ends_with(".cpu") {
                "only divisor's values 1m and 1 are supported with the cpu resource".to_owned()
            } else {
                let name = resource.split('.').nth(1).unwrap_or_default();
                format!(
                    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {name} resource"
                )
            };
            faults.invalid(format!("{path}.divisor"), &json!(shown), &what);
        }
    }
}

fn environment_from(container: &Value, path: &str, faults: &mut Faults) {
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

fn mounts(container: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    let path = format!("{path}.volumeMounts");
    let mut paths: Vec<&str> = Vec::new();
    let devices = list(container, "volumeDevices");
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at_index = format!("{path}[{index}]");
        let (name, place) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            faults.required(format!("{at_index}.name"), "");
        }
        if !volumes.iter().any(|volume| volume.name == name) {
            faults.not_found(format!("{at_index}.name"), &json!(name));
        }
        if place.is_empty() {
            faults.required(format!("{at_index}.mountPath"), "");
        }
        if paths.contains(&place) {
            faults.invalid(
                format!("{at_index}.mountPath"),
                &json!(place),
                "must be unique",
            );
        }
        paths.push(place);
        if devices.iter().any(|d| text(d, "name") == name) {
            faults.invalid(
                format!("{at_index}.name"),
                &json!(name),
                "must not already exist in volumeDevices",
            );
        }
        if devices.iter().any(|d| text(d, "devicePath") == place) {
            let detail = "must not already exist as a path in volumeDevices";
            faults.invalid(format!("{at_index}.mountPath"), &json!(place), detail);
        }
        let (sub, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
        if !sub.is_empty() {
            descending(sub, &format!("{path}.subPath"), faults);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                faults.invalid(
                    format!("{at_index}.subPathExpr"),
                    &json!(expression),
                    detail,
                );
            }
            descending(expression, &format!("{path}.subPathExpr"), faults);
        }
        if let Some(mode) = given(mount, "mountPropagation") {
            let field = format!("{path}.mountPropagation");
            faults.one_of(
                &field,
                Some(mode),
                &["Bidirectional", "HostToContainer", "None"],
            );
            let privileged = at(container, &["securityContext", "privileged"]) == true;
            if mode == "Bidirectional" && !privileged {
                let detail =
                    "Bidirectional mount propagation is available only to privileged containers";
                faults.forbidden(field, detail);
            }
        }
        let field = format!("{path}.recursiveReadOnly");
        let known = ["Disabled", "Enabled", "IfPossible"];
        let recursive = given(mount, "recursiveReadOnly");
        faults.one_of(&field, recursive, &known);
        if recursive.is_some_and(|r| *r == "Enabled" || *r == "IfPossible") {
            if at(mount, &["readOnly"]) != true {
                faults.forbidden(&field, "may only be specified when readOnly is true");
            }
            if given(mount, "mountPropagation").is_some_and(|p| *p != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                faults.forbidden(&field, detail);
            }
        }
    }
}

/// A path inside a volume. Models `validateLocalDescendingPath`.
pub(super) fn descending(path: &str, field: &str, faults: &mut Faults) {
    if path.starts_with('/') {
        faults.invalid(field, &json!(path), "must be a relative path");
    }
    no_backsteps(path, field, faults);
}

/// Models `validatePathNoBacksteps`.
pub(super) fn no_backsteps(path: &str, field: &str, faults: &mut Faults) {
    if path.split('/').any(|part| part == "..") {
        faults.invalid(field, &json!(path), "must not contain '..'");
    }
}

fn devices(container: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    let (mut names, mut paths): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mounts = list(container, "volumeMounts");
    for (index, device) in list(container, "volumeDevices").iter().enumerate() {
        let path = format!("{path}.volumeDevices[{index}]");
        let (name, place) = (text(device, "name"), text(device, "devicePath"));
        let found = volumes.iter().find(|volume| volume.name == name);
        if name.is_empty() {
            faults.required(format!("{path}.name"), "");
        }
        if names.contains(&name) {
            faults.invalid(format!("{path}.name"), &json!(name), "must be unique");
        }
        match found {
            None => faults.not_found(format!("{path}.name"), &json!(name)),
            Some(volume) if !volume.claim => {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                faults.invalid(format!("{path}.name"), &json!(name), detail);
            }
            Some(_) => {}
        }
        if place.is_empty() {
            faults.required(format!("{path}.devicePath"), "");
        }
        if paths.contains(&place) {
            faults.invalid(
                format!("{path}.devicePath"),
                &json!(place),
                "must be unique",
            );
        }
        if place.split('/').any(|part| part == "..") {
            faults.invalid(
                format!("{path}.devicePath"),
                &json!(place),
                "can not contain backsteps ('..')",
            );
        } else {
            paths.push(place);
        }
        if mounts.iter().any(|m| text(m, "name") == name) {
            faults.invalid(
                format!("{path}.name"),
                &json!(name),
                "must not already exist in volumeMounts",
            );
        }
        if mounts.iter().any(|m| text(m, "mountPath") == place) {
            let detail = "must not already exist as a path in volumeMounts";
            faults.invalid(format!("{path}.devicePath"), &json!(place), detail);
        }
        names.push(name);
    }
}

/// Requests and limits of a container. Models `validateResourceRequirements`.
fn resources(resources: &Value, path: &str, faults: &mut Faults) {
    let huge = |name: &str| name.starts_with("hugepages-");
    // Only the resources of a node itself may be promised more often than they are there.
    let overcommit = |name: &str| !name.contains('/') && !huge(name);
    let (mut has_usual, mut has_huge) = (false, false);
    for part in ["limits", "requests"] {
        for (name, value) in entries(resources, part) {
            let field = format!("{path}.{part}[{name}]");
            resource_name(name, &field, faults);
            let Some(amount) = quantity(value) else {
                continue;
            };
            if amount.milli() < 0 {
                faults.invalid(&field, &json!(amount.canonical()), super::NOT_NEGATIVE);
            }
            if name.contains('/') && amount.milli() % 1000 != 0 {
                faults.invalid(&field, &json!(amount.canonical()), "must be an integer");
            }
            has_usual |= matches!(name.as_str(), "cpu" | "memory");
            has_huge |= huge(name);
            if part == "limits" {
                continue;
            }
            let limit = quantity(at(resources, &["limits", name]));
            let shown = json!(amount.canonical());
            match limit {
                Some(most) if most != amount && !overcommit(name) => {
                    let detail = format!("must be equal to {name} limit of {}", most.canonical());
                    faults.invalid(format!("{path}.requests"), &shown, &detail);
                }
                Some(most) if amount > most => {
                    let detail = format!(
                        "must be less than or equal to {name} limit of {}",
                        most.canonical()
                    );
                    faults.invalid(format!("{path}.requests"), &shown, &detail);
                }
                None if !overcommit(name) => {
                    let detail = "Limit must be set for non overcommitable resources";
                    faults.required(format!("{path}.limits"), detail);
                }
                _ => {}
            }
        }
    }
    if has_huge && !has_usual {
        faults.forbidden(path, "HugePages require cpu or memory");
    }
}

pub(super) fn resource_name(name: &str, field: &str, faults: &mut Faults) {
    let wrong = names::qualified(name);
    let fine = wrong.is_empty();
    faults.all(field, &json!(name), wrong);
    let of_container =
        matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    let standard = of_container
        || matches!(
            name,
            "storage"
                | "pods"
                | "services"
                | "replicationcontrollers"
                | "resourcequotas"
                | "secrets"
                | "configmaps"
                | "persistentvolumeclaims"
                | "services.nodeports"
                | "services.loadbalancers"
                | "requests.cpu"
                | "requests.memory"
                | "requests.storage"
                | "limits.cpu"
                | "limits.memory"
                | "requests.ephemeral-storage"
                | "limits.ephemeral-storage"
        );
    if !name.contains('/') {
        if fine && !standard {
            faults.invalid(
                field,
                &json!(name),
                "must be a standard resource type or fully qualified",
            );
        }
        if !of_container {
            faults.invalid(
                field,
                &json!(name),
                "must be a standard resource for containers",
            );
        }
    } else if fine && !name.contains("kubernetes.io/") && name.starts_with("requests.") {
        faults.invalid(
            field,
            &json!(name),
            "doesn't follow extended resource name standard",
        );
    }
}

fn resize_policy(container: &Value, path: &str, restart: &str, faults: &mut Faults) {
    let path = format!("{path}.resizePolicy");
    let mut seen: Vec<&str> = Vec::new();
    for (index, policy) in list(container, "resizePolicy").iter().enumerate() {
        let name = text(policy, "resourceName");
        if seen.contains(&name) {
            faults.duplicate(format!("{path}[{index}]"), &json!(name));
        }
        seen.push(name);
        faults.word(&path, &json!(name), &["cpu", "memory"]);
        let how = at(policy, &["restartPolicy"]);
        faults.word(&path, how, &["NotRequired", "RestartContainer"]);
        if restart == "Never" && how != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            faults.invalid(&path, how, detail);
        }
    }
}
