//! Jobs. Models pkg/apis/batch/validation, 1.37.
//!
//! * this file: a Job's specification, its selector and what may not change
//! * `job_policies`: when it fails and when it succeeds

use ordinal_api::labels::Selector;
use ordinal_api::read::Read;
use ordinal_api::value::{overlay, text_map};
use serde_json::{Value, json};

use super::{Faults, IMMUTABLE, at, given, job_policies, list, names, pod, text};

const MODES: [&str; 2] = ["NonIndexed", "Indexed"];
/// From so many completions on an index is expensive to keep.
const MANY: i64 = 100_000;

/// Validates a Job. Its selector is made by the server, unless somebody wants one of their own.
pub(super) fn job(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    generated_selector(object, faults);
    specification(spec, "spec", faults);
    let template = at(spec, &["template"]);
    match given(spec, "selector") {
        Some(selector) => {
            names::selector(selector, "spec.selector", faults);
            let labels = at(template, &["metadata", "labels"]);
            if Selector::read(selector).is_ok_and(|s| !s.matches(&text_map(Some(labels)))) {
                let detail = "`selector` does not match template `labels`";
                faults.invalid("spec.template.metadata.labels", labels, detail);
            }
        }
        None => {
            faults.required("spec.selector", "");
            // No selector selects nothing.
            let labels = at(template, &["metadata", "labels"]);
            let detail = "`selector` does not match template `labels`";
            faults.invalid("spec.template.metadata.labels", labels, detail);
        }
    }
    let count = number(spec, "completions").filter(|count| *count > 0);
    if at(spec, &["completionMode"]) == "Indexed"
        && let Some(count) = count
    {
        let name = at(object, &["metadata", "name"]);
        let host = format!("{}-{}", name.as_str().unwrap_or_default(), count - 1);
        if !names::dns_label(&host).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {host}");
            faults.invalid("metadata.name", name, &detail);
        }
    }
}

/// Models `validateGeneratedSelector`.
fn generated_selector(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let Some(selector) = given(spec, "selector").filter(|_| spec["manualSelector"] != true) else {
        return;
    };
    let metadata = at(object, &["metadata"]);
    let wanted = wanted(text(metadata, "name"), text(metadata, "uid"));
    let labels = at(spec, &["template", "metadata", "labels"]);
    for (key, value) in &wanted {
        match labels.get(*key).and_then(Value::as_str) {
            None => {
                let field = format!("spec.template.metadata.labels[{key}]");
                faults.required(field, &format!("must be '{value}'"));
            }
            Some(found) if found != *value => {
                let field = format!("spec.template.metadata.labels[{key}]");
                faults.invalid(field, labels, &format!("must be '{value}'"));
            }
            Some(_) => {}
        }
    }
    let made: Value = wanted
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    if Selector::read(selector).is_ok_and(|s| !s.matches(&text_map(Some(&made)))) {
        let detail = "`selector` not auto-generated";
        faults.invalid_struct("spec.selector", "LabelSelector", selector, detail);
    }
}

/// The labels that the server gives the Pods of a Job, in the order in which they are looked at.
fn wanted<'a>(name: &'a str, uid: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ]
}

fn number(spec: &Value, key: &str) -> Option<i64> {
    spec.get(key).and_then(Value::as_i64)
}

/// Validates what a Job and the template of a CronJob have in common. Models `validateJobSpec`.
pub(super) fn specification(spec: &Value, path: &str, faults: &mut Faults) {
    let field = |key: &str| format!("{path}.{key}");
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        faults.not_negative(field(key), spec.get(key));
    }
    let per_index = given(spec, "backoffLimitPerIndex");
    let most_failed = given(spec, "maxFailedIndexes");
    if most_failed.is_some() && per_index.is_none() {
        let detail = "when maxFailedIndexes is specified";
        faults.required(field("backoffLimitPerIndex"), detail);
    }
    if let Some(manager) = given(spec, "managedBy") {
        managed_by(manager, field("managedBy"), faults);
    }
    let mode = at(spec, &["completionMode"]);
    faults.one_of(field("completionMode"), Some(mode), &MODES);
    if mode == "Indexed" {
        indexed(spec, path, faults);
    }
    if mode.is_null() || mode == "NonIndexed" {
        for (key, value) in [
            ("backoffLimitPerIndex", per_index),
            ("maxFailedIndexes", most_failed),
        ] {
            if let Some(value) = value {
                faults.invalid(field(key), value, "requires indexed completion mode");
            }
        }
    }
    job_policies::all(spec, path, faults);
    let template = at(spec, &["template"]);
    pod::template(template, &field("template"), &[], faults);
    let policy = at(template, &["spec", "restartPolicy"]);
    let field = field("template.spec.restartPolicy");
    match policy.as_str() {
        Some("Never") => {}
        Some("OnFailure") if given(spec, "podFailurePolicy").is_some() => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            faults.invalid(field, policy, detail);
        }
        Some("OnFailure") => {}
        None | Some("" | "Always") => {
            faults.required(field, "valid values: \"OnFailure\", \"Never\"")
        }
        _ => faults.unsupported(field, policy, &["OnFailure", "Never"]),
    }
}

