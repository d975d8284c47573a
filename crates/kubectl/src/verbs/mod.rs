//! The verbs: one file each, one line in a sorted table.

mod about;
pub(crate) mod apply;
mod auth;
mod autoscale;
mod common;
mod config;
mod containers;
mod cp;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod dry_run;
pub(crate) mod edit;
pub(crate) mod events;
mod evict;
mod explain;
mod expose;
mod first_pod;
mod get;
mod help;
mod label;
mod logs;
mod made;
mod manifests;
mod patch;
mod pick;
mod port_forward;
mod raw;
mod replace;
mod rollout;
pub(crate) mod run;
mod scale;
mod served;
mod set;
mod sort;
mod taint;
mod wait;

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use self::manifests::{files, read, selected};
use crate::args::{has_value_next, takes_next};
use crate::{Output, Session};

type Verb = fn(&mut Cluster, &mut Session, &[&str]) -> Output;

/// What the API server answers to a path that is asked for as it is.
pub(crate) fn raw(cluster: &mut ordinal_core::Cluster, path: &str) -> crate::Output {
    raw::get(cluster, path)
}

/// Every verb, in the order in which kubectl lists and suggests them.
const VERBS: &[(&str, Verb)] = &[
    ("create", create::run),
    ("expose", expose::run),
    ("run", run::run),
    ("set", set::run),
    ("explain", about::explain),
    ("get", get::run),
    ("edit", edit::run),
    ("delete", delete::run),
    ("rollout", rollout::run),
    ("scale", scale::run),
    ("autoscale", autoscale::run),
    ("certificate", about::certificate),
    ("cluster-info", about::cluster_info),
    ("top", about::top),
    ("cordon", drain::cordon),
    ("uncordon", drain::uncordon),
    ("drain", drain::drain),
    ("taint", taint::run),
    ("describe", describe::run),
    ("logs", logs::run),
    ("attach", containers::attach),
    ("exec", containers::exec),
    ("port-forward", port_forward::run),
    ("proxy", containers::proxy),
    ("cp", cp::run),
    ("auth", auth::auth),
    ("debug", about::debug),
    ("events", events::run),
    ("diff", diff::run),
    ("apply", apply::run),
    ("patch", patch::run),
    ("replace", replace::run),
    ("wait", wait::run),
    ("kustomize", about::kustomize),
    ("label", label::label),
    ("annotate", label::annotate),
    ("completion", about::completion),
    ("alpha", about::alpha),
    ("plugin", about::plugin),
    ("version", about::version),
    ("api-versions", served::api_versions),
    ("api-resources", served::api_resources),
    ("config", config::run),
    ("kuberc", unmodelled),
    ("options", about::options),
];

/// Words for which a verb is suggested although they are not like it.
const ALSO: &[(&str, &str)] = &[
    ("list", "get"),
    ("ls", "get"),
    ("rm", "delete"),
    ("remove", "delete"),
    ("inspect", "describe"),
    ("stats", "top"),
];

/// Verbs that ask the server again until they are let, however long that takes: a drain that a budget holds up does.
const PATIENT: &[&str] = &["drain"];

/// The names of every verb, for completion.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|(name, _)| *name)
}

fn unmodelled(_: &mut Cluster, _: &mut Session, _: &[&str]) -> Output {
    Output::error("this command is not simulated")
}

/// How many letters must change to make one word of another, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().into_list();
    let mut row: Vec<usize> = (0..=b.len()).into_list();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// `unknown command`, with what may have been meant.
fn unknown(word: &str) -> Output {
    let like = |name: &str| {
        distance(word, name) <= 2
            || name.starts_with(&word.to_lowercase())
            || ALSO
                .iter()
                .any(|(also, verb)| *also == word && *verb == name)
    };
    let likely: Vec<&str> = names().filter(|name| like(name)).into_list();
    let mut output = Output::error(format!("unknown command \"{word}\" for \"kubectl\""));
    if !likely.is_empty() {
        output.warn("\nDid you mean this?");
        for name in likely {
            output.warn(format!("\t{name}"));
        }
    }
    output
}

/// Where the verb stands: global flags may come before it.
fn place_of_verb(words: &[&str]) -> Option<usize> {
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        place += if takes_next(word) { 2 } else { 1 };
    }
    (place < words.len()).then_some(place)
}

/// Whether a command, the words after `kubectl`, asks the server again until it is let.
pub(crate) fn asks_again(words: &[&str]) -> bool {
    place_of_verb(words).is_some_and(|place| PATIENT.contains(&words[place]))
}

