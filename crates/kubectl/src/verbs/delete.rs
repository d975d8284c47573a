//! `kubectl delete`: by name, by label, from a file. It waits if the session does. Models kubectl `pkg/cmd/delete`, v0.37.

use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Options, Propagation, Request};

use super::common::{Dry, NO_NAME, NO_RESOURCES, wait};
use super::{files, read};
use crate::args::Args;
use crate::discovery::{self, Resource};
use crate::output::while_doing;
use crate::resource::{Filter, fetch, fetch_all, namespace_of, select};
use crate::session::Patience;
use crate::value::text;
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s force grace-period=i now cascade=?background all selector,l=s \
field-selector=s ignore-not-found wait=?true timeout=d all-namespaces,A output,o=s dry-run=?unchanged raw=s interactive,i";
const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// One object to delete.
struct Target {
    resource: Resource,
    namespace: String,
    name: String,
    file: Option<String>,
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("delete", words, FLAGS)?;
    let mut output = Output::default();
    let options = options(&args, &mut output)?;
    let dry = Dry::read(&args, cluster, &mut output)?;
    if let Some(form) = args.get("output").filter(|o| !o.is_empty() && *o != "name") {
        return Err(Output::error(format!(
            "unexpected -o output mode: {form}. We only support '-o name'"
        )));
    }
    if let Some(path) = args.get("raw").filter(|path| !path.is_empty()) {
        if let Some(file) = args.get("filename") {
            return Err(Output::error(format!(
                "open {file}: no such file or directory"
            )));
        }
        return Ok(super::raw::send(cluster, "DELETE", path));
    }
    let (targets, errors) = targets(cluster, session, &args)?;
    output.append(errors);
    if args.has("interactive") && !targets.is_empty() {
        output.say(format!(
            "You are about to delete the following {} resource(s):",
            targets.len()
        ));
        for target in &targets {
            output.say(format!(
                "{}/{}",
                target.resource.group_singular(),
                target.name
            ));
        }
        output.stdout.push_str("Do you want to continue? (y/N): ");
        let answer = session.files.get("-").map(|text| text.trim());
        if !answer.is_some_and(|answer| answer.eq_ignore_ascii_case("y")) {
            output.say("deletion is cancelled");
            return Ok(output);
        }
    }
    if targets.is_empty() && output.is_ok() {
        return Ok(Output::line("No resources found"));
    }
    if args.has("force") {
        output.warn(FORCED);
    }
    let mut left = Vec::new();
    for target in &targets {
        let before = target
            .resource
            .modelled()
            .and_then(|_| fetch(cluster, target.resource, &target.namespace, &target.name).ok());
        let done = one(cluster, target, options, &args, dry);
        if done.is_ok() && dry == Dry::No {
            left.extend(
                before
                    .map(|item| text(&item.value, "metadata.uid").to_owned())
                    .map(|uid| (target, uid)),
            );
        }
        output.append(done);
    }
    let waits = args.get("wait").is_none_or(|wait| wait == "true");
    // Who was refused one thing waits for none.
    if waits
        && output.is_ok()
        && !args.has("force")
        && matches!(session.patience, Patience::Pass(_))
    {
        let timeout = args.duration_ms("timeout").unwrap_or(0);
        output.printed_at(cluster.world());
        for (target, uid) in left {
            let gone = wait(cluster, session, timeout, |cluster| {
                fetch(cluster, target.resource, &target.namespace, &target.name)
                    .map_or(true, |now| text(&now.value, "metadata.uid") != uid)
            });
            if !gone {
                output.append(Output::error(format!(
                    "timed out waiting for the condition on {}/{}",
                    target.resource.plural, target.name
                )));
                break;
            }
        }
    }
    Ok(output)
}

