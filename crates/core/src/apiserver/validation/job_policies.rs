//! When a Job fails, when it succeeds, and when its Pods are replaced. Models pkg/apis/batch/validation
//! `validatePodFailurePolicy`, `validateSuccessPolicy` and `validatePodReplacementPolicy`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use serde_json::Value;

use super::containers::too_many;
use super::{Faults, at, given, list, names, text};

const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];

/// Validates the three policies.
pub(super) fn all(spec: &Value, path: &str, faults: &mut Faults) {
    let failure = given(spec, "podFailurePolicy");
    if let Some(policy) = failure {
        let path = format!("{path}.podFailurePolicy.rules");
        let rules = list(policy, "rules");
        too_many(rules, 20, path.clone(), faults);
        for (index, rule) in rules.iter().enumerate() {
            failure_rule(rule, spec, &format!("{path}[{index}]"), faults);
        }
    }
    if let Some(policy) = given(spec, "successPolicy") {
        let path = format!("{path}.successPolicy");
        if at(spec, &["completionMode"]) == "Indexed" {
            success(policy, spec, &format!("{path}.rules"), faults);
        } else {
            let detail = "requires indexed completion mode";
            faults.invalid_struct(&path, "SuccessPolicy", policy, detail);
        }
    }
    let supported: &[&str] = match failure {
        Some(_) => &["Failed"],
        None => &["Failed", "TerminatingOrFailed"],
    };
    let field = format!("{path}.podReplacementPolicy");
    faults.one_of(field, spec.get("podReplacementPolicy"), supported);
}

/// A word of a list that must be there, where what is missing is told with the list.
fn word(field: String, value: &Value, supported: &[&str], faults: &mut Faults) {
    if value.as_str().unwrap_or_default().is_empty() {
        let words: Vec<String> = supported.iter().map(|word| format!("{word:?}")).into_list();
        faults.required(field, &format!("valid values: [{}]", words.join(" ")));
    } else {
        faults.one_of(field, Some(value), supported);
    }
}

fn failure_rule(rule: &Value, spec: &Value, path: &str, faults: &mut Faults) {
    let (action, field) = (at(rule, &["action"]), format!("{path}.action"));
    if action != "FailIndex" {
        word(field, action, &ACTIONS, faults);
    } else if given(spec, "backoffLimitPerIndex").is_none() {
        let detail = "requires the backoffLimitPerIndex to be set";
        faults.invalid(field, action, detail);
    }
    let codes = given(rule, "onExitCodes");
    if let Some(codes) = codes {
        exit_codes(codes, spec, &format!("{path}.onExitCodes"), faults);
    }
    let conditions = list(rule, "onPodConditions");
    let field = format!("{path}.onPodConditions");
    too_many(conditions, 20, field.clone(), faults);
    for (index, pattern) in conditions.iter().enumerate() {
        let type_ = at(pattern, &["type"]);
        let wrong = names::qualified(type_.as_str().unwrap_or_default());
        faults.all(&format!("{field}[{index}].type"), type_, wrong);
        let field = format!("{field}[{index}].status");
        let words = ["False", "True", "Unknown"];
        word(field, at(pattern, &["status"]), &words, faults);
    }
    let detail = match (codes.is_some(), conditions.is_empty()) {
        (true, false) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, true) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    faults.add(Cause {
        reason: "FieldValueInvalid".into(),
        message: format!("Invalid value: {detail}"),
        field: path.to_owned(),
    });
}

