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
            Self::Get { kind, name, .. } => format!("get {kind} {name}"),
            Self::List { kind, .. } => format!("list {kind}"),
        }
    }

    /// Whether it can change anything.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Get { .. } | Self::List { .. })
    }
}