fn targets(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
) -> Result<(Vec<Target>, Output), Output> {
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut targets = Vec::new();
    let given = |flag: &str| args.get(flag).is_some_and(|text| !text.is_empty());
    let selected = given("selector") || given("field-selector");
    if args.has("all") && selected {
        return Err(Output::error(
            "setting 'all' parameter but found a non empty selector. ",
        ));
    }
    if let Some(folder) = args.get("kustomize") {
        return Err(super::apply::kustomization(session, folder));
    }
    if args.get("filename").is_some() && !args.rest.is_empty() {
        return Err(Output::error(
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        ));
    }
    if args.get("filename").is_some() {
        let texts = files(session, args)?;
        let (objects, errors) = read(&texts, "delete");
        for (file, object) in &objects {
            let text = |path: &[&str]| {
                value::at(object, path)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let own = text(&["metadata", "namespace"]);
            if let Some(wanted) = args
                .get("namespace")
                .filter(|n| !own.is_empty() && *n != own)
            {
                return Err(Output::error(format!(
                    "the namespace from the provided object \"{own}\" does not match the namespace \"{wanted}\". You must pass '--namespace={own}' to perform this operation."
                )));
            }
            let Some(kind) = Kind::from_api(text(&["apiVersion"]), text(&["kind"])) else {
                continue;
            };
            let inside = match text(&["metadata", "namespace"]) {
                "" => &namespace,
                given => given,
            };
            targets.push(Target {
                resource: discovery::of(kind),
                namespace: inside.to_owned(),
                name: text(&["metadata", "name"]).to_owned(),
                file: Some(file.clone()),
            });
        }
        return Ok((targets, errors));
    }
    if args.rest.is_empty() {
        return Err(Output::error(if args.has("all") || selected {
            "at least one resource must be specified to use a selector"
        } else {
            NO_RESOURCES
        }));
    }
    let selection = select(&args.rest)?;
    let chosen = args.has("all") || selected;
    if !selection.named.is_empty() {
        if chosen {
            return Err(Output::error(
                "name cannot be provided when a selector is specified",
            ));
        }
        if args.has("all-namespaces") && selection.resources.iter().any(|r| r.namespaced) {
            return Err(Output::error(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
        for (resource, name) in selection.named {
            targets.push(Target {
                resource,
                namespace: namespace.clone(),
                name,
                file: None,
            });
        }
        return Ok((targets, Output::default()));
    }
    if !chosen {
        return Err(Output::error(NO_NAME));
    }
    let filter = Filter {
        namespace: (!args.has("all-namespaces")).then_some(namespace),
        labels: args.get("selector").unwrap_or_default().to_owned(),
        fields: args.get("field-selector").unwrap_or_default().to_owned(),
    };
    for resource in selection.resources {
        let found = fetch_all(cluster, resource, &filter).map_err(|s| Output::refused(&s))?;
        targets.extend(found.into_iter().map(|item| Target {
            resource,
            namespace: item.namespace().to_owned(),
            name: item.name().to_owned(),
            file: None,
        }));
    }
    Ok((targets, Output::default()))
}

fn options(args: &Args, output: &mut Output) -> Result<DeleteOptions, Output> {
    let mut grace = args.count("grace-period").filter(|grace| *grace >= 0);
    if args.has("now") {
        if grace.is_some() {
            return Err(Output::error(
                "--now and --grace-period cannot be specified together",
            ));
        }
        grace = Some(1);
    }
    if args.has("force") {
        if grace.is_some_and(|g| g > 0) {
            return Err(Output::error(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        grace = Some(0);
    } else if grace == Some(0) {
        // Without --force a grace of 0 is treated as 1.
        grace = Some(1);
    }
    Ok(DeleteOptions {
        grace_secs: grace.map(i64::unsigned_abs),
        propagation: Some(cascade(args, output)?),
        ..DeleteOptions::default()
    })
}

/// `--cascade`. Models kubectl `GetCascadingStrategy`.
///
/// # Errors
/// A value that is none.
pub(super) fn cascade(args: &Args, output: &mut Output) -> Result<Propagation, Output> {
    let deprecated = |given: &str, means: &str| {
        format!(
            "warning: --cascade={given} is deprecated (boolean value) and can be replaced with --cascade={means}."
        )
    };
    Ok(match args.get("cascade") {
        None | Some("background") => Propagation::Background,
        Some("foreground") => Propagation::Foreground,
        Some("orphan") => Propagation::Orphan,
        Some("true") => {
            output.warn(deprecated("true", "background"));
            Propagation::Background
        }
        Some("false") => {
            output.warn(deprecated("false", "orphan"));
            Propagation::Orphan
        }
        Some(other) => {
            return Err(Output::error(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    })
}

fn one(
    cluster: &mut Cluster,
    target: &Target,
    options: DeleteOptions,
    args: &Args,
    dry: Dry,
) -> Output {
    let Target {
        resource,
        namespace,
        name,
        file,
    } = target;
    let answer = match resource.modelled() {
        Some(kind) if dry != Dry::Client => {
            let request = Request::Delete {
                kind,
                namespace: namespace_of(kind, namespace),
                name: name.as_str().into(),
                options,
            };
            let options = Options {
                dry_run: dry == Dry::Server,
                ..Options::default()
            };
            let request = Request::With {
                options,
                request: Box::new(request),
            };
            cluster.request(request).map(|_| ())
        }
        // What only a file names is not looked up.
        _ if file.is_some() => Ok(()),
        _ => crate::resource::find(cluster, *resource, namespace, name).map(|_| ()),
    };
    match answer {
        Ok(()) => {
            if args.get("output") == Some("name") {
                return Output::line(format!("{}/{name}", resource.group_singular()));
            }
            let how = if args.has("force") {
                "force deleted"
            } else {
                "deleted"
            };
            let tells = cluster.world().release().kubectl_tells_namespace();
            let place = if resource.namespaced && tells {
                format!(" from {namespace} namespace")
            } else {
                String::new()
            };
            Output::line(format!(
                "{} \"{name}\" {how}{place}{}",
                resource.group_singular(),
                dry.suffix()
            ))
        }
        Err(status) if status.is_not_found() && args.has("ignore-not-found") => Output::default(),
        Err(status) => match file {
            Some(file) => while_doing(&status, "deleting", file),
            None => Output::refused(&status),
        },
    }
}
