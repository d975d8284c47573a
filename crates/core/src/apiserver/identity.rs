//! Whether a change is meant for the object that is stored, in the version that is stored.

use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, Object, Status, Value, value};

/// Whether a change is meant for the version that is stored.
///
/// # Errors
/// 409 for another one; 422 where none is said of a kind that needs one.
fn check_version(stored: &Object, version: &str) -> Result<(), Status> {
    let (kind, meta) = (stored.kind(), &stored.meta);
    let said = !matches!(version, "" | "0");
    if !said && needs_version(kind) {
        return Err(without_version(kind, &meta.name));
    }
    if said && version != meta.resource_version.to_string() {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(Status::conflict(kind, &meta.name, why));
    }
    Ok(())
}

/// Whether a change is meant for the object that is stored, in the version that is stored.
///
/// # Errors
/// 409; 500 for a version that is no number.
pub(super) fn check_identity(stored: &Object, sent: &Value, put: bool) -> Result<(), Status> {
    let meta = |key: &str| {
        value::at(sent, &["metadata", key])
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let version = meta("resourceVersion");
    // Zero is no version; what is no number is found out only when it is compared.
    if !version.is_empty() && version.parse::<u64>().is_err() {
        let mut status = Status::bad_request(format!(
            "strconv.ParseUint: parsing \"{version}\": invalid syntax"
        ));
        (status.code, status.reason) = (500, Reason::Unknown);
        return Err(status);
    }
    let uid = meta("uid");
    if put && !uid.is_empty() && uid != stored.meta.uid.to_string() {
        return Err(other_identity(stored, uid));
    }
    check_version(stored, version)
}

fn without_version(kind: Kind, name: &str) -> Status {
    let why = "must be specified for an update";
    let fault = Cause::invalid("metadata.resourceVersion", "0", why);
    // Told of the resource, not of the kind.
    let names = kind.names();
    Status::invalid(kind, name, vec![fault]).about(names.plural, names.group)
}

/// Kinds that are replaced only by those who name the version they saw. Models `AllowUnconditionalUpdate`.
const fn needs_version(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PodDisruptionBudget
            | Kind::CSIDriver
            | Kind::CSINode
            | Kind::CSIStorageCapacity
            | Kind::VolumeAttachment
            | Kind::Lease
    )
}

/// A conflict with an object that has the name and is another one. Models `storage.Preconditions.Check`.
pub(super) fn other_identity(stored: &Object, uid: &str) -> Status {
    let meta = &stored.meta;
    unmet(
        stored.kind(),
        &meta.namespace,
        &meta.name,
        uid,
        &meta.uid.to_string(),
    )
}

/// The same, where there is no object at all.
pub(super) fn no_identity(kind: Kind, namespace: &str, name: &str, uid: &str) -> Status {
    unmet(kind, namespace, name, uid, "")
}

fn unmet(kind: Kind, namespace: &str, name: &str, wanted: &str, uid: &str) -> Status {
    let key = if namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}/{name}")
    };
    let folder = match kind {
        Kind::Service => "services/specs",
        Kind::Endpoints => "services/endpoints",
        Kind::Node => "minions",
        Kind::ReplicationController => "controllers",
        kind => kind.names().plural,
    };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{folder}/{key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}"
    );
    Status::conflict(kind, name, &why)
}
