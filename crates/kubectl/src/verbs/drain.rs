//! `kubectl cordon`, `uncordon` and `drain`. Models kubectl `pkg/cmd/drain` and `pkg/drain`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::{Value, json};

use super::common::{Dry, patch, send};
use super::evict::{Drive, Flight};
use crate::args::{Args, misuse};
use crate::discovery::{self, Resource};
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::selectors;
use crate::value::{at, controller, flag, has, items, text};
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
        return Err(misuse(
            verb,
            "cannot specify both a node name and a --selector option",
        ));
    }
    if let Some(labels) = by_label {
        let filter = Filter {
            labels: labels.to_owned(),
            ..Filter::default()
        };
        return fetch_all(cluster, resource, &filter).map_err(|s| Output::refused(&s));
    }
    let mut found = Vec::new();
    for name in &args.rest {
        let type_ = name
            .split_once('/')
            .and_then(|(type_, _)| discovery::find(type_).ok());
        if let Some(other) = type_.filter(|type_| type_.kind != "Node") {
            let (version, plural) = (other.version, other.plural);
            let what = match other.group() {
                "" => format!("/{version}"),
                _ => version.to_owned(),
            };
            let why = format!("expected resource of type node, got \"{what}, Resource={plural}\"");
            return Err(Output::error(why));
        }
        let name = ["node/", "nodes/", "no/"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        match fetch(cluster, resource, "", name) {
            Ok(item) => found.push(item),
            Err(status) => return Err(Output::refused(&status)),
        }
    }
    Ok(found)
}

fn schedule(cluster: &mut Cluster, node: &Item, wanted: bool, dry: Dry) -> Output {
    let word = if wanted { "cordoned" } else { "uncordoned" };
    let name = node.typed_name();
    if flag(&node.value, "spec.unschedulable") == wanted {
        return Output::line(format!("{name} already {word}{}", dry.suffix()));
    }
    let value = if wanted { json!(true) } else { Value::Null };
    let body = json!({"spec": {"unschedulable": value}});
    let request = patch(node.resource, "", node.name(), PatchType::Strategic, body);
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
        selectors::labels(labels).map_err(|_| {
            Output::error("--pod-selector=<pod_selector> must be a valid label selector")
        })?;
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
                let all = together(&whys);
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
    Delete(Option<String>),
    Ignore(String),
    Refuse(String),
}

const DAEMONS: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL: &str = "Pods with local storage (use --delete-emptydir-data to override)";

fn verdict(cluster: &mut Cluster, args: &Args, pod: &Item) -> Verdict {
    let object = &pod.value;
    let finished = matches!(text(object, "status.phase"), "Succeeded" | "Failed");
    let owner = controller(object);
    let daemon = |owner: &&Value| {
        text(owner, "kind") == "DaemonSet" && text(owner, "apiVersion") == "apps/v1"
    };
    if let Some(owner) = owner.filter(daemon).filter(|_| !finished) {
        let set = discovery::find("daemonsets")
            .ok()
            .map(|resource| fetch(cluster, resource, pod.namespace(), text(owner, "name")));
        match set {
            Some(Err(status)) if status.is_not_found() && args.has("force") => {}
            Some(Err(status)) => return Verdict::Refuse(status.message),
            _ if args.has("ignore-daemonsets") => {
                return Verdict::Ignore("ignoring DaemonSet-managed Pods".to_owned());
            }
            _ => return Verdict::Refuse(DAEMONS.to_owned()),
        }
    }
    if at(object, "metadata.annotations")
        .get("kubernetes.io/config.mirror")
        .is_some()
    {
        return Verdict::Skip;
    }
    // Of warnings only the last filter's counts: what the others would say is dropped.
    let mut warning = None;
    if !finished {
        let local = items(object, "spec.volumes")
            .iter()
            .any(|volume| has(volume, "emptyDir"));
        if local && !args.has("delete-emptydir-data") {
            return Verdict::Refuse(LOCAL.to_owned());
        }
        if owner.is_none() {
            if !args.has("force") {
                let text = cluster.world().release().pods_without_controller_text();
                return Verdict::Refuse(text.to_owned());
            }
            warning = Some("deleting Pods that declare no controller".to_owned());
        }
    }
    Verdict::Delete(warning)
}

/// The Pods of a node that are to go, and what is said of those that stay or go at a cost.
#[derive(Default)]
struct Chosen {
    pods: Vec<Item>,
    warnings: Vec<(String, Vec<String>)>,
    refusals: Vec<(String, Vec<String>)>,
}

