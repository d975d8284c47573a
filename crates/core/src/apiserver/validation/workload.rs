//! StatefulSet, Deployment and ReplicaSet. Models pkg/apis/apps/validation, 1.37.

use ordinal_api::labels::Selector;
use ordinal_api::status::Cause;
use ordinal_api::value::text_map;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Faults, at, list, names, pod, storage, text};

/// Validates a StatefulSet.
pub(super) fn stateful_set(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    for (index, claim) in list(spec, "volumeClaimTemplates").iter().enumerate() {
        storage::claim_spec(
            at(claim, &["spec"]),
            &format!("spec.volumeClaimTemplates[{index}].spec"),
            faults,
        );
    }
    if !matches!(
        text(spec, "podManagementPolicy"),
        "OrderedReady" | "Parallel"
    ) {
        let policy = at(spec, &["podManagementPolicy"]);
        faults.invalid(
            "spec.podManagementPolicy",
            policy,
            "must be 'OrderedReady' or 'Parallel'",
        );
    }
    update_strategy(at(spec, &["updateStrategy"]), faults);
    for half in ["whenDeleted", "whenScaled"] {
        let field = format!("spec.persistentVolumeClaimRetentionPolicy.{half}");
        faults.one_of(
            field,
            at(spec, &["persistentVolumeClaimRetentionPolicy"]).get(half),
            &["Retain", "Delete"],
        );
    }
    faults.not_negative("spec.replicas", spec.get("replicas"));
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    faults.not_negative("spec.ordinals.start", at(spec, &["ordinals"]).get("start"));
    if let Some(name) = spec
        .get("serviceName")
        .filter(|n| n.as_str().is_some_and(|n| !n.is_empty()))
    {
        faults.all(
            "spec.serviceName",
            name,
            names::dns_label(name.as_str().unwrap_or_default()),
        );
    }
    selector_and_template(spec, "statefulset", true, faults);
    template_spec(spec, "StatefulSet", faults);
}

