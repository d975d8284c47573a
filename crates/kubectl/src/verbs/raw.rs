//! `kubectl get --raw PATH`: what the server answers to a path. Models kubectl `pkg/rawhttp`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::http;

use super::made::compact;
use crate::Output;
use crate::args::Args;
use crate::value::text;

/// What may not stand beside `--raw PATH`.
///
/// # Errors
/// What kubectl says of it.
pub(super) fn check(args: &Args, path: &str) -> Result<(), Output> {
    let given = |flag: &str| args.get(flag).is_some_and(|text| !text.is_empty());
    Err(Output::error(if !args.rest.is_empty() {
        "arguments may not be passed when --raw is specified".to_owned()
    } else if args.has("watch") || args.has("watch-only") || given("selector") {
        "--raw may not be specified with other flags that filter the server request or alter the output".to_owned()
    } else if given("output") {
        "--raw and --output are mutually exclusive".to_owned()
    } else if !path.starts_with('/') && !path.contains("://") {
        format!("--raw must be a valid URL path: parse \"{path}\": invalid URI for request")
    } else {
        return Ok(());
    }))
}

/// What the server answers.
pub(super) fn get(cluster: &mut Cluster, path: &str) -> Output {
    let (place, _) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = place.trim_matches('/').split('/').into_list();
    match parts.as_slice() {
        ["healthz" | "livez" | "readyz"]
        | ["healthz" | "livez" | "readyz", "ping" | "log" | "etcd"] => {
            Output::printed("ok".to_owned())
        }
        _ => unmodelled(&parts).unwrap_or_else(|| send(cluster, "GET", path)),
    }
}

/// The list of a resource that is served and not modelled: there are none.
fn unmodelled(parts: &[&str]) -> Option<Output> {
    let (version, rest) = match parts {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return None,
    };
    let (["namespaces", _, plural] | [plural]) = rest else {
        return None;
    };
    let resource = crate::discovery::resources()
        .find(|r| r.plural == *plural && r.version == version && r.modelled().is_none())?;
    let kind = resource.kind;
    Some(Output::line(format!(
        "{{\"kind\":\"{kind}List\",\"apiVersion\":\"{version}\",\"metadata\":{{\"resourceVersion\":\"1\"}},\"items\":[]}}"
    )))
}

/// What the server answers to a method.
pub(super) fn send(cluster: &mut Cluster, method: &str, path: &str) -> Output {
    let call = http::Call {
        method,
        path,
        content_type: "application/json",
        body: "",
    };
    let answer = http::call(cluster, call);
    let mut output = if answer.code < 300 {
        Output::line(compact(&answer.body))
    } else {
        let (reason, message) = (text(&answer.body, "reason"), text(&answer.body, "message"));
        Output {
            stderr: format!("Error from server ({reason}): {message}\n"),
            exit: 1,
            ..Output::default()
        }
    };
    let warnings = answer.warnings.iter();
    output.warn_first(
        &warnings
            .map(|w| format!("Warning: {w}\n"))
            .collect::<String>(),
    );
    output
}
