//! Plain scalars as kubectl resolves them: YAML 1.1 with Go's numbers.
//!
//! Models `resolve` of `sigs.k8s.io/yaml/goyaml.v2/resolve.go`: `yes` and `on` are booleans, `0755` is 493, a date stays text.

use serde_json::Number;

use crate::node::Data;

/// What a plain scalar without a tag is.
pub(crate) fn resolve(text: &str) -> Data {
    let Some(first) = text.bytes().next() else {
        return Data::Null;
    };
    match first {
        b'+' | b'-' | b'0'..=b'9' | b'.' => number(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        _ => Data::String(text.to_owned()),
    }
}

fn word(text: &str) -> Data {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Data::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Data::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Data::Null,
        _ => Data::String(text.to_owned()),
    }
}

fn number(text: &str) -> Data {
    let as_text = || Data::String(text.to_owned());
    if text.starts_with('.') {
        // Infinities and not-a-number have no JSON; kubectl fails on them later, and so will the field check on text.
        return if is_float(text) {
            float(text).unwrap_or_else(as_text)
        } else {
            as_text()
        };
    }
    if is_date(text) {
        return as_text();
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(number) = integer(&plain) {
        return Data::Number(number);
    }
    if is_float(&plain) {
        float(&plain).unwrap_or_else(as_text)
    } else {
        as_text()
    }
}

/// Go's `ParseInt(text, 0, 64)`: a leading `0` or `0o` is octal, `0x` hexadecimal, `0b` binary.
fn integer(plain: &str) -> Option<Number> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    if let Ok(small) = i64::try_from(value) {
        return Some(small.into());
    }
    u64::try_from(value).ok().map(Number::from)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa = digits(whole)
        && digits(fraction)
        && if mantissa.starts_with('.') {
            !fraction.is_empty()
        } else {
            !whole.is_empty()
        };
    let is_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    is_mantissa && is_exponent
}

/// JSON knows no difference between 1.0 and 1, and Go writes the shorter.
fn float(text: &str) -> Option<Data> {
    // tidy: the text has a fraction, and JSON has no other number for it
    let value: f64 = ordinal_api::value::decimal(text)?;
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Some(Data::Number(Number::from(value as i64)));
    }
    Number::from_f64(value).map(Data::Number)
}

/// `2006-1-2`, alone or followed by a time. Such scalars stay text, so only a date that is no sum must be told apart.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 5 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use crate::node::{Mark, Node};
    use serde_json::{Value, json};

    fn value(text: &str) -> Value {
        let at = Mark::default();
        Node {
            at,
            end: at,
            data: resolve(text),
            plain: true,
        }
        .value()
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        assert_eq!(value("0755"), json!(493));
        assert_eq!(value("0o17"), json!(15));
        assert_eq!(value("08"), json!(8));
        assert_eq!(value("0x1F"), json!(31));
        assert_eq!(value("1_000"), json!(1000));
        assert_eq!(value("-12"), json!(-12));
        assert_eq!(value("1.50"), json!(1.5));
        assert_eq!(value("3.0"), json!(3));
        assert_eq!(value("1e3"), json!(1000));
        assert_eq!(value(".5"), json!(0.5));
        assert_eq!(value("1.2.3"), json!("1.2.3"));
        assert_eq!(value("1Gi"), json!("1Gi"));
        assert_eq!(value("-"), json!("-"));
        assert_eq!(value("2024-01-02"), json!("2024-01-02"));
        assert_eq!(value("12:30"), json!("12:30"));
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans_and_nulls() {
        assert_eq!(value("yes"), json!(true));
        assert_eq!(value("Off"), json!(false));
        assert_eq!(value("y"), json!(true));
        assert_eq!(value("~"), Value::Null);
        assert_eq!(value(""), Value::Null);
        assert_eq!(value("yEs"), json!("yEs"));
        assert_eq!(value("None"), json!("None"));
    }
}
