//! From readable drafts to documents: kinds, lists, fields, and what is said about them.

use ordinal_api::schema::{self, decode};
use serde_json::Value;

use crate::kinds::{Known, known};
use crate::mend::{self, Draft};
use crate::node::{Data, Node};
use crate::reader::{Work, in_lines};
use crate::reading::{Document, Origin, Position, Repair, Severity, Unmodelled, Words};
use crate::repairs::{Tools, scalars, templates};
use crate::text::Text;

/// One object, whether it is acted on or not, with the lines that say so.
pub(crate) struct Settled {
    pub text: String,
    pub document: Option<Document>,
    pub unmodelled: Option<Unmodelled>,
    pub from_prose: bool,
    /// Lines were left out of it.
    pub abridged: bool,
    pub repairs: Vec<Repair>,
}

impl Work<'_> {
    /// One readable document of the text.
    pub(crate) fn draft(&mut self, mut draft: Draft) {
        if matches!(draft.node.data, Data::Null) {
            return;
        }
        let at = draft.text.at(draft.node.at.row, draft.node.at.column);
        if !mend::is_object(&draft.node) {
            return self.no_object(&draft, at);
        }
        if !self.options.strict && !draft.duplicates.is_empty() {
            let options = self.options;
            mend::mend_duplicates(&Tools { options }, &mut draft);
        }
        self.note_duplicates(&draft);
        match known(field(&draft.node, "apiVersion"), field(&draft.node, "kind")) {
            Known::List => self.list(&draft),
            Known::Template if !self.options.strict => self.template(&draft),
            Known::Modelled => {
                if !self.options.strict {
                    mend::mend_object(
                        &Tools {
                            options: self.options,
                        },
                        &mut draft,
                    );
                }
                self.modelled(draft);
            }
            Known::Moved(today)
                if !self.options.strict && is_modelled(today, field(&draft.node, "kind")) =>
            {
                mend::mend_object(
                    &Tools {
                        options: self.options,
                    },
                    &mut draft,
                );
                match known(field(&draft.node, "apiVersion"), field(&draft.node, "kind")) {
                    Known::Modelled => self.modelled(draft),
                    _ => self.not_served(&draft, at),
                }
            }
            Known::Served => self.unmodelled(draft, at),
            _ if !self.options.strict => self.unmodelled(draft, at),
            _ => self.not_served(&draft, at),
        }
    }

    /// Whether an object of this text would be changed by repairs; JSON is left as it is otherwise.
    pub(crate) fn needs_repair(&self, draft: &Draft) -> bool {
        let (api_version, kind) = (field(&draft.node, "apiVersion"), field(&draft.node, "kind"));
        match known(api_version, kind) {
            Known::Modelled => {
                let lines = in_lines(&draft.node, 1);
                let Ok(mut drafts) = mend::read_all(&lines, self.options) else {
                    return false;
                };
                let Some(copy) = drafts.first_mut() else {
                    return false;
                };
                mend::mend_object(
                    &Tools {
                        options: self.options,
                    },
                    copy,
                );
                !copy.repairs.is_empty()
            }
            Known::Moved(_) => true,
            _ => false,
        }
    }

    /// An object of a kind that nothing acts on, in lines that cannot be read: kept as comments.
    pub(crate) fn kept(&mut self, unmodelled: Unmodelled, text: &Text, from_prose: bool) {
        let text = text
            .lines
            .iter()
            .map(|line| format!("# {}\n", line.text))
            .collect();
        let unmodelled = Some(unmodelled);
        let repairs = Vec::new();
        self.settled.push(Settled {
            text,
            document: None,
            unmodelled,
            from_prose,
            abridged: false,
            repairs,
        });
    }

    fn no_object(&mut self, draft: &Draft, at: Position) {
        if draft.from_prose {
            return;
        }
        if !self.options.strict && templates::is_template(&draft.text).is_some() {
            return;
        }
        let unset = match (
            draft.node.is_map(),
            field(&draft.node, "apiVersion"),
            field(&draft.node, "kind"),
        ) {
            (false, _, _) => "invalid object to validate",
            (_, "", "") => "[apiVersion not set, kind not set]",
            (_, "", _) => "apiVersion not set",
            _ => "kind not set",
        };
        let message = format!(
            "error validating {:?}: error validating data: {unset}; if you choose to ignore these errors, turn validation off with --validate=false",
            self.options.file
        );
        self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
    }

    /// kubectl takes the last of two equal keys and says nothing; so does this, and says it.
    fn note_duplicates(&mut self, draft: &Draft) {
        for key in &draft.duplicates {
            let message = format!("key {:?} already set in map: the last one counts", key.name);
            let at = draft.text.at(key.at.row, key.at.column);
            self.diagnose(Severity::Warning, Words::Ordinal, message, at, None);
        }
    }

    pub(crate) fn not_served(&mut self, draft: &Draft, at: Position) {
        let node = &draft.node;
        let text = |path: &[&str]| node.path(path).and_then(Node::text).unwrap_or_default();
        let message = format!(
            "resource mapping not found for name: {:?} namespace: {:?} from {:?}: no matches for kind {:?} in version {:?}\nensure CRDs are installed first",
            text(&["metadata", "name"]),
            text(&["metadata", "namespace"]),
            self.options.file,
            field(node, "kind"),
            field(node, "apiVersion"),
        );
        self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
    }

    fn list(&mut self, draft: &Draft) {
        let Some(Node {
            data: Data::Seq(items),
            ..
        }) = draft.node.get("items")
        else {
            return;
        };
        for item in items {
            self.part(draft, item);
        }
    }

    /// An object inside another: read from lines of its own where repairs may be needed, else in place.
    fn part(&mut self, draft: &Draft, item: &Node) {
        let line = draft.text.at(item.at.row, 0).line;
        let part = Draft {
            text: draft.text.clone(),
            node: item.clone(),
            duplicates: Vec::new(),
            repairs: Vec::new(),
            abridged: draft.abridged,
            from_prose: draft.from_prose,
        };
        if !self.options.strict
            && self.needs_repair(&part)
            && let Ok(drafts) = mend::read_all(&in_lines(item, line), self.options)
        {
            return drafts.into_iter().for_each(|draft| self.draft(draft));
        }
        let own = Draft {
            text: part.text,
            ..part
        };
        self.draft(own);
    }

    fn unmodelled(&mut self, draft: Draft, at: Position) {
        let node = &draft.node;
        let text = own_text(&draft);
        let unmodelled = Unmodelled {
            api_version: field(node, "apiVersion").to_owned(),
            kind: field(node, "kind").to_owned(),
            name: node
                .path(&["metadata", "name"])
                .and_then(Node::text)
                .unwrap_or_default()
                .to_owned(),
            at,
            value: (text.len() <= mend::KEPT_BYTES).then(|| node.value()),
        };
        let Draft {
            from_prose,
            abridged,
            repairs,
            ..
        } = draft;
        let unmodelled = Some(unmodelled);
        self.settled.push(Settled {
            text,
            document: None,
            unmodelled,
            from_prose,
            abridged,
            repairs,
        });
    }

    fn modelled(&mut self, draft: Draft) {
        let document = document(&draft.text, &draft.node);
        if let Some(part) =
            incomplete(&document, draft.abridged).filter(|_| draft.abridged || draft.from_prose)
        {
            let Document { kind, name, at, .. } = &document;
            let message = format!(
                "{kind} {name:?} is part of a manifest (it has no {part}) and is not applied"
            );
            return self.diagnose(Severity::Warning, Words::Ordinal, message, *at, None);
        }
        if self.options.check_fields && self.faulty(&document) {
            return;
        }
        let text = own_text(&draft);
        let Draft {
            from_prose,
            abridged,
            repairs,
            ..
        } = draft;
        let document = Some(document);
        self.settled.push(Settled {
            text,
            document,
            unmodelled: None,
            from_prose,
            abridged,
            repairs,
        });
    }

    /// Says what the API server would say of the fields.
    fn faulty(&mut self, document: &Document) -> bool {
        let Some(id) = schema::kind_type(&document.api_version, &document.kind) else {
            return false;
        };
        let faults = decode::check(id, &document.value);
        let Some(message) = faults.message() else {
            return false;
        };
        let path = faults
            .wrong
            .first()
            .map(|wrong| &wrong.path)
            .or(faults.unknown.first())
            .cloned()
            .unwrap_or_default();
        // kubectl itself looks at the metadata first.
        let client = path.starts_with("metadata.") && !faults.wrong.is_empty();
        let (words, message) = if client {
            (
                Words::Kubectl,
                format!("unable to decode {:?}: {message}", self.options.file),
            )
        } else {
            (
                Words::Server,
                decode::refusal(&document.api_version, &document.kind, &message),
            )
        };
        let at = document.position(&path);
        let suggestion = suggestion(&document.value, &path);
        self.diagnose(Severity::Error, words, message, at, Some(path));
        if let Some(found) = self.reading.diagnostics.last_mut() {
            found.suggestion = suggestion;
        }
        true
    }
}

