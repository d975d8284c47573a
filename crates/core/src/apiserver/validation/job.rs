//! Jobs, which are checked and kept only. Models pkg/apis/batch/validation, 1.37, without the policies of failure and success.

use ordinal_api::labels::Selector;
use ordinal_api::read::Read;
use ordinal_api::status::Cause;
use ordinal_api::value::text_map;
use serde_json::{Value, json};

use super::{Faults, IMMUTABLE, at, given, go, names, pod};

/// Validates a Job. Its selector is made by the server, unless somebody wants one of their own.
pub(super) fn job(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        faults.not_negative(format!("spec.{key}"), spec.get(key));
    }
    let mode = at(spec, &["completionMode"]);
    faults.one_of(
        "spec.completionMode",
        Some(mode),
        &["NonIndexed", "Indexed"],
    );
    if mode == "Indexed" && given(spec, "completions").is_none() {
        faults.required("spec.completions", "when completion mode is Indexed");
    }
    for key in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        if let Some(value) = given(spec, key).filter(|_| mode == "NonIndexed") {
            faults.invalid(
                format!("spec.{key}"),
                value,
                "requires indexed completion mode",
            );
        }
    }
    let template = at(spec, &["template"]);
    pod::template(template, "spec.template", &[], faults);
    let policy = at(template, &["spec", "restartPolicy"]);
    let field = "spec.template.spec.restartPolicy";
    match policy.as_str() {
        Some("OnFailure" | "Never") => {}
        Some("Always") => faults.required(field, "valid values: \"OnFailure\", \"Never\""),
        _ => faults.unsupported(field, policy, &["OnFailure", "Never"]),
    }
    if at(spec, &["manualSelector"]) != true {
        return;
    }
    let Some(selector) = given(spec, "selector") else {
        return faults.required("spec.selector", "");
    };
    names::selector(selector, "spec.selector", faults);
    let labels = at(template, &["metadata", "labels"]);
    if Selector::read(selector).is_ok_and(|s| !s.matches(&text_map(Some(labels)))) {
        let detail = "`selector` does not match template `labels`";
        faults.invalid("spec.template.metadata.labels", labels, detail);
    }
}

/// What may not change in a Job.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let (new, old) = (at(object, &["spec"]), at(old, &["spec"]));
    let mut kept = |key: &str, shown: &dyn Fn(&Value) -> String| {
        if at(new, &[key]) != at(old, &[key]) {
            let field = format!("spec.{key}");
            faults.add(Cause::invalid(field, &shown(at(new, &[key])), IMMUTABLE));
        }
    };
    let plain = |value: &Value| value.to_string();
    if at(new, &["completionMode"]) != "Indexed" {
        kept("completions", &plain);
    }
    kept("selector", &plain);
    kept("template", &|template| {
        let metadata = at(template, &["metadata"]).to_string();
        let metadata = metadata.trim_start_matches('{').trim_end_matches('}');
        let labels = if metadata.is_empty() || metadata == "null" {
            String::new()
        } else {
            format!("{metadata}}},")
        };
        let spec = go::print("PodSpec", at(template, &["spec"]), false);
        format!("{{{labels}\"Spec\":{spec}}}")
    });
    for key in [
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        kept(key, &plain);
    }
}

/// What the server adds to a new Job. Models pkg/registry/batch/job `generateSelector`.
pub(in crate::apiserver) fn generate_selector(raw: &mut Value, name: &str, uid: &str) {
    let Some(spec) = raw
        .get_mut("spec")
        .filter(|spec| spec["manualSelector"] != true)
    else {
        return;
    };
    let labels = &mut spec["template"]["metadata"]["labels"];
    for (key, value) in [("controller-uid", uid), ("job-name", name)] {
        labels[key] = json!(value);
        labels[format!("batch.kubernetes.io/{key}")] = json!(value);
    }
    spec["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
}
