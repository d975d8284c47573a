//! Statuses that somebody writes. Models the functions `Validate…StatusUpdate` of pkg/apis/{core,apps,policy,batch}/validation,
//! 1.37.

use ordinal_api::status::Cause;
use ordinal_api::{Kind, Status, Value};
use serde_json::json;

use super::{
    Faults, IMMUTABLE, at, entries, finish, given, go, job_status, limits, list, metadata, names,
    number, quantity, text,
};

/// Numbers that are not negative, in the order in which they are looked at; those after the dash are no more than the first.
const COUNTS: &[(Kind, &str, &str)] = &[
    (
        Kind::StatefulSet,
        "replicas readyReplicas currentReplicas updatedReplicas availableReplicas observedGeneration collisionCount",
        "readyReplicas currentReplicas updatedReplicas availableReplicas",
    ),
    (
        Kind::Deployment,
        "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas collisionCount",
        "updatedReplicas readyReplicas availableReplicas",
    ),
    (
        Kind::ReplicaSet,
        "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration terminatingReplicas",
        "fullyLabeledReplicas readyReplicas availableReplicas",
    ),
    (
        Kind::ReplicationController,
        "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration",
        "fullyLabeledReplicas readyReplicas availableReplicas",
    ),
    (
        Kind::DaemonSet,
        "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration updatedNumberScheduled numberAvailable numberUnavailable collisionCount",
        "",
    ),
    (
        Kind::PodDisruptionBudget,
        "disruptionsAllowed currentHealthy desiredHealthy expectedPods",
        "",
    ),
    (Kind::Job, "active succeeded failed ready terminating", ""),
];

/// Validates a status that somebody writes.
///
/// # Errors
/// 422 with every fault.
pub(in crate::apiserver) fn status(kind: Kind, object: &Value, old: &Value) -> Result<(), Status> {
    let mut faults = Faults::default();
    let (status, before) = (at(object, &["status"]), at(old, &["status"]));
    // Of some the metadata come last, of others they are not looked at.
    let last = kind == Kind::StatefulSet;
    if !last && !matches!(kind, Kind::PodDisruptionBudget | Kind::CronJob) {
        metadata::update(kind, object, old, &mut faults);
    }
    counts(kind, status, before, &mut faults);
    match kind {
        Kind::Pod => pod(status, before, &mut faults),
        Kind::Node => machine(status, &mut faults),
        Kind::Job => job_status::status(at(object, &["spec"]), status, before, &mut faults),
        Kind::ResourceQuota => limits::told(status, &mut faults),
        Kind::Service => {
            let ingress = list(at(status, &["loadBalancer"]), "ingress");
            if at(object, &["spec", "type"]) == "LoadBalancer" {
                balanced(ingress, &mut faults);
            } else if !ingress.is_empty() {
                let detail = "may only be used when `spec.type` is 'LoadBalancer'";
                faults.forbidden("status.loadBalancer.ingress", detail);
            }
        }
        Kind::Namespace => {
            let ends = given(at(old, &["metadata"]), "deletionTimestamp").is_some();
            let (wanted, so) = if ends {
                ("Terminating", "not empty")
            } else {
                ("Active", "empty")
            };
            let phase = match text(status, "phase") {
                "" => "Active",
                phase => phase,
            };
            if phase != wanted {
                let detail = format!("may only be '{wanted}' if `deletionTimestamp` is {so}");
                faults.invalid("status.Phase", &json!(phase), &detail);
            }
        }
        _ => {}
    }
    if last {
        metadata::update(kind, object, old, &mut faults);
    }
    finish(kind, object, faults)
}

fn counts(kind: Kind, status: &Value, before: &Value, faults: &mut Faults) {
    let Some((_, all, within)) = COUNTS.iter().find(|(of, ..)| *of == kind) else {
        return;
    };
    for key in all.split(' ') {
        faults.not_negative(format!("status.{key}"), status.get(key));
    }
    let mut above = |key: &str, most: &str, said: &str| {
        if number(status, key) > number(status, most) {
            let detail = format!("cannot be greater than {said}");
            faults.invalid(
                format!("status.{key}"),
                &json!(number(status, key)),
                &detail,
            );
        }
    };
    for key in within.split(' ').filter(|key| !key.is_empty()) {
        above(key, "replicas", "status.replicas");
    }
    if !within.is_empty() {
        let said = if kind == Kind::StatefulSet {
            "status.readyReplicas"
        } else {
            "readyReplicas"
        };
        above("availableReplicas", "readyReplicas", said);
    }
    let collisions = number(status, "collisionCount");
    if all.ends_with("collisionCount")
        && given(before, "collisionCount").is_some()
        && collisions < number(before, "collisionCount")
    {
        let detail = "cannot be decremented";
        faults.invalid("status.collisionCount", &json!(collisions), detail);
    }
}

