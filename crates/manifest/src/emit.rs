//! Objects to YAML lines, for what was not in the text: placeholders and unfolded templates.

use ordinal_api::list::IntoList;
use serde_json::Value;

use crate::node::Data;
use crate::order;
use crate::yaml;

/// The lines of an object in block style.
pub(crate) fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    write(value, 0, "", &mut lines);
    lines
}

fn write(value: &Value, indent: usize, before: &str, lines: &mut Vec<String>) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut first = before.to_owned();
            for name in order(map) {
                let value = &map[name];
                let start = format!(
                    "{}{}:",
                    if first.is_empty() { &pad } else { &first },
                    scalar(name)
                );
                first.clear();
                nested(value, indent, start, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let dash = format!("{pad}- ");
                match item {
                    Value::Object(map) if !map.is_empty() => write(item, indent + 2, &dash, lines),
                    Value::Array(items) if !items.is_empty() => {
                        lines.push(format!("{pad}-"));
                        write(item, indent + 2, "", lines);
                    }
                    other => lines.push(format!("{dash}{}", leaf(other))),
                }
            }
        }
        other => lines.push(format!("{pad}{}", leaf(other))),
    }
}

fn nested(value: &Value, indent: usize, start: String, lines: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            lines.push(start);
            write(value, indent + 2, "", lines);
        }
        Value::Array(items) if !items.is_empty() => {
            lines.push(start);
            write(value, indent, "", lines);
        }
        other => lines.push(format!("{start} {}", leaf(other))),
    }
}

/// What a reader expects first comes first.
fn order(map: &serde_json::Map<String, Value>) -> Vec<&String> {
    const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "name"];
    let mut names: Vec<&String> = map.keys().into_list();
    order::by_key(&mut names, |name| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    });
    names
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string as it can stand in YAML without becoming something else.
pub(crate) fn scalar(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_')
        && matches!(yaml::resolve(text), Data::String(_));
    if plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;
    use crate::reading::Limits;
    use crate::yaml;

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({
            "kind": "X", "apiVersion": "v1", "n": 1, "no": "no", "empty": {}, "none": null, "t": "a: b # c\n",
            "list": [{"name": "a", "b": [1, "2"]}, [], [1, [2]], "x", {}],
        });
        let text = lines(&value).join("\n");
        let read = yaml::parse(&text, &Limits::default())
            .expect("YAML")
            .node
            .expect("a document");
        assert_eq!(read.value(), value);
        assert!(text.starts_with("apiVersion: v1\nkind: X\n"));
    }
}
