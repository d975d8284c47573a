//! `kubectl rollout restart TYPE/NAME`: the other subcommands come with the terminal.

use ordinal_api::{Kind, SimTime};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::json;

use crate::args::Args;
use crate::output::typed_name;
use crate::resource::{namespace_of, targets};
use crate::{Output, Session};

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let args = match Args::parse("rollout", words, &[]) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let Some((subcommand, rest)) = args.rest.split_first() else {
        return Output::error("a subcommand is needed: restart");
    };
    if subcommand != "restart" {
        return Output::error(format!(
            "unknown command \"{subcommand}\" for \"kubectl rollout\""
        ));
    }
    let targets = match targets(rest) {
        Ok(targets) => targets,
        Err(output) => return output,
    };
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    for (kind, name) in targets.named {
        output.append(restart(cluster, kind, &namespace, &name));
    }
    output
}

fn restart(cluster: &mut Cluster, kind: Kind, namespace: &str, name: &str) -> Output {
    if !matches!(kind, Kind::StatefulSet | Kind::Deployment) {
        return Output::error(format!(
            "{} \"{name}\" restarting is not supported",
            kind.group_resource()
        ));
    }
    let now: SimTime = cluster.world().now();
    let stamp = json!({"kubectl.kubernetes.io/restartedAt": now.to_rfc3339()});
    let body = json!({"spec": {"template": {"metadata": {"annotations": stamp}}}});
    let patch = Patch {
        type_: PatchType::Strategic,
        body,
        subresource: "".into(),
    };
    let request = Request::Patch {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
        patch,
    };
    match cluster.request(request) {
        Ok(_) => Output::line(format!("{} restarted", typed_name(kind, name))),
        Err(status) => Output::refused(&status),
    }
}
