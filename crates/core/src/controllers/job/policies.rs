//! What a Job says about the ends of its Pods: which failures count, which end an index or the whole Job, and which
//! indexes are enough.
//!
//! Models pkg/controller/job/pod_failure_policy.go and success_policy.go, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::pod::{ContainerState, ContainerStatus, Pod};
use ordinal_api::{Object, Value, value};

use super::indexes::Indexes;

/// What a failure of a Pod means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// It counts towards no limit.
    pub(super) ignored: bool,
    /// Its index is not tried again.
    pub(super) fails_index: bool,
    /// The Job fails, with this message.
    pub(super) fails_job: Option<String>,
}

/// What the first rule that fits says of a Pod, should it have failed. Models `matchPodFailurePolicy`.
pub(super) fn verdict(spec: &Value, object: &Object, pod: &Pod) -> Verdict {
    let rules = value::at(spec, &["podFailurePolicy", "rules"]).and_then(Value::as_array);
    for (number, rule) in rules.into_iter().flatten().enumerate() {
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        let found = match rule.get("onExitCodes").filter(|codes| !codes.is_null()) {
            Some(codes) => exit_code(codes, pod).map(|(container, code)| {
                format!(
                    "Container {container} for pod {namespace}/{name} failed with exit code {code}"
                )
            }),
            None => condition(rule, pod)
                .map(|type_| format!("Pod {namespace}/{name} has condition {type_}")),
        };
        let Some(found) = found else { continue };
        let action = rule["action"].as_str().unwrap_or_default();
        let told = || format!("{found} matching {action} rule at index {number}");
        return Verdict {
            ignored: action == "Ignore",
            fails_index: action == "FailIndex",
            fails_job: (action == "FailJob").then(told),
        };
    }
    Verdict::default()
}

/// The first container that ended with a code that is meant. Models `matchOnExitCodes`.
fn exit_code<'p>(codes: &Value, pod: &'p Pod) -> Option<(&'p str, i32)> {
    let only = codes["containerName"].as_str();
    let values = codes["values"].as_array();
    let is_in = codes["operator"] == "In";
    let means = |code: i32| {
        let listed = values.into_iter().flatten().any(|value| *value == code);
        code != 0 && listed == is_in
    };
    let ended = |container: &'p ContainerStatus| match container.state {
        ContainerState::Terminated { exit_code, .. } => Some((container.name.as_str(), exit_code)),
        _ => None,
    };
    let status = &pod.status;
    let all = status.containers.iter().chain(&status.init_containers);
    let named = all.filter(|container| only.is_none_or(|only| container.name == only));
    named.filter_map(ended).find(|(_, code)| means(*code))
}

/// The type of the first condition of the Pod that is meant. Models `matchOnPodConditions`.
fn condition<'p>(rule: &Value, pod: &'p Pod) -> Option<&'p str> {
    let patterns = rule.get("onPodConditions").and_then(Value::as_array);
    let meant = |type_: &str, status: &str| {
        let mut all = patterns.into_iter().flatten();
        all.any(|pattern| pattern["type"] == type_ && pattern["status"] == status)
    };
    let mut all = pod.status.conditions.iter();
    let found = all.find(|c| meant(c.type_.as_str(), c.status.as_str()))?;
    Some(found.type_.as_str())
}

/// A rule of `successPolicy`.
#[derive(Clone, Debug, Default)]
pub(super) struct SuccessRule {
    /// The indexes that count; without them all do.
    indexes: Option<Indexes>,
    count: Option<u32>,
}

/// Reads `successPolicy`.
pub(super) fn success_rules(spec: &Value, completions: u32) -> Vec<SuccessRule> {
    let rules = value::at(spec, &["successPolicy", "rules"]).and_then(Value::as_array);
    let rule = |rule: &Value| SuccessRule {
        indexes: rule["succeededIndexes"]
            .as_str()
            .map(|text| Indexes::parse(text, completions)),
        count: super::view::number(rule, "succeededCount"),
    };
    rules.into_iter().flatten().map(rule).into_list()
}

/// Which rule is met by what has succeeded, in words. Models `matchSuccessPolicy`.
pub(super) fn met(rules: &[SuccessRule], succeeded: &Indexes) -> Option<String> {
    let is_met = |rule: &SuccessRule| match &rule.indexes {
        Some(wanted) => {
            let have = wanted.common(succeeded);
            let enough = rule.count.is_some_and(|count| have >= count);
            wanted.len() > 0 && (have == wanted.len() || enough)
        }
        None => rule.count.is_some_and(|count| succeeded.len() >= count),
    };
    let at = rules
        .iter()
        .position(|rule| succeeded.len() > 0 && is_met(rule))?;
    Some(format!("Matched rules at index {at}"))
}
