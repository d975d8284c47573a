//! `kubectl logs`: what the programs of containers said. Models kubectl `pkg/cmd/logs` and what the API server and the
//! kubelet say where there is nothing to read, v0.37.

use ordinal_api::Status;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::common::wait;
use super::first_pod::{container, object, pods};
use super::get::nothing;
use crate::args::{Args, misuse};
use crate::programs::{Inside, net};
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::value::{at, has, items, named, text};
use crate::{Output, Session, clock, discovery};

const FLAGS: &str = "all-containers all-pods container,c=s follow,f ignore-errors insecure-skip-tls-verify-backend limit-bytes=i \
max-log-requests=i pod-running-timeout=d prefix previous,p selector,l=s since=d since-time=s tail=i timestamps";
const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// What a program says when it starts: part of the image's name, lines. `{clock}` is the moment as nginx writes it,
/// `{iso}` in ISO 8601, `{tag}` the tag of the image.
const STARTS: &[(&str, &[&str])] = &[
    (
        "nginx",
        &[
            "{clock} [notice] 1#1: using the \"epoll\" event method",
            "{clock} [notice] 1#1: nginx/{tag}",
            "{clock} [notice] 1#1: start worker processes",
            "{clock} [notice] 1#1: start worker process 29",
        ],
    ),
    (
        "quarkus",
        &[
            "__  ____  __  _____   ___  __ ____  ______ ",
            " --/ __ \\/ / / / _ | / _ \\/ //_/ / / / __/ ",
            " -/ /_/ / /_/ / __ |/ , _/ ,< / /_/ /\\ \\   ",
            "--\\___\\_\\____/_/ |_/_/|_/_/|_|\\____/___/   ",
            "{iso} INFO  [io.quarkus] (main) Profile prod activated. ",
        ],
    ),
    (
        "mysql",
        &["{iso} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections."],
    ),
    (
        "mongo",
        &["{iso} I NETWORK  [initandlisten] waiting for connections on port 27017"],
    ),
];

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn check(args: &Args) -> Result<(), Output> {
    let fault = |text: &str| Err(Output::error(text));
    let selected = args.get("selector").is_some_and(|text| !text.is_empty());
    match args.rest.len() {
        0 if !selected => return Err(misuse("logs", USAGE)),
        1 if selected => {
            return Err(misuse(
                "logs",
                "only a selector (-l) or a POD name is allowed",
            ));
        }
        0..=2 => {}
        _ => return Err(misuse("logs", USAGE)),
    }
    let inline = args.rest.get(1).map(String::as_str);
    if let Some(moment) = args.get("since-time").filter(|text| !text.is_empty()) {
        if clock::parse_ms(moment).is_none() {
            return Err(Output::error(format!(
                "parsing time \"{moment}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{moment}\" as \"2006\""
            )));
        }
        if args.duration_ms("since").unwrap_or_default() != 0 {
            return fault("at most one of `sinceTime` or `sinceSeconds` may be specified");
        }
    }
    let named = inline.or(args.get("container")).unwrap_or_default();
    if args.has("all-containers") && !named.is_empty() {
        return Err(Output::error(format!(
            "--all-containers=true should not be specified with container name {named}"
        )));
    }
    if args.get("container").is_some() && inline.is_some() {
        return fault("only one of -c or an inline [CONTAINER] arg is allowed");
    }
    if args.count("limit-bytes").unwrap_or_default() < 0 {
        return fault("--limit-bytes must be greater than 0");
    }
    if args.duration_ms("since").unwrap_or_default() < 0 {
        return fault("--since must be greater than 0");
    }
    if args.count("tail").unwrap_or(-1) < -1 {
        return fault("--tail must be greater than or equal to -1");
    }
    Ok(())
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("logs", words, FLAGS)?;
    // Objects are looked for before the flags are weighed.
    if args.rest.len() > 2 || args.rest.is_empty() {
        check(&args)?;
    }
    let mut output = Output::default();
    let namespace = args.get("namespace").unwrap_or(&session.namespace);
    let selected = args.get("selector").unwrap_or_default();
    let found = match args.rest.first() {
        Some(_) if !selected.is_empty() => {
            check(&args)?;
            Vec::new()
        }
        Some(first) => {
            let object = object(cluster, session, &args, first, "logs")?;
            check(&args)?;
            let mut found = pods(cluster, object, "cannot get the logs from", true)?;
            if !args.has("all-pods") {
                if found.len() > 1 {
                    output.warn(format!(
                        "Found {} pods, using pod/{}",
                        found.len(),
                        found[0].name()
                    ));
                }
                found.truncate(1);
            }
            found
        }
        None => {
            let filter = Filter {
                namespace: Some(namespace.to_owned()),
                labels: selected.to_owned(),
                ..Filter::default()
            };
            let resource = discovery::find("pods").map_err(Output::error)?;
            let found =
                fetch_all(cluster, resource, &filter).map_err(|status| Output::refused(&status))?;
            if found.is_empty() {
                output.warn(nothing(namespace, false));
            }
            found
        }
    };
    let wanted = args.rest.get(1).map(String::as_str);
    let wanted = wanted.or(args.get("container")).unwrap_or_default();
    let release = cluster.world().release();
    let mut sources = Vec::new();
    for pod in &found {
        if args.has("all-containers") {
            for path in [
                "spec.initContainers",
                "spec.containers",
                "spec.ephemeralContainers",
            ] {
                for container in items(&pod.value, path) {
                    sources.push((pod, text(container, "name").to_owned()));
                }
            }
        } else {
            let mut told = Output::default();
            let name = container(pod, wanted, "logs", release, &mut told);
            if !args.has("all-pods") {
                output.append(told);
            }
            match name {
                Ok(name) => sources.push((pod, name)),
                Err(error) => {
                    output.append(error);
                    return Ok(output);
                }
            }
        }
    }
    let most = args.count("max-log-requests").unwrap_or(5);
    if args.has("follow") && sources.len() > 1 && sources.len() as i64 > most {
        output.append(Output::error(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
            sources.len()
        )));
        return Ok(output);
    }
    for (pod, name) in &sources {
        match lines(cluster, pod, name, args.has("previous")) {
            Ok(lines) => print(
                cluster,
                &args,
                pod,
                name,
                lines,
                !selected.is_empty(),
                &mut output,
            ),
            Err(error) if args.has("ignore-errors") => {
                let told = error.stderr.trim_end();
                let why = told.split_once("): ").map_or(told, |(_, why)| why);
                output.say(format!("error: {why}"));
            }
            Err(error) => {
                output.append(error);
                return Ok(output);
            }
        }
    }
    if args.has("follow")
        && let [(pod, name)] = sources.as_slice()
    {
        wait(cluster, session, 0, |cluster| {
            Inside::of(cluster.world(), pod.namespace(), pod.name(), name)
                .is_none_or(|inside| !inside.runs(cluster.world()))
        });
    }
    Ok(output)
}

