//! Requests from outside, as data: the same for buttons, commands, lessons and tests.

use std::sync::Arc;

use ordinal_api::{Kind, Object, Selector, Status, Text, Value};

use super::DeleteOptions;

/// A request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Creates an object. `strict` refuses unknown and duplicate fields.
    Create {
        /// The object as JSON, as sent.
        object: Value,
        /// Namespace for objects that name none.
        namespace: Text,
        /// `fieldValidation=Strict`
        strict: bool,
    },
    /// Replaces an object.
    Update {
        /// The object as JSON, as sent.
        object: Value,
        /// Namespace for objects that name none.
        namespace: Text,
        /// `fieldValidation=Strict`
        strict: bool,
    },
    /// Changes an object in part.
    Patch {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// The change.
        patch: Patch,
    },
    /// Asks for a deletion.
    Delete {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Grace, preconditions, propagation.
        options: DeleteOptions,
    },
    /// Evicts a Pod: a deletion that budgets may refuse (`POST …/eviction`).
    Evict {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Grace, preconditions.
        options: DeleteOptions,
    },
    /// Binds a Pod to a node (`POST …/binding`).
    Bind {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// The node; it need not exist.
        node: Text,
    },
    /// Replaces the status of an object (`PUT …/status`); nothing else of it changes.
    UpdateStatus {
        /// The object as JSON, as sent.
        object: Value,
        /// Namespace for objects that name none.
        namespace: Text,
    },
    /// Server-side apply (`PATCH`, `application/apply-patch+yaml`).
    Apply {
        /// The wanted fields.
        object: Value,
        /// Namespace for objects that name none.
        namespace: Text,
        /// Takes fields from other managers.
        force: bool,
    },
    /// A request with query parameters that are not the usual ones.
    With {
        /// The parameters.
        options: Options,
        /// The request.
        request: Box<Request>,
    },
    /// A request as a history keeps it: JSON in memory takes many times the room of its text.
    Kept {
        /// Its body.
        body: Box<str>,
        /// The request without it.
        request: Box<Request>,
    },
    /// Reads one object.
    Get {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
    },
    /// Reads objects of a kind.
    List {
        /// Their kind.
        kind: Kind,
        /// Their namespace; `None` for all.
        namespace: Option<Text>,
        /// Labels that they must match.
        selector: Selector,
    },
}

/// Query parameters of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `dryRun=All`: everything is done but the write.
    pub dry_run: bool,
    /// `fieldValidation`, where it is not the request's own.
    pub validation: Option<FieldValidation>,
    /// `fieldManager`: who owns the fields that are written.
    pub manager: Text,
    /// Fields that stand twice in the body, by their paths: a parsed object cannot show them.
    pub duplicates: Vec<String>,
    /// The subresource that an update goes through: `ephemeralcontainers`, `resize` or `finalize`; empty for all.
    pub part: &'static str,
}

/// What becomes of fields that the server does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped.
    Ignore,
    /// They are dropped, each with a warning.
    Warn,
    /// The request is refused.
    Strict,
}

/// A change in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// How `body` is read.
    pub type_: PatchType,
    /// The change.
    pub body: Value,
    /// `status`, `scale`, or empty for the object itself.
    pub subresource: Text,
}

/// The form of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// `application/json-patch+json`
    Json,
    /// `application/merge-patch+json`
    Merge,
    /// `application/strategic-merge-patch+json`
    Strategic,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// One object: as it was created, changed, read or (the last time) deleted.
    Object(Arc<Object>),
    /// Objects of a kind.
    List(Kind, Vec<Arc<Object>>),
    /// The request was refused.
    Refused(Status),
}

impl Response {
    /// The object, or the refusal.
    ///
    /// # Errors
    /// The server's `Status`.
    pub fn object(self) -> Result<Arc<Object>, Status> {
        match self {
            Self::Object(object) => Ok(object),
            Self::Refused(status) => Err(status),
            Self::List(kind, _) => Err(Status::bad_request(format!(
                "a list of {kind} is not one object"
            ))),
        }
    }
}

