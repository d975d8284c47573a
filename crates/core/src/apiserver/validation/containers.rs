//! Containers. Models pkg/apis/core/validation `validateContainers`, 1.37.

use ordinal_api::Quantity;
use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, at, list, names, text};

const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

/// Validates one container of a specification whose volumes have these names.
pub(super) fn container(
    container: &Value,
    path: &str,
    volumes: &[String],
    spec: &Value,
    faults: &mut Faults,
) {
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
    lifecycle(at(container, &["lifecycle"]), path, faults);
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(one) = container.get(key).filter(|p| p.is_object()) {
            probe(
                one,
                &format!("{path}.{key}"),
                key == "readinessProbe",
                faults,
            );
        }
    }
    ports(container, path, at(spec, &["hostNetwork"]) == true, faults);
    for (index, env) in list(container, "env").iter().enumerate() {
        environment(env, &format!("{path}.env[{index}]"), faults);
    }
    mounts(container, path, volumes, faults);
    faults.one_of(
        format!("{path}.imagePullPolicy"),
        container.get("imagePullPolicy"),
        &["Always", "IfNotPresent", "Never"],
    );
    resources(at(container, &["resources"]), path, faults);
}

fn lifecycle(lifecycle: &Value, path: &str, faults: &mut Faults) {
    for key in ["postStart", "preStop"] {
        let Some(hook) = lifecycle.get(key).filter(|h| h.is_object()) else {
            continue;
        };
        let handlers = ["exec", "httpGet", "tcpSocket", "sleep"]
            .iter()
            .filter(|h| hook.get(**h).is_some_and(|v| !v.is_null()));
        if handlers.count() == 0 {
            faults.required(
                format!("{path}.lifecycle.{key}"),
                "must specify a handler type",
            );
        }
    }
}

fn port_number(port: &Value, field: &str, faults: &mut Faults) {
    let number = if port.is_null() { &json!(0) } else { port };
    if !number.as_i64().is_some_and(|n| (1..=65_535).contains(&n)) {
        faults.invalid(field, number, "must be between 1 and 65535, inclusive");
    }
}

fn probe(probe: &Value, path: &str, readiness: bool, faults: &mut Faults) {
    let given: Vec<&str> = HANDLERS
        .into_iter()
        .filter(|h| probe.get(*h).is_some_and(|v| !v.is_null()))
        .collect();
    for extra in given.iter().skip(1) {
        faults.add(Cause::forbidden(
            format!("{path}.{extra}"),
            "may not specify more than 1 handler type",
        ));
    }
    match given.first() {
        None => faults.required(path, "must specify a handler type"),
        Some(&"exec") if list(at(probe, &["exec"]), "command").is_empty() => {
            faults.required(format!("{path}.exec.command"), "")
        }
        Some(&handler @ ("httpGet" | "tcpSocket")) => {
            let port = at(probe, &[handler, "port"]);
            match port.as_str() {
                Some(name) => faults.all(
                    &format!("{path}.{handler}.port"),
                    port,
                    names::port_name(name),
                ),
                None => port_number(port, &format!("{path}.{handler}.port"), faults),
            }
        }
        Some(_) => {}
    }
    for key in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        faults.not_negative(format!("{path}.{key}"), probe.get(key));
    }
    if !readiness
        && let Some(threshold) = probe
            .get("successThreshold")
            .filter(|t| t.as_i64().is_some_and(|n| n != 1))
    {
        faults.invalid(format!("{path}.successThreshold"), threshold, "must be 1");
    }
}

