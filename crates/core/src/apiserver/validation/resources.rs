//! Requests and limits. Models pkg/apis/core/validation `validateResourceRequirements` and `validateResizePolicy`, 1.37.

use ordinal_api::Quantity;
use serde_json::{Value, json};

use super::{Faults, at, entries, given, list, names, quantity, text};

const HUGE: &str = "hugepages-";

/// Whether a resource is one of Kubernetes' own. Models `IsNativeResource`.
fn native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Requests and limits of a container; `claims` are those of its Pod.
pub(super) fn of_container(resources: &Value, path: &str, claims: &[Value], faults: &mut Faults) {
    requirements(resources, path, resource_name, faults);
    claim_names(resources, path, claims, faults);
}

fn requirements(
    resources: &Value,
    path: &str,
    check: fn(&str, &str, &mut Faults),
    faults: &mut Faults,
) {
    // Only the resources of a node itself may be promised more often than they are there.
    let overcommit = |name: &str| native(name) && !name.starts_with(HUGE);
    let (mut has_usual, mut has_huge) = (false, false);
    for part in ["limits", "requests"] {
        for (name, value) in entries(resources, part) {
            let field = format!("{path}.{part}[{name}]");
            check(name, &field, faults);
            let Some(amount) = quantity(value) else {
                continue;
            };
            let shown = json!(amount.canonical());
            if amount.milli() < 0 {
                faults.invalid(&field, &shown, super::NOT_NEGATIVE);
            }
            if !native(name) && !name.starts_with("requests.") && amount.milli() % 1000 != 0 {
                faults.invalid(&field, &shown, "must be an integer");
            }
            has_usual |= matches!(name.as_str(), "cpu" | "memory");
            has_huge |= name.starts_with(HUGE);
            if part == "limits" {
                huge_pages(name, &amount, &field, faults);
                continue;
            }
            let limit = quantity(at(resources, &["limits", name]));
            let mut against = |words: &str, most: &Quantity| {
                let detail = format!("{words} {name} limit of {}", most.canonical());
                faults.invalid(format!("{path}.requests"), &shown, &detail);
            };
            match limit {
                Some(most) if most != amount && !overcommit(name) => {
                    against("must be equal to", &most);
                }
                Some(most) if amount > most => against("must be less than or equal to", &most),
                None if !overcommit(name) => {
                    let detail = "Limit must be set for non overcommitable resources";
                    faults.required(format!("{path}.limits"), detail);
                }
                _ => {}
            }
            huge_pages(name, &amount, &field, faults);
        }
    }
    if has_huge && !has_usual {
        faults.forbidden(path, "HugePages require cpu or memory");
    }
}

/// Huge pages come whole.
fn huge_pages(name: &str, amount: &Quantity, field: &str, faults: &mut Faults) {
    let Some(size) = name.strip_prefix(HUGE) else {
        return;
    };
    let size = Quantity::parse(size).map_or(0, |size| size.whole());
    if size <= 0 || amount.whole() % size != 0 {
        let shown = amount.canonical();
        let detail = format!("{shown} is not positive integer multiple of {name}");
        faults.invalid(field, &json!(shown), &detail);
    }
}

/// Requests and limits of a whole Pod. Models `validatePodResources`.
pub(super) fn of_pod(spec: &Value, path: &str, faults: &mut Faults) {
    let Some(resources) = given(spec, "resources") else {
        return;
    };
    let path = format!("{path}.resources");
    if text(at(spec, &["os"]), "name") == "windows" {
        return faults.forbidden(path, "may not be set for a windows pod");
    }
    if given(resources, "claims").is_some() {
        let detail = "claims may not be set for Resources at pod-level";
        faults.forbidden(format!("{path}.claims"), detail);
    }
    requirements(resources, &path, pod_resource_name, faults);
    claim_names(resources, &path, list(spec, "resourceClaims"), faults);
    for (name, value) in entries(resources, "requests") {
        let (Some(whole), Some(sum)) = (quantity(value), asked(spec, name)) else {
            continue;
        };
        if sum > whole {
            let detail = format!(
                "must be greater than or equal to aggregate container requests of {}",
                sum.canonical()
            );
            let field = format!("{path}.requests[{name}]");
            faults.invalid(field, &json!(whole.canonical()), &detail);
        }
    }
    for (index, container) in list(spec, "containers").iter().enumerate() {
        for (name, value) in entries(at(container, &["resources"]), "limits") {
            let most = quantity(at(resources, &["limits", name]));
            if let (Some(limit), Some(most)) = (quantity(value), most)
                && limit > most
            {
                let detail = format!(
                    "must be less than or equal to pod limits of {}",
                    most.canonical()
                );
                let field = format!("{path}.containers[{index}][{name}].limits");
                faults.invalid(field, &json!(limit.canonical()), &detail);
            }
        }
    }
}

