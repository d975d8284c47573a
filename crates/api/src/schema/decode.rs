//! Strict decoding: what the API server says of fields it does not know and values of the wrong type.
//!
//! Models the strict JSON decoder of the API server (`sigs.k8s.io/json`) as 1.37 answers it: the first value of a wrong
//! type wins over everything; otherwise all unknown fields are listed, in the order of their names.

use serde_json::Value;

use super::words::{embedded, go_text_type};
use super::{Field, FieldType, Leaf, TypeId, field, type_name};
use crate::Quantity;

/// A value that the decoder cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongType {
    /// Where, such as `spec.template.spec.containers[0].env[0].value`.
    pub path: String,
    /// The decoder's words, such as `json: cannot unmarshal number into Go struct field …`.
    pub message: String,
}

/// Everything strict decoding finds in one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Values of a wrong type, in order; the API server names the first.
    pub wrong: Vec<WrongType>,
    /// Paths of fields that the type does not have.
    pub unknown: Vec<String>,
    /// Paths of fields that stand twice.
    pub duplicate: Vec<String>,
}

impl Faults {
    /// Whether the object decodes.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.unknown.is_empty() && self.duplicate.is_empty()
    }

    /// The decoder's one message, as in `strict decoding error: unknown field "spec.foo"`.
    pub fn message(&self) -> Option<String> {
        if let Some(wrong) = self.wrong.first() {
            return Some(wrong.message.clone());
        }
        let listed = self.words();
        if listed.is_empty() {
            return None;
        }
        Some(format!("strict decoding error: {}", listed.join(", ")))
    }

    /// What strict decoding says of single fields: those that stand twice come first.
    pub fn words(&self) -> Vec<String> {
        let twice = self
            .duplicate
            .iter()
            .map(|path| format!("duplicate field \"{path}\""));
        let unknown = self
            .unknown
            .iter()
            .map(|path| format!("unknown field \"{path}\""));
        twice.chain(unknown).collect()
    }
}

/// The whole message of the API server's 400 answer for an object of this kind.
pub fn refusal(api_version: &str, kind: &str, message: &str) -> String {
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {message}")
}

/// Checks an object against a type of the table.
pub fn check(id: TypeId, value: &Value) -> Faults {
    let mut faults = Faults::default();
    if let Value::Object(_) = value {
        object(id, value, "", "", &mut faults);
    }
    faults
}

fn object(id: TypeId, value: &Value, path: &str, go_path: &str, faults: &mut Faults) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let at = join(path, key);
        let Some(known) = field(id, key) else {
            faults.unknown.push(at);
            continue;
        };
        if !value.is_null() {
            let go_path = match embedded(id, key) {
                Some(inside) => &join(go_path, inside),
                None => go_path,
            };
            one_field(id, known, value, &at, &join(go_path, key), faults);
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn one_field(
    owner: TypeId,
    known: &Field,
    value: &Value,
    path: &str,
    go_path: &str,
    faults: &mut Faults,
) {
    let wrong = |value: &Value, path: &str, go_type: String, faults: &mut Faults| {
        let words = go_text_type(owner, known.name);
        let go_type = match go_type.as_str() {
            "string" => words.to_owned(),
            "[]string" => format!("[]{words}"),
            _ => go_type,
        };
        faults.wrong.push(WrongType {
            path: path.to_owned(),
            message: format!(
                "json: cannot unmarshal {} into Go struct field {}.{go_path} of type {go_type}",
                described(value, &go_type),
                type_name(owner)
            ),
        });
    };
    let leaf = |leaf: Leaf, value: &Value, path: &str, faults: &mut Faults| {
        if value.is_null() {
            return;
        }
        match (leaf, value) {
            (Leaf::Object(id), Value::Object(_)) => object(id, value, path, go_path, faults),
            _ => match leaf_fault(leaf, value) {
                None => {}
                Some(Fault::GoType(go_type)) => wrong(value, path, go_type, faults),
                Some(Fault::Own(message)) => {
                    // The decoder says of what struct the value is that a reader of its own could not take.
                    let message = match message.split_once("Go value of") {
                        Some((start, of)) => format!(
                            "{start}Go struct field {}.{go_path} of{of}",
                            type_name(owner)
                        ),
                        None => message,
                    };
                    let path = path.to_owned();
                    faults.wrong.push(WrongType { path, message });
                }
            },
        }
    };
    match (known.ty, value) {
        (FieldType::One(of), value) => leaf(of, value, path, faults),
        (FieldType::List(of), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                leaf(of, item, &format!("{path}[{at}]"), faults);
            }
        }
        (FieldType::Map(of), Value::Object(entries)) => {
            for (key, item) in entries {
                leaf(of, item, &format!("{path}.{key}"), faults);
            }
        }
        (FieldType::List(of), value) => {
            let item = go_leaf(of);
            wrong(value, path, format!("[]{item}"), faults);
        }
        (FieldType::Map(Leaf::Quantity), value) => {
            wrong(value, path, "v1.ResourceList".to_owned(), faults)
        }
        (FieldType::Map(of), value) => {
            wrong(value, path, format!("map[string]{}", go_leaf(of)), faults)
        }
    }
}

enum Fault {
    GoType(String),
    Own(String),
}

