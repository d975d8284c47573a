//! KYAML as `-o kyaml` prints it: braces and brackets, values quoted, keys where they must be. Models
//! sigs.k8s.io/yaml/kyaml.

use ordinal_api::Value;

/// An object as a document.
pub(crate) fn write(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    node(value, 0, &mut out);
    out.push('\n');
    out
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", indent));
}

fn node(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) => {
            out.push_str("{\n");
            for (key, value) in map {
                pad(indent + 1, out);
                if needs_quotes(key) {
                    string(&key.replace('\n', " "), indent, out);
                } else {
                    out.push_str(key);
                }
                out.push_str(": ");
                node(value, indent + 1, out);
                out.push_str(",\n");
            }
            pad(indent, out);
            out.push('}');
        }
        Value::Array(items) if items.iter().all(|i| i.is_object() || i.is_array()) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                node(item, indent, out);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                pad(indent + 1, out);
                node(item, indent + 1, out);
                out.push_str(",\n");
            }
            pad(indent, out);
            out.push(']');
        }
        Value::String(text) => string(text, indent + 1, out),
        other => out.push_str(&other.to_string()),
    }
}

/// A quoted string; lines of their own where it has several, each with a blank before it.
fn string(text: &str, indent: usize, out: &mut String) {
    let folded = text.contains('\n');
    out.push('"');
    if folded {
        out.push_str("\\\n");
    }
    let mut begins = folded;
    for letter in text.chars() {
        if begins {
            pad(indent, out);
            out.push(match letter.is_whitespace() && letter != '\n' {
                true => '\\',
                false => ' ',
            });
        }
        begins = letter == '\n';
        match letter {
            '\n' => out.push_str("\\n\\\n"),
            '\t' => out.push('\t'),
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\r' => out.push_str("\\r"),
            letter if letter.is_control() => {
                out.push_str(&format!("\\x{:02x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    if folded {
        if !begins {
            out.push_str("\\\n");
        }
        pad(indent, out);
    }
    out.push('"');
}

/// Whether a key could be read as something else than a string.
fn needs_quotes(key: &str) -> bool {
    let lower = key.to_lowercase();
    let words = [
        "null", "~", "true", "false", "t", "f", "y", "yes", "on", "n", "no", "off", ".inf",
        "-.inf", "+.inf", ".nan", "inf", "nan", "infinity",
    ];
    let digits = key.replace('_', "");
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-' | ':'));
    let inner = |(place, letter): (usize, char)| {
        letter.is_alphanumeric()
            || letter == '_'
            || (place > 0
                && place + letter.len_utf8() < key.len()
                && matches!(letter, '-' | '.' | '/'))
    };
    key.is_empty() || words.contains(&lower.as_str()) || is_number || !key.char_indices().all(inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn lists_of_objects_are_cuddled_and_lines_are_folded() {
        let value = json!({
            "data": {"a.conf": "one\n  two\n", "n": "x\ny"}, "empty": {}, "items": [{"b": 1}, {"c": null}],
            "names": ["x", true], "none": [],
        });
        assert_eq!(
            super::write(&value),
            "---\n{\n  data: {\n    a.conf: \"\\\n       one\\n\\\n      \\  two\\n\\\n      \",\n    \"n\": \"\\\n       x\\n\\\n       y\\\n      \",\n  },\n  empty: {},\n  items: [{\n    b: 1,\n  }, {\n    c: null,\n  }],\n  names: [\n    \"x\",\n    true,\n  ],\n  none: [],\n}\n"
        );
    }
}