impl Request {
    /// A short text for the journal: `create StatefulSet web`.
    pub fn summary(&self) -> String {
        let named = |object: &Value| {
            let kind = object
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or("object");
            let name = ordinal_api::value::at(object, &["metadata", "name"])
                .and_then(Value::as_str)
                .unwrap_or("");
            format!("{kind} {name}")
        };
        match self {
            Self::Create { object, .. } => format!("create {}", named(object)),
            Self::Update { object, .. } => format!("update {}", named(object)),
            Self::Patch {
                kind, name, patch, ..
            } if patch.subresource.is_empty() => format!("patch {kind} {name}"),
            Self::Patch {
                kind, name, patch, ..
            } => format!("patch {} of {kind} {name}", patch.subresource),
            Self::Delete { kind, name, .. } => format!("delete {kind} {name}"),
            Self::Evict { name, .. } => format!("evict Pod {name}"),
            Self::Bind { name, node, .. } => format!("bind Pod {name} to {node}"),
            Self::UpdateStatus { object, .. } => format!("update status of {}", named(object)),
            Self::Apply { object, .. } => format!("apply {}", named(object)),
            Self::With { request, .. } => request.summary(),
            Self::Kept { body, request } => request.with_body(body).summary(),
            Self::Get { kind, name, .. } => format!("get {kind} {name}"),
            Self::List { kind, .. } => format!("list {kind}"),
        }
    }

    /// The same request with a field manager, unless it names one.
    pub fn managed_by(self, manager: &str) -> Self {
        let (mut options, request) = match self {
            Self::With { options, request } => (options, request),
            other => (Options::default(), Box::new(other)),
        };
        if options.manager.is_empty() {
            options.manager = manager.into();
        }
        Self::With { options, request }
    }

    /// The same request, as a history keeps it.
    pub(crate) fn keep(mut self) -> Self {
        if let Self::With { options, request } = self {
            let request = Box::new(request.keep());
            return Self::With { options, request };
        }
        let Some(body) = self.body() else {
            return self;
        };
        let body = body.take().to_string().into();
        let request = Box::new(self);
        Self::Kept { body, request }
    }

    /// A request that was kept, with its body.
    pub(crate) fn with_body(&self, text: &str) -> Self {
        let mut request = self.clone();
        if let Some(body) = request.body() {
            *body = serde_json::from_str(text).unwrap_or_default();
        }
        request
    }

    fn body(&mut self) -> Option<&mut Value> {
        match self {
            Self::Create { object, .. }
            | Self::Update { object, .. }
            | Self::UpdateStatus { object, .. }
            | Self::Apply { object, .. } => Some(object),
            Self::Patch { patch, .. } => Some(&mut patch.body),
            _ => None,
        }
    }

    /// The kind that it is about; of requests around others, theirs is asked.
    pub(crate) fn kind(&self) -> Option<Kind> {
        let of = |object: &Value| {
            let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
            Kind::from_api(text("apiVersion"), text("kind"))
        };
        match self {
            Self::Create { object, .. }
            | Self::Update { object, .. }
            | Self::UpdateStatus { object, .. }
            | Self::Apply { object, .. } => of(object),
            Self::Patch { kind, .. }
            | Self::Delete { kind, .. }
            | Self::Get { kind, .. }
            | Self::List { kind, .. } => Some(*kind),
            Self::Evict { .. } | Self::Bind { .. } => Some(Kind::Pod),
            Self::With { .. } | Self::Kept { .. } => None,
        }
    }

    /// Whether it would change something, were it no dry run.
    pub(crate) fn writes_or_tries(&self) -> bool {
        match self {
            Self::With { request, .. } => request.writes_or_tries(),
            other => other.writes(),
        }
    }

    /// Whether it can change anything.
    pub fn writes(&self) -> bool {
        match self {
            Self::Get { .. } | Self::List { .. } => false,
            Self::With { options, request } => !options.dry_run && request.writes(),
            _ => true,
        }
    }
}
