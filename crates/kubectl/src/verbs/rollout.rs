//! `kubectl rollout`: status, history, undo, restart, pause, resume.
//!
//! Models kubectl `pkg/cmd/rollout` and `pkg/polymorphichelpers`, v0.37.

use ordinal_api::{SimTime, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::json;

use super::common::{Dry, gather, patch, send, wait};
use super::selected;
use crate::args::{Args, misuse};
use crate::describe::{Page, template, without_hash};
use crate::discovery;
use crate::format::tabs;
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::value::{at, controller, flag, has, items, number, or_none, plain, text};
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

/// A progress line, and whether the rollout is done.
fn progress(object: &Value) -> Result<(String, bool), String> {
    let count = |path: &str| number(object, path);
    let name = text(object, "metadata.name");
    let observed = count("status.observedGeneration") >= count("metadata.generation");
    match text(object, "kind") {
        "StatefulSet" => stateful_set(object),
        "Deployment" => {
            if !observed {
                return Ok((
                    "Waiting for deployment spec update to be observed...".to_owned(),
                    false,
                ));
            }
            let conditions = items(object, "status.conditions");
            let progressing = crate::value::named(conditions, "type", "Progressing");
            if text(progressing, "reason") == "ProgressDeadlineExceeded" {
                return Err(format!(
                    "deployment \"{name}\" exceeded its progress deadline"
                ));
            }
            let (wanted, updated) = (count("spec.replicas"), count("status.updatedReplicas"));
            let (all, available) = (count("status.replicas"), count("status.availableReplicas"));
            let waiting = |what: String| {
                Ok((
                    format!("Waiting for deployment \"{name}\" rollout to finish: {what}..."),
                    false,
                ))
            };
            if updated < wanted {
                return waiting(format!(
                    "{updated} out of {wanted} new replicas have been updated"
                ));
            }
            if all > updated {
                return waiting(format!(
                    "{} old replicas are pending termination",
                    all - updated
                ));
            }
            if available < updated {
                return waiting(format!(
                    "{available} of {updated} updated replicas are available"
                ));
            }
            Ok((
                format!("deployment \"{name}\" successfully rolled out"),
                true,
            ))
        }
        "DaemonSet" => {
            if text(object, "spec.updateStrategy.type") != "RollingUpdate" {
                return Err(
                    "rollout status is only available for RollingUpdate strategy type".to_owned(),
                );
            }
            if !observed {
                return Ok((
                    "Waiting for daemon set spec update to be observed...".to_owned(),
                    false,
                ));
            }
            let desired = count("status.desiredNumberScheduled");
            let (updated, available) = (
                count("status.updatedNumberScheduled"),
                count("status.numberAvailable"),
            );
            let waiting = |what: String| {
                Ok((
                    format!("Waiting for daemon set \"{name}\" rollout to finish: {what}..."),
                    false,
                ))
            };
            if updated < desired {
                return waiting(format!(
                    "{updated} out of {desired} new pods have been updated"
                ));
            }
            if available < desired {
                return waiting(format!(
                    "{available} of {desired} updated pods are available"
                ));
            }
            Ok((
                format!("daemon set \"{name}\" successfully rolled out"),
                true,
            ))
        }
        _ => Ok((String::new(), true)),
    }
}

fn stateful_set(set: &Value) -> Result<(String, bool), String> {
    let count = |path: &str| number(set, path);
    if text(set, "spec.updateStrategy.type") != "RollingUpdate" {
        return Err("rollout status is only available for RollingUpdate strategy type".to_owned());
    }
    if count("status.observedGeneration") == 0
        || count("metadata.generation") > count("status.observedGeneration")
    {
        return Ok((
            "Waiting for statefulset spec update to be observed...".to_owned(),
            false,
        ));
    }
    let (wanted, ready) = (count("spec.replicas"), count("status.readyReplicas"));
    if ready < wanted {
        return Ok((
            format!("Waiting for {} pods to be ready...", wanted - ready),
            false,
        ));
    }
    let updated = count("status.updatedReplicas");
    let rolling = at(set, "spec.updateStrategy.rollingUpdate");
    if !rolling.is_null() {
        let least = wanted - number(rolling, "partition");
        if has(rolling, "partition") && updated < least {
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {least} new pods have been updated..."
                ),
                false,
            ));
        }
        return Ok((
            format!("partitioned roll out complete: {updated} new pods have been updated..."),
            true,
        ));
    }
    let (current, update) = (
        text(set, "status.currentRevision"),
        text(set, "status.updateRevision"),
    );
    if current != update {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
            ),
            false,
        ));
    }
    Ok((
        format!(
            "statefulset rolling update complete {} pods at revision {current}...",
            count("status.currentReplicas")
        ),
        true,
    ))
}

