//! The order of steps: decode, read as kubectl does, and only then repair.

use crate::json;
use crate::kinds::{Known, known};
use crate::node::{Data, Node};
use crate::reading::{
    Diagnostic, Document, DuplicateKeys, Options, Origin, Position, Reading, Severity, Unmodelled, Words,
};
use crate::text::Text;
use crate::yaml::{self, Parsed};

/// Reads a text that somebody pasted. Never panics; what is too large or too deep is refused with a diagnostic.
pub fn read(text: impl AsRef<[u8]>, options: &Options) -> Reading {
    let mut work = Work { options, reading: Reading::default() };
    match crate::decode::decode(text.as_ref(), &options.limits) {
        Err(found) => work.reading.diagnostics.push(found),
        Ok(text) => work.text(&text),
    }
    work.reading
}

/// A reading in the making.
pub(crate) struct Work<'a> {
    pub options: &'a Options,
    pub reading: Reading,
}

impl Work<'_> {
    fn text(&mut self, text: &str) {
        let whole = Text::of(text);
        if json::looks_like(text)
            && let Some(nodes) = json::parse(text, &self.options.limits)
        {
            for node in nodes {
                self.object(&whole, &node);
            }
            self.nothing_found();
            return;
        }
        for document in whole.documents() {
            match yaml::parse(&document.joined(), &self.options.limits) {
                Ok(parsed) => self.parsed(&document, parsed),
                Err(fault) => {
                    let message = format!(
                        "error parsing {}: error converting YAML to JSON: yaml: {}",
                        self.options.file, fault.message
                    );
                    let at = document.at(fault.at.row, fault.at.column);
                    self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
                    break;
                }
            }
        }
        self.nothing_found();
    }

    fn nothing_found(&mut self) {
        let found = &self.reading;
        if found.documents.is_empty() && found.unmodelled.is_empty() && found.diagnostics.is_empty() {
            self.diagnose(
                Severity::Error,
                Words::Kubectl,
                "no objects passed to apply".to_owned(),
                Position::default(),
                None,
            );
        }
    }

    fn parsed(&mut self, text: &Text, parsed: Parsed) {
        let Some(node) = parsed.node else { return };
        for key in &parsed.duplicates {
            let at = text.at(key.at.row, key.at.column);
            let message = format!("yaml: line {}: key {:?} already set in map", key.at.row + 1, key.name);
            let severity = match self.options.duplicate_keys {
                DuplicateKeys::Refuse => Severity::Error,
                DuplicateKeys::LastWins => Severity::Warning,
            };
            self.diagnose(severity, Words::Ordinal, message, at, None);
        }
        if parsed.duplicates.is_empty() || self.options.duplicate_keys == DuplicateKeys::LastWins {
            self.object(text, &node);
        }
    }

    fn object(&mut self, text: &Text, node: &Node) {
        let at = text.at(node.at.row, node.at.column);
        if matches!(node.data, Data::Null) {
            return;
        }
        let field = |name| node.get(name).and_then(Node::text).unwrap_or_default();
        let (api_version, kind) = (field("apiVersion"), field("kind"));
        let unset = match (node.is_map(), api_version.is_empty(), kind.is_empty()) {
            (false, _, _) => Some("invalid object to validate"),
            (_, true, true) => Some("[apiVersion not set, kind not set]"),
            (_, true, false) => Some("apiVersion not set"),
            (_, false, true) => Some("kind not set"),
            _ => None,
        };
        if let Some(unset) = unset {
            let message = format!(
                "error validating {:?}: error validating data: {unset}; if you choose to ignore these errors, turn validation off with --validate=false",
                self.options.file
            );
            self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
            return;
        }
        let name = node.path(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
        match known(api_version, kind) {
            Known::Modelled => self.modelled(text, node, api_version, kind, name),
            Known::List => match node.get("items").map(|items| &items.data) {
                Some(Data::Seq(items)) => items.iter().for_each(|item| self.object(text, item)),
                _ => {}
            },
            Known::Served => self.unmodelled(node, at, api_version, kind, name),
            Known::Template if !self.options.strict => self.unmodelled(node, at, api_version, kind, name),
            _ if !self.options.strict => self.unmodelled(node, at, api_version, kind, name),
            _ => {
                let message = format!(
                    "resource mapping not found for name: {name:?} namespace: {:?} from {:?}: no matches for kind {kind:?} in version {api_version:?}\nensure CRDs are installed first",
                    node.path(&["metadata", "namespace"]).and_then(Node::text).unwrap_or_default(),
                    self.options.file
                );
                self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
            }
        }
    }

    fn unmodelled(&mut self, node: &Node, at: Position, api_version: &str, kind: &str, name: &str) {
        self.reading.unmodelled.push(Unmodelled {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            at,
            value: Some(node.value()),
        });
    }

    fn modelled(&mut self, text: &Text, node: &Node, api_version: &str, kind: &str, name: &str) {
        let document = Document {
            value: node.value(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: node.path(&["metadata", "namespace"]).and_then(Node::text).map(str::to_owned),
            at: text.at(node.at.row, node.at.column),
            origin: Origin::Text,
            spans: node.spans(text),
        };
        self.reading.documents.push(document);
    }

    pub(crate) fn diagnose(
        &mut self,
        severity: Severity,
        words: Words,
        message: String,
        at: Position,
        path: Option<String>,
    ) {
        self.reading.diagnostics.push(Diagnostic { severity, message, words, at, path, suggestion: None });
    }
}
