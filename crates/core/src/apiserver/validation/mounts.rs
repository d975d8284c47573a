//! Where volumes are mounted. Models pkg/apis/core/validation `ValidateVolumeMounts` and `ValidateVolumeDevices`, 1.37.

use serde_json::{Value, json};

use super::volumes::Known;
use super::{Faults, at, given, list, text};

/// The mounts of a container.
pub(super) fn mounts(container: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    let path = format!("{path}.volumeMounts");
    let mut paths: Vec<&str> = Vec::new();
    let devices = list(container, "volumeDevices");
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at_index = format!("{path}[{index}]");
        let (name, place) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            faults.required(format!("{at_index}.name"), "");
        }
        if !volumes.iter().any(|volume| volume.name == name) {
            faults.not_found(format!("{at_index}.name"), &json!(name));
        }
        if place.is_empty() {
            faults.required(format!("{at_index}.mountPath"), "");
        }
        if paths.contains(&place) {
            faults.invalid(
                format!("{at_index}.mountPath"),
                &json!(place),
                "must be unique",
            );
        }
        paths.push(place);
        if devices.iter().any(|d| text(d, "name") == name) {
            faults.invalid(
                format!("{at_index}.name"),
                &json!(name),
                "must not already exist in volumeDevices",
            );
        }
        if devices.iter().any(|d| text(d, "devicePath") == place) {
            let detail = "must not already exist as a path in volumeDevices";
            faults.invalid(format!("{at_index}.mountPath"), &json!(place), detail);
        }
        let (sub, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
        if !sub.is_empty() {
            descending(sub, &format!("{path}.subPath"), faults);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                faults.invalid(
                    format!("{at_index}.subPathExpr"),
                    &json!(expression),
                    detail,
                );
            }
            descending(expression, &format!("{path}.subPathExpr"), faults);
        }
        if let Some(mode) = given(mount, "mountPropagation") {
            let field = format!("{path}.mountPropagation");
            faults.one_of(
                &field,
                Some(mode),
                &["Bidirectional", "HostToContainer", "None"],
            );
            let privileged = at(container, &["securityContext", "privileged"]) == true;
            if mode == "Bidirectional" && !privileged {
                let detail =
                    "Bidirectional mount propagation is available only to privileged containers";
                faults.forbidden(field, detail);
            }
        }
        let field = format!("{path}.recursiveReadOnly");
        let known = ["Disabled", "Enabled", "IfPossible"];
        let recursive = given(mount, "recursiveReadOnly");
        faults.one_of(&field, recursive, &known);
        if recursive.is_some_and(|r| *r == "Enabled" || *r == "IfPossible") {
            if at(mount, &["readOnly"]) != true {
                faults.forbidden(&field, "may only be specified when readOnly is true");
            }
            if given(mount, "mountPropagation").is_some_and(|p| *p != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                faults.forbidden(&field, detail);
            }
        }
    }
}

/// A path inside a volume. Models `validateLocalDescendingPath`.
pub(super) fn descending(path: &str, field: &str, faults: &mut Faults) {
    if path.starts_with('/') {
        faults.invalid(field, &json!(path), "must be a relative path");
    }
    no_backsteps(path, field, faults);
}

/// Models `validatePathNoBacksteps`.
pub(super) fn no_backsteps(path: &str, field: &str, faults: &mut Faults) {
    if path.split('/').any(|part| part == "..") {
        faults.invalid(field, &json!(path), "must not contain '..'");
    }
}

/// The raw devices of a container.
pub(super) fn devices(container: &Value, path: &str, volumes: &[Known], faults: &mut Faults) {
    let (mut names, mut paths): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mounts = list(container, "volumeMounts");
    for (index, device) in list(container, "volumeDevices").iter().enumerate() {
        let path = format!("{path}.volumeDevices[{index}]");
        let (name, place) = (text(device, "name"), text(device, "devicePath"));
        let found = volumes.iter().find(|volume| volume.name == name);
        if name.is_empty() {
            faults.required(format!("{path}.name"), "");
        }
        if names.contains(&name) {
            faults.invalid(format!("{path}.name"), &json!(name), "must be unique");
        }
        match found {
            None => faults.not_found(format!("{path}.name"), &json!(name)),
            Some(volume) if !volume.claim => {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                faults.invalid(format!("{path}.name"), &json!(name), detail);
            }
            Some(_) => {}
        }
        if place.is_empty() {
            faults.required(format!("{path}.devicePath"), "");
        }
        if paths.contains(&place) {
            faults.invalid(
                format!("{path}.devicePath"),
                &json!(place),
                "must be unique",
            );
        }
        if place.split('/').any(|part| part == "..") {
            faults.invalid(
                format!("{path}.devicePath"),
                &json!(place),
                "can not contain backsteps ('..')",
            );
        } else {
            paths.push(place);
        }
        if mounts.iter().any(|m| text(m, "name") == name) {
            faults.invalid(
                format!("{path}.name"),
                &json!(name),
                "must not already exist in volumeMounts",
            );
        }
        if mounts.iter().any(|m| text(m, "mountPath") == place) {
            let detail = "must not already exist as a path in volumeMounts";
            faults.invalid(format!("{path}.devicePath"), &json!(place), detail);
        }
        if !name.is_empty() {
            names.push(name);
        }
    }
}
