//! Pods.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use super::containers::{container_list, seccomp};
use super::environment::Resolve;
use super::volumes::volumes;
use crate::resource::Item;
use crate::value::{at, controller, has, items, named, number, or_none, selector, text};

pub(super) fn pod(page: &mut Page<'_>, item: &Item) {
    let pod = &item.value;
    head(page, pod);
    let resolve = Resolve { pod: Some(pod) };
    for (label, spec, status) in [
        (
            "Init Containers",
            "spec.initContainers",
            "status.initContainerStatuses",
        ),
        ("Containers", "spec.containers", "status.containerStatuses"),
        (
            "Ephemeral Containers",
            "spec.ephemeralContainers",
            "status.ephemeralContainerStatuses",
        ),
    ] {
        let containers = items(pod, spec);
        if !containers.is_empty() || label == "Containers" {
            container_list(page, label, containers, items(pod, status), &resolve, "");
        }
    }
    conditions(page, pod);
    volumes(page, items(pod, "spec.volumes"), "");
    page.field(0, "QoS Class", &qos(pod));
    page.map("", "Node-Selectors", pod, "spec.nodeSelector");
    tolerations(page, "", items(pod, "spec.tolerations"));
    spread(page, "", items(pod, "spec.topologySpreadConstraints"));
    page.events_of(pod);
}

fn head(page: &mut Page<'_>, pod: &Value) {
    page.field(0, "Name", text(pod, "metadata.name"));
    page.field(0, "Namespace", text(pod, "metadata.namespace"));
    if has(pod, "spec.priority") {
        page.field(0, "Priority", &number(pod, "spec.priority").to_string());
    }
    let optional = |page: &mut Page<'_>, label: &str, path: &str| {
        if !text(pod, path).is_empty() {
            page.field(0, label, text(pod, path));
        }
    };
    optional(page, "Priority Class Name", "spec.priorityClassName");
    optional(page, "Runtime Class Name", "spec.runtimeClassName");
    optional(page, "Service Account", "spec.serviceAccountName");
    match text(pod, "spec.nodeName") {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", &format!("{node}/{}", text(pod, "status.hostIP"))),
    }
    if has(pod, "status.startTime") {
        page.field(0, "Start Time", &Page::moment(pod, "status.startTime"));
    }
    page.map("", "Labels", pod, "metadata.labels");
    page.annotations("", pod, "metadata.annotations");
    let phase = text(pod, "status.phase");
    if has(pod, "metadata.deletionTimestamp") && !matches!(phase, "Succeeded" | "Failed") {
        let since = page.since(pod, "metadata.deletionTimestamp");
        page.field(0, "Status", &format!("Terminating (lasts {since})"));
        let grace = number(pod, "metadata.deletionGracePeriodSeconds");
        page.field(0, "Termination Grace Period", &format!("{grace}s"));
    } else {
        page.field(0, "Status", phase);
    }
    optional(page, "Reason", "status.reason");
    optional(page, "Message", "status.message");
    seccomp(page, at(pod, "spec.securityContext"), [0, 0]);
    page.field(0, "IP", text(pod, "status.podIP"));
    let ips = items(pod, "status.podIPs");
    if ips.is_empty() {
        page.field(0, "IPs", "<none>");
    } else {
        page.line(0, "IPs:");
        for ip in ips {
            page.field(1, "IP", text(ip, "ip"));
        }
    }
    controlled_by(page, pod);
    optional(page, "NominatedNodeName", "status.nominatedNodeName");
    if has(pod, "spec.resources") {
        page.line(0, "Resources:");
        super::containers::resources(page, at(pod, "spec.resources"), 1);
    }
}

/// `Controlled By: StatefulSet/web`
pub(super) fn controlled_by(page: &mut Page<'_>, object: &Value) {
    if let Some(owner) = controller(object) {
        let owner = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
        page.field(0, "Controlled By", &owner);
    }
}

fn conditions(page: &mut Page<'_>, pod: &Value) {
    let conditions = items(pod, "status.conditions");
    let gates = items(pod, "spec.readinessGates");
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
        for gate in gates {
            let type_ = text(gate, "conditionType");
            let status = or_none(text(named(conditions, "type", type_), "status"));
            page.line(1, &format!("{type_} \t{status} "));
        }
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
        for condition in conditions {
            let (type_, status) = (text(condition, "type"), text(condition, "status"));
            page.line(1, &format!("{type_} \t{status} "));
        }
    }
}

/// The class that limits and requests make. Models pkg/apis/core/v1/helper/qos.
fn qos(pod: &Value) -> String {
    let stored = text(pod, "status.qosClass");
    if !stored.is_empty() {
        return stored.to_owned();
    }
    let containers = items(pod, "spec.containers")
        .iter()
        .chain(items(pod, "spec.initContainers"));
    let (mut any, mut guaranteed) = (false, true);
    for container in containers {
        for resource in ["cpu", "memory"] {
            let limit = &at(container, "resources.limits")[resource];
            let request = &at(container, "resources.requests")[resource];
            any |= !limit.is_null() || !request.is_null();
            guaranteed &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
    .to_owned()
}

/// `key=value:Effect op=Exists for 300s`, sorted by key.
pub(super) fn tolerations(page: &mut Page<'_>, before: &str, tolerations: &[Value]) {
    let mut sorted: Vec<&Value> = tolerations.iter().into_list();
    ordinal_api::sorted::sort_by_key(&mut sorted, |toleration| text(toleration, "key"));
    let lines: Vec<String> = sorted
        .into_iter()
        .map(|toleration| {
            let mut line = text(toleration, "key").to_owned();
            let (value, effect) = (text(toleration, "value"), text(toleration, "effect"));
            if !value.is_empty() {
                line.push('=');
                line.push_str(value);
            }
            if !effect.is_empty() {
                line.push(':');
                line.push_str(effect);
            }
            let operator = text(toleration, "operator");
            if operator == "Exists" && value.is_empty() {
                line.push_str(if line.is_empty() {
                    "op=Exists"
                } else {
                    " op=Exists"
                });
            }
            if has(toleration, "tolerationSeconds") {
                let seconds = number(toleration, "tolerationSeconds");
                line.push_str(&format!(" for {seconds}s"));
            }
            line
        })
        .collect();
    page.lines(before, "Tolerations", &lines);
}

/// How Pods are to be spread; `before` stands in front of the label.
pub(super) fn spread(page: &mut Page<'_>, before: &str, constraints: &[Value]) {
    if constraints.is_empty() {
        return;
    }
    let mut sorted: Vec<&Value> = constraints.iter().into_list();
    ordinal_api::sorted::sort_by_key(&mut sorted, |constraint| text(constraint, "topologyKey"));
    let lines: Vec<String> = sorted
        .into_iter()
        .map(|constraint| {
            let mut line = format!(
                "{}:{} when max skew {} is exceeded",
                text(constraint, "topologyKey"),
                text(constraint, "whenUnsatisfiable"),
                number(constraint, "maxSkew")
            );
            if has(constraint, "labelSelector") {
                let selector = selector(at(constraint, "labelSelector"));
                line.push_str(&format!(" for selector {selector}"));
            }
            line
        })
        .collect();
    page.lines(before, "Topology Spread Constraints", &lines);
}
