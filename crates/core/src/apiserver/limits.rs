//! LimitRanges: what they give to containers, and what they refuse.
//!
//! Models plugin/pkg/admission/limitranger, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Object, Quantity, Status, Uid, Value, value};
use serde_json::json;

use crate::World;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Applies the LimitRanges of its namespace to a new Pod or claim.
///
/// # Errors
/// 403 in the plugin's words.
pub(super) fn admit(world: &World, object: &mut Object) -> Result<(), Status> {
    let kind = object.kind();
    if !matches!(kind, Kind::Pod | Kind::PersistentVolumeClaim) {
        return Ok(());
    }
    let ranges: Vec<Value> = world
        .store
        .list(Kind::LimitRange)
        .filter(|(_, range)| range.meta.namespace == object.meta.namespace)
        .map(|(_, range)| range.to_value())
        .into_list();
    if ranges.is_empty() {
        return Ok(());
    }
    // Read without an identity: what the server adds to a Pod when it is shown is no part of what is kept.
    let mut bare = object.clone();
    bare.meta.uid = Uid::NONE;
    let mut whole = bare.to_value();
    let limits: Vec<&Value> = ranges
        .iter()
        .flat_map(|range| list(range, &["spec", "limits"]))
        .into_list();
    if kind == Kind::Pod && fill(&limits, &mut whole) {
        // What was given may not fit what is asked for, which is said before what the ranges forbid.
        super::validation::create(kind, &whole, &Value::Null, world.release())?;
        let read = Object::from_value(kind, &whole)?;
        object.meta.annotations = read.meta.annotations.clone();
        object.body = read.body;
    }
    for range in &ranges {
        let mut faults = Vec::new();
        for limit in list(range, &["spec", "limits"]) {
            check(limit, &whole, kind, &mut faults);
        }
        let why = match faults.as_slice() {
            [] => continue,
            [only] => only.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        return Err(Status::forbidden(kind, &object.meta.name, &why));
    }
    Ok(())
}

fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    value::at(value, path).unwrap_or(&Value::Null)
}

fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

fn entries<'a>(value: &'a Value, path: &[&str]) -> impl Iterator<Item = (&'a String, &'a Value)> {
    at(value, path).as_object().into_iter().flatten()
}

/// The defaults of containers. Models `mergePodResourceRequirements`.
fn fill(limits: &[&Value], pod: &mut Value) -> bool {
    let mut told: Vec<String> = Vec::new();
    for (key, what) in [
        ("containers", "container"),
        ("initContainers", "init container"),
    ] {
        let containers = pod.get_mut("spec").and_then(|spec| spec.get_mut(key));
        for container in containers
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let name = container["name"].as_str().unwrap_or_default().to_owned();
            for (part, default, word) in [
                ("requests", "defaultRequest", "request"),
                ("limits", "default", "limit"),
            ] {
                let mut set = Vec::new();
                for limit in limits.iter().filter(|limit| limit["type"] == "Container") {
                    for (resource, amount) in entries(limit, &[default]) {
                        if value::at(container, &["resources", part, resource]).is_none() {
                            container["resources"][part][resource] = amount.clone();
                            set.push(resource.as_str());
                        }
                    }
                }
                if !set.is_empty() {
                    told.push(format!("{} {word} for {what} {name}", set.join(", ")));
                }
            }
        }
    }
    if told.is_empty() {
        return false;
    }
    let text = format!("LimitRanger plugin set: {}", told.join("; "));
    pod["metadata"]["annotations"][ANNOTATION] = json!(text);
    true
}

