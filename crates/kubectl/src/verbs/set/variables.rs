//! The variables of containers: what `kubectl set env` changes, takes from elsewhere and lists.
//!
//! Models kubectl `pkg/cmd/set/set_env.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::change::{chosen, containers};
use super::lists;
use crate::Output;
use crate::args::Args;
use crate::resource::Item;
use crate::value::{at, has, items, plain, text};

/// Whether a variable may be named so. Models apimachinery `IsEnvVarName`.
pub(in crate::verbs) fn is_variable(name: &str) -> bool {
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

/// What a command line wants of variables.
pub(super) struct Wanted<'a> {
    pub(super) args: &'a Args,
    /// `NAME=VALUE` and `NAME-`.
    pub(super) changes: &'a [String],
    /// What `--from` gave.
    pub(super) taken: &'a [Value],
}

impl Wanted<'_> {
    /// Sets, takes or removes variables of the chosen containers: what is new comes last. Models `updateEnv`.
    ///
    /// # Errors
    /// What kubectl says of a variable that may not be overwritten.
    pub(super) fn lay(&self, item: &mut Item, output: &mut Output) -> Result<(), String> {
        let given = self
            .changes
            .iter()
            .filter_map(|change| change.split_once('='));
        let given = given.map(|(name, value)| json!({"name": name, "value": value}));
        let given: Vec<Value> = given.chain(self.taken.iter().cloned()).into_list();
        let is_removed = |name: &str| {
            self.changes
                .iter()
                .any(|c| c.strip_suffix('-') == Some(name) && !c.contains('='))
        };
        let of =
            |list: &[Value], name: &str| list.iter().find(|v| text(v, "name") == name).cloned();
        let (kind, name) = (item.resource.kind, item.name().to_owned());
        let mut any = false;
        for container in
            containers(item).filter(|container| chosen(self.args, text(container, "name")))
        {
            any = true;
            let before = items(container, "env");
            let clash = given.iter().find_map(|variable| {
                let known = of(before, text(variable, "name"))?;
                let (now, then) = (text(variable, "value"), text(&known, "value"));
                (now != then).then(|| (text(&known, "name").to_owned(), then.to_owned()))
            });
            if let Some((name, value)) = clash.filter(|_| self.args.has_not("overwrite")) {
                return Err(format!(
                    "'{name}' already has a value ({value}), and --overwrite is false"
                ));
            }
            let mut after: Vec<Value> = Vec::new();
            for old in before
                .iter()
                .filter(|variable| !is_removed(text(variable, "name")))
            {
                after.push(of(&given, text(old, "name")).unwrap_or_else(|| old.clone()));
            }
            for new in &given {
                if of(before, text(new, "name")).is_none()
                    && of(&after, text(new, "name")).is_none()
                {
                    after.push(new.clone());
                }
            }
            ordinal_api::value::overlay(
                container,
                "env",
                Some(json!(after)).filter(|_| !after.is_empty()),
            );
        }
        if !any {
            let wanted = self.args.get("containers").unwrap_or_default();
            output.warn(format!(
                "Warning: {kind}/{name} does not have any containers matching \"{wanted}\""
            ));
        }
        Ok(())
    }
}

/// Where a value comes from: resource, name and key, or the words for a field.
fn source(from: &Value) -> Result<(&'static str, &Value), String> {
    let keyed = [("secret", "secretKeyRef"), ("configmap", "configMapKeyRef")];
    if let Some((kind, field)) = keyed.into_iter().find(|(_, field)| has(from, field)) {
        return Ok((kind, at(from, field)));
    }
    Err(if has(from, "fieldRef") {
        format!("field path {}", text(from, "fieldRef.fieldPath"))
    } else if has(from, "resourceFieldRef") {
        let of = at(from, "resourceFieldRef");
        let container = match text(of, "containerName") {
            "" => String::new(),
            name => format!("{name}/"),
        };
        format!("resource field {container}{}", text(of, "resource"))
    } else {
        "invalid valueFrom".to_owned()
    })
}

/// A value that `--resolve` looks up.
fn resolved(
    cluster: &mut Cluster,
    namespace: &str,
    item: &Item,
    from: &Value,
) -> Result<Option<String>, String> {
    let Ok((kind, reference)) = source(from) else {
        let path = text(from, "fieldRef.fieldPath");
        let known = matches!(
            path,
            "metadata.name" | "metadata.namespace" | "metadata.uid"
        );
        return Ok(known.then(|| text(&item.value, path).to_owned()));
    };
    let (name, key) = (text(reference, "name"), text(reference, "key"));
    let resource = crate::discovery::find(kind).map_err(|_| String::new())?;
    let found = crate::resource::fetch(cluster, resource, namespace, name)
        .map_err(|status| status.message)?;
    let what = if kind == "secret" {
        "secret"
    } else {
        "config map"
    };
    let value = found.value["data"][key].as_str();
    let value = value.ok_or_else(|| format!("key {key} not found in {what} {name}"))?;
    if kind != "secret" {
        return Ok(Some(value.to_owned()));
    }
    let bytes = ordinal_api::base64::decode(value).unwrap_or_default();
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// `--list`
pub(super) fn list(
    cluster: &mut Cluster,
    item: &Item,
    args: &Args,
    namespace: &str,
    output: &mut Output,
) {
    for container in lists(item).into_iter().flatten() {
        if !chosen(args, text(container, "name")) {
            continue;
        }
        output.say(format!(
            "# {} {}, container {}",
            item.resource.kind,
            item.name(),
            text(container, "name")
        ));
        let mut failed: Vec<String> = Vec::new();
        for variable in items(container, "env") {
            let name = text(variable, "name");
            let from = at(variable, "valueFrom");
            if from.is_null() {
                output.say(format!("{name}={}", plain(at(variable, "value"))));
                continue;
            }
            if args.has("resolve") {
                match resolved(cluster, namespace, item, from) {
                    Ok(Some(value)) => {
                        output.say(format!("{name}={value}"));
                        continue;
                    }
                    Ok(None) => {}
                    Err(why) => {
                        failed.push(format!("error retrieving reference for {name}: {why}"))
                    }
                }
            }
            output.say(match source(from) {
                Ok((kind, of)) => format!(
                    "# {name} from {kind} {}, key {}",
                    text(of, "name"),
                    text(of, "key")
                ),
                Err(words) => format!("# {name} from {words}"),
            });
        }
        failed.iter().for_each(|line| output.warn(line));
    }
}
