//! `Warning` headers: what is accepted and probably not meant.
//!
//! Models pkg/api/{pod,service,persistentvolume,persistentvolumeclaim,node}/warnings, 1.37.
//!
//! * `pod`: what is told of Pods and templates
//! * `volumes`: sources that had their time, files that lie on each other

mod pod;
mod volumes;

use ordinal_api::{Kind, Quantity, Value};

use super::validation::{at, list, text};
use pod::pod;
use volumes::DEPRECATED;

/// What a deletion of a Job is told that does not say what becomes of its Pods. Models pkg/registry/batch/job/storage.
pub(super) const ORPHANED_PODS: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";
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
        Kind::StatefulSet
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob
        | Kind::ReplicationController => {
            let named = !matches!(kind, Kind::StatefulSet | Kind::DaemonSet);
            if old.is_none() && named {
                name(object, "Pod names and hostnames", &mut found);
            }
            // Changes elsewhere do not tell it again.
            let part: &[&str] = if kind == Kind::DaemonSet {
                &["spec", "template"]
            } else {
                &["spec"]
            };
            if old.is_none_or(|old| at(old, part) != at(object, part)) {
                // Of a changed ReplicationController it is told what was wrong before.
                let spec = match old {
                    Some(old) if kind == Kind::ReplicationController => at(old, &["spec"]),
                    _ => spec,
                };
                let (spec, path) = if kind == Kind::CronJob {
                    (
                        at(spec, &["jobTemplate", "spec"]),
                        "spec.jobTemplate.spec.template.",
                    )
                } else {
                    (spec, "spec.template.")
                };
                pod(at(spec, &["template"]), path, &mut found);
            }
            if kind == Kind::CronJob && old.is_some() && text(spec, "schedule").contains("TZ") {
                found.push("cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details".to_owned());
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
        Kind::CSIDriver => {
            let requests = |object: &Value| at(object, &["spec", "tokenRequests"]).clone();
            let changed = old.is_none_or(|old| requests(old) != requests(object));
            let told = at(spec, &["serviceAccountTokenInSecrets"]).is_boolean();
            if changed && !told && !list(spec, "tokenRequests").is_empty() {
                found.push("spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes".to_owned());
            }
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

/// An address that is written in another way than its canonical one. Models `GetWarningsForIP`.
fn canonical_address(address: &Value, field: &str, found: &mut Vec<String>) {
    let Some(text) = address.as_str().filter(|text| !text.is_empty()) else {
        return;
    };
    let Some(ip) = super::validation::names::sloppy_ip(text) else {
        return;
    };
    let canonical = ip.to_string();
    if ip.is_ipv6() && canonical != text {
        found.push(format!(
            "{field}: IPv6 address {text:?} should be in RFC 5952 canonical format ({canonical:?})"
        ));
    }
}

fn service(spec: &Value, found: &mut Vec<String>) {
    let kind = text(spec, "type");
    let external = !list(spec, "externalIPs").is_empty();
    if text(spec, "clusterIP") != "None" {
        for (index, address) in list(spec, "clusterIPs").iter().enumerate() {
            canonical_address(address, &format!("spec.clusterIPs[{index}]"), found);
        }
    }
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
    }
    for (index, address) in list(spec, "externalIPs").iter().enumerate() {
        canonical_address(address, &format!("spec.externalIPs[{index}]"), found);
    }
    let headless = kind == "ClusterIP" && text(spec, "clusterIP") == "None";
    if external && !headless && kind != "ExternalName" {
        found.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
                .to_owned(),
        );
    }
    let balancer = at(spec, &["loadBalancerIP"]);
    canonical_address(balancer, "spec.loadBalancerIP", found);
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
