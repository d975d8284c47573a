//! Budgets, quotas and classes of priority. Models kubectl `pkg/cmd/create`, v0.37.

use ordinal_api::labels::Operator;
use ordinal_api::{Quantity, Value};
use serde_json::{Map, json};

use super::generate::{Given, int_or_string};
use crate::Output;
use crate::selectors;

/// `create poddisruptionbudget`
pub(super) fn budget(given: &Given) -> Result<Value, Output> {
    let flag = |flag: &str| given.args.get(flag).filter(|text| !text.is_empty());
    let fault = |text: &str| Err(Output::error(text));
    let is_amount = |text: &str| {
        let digits = text.strip_suffix('%').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let Some(selector) = flag("selector") else {
        return fault("a selector must be specified");
    };
    let (key, amount) = match (flag("min-available"), flag("max-unavailable")) {
        (None, None) => return fault("one of min-available or max-unavailable must be specified"),
        (Some(_), Some(_)) => {
            return fault("min-available and max-unavailable cannot be both specified");
        }
        (Some(min), None) if !is_amount(min) => {
            return fault("invalid format specified for min-available");
        }
        (None, Some(max)) if !is_amount(max) => {
            return fault("invalid format specified for max-unavailable");
        }
        (Some(min), None) => ("minAvailable", min),
        (None, Some(max)) => ("maxUnavailable", max),
    };
    let mut spec = json!({ "selector": label_selector(selector).map_err(Output::error)? });
    spec[key] = int_or_string(amount);
    let status = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    Ok(json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": given.name},
        "spec": spec, "status": status,
    }))
}

/// Models apimachinery `metav1.ParseToLabelSelector`; a set of one value counts as that value.
fn label_selector(text: &str) -> Result<Value, String> {
    let read = selectors::labels(text)
        .map_err(|why| format!("couldn't parse the selector string \"{text}\": {why}"))?;
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for requirement in &read.match_expressions {
        let operator = match requirement.operator {
            Operator::In if requirement.values.len() == 1 => {
                labels.insert(requirement.key.to_string(), json!(requirement.values[0]));
                continue;
            }
            Operator::In => "In",
            Operator::NotIn if text.contains("!=") => {
                return Err("\"!=\" is not a valid label selector operator".to_owned());
            }
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            other => {
                let sign = if other == Operator::Gt { "gt" } else { "lt" };
                return Err(format!("\"{sign}\" isn't supported in label selectors"));
            }
        };
        let mut expression = json!({"key": requirement.key, "operator": operator});
        if !requirement.values.is_empty() {
            expression["values"] = json!(requirement.values);
        }
        expressions.push(expression);
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        selector["matchLabels"] = labels.into();
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    Ok(selector)
}

/// `create quota`
pub(super) fn quota(given: &Given) -> Result<Value, Output> {
    let list = |flag: &str| {
        let text = given.args.get(flag).filter(|text| !text.is_empty());
        text.into_iter().flat_map(|text| text.split(','))
    };
    let mut spec = json!({});
    for part in list("hard") {
        let Some((key, value)) = part.split_once('=').filter(|(_, v)| !v.contains('=')) else {
            return Err(Output::error(format!(
                "Invalid argument syntax {part}, expected <resource>=<value>"
            )));
        };
        let quantity = Quantity::parse(value).map_err(Output::error)?;
        spec["hard"][key] = json!(quantity.to_string());
    }
    for scope in list("scopes") {
        if scope.is_empty() {
            return Err(Output::error("invalid resource quota scope \"\""));
        }
        match spec["scopes"].as_array_mut() {
            Some(scopes) => scopes.push(json!(scope)),
            None => spec["scopes"] = json!([scope]),
        }
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": given.name}, "spec": spec, "status": {},
    }))
}

/// `create priorityclass`
pub(super) fn priority(given: &Given) -> Result<Value, Output> {
    let args = given.args;
    let mut object = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": given.name},
        "preemptionPolicy": args.get("preemption-policy").unwrap_or("PreemptLowerPriority"),
        "value": args.count("value").unwrap_or(0),
    });
    if let Some(description) = args.get("description").filter(|d| !d.is_empty()) {
        object["description"] = json!(description);
    }
    if args.has("global-default") {
        object["globalDefault"] = json!(true);
    }
    Ok(object)
}
