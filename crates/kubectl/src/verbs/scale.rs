//! `kubectl scale TYPE NAME --replicas=N`

use ordinal_api::status::Reason;
use ordinal_api::{Kind, Status};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::json;

use crate::args::{Args, value as flag};
use crate::output::typed_name;
use crate::resource::{get, namespace_of, targets};
use crate::{Output, Session};

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let known = [
        flag("replicas", None),
        flag("current-replicas", None),
        flag("timeout", None),
    ];
    let args = match Args::parse("scale", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let (replicas, current) = match (
        args.number("scale", "replicas"),
        args.number("scale", "current-replicas"),
    ) {
        (Ok(replicas), Ok(current)) => (replicas, current),
        (Err(output), _) | (_, Err(output)) => return output,
    };
    let Some(replicas) = replicas else {
        return Output::error("required flag(s) \"replicas\" not set");
    };
    if replicas < 0 {
        return Output::error(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        );
    }
    let targets = match targets(&args.rest) {
        Ok(targets) => targets,
        Err(output) => return output,
    };
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    for (kind, name) in targets.named {
        output.append(one(cluster, kind, &namespace, &name, replicas, current));
    }
    output
}

fn one(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    name: &str,
    replicas: i64,
    current: Option<i64>,
) -> Output {
    if !matches!(
        kind,
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet
    ) {
        let status = Status::bad_request("the server could not find the requested resource");
        return Output::refused(&Status {
            code: 404,
            reason: Reason::NotFound,
            ..status
        });
    }
    if let Some(expected) = current {
        let have = get(cluster, kind, namespace, name)
            .ok()
            .and_then(|o| o.to_value()["spec"]["replicas"].as_i64());
        if let Some(have) = have.filter(|have| *have != expected) {
            return Output::error(format!("Expected replicas to be {expected}, was {have}"));
        }
    }
    let body = json!({"spec": {"replicas": replicas}});
    let patch = Patch {
        type_: PatchType::Merge,
        body,
        subresource: "scale".into(),
    };
    let request = Request::Patch {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
        patch,
    };
    match cluster.request(request) {
        Ok(_) => Output::line(format!("{} scaled", typed_name(kind, name))),
        Err(status) => Output::refused(&status),
    }
}
