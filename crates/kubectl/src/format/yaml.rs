//! YAML as `-o yaml` prints it: keys sorted, two blanks a level, lists not indented, strings quoted only where they
//! would be read as something else. Models sigs.k8s.io/yaml (goyaml.v2's emitter).

use ordinal_api::Value;
use ordinal_api::list::IntoList;

/// An object as YAML lines.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(value, 0, &mut out),
        Value::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        other => {
            out.push_str(&leaf(other, 0));
            out.push('\n');
        }
    }
    out
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn mapping(value: &Value, indent: usize, out: &mut String) {
    let map = value.as_object().into_iter().flatten();
    let mut keys: Vec<(&String, &Value)> = map.into_list();
    ordinal_api::sorted::sort_by(&mut keys, |a, b| natural(a.0, b.0));
    for (index, (key, value)) in keys.into_iter().enumerate() {
        if index > 0 || !out.ends_with("- ") {
            pad(indent, out);
        }
        out.push_str(&scalar(key, indent, true));
        out.push(':');
        nested(value, indent, out);
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            mapping(value, indent + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            sequence(items, indent, out);
        }
        other => {
            out.push(' ');
            folded(&leaf(other, indent + 2), indent + 2, out);
            out.push('\n');
        }
    }
}

fn sequence(items: &[Value], indent: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !out.ends_with("- ") {
            pad(indent, out);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => mapping(item, indent + 2, out),
            Value::Array(inner) if !inner.is_empty() => sequence(inner, indent + 2, out),
            other => {
                folded(&leaf(other, indent + 2), indent + 2, out);
                out.push('\n');
            }
        }
    }
}

/// Columns after which a line is broken at the next blank.
const WIDTH: usize = 80;

/// Writes a scalar; a plain or a single quoted one that is long goes on below, moved in. Models goyaml.v2
/// `yaml_emitter_write_plain_scalar` and `…_single_quoted_scalar`.
fn folded(text: &str, indent: usize, out: &mut String) {
    if text.contains('\n') || text.starts_with('"') {
        out.push_str(text);
        return;
    }
    let mut column = out.chars().rev().take_while(|c| *c != '\n').count();
    let letters: Vec<char> = text.chars().into_list();
    // The blanks at both ends of what is quoted stay.
    let edge = if letters.first() == Some(&'\'') { 1 } else { 0 };
    let mut after_blank = false;
    for (place, letter) in letters.iter().enumerate() {
        let is_blank = *letter == ' ';
        let inside = edge == 0 || place > edge && place + 2 < letters.len();
        let alone = !after_blank && letters.get(place + 1) != Some(&' ');
        if is_blank && column > WIDTH && inside && alone {
            out.push('\n');
            pad(indent, out);
            column = indent;
        } else {
            out.push(*letter);
            column += 1;
        }
        after_blank = is_blank;
    }
}

/// Keys as goyaml sorts them: runs of digits by their number, letters after everything else.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for i in 0..a.len().min(b.len()) {
        let (x, y) = (a[i], b[i]);
        if x == y {
            digits = x.is_numeric();
            continue;
        }
        let (xl, yl) = (x.is_alphabetic(), y.is_alphabetic());
        if xl && yl {
            return x.cmp(&y);
        }
        if xl || yl {
            return if digits {
                if xl {
                    std::cmp::Ordering::Less
                } else {
                    std::cmp::Ordering::Greater
                }
            } else if xl {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Less
            };
        }
        let (mut i2, mut j2) = (i, i);
        let (mut an, mut bn) = (0_u64, 0_u64);
        if x == '0' || y == '0' {
            let mut j = i;
            while j > 0 && a[j - 1].is_numeric() {
                j -= 1;
                if a[j] != '0' {
                    an = 1;
                    bn = 1;
                    break;
                }
            }
        }
        while let Some(d) = a.get(i2).and_then(|c| c.to_digit(10)) {
            an = an.wrapping_mul(10).wrapping_add(u64::from(d));
            i2 += 1;
        }
        while let Some(d) = b.get(j2).and_then(|c| c.to_digit(10)) {
            bn = bn.wrapping_mul(10).wrapping_add(u64::from(d));
            j2 += 1;
        }
        if an != bn {
            return an.cmp(&bn);
        }
        if i2 != j2 {
            return i2.cmp(&j2);
        }
        return x.cmp(&y);
    }
    a.len().cmp(&b.len())
}

fn leaf(value: &Value, indent: usize) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::String(text) => scalar(text, indent, false),
        other => other.to_string(),
    }
}

/// A string: plain, quoted, or as a block of lines.
pub(crate) fn scalar(text: &str, indent: usize, key: bool) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let double = resolves(text) || !text.chars().all(is_printable);
    if double || text.contains('\n') {
        return if double || key || !block_allowed(text) {
            double_quoted(text)
        } else {
            literal(text, indent)
        };
    }
    if plain_allowed(text) {
        text.to_owned()
    } else {
        single_quoted(text)
    }
}

