//! Deployments, Jobs and CronJobs from an image. Models kubectl `pkg/cmd/create`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::generate::Given;
use crate::Output;
use crate::resource::{fetch, select};
use crate::value::{at, entries, has};
use crate::verbs::common::NO_NAME;

/// `create deployment`
pub(super) fn deployment(given: &Given) -> Result<Value, Output> {
    let args = given.args;
    let images: Vec<&str> = args.all("image").into_list();
    if images.len() > 1 && !given.command.is_empty() {
        return Err(Output::error(
            "cannot specify multiple --image options and command",
        ));
    }
    let mut containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let base = image.rsplit('/').next().unwrap_or(image);
            let base = base.split([':', '@']).next().unwrap_or(base);
            container(base, image, given.command)
        })
        .collect();
    if let (Some(port), Some(first)) = (
        args.count("port").filter(|port| *port >= 0),
        containers.first_mut(),
    ) {
        first["ports"] = json!([{ "containerPort": port }]);
    }
    let app = json!({ "app": given.name });
    Ok(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": app, "name": given.name},
        "spec": {
            "replicas": args.count("replicas").unwrap_or(1), "selector": {"matchLabels": app}, "strategy": {},
            "template": {"metadata": {"labels": app}, "spec": {"containers": containers}},
        },
        "status": {},
    }))
}

fn container(name: &str, image: &str, command: &[String]) -> Value {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    container
}

fn job_spec(given: &Given, restart: &str) -> Value {
    let image = given.args.get("image").unwrap_or_default();
    let container = container(given.name, image, given.command);
    json!({"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}}})
}

/// `create job --from`: what a CronJob would make, now. Models `createJobFromCronJob`.
pub(super) fn job_from(cluster: &mut Cluster, given: &Given) -> Result<Option<Value>, Output> {
    let from = given.args.get("from").filter(|from| !from.is_empty());
    let Some(from) = from.filter(|_| given.type_ == "job") else {
        return Ok(None);
    };
    // What is wrong with the flags is told first.
    job(given)?;
    let selection = select(&[from.to_owned()])?;
    let Some((resource, name)) = selection.named.first() else {
        return Err(Output::error(NO_NAME));
    };
    let namespace = given.args.get("namespace");
    let namespace = namespace.unwrap_or(&given.session.namespace);
    let found = fetch(cluster, *resource, namespace, name);
    let found = found.map_err(|status| Output::refused(&status))?;
    if resource.kind != "CronJob" {
        let kind = resource.kind;
        return Err(Output::error(format!("unknown object type *v1.{kind}")));
    }
    let template = at(&found.value, "spec.jobTemplate");
    let mut metadata = json!({
        "annotations": {"cronjob.kubernetes.io/instantiate": "manual"}, "name": given.name,
        "ownerReferences": [{
            "apiVersion": "batch/v1", "controller": true, "kind": "CronJob", "name": found.name(),
            "uid": at(&found.value, "metadata.uid"),
        }],
    });
    for (key, value) in entries(template, "metadata.annotations") {
        metadata["annotations"][key] = value.clone();
    }
    if has(template, "metadata.labels") {
        metadata["labels"] = at(template, "metadata.labels").clone();
    }
    Ok(Some(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": at(template, "spec"), "status": {},
    })))
}

/// `create job`
pub(super) fn job(given: &Given) -> Result<Value, Output> {
    let from = given.args.get("from").filter(|from| !from.is_empty());
    let image = given.args.get("image").filter(|image| !image.is_empty());
    match (image, from) {
        (None, None) | (Some(_), Some(_)) => {
            return Err(Output::error("either --image or --from must be specified"));
        }
        (None, Some(_)) if !given.command.is_empty() => {
            return Err(Output::error("cannot specify --from and command"));
        }
        (None, Some(_)) | (Some(_), None) => {}
    }
    Ok(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": given.name},
        "spec": job_spec(given, "Never"), "status": {},
    }))
}

/// `create cronjob`
pub(super) fn cron_job(given: &Given) -> Result<Value, Output> {
    let restart = given.args.get("restart").filter(|text| !text.is_empty());
    Ok(json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": given.name},
        "spec": {
            "jobTemplate": {"metadata": {"name": given.name}, "spec": job_spec(given, restart.unwrap_or("OnFailure"))},
            "schedule": given.args.get("schedule").unwrap_or_default(),
        },
        "status": {},
    }))
}
