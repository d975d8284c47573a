//! Endpoints and EndpointSlices. Models pkg/apis/{core,discovery}/validation, 1.37.

use std::net::IpAddr;

use serde_json::Value;

use super::containers::port_number;
use super::{Faults, at, given, list, names, text};

/// An address that traffic can go to; Endpoints say twice what is none (`once` is false). Models `ValidateEndpointIP`.
pub(super) fn address(ip: &Value, field: &str, once: bool, faults: &mut Faults) {
    let text = ip.as_str().unwrap_or_default();
    let wrong = names::ip(text);
    if !wrong.is_empty() {
        faults.all(field, ip, wrong);
        if !once && names::sloppy_ip(text).is_none() {
            faults.invalid(field, ip, "must be a valid IP address");
        }
        return;
    }
    let Some(address) = names::sloppy_ip(text) else {
        return;
    };
    let (local, multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            (first & 0xffc0 == 0xfe80, first & 0xff0f == 0xff02)
        }
    };
    if address.is_unspecified() {
        faults.invalid(field, ip, &format!("may not be unspecified ({text})"));
    }
    let ranges = [
        (
            address.is_loopback(),
            "loopback range (127.0.0.0/8, ::1/128)",
        ),
        (local, "link-local range (169.254.0.0/16, fe80::/10)"),
        (
            multicast,
            "link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ];
    for (_, range) in ranges.iter().filter(|(inside, _)| *inside) {
        faults.invalid(field, ip, &format!("may not be in the {range}"));
    }
}

fn label(value: &Value, key: &str, path: &str, faults: &mut Faults) {
    let name = text(value, key);
    if !name.is_empty() {
        faults.label(&format!("{path}.{key}"), name);
    }
}

fn node_name(value: &Value, path: &str, faults: &mut Faults) {
    if let Some(name) = given(value, "nodeName") {
        let details = names::dns_subdomain(name.as_str().unwrap_or_default());
        faults.all(&format!("{path}.nodeName"), name, details);
    }
}

fn application(port: &Value, path: &str, faults: &mut Faults) {
    if let Some(protocol) = given(port, "appProtocol") {
        let details = names::qualified(protocol.as_str().unwrap_or_default());
        faults.all(&format!("{path}.appProtocol"), protocol, details);
    }
}

/// Validates Endpoints.
pub(super) fn endpoints(object: &Value, faults: &mut Faults) {
    for (index, subset) in list(object, "subsets").iter().enumerate() {
        let path = format!("subsets[{index}]");
        if list(subset, "addresses").is_empty() && list(subset, "notReadyAddresses").is_empty() {
            faults.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for key in ["addresses", "notReadyAddresses"] {
            for (place, one) in list(subset, key).iter().enumerate() {
                let path = format!("{path}.{key}[{place}]");
                label(one, "hostname", &path, faults);
                node_name(one, &path, faults);
                address(at(one, &["ip"]), &format!("{path}.ip"), false, faults);
            }
        }
        let ports = list(subset, "ports");
        for (place, port) in ports.iter().enumerate() {
            let path = format!("{path}.ports[{place}]");
            if ports.len() > 1 && text(port, "name").is_empty() {
                faults.required(format!("{path}.name"), "");
            }
            label(port, "name", &path, faults);
            port_number(at(port, &["port"]), &format!("{path}.port"), faults);
            faults.word(
                format!("{path}.protocol"),
                at(port, &["protocol"]),
                &["SCTP", "TCP", "UDP"],
            );
            application(port, &path, faults);
        }
    }
}

/// Validates an EndpointSlice.
pub(super) fn slice(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let type_ = at(object, &["addressType"]);
    faults.word("addressType", type_, &["FQDN", "IPv4", "IPv6"]);
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(object, "ports").iter().enumerate() {
        let path = format!("ports[{index}]");
        let name = text(port, "name");
        label(port, "name", &path, faults);
        if seen.contains(&name) {
            faults.duplicate(format!("{path}.name"), &Value::from(name));
        }
        seen.push(name);
        faults.word(
            format!("{path}.protocol"),
            at(port, &["protocol"]),
            &["SCTP", "TCP", "UDP"],
        );
        application(port, &path, faults);
    }
    // What is checked declaratively is told last.
    let mut declared = Vec::new();
    let same = old.is_some_and(|old| at(old, &["endpoints"]) == at(object, &["endpoints"]));
    for (index, endpoint) in list(object, "endpoints")
        .iter()
        .enumerate()
        .filter(|_| !same)
    {
        let path = format!("endpoints[{index}]");
        let addresses = list(endpoint, "addresses");
        if addresses.is_empty() {
            declared.push(format!("{path}.addresses"));
        }
        for (place, one) in addresses.iter().enumerate() {
            let field = format!("{path}.addresses[{place}]");
            let address_text = one.as_str().unwrap_or_default();
            let family = match type_.as_str() {
                Some("FQDN") => {
                    faults.all(&field, one, names::dns_subdomain(address_text));
                    continue;
                }
                Some("IPv4") => "an IPv4",
                Some("IPv6") => "an IPv6",
                _ => continue,
            };
            if let Some(found) = names::sloppy_ip(address_text)
                && found.is_ipv4() != (family == "an IPv4")
            {
                let detail = format!("must be {family} address");
                faults.invalid(format!("{path}.addresses"), one, &detail);
            }
            address(one, &field, true, faults);
        }
        node_name(endpoint, &path, faults);
        label(endpoint, "hostname", &path, faults);
        for (key, check) in [
            ("forZones", names::label_value as fn(&str) -> Vec<String>),
            ("forNodes", names::dns_subdomain),
        ] {
            let mut seen: Vec<&str> = Vec::new();
            for (place, hint) in list(at(endpoint, &["hints"]), key).iter().enumerate() {
                let field = format!("{path}.hints.{key}[{place}].name");
                let name = text(hint, "name");
                if seen.contains(&name) {
                    faults.duplicate(&field, &Value::from(name));
                }
                seen.push(name);
                faults.all(&field, &Value::from(name), check(name));
            }
        }
    }
    for field in declared {
        faults.required(field, "");
    }
    if old.is_some_and(|old| at(old, &["addressType"]) != type_) {
        faults.declared_immutable("addressType");
    }
}
