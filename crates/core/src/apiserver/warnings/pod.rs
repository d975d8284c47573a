//! What is told of Pods and templates. Models pkg/api/pod/warnings.go `warningsForPodSpecAndMeta`, 1.37.

use ordinal_api::{Quantity, Value};

use super::super::validation::walk::containers;
use super::super::validation::{at, list, text};
use super::volumes::{DEPRECATED, overlaps};
use super::{canonical_address, claim, deprecated_label, fractional, node_term};

/// Models `warningsForPodSpecAndMeta`; `prefix` is what stands before `spec`.
pub(super) fn pod(pod: &Value, prefix: &str, found: &mut Vec<String>) {
    let spec = at(pod, &["spec"]);
    let path = format!("{prefix}spec");
    for key in at(spec, &["nodeSelector"])
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        if let Some(message) = deprecated_label(key) {
            found.push(format!("{path}.nodeSelector[{key}]: {message}"));
        }
    }
    let nodes = at(spec, &["affinity", "nodeAffinity"]);
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in list(at(nodes, &[required]), "nodeSelectorTerms")
        .iter()
        .enumerate()
    {
        node_term(
            term,
            &format!("{path}.affinity.nodeAffinity.{required}.nodeSelectorTerms[{index}]"),
            found,
        );
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in list(nodes, preferred).iter().enumerate() {
        let path = format!("{path}.affinity.nodeAffinity.{preferred}[{index}].preference");
        node_term(at(term, &["preference"]), &path, found);
    }
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        let key = text(constraint, "topologyKey");
        if let Some(message) = deprecated_label(key) {
            found.push(format!("{path}.topologyKey: {key} is {message}"));
        }
        if at(constraint, &["labelSelector"]).is_null() {
            found.push(format!(
                "{path}.labelSelector: a null labelSelector results in matching no pod"
            ));
        }
    }
    for (key, message) in [
        (
            "scheduler.alpha.kubernetes.io/critical-pod",
            "non-functional in v1.16+; use the \"priorityClassName\" field instead",
        ),
        (
            "security.alpha.kubernetes.io/sysctls",
            "non-functional in v1.11+; use the \"sysctls\" field instead",
        ),
        (
            "security.alpha.kubernetes.io/unsafe-sysctls",
            "non-functional in v1.11+; use the \"sysctls\" field instead",
        ),
    ] {
        if at(pod, &["metadata", "annotations", key]).is_string() {
            found.push(format!("{prefix}metadata.annotations[{key}]: {message}"));
        }
    }
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let path = format!("{path}.volumes[{index}]");
        for (source, since) in DEPRECATED {
            if !at(volume, &[source]).is_null() {
                found.push(format!(
                    "{path}.{}: {since}",
                    source.replace("storageos", "storageOS")
                ));
            }
        }
        let template = at(volume, &["ephemeral", "volumeClaimTemplate", "spec"]);
        claim(
            template,
            &format!("{path}.ephemeral.volumeClaimTemplate.spec.resources"),
            found,
        );
    }
    for volume in list(spec, "volumes") {
        overlaps(volume, found);
    }
    for (key, part) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let items = list(spec, key);
        for (index, item) in items.iter().enumerate() {
            let value = text(item, part);
            if items[..index]
                .iter()
                .any(|other| text(other, part) == value)
            {
                found.push(format!(
                    "{path}.{key}[{index}].{part}: duplicate {part} {value:?}"
                ));
            }
        }
    }
    for (index, secret) in list(spec, "imagePullSecrets").iter().enumerate() {
        if text(secret, "name").is_empty() {
            found.push(format!(
                "{path}.imagePullSecrets[{index}].name: invalid empty name \"\""
            ));
        }
    }
    for name in ["memory", "ephemeral-storage"] {
        let amount = at(spec, &["overhead", name]).as_str();
        if let Some(amount) = amount.and_then(|text| Quantity::parse(text).ok())
            && amount.milli() % 1000 != 0
        {
            let shown = amount.canonical();
            found.push(format!(
                "{path}.overhead[{name}]: fractional byte value {shown:?} is invalid, must be an integer"
            ));
        }
    }
    let annotated = |key: &str| at(pod, &["metadata", "annotations", key]).is_string();
    let unconfined = |of: &Value| at(of, &["securityContext", "seccompProfile"]).is_null();
    let seccomp = |key: &str, of: &Value, found: &mut Vec<String>| {
        if unconfined(of) && annotated(key) {
            found.push(format!("{prefix}metadata.annotations[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead"));
        }
    };
    seccomp("seccomp.security.alpha.kubernetes.io/pod", spec, found);
    let containers = containers(spec, &path);
    for (path, container) in &containers {
        let name = text(container, "name");
        let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        seccomp(&key, container, found);
        let resources = format!("{path}.resources");
        let names = ["memory", "ephemeral-storage"];
        fractional(
            at(container, &["resources"]),
            &resources,
            &["limits", "requests"],
            &names,
            found,
        );
        variables(container, path, found);
    }
    ports(&containers, found);
    if at(spec, &["terminationGracePeriodSeconds"])
        .as_i64()
        .is_some_and(|n| n < 0)
    {
        found.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (list_name, inner) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            (
                "preferredDuringSchedulingIgnoredDuringExecution",
                "podAffinityTerm",
            ),
        ] {
            for (index, term) in list(at(spec, &["affinity", kind]), list_name)
                .iter()
                .enumerate()
            {
                let (term, dot) = if inner.is_empty() {
                    (term, "")
                } else {
                    (at(term, &[inner]), ".")
                };
                if at(term, &["labelSelector"]).is_null() {
                    found.push(format!(
                        "{path}.affinity.{kind}.{list_name}[{index}].{inner}{dot}labelSelector: a null labelSelector results in matching no pod"
                    ));
                }
            }
        }
    }
    for (index, server) in list(at(spec, &["dnsConfig"]), "nameservers")
        .iter()
        .enumerate()
    {
        canonical_address(
            server,
            &format!("{path}.dnsConfig.nameservers[{index}]"),
            found,
        );
    }
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        canonical_address(
            at(alias, &["ip"]),
            &format!("{path}.hostAliases[{index}].ip"),
            found,
        );
    }
}

