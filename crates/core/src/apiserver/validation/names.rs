//! Names, labels and selectors. Models apimachinery `util/validation` and `api/validation`.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, list, text};

const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = text.as_bytes();
    bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last())
}

/// What is wrong with a DNS-1123 label; nothing if it is one.
pub(in crate::apiserver) fn dns_label(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 63 {
        faults.push("must be no more than 63 characters".to_owned());
    }
    if !is_label(text) {
        let dots = text.contains('.') && text.split('.').all(is_label);
        faults.push(if dots {
            "must not contain dots".to_owned()
        } else {
            LABEL_RULE.to_owned()
        });
    }
    faults
}

/// What is wrong with a DNS-1035 label, which begins with a letter; nothing if it is one.
pub(super) fn dns_1035_label(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 63 {
        faults.push("must be no more than 63 characters".to_owned());
    }
    if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        faults.push("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')".to_owned());
    }
    faults
}

/// What is wrong with a DNS-1123 subdomain; nothing if it is one.
pub(in crate::apiserver) fn dns_subdomain(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    if !text.split('.').all(is_label) {
        faults.push(SUBDOMAIN_RULE.to_owned());
    }
    faults
}

/// What is wrong with a name that need only be a part of a path. Models `IsPathSegmentName`.
pub(super) fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let found = ["/", "%"].into_iter().filter(|part| name.contains(part));
    found
        .map(|part| format!("may not contain '{part}'"))
        .into_list()
}

/// What is wrong with a domain that is searched, where underscores are allowed, too.
/// Models `IsDNS1123SubdomainWithUnderscore`.
pub(super) fn search_domain(name: &str) -> Vec<String> {
    let fits = |label: &str| {
        let inner =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = label.strip_prefix('_').unwrap_or(label).as_bytes();
        bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last())
    };
    let mut faults = Vec::new();
    if name.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    if !name.split('.').all(fits) {
        faults.push("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')".to_owned());
    }
    faults
}

fn is_qualified_part(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last())
}

/// What is wrong with a qualified name: the key of a label, a resource, a topology. Models `IsQualifiedName`.
pub fn qualified(key: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let name = match key.split_once('/') {
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                faults.push("prefix part must be non-empty".to_owned());
            } else {
                faults.extend(
                    dns_subdomain(prefix)
                        .into_iter()
                        .map(|fault| format!("prefix part {fault}")),
                );
            }
            name
        }
        Some(_) => {
            let rule = KEY_RULE.trim_start_matches("name part ");
            return vec![format!(
                "a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        None => key,
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        faults.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_qualified_part(name) {
        faults.push(KEY_RULE.to_owned());
    }
    faults
}

/// What is wrong with the value of a label.
pub fn label_value(value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if value.len() > 63 {
        faults.push("must be no more than 63 bytes".to_owned());
    }
    if !value.is_empty() && !is_qualified_part(value) {
        faults.push(VALUE_RULE.to_owned());
    }
    faults
}

/// Labels: every key and value, under the path of the whole map.
pub(super) fn labels(labels: &Value, path: &str, faults: &mut Faults) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        faults.all(path, &json!(key), qualified(key));
        if let Some(text) = value.as_str() {
            faults.all(path, value, label_value(text));
        }
    }
}

/// A label selector. Models `ValidateLabelSelector`.
pub(super) fn selector(selector: &Value, path: &str, faults: &mut Faults) {
    labels(
        selector.get("matchLabels").unwrap_or(&Value::Null),
        &format!("{path}.matchLabels"),
        faults,
    );
    for (index, requirement) in list(selector, "matchExpressions").iter().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let values = list(requirement, "values");
        match text(requirement, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                faults.required(
                    format!("{path}.values"),
                    "must be specified when `operator` is 'In' or 'NotIn'",
                );
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                faults.add(Cause::forbidden(format!("{path}.values"), detail));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            operator => faults.invalid(
                format!("{path}.operator"),
                &json!(operator),
                "not a valid selector operator",
            ),
        }
        let key = text(requirement, "key");
        faults.all(&format!("{path}.key"), &json!(key), qualified(key));
        for (index, value) in values.iter().enumerate() {
            faults.all(
                &format!("{path}.values[{index}]"),
                value,
                label_value(value.as_str().unwrap_or_default()),
            );
        }
    }
}

/// What is wrong with the name of a port (`IANA_SVC_NAME`).
pub fn port_name(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 15 {
        faults.push("must be no more than 15 characters".to_owned());
    }
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(fits) {
        faults.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    }
    if !name.bytes().any(|b| b.is_ascii_lowercase()) {
        faults.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        faults.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        faults.push("must not begin or end with a hyphen".to_owned());
    }
    faults
}

/// What is wrong with a key of a ConfigMap or a Secret.
pub(super) fn config_key(key: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if key.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if key.is_empty() || !key.bytes().all(fits) {
        faults.push("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')".to_owned());
    }
    match key {
        "." => faults.push("must not be '.'".to_owned()),
        ".." => faults.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => faults.push("must not start with '..'".to_owned()),
        _ => {}
    }
    faults
}

/// What is wrong with the name of an environment variable (`IsRelaxedEnvVarName`).
pub(super) fn variable(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push("environment variable name must be non-empty".to_owned());
    }
    if !name.chars().all(|c| (' '..='~').contains(&c) && c != '=') {
        faults.push("a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned());
    }
    faults
}

/// What is wrong with a percentage.
pub(super) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return vec!["a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')".to_owned()];
    }
    Vec::new()
}

/// An address in a field that is older than strict parsing.
pub(in crate::apiserver) fn sloppy_ip(text: &str) -> Option<std::net::IpAddr> {
    // Leading zeros were allowed.
    let plain: Vec<&str> = text
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" => "0",
            rest => rest,
        })
        .into_list();
    let v4 = plain.len() == 4 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if v4 && !text.contains("..") {
        plain.join(".").parse().ok()
    } else {
        text.parse().ok()
    }
}

/// What is wrong with an IP address in a field that is older than strict parsing.
pub(super) fn ip(text: &str) -> Vec<String> {
    let Some(parsed) = sloppy_ip(text) else {
        return vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()];
    };
    // Models `StrictIPCIDRValidation`, on since 1.36.
    if text.parse::<std::net::IpAddr>().is_err() {
        return vec!["must not have leading 0s".to_owned()];
    }
    if matches!(parsed, std::net::IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
        return vec!["must not be an IPv4-mapped IPv6 address".to_owned()];
    }
    Vec::new()
}

/// What is wrong with a range of addresses in a field that is older than strict parsing.
pub(super) fn range(text: &str) -> Vec<String> {
    let parsed = text.split_once('/').and_then(|(ip, bits)| {
        let address = sloppy_ip(ip)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let digits = bits.bytes().all(|b| b.is_ascii_digit());
        let length: u32 = bits.parse().ok().filter(|_| digits)?;
        Some((address, ip, bits, u32::checked_sub(most, length)?))
    });
    let Some((address, ip, bits, rest)) = parsed else {
        return vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned()];
    };
    let number = match address {
        std::net::IpAddr::V4(v4) => u128::from(u32::from(v4)),
        std::net::IpAddr::V6(v6) => u128::from(v6),
    };
    let zeros = bits.len() > 1 && bits.starts_with('0');
    let fault = if ip.parse::<std::net::IpAddr>().is_err() || zeros {
        "must not have leading 0s in IP or prefix length"
    } else if rest < 128 && number & ((1 << rest) - 1) != 0 {
        "must not have bits set beyond the prefix length"
    } else {
        return Vec::new();
    };
    vec![fault.to_owned()]
}
