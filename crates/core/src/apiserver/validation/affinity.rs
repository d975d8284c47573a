//! Where a Pod may run: affinity, spread, tolerations. Models pkg/apis/core/validation, 1.37.

use serde_json::{Value, json};

use super::{Faults, at, given, list, names, number, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
pub(super) const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Models `validateAffinity`.
pub(super) fn all(affinity: &Value, path: &str, faults: &mut Faults) {
    let nodes = at(affinity, &["nodeAffinity"]);
    if let Some(selector) = given(nodes, REQUIRED) {
        node_selector(selector, &format!("{path}.nodeAffinity.{REQUIRED}"), faults);
    }
    for (index, term) in list(nodes, PREFERRED).iter().enumerate() {
        let path = format!("{path}.nodeAffinity.{PREFERRED}[{index}]");
        weight(term, &path, faults);
        term_of_nodes(
            at(term, &["preference"]),
            &format!("{path}.preference"),
            false,
            faults,
        );
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let terms = at(affinity, &[kind]);
        for (index, term) in list(terms, REQUIRED).iter().enumerate() {
            term_of_pods(term, &format!("{path}.{kind}.{REQUIRED}[{index}]"), faults);
        }
        for (index, term) in list(terms, PREFERRED).iter().enumerate() {
            let path = format!("{path}.{kind}.{PREFERRED}[{index}]");
            weight(term, &path, faults);
            let inner = at(term, &["podAffinityTerm"]);
            term_of_pods(inner, &format!("{path}.podAffinityTerm"), faults);
        }
    }
}

fn weight(term: &Value, path: &str, faults: &mut Faults) {
    let weight = number(term, "weight");
    if !(1..=100).contains(&weight) {
        faults.invalid(
            format!("{path}.weight"),
            &json!(weight),
            "must be in the range 1-100",
        );
    }
}

/// Models `ValidateNodeSelector`.
pub(super) fn node_selector(selector: &Value, path: &str, faults: &mut Faults) {
    let terms = list(selector, "nodeSelectorTerms");
    if terms.is_empty() {
        let detail = "must have at least one node selector term";
        faults.required(format!("{path}.nodeSelectorTerms"), detail);
    }
    for (index, term) in terms.iter().enumerate() {
        term_of_nodes(
            term,
            &format!("{path}.nodeSelectorTerms[{index}]"),
            true,
            faults,
        );
    }
}

fn term_of_nodes(term: &Value, path: &str, check_values: bool, faults: &mut Faults) {
    for (index, requirement) in list(term, "matchExpressions").iter().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let values = list(requirement, "values");
        match text(requirement, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                faults.required(format!("{path}.values"), detail);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                faults.forbidden(format!("{path}.values"), detail);
            }
            "Gt" | "Lt" if values.len() != 1 => {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                faults.required(format!("{path}.values"), detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            operator => faults.invalid(
                format!("{path}.operator"),
                &json!(operator),
                "not a valid selector operator",
            ),
        }
        let key = text(requirement, "key");
        faults.all(&format!("{path}.key"), &json!(key), names::qualified(key));
        for (index, value) in values.iter().enumerate().filter(|_| check_values) {
            let details = names::label_value(value.as_str().unwrap_or_default());
            faults.all(&format!("{path}.values[{index}]"), value, details);
        }
    }
    for (index, requirement) in list(term, "matchFields").iter().enumerate() {
        let path = format!("{path}.matchFields[{index}]");
        match text(requirement, "operator") {
            "In" | "NotIn" => {
                if list(requirement, "values").len() != 1 {
                    let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                    faults.required(format!("{path}.values"), detail);
                }
            }
            operator => faults.invalid(
                format!("{path}.operator"),
                &json!(operator),
                "not a valid selector operator",
            ),
        }
        match text(requirement, "key") {
            "metadata.name" => {
                for (index, name) in list(requirement, "values").iter().enumerate() {
                    let details = names::dns_subdomain(name.as_str().unwrap_or_default());
                    faults.all(&format!("{path}.values[{index}]"), name, details);
                }
            }
            key => faults.invalid(
                format!("{path}.key"),
                &json!(key),
                "not a valid field selector key",
            ),
        }
    }
}

fn term_of_pods(term: &Value, path: &str, faults: &mut Faults) {
    for key in ["labelSelector", "namespaceSelector"] {
        if let Some(selector) = given(term, key) {
            names::selector(selector, &format!("{path}.{key}"), faults);
        }
    }
    for name in list(term, "namespaces") {
        let details = names::dns_label(name.as_str().unwrap_or_default());
        faults.all(&format!("{path}.namespace"), name, details);
    }
    label_keys(term, path, &["matchLabelKeys", "mismatchLabelKeys"], faults);
    let key = text(term, "topologyKey");
    if key.is_empty() {
        faults.required(format!("{path}.topologyKey"), "can not be empty");
    }
    faults.all(
        &format!("{path}.topologyKey"),
        &json!(key),
        names::qualified(key),
    );
}

fn label_keys(term: &Value, path: &str, keys: &[&str], faults: &mut Faults) {
    for key in keys {
        let labels = list(term, key);
        if labels.is_empty() {
            continue;
        }
        if given(term, "labelSelector").is_none() {
            let detail = "must not be specified when labelSelector is not set";
            faults.forbidden(format!("{path}.{key}"), detail);
            continue;
        }
        for (index, label) in labels.iter().enumerate() {
            let details = names::qualified(label.as_str().unwrap_or_default());
            faults.all(&format!("{path}.{key}[{index}]"), label, details);
        }
    }
    let selector = at(term, &["labelSelector"]);
    let mut seen: Vec<&str> = super::entries(selector, "matchLabels")
        .map(|(key, _)| key.as_str())
        .collect();
    for expression in list(selector, "matchExpressions") {
        let key = text(expression, "key");
        let place = list(term, "matchLabelKeys").iter().position(|k| k == key);
        if let Some(index) = place.filter(|_| seen.contains(&key)) {
            let detail = "exists in both matchLabelKeys and labelSelector";
            faults.invalid(format!("{path}[{index}]"), &json!(key), detail);
        }
        seen.push(key);
    }
    for (index, key) in list(term, "matchLabelKeys").iter().enumerate() {
        if list(term, "mismatchLabelKeys").contains(key) {
            let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
            faults.invalid(format!("{path}.matchLabelKeys[{index}]"), key, detail);
        }
    }
}

/// Models `validateTopologySpreadConstraints`.
pub(super) fn spread(spec: &Value, path: &str, faults: &mut Faults) {
    let constraints = list(spec, "topologySpreadConstraints");
    for (index, constraint) in constraints.iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        let positive = |key: &str, faults: &mut Faults| {
            let value = number(constraint, key);
            if value <= 0 {
                faults.invalid(
                    format!("{path}.{key}"),
                    &json!(value),
                    "must be greater than zero",
                );
            }
        };
        positive("maxSkew", faults);
        let (key, action) = (
            text(constraint, "topologyKey"),
            text(constraint, "whenUnsatisfiable"),
        );
        if key.is_empty() {
            faults.required(format!("{path}.topologyKey"), "can not be empty");
        }
        faults.one_of(
            format!("{path}.whenUnsatisfiable"),
            Some(&json!(action)),
            &["DoNotSchedule", "ScheduleAnyway"],
        );
        let again = |other: &Value| {
            text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action
        };
        if constraints[index + 1..].iter().any(again) {
            let field = format!("{path}.{{topologyKey, whenUnsatisfiable}}");
            faults.duplicate(field, &json!(format!("{{{key}, {action}}}")));
        }
        if given(constraint, "minDomains").is_some() {
            positive("minDomains", faults);
            if action != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                );
                faults.invalid(
                    format!("{path}.minDomains"),
                    at(constraint, &["minDomains"]),
                    &detail,
                );
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            faults.one_of(
                format!("{path}.{policy}"),
                constraint.get(policy),
                &["Honor", "Ignore"],
            );
        }
        label_keys(constraint, &path, &["matchLabelKeys"], faults);
        if let Some(selector) = given(constraint, "labelSelector") {
            names::selector(selector, &format!("{path}.labelSelector"), faults);
        }
    }
}