/// The lines as they are, unless the object is only a part of them, or JSON.
fn own_text(draft: &Draft) -> String {
    let is_whole = draft.node.plain && draft.node.at.column == 0;
    if is_whole {
        draft.text.joined()
    } else {
        in_lines(&draft.node, 1).joined()
    }
}

fn field<'a>(node: &'a Node, name: &str) -> &'a str {
    node.get(name).and_then(Node::text).unwrap_or_default()
}

fn is_modelled(api_version: &str, kind: &str) -> bool {
    schema::kind_type(api_version, kind).is_some()
}

fn document(text: &Text, node: &Node) -> Document {
    let metadata = |name| node.path(&["metadata", name]).and_then(Node::text);
    Document {
        value: node.value(),
        api_version: field(node, "apiVersion").to_owned(),
        kind: field(node, "kind").to_owned(),
        name: metadata("name").unwrap_or_default().to_owned(),
        namespace: metadata("namespace")
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        at: text.at(node.at.row, node.at.column),
        origin: Origin::Text,
        spans: node.spans(text),
    }
}

/// What an object lacks that no complete manifest of its kind lacks.
fn incomplete(document: &Document, abridged: bool) -> Option<&'static str> {
    let lacks = |path: &str| match document.value.pointer(path) {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    let needs: &[(&str, &str)] = match document.kind.as_str() {
        "StatefulSet" | "Deployment" | "ReplicaSet" | "ReplicationController" | "DaemonSet"
            if abridged =>
        {
            &[
                ("/metadata/name", "name"),
                ("/spec/template/metadata/labels", "labels in its template"),
                ("/spec/template/spec/containers", "containers"),
            ]
        }
        "StatefulSet" | "Deployment" | "ReplicaSet" | "ReplicationController" | "DaemonSet" => &[
            ("/metadata/name", "name"),
            ("/spec/template/spec/containers", "containers"),
        ],
        "Pod" => &[("/spec/containers", "containers")],
        "Service" => &[("/metadata/name", "name"), ("/spec", "spec")],
        "PersistentVolumeClaim" => &[("/metadata/name", "name"), ("/spec/resources", "resources")],
        "PersistentVolume" => &[("/metadata/name", "name"), ("/spec/capacity", "capacity")],
        "StorageClass" => &[("/metadata/name", "name"), ("/provisioner", "provisioner")],
        _ => &[("/metadata/name", "name")],
    };
    needs
        .iter()
        .find(|(path, _)| lacks(path))
        .map(|(_, name)| *name)
}

/// A quantity whose unit is only spelled wrong.
fn suggestion(value: &Value, path: &str) -> Option<String> {
    let mut at = value;
    for step in path.split(['.', '[']) {
        let step = step.trim_end_matches(']');
        at = match at {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    scalars::respelled(at.as_str()?).map(|better| format!("write `{better}`"))
}