/// A line and when it was said, in milliseconds.
type Line = (i64, String);

fn print(
    cluster: &Cluster,
    args: &Args,
    pod: &Item,
    name: &str,
    mut lines: Vec<Line>,
    selected: bool,
    output: &mut Output,
) {
    let now = clock::now_ms(cluster.world());
    let since = match (args.duration_ms("since"), args.get("since-time")) {
        (Some(ms), _) if ms > 0 => Some(now - ms),
        (_, Some(moment)) => clock::parse_ms(moment),
        _ => None,
    };
    lines.retain(|(at, _)| since.is_none_or(|since| *at >= since));
    let tail = match args.count("tail") {
        None if selected => 10,
        None | Some(-1) => i64::MAX,
        Some(tail) => tail,
    };
    let skipped = lines
        .len()
        .saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
    let prefix = match args.has("prefix") || args.has("all-pods") {
        true => format!("[pod/{}/{name}] ", pod.name()),
        false => String::new(),
    };
    let mut left = args
        .count("limit-bytes")
        .filter(|limit| *limit > 0)
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    for (at, line) in lines.into_iter().skip(skipped) {
        let mut line = match args.has("timestamps") {
            true => format!(
                "{} {line}\n",
                clock::rfc3339(at).replace('Z', ".000000000Z")
            ),
            false => format!("{line}\n"),
        };
        let mut end = left.min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.truncate(end);
        left -= end;
        if !line.is_empty() {
            output.stdout.push_str(&prefix);
            output.stdout.push_str(&line);
        }
    }
}

/// What a container said, or why there is nothing to read. Models `LogLocation` and `validateContainerLogStatus`.
fn lines(
    cluster: &mut Cluster,
    pod: &Item,
    name: &str,
    previous: bool,
) -> Result<Vec<Line>, Output> {
    let now = fetch(cluster, pod.resource, pod.namespace(), pod.name())
        .map_err(|status| Output::refused(&status))?;
    let pod = &now.value;
    let pod_name = now.name();
    // Without a machine there is nobody to ask, and nothing is said.
    if text(pod, "spec.nodeName").is_empty() {
        return Ok(Vec::new());
    }
    if !net::is_linked(cluster.world(), now.namespace(), pod_name) {
        let host = text(pod, "status.hostIP");
        let mut output = Output::default();
        output.warn(format!(
            "Error from server: Get \"https://{host}:10250/containerLogs/{}/{pod_name}/{name}\": dial tcp {host}:10250: connect: no route to host",
            now.namespace()
        ));
        output.exit = 1;
        return Err(output);
    }
    let refused = |why: String| Err(Output::refused(&Status::bad_request(why)));
    let status = [
        "status.containerStatuses",
        "status.initContainerStatuses",
        "status.ephemeralContainerStatuses",
    ]
    .iter()
    .map(|path| named(items(pod, path), "name", name))
    .find(|status| !status.is_null());
    let of = format!("container \"{name}\" in pod \"{pod_name}\"");
    let Some(status) = status else {
        return refused(format!("{of} is not available"));
    };
    let last = at(status, "lastState.terminated");
    let run = if previous {
        if last.is_null() {
            return refused(format!("previous terminated {of} not found"));
        }
        last
    } else if has(status, "state.running") {
        at(status, "state.running")
    } else if has(status, "state.terminated") {
        at(status, "state.terminated")
    } else if !last.is_null() {
        last
    } else {
        let why = match text(status, "state.waiting.reason") {
            "" => return refused(format!("{of} is waiting to start - no logs yet")),
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            other => other,
        };
        return refused(format!("{of} is waiting to start: {why}"));
    };
    let started = clock::parse_ms(text(run, "startedAt")).unwrap_or_default();
    Ok(said(text(status, "image"), started))
}

/// What the program of an image says when it starts.
fn said(image: &str, started: i64) -> Vec<Line> {
    let name = image.rsplit('/').next().unwrap_or(image);
    let (name, tag) = name.split_once(':').unwrap_or((name, "latest"));
    let tag = tag.split('-').next().unwrap_or(tag);
    let found = STARTS.iter().find(|(part, _)| name.contains(part));
    let iso = clock::rfc3339(started);
    let moment = iso.replace('-', "/").replace('T', " ").replace('Z', "");
    found
        .map_or(&[][..], |(_, lines)| *lines)
        .iter()
        .map(|line| {
            let line = line.replace("{clock}", &moment).replace("{iso}", &iso);
            (started, line.replace("{tag}", tag))
        })
        .into_list()
}
