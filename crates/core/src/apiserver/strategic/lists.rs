//! How lists are merged: item by item where the schema names a key, as sets elsewhere, and in which order.

use ordinal_api::go;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{Patch, TypeId};
use ordinal_api::{Status, Value};
use serde_json::Map;

use super::{broken, clean, merge, unknown_directive};

/// Merges a list whose order the patch says.
pub(super) fn in_order(
    target: &mut Map<String, Value>,
    items: Option<&Value>,
    name: &str,
    order: &[Value],
    (rule, inner): (Option<Patch>, Option<TypeId>),
) -> Result<(), Status> {
    let key = rule.filter(|rule| rule.merge).and_then(|rule| rule.key);
    let items = items.and_then(Value::as_array);
    if let Some(items) = items.filter(|items| !items.is_empty() && !order.is_empty()) {
        fits_order(items, order, key)?;
    }
    let before = target.get(name).and_then(Value::as_array).cloned();
    let merged = match (&before, items) {
        (None, None) => return Ok(()),
        (Some(before), None) => before.clone(),
        (None, Some(items)) => items.iter().filter_map(clean).into_list(),
        (Some(before), Some(items)) => merge_list(before, items, key, inner)?,
    };
    let all = arranged(merged, order, &before.unwrap_or_default(), key);
    target.insert(name.to_owned(), Value::Array(all));
    Ok(())
}

/// Whether the items of a patch come in the order that it says.
fn fits_order(items: &[Value], order: &[Value], key: Option<&str>) -> Result<(), Status> {
    let mut places = order.iter();
    let fits =
        |item: &Value| item.get("$patch").is_some() || places.any(|place| same(item, place, key));
    if items.iter().all(fits) {
        return Ok(());
    }
    let (items, order) = (Value::from(items), Value::from(order));
    broken(format!(
        "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
        go::text(&items),
        go::text(&order)
    ))
}

/// Whether two items are the same one: by their merge key, or as a whole.
pub(super) fn same(one: &Value, other: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => one.get(key).is_some() && one.get(key) == other.get(key),
        None => one == other,
    }
}

/// Whether the items of both lists are of one type, which is no list. Models `sliceElementType`.
fn alike(before: &[Value], items: &[Value]) -> Result<(), Status> {
    let mut all = before.iter().chain(items);
    let Some(first) = all.next() else {
        return Ok(());
    };
    if first.is_array() {
        return broken("lists of lists are not supported".to_owned());
    }
    if all.all(|item| std::mem::discriminant(item) == std::mem::discriminant(first)) {
        return Ok(());
    }
    let (before, items) = (Value::from(before), Value::from(items));
    broken(format!(
        "list element types are not identical: [{} {}]",
        go::text(&before),
        go::text(&items)
    ))
}

pub(super) fn merge_list(
    before: &[Value],
    items: &[Value],
    key: Option<&str>,
    type_: Option<TypeId>,
) -> Result<Vec<Value>, Status> {
    alike(before, items)?;
    let mut merged = before.to_vec();
    let Some(key) = key else {
        for item in items {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(merged);
    };
    let replaces = |item: &Value| item.get("$patch").is_some_and(|d| d == "replace");
    let replaced = items.iter().any(replaces);
    for item in items {
        match item.get("$patch") {
            None => {}
            Some(directive) if directive == "replace" => continue,
            Some(directive) if directive == "delete" => {
                if item.get(key).is_none() {
                    unkeyed(item, key)?;
                }
                merged.retain(|stored| !same(stored, item, Some(key)));
                continue;
            }
            Some(directive) if directive == "merge" => {
                broken("merging lists cannot yet be specified in the patch".to_owned())?;
            }
            Some(directive) => unknown_directive(directive, item)?,
        }
        if item.get(key).is_none() {
            unkeyed(item, key)?;
        }
    }
    let plain = items.iter().filter(|item| item.get("$patch").is_none());
    if replaced {
        return Ok(plain.cloned().into_list());
    }
    for item in plain {
        let stored = merged
            .iter_mut()
            .find(|stored| same(stored, item, Some(key)));
        match (stored.and_then(Value::as_object_mut), item.as_object()) {
            (Some(stored), Some(item)) => merge(stored, item, type_)?,
            _ => merged.push(clean(item).unwrap_or_default()),
        }
    }
    Ok(merged)
}

/// What the patch names in the patch's order, among what it does not name in the order of before: an item that was not
/// there comes first. Models `normalizeElementOrder`.
pub(super) fn arranged(
    merged: Vec<Value>,
    order: &[Value],
    before: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|i| same(i, item, key));
    let (mut named, mut others): (Vec<Value>, Vec<Value>) = merged
        .into_iter()
        .partition(|item| place(order, item).is_some());
    ordinal_api::sorted::sort_by_key(&mut named, |item| place(order, item));
    ordinal_api::sorted::sort_by_key(&mut others, |item| place(before, item));
    let mut all = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(item)) => {
                let places = (place(before, other), place(before, item));
                matches!(places, (Some(other), Some(item)) if other < item)
            }
        };
        all.extend(if other_first {
            others.next()
        } else {
            named.next()
        });
    }
}

fn unkeyed(item: &Value, key: &str) -> Result<(), Status> {
    let shown = go::text(item);
    broken(format!(
        "map: {shown} does not contain declared merge key: {key}"
    ))
}
