//! `kubectl get --raw PATH`: what the server answers to a path. Models kubectl `pkg/rawhttp`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Status, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::http;

use super::get::scale_of;
use super::made::compact;
use crate::Output;
use crate::args::Args;
use crate::discovery::Resource;
use crate::resource::{Filter, fetch_all, find};
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
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').into_list();
    let answer = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"]
        | ["healthz" | "livez" | "readyz", "ping" | "log" | "etcd"] => {
            Some(Output::printed("ok".to_owned()))
        }
        ["api", "v1", rest @ ..] => objects(cluster, "v1", rest, query),
        ["apis", group, version, rest @ ..] => {
            objects(cluster, &format!("{group}/{version}"), rest, query)
        }
        _ => None,
    };
    answer.unwrap_or_else(|| {
        let mut output = Output::default();
        output
            .warn("Error from server (NotFound): the server could not find the requested resource");
        output.exit = 1;
        output
    })
}

/// What the server answers to another method.
pub(super) fn send(cluster: &mut Cluster, method: &str, path: &str) -> Output {
    let call = http::Call {
        method,
        path,
        content_type: "application/json",
        body: "",
    };
    let answer = http::call(cluster, call);
    if answer.code < 300 {
        return Output::line(compact(&answer.body));
    }
    let (reason, message) = (text(&answer.body, "reason"), text(&answer.body, "message"));
    Output {
        stderr: format!("Error from server ({reason}): {message}\n"),
        exit: 1,
        ..Output::default()
    }
}

/// A selector as it stands in a query.
fn parameter(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| *key == name);
    let found = found.map_or("", |(_, value)| value);
    found
        .replace("%3D", "=")
        .replace("%2C", ",")
        .replace('+', " ")
}

fn objects(cluster: &mut Cluster, version: &str, rest: &[&str], query: &str) -> Option<Output> {
    let of = |plural: &str, namespaced: bool| {
        crate::discovery::resources()
            .find(|r| r.plural == plural && r.version == version && r.namespaced == namespaced)
    };
    let (namespace, resource, rest): (Option<&str>, Resource, &[&str]) = match rest {
        ["namespaces", namespace, plural, rest @ ..] => (Some(namespace), of(plural, true)?, rest),
        [plural] => (None, of(plural, true).or_else(|| of(plural, false))?, &[]),
        [plural, rest @ ..] => (None, of(plural, false)?, rest),
        [] => return None,
    };
    if let [name, rest @ ..] = rest {
        let item = match find(cluster, resource, namespace.unwrap_or_default(), name) {
            Ok(item) => item,
            Err(status) => return Some(Output::refused(&status)),
        };
        let value = match rest {
            [] | ["status"] => item.value,
            ["scale"] if item.value.pointer("/spec/replicas").is_some() => scale_of(&item.value),
            _ => return None,
        };
        return Some(Output::line(compact(&value)));
    }
    let filter = Filter {
        namespace: namespace.map(str::to_owned),
        labels: parameter(query, "labelSelector"),
        fields: parameter(query, "fieldSelector"),
    };
    let items = match fetch_all(cluster, resource, &filter) {
        Ok(items) => items,
        // What was asked for is the client's to say, and it says nothing here.
        Err(status) => {
            let why = status.message.rsplit("\": ").next().unwrap_or_default();
            let message = why.to_owned();
            return Some(Output::refused(&Status { message, ..status }));
        }
    };
    let newest = items.iter().filter_map(|item| number(&item.value)).max();
    let objects: Vec<String> = items
        .into_iter()
        .map(|item| {
            let mut value = item.value;
            if let Some(map) = value.as_object_mut() {
                map.remove("kind");
                map.remove("apiVersion");
            }
            compact(&value)
        })
        .collect();
    Some(Output::line(format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":\"{version}\",\"metadata\":{{\"resourceVersion\":\"{}\"}},\"items\":[{}]}}",
        resource.kind,
        newest.unwrap_or(1),
        objects.join(",")
    )))
}

fn number(value: &Value) -> Option<u64> {
    text(value, "metadata.resourceVersion").parse().ok()
}
