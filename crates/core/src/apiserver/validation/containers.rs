//! Containers. Models pkg/apis/core/validation `validateContainers` and `validateInitContainers`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::volumes::Known;
use super::{
    Faults, at, environment, given, handlers, list, mounts, names, number, resources, security,
    text,
};

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
        for (number, policy) in list(container, "resizePolicy").iter().enumerate() {
            let how = at(policy, &["restartPolicy"]);
            if how == "RestartContainer" {
                let field = format!("{at_index}.resizePolicy[{number}].restartPolicy");
                let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                faults.invalid(field, how, detail);
            }
        }
    }
}

/// Models `validateEphemeralContainers`.
pub(super) fn ephemeral(spec: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    const NOT_HERE: &str = "cannot be set for an Ephemeral Container";
    let name = |container: &Value| text(container, "name").to_owned();
    let others = ["containers", "initContainers"];
    let others: Vec<String> = others
        .iter()
        .flat_map(|key| list(spec, key))
        .map(name)
        .into_list();
    let mut all = others.clone();
    for (index, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let path = format!("{path}.ephemeralContainers[{index}]");
        common(container, &path, volumes, spec, faults);
        image(container, &format!("{path}.image"), faults);
        let own = name(container);
        if all.contains(&own) {
            faults.duplicate(format!("{path}.name"), &json!(own));
        } else {
            all.push(own);
        }
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !others.iter().any(|other| other == target) {
            faults.not_found(format!("{path}.targetContainerName"), &json!(target));
        }
        for key in [
            "ports",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle",
        ] {
            let empty = container[key].as_object().is_some_and(|map| map.is_empty());
            if given(container, key).is_some() && !(empty && key == "resources") {
                faults.forbidden(format!("{path}.{key}"), NOT_HERE);
            }
        }
        for (number, mount) in list(container, "volumeMounts").iter().enumerate() {
            for key in ["subPath", "subPathExpr"] {
                if !text(mount, key).is_empty() {
                    faults.forbidden(format!("{path}.volumeMounts[{number}].{key}"), NOT_HERE);
                }
            }
        }
    }
}

/// Models `validateContainerOnlyForPod`.
pub(super) fn image(container: &Value, field: &str, faults: &mut Faults) {
    let image = text(container, "image");
    if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        faults.invalid(field, &json!(image), detail);
    }
}

/// Models `validateContainerCommon`.
fn common(container: &Value, path: &str, volumes: &[Known], spec: &Value, faults: &mut Faults) {
    let name = text(container, "name");
    faults.required_label(&format!("{path}.name"), name);
    if text(container, "image").is_empty() {
        faults.required(format!("{path}.image"), "");
    }
    faults.word(
        format!("{path}.terminationMessagePolicy"),
        at(container, &["terminationMessagePolicy"]),
        &["File", "FallbackToLogsOnError"],
    );
    ports(container, path, faults);
    environment::variables(container, path, faults);
    environment::sources(container, path, faults);
    mounts::mounts(container, path, volumes, faults);
    mounts::devices(container, path, volumes, faults);
    faults.word(
        format!("{path}.imagePullPolicy"),
        at(container, &["imagePullPolicy"]),
        &["Always", "IfNotPresent", "Never"],
    );
    resources::of_container(
        at(container, &["resources"]),
        &format!("{path}.resources"),
        list(spec, "resourceClaims"),
        faults,
    );
    resources::resize_policy(container, path, text(spec, "restartPolicy"), faults);
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
    too_many(rules, 20, format!("{path}.restartPolicyRules"), faults);
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}.restartPolicyRules[{index}]");
        let actions = ["Restart", "RestartAllContainers"];
        let action = match at(rule, &["action"]) {
            Value::Null => &json!(""),
            action => action,
        };
        faults.one_of(format!("{path}.action"), Some(action), &actions);
        match given(rule, "exitCodes") {
            None => faults.required(format!("{path}.exitCodes"), "must be specified"),
            Some(codes) => {
                let operator = match at(codes, &["operator"]) {
                    Value::Null => &json!(""),
                    operator => operator,
                };
                let path = format!("{path}.exitCodes");
                faults.one_of(format!("{path}.operator"), Some(operator), &["In", "NotIn"]);
                let values = list(codes, "values");
                too_many(values, 255, format!("{path}.values"), faults);
            }
        }
    }
}

pub(super) fn too_many(items: &[Value], most: usize, field: String, faults: &mut Faults) {
    let count = items.len();
    if count > most {
        faults.add(Cause {
            reason: "FieldValueTooMany".into(),
            message: format!("Too many: {count}: must have at most {most} items"),
            field,
        });
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
