//! `Warning` headers: what is accepted and probably not meant.
//!
//! Models pkg/api/{pod,service,persistentvolume,persistentvolumeclaim,node}/warnings, 1.37.

use ordinal_api::{Kind, Quantity, Value};

use super::validation::{at, list, text};

/// What every request for Endpoints is told, since 1.33.
pub(super) const ENDPOINTS: &str =
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

/// The warnings of a new or changed object.
pub(super) fn of(kind: Kind, object: &Value, old: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    let spec = at(object, &["spec"]);
    match kind {
        // Nobody changes Pods by hand.
        Kind::Pod if old.is_some() => {}
        Kind::Pod => {
            name(object, "the Pod's hostname", &mut found);
            pod(object, "", &mut found);
        }
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
            if old.is_none() && matches!(kind, Kind::Deployment | Kind::ReplicaSet) {
                name(object, "Pod names and hostnames", &mut found);
            }
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
            let key = "volume.beta.kubernetes.io/mount-options";
            if at(object, &["metadata", "annotations", key]).is_string() {
                found.push(format!("metadata.annotations[{key}]: deprecated since v1.31; use \"mountOptions\" attribute instead"));
            }
            if at(spec, &["persistentVolumeReclaimPolicy"]) == "Recycle" {
                found.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
            }
            let terms = list(at(spec, &["nodeAffinity", "required"]), "nodeSelectorTerms");
            for (index, term) in terms.iter().enumerate() {
                let path = format!("spec.nodeAffinity.required.nodeSelectorTerms[{index}]");
                node_term(term, &path, &mut found);
            }
            for (source, since) in DEPRECATED
                .iter()
                .filter(|(source, _)| !matches!(*source, "gitRepo" | "flocker" | "quobyte"))
            {
                if !at(spec, &[source]).is_null() {
                    let shown = source.replace("storageos", "storageOS");
                    found.push(format!("spec.{shown}: {since}"));
                }
            }
        }
        Kind::Service => {
            let key = "service.kubernetes.io/topology-aware-hints";
            if at(object, &["metadata", "annotations", key]).is_string() {
                found.push(format!("annotation {key} is deprecated, please use service.kubernetes.io/topology-mode instead"));
            }
            service(spec, &mut found);
        }
        Kind::StorageClass => {
            for (i, topology) in list(object, "allowedTopologies").iter().enumerate() {
                for (j, expression) in list(topology, "matchLabelExpressions").iter().enumerate() {
                    if let Some(message) = deprecated_label(text(expression, "key")) {
                        found.push(format!(
                            "allowedTopologies[{i}].matchLabelExpressions[{j}].key: {message}"
                        ));
                    }
                }
            }
        }
        Kind::Secret if text(object, "type") == "kubernetes.io/tls" => {
            // What is in a certificate is not read; that it is none is seen by its beginning.
            let looks = |key: &str| text(at(object, &["data"]), key).starts_with("LS0tLS1CRUdJTi");
            let wrong = [("tls.crt", "certificate"), ("tls.key", "key")]
                .into_iter()
                .find(|(key, _)| !looks(key));
            if let Some((_, what)) = wrong {
                found.push(format!("tls: failed to find any PEM data in {what} input"));
            }
        }
        Kind::EndpointSlice if old.is_none() && text(object, "addressType") == "FQDN" => {
            found.push("spec.addressType: FQDN endpoints are deprecated".to_owned());
        }
        Kind::Node if !text(spec, "externalID").is_empty() => {
            found.push(
                "spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned(),
            );
        }
        Kind::ServiceAccount => {
            let key = "kubernetes.io/enforce-mountable-secrets";
            let has = |object: &Value| at(object, &["metadata", "annotations", key]).is_string();
            if has(object) && !old.is_some_and(has) {
                found.push(format!("metadata.annotations[{key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"));
            }
        }
        Kind::ResourceQuota if old.is_none() => {
            let hard = |name: &str| {
                let text = at(spec, &["hard", name]).as_str()?;
                Some((name.to_owned(), Quantity::parse(text).ok()?))
            };
            for name in ["cpu", "memory", "ephemeral-storage"] {
                let plain = if name == "ephemeral-storage" {
                    None
                } else {
                    hard(name)
                };
                let request = hard(&format!("requests.{name}")).or(plain);
                if let (Some((request, least)), Some((limit, most))) =
                    (request, hard(&format!("limits.{name}")))
                    && least > most
                {
                    found.push(format!(
                        "ResourceQuota {request} ({}) should be less than {limit} ({})",
                        least.canonical(),
                        most.canonical()
                    ));
                }
            }
        }
        Kind::Endpoints => {
            found.push(ENDPOINTS.to_owned());
        }
        _ => {}
    }
    if kind == Kind::StatefulSet {
        for (index, template) in list(spec, "volumeClaimTemplates").iter().enumerate() {
            let spec_key = if old.is_some() { ".Spec" } else { "" };
            let path = format!("spec.volumeClaimTemplates[{index}]{spec_key}.resources");
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

/// A name that does not fit where it is used.
fn name(object: &Value, of: &str, found: &mut Vec<String>) {
    let wrong = super::validation::names::dns_label(text(at(object, &["metadata"]), "name"));
    if !wrong.is_empty() {
        found.push(format!(
            "metadata.name: this is used in {of}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            wrong.join(" ")
        ));
    }
}

/// Volumes that had their time.
const DEPRECATED: [(&str, &str); 9] = [
    (
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    (
        "gitRepo",
        "deprecated in v1.11, and disabled by default in v1.33+",
    ),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

fn node_term(term: &Value, path: &str, found: &mut Vec<String>) {
    for (index, expression) in list(term, "matchExpressions").iter().enumerate() {
        let key = text(expression, "key");
        if let Some(message) = deprecated_label(key) {
            found.push(format!(
                "{path}.matchExpressions[{index}].key: {key} is {message}"
            ));
        }
    }
}

/// Files of one volume that lie on each other. Models `warningsForOverlappingVirtualPaths`.
fn overlaps(volume: &Value, found: &mut Vec<String>) {
    let name = text(volume, "name");
    let mut told = |what: &str, body: String| {
        found.push(format!(
            "volume {name:?} ({what}): overlapping paths: {body}"
        ))
    };
    let projected = at(volume, &["projected"]);
    let sources: Vec<&Value> = list(projected, "sources").iter().collect();
    let groups: Vec<(String, Vec<&Value>)> = if projected.is_null() {
        [
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
            ("downwardAPI", "DownwardAPI", ""),
        ]
        .iter()
        .filter_map(|(key, what, named)| {
            let source = volume.get(*key)?;
            let what = match *named {
                "" => (*what).to_owned(),
                named => format!("{what} {:?}", text(source, named)),
            };
            Some((what, vec![source]))
        })
        .collect()
    } else {
        vec![("Projected".to_owned(), sources)]
    };
    for (what, sources) in groups {
        let mut seen: Vec<(&str, String)> = Vec::new();
        for source in sources {
            let mut paths: Vec<(&str, String)> = Vec::new();
            if what == "Projected" {
                for (key, of) in [
                    ("configMap", "ConfigMap"),
                    ("secret", "Secret"),
                    ("downwardAPI", "DownwardAPI"),
                ] {
                    let one = at(source, &[key]);
                    let of = if key == "downwardAPI" {
                        of.to_owned()
                    } else {
                        format!("{of} {:?}", text(one, "name"))
                    };
                    paths.extend(
                        list(one, "items")
                            .iter()
                            .map(|item| (text(item, "path"), format!(" ({of})"))),
                    );
                }
                let token = text(at(source, &["serviceAccountToken"]), "path");
                if !token.is_empty() {
                    paths.push((token, " (ServiceAccountToken)".to_owned()));
                }
            } else {
                paths.extend(
                    list(source, "items")
                        .iter()
                        .map(|item| (text(item, "path"), String::new())),
                );
            }
            for (path, of) in paths {
                let path = path.trim_end_matches('/');
                let under =
                    |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
                for (other, other_of) in seen
                    .iter()
                    .filter(|(other, _)| *other == path || under(other, path) || under(path, other))
                {
                    told(&what, format!("{path:?}{of} with {other:?}{other_of}"));
                }
                seen.push((path, of));
            }
        }
    }
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
        "app.kubernetes.io/created-by" => "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods" => {
            "deprecated since v1.22; use Taints and Tolerations instead"
        }
        "node-role.kubernetes.io/master" => "use \"node-role.kubernetes.io/control-plane\" instead",
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
