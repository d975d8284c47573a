//! Empty lists and maps in what was sent: they are not kept, but messages that print a part of an object show them.
//! Models the decoding of JSON into Go's structs, where an empty list is another one than none.

use serde_json::Value;

/// The part of an object at a path such as `spec.containers[0].env` or `metadata.labels[app]`.
pub(super) fn find<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = object;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = inside.split_once(']')?;
            at = match key.parse::<usize>() {
                Ok(index) if at.is_array() => at.get(index)?,
                _ => at.get(key)?,
            };
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            at = at.get(&rest[..end])?;
            rest = &rest[end..];
        }
    }
    Some(at)
}

/// Puts the empty lists and maps of what was sent where nothing stands in a value.
pub(super) fn restore(value: &mut Value, sent: &Value) {
    match (value, sent) {
        (value @ Value::Null, sent) if is_empty(sent) => *value = sent.clone(),
        (Value::Object(map), Value::Object(sent)) => {
            for (key, sent) in sent {
                match map.get_mut(key) {
                    Some(value) => restore(value, sent),
                    None if is_empty(sent) => {
                        map.insert(key.clone(), sent.clone());
                    }
                    None => {}
                }
            }
        }
        (Value::Array(items), Value::Array(sent)) if items.len() == sent.len() => {
            for (item, sent) in items.iter_mut().zip(sent) {
                restore(item, sent);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
