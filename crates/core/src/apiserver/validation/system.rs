//! What a Pod shares with its machine, and what it may ask of its system. Models pkg/apis/core/validation `validateOS`,
//! `validateLinux`, `validateWindows` and `validateHostUsers`, 1.37.

use serde_json::{Value, json};

use super::walk::containers;
use super::{Faults, at, given, list, names, text};

/// A Pod with users of its own shares nothing with the machine.
pub(super) fn users(spec: &Value, path: &str, faults: &mut Faults) {
    if at(spec, &["hostUsers"]) != false {
        return;
    }
    let detail = "when `hostUsers` is false";
    for (key, shown) in [
        ("hostNetwork", "hostNetwork"),
        ("hostPID", "HostPID"),
        ("hostIPC", "HostIPC"),
    ] {
        if at(spec, &[key]) == true {
            faults.forbidden(format!("{path}.{shown}"), detail);
        }
    }
    for (path, container) in containers(spec, path) {
        if !list(container, "volumeDevices").is_empty() {
            faults.forbidden(format!("{path}.volumeDevices"), detail);
        }
    }
}

/// Models `validatePodHostName`.
pub(super) fn host_name(spec: &Value, path: &str, faults: &mut Faults) {
    let Some(name) = given(spec, "hostnameOverride") else {
        return;
    };
    let field = format!("{path}.hostnameOverride");
    for key in ["setHostnameAsFQDN", "hostNetwork"] {
        if at(spec, &[key]) == true {
            faults.forbidden(&field, &format!("may not be specified when {key} is true"));
        }
    }
    let text = name.as_str().unwrap_or_default();
    if text.len() > 64 {
        faults.too_long(&field, 64);
    }
    faults.all(&field, name, names::dns_subdomain(text));
}

/// What does not exist on Windows, of a Pod and of its security context.
const NOT_OF_PODS: [(bool, &str); 15] = [
    (true, "appArmorProfile"),
    (true, "seLinuxOptions"),
    (false, "hostUsers"),
    (false, "hostPID"),
    (false, "hostIPC"),
    (true, "seccompProfile"),
    (true, "fsGroup"),
    (true, "fsGroupChangePolicy"),
    (true, "sysctls"),
    (false, "shareProcessNamespace"),
    (true, "runAsUser"),
    (true, "runAsGroup"),
    (true, "supplementalGroups"),
    (true, "supplementalGroupsPolicy"),
    (true, "seLinuxChangePolicy"),
];
const NOT_OF_CONTAINERS: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// What the system of a Pod does not have.
pub(super) fn all(spec: &Value, path: &str, faults: &mut Faults) {
    if given(spec, "os").is_none() {
        return;
    }
    match text(at(spec, &["os"]), "name") {
        "" => faults.required(format!("{path}.os.name"), ""),
        "linux" => {
            let detail = "windows options cannot be set for a linux pod";
            let mut places = vec![(path.to_owned(), spec)];
            places.extend(containers(spec, path));
            for (path, place) in places {
                if given(at(place, &["securityContext"]), "windowsOptions").is_some() {
                    let field = format!("{path}.securityContext.windowsOptions");
                    faults.forbidden(field, detail);
                }
            }
        }
        "windows" => {
            let detail = "cannot be set for a windows pod";
            let context = at(spec, &["securityContext"]);
            for (of_context, key) in NOT_OF_PODS {
                let (from, field) = if of_context {
                    (context, format!("{path}.securityContext.{key}"))
                } else {
                    (spec, format!("{path}.{key}"))
                };
                // Namespaces that are not shared are not asked for.
                let off = matches!(key, "hostPID" | "hostIPC") && at(from, &[key]) == false;
                if given(from, key).is_some() && !off {
                    faults.forbidden(field, detail);
                }
            }
            for (path, container) in containers(spec, path) {
                let context = at(container, &["securityContext"]);
                for key in NOT_OF_CONTAINERS {
                    if given(context, key).is_some() {
                        faults.forbidden(format!("{path}.securityContext.{key}"), detail);
                    }
                }
            }
        }
        other => faults.unsupported(format!("{path}.os"), &json!(other), &["linux", "windows"]),
    }
}
