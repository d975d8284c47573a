//! `kubectl replace -f FILE`, with `--force` too. Models kubectl `pkg/cmd/replace`, v0.37.

use ordinal_api::status::Reason;
use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Options, Propagation, Request};
use serde_json::json;

use super::apply::{kustomization, save_config};
use super::common::Dry;
use super::dry_run::validation;
use super::pick::tell;
use super::{files, read};
use crate::args::Args;
use crate::discovery;
use crate::output::while_doing;
use crate::printer::Form;
use crate::resource::{Item, namespace_of};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R validate=?strict force cascade=?background grace-period=i timeout=d wait \
dry-run=?unchanged save-config subresource=s field-manager=s output,o=s kustomize,k=s raw=s \
template=s allow-missing-template-keys show-managed-fields windows-line-endings record";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("replace", words, FLAGS)?;
    if let Some(folder) = args.get("kustomize") {
        return Err(kustomization(session, folder));
    }
    if args.get("filename").is_none() {
        return Err(Output::error("must specify one of -f and -k"));
    }
    if args.count("grace-period").is_some_and(|grace| grace >= 0) && !args.has("force") {
        return Err(Output::error("--grace-period must have --force specified"));
    }
    if args
        .duration_ms("timeout")
        .is_some_and(|timeout| timeout != 0)
        && !args.has("force")
    {
        return Err(Output::error("--timeout must have --force specified"));
    }
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    if args.has("force") && dry == Dry::Server {
        return Err(Output::error(
            "--dry-run=server cannot be used with --force",
        ));
    }
    let form = Form::read(&args, session, false)?;
    super::delete::cascade(&args, &mut output)?;
    let options = Options {
        dry_run: dry != Dry::No,
        validation: Some(validation(&args)?),
        ..Options::default()
    };
    let default = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let texts = files(session, &args)?;
    let (objects, errors) = read(&texts, "replace");
    let mut refused = Vec::new();
    // All of it is gone before any of it is made again.
    for (_, object) in objects
        .iter()
        .filter(|_| args.has("force") && dry != Dry::Client)
    {
        let text = |path| {
            value::at(object, path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let Some(kind) = Kind::from_api(text(&["apiVersion"]), text(&["kind"])) else {
            continue;
        };
        let namespace = match text(&["metadata", "namespace"]) {
            "" => default.as_str(),
            given => given,
        };
        output.append(force(cluster, kind, namespace, text(&["metadata", "name"])));
    }
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
        if args.has("save-config") {
            save_config(kind, &mut sent, &namespace);
        }
        if dry == Dry::Client {
            let item = Item {
                resource: discovery::of(kind),
                value: sent,
            };
            tell(&mut output, &form, &item, "replaced", dry)?;
            continue;
        }
        if !args.has("force") && value::at(&sent, &["metadata", "resourceVersion"]).is_none() {
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
        match cluster
            .request(request)
            .and_then(|response| response.object())
        {
            Ok(made) => {
                let value = cluster.world().printed(&made);
                let item = Item {
                    resource: discovery::of(kind),
                    value,
                };
                tell(&mut output, &form, &item, "replaced", dry)?;
            }
            Err(status) => refused.push((status, file)),
        }
    }
    // Of several refusals none keeps the form that invalid objects have by themselves.
    let several = refused.len() > 1;
    for (status, file) in refused {
        let mut told = while_doing(&status, "replacing", &file);
        if several && status.reason == Reason::Invalid {
            told.stderr = format!(
                "Error from server (Invalid): error when replacing \"{file}\": {}\n",
                status.message
            );
        }
        output.append(told);
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
