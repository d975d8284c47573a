//! LimitRanges and ResourceQuotas. Models pkg/apis/core/validation, 1.37.

use ordinal_api::sorted::SortedMap;
use ordinal_api::{Quantity, Value};
use serde_json::json;

use super::resources::{known_name, resource_name};
use super::{Faults, IMMUTABLE, at, entries, list, names, quantity, text};

/// Resources of which there are whole numbers only. Models `helper.integerResources`.
const WHOLE: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
const SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

/// Validates a LimitRange.
pub(super) fn range(object: &Value, faults: &mut Faults) {
    let mut types: Vec<&str> = Vec::new();
    for (index, limit) in list(at(object, &["spec"]), "limits").iter().enumerate() {
        let path = format!("spec.limits[{index}]");
        let type_ = text(limit, "type");
        let field = format!("{path}.type");
        let wrong = names::qualified(type_);
        let known = ["Pod", "Container", "PersistentVolumeClaim"].contains(&type_);
        if !wrong.is_empty() {
            faults.all(&field, &json!(type_), wrong);
        } else if !known && !type_.contains('/') {
            faults.invalid(
                &field,
                &json!(type_),
                "must be a standard limit type or fully qualified",
            );
        }
        if types.contains(&type_) {
            faults.duplicate(&field, &json!(type_));
        }
        types.push(type_);
        let amounts = |key: &str, faults: &mut Faults| -> SortedMap<String, Quantity> {
            let mut found = SortedMap::new();
            for (name, value) in entries(limit, key) {
                let field = format!("{path}.{key}[{name}]");
                if matches!(type_, "Pod" | "Container") {
                    resource_name(name, &field, faults);
                } else {
                    known_name(name, &field, faults);
                }
                found.insert(name.clone(), quantity(value).unwrap_or_default());
            }
            found
        };
        let (most, least) = (amounts("max", faults), amounts("min", faults));
        let (mut usual, mut asked) = (SortedMap::new(), SortedMap::new());
        if type_ == "Pod" {
            for key in ["default", "defaultRequest"] {
                if entries(limit, key).next().is_some() {
                    faults.forbidden(
                        format!("{path}.{key}"),
                        "may not be specified when `type` is 'Pod'",
                    );
                }
            }
        } else {
            usual = amounts("default", faults);
            asked = amounts("defaultRequest", faults);
        }
        if type_ == "PersistentVolumeClaim"
            && !most.contains_key("storage")
            && !least.contains_key("storage")
        {
            let detail =
                "either minimum or maximum storage value is required, but neither was provided";
            faults.required(format!("{path}.limits"), detail);
        }
        let ratios = amounts("maxLimitRequestRatio", faults);
        let mut names: Vec<&String> = [&most, &least, &usual, &asked, &ratios]
            .iter()
            .flat_map(|map| map.iter().map(|(name, _)| name))
            .collect();
        ordinal_api::sorted::sort(&mut names);
        names.dedup();
        for name in names {
            let (most, least) = (most.get(name), least.get(name));
            let (usual, asked) = (usual.get(name), asked.get(name));
            // The smaller one, the larger one, where it is told, which value is shown, and the words.
            let pairs = [
                (least, most, "min", least, "min value", "max value"),
                (
                    least,
                    asked,
                    "defaultRequest",
                    asked,
                    "min value",
                    "default request value",
                ),
                (
                    asked,
                    most,
                    "defaultRequest",
                    asked,
                    "default request value",
                    "max value",
                ),
                (
                    asked,
                    usual,
                    "defaultRequest",
                    asked,
                    "default request value",
                    "default limit value",
                ),
                (least, usual, "default", least, "min value", "default value"),
                (usual, most, "default", most, "default value", "max value"),
            ];
            for (small, large, key, shown, of_small, of_large) in pairs {
                if let (Some(small), Some(large), Some(shown)) = (small, large, shown)
                    && small > large
                {
                    let detail = format!(
                        "{of_small} {} is greater than {of_large} {}",
                        small.canonical(),
                        large.canonical()
                    );
                    faults.invalid(
                        format!("{path}.{key}[{name}]"),
                        &json!(shown.canonical()),
                        &detail,
                    );
                }
            }
            let Some(ratio) = ratios.get(name) else {
                continue;
            };
            let field = format!("{path}.maxLimitRequestRatio[{name}]");
            let shown = json!(ratio.canonical());
            if ratio.milli() < 1000 {
                faults.invalid(
                    &field,
                    &shown,
                    &format!("ratio {} is less than 1", ratio.canonical()),
                );
            }
            if let (Some(least), Some(most)) = (least, most)
                && least.milli() > 0
                && ratio.milli().saturating_mul(least.milli()) > most.milli().saturating_mul(1000)
            {
                let micro = most.milli().saturating_mul(1_000_000) / least.milli();
                let detail = format!(
                    "ratio {} is greater than max/min = {}.{:06}",
                    ratio.canonical(),
                    micro / 1_000_000,
                    micro % 1_000_000
                );
                faults.invalid(&field, &shown, &detail);
            }
        }
    }
}

