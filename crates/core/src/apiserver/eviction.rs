//! Eviction: a deletion that budgets may refuse. Models pkg/registry/core/pod/storage/eviction.go, 1.37.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, DISRUPTION_TARGET};
use ordinal_api::labels::Selector;
use ordinal_api::pod::PodPhase;
use ordinal_api::read::Read;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Value, value};
use serde_json::json;

use super::{DeleteOptions, delete_object};
use crate::Cx;
use crate::controllers::disruption;

/// Evicts a Pod: checks its budget, says why in a condition, deletes it.
///
/// # Errors
/// `NotFound`; 429 where a budget does not allow it; 500 where two budgets cover the Pod.
pub(super) fn evict(
    cx: &mut Cx<'_>,
    namespace: &str,
    name: &str,
    options: DeleteOptions,
) -> Result<Arc<Object>, Status> {
    super::create::admit_namespace(cx.world, Kind::Pod, namespace, name)?;
    let stored = cx
        .find(Kind::Pod, namespace, name)
        .ok_or_else(|| Status::not_found(Kind::Pod, name))?;
    let pod = stored.as_pod().expect("found as a Pod");
    let ignored = stored.meta.is_deleting()
        || matches!(
            pod.status.phase,
            PodPhase::Pending | PodPhase::Succeeded | PodPhase::Failed
        );
    if !ignored {
        // Of a Pod that was only given, not made here, the body does not know its conditions.
        let printed = cx.world.printed(&stored);
        let ready = condition::is_true(&super::status::conditions(&printed["status"]), "Ready");
        allowed(cx, &stored, ready)?;
    }
    let id = cx.id(Kind::Pod, namespace, name);
    let now = cx.now();
    super::delete::check_preconditions(&stored, options)?;
    let updated = cx.update(id, |object| {
        let target = Condition::new(DISRUPTION_TARGET, true, now)
            .because("EvictionByEvictionAPI", "Eviction API: evicting");
        object.as_pod_mut().is_some_and(|pod| {
            condition::set(&mut Arc::make_mut(&mut pod.status).conditions, target)
        })
    })?;
    let options = DeleteOptions {
        resource_version: options
            .resource_version
            .map(|_| updated.meta.resource_version),
        ..options
    };
    delete_object(cx, id, options)
}

fn budgets(cx: &Cx<'_>, pod: &Object) -> Vec<Arc<Object>> {
    let covers = |budget: &Arc<Object>| {
        let selector = value::at(&budget.to_value(), &["spec", "selector"])
            .and_then(|s| Selector::read(s).ok());
        budget.meta.namespace == pod.meta.namespace
            && selector.is_some_and(|s| s.matches(&pod.meta.labels))
    };
    let all = cx.world.store.list(Kind::PodDisruptionBudget);
    all.map(|(_, budget)| budget.clone())
        .filter(covers)
        .collect()
}

/// Takes one disruption from the Pod's budget. Models `checkAndDecrement`.
fn allowed(cx: &mut Cx<'_>, pod: &Object, ready: bool) -> Result<(), Status> {
    let budgets = budgets(cx, pod);
    let [budget] = budgets.as_slice() else {
        if budgets.is_empty() {
            return Ok(());
        }
        return Err(Status::internal(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        ));
    };
    let value = budget.to_value();
    let number = |key: &str| value["status"][key].as_i64().unwrap_or(0);
    let (healthy, desired) = (number("currentHealthy"), number("desiredHealthy"));
    let always = value["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
    if !ready && (always || healthy >= desired && desired > 0) {
        return Ok(());
    }
    let name = &budget.meta.name;
    let generation = i64::try_from(budget.meta.generation).unwrap_or(i64::MAX);
    let refused = |why: String, again: Option<u32>| {
        let text = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut status = Status::too_many_requests(text);
        status.details.retry_after_seconds = again;
        status.details.causes.push(Cause {
            reason: "DisruptionBudget".into(),
            message: why,
            field: String::new(),
        });
        debug_assert_eq!(status.reason, Reason::TooManyRequests);
        Err(status)
    };
    if number("observedGeneration") < generation {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return refused(why, Some(10));
    }
    let left = number("disruptionsAllowed");
    if left == 0 {
        let of = |c: &&Value| c["type"] == "DisruptionAllowed" && c["status"] == "False";
        let list = value["status"]["conditions"].as_array();
        let condition = list.into_iter().flatten().find(of);
        let text = |key: &str| condition.and_then(|c| c[key].as_str()).unwrap_or_default();
        let says = !text("message").is_empty();
        let why = if says && text("reason") == "SyncFailed" {
            let why = text("message");
            format!(
                "The disruption budget {name} does not allow evicting pods currently because it failed sync: {why}"
            )
        } else if healthy <= desired {
            format!(
                "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
            )
        } else if says {
            let (reason, why) = (text("reason"), text("message"));
            format!(
                "The disruption budget {name} does not allow evicting pods currently ({reason}): {why}"
            )
        } else {
            format!("The disruption budget {name} does not allow evicting pods currently")
        };
        return refused(why, None);
    }
    let mut status = value["status"].clone();
    status["disruptionsAllowed"] = json!(left - 1);
    if left == 1 {
        let now = cx.now();
        let generation = budget.meta.generation;
        let refuses =
            disruption::allowed_condition(&value, false, "InsufficientPods", "", generation, now);
        status["conditions"] = json!([refuses]);
    }
    let at = cx.now().to_rfc3339();
    if !status["disruptedPods"].is_object() {
        status["disruptedPods"] = json!({});
    }
    status["disruptedPods"][pod.meta.name.as_str()] = json!(at);
    let mut new = budget.to_value();
    value::overlay(&mut new, "status", Some(status));
    super::status::write(cx, budget, new, false, &super::managed::Writer::default()).map(|_| ())
}