fn status(cluster: &mut Cluster, session: &Session, args: &Args, item: &Item) -> Output {
    let resource = item.resource;
    if !matches!(resource.kind, "StatefulSet" | "Deployment" | "DaemonSet") {
        return Output::error(format!(
            "no status viewer has been implemented for {}",
            resource.group_kind()
        ));
    }
    let watching = !args.has_not("watch");
    let (namespace, name) = (item.namespace().to_owned(), item.name().to_owned());
    let mut output = Output::default();
    let mut seen = String::new();
    let mut failure = None;
    let finished = wait(
        cluster,
        session,
        args.duration_ms("timeout").unwrap_or(0),
        |cluster| {
            let Ok(now) = fetch(cluster, resource, &namespace, &name) else {
                failure = Some(Output::error("object has been deleted"));
                return true;
            };
            let version = text(&now.value, "metadata.resourceVersion");
            if version == seen {
                return false;
            }
            version.clone_into(&mut seen);
            match progress(&now.value) {
                Err(why) => {
                    failure = Some(Output::error(why));
                    true
                }
                Ok((line, done)) => {
                    output.say(line);
                    output.printed_at(cluster.world());
                    done || !watching
                }
            }
        },
    );
    if let Some(failure) = failure {
        output.append(failure);
    } else if !finished && args.get("timeout").is_some() {
        output.append(Output::error("timed out waiting for the condition"));
    }
    output
}

/// A revision of a workload: its number, why it was made, its template.
struct Revision {
    number: i64,
    cause: String,
    template: Value,
    annotations: Value,
}

