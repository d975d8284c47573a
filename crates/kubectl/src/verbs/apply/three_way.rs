//! The patch from what was applied last, what is wanted now, and what is there.
//!
//! Models apimachinery `strategicpatch.CreateThreeWayMergePatch`, 1.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, TypeId};
use serde_json::{Map, json};

/// Which differences a comparison is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// What is new or changed.
    Additions,
    /// What is gone.
    Deletions,
}

/// The patch; `{}` when there is nothing to do.
pub(super) fn patch(last: &Value, wanted: &Value, live: &Value, type_: Option<TypeId>) -> Value {
    let added = maps(live, wanted, type_, Side::Additions, false);
    let mut patch = maps(last, wanted, type_, Side::Deletions, false);
    join(&mut patch, added, type_);
    Value::Object(patch)
}

/// The patch that makes one object of another. Models `CreateTwoWayMergePatch`.
pub(in crate::verbs) fn two_way(old: &Value, new: &Value, type_: Option<TypeId>) -> Value {
    patch(old, new, old, type_)
}

fn maps(
    old: &Value,
    new: &Value,
    type_: Option<TypeId>,
    side: Side,
    retain: bool,
) -> Map<String, Value> {
    let mut patch = Map::new();
    let none = Map::new();
    let (old, new) = (
        old.as_object().unwrap_or(&none),
        new.as_object().unwrap_or(&none),
    );
    for (key, value) in new {
        let field = type_.and_then(|t| schema::field(t, key));
        let inner = field.and_then(|f| f.ty.object());
        let rule = field.and_then(|f| f.patch);
        let mut put = |value: &Value| {
            if side == Side::Additions {
                patch.insert(key.clone(), value.clone());
            }
        };
        match (old.get(key), value) {
            (None, value) => put(value),
            (Some(Value::Object(_)), Value::Object(_)) => {
                let retain = rule.is_some_and(|rule| rule.retain_keys);
                let change = maps(&old[key], value, inner, side, retain);
                if !change.is_empty() {
                    patch.insert(key.clone(), Value::Object(change));
                }
            }
            (Some(Value::Array(before)), Value::Array(now)) if rule.is_some_and(|r| r.merge) => {
                let merge_key = rule.and_then(|rule| rule.key);
                lists(key, (before, now), merge_key, inner, side, &mut patch);
            }
            (Some(before), value) if before != value => put(value),
            _ => {}
        }
    }
    if side == Side::Deletions {
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    let more = old.keys().any(|key| !new.contains_key(key));
    if retain && !new.is_empty() && (!patch.is_empty() || more) {
        let keys: Vec<&String> = new
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(key, _)| key)
            .into_list();
        patch.insert("$retainKeys".to_owned(), json!(keys));
    }
    patch
}

/// Lists that are merged: by a key, or as sets.
fn lists(
    name: &str,
    (old, new): (&[Value], &[Value]),
    key: Option<&str>,
    type_: Option<TypeId>,
    side: Side,
    patch: &mut Map<String, Value>,
) {
    if old.is_empty() {
        if !new.is_empty() && side == Side::Additions {
            patch.insert(name.to_owned(), Value::Array(new.to_vec()));
        }
        return;
    }
    let Some(key) = key else {
        let missing = |of: &[Value], list: &[Value]| -> Vec<Value> {
            of.iter()
                .filter(|item| !list.contains(item))
                .cloned()
                .into_list()
        };
        let (word, found) = match side {
            Side::Additions => (name.to_owned(), missing(new, old)),
            Side::Deletions => (
                format!("$deleteFromPrimitiveList/{name}"),
                missing(old, new),
            ),
        };
        if !found.is_empty() || old != new {
            patch.insert(
                format!("$setElementOrder/{name}"),
                Value::Array(new.to_vec()),
            );
        }
        if !found.is_empty() {
            patch.insert(word, Value::Array(found));
        }
        return;
    };
    let find = |list: &'_ [Value], item: &Value| {
        list.iter()
            .position(|other| other.get(key) == item.get(key))
    };
    let mut changes = Vec::new();
    for item in new {
        match find(old, item) {
            Some(at) => {
                let mut change = maps(&old[at], item, type_, side, false);
                if !change.is_empty() {
                    change.insert(key.to_owned(), item[key].clone());
                    changes.push(Value::Object(change));
                }
            }
            None if side == Side::Additions => changes.push(item.clone()),
            None => {}
        }
    }
    if side == Side::Deletions {
        let gone = old.iter().filter(|item| find(new, item).is_none());
        changes.extend(gone.map(|item| json!({"$patch": "delete", key: item[key]})));
    }
    let keys = |list: &[Value]| -> Vec<Value> {
        list.iter().map(|item| json!({key: item[key]})).into_list()
    };
    if !changes.is_empty() || keys(old) != keys(new) {
        patch.insert(format!("$setElementOrder/{name}"), Value::Array(keys(new)));
    }
    if !changes.is_empty() {
        patch.insert(name.to_owned(), Value::Array(changes));
    }
}

