//! The functions of templates. Models text/template/funcs.go and kubectl's own.

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::list::IntoList;

use super::truth;
use crate::format::jsonpath::compare;

/// Calls a function.
///
/// # Errors
/// What Go says of the arguments.
pub(super) fn function(name: &str, arguments: &[Value]) -> Result<Option<Value>, String> {
    let text = |value: &Value| go::text(value);
    let all = |arguments: &[Value]| {
        let words: Vec<String> = arguments.iter().map(text).into_list();
        words.join(" ")
    };
    let order = || {
        arguments
            .first()
            .zip(arguments.get(1))
            .and_then(|(a, b)| compare(a, b))
    };
    Ok(Some(match name {
        "index" => {
            let Some((first, keys)) = arguments.split_first() else {
                return Ok(None);
            };
            let mut value = first;
            for key in keys {
                let next = match key {
                    Value::String(key) => value.get(key),
                    key => {
                        let at = key.as_i64().unwrap_or_default();
                        let found = usize::try_from(at).ok().and_then(|at| value.get(at));
                        if found.is_none() && value.is_array() {
                            return Err(format!("index out of range: {at}"));
                        }
                        found
                    }
                };
                match next {
                    Some(next) => value = next,
                    None => return Ok(None),
                }
            }
            value.clone()
        }
        "len" => Value::from(match arguments.first() {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(map)) => map.len(),
            Some(Value::String(text)) => text.len(),
            _ => 0,
        }),
        "print" => Value::from(sprint(arguments)),
        "slice" => Value::from(slice(arguments)?),
        "html" => Value::from(replaced(&sprint(arguments), &HTML)),
        "js" => Value::from(replaced(&sprint(arguments), &JS)),
        "urlquery" => Value::from(query(&sprint(arguments))),
        "println" => Value::from(format!("{}\n", all(arguments))),
        "printf" => Value::from(printf(arguments)),
        "eq" | "ne" => {
            let (first, rest) = arguments.split_first().unwrap_or((&Value::Null, &[]));
            if rest.iter().any(|other| !alike(first, other)) {
                return Err("incompatible types for comparison".to_owned());
            }
            Value::Bool(rest.contains(first) == (name == "eq"))
        }
        "lt" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_lt)),
        "le" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_le)),
        "gt" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_gt)),
        "ge" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_ge)),
        "not" => Value::Bool(!arguments.first().is_some_and(truth)),
        "and" => arguments
            .iter()
            .find(|value| !truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "or" => arguments
            .iter()
            .find(|value| truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "exists" => Value::Bool(matches!(function("index", arguments), Ok(Some(_)))),
        "base64decode" => {
            let coded = arguments.first().map(text).unwrap_or_default();
            let bytes =
                ordinal_api::base64::decode(&coded).filter(|_| coded.len().is_multiple_of(4));
            let place = coded.len() / 4 * 4;
            let bytes = bytes.ok_or_else(|| {
                format!("base64 decode failed: illegal base64 data at input byte {place}")
            })?;
            Value::from(String::from_utf8_lossy(&bytes).into_owned())
        }
        other => {
            return Err(format!(
                "template: output:1: function \"{other}\" not defined"
            ));
        }
    }))
}

/// Whether two values can be compared: nothing can be with everything.
fn alike(a: &Value, b: &Value) -> bool {
    let whole = |value: &Value| value.is_i64() || value.is_u64();
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Number(_), Value::Number(_)) => whole(a) == whole(b),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// Go's `Sprint`: a blank between two that are no texts.
fn sprint(arguments: &[Value]) -> String {
    let mut out = String::new();
    for (place, value) in arguments.iter().enumerate() {
        let blank = place > 0 && !value.is_string() && !arguments[place - 1].is_string();
        out.push_str(if blank { " " } else { "" });
        out.push_str(&go::text(value));
    }
    out
}

fn slice(arguments: &[Value]) -> Result<String, String> {
    let text = arguments.first().map(go::text).unwrap_or_default();
    let bound = |place: usize| arguments.get(place).and_then(Value::as_u64);
    let at = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX);
    let from = at(bound(1).unwrap_or(0));
    let to = bound(2).map_or(text.len(), at);
    text.get(from..to).map(str::to_owned).ok_or_else(|| {
        let worst = if to > text.len() { to } else { from };
        format!("index out of range: {worst}")
    })
}

const HTML: [(char, &str); 5] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('\'', "&#39;"),
    ('"', "&#34;"),
];
const JS: [(char, &str); 7] = [
    ('\\', "\\\\"),
    ('\'', "\\'"),
    ('"', "\\\""),
    ('<', "\\u003C"),
    ('>', "\\u003E"),
    ('&', "\\u0026"),
    ('=', "\\u003D"),
];

fn replaced(text: &str, table: &[(char, &str)]) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match table.iter().find(|(from, _)| *from == letter) {
            Some((_, to)) => out.push_str(to),
            None => out.push(letter),
        }
    }
    out
}

/// Models Go's `url.QueryEscape`.
fn query(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn printf(arguments: &[Value]) -> String {
    let Some((format, rest)) = arguments.split_first() else {
        return String::new();
    };
    let format = go::text(format);
    let mut rest = rest.iter();
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut width = String::new();
        while let Some(c) = letters.next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '+'))
        {
            width.push(c);
        }
        let (width, precision) = match width.split_once('.') {
            Some((width, precision)) => (width, Some(precision.parse().unwrap_or(0))),
            None => (width.as_str(), None),
        };
        let value = match letters.next() {
            None => "%!(NOVERB)".to_owned(),
            Some('%') => "%".to_owned(),
            Some(verb) => match rest.next() {
                None => format!("%!{verb}(MISSING)"),
                Some(value) => formatted(verb, value, precision),
            },
        };
        let left = width.starts_with('-');
        let zeros = width.starts_with('0') && !value.starts_with('-');
        let size: usize = width
            .trim_start_matches(['-', '+'])
            .parse()
            .unwrap_or_default();
        let missing = size.min(500).saturating_sub(value.chars().count());
        let padding = if zeros { "0" } else { " " }.repeat(missing);
        if left {
            out.push_str(&value);
            out.push_str(&padding);
        } else {
            out.push_str(&padding);
            out.push_str(&value);
        }
    }
    out
}

/// What Go calls the type of a value that came as JSON.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as a verb of Go's `fmt` writes it, or what it says of a value that does not fit.
fn formatted(verb: char, value: &Value, precision: Option<usize>) -> String {
    let cut = |text: &str| text.chars().take(precision.unwrap_or(usize::MAX)).collect();
    match (verb, value) {
        ('v', value) => go::text(value),
        ('T', value) => type_of(value).to_owned(),
        ('s', Value::String(text)) => cut(text),
        ('s', Value::Array(_) | Value::Object(_)) => go::text(value),
        ('q', Value::String(_)) => value.to_string(),
        ('d', Value::Number(number)) if !number.is_f64() => number.to_string(),
        ('f', Value::Number(number)) if number.is_f64() => {
            let places = precision.unwrap_or(6).min(50);
            format!("{:.places$}", number.as_f64().unwrap_or_default()) // tidy: a number that the object has
        }
        ('t', Value::Bool(yes)) => yes.to_string(),
        ('x', Value::Number(number)) if !number.is_f64() => {
            format!("{:x}", number.as_i64().unwrap_or_default())
        }
        ('x', Value::String(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        (_, Value::Null) => format!("%!{verb}(<nil>)"),
        (_, value) => format!("%!{verb}({}={})", type_of(value), go::text(value)),
    }
}
