//! `kubectl label` and `kubectl annotate`

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::{Kind, Labels, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::json;

use crate::args::{Args, switch, value as flag};
use crate::output::typed_name;
use crate::resource::{get, list, namespace_of, selector, targets};
use crate::{Output, Session};

/// Runs `kubectl label`.
pub(super) fn label(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, "label")
}

/// Runs `kubectl annotate`.
pub(super) fn annotate(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, "annotate")
}

fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str], verb: &str) -> Output {
    let known = [
        switch("overwrite", None),
        switch("all", None),
        flag("selector", Some('l')),
    ];
    let args = match Args::parse(verb, words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let is_change = |word: &&String| {
        word.contains('=') || (word.ends_with('-') && !word.contains('/')) || word.ends_with('-')
    };
    let (changes, names): (Vec<&String>, Vec<&String>) =
        args.rest.iter().partition(|word| is_change(word));
    if changes.is_empty() {
        let what = if verb == "label" {
            "label"
        } else {
            "annotation"
        };
        return Output::error(format!("at least one {what} update is required"));
    }
    let names: Vec<String> = names.into_iter().cloned().into_list();
    let targets = match targets(&names) {
        Ok(targets) => targets,
        Err(output) => return output,
    };
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut named = targets.named;
    if named.is_empty() && (args.has("all") || args.get("selector").is_some()) {
        let selector = selector(args.get("selector").unwrap_or_default());
        for kind in &targets.kinds {
            named.extend(
                list(cluster, *kind, Some(&namespace), &selector)
                    .iter()
                    .map(|o| (*kind, o.meta.name.to_string())),
            );
        }
    }
    let mut output = Output::default();
    for (kind, name) in named {
        output.append(one(
            cluster,
            kind,
            &namespace,
            &name,
            &changes,
            verb,
            args.has("overwrite"),
        ));
    }
    output
}

fn one(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    name: &str,
    changes: &[&String],
    verb: &str,
    overwrite: bool,
) -> Output {
    let stored = match get(cluster, kind, namespace, name) {
        Ok(stored) => stored,
        Err(status) => return Output::refused(&status),
    };
    let is_label = verb == "label";
    let have: &Labels = if is_label {
        &stored.meta.labels
    } else {
        &stored.meta.annotations
    };
    let mut output = Output::default();
    let mut patch: SortedMap<&str, Value> = SortedMap::new();
    let (mut added, mut removed) = (false, false);
    for change in changes {
        if let Some((key, value)) = change.split_once('=') {
            if is_label && !is_label_value(value) {
                return Output::error(format!("invalid label value: \"{change}\": {VALUE_RULE}"));
            }
            match have.get(key) {
                Some(old) if old == value => {}
                Some(old) if !overwrite => {
                    return Output::error(if is_label {
                        format!("'{key}' already has a value ({old}), and --overwrite is false")
                    } else {
                        format!(
                            "--overwrite is false but found the following declared annotation(s): '{key}' already has a value ({old})"
                        )
                    });
                }
                _ => {
                    added = true;
                    patch.insert(key, json!(value));
                }
            }
        } else if let Some(key) = change.strip_suffix('-') {
            if have.contains_key(key) {
                removed = true;
                patch.insert(key, Value::Null);
            } else if is_label {
                output.say(format!("label \"{key}\" not found."));
            }
        }
    }
    let how = match (is_label, added, removed) {
        (false, ..) => "annotated",
        (true, true, true) => "modified",
        (true, true, false) => "labeled",
        (true, false, true) => "unlabeled",
        (true, false, false) => "not labeled",
    };
    if !patch.is_empty() {
        let part = if is_label { "labels" } else { "annotations" };
        let body = json!({ "metadata": { part: patch } });
        let patch = Patch {
            type_: PatchType::Merge,
            body,
            subresource: "".into(),
        };
        let request = Request::Patch {
            kind,
            namespace: namespace_of(kind, namespace),
            name: name.into(),
            patch,
        };
        if let Err(status) = cluster.request(request) {
            return Output::refused(&status);
        }
    }
    output.say(format!("{} {how}", typed_name(kind, name)));
    output
}

const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_label_value(value: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let edge = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    value.len() <= 63
        && bytes.iter().all(|b| inner(*b))
        && edge(bytes.first())
        && edge(bytes.last())
}
