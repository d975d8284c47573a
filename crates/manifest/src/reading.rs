//! What goes into the reader and what comes out of it.

use ordinal_api::sorted::{SortedMap, SortedSet};

use serde_json::Value;

/// A place in the text as it was given. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl Default for Position {
    fn default() -> Self {
        Position { line: 1, column: 1 }
    }
}

/// How the text is to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// No repair and nothing filled in: the answers are kubectl's and the API server's own.
    pub strict: bool,
    /// Append a placeholder for every object that is referred to and is not there.
    pub fill_missing: bool,
    /// Take manifests out of surrounding prose. Without it a text with prose is just broken YAML.
    pub extract: bool,
    /// Check the fields of modelled kinds, as the API server does. Without it that is left to whoever gets the objects.
    pub check_fields: bool,
    /// What kubectl calls the text in its messages: a file name or `STDIN`.
    pub file: String,
    /// Names or ids (`name@line`) of repairs that are not to be made.
    pub without: SortedSet<String>,
    /// What the reader of the text filled in for placeholders such as `<name>`.
    pub values: SortedMap<String, String>,
    /// Objects that the cluster already has, so that they are not missing.
    pub present: SortedSet<ObjectRef>,
    /// Bounds on what is read at all.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            strict: false,
            fill_missing: false,
            extract: true,
            check_fields: true,
            file: "STDIN".to_owned(),
            without: SortedSet::new(),
            values: SortedMap::new(),
            present: SortedSet::new(),
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// No repairs: manifests are taken out of prose and then read as kubectl and the API server read them.
    pub fn strict() -> Options {
        Options {
            strict: true,
            ..Options::default()
        }
    }

    /// Exactly what `kubectl apply -f FILE` does before it sends anything: prose is broken YAML, and fields are the
    /// server's business.
    pub fn kubectl(file: &str) -> Options {
        Options {
            strict: true,
            extract: false,
            check_fields: false,
            file: file.to_owned(),
            ..Options::default()
        }
    }
}

/// Bounds on what is read. Beyond them a diagnostic says so and nothing is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Documents in one text.
    pub documents: usize,
    /// Levels of nesting in one document.
    pub depth: usize,
    /// Values in one document after aliases are expanded.
    pub nodes: usize,
    /// Repairs in one text.
    pub repairs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 4 << 20,
            documents: 2_000,
            depth: 100,
            nodes: 400_000,
            repairs: 500,
        }
    }
}

/// The name of an object of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The kind, such as `StorageClass`.
    pub kind: String,
    /// The namespace, `None` for kinds that have none.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// A name in a namespace.
    pub fn namespaced(kind: &str, namespace: &str, name: &str) -> ObjectRef {
        let namespace = Some(namespace.to_owned());
        ObjectRef {
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
        }
    }

    /// A name of the whole cluster.
    pub fn cluster(kind: &str, name: &str) -> ObjectRef {
        ObjectRef {
            kind: kind.to_owned(),
            namespace: None,
            name: name.to_owned(),
        }
    }
}

/// Everything that was found in a text.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Objects that can be applied, in the order of the text; placeholders come first where others need them.
    pub documents: Vec<Document>,
    /// What was refused, what was noticed, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What was repaired, in the order of the text.
    pub repairs: Vec<Repair>,
    /// Objects of kinds that nothing here acts on: "not simulated".
    pub unmodelled: Vec<Unmodelled>,
    /// Objects that are referred to and are neither in the text nor in the cluster.
    pub missing: Vec<Missing>,
    /// Words of the text that stand for something the reader must choose.
    pub placeholders: Vec<Placeholder>,
    /// Node labels that pods or volumes of the text ask for and no fresh node has.
    pub node_labels_wanted: Vec<WantedLabel>,
    /// All manifests of the text after the repairs, prose left out. Reads strictly to the same documents.
    pub repaired_text: String,
}

impl Reading {
    /// Whether nothing was refused and something was found.
    pub fn is_accepted(&self) -> bool {
        self.errors().next().is_none() && !(self.documents.is_empty() && self.unmodelled.is_empty())
    }

