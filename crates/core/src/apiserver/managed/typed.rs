//! What does not fit the schema, in the words of structured-merge-diff v6 `typed`.

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{FieldType, Leaf, ListType};

use super::fields::{Shape, element, spelled};

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// What does not fit the schema. Models `validatingObjectWalker`.
pub(super) fn check(value: &Value, shape: Shape, path: &str, faults: &mut Vec<String>) {
    let told = |text: String| format!("{path}: {text}");
    let got = |value: &Value| format!("&{{{}}}", go::text(value));
    if value.is_null() {
        return;
    }
    let (ty, id) = match shape {
        Shape::Piece(ty) => (ty, ty.object()),
        Shape::Struct(id) => (FieldType::One(Leaf::Object(id)), Some(id)),
        Shape::Map(leaf) => (FieldType::Map(leaf), None),
        Shape::List(leaf, _) => (FieldType::List(leaf), None),
    };
    match ty {
        FieldType::One(Leaf::Object(_)) | FieldType::Map(_) => {
            let Some(map) = value.as_object() else {
                return faults.push(told(format!("expected map, got {}", got(value))));
            };
            let inside = match (ty, id) {
                (FieldType::Map(leaf), _) => Shape::Map(leaf),
                (_, Some(id)) => Shape::Struct(id),
                _ => return,
            };
            for (key, value) in map {
                let path = format!("{path}.{key}");
                match inside.child(key) {
                    Some(child) => check(value, child, &path, faults),
                    None => return faults.push(format!("{path}: field not declared in schema")),
                }
            }
        }
        FieldType::List(leaf) => {
            let Some(items) = value.as_array() else {
                return faults.push(told(format!("expected list, got {}", got(value))));
            };
            let mut seen = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let name = match shape {
                    Shape::List(_, ListType::Map(_)) if !item.is_object() => {
                        let what = if item.is_null() {
                            "a null element"
                        } else {
                            "non-map elements"
                        };
                        return faults.push(told(format!(
                            "element {at}: associative list with keys may not have {what}"
                        )));
                    }
                    Shape::List(_, ListType::Set) if !is_scalar(item) => {
                        let what = match item {
                            Value::Object(_) => {
                                "associative list without keys has an element that's a map type"
                            }
                            Value::Array(_) => {
                                "not supported: associative list with lists as elements"
                            }
                            _ => {
                                "associative list without keys has an element that's an explicit null"
                            }
                        };
                        return faults.push(told(format!("element {at}: {what}")));
                    }
                    Shape::List(_, of) => element(item, leaf, of),
                    _ => String::new(),
                };
                if let (Shape::List(_, ListType::Map(keys)), "k:{}") = (shape, name.as_str()) {
                    let keys: Vec<String> =
                        keys.split(',').map(|key| format!("{key:?}")).into_list();
                    return faults.push(told(format!(
                        "element {at}: associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
                        keys.join(" ")
                    )));
                }
                let shown = if name.is_empty() {
                    format!("[{at}]")
                } else {
                    spelled(&name)
                };
                if !name.is_empty() && seen.contains(&name) {
                    faults.push(format!("{path}: duplicate entries for key {shown}"));
                }
                seen.push(name);
                check(item, Shape::item(leaf), &format!("{path}{shown}"), faults);
            }
        }
        FieldType::One(leaf) => {
            let expected = match leaf {
                Leaf::Int32 | Leaf::Int64 if !value.is_number() => {
                    let type_ = match value {
                        Value::String(_) => "string",
                        Value::Bool(_) => "bool",
                        Value::Array(_) => "[]interface {}",
                        _ => "map[string]interface {}",
                    };
                    format!("expected numeric (int or float), got {type_}")
                }
                Leaf::String | Leaf::Bytes if !value.is_string() => {
                    let got = go::syntax(value);
                    format!("expected string, got &value.valueUnstructured{{Value:{got}}}")
                }
                Leaf::Bool if !value.is_boolean() => {
                    format!("expected boolean, got {}", got(value))
                }
                Leaf::Quantity | Leaf::Time | Leaf::MicroTime
                    if value.is_array() || value.is_object() =>
                {
                    format!("expected any scalar, got {}", got(value))
                }
                _ => return,
            };
            faults.push(told(expected));
        }
    }
}