/// Whether goyaml writes a letter as it is: no tab, and nothing beyond the first plane.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a block scalar keeps the text: no line that ends in a blank before its newline, no leading blank.
fn block_allowed(text: &str) -> bool {
    !text.split('\n').any(|line| line.ends_with(' ')) && !text.chars().all(|c| c == '\n')
}

fn literal(text: &str, indent: usize) -> String {
    let mut out = "|".to_owned();
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    out
}

fn double_quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{feff}' => out.push_str("\\uFEFF"),
            other if other.is_control() => {
                out.push_str(&format!("\\x{:02X}", u32::from(other)));
            }
            beyond if !is_printable(beyond) => {
                out.push_str(&format!("\\U{:08X}", u32::from(beyond)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Whether a plain scalar would be read back as this string by the emitter's analysis.
fn plain_allowed(text: &str) -> bool {
    let letters: Vec<char> = text.chars().into_list();
    if letters.first() == Some(&' ') || letters.last() == Some(&' ') {
        return false;
    }
    if text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    let blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\n'));
    for (index, letter) in letters.iter().enumerate() {
        let next = letters.get(index + 1);
        let bad = if index == 0 {
            match letter {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                | '%' | '@' | '`' => true,
                '?' | ':' | '-' => blank(next),
                _ => false,
            }
        } else {
            match letter {
                ':' => blank(next),
                '#' => blank(letters.get(index - 1)),
                _ => false,
            }
        };
        if bad {
            return false;
        }
    }
    true
}

/// Whether a plain scalar would be read as something else than a string.
fn resolves(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
        "OFF", "true", "True", "TRUE", "false", "False", "FALSE", "~", "null", "Null", "NULL",
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF", "<<", "=",
    ];
    WORDS.contains(&text) || is_number(text) || is_timestamp(text) || is_base60(text)
}

fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.into_list();
    !rest.is_empty()
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(|c| c.is_ascii_digit() || c == '_')
        && rest.iter().enumerate().all(|(index, part)| {
            let digits = if index + 1 == rest.len() {
                part.split_once('.').map_or(*part, |(whole, _)| whole)
            } else {
                part
            };
            matches!(digits.len(), 1 | 2)
                && digits.chars().all(|c| c.is_ascii_digit())
                && (digits.len() == 1 || digits.as_bytes()[0] <= b'5')
        })
}

fn is_number(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let body = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    let radix = |prefix: &str, radix: u32| {
        body.strip_prefix(prefix)
            .is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(radix)))
    };
    if radix("0x", 16) || radix("0b", 2) || radix("0o", 8) {
        return true;
    }
    let (mantissa, exponent) = body
        .split_once(['e', 'E'])
        .map_or((body, None), |(m, e)| (m, Some(e)));
    let exponent_ok = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['+', '-']).unwrap_or(e);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    });
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit());
    let some = !whole.is_empty() || fraction.is_some_and(|f| !f.is_empty());
    exponent_ok && some && digits(whole) && fraction.is_none_or(digits)
}

fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let four = bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && text.is_ascii();
    if !four {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let digits = |part: Option<&str>, least: usize| {
        part.is_some_and(|p| {
            (least..=2).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let year = parts.next().is_some_and(|y| y.len() == 4);
    let least = if time.is_some() { 1 } else { 2 };
    if !(year
        && digits(parts.next(), least)
        && digits(parts.next(), least)
        && parts.next().is_none())
    {
        return false;
    }
    time.is_none_or(|time| {
        let end = time.find(['Z', '+', ' ']).unwrap_or(time.len());
        let clock: Vec<&str> = time[..end].split(':').into_list();
        clock.len() == 3
            && clock
                .iter()
                .all(|p| p.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !p.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_are_quoted_only_where_they_would_be_something_else() {
        let quoted = |text: &str| scalar(text, 0, false);
        assert_eq!(quoted("1"), "\"1\"");
        assert_eq!(quoted("true"), "\"true\"");
        assert_eq!(quoted("2026-11-20T12:31:38Z"), "\"2026-11-20T12:31:38Z\"");
        assert_eq!(quoted("nginx:1.25"), "nginx:1.25");
        assert_eq!(quoted("a: b"), "'a: b'");
        assert_eq!(quoted("100m"), "100m");
        assert_eq!(quoted("10.244.1.5"), "10.244.1.5");
        assert_eq!(quoted("*"), "'*'");
    }

    #[test]
    fn lists_are_not_indented_and_lines_are_kept() {
        let value = json!({"b": [{"x": 1, "a": "t\nu\n"}], "a": {}});
        assert_eq!(write(&value), "a: {}\nb:\n- a: |\n    t\n    u\n  x: 1\n");
    }
}
