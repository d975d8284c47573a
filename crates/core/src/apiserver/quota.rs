//! ResourceQuotas: what counts, how much there is, and what is refused.
//!
//! Models apiserver `admission/plugin/resourcequota` and pkg/quota/v1/evaluator/core, 1.37; the use is counted when it
//! is asked for. Scopes are honoured as far as Pods can have them.

use ordinal_api::list::IntoList;
use ordinal_api::pod::PodPhase;
use ordinal_api::sorted::SortedMap;
use ordinal_api::{Kind, Object, Quantity, Status, Value, value};
use serde_json::{Map, json};

use crate::World;

type Usage = SortedMap<String, Quantity>;

/// Resources that every container must name where a quota counts them.
const NAMED: [&str; 6] = [
    "cpu",
    "limits.cpu",
    "limits.memory",
    "memory",
    "requests.cpu",
    "requests.memory",
];

fn add(usage: &mut Usage, name: &str, amount: &Quantity) {
    let sum = usage.get(name).cloned().unwrap_or_default().plus(amount);
    usage.insert(name.to_owned(), sum);
}

/// What one object uses. Models the evaluators of each kind.
fn usage_of(object: &Object) -> Usage {
    let (kind, mut usage) = (object.kind(), Usage::new());
    let one = Quantity::of_whole(1);
    let spec = object.to_value()["spec"].take();
    if let Some(pod) = object.as_pod() {
        if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
            return usage;
        }
        for (part, plain) in [("requests", true), ("limits", false)] {
            let mut sums = Usage::new();
            for container in list(&spec, "containers") {
                for (name, amount) in amounts(container, part) {
                    add(&mut sums, name, &amount);
                }
            }
            for container in list(&spec, "initContainers") {
                for (name, amount) in amounts(container, part) {
                    if sums.get(name).is_none_or(|sum| *sum < amount) {
                        sums.insert(name.clone(), amount);
                    }
                }
            }
            for (name, amount) in sums.iter() {
                add(&mut usage, &format!("{part}.{name}"), amount);
                if plain {
                    add(&mut usage, name, amount);
                }
            }
        }
    }
    if kind == Kind::PersistentVolumeClaim {
        let asked = value::at(&spec, &["resources", "requests", "storage"]);
        let asked = asked
            .and_then(Value::as_str)
            .and_then(|text| Quantity::parse(text).ok());
        let class = spec["storageClassName"].as_str().unwrap_or_default();
        for prefix in [
            "".to_owned(),
            format!("{class}.storageclass.storage.k8s.io/"),
        ] {
            if !prefix.is_empty() && class.is_empty() {
                continue;
            }
            add(&mut usage, &format!("{prefix}persistentvolumeclaims"), &one);
            if let Some(asked) = &asked {
                add(&mut usage, &format!("{prefix}requests.storage"), asked);
            }
        }
    } else if matches!(
        kind,
        Kind::Pod | Kind::Service | Kind::Secret | Kind::ConfigMap | Kind::ResourceQuota
    ) {
        add(&mut usage, kind.names().plural, &one);
    }
    if kind == Kind::Service {
        let ports = i64::try_from(list(&spec, "ports").len()).unwrap_or(0);
        let type_ = spec["type"].as_str().unwrap_or_default();
        let balanced = i64::from(type_ == "LoadBalancer");
        let outside = if matches!(type_, "NodePort" | "LoadBalancer") {
            ports
        } else {
            0
        };
        add(
            &mut usage,
            "services.nodeports",
            &Quantity::of_whole(outside),
        );
        add(
            &mut usage,
            "services.loadbalancers",
            &Quantity::of_whole(balanced),
        );
    }
    add(
        &mut usage,
        &format!("count/{}", kind.group_resource()),
        &one,
    );
    usage
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn amounts<'a>(container: &'a Value, part: &str) -> impl Iterator<Item = (&'a String, Quantity)> {
    let map = value::at(container, &["resources", part]).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .filter_map(|(name, amount)| Some((name, Quantity::parse(amount.as_str()?).ok()?)))
}

fn hard(quota: &Value) -> Usage {
    let map = value::at(quota, &["spec", "hard"]).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .filter_map(|(name, amount)| Some((name.clone(), Quantity::parse(amount.as_str()?).ok()?)))
        .collect()
}

