//! The variables of containers: what `kubectl set env` changes, takes from elsewhere and lists.
//!
//! Models kubectl `pkg/cmd/set/set_env.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::{Map, json};

use super::set::{chosen, lists, wrap};
use crate::Output;
use crate::args::Args;
use crate::resource::Item;
use crate::value::{at, has, items, plain, text};

/// Whether a variable may be named so. Models apimachinery `IsEnvVarName`.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

/// The variables that `--from` takes from a ConfigMap or Secret, one a key.
pub(super) fn from(
    cluster: &mut Cluster,
    args: &Args,
    namespace: &str,
    source: &str,
    output: &mut Output,
) -> Result<Vec<Value>, Output> {
    let selection = crate::resource::select(&[source.to_owned()])?;
    let keys: Vec<&str> = args.all("keys").into_list();
    let mut variables = Vec::new();
    for (resource, name) in &selection.named {
        let reference = match resource.kind {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err(Output::error("unsupported resource specified in --from")),
        };
        let found = crate::resource::fetch(cluster, *resource, namespace, name)
            .map_err(|status| Output::refused(&status))?;
        for (key, _) in crate::value::entries(&found.value, "data") {
            if !keys.is_empty() && !keys.contains(&key.as_str()) {
                continue;
            }
            let upper = key.to_uppercase();
            let plain = upper.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
            if plain != *key {
                output.warn(format!("Warning: key {key} transferred to {plain}"));
            }
            let prefix = args.get("prefix").unwrap_or_default();
            variables.push(json!({
                "name": format!("{prefix}{plain}"),
                "valueFrom": {reference: {"key": key, "name": name}},
            }));
        }
    }
    Ok(variables)
}

/// The patch that sets, takes or removes variables: what is new comes last.
///
/// # Errors
/// What kubectl says of a variable that may not be overwritten.
pub(super) fn env(
    item: &Item,
    args: &Args,
    changes: &[String],
    taken: &[Value],
) -> Result<Option<Value>, String> {
    let mut spec = Map::new();
    for (key, containers) in lists(item) {
        let mut patches = Vec::new();
        for container in containers.iter().filter(|c| chosen(args, text(c, "name"))) {
            let mut variables = taken.to_vec();
            for change in changes {
                let known = |name: &str| {
                    items(container, "env")
                        .iter()
                        .find(|variable| text(variable, "name") == name)
                };
                match change.split_once('=') {
                    Some((name, _)) if known(name).is_some() && args.has_not("overwrite") => {
                        let value = known(name).map(|variable| text(variable, "value"));
                        return Err(format!(
                            "'{name}' already has a value ({}), and --overwrite is false",
                            value.unwrap_or_default()
                        ));
                    }
                    Some((name, value)) => {
                        let same = known(name).is_some_and(|variable| {
                            text(variable, "value") == value && !has(variable, "valueFrom")
                        });
                        if !same {
                            variables.push(json!({"name": name, "value": value}));
                        }
                    }
                    None => {
                        let name = change.trim_end_matches('-');
                        if known(name).is_some() {
                            variables.push(json!({"name": name, "$patch": "delete"}));
                        }
                    }
                }
            }
            if !variables.is_empty() {
                let before = items(container, "env").iter();
                let is_removed = |name: &str| {
                    let removes = |v: &Value| text(v, "name") == name && has(v, "$patch");
                    variables.iter().any(removes)
                };
                let mut order: Vec<&str> = Vec::new();
                for name in before
                    .chain(&variables)
                    .map(|variable| text(variable, "name"))
                {
                    if !is_removed(name) && !order.contains(&name) {
                        order.push(name);
                    }
                }
                let order: Value = order.iter().map(|name| json!({ "name": name })).collect();
                patches.push(json!({
                    "name": text(container, "name"), "env": variables, "$setElementOrder/env": order,
                }));
            }
        }
        if !patches.is_empty() {
            spec.insert(key.to_owned(), json!(patches));
        }
    }
    Ok((!spec.is_empty()).then(|| wrap(item, Value::Object(spec))))
}

/// `--list`
pub(super) fn list(item: &Item, output: &mut Output) {
    for (_, containers) in lists(item) {
        for container in containers {
            output.say(format!(
                "# {} {}, container {}",
                item.resource.kind,
                item.name(),
                text(container, "name")
            ));
            for variable in items(container, "env") {
                let name = text(variable, "name");
                let from = at(variable, "valueFrom");
                let keyed = [("secret", "secretKeyRef"), ("configmap", "configMapKeyRef")];
                if let Some((kind, field)) = keyed.iter().find(|(_, field)| has(from, field)) {
                    let source = at(from, field);
                    output.say(format!(
                        "# {name} from {kind} {}, key {}",
                        text(source, "name"),
                        text(source, "key")
                    ));
                } else if has(from, "fieldRef") {
                    let path = text(from, "fieldRef.fieldPath");
                    output.say(format!("# {name} from field path {path}"));
                } else {
                    output.say(format!("{name}={}", plain(at(variable, "value"))));
                }
            }
        }
    }
}