fn check(limit: &Value, object: &Value, kind: Kind, faults: &mut Vec<String>) {
    let type_ = limit["type"].as_str().unwrap_or_default();
    let spec = &object["spec"];
    match (kind, type_) {
        (Kind::Pod, "Container") => {
            for container in ["containers", "initContainers"]
                .iter()
                .flat_map(|key| list(spec, &[key]))
            {
                compare(
                    limit,
                    &|part, name| amount(at(container, &["resources", part, name])),
                    faults,
                );
            }
        }
        (Kind::Pod, "Pod") => {
            let total = |part: &str, name: &str| {
                let of = |container: &Value| amount(at(container, &["resources", part, name]));
                let sum = list(spec, &["containers"])
                    .iter()
                    .filter_map(of)
                    .reduce(|a, b| a.plus(&b));
                let most = list(spec, &["initContainers"]).iter().filter_map(of);
                most.chain(sum).max()
            };
            compare(limit, &total, faults);
        }
        (Kind::PersistentVolumeClaim, "PersistentVolumeClaim") => {
            for (name, bound) in entries(limit, &["min"]) {
                least(
                    type_,
                    name,
                    bound,
                    amount(at(spec, &["resources", "requests", name])),
                    None,
                    faults,
                );
            }
            for (name, bound) in entries(limit, &["max"]) {
                let request = amount(at(spec, &["resources", "requests", name]));
                let text = format!("maximum {name} usage per {type_} is {}", shown(bound));
                match request {
                    None => faults.push(format!("{text}.  No request is specified")),
                    Some(request) if Some(&request) > amount(bound).as_ref() => {
                        faults.push(format!("{text}, but request is {}", request.canonical()));
                    }
                    Some(_) => {}
                }
            }
        }
        _ => {}
    }
}

fn amount(value: &Value) -> Option<Quantity> {
    Quantity::parse(value.as_str()?).ok()
}

fn shown(bound: &Value) -> String {
    amount(bound).unwrap_or_default().canonical()
}

fn least(
    type_: &str,
    name: &str,
    bound: &Value,
    request: Option<Quantity>,
    limit: Option<Quantity>,
    faults: &mut Vec<String>,
) {
    let text = format!("minimum {name} usage per {type_} is {}", shown(bound));
    let bound = amount(bound).unwrap_or_default();
    match (request, limit) {
        (None, _) => faults.push(format!("{text}.  No request is specified")),
        (Some(request), _) if request < bound => {
            faults.push(format!("{text}, but request is {}", request.canonical()));
        }
        (_, Some(limit)) if limit < bound => {
            faults.push(format!("{text}, but limit is {}", limit.canonical()))
        }
        _ => {}
    }
}

/// Least, most and ratio of one item. Models `minConstraint`, `maxConstraint` and `limitRequestRatioConstraint`.
fn compare(limit: &Value, of: &dyn Fn(&str, &str) -> Option<Quantity>, faults: &mut Vec<String>) {
    let type_ = limit["type"].as_str().unwrap_or_default();
    for (name, bound) in entries(limit, &["min"]) {
        least(
            type_,
            name,
            bound,
            of("requests", name),
            of("limits", name),
            faults,
        );
    }
    for (name, bound) in entries(limit, &["max"]) {
        let text = format!("maximum {name} usage per {type_} is {}", shown(bound));
        let bound = amount(bound).unwrap_or_default();
        match (of("limits", name), of("requests", name)) {
            (None, _) => faults.push(format!("{text}.  No limit is specified")),
            (Some(most), _) if most > bound => {
                faults.push(format!("{text}, but limit is {}", most.canonical()));
            }
            (_, Some(request)) if request > bound => {
                faults.push(format!("{text}, but request is {}", request.canonical()));
            }
            _ => {}
        }
    }
    for (name, bound) in entries(limit, &["maxLimitRequestRatio"]) {
        let text = format!(
            "{name} max limit to request ratio per {type_} is {}",
            shown(bound)
        );
        let bound = amount(bound).unwrap_or_default().milli();
        match (
            of("requests", name).map(|q| q.milli()),
            of("limits", name).map(|q| q.milli()),
        ) {
            (None | Some(0), _) => faults.push(format!(
                "{text}, but no request is specified or request is 0"
            )),
            (_, None | Some(0)) => {
                faults.push(format!("{text}, but no limit is specified or limit is 0"))
            }
            (Some(request), Some(most))
                if most.saturating_mul(1000) > bound.saturating_mul(request) =>
            {
                let micro = most.saturating_mul(1_000_000) / request;
                faults.push(format!(
                    "{text}, but provided ratio is {}.{:06}",
                    micro / 1_000_000,
                    micro % 1_000_000
                ));
            }
            _ => {}
        }
    }
}
