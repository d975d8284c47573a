//! Services. Models pkg/apis/core/validation `ValidateService`, 1.37.

mod addresses;

use ordinal_api::status::Cause;
use serde_json::{Value, json};

pub(super) use addresses::allocated;
use addresses::related;

use super::{Faults, at, given, go, list, names, number as number_of, text};

/// Validates a Service.
pub(super) fn whole(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    topology(at(object, &["metadata", "annotations"]), faults);
    let kind = text(spec, "type");
    let ports = list(spec, "ports");
    let address = at(spec, &["clusterIP"]);
    let headless = address == "None";
    if ports.is_empty() && !headless && kind != "ExternalName" {
        faults.required("spec.ports", "");
    }
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        let detail = format!("may not be set to 'None' for {kind} services");
        faults.invalid("spec.clusterIPs[0]", address, &detail);
    }
    if kind == "ExternalName" {
        if !text(spec, "clusterIP").is_empty() || !list(spec, "clusterIPs").is_empty() {
            faults.forbidden(
                "spec.clusterIPs",
                "may not be set for ExternalName services",
            );
        }
        for key in ["ipFamilies", "ipFamilyPolicy"] {
            if given(spec, key).is_some() {
                faults.forbidden(
                    format!("spec.{key}"),
                    "may not be set for ExternalName services",
                );
            }
        }
        let name = text(spec, "externalName");
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() {
            faults.required("spec.externalName", "");
        } else {
            faults.all(
                "spec.externalName",
                &json!(name),
                names::dns_subdomain(name),
            );
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        service_port(
            port,
            &format!("spec.ports[{index}]"),
            ports.len() > 1,
            &mut seen,
            faults,
        );
    }
    names::labels(at(spec, &["selector"]), "spec.selector", faults);
    faults.word(
        "spec.sessionAffinity",
        at(spec, &["sessionAffinity"]),
        &["ClientIP", "None"],
    );
    affinity(spec, faults);
    related(spec, faults);
    for (index, ip) in list(spec, "externalIPs").iter().enumerate() {
        let field = format!("spec.externalIPs[{index}]");
        super::endpoints::address(ip, &field, true, faults);
    }
    faults.word(
        "spec.type",
        at(spec, &["type"]),
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    numbers(kind, ports, faults);
    const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let annotated = at(object, &["metadata", "annotations", RANGES]);
    if !list(spec, "loadBalancerSourceRanges").is_empty() {
        if kind != "LoadBalancer" {
            let detail = "may only be used when `type` is 'LoadBalancer'";
            faults.forbidden("spec.LoadBalancerSourceRanges", detail);
        }
        for (index, range) in list(spec, "loadBalancerSourceRanges").iter().enumerate() {
            let text = range.as_str().unwrap_or_default().trim();
            let field = format!("spec.LoadBalancerSourceRanges[{index}]");
            faults.all(&field, &json!(text), names::range(text));
        }
    } else if let Some(ranges) = annotated.as_str() {
        let field = format!("metadata.annotations[{RANGES}]");
        if kind != "LoadBalancer" {
            let detail = "may only be used when `type` is 'LoadBalancer'";
            faults.forbidden(&field, detail);
        }
        let ranges = ranges.trim();
        for range in ranges.split(',').filter(|_| !ranges.is_empty()) {
            let range = range.trim();
            faults.all(&field, &json!(range), names::range(range));
        }
    }
    if given(spec, "allocateLoadBalancerNodePorts").is_some() && kind != "LoadBalancer" {
        let detail = "may only be used when `type` is 'LoadBalancer'";
        faults.forbidden("spec.allocateLoadBalancerNodePorts", detail);
    }
    if let Some(class) = given(spec, "loadBalancerClass") {
        if kind == "LoadBalancer" {
            faults.all(
                "spec.loadBalancerClass",
                class,
                names::qualified(class.as_str().unwrap_or_default()),
            );
        } else {
            faults.forbidden(
                "spec.loadBalancerClass",
                "may only be used when `type` is 'LoadBalancer'",
            );
        }
    }
    traffic(spec, kind, faults);
}

/// Two annotations that mean the same must say the same.
fn topology(annotations: &Value, faults: &mut Faults) {
    const MODE: &str = "service.kubernetes.io/topology-mode";
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let (mode, hints) = (at(annotations, &[MODE]), at(annotations, &[HINTS]));
    if mode.is_string() && hints.is_string() && mode != hints {
        let detail = format!("must match annotations[{HINTS}] when both are specified");
        faults.invalid(format!("metadata.annotations[{MODE}]"), mode, &detail);
    }
}

fn affinity(spec: &Value, faults: &mut Faults) {
    let config = at(spec, &["sessionAffinityConfig"]);
    match text(spec, "sessionAffinity") {
        "ClientIP" => {
            let timeout = at(config, &["clientIP", "timeoutSeconds"]);
            if !timeout.as_i64().is_some_and(|n| (1..=86_400).contains(&n)) {
                let field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
                faults.invalid(field, timeout, "must be greater than 0 and less than 86400");
            }
        }
        "None" if !config.is_null() => {
            let detail = "must not be set when session affinity is None";
            faults.forbidden("spec.sessionAffinityConfig", detail);
        }
        _ => {}
    }
}

/// Node ports and ports that stand twice.
fn numbers(kind: &str, ports: &[Value], faults: &mut Faults) {
    for (index, port) in ports.iter().enumerate() {
        if kind == "ClusterIP" && number_of(port, "nodePort") != 0 {
            let detail = "may not be used when `type` is 'ClusterIP'";
            faults.forbidden(format!("spec.ports[{index}].nodePort"), detail);
        }
    }
    let same = |a: &Value, b: &Value, key: &str| {
        number_of(a, key) == number_of(b, key) && text(a, "protocol") == text(b, "protocol")
    };
    for (index, port) in ports.iter().enumerate() {
        let node = number_of(port, "nodePort");
        if node != 0
            && ports[..index]
                .iter()
                .any(|other| same(other, port, "nodePort"))
        {
            faults.duplicate(format!("spec.ports[{index}].nodePort"), &json!(node));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        if ports[..index].iter().any(|other| same(other, port, "port")) {
            let key = json!({"port": port.get("port"), "protocol": port.get("protocol")});
            let shown = go::print("ServicePort", &key, false);
            faults.add(Cause::duplicate(format!("spec.ports[{index}]"), &shown));
        }
    }
}

fn traffic(spec: &Value, kind: &str, faults: &mut Faults) {
    let external = at(spec, &["externalTrafficPolicy"]);
    let outside = matches!(kind, "NodePort" | "LoadBalancer")
        || kind == "ClusterIP" && !list(spec, "externalIPs").is_empty();
    if outside {
        faults.word(
            "spec.externalTrafficPolicy",
            external,
            &["Cluster", "Local"],
        );
    } else if !external.is_null() {
        let detail = "may only be set for externally-accessible services";
        faults.invalid("spec.externalTrafficPolicy", external, detail);
    }
    let health = number_of(spec, "healthCheckNodePort");
    let local = kind == "LoadBalancer" && external == "Local";
    if local && !(0..=65_535).contains(&health) {
        let detail = "must be between 1 and 65535, inclusive";
        faults.invalid("spec.healthCheckNodePort", &json!(health), detail);
    }
    if health != 0 && !local {
        let detail =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        faults.invalid("spec.healthCheckNodePort", &json!(health), detail);
    }
    faults.one_of(
        "spec.internalTrafficPolicy",
        spec.get("internalTrafficPolicy"),
        &["Cluster", "Local"],
    );
    faults.one_of(
        "spec.trafficDistribution",
        spec.get("trafficDistribution"),
        &["PreferClose", "PreferSameZone", "PreferSameNode"],
    );
}

fn number(value: &Value, field: &str, faults: &mut Faults) {
    let number = if value.is_null() { &json!(0) } else { value };
    if !number.as_i64().is_some_and(|n| (1..=65_535).contains(&n)) {
        faults.invalid(field, number, "must be between 1 and 65535, inclusive");
    }
}

fn service_port<'a>(
    port: &'a Value,
    path: &str,
    several: bool,
    seen: &mut Vec<&'a str>,
    faults: &mut Faults,
) {
    let name = text(port, "name");
    if name.is_empty() {
        if several {
            faults.required(format!("{path}.name"), "");
        }
    } else {
        faults.label(&format!("{path}.name"), name);
        if seen.contains(&name) {
            faults.add(Cause::duplicate(
                format!("{path}.name"),
                &json!(name).to_string(),
            ));
        }
        seen.push(name);
    }
    number(at(port, &["port"]), &format!("{path}.port"), faults);
    faults.one_of(
        format!("{path}.protocol"),
        port.get("protocol"),
        &["SCTP", "TCP", "UDP"],
    );
    let target = at(port, &["targetPort"]);
    let field = format!("{path}.targetPort");
    match target.as_str() {
        Some(name) => faults.all(&field, target, names::port_name(name)),
        None => number(target, &field, faults),
    }
    if let Some(protocol) = given(port, "appProtocol") {
        let details = names::qualified(protocol.as_str().unwrap_or_default());
        faults.all(&format!("{path}.appProtocol"), protocol, details);
    }
}

/// What may not change in a Service.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let balances = |object: &Value| at(object, &["spec", "type"]) == "LoadBalancer";
    if balances(object) && balances(old) {
        let class = at(object, &["spec", "loadBalancerClass"]);
        if class != at(old, &["spec", "loadBalancerClass"]) {
            faults.invalid("spec.loadBalancerClass", class, "may not change once set");
        }
        let port = |object: &Value| number_of(at(object, &["spec"]), "healthCheckNodePort");
        let local = |object: &Value| at(object, &["spec", "externalTrafficPolicy"]) == "Local";
        if local(object) && local(old) && port(object) != port(old) {
            faults.forbidden("spec.healthCheckNodePort", super::IMMUTABLE);
        }
    }
    let external = |object: &Value| at(object, &["spec", "type"]) == "ExternalName";
    if external(object) || external(old) {
        return;
    }
    let spec = at(object, &["spec"]);
    let headless = |object: &Value| at(object, &["spec", "clusterIP"]) == "None";
    if !(headless(object) && headless(old)) {
        kept(spec, at(old, &["spec"]), "clusterIPs", faults);
    }
    if !headless(object) && !headless(old) {
        kept(spec, at(old, &["spec"]), "ipFamilies", faults);
    }
}

