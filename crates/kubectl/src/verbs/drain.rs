//! `kubectl cordon`, `uncordon` and `drain`. Models kubectl `pkg/cmd/drain` and `pkg/drain`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Status};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, PatchType, Request};
use serde_json::{Value, json};

use super::common::{Dry, patch, send, wait};
use crate::args::{Args, misuse};
use crate::discovery::{self, Resource};
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::selectors;
use crate::value::{at, controller, flag, has, items, number, text};
use crate::{Output, Session};

const FLAGS: &str = "selector,l=s dry-run=?unchanged delete-emptydir-data disable-eviction force grace-period=i \
ignore-daemonsets pod-selector=s timeout=d skip-wait-for-delete-timeout=i chunk-size=i";
const CORDON: &str = "selector,l=s dry-run=?unchanged";

/// Runs `kubectl cordon`.
pub(super) fn cordon(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    mark(cluster, session, words, "cordon")
}

/// Runs `kubectl uncordon`.
pub(super) fn uncordon(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    mark(cluster, session, words, "uncordon")
}

fn mark(cluster: &mut Cluster, _session: &mut Session, words: &[&str], verb: &str) -> Output {
    let marked = || {
        let args = Args::read(verb, words, CORDON)?;
        let mut output = Output::default();
        let dry = Dry::read(&args, cluster, &mut output)?;
        for node in nodes(cluster, &args, verb)? {
            output.append(schedule(cluster, &node, verb == "cordon", dry));
        }
        Ok(output)
    };
    let mut marked = marked;
    match marked() {
        Ok(output) | Err(output) => output,
    }
}

