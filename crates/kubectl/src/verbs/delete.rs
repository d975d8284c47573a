//! `kubectl delete`: by name, by label, from a file. It does not wait here: time is the caller's.

use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Propagation, Request};

use super::{files, read};
use crate::args::{Args, switch, value as flag};
use crate::output::while_doing;
use crate::resource::{list, namespace_of, selector, targets};
use crate::{Output, Session};

const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let known = [
        flag("filename", Some('f')),
        switch("force", None),
        flag("grace-period", None),
        switch("now", None),
        flag("cascade", None),
        switch("all", None),
        flag("selector", Some('l')),
        switch("ignore-not-found", None),
        switch("wait", None),
        flag("timeout", None),
    ];
    let args = match Args::parse("delete", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let options = match options(&args) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    let mut all: Vec<(Kind, String, String, Option<String>)> = Vec::new();
    if args.get("filename").is_some() {
        let texts = match files(session, args.all("filename")) {
            Ok(texts) => texts,
            Err(output) => return output,
        };
        let (objects, errors) = read(&texts, "delete");
        for (file, object) in &objects {
            let text = |path: &[&str]| {
                value::at(object, path)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let Some(kind) = Kind::from_api(text(&["apiVersion"]), text(&["kind"])) else {
                continue;
            };
            let inside = if text(&["metadata", "namespace"]).is_empty() {
                &namespace
            } else {
                text(&["metadata", "namespace"])
            };
            all.push((
                kind,
                inside.to_owned(),
                text(&["metadata", "name"]).to_owned(),
                Some(file.clone()),
            ));
        }
        output.append(errors);
    } else {
        let targets = match targets(&args.rest) {
            Ok(targets) => targets,
            Err(output) => return output,
        };
        if targets.kinds.is_empty() {
            return Output::error(
                "You must provide one or more resources by argument or filename.",
            );
        }
        if targets.named.is_empty() {
            if !args.has("all") && args.get("selector").is_none() {
                return Output::error("resource(s) were provided, but no name was specified");
            }
            let selector = selector(args.get("selector").unwrap_or_default());
            for kind in &targets.kinds {
                let found = list(cluster, *kind, Some(&namespace), &selector);
                all.extend(
                    found
                        .iter()
                        .map(|o| (*kind, namespace.clone(), o.meta.name.to_string(), None)),
                );
            }
            if all.is_empty() {
                return Output::line("No resources found");
            }
        }
        all.extend(
            targets
                .named
                .into_iter()
                .map(|(kind, name)| (kind, namespace.clone(), name, None)),
        );
    }
    if args.has("force") {
        output.warn(FORCED);
    }
    for (kind, namespace, name, file) in all {
        output.append(one(
            cluster,
            kind,
            &namespace,
            &name,
            file.as_deref(),
            options,
            &args,
        ));
    }
    output
}

fn options(args: &Args) -> Result<DeleteOptions, Output> {
    let mut grace = args
        .number("delete", "grace-period")?
        .filter(|grace| *grace >= 0);
    if args.has("now") {
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
    let propagation = match args.get("cascade") {
        None | Some("background" | "true") => Some(Propagation::Background),
        Some("foreground") => Some(Propagation::Foreground),
        Some("orphan" | "false") => Some(Propagation::Orphan),
        Some(other) => {
            return Err(Output::error(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    Ok(DeleteOptions {
        grace_secs: grace.map(i64::unsigned_abs),
        propagation,
        ..DeleteOptions::default()
    })
}

fn one(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    name: &str,
    file: Option<&str>,
    options: DeleteOptions,
    args: &Args,
) -> Output {
    let request = Request::Delete {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
        options,
    };
    match cluster.request(request) {
        Ok(_) => {
            let names = kind.names();
            let dot = if names.group.is_empty() { "" } else { "." };
            let how = if args.has("force") {
                "force deleted"
            } else {
                "deleted"
            };
            let place = if kind.is_namespaced() {
                format!(" from {namespace} namespace")
            } else {
                String::new()
            };
            Output::line(format!(
                "{}{dot}{} \"{name}\" {how}{place}",
                names.singular, names.group
            ))
        }
        Err(status) if status.is_not_found() && args.has("ignore-not-found") => Output::default(),
        Err(status) => match file {
            Some(file) => while_doing(&status, "deleting", file),
            None => Output::refused(&status),
        },
    }
}
