//! Objects as YAML, the way kubectl prints them.

use std::fmt::Write;

use ordinal_api::Value;

/// The whole object, maps in their order, two spaces a level, lists not indented.
pub(crate) fn print(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

fn block(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                indent(out, depth);
                entry(out, key, value, depth);
            }
        }
        Value::Array(list) => {
            for item in list {
                indent(out, depth);
                out.push_str("- ");
                item_of_list(out, item, depth + 1);
            }
        }
        plain => {
            indent(out, depth);
            scalar(out, plain, depth);
            out.push('\n');
        }
    }
}

fn entry(out: &mut String, key: &str, value: &Value, depth: usize) {
    text(out, key, depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push_str(":\n");
            block(out, value, depth + 1);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push_str(":\n");
            block(out, value, depth);
        }
        plain => {
            out.push_str(": ");
            scalar(out, plain, depth);
            out.push('\n');
        }
    }
}

/// An item begins on the line of its dash; the rest of a map stands below its first key.
fn item_of_list(out: &mut String, item: &Value, depth: usize) {
    match item {
        Value::Object(map) if !map.is_empty() => {
            for (number, (key, value)) in map.iter().enumerate() {
                if number > 0 {
                    indent(out, depth);
                }
                entry(out, key, value, depth);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (number, item) in list.iter().enumerate() {
                if number > 0 {
                    indent(out, depth);
                }
                out.push_str("- ");
                item_of_list(out, item, depth + 1);
            }
        }
        plain => {
            scalar(out, plain, depth);
            out.push('\n');
        }
    }
}

fn scalar(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(string) => text(out, string, depth),
        Value::Null => out.push_str("null"),
        other => {
            // Writing to a text cannot fail.
            let _ = write!(out, "{other}");
        }
    }
}

fn text(out: &mut String, string: &str, depth: usize) {
    if string.contains('\n')
        && !string.chars().any(|c| c.is_control() && c != '\n')
        && !string.starts_with([' ', '\n'])
    {
        let trimmed = string.trim_end_matches('\n');
        out.push_str(match string.len() - trimmed.len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        for line in string.strip_suffix('\n').unwrap_or(string).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                indent(out, depth + 1);
                out.push_str(line);
            }
        }
    } else if is_plain(string) {
        out.push_str(string);
    } else {
        // A JSON string is a YAML string.
        let _ = write!(out, "{}", Value::from(string));
    }
}

/// Whether a string can stand without quotes and is still a string.
fn is_plain(text: &str) -> bool {
    let reserved = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    ];
    let number_like = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "+-._:xoTZ".contains(c));
    let first = text.chars().next().unwrap_or(' ');
    !reserved.contains(&text.to_ascii_lowercase().as_str())
        && !number_like
        && !" ,[]{}#&*!|>'\"%@`".contains(first)
        && text != "-"
        && !["- ", "? ", ":"]
            .iter()
            .any(|start| text.starts_with(start))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(char::is_control)
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinal_manifest::{Options, read};

    fn round(text: &str) -> String {
        let reading = read(text, &Options::kubectl("test"));
        print(&reading.documents[0].value)
    }

    #[test]
    fn an_object_is_printed_as_kubectl_prints_it() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {}\n  name: web-0\nspec:\n  containers:\n  - args:\n    - \"8080\"\n    - --log=true\n    image: web:1\n    name: web\n  nodeSelector:\n    disk: \"true\"\n";

        assert_eq!(round(text), text);
    }

    #[test]
    fn texts_of_several_lines_stand_in_blocks() {
        let text = "apiVersion: v1\ndata:\n  a.sh: |\n    echo one\n\n    echo two\n  b: |-\n    x\n    y\nkind: ConfigMap\nmetadata:\n  name: scripts\n";

        assert_eq!(round(text), text);
    }
}
