//! What the server says of a patched object that does not fit its type. It is not decoded but converted, which has words
//! of its own and lets numbers that are too large run over. Models apimachinery `runtime.fromUnstructured`, 1.37.

use serde_json::Value;

use super::decode::own_fault;
use super::words::go_text_type;
use super::{Field, FieldType, Leaf, TypeId, field};

/// Converts an object of a type.
///
/// # Errors
/// The first value that does not fit, in the server's words.
pub fn convert(id: TypeId, value: &mut Value) -> Result<(), String> {
    let Value::Object(map) = value else {
        return Err(format!("cannot restore struct from: {}", kind(value)));
    };
    for (key, value) in map {
        if let Some(known) = field(id, key).filter(|_| !value.is_null()) {
            one_field(id, known, value)?;
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() || number.is_u64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

fn one_field(owner: TypeId, known: &Field, value: &mut Value) -> Result<(), String> {
    let text = go_text_type(owner, known.name);
    match (known.ty, value) {
        (FieldType::One(of), value) => leaf(of, text, value),
        (FieldType::List(of), Value::Array(items)) => {
            items.iter_mut().try_for_each(|item| leaf(of, text, item))
        }
        (FieldType::Map(of), Value::Object(entries)) => {
            let mut values = entries.values_mut();
            values.try_for_each(|value| leaf(of, text, value))
        }
        (FieldType::List(_), value) => Err(format!("cannot restore slice from {}", kind(value))),
        (FieldType::Map(_), value) => Err(format!("cannot restore map from {}", kind(value))),
    }
}

fn leaf(leaf: Leaf, text: &str, value: &mut Value) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    let of = kind(value);
    let (wanted, plain) = match leaf {
        Leaf::Any => return Ok(()),
        Leaf::Object(id) => return convert(id, value),
        Leaf::Quantity | Leaf::IntOrString | Leaf::Time | Leaf::MicroTime => {
            return own_fault(leaf, value).map_or(Ok(()), Err);
        }
        Leaf::Bytes if of == "string" => {
            let fault = own_fault(leaf, value);
            return fault.map_or(Ok(()), |fault| {
                Err(format!("error decoding from json: {fault}"))
            });
        }
        Leaf::Bytes => return Err(format!("cannot restore slice from {of}")),
        Leaf::String => (text, "string"),
        Leaf::Int32 => ("int32", "int32"),
        Leaf::Int64 => ("int64", "int64"),
        Leaf::Bool => ("bool", "bool"),
    };
    match (leaf, of) {
        (Leaf::String, "string") | (Leaf::Bool, "bool") => Ok(()),
        (Leaf::Int32 | Leaf::Int64, "int64") => {
            let number = value.as_i64().unwrap_or(i64::MAX);
            if leaf == Leaf::Int32 {
                let bytes = number.to_le_bytes();
                let low = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                *value = Value::from(low);
            }
            Ok(())
        }
        (Leaf::String, "int64") | (Leaf::Int32 | Leaf::Int64, "float64") => {
            Err(format!("cannot convert {of} to {wanted}"))
        }
        _ => Err(format!("unrecognized type: {plain}")),
    }
}
