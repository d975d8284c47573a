//! StatefulSet, Deployment and ReplicaSet. Models pkg/apis/apps/validation, 1.37.

use ordinal_api::labels::Selector;
use ordinal_api::list::IntoList;
use ordinal_api::read::Read;
use ordinal_api::status::Cause;
use ordinal_api::value::text_map;
use serde_json::{Map, Value};

use crate::release::Release;

use super::{Faults, at, given, go, list, names, pod, storage, text};

const SELECTOR: &str = "LabelSelector";

/// Validates a StatefulSet; `update` leaves out what cannot change any more.
pub(super) fn stateful_set(object: &Value, update: bool, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let policy = at(spec, &["podManagementPolicy"]);
    if !matches!(policy.as_str(), Some("OrderedReady" | "Parallel")) {
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
    let claims = list(spec, "volumeClaimTemplates");
    for (index, claim) in claims.iter().enumerate().filter(|_| !update) {
        let path = format!("spec.volumeClaimTemplates[{index}].spec");
        storage::claim_spec(at(claim, &["spec"]), &path, faults);
    }
    faults.not_negative("spec.replicas", spec.get("replicas"));
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    faults.not_negative("spec.ordinals.start", at(spec, &["ordinals"]).get("start"));
    let service = text(spec, "serviceName");
    if !service.is_empty() && !update {
        faults.all(
            "spec.serviceName",
            at(spec, &["serviceName"]),
            names::dns_label(service),
        );
    }
    if !selector_and_template(spec, "statefulset", "", faults) {
        return template_rules(spec, "StatefulSet", faults);
    }
    // The controller gives its Pods these two names itself.
    let mut template = at(spec, &["template"]).clone();
    if let Some(pod) = template.get_mut("spec") {
        ordinal_api::value::overlay(pod, "hostname", None);
        ordinal_api::value::overlay(pod, "subdomain", None);
    }
    pod::template(&template, "spec.template", claims, faults);
    template_rules(spec, "StatefulSet", faults);
}

fn update_strategy(strategy: &Value, faults: &mut Faults) {
    let path = "spec.updateStrategy.rollingUpdate";
    let rolling = given(strategy, "rollingUpdate");
    match (text(strategy, "type"), rolling) {
        ("RollingUpdate", Some(rolling)) => {
            faults.not_negative(format!("{path}.partition"), rolling.get("partition"));
            if let Some(max) = given(rolling, "maxUnavailable") {
                let field = format!("{path}.maxUnavailable");
                positive(max, &field, faults);
                if amount(max) == 0 {
                    faults.invalid(&field, max, "cannot be 0");
                }
                at_most_all(max, &field, faults);
            }
        }
        ("OnDelete", Some(rolling)) => {
            let printed = go::print("RollingUpdateStatefulSetStrategy", rolling, false);
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            faults.add(Cause::invalid(path, &printed, detail));
        }
        ("RollingUpdate" | "OnDelete", None) => {}
        _ => faults.add(Cause::invalid(
            "spec.updateStrategy",
            &go::print("StatefulSetUpdateStrategy", strategy, false),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

/// Models `ValidatePositiveIntOrPercent`.
fn positive(value: &Value, field: &str, faults: &mut Faults) {
    match value.as_str() {
        Some(text) => faults.all(field, value, names::percent(text)),
        None => faults.not_negative(field, Some(value)),
    }
}

/// A count, or the number before the percent sign.
fn amount(value: &Value) -> i64 {
    let percent = value
        .as_str()
        .and_then(|text| text.trim_end_matches('%').parse().ok());
    percent.or(value.as_i64()).unwrap_or_default()
}

/// Models `IsNotMoreThan100Percent`.
fn at_most_all(value: &Value, field: &str, faults: &mut Faults) {
    let percent = value
        .as_str()
        .is_some_and(|text| names::percent(text).is_empty());
    if percent && amount(value) > 100 {
        faults.invalid(field, value, "must not be greater than 100%");
    }
}

/// The selector, and whether it matches the template. Returns whether the selector could be read.
fn selector_and_template(spec: &Value, what: &str, unreadable: &str, faults: &mut Faults) -> bool {
    let selector = given(spec, "selector");
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
            if empty {
                let detail = format!("empty selector is invalid for {what}");
                faults.invalid_struct("spec.selector", SELECTOR, selector, &detail);
                return true;
            }
            if !readable {
                faults.invalid_struct("spec.selector", SELECTOR, selector, unreadable);
                return false;
            }
        }
    }
    let matches = selector
        .and_then(|s| Selector::read(s).ok())
        .is_some_and(|s| s.matches(&text_map(Some(labels))));
    if readable && !matches {
        faults.invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        );
    }
    readable
}

fn template_rules(spec: &Value, kind: &str, faults: &mut Faults) {
    let pod_spec = at(spec, &["template", "spec"]);
    let policy = at(pod_spec, &["restartPolicy"]);
    if policy != "Always" {
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
    if selector_and_template(spec, "deployment", "invalid label selector", faults) {
        pod::template(at(spec, &["template"]), "spec.template", &[], faults);
        template_rules(spec, "ReplicaSet", faults);
    }
    let strategy = at(spec, &["strategy"]);
    let rolling = given(strategy, "rollingUpdate");
    match (text(strategy, "type"), rolling) {
        ("Recreate", Some(_)) => {
            let detail = "may not be specified when strategy `type` is 'Recreate'";
            faults.forbidden("spec.strategy.rollingUpdate", detail);
        }
        ("RollingUpdate", Some(rolling)) => {
            let path = "spec.strategy.rollingUpdate";
            let (max, surge) = (at(rolling, &["maxUnavailable"]), at(rolling, &["maxSurge"]));
            let field = format!("{path}.maxUnavailable");
            positive(max, &field, faults);
            positive(surge, &format!("{path}.maxSurge"), faults);
            if amount(max) == 0 && amount(surge) == 0 {
                faults.invalid(&field, max, "may not be 0 when `maxSurge` is 0");
            }
            at_most_all(max, &field, faults);
        }
        ("Recreate" | "RollingUpdate", None) => {}
        _ => faults.add(Cause::unsupported(
            "spec.strategy",
            &go::print("DeploymentStrategy", strategy, false),
            &["Recreate", "RollingUpdate"],
        )),
    }
    for key in [
        "minReadySeconds",
        "revisionHistoryLimit",
        "progressDeadlineSeconds",
    ] {
        faults.not_negative(format!("spec.{key}"), spec.get(key));
    }
    let deadline = at(spec, &["progressDeadlineSeconds"]);
    if deadline
        .as_i64()
        .is_some_and(|d| d <= super::number(spec, "minReadySeconds"))
    {
        faults.invalid(
            "spec.progressDeadlineSeconds",
            deadline,
            "must be greater than minReadySeconds",
        );
    }
}

/// Validates a ReplicaSet.
pub(super) fn replica_set(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    faults.not_negative("spec.replicas", spec.get("replicas"));
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    if selector_and_template(spec, "deployment", "invalid label selector", faults) {
        pod::template(at(spec, &["template"]), "spec.template", &[], faults);
        template_rules(spec, "ReplicaSet", faults);
    }
}

/// Validates a ReplicationController. Models pkg/apis/core/validation `ValidateReplicationControllerSpec`.
pub(super) fn replication_controller(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    let selector = at(spec, &["selector"]).as_object();
    let selector = selector.filter(|selector| !selector.is_empty());
    if selector.is_none() {
        faults.required("spec.selector", "");
    }
    faults.not_negative("spec.replicas", spec.get("replicas"));
    let Some(template) = given(spec, "template") else {
        return faults.required("spec.template", "");
    };
    let labels = at(template, &["metadata", "labels"]);
    let lacks = |(key, value): (&String, &Value)| labels.get(key) != Some(value);
    if selector.into_iter().flatten().any(lacks) {
        let detail = "`selector` does not match template `labels`";
        faults.invalid("spec.template.metadata.labels", labels, detail);
    }
    pod::template(template, "spec.template", &[], faults);
    template_rules(spec, "ReplicationController", faults);
}

/// Validates a DaemonSet.
pub(super) fn daemon_set(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let selector = at(spec, &["selector"]);
    let labels = at(spec, &["template", "metadata", "labels"]);
    let before = faults.len();
    names::selector(selector, "spec.selector", faults);
    let readable = Selector::read(selector)
        .ok()
        .filter(|_| faults.len() == before);
    // No selector selects nothing.
    if readable.is_some_and(|s| selector.is_null() || !s.matches(&text_map(Some(labels)))) {
        let detail = "`selector` does not match template `labels`";
        faults.invalid("spec.template.metadata.labels", labels, detail);
    }
    let empty = list(selector, "matchExpressions").is_empty()
        && at(selector, &["matchLabels"])
            .as_object()
            .is_none_or(Map::is_empty);
    if selector.is_object() && empty {
        let detail = "empty selector is invalid for daemonset";
        faults.invalid_struct("spec.selector", SELECTOR, selector, detail);
    }
    pod::template(at(spec, &["template"]), "spec.template", &[], faults);
    template_rules(spec, "DaemonSet", faults);
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"));
    let strategy = at(spec, &["updateStrategy"]);
    match (text(strategy, "type"), given(strategy, "rollingUpdate")) {
        ("RollingUpdate", Some(rolling)) => {
            let field = |key: &str| format!("spec.updateStrategy.rollingUpdate.{key}");
            let halves = ["maxUnavailable", "maxSurge"].map(|key| (key, at(rolling, &[key])));
            for (key, value) in halves {
                positive(value, &field(key), faults);
            }
            for (key, value) in halves {
                at_most_all(value, &field(key), faults);
            }
            let [(_, max), (_, surge)] = halves;
            match (amount(max), amount(surge)) {
                (0, 0) => {
                    faults.required(field("maxUnavailable"), "cannot be 0 when maxSurge is 0")
                }
                (0, _) | (_, 0) => {}
                _ => {
                    let detail = "may not be set when maxUnavailable is non-zero";
                    faults.invalid(field("maxSurge"), surge, detail);
                }
            }
        }
        ("RollingUpdate", None) => faults.required("spec.updateStrategy.rollingUpdate", ""),
        ("OnDelete", _) => {}
        _ => faults.add(Cause::unsupported(
            "spec.updateStrategy",
            &go::print("DaemonSetUpdateStrategy", strategy, false),
            &["RollingUpdate", "OnDelete"],
        )),
    }
    faults.not_negative(
        "spec.revisionHistoryLimit",
        spec.get("revisionHistoryLimit"),
    );
}

/// Validates a PodDisruptionBudget. Models pkg/apis/policy/validation, 1.37.
pub(super) fn budget(object: &Value, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let halves = ["minAvailable", "maxUnavailable"];
    if halves.iter().all(|key| given(spec, key).is_some()) {
        let printed = go::print("PodDisruptionBudgetSpec", spec, false);
        let detail = "minAvailable and maxUnavailable cannot be both set";
        faults.add(Cause::invalid("spec", &printed, detail));
    }
    for key in halves {
        if let Some(value) = given(spec, key) {
            let field = format!("spec.{key}");
            positive(value, &field, faults);
            at_most_all(value, &field, faults);
        }
    }
    if let Some(selector) = given(spec, "selector") {
        names::selector(selector, "spec.selector", faults);
    }
    faults.one_of(
        "spec.unhealthyPodEvictionPolicy",
        spec.get("unhealthyPodEvictionPolicy"),
        &["AlwaysAllow", "IfHealthyBudget"],
    );
}

/// What may not change in a StatefulSet.
pub(super) fn stateful_set_update(
    object: &Value,
    old: &Value,
    release: Release,
    faults: &mut Faults,
) {
    let (spec, old) = (at(object, &["spec"]), at(old, &["spec"]));
    let claims = |spec: &Value| {
        let all = list(spec, "volumeClaimTemplates").iter();
        all.map(|claim| {
            [
                at(claim, &["metadata"]).clone(),
                at(claim, &["spec"]).clone(),
            ]
        })
        .into_list()
    };
    if !release.immutable_set_by_field() {
        let may = release.set_history_limit_changes();
        let same = |key: &&str| at(spec, &[*key]) == at(old, &[*key]);
        let keys = ["selector", "serviceName", "podManagementPolicy"];
        let all = keys.iter().all(same) && (may || same(&"revisionHistoryLimit"));
        if !all || claims(spec) != claims(old) {
            let limit = if may { "'revisionHistoryLimit', " } else { "" };
            let detail = format!(
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
                 {limit}'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            );
            faults.forbidden("spec", &detail);
        }
        return;
    }
    let selector = at(spec, &["selector"]);
    if selector != at(old, &["selector"]) {
        faults.invalid_struct("spec.selector", SELECTOR, selector, super::IMMUTABLE);
    }
    if claims(spec) != claims(old) {
        let field = "spec.volumeClaimTemplates";
        let shown = faults.as_sent(field, at(spec, &["volumeClaimTemplates"]));
        let printed = match shown.as_array() {
            None => "null".to_owned(),
            Some(claims) => storage::go_claims(claims),
        };
        faults.add(Cause::invalid(field, &printed, super::IMMUTABLE));
    }
    for key in ["serviceName", "podManagementPolicy"] {
        let value = at(spec, &[key]);
        if value != at(old, &[key]) {
            faults.invalid(format!("spec.{key}"), value, super::IMMUTABLE);
        }
    }
}

/// What may not change in a Deployment or a ReplicaSet.
pub(super) fn selector_update(object: &Value, old: &Value, faults: &mut Faults) {
    let selector = at(object, &["spec", "selector"]);
    if selector != at(old, &["spec", "selector"]) {
        faults.invalid_struct("spec.selector", SELECTOR, selector, super::IMMUTABLE);
    }
}
