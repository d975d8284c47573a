//! Strategic merge: lists are merged by the keys that the published schema names.
//!
//! Models apimachinery `strategicpatch`, 1.37, with the directives `$patch` (replace, delete), `$retainKeys`,
//! `$deleteFromPrimitiveList` and `$setElementOrder`. What a patch adds to a list comes before what was there.

mod lists;

use ordinal_api::go;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, Patch, TypeId};
use ordinal_api::{Kind, Status, Value};
use serde_json::Map;

use self::lists::{arranged, in_order, merge_list, same};

const ORDER: &str = "$setElementOrder/";
const GONE: &str = "$deleteFromPrimitiveList/";

/// Applies a strategic merge patch to an object of a kind.
///
/// # Errors
/// 400 and 500 in the server's words.
pub(super) fn apply(kind: Kind, target: &mut Value, patch: &Value) -> Result<(), Status> {
    let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
    match (target.as_object_mut(), patch.as_object()) {
        (Some(target), Some(patch)) => merge(target, patch, type_),
        _ => Ok(()),
    }
}

/// What is left of a patch when it was applied: it is used up on the way, and what is told of it is what was not.
/// Models what `mergeMap` deletes.
pub(super) fn left(kind: Kind, target: &Value, patch: &Value) -> Value {
    let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
    let mut left = patch.clone();
    spend(target, &mut left, type_);
    left
}

fn spend(target: &Value, patch: &mut Value, type_: Option<TypeId>) {
    let Some(map) = patch.as_object_mut() else {
        return;
    };
    if let Some(directive) = map.get("$patch") {
        if directive == "replace" {
            map.remove("$patch");
        }
        return;
    }
    map.remove("$retainKeys");
    let ordered = map.keys().filter_map(|key| key.strip_prefix(ORDER));
    let ordered: Vec<String> = ordered.map(str::to_owned).into_list();
    for name in ordered {
        map.remove(&format!("{ORDER}{name}"));
        map.remove(&name);
    }
    for (key, change) in map.iter_mut() {
        let (rule, inner) = known(type_, key);
        match (target.get(key), &mut *change) {
            (_, Value::Null) => {}
            (Some(stored @ Value::Object(_)), Value::Object(_)) => {
                if rule.is_none_or(|rule| rule.merge || rule.retain_keys) {
                    spend(stored, change, inner);
                }
            }
            (Some(Value::Array(stored)), Value::Array(items)) => {
                let Some(key) = rule.filter(|rule| rule.merge).and_then(|rule| rule.key) else {
                    continue;
                };
                for item in items {
                    if let Some(stored) = stored.iter().find(|one| same(one, item, Some(key))) {
                        spend(stored, item, inner);
                    }
                }
            }
            (_, change) => {
                if let Some(value) = clean(change) {
                    *change = value;
                }
            }
        }
    }
}

fn broken(message: String) -> Result<(), Status> {
    Err(Status::internal(message))
}

fn unknown_directive(directive: &Value, map: &Value) -> Result<(), Status> {
    let (directive, map) = (go::text(directive), go::text(map));
    broken(format!("unknown patch type: {directive} in map: {map}"))
}

/// What is known of the field of a type: how it is merged, and the type below it.
fn known(type_: Option<TypeId>, key: &str) -> (Option<Patch>, Option<TypeId>) {
    let field = type_.and_then(|t| schema::field(t, key));
    (
        field.and_then(|f| f.patch),
        field.and_then(|f| f.ty.object()),
    )
}

fn merge(
    target: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    type_: Option<TypeId>,
) -> Result<(), Status> {
    match patch.get("$patch") {
        None => {}
        Some(directive) if directive == "replace" => {
            *target = patch.clone();
            target.remove("$patch");
            return Ok(());
        }
        Some(directive) if directive == "delete" => {
            target.clear();
            return Ok(());
        }
        Some(directive) => return unknown_directive(directive, &Value::Object(patch.clone())),
    }
    retain(target, patch)?;
    let mut ordered: Vec<&str> = Vec::new();
    for (key, order) in patch {
        if let (Some(name), Some(order)) = (key.strip_prefix(ORDER), order.as_array()) {
            ordered.push(name);
            in_order(target, patch.get(name), name, order, known(type_, name))?;
        }
    }
    for (key, change) in patch {
        if let Some(name) = key.strip_prefix(GONE) {
            let items = target.get_mut(name).and_then(Value::as_array_mut);
            if let (Some(items), Some(gone)) = (items, change.as_array()) {
                items.retain(|item| !gone.contains(item));
            }
        } else if !key.starts_with('$') && !ordered.contains(&key.as_str()) {
            merge_field(target, key, change, known(type_, key))?;
        }
    }
    Ok(())
}

