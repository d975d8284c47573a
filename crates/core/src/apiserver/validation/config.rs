//! ConfigMaps, Secrets and PriorityClasses. Models pkg/apis/{core,scheduling}/validation, 1.37.

use serde_json::{Value, json};

use super::{Faults, IMMUTABLE, at, entries, names, text};

const SET: &str = "field is immutable when `immutable` is set";

fn kept(object: &Value, old: &Value, keys: &[&str], faults: &mut Faults) {
    if at(old, &["immutable"]) != true {
        return;
    }
    if at(object, &["immutable"]) != true {
        faults.forbidden("immutable", SET);
    }
    for key in keys {
        if at(object, &[key]) != at(old, &[key]) {
            faults.forbidden(*key, SET);
        }
    }
}

/// Validates a ConfigMap.
pub(super) fn config_map(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    if let Some(old) = old {
        kept(object, old, &["data", "binaryData"], faults);
    }
    for (key, _) in entries(object, "data") {
        let field = format!("data[{key}]");
        faults.all(&field, &json!(key), names::config_key(key));
        if at(object, &["binaryData", key]).is_string() {
            let detail = "duplicate of key present in binaryData";
            faults.invalid(field, &json!(key), detail);
        }
    }
    let size = |part: &str, base64: bool| -> usize {
        let lengths = entries(object, part).map(|(_, value)| value.as_str().map_or(0, str::len));
        let sum: usize = lengths.sum();
        if base64 { sum / 4 * 3 } else { sum }
    };
    let whole = size("data", false) + size("binaryData", true);
    for (key, _) in entries(object, "binaryData") {
        faults.all(
            &format!("binaryData[{key}]"),
            &json!(key),
            names::config_key(key),
        );
    }
    if whole > MOST_BYTES {
        faults.too_long("[]", MOST_BYTES);
    }
}

/// Validates a Lease. Models pkg/apis/coordination/validation.
pub(super) fn lease(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    if let Some(seconds) = spec
        .get("leaseDurationSeconds")
        .filter(|s| s.as_i64().is_some_and(|n| n <= 0))
    {
        faults.invalid(
            "spec.leaseDurationSeconds",
            seconds,
            "must be greater than 0",
        );
    }
    faults.not_negative("spec.leaseTransitions", spec.get("leaseTransitions"));
    let strategy = text(spec, "strategy");
    if !text(spec, "preferredHolder").is_empty() && strategy.is_empty() {
        let detail = "may only be specified if `strategy` is defined";
        faults.forbidden("spec.preferredHolder", detail);
    }
}

/// Validates a ControllerRevision: its data stay as they are.
pub(super) fn revision(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    faults.not_negative("revision", object.get("revision"));
    let data = at(object, &["data"]);
    match old {
        None if data.is_null() => faults.required("data", "data is mandatory"),
        None if !data.is_object() => faults.required("data", "data must be a valid JSON object"),
        Some(old) if at(old, &["data"]) != data => faults.invalid("data", data, IMMUTABLE),
        _ => {}
    }
}

/// What a ConfigMap or a Secret may hold, in bytes.
const MOST_BYTES: usize = 1_048_576;

/// Validates a Secret.
pub(super) fn secret(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let kind = text(object, "type");
    if let Some(old) = old {
        if kind != text(old, "type") {
            faults.invalid("type", &json!(kind), IMMUTABLE);
        }
        kept(object, old, &["data"], faults);
    }
    for (key, _) in entries(object, "data") {
        faults.all(&format!("data[{key}]"), &json!(key), names::config_key(key));
    }
    let size: usize = entries(object, "data")
        .map(|(_, v)| v.as_str().map_or(0, str::len))
        .sum();
    if size / 4 * 3 > MOST_BYTES {
        faults.too_long("data", MOST_BYTES);
    }
    let missing = |key: &str| {
        let value = at(object, &["data", key]).as_str();
        value.is_none() || kind == "kubernetes.io/ssh-auth" && value == Some("")
    };
    let needed: &[&str] = match kind {
        "kubernetes.io/service-account-token" => {
            let account = at(
                object,
                &[
                    "metadata",
                    "annotations",
                    "kubernetes.io/service-account.name",
                ],
            );
            if account.as_str().is_none_or(str::is_empty) {
                faults.required(
                    "metadata.annotations[kubernetes.io/service-account.name]",
                    "",
                );
            }
            &[]
        }
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/basic-auth" if !missing("username") || !missing("password") => &[],
        "kubernetes.io/basic-auth" => &["username", "password"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| missing(key)) {
        faults.required(format!("data[{key}]"), "");
    }
    if let [key @ (".dockercfg" | ".dockerconfigjson")] = needed
        && let Some(text) = at(object, &["data", key]).as_str()
        && let Some(fault) = not_json(&decoded(text))
    {
        let shown = json!("<secret contents redacted>");
        faults.invalid(format!("data[{key}]"), &shown, &fault);
    }
}

/// Bytes that stand in base64.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for six in text.bytes().filter_map(value) {
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// What Go's `json.Unmarshal` says of bytes that are no JSON object.
fn not_json(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    if let Some(fault) = crate::apiserver::syntax::fault(&text) {
        return Some(fault);
    }
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if value.is_object() || value.is_null() {
        return None;
    }
    let what = ordinal_api::go::name(&value);
    Some(format!(
        "json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
    ))
}

/// Validates a PriorityClass.
pub(super) fn priority_class(object: &Value, faults: &mut Faults) {
    let value = super::number(object, "value");
    let name = text(at(object, &["metadata"]), "name");
    if name.starts_with("system-") {
        let detail =
            "priority class names with 'system-' prefix are reserved for system use only. error: ";
        if !matches!(name, "system-node-critical" | "system-cluster-critical") {
            faults.forbidden(
                "metadata.name",
                &format!("{detail}{name} is not a known system priority class"),
            );
        }
    } else if value > 1_000_000_000 {
        let detail = "maximum allowed value of a user defined priority is 1000000000";
        faults.forbidden("value", detail);
    }
    let policy = at(object, &["preemptionPolicy"]);
    faults.word(
        "preemptionPolicy",
        policy,
        &["PreemptLowerPriority", "Never"],
    );
}

/// What may not change in a PriorityClass.
pub(super) fn priority_class_update(object: &Value, old: &Value, faults: &mut Faults) {
    if super::number(object, "value") != super::number(old, "value") {
        faults.forbidden("value", "may not be changed in an update.");
    }
    if text(object, "preemptionPolicy") != text(old, "preemptionPolicy") {
        faults.invalid(
            "preemptionPolicy",
            at(object, &["preemptionPolicy"]),
            IMMUTABLE,
        );
    }
}
