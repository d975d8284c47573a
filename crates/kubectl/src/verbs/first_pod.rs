//! The Pod that `web-0`, `pod/web-0`, `sts/web` or `svc/nginx` means. Models kubectl `pkg/polymorphichelpers` and
//! `podutils.ByLogging`, `ActivePods`, v0.37.

use ordinal_api::Status;
use ordinal_api::list::IntoList;
use ordinal_api::sorted::sort_by_key;
use ordinal_core::Cluster;
use ordinal_core::release::Release;

use crate::Output;
use crate::args::Args;
use crate::discovery;
use crate::resource::{Filter, Item, fetch, fetch_all, select};
use crate::value::{at, entries, has, items, named, number, selector_of, text};
use crate::{Session, clock};

/// Reads `NAME` as a Pod, `TYPE/NAME` as it stands.
///
/// # Errors
/// What kubectl says of the form, of an unknown type, of an object that is not there.
pub(super) fn object(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    argument: &str,
    verb: &str,
) -> Result<Item, Output> {
    let namespace = args.get("namespace").unwrap_or(&session.namespace);
    let (resource, name) = if argument.contains('/') {
        let selection = select(&[argument.to_owned()])?;
        match selection.named.first() {
            Some((resource, name)) => (*resource, name.clone()),
            None => return Err(Output::error("expected a resource")),
        }
    } else {
        (
            discovery::find("pods").map_err(Output::error)?,
            argument.to_owned(),
        )
    };
    fetch(cluster, resource, namespace, &name).map_err(|status| {
        if verb == "logs" && status.is_not_found() {
            Output::error(format!(
                "error from server (NotFound): {} in namespace \"{namespace}\"",
                status.message
            ))
        } else {
            Output::refused(&status)
        }
    })
}

/// The Pods that an object selects, the best one first; a Pod is itself. `doing` is what stands before a reason why there
/// can be none: `cannot get the logs from`.
///
/// # Errors
/// A kind that selects no Pods; none there.
pub(super) fn pods(
    cluster: &mut Cluster,
    object: Item,
    doing: &str,
    restarts_first: bool,
) -> Result<Vec<Item>, Output> {
    let kind = object.resource.kind;
    let labels = match kind {
        "Pod" => return Ok(vec![object]),
        "StatefulSet"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "DaemonSet"
        | "Job" => selector_of(&object.value),
        "Service" if has(&object.value, "spec.selector") => {
            let pairs: Vec<String> = entries(&object.value, "spec.selector")
                .map(|(key, value)| format!("{key}={}", crate::value::plain(value)))
                .into_list();
            pairs.join(",")
        }
        "Service" => {
            return Err(Output::error(format!(
                "{doing} *v1.Service: invalid service '{}': Service is defined without a selector",
                object.name()
            )));
        }
        _ => {
            return Err(Output::error(format!(
                "{doing} *v1.{kind}: selector for *v1.{kind} not implemented"
            )));
        }
    };
    let filter = Filter {
        namespace: Some(object.namespace().to_owned()),
        labels,
        ..Filter::default()
    };
    let resource = discovery::find("pods").map_err(Output::error)?;
    let mut found =
        fetch_all(cluster, resource, &filter).map_err(|status| Output::refused(&status))?;
    if found.is_empty() {
        return Err(Output::error("timed out waiting for the condition"));
    }
    sort_by_key(&mut found, |pod| rank(pod, restarts_first));
    Ok(found)
}

/// Its place: what is scheduled, runs, is ready, and is so for the longest.
fn rank(pod: &Item, restarts_first: bool) -> (bool, u8, bool, bool, i64, i64, i64) {
    let value = &pod.value;
    let ready = named(items(value, "status.conditions"), "type", "Ready");
    let is_ready = text(ready, "status") == "True";
    let moment = |text: &str| clock::parse_ms(text).unwrap_or(i64::MAX);
    let since = match is_ready {
        true => moment(text(ready, "lastTransitionTime")),
        false => 0,
    };
    let restarts = items(value, "status.containerStatuses")
        .iter()
        .map(|status| number(status, "restartCount"))
        .max()
        .unwrap_or_default();
    (
        text(value, "spec.nodeName").is_empty(),
        match text(value, "status.phase") {
            "Unknown" => 1,
            "Pending" => 2,
            _ => 0,
        },
        !is_ready,
        !restarts_first && has(value, "metadata.deletionTimestamp"),
        since,
        if restarts_first { -restarts } else { restarts },
        moment(text(value, "metadata.creationTimestamp")),
    )
}

/// The names of all containers of a Pod: `a, b, c (init)`.
pub(super) fn container_names(pod: &Item) -> String {
    let mut all: Vec<String> = Vec::new();
    for (path, mark) in [
        ("spec.containers", ""),
        ("spec.ephemeralContainers", " (ephem)"),
        ("spec.initContainers", " (init)"),
    ] {
        let names = items(&pod.value, path).iter();
        all.extend(names.map(|c| format!("{}{mark}", text(c, "name"))));
    }
    all.join(", ")
}

/// The container that is meant: the named one, that of the annotation, or the first, which is then told in `output` where
/// there are more.
///
/// # Errors
/// A name that no container has.
pub(super) fn container(
    pod: &Item,
    name: &str,
    verb: &str,
    release: Release,
    output: &mut Output,
) -> Result<String, Output> {
    let annotated = at(&pod.value, "metadata.annotations")
        .get("kubectl.kubernetes.io/default-container")
        .and_then(|name| name.as_str())
        .unwrap_or_default();
    let name = if name.is_empty() { annotated } else { name };
    let all = container_names(pod);
    if name.is_empty() {
        let first = items(&pod.value, "spec.containers").first();
        let first = first
            .map(|c| text(c, "name"))
            .unwrap_or_default()
            .to_owned();
        if all.contains(", ") {
            output.warn(format!("Defaulted container \"{first}\" out of: {all}"));
        }
        return Ok(first);
    }
    let known = all
        .split(", ")
        .any(|known| known.split(' ').next() == Some(name));
    if known {
        return Ok(name.to_owned());
    }
    let pod = pod.name();
    let invalid = format!("container {name} is not valid for pod {pod}");
    Err(match verb {
        _ if release.lists_containers() => Output::error(format!("{invalid} out of: {all}")),
        "logs" => Output::error(invalid),
        // The server says so.
        "exec" => Output::refused(&Status::bad_request(invalid)),
        _ => Output::error(format!("container {name} not found in pod {pod}")),
    })
}
