//! Nodes. Models pkg/apis/core/validation `ValidateNode`, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use crate::release::Release;

use super::{Faults, affinity, at, go, list, names, text};

/// Validates a Node: its taints, as far as a client may write it.
pub(super) fn whole(object: &Value, faults: &mut Faults) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, taint) in list(at(object, &["spec"]), "taints").iter().enumerate() {
        let path = format!("metadata.taints[{index}]");
        let (key, value, effect) = (
            text(taint, "key"),
            text(taint, "value"),
            text(taint, "effect"),
        );
        faults.all(&format!("{path}.key"), &json!(key), names::qualified(key));
        let details = names::label_value(value);
        if !details.is_empty() {
            faults.invalid(format!("{path}.value"), &json!(value), &details.join(";"));
        }
        faults.word(format!("{path}.effect"), &json!(effect), &affinity::EFFECTS);
        if seen.contains(&(key, effect)) {
            let shown = go::print("Taint", taint, false);
            let mut cause = Cause::duplicate(path, &shown);
            cause
                .message
                .push_str(": taints must be unique by key and effect pair");
            faults.add(cause);
        }
        seen.push((key, effect));
    }
    let ranges = list(at(object, &["spec"]), "podCIDRs");
    for (index, range) in ranges.iter().enumerate() {
        let details = names::range(range.as_str().unwrap_or_default());
        faults.all(&format!("spec.podCIDRs[{index}]"), range, details);
    }
    let newer = |range: &&Value| range.as_str().is_some_and(|range| range.contains(':'));
    let dual = ranges.len() == 2 && ranges.iter().filter(newer).count() == 1;
    if ranges.len() > 1 && !dual {
        let detail = "may specify no more than one CIDR for each IP family";
        faults.invalid("spec.podCIDRs", &json!(ranges), detail);
    }
}

/// What may not change in a Node.
pub(super) fn update(object: &Value, old: &Value, release: Release, faults: &mut Faults) {
    let ranges = |object: &Value| list(at(object, &["spec"]), "podCIDRs").to_vec();
    if !ranges(old).is_empty() && ranges(old) != ranges(object) {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        faults.forbidden("spec.podCIDRs", detail);
    }
    let provider = |object: &Value| text(at(object, &["spec"]), "providerID").to_owned();
    let before = provider(old);
    let after = provider(object);
    if !before.is_empty() && before != after && !release.provider_id_is_declared() {
        let detail = "node updates may not change providerID except from \"\" to valid";
        faults.forbidden("spec.providerID", detail);
    } else if !before.is_empty() && before != after {
        let done = if after.is_empty() {
            "cleared"
        } else {
            "modified"
        };
        let detail = format!("field cannot be {done} once set");
        faults.invalid("spec.providerID", &Value::Null, &detail);
    }
    let external = |object: &Value| text(at(object, &["spec"]), "externalID").to_owned();
    if external(old) != external(object) {
        faults.forbidden("spec.externalID", "may not be updated");
    }
}