/// What a node has, and where it is.
fn machine(status: &Value, faults: &mut Faults) {
    let addresses = list(status, "addresses");
    for (index, address) in addresses.iter().enumerate() {
        if addresses[..index].contains(address) {
            let shown = go::print("NodeAddress", address, false);
            let field = format!("status.addresses[{index}]");
            faults.add(Cause::duplicate(field, &shown));
        }
    }
    for key in ["capacity", "allocatable"] {
        // Where nothing is said of what is left for Pods, it is all.
        let said = entries(status, key).next().is_some();
        for (name, amount) in entries(status, if said { key } else { "capacity" }) {
            let field = format!("status.{key}.{name}");
            let Some(parsed) = quantity(amount) else {
                continue;
            };
            let shown = json!(parsed.canonical());
            if parsed.milli() < 0 {
                faults.invalid(&field, &shown, super::NOT_NEGATIVE);
            }
            if name.contains('/') && parsed.milli() % 1000 != 0 {
                faults.invalid(field, &shown, "must be an integer");
            }
        }
    }
}

fn pod(status: &Value, before: &Value, faults: &mut Faults) {
    for (index, condition) in list(status, "conditions").iter().enumerate() {
        let type_ = text(condition, "type");
        let field = format!("status.conditions[{index}].Type");
        faults.all(&field, &json!(type_), names::qualified(type_));
    }
    let nominated = text(status, "nominatedNodeName");
    if !nominated.is_empty() && nominated != text(before, "nominatedNodeName") {
        let field = "status.nominatedNodeName";
        faults.all(field, &json!(nominated), names::dns_subdomain(nominated));
    }
    let generation = given(status, "observedGeneration");
    if let Some(number) = generation.filter(|number| number.as_i64().is_some_and(|n| n < 0)) {
        faults.invalid(
            "status.observedGeneration",
            number,
            "must be a non-negative integer",
        );
    }
    // Given once, when the Pod is made; who does not know it does not take it away.
    let class = text(status, "qosClass");
    if !class.is_empty() && class != text(before, "qosClass") {
        faults.invalid("status.qosClass", &class.into(), IMMUTABLE);
    }
    let addresses = |key: &str, one: &str| {
        let all = list(status, key).iter().map(|item| text(item, "ip"));
        let mut all: Vec<&str> = all.collect();
        // The older field alone is taken for the first of the newer ones.
        let one = text(status, one);
        if !one.is_empty() && all.first() != Some(&one) {
            all = vec![one];
        }
        all
    };
    for (index, ip) in addresses("podIPs", "podIP").iter().enumerate() {
        faults.all(
            &format!("status.podIPs[{index}]"),
            &json!(ip),
            names::ip(ip),
        );
    }
    let hosts = list(status, "hostIPs");
    if let Some(first) = hosts.first().map(|host| text(host, "ip"))
        && first != text(status, "hostIP")
    {
        let detail = "must be equal to `hostIP`";
        faults.invalid("status.hostIPs[0].ip", &json!(first), detail);
    }
    for (index, host) in hosts.iter().enumerate() {
        let ip = text(host, "ip");
        faults.all(
            &format!("status.hostIPs[{index}]"),
            &json!(ip),
            names::ip(ip),
        );
    }
}

fn balanced(ingress: &[Value], faults: &mut Faults) {
    for (index, entry) in ingress.iter().enumerate() {
        let path = format!("status.loadBalancer.ingress[{index}]");
        let ip = text(entry, "ip");
        if !ip.is_empty() {
            faults.all(&format!("{path}.ip"), &json!(ip), names::ip(ip));
        }
        match given(entry, "ipMode") {
            Some(_) if ip.is_empty() => {
                let detail = "may not be specified when `ip` is not set";
                faults.forbidden(format!("{path}.ipMode"), detail);
            }
            mode => faults.one_of(format!("{path}.ipMode"), mode, &["Proxy", "VIP"]),
        }
        let name = text(entry, "hostname");
        if name.is_empty() {
            continue;
        }
        let field = format!("{path}.hostname");
        faults.all(&field, &json!(name), names::dns_subdomain(name));
        if names::sloppy_ip(name).is_some() {
            let detail = "must be a DNS name, not an IP address";
            faults.invalid(field, &json!(name), detail);
        }
    }
}
