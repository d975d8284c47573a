//! What every object carries: its name, identity, labels, owners and deletion.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, json};

use crate::value::{array_of_text, text_map};
use crate::{Kind, Labels, SimTime, Status, Text, Value};

/// The name of an object: kind, namespace (empty where the kind has none) and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for kinds of the whole cluster.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl ObjectKey {
    /// A name in a namespace; the namespace is dropped where the kind has none.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.is_namespaced() {
            Text::new(namespace)
        } else {
            Text::default()
        };
        Self {
            kind,
            namespace,
            name: Text::new(name),
        }
    }
}

/// `pod/web-0`, or `pod/shop/web-0` outside the namespace `default`: as milestones name it.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::PersistentVolume => "pv",
            Kind::PersistentVolumeClaim => "pvc",
            other => other.names().singular,
        };
        if self.namespace.is_empty() || self.namespace == "default" {
            write!(f, "{kind}/{}", self.name)
        } else {
            write!(f, "{kind}/{}/{}", self.namespace, self.name)
        }
    }
}

/// The identity of one incarnation of an object; never used twice in a run. Zero means none.
// Packed, for allocators in WebAssembly give out multiples of 8: what has to stand at one of 16 costs a search and room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct Uid(pub u128);

impl Uid {
    /// No identity: not yet stored.
    pub const NONE: Self = Self(0);

    /// Reads `1b4e28ba-2fa1-4d3c-8f19-0d7c4a6e9b21`; anything else gives `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let hex: String = text.chars().filter(|c| *c != '-').collect();
        (hex.len() == 32)
            .then(|| u128::from_str_radix(&hex, 16).ok().map(Self))
            .flatten()
    }

    /// Its first four digits, enough to tell incarnations apart on screen.
    pub fn short(self) -> String {
        format!("{:04x}", self.0 >> 112)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let u = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            u >> 96,
            (u >> 80) & 0xffff,
            (u >> 64) & 0xffff,
            (u >> 48) & 0xffff,
            u & 0xffff_ffff_ffff
        )
    }
}

/// A reference from a dependant to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// Kind of the owner; `None` for kinds that are not modelled.
    pub kind: Option<Kind>,
    /// `apps/v1`, as written.
    pub api_version: Text,
    /// `StatefulSet`, as written.
    pub kind_text: Text,
    /// Name of the owner, in the dependant's namespace.
    pub name: Text,
    /// Identity of the owner; a successor of the same name is another owner.
    pub uid: Uid,
    /// Whether the owner is the managing controller; at most one is.
    pub controller: bool,
    /// Whether foreground deletion of the owner waits for this dependant.
    pub block_owner_deletion: bool,
}

impl OwnerReference {
    /// The reference that a controller writes into what it creates: `controller` and `blockOwnerDeletion` set.
    pub fn controller(kind: Kind, name: Text, uid: Uid) -> Self {
        Self {
            kind: Some(kind),
            api_version: kind.api_version().into(),
            kind_text: kind.names().kind.into(),
            name,
            uid,
            controller: true,
            block_owner_deletion: true,
        }
    }

    fn from_value(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or_default();
        Self {
            kind: Kind::from_api(text("apiVersion"), text("kind")),
            api_version: text("apiVersion").into(),
            kind_text: text("kind").into(),
            name: text("name").into(),
            uid: Uid::parse(text("uid")).unwrap_or_default(),
            controller: flag("controller"),
            block_owner_deletion: flag("blockOwnerDeletion"),
        }
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("apiVersion".into(), json!(self.api_version));
        if self.block_owner_deletion {
            map.insert("blockOwnerDeletion".into(), json!(true));
        }
        if self.controller {
            map.insert("controller".into(), json!(true));
        }
        map.insert("kind".into(), json!(self.kind_text));
        map.insert("name".into(), json!(self.name));
        map.insert("uid".into(), json!(self.uid.to_string()));
        Value::Object(map)
    }
}

/// A deletion that was asked for but is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `deletionTimestamp`: for a Pod, when its grace runs out.
    pub timestamp: SimTime,
    /// `deletionGracePeriodSeconds`.
    pub grace_secs: u64,
}

/// Metadata of a stored object. It reads as one: `meta.name`, `meta.labels`.
#[derive(Clone, Debug, Default)]
pub struct ObjectMeta {
    /// Number of the write that produced this version.
    pub resource_version: u64,
    /// Number of changes of the wanted state.
    pub generation: u64,
    /// Set once its deletion was asked for.
    pub deletion: Option<Deletion>,
    /// What few writes change: versions share it.
    lasting: Arc<Lasting>,
}

/// What of an object's metadata few writes change.
#[derive(Clone, Debug, PartialEq)]
pub struct Lasting {
    /// Name, unique for its kind in its namespace.
    pub name: Text,
    /// Namespace; empty for kinds of the whole cluster.
    pub namespace: Text,
    /// Prefix from which the server made the name.
    pub generate_name: Text,
    /// Identity of this incarnation.
    pub uid: Uid,
    /// When it was created.
    pub creation_timestamp: SimTime,
    /// Labels.
    pub labels: Arc<Labels>,
    /// Annotations.
    pub annotations: Arc<Labels>,
    /// Names that must go before the object does.
    pub finalizers: Vec<Text>,
    /// Owners.
    pub owner_references: Vec<OwnerReference>,
    /// Who manages which fields; `None` until somebody outside wrote the object, as components' fields follow from it.
    pub managed: Option<Arc<Vec<crate::managed::Manager>>>,
}

