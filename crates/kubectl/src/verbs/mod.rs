//! The verbs: one file each, one line in a sorted table.

mod about;
pub(crate) mod apply;
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
mod patch;
mod pick;
mod port_forward;
mod raw;
mod replace;
mod rollout;
pub(crate) mod run;
mod scale;
mod set;
mod sort;
mod taint;
mod variables;
mod wait;

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use crate::args::takes_next;
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
    ("auth", about::auth),
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
    ("api-versions", about::api_versions),
    ("api-resources", about::api_resources),
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

/// Runs the words after `kubectl`.
pub(crate) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    // Global flags may come before the verb.
    let mut rest: Vec<&str> = Vec::new();
    let mut verb = None;
    // How many words stand before the verb.
    let mut place = 0;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        if verb.is_some() {
            rest.push(word);
        } else if word.starts_with('-') && takes_next(word) {
            rest.extend(std::iter::once(word).chain(words.next()));
        } else if word.starts_with('-') {
            rest.push(word);
        } else {
            verb = Some(word);
            place = rest.len();
        }
    }
    let before = rest[..place].to_vec();
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

/// What a command line means: resources and names, from arguments or from files. The texts of the files, if there are any.
///
/// # Errors
/// What kubectl says of it.
fn selected(
    session: &Session,
    args: &crate::args::Args,
    command: &str,
) -> Result<(crate::resource::Selection, Vec<(String, serde_json::Value)>), Output> {
    if args.get("filename").is_none() {
        return Ok((crate::resource::select(&args.rest)?, Vec::new()));
    }
    let texts = files(session, args.all("filename"))?;
    let (objects, errors) = read(&texts, command.trim_start_matches("kubectl "));
    if !errors.is_ok() {
        return Err(errors);
    }
    let mut selection = crate::resource::Selection::default();
    for (_, object) in &objects {
        let (version, kind) = (
            crate::value::text(object, "apiVersion"),
            crate::value::text(object, "kind"),
        );
        let resource =
            crate::discovery::resources().find(|r| r.version == version && r.kind == kind);
        if let Some(resource) = resource {
            if !selection.resources.contains(&resource) {
                selection.resources.push(resource);
            }
            let name = crate::value::text(object, "metadata.name");
            // What a file names lies where the file says.
            let name = match crate::value::text(object, "metadata.namespace") {
                inside if resource.namespaced && !inside.is_empty() => format!("{inside}/{name}"),
                _ => name.to_owned(),
            };
            selection.named.push((resource, name));
        }
    }
    Ok((selection, objects))
}

/// The texts that `-f` names, with the names that messages use. Of a folder: what is in it, by name.
fn files(
    session: &Session,
    names: impl Iterator<Item = impl AsRef<str>> + Clone,
) -> Result<Vec<(String, String)>, Output> {
    let is_manifest = |file: &str| {
        [".json", ".yaml", ".yml"]
            .iter()
            .any(|end| file.ends_with(end))
    };
    let (mut texts, mut missing) = (Vec::new(), Vec::new());
    if names.clone().filter(|name| name.as_ref() == "-").count() > 1 {
        return Err(Output::error(
            "standard input cannot be used for multiple arguments",
        ));
    }
    for name in names {
        let name = name.as_ref();
        if let Some(rest) = ["https://", "http://"]
            .iter()
            .find_map(|scheme| name.strip_prefix(scheme))
        {
            // There is no network behind the terminal.
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            let why = if host.is_empty() {
                "http: no Host in request URL".to_owned()
            } else {
                format!("dial tcp: lookup {host}: no such host")
            };
            let mut output = Output::default();
            output.warn(format!("Unable to connect to the server: {why}"));
            output.exit = 1;
            return Err(output);
        }
        if let Some(text) = session.files.get(name) {
            let shown = if name == "-" { "STDIN" } else { name };
            texts.push((shown.to_owned(), text.clone()));
            continue;
        }
        let folder = format!("{}/", name.trim_end_matches('/'));
        let inside: Vec<_> = session
            .files
            .iter()
            .filter(|(file, _)| {
                file.strip_prefix(&folder)
                    .is_some_and(|rest| !rest.contains('/'))
            })
            .into_list();
        if inside.is_empty() {
            missing.push(format!("the path \"{name}\" does not exist"));
            continue;
        }
        let before = texts.len();
        texts.extend(
            inside
                .into_iter()
                .filter(|(file, _)| is_manifest(file))
                .map(|(file, text)| (file.clone(), text.clone())),
        );
        if texts.len() == before {
            return Err(Output::error(format!(
                "error reading [{name}]: recognized file extensions are [.json .yaml .yml]"
            )));
        }
    }
    match missing.as_slice() {
        [] => Ok(texts),
        [only] => Err(Output::error(only)),
        several => {
            let mut output = Output::error("");
            output.stderr = several.join("\n") + "\n";
            Err(output)
        }
    }
}