fn exit_codes(codes: &Value, spec: &Value, path: &str, faults: &mut Faults) {
    let operator = at(codes, &["operator"]);
    word(
        format!("{path}.operator"),
        operator,
        &["In", "NotIn"],
        faults,
    );
    let pod = at(spec, &["template", "spec"]);
    if let Some(name) = given(codes, "containerName") {
        let known = ["containers", "initContainers"]
            .iter()
            .any(|key| list(pod, key).iter().any(|c| at(c, &["name"]) == name));
        if !known {
            let detail = "must be one of the container or initContainer names in the pod template";
            faults.invalid(format!("{path}.containerName"), name, detail);
        }
    }
    let field = format!("{path}.values");
    let values = list(codes, "values");
    let shown = at(codes, &["values"]);
    if values.is_empty() {
        faults.invalid(&field, shown, "at least one value is required");
    } else {
        too_many(values, 255, field.clone(), faults);
    }
    for (index, value) in values.iter().enumerate() {
        let field = format!("{field}[{index}]");
        if operator == "In" && value.as_i64() == Some(0) {
            faults.invalid(&field, value, "must not be 0 for the In operator");
        }
        if values[..index].contains(value) {
            faults.duplicate(field, value);
        }
    }
    let falls = |pair: &[Value]| pair[0].as_i64() > pair[1].as_i64();
    if values.windows(2).any(falls) {
        faults.invalid(field, shown, "must be ordered");
    }
}

fn success(policy: &Value, spec: &Value, path: &str, faults: &mut Faults) {
    let rules = list(policy, "rules");
    if rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        faults.required(path, detail);
    }
    too_many(rules, 20, path.to_owned(), faults);
    let all = super::number(spec, "completions");
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let (indexes, count) = (
            given(rule, "succeededIndexes"),
            given(rule, "succeededCount"),
        );
        if indexes.is_none() && count.is_none() {
            let detail = "at least one of succeededCount or succeededIndexes must be specified";
            faults.required(&path, detail);
        }
        let mut named = 0;
        if let Some(shown) = indexes {
            match intervals(text(rule, "succeededIndexes"), all) {
                Ok(total) => named = total,
                Err(why) => {
                    let detail = format!("error parsing succeededIndexes: {why}");
                    faults.invalid(format!("{path}.succeededIndexes"), shown, &detail);
                }
            }
        }
        let Some(count) = count else { continue };
        let field = format!("{path}.succeededCount");
        faults.not_negative(&field, Some(count));
        let mut at_most = |most: i64, what: &str| {
            if count.as_i64().is_some_and(|count| count > most) {
                let detail = format!("must be less than or equal to {most} (the number of {what})");
                faults.invalid(&field, count, &detail);
            }
        };
        at_most(all, "specified completions");
        if indexes.is_some() {
            at_most(named, "indexes in the specified succeededIndexes field");
        }
    }
}

/// How many indexes a text names. Models `validateIndexesFormat`.
pub(super) fn intervals(text: &str, completions: i64) -> Result<i64, String> {
    let (mut last, mut total) = (None, 0);
    for interval in text.split(',').filter(|_| !text.is_empty()) {
        let (first, end) = span(interval, completions)?;
        if let Some(last) = last.filter(|last| *last >= first) {
            return Err(falls(last, first));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

fn falls(last: i64, now: i64) -> String {
    format!("non-increasing order, previous: {last}, current: {now}")
}

/// The first and the last index of one interval. Models `parseIndexInterval`.
pub(super) fn span(interval: &str, completions: i64) -> Result<(i64, i64), String> {
    let limits: Vec<&str> = interval.split('-').into_list();
    if limits.len() > 2 {
        return Err(format!(
            "the fragment {interval:?} violates the requirement that an index interval can have at most two parts separated by '-'"
        ));
    }
    let index = |text: &str| match text.parse::<i64>() {
        Err(_) => Err(format!(
            "cannot convert string to integer for index: {text:?}"
        )),
        Ok(index) if index >= completions => Err(format!("too large index: {text:?}")),
        Ok(index) => Ok(index),
    };
    let first = index(limits[0])?;
    let end = match limits.get(1) {
        Some(end) => index(end)?,
        None => first,
    };
    if limits.len() > 1 && first >= end {
        return Err(falls(first, end));
    }
    Ok((first, end))
}
