//! Validation: what is wrong with an object, in the server's words and order.
//!
//! Models pkg/apis/{core,apps,policy,storage}/validation, 1.37. Each function appends [`Cause`]s for one part, given
//! its path; the recordings in `conformance/admission` are the referee.

mod affinity;
mod classes;
mod config;
mod containers;
mod cronjob;
mod csi;
mod diff;
mod empties;
mod endpoints;
mod environment;
mod event;
mod go;
mod handlers;
pub(super) mod job;
mod job_policies;
mod job_status;
mod limits;
mod metadata;
mod mounts;
pub(super) mod names;
mod node;
mod pod;
mod pod_parts;
mod pod_update;
mod resources;
mod security;
mod service;
mod sources;
mod status;
mod storage;
mod system;
mod volumes;
pub(super) mod walk;
mod workload;

use ordinal_api::status::Cause;
use ordinal_api::{Kind, Quantity, Status, Value, value};

use crate::release::Release;

pub(super) use status::status;

/// `must be greater than or equal to 0`
const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
/// What an update says of a field that it may not change.
const IMMUTABLE: &str = "field is immutable";

/// The faults found so far, and the object as it was sent: messages show the empty lists and maps in it.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Cause>, Value);

impl Faults {
    fn add(&mut self, cause: Cause) {
        self.0.push(cause);
    }

    fn required(&mut self, field: impl Into<String>, detail: &str) {
        self.add(Cause::required(field, detail));
    }

    fn forbidden(&mut self, field: impl Into<String>, detail: &str) {
        self.add(Cause::forbidden(field, detail));
    }

    /// `value` is printed as JSON.
    fn invalid(&mut self, field: impl Into<String>, value: &Value, detail: &str) {
        let field = field.into();
        let shown = self.as_sent(&field, value).to_string();
        self.add(Cause::invalid(field, &shown, detail));
    }

    /// What declarative validation says of a field that may not change: it shows no value.
    fn declared_immutable(&mut self, field: impl Into<String>) {
        self.add(Cause::invalid(field, "null", IMMUTABLE));
    }

    /// A value with the empty lists and maps that were sent at this place, which are not kept.
    fn as_sent(&self, field: &str, value: &Value) -> Value {
        let mut value = value.clone();
        if let Some(sent) = empties::find(&self.1, field) {
            empties::restore(&mut value, sent);
        }
        value
    }

    fn duplicate(&mut self, field: impl Into<String>, value: &Value) {
        self.add(Cause::duplicate(field, &value.to_string()));
    }

    fn not_found(&mut self, field: impl Into<String>, value: &Value) {
        self.add(Cause::not_found(field, &value.to_string()));
    }

    fn too_long(&mut self, field: impl Into<String>, most: usize) {
        self.add(Cause {
            reason: "FieldValueTooLong".into(),
            message: format!("Too long: may not be more than {most} bytes"),
            field: field.into(),
        });
    }

    /// A value that is printed as one of the server's own structs.
    fn invalid_struct(&mut self, field: &str, type_: &str, value: &Value, detail: &str) {
        let shown = go::print(type_, &self.as_sent(field, value), false);
        self.add(Cause::invalid(field, &shown, detail));
    }

    /// A name that has to be a DNS label.
    fn label(&mut self, field: &str, name: &str) {
        self.all(field, &Value::from(name), names::dns_label(name));
    }

    /// The same of a name that may not be empty.
    fn required_label(&mut self, field: &str, name: &str) {
        if name.is_empty() {
            self.required(field, "");
        } else {
            self.label(field, name);
        }
    }

    fn all(&mut self, field: &str, value: &Value, details: Vec<String>) {
        for detail in details {
            self.invalid(field, value, &detail);
        }
    }

    fn unsupported(&mut self, field: impl Into<String>, value: &Value, supported: &[&str]) {
        let field = field.into();
        let shown = self.as_sent(&field, value).to_string();
        self.add(Cause::unsupported(field, &shown, supported));
    }

    /// A word of a list, where there is one.
    fn one_of(&mut self, field: impl Into<String>, value: Option<&Value>, supported: &[&str]) {
        let Some(value) = value.filter(|v| !v.is_null()) else {
            return;
        };
        if !value.as_str().is_some_and(|v| supported.contains(&v)) {
            self.unsupported(field, value, supported);
        }
    }

    /// A word of a list that must be there.
    fn word(&mut self, field: impl Into<String>, value: &Value, supported: &[&str]) {
        if value.as_str().unwrap_or_default().is_empty() {
            self.required(field, "");
        } else {
            self.one_of(field, Some(value), supported);
        }
    }

