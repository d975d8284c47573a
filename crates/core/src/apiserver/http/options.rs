//! What stands behind a path and in the body of a deletion. Models apimachinery `meta/v1/validation`, 1.37.

use ordinal_api::status::Cause;
use ordinal_api::{Kind, Status, Uid, Value, value};
use serde_json::json;

use super::super::request::{FieldValidation, Options};
use super::super::{DeleteOptions, Propagation};

/// What stands behind the `?`.
#[derive(Clone, Copy)]
pub(super) struct Query<'a>(pub(super) &'a str);

impl Query<'_> {
    /// The first value of a parameter.
    pub(super) fn get(self, name: &str) -> Option<String> {
        let mut pairs = self
            .0
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .find(|(key, _)| plain(key) == name)
            .map(|(_, value)| plain(value))
    }
}

/// A part of a query as it is meant: `a%3Db+c` is `a=b c`.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let (high, low) = (digit(ahead.next()), digit(ahead.next()));
                match (high, low) {
                    (Some(high), Some(low)) => {
                        bytes.push((high << 4 | low) as u8);
                        rest = ahead;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads the parameters of a write.
///
/// # Errors
/// 422 for those that do not exist.
pub(super) fn options(method: &str, query: Query<'_>) -> Result<Options, Status> {
    if method == "GET" {
        return Ok(Options::default());
    }
    let of = match method {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        "DELETE" => "DeleteOptions",
        _ => "PatchOptions",
    };
    let validation = query.get("fieldValidation").filter(|_| method != "DELETE");
    let validation = match validation.as_deref() {
        None | Some("") => None,
        Some("Ignore") => Some(FieldValidation::Ignore),
        Some("Warn") => Some(FieldValidation::Warn),
        Some("Strict") => Some(FieldValidation::Strict),
        Some(other) => {
            let cause = Cause::unsupported(
                "fieldValidation",
                &json!(other).to_string(),
                &["", "Ignore", "Strict", "Warn"],
            );
            return Err(invalid_options(of, cause));
        }
    };
    let manager = query.get("fieldManager").unwrap_or_default();
    if let Some((place, odd)) = manager.char_indices().find(|(_, c)| c.is_control()) {
        let detail = format!(
            "invalid character U+{:04X} (at position {place})",
            u32::from(odd)
        );
        let shown = json!(manager).to_string();
        return Err(invalid_options(
            of,
            Cause::invalid("fieldManager", &shown, &detail),
        ));
    }
    if manager.len() > 128 {
        let cause = Cause {
            reason: "FieldValueTooLong".into(),
            message: "Too long: may not be more than 128 bytes".to_owned(),
            field: "fieldManager".to_owned(),
        };
        return Err(invalid_options(of, cause));
    }
    let dry_run = query.get("dryRun");
    if let Some(dry) = dry_run.as_deref().filter(|dry| *dry != "All") {
        let cause = Cause::unsupported("dryRun", &json!([dry]).to_string(), &["All"]);
        return Err(invalid_options(of, cause));
    }
    Ok(Options {
        dry_run: dry_run.is_some(),
        validation: validation.or(Some(FieldValidation::Warn)),
        manager: manager.into(),
        duplicates: Vec::new(),
    })
}

pub(super) fn invalid_options(of: &str, cause: Cause) -> Status {
    let mut status = Status::invalid(Kind::Pod, "", vec![cause]);
    status.message = status
        .message
        .replacen("Pod", &format!("{of}.meta.k8s.io"), 1);
    status.details.kind = of.into();
    status.details.group = "meta.k8s.io".into();
    status
}

/// Reads `DeleteOptions`. Models apimachinery `meta/v1/validation.ValidateDeleteOptions`.
///
/// # Errors
/// 422 for a propagation policy that does not exist, or two that contradict each other.
pub(super) fn delete_options(body: Option<&Value>) -> Result<DeleteOptions, Status> {
    let none = Value::Null;
    let body = body.unwrap_or(&none);
    let policy = body.get("propagationPolicy").and_then(Value::as_str);
    let orphan = body.get("orphanDependents").and_then(Value::as_bool);
    let field = "propagationPolicy";
    if let Some(policy) = policy {
        let value = json!(policy).to_string();
        if orphan.is_some() {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            return Err(invalid_options(
                "DeleteOptions",
                Cause::invalid(field, &value, why),
            ));
        }
        let known = ["Foreground", "Background", "Orphan", "nil"];
        if !known[..3].contains(&policy) {
            let cause = Cause::unsupported(field, &value, &known);
            return Err(invalid_options("DeleteOptions", cause));
        }
    }
    let precondition = |key: &str| value::at(body, &["preconditions", key]).and_then(Value::as_str);
    let grace = body.get("gracePeriodSeconds").and_then(Value::as_i64);
    Ok(DeleteOptions {
        // A negative grace is one second.
        grace_secs: grace.map(|secs| u64::try_from(secs).unwrap_or(1)),
        uid: precondition("uid").and_then(Uid::parse),
        resource_version: precondition("resourceVersion").map(|v| v.parse().unwrap_or(0)),
        propagation: match (policy, orphan) {
            (Some("Foreground"), _) => Some(Propagation::Foreground),
            (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
            (Some(_), _) | (None, Some(false)) => Some(Propagation::Background),
            (None, None) => None,
        },
    })
}
