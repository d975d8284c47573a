//! `Status`: what the API server answers when it refuses.

use crate::list::IntoList;
use std::fmt;

use crate::{Kind, Text};

/// A refusal, with the code, reason and message that the API server gives. Models apimachinery `api/errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// HTTP code: 404, 409, 422 …
    pub code: u16,
    /// Its reason.
    pub reason: Reason,
    /// Its message, to the letter.
    pub message: String,
    /// What it is about.
    pub details: Box<Details>,
}

/// The machine-readable reason of a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum Reason {
    BadRequest,
    NotFound,
    AlreadyExists,
    Conflict,
    Invalid,
    Forbidden,
    Gone,
    TooManyRequests,
    MethodNotAllowed,
    UnsupportedMediaType,
    InternalError,
    Timeout,
    /// None is given.
    Unknown,
}

/// The subject of a [`Status`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Group of the resource.
    pub group: Text,
    /// Kind or resource, as the server names it in that answer.
    pub kind: Text,
    /// Name of the object.
    pub name: Text,
    /// Identity of the object, where a precondition named it.
    pub uid: Text,
    /// The single faults of an invalid object, in order.
    pub causes: Vec<Cause>,
    /// Seconds after which it may be tried again.
    pub retry_after_seconds: Option<u32>,
}

/// One fault of an invalid object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueRequired`, `FieldValueInvalid` …
    pub reason: Text,
    /// `Required value: must be set`
    pub message: String,
    /// `spec.template.metadata.labels`
    pub field: String,
}

impl Status {
    /// Whether a cause of that reason is among its details. Models apimachinery `errors.HasStatusCause`.
    pub fn has_cause(&self, reason: &str) -> bool {
        self.details
            .causes
            .iter()
            .any(|cause| cause.reason == reason)
    }

    fn of_resource(code: u16, reason: Reason, kind: Kind, name: &str, message: String) -> Self {
        let names = kind.names();
        let details = Details {
            group: names.group.into(),
            kind: names.plural.into(),
            name: name.into(),
            ..Details::default()
        };
        Self {
            code,
            reason,
            message,
            details: Box::new(details),
        }
    }

    /// The same said of something else: of a resource where it was said of its kind, or of what is stored under no name of
    /// its own (`Scale.autoscaling "web" is invalid: …`).
    pub fn about(mut self, kind: &str, group: &str) -> Self {
        let told = |kind: &str, group: &str| match group {
            "" => kind.to_owned(),
            group => format!("{kind}.{group}"),
        };
        let was = told(&self.details.kind, &self.details.group);
        self.message = self.message.replacen(&was, &told(kind, group), 1);
        self.details.kind = kind.into();
        self.details.group = group.into();
        self
    }

    /// 404 `pods "web-0" not found`.
    pub fn not_found(kind: Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.group_resource());
        Self::of_resource(404, Reason::NotFound, kind, name, message)
    }

    /// 409 `pods "web-0" already exists`.
    pub fn already_exists(kind: Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.group_resource());
        Self::of_resource(409, Reason::AlreadyExists, kind, name, message)
    }

    /// 409 `Operation cannot be fulfilled on pods "web-0": …`.
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.group_resource()
        );
        Self::of_resource(409, Reason::Conflict, kind, name, message)
    }

    /// 403 `pods "web-0" is forbidden: …`.
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Self {
        let message = if name.is_empty() {
            format!("{} is forbidden: {why}", kind.group_resource())
        } else {
            format!("{} \"{name}\" is forbidden: {why}", kind.group_resource())
        };
        Self::of_resource(403, Reason::Forbidden, kind, name, message)
    }

    /// 422 `StatefulSet.apps "web" is invalid: …` with its causes.
    pub fn invalid(kind: Kind, name: &str, causes: Vec<Cause>) -> Self {
        let mut texts = causes
            .iter()
            .map(|c| format!("{}: {}", c.field, c.message))
            .into_list();
        texts.dedup();
        let list = if let [only] = texts.as_slice() {
            only.clone()
        } else {
            format!("[{}]", texts.join(", "))
        };
        let names = kind.names();
        let details = Details {
            group: names.group.into(),
            kind: names.kind.into(),
            name: name.into(),
            causes,
            ..Details::default()
        };
        let message = format!("{} \"{name}\" is invalid: {list}", kind.group_kind());
        Self {
            code: 422,
            reason: Reason::Invalid,
            message,
            details: Box::new(details),
        }
    }

    /// 400 with a message of its own.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            code: 400,
            reason: Reason::BadRequest,
            message: message.into(),
            details: Box::default(),
        }
    }

    /// 404 for a path that the server does not know.
    pub fn not_served() -> Self {
        Self {
            code: 404,
            reason: Reason::NotFound,
            ..Self::bad_request("the server could not find the requested resource")
        }
    }

    /// 500 without a reason.
    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            code: 500,
            reason: Reason::Unknown,
            ..Self::bad_request(message)
        }
    }

    /// 429 with a message of its own.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self {
            code: 429,
            reason: Reason::TooManyRequests,
            message: message.into(),
            details: Box::default(),
        }
    }

    /// Whether the object was not there.
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// Whether the name was taken.
    pub fn is_already_exists(&self) -> bool {
        self.reason == Reason::AlreadyExists
    }

    /// Whether somebody else wrote first.
    pub fn is_conflict(&self) -> bool {
        self.reason == Reason::Conflict
    }
}

impl Cause {
    /// `FIELD: Required value: DETAIL` (the detail may be empty).
    pub fn required(field: impl Into<String>, detail: &str) -> Self {
        let message = if detail.is_empty() {
            "Required value".to_owned()
        } else {
            format!("Required value: {detail}")
        };
        Self {
            reason: "FieldValueRequired".into(),
            message,
            field: field.into(),
        }
    }

    /// `FIELD: Invalid value: VALUE: DETAIL`; `value` is already in the form in which the server prints it.
    pub fn invalid(field: impl Into<String>, value: &str, detail: &str) -> Self {
        let message = if detail.is_empty() {
            format!("Invalid value: {value}")
        } else {
            format!("Invalid value: {value}: {detail}")
        };
        Self {
            reason: "FieldValueInvalid".into(),
            message,
            field: field.into(),
        }
    }

    /// `FIELD: Unsupported value: "X": supported values: "A", "B"`.
    pub fn unsupported(field: impl Into<String>, value: &str, supported: &[&str]) -> Self {
        let list = supported
            .iter()
            .map(|s| format!("\"{s}\""))
            .into_list()
            .join(", ");
        let message = format!("Unsupported value: {value}: supported values: {list}");
        Self {
            reason: "FieldValueNotSupported".into(),
            message,
            field: field.into(),
        }
    }

    /// `FIELD: Forbidden: DETAIL`.
    pub fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self {
            reason: "FieldValueForbidden".into(),
            message: format!("Forbidden: {detail}"),
            field: field.into(),
        }
    }

    /// `FIELD: Not found: VALUE`.
    pub fn not_found(field: impl Into<String>, value: &str) -> Self {
        Self {
            reason: "FieldValueNotFound".into(),
            message: format!("Not found: {value}"),
            field: field.into(),
        }
    }

    /// `FIELD: Duplicate value: VALUE`.
    pub fn duplicate(field: impl Into<String>, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate".into(),
            message: format!("Duplicate value: {value}"),
            field: field.into(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::Unknown {
            return Ok(());
        }
        fmt::Debug::fmt(self, f)
    }
}
