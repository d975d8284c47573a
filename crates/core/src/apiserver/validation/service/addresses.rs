//! The addresses of a Service and their families.

use serde_json::{Value, json};

use super::super::{Faults, at, list, names, text};

/// What the allocators say of addresses and families, before the rest is looked at. Models
/// pkg/registry/core/service/storage `initIPFamilyFields`; the cluster has one family only.
pub(in crate::apiserver::validation) fn allocated(
    object: &Value,
    old: Option<&Value>,
    faults: &mut Faults,
) {
    let spec = at(object, &["spec"]);
    if text(spec, "type") == "ExternalName" {
        return;
    }
    related(spec, faults);
    if faults.len() > 0 {
        return;
    }
    let policy = at(spec, &["ipFamilyPolicy"]);
    let (addresses, families) = (list(spec, "clusterIPs"), list(spec, "ipFamilies"));
    if policy == "SingleStack" {
        for (items, what) in [(addresses, "cluster IPs"), (families, "IP families")] {
            if items.len() == 2 {
                let detail = format!(
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                );
                faults.invalid("spec.ipFamilyPolicy", policy, &detail);
            }
        }
    }
    for (index, address) in addresses.iter().enumerate() {
        if is_v6(address) {
            let detail = "IPv6 is not configured on this cluster";
            faults.invalid(
                format!("spec.clusterIPs[{index}]"),
                &json!(addresses),
                detail,
            );
        }
    }
    // A headless Service without selector may say both families all the same.
    let selector = at(spec, &["selector"]).as_object();
    let by_hand =
        text(spec, "clusterIP") == "None" && selector.is_none_or(serde_json::Map::is_empty);
    if faults.len() > 0 || by_hand {
        return;
    }
    if policy == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        faults.invalid("spec.ipFamilyPolicy", policy, detail);
    }
    for (index, family) in families.iter().enumerate().filter(|(_, f)| *f == "IPv6") {
        let field = format!("spec.ipFamilies[{index}]");
        faults.invalid(field, family, "not configured on this cluster");
    }
    let given_now = old.is_none_or(|old| at(old, &["spec", "type"]) == "ExternalName");
    if faults.len() == 0 && given_now {
        in_range(spec, faults);
    }
}

fn is_v6(address: &Value) -> bool {
    let parsed = names::sloppy_ip(address.as_str().unwrap_or_default());
    parsed.is_some_and(|ip| ip.is_ipv6())
}

/// An address of one's own must lie among those of the cluster.
fn in_range(spec: &Value, faults: &mut Faults) {
    let Some(ip) = names::sloppy_ip(text(spec, "clusterIP")) else {
        return;
    };
    let std::net::IpAddr::V4(v4) = ip else {
        return;
    };
    let [first, second, third, fourth] = v4.octets();
    let detail = if first != 10 || !(96..112).contains(&second) {
        "the provided network does not match the current range".to_owned()
    } else if matches!([second, third, fourth], [96, 0, 0] | [111, 255, 255]) {
        format!(
            "the provided IP ({ip}) is not in the valid range. The range of valid IPs is 10.96.0.0/12"
        )
    } else {
        return;
    };
    let shown = json!(list(spec, "clusterIPs"));
    let detail = format!(
        "failed to allocate IP {}: {detail}",
        text(spec, "clusterIP")
    );
    faults.invalid("spec.clusterIPs", &shown, &detail);
}

/// Addresses and families that contradict each other. Models `ValidateServiceClusterIPsRelatedFields`.
pub(super) fn related(spec: &Value, faults: &mut Faults) {
    if text(spec, "type") == "ExternalName" {
        return;
    }
    let field = "spec.clusterIPs";
    let (address, addresses) = (text(spec, "clusterIP"), list(spec, "clusterIPs"));
    let shown = json!(addresses);
    match (address, addresses.first()) {
        ("", Some(_)) => {
            let detail = "must be empty when `clusterIP` is not specified";
            faults.invalid(field, &shown, detail);
        }
        ("", None) => {}
        (_, None) => faults.required(field, ""),
        (_, Some(first)) if first != address => {
            faults.invalid(field, &shown, "first value must match `clusterIP`");
        }
        _ => {}
    }
    let families = list(spec, "ipFamilies");
    for (index, family) in families.iter().enumerate() {
        let field = format!("spec.ipFamilies[{index}]");
        faults.one_of(&field, Some(family), &["IPv4", "IPv6"]);
        if families[..index].contains(family) {
            faults.duplicate(field, family);
        }
    }
    faults.one_of(
        "spec.ipFamilyPolicy",
        spec.get("ipFamilyPolicy"),
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
    );
    let before = faults.len();
    for (index, address) in addresses.iter().enumerate() {
        if index > 0 || address != "None" {
            let details = names::ip(address.as_str().unwrap_or_default());
            faults.all(&format!("{field}[{index}]"), address, details);
        } else if addresses.len() > 1 {
            faults.invalid(field, &shown, "'None' must be the first and only value");
        }
    }
    let wrong = faults.len() > before;
    if addresses.len() > 2 {
        faults.invalid(field, &shown, "may only hold up to 2 values");
    }
    if wrong {
        return;
    }
    if addresses.len() > 1 && addresses.iter().filter(|a| is_v6(a)).count() != 1 {
        let detail = "may specify no more than one IP for each IP family";
        faults.invalid(field, &shown, detail);
    }
    for (index, (address, family)) in addresses.iter().zip(families).enumerate() {
        let other = match (family.as_str(), is_v6(address)) {
            (Some("IPv4"), true) => "an IPv4",
            (Some("IPv6"), false) if address != "None" => "an IPv6",
            _ => continue,
        };
        let detail = format!("expected {other} value as indicated by `ipFamilies[{index}]`");
        faults.invalid(format!("{field}[{index}]"), address, &detail);
    }
}