/// Whether a quota counts an object. Models `quota.Evaluator.MatchingScopes`.
fn counts(quota: &Value, object: &Object) -> bool {
    let spec = &quota["spec"];
    let scoped = list(spec, "scopes");
    let selected =
        value::at(spec, &["scopeSelector", "matchExpressions"]).and_then(Value::as_array);
    if scoped.is_empty() && selected.is_none_or(Vec::is_empty) {
        return true;
    }
    let Some(pod) = object.as_pod() else {
        return false;
    };
    let whole = object.to_value();
    let containers = || {
        ["containers", "initContainers"]
            .iter()
            .flat_map(|key| list(&whole["spec"], key))
    };
    let effort = || {
        !containers().any(|c| {
            amounts(c, "requests")
                .chain(amounts(c, "limits"))
                .next()
                .is_some()
        })
    };
    let ends = whole["spec"]
        .get("activeDeadlineSeconds")
        .is_some_and(Value::is_i64);
    let has = |scope: &str| match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => effort(),
        "NotBestEffort" => !effort(),
        "PriorityClass" => !pod.spec.priority_class_name.is_empty(),
        _ => false,
    };
    let class = pod.spec.priority_class_name.as_str();
    let chosen = |requirement: &Value| {
        let scope = requirement["scopeName"].as_str().unwrap_or_default();
        let among = list(requirement, "values").iter().any(|v| v == class);
        match requirement["operator"].as_str().unwrap_or_default() {
            "In" => has(scope) && (scope != "PriorityClass" || among),
            "NotIn" => scope == "PriorityClass" && !among,
            "DoesNotExist" => !has(scope),
            _ => has(scope),
        }
    };
    scoped
        .iter()
        .all(|scope| has(scope.as_str().unwrap_or_default()))
        && selected.is_none_or(|all| all.iter().all(chosen))
}

/// What is used of each resource that a quota names, without the kinds it cannot count.
fn used(world: &World, quota: &Value, namespace: &str) -> Usage {
    let hard = hard(quota);
    let mut usage = Usage::new();
    for kind in Kind::ALL
        .iter()
        .filter(|kind| kind.is_namespaced() && **kind != Kind::Event)
    {
        for (_, object) in world
            .store
            .list(*kind)
            .filter(|(_, o)| o.meta.namespace == namespace)
        {
            if counts(quota, object) {
                for (name, amount) in usage_of(object).iter() {
                    add(&mut usage, name, amount);
                }
            }
        }
    }
    hard.iter()
        .map(|(name, _)| (name.clone(), usage.get(name).cloned().unwrap_or_default()))
        .collect()
}

fn printed(usage: &Usage) -> Value {
    let pairs: Map<String, Value> = usage
        .iter()
        .map(|(name, q)| (name.clone(), json!(q.canonical())))
        .collect();
    Value::Object(pairs)
}

/// The status of a quota. Models pkg/controller/resourcequota `syncResourceQuota`.
pub(crate) fn status(world: &World, quota: &Object) -> Value {
    let value = quota.to_value();
    let hard = printed(&hard(&value));
    let used = printed(&used(world, &value, &quota.meta.namespace));
    json!({"hard": hard, "used": used})
}

/// Refuses an object for which there is nothing left.
///
/// # Errors
/// 403 in the plugin's words.
pub(super) fn admit(world: &World, object: &Object) -> Result<(), Status> {
    let mut quotas = world
        .store
        .list(Kind::ResourceQuota)
        .map(|(_, quota)| quota);
    let namespace = &object.meta.namespace;
    let asked = match quotas.any(|quota| quota.meta.namespace == *namespace) {
        true => usage_of(object),
        false => return Ok(()),
    };
    let quotas = world
        .store
        .list(Kind::ResourceQuota)
        .map(|(_, quota)| quota);
    for quota in quotas.filter(|quota| quota.meta.namespace == *namespace) {
        let (name, quota) = (&quota.meta.name, quota.to_value());
        let hard = hard(&quota);
        if !counts(&quota, object) {
            continue;
        }
        let forbidden =
            |why: String| Err(Status::forbidden(object.kind(), &object.meta.name, &why));
        // What must be named must be so even where nothing of the kind is asked for.
        if let Some(missing) = unnamed(object, &hard) {
            return forbidden(format!("failed quota: {name}: must specify {missing}"));
        }
        let used = used(world, &quota, namespace);
        let over = |resource: &str, most: &Quantity| {
            let wanted = asked.get(resource)?;
            let sum = used.get(resource).cloned().unwrap_or_default().plus(wanted);
            (wanted.milli() > 0 && sum > *most).then(|| resource.to_owned())
        };
        let exceeded: Vec<String> = hard
            .iter()
            .filter_map(|(r, most)| over(r, most))
            .into_list();
        if !exceeded.is_empty() {
            let of = |usage: &Usage| {
                let one = |r: &String| {
                    format!(
                        "{r}={}",
                        usage.get(r).cloned().unwrap_or_default().canonical()
                    )
                };
                exceeded.iter().map(one).into_list().join(",")
            };
            return forbidden(format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                of(&asked),
                of(&used),
                of(&hard)
            ));
        }
    }
    Ok(())
}

/// Resources that containers must name because a quota counts them. Models `podEvaluator.Constraints`.
fn unnamed(object: &Object, hard: &Usage) -> Option<String> {
    object.as_pod()?;
    let spec = object.to_value()["spec"].take();
    let mut missing: Vec<String> = Vec::new();
    for resource in NAMED
        .iter()
        .filter(|resource| hard.contains_key(**resource))
    {
        let (part, name) = resource.split_once('.').unwrap_or(("requests", resource));
        let without = ["containers", "initContainers"]
            .iter()
            .flat_map(|key| list(&spec, key))
            .filter(|container| value::at(container, &["resources", part, name]).is_none());
        let mut names: Vec<&str> = without.filter_map(|c| c["name"].as_str()).into_list();
        ordinal_api::sorted::sort(&mut names);
        if !names.is_empty() {
            missing.push(format!("{resource} for: {}", names.join(",")));
        }
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}
