//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`.
//!
//! Models kubectl `pkg/cmd/apply/apply_{view,set,edit}_last_applied.go`, v0.37.

use ordinal_api::{Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{PatchType, Request};
use serde_json::json;

use super::super::common::{Dry, gather, patch, send};
use super::super::{files, read, selected};
use super::LAST_APPLIED;
use crate::args::Args;
use crate::discovery;
use crate::format::{json as json_text, yaml};
use crate::printer::Form;
use crate::resource::fetch;
use crate::value::text;
use crate::verbs::common::{NO_NAME, NO_RESOURCES};
use crate::{Output, Session};

const VIEW: &str = "filename,f=l recursive,R kustomize,k=s selector,l=s all output,o=s";
const SET: &str = "filename,f=l recursive,R kustomize,k=s create-annotation dry-run=?unchanged output,o=s template=s \
allow-missing-template-keys show-managed-fields field-manager=s";

/// Runs the subcommand; `None` if the word is none.
pub(super) fn run(cluster: &mut Cluster, session: &Session, words: &[&str]) -> Option<Output> {
    let (word, rest) = words.split_first()?;
    let output = match *word {
        "view-last-applied" => view(cluster, session, rest),
        "set-last-applied" => set(cluster, session, rest),
        "edit-last-applied" if rest.is_empty() => Err(Output::error(NO_RESOURCES)),
        "edit-last-applied" => Err(Output::error(
            "kubectl apply edit-last-applied is not simulated: there is no editor behind this command line",
        )),
        _ => return None,
    };
    let (Ok(output) | Err(output)) = output;
    Some(output)
}

fn view(cluster: &mut Cluster, session: &Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("apply view-last-applied", words, VIEW)?;
    let (selection, _) = selected(session, &args, "kubectl apply view-last-applied")?;
    let chosen = args.has("all") || args.get("selector").is_some_and(|text| !text.is_empty());
    if selection.resources.is_empty() {
        return Err(Output::error(match chosen {
            true => "at least one resource must be specified to use a selector",
            false => NO_RESOURCES,
        }));
    }
    if selection.named.is_empty() && !chosen {
        return Err(Output::error(NO_NAME));
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let (items, mut output) = gather(cluster, &args, &selection, &namespace);
    if !output.is_ok() {
        return Err(output);
    }
    for item in &items {
        let annotation = value::at(&item.value, &["metadata", "annotations", LAST_APPLIED]);
        let Some(annotation) = annotation.and_then(Value::as_str) else {
            if let Some(file) = args.get("filename") {
                return Err(Output::error(format!(
                    "error when no last-applied-configuration annotation found on resource: {}\n \"{file}\": <nil>",
                    item.name()
                )));
            }
            continue;
        };
        let object: Value = serde_json::from_str(annotation).unwrap_or_default();
        output.stdout += &match args.get("output").unwrap_or("yaml") {
            "yaml" => yaml::write(&object),
            "json" => json_text::pretty(&object).replace("    ", "  "),
            other => {
                let mut output = Output::error(format!(
                    "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"
                ));
                output.warn("See 'kubectl apply view-last-applied -h' for help and examples");
                return Err(output);
            }
        };
    }
    Ok(output)
}

fn set(cluster: &mut Cluster, session: &Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("apply set-last-applied", words, SET)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    if args.get("filename").is_none() {
        return Err(Output::error(NO_RESOURCES));
    }
    let texts = files(session, &args)?;
    let (objects, errors) = read(&texts, "set-last-applied");
    let default = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut changes = Vec::new();
    for (file, object) in &objects {
        let found = discovery::resources()
            .find(|r| r.version == text(object, "apiVersion") && r.kind == text(object, "kind"));
        let Some(resource) = found else { continue };
        let name = text(object, "metadata.name");
        let namespace = match text(object, "metadata.namespace") {
            "" => default.as_str(),
            given => given,
        };
        let mut object = object.clone();
        if resource.namespaced {
            object["metadata"]["namespace"] = json!(namespace);
        }
        let live = fetch(cluster, resource, namespace, name).map_err(|status| {
            if status.is_not_found() {
                Output::refused(&status)
            } else {
                crate::output::while_doing(&status, "retrieving current configuration of", file)
            }
        })?;
        let before = value::at(&live.value, &["metadata", "annotations", LAST_APPLIED]);
        let before = before.and_then(Value::as_str);
        if before.is_none() && !args.has("create-annotation") {
            return Err(Output::error(format!(
                "no last-applied-configuration annotation found on resource: {name}, to create the annotation, run the command with --create-annotation"
            )));
        }
        let new = format!("{object}\n");
        if before == Some(new.as_str()) {
            output.warn(format!("set-last-applied {name}: no changes required."));
            continue;
        }
        let change = json!({"metadata": {"annotations": {LAST_APPLIED: new}}});
        changes.push((resource, namespace.to_owned(), name.to_owned(), change));
    }
    output.append(errors);
    for (resource, namespace, name, change) in changes {
        let request: Option<Request> = patch(resource, &namespace, &name, PatchType::Merge, change);
        let shown = match request.filter(|_| dry != Dry::Client) {
            Some(request) => {
                let now = send(cluster, request, dry).map_err(|status| Output::refused(&status))?;
                cluster.world().printed(&now)
            }
            None => {
                fetch(cluster, resource, &namespace, &name)
                    .map_err(|s| Output::refused(&s))?
                    .value
            }
        };
        let named = format!("{}/{name}", resource.group_singular());
        match form.clone() {
            None => output.say(format!("{named} configured{}", dry.suffix())),
            Some(Form::Name) => output.say(named),
            Some(mut form) => output.stdout += &form.print(&shown, false)?,
        }
    }
    Ok(output)
}