/// The first of a list stays what it is, and the second with it, unless it goes or comes.
/// Models `validateUpgradeDowngradeClusterIPs` and its sibling for families.
fn kept(spec: &Value, old: &Value, key: &str, faults: &mut Faults) {
    let (mine, before) = (list(spec, key), list(old, key));
    let changed = |faults: &mut Faults, index: usize| {
        let index = if key == "ipFamilies" { 0 } else { index };
        let field = format!("spec.{key}[{index}]");
        faults.invalid(field, &json!(mine), "may not change once set");
    };
    if mine.len() == before.len() {
        for index in 0..mine.len() {
            if mine[index] != before[index] {
                changed(faults, index);
            }
        }
        return;
    }
    let what = if key == "ipFamilies" {
        "ipFamily"
    } else {
        "clusterIP"
    };
    if mine.is_empty() {
        let detail = format!("primary {what} can not be unset");
        faults.invalid(format!("spec.{key}[0]"), &Value::Null, &detail);
    }
    if let (Some(mine), Some(before)) = (mine.first(), before.first())
        && mine != before
    {
        changed(faults, 0);
    }
    let policy = at(spec, &["ipFamilyPolicy"]);
    if mine.len() == 1 && before.len() > 1 && policy != "SingleStack" {
        let detail = format!("must be set to 'SingleStack' when releasing the secondary {what}");
        faults.invalid("spec.ipFamilyPolicy", policy, &detail);
    }
}