/// Runs the words after `kubectl`.
pub(crate) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let mut rest = words.to_vec();
    let found = place_of_verb(words);
    let verb = found.map(|place| rest.remove(place));
    let place = found.unwrap_or_default();
    let before = rest[..place].to_vec();
    // Subcommands are looked for first: flags before one come after the words that follow them.
    let mut flags = place;
    while let Some(word) = rest.get(flags).filter(|word| word.starts_with('-')) {
        flags += match *word {
            word if has_value_next(word) => 2,
            word if word.contains('=') => 1,
            _ => break,
        };
    }
    let flags = flags.min(rest.len());
    let after = rest[flags..].iter();
    let leading = after.take_while(|word| !word.starts_with('-')).count();
    rest[..flags + leading].rotate_left(flags);
    if verb.is_some() && help::is_asked(&before) {
        return help::group("");
    }
    let Some(verb) = verb else {
        // The flags of kubectl itself.
        return match crate::args::Args::read("", &rest, "") {
            Ok(_) => help::group(""),
            Err(mut output) => {
                output.stderr = output.stderr.replace("kubectl  --help", "kubectl --help");
                output
            }
        };
    };
    if verb == "help" {
        return match rest
            .first()
            .filter(|name| names().any(|known| known == **name))
        {
            Some(name) => help::of(name, &rest[1..]),
            None => help::group(""),
        };
    }
    let Some((_, run)) = VERBS.iter().find(|(name, _)| *name == verb) else {
        // What is no verb may be a plugin, and those come first.
        if let Some(flag) = before.first() {
            let mut output = Output::error("");
            output.stderr = format!("Error: flags cannot be placed before plugin name: {flag}\n");
            return output;
        }
        return unknown(verb);
    };
    if help::is_asked(&rest) {
        return help::of(verb, &rest);
    }
    cluster.act_as(&manager(verb, &rest));
    match kubeconfig(session, verb, &rest) {
        Ok(None) => run(cluster, session, &rest),
        Ok(Some(namespace)) => {
            let before = std::mem::replace(&mut session.namespace, namespace);
            let output = run(cluster, session, &rest);
            session.namespace = before;
            output
        }
        Err(output) => output,
    }
}

/// The field manager of a verb, or the one that `--field-manager` names.
fn manager(verb: &str, words: &[&str]) -> String {
    let given = words.iter().enumerate().find_map(|(place, word)| {
        let rest = word.strip_prefix("--field-manager")?;
        rest.strip_prefix('=')
            .or_else(|| words.get(place + 1).copied())
    });
    match (given, verb) {
        (Some(given), _) => given.to_owned(),
        (_, "apply") => "kubectl-client-side-apply".to_owned(),
        (
            _,
            "create" | "run" | "expose" | "patch" | "replace" | "edit" | "label" | "annotate"
            | "rollout" | "set" | "taint",
        ) => {
            format!("kubectl-{verb}")
        }
        _ => "kubectl".to_owned(),
    }
}

/// `--context`, `--cluster`, `--user`, `--kubeconfig`: another context's namespace, or what is said of one that is not there.
fn kubeconfig(session: &Session, verb: &str, words: &[&str]) -> Result<Option<String>, Output> {
    let end = words
        .iter()
        .position(|word| *word == "--")
        .unwrap_or(words.len());
    let given = |flag: &str| {
        words[..end].iter().enumerate().find_map(|(place, word)| {
            let rest = word.strip_prefix(flag)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => words.get(place + 1).copied(),
                None => None,
            }
        })
    };
    if let Some(path) =
        given("--kubeconfig").filter(|path| !path.is_empty() && *path != session.config.path)
    {
        return Err(Output::error(format!(
            "stat {path}: no such file or directory"
        )));
    }
    if let Some(timeout) = given("--request-timeout") {
        crate::args::check_timeout(timeout)?;
    }
    // Verbs with flags of their own of these names.
    let own = matches!(verb, "create" | "set" | "config");
    let unknown = |name: &&str, of: &[crate::session::Entry]| {
        !own && !name.is_empty() && !of.iter().any(|known| known.name == **name)
    };
    if let Some(name) = given("--user").filter(|name| unknown(name, &session.config.users)) {
        return Err(Output::error(format!(
            "auth info \"{name}\" does not exist"
        )));
    }
    if let Some(name) = given("--cluster").filter(|name| unknown(name, &session.config.clusters)) {
        return Err(Output::error(format!(
            "no server found for cluster \"{name}\""
        )));
    }
    let Some(name) = given("--context") else {
        return Ok(None);
    };
    match session
        .config
        .contexts
        .iter()
        .find(|context| context.name == name)
    {
        Some(context) if context.namespace.is_empty() => Ok(Some("default".to_owned())),
        Some(context) => Ok(Some(context.namespace.clone())),
        None => {
            let mut output = Output::default();
            output.warn(format!(
                "Error in configuration: context was not found for specified context: {name}"
            ));
            output.exit = 1;
            Err(output)
        }
    }
}
