//! A Pod and its specification. Models pkg/apis/core/validation `ValidatePodSpec` and `ValidatePodUpdate`, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{
    Faults, affinity, at, containers, environment, given, go, list, metadata, names, resources,
    security, system, text, volumes,
};

/// Validates a Pod beyond its metadata.
pub(super) fn whole(object: &Value, new: bool, faults: &mut Faults) {
    let pod = at(object, &["spec"]);
    let meta = at(object, &["metadata"]);
    annotations(meta, "metadata.annotations", faults);
    spec(pod, "spec", None, Some(text(meta, "name")), faults);
    for key in ["containers", "initContainers"] {
        for (index, container) in list(pod, key).iter().enumerate() {
            containers::image(container, &format!("spec.{key}[{index}].image"), faults);
        }
    }
    if new {
        if !list(pod, "ephemeralContainers").is_empty() {
            faults.forbidden("spec.ephemeralContainers", "cannot be set on create");
        }
        if !list(pod, "schedulingGates").is_empty() && !text(pod, "nodeName").is_empty() {
            let detail = "cannot be set until all schedulingGates have been cleared";
            faults.forbidden("spec.nodeName", detail);
        }
    }
}

/// Validates a template's metadata and specification.
pub(super) fn template(template: &Value, path: &str, claims: &[Value], faults: &mut Faults) {
    let meta = at(template, &["metadata"]);
    names::labels(at(meta, &["labels"]), &format!("{path}.labels"), faults);
    metadata::annotations(meta, &format!("{path}.annotations"), faults);
    annotations(meta, &format!("{path}.annotations"), faults);
    let pod = at(template, &["spec"]);
    spec(pod, &format!("{path}.spec"), Some(claims), None, faults);
    if !list(pod, "ephemeralContainers").is_empty() {
        let detail = "ephemeral containers not allowed in pod template";
        faults.forbidden(format!("{path}.spec.ephemeralContainers"), detail);
    }
}

/// Annotations that say something of a Pod. Models `ValidatePodSpecificAnnotations`.
fn annotations(metadata: &Value, path: &str, faults: &mut Faults) {
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    let cost = at(metadata, &["annotations", COST]);
    let fits = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let padded = digits.len() > 1 && digits.starts_with('0');
        !padded && !text.starts_with('+') && text.parse::<i32>().is_ok()
    };
    if cost.as_str().is_some_and(|text| !fits(text)) {
        faults.invalid(format!("{path}[{COST}]"), cost, "must be a 32bit integer");
    }
}

/// Validates a specification; `claims` are the claim templates of a StatefulSet, whose volumes come first, `pod` the
/// name of the Pod, where it is one.
fn spec(
    spec: &Value,
    path: &str,
    claims: Option<&[Value]>,
    pod: Option<&str>,
    faults: &mut Faults,
) {
    let known = volumes::all(spec, path, claims.unwrap_or_default(), pod, faults);
    resource_claims(spec, path, faults);
    containers::all(spec, path, &known, faults);
    containers::ephemeral(spec, path, &known, faults);
    resources::of_pod(spec, path, faults);
    host_network(spec, path, pod.is_some(), faults);
    faults.word(
        format!("{path}.restartPolicy"),
        at(spec, &["restartPolicy"]),
        &["Always", "OnFailure", "Never"],
    );
    faults.word(
        format!("{path}.dnsPolicy"),
        at(spec, &["dnsPolicy"]),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    );
    names::labels(
        at(spec, &["nodeSelector"]),
        &format!("{path}.nodeSelector"),
        faults,
    );
    security::pod(spec, path, faults);
    affinity::all(at(spec, &["affinity"]), &format!("{path}.affinity"), faults);
    dns_config(spec, path, faults);
    for (index, gate) in list(spec, "readinessGates").iter().enumerate() {
        let name = text(gate, "conditionType");
        let field = format!("{path}.readinessGates[{index}].conditionType");
        faults.all(&field, &json!(name), names::qualified(name));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, gate) in list(spec, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        let field = format!("{path}.schedulingGates[{index}]");
        faults.all(&field, &json!(name), names::qualified(name));
        if seen.contains(&name) {
            faults.duplicate(field, &json!(name));
        }
        seen.push(name);
    }
    affinity::spread(spec, path, faults);
    system::users(spec, path, faults);
    system::host_name(spec, path, faults);
    for (key, check) in [
        (
            "serviceAccountName",
            names::dns_subdomain as fn(&str) -> Vec<String>,
        ),
        ("nodeName", names::dns_subdomain),
    ] {
        let name = text(spec, key);
        if !name.is_empty() {
            faults.all(&format!("{path}.{key}"), &json!(name), check(name));
        }
    }
    if let Some(deadline) = given(spec, "activeDeadlineSeconds")
        && !deadline
            .as_i64()
            .is_some_and(|n| (1..=i64::from(i32::MAX)).contains(&n))
    {
        let detail = "must be between 1 and 2147483647, inclusive";
        faults.invalid(format!("{path}.activeDeadlineSeconds"), deadline, detail);
    }
    for key in ["hostname", "subdomain"] {
        let name = text(spec, key);
        if !name.is_empty() {
            faults.label(&format!("{path}.{key}"), name);
        }
    }
    affinity::tolerations(spec, path, faults);
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        let field = format!("{path}.hostAliases[{index}]");
        let ip = text(alias, "ip");
        faults.all(&format!("{field}.ip"), &json!(ip), names::ip(ip));
        for (number, name) in list(alias, "hostnames").iter().enumerate() {
            let details = names::dns_subdomain(name.as_str().unwrap_or_default());
            faults.all(&format!("{field}.hostnames[{number}]"), name, details);
        }
    }
    for key in ["priorityClassName", "runtimeClassName"] {
        let name = text(spec, key);
        let said = key == "runtimeClassName" && given(spec, key).is_some();
        if said || !name.is_empty() {
            faults.all(
                &format!("{path}.{key}"),
                &json!(name),
                names::dns_subdomain(name),
            );
        }
    }
    if let Some(policy) = given(spec, "preemptionPolicy") {
        let known = ["PreemptLowerPriority", "Never"];
        faults.word(format!("{path}.preemptionPolicy"), policy, &known);
    }
    if let Some(overhead) = given(spec, "overhead") {
        let limits = json!({"limits": overhead});
        resources::of_container(&limits, &format!("{path}.overhead"), &[], faults);
    }
    system::all(spec, path, faults);
    environment::file_volumes(spec, path, faults);
}