/// What the containers of a Pod ask for together, or one of its init containers alone with those that go on running.
/// Models component-helpers `AggregateContainerRequests`.
fn asked(spec: &Value, name: &str) -> Option<Quantity> {
    let of = |container: &Value| quantity(at(container, &["resources", "requests", name]));
    let mut found = false;
    let mut sum = Quantity::default();
    for container in list(spec, "containers") {
        if let Some(amount) = of(container) {
            found = true;
            sum = sum.plus(&amount);
        }
    }
    let (mut running, mut most) = (Quantity::default(), Quantity::default());
    for container in list(spec, "initContainers") {
        let Some(amount) = of(container) else {
            continue;
        };
        found = true;
        if text(container, "restartPolicy") == "Always" {
            sum = sum.plus(&amount);
            running = running.plus(&amount);
            most = most.max(running.clone());
        } else {
            most = most.max(running.plus(&amount));
        }
    }
    found.then(|| sum.max(most))
}

fn pod_resource_name(name: &str, field: &str, faults: &mut Faults) {
    let before = faults.len();
    known_name(name, field, faults);
    if faults.len() == before && !matches!(name, "cpu" | "memory") && !name.starts_with(HUGE) {
        faults.unsupported(field, &json!(name), &["cpu", "hugepages-", "memory"]);
    }
}

/// What a container uses of the claims of its Pod. Models `validateResourceClaimNames`.
fn claim_names(resources: &Value, path: &str, claims: &[Value], faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, claim) in list(resources, "claims").iter().enumerate() {
        let field = format!("{path}.claims[{index}]");
        let name = text(claim, "name");
        if name.is_empty() {
            faults.required(field, "");
            continue;
        }
        if seen.contains(&name) {
            faults.duplicate(&field, &json!(name));
        }
        seen.push(name);
        let mut known: Vec<&str> = claims.iter().map(|claim| text(claim, "name")).collect();
        if known.contains(&name) {
            continue;
        }
        ordinal_api::sorted::sort(&mut known);
        let mut cause = ordinal_api::status::Cause::not_found(field, &json!(name).to_string());
        cause
            .message
            .push_str(": must be one of the names in pod.spec.resourceClaims");
        if known.is_empty() {
            cause.message.push_str(" which is empty");
        } else {
            cause.message.push_str(": ");
            cause.message.push_str(&known.join(", "));
        }
        faults.add(cause);
    }
}

/// A resource of which a container can have some. Models `validateContainerResourceName`.
pub(super) fn resource_name(name: &str, field: &str, faults: &mut Faults) {
    known_name(name, field, faults);
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with(HUGE);
    let detail = if !name.contains('/') && !standard {
        "must be a standard resource for containers"
    } else if !native(name)
        && (name.starts_with("requests.")
            || !names::qualified(&format!("requests.{name}")).is_empty())
    {
        "doesn't follow extended resource name standard"
    } else {
        return;
    };
    faults.invalid(field, &json!(name), detail);
}

/// Models `validateResourceName`. Returns whether there is such a resource.
pub(super) fn known_name(name: &str, field: &str, faults: &mut Faults) -> bool {
    let wrong = names::qualified(name);
    if !wrong.is_empty() {
        faults.all(field, &json!(name), wrong);
        return false;
    }
    let huge = [HUGE, "requests.hugepages-", "limits.hugepages-"]
        .iter()
        .any(|start| name.starts_with(start));
    if !name.contains('/') && !huge && !STANDARD.contains(&name) {
        let detail = "must be a standard resource type or fully qualified";
        faults.invalid(field, &json!(name), detail);
        return false;
    }
    true
}

/// Standard resources. Models `helper.standardResources`.
const STANDARD: [&str; 20] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
    "storage",
];

/// What becomes of a container whose resources change.
pub(super) fn resize_policy(container: &Value, path: &str, restart: &str, faults: &mut Faults) {
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