/// Runs `kubectl drain`.
pub(super) fn drain(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_drain(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn node_resource() -> Result<Resource, Output> {
    discovery::find("nodes").map_err(Output::error)
}

fn nodes(cluster: &mut Cluster, args: &Args, verb: &str) -> Result<Vec<Item>, Output> {
    let resource = node_resource()?;
    let by_label = args.get("selector");
    if args.rest.is_empty() && by_label.is_none() {
        return Err(misuse(verb, &format!("USAGE: {verb} NODE [flags]")));
    }
    if !args.rest.is_empty() && by_label.is_some() {
        return Err(Output::error(
            "error: cannot specify both a node name and a --selector option",
        ));
    }
    if let Some(labels) = by_label {
        let filter = Filter {
            labels: labels.to_owned(),
            ..Filter::default()
        };
        return fetch_all(cluster, resource, &filter).map_err(|s| Output::refused(&s));
    }
    let (mut found, mut errors) = (Vec::new(), Output::default());
    for name in &args.rest {
        let name = ["node/", "nodes/", "no/"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        match fetch(cluster, resource, "", name) {
            Ok(item) => found.push(item),
            Err(status) => errors.append(Output::refused(&status)),
        }
    }
    if errors.is_ok() {
        Ok(found)
    } else {
        Err(errors)
    }
}

fn schedule(cluster: &mut Cluster, node: &Item, wanted: bool, dry: Dry) -> Output {
    let word = if wanted { "cordoned" } else { "uncordoned" };
    let name = node.typed_name();
    if flag(&node.value, "spec.unschedulable") == wanted {
        return Output::line(format!("{name} already {word}{}", dry.suffix()));
    }
    let value = if wanted { json!(true) } else { Value::Null };
    let body = json!({"spec": {"unschedulable": value}});
    let request = patch(node.resource, "", node.name(), PatchType::Merge, body);
    let answer = match (request, dry) {
        (Some(request), Dry::No | Dry::Server) => send(cluster, request, dry).map(|_| ()),
        _ => Ok(()),
    };
    match answer {
        Ok(()) => Output::line(format!("{name} {word}{}", dry.suffix())),
        Err(status) => Output::refused(&status),
    }
}

fn try_drain(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
) -> Result<Output, Output> {
    let args = Args::read("drain", words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    if let Some(labels) = args.get("pod-selector") {
        selectors::labels(labels).map_err(Output::error)?;
    }
    let nodes = nodes(cluster, &args, "drain")?;
    for node in &nodes {
        output.append(schedule(cluster, node, true, dry));
    }
    let (mut pending, mut errors) = (Vec::new(), Vec::new());
    for node in &nodes {
        match empty(cluster, session, &args, node, dry, &mut output) {
            Ok(()) => output.say(format!("{} drained{}", node.typed_name(), dry.suffix())),
            Err(whys) => {
                let all = if let [only] = whys.as_slice() {
                    only.clone()
                } else {
                    format!("[{}]", whys.join(", "))
                };
                output.append(Output::error(format!(
                    "unable to drain node \"{}\" due to error: {all}, continuing command...",
                    node.name()
                )));
                pending.push(node.name().to_owned());
                errors.extend(whys);
            }
        }
    }
    if !pending.is_empty() {
        output.warn("There are pending nodes to be drained:");
        for name in pending {
            output.warn(format!(" {name}"));
        }
        for error in errors {
            output.warn(error);
        }
        output.exit = 1;
    }
    Ok(output)
}

/// What is to be done with a Pod.
enum Verdict {
    Skip,
    Delete(Option<&'static str>),
    Ignore(&'static str),
    Refuse(&'static str),
}

const DAEMONS: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL: &str = "Pods with local storage (use --delete-emptydir-data to override)";
const BARE: &str = "Pods that declare no controller (use --force to override)";

fn verdict(cluster: &mut Cluster, args: &Args, pod: &Item) -> Verdict {
    let object = &pod.value;
    let finished = matches!(text(object, "status.phase"), "Succeeded" | "Failed");
    let owner = controller(object);
    if let Some(owner) = owner.filter(|owner| text(owner, "kind") == "DaemonSet" && !finished) {
        let set = discovery::find("daemonsets")
            .ok()
            .map(|resource| fetch(cluster, resource, pod.namespace(), text(owner, "name")));
        if matches!(set, Some(Ok(_))) {
            return if args.has("ignore-daemonsets") {
                Verdict::Ignore("ignoring DaemonSet-managed Pods")
            } else {
                Verdict::Refuse(DAEMONS)
            };
        }
    }
    if at(object, "metadata.annotations")
        .get("kubernetes.io/config.mirror")
        .is_some()
    {
        return Verdict::Skip;
    }
    if finished {
        return Verdict::Delete(None);
    }
    let mut warning = None;
    let local = items(object, "spec.volumes")
        .iter()
        .any(|volume| has(volume, "emptyDir"));
    if local {
        if !args.has("delete-emptydir-data") {
            return Verdict::Refuse(LOCAL);
        }
        warning = Some("deleting Pods with local storage");
    }
    if owner.is_none() {
        if !args.has("force") {
            return Verdict::Refuse(BARE);
        }
        warning = Some("deleting Pods that declare no controller");
    }
    Verdict::Delete(warning)
}

/// Takes the Pods off a node.
fn empty(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    node: &Item,
    dry: Dry,
    output: &mut Output,
) -> Result<(), Vec<String>> {
    let resource = discovery::find("pods").map_err(|why| vec![why])?;
    let filter = Filter {
        labels: args.get("pod-selector").unwrap_or_default().to_owned(),
        fields: format!("spec.nodeName={}", node.name()),
        namespace: None,
    };
    let all = fetch_all(cluster, resource, &filter).map_err(|status| vec![status.message])?;
    let (mut pods, mut warnings, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    let note = |list: &mut Vec<(&'static str, Vec<String>)>, why: &'static str, pod: &Item| {
        let name = format!("{}/{}", pod.namespace(), pod.name());
        match list.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => list.push((why, vec![name])),
        }
    };
    let skipped = args.count("skip-wait-for-delete-timeout").unwrap_or(0);
    for pod in all {
        let deleting = text(&pod.value, "metadata.deletionTimestamp");
        if skipped > 0 && !deleting.is_empty() {
            let now = crate::clock::now_ms(cluster.world());
            let since = crate::clock::parse_ms(deleting).map_or(0, |at| now - at);
            if since > skipped * 1000 {
                continue;
            }
        }
        match verdict(cluster, args, &pod) {
            Verdict::Skip => {}
            Verdict::Ignore(why) => note(&mut warnings, why, &pod),
            Verdict::Refuse(why) => note(&mut refusals, why, &pod),
            Verdict::Delete(why) => {
                if let Some(why) = why.filter(|why| *why != "deleting Pods with local storage") {
                    note(&mut warnings, why, &pod);
                }
                pods.push(pod);
            }
        }
    }
    if !refusals.is_empty() {
        return Err(refusals
            .into_iter()
            .map(|(why, names)| format!("cannot delete {why}: {}", names.join(", ")))
            .collect());
    }
    if !warnings.is_empty() {
        let texts: Vec<String> = warnings
            .into_iter()
            .map(|(why, names)| format!("{why}: {}", names.join(", ")))
            .into_list();
        output.warn(format!("Warning: {}", texts.join("; ")));
    }
    evict(cluster, session, args, node, &pods, dry, output)
}

/// A budget that allows no disruption of a Pod now.
fn forbidden(cluster: &mut Cluster, pod: &Item) -> bool {
    let Ok(resource) = discovery::find("poddisruptionbudgets") else {
        return false;
    };
    if text(&pod.value, "status.phase") == "Pending"
        || has(&pod.value, "metadata.deletionTimestamp")
    {
        return false;
    }
    let filter = Filter {
        namespace: Some(pod.namespace().to_owned()),
        ..Filter::default()
    };
    let labels: ordinal_api::Labels =
        ordinal_api::value::text_map(pod.value["metadata"].get("labels"));
    let budgets = fetch_all(cluster, resource, &filter).unwrap_or_default();
    budgets.iter().any(|budget| {
        let written = crate::value::selector(at(&budget.value, "spec.selector"));
        let covers = selectors::labels(&written)
            .is_ok_and(|selector| written != "<none>" && selector.matches(&labels));
        covers && number(&budget.value, "status.disruptionsAllowed") < 1
    })
}

fn evict(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    node: &Item,
    pods: &[Item],
    dry: Dry,
    output: &mut Output,
) -> Result<(), Vec<String>> {
    const RETRY_MS: i64 = 5000;
    let timeout = args.duration_ms("timeout").unwrap_or(0);
    let by_deletion = args.has("disable-eviction");
    let named = |pod: &Item| format!("pods/\"{}\" -n \"{}\"", pod.name(), pod.namespace());
    let started = crate::clock::now_ms(cluster.world());
    let mut errors: Vec<(String, &Item)> = Vec::new();
    for pod in pods {
        loop {
            if !by_deletion {
                output.say(format!(
                    "evicting pod {}/{}{}",
                    pod.namespace(),
                    pod.name(),
                    dry.suffix()
                ));
            }
            let over = crate::clock::now_ms(cluster.world()) - started;
            if timeout > 0 && over >= timeout {
                let given = args.get("timeout").unwrap_or_default();
                errors.push((
                    format!(
                        "error when evicting {}: global timeout reached: {given}",
                        named(pod)
                    ),
                    pod,
                ));
                break;
            }
            if dry != Dry::No {
                break;
            }
            if by_deletion || !forbidden(cluster, pod) {
                match delete(cluster, args, pod) {
                    Ok(()) => {}
                    Err(status) if status.is_not_found() => {}
                    Err(status) => errors.push((
                        format!("error when evicting {}: {}", named(pod), status.message),
                        pod,
                    )),
                }
                break;
            }
            output.warn(format!(
                "error when evicting {} (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.",
                named(pod)
            ));
            let until = crate::clock::now_ms(cluster.world()) + RETRY_MS;
            let passed = wait(cluster, session, RETRY_MS, |cluster| {
                crate::clock::now_ms(cluster.world()) >= until
            });
            let waited = crate::clock::now_ms(cluster.world()) - started;
            if !passed || waited > 3_600_000 {
                return Err(vec![
                    "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
                ]);
            }
        }
    }
    if !errors.is_empty() {
        let (whys, left): (Vec<String>, Vec<&Item>) = errors.into_iter().unzip();
        let all = if let [only] = whys.as_slice() {
            only.clone()
        } else {
            format!("[{}]", whys.join(", "))
        };
        output.warn(format!(
            "There are pending pods in node \"{}\" when an error occurred: {all}",
            node.name()
        ));
        for pod in left {
            output.warn(pod.typed_name());
        }
        return Err(whys);
    }
    if dry != Dry::No {
        return Ok(());
    }
    let word = if by_deletion { "deleted" } else { "evicted" };
    for pod in pods {
        let uid = text(&pod.value, "metadata.uid").to_owned();
        let gone = wait(cluster, session, timeout, |cluster| {
            fetch(cluster, pod.resource, pod.namespace(), pod.name())
                .map_or(true, |now| text(&now.value, "metadata.uid") != uid)
        });
        if gone || matches!(session.patience, crate::session::Patience::None) {
            output.say(format!("{} {word}", pod.typed_name()));
        } else {
            return Err(vec![format!(
                "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: global timeout reached: {}",
                pod.name(),
                pod.namespace(),
                args.get("timeout").unwrap_or("0s")
            )]);
        }
    }
    Ok(())
}

fn delete(cluster: &mut Cluster, args: &Args, pod: &Item) -> Result<(), Status> {
    let grace = args.count("grace-period").filter(|grace| *grace >= 0);
    let request = Request::Delete {
        kind: Kind::Pod,
        namespace: pod.namespace().into(),
        name: pod.name().into(),
        options: DeleteOptions {
            grace_secs: grace.map(i64::unsigned_abs),
            ..DeleteOptions::default()
        },
    };
    cluster.request(request).map(|_| ())
}