fn indexed(spec: &Value, path: &str, faults: &mut Faults) {
    let field = |key: &str| format!("{path}.{key}");
    let completions = number(spec, "completions");
    if completions.is_none() {
        faults.required(field("completions"), "when completion mode is Indexed");
    }
    let at_most = |key: &str, most: i64, then: &str, faults: &mut Faults| {
        if number(spec, key).is_some_and(|n| n > most) {
            let detail = format!("must be less than or equal to {most}{then}");
            faults.invalid(field(key), &spec[key], &detail);
        }
    };
    let then = " when completion mode is Indexed";
    at_most("parallelism", MANY, then, faults);
    let failed = number(spec, "maxFailedIndexes");
    if failed.is_some_and(|failed| completions.is_some_and(|all| failed > all)) {
        let detail = "must be less than or equal to completions";
        faults.invalid(field("maxFailedIndexes"), &spec["maxFailedIndexes"], detail);
    }
    at_most("maxFailedIndexes", MANY, "", faults);
    if completions.is_some_and(|all| all > MANY) && given(spec, "backoffLimitPerIndex").is_some() {
        if failed.is_none() {
            let detail = "must be specified when completions is above 100000";
            faults.required(field("maxFailedIndexes"), detail);
        }
        let then = " when completions are above 100000 and used with backoff limit per index";
        for key in ["parallelism", "maxFailedIndexes"] {
            at_most(key, 10_000, then, faults);
        }
    }
}

/// Models apimachinery `IsDomainPrefixedPath`.
fn managed_by(manager: &Value, field: String, faults: &mut Faults) {
    let name = manager.as_str().unwrap_or_default();
    match name.split_once('/') {
        _ if name.is_empty() => faults.required(&field, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            let wrong = names::dns_subdomain(domain);
            faults.all(&field, &json!(domain), wrong);
            let fits = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
            if !rest.chars().all(fits) {
                let detail = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
                faults.invalid(&field, &json!(rest), detail);
            }
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            faults.invalid(&field, manager, detail);
        }
    }
    if name.len() > 63 {
        faults.too_long(field, 63);
    }
}

/// What may not change in a Job.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let (new, before) = (at(object, &["spec"]), at(old, &["spec"]));
    let kept = |key: &str, type_: &str, faults: &mut Faults| {
        let (mine, was) = (at(new, &[key]), at(before, &[key]));
        let field = format!("spec.{key}");
        match type_ {
            _ if mine == was => {}
            "" => faults.invalid(field, mine, IMMUTABLE),
            type_ => faults.invalid_struct(&field, type_, mine, IMMUTABLE),
        }
    };
    if at(new, &["completionMode"]) == "Indexed" {
        let all = at(new, &["completions"]);
        if !all.is_null() && all != at(before, &["completions"]) && all != at(new, &["parallelism"])
        {
            let detail = "can only be modified in tandem with spec.parallelism";
            faults.invalid("spec.completions", all, detail);
        }
    } else {
        kept("completions", "", faults);
    }
    kept("selector", "LabelSelector", faults);
    template(new, before, old, faults);
    kept("completionMode", "", faults);
    kept("podFailurePolicy", "PodFailurePolicy", faults);
    kept("backoffLimitPerIndex", "", faults);
    kept("managedBy", "", faults);
    kept("successPolicy", "SuccessPolicy", faults);
}

/// The template stays; of a suspended Job that does not run it may still be said where its Pods go and what they ask for.
/// Models `validatePodTemplateUpdate`.
fn template(new: &Value, before: &Value, old: &Value, faults: &mut Faults) {
    let template = at(new, &["template"]);
    let was = at(before, &["template"]);
    let status = at(old, &["status"]);
    let suspended = list(status, "conditions").iter().any(|condition| {
        text(condition, "type") == "Suspended" && text(condition, "status") == "True"
    });
    let never_ran = given(status, "startTime").is_none();
    let idle = number(status, "active").unwrap_or(0) == 0;
    if before["suspend"] == true && (never_ran || suspended) && idle {
        let mine = at(template, &["spec"]);
        if *mine != directed(at(was, &["spec"]), mine) {
            faults.invalid_struct("spec.template.spec", "PodSpec", mine, IMMUTABLE);
        }
    } else if template != was {
        faults.invalid_struct("spec.template", "PodTemplateSpec", template, IMMUTABLE);
    }
}

/// A specification with what another one says of the places and the amounts.
fn directed(was: &Value, mine: &Value) -> Value {
    let mut was = was.clone();
    let nodes = given(at(mine, &["affinity"]), "nodeAffinity").cloned();
    let mut affinity = was.get("affinity").cloned().unwrap_or_default();
    overlay(&mut affinity, "nodeAffinity", nodes);
    let nothing = affinity.as_object().is_none_or(serde_json::Map::is_empty);
    let kept = (!nothing || given(mine, "affinity").is_some()).then_some(affinity);
    overlay(&mut was, "affinity", kept);
    for key in ["nodeSelector", "tolerations", "schedulingGates"] {
        overlay(&mut was, key, given(mine, key).cloned());
    }
    for key in ["containers", "initContainers"] {
        let mine = list(mine, key);
        let items = was.get_mut(key).and_then(Value::as_array_mut);
        for items in items.into_iter().filter(|items| items.len() == mine.len()) {
            for (was, mine) in items.iter_mut().zip(mine) {
                if was["name"] == mine["name"] {
                    overlay(was, "resources", given(mine, "resources").cloned());
                }
            }
        }
    }
    was
}

/// What the server adds to a new Job. Models pkg/registry/batch/job `generateSelector`.
pub(in crate::apiserver) fn generate_selector(object: &mut Value, name: &str, uid: &str) {
    let Some(spec) = object
        .get_mut("spec")
        .filter(|spec| spec["manualSelector"] != true)
    else {
        return;
    };
    let labels = &mut spec["template"]["metadata"]["labels"];
    for (key, value) in wanted(name, uid) {
        if labels.get(key).is_none() {
            labels[key] = json!(value);
        }
    }
    let made = &mut spec["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"];
    if made.is_null() {
        *made = json!(uid);
    }
}