fn update_strategy(strategy: &Value, faults: &mut Faults) {
    let go = |value: &Value| {
        let rolling = value
            .get("rollingUpdate")
            .map_or(Value::Null, go_rolling_update);
        // The server prints its own struct, in the order of its fields.
        format!(
            "{{\"Type\":{},\"RollingUpdate\":{rolling}}}",
            value.get("type").unwrap_or(&Value::Null)
        )
    };
    let rolling = strategy.get("rollingUpdate").filter(|r| !r.is_null());
    match text(strategy, "type") {
        "RollingUpdate" => {
            let Some(rolling) = rolling else { return };
            let path = "spec.updateStrategy.rollingUpdate";
            faults.not_negative(format!("{path}.partition"), rolling.get("partition"));
            if let Some(max) = rolling.get("maxUnavailable") {
                max_unavailable(max, &format!("{path}.maxUnavailable"), faults);
            }
        }
        "OnDelete" => {
            if let Some(rolling) = rolling {
                let printed = go_rolling_update_text(rolling);
                let detail = "only allowed for updateStrategy 'RollingUpdate'";
                faults.add(Cause::invalid(
                    "spec.updateStrategy.rollingUpdate",
                    &printed,
                    detail,
                ));
            }
        }
        _ => faults.add(Cause::invalid(
            "spec.updateStrategy",
            &go(strategy),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

fn go_rolling_update(rolling: &Value) -> Value {
    if rolling.is_null() {
        Value::Null
    } else {
        json!({"Partition": rolling.get("partition"), "MaxUnavailable": rolling.get("maxUnavailable")})
    }
}

fn go_rolling_update_text(rolling: &Value) -> String {
    let field = |key: &str| rolling.get(key).unwrap_or(&Value::Null).to_string();
    format!(
        "{{\"Partition\":{},\"MaxUnavailable\":{}}}",
        field("partition"),
        field("maxUnavailable")
    )
}

fn max_unavailable(max: &Value, field: &str, faults: &mut Faults) {
    match max {
        Value::String(percent) => match percent.strip_suffix('%').and_then(|p| p.parse::<i64>().ok()) {
            Some(0) => faults.invalid(field, max, "cannot be 0"),
            Some(p) if p > 100 => faults.invalid(field, max, "must not be greater than 100%"),
            Some(_) => {}
            None => faults.invalid(field, max, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"),
        },
        Value::Number(n) if n.as_i64() == Some(0) => faults.invalid(field, max, "cannot be 0"),
        _ => faults.not_negative(field, Some(max)),
    }
}

/// The selector, and whether it matches the template.
fn selector_and_template(spec: &Value, what: &str, empty_matters: bool, faults: &mut Faults) {
    let selector = spec.get("selector").filter(|s| !s.is_null());
    let labels = at(spec, &["template", "metadata", "labels"]);
    let mut readable = true;
    match selector {
        None => faults.required("spec.selector", ""),
        Some(selector) => {
            let before = faults.0.len();
            names::selector(selector, "spec.selector", faults);
            readable = faults.0.len() == before;
            let empty = list(selector, "matchExpressions").is_empty()
                && at(selector, &["matchLabels"])
                    .as_object()
                    .is_none_or(Map::is_empty);
            if empty && empty_matters {
                faults.invalid(
                    "spec.selector",
                    selector,
                    &format!("empty selector is invalid for {what}"),
                );
                return;
            }
            if !readable {
                faults.invalid("spec.selector", selector, "");
            }
        }
    }
    let matches = selector
        .and_then(|s| Selector::deserialize(s).ok())
        .is_some_and(|s| s.matches(&text_map(Some(labels))));
    if readable && !matches {
        faults.invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        );
    }
}

fn template_spec(spec: &Value, kind: &str, faults: &mut Faults) {
    let template = at(spec, &["template"]);
    names::labels(
        at(template, &["metadata", "labels"]),
        "spec.template.labels",
        faults,
    );
    let pod_spec = at(template, &["spec"]);
    let claims = list(spec, "volumeClaimTemplates");
    pod::spec(pod_spec, "spec.template.spec", Some(claims), faults);
    let policy = at(pod_spec, &["restartPolicy"]);
    if policy != "Always" && matches!(policy.as_str(), Some("OnFailure" | "Never")) {
        faults.add(Cause::unsupported(
            "spec.template.spec.restartPolicy",
            &policy.to_string(),
            &["Always"],
        ));
    }
    if pod_spec
        .get("activeDeadlineSeconds")
        .is_some_and(|d| !d.is_null())
    {
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        faults.add(Cause::forbidden(
            "spec.template.spec.activeDeadlineSeconds",
            &detail,
        ));
    }
}

/// Validates a Deployment.
pub(super) fn deployment(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    faults.not_negative("spec.replicas", spec.get("replicas"));
    selector_and_template(spec, "deployment", true, faults);
    template_spec(spec, "Deployment", faults);
    let strategy = at(spec, &["strategy"]);
    let rolling = strategy.get("rollingUpdate").filter(|r| !r.is_null());
    match text(strategy, "type") {
        "Recreate" => {
            if rolling.is_some() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                faults.add(Cause::forbidden("spec.strategy.rollingUpdate", detail));
            }
        }
        "RollingUpdate" => {
            let rolling = rolling.unwrap_or(&Value::Null);
            for key in ["maxUnavailable", "maxSurge"] {
                faults.not_negative(
                    format!("spec.strategy.rollingUpdate.{key}"),
                    rolling.get(key),
                );
            }
            let is_zero = |key: &str| matches!(rolling.get(key), Some(v) if *v == json!(0) || *v == json!("0%"));
            if is_zero("maxUnavailable") && is_zero("maxSurge") {
                let detail = "may not be 0 when `maxSurge` is 0";
                faults.invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    at(rolling, &["maxUnavailable"]),
                    detail,
                );
            }
        }
        _ => faults.one_of(
            "spec.strategy.type",
            strategy.get("type"),
            &["Recreate", "RollingUpdate"],
        ),
    }
    for key in [
        "minReadySeconds",
        "revisionHistoryLimit",
        "progressDeadlineSeconds",
    ] {
        faults.not_negative(format!("spec.{key}"), spec.get(key));
    }
}

/// Validates a ReplicaSet.
pub(super) fn replica_set(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    faults.not_negative("spec.replicas", spec.get("replicas"));
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    selector_and_template(spec, "deployment", true, faults);
    template_spec(spec, "ReplicaSet", faults);
}

/// What may not change in a StatefulSet.
pub(super) fn stateful_set_update(object: &Value, old: &Value, faults: &mut Faults) {
    let (spec, old) = (at(object, &["spec"]), at(old, &["spec"]));
    for key in ["serviceName", "selector", "podManagementPolicy"] {
        if at(spec, &[key]) != at(old, &[key]) {
            faults.invalid(
                format!("spec.{key}"),
                at(spec, &[key]),
                "field is immutable",
            );
        }
    }
    let claims = |spec: &Value| {
        list(spec, "volumeClaimTemplates")
            .iter()
            .map(|c| {
                (
                    at(c, &["metadata", "name"]).clone(),
                    at(c, &["spec"]).clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    if claims(spec) != claims(old) {
        let printed = storage::go_claims(list(spec, "volumeClaimTemplates"));
        faults.add(Cause::invalid(
            "spec.volumeClaimTemplates",
            &printed,
            "field is immutable",
        ));
    }
}

/// What may not change in a Deployment or a ReplicaSet.
pub(super) fn selector_update(object: &Value, old: &Value, faults: &mut Faults) {
    let selector = at(object, &["spec", "selector"]);
    if selector != at(old, &["spec", "selector"]) {
        faults.invalid("spec.selector", selector, "field is immutable");
    }
}
