//! Services. Models pkg/apis/core/validation `ValidateService`, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, at, list, names, text};

/// Validates a Service.
pub(super) fn create(object: &Value, faults: &mut Faults) {
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
    if kind == "ExternalName" && text(spec, "externalName").is_empty() {
        faults.required("spec.externalName", "");
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
    faults.one_of(
        "spec.sessionAffinity",
        spec.get("sessionAffinity"),
        &["ClientIP", "None"],
    );
    faults.one_of(
        "spec.type",
        spec.get("type"),
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    cluster_ip(address, faults);
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
    if let Some(node) = port.get("nodePort").filter(|n| {
        n.as_i64()
            .is_some_and(|n| n != 0 && !(30_000..=32_767).contains(&n))
    }) {
        let detail =
            "provided port is not in the valid range. The range of valid ports is 30000-32767";
        faults.invalid(format!("{path}.nodePort"), node, detail);
    }
}

/// What may not change in a Service.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
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
