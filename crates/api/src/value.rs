//! Small helpers for reading and building JSON trees.

use serde::de::DeserializeOwned;
use serde_json::Map;

use crate::{Kind, Labels, Status, Text, Value};

/// A map of strings; entries of another type are left out.
pub fn text_map(value: Option<&Value>) -> Labels {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(k, v)| Some((Text::new(k), Text::new(v.as_str()?))))
        .collect()
}

/// A list of strings; entries of another type are left out.
pub fn array_of_text(value: Option<&Value>) -> Vec<Text> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|v| v.as_str().map(Text::new)).collect()
}

/// The value at a path of keys, if every step is there.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Reads a typed part out of a tree that has passed strict decoding.
///
/// # Errors
/// 400 in the server's form when a field has a type that it cannot have.
pub fn decode<T: DeserializeOwned>(kind: Kind, value: Option<&Value>) -> Result<T, Status> {
    let empty = Value::Object(Map::new());
    T::deserialize(value.filter(|v| !v.is_null()).unwrap_or(&empty)).map_err(|error| {
        let names = kind.names();
        Status::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {error}",
            names.kind, names.version, names.kind
        ))
    })
}

/// Puts a value at a key of an object, or takes the key away when there is none.
pub fn overlay(target: &mut Value, key: &str, value: Option<Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Some(map) = target.as_object_mut() {
        match value {
            Some(value) => map.insert(key.to_owned(), value),
            None => map.remove(key),
        };
    }
}
