//! `kubectl scale`. Models kubectl `pkg/cmd/scale` and `pkg/scale`, v0.37.

use ordinal_api::Status;
use ordinal_api::status::Reason;
use ordinal_core::Cluster;
use ordinal_core::apiserver::{PatchType, Request};
use ordinal_core::release::Wording;
use serde_json::json;

use super::common::{Dry, patch, send, wait};
use super::pick::{pick, tell};
use crate::args::Args;
use crate::printer::Form;
use crate::resource::{Item, fetch};
use crate::value::{at, number, text};
use crate::{Output, Session};

const FLAGS: &str = "replicas=i current-replicas=i resource-version=s timeout=d all selector,l=s filename,f=l kustomize,k=s \
recursive,R dry-run=?unchanged output,o=s template=s record allow-missing-template-keys show-managed-fields";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("scale", words, FLAGS)?;
    let Some(replicas) = args.count("replicas") else {
        return Err(Output::error("required flag(s) \"replicas\" not set"));
    };
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    if replicas < 0 {
        return Err(Output::error(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let current = args.count("current-replicas").unwrap_or(-1);
    if current < -1 {
        return Err(Output::error(
            "The --current-replicas must specify an integer of -1 or greater",
        ));
    }
    let version = args.get("resource-version").unwrap_or_default();
    let picked = pick(cluster, session, &args, "kubectl scale", false)?;
    if !version.is_empty() && picked.items.len() > 1 {
        return Err(Output::error(
            "cannot use --resource-version with multiple resources",
        ));
    }
    if picked.items.is_empty() {
        let words = "no objects passed to scale";
        if picked.errors.is_empty() {
            return Err(Output::error(words));
        }
        return match cluster.world().release().scale_of_nothing_wording() {
            Wording::First => Err(Output::error(words)),
            Wording::Second => {
                let refused = picked.errors.together();
                Err(Output::error(format!("{words} {refused}")))
            }
            Wording::Third => {
                picked.errors.tell(&mut output);
                Ok(output)
            }
        };
    }
    for mut item in picked.items {
        if dry != Dry::Client
            && let Err(error) = scale(cluster, &item, replicas, current, version, dry)
        {
            // The first refusal ends it.
            output.append(error);
            return Ok(output);
        }
        if let Some(timeout) = args
            .duration_ms("timeout")
            .filter(|ms| *ms > 0 && dry == Dry::No)
            && !wait(cluster, session, timeout, |cluster| {
                is_scaled(cluster, &item, replicas)
            })
        {
            output.append(Output::error(format!(
                "timed out waiting for \"{}\" to be synced",
                item.name()
            )));
            return Ok(output);
        }
        if let Some(spec) = item.value.get_mut("spec").and_then(|s| s.as_object_mut()) {
            spec.insert("replicas".to_owned(), json!(replicas));
        }
        if let Err(error) = tell(&mut output, &form, &item, "scaled", dry) {
            output.append(error);
        }
    }
    picked.errors.tell(&mut output);
    Ok(output)
}

/// Whether the status shows so many, or somebody else wants another number.
fn is_scaled(cluster: &mut Cluster, item: &Item, replicas: i64) -> bool {
    let now = fetch(cluster, item.resource, item.namespace(), item.name());
    now.map_or(true, |now| {
        number(&now.value, "spec.replicas") != replicas
            || number(&now.value, "status.replicas") == replicas
    })
}

/// Writes the subresource.
fn scale(
    cluster: &mut Cluster,
    item: &Item,
    replicas: i64,
    current: i64,
    version: &str,
    dry: Dry,
) -> Result<(), Output> {
    let refused = |status: Status| Output::refused(&status);
    let scales = matches!(
        item.resource.kind,
        "StatefulSet" | "Deployment" | "ReplicaSet" | "ReplicationController"
    );
    if !scales && item.resource.modelled().is_none() {
        let status = Status::bad_request("the server could not find the requested resource");
        return Err(refused(Status {
            code: 404,
            reason: Reason::NotFound,
            ..status
        }));
    }
    if current != -1 || !version.is_empty() {
        let now = fetch(cluster, item.resource, item.namespace(), item.name()).map_err(refused)?;
        let have = at(&now.value, "spec.replicas").as_i64().unwrap_or_default();
        if current != -1 && have != current {
            return Err(Output::error(format!(
                "Expected replicas to be {current}, was {have}"
            )));
        }
        let have = text(&now.value, "metadata.resourceVersion");
        if !version.is_empty() && have != version {
            return Err(Output::error(format!(
                "Expected resource version to be {version}, was {have}"
            )));
        }
    }
    let body = json!({"spec": {"replicas": replicas}});
    let request = patch(
        item.resource,
        item.namespace(),
        item.name(),
        PatchType::Merge,
        body,
    );
    let Some(Request::Patch {
        kind,
        namespace,
        name,
        mut patch,
    }) = request
    else {
        return Ok(());
    };
    patch.subresource = "scale".into();
    let request = Request::Patch {
        kind,
        namespace,
        name,
        patch,
    };
    send(cluster, request, dry).map_err(refused)?;
    Ok(())
}
