//! What stands behind a path. Models apimachinery `meta/v1/validation`, 1.37.

use ordinal_api::status::Cause;
use ordinal_api::{Kind, Status};
use serde_json::json;

use super::super::request::{FieldValidation, Options};

/// What stands behind the `?`.
#[derive(Clone, Copy)]
pub(super) struct Query<'a>(pub(super) &'a str);

impl Query<'_> {
    /// The first value of a parameter.
    pub(super) fn get(self, name: &str) -> Option<String> {
        self.values(name).next()
    }

    /// Every value of a parameter.
    pub(super) fn all(self, name: &str) -> Vec<String> {
        self.values(name).collect()
    }

    fn values(self, name: &str) -> impl Iterator<Item = String> {
        let pairs = self.0.split('&');
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .filter(move |(key, _)| plain(key) == name)
            .map(|(_, value)| plain(value))
    }
}

/// The value of a parameter that is a number.
///
/// # Errors
/// 400 for what is none.
pub(super) fn number(text: &str) -> Result<i64, Status> {
    let fault = |_| format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
    text.parse().map_err(fault).map_err(Status::bad_request)
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

/// Reads the parameters of a write; a deletion has its own.
///
/// # Errors
/// 422 with every fault.
pub(super) fn options(method: &str, query: Query<'_>, applies: bool) -> Result<Options, Status> {
    let of = match method {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        "PATCH" => "PatchOptions",
        _ => return Ok(Options::default()),
    };
    let mut faults = Vec::new();
    if method == "PATCH" && !applies && query.get("force").is_some() {
        let why = "may not be specified for non-apply patch";
        faults.push(Cause::forbidden("force", why));
    }
    let manager = query.get("fieldManager").unwrap_or_default();
    if applies && manager.is_empty() {
        faults.push(Cause::required(
            "fieldManager",
            "is required for apply patch",
        ));
    }
    if manager.len() > 128 {
        faults.push(Cause {
            reason: "FieldValueTooLong".into(),
            message: "Too long: may not be more than 128 bytes".to_owned(),
            field: "fieldManager".to_owned(),
        });
    }
    if let Some((place, odd)) = manager.char_indices().find(|(_, c)| c.is_control()) {
        let detail = format!(
            "invalid character U+{:04X} (at position {place})",
            u32::from(odd)
        );
        let shown = json!(manager).to_string();
        faults.push(Cause::invalid("fieldManager", &shown, &detail));
    }
    let dry = query.all("dryRun");
    faults.extend(dry_run_fault(&dry));
    let validation = query.get("fieldValidation").unwrap_or_default();
    let known = ["", "Ignore", "Strict", "Warn"];
    if !known.contains(&validation.as_str()) {
        let shown = json!(validation).to_string();
        faults.push(Cause::unsupported("fieldValidation", &shown, &known));
    }
    if !faults.is_empty() {
        return Err(invalid_options(of, faults));
    }
    Ok(Options {
        dry_run: !dry.is_empty(),
        validation: Some(match validation.as_str() {
            "Ignore" => FieldValidation::Ignore,
            "Strict" => FieldValidation::Strict,
            _ => FieldValidation::Warn,
        }),
        manager: manager.into(),
        ..Options::default()
    })
}

/// Models `ValidateDryRun`.
pub(super) fn dry_run_fault(given: &[String]) -> Option<Cause> {
    let all = given.iter().all(|dry| dry == "All");
    (!all).then(|| Cause::unsupported("dryRun", &json!(given).to_string(), &["All"]))
}

pub(super) fn invalid_options(of: &str, causes: Vec<Cause>) -> Status {
    Status::invalid(Kind::Pod, "", causes).about(of, "meta.k8s.io")
}
