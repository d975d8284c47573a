//! `--sort-by`: the order of objects by a path. Models kubectl `pkg/cmd/get/sorter.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use crate::clock;
use crate::format::jsonpath::{self, Template};
use crate::resource::Item;

/// Sorts by a path: what lacks it first. `false` when nothing has it.
///
/// # Errors
/// The type of what has no order.
pub(super) fn sort(items: &mut [Item], path: &Template) -> Result<bool, &'static str> {
    let key = |item: &Item| {
        let found = path.find(&item.value).unwrap_or_default();
        // A moment that is not there is written as null.
        found
            .into_iter()
            .flatten()
            .next()
            .filter(|value| !value.is_null())
    };
    let mut keyed: Vec<(Option<Value>, Item)> = items
        .iter()
        .map(|item| (key(item), item.clone()))
        .into_list();
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        return Ok(false);
    }
    let mut having = keyed.iter().filter_map(|(key, _)| key.as_ref());
    if let (Some(first), Some(_)) = (having.next(), having.next()) {
        match first {
            Value::Array(_) => return Err("[]interface {}"),
            Value::Object(_) => return Err("map[string]interface {}"),
            Value::Bool(_) => return Err("bool"),
            _ => {}
        }
    }
    ordinal_api::sorted::sort_by(&mut keyed, |(a, _), (b, _)| match (a, b) {
        (None, None) => std::cmp::Ordering::Equal,
        (None, Some(_)) => std::cmp::Ordering::Less,
        (Some(_), None) => std::cmp::Ordering::Greater,
        (Some(a), Some(b)) => compare(a, b),
    });
    for (place, (_, item)) in items.iter_mut().zip(keyed) {
        *place = item;
    }
    Ok(true)
}

fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    use ordinal_api::Quantity;
    if let (Value::String(a), Value::String(b)) = (a, b) {
        if let (Some(a), Some(b)) = (clock::parse_ms(a), clock::parse_ms(b)) {
            return a.cmp(&b);
        }
        if let (Ok(a), Ok(b)) = (Quantity::parse(a), Quantity::parse(b)) {
            return a.cmp(&b);
        }
        return natural(a, b);
    }
    jsonpath::compare(a, b).unwrap_or(std::cmp::Ordering::Equal)
}

/// Strings as kubectl sorts them: runs of digits by their number.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let chunk = |text: &str| {
        let digit = text.starts_with(|c: char| c.is_ascii_digit());
        text.find(|c: char| c.is_ascii_digit() != digit)
            .unwrap_or(text.len())
    };
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (x, rest_a) = a.split_at(chunk(a));
        let (y, rest_b) = b.split_at(chunk(b));
        let number = |text: &str| text.parse::<u64>().ok();
        let order = match (number(x), number(y)) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.len().cmp(&b.len())
}