fn leaf_fault(leaf: Leaf, value: &Value) -> Option<Fault> {
    let fits = match leaf {
        Leaf::Any => true,
        Leaf::String => value.is_string(),
        Leaf::Bool => value.is_boolean(),
        Leaf::Int32 => value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        Leaf::Int64 => value.as_i64().is_some(),
        Leaf::Object(_) => false,
        Leaf::Time | Leaf::MicroTime => {
            if let Some(text) = value.as_str() {
                return time_fault(text, leaf == Leaf::MicroTime).map(Fault::Own);
            }
            return Some(Fault::Own(format!(
                "json: cannot unmarshal {} into Go value of type string",
                described(value, "string")
            )));
        }
        Leaf::IntOrString => {
            if value.is_string()
                || value
                    .as_i64()
                    .is_some_and(|number| i32::try_from(number).is_ok())
            {
                return None;
            }
            return Some(Fault::Own(format!(
                "json: cannot unmarshal {} into Go value of type int32",
                described(value, "int32")
            )));
        }
        Leaf::Quantity => {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            return quantity_fault(text.trim()).map(|fault| Fault::Own(fault.to_owned()));
        }
        Leaf::Bytes => match value {
            Value::String(text) => {
                let at = base64_fault(text)?;
                return Some(Fault::Own(format!(
                    "illegal base64 data at input byte {at}"
                )));
            }
            _ => false,
        },
    };
    (!fits).then(|| Fault::GoType(go_leaf(leaf)))
}

/// What a value of a type with a reader of its own does not fit, in that reader's words.
pub(super) fn own_fault(leaf: Leaf, value: &Value) -> Option<String> {
    match leaf_fault(leaf, value)? {
        Fault::Own(message) => Some(message),
        Fault::GoType(_) => None,
    }
}

/// Whether a text is a quantity.
pub fn is_quantity(text: &str) -> bool {
    quantity_fault(text).is_none()
}

/// What is wrong with a quantity, in the server's words.
pub fn quantity_fault(text: &str) -> Option<&'static str> {
    Quantity::parse(text).err()
}

/// What Go's `time.Parse` says of a text that is no moment: it names the rest and the part of the layout that did not fit.
fn time_fault(text: &str, micro: bool) -> Option<String> {
    const PARTS: [(&str, &str); 11] = [
        ("dddd", "2006"),
        ("-", "-"),
        ("dd", "01"),
        ("-", "-"),
        ("dd", "02"),
        ("T", "T"),
        ("dd", "15"),
        (":", ":"),
        ("dd", "04"),
        (":", ":"),
        ("dd", "05"),
    ];
    let layout = if micro {
        "2006-01-02T15:04:05.000000Z07:00"
    } else {
        "2006-01-02T15:04:05Z07:00"
    };
    let fits = |rest: &str, shape: &str| {
        rest.len() >= shape.len()
            && shape.bytes().zip(rest.bytes()).all(|(s, b)| match s {
                b'd' => b.is_ascii_digit(),
                b'+' => matches!(b, b'+' | b'-'),
                _ => s == b,
            })
    };
    let fault = |rest: &str, part: &str| {
        Some(format!(
            "parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}"
        ))
    };
    let mut rest = text;
    for (shape, part) in PARTS {
        if !fits(rest, shape) {
            return fault(rest, part);
        }
        rest = rest.get(shape.len()..).unwrap_or_default();
    }
    if micro {
        if !fits(rest, ".dddddd") {
            return fault(rest, ".000000");
        }
        rest = &rest[7..];
    } else if fits(rest, ".d") {
        rest = rest[1..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let zone = ["Z", "+dd:dd"].into_iter().find(|shape| fits(rest, shape));
    let Some(zone) = zone else {
        return fault(rest, "Z07:00");
    };
    let extra = rest.get(zone.len()..).unwrap_or_default();
    (!extra.is_empty()).then(|| format!("parsing time {text:?}: extra text: {extra:?}"))
}

/// The byte at which Go's `base64.StdEncoding` stops.
fn base64_fault(text: &str) -> Option<usize> {
    let mut used = 0;
    let mut bytes = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => used += 1,
            b'=' if used % 4 == 3 => return bytes.next().map(|rest| rest.0),
            b'=' if used % 4 == 2 => {
                return match bytes.next() {
                    Some((_, b'=')) => bytes.next().map(|rest| rest.0),
                    Some((at, _)) => Some(at),
                    None => Some(text.len()),
                };
            }
            _ => return Some(at),
        }
    }
    (used % 4 != 0).then(|| text.len() - used % 4)
}

fn go_leaf(leaf: Leaf) -> String {
    match leaf {
        Leaf::String | Leaf::Any => "string".to_owned(),
        Leaf::Bytes => "[]uint8".to_owned(),
        Leaf::Int32 => "int32".to_owned(),
        Leaf::Int64 => "int64".to_owned(),
        Leaf::Bool => "bool".to_owned(),
        Leaf::Time => "v1.Time".to_owned(),
        Leaf::MicroTime => "v1.MicroTime".to_owned(),
        Leaf::Quantity => "resource.Quantity".to_owned(),
        Leaf::IntOrString => "intstr.IntOrString".to_owned(),
        Leaf::Object(id) => format!("v1.{}", type_name(id)),
    }
}

/// Go names the number itself only where it would have taken another number.
fn described(value: &Value, go_type: &str) -> String {
    match value {
        Value::Number(number) if go_type.starts_with("int") => format!("number {number}"),
        other => crate::go::name(other).to_owned(),
    }
}
