//! Small helpers for reading and building JSON trees.

use serde_json::Map;

use crate::read::Read;
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
pub fn decode<T: Read>(kind: Kind, value: Option<&Value>) -> Result<T, Status> {
    let empty = Value::Object(Map::new());
    T::read(value.filter(|v| !v.is_null()).unwrap_or(&empty)).map_err(|error| {
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

/// A number as it is written in texts: `1.5`, `.5`, `+2.`, `1e3`. Read as JSON's are, for the standard library's reader
/// brings tables of ten kilobytes.
// tidy: numbers of a text stay what they are
pub fn decimal(text: &str) -> Option<f64> {
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole_part = whole.trim_start_matches('0');
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let zero = |part: &'static str, text: &str| if text.is_empty() { part } else { "" };
    let json = format!(
        "{sign}{}{whole_part}.{fraction}{}e{exponent}",
        zero("0", whole_part),
        zero("0", fraction)
    );
    let value: Value = serde_json::from_str(&json).ok()?;
    value.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "1.5",
            ".5",
            "+2.",
            "-0.25",
            "1e3",
            "1.5E-3",
            "007.50",
            "0.1",
            "123456.789",
            "2.5e+4",
        ] {
            assert_eq!(decimal(text), text.parse().ok(), "{text}");
        }
        for text in [
            "", ".", "-", "1.2.3", "1e", "e5", "abc", "0x10", "1_000", "inf",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
