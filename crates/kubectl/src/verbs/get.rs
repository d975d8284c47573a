//! `kubectl get`: tables, names, YAML and JSON.

use std::sync::Arc;

use ordinal_api::{Kind, Object, Value};
use ordinal_core::Cluster;
use serde_json::json;

use crate::args::{Args, switch, value as flag};
use crate::output::typed_name;
use crate::print::{Rows, rows, table};
use crate::resource::{Targets, get, list, selector, targets};
use crate::{Output, Session};

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let known = [
        flag("output", Some('o')),
        flag("selector", Some('l')),
        switch("all-namespaces", Some('A')),
        switch("no-headers", None),
        switch("show-labels", None),
        switch("ignore-not-found", None),
        flag("sort-by", None),
    ];
    let args = match Args::parse("get", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let targets = match targets(&args.rest) {
        Ok(targets) => targets,
        Err(output) => return output,
    };
    if targets.kinds.is_empty() {
        return Output::error("Required resource not specified.");
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let everywhere = args.has("all-namespaces");
    let mut output = Output::default();
    let mut found: Vec<(Kind, Vec<Arc<Object>>)> = Vec::new();
    let selector = selector(args.get("selector").unwrap_or_default());
    for kind in &targets.kinds {
        let objects = if targets.named.is_empty() {
            list(
                cluster,
                *kind,
                (!everywhere).then_some(namespace.as_str()),
                &selector,
            )
        } else {
            let mut objects = Vec::new();
            for (_, name) in targets.named.iter().filter(|(k, _)| k == kind) {
                match get(cluster, *kind, &namespace, name) {
                    Ok(object) => objects.push(object),
                    Err(status) if status.is_not_found() && args.has("ignore-not-found") => {}
                    Err(status) => output.append(Output::refused(&status)),
                }
            }
            objects
        };
        found.push((*kind, objects));
    }
    match args.get("output") {
        Some("yaml" | "json") => output.say(machine_readable(&targets, &found)),
        Some("name") => {
            for (kind, object) in found
                .iter()
                .flat_map(|(kind, objects)| objects.iter().map(move |o| (kind, o)))
            {
                output.say(typed_name(*kind, &object.meta.name));
            }
        }
        None | Some("wide") => tables(cluster, &args, &targets, &found, &namespace, &mut output),
        Some(other) => {
            return Output::error(format!(
                "unable to match a printer suitable for the output format \"{other}\""
            ));
        }
    }
    output
}

fn tables(
    cluster: &Cluster,
    args: &Args,
    targets: &Targets,
    found: &[(Kind, Vec<Arc<Object>>)],
    namespace: &str,
    output: &mut Output,
) {
    let (wide, everywhere) = (
        args.get("output") == Some("wide"),
        args.has("all-namespaces"),
    );
    let mut texts = Vec::new();
    for (kind, objects) in found.iter().filter(|(_, objects)| !objects.is_empty()) {
        let Rows {
            mut header,
            mut cells,
        } = rows(cluster.world(), *kind, objects, wide);
        if targets.kinds.len() > 1 {
            for (row, object) in cells.iter_mut().zip(objects) {
                row[0] = typed_name(*kind, &object.meta.name);
            }
        }
        if everywhere && kind.is_namespaced() {
            header.insert(0, "NAMESPACE");
            for (row, object) in cells.iter_mut().zip(objects) {
                row.insert(0, object.meta.namespace.to_string());
            }
        }
        if args.has("show-labels") {
            header.push("LABELS");
            for (row, object) in cells.iter_mut().zip(objects) {
                let labels: Vec<String> = object
                    .meta
                    .labels
                    .iter()
                    .map(|(k, v)| format!("{k}={v}"))
                    .collect();
                row.push(if labels.is_empty() {
                    "<none>".to_owned()
                } else {
                    labels.join(",")
                });
            }
        }
        texts.push(table(
            if args.has("no-headers") {
                None
            } else {
                Some(&header)
            },
            &cells,
        ));
    }
    if texts.is_empty() && output.is_ok() && targets.named.is_empty() {
        let plain = everywhere || targets.kinds.iter().any(|kind| !kind.is_namespaced());
        let text = if plain {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {namespace} namespace.")
        };
        output.warn(text);
    }
    output.stdout.push_str(&texts.join("\n"));
}

fn machine_readable(targets: &Targets, found: &[(Kind, Vec<Arc<Object>>)]) -> String {
    let objects: Vec<Value> = found
        .iter()
        .flat_map(|(_, objects)| objects)
        .map(|o| o.to_value())
        .collect();
    let value = match <[Value; 1]>::try_from(objects) {
        Ok([only]) if targets.named.len() == 1 => only,
        Ok([only]) => {
            json!({"apiVersion": "v1", "items": [only], "kind": "List", "metadata": {"resourceVersion": ""}})
        }
        Err(items) => {
            json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
        }
    };
    serde_json::to_string_pretty(&value).expect("a JSON tree can be printed")
}