    /// The diagnostics that refuse something.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
    }
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the text.
    Text,
    /// It was made because something in the text refers to it.
    Placeholder,
}

/// One object.
#[derive(Clone, Debug)]
pub struct Document {
    /// The whole object.
    pub value: Value,
    /// `apiVersion`, such as `apps/v1`.
    pub api_version: String,
    /// `kind`, such as `StatefulSet`.
    pub kind: String,
    /// `metadata.name`, empty when there is none.
    pub name: String,
    /// `metadata.namespace` as written.
    pub namespace: Option<String>,
    /// Where it starts in the text as it was given.
    pub at: Position,
    /// Whether it was written or made.
    pub origin: Origin,
    /// Where each field's key (or list item) stands: `spec.template.spec.containers[0].name`. Empty for unmodelled kinds.
    pub spans: SortedMap<String, Position>,
}

impl Document {
    /// The place of a field, or of the nearest field around it that is written down.
    pub fn position(&self, path: &str) -> Position {
        let mut path = path;
        loop {
            if let Some(found) = self.spans.get(path) {
                return *found;
            }
            match path.rfind(['.', '[']) {
                Some(cut) => path = &path[..cut],
                None => return self.at,
            }
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something was refused.
    Error,
    /// Something was accepted that is probably not meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// Whose words a message is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// kubectl says this before it sends anything: printed after `error: `.
    Kubectl,
    /// The API server's answer 400: printed after `Error from server (BadRequest): error when creating "FILE": `.
    Server,
    /// Ours.
    Ordinal,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What it says.
    pub message: String,
    /// Whose words these are.
    pub words: Words,
    /// Where, in the text as it was given.
    pub at: Position,
    /// The field, such as `spec.template.spec.volumeMounts`.
    pub path: Option<String>,
    /// The repair that would help, when it was not made because it was undone or is only a suggestion.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// The line as kubectl prints it on its error stream.
    pub fn as_kubectl(&self, file: &str) -> String {
        match self.words {
            Words::Kubectl | Words::Ordinal => format!("error: {}", self.message),
            Words::Server => {
                format!(
                    "Error from server (BadRequest): error when creating \"{file}\": {}",
                    self.message
                )
            }
        }
    }
}

/// Which side of the reading a repair is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The text could not be read by a YAML or JSON reader as it stands.
    Text,
    /// It could be read, but the API server would refuse the object.
    Object,
}

/// One repair that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// What kind of repair, such as `missing-selector`.
    pub name: &'static str,
    /// `name@line`: unique enough to undo this one alone.
    pub id: String,
    /// One sentence that says what was wrong and what was done.
    pub sentence: String,
    /// Where, in the text as it was given.
    pub at: Position,
    /// Whether the text or the object was at fault.
    pub layer: Layer,
}

/// An object that is kept but not acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`, empty when there is none.
    pub name: String,
    /// Where it starts.
    pub at: Position,
    /// The object, when it is small enough to be worth keeping as a value.
    pub value: Option<Value>,
}

/// An object that something refers to and that is not there.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What is missing.
    pub object: ObjectRef,
    /// The keys that are referred to, for a Secret or ConfigMap.
    pub keys: Vec<String>,
    /// Who refers to it first: `StatefulSet/web`.
    pub wanted_by: String,
    /// Where that is.
    pub at: Position,
    /// One sentence: what happens without it.
    pub sentence: String,
    /// A sensible object of that name.
    pub placeholder: Value,
    /// Whether the placeholder is among the documents.
    pub filled: bool,
}

/// A word that stands for something the reader must choose, such as `<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The word as it stands.
    pub name: String,
    /// What was used for it.
    pub value: String,
    /// Where it stands first.
    pub at: Position,
}

/// A label that some node must have before everything can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedLabel {
    /// The label's key.
    pub key: String,
    /// Any of these values will do; empty when only the key matters.
    pub values: Vec<String>,
    /// Who asks: `PersistentVolume/disk-0`.
    pub wanted_by: String,
    /// Where.
    pub at: Position,
}