impl Chosen {
    fn errors(self) -> Vec<String> {
        self.refusals
            .into_iter()
            .map(|(why, names)| format!("cannot delete {why}: {}", names.join(", ")))
            .into_list()
    }
}

/// Goes through the Pods of a node. Models `GetPodsForDeletion` and the filters.
fn choose(cluster: &mut Cluster, args: &Args, node: &Item) -> Result<Chosen, Vec<String>> {
    let resource = discovery::find("pods").map_err(|why| vec![why])?;
    let filter = Filter {
        labels: args.get("pod-selector").unwrap_or_default().to_owned(),
        fields: format!("spec.nodeName={}", node.name()),
        namespace: None,
    };
    let all = fetch_all(cluster, resource, &filter).map_err(|status| vec![status.message])?;
    let note = |list: &mut Vec<(String, Vec<String>)>, why: String, pod: &Item| {
        let name = format!("{}/{}", pod.namespace(), pod.name());
        match list.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => list.push((why, vec![name])),
        }
    };
    let mut chosen = Chosen::default();
    for pod in all {
        if is_past_waiting(cluster, args, &pod) {
            continue;
        }
        match verdict(cluster, args, &pod) {
            Verdict::Skip => {}
            Verdict::Ignore(why) => note(&mut chosen.warnings, why, &pod),
            Verdict::Refuse(why) => note(&mut chosen.refusals, why, &pod),
            Verdict::Delete(why) => {
                if let Some(why) = why {
                    note(&mut chosen.warnings, why, &pod);
                }
                chosen.pods.push(pod);
            }
        }
    }
    Ok(chosen)
}

/// Whether a Pod has been terminating for longer than `--skip-wait-for-delete-timeout`. Models `shouldSkipPod`.
pub(super) fn is_past_waiting(cluster: &Cluster, args: &Args, pod: &Item) -> bool {
    let skipped = args.count("skip-wait-for-delete-timeout").unwrap_or(0);
    let deleting = text(&pod.value, "metadata.deletionTimestamp");
    let now = crate::clock::now_ms(cluster.world());
    let since = crate::clock::parse_ms(deleting).map_or(0, |at| (now - at) / 1000);
    skipped > 0 && since > skipped
}

/// Takes the Pods off a node. Models `deleteOrEvictPodsSimple`.
fn empty(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    node: &Item,
    dry: Dry,
    output: &mut Output,
) -> Result<(), Vec<String>> {
    let mut chosen = choose(cluster, args, node)?;
    if !chosen.refusals.is_empty() {
        return Err(chosen.errors());
    }
    let warnings: Vec<String> = std::mem::take(&mut chosen.warnings)
        .into_iter()
        .map(|(why, names)| format!("{why}: {}", names.join(", ")))
        .into_list();
    if !warnings.is_empty() {
        output.warn(format!("Warning: {}", warnings.join("; ")));
    }
    if dry == Dry::Client {
        for pod in &chosen.pods {
            output.say(evicting(pod, dry));
        }
        return Ok(());
    }
    let mut drive = Drive {
        timeout_ms: args.duration_ms("timeout").unwrap_or(0),
        begun: crate::clock::now_ms(cluster.world()),
        by_deletion: args.has("disable-eviction"),
        args,
        dry,
        flights: chosen.pods.into_iter().map(Flight::new).into_list(),
        output,
        errors: Vec::new(),
    };
    drive.run(cluster, session);
    let errors = drive.errors;
    if errors.is_empty() {
        return Ok(());
    }
    let pending = choose(cluster, args, node)?;
    if !pending.pods.is_empty() {
        output.warn(format!(
            "There are pending pods in node \"{}\" when an error occurred: {}",
            node.name(),
            together(&errors)
        ));
        for pod in &pending.pods {
            output.warn(pod.typed_name());
        }
    }
    let again = pending.errors();
    if !again.is_empty() {
        let all = together(&again);
        output.stderr.push_str(&format!(
            "Following errors occurred while getting the list of pods to delete:\n{all}"
        ));
    }
    Err(errors)
}

/// Several errors as one text; each is told once. Models apimachinery `errors.NewAggregate`.
fn together(errors: &[String]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for error in errors {
        if !told.contains(&error.as_str()) {
            told.push(error);
        }
    }
    match told.as_slice() {
        [only] => (*only).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// What is said when an eviction is tried.
pub(super) fn evicting(pod: &Item, dry: Dry) -> String {
    format!(
        "evicting pod {}/{}{}",
        pod.namespace(),
        pod.name(),
        dry.suffix()
    )
}