/// Models `ValidateTolerations`.
pub(super) fn tolerations(spec: &Value, path: &str, faults: &mut Faults) {
    for (index, toleration) in list(spec, "tolerations").iter().enumerate() {
        tolerate(toleration, &format!("{path}.tolerations[{index}]"), faults);
    }
}

fn tolerate(toleration: &Value, path: &str, faults: &mut Faults) {
    let text = |key: &str| text(toleration, key);
    let (key, operator, value, effect) =
        (text("key"), text("operator"), text("value"), text("effect"));
    let field = format!("{path}.operator");
    if !key.is_empty() {
        faults.all(&format!("{path}.key"), &json!(key), names::qualified(key));
    } else if operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        faults.invalid(&field, &json!(operator), detail);
    }
    if given(toleration, "tolerationSeconds").is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        faults.invalid(format!("{path}.effect"), &json!(effect), detail);
    }
    match operator {
        "" | "Equal" => {
            let details = names::label_value(value);
            if !details.is_empty() {
                faults.invalid(&field, &json!(value), &details.join(";"));
            }
        }
        "Exists" if !value.is_empty() => {
            faults.invalid(
                &field,
                &json!(value),
                "value must be empty when `operator` is 'Exists'",
            );
        }
        "Exists" => {}
        "Lt" | "Gt" => {
            faults.unsupported(&field, &json!(operator), &["Equal", "Exists", "Lt", "Gt"])
        }
        _ => faults.unsupported(&field, &json!(operator), &["Equal", "Exists"]),
    }
    if !effect.is_empty() {
        faults.one_of(format!("{path}.effect"), Some(&json!(effect)), &EFFECTS);
    }
}
