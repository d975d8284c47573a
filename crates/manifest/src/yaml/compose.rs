//! Tokens to a tree, with anchors, merge keys and bounds. Models `goyaml.v2/parserc.go` and `decode.go`.

use ordinal_api::sorted::SortedMap;

use super::entries::{Entries, key_name};
use super::scanner::{Kind, Scanner, Token};
use super::{Fault, Parsed, resolve};
use crate::node::{Data, Key, Mark, Node};
use crate::reading::Limits;

pub(super) struct Composer<'a> {
    scanner: Scanner<'a>,
    limits: &'a Limits,
    anchors: SortedMap<String, Option<(Node, usize)>>,
    nodes: usize,
    depth: usize,
    duplicates: Vec<Key>,
    /// What reads well and cannot be an object; a fault of the text further down is reported first.
    odd: Option<Fault>,
}

/// Which collections may start here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// The root, or behind a dash.
    Block,
    /// A key or value of a block mapping: a list may start in the column of its key.
    BlockValue,
    Flow,
}

impl<'a> Composer<'a> {
    pub(super) fn new(text: &'a str, limits: &'a Limits) -> Self {
        Composer {
            scanner: Scanner::new(text, limits.depth),
            limits,
            anchors: SortedMap::new(),
            nodes: 0,
            depth: 0,
            duplicates: Vec::new(),
            odd: None,
        }
    }

    pub(super) fn document(mut self) -> Result<Parsed, Fault> {
        while self.scanner.peek()?.kind == Kind::DocumentEnd {
            self.scanner.next()?;
        }
        let mut explicit = false;
        while self.scanner.peek()?.kind == Kind::Directive {
            self.scanner.next()?;
            explicit = true;
        }
        let token = self.scanner.peek()?;
        let at = token.start;
        let node = match token.kind {
            Kind::StreamEnd if !explicit => None,
            Kind::DocumentStart => {
                let token = self.scanner.next()?;
                match self.scanner.peek()?.kind {
                    Kind::Directive | Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd => {
                        Some(self.empty(token.end))
                    }
                    _ => Some(self.node(Context::Block)?),
                }
            }
            _ if explicit => {
                return Err(Fault::parser(
                    "did not find expected <document start>",
                    at,
                    at,
                ));
            }
            _ => Some(self.node(Context::Block)?),
        };
        // kubectl's reader looks one token ahead, and stumbles over it.
        self.scanner.peek()?;
        match self.odd {
            Some(fault) => Err(fault),
            None => Ok(Parsed {
                node,
                duplicates: self.duplicates,
            }),
        }
    }

