//! Strategic merge: lists are merged by the keys that the published schema names.
//!
//! Models apimachinery `strategicpatch`, 1.37, with the directives `$patch` (replace, delete), `$retainKeys` and
//! `$deleteFromPrimitiveList`; `$setElementOrder` is accepted and has no effect (see the ledger).

use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, FieldType, Patch, TypeId};
use ordinal_api::{Kind, Status, Value};
use serde_json::Map;

/// Applies a strategic merge patch to an object of a kind.
pub(super) fn apply(kind: Kind, target: &mut Value, patch: &Value) {
    merge(
        target,
        patch,
        schema::kind_type(&kind.api_version(), kind.names().kind),
    );
}

/// Checks that items of lists that are merged have their keys.
///
/// # Errors
/// 500 in the server's words.
pub(super) fn check(kind: Kind, patch: &Value) -> Result<(), Status> {
    keyed(
        patch,
        schema::kind_type(&kind.api_version(), kind.names().kind),
    )
}

fn keyed(patch: &Value, type_: Option<TypeId>) -> Result<(), Status> {
    for (key, change) in patch.as_object().into_iter().flatten() {
        let Some(field) = type_.and_then(|t| schema::field(t, key)) else {
            continue;
        };
        let inner = field.ty.object();
        let Some(items) = change.as_array() else {
            keyed(change, inner)?;
            continue;
        };
        let merge_key = field
            .patch
            .filter(|rule| rule.merge)
            .and_then(|rule| rule.key);
        for item in items.iter().filter(|item| item.is_object()) {
            if let Some(merge_key) = merge_key.filter(|k| item.get(*k).is_none())
                && item
                    .get("$patch")
                    .is_none_or(|directive| directive != "replace")
            {
                let shown = go_text(item);
                return Err(Status::internal(format!(
                    "map: {shown} does not contain declared merge key: {merge_key}"
                )));
            }
            keyed(item, inner)?;
        }
    }
    Ok(())
}

/// A value as Go prints its maps and slices: `map[image:nginx:1.28]`.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let all: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{k}:{}", go_text(v)))
                .into_list();
            format!("map[{}]", all.join(" "))
        }
        Value::Array(items) => {
            let all: Vec<String> = items.iter().map(go_text).into_list();
            format!("[{}]", all.join(" "))
        }
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

fn merge(target: &mut Value, patch: &Value, type_: Option<TypeId>) {
    let Some(changes) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if changes
        .get("$patch")
        .is_some_and(|directive| directive == "replace")
    {
        *target = without_directives(changes);
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else {
        return;
    };
    if let Some(kept) = changes.get("$retainKeys").and_then(Value::as_array) {
        map.retain(|key, _| kept.iter().any(|k| k == key));
    }
    for (key, change) in changes {
        if let Some(name) = key.strip_prefix("$deleteFromPrimitiveList/") {
            delete_primitives(map, name, change);
        } else if !key.starts_with('$') {
            let field = type_.and_then(|t| schema::field(t, key));
            merge_field(
                map,
                key,
                change,
                field.map(|f| f.ty),
                field.and_then(|f| f.patch),
            );
        }
    }
}

fn delete_primitives(map: &mut Map<String, Value>, name: &str, gone: &Value) {
    if let Some(items) = map.get_mut(name).and_then(Value::as_array_mut) {
        items.retain(|item| !gone.as_array().is_some_and(|gone| gone.contains(item)));
    }
}

fn merge_field(
    map: &mut Map<String, Value>,
    key: &str,
    change: &Value,
    type_: Option<FieldType>,
    rule: Option<Patch>,
) {
    let delete = change.is_null()
        || change
            .get("$patch")
            .is_some_and(|directive| directive == "delete");
    if delete {
        map.remove(key);
        return;
    }
    match (change, rule) {
        (Value::Array(items), Some(rule)) if rule.merge => {
            let target = map.entry(key).or_insert_with(|| Value::Array(Vec::new()));
            if !target.is_array() {
                *target = Value::Array(Vec::new());
            }
            if let Some(target) = target.as_array_mut() {
                merge_list(target, items, rule.key, type_.and_then(FieldType::object));
            }
        }
        (Value::Object(_), _) => {
            let target = map.entry(key).or_insert(Value::Null);
            let inner = if let Some(FieldType::One(_)) = type_ {
                type_.and_then(FieldType::object)
            } else {
                None
            };
            merge(target, change, inner);
        }
        _ => {
            map.insert(key.to_owned(), change.clone());
        }
    }
}

fn merge_list(target: &mut Vec<Value>, items: &[Value], key: Option<&str>, type_: Option<TypeId>) {
    if items.iter().any(|item| {
        item.get("$patch")
            .is_some_and(|directive| directive == "replace")
    }) {
        target.clear();
    }
    for item in items {
        let directive = item.get("$patch").and_then(Value::as_str);
        let same = |stored: &Value| match key {
            Some(key) => stored.get(key).is_some() && stored.get(key) == item.get(key),
            None => stored == item,
        };
        let place = target.iter().position(same);
        match (directive, place) {
            (Some("replace"), _) if item.as_object().is_some_and(|map| map.len() == 1) => {}
            (Some("delete"), Some(place)) => {
                target.remove(place);
            }
            (Some("delete"), None) => {}
            (_, Some(place)) => merge(&mut target[place], item, type_),
            (_, None) => target.push(
                item.as_object()
                    .map_or_else(|| item.clone(), without_directives),
            ),
        }
    }
}

fn without_directives(map: &Map<String, Value>) -> Value {
    let clean = |value: &Value| {
        value
            .as_object()
            .map_or_else(|| value.clone(), without_directives)
    };
    map.iter()
        .filter(|(key, _)| !key.starts_with('$'))
        .map(|(key, value)| (key.clone(), clean(value)))
        .collect()
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
        );
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
        );
        assert_eq!(pod, json!({"metadata": {"labels": {"b": "2"}}}));
    }
}