/// Whether a quota can count a resource of this name. Models `IsStandardQuotaResourceName`.
fn of_quota(name: &str) -> bool {
    let plain = name
        .strip_prefix("requests.")
        .or(name.strip_prefix("limits."))
        .unwrap_or(name);
    WHOLE.contains(&name)
        || name == "requests.storage"
        || matches!(plain, "cpu" | "memory" | "ephemeral-storage")
        || plain.starts_with("hugepages-")
}

/// Whether a scope says anything about a resource. Models `IsResourceQuotaScopeValidForResource`.
fn applies(scope: &str, resource: &str) -> bool {
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => {
            matches!(resource, "persistentvolumeclaims" | "requests.storage")
        }
        known if SCOPES.contains(&known) => {
            let plain = resource
                .strip_prefix("requests.")
                .or(resource.strip_prefix("limits."))
                .unwrap_or(resource);
            resource == "pods" || matches!(plain, "cpu" | "memory")
        }
        _ => true,
    }
}

/// Validates a ResourceQuota.
pub(super) fn quota(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    amounts(spec, "spec.hard", faults);
    scopes(spec, old, object, faults);
}

/// Validates what a quota is said to have and to have given.
pub(super) fn told(status: &Value, faults: &mut Faults) {
    amounts(status, "status.hard", faults);
    amounts(status, "status.used", faults);
}

/// Amounts by their names, below the last part of a path.
fn amounts(of: &Value, path: &str, faults: &mut Faults) {
    let (_, key) = path.split_once('.').unwrap_or_default();
    for (name, value) in entries(of, key) {
        let field = format!("{path}[{name}]");
        known_name(name, &field, faults);
        if !name.contains('/') && !of_quota(name) {
            let detail = "must be a standard resource for quota";
            faults.invalid(&field, &json!(name), detail);
        }
        let Some(amount) = quantity(value) else {
            continue;
        };
        let shown = json!(amount.canonical());
        if amount.milli() < 0 {
            faults.invalid(&field, &shown, super::NOT_NEGATIVE);
        }
        let extended = name.contains('/')
            && !name.contains("kubernetes.io/")
            && !name.starts_with("requests.");
        if (WHOLE.contains(&name.as_str()) || extended) && amount.milli() % 1000 != 0 {
            faults.invalid(&field, &shown, "must be an integer");
        }
    }
}

/// What a quota counts.
fn scopes(spec: &Value, old: Option<&Value>, object: &Value, faults: &mut Faults) {
    let scopes = list(spec, "scopes");
    let has = |scope: &str| scopes.iter().any(|s| s == scope);
    for scope in scopes {
        let name = scope.as_str().unwrap_or_default();
        if !SCOPES.contains(&name) {
            faults.invalid("spec.scopes", &json!(scopes), "unsupported scope");
        }
        for (resource, _) in entries(spec, "hard") {
            if of_quota(resource) && !applies(name, resource) {
                faults.invalid(
                    "spec.scopes",
                    &json!(scopes),
                    "unsupported scope applied to resource",
                );
            }
        }
    }
    for (one, other) in [
        ("BestEffort", "NotBestEffort"),
        ("NotTerminating", "Terminating"),
    ] {
        if has(one) && has(other) {
            faults.invalid("spec.scopes", &json!(scopes), "conflicting scopes");
        }
    }
    for requirement in list(at(spec, &["scopeSelector"]), "matchExpressions") {
        let field = "spec.scopeSelector.matchExpressions";
        let name = text(requirement, "scopeName");
        if !SCOPES.contains(&name) {
            faults.invalid(
                format!("{field}.scopeName"),
                &json!(name),
                "unsupported scope",
            );
        }
        let values = list(requirement, "values");
        let only_exists =
            SCOPES.contains(&name) && !matches!(name, "PriorityClass" | "VolumeAttributesClass");
        if only_exists && text(requirement, "operator") != "Exists" {
            let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            let operator = json!(text(requirement, "operator"));
            faults.invalid(format!("{field}.operator"), &operator, detail);
        }
        match text(requirement, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                faults.required(format!("{field}.values"), detail);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                faults.invalid(format!("{field}.values"), &json!(values), detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            operator => faults.invalid(
                format!("{field}.operator"),
                &json!(operator),
                "not a valid selector operator",
            ),
        }
    }
    if let Some(old) = old {
        let sorted = |object: &Value| {
            let mut scopes: Vec<String> = list(at(object, &["spec"]), "scopes")
                .iter()
                .map(Value::to_string)
                .collect();
            ordinal_api::sorted::sort(&mut scopes);
            scopes.dedup();
            scopes
        };
        if sorted(old) != sorted(object) {
            faults.invalid("spec.scopes", at(spec, &["scopes"]), IMMUTABLE);
        }
    }
}