/// Models `validatePodResourceClaims`.
fn resource_claims(spec: &Value, path: &str, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, claim) in list(spec, "resourceClaims").iter().enumerate() {
        let path = format!("{path}.resourceClaims[{index}]");
        let field = format!("{path}.name");
        let name = text(claim, "name");
        if name.is_empty() {
            faults.required(field, "");
        } else if seen.contains(&name) {
            faults.duplicate(field, &json!(name));
        } else {
            faults.label(&field, name);
            seen.push(name);
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        let count = sources
            .iter()
            .filter(|key| given(claim, key).is_some())
            .count();
        let detail = match count {
            0 => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            2 => {
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            }
            _ => "",
        };
        if !detail.is_empty() {
            let shown = go::print("PodResourceClaim", claim, false);
            faults.add(Cause::invalid(&path, &shown, detail));
        }
        for key in sources {
            if let Some(name) = given(claim, key) {
                let details = names::dns_subdomain(name.as_str().unwrap_or_default());
                faults.all(&format!("{path}.{key}"), name, details);
            }
        }
    }
}

fn host_network(spec: &Value, path: &str, is_pod: bool, faults: &mut Faults) {
    if at(spec, &["hostNetwork"]) != true {
        return;
    }
    for (index, container) in list(spec, "containers").iter().enumerate() {
        for (number, port) in list(container, "ports").iter().enumerate() {
            let (host, own) = (
                super::number(port, "hostPort"),
                super::number(port, "containerPort"),
            );
            if (is_pod || host != 0) && host != own {
                let field = format!("{path}.containers[{index}].ports[{number}].hostPort");
                let detail = "must match `containerPort` when `hostNetwork` is true";
                faults.invalid(field, &json!(host), detail);
            }
        }
    }
}

fn dns_config(spec: &Value, path: &str, faults: &mut Faults) {
    let config = at(spec, &["dnsConfig"]);
    let servers = list(config, "nameservers");
    let field = format!("{path}.dnsConfig");
    if text(spec, "dnsPolicy") == "None" {
        if config.is_null() {
            faults.required(field, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if servers.is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            faults.required(format!("{field}.nameservers"), detail);
            return;
        }
    }
    if servers.len() > 3 {
        let detail = "must not have more than 3 nameservers";
        faults.invalid(format!("{field}.nameservers"), &json!(servers), detail);
    }
    for (index, server) in servers.iter().enumerate() {
        let details = names::ip(server.as_str().unwrap_or_default());
        faults.all(&format!("{field}.nameservers[{index}]"), server, details);
    }
    let searches = list(config, "searches");
    if searches.len() > 32 {
        let detail = "must not have more than 32 search paths";
        faults.invalid(format!("{field}.searches"), &json!(searches), detail);
    }
    let length: usize = searches
        .iter()
        .map(|search| search.as_str().map_or(0, str::len) + 1)
        .sum();
    if length > 2049 {
        let detail =
            "must not have more than 2048 characters (including spaces) in the search list";
        faults.invalid(format!("{field}.searches"), &json!(searches), detail);
    }
    for (index, search) in searches.iter().enumerate() {
        let name = search.as_str().unwrap_or_default();
        if name != "." {
            let name = name.strip_suffix('.').unwrap_or(name);
            let field = format!("{field}.searches[{index}]");
            faults.all(&field, &json!(name), names::search_domain(name));
        }
    }
    for (index, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            faults.required(format!("{field}.options[{index}]"), "must not be empty");
        }
    }
}
