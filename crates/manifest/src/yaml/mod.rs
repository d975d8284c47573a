//! One YAML document to a [`Node`], as kubectl reads it.
//!
//! The events come from `saphyr-parser`; YAML 1.1 scalars, merge keys, alias bounds and kubectl's own error texts are added
//! here (it reads with a fork of `goyaml.v2`, whose words people search for).

mod error;
mod scalar;

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::node::{Data, Key, Mark, Node};
use crate::reading::Limits;

/// Why a document cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// kubectl's words after `yaml: `, with `line N: ` where it has one.
    pub message: String,
    /// Where, from 0.
    pub at: Mark,
}

/// A document and the keys that stand twice in it.
pub(crate) struct Parsed {
    /// `None` when there is nothing but comments.
    pub node: Option<Node>,
    /// Second occurrences, in order.
    pub duplicates: Vec<Key>,
}

/// Reads the first document of a text. What follows a `...` or a second `---` is not looked at, as in kubectl.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Parsed, Fault> {
    let mut builder = Builder {
        limits,
        open: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        nodes: 0,
        duplicates: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| error::translate(&error))?;
        let at = Mark {
            row: span.start.line().saturating_sub(1),
            column: span.start.col(),
        };
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd | Event::DocumentEnd => break,
            other => builder.event(other, at)?,
        }
    }
    Ok(Parsed {
        node: builder.root,
        duplicates: builder.duplicates,
    })
}

/// A collection that is still being filled.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<Key>,
    /// Keys and values that `<<` brought in; what is written itself wins.
    merged: Vec<(Key, Node)>,
}

struct Builder<'a> {
    limits: &'a Limits,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    duplicates: Vec<Key>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: Mark) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let data = tagged(&text, plain, tag.as_deref());
                let node = Node { at, data, plain };
                self.count(1, at)?;
                self.anchor(anchor, &node, 1);
                self.put(node, Some(text.into_owned()))
            }
            Event::SequenceStart(anchor, _) => self.start(Data::Seq(Vec::new()), anchor, at),
            Event::MappingStart(anchor, _) => self.start(Data::Map(Vec::new()), anchor, at),
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Fault {
                        message: "anchor contains itself".to_owned(),
                        at,
                    });
                };
                self.count(size, at)?;
                self.put(Node { at, ..node }, None)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, at: Mark) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(Fault {
                message: "document contains excessive aliasing".to_owned(),
                at,
            });
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, node: &Node, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
    }

    fn start(&mut self, data: Data, anchor: usize, at: Mark) -> Result<(), Fault> {
        self.count(1, at)?;
        if self.open.len() >= self.limits.depth {
            return Err(Fault {
                message: format!("exceeded max depth of {}", self.limits.depth),
                at,
            });
        }
        let node = Node {
            at,
            data,
            plain: true,
        };
        self.open.push(Open {
            node,
            anchor,
            key: None,
            merged: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self, at: Mark) -> Result<(), Fault> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        if let Data::Map(entries) = &mut open.node.data {
            for (key, node) in open.merged {
                if !entries.iter().any(|entry| entry.0.name == key.name) {
                    entries.push((key, node));
                }
            }
        }
        if open.anchor > 0 {
            let size = size_of(&open.node);
            self.anchor(open.anchor, &open.node, size);
        }
        let _ = at;
        self.put(open.node, None)
    }

    /// Puts a finished value where it belongs. `text` is the scalar as written, for keys.
    fn put(&mut self, node: Node, text: Option<String>) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.data {
            Data::Seq(items) => items.push(node),
            Data::Map(entries) => match open.key.take() {
                None => {
                    open.key = Some(Key {
                        name: key_name(&node, text)?,
                        at: node.at,
                    })
                }
                Some(key) if key.name == "<<" => merge(&mut open.merged, node)?,
                Some(key) => {
                    if let Some(known) = entries.iter().position(|entry| entry.0.name == key.name) {
                        // Last one wins, in its own place, as a Go map has it.
                        self.duplicates.push(key.clone());
                        entries.remove(known);
                    }
                    entries.push((key, node));
                }
            },
            _ => {}
        }
        Ok(())
    }
}

/// Models `convertToJSONableObject` of `sigs.k8s.io/yaml`: numbers and booleans become text, maps and lists are refused.
fn key_name(node: &Node, text: Option<String>) -> Result<String, Fault> {
    match &node.data {
        Data::String(name) => Ok(name.clone()),
        Data::Bool(value) => Ok(value.to_string()),
        Data::Number(number) => Ok(number.to_string()),
        Data::Null => Ok(text.unwrap_or_default()).map(|text| {
            if text.is_empty() {
                "null".to_owned()
            } else {
                text
            }
        }),
        Data::Map(_) | Data::Seq(_) => Err(Fault {
            message: "invalid map key".to_owned(),
            at: node.at,
        }),
    }
}

fn merge(merged: &mut Vec<(Key, Node)>, node: Node) -> Result<(), Fault> {
    let at = node.at;
    let maps = match node.data {
        Data::Seq(items) => items,
        data => vec![Node { data, ..node }],
    };
    for map in maps {
        let Data::Map(entries) = map.data else {
            return Err(Fault {
                message: "map merge requires map or sequence of maps as the value".to_owned(),
                at,
            });
        };
        for entry in entries {
            if !merged.iter().any(|known| known.0.name == entry.0.name) {
                merged.push(entry);
            }
        }
    }
    Ok(())
}

fn size_of(node: &Node) -> usize {
    1 + match &node.data {
        Data::Seq(items) => items.iter().map(size_of).sum(),
        Data::Map(entries) => entries.iter().map(|entry| size_of(&entry.1)).sum(),
        _ => 0,
    }
}

/// A scalar with its tag. Tags of our own making are ignored, as kubectl does.
fn tagged(text: &str, plain: bool, tag: Option<&Tag>) -> Data {
    match tag {
        None if plain => scalar::resolve(text),
        None => Data::String(text.to_owned()),
        Some(tag)
            if tag.is_yaml_core_schema()
                && matches!(tag.suffix.as_str(), "int" | "float" | "bool" | "null") =>
        {
            scalar::resolve(text)
        }
        Some(_) => Data::String(text.to_owned()),
    }
}
