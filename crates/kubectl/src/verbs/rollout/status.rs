//! How far a rollout is. Models kubectl `pkg/polymorphichelpers/rollout_status.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::Cluster;

use super::has_history;
use crate::args::Args;
use crate::resource::{Item, fetch};
use crate::value::{at, has, items, number, plain, text};
use crate::verbs::common::wait;
use crate::{Output, Session};

/// A progress line, and whether the rollout is done.
fn progress(object: &Value, wanted: i64) -> Result<(String, bool), String> {
    let count = |path: &str| number(object, path);
    let name = text(object, "metadata.name");
    let observed = count("status.observedGeneration") >= count("metadata.generation");
    match text(object, "kind") {
        "StatefulSet" => stateful_set(object),
        "Deployment" => {
            let running = &at(object, "metadata.annotations")["deployment.kubernetes.io/revision"];
            let running: i64 = plain(running).parse().unwrap_or_default();
            if wanted > 0 && wanted != running {
                return Err(format!(
                    "desired revision ({wanted}) is different from the running revision ({running})"
                ));
            }
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

/// Tells how far a rollout is, until it is done.
///
/// # Errors
/// Why it will not be done, or that the time is over.
pub(super) fn status(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    item: &Item,
    output: &mut Output,
) -> Result<(), Output> {
    let resource = item.resource;
    if !has_history(item) {
        return Err(Output::error(format!(
            "no status viewer has been implemented for {}",
            resource.group_kind()
        )));
    }
    let watching = !args.has_not("watch");
    let wanted = args.count("revision").unwrap_or_default();
    let (namespace, name) = (item.namespace().to_owned(), item.name().to_owned());
    let mut seen = String::new();
    let mut failure = None;
    let finished = wait(
        cluster,
        session,
        args.duration_ms("timeout").unwrap_or(0),
        |cluster| {
            let Ok(now) = fetch(cluster, resource, &namespace, &name) else {
                failure = Some("object has been deleted".to_owned());
                return true;
            };
            let version = text(&now.value, "metadata.resourceVersion");
            if version == seen {
                return false;
            }
            version.clone_into(&mut seen);
            match progress(&now.value, wanted) {
                Err(why) => {
                    failure = Some(why);
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
    if !finished && args.get("timeout").is_some() && failure.is_none() {
        failure = Some("timed out waiting for the condition".to_owned());
    }
    failure.map_or(Ok(()), |why| Err(Output::error(why)))
}
