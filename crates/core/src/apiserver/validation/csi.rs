//! What drivers of storage say of themselves, and what is attached. Models pkg/apis/storage/validation and the declarative
//! rules of k8s.io/api/storage/v1, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, IMMUTABLE, at, given, list, names, text};

/// Models `ValidateCSIDriverName`.
fn driver_name(name: &str, field: &str, faults: &mut Faults) {
    if name.is_empty() {
        faults.required(field, "");
        return;
    }
    if name.len() > 63 {
        faults.too_long(field, 63);
    }
    let details = names::dns_subdomain(&name.to_ascii_lowercase());
    faults.all(field, &json!(name), details);
}

/// The same as the declarative rules of new objects tell it, where capitals are no fault.
fn attacher(name: &str, faults: &mut Faults) {
    const FIELD: &str = "spec.attacher";
    if name.len() > 63 {
        let message = "Too long: may not be more than 63 characters".into();
        let (reason, field) = ("FieldValueTooLong".into(), FIELD.to_owned());
        return faults.add(Cause {
            reason,
            message,
            field,
        });
    }
    let mut told = Faults::default();
    driver_name(name, FIELD, &mut told);
    for mut cause in told.0 {
        for (from, to) in [
            ("a lowercase RFC", "an RFC"),
            ("lower case alphanumeric", "alphanumeric"),
            ("'example.com'", "'Example.com'"),
        ] {
            cause.message = cause.message.replacen(from, to, 1);
        }
        faults.add(cause);
    }
}

/// Validates a VolumeAttachment.
pub(super) fn attachment(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let source = at(spec, &["source"]);
    let volume = given(source, "persistentVolumeName").and_then(Value::as_str);
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    let driver = text(spec, "attacher");
    if old.is_some() {
        driver_name(driver, "spec.attacher", faults);
    }
    match (given(source, "inlineVolumeSpec"), volume) {
        (None, None) => faults.required("spec.source", ONE),
        (Some(_), Some(_)) => faults.forbidden("spec.source", ONE),
        (None, Some("")) => faults.required(
            "spec.source.persistentVolumeName",
            "must specify non empty persistentVolumeName",
        ),
        _ => {}
    }
    let node = text(spec, "nodeName");
    faults.all("spec.nodeName", &json!(node), names::dns_subdomain(node));
    if let Some(volume) = volume {
        let field = "spec.source.persistentVolumeName";
        faults.all(field, &json!(volume), names::dns_subdomain(volume));
    }
    match old {
        None => attacher(driver, faults),
        Some(old) if at(old, &["spec"]) != spec => {
            faults.invalid("spec", &Value::Null, IMMUTABLE);
        }
        Some(_) => {}
    }
}

/// Validates a CSINode.
pub(super) fn node(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let drivers = list(at(object, &["spec"]), "drivers");
    for (index, driver) in drivers.iter().enumerate() {
        let path = format!("spec.drivers[{index}]");
        let name = text(driver, "name");
        driver_name(name, &format!("{path}.name"), faults);
        let id = text(driver, "nodeID");
        let field = format!("{path}.nodeID");
        if id.is_empty() {
            faults.required(&field, "");
        }
        if id.len() > 256 {
            faults.invalid(&field, &json!(id), "must be 256 characters or less");
        }
        let count = given(at(driver, &["allocatable"]), "count");
        faults.not_negative(format!("{path}.allocatable.count"), count);
        if drivers[..index]
            .iter()
            .any(|other| text(other, "name") == name)
        {
            faults.duplicate(format!("{path}.name"), &json!(name));
        }
        let keys = list(driver, "topologyKeys");
        for (place, key) in keys.iter().enumerate() {
            let name = key.as_str().unwrap_or_default();
            if name.is_empty() {
                faults.required(&path, "");
            }
            if keys[..place].contains(key) {
                faults.duplicate(&path, key);
            }
            faults.all(&path, key, names::qualified(name));
        }
    }
    for before in list(at(old.unwrap_or(&Value::Null), &["spec"]), "drivers") {
        let same = |driver: &&Value| text(driver, "name") == text(before, "name");
        for driver in drivers.iter().filter(same) {
            let fixed =
                |driver: &Value| ["nodeID", "topologyKeys"].map(|key| at(driver, &[key]).clone());
            if fixed(driver) != fixed(before) {
                let shown = json!({
                    "name": at(driver, &["name"]), "nodeID": at(driver, &["nodeID"]), "topologyKeys": at(driver, &["topologyKeys"]),
                });
                faults.invalid_struct("spec.drivers", "CSINodeDriver", &shown, IMMUTABLE);
            }
        }
    }
}

/// Validates a CSIDriver.
pub(super) fn driver(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let spec = at(object, &["spec"]);
    let policy = at(spec, &["fsGroupPolicy"]);
    faults.one_of(
        "spec.fsGroupPolicy",
        Some(policy),
        &["File", "None", "ReadWriteOnceWithFSType"],
    );
    let mut seen = Vec::new();
    for (index, request) in list(spec, "tokenRequests").iter().enumerate() {
        let path = format!("spec.tokenRequests[{index}]");
        let audience = text(request, "audience");
        if seen.contains(&audience) {
            faults.duplicate(format!("{path}.audience"), &json!(audience));
            continue;
        }
        seen.push(audience);
        let Some(seconds) = given(request, "expirationSeconds") else {
            continue;
        };
        let field = format!("{path}.expirationSeconds");
        let number = seconds.as_i64().unwrap_or_default();
        if number < 600 {
            faults.invalid(
                &field,
                seconds,
                "may not specify a duration less than 10 minutes",
            );
        }
        if number > 1 << 32 {
            faults.invalid(
                &field,
                seconds,
                "may not specify a duration larger than 2^32 seconds",
            );
        }
    }
    let modes = at(spec, &["volumeLifecycleModes"]);
    for mode in modes.as_array().into_iter().flatten() {
        let shown = if mode.is_null() {
            json!("")
        } else {
            mode.clone()
        };
        if shown != "Persistent" && shown != "Ephemeral" {
            faults.unsupported(
                "spec.volumeLifecycleModes",
                &shown,
                &["Persistent", "Ephemeral"],
            );
        }
    }
    if let Some(seconds) = given(spec, "nodeAllocatableUpdatePeriodSeconds")
        && seconds.as_i64().is_some_and(|number| number < 10)
    {
        let field = "spec.nodeAllocatableUpdatePeriodSeconds";
        faults.invalid(
            field,
            seconds,
            "must be greater than or equal to 10 seconds",
        );
    }
    if let Some(given) = given(spec, "serviceAccountTokenInSecrets")
        && seen.is_empty()
    {
        let detail = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
        faults.invalid("spec.serviceAccountTokenInSecrets", given, detail);
    }
    let Some(before) = old.map(|old| at(old, &["spec"])) else {
        return;
    };
    for (key, field) in [
        ("attachRequired", "spec.attachedRequired"),
        ("volumeLifecycleModes", "spec.volumeLifecycleModes"),
    ] {
        if at(before, &[key]) != at(spec, &[key]) {
            faults.invalid(field, at(spec, &[key]), IMMUTABLE);
        }
    }
}
