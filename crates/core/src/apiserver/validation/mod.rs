//! Validation: what is wrong with an object, in the server's words and order.
//!
//! Models pkg/apis/{core,apps,storage}/validation, 1.37. Each function appends [`Cause`]s for one part, given its
//! path; the recordings in `conformance/admission` are the referee.

mod containers;
mod names;
mod pod;
mod service;
mod storage;
mod workload;

use ordinal_api::status::Cause;
use ordinal_api::{Kind, Status, Value, value};

pub(super) use names::{dns_label, dns_subdomain};

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Cause>);

impl Faults {
    fn add(&mut self, cause: Cause) {
        self.0.push(cause);
    }

    fn required(&mut self, field: impl Into<String>, detail: &str) {
        self.add(Cause::required(field, detail));
    }

    /// `value` is printed as JSON.
    fn invalid(&mut self, field: impl Into<String>, value: &Value, detail: &str) {
        self.add(Cause::invalid(field, &value.to_string(), detail));
    }

    fn all(&mut self, field: &str, value: &Value, details: Vec<String>) {
        for detail in details {
            self.invalid(field, value, &detail);
        }
    }

    fn one_of(&mut self, field: impl Into<String>, value: Option<&Value>, supported: &[&str]) {
        let Some(value) = value.filter(|v| !v.is_null()) else {
            return;
        };
        if !value.as_str().is_some_and(|v| supported.contains(&v)) {
            self.add(Cause::unsupported(field, &value.to_string(), supported));
        }
    }

    fn not_negative(&mut self, field: impl Into<String>, value: Option<&Value>) {
        if let Some(value) = value.filter(|v| v.as_i64().is_some_and(|n| n < 0)) {
            self.invalid(field, value, "must be greater than or equal to 0");
        }
    }
}

/// Validates a new object, defaults filled in.
///
/// # Errors
/// 422 with every fault.
pub(super) fn create(kind: Kind, object: &Value) -> Result<(), Status> {
    let mut faults = Faults::default();
    metadata(kind, object, &mut faults);
    specification(kind, object, &mut faults);
    finish(kind, object, faults)
}

/// Validates a changed object against the stored one.
///
/// # Errors
/// 422 with every fault.
pub(super) fn update(kind: Kind, object: &Value, old: &Value) -> Result<(), Status> {
    let mut faults = Faults::default();
    specification(kind, object, &mut faults);
    match kind {
        Kind::StatefulSet => workload::stateful_set_update(object, old, &mut faults),
        Kind::Deployment | Kind::ReplicaSet => workload::selector_update(object, old, &mut faults),
        Kind::Service => service::update(object, old, &mut faults),
        Kind::Pod => pod::update(object, old, &mut faults),
        Kind::PersistentVolumeClaim => storage::claim_update(object, old, &mut faults),
        Kind::PersistentVolume => storage::volume_update(object, old, &mut faults),
        Kind::StorageClass => storage::class_update(object, old, &mut faults),
        _ => {}
    }
    finish(kind, object, faults)
}

fn specification(kind: Kind, object: &Value, faults: &mut Faults) {
    match kind {
        Kind::StatefulSet => workload::stateful_set(object, faults),
        Kind::Deployment => workload::deployment(object, faults),
        Kind::ReplicaSet => workload::replica_set(object, faults),
        Kind::Pod => pod::spec(at(object, &["spec"]), "spec", None, faults),
        Kind::Service => service::create(object, faults),
        Kind::PersistentVolumeClaim => storage::claim_spec(at(object, &["spec"]), "spec", faults),
        Kind::PersistentVolume => storage::volume(object, faults),
        Kind::StorageClass => storage::class(object, faults),
        _ => {}
    }
}

fn finish(kind: Kind, object: &Value, faults: Faults) -> Result<(), Status> {
    if faults.0.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(
        kind,
        super::decode::name_of(object),
        faults.0,
    ))
}

fn metadata(kind: Kind, object: &Value, faults: &mut Faults) {
    let name = at(object, &["metadata", "name"]);
    let generate = at(object, &["metadata", "generateName"])
        .as_str()
        .unwrap_or_default();
    match name.as_str() {
        Some("") | None if generate.is_empty() => {
            faults.required("metadata.name", "name or generateName is required")
        }
        Some(text) if !text.is_empty() => {
            let details = match kind {
                Kind::StatefulSet | Kind::Namespace => dns_label(text),
                Kind::Service => names::service_name(text),
                _ => dns_subdomain(text),
            };
            faults.all("metadata.name", name, details);
        }
        _ => {}
    }
    names::labels(
        at(object, &["metadata", "labels"]),
        "metadata.labels",
        faults,
    );
}

/// A part of an object, or null.
fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    value::at(object, path).unwrap_or(&Value::Null)
}

/// The items of a list, or none.
fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A text, or empty.
fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}