/// Drops what a patch does not keep by name.
fn retain(target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), Status> {
    let Some(kept) = patch.get("$retainKeys") else {
        return Ok(());
    };
    let named = |key: &str| {
        kept.as_array()
            .is_some_and(|kept| kept.iter().any(|k| k == key))
    };
    let other =
        |(key, value): (&String, &Value)| !key.starts_with('$') && !value.is_null() && !named(key);
    if !kept.is_array() || patch.iter().any(other) {
        return Err(Status::bad_request("invalid patch format of retainKeys"));
    }
    target.retain(|key, _| named(key));
    Ok(())
}

fn merge_field(
    target: &mut Map<String, Value>,
    key: &str,
    change: &Value,
    (rule, inner): (Option<Patch>, Option<TypeId>),
) -> Result<(), Status> {
    let replaced = rule.is_some_and(|rule| !rule.merge && !rule.retain_keys);
    let rule = rule.filter(|rule| rule.merge);
    match (target.get_mut(key), change) {
        (_, Value::Null) => {
            target.remove(key);
        }
        (Some(stored), Value::Object(_)) if replaced => stored.clone_from(change),
        (Some(Value::Object(stored)), Value::Object(change)) => merge(stored, change, inner)?,
        (Some(Value::Array(stored)), Value::Array(items)) => match rule {
            Some(rule) => {
                let before = std::mem::take(stored);
                let merged = merge_list(&before, items, rule.key, inner)?;
                *stored = arranged(merged, items, &before, rule.key);
            }
            None => stored.clone_from(items),
        },
        _ => match clean(change) {
            Some(value) => {
                target.insert(key.to_owned(), value);
            }
            None => {
                target.remove(key);
            }
        },
    }
    Ok(())
}

/// A value of a patch where nothing was before: without nulls and directives; nothing if it is itself a directive.
fn clean(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(map) => {
            if map.contains_key("$patch") {
                return None;
            }
            let fields = map.iter().filter(|(key, _)| !key.starts_with('$'));
            let fields = fields.filter_map(|(key, value)| Some((key.clone(), clean(value)?)));
            Some(Value::Object(fields.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(clean).into_list())),
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn containers_are_merged_by_name_and_arguments_are_replaced() {
        let mut pod = json!({"spec": {"containers": [{"name": "a", "image": "one", "args": ["x"]}, {"name": "b", "image": "two"}]}});
        apply(
            Kind::Pod,
            &mut pod,
            &json!({"spec": {"containers": [{"name": "a", "image": "three", "args": ["y", "z"]}]}}),
        )
        .expect("it applies");
        let expected = json!({"spec": {"containers": [{"name": "a", "image": "three", "args": ["y", "z"]}, {"name": "b", "image": "two"}]}});
        assert_eq!(pod, expected);
    }

    #[test]
    fn null_takes_a_key_away() {
        let mut pod = json!({"metadata": {"labels": {"a": "1", "b": "2"}}});
        apply(
            Kind::Pod,
            &mut pod,
            &json!({"metadata": {"labels": {"a": null}}}),
        )
        .expect("it applies");
        assert_eq!(pod, json!({"metadata": {"labels": {"b": "2"}}}));
    }

    fn names_after(patch: Value) -> Result<Vec<String>, String> {
        let mut pod =
            json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}});
        apply(Kind::Pod, &mut pod, &json!({ "spec": patch })).map_err(|status| status.message)?;
        let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
        Ok(containers.map(|c| go::text(&c["name"])).collect())
    }

    #[test]
    fn what_a_patch_adds_to_a_list_comes_first_unless_it_says_the_order() {
        let after = |patch| names_after(patch).map(|names| names.join(" "));
        let added = json!({"containers": [{"name": "d"}]});
        assert_eq!(after(added), Ok("d a b c".to_owned()));
        let between = json!({"$setElementOrder/containers": [{"name": "a"}, {"name": "d"}, {"name": "c"}], "containers": [{"name": "d"}]});
        assert_eq!(after(between), Ok("a d b c".to_owned()));
        let moved = json!({"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]});
        assert_eq!(after(moved), Ok("b c a".to_owned()));
    }

    #[test]
    fn directives_that_nobody_knows_are_refused() {
        let directive = json!({"containers": [{"name": "a", "$patch": "drop"}]});
        let words = "unknown patch type: drop in map: map[$patch:drop name:a]";
        assert_eq!(names_after(directive), Err(words.to_owned()));
        let kept = json!({"$retainKeys": ["volumes"], "containers": []});
        let words = "invalid patch format of retainKeys";
        assert_eq!(names_after(kept), Err(words.to_owned()));
    }
}
