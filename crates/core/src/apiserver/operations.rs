//! JSON patches (RFC 6902) as the server applies them, which is more lenient than the standard: what is replaced need not
//! be there in an object, an index may count from the end, a value that is left out is null.
//!
//! Models gopkg.in/evanphx/json-patch.v4, as apiserver 1.37 uses it.

use ordinal_api::Value;
use serde_json::Map;

/// Applies a list of operations; nothing if one of them does not apply.
pub(super) fn apply(document: &mut Value, patch: &Value) -> Option<()> {
    let mut operations = patch.as_array()?.iter();
    operations.try_for_each(|one| operation(document, one))
}

/// What the operations took apart: the containers on the way to each place, as nested objects, and the places themselves.
pub(super) fn touched(patch: &Value) -> Value {
    let mut all = Value::Object(Map::new());
    for operation in patch.as_array().into_iter().flatten() {
        for key in ["path", "from"] {
            let path = operation
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default();
            let mut place = &mut all;
            let mut parts = path.split('/').skip(1).peekable();
            while let Some(part) = parts.next() {
                let Some(map) = place.as_object_mut() else {
                    break;
                };
                let inner = map.entry(plain(part)).or_insert(Value::Null);
                if parts.peek().is_some() && inner.is_null() {
                    *inner = Value::Object(Map::new());
                }
                place = inner;
            }
        }
    }
    all
}

fn plain(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn operation(document: &mut Value, operation: &Value) -> Option<()> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let value = || operation.get("value").cloned().unwrap_or_default();
    let path = text("path")?;
    match text("op")? {
        "add" => add(document, path, value()),
        "remove" => remove(document, path).map(|_| ()),
        "replace" if path.is_empty() => {
            *document = value();
            Some(())
        }
        "replace" => {
            get(document, path)?;
            let (place, key) = container(document, path)?;
            match place {
                Value::Array(items) => {
                    let at = index(&key, items.len())?;
                    *items.get_mut(at)? = value();
                }
                Value::Object(map) => drop(map.insert(key, value())),
                _ => return None,
            }
            Some(())
        }
        "move" => {
            let moved = remove(document, text("from")?)?;
            add(document, path, moved)
        }
        "copy" => {
            let copied = get(document, text("from")?)?;
            add(document, path, copied)
        }
        "test" if path.is_empty() => (*document == value()).then_some(()),
        "test" => (get(document, path)? == value()).then_some(()),
        _ => None,
    }
}

/// What holds the end of a path, and its key there. The text before the first slash is not looked at.
fn container<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (_, inside) = path.split_once('/')?;
    let (parents, key) = inside
        .rsplit_once('/')
        .map_or((None, inside), |(p, key)| (Some(p), key));
    let mut place = document;
    for part in parents.into_iter().flat_map(|parents| parents.split('/')) {
        place = match place {
            Value::Array(items) => {
                let at = index(part, items.len())?;
                items.get_mut(at)?
            }
            Value::Object(map) => map.get_mut(&plain(part))?,
            _ => return None,
        };
    }
    Some((place, plain(key)))
}

/// A place in a list, counted from its end if it is negative.
fn index(key: &str, length: usize) -> Option<usize> {
    let number: i64 = key.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    usize::try_from(if number < 0 { number + length } else { number }).ok()
}

/// What stands at a path; null where an object has nothing there.
fn get(document: &mut Value, path: &str) -> Option<Value> {
    let (place, key) = container(document, path)?;
    match place {
        Value::Array(items) => items.get(index(&key, items.len())?).cloned(),
        Value::Object(map) => Some(map.get(&key).cloned().unwrap_or_default()),
        _ => None,
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    let (place, key) = container(document, path)?;
    match place {
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let at = index(&key, items.len() + 1).filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        Value::Object(map) => drop(map.insert(key, value)),
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    let (place, key) = container(document, path)?;
    match place {
        Value::Array(items) => {
            let at = index(&key, items.len()).filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        Value::Object(map) => map.remove(&key),
        _ => None,
    }
}
