//! JSON, also several objects one after another, as kubectl takes them.

use serde_json::{Deserializer, Value};

use crate::node::{Data, Key, Mark, Node};
use crate::reading::Limits;
use crate::yaml;

/// Whether kubectl would try JSON first: the first character that is no blank is a brace.
pub(crate) fn looks_like(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Every object of the text, or `None` when it is no JSON (kubectl then reads it as YAML).
pub(crate) fn parse(text: &str, limits: &Limits) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut stream = Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let start = stream.byte_offset();
        let Some(value) = stream.next() else { break };
        let value = value.ok()?;
        if nodes.len() >= limits.documents {
            return None;
        }
        let text = &text[..stream.byte_offset()];
        let start = start + text[start..].len() - text[start..].trim_start().len();
        let row = text[..start].matches('\n').count();
        let column = text[..start]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        let at = Mark { row, column };
        // JSON is YAML but for tabs; the positions of fields are worth a second look and can be done without.
        let node = match yaml::parse(&text[start..], limits) {
            Ok(yaml::Parsed {
                node: Some(mut node),
                ..
            }) if node.value() == value => {
                shift(&mut node, at);
                node
            }
            _ => build(value, at),
        };
        nodes.push(node);
    }
    Some(nodes)
}

fn build(value: Value, at: Mark) -> Node {
    let data = match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(value),
        Value::Number(number) => Data::Number(number),
        Value::String(text) => Data::String(text),
        Value::Array(items) => Data::Seq(items.into_iter().map(|item| build(item, at)).collect()),
        Value::Object(entries) => {
            let entries = entries
                .into_iter()
                .map(|(name, item)| (Key { name, at }, build(item, at)));
            Data::Map(entries.collect())
        }
    };
    Node {
        at,
        end: at,
        data,
        plain: false,
    }
}

fn shift(node: &mut Node, by: Mark) {
    let moved = |at: Mark| Mark {
        row: at.row + by.row,
        column: if at.row == 0 {
            at.column + by.column
        } else {
            at.column
        },
    };
    node.at = moved(node.at);
    node.end = moved(node.end);
    node.plain = false;
    match &mut node.data {
        Data::Seq(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Data::Map(entries) => {
            for (key, item) in entries {
                key.at = moved(key.at);
                shift(item, by);
            }
        }
        _ => {}
    }
}
