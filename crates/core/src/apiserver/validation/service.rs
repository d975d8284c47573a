//! Services. Models pkg/apis/core/validation `ValidateService`, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, at, given, go, list, names, number as number_of, text};

/// What the allocators say, before the rest is looked at. Models pkg/registry/core/service/storage `initIPFamilyFields`
/// and `allocateNodePorts`: the first of them that finds a fault ends it.
pub(super) fn allocated(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    if text(spec, "type") == "ExternalName" {
        return;
    }
    families(spec, faults);
    cluster_ip(at(spec, &["clusterIP"]), faults);
    if faults.len() > 0 || !matches!(text(spec, "type"), "NodePort" | "LoadBalancer") {
        return;
    }
    for (index, port) in list(spec, "ports").iter().enumerate() {
        let node = number_of(port, "nodePort");
        if node != 0 && !(30_000..=32_767).contains(&node) && faults.len() == 0 {
            let detail =
                "provided port is not in the valid range. The range of valid ports is 30000-32767";
            faults.invalid(
                format!("spec.ports[{index}].nodePort"),
                &json!(node),
                detail,
            );
        }
    }
}

/// Validates a Service.
pub(super) fn whole(object: &Value, _old: Option<&Value>, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
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
        if !text(spec, "clusterIP").is_empty() {
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
    for (index, ip) in list(spec, "externalIPs").iter().enumerate() {
        let field = format!("spec.externalIPs[{index}]");
        super::endpoints::address(ip, &field, faults);
    }
    faults.word(
        "spec.type",
        at(spec, &["type"]),
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    numbers(kind, ports, faults);
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

fn families(spec: &Value, faults: &mut Faults) {
    let before = faults.len();
    let mut seen: Vec<&Value> = Vec::new();
    for (index, family) in list(spec, "ipFamilies").iter().enumerate() {
        let field = format!("spec.ipFamilies[{index}]");
        faults.one_of(&field, Some(family), &["IPv4", "IPv6"]);
        if seen.contains(&family) {
            faults.duplicate(field, family);
        }
        seen.push(family);
    }
    faults.one_of(
        "spec.ipFamilyPolicy",
        spec.get("ipFamilyPolicy"),
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
    );
    // The cluster has one family only; a headless Service without selector may say both all the same.
    let by_hand = text(spec, "clusterIP") == "None" && given(spec, "selector").is_none();
    if text(spec, "ipFamilyPolicy") == "RequireDualStack" && !by_hand {
        let detail = "this cluster is not configured for dual-stack services";
        faults.invalid("spec.ipFamilyPolicy", at(spec, &["ipFamilyPolicy"]), detail);
    }
    let clean = faults.len() == before;
    for (index, family) in list(spec, "ipFamilies").iter().enumerate() {
        if clean && family == "IPv6" && !by_hand {
            let field = format!("spec.ipFamilies[{index}]");
            faults.invalid(field, family, "not configured on this cluster");
        }
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
    if health != 0 && !(kind == "LoadBalancer" && external == "Local") {
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

fn cluster_ip(address: &Value, faults: &mut Faults) {
    let Some(text) = address.as_str().filter(|t| !t.is_empty() && *t != "None") else {
        return;
    };
    let Ok(ip) = text.parse::<std::net::IpAddr>() else {
        let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        faults.invalid("spec.clusterIPs[0]", address, detail);
        return;
    };
    let inside = matches!(ip, std::net::IpAddr::V4(v4) if v4.octets()[0] == 10 && (96..112).contains(&v4.octets()[1]));
    if !inside {
        let detail = format!(
            "failed to allocate IP {text}: the provided network does not match the current range"
        );
        faults.invalid("spec.clusterIPs", &json!([text]), &detail);
    }
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
        faults.all(
            &format!("{path}.name"),
            &json!(name),
            names::dns_label(name),
        );
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
    match target.as_str() {
        Some(name) => faults.all(
            &format!("{path}.targetPort"),
            target,
            names::port_name(name),
        ),
        None if port.get("port").is_some_and(|p| *p != *target)
            || *target == json!(0) && port.get("port").is_some() =>
        {
            number(target, &format!("{path}.targetPort"), faults);
        }
        None => {}
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
    let (new, old) = (
        at(object, &["spec", "clusterIP"]),
        at(old, &["spec", "clusterIP"]),
    );
    let set = |v: &Value| v.as_str().is_some_and(|t| !t.is_empty());
    if set(old) && set(new) && new != old {
        faults.invalid(
            "spec.clusterIPs[0]",
            &json!([new]),
            "may not change once set",
        );
    }
}
