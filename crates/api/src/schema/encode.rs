//! Objects as text in the order of Go's structs, which is the order in which the server writes them.
//! Models encoding/json for k8s.io/api's types, 1.37, and what gopkg.in/evanphx/json-patch.v4 leaves of that order.

use std::fmt::Write as _;

use serde_json::Value;

use super::{FieldType, Leaf, TypeId, field};

/// Writes an object of a type, of which a patch took apart what `touched` names: there the order is that of the names.
pub fn encode(id: TypeId, value: &Value, touched: &Value) -> String {
    let mut text = String::new();
    write(
        value,
        Some(FieldType::One(Leaf::Object(id))),
        Some(touched),
        &mut text,
    );
    // As encoding/json does, for the sake of browsers.
    for (sign, code) in [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026")] {
        if text.contains(sign) {
            text = text.replace(sign, code);
        }
    }
    text
}

fn write(value: &Value, ty: Option<FieldType>, touched: Option<&Value>, text: &mut String) {
    let below = match ty {
        Some(FieldType::List(leaf) | FieldType::Map(leaf)) => Some(FieldType::One(leaf)),
        _ => None,
    };
    let id = ty.and_then(FieldType::object).filter(|_| below.is_none());
    match (value, touched) {
        (Value::Object(map), None | Some(Value::Object(_))) => {
            let known = |key: &str| id.and_then(|id| field(id, key));
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            if touched.is_none() {
                let place = |key: &str| known(key).map_or(u8::MAX, |field| field.place);
                crate::sorted::sort_by_key(&mut entries, |entry| place(entry.0));
            }
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                let _ = write!(text, "{}:", Value::from(key.as_str()));
                let ty = known(key).map(|field| field.ty).or(below);
                write(value, ty, touched.and_then(|t| t.get(key)), text);
            }
            text.push('}');
        }
        (Value::Array(items), None | Some(Value::Object(_))) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                let touched = touched.and_then(|t| t.get(at.to_string()));
                write(item, below, touched, text);
            }
            text.push(']');
        }
        (value, _) => {
            let _ = write!(text, "{value}");
        }
    }
}
