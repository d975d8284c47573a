//! What stands against a command line of `set` before any object is looked at.

use super::variables::is_variable;
use super::{Errors, NO_NAME, NO_RESOURCES, selected};
use crate::args::Args;
use crate::{Output, Session};

/// What `--local` says of objects that only a server has.
const LOCAL: &str = "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/// Takes from the arguments what is to be changed; what stays names objects.
pub(super) fn changes(subcommand: &str, args: &mut Args) -> Vec<String> {
    let is_change = |word: &String| match subcommand {
        "image" => word.contains('='),
        "env" => word.contains('=') || word.ends_with('-'),
        _ => false,
    };
    let all = std::mem::take(&mut args.rest);
    let (mut changes, rest): (Vec<String>, Vec<String>) = all.into_iter().partition(is_change);
    args.rest = rest;
    let is_last = matches!(subcommand, "selector" | "serviceaccount");
    if is_last && (args.rest.len() > 1 || args.get("filename").is_some()) {
        changes.extend(args.rest.pop());
    }
    changes.extend(args.all("env").map(str::to_owned));
    changes
}

/// Whether a command line names objects at all.
fn selectable(args: &Args, session: &Session, subcommand: &str) -> Result<bool, Output> {
    if args.rest.is_empty() && args.get("filename").is_none() {
        return Err(Output::error(NO_RESOURCES));
    }
    let (selection, _) = selected(session, args, &format!("kubectl set {subcommand}"))?;
    if selection.named.is_empty() && !args.has("all") && args.get("selector").is_none() {
        return Err(Output::error(NO_NAME));
    }
    Ok(true)
}

/// Holds a command line to the rules of its subcommand.
///
/// # Errors
/// What kubectl says of one that breaks them.
pub(super) fn check(
    subcommand: &str,
    args: &Args,
    changes: &[String],
    session: &Session,
    output: &mut Output,
) -> Result<(), Output> {
    if args.has("local") {
        if args.get("dry-run") == Some("server") {
            return Err(Output::error(
                "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
            ));
        }
        if matches!(subcommand, "image" | "resources") && !args.rest.is_empty() {
            return Err(Output::error(LOCAL));
        }
        if subcommand != "env" && args.get("filename").is_none() {
            return Err(Output::error(NO_RESOURCES));
        }
    }
    match subcommand {
        // What is wrong with the objects is said first.
        "image" if selectable(args, session, subcommand)? => {
            let mut errors = Errors::default();
            let mut fault = |when: bool, text: &str| {
                if when {
                    errors.push(Output::error(text));
                }
            };
            fault(
                args.has("all") && args.get("selector").is_some(),
                "cannot set --all and --selector at the same time",
            );
            fault(changes.is_empty(), "at least one image update is required");
            fault(
                changes.len() > 1 && changes.iter().any(|change| change.starts_with("*=")),
                "all containers are already specified by *, but saw more than one container_name=container_image pairs",
            );
            if !errors.is_empty() {
                errors.tell(output);
                return Err(std::mem::take(output));
            }
        }
        "env" if args.has("list") && args.get("output").is_some_and(|o| !o.is_empty()) => {
            return Err(Output::error(
                "--list and --output may not be specified together",
            ));
        }
        _ if subcommand != "env" && args.has("all") && args.get("selector").is_some() => {
            return Err(Output::error(
                "cannot set --all and --selector at the same time",
            ));
        }
        "env" => {
            if args.is_given("keys") && args.get("from").is_none_or(str::is_empty) {
                return Err(Output::error(
                    "when specifying --keys, a configmap or secret must be provided with --from",
                ));
            }
            let sets = |name: &str| {
                changes
                    .iter()
                    .any(|c| c.split_once('=').is_some_and(|(n, _)| n == name))
            };
            if changes
                .iter()
                .filter(|c| !c.contains('='))
                .any(|c| sets(c.trim_end_matches('-')))
            {
                return Err(Output::error(
                    "can not both modify and remove the same environment variable in the same command",
                ));
            }
            let name = |change: &String| {
                let name = change.split('=').next().unwrap_or_default();
                change.contains('=').then(|| name.to_owned())
            };
            if let Some(bad) = changes
                .iter()
                .filter_map(name)
                .find(|name| !is_variable(name))
            {
                return Err(Output::error(format!(
                    "\"{bad}\" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
                )));
            }
        }
        "selector" if changes.is_empty() && args.rest.len() == 1 => {
            return Err(Output::error(NO_RESOURCES));
        }
        "selector" if changes.is_empty() && args.rest.is_empty() => {
            return Err(Output::error("one selector is required"));
        }
        "serviceaccount" if changes.is_empty() && args.rest.is_empty() => {
            return Err(Output::error("serviceaccount is required"));
        }
        "serviceaccount" if changes.is_empty() => return Err(Output::error(NO_RESOURCES)),
        "resources"
            if args.get("limits").is_none_or(str::is_empty)
                && args.get("requests").is_none_or(str::is_empty)
                && selectable(args, session, subcommand)? =>
        {
            return Err(Output::error(
                "you must specify an update to requests or limits (in the form of --requests/--limits)",
            ));
        }
        _ => {}
    }
    if args.rest.is_empty() && args.get("filename").is_none() {
        return Err(Output::error(match subcommand {
            "env" => {
                "one or more resources must be specified as <resource> <name> or <resource>/<name>"
            }
            _ => NO_RESOURCES,
        }));
    }
    if args.has("local") && args.get("filename").is_none() {
        return Err(Output::error(NO_RESOURCES));
    }
    Ok(())
}
