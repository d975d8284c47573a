//! Security contexts. Models pkg/apis/core/validation `validatePodSpecSecurityContext`, 1.37.

use serde_json::{Value, json};

use super::mounts::descending;
use super::{Faults, at, given, go, list, names, text};

const ID: &str = "must be between 0 and 2147483647, inclusive";

fn id(context: &Value, key: &str, path: &str, faults: &mut Faults) {
    if let Some(id) = given(context, key) {
        id_value(id, &format!("{path}.{key}"), faults);
    }
}

fn id_value(id: &Value, field: &str, faults: &mut Faults) {
    if !id
        .as_i64()
        .is_some_and(|n| (0..=i64::from(i32::MAX)).contains(&n))
    {
        faults.invalid(field, id, ID);
    }
}

/// The security context of a Pod.
pub(super) fn pod(spec: &Value, path: &str, faults: &mut Faults) {
    let Some(context) = given(spec, "securityContext") else {
        return;
    };
    let path = format!("{path}.securityContext");
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(context, key, &path, faults);
    }
    for (index, group) in list(context, "supplementalGroups").iter().enumerate() {
        id_value(
            group,
            &format!("{path}.supplementalGroups[{index}]"),
            faults,
        );
    }
    let both = |key: &str| spec.get(key).is_some_and(|flag| *flag == true);
    if both("shareProcessNamespace") && both("hostPID") {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        faults.invalid(
            format!("{path}.shareProcessNamespace"),
            &json!(true),
            detail,
        );
    }
    sysctls(spec, context, &path, faults);
    faults.one_of(
        format!("{path}.fsGroupChangePolicy"),
        context.get("fsGroupChangePolicy"),
        &["Always", "OnRootMismatch"],
    );
    seccomp(context, &path, faults);
    app_armor(context, &path, faults);
    for (key, known) in [
        ("supplementalGroupsPolicy", ["Merge", "Strict"]),
        ("seLinuxChangePolicy", ["MountOption", "Recursive"]),
    ] {
        faults.one_of(format!("{path}.{key}"), context.get(key), &known);
    }
    windows(context, &path, faults);
}

/// Models `validateWindowsSecurityContextOptions`, without the forms of domains.
fn windows(context: &Value, path: &str, faults: &mut Faults) {
    let options = at(context, &["windowsOptions"]);
    let field = |key: &str| format!("{path}.windowsOptions.{key}");
    if let Some(name) = given(options, "gmsaCredentialSpecName") {
        let wrong = names::dns_subdomain(name.as_str().unwrap_or_default());
        faults.all(&field("gmsaCredentialSpecName"), name, wrong);
    }
    if let Some(credentials) = given(options, "gmsaCredentialSpec") {
        let detail = match credentials.as_str().unwrap_or_default().len() {
            0 => "gmsaCredentialSpec cannot be an empty string",
            length if length > 64 * 1024 => "gmsaCredentialSpec size must be under 64 KiB",
            _ => "",
        };
        if !detail.is_empty() {
            faults.invalid(field("gmsaCredentialSpec"), credentials, detail);
        }
    }
    let Some(shown) = given(options, "runAsUserName") else {
        return;
    };
    let name = shown.as_str().unwrap_or_default();
    let mut wrong = |detail: &str| {
        let detail = format!("runAsUserName{detail}");
        faults.invalid(field("runAsUserName"), shown, &detail);
    };
    if name.is_empty() {
        return wrong(" cannot be an empty string");
    }
    if name.chars().any(char::is_control) {
        return wrong(" cannot contain control characters");
    }
    if name.matches('\\').count() > 1 {
        return wrong(" cannot contain more than one backslash");
    }
    let (domain, user) = name.split_once('\\').unwrap_or(("", name));
    if domain.len() >= 256 {
        wrong("'s Domain length must be under 256 characters");
    }
    match user.len() {
        0 => wrong("'s User cannot be empty"),
        length if length > 104 => {
            wrong("'s User length must not be longer than 104 characters");
        }
        _ => {}
    }
    if user.chars().all(|c| matches!(c, '.' | ' ')) && !user.is_empty() {
        wrong("'s User cannot contain only periods or spaces");
    }
    if user.contains([
        '"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']',
    ]) {
        wrong("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
    }
}