fn ports(container: &Value, path: &str, host_network: bool, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let path = format!("{path}.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if wrong.is_empty() && seen.contains(&name) {
                faults.add(Cause::duplicate(
                    format!("{path}.name"),
                    &json!(name).to_string(),
                ));
            }
            faults.all(&format!("{path}.name"), &json!(name), wrong);
            seen.push(name);
        }
        let number = at(port, &["containerPort"]);
        if number.as_i64().unwrap_or(0) == 0 {
            faults.required(format!("{path}.containerPort"), "");
        } else {
            port_number(number, &format!("{path}.containerPort"), faults);
        }
        let host = at(port, &["hostPort"]);
        if !host.is_null() && *host != json!(0) {
            port_number(host, &format!("{path}.hostPort"), faults);
            if host_network && host != number {
                faults.invalid(
                    format!("{path}.hostPort"),
                    host,
                    "must match `containerPort` when `hostNetwork` is true",
                );
            }
        }
        faults.one_of(
            format!("{path}.protocol"),
            port.get("protocol"),
            &["SCTP", "TCP", "UDP"],
        );
    }
}

fn environment(env: &Value, path: &str, faults: &mut Faults) {
    if text(env, "name").is_empty() {
        faults.required(format!("{path}.name"), "");
    }
    let Some(from) = env.get("valueFrom").filter(|f| f.is_object()) else {
        return;
    };
    let sources = from
        .as_object()
        .map_or(0, |map| map.values().filter(|v| !v.is_null()).count());
    let field = format!("{path}.valueFrom");
    if !text(env, "value").is_empty() {
        faults.invalid(
            &field,
            &json!(""),
            "may not be specified when `value` is not empty",
        );
    } else if sources > 1 {
        faults.invalid(
            &field,
            &json!(""),
            "may not have more than one field specified at a time",
        );
    } else if sources == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        faults.invalid(&field, &json!(""), detail);
    }
}

fn mounts(container: &Value, path: &str, volumes: &[String], faults: &mut Faults) {
    let mut paths: Vec<&str> = Vec::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at_index = format!("{path}.volumeMounts[{index}]");
        let name = text(mount, "name");
        if name.is_empty() {
            faults.required(format!("{at_index}.name"), "");
        }
        if !volumes.iter().any(|volume| volume == name) {
            faults.add(Cause::not_found(
                format!("{at_index}.name"),
                &json!(name).to_string(),
            ));
        }
        let mount_path = text(mount, "mountPath");
        if mount_path.is_empty() {
            faults.required(format!("{at_index}.mountPath"), "");
        } else if paths.contains(&mount_path) {
            faults.invalid(
                format!("{at_index}.mountPath"),
                &json!(mount_path),
                "must be unique",
            );
        }
        paths.push(mount_path);
        let sub_path = text(mount, "subPath");
        if sub_path.split('/').any(|part| part == "..") {
            faults.invalid(
                format!("{path}.volumeMounts.subPath"),
                &json!(sub_path),
                "must not contain '..'",
            );
        }
    }
}

fn resources(resources: &Value, path: &str, faults: &mut Faults) {
    let quantity = |value: &Value| {
        let text = value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_number().map(ToString::to_string));
        text.and_then(|text| Quantity::parse(&text).ok())
    };
    let known = |name: &str| {
        matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
    };
    for part in ["limits", "requests"] {
        for (name, value) in at(resources, &[part]).as_object().into_iter().flatten() {
            let field = format!("{path}.resources.{part}[{name}]");
            if !name.contains('/') && !known(name) {
                if name != "storage" {
                    faults.invalid(
                        &field,
                        &json!(name),
                        "must be a standard resource type or fully qualified",
                    );
                }
                faults.invalid(
                    &field,
                    &json!(name),
                    "must be a standard resource for containers",
                );
            }
            if quantity(value).is_some_and(|q| q.milli() < 0) {
                faults.invalid(&field, value, "must be greater than or equal to 0");
            }
        }
    }
    for (name, request) in at(resources, &["requests"])
        .as_object()
        .into_iter()
        .flatten()
    {
        let limit = at(resources, &["limits", name]);
        if let (Some(asked), Some(most)) = (quantity(request), quantity(limit))
            && asked > most
        {
            let detail = format!("must be less than or equal to {name} limit of {most}");
            faults.invalid(
                format!("{path}.resources.requests"),
                &json!(asked.to_string()),
                &detail,
            );
        }
    }
}