fn is_broken(file: &str, text: &str) -> bool {
    ordinal_manifest::read(text, &ordinal_manifest::Options::kubectl(file))
        .errors()
        .next()
        .is_some()
}

fn metadata_fault(object: &serde_json::Value) -> Option<String> {
    use ordinal_api::schema;
    let (version, kind) = (
        crate::value::text(object, "apiVersion"),
        crate::value::text(object, "kind"),
    );
    let metadata = &object["metadata"];
    if !metadata.is_object() && !metadata.is_null() {
        let what = match metadata {
            serde_json::Value::String(_) => "string",
            serde_json::Value::Array(_) => "array",
            serde_json::Value::Bool(_) => "bool",
            _ => "number",
        };
        return Some(format!(
            "json: cannot unmarshal {what} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
        ));
    }
    let faults = schema::decode::check(schema::kind_type(version, kind)?, object);
    let wrong = faults
        .wrong
        .into_iter()
        .find(|wrong| wrong.path.starts_with("metadata."));
    wrong.map(|wrong| wrong.message)
}

/// Reads manifests as kubectl does; what cannot be read is printed with the documents before it.
fn read(texts: &[(String, String)], verb: &str) -> (Vec<(String, serde_json::Value)>, Output) {
    let (mut objects, mut output) = (Vec::new(), Output::default());
    for (file, text) in texts {
        let reading = ordinal_manifest::read(text, &ordinal_manifest::Options::kubectl(file));
        for document in &reading.documents {
            // The client reads the metadata itself.
            if let Some(wrong) = metadata_fault(&document.value) {
                output.append(Output::error(format!(
                    "unable to decode \"{file}\": {wrong}"
                )));
                continue;
            }
            objects.push((file.clone(), document.value.clone()));
        }
        let several = texts.len() > 1
            && texts
                .iter()
                .filter(|(other, text)| other != file && is_broken(other, text))
                .count()
                > 0;
        for found in reading.errors() {
            let message = found
                .message
                .replace("passed to apply", &format!("passed to {verb}"));
            let message = message.strip_prefix("error: ").unwrap_or(&message);
            // Several errors are told one a line, without the word before them.
            if several {
                output.warn(message);
                output.exit = 1;
            } else {
                output.append(Output::error(message));
            }
        }
        // What the server takes, kubectl says nothing of.
        let is_sent = |kind: &str, name: &str| {
            let mut documents = reading.documents.iter();
            documents.any(|document| document.kind == kind && document.name == name)
        };
        let left = reading.unmodelled.iter();
        for unknown in left.filter(|u| !is_sent(&u.kind, &u.name)) {
            output.warn(format!(
                "{} {} is kept but not simulated",
                unknown.kind, unknown.name
            ));
        }
        if reading.documents.is_empty() && reading.unmodelled.is_empty() && output.is_ok() {
            output.append(Output::error(format!("no objects passed to {verb}")));
        }
    }
    (objects, output)
}
