//! JSON as `-o json` prints it: four blanks a level, keys sorted. Go escapes `<`, `>` and `&`.

use ordinal_api::Value;

/// An object, with the newline at its end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, level: usize, out: &mut String) {
    let pad = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(level + 1, out);
                out.push_str(&compact(&Value::String(key.clone())));
                out.push_str(": ");
                write(value, level + 1, out);
            }
            pad(level, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(level + 1, out);
                write(item, level + 1, out);
            }
            pad(level, out);
            out.push(']');
        }
        other => out.push_str(&compact(other)),
    }
}

/// One line, as Go's `json.Marshal` writes it.
pub(crate) fn compact(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}