    fn count(&mut self, nodes: usize, at: Mark) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(Fault::new("document contains excessive aliasing", at));
        }
        Ok(())
    }

    fn empty(&self, at: Mark) -> Node {
        Node {
            at,
            end: at,
            data: Data::Null,
            plain: true,
        }
    }

    fn is(&mut self, kinds: &[Kind]) -> Result<bool, Fault> {
        let token = self.scanner.peek()?;
        Ok(kinds.contains(&token.kind))
    }

    fn node(&mut self, context: Context) -> Result<Node, Fault> {
        let first = self.scanner.peek()?.clone();
        if let Kind::Alias(name) = first.kind {
            self.scanner.next()?;
            return self.alias(&name, first.start, first.end);
        }
        let (mut anchor, mut tag) = (None, None);
        loop {
            match &self.scanner.peek()?.kind {
                Kind::Anchor(_) if anchor.is_none() => {
                    if let Kind::Anchor(name) = self.scanner.next()?.kind {
                        self.anchors.insert(name.clone(), None);
                        anchor = Some(name);
                    }
                }
                Kind::Tag(..) if tag.is_none() => {
                    if let Kind::Tag(handle, suffix) = self.scanner.next()?.kind {
                        tag = Some((handle, suffix));
                    }
                }
                _ => break,
            }
        }
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Fault::new(
                format!("exceeded max depth of {}", self.limits.depth),
                first.start,
            ));
        }
        self.count(1, first.start)?;
        let before = self.nodes;
        let token = self.scanner.peek()?.clone();
        let block = context != Context::Flow;
        let node = match token.kind {
            Kind::BlockEntry if context == Context::BlockValue => {
                self.block_entries(token.start, false)?
            }
            Kind::Scalar { text, plain } => {
                self.scanner.next()?;
                Node {
                    at: token.start,
                    end: token.end,
                    data: tagged(text, plain, tag.as_ref()),
                    plain,
                }
            }
            Kind::FlowSequenceStart => self.flow_sequence()?,
            Kind::FlowMappingStart => self.flow_mapping()?,
            Kind::BlockSequenceStart if block => {
                self.scanner.next()?;
                self.block_entries(token.start, true)?
            }
            Kind::BlockMappingStart if block => self.block_mapping()?,
            _ if anchor.is_some() || tag.is_some() => self.empty(first.end),
            _ => {
                return Err(Fault::parser(
                    "did not find expected node content",
                    token.start,
                    first.start,
                ));
            }
        };
        self.depth -= 1;
        if let Some(name) = anchor {
            self.anchors
                .insert(name, Some((node.clone(), self.nodes - before + 1)));
        }
        Ok(node)
    }

    fn alias(&mut self, name: &str, at: Mark, end: Mark) -> Result<Node, Fault> {
        match self.anchors.get(name).cloned() {
            None => Err(Fault::new(
                format!("unknown anchor '{name}' referenced"),
                at,
            )),
            Some(None) => {
                self.odd.get_or_insert(Fault::new(
                    format!("anchor '{name}' value contains itself"),
                    at,
                ));
                Ok(self.empty(at))
            }
            Some(Some((node, size))) => {
                self.count(size, at)?;
                Ok(Node { at, end, ..node })
            }
        }
    }

    /// With a token at its end, or, in the column of its key, without.
    fn block_entries(&mut self, at: Mark, ended: bool) -> Result<Node, Fault> {
        let mut items: Vec<Node> = Vec::new();
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::BlockEntry => {
                    self.scanner.next()?;
                    let none = if ended {
                        self.is(&[Kind::BlockEntry, Kind::BlockEnd])?
                    } else {
                        self.is(&[Kind::BlockEntry, Kind::Key, Kind::Value, Kind::BlockEnd])?
                    };
                    items.push(if none {
                        self.empty(token.end)
                    } else {
                        self.node(Context::Block)?
                    });
                }
                Kind::BlockEnd if ended => {
                    self.scanner.next()?;
                    break;
                }
                _ if ended => {
                    return Err(Fault::parser(
                        "did not find expected '-' indicator",
                        token.start,
                        at,
                    ));
                }
                _ => break,
            }
        }
        let end = items.last().map_or(at, |item| item.end);
        Ok(Node {
            at,
            end,
            data: Data::Seq(items),
            plain: true,
        })
    }

    fn block_mapping(&mut self) -> Result<Node, Fault> {
        let at = self.scanner.next()?.start;
        let mut map = Entries::default();
        let mut end = at;
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::Key => {
                    self.scanner.next()?;
                    let none = self.is(&[Kind::Key, Kind::Value, Kind::BlockEnd])?;
                    let key = if none {
                        self.empty(token.end)
                    } else {
                        self.node(Context::BlockValue)?
                    };
                    let value = self.block_value(key.end)?;
                    end = value.end;
                    self.insert(&mut map, key, value);
                }
                Kind::BlockEnd => {
                    self.scanner.next()?;
                    return Ok(map.node(at, end, true));
                }
                _ => return Err(Fault::parser("did not find expected key", token.start, at)),
            }
        }
    }

    fn block_value(&mut self, after: Mark) -> Result<Node, Fault> {
        if self.scanner.peek()?.kind != Kind::Value {
            return Ok(self.empty(after));
        }
        let end = self.scanner.next()?.end;
        if self.is(&[Kind::Key, Kind::Value, Kind::BlockEnd])? {
            return Ok(self.empty(end));
        }
        self.node(Context::BlockValue)
    }

    fn flow_sequence(&mut self) -> Result<Node, Fault> {
        let at = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            if let Some(end) = self.flow_separator(items.is_empty(), at, Kind::FlowSequenceEnd)? {
                return Ok(Node {
                    at,
                    end,
                    data: Data::Seq(items),
                    plain: false,
                });
            }
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::FlowSequenceEnd => {}
                Kind::Key => {
                    self.scanner.next()?;
                    let mut map = Entries::default();
                    let none = self.is(&[Kind::Value, Kind::FlowEntry, Kind::FlowSequenceEnd])?;
                    let key = if none {
                        self.empty(token.end)
                    } else {
                        self.node(Context::Flow)?
                    };
                    let value = self.flow_value(key.end, Kind::FlowSequenceEnd)?;
                    let end = value.end;
                    self.insert(&mut map, key, value);
                    items.push(map.node(token.start, end, false));
                }
                _ => items.push(self.node(Context::Flow)?),
            }
        }
    }

    fn flow_mapping(&mut self) -> Result<Node, Fault> {
        let at = self.scanner.next()?.start;
        let mut map = Entries::default();
        let mut first = true;
        loop {
            if let Some(end) = self.flow_separator(first, at, Kind::FlowMappingEnd)? {
                return Ok(map.node(at, end, false));
            }
            first = false;
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::FlowMappingEnd => {}
                Kind::Key => {
                    self.scanner.next()?;
                    let none = self.is(&[Kind::Value, Kind::FlowEntry, Kind::FlowMappingEnd])?;
                    let key = if none {
                        self.empty(token.end)
                    } else {
                        self.node(Context::Flow)?
                    };
                    let value = self.flow_value(key.end, Kind::FlowMappingEnd)?;
                    self.insert(&mut map, key, value);
                }
                _ => {
                    let key = self.node(Context::Flow)?;
                    let value = self.empty(key.end);
                    self.insert(&mut map, key, value);
                }
            }
        }
    }

    /// The comma between two entries, or the bracket at the end.
    fn flow_separator(&mut self, first: bool, at: Mark, end: Kind) -> Result<Option<Mark>, Fault> {
        let token = self.scanner.peek()?.clone();
        if token.kind == end {
            return Ok(Some(self.scanner.next()?.end));
        }
        if first {
            return Ok(None);
        }
        if token.kind != Kind::FlowEntry {
            let problem = match end {
                Kind::FlowSequenceEnd => "did not find expected ',' or ']'",
                _ => "did not find expected ',' or '}'",
            };
            return Err(Fault::parser(problem, token.start, at));
        }
        self.scanner.next()?;
        if self.scanner.peek()?.kind == end {
            return Ok(Some(self.scanner.next()?.end));
        }
        Ok(None)
    }

    fn flow_value(&mut self, after: Mark, end: Kind) -> Result<Node, Fault> {
        if self.scanner.peek()?.kind != Kind::Value {
            return Ok(self.empty(after));
        }
        let Token { end: after, .. } = self.scanner.next()?;
        if self.is(&[Kind::FlowEntry, end])? {
            return Ok(self.empty(after));
        }
        self.node(Context::Flow)
    }

    fn insert(&mut self, map: &mut Entries, key: Node, value: Node) {
        if key.plain && key.text() == Some("<<") {
            if let Err(fault) = map.merge(value) {
                self.odd.get_or_insert(fault);
            }
            return;
        }
        let at = key.at;
        match key_name(&key, &value) {
            Err(fault) => {
                self.odd.get_or_insert(fault);
            }
            Ok(name) => {
                let key = Key { name, at };
                if map.put(key.clone(), value) {
                    self.duplicates.push(key);
                }
            }
        }
    }
}

/// A scalar with its tag. Tags of one's own making say nothing to kubectl.
fn tagged(text: String, plain: bool, tag: Option<&(String, String)>) -> Data {
    let core = tag.map(|(handle, suffix)| match handle.as_str() {
        "!!" => suffix.as_str(),
        _ => suffix.strip_prefix("tag:yaml.org,2002:").unwrap_or("str"),
    });
    match core {
        None if plain => resolve::resolve(&text),
        Some("int" | "float" | "bool" | "null") => resolve::resolve(&text),
        _ => Data::String(text),
    }
}
