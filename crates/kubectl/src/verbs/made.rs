//! What becomes of an object that kubectl made itself: `create TYPE`, `run` and `expose` send and print it alike.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::Request;
use serde_json::json;

use super::apply::LAST_APPLIED;
use super::common::{Dry, send};
use super::pick::tell_typed;
use crate::args::Args;
use crate::discovery;
use crate::printer::Form;
use crate::resource::Item;
use crate::value::text;
use crate::{Output, Session};

/// How a refusal of an object that `kubectl create TYPE` made begins; `None` for those that are told as they come.
fn failing(object: &Value) -> Option<String> {
    Some(match text(object, "kind") {
        "Namespace" | "Pod" => return None,
        "PodDisruptionBudget" => "poddisruptionbudgets: ".to_owned(),
        "ResourceQuota" => "quota: ".to_owned(),
        "Secret" => "secret ".to_owned(),
        "Service" => format!("{} service: ", text(object, "spec.type")),
        other => format!("{}: ", other.to_ascii_lowercase()),
    })
}

/// Sends what was made, and prints it in the form that is asked for.
///
/// # Errors
/// The server's refusal, or what the form says of it.
pub(super) fn finish(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    object: &mut Value,
    dry: Dry,
    verb: &str,
    output: &mut Output,
) -> Result<(), Output> {
    let form = Form::read(args, session, false)?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let resource = discovery::resources()
        .find(|r| r.version == text(object, "apiVersion") && r.kind == text(object, "kind"))
        .ok_or_else(|| Output::error("the server doesn't have this resource type"))?;
    if resource.namespaced && args.get("namespace").is_some() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    // What `run` and `expose` only try is not annotated.
    if args.has("save-config") && (dry != Dry::Client || verb == "create") {
        object["metadata"]["annotations"][LAST_APPLIED] = json!(compact(object) + "\n");
    }
    let mut shown = object.clone();
    if dry != Dry::Client {
        let mut sent = object.clone();
        if let Some(map) = sent.as_object_mut() {
            map.remove("status");
        }
        let request = Request::Create {
            object: sent,
            namespace: if resource.namespaced {
                namespace.as_str()
            } else {
                ""
            }
            .into(),
            strict: true,
        };
        let made = send(cluster, request, dry).map_err(|status| match failing(object) {
            Some(what) if verb == "create" => {
                Output::error(format!("failed to create {what}{}", status.message))
            }
            _ => Output::refused(&status),
        })?;
        shown = cluster.world().printed(&made);
        // Go's types print a status that nobody wrote.
        if let (None, Some(status)) = (shown.get("status"), object.get("status")) {
            shown["status"] = status.clone();
        }
    }
    let item = Item {
        resource,
        value: shown,
    };
    let done = if verb == "expose" {
        "exposed"
    } else {
        "created"
    };
    tell_typed(output, &form, &item, done, dry)
}

/// Keys in the order in which Go's types have them; others after them.
const ORDER: &[&str] = &[
    "username",
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "kind",
    "apiVersion",
    "metadata",
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "labels",
    "annotations",
    "image",
    "command",
    "args",
    "replicas",
    "minAvailable",
    "ports",
    "containerPort",
    "protocol",
    "port",
    "targetPort",
    "nodePort",
    "selector",
    "maxUnavailable",
    "clusterIP",
    "clusterIPs",
    "schedule",
    "jobTemplate",
    "immutable",
    "data",
    "type",
    "externalIPs",
    "sessionAffinity",
    "loadBalancerIP",
    "externalName",
    "template",
    "volumeClaimTemplates",
    "serviceName",
    "podManagementPolicy",
    "updateStrategy",
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "volumes",
    "initContainers",
    "containers",
    "env",
    "value",
    "globalDefault",
    "description",
    "preemptionPolicy",
    "resources",
    "volumeMounts",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "dnsPolicy",
    "serviceAccountName",
    "serviceAccount",
    "hostNetwork",
    "strategy",
    "spec",
    "stdin",
    "stdinOnce",
    "tty",
    "securityContext",
    "disruptionsAllowed",
    "currentHealthy",
    "desiredHealthy",
    "expectedPods",
    "clusters",
    "users",
    "server",
    "controller",
    "blockOwnerDeletion",
    "involvedObject",
    "fieldPath",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "eventTime",
    "series",
    "action",
    "reportingComponent",
    "reportingInstance",
    "status",
];

/// JSON of one line with its keys in the order of Go's types, as the server writes it.
pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    ordered(value, None, &mut out);
    out
}

/// JSON with its keys in the order of Go's types, as what kubectl makes itself is printed.
pub(super) fn json_of(value: &Value) -> String {
    let mut out = String::new();
    ordered(value, Some(0), &mut out);
    out.push('\n');
    out
}

/// `level`: how far the text is moved in; `None` for a text of one line.
fn ordered(value: &Value, level: Option<usize>, out: &mut String) {
    let pad = |level: Option<usize>, out: &mut String| {
        if let Some(level) = level {
            out.push('\n');
            out.extend(std::iter::repeat_n("    ", level));
        }
    };
    let deeper = level.map(|level| level + 1);
    let colon = if level.is_some() { ": " } else { ":" };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let place = |key: &str| {
                let found = ORDER.iter().position(|k| *k == key);
                found.unwrap_or(ORDER.len() - 2) * 2
            };
            // A reference to an object has its version last, an event its type behind its count.
            let is_reference = ["uid", "kind", "name"]
                .iter()
                .all(|key| map.contains_key(*key))
                && !map.contains_key("controller");
            let rank = |key: &str| match key {
                "namespace" if is_reference => place("kind") + 1,
                "apiVersion" if is_reference => place("uid") + 1,
                // An owner has it first, and is told apart by what it controls.
                "kind" if map.contains_key("controller") => place("apiVersion") + 1,
                "type" if map.contains_key("involvedObject") => place("count") + 1,
                key => place(key),
            };
            let mut keys: Vec<&String> = map.keys().into_list();
            ordinal_api::sorted::sort_by_key(&mut keys, |key| rank(key));
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(deeper, out);
                out.push_str(&format!("\"{key}\"{colon}"));
                ordered(&map[key], deeper, out);
            }
            pad(level, out);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(deeper, out);
                ordered(item, deeper, out);
            }
            pad(level, out);
            out.push(']');
        }
        other => out.push_str(&crate::format::json::compact(other)),
    }
}
