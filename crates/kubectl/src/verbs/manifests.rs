//! The files of a command line: what `-f` names, and what is read from it.

use ordinal_api::list::IntoList;

use crate::args::Args;
use crate::{Output, Session};

/// What a command line means: resources and names, from arguments or from files. The texts of the files, if there are any.
///
/// # Errors
/// What kubectl says of it.
pub(super) fn selected(
    session: &Session,
    args: &crate::args::Args,
    command: &str,
) -> Result<(crate::resource::Selection, Vec<(String, serde_json::Value)>), Output> {
    if args.get("filename").is_none() {
        return Ok((crate::resource::select(&args.rest)?, Vec::new()));
    }
    let texts = files(session, args)?;
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

/// The texts that `-f` names, with the names that messages use. Of a folder: what is in it, by name, with `-R` also what
/// is below.
pub(super) fn files(session: &Session, args: &Args) -> Result<Vec<(String, String)>, Output> {
    let names = args.all("filename");
    let is_manifest = |file: &str| {
        [".json", ".yaml", ".yml"]
            .iter()
            .any(|end| file.ends_with(end))
    };
    let (mut texts, mut missing) = (Vec::new(), Vec::new());
    if names.clone().filter(|name| *name == "-").count() > 1 {
        return Err(Output::error(
            "standard input cannot be used for multiple arguments",
        ));
    }
    for name in names {
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
        let folder = match name.trim_end_matches('/') {
            "." => String::new(),
            path => format!("{}/", path.trim_start_matches("./")),
        };
        let inside: Vec<_> = session
            .files
            .iter()
            .filter(|(file, _)| {
                let rest = file.strip_prefix(&folder).filter(|rest| *rest != "-");
                rest.is_some_and(|rest| args.has("recursive") || !rest.contains('/'))
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
pub(super) fn read(
    texts: &[(String, String)],
    verb: &str,
) -> (Vec<(String, serde_json::Value)>, Output) {
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
        // Some verbs do nothing with nothing, and say nothing.
        let silent = matches!(
            verb.split(' ').next(),
            Some("replace" | "diff" | "expose" | "delete" | "set" | "set-last-applied")
        ) || verb == "apply view-last-applied";
        for found in reading.errors() {
            if silent && found.message.contains("no objects passed to") {
                continue;
            }
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
        let is_empty = reading.documents.is_empty() && reading.unmodelled.is_empty();
        if is_empty && output.is_ok() && !silent {
            output.append(Output::error(format!("no objects passed to {verb}")));
        }
    }
    (objects, output)
}
