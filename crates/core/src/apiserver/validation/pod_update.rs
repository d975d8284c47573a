//! What may change in a Pod. Models pkg/apis/core/validation `ValidatePodUpdate`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use ordinal_api::value::{self, overlay};
use serde_json::{Value, json};

use super::{Faults, affinity, at, diff, given, go, list, text};

const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Fields with rules of their own.
const OWN: [&str; 3] = ["activeDeadlineSeconds", "schedulingGates", "tolerations"];

/// What may change in a Pod. Models `ValidatePodUpdate`.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let (new, old) = (at(object, &["spec"]), at(old, &["spec"]));
    for key in ["containers", "initContainers"] {
        if list(new, key).len() != list(old, key).len() {
            let detail = "pod updates may not add or remove containers";
            faults.forbidden(format!("spec.{key}"), detail);
            return;
        }
        for (index, container) in list(new, key).iter().enumerate() {
            let image = text(container, "image");
            let field = format!("spec.{key}[{index}].image");
            if image.is_empty() {
                faults.required(&field, "");
            }
            if image.trim() != image {
                faults.invalid(
                    field,
                    &json!(image),
                    "must not have leading or trailing whitespace",
                );
            }
        }
    }
    if deadline(new, old, faults) {
        return;
    }
    only_added_tolerations(new, old, faults);
    let gates = list(old, "schedulingGates");
    for (index, gate) in list(new, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        if !gates.iter().any(|old| text(old, "name") == name) {
            let detail =
                format!("only deletion is allowed, but found new scheduling gate '{name}'");
            faults.forbidden(format!("spec.schedulingGates[{index}].name"), &detail);
        }
    }
    let mut munged = new.clone();
    for key in ["containers", "initContainers"] {
        let mine = munged.get_mut(key).and_then(Value::as_array_mut);
        for (container, old) in mine.into_iter().flatten().zip(list(old, key)) {
            overlay(container, "image", old.get("image").cloned());
        }
    }
    for key in OWN {
        overlay(&mut munged, key, old.get(key).cloned());
    }
    let grace = |spec: &Value| {
        spec.get("terminationGracePeriodSeconds")
            .and_then(Value::as_i64)
    };
    if grace(old).is_some_and(|g| g < 0) && grace(&munged) == Some(1) {
        overlay(
            &mut munged,
            "terminationGracePeriodSeconds",
            old.get("terminationGracePeriodSeconds").cloned(),
        );
    }
    if !gates.is_empty() {
        // A gated Pod may still be told more narrowly where to go.
        narrowed(new, old, faults);
        overlay(
            &mut munged,
            "nodeSelector",
            old.get("nodeSelector").cloned(),
        );
        let mut affinity = munged.get("affinity").cloned().unwrap_or_default();
        let nodes = value::at(old, &["affinity", "nodeAffinity"]).cloned();
        overlay(&mut affinity, "nodeAffinity", nodes);
        let empty = affinity.as_object().is_none_or(serde_json::Map::is_empty);
        let kept = (!empty || given(old, "affinity").is_some()).then_some(affinity);
        overlay(&mut munged, "affinity", kept);
    }
    // Two names of one field; the older one follows.
    let account = ["serviceAccountName", "serviceAccount"].map(|key| text(&munged, key));
    let account = account
        .into_iter()
        .find(|name| !name.is_empty())
        .map(Value::from);
    for key in ["serviceAccountName", "serviceAccount"] {
        overlay(&mut munged, key, account.clone());
    }
    if munged != *old {
        let mut munged = faults.as_sent("spec", &munged);
        for key in OWN {
            overlay(&mut munged, key, old.get(key).cloned());
        }
        let lines = diff::of(
            &go::print("PodSpec", old, true),
            &go::print("PodSpec", &munged, true),
        );
        faults.forbidden("spec", &format!("{UPDATABLE}\n{lines}"));
    }
}

/// Models `validateNodeSelectorMutation` and `validateNodeAffinityMutation`.
fn narrowed(new: &Value, old: &Value, faults: &mut Faults) {
    let (mine, before) = (at(new, &["nodeSelector"]), at(old, &["nodeSelector"]));
    let kept = |(key, value): (&String, &Value)| mine.get(key) == Some(value);
    if !before.as_object().into_iter().flatten().all(kept) {
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        faults.invalid("spec.nodeSelector", mine, detail);
    }
    const PATH: [&str; 3] = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ];
    let field = format!("spec.{}.nodeSelectorTerms", PATH.join("."));
    let terms = |spec| list(at(spec, &PATH), "nodeSelectorTerms");
    let (mine, before) = (terms(new), terms(old));
    let print = |term: &Value| go::print("NodeSelectorTerm", term, false);
    if !before.is_empty() && before.len() != mine.len() {
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        let all: Vec<String> = mine.iter().map(print).into_list();
        let shown = if all.is_empty() {
            "null".to_owned()
        } else {
            format!("[{}]", all.join(","))
        };
        return faults.add(Cause::invalid(field, &shown, detail));
    }
    for (index, (mine, before)) in mine.iter().zip(before).enumerate() {
        let grown = |key: &str| list(mine, key).starts_with(list(before, key));
        let any = |term: &Value| {
            ["matchExpressions", "matchFields"]
                .iter()
                .any(|key| !list(term, key).is_empty())
        };
        let parts = grown("matchExpressions") && grown("matchFields");
        if !parts || !any(before) && any(mine) {
            let detail = "only additions are allowed (no mutations or deletions)";
            let field = format!("{field}[{index}]");
            faults.add(Cause::invalid(field, &print(mine), detail));
        }
    }
}

/// Returns whether nothing else is to be looked at.
fn deadline(new: &Value, old: &Value, faults: &mut Faults) -> bool {
    let field = "spec.activeDeadlineSeconds";
    let seconds = |spec: &Value| spec.get("activeDeadlineSeconds").and_then(Value::as_i64);
    match (seconds(new), seconds(old)) {
        (Some(now), _) if !(0..=i64::from(i32::MAX)).contains(&now) => {
            faults.invalid(
                field,
                &json!(now),
                "must be between 0 and 2147483647, inclusive",
            );
            true
        }
        (Some(now), Some(before)) if before < now => {
            faults.invalid(
                field,
                &json!(now),
                "must be less than or equal to previous value",
            );
            true
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            faults.invalid(field, &Value::Null, detail);
            false
        }
        _ => false,
    }
}

fn only_added_tolerations(new: &Value, old: &Value, faults: &mut Faults) {
    let bare = |toleration: &Value| {
        let mut bare = toleration.clone();
        overlay(&mut bare, "tolerationSeconds", None);
        bare
    };
    let mine: Vec<Value> = list(new, "tolerations").iter().map(bare).into_list();
    let kept = list(old, "tolerations")
        .iter()
        .all(|old| mine.contains(&bare(old)));
    if !kept {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        faults.forbidden("spec.tolerations", detail);
        return;
    }
    affinity::tolerations(new, "spec", faults);
}
