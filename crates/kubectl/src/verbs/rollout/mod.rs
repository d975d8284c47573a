//! `kubectl rollout`: status, history, undo, restart, pause, resume.
//!
//! Models kubectl `pkg/cmd/rollout` and `pkg/polymorphichelpers`, v0.37.

mod history;
mod status;
mod undo;

use ordinal_api::{SimTime, Status, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::json;

use self::history::history;
use self::status::status;
use self::undo::undo;
use super::common::{Dry, gather, patch, send};
use super::pick::{Errors, now, tell_next, tell_typed};
use super::selected;
use crate::args::{Args, misuse};
use crate::printer::Form;
use crate::resource::Item;
use crate::value::{at, flag, plain};
use crate::{Output, Session};

/// The flags of a subcommand.
fn flags(subcommand: &str) -> &'static str {
    match subcommand {
        "status" => {
            "filename,f=l recursive,R kustomize,k=s selector,l=s watch,w timeout=d revision=i"
        }
        "history" => {
            "filename,f=l recursive,R kustomize,k=s selector,l=s revision=i output,o=s template=s \
show-managed-fields allow-missing-template-keys"
        }
        "undo" => {
            "filename,f=l recursive,R kustomize,k=s selector,l=s to-revision=i dry-run=?unchanged output,o=s template=s \
show-managed-fields allow-missing-template-keys"
        }
        _ => {
            "filename,f=l recursive,R kustomize,k=s selector,l=s field-manager=s output,o=s template=s \
show-managed-fields allow-missing-template-keys"
        }
    }
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let place = words.iter().position(|word| !word.starts_with('-'));
    let Some(place) = place else {
        return super::help::group("rollout");
    };
    let mut rest = words.to_vec();
    let subcommand = rest.remove(place);
    match try_run(cluster, session, subcommand, &rest) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(
    cluster: &mut Cluster,
    session: &mut Session,
    subcommand: &str,
    words: &[&str],
) -> Result<Output, Output> {
    const KNOWN: [&str; 6] = ["history", "pause", "restart", "resume", "status", "undo"];
    if !KNOWN.contains(&subcommand) {
        let unknown = format!("{subcommand} {}", words.join(" "));
        return Err(misuse(
            "rollout",
            &format!("unknown command \"{}\"", unknown.trim_end()),
        ));
    }
    let verb = format!("rollout {subcommand}");
    let args = Args::read(&verb, words, flags(subcommand))?;
    if args.rest.is_empty() && args.get("filename").is_none() {
        return Err(Output::error("required resource not specified"));
    }
    let form = Form::read(&args, session, false)?;
    let (selection, _) = selected(session, &args, &format!("kubectl {verb}"))?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut warnings = Output::default();
    let dry = Dry::read(&args, cluster, &mut warnings)?;
    let (items, errors) = gather(cluster, &args, &selection, &namespace);
    let mut output = warnings;
    if items.is_empty() && errors.is_ok() {
        output.warn(super::get::nothing(
            &namespace,
            selection.resources.iter().any(|r| !r.namespaced),
        ));
    }
    if let Some(wanted) = args.count("revision").filter(|n| *n < 0)
        && subcommand == "history"
    {
        return Err(Output::error(format!(
            "revision must be a positive integer: {wanted}"
        )));
    }
    let mut failed = Errors::default();
    for item in &items {
        let done = match subcommand {
            "status" => status(cluster, session, &args, item, &mut output),
            "history" => {
                let wanted = args.count("revision").unwrap_or_default();
                history(cluster, item, wanted, &form, &mut output)
            }
            _ => {
                let done = match subcommand {
                    "undo" => {
                        let wanted = args.count("to-revision").unwrap_or_default();
                        undo(cluster, item, wanted, dry, &mut output)
                            .map(|done| (item.clone(), done))
                    }
                    "restart" => restart(cluster, item),
                    other => pause(cluster, item, other == "pause"),
                };
                done.and_then(|(item, done)| tell_typed(&mut output, &form, &item, &done, dry))
            }
        };
        match (subcommand, done) {
            (_, Ok(())) => {}
            ("status" | "history" | "undo", Err(error)) => failed.push(error),
            // These say the word before each error themselves.
            (_, Err(error)) => output.append(error),
        }
    }
    if !errors.is_ok() {
        failed.push(errors);
    }
    failed.tell(&mut output);
    Ok(output)
}

/// Whether a workload has revisions to roll out.
fn has_history(item: &Item) -> bool {
    matches!(
        item.resource.kind,
        "StatefulSet" | "Deployment" | "DaemonSet"
    )
}

/// What is said of a kind without a history: workloads are known to have none, and others are not looked at. Models
/// `pkg/apps.GroupKindElement.Accept`.
fn unseen(item: &Item, known: &str, other: &str) -> Output {
    const VISITED: [&str; 4] = ["Pod", "ReplicaSet", "ReplicationController", "Job"];
    let (kind, of) = (item.resource.kind, item.resource.group_kind());
    Output::error(if VISITED.contains(&kind) || kind == "CronJob" {
        format!("{known} \"{of}\"")
    } else {
        let group = item.resource.group();
        format!("{other} \"{of}\", no visitor method exists for {{{group} {kind}}}")
    })
}

fn change(
    cluster: &mut Cluster,
    item: &Item,
    type_: PatchType,
    body: Value,
    dry: Dry,
) -> Result<Item, Status> {
    let request = patch(item.resource, item.namespace(), item.name(), type_, body);
    let request = request.ok_or_else(Status::not_served)?;
    let object = send(cluster, request, dry)?;
    Ok(now(cluster, item, &object))
}

fn refused(item: &Item, why: &str) -> Output {
    Output::error(format!(
        "{} \"{}\" {why}",
        item.resource.group_resource(),
        item.name()
    ))
}

fn restart(cluster: &mut Cluster, item: &Item) -> Result<(Item, String), Output> {
    if !has_history(item) {
        return Err(refused(item, "restarting is not supported"));
    }
    if flag(&item.value, "spec.paused") {
        return Err(refused(
            item,
            "can't restart paused deployment (run rollout resume first)",
        ));
    }
    const KEY: &str = "kubectl.kubernetes.io/restartedAt";
    let now: SimTime = cluster.world().now();
    let stamp = now.to_rfc3339();
    let last = plain(&at(&item.value, "spec.template.metadata.annotations")[KEY]);
    if last == stamp {
        return Err(Output::error(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
            item.name()
        )));
    }
    let body = json!({"spec": {"template": {"metadata": {"annotations": {KEY: stamp}}}}});
    let item = change(cluster, item, PatchType::Strategic, body, Dry::No);
    let item = item.map_err(|status| Output::refused(&status))?;
    Ok((item, "restarted".to_owned()))
}

fn pause(cluster: &mut Cluster, item: &Item, wanted: bool) -> Result<(Item, String), Output> {
    let (word, done) = if wanted {
        ("pausing", "paused")
    } else {
        ("resuming", "resumed")
    };
    if item.resource.kind != "Deployment" {
        return Err(refused(item, &format!("{word} is not supported")));
    }
    match (flag(&item.value, "spec.paused"), wanted) {
        (true, true) => return Err(refused(item, "is already paused")),
        (false, false) => return Err(refused(item, "is not paused")),
        _ => {}
    }
    let body = json!({"spec": {"paused": if wanted { json!(true) } else { Value::Null }}});
    let item = change(cluster, item, PatchType::Merge, body, Dry::No);
    let item = item.map_err(|status| Output::refused(&status))?;
    Ok((item, done.to_owned()))
}
