//! `kubectl describe`. Models kubectl `pkg/cmd/describe`, v0.37.

use ordinal_core::Cluster;

use super::get::nothing;
use super::selected;
use crate::args::Args;
use crate::describe::describe;
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::{Output, Session};

const FLAGS: &str =
    "filename,f=l recursive,R kustomize,k=s selector,l=s all-namespaces,A show-events chunk-size=i";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("describe", words, FLAGS)?;
    if args.rest.is_empty() && args.get("filename").is_none() {
        return Err(Output::error(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let (selection, _) = selected(session, &args, "kubectl describe")?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let everywhere = args.has("all-namespaces");
    let filter = Filter {
        namespace: (!everywhere).then(|| namespace.clone()),
        labels: args.get("selector").unwrap_or_default().to_owned(),
        fields: String::new(),
    };
    if !selection.named.is_empty() && args.get("filename").is_none() {
        if everywhere {
            return Err(Output::error(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
        if !filter.labels.is_empty() {
            return Err(Output::error(
                "name cannot be provided when a selector is specified",
            ));
        }
    }
    let mut output = super::get::ambiguous(&args);
    let mut errors = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    for (resource, name) in &selection.named {
        match fetch(cluster, *resource, &namespace, name) {
            Ok(item) => items.push(item),
            Err(status) => errors.push((*resource, name.clone(), Output::refused(&status))),
        }
    }
    if selection.named.is_empty() {
        for resource in &selection.resources {
            match fetch_all(cluster, *resource, &filter) {
                Ok(found) => items.extend(found),
                Err(status) => return Err(Output::refused(&status)),
            }
        }
    }
    // The second of two words, where there is no object of that name, may be the beginning of others.
    if let [(resource, ..)] = errors.as_slice()
        && let [types, name] = args.rest.as_slice()
    {
        if types.contains('/') {
            items.clear();
        }
        let all = Filter {
            namespace: filter.namespace.clone(),
            ..Filter::default()
        };
        let mut found = fetch_all(cluster, *resource, &all).unwrap_or_default();
        found.retain(|item| !types.contains('/') && item.name().starts_with(name.as_str()));
        if !found.is_empty() {
            let events = shows_events(&args, false);
            for item in &found {
                output.stdout.push_str(&describe(cluster, item, events));
                output.stdout.push('\n');
            }
            return Ok(output);
        }
    }
    let events = shows_events(&args, items.len() == 1 && errors.is_empty());
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            output.stdout.push_str("\n\n");
        }
        output.stdout.push_str(&describe(cluster, item, events));
    }
    if items.is_empty() && errors.is_empty() {
        output.warn(nothing(&namespace, everywhere));
    }
    for (_, _, error) in errors {
        output.append(error);
    }
    Ok(output)
}

/// Events are shown for one object that was asked for by its name, or if they are asked for.
fn shows_events(args: &Args, single: bool) -> bool {
    match args.get("show-events") {
        Some(_) => args.has("show-events"),
        None => single,
    }
}
