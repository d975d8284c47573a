//! `--sort-by`: the order of objects by a path. Models kubectl `pkg/cmd/get/sorter.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use crate::format::jsonpath::{self, Template};
use crate::resource::Item;
use crate::sorting;

/// Sorts by a path: what lacks it first. `false` when nothing has it.
///
/// # Errors
/// The type of what has no order.
pub(super) fn sort(items: &mut [Item], path: &Template) -> Result<bool, &'static str> {
    let key = |item: &Item| {
        let found = path.find(&item.value).unwrap_or_default();
        found.into_iter().flatten().next()
    };
    let keys: Vec<Option<Value>> = items.iter().map(key).into_list();
    if !keys.is_empty() && keys.iter().all(Option::is_none) {
        return Ok(false);
    }
    // A moment that is not there is written as null, and comes before all others.
    let mut having = keys.iter().flatten().filter(|value| !value.is_null());
    if let (Some(first), Some(_)) = (having.next(), having.next()) {
        match first {
            Value::Array(_) => return Err("[]interface {}"),
            Value::Object(_) => return Err("map[string]interface {}"),
            Value::Bool(_) => return Err("bool"),
            _ => {}
        }
    }
    // What lacks the field is less than everything, also than its like.
    let places = sorting::order(keys.len(), &|i, j| match (&keys[i], &keys[j]) {
        (None, _) => true,
        (_, None) => false,
        (Some(Value::Null), Some(b)) => !b.is_null(),
        (_, Some(Value::Null)) => false,
        (Some(a), Some(b)) => compare(a, b).is_lt(),
    });
    let before: Vec<Item> = items.iter().cloned().into_list();
    for (item, place) in items.iter_mut().zip(places) {
        *item = before[place].clone();
    }
    Ok(true)
}

fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    use ordinal_api::Quantity;
    if let (Value::String(a), Value::String(b)) = (a, b) {
        if let (Ok(a), Ok(b)) = (Quantity::parse(a), Quantity::parse(b)) {
            return a.cmp(&b);
        }
        return a.cmp(b);
    }
    jsonpath::compare(a, b).unwrap_or(std::cmp::Ordering::Equal)
}