/// Lays the additions over the deletions.
fn join(patch: &mut Map<String, Value>, more: Map<String, Value>, type_: Option<TypeId>) {
    for (key, value) in more {
        let field = type_.and_then(|t| schema::field(t, &key));
        let inner = field.and_then(|f| f.ty.object());
        let merge_key = field.and_then(|f| f.patch).and_then(|rule| rule.key);
        match (patch.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(value)) => join(there, value, inner),
            (Some(Value::Array(there)), Value::Array(items)) if !key.starts_with('$') => {
                let gone = std::mem::take(there);
                let same =
                    |a: &Value, b: &Value| merge_key.is_some_and(|key| a.get(key) == b.get(key));
                *there = items;
                for item in gone {
                    let place = there.iter_mut().find(|other| same(other, &item));
                    match (place, item) {
                        (Some(Value::Object(place)), Value::Object(mut item)) => {
                            join(&mut item, std::mem::take(place), inner);
                            *place = item;
                        }
                        (_, item) => there.push(item),
                    }
                }
            }
            (_, value) => {
                patch.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, last: Value, wanted: Value, live: Value) -> Value {
        let version = schema::served_version(kind).expect("served");
        patch(&last, &wanted, &live, schema::kind_type(version, kind))
    }

    #[test]
    fn what_is_as_it_was_is_not_sent() {
        let config = json!({"data": {"a": "1"}});
        let live = json!({"data": {"a": "1"}, "metadata": {"uid": "x"}});
        assert_eq!(of("ConfigMap", config.clone(), config, live), json!({}));
    }

    #[test]
    fn a_key_that_only_the_last_application_had_is_taken_away() {
        let last = json!({"data": {"a": "1", "b": "2"}});
        let live = json!({"data": {"a": "1", "b": "2", "c": "3"}});
        let patch = of("ConfigMap", last, json!({"data": {"a": "4"}}), live);
        assert_eq!(patch, json!({"data": {"a": "4", "b": null}}));
    }

    #[test]
    fn containers_are_compared_by_name_and_their_order_is_told() {
        let spec = |list: Value| json!({"spec": {"containers": list}});
        let last = spec(json!([{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]));
        let live =
            spec(json!([{"name": "a", "image": "x", "tty": true}, {"name": "b", "image": "x"}]));
        let patch = of(
            "Pod",
            last,
            spec(json!([{"name": "a", "image": "y"}])),
            live,
        );
        let expected =
            spec(json!([{"name": "a", "image": "y"}, {"$patch": "delete", "name": "b"}]));
        assert_eq!(patch["spec"]["containers"], expected["spec"]["containers"]);
        assert_eq!(
            patch["spec"]["$setElementOrder/containers"],
            json!([{"name": "a"}])
        );
    }

    #[test]
    fn a_strategy_keeps_only_the_keys_that_are_wanted() {
        let live = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let wanted = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let patch = of("Deployment", wanted.clone(), wanted, live);
        assert_eq!(
            patch,
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}})
        );
    }
}
