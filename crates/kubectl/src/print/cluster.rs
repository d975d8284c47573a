//! Nodes, Namespaces, Secrets, ConfigMaps and the rest.

use ordinal_api::Value;
use ordinal_core::release::Release;

use crate::value::{at, entries, flag, items, named, number, or, or_none, plain, text};

/// `control-plane`, from the labels of a Node.
pub(crate) fn roles(node: &Value) -> String {
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in entries(node, "metadata.labels") {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.push(role);
        } else if key == "kubernetes.io/role" {
            roles.extend(value.as_str());
        }
    }
    roles.retain(|role| !role.is_empty());
    ordinal_api::sorted::sort(&mut roles);
    roles.dedup();
    or_none(&roles.join(","))
}

/// How many keys an object holds.
fn keys(object: &Value) -> usize {
    entries(object, "data").count() + entries(object, "binaryData").count()
}

pub(super) fn row(object: &Value, name: String, age: String, release: Release) -> Vec<String> {
    match text(object, "kind") {
        "Node" => node(object, name, age, release),
        "Namespace" => vec![name, text(object, "status.phase").to_owned(), age],
        "Secret" => vec![
            name,
            text(object, "type").to_owned(),
            keys(object).to_string(),
            age,
        ],
        "ConfigMap" => vec![name, keys(object).to_string(), age],
        "Lease" => vec![name, text(object, "spec.holderIdentity").to_owned(), age],
        "LimitRange" | "CSIStorageCapacity" => {
            vec![name, text(object, "metadata.creationTimestamp").to_owned()]
        }
        "PriorityClass" => vec![
            name,
            number(object, "value").to_string(),
            flag(object, "globalDefault").to_string(),
            age,
            or(text(object, "preemptionPolicy"), "PreemptLowerPriority"),
        ],
        "ResourceQuota" => {
            let (mut requests, mut limits) = (Vec::new(), Vec::new());
            for (resource, hard) in entries(object, "status.hard") {
                let used = plain(&at(object, "status.used")[resource]);
                let used = or(&used, "0");
                let text = format!("{resource}: {used}/{}", plain(hard));
                if resource.starts_with("limits") {
                    limits.push(text);
                } else {
                    requests.push(text);
                }
            }
            vec![name, requests.join(", "), limits.join(", "), age]
        }
        _ => vec![name, age],
    }
}

fn node(object: &Value, name: String, age: String, release: Release) -> Vec<String> {
    let conditions = items(object, "status.conditions");
    let mut status = match text(named(conditions, "type", "Ready"), "status") {
        "True" => "Ready",
        "" => "Unknown",
        _ => "NotReady",
    }
    .to_owned();
    if flag(object, "spec.unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let addresses = items(object, "status.addresses");
    let address = |type_: &str| or_none(text(named(addresses, "type", type_), "address"));
    let info = |key: &str| {
        let found = text(at(object, "status.nodeInfo"), key);
        or(found, "<unknown>")
    };
    let version = text(object, "status.nodeInfo.kubeletVersion").to_owned();
    let kernel = match text(object, "status.nodeInfo.architecture") {
        "" => info("kernelVersion"),
        _ if !release.kernel_with_architecture() => info("kernelVersion"),
        architecture => format!("{} ({architecture})", info("kernelVersion")),
    };
    vec![
        name,
        status,
        roles(object),
        age,
        version,
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        kernel,
        info("containerRuntimeVersion"),
    ]
}