fn sysctls(spec: &Value, context: &Value, path: &str, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, sysctl) in list(context, "sysctls").iter().enumerate() {
        let field = format!("{path}.sysctls[{index}].name");
        let name = text(sysctl, "name");
        let fits = |part: &str| {
            let edge =
                |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let inner =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
            let bytes = part.as_bytes();
            bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last())
        };
        if name.is_empty() {
            faults.required(&field, "");
        } else if name.len() > 253 || !name.split(['.', '/']).all(fits) {
            let detail = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            faults.invalid(&field, &json!(name), detail);
        } else if seen.contains(&name) {
            faults.duplicate(&field, &json!(name));
        }
        // What belongs to the machine is not set for one Pod.
        let plain = name.replace('/', ".");
        let network = plain.starts_with("net.");
        let ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."]
            .iter()
            .any(|start| plain.starts_with(start))
            || plain == "kernel.sem";
        for (key, belongs) in [("hostNetwork", network), ("hostIPC", ipc)] {
            if belongs && at(spec, &[key]) == true {
                let detail = format!("may not be specified when '{key}' is true");
                faults.invalid(&field, &json!(name), &detail);
            }
        }
        seen.push(name);
    }
}

fn seccomp(context: &Value, path: &str, faults: &mut Faults) {
    let Some(profile) = given(context, "seccompProfile") else {
        return;
    };
    let path = format!("{path}.seccompProfile");
    match text(profile, "type") {
        "" => faults.required(
            format!("{path}.type"),
            "type is required when seccompProfile is set",
        ),
        kind => faults.one_of(
            format!("{path}.type"),
            Some(&json!(kind)),
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
    }
    let field = format!("{path}.localhostProfile");
    let local = text(profile, "type") == "Localhost";
    match given(profile, "localhostProfile") {
        None if local => faults.required(field, "must be set when seccomp type is Localhost"),
        Some(file) if local => descending(file.as_str().unwrap_or_default(), &field, faults),
        Some(_) => {
            let shown = go::print("SeccompProfile", profile, false);
            let detail = "can only be set when seccomp type is Localhost";
            faults.add(ordinal_api::status::Cause::invalid(field, &shown, detail));
        }
        None => {}
    }
}

fn app_armor(context: &Value, path: &str, faults: &mut Faults) {
    let Some(profile) = given(context, "appArmorProfile") else {
        return;
    };
    let path = format!("{path}.appArmorProfile");
    let field = format!("{path}.localhostProfile");
    let file = given(profile, "localhostProfile");
    match text(profile, "type") {
        "Localhost" => match file.and_then(Value::as_str) {
            None => faults.required(field, "must be set when AppArmor type is Localhost"),
            Some(name) if name.trim() != name => {
                faults.invalid(field, &json!(name), "must not be padded with whitespace");
            }
            Some("") => faults.required(field, "must be set when AppArmor type is Localhost"),
            Some(_) => {}
        },
        "RuntimeDefault" | "Unconfined" => {
            if let Some(file) = file {
                faults.invalid(
                    field,
                    file,
                    "can only be set when AppArmor type is Localhost",
                );
            }
        }
        "" => faults.required(
            format!("{path}.type"),
            "type is required when appArmorProfile is set",
        ),
        kind => faults.unsupported(
            format!("{path}.type"),
            &json!(kind),
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
    }
}

/// The security context of a container.
pub(super) fn container(context: &Value, path: &str, spec: &Value, faults: &mut Faults) {
    if context.is_null() {
        return;
    }
    id(context, "runAsUser", path, faults);
    id(context, "runAsGroup", path, faults);
    let mount = at(context, &["procMount"]);
    faults.one_of(
        format!("{path}.procMount"),
        Some(mount),
        &["Default", "Unmasked"],
    );
    if mount == "Unmasked" && spec.get("hostUsers").is_none_or(|h| *h != false) {
        let detail = "`hostUsers` must be false to use `Unmasked`";
        faults.invalid(format!("{path}.procMount"), mount, detail);
    }
    seccomp(context, path, faults);
    if at(context, &["allowPrivilegeEscalation"]) == false {
        let shown = || go::print("SecurityContext", context, false);
        let mut contradicts = |detail: &str| {
            faults.add(ordinal_api::status::Cause::invalid(path, &shown(), detail));
        };
        if at(context, &["privileged"]) == true {
            contradicts("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        let added = list(at(context, &["capabilities"]), "add");
        if added.iter().any(|capability| capability == "CAP_SYS_ADMIN") {
            contradicts(
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            );
        }
    }
    app_armor(context, path, faults);
    windows(context, path, faults);
}