fn variables(container: &Value, path: &str, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, variable) in list(container, "env").iter().enumerate() {
        let (name, given) = (text(variable, "name"), text(variable, "value"));
        let reference = format!("$({name})");
        let extends = given != reference
            && given.contains(&reference)
            && at(variable, &["valueFrom"]).is_null();
        if !seen.contains(&name) {
            seen.push(name);
        } else if !extends {
            found.push(format!(
                "{path}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

fn ports(containers: &[(String, &Value)], found: &mut Vec<String>) {
    let number = |port: &Value, key: &str| port.get(key).and_then(Value::as_i64).unwrap_or(0);
    let mut all: Vec<(String, &Value)> = Vec::new();
    for (path, container) in containers {
        for (index, port) in list(container, "ports").iter().enumerate() {
            let field = format!("{path}.ports[{index}]");
            let (host, ip) = (number(port, "hostPort"), text(port, "hostIP"));
            if !ip.is_empty() && host == 0 {
                found.push(format!(
                    "{field}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{ip}}}",
                    text(port, "name"),
                    number(port, "containerPort"),
                    text(port, "protocol"),
                ));
            }
            let same = |other: &Value| {
                number(other, "containerPort") == number(port, "containerPort")
                    && text(other, "protocol") == text(port, "protocol")
            };
            for (other_field, other) in all.iter().filter(|(_, other)| same(other)) {
                let (other_host, other_ip) = (number(other, "hostPort"), text(other, "hostIP"));
                let what = if ip == other_ip && host == other_host {
                    "duplicate"
                } else if host == 0 || other_host == 0 {
                    "overlapping"
                } else if host == other_host && (ip.is_empty() != other_ip.is_empty()) {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                found.push(format!(
                    "{field}: {what} port definition with {other_field}"
                ));
            }
            all.push((field, port));
        }
    }
    let mut names: Vec<(&str, &str)> = Vec::new();
    for (field, port) in &all {
        let name = text(port, "name");
        if name.is_empty() {
            continue;
        }
        match names.iter().find(|(known, _)| *known == name) {
            Some((_, other)) => found.push(format!(
                "{field}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will use {other}"
            )),
            None => names.push((name, field)),
        }
    }
}
