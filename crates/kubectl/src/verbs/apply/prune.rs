//! `--prune`: what was applied once and is not any more. Models kubectl `pkg/cmd/apply/prune.go`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;

use super::{LAST_APPLIED, Run, delete};
use crate::Output;
use crate::args::Args;
use crate::discovery;
use crate::printer::Form;
use crate::resource::{Filter, fetch_all};
use crate::verbs::common::log_prefix;
use crate::verbs::dry_run::{DryRun, suffix};

/// Kinds of which `--prune` takes away what is no longer applied. Models `pkg/cmd/util/prune.GetRESTMappings`.
const PRUNED: [Kind; 14] = [
    Kind::ConfigMap,
    Kind::Endpoints,
    Kind::PersistentVolumeClaim,
    Kind::Pod,
    Kind::ReplicationController,
    Kind::Secret,
    Kind::Service,
    Kind::Job,
    Kind::CronJob,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::PersistentVolume,
];

/// The kinds of `--prune-allowlist=GROUP/VERSION/KIND`.
///
/// # Errors
/// What kubectl says of another form.
pub(super) fn allowed(args: &Args) -> Result<Vec<Kind>, Output> {
    let mut kinds = Vec::new();
    for given in args.all("prune-allowlist") {
        let parts: Vec<&str> = given.split('/').into_list();
        let &[group, version, kind] = parts.as_slice() else {
            return Err(Output::error(format!(
                "invalid GroupVersionKind format: {given}, please follow <group/version/kind>"
            )));
        };
        let version = match group {
            "core" | "" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        let found = Kind::from_api(&version, kind);
        kinds.push(found.ok_or_else(|| {
            Output::error(format!(
                "error retrieving RESTMappings to prune: invalid resource {version}, Kind={kind}, Namespaced=true: no matches for kind \"{kind}\" in version \"{version}\""
            ))
        })?);
    }
    Ok(kinds)
}

/// Takes away what was applied once and is not any more.
pub(super) fn prune(
    cluster: &mut Cluster,
    args: &Args,
    run: &Run<'_>,
    values: &[(String, Value)],
) -> Output {
    let text = |object: &'_ Value, path: &[&str]| {
        let text = value::at(object, path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let key = |object: &Value| {
        let namespace = match text(object, &["metadata", "namespace"]) {
            given if given.is_empty() => run.namespace.to_owned(),
            given => given,
        };
        (
            namespace,
            text(object, &["kind"]),
            text(object, &["metadata", "name"]),
        )
    };
    let applied: Vec<_> = values.iter().map(|(_, object)| key(object)).into_list();
    let mut namespaces: Vec<&str> = Vec::new();
    for (namespace, ..) in &applied {
        if !namespaces.contains(&namespace.as_str()) {
            namespaces.push(namespace);
        }
    }
    let mut output = Output::default();
    let mut kinds = match allowed(args) {
        Ok(kinds) => kinds,
        Err(refused) => return refused,
    };
    if kinds.is_empty() {
        kinds = PRUNED.to_vec();
        output.warn(format!(
            "{} prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.",
            log_prefix(cluster.world().now())
        ));
    }
    for namespace in namespaces {
        for kind in &kinds {
            let kind = *kind;
            let filter = Filter {
                namespace: Some(namespace.to_owned()),
                labels: args.get("selector").unwrap_or_default().to_owned(),
                fields: String::new(),
            };
            let found = fetch_all(cluster, discovery::of(kind), &filter).unwrap_or_default();
            for warning in cluster.take_warnings() {
                output.warn(format!("Warning: {warning}"));
            }
            for item in found {
                let annotated = value::at(&item.value, &["metadata", "annotations", LAST_APPLIED]);
                if annotated.is_none()
                    || applied
                        .iter()
                        .any(|(_, of, name)| of == item.resource.kind && *name == item.name())
                {
                    continue;
                }
                if run.how.dry == DryRun::No {
                    let request = delete(kind, item.namespace(), item.name());
                    if let Err(status) = cluster.request(request) {
                        output.append(Output::refused(&status));
                        continue;
                    }
                }
                output.say(match run.form {
                    Some(Form::Name) => item.typed_name(),
                    _ => format!("{} pruned{}", item.typed_name(), suffix(run.how.dry)),
                });
            }
        }
    }
    output
}
