//! `kubectl rollout`: status, history, undo, restart, pause, resume.
//!
//! Models kubectl `pkg/cmd/rollout` and `pkg/polymorphichelpers`, v0.37.

mod history;
mod status;
mod undo;

use ordinal_api::{SimTime, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::json;

use self::history::history;
use self::status::status;
use self::undo::undo;
use super::common::{Dry, gather, patch, send};
use super::selected;
use crate::args::{Args, misuse};
use crate::resource::Item;
use crate::value::{at, flag, plain};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s selector,l=s watch,w timeout=d revision=i to-revision=i \
pod-selector=s dry-run=?unchanged field-manager=s output,o=s template=s show-managed-fields allow-missing-template-keys";

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
    let args = Args::read(&verb, words, FLAGS)?;
    if args.rest.is_empty() && args.get("filename").is_none() {
        return Err(Output::error("required resource not specified"));
    }
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
    let named = args.get("output") == Some("name");
    for item in &items {
        let mut done = match subcommand {
            "status" => status(cluster, session, &args, item),
            "history" => history(cluster, item, args.count("revision").unwrap_or(0)),
            "undo" => undo(cluster, item, args.count("to-revision").unwrap_or(0), dry),
            "restart" => restart(cluster, item, dry),
            other => pause(cluster, item, other == "pause", dry),
        };
        if named && done.is_ok() && !matches!(subcommand, "status" | "history") {
            done.stdout = format!("{}\n", item.typed_name());
        }
        output.append(done);
    }
    output.append(errors);
    Ok(output)
}

fn change(
    cluster: &mut Cluster,
    item: &Item,
    type_: PatchType,
    body: Value,
    done: &str,
    dry: Dry,
) -> Output {
    let request = patch(item.resource, item.namespace(), item.name(), type_, body);
    let Some(request) = request else {
        return Output::error("the server could not find the requested resource");
    };
    match send(cluster, request, dry) {
        Ok(_) => Output::line(format!("{} {done}{}", item.typed_name(), dry.suffix())),
        Err(status) => Output::refused(&status),
    }
}

fn refuse(item: &Item, why: &str) -> Output {
    Output::error(format!(
        "{} \"{}\" {why}",
        item.resource.group_resource(),
        item.name()
    ))
}

fn restart(cluster: &mut Cluster, item: &Item, dry: Dry) -> Output {
    if !matches!(
        item.resource.kind,
        "StatefulSet" | "Deployment" | "DaemonSet"
    ) {
        return refuse(item, "restarting is not supported");
    }
    if flag(&item.value, "spec.paused") {
        return refuse(
            item,
            "can't restart paused deployment (run rollout resume first)",
        );
    }
    const KEY: &str = "kubectl.kubernetes.io/restartedAt";
    let now: SimTime = cluster.world().now();
    let stamp = now.to_rfc3339();
    let last = plain(&at(&item.value, "spec.template.metadata.annotations")[KEY]);
    if last == stamp {
        return Output::error(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
            item.name()
        ));
    }
    let body = json!({"spec": {"template": {"metadata": {"annotations": {KEY: stamp}}}}});
    change(cluster, item, PatchType::Strategic, body, "restarted", dry)
}

fn pause(cluster: &mut Cluster, item: &Item, wanted: bool, dry: Dry) -> Output {
    let (word, done) = if wanted {
        ("pausing", "paused")
    } else {
        ("resuming", "resumed")
    };
    if item.resource.kind != "Deployment" {
        return refuse(item, &format!("{word} is not supported"));
    }
    match (flag(&item.value, "spec.paused"), wanted) {
        (true, true) => return refuse(item, "is already paused"),
        (false, false) => return refuse(item, "is not paused"),
        _ => {}
    }
    let body = json!({"spec": {"paused": if wanted { json!(true) } else { Value::Null }}});
    change(cluster, item, PatchType::Merge, body, done, dry)
}
