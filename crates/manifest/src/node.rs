//! Values with positions: what the YAML and JSON readers build and the repairs look at.

use ordinal_api::sorted::SortedMap;

use serde_json::{Map, Number, Value};

use crate::reading::Position;
use crate::text::Text;

/// A place in the lines that were parsed, both from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub row: usize,
    pub column: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub at: Mark,
    /// Behind its last character.
    pub end: Mark,
    pub data: Data,
    /// Whether a scalar stands without quotes, or a collection without brackets.
    pub plain: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Seq(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub name: String,
    pub at: Mark,
}

impl Node {
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.1)
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        match &self.data {
            Data::Map(entries) => entries.iter().rev().find(|entry| entry.0.name == name),
            _ => None,
        }
    }

    pub(crate) fn path(&self, names: &[&str]) -> Option<&Node> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.data, Data::Map(_))
    }

    /// The plain value. Depth is bounded by the readers.
    pub(crate) fn value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) => Value::Number(number.clone()),
            Data::String(text) => Value::String(text.clone()),
            Data::Seq(items) => Value::Array(items.iter().map(Node::value).collect()),
            Data::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), node.value()));
                Value::Object(entries.collect::<Map<String, Value>>())
            }
        }
    }

    /// The place of every key and list item by its path, in the text as it was given.
    pub(crate) fn spans(&self, text: &Text) -> SortedMap<String, Position> {
        let mut spans = SortedMap::new();
        self.collect_spans(text, &mut String::new(), &mut spans);
        spans
    }

    fn collect_spans(
        &self,
        text: &Text,
        path: &mut String,
        spans: &mut SortedMap<String, Position>,
    ) {
        let length = path.len();
        match &self.data {
            Data::Map(entries) => {
                for (key, node) in entries {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(&key.name);
                    spans.insert(path.clone(), text.at(key.at.row, key.at.column));
                    node.collect_spans(text, path, spans);
                    path.truncate(length);
                }
            }
            Data::Seq(items) => {
                for (at, node) in items.iter().enumerate() {
                    path.push_str(&format!("[{at}]"));
                    spans.insert(path.clone(), text.at(node.at.row, node.at.column));
                    node.collect_spans(text, path, spans);
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }
}
