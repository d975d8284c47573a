//! `Warning` headers: what is accepted and probably not meant.
//!
//! Models pkg/api/{pod,service,persistentvolume,persistentvolumeclaim,node}/warnings, 1.37.

use ordinal_api::{Kind, Quantity, Value, value};

/// What every request for Endpoints is told, since 1.33.
pub(super) const ENDPOINTS: &str =
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

/// The warnings of a new or changed object.
pub(super) fn of(kind: Kind, object: &Value, old: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    let spec = at(object, &["spec"]);
    match kind {
        Kind::Pod => pod(object, "", &mut found),
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
            let template = at(spec, &["template"]);
            // Changes elsewhere do not tell it again.
            if old.is_none_or(|old| at(old, &["spec", "template"]) != template) {
                pod(template, "spec.template.", &mut found);
            }
        }
        Kind::PersistentVolumeClaim => {
            class_annotation(object, &mut found);
            claim(spec, "spec.resources", &mut found);
        }
        Kind::PersistentVolume => {
            class_annotation(object, &mut found);
            if at(spec, &["persistentVolumeReclaimPolicy"]) == "Recycle" {
                found.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
            }
        }
        Kind::Service => service(spec, &mut found),
        Kind::Endpoints => {
            found.push(ENDPOINTS.to_owned());
        }
        _ => {}
    }
    if kind == Kind::StatefulSet {
        for (index, template) in list(spec, "volumeClaimTemplates").iter().enumerate() {
            let path = format!("spec.volumeClaimTemplates[{index}].resources");
            claim(at(template, &["spec"]), &path, &mut found);
        }
        if at(spec, &["revisionHistoryLimit"])
            .as_i64()
            .is_some_and(|n| n < 0)
        {
            found.push("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended".to_owned());
        }
    }
    found
}

fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    value::at(object, path).unwrap_or(&Value::Null)
}

fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn class_annotation(object: &Value, found: &mut Vec<String>) {
    let key = "volume.beta.kubernetes.io/storage-class";
    if at(object, &["metadata", "annotations", key]).is_string() {
        found.push(format!(
            "metadata.annotations[{key}]: deprecated since v1.8; use \"storageClassName\" attribute instead"
        ));
    }
}

fn claim(spec: &Value, path: &str, found: &mut Vec<String>) {
    fractional(
        at(spec, &["resources"]),
        path,
        &["requests", "limits"],
        &["storage"],
        found,
    );
}

fn fractional(
    resources: &Value,
    path: &str,
    parts: &[&str],
    names: &[&str],
    found: &mut Vec<String>,
) {
    for name in names {
        for part in parts {
            let given = at(resources, &[part, name]).as_str();
            if let Some(amount) = given.and_then(|text| Quantity::parse(text).ok())
                && amount.milli() % 1000 != 0
            {
                let shown = amount.canonical();
                found.push(format!(
                    "{path}.{part}[{name}]: fractional byte value \"{shown}\" is invalid, must be an integer"
                ));
            }
        }
    }
}

fn service(spec: &Value, found: &mut Vec<String>) {
    let kind = text(spec, "type");
    let external = !list(spec, "externalIPs").is_empty();
    if kind == "ClusterIP" && text(spec, "clusterIP") == "None" {
        if !text(spec, "loadBalancerIP").is_empty() {
            found.push("spec.loadBalancerIP is ignored for headless services".to_owned());
        }
        if external {
            found.push("spec.externalIPs is ignored for headless services".to_owned());
        }
        if text(spec, "sessionAffinity") != "None" {
            found.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
    } else if external && kind != "ExternalName" {
        found.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
                .to_owned(),
        );
    }
    if kind == "ExternalName" && external {
        found.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if kind != "ExternalName" && !text(spec, "externalName").is_empty() {
        found
            .push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    if text(spec, "trafficDistribution") == "PreferClose" {
        found.push(
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\""
                .to_owned(),
        );
    }
}

/// Labels of nodes that have a successor. Models pkg/api/node `deprecatedNodeLabels`.
fn deprecated_label(key: &str) -> Option<&'static str> {
    Some(match key {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"
        }
        "beta.kubernetes.io/instance-type" => {
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
        }
        _ => return None,
    })
}

/// Models `warningsForPodSpecAndMeta`; `prefix` is what stands before `spec`.
fn pod(pod: &Value, prefix: &str, found: &mut Vec<String>) {
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
    let containers: Vec<(String, &Value)> = ["initContainers", "containers"]
        .iter()
        .flat_map(|key| {
            let path = &path;
            let numbered = list(spec, key).iter().enumerate();
            numbered.map(move |(index, one)| (format!("{path}.{key}[{index}]"), one))
        })
        .collect();
    for (path, container) in &containers {
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
