//! The verbs: one file each, one line in a sorted table.

pub(crate) mod apply;
mod cordon;
mod create;
mod delete;
mod describe;
mod get;
mod label;
mod rollout;
mod scale;
mod taint;

use ordinal_core::Cluster;

use crate::{Output, Session};

type Verb = fn(&mut Cluster, &mut Session, &[&str]) -> Output;

/// Every verb, sorted.
const VERBS: &[(&str, Verb)] = &[
    ("annotate", label::annotate),
    ("apply", apply::run),
    ("cordon", cordon::cordon),
    ("create", create::run),
    ("delete", delete::run),
    ("describe", describe::run),
    ("get", get::run),
    ("label", label::label),
    ("rollout", rollout::run),
    ("scale", scale::run),
    ("taint", taint::run),
    ("uncordon", cordon::uncordon),
];

/// Runs the words after `kubectl`.
pub(crate) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    // Global flags may come before the verb.
    let mut rest: Vec<&str> = Vec::new();
    let mut verb = None;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-n" | "--namespace" if verb.is_none() => {
                rest.extend(std::iter::once(word).chain(words.next()))
            }
            _ if verb.is_none() && word.starts_with('-') => rest.push(word),
            _ if verb.is_none() => verb = Some(word),
            _ => rest.push(word),
        }
    }
    let Some(verb) = verb else {
        return Output::error("a command is needed");
    };
    match VERBS.iter().find(|(name, _)| *name == verb) {
        Some((_, run)) => run(cluster, session, &rest),
        None => Output::error(format!("unknown command \"{verb}\" for \"kubectl\"")),
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
        return Ok((crate::resource::select(&args.rest, command)?, Vec::new()));
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
            let name = crate::value::text(object, "metadata.name").to_owned();
            selection.named.push((resource, name));
        }
    }
    Ok((selection, objects))
}

/// The texts that `-f` names, with the names that messages use.
fn files(
    session: &Session,
    names: impl Iterator<Item = impl AsRef<str>>,
) -> Result<Vec<(String, String)>, Output> {
    let mut texts = Vec::new();
    for name in names {
        let name = name.as_ref();
        match session.files.get(name) {
            Some(text) => texts.push((
                if name == "-" { "STDIN" } else { name }.to_owned(),
                text.clone(),
            )),
            None => {
                let folder = format!("{}/", name.trim_end_matches('/'));
                let inside: Vec<_> = session
                    .files
                    .iter()
                    .filter(|(file, _)| file.starts_with(&folder))
                    .collect();
                if inside.is_empty() {
                    return Err(Output::error(format!("the path \"{name}\" does not exist")));
                }
                texts.extend(
                    inside
                        .into_iter()
                        .map(|(file, text)| (file.clone(), text.clone())),
                );
            }
        }
    }
    Ok(texts)
}

/// Reads manifests as kubectl does; what cannot be read is printed with the documents before it.
fn read(texts: &[(String, String)], verb: &str) -> (Vec<(String, serde_json::Value)>, Output) {
    let (mut objects, mut output) = (Vec::new(), Output::default());
    for (file, text) in texts {
        let reading = ordinal_manifest::read(text, &ordinal_manifest::Options::kubectl(file));
        objects.extend(
            reading
                .documents
                .iter()
                .map(|document| (file.clone(), document.value.clone())),
        );
        for found in reading.errors() {
            let message = found
                .message
                .strip_prefix("error: ")
                .unwrap_or(&found.message);
            output.append(Output::error(message));
        }
        for unknown in &reading.unmodelled {
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
