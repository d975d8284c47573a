//! Roles and what binds them. Models kubectl `pkg/cmd/create`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use serde_json::json;

use super::generate::{Given, labels};
use crate::Output;
use crate::discovery;

const VERSION: &str = "rbac.authorization.k8s.io/v1";
const GROUP: &str = "rbac.authorization.k8s.io";

/// Verbs that may be asked of a path.
const OF_PATHS: [&str; 8] = [
    "*", "get", "post", "put", "delete", "patch", "head", "options",
];

/// Values without those that came before, `*` for all if it is among them.
fn distinct<'a>(given: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all = Vec::new();
    for value in given.filter(|value| !value.is_empty()) {
        if value == "*" {
            return vec![value];
        }
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// `--resource=pods,deployments.apps/scale` by group, in order of the groups' names.
fn resources(given: &Given) -> Result<SortedMap<String, Vec<String>>, Output> {
    let mut groups: SortedMap<String, Vec<String>> = SortedMap::new();
    for text in distinct(given.args.all("resource")) {
        let (name, below) = match text.split_once('/') {
            Some((name, below)) => (name, Some(below)),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(Output::error(
                "resource must be specified if apiGroup/subresource specified",
            ));
        }
        let (group, plural) = if name == "*" {
            ("", "*")
        } else {
            let found = discovery::find(name).map_err(|why| Output {
                stderr: format!("{why}\n"),
                exit: 1,
                ..Output::default()
            })?;
            (found.group(), found.plural)
        };
        let full = match below {
            Some(below) => format!("{plural}/{below}"),
            None => plural.to_owned(),
        };
        match groups.get_mut(group) {
            Some(names) => names.push(full),
            None => {
                groups.insert(group.to_owned(), vec![full]);
            }
        }
    }
    Ok(groups)
}

/// `create role`, `create clusterrole`
pub(super) fn role(given: &Given) -> Result<Value, Output> {
    let of_cluster = given.type_ == "clusterrole";
    let fault = |text: &str| Err(Output::error(text));
    let verbs = distinct(given.args.all("verb"));
    let paths: Vec<&str> = given.args.all("non-resource-url").into_list();
    let names: Vec<&str> = given.args.all("resource-name").into_list();
    let metadata = json!({"name": given.name});
    if let Some(rule) = given.args.get("aggregation-rule").filter(|r| !r.is_empty()) {
        let alone = verbs.is_empty()
            && paths.is_empty()
            && names.is_empty()
            && given.args.get("resource").is_none();
        if !alone {
            return fault(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            );
        }
        return Ok(json!({
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels(rule)}]},
            "apiVersion": VERSION, "kind": "ClusterRole", "metadata": metadata, "rules": null,
        }));
    }
    if verbs.is_empty() {
        return fault("at least one verb must be specified");
    }
    let groups = resources(given)?;
    if groups.is_empty() && paths.is_empty() {
        return fault(if of_cluster {
            "one of resource or nonResourceURL must be specified"
        } else {
            "at least one resource must be specified"
        });
    }
    let mut rules = Vec::new();
    for (group, plurals) in &groups {
        let mut rule = json!({"apiGroups": [group], "resources": plurals, "verbs": verbs});
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rules.push(rule);
    }
    if !paths.is_empty() {
        if let Some(verb) = verbs.iter().find(|verb| !OF_PATHS.contains(verb)) {
            return Err(Output::error(format!(
                "invalid verb: '{verb}' for nonResourceURL"
            )));
        }
        if paths.iter().any(|path| !path.starts_with('/')) {
            return fault("nonResourceURL should start with /");
        }
        rules.push(json!({"nonResourceURLs": paths, "verbs": verbs}));
    }
    let kind = if of_cluster { "ClusterRole" } else { "Role" };
    Ok(json!({"apiVersion": VERSION, "kind": kind, "metadata": metadata, "rules": rules}))
}

/// `create rolebinding`, `create clusterrolebinding`
pub(super) fn binding(given: &Given) -> Result<Value, Output> {
    let of_cluster = given.type_ == "clusterrolebinding";
    let flag = |flag: &str| given.args.get(flag).filter(|text| !text.is_empty());
    let (kind, name) = match (flag("clusterrole"), flag("role")) {
        (Some(name), None) => ("ClusterRole", name),
        (None, Some(name)) => ("Role", name),
        _ => {
            return Err(Output::error(
                "exactly one of clusterrole or role must be specified",
            ));
        }
    };
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(
            given
                .args
                .all(flag)
                .map(|name| json!({"apiGroup": GROUP, "kind": kind, "name": name})),
        );
    }
    for account in given.args.all("serviceaccount") {
        let parts: Vec<&str> = account.split(':').into_list();
        let &[namespace, name] = parts.as_slice() else {
            return Err(Output::error("serviceaccount must be <namespace>:<name>"));
        };
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    let mut made = json!({
        "apiVersion": VERSION,
        "kind": if of_cluster { "ClusterRoleBinding" } else { "RoleBinding" },
        "metadata": {"name": given.name},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
    });
    if !subjects.is_empty() {
        made["subjects"] = json!(subjects);
    }
    Ok(made)
}
