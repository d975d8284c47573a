//! Probes and hooks of containers. Models pkg/apis/core/validation `validateProbe` and `validateHandler`, 1.37.

use serde_json::{Value, json};

use super::containers::{port_number, port_or_name};
use super::{Faults, at, given, list, number, text};

/// The three probes, in the server's order.
pub(super) fn probes(container: &Value, path: &str, grace: Option<i64>, faults: &mut Faults) {
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = given(container, key) {
            self::probe(
                probe,
                &format!("{path}.{key}"),
                key == "readinessProbe",
                grace,
                faults,
            );
        }
    }
}

fn probe(probe: &Value, path: &str, readiness: bool, grace: Option<i64>, faults: &mut Faults) {
    handler(
        probe,
        path,
        &["exec", "httpGet", "tcpSocket", "grpc"],
        grace,
        faults,
    );
    for key in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        faults.not_negative(format!("{path}.{key}"), probe.get(key));
    }
    let field = format!("{path}.terminationGracePeriodSeconds");
    if let Some(seconds) = given(probe, "terminationGracePeriodSeconds") {
        if seconds.as_i64().is_some_and(|n| n <= 0) {
            faults.invalid(&field, seconds, "must be greater than 0");
        }
        if readiness {
            faults.invalid(field, seconds, "must not be set for readinessProbes");
        }
    }
    let threshold = at(probe, &["successThreshold"]);
    if !readiness && threshold != 1 {
        let threshold = if threshold.is_null() {
            &json!(0)
        } else {
            threshold
        };
        faults.invalid(format!("{path}.successThreshold"), threshold, "must be 1");
    }
}

/// The hooks of a container.
pub(super) fn lifecycle(lifecycle: &Value, path: &str, grace: Option<i64>, faults: &mut Faults) {
    for key in ["postStart", "preStop"] {
        if let Some(hook) = given(lifecycle, key) {
            let path = format!("{path}.lifecycle.{key}");
            handler(
                hook,
                &path,
                &["exec", "httpGet", "tcpSocket", "sleep"],
                grace,
                faults,
            );
        }
    }
}

fn handler(given_in: &Value, path: &str, known: &[&str], grace: Option<i64>, faults: &mut Faults) {
    let mut found = false;
    for key in known {
        let Some(action) = given(given_in, key) else {
            continue;
        };
        let path = format!("{path}.{key}");
        if found {
            faults.forbidden(path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match *key {
            "exec" if list(action, "command").is_empty() => {
                faults.required(format!("{path}.command"), "")
            }
            "exec" => {}
            "httpGet" => http_get(action, &path, faults),
            "tcpSocket" => port_or_name(at(action, &["port"]), &format!("{path}.port"), faults),
            "grpc" => port_number(at(action, &["port"]), &format!("{path}.port"), faults),
            _ => {
                let seconds = number(action, "seconds");
                if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
                    let detail = format!(
                        "must be non-negative and less than terminationGracePeriodSeconds ({grace})"
                    );
                    faults.invalid(path, &json!(seconds), &detail);
                }
            }
        }
    }
    if !found {
        faults.required(path, "must specify a handler type");
    }
}

fn http_get(action: &Value, path: &str, faults: &mut Faults) {
    if text(action, "path").is_empty() {
        faults.required(format!("{path}.path"), "");
    }
    port_or_name(at(action, &["port"]), &format!("{path}.port"), faults);
    let scheme = action.get("scheme").or(Some(&Value::Null));
    faults.one_of(format!("{path}.scheme"), scheme, &["HTTP", "HTTPS"]);
    for header in list(action, "httpHeaders") {
        let name = text(header, "name");
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if name.is_empty() || !name.bytes().all(fits) {
            let detail = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
            faults.invalid(format!("{path}.httpHeaders"), &json!(name), detail);
        }
    }
}
