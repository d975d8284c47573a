//! Images, resources, selectors and accounts of objects that the client holds.

use ordinal_api::labels::Operator;
use ordinal_api::list::IntoList;
use ordinal_api::{Quantity, Value};
use serde_json::{Map, json};

use super::{lists, template_of};
use crate::args::Args;
use crate::resource::Item;
use crate::selectors;
use crate::value::text;

/// Whether a name is meant by `--containers`: `*` stands for any letters.
pub(super) fn chosen(args: &Args, name: &str) -> bool {
    let wanted = args.get("containers").unwrap_or("*");
    let mut parts = wanted.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.into_list();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The containers of an object's template, to be written to.
pub(super) fn containers(item: &mut Item) -> impl Iterator<Item = &mut Value> {
    let (mut inits, mut mains) = (None, None);
    for (key, list) in template_of(item)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        match key.as_str() {
            "containers" => mains = list.as_array_mut(),
            "initContainers" => inits = list.as_array_mut(),
            _ => {}
        }
    }
    mains
        .into_iter()
        .flatten()
        .chain(inits.into_iter().flatten())
}

/// Lays images over the containers that they name; the names that no container has are told.
pub(super) fn images(item: &mut Item, changes: &[String]) -> Vec<String> {
    let missing = |change: &&String| {
        let which = change.split('=').next().unwrap_or_default();
        let mut all = lists(item).into_iter().flatten();
        which != "*" && all.all(|container| text(container, "name") != which)
    };
    let missing = changes.iter().filter(missing).map(|change| {
        let which = change.split('=').next().unwrap_or_default();
        format!("error: unable to find container named \"{which}\"")
    });
    let missing = missing.into_list();
    for container in containers(item) {
        for change in changes {
            let (which, image) = change.split_once('=').unwrap_or((change, ""));
            if which == "*" || which == text(container, "name") {
                container["image"] = json!(image);
            }
        }
    }
    missing
}

fn amounts(text: &str) -> Result<Map<String, Value>, String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let pair = part.split_once('=').filter(|(_, v)| !v.contains('='));
            let (key, value) = pair.ok_or_else(|| {
                format!("invalid argument syntax {part}, expected <resource>=<value>")
            })?;
            if let Some(fault) = ordinal_api::schema::decode::quantity_fault(value) {
                return Err(fault.to_owned());
            }
            let amount =
                Quantity::parse(value).map_or_else(|_| value.to_owned(), |q| q.canonical());
            Ok((key.to_owned(), json!(amount)))
        })
        .collect()
}

/// Lays limits and requests over the chosen containers.
///
/// # Errors
/// What is no amount.
pub(super) fn resources(
    item: &mut Item,
    args: &Args,
    errors: &mut Vec<String>,
) -> Result<(), String> {
    let mut wanted = Vec::new();
    for flag in ["limits", "requests"] {
        if let Some(given) = args.get(flag) {
            wanted.push((flag, amounts(given)?));
        }
    }
    let mut any = false;
    for container in containers(item).filter(|container| chosen(args, text(container, "name"))) {
        any = true;
        for (flag, amounts) in &wanted {
            for (key, amount) in amounts {
                if !container["resources"][flag].is_object() {
                    container["resources"][flag] = json!({});
                }
                container["resources"][flag][key] = amount.clone();
            }
        }
    }
    if !any {
        let name = args.get("containers").unwrap_or_default();
        errors.push(format!("error: unable to find container named {name}"));
    }
    Ok(())
}

/// Gives a Service another selector.
///
/// # Errors
/// Another kind, and what a selector of a Service cannot say.
pub(super) fn selector(object: &mut Value, args: &Args, changes: &[String]) -> Result<(), String> {
    if text(object, "kind") != "Service" {
        return Err("setting a selector is only supported for Services".to_owned());
    }
    let wanted = selectors::labels(&changes.join(","))?;
    let is_plain = changes.iter().any(|change| change.contains('='));
    let expression = wanted
        .match_expressions
        .iter()
        .find(|r| matches!(r.operator, Operator::In | Operator::Exists));
    if let Some(requirement) = expression.filter(|_| !is_plain) {
        let operator = match requirement.operator {
            Operator::In => "In",
            _ => "Exists",
        };
        return Err(format!(
            "match expression [{{{} {operator} [{}]}}] not supported on this object",
            requirement.key,
            requirement.values.join(" ")
        ));
    }
    let labels: Map<String, Value> = changes
        .iter()
        .flat_map(|change| change.split(','))
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    object["spec"]["selector"] = Value::Object(labels);
    if let Some(version) = args
        .get("resource-version")
        .filter(|version| !version.is_empty())
    {
        object["metadata"]["resourceVersion"] = json!(version);
    }
    Ok(())
}

/// Gives a template another account.
pub(super) fn account(item: &mut Item, name: &str) {
    if let Some(spec) = template_of(item) {
        spec["serviceAccountName"] = json!(name);
    }
}