    fn not_negative(&mut self, field: impl Into<String>, value: Option<&Value>) {
        if let Some(value) = value.filter(|v| v.as_i64().is_some_and(|n| n < 0)) {
            self.invalid(field, value, NOT_NEGATIVE);
        }
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Validates a new object, defaults filled in; `sent` is what it was made of.
///
/// # Errors
/// 422 with every fault.
pub(super) fn create(
    kind: Kind,
    object: &Value,
    sent: &Value,
    release: Release,
) -> Result<(), Status> {
    let mut faults = Faults(Vec::new(), sent.clone());
    if matches!(kind, Kind::PodDisruptionBudget | Kind::Event) {
        // Their metadata are looked at when all else is well.
        specification(kind, object, None, &mut faults);
        if faults.len() > 0 {
            return finish(kind, object, faults);
        }
    }
    metadata::create(kind, object, release, &mut faults);
    specification(kind, object, None, &mut faults);
    finish(kind, object, faults)
}

/// What allocators say of a new or changed Service, before it is validated.
///
/// # Errors
/// 422 with every fault.
pub(super) fn allocated(object: &Value, old: Option<&Value>) -> Result<(), Status> {
    let mut faults = Faults::default();
    service::allocated(object, old, &mut faults);
    finish(Kind::Service, object, faults)
}

/// Validates a changed object against the stored one; `part` is the subresource that it goes through.
///
/// # Errors
/// 422 with every fault.
pub(super) fn update(
    kind: Kind,
    object: &Value,
    (old, part): (&Value, &str),
    sent: &Value,
    release: Release,
) -> Result<(), Status> {
    let mut faults = Faults(Vec::new(), sent.clone());
    metadata::update(kind, object, old, &mut faults);
    if kind == Kind::DaemonSet {
        workload::selector_update(object, old, &mut faults);
    }
    specification(kind, object, Some(old), &mut faults);
    match kind {
        Kind::StatefulSet => workload::stateful_set_update(object, old, release, &mut faults),
        Kind::Deployment | Kind::ReplicaSet => workload::selector_update(object, old, &mut faults),
        Kind::Pod if part == "ephemeralcontainers" => pod_parts::added(object, old, &mut faults),
        Kind::Pod if part == "resize" => pod_parts::resized(object, old, &mut faults),
        Kind::Pod => pod_update::update(object, old, &mut faults),
        Kind::Namespace if part == "finalize" => {
            metadata::held(at(object, &["spec"]), true, &mut faults)
        }
        Kind::Job => job::update(object, old, &mut faults),
        Kind::Node => node::update(object, old, release, &mut faults),
        Kind::PersistentVolumeClaim => storage::claim_update(object, old, &mut faults),
        Kind::PersistentVolume => storage::volume_update(object, old, &mut faults),
        Kind::StorageClass => classes::class_update(object, old, release, &mut faults),
        Kind::CSIStorageCapacity => classes::capacity_update(object, old, &mut faults),
        Kind::PriorityClass => config::priority_class_update(object, old, &mut faults),
        _ => {}
    }
    finish(kind, object, faults)
}

fn specification(kind: Kind, object: &Value, old: Option<&Value>, faults: &mut Faults) {
    match kind {
        Kind::StatefulSet => workload::stateful_set(object, old.is_some(), faults),
        Kind::Deployment => workload::deployment(object, faults),
        Kind::ReplicaSet => workload::replica_set(object, faults),
        Kind::DaemonSet => workload::daemon_set(object, faults),
        Kind::Pod => pod::whole(object, old.is_none(), faults),
        Kind::Node => node::whole(object, faults),
        Kind::Service => {
            if let Some(old) = old {
                service::update(object, old, faults);
            }
            service::whole(object, faults);
        }
        Kind::PersistentVolumeClaim => storage::claim_spec(at(object, &["spec"]), "spec", faults),
        Kind::PersistentVolume => storage::volume(object, faults),
        Kind::StorageClass => classes::class(object, faults),
        Kind::CSIStorageCapacity => classes::capacity(object, faults),
        Kind::VolumeAttachment => csi::attachment(object, old, faults),
        Kind::CSINode => csi::node(object, old, faults),
        Kind::CSIDriver => csi::driver(object, old, faults),
        Kind::PodDisruptionBudget => workload::budget(object, faults),
        Kind::ConfigMap => config::config_map(object, old, faults),
        Kind::Secret => config::secret(object, old, faults),
        Kind::PriorityClass if old.is_none() => config::priority_class(object, faults),
        Kind::LimitRange => limits::range(object, faults),
        Kind::ResourceQuota => limits::quota(object, old, faults),
        Kind::Endpoints => endpoints::endpoints(object, faults),
        Kind::EndpointSlice => endpoints::slice(object, old, faults),
        Kind::Job => job::job(object, faults),
        Kind::CronJob => cronjob::cron_job(object, old, faults),
        Kind::ReplicationController => workload::replication_controller(object, faults),
        Kind::Event => event::event(object, old, faults),
        Kind::Namespace if old.is_none() => metadata::held(at(object, &["spec"]), false, faults),
        Kind::Lease => config::lease(object, faults),
        Kind::ControllerRevision => config::revision(object, old, faults),
        _ => {}
    }
}

fn finish(kind: Kind, object: &Value, faults: Faults) -> Result<(), Status> {
    if faults.0.is_empty() {
        return Ok(());
    }
    // What two rules find alike is told once.
    let mut causes: Vec<Cause> = Vec::new();
    for cause in faults.0 {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    let name = super::decode::name_of(object);
    Err(Status::invalid(kind, name, causes))
}

/// A part of an object, or null.
pub(super) fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    value::at(object, path).unwrap_or(&Value::Null)
}

/// The items of a list, or none.
pub(super) fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A text, or empty.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A number, or zero.
fn number(object: &Value, key: &str) -> i64 {
    object.get(key).and_then(Value::as_i64).unwrap_or_default()
}

/// A field that is there and not null.
fn given<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// The entries of a map, or none.
fn entries<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn quantity(value: &Value) -> Option<Quantity> {
    let text = value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_number().map(ToString::to_string))?;
    Quantity::parse(&text).ok()
}