/// The revisions of a workload, oldest first.
fn revisions(cluster: &mut Cluster, item: &Item) -> Vec<Revision> {
    let of_deployment = item.resource.kind == "Deployment";
    let plural = if of_deployment {
        "replicasets"
    } else {
        "controllerrevisions"
    };
    let Ok(resource) = discovery::find(plural) else {
        return Vec::new();
    };
    let filter = Filter {
        namespace: Some(item.namespace().to_owned()),
        ..Filter::default()
    };
    let uid = text(&item.value, "metadata.uid");
    let found = fetch_all(cluster, resource, &filter).unwrap_or_default();
    let owned = found
        .into_iter()
        .filter(|found| controller(&found.value).is_some_and(|owner| text(owner, "uid") == uid));
    let annotation = |value: &Value, key: &str| {
        at(value, "metadata.annotations")[key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let mut revisions: Vec<Revision> = owned
        .map(|found| {
            let value = &found.value;
            let (number, template) = if of_deployment {
                let number = annotation(value, "deployment.kubernetes.io/revision");
                (
                    number.parse().unwrap_or_default(),
                    at(value, "spec.template").clone(),
                )
            } else {
                let mut template = at(value, "data.spec.template").clone();
                if let Some(map) = template.as_object_mut() {
                    map.remove("$patch");
                }
                (number(value, "revision"), template)
            };
            Revision {
                number,
                cause: annotation(value, "kubernetes.io/change-cause"),
                template,
                annotations: at(value, "metadata.annotations").clone(),
            }
        })
        .collect();
    ordinal_api::sorted::sort_by_key(&mut revisions, |revision| revision.number);
    revisions
}

fn history(cluster: &mut Cluster, item: &Item, wanted: i64) -> Output {
    if !matches!(
        item.resource.kind,
        "StatefulSet" | "Deployment" | "DaemonSet"
    ) {
        return Output::error(format!(
            "no history viewer has been implemented for \"{}\"",
            item.resource.group_kind()
        ));
    }
    let revisions = revisions(cluster, item);
    if wanted > 0 {
        let Some(found) = revisions.iter().find(|revision| revision.number == wanted) else {
            return Output::error("unable to find the specified revision");
        };
        let mut page = Page::new(cluster, false);
        template(&mut page, &found.template);
        return Output::line(format!(
            "{} with revision #{wanted}\n{}",
            item.typed_name(),
            page.raw()
        ));
    }
    if revisions.is_empty() {
        return Output::line(format!("{} \nNo rollout history found.", item.typed_name()));
    }
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for revision in &revisions {
        table.push_str(&format!(
            "{}\t{}\n",
            revision.number,
            or_none(&revision.cause)
        ));
    }
    Output::line(format!(
        "{} \n{}",
        item.typed_name(),
        tabs::layout(&table, 0, 2)
    ))
}

const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn undo(cluster: &mut Cluster, item: &Item, wanted: i64, dry: Dry) -> Output {
    let kind = item.resource.kind;
    if !matches!(kind, "StatefulSet" | "Deployment" | "DaemonSet") {
        return Output::error(format!(
            "no rollbacker has been implemented for \"{}\"",
            item.resource.group_kind()
        ));
    }
    let mut output = Output::default();
    let applied = at(&item.value, "metadata.annotations")
        .get(APPLIED)
        .is_some();
    if applied && cluster.world().release().warns_of_applied_rollback() {
        output.warn(format!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the {APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            item.resource.plural,
            item.name()
        ));
    }
    let missing = || format!("unable to find specified revision {wanted} in history");
    if wanted < 0 {
        output.append(Output::error(missing()));
        return output;
    }
    let revisions = revisions(cluster, item);
    let found = if wanted == 0 {
        revisions
            .len()
            .checked_sub(2)
            .and_then(|place| revisions.get(place))
    } else {
        revisions.iter().find(|revision| revision.number == wanted)
    };
    let Some(found) = found else {
        let why = match (wanted, kind) {
            (0, "Deployment") => {
                format!(
                    "no rollout history found for deployment \"{}\"",
                    item.name()
                )
            }
            (0, _) => "no last revision to roll back to".to_owned(),
            _ => missing(),
        };
        output.append(Output::error(why));
        return output;
    };
    let target = without_hash(&found.template);
    if dry == Dry::Client {
        let mut page = Page::new(cluster, false);
        template(&mut page, &target);
        output.say(format!("{} {}", item.typed_name(), page.raw()));
        return output;
    }
    if flag(&item.value, "spec.paused") {
        output.append(Output::error(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
        return output;
    }
    if at(&item.value, "spec.template") == &target
        || same(at(&item.value, "spec.template"), &target)
    {
        output.say(format!(
            "{} skipped rollback (current template already matches revision {wanted}){}",
            item.typed_name(),
            dry.suffix()
        ));
        return output;
    }
    let mut body = vec![json!({"op": "replace", "path": "/spec/template", "value": target})];
    if kind == "Deployment" {
        let annotations = restored(&item.value, &found.annotations);
        body.push(json!({"op": "replace", "path": "/metadata/annotations", "value": annotations}));
    }
    let request = patch(
        item.resource,
        item.namespace(),
        item.name(),
        PatchType::Json,
        body.into(),
    );
    match request.map(|request| send(cluster, request, dry)) {
        Some(Ok(_)) => output.say(format!("{} rolled back{}", item.typed_name(), dry.suffix())),
        Some(Err(status)) => output.append(Output::error(format!(
            "failed restoring revision {wanted}: {}",
            status.message
        ))),
        None => {}
    }
    output
}

/// The annotations of a Deployment that is rolled back: its own bookkeeping, and what else the old ReplicaSet carries.
fn restored(deployment: &Value, of_set: &Value) -> Value {
    const KEPT: [&str; 6] = [
        APPLIED,
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    let entries = |from: &Value| from.as_object().cloned().unwrap_or_default().into_iter();
    let own = entries(at(deployment, "metadata.annotations"))
        .filter(|(key, _)| KEPT.contains(&key.as_str()));
    let old = entries(of_set).filter(|(key, _)| !KEPT.contains(&key.as_str()));
    Value::Object(own.chain(old).collect())
}

/// Whether two templates differ only in what the server fills in by itself.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let one = a.iter().all(|(key, value)| {
                b.get(key)
                    .map_or(is_default(value), |other| same(value, other))
            });
            one && b
                .iter()
                .all(|(key, value)| a.contains_key(key) || is_default(value))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().all(is_default),
        _ => false,
    }
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