impl Default for Lasting {
    fn default() -> Self {
        /// Most objects have neither labels nor annotations: none of them keeps a list for that.
        static NONE: LazyLock<Arc<Labels>> = LazyLock::new(Arc::default);
        Self {
            name: Text::default(),
            namespace: Text::default(),
            generate_name: Text::default(),
            uid: Uid::NONE,
            creation_timestamp: SimTime::ZERO,
            labels: Arc::clone(&NONE),
            annotations: Arc::clone(&NONE),
            finalizers: Vec::new(),
            owner_references: Vec::new(),
            managed: None,
        }
    }
}

impl Lasting {
    /// A name and a namespace only.
    pub fn named(namespace: &str, name: &str) -> Self {
        Self {
            name: name.into(),
            namespace: namespace.into(),
            ..Self::default()
        }
    }
}

impl Deref for ObjectMeta {
    type Target = Lasting;

    fn deref(&self) -> &Lasting {
        &self.lasting
    }
}

/// Whoever changes what lasts makes it the version's own first.
impl DerefMut for ObjectMeta {
    fn deref_mut(&mut self) -> &mut Lasting {
        Arc::make_mut(&mut self.lasting)
    }
}

impl PartialEq for ObjectMeta {
    fn eq(&self, other: &Self) -> bool {
        self.resource_version == other.resource_version
            && self.generation == other.generation
            && self.deletion == other.deletion
            && (Arc::ptr_eq(&self.lasting, &other.lasting) || self.lasting == other.lasting)
    }
}

impl ObjectMeta {
    /// Metadata of a new object, before its first write.
    pub fn of(lasting: Lasting) -> Self {
        Self {
            resource_version: 0,
            generation: 0,
            deletion: None,
            lasting: Arc::new(lasting),
        }
    }

    /// Metadata with a name and a namespace only.
    pub fn named(namespace: &str, name: &str) -> Self {
        Self::of(Lasting::named(namespace, name))
    }

    /// What lasts, taken out.
    pub fn into_lasting(self) -> Lasting {
        Arc::unwrap_or_clone(self.lasting)
    }

    /// Whether two versions share what lasts: then neither labels, annotations, finalizers nor owners differ.
    pub fn lasts(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lasting, &other.lasting)
    }

    /// Whether its deletion was asked for.
    pub fn is_deleting(&self) -> bool {
        self.deletion.is_some()
    }

    /// The managing controller's reference.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Whether it has that finalizer.
    pub fn has_finalizer(&self, name: &str) -> bool {
        self.finalizers.iter().any(|f| f == name)
    }

    /// A label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(Text::as_str)
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(Text::as_str)
    }

    /// Reads what a client may set: name, namespace, labels, annotations, finalizers, owners.
    /// The server's own fields (uid, resourceVersion, timestamps) are ignored.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        Ok(Self::of(Lasting {
            name: text("name").into(),
            namespace: text("namespace").into(),
            generate_name: text("generateName").into(),
            labels: Arc::new(text_map(value.get("labels"))),
            annotations: Arc::new(text_map(value.get("annotations"))),
            finalizers: array_of_text(value.get("finalizers")),
            owner_references: value
                .get("ownerReferences")
                .and_then(Value::as_array)
                .map(|owners| owners.iter().map(OwnerReference::from_value).collect())
                .unwrap_or_default(),
            ..Lasting::default()
        }))
    }

    /// As the API prints it.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        if !self.annotations.is_empty() {
            put("annotations", json!(*self.annotations));
        }
        put(
            "creationTimestamp",
            json!(self.creation_timestamp.to_rfc3339()),
        );
        if let Some(deletion) = self.deletion {
            put("deletionGracePeriodSeconds", json!(deletion.grace_secs));
            put("deletionTimestamp", json!(deletion.timestamp.to_rfc3339()));
        }
        if !self.finalizers.is_empty() {
            put("finalizers", json!(self.finalizers));
        }
        if !self.generate_name.is_empty() {
            put("generateName", json!(self.generate_name));
        }
        if self.generation > 0 {
            put("generation", json!(self.generation));
        }
        if !self.labels.is_empty() {
            put("labels", json!(*self.labels));
        }
        put("name", json!(self.name));
        if !self.namespace.is_empty() {
            put("namespace", json!(self.namespace));
        }
        if !self.owner_references.is_empty() {
            put(
                "ownerReferences",
                self.owner_references
                    .iter()
                    .map(OwnerReference::to_value)
                    .collect(),
            );
        }
        if self.resource_version > 0 {
            put("resourceVersion", json!(self.resource_version.to_string()));
        }
        put("uid", json!(self.uid.to_string()));
        Value::Object(map)
    }
}
