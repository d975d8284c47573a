//! `kubectl replace -f FILE`, with `--force` too. Models kubectl `pkg/cmd/replace`, v0.37.

use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Options, Propagation, Request};
use serde_json::json;

use super::dry_run::{DryRun, suffix, validation};
use super::{files, read};
use crate::args::Args;
use crate::output::{typed_name, while_doing};
use crate::resource::namespace_of;
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R validate=?strict force cascade=?background grace-period=i timeout=d wait \
dry-run=?unchanged save-config subresource=s field-manager=s output,o=s kustomize,k=s raw=s";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("replace", words, FLAGS)?;
    if args.get("filename").is_none() {
        return Err(Output::error("must specify one of -f and -k"));
    }
    let dry = DryRun::of(&args)?;
    let options = Options {
        dry_run: dry != DryRun::No,
        validation: Some(validation(&args)?),
        ..Options::default()
    };
    let default = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let texts = files(session, args.all("filename"))?;
    let (objects, errors) = read(&texts, "replace");
    let mut output = Output::default();
    for (file, object) in objects {
        let text = |path: &[&str]| {
            value::at(&object, path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let Some(kind) = Kind::from_api(text(&["apiVersion"]), text(&["kind"])) else {
            continue;
        };
        let name = text(&["metadata", "name"]).to_owned();
        let namespace = match text(&["metadata", "namespace"]) {
            "" => default.clone(),
            given => given.to_owned(),
        };
        let mut sent = object.clone();
        if args.has("force") {
            output.append(force(cluster, kind, &namespace, &name));
        } else if value::at(&sent, &["metadata", "resourceVersion"]).is_none() {
            // Without one the newest is meant.
            let stored = cluster
                .world()
                .store
                .find(kind, &namespace_of(kind, &namespace), &name);
            if let (Some(stored), Some(metadata)) = (stored, sent.get_mut("metadata")) {
                let version = stored.meta.resource_version.to_string();
                value::overlay(metadata, "resourceVersion", Some(json!(version)));
            }
        }
        let inside = namespace_of(kind, &namespace);
        let request = if args.has("force") {
            Request::Create {
                object: sent,
                namespace: inside,
                strict: true,
            }
        } else {
            Request::Update {
                object: sent,
                namespace: inside,
                strict: true,
            }
        };
        let request = Request::With {
            options: options.clone(),
            request: Box::new(request),
        };
        match cluster.request(request) {
            Ok(_) => output.say(format!(
                "{} replaced{}",
                typed_name(kind, &name),
                suffix(dry)
            )),
            Err(status) => output.append(while_doing(&status, "replacing", &file)),
        }
    }
    output.append(errors);
    Ok(output)
}

/// Deletes what is there and waits until it is gone, with what depends on it.
fn force(cluster: &mut Cluster, kind: Kind, namespace: &str, name: &str) -> Output {
    let inside = namespace_of(kind, namespace);
    if cluster.world().store.find(kind, &inside, name).is_none() {
        return Output::default();
    }
    let options = DeleteOptions {
        propagation: Some(Propagation::Background),
        ..DeleteOptions::default()
    };
    let request = Request::Delete {
        kind,
        namespace: inside.clone(),
        name: name.into(),
        options,
    };
    if let Err(status) = cluster.request(request) {
        return Output::refused(&status);
    }
    let names = kind.names();
    let dot = if names.group.is_empty() { "" } else { "." };
    let place = if kind.is_namespaced() {
        format!(" from {namespace} namespace")
    } else {
        String::new()
    };
    Output::line(format!(
        "{}{dot}{} \"{name}\" deleted{place}",
        names.singular, names.group
    ))
}
