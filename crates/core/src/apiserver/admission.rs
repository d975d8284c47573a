//! What admission refuses and fills in of Pods and classes of priorities.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::{AddedTolerations, Pod, TAINT_NOT_READY, TAINT_UNREACHABLE};
use ordinal_api::podspec::Toleration;
use ordinal_api::{Kind, ObjectMeta, Status, Text, Value, value};

use crate::World;

/// What admission refuses before a Pod is validated. Models plugin/pkg/admission/{serviceaccount,priority,runtimeclass},
/// 1.37.
///
/// # Errors
/// 403
pub(super) fn admit_sent(world: &World, object: &Value) -> Result<(), Status> {
    let (namespace, name) = (
        super::decode::namespace_of(object),
        super::decode::name_of(object),
    );
    let spec = |key: &str| value::at(object, &["spec", key]);
    let text = |key: &str| spec(key).and_then(Value::as_str).unwrap_or_default();
    let forbidden = |why: String| Err(Status::forbidden(Kind::Pod, name, &why));
    if let Err(why) = account(world, namespace, text("serviceAccountName")) {
        return forbidden(why);
    }
    let (priority, policy) = match priority(world, text("priorityClassName")) {
        Ok(of_class) => of_class,
        Err(why) => return forbidden(why),
    };
    let given = spec("priority").and_then(Value::as_i64);
    if let Some(given) = given.filter(|given| *given != i64::from(priority)) {
        return forbidden(format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
        ));
    }
    let given = text("preemptionPolicy");
    if !given.is_empty() && given != policy {
        return forbidden(format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        ));
    }
    // There are no such classes.
    if let Some(class) = spec("runtimeClassName").and_then(Value::as_str) {
        return forbidden(format!("pod rejected: RuntimeClass {class:?} not found"));
    }
    if spec("overhead").is_some_and(|overhead| !overhead.is_null()) {
        let why =
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
        return forbidden(why.to_owned());
    }
    Ok(())
}

/// Only one class of priorities can be the usual one. Models plugin/pkg/admission/priority.
///
/// # Errors
/// 403
pub(super) fn only_default(world: &World, object: &Value) -> Result<(), Status> {
    let usual = |object: &Value| object.get("globalDefault") == Some(&true.into());
    if !usual(object) {
        return Ok(());
    }
    let name = super::decode::name_of(object);
    let mut others = world.store.list(Kind::PriorityClass).filter(|(_, class)| {
        class.meta.name != name && class.as_priority_class().is_some_and(|c| usual(&c.raw))
    });
    match others.next() {
        None => Ok(()),
        Some((_, class)) => {
            let other = &class.meta.name;
            let why = format!(
                "PriorityClass {other} is already marked as default. Only one default can exist"
            );
            Err(Status::forbidden(Kind::PriorityClass, name, &why))
        }
    }
}

/// Whether an account is there; none is the usual one.
fn account(world: &World, namespace: &str, account: &str) -> Result<(), String> {
    let account = if account.is_empty() {
        "default"
    } else {
        account
    };
    let found = world.store.find(Kind::ServiceAccount, namespace, account);
    if found.is_some() {
        return Ok(());
    }
    Err(format!(
        "error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found"
    ))
}

/// The priority that a class gives, and whether it drives out others.
fn priority(world: &World, class: &str) -> Result<(i32, String), String> {
    const LOWER: &str = "PreemptLowerPriority";
    match class {
        "" => {
            // One class may be meant for all who name none.
            let classes = world.store.list(Kind::PriorityClass);
            let mut usual = classes.filter_map(|(_, class)| class.as_priority_class());
            let usual =
                usual.find(|class| value::at(&class.raw, &["globalDefault"]) == Some(&true.into()));
            return Ok(usual.map_or((0, LOWER.to_owned()), |class| of_class(&class.raw)));
        }
        "system-node-critical" => return Ok((2_000_001_000, LOWER.to_owned())),
        "system-cluster-critical" => return Ok((2_000_000_000, LOWER.to_owned())),
        _ => {}
    }
    let found = world.store.find(Kind::PriorityClass, "", class);
    let found = found.and_then(|class| class.as_priority_class().map(|c| of_class(&c.raw)));
    found.ok_or_else(|| format!("no PriorityClass with name {class} was found"))
}

fn of_class(raw: &Value) -> (i32, String) {
    let value = raw.get("value").and_then(Value::as_i64).unwrap_or(0);
    let policy = raw.get("preemptionPolicy").and_then(Value::as_str);
    let policy = policy.unwrap_or("PreemptLowerPriority").to_owned();
    (i32::try_from(value).unwrap_or(0), policy)
}

/// Models plugin/pkg/admission/{priority,serviceaccount}, 1.37.
pub(super) fn admit_pod(world: &World, meta: &ObjectMeta, pod: &mut Pod) -> Result<(), Status> {
    let forbidden = |why: String| Status::forbidden(Kind::Pod, &meta.name, &why);
    account(world, &meta.namespace, &pod.spec.service_account_name).map_err(forbidden)?;
    let (priority, _) = priority(world, &pod.spec.priority_class_name).map_err(forbidden)?;
    if pod.spec.priority != priority {
        Arc::make_mut(&mut pod.spec).priority = priority;
    }
    pod.added_tolerations = default_tolerations(pod);
    if let Some(secs) = world.config.flags.default_toleration_secs {
        // Only the usual 300 s are kept beside the specification, which the Pods of a template share.
        let added = std::mem::take(&mut pod.added_tolerations);
        let keys = [
            (added.not_ready, TAINT_NOT_READY),
            (added.unreachable, TAINT_UNREACHABLE),
        ];
        let wanted = keys.into_iter().filter(|(added, _)| *added);
        let list = wanted.map(|(_, key)| Toleration {
            key: Text::new_static(key),
            operator: Text::new_static("Exists"),
            effect: Text::new_static("NoExecute"),
            toleration_seconds: Some(secs.into()),
            ..Toleration::default()
        });
        Arc::make_mut(&mut pod.spec).tolerations.extend(list);
    }
    if !pod.spec.scheduling_gates.is_empty() {
        // Models pkg/registry/core/pod `applySchedulingGatedCondition`.
        const TEXT: &str = "Scheduling is blocked due to non-empty scheduling gates";
        let gated = Condition::new("PodScheduled", false, world.now());
        condition::set(
            &mut Arc::make_mut(&mut pod.status).conditions,
            gated.because("SchedulingGated", TEXT),
        );
    }
    Ok(())
}

/// Models plugin/pkg/admission/defaulttolerationseconds, 1.37.
fn default_tolerations(pod: &Pod) -> AddedTolerations {
    let tolerated = |key: &str| {
        let covers = |t: &Toleration| {
            (t.key == key || t.key.is_empty()) && (t.effect == "NoExecute" || t.effect.is_empty())
        };
        pod.spec.tolerations.iter().any(covers)
    };
    AddedTolerations {
        not_ready: !tolerated(TAINT_NOT_READY),
        unreachable: !tolerated(TAINT_UNREACHABLE),
    }
}
