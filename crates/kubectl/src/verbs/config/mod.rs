//! `kubectl config`. Models kubectl `pkg/cmd/config`, v0.37.

mod entries;

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use self::entries::{delete_entry, property_of, set_entry};
use crate::args::{Args, misuse};
use crate::format::table::Widths;
use crate::printer::Form;
use crate::session::{Context, Entry};
use crate::{Output, Session};

const FLAGS: &str = "output,o=s template=s minify flatten raw merge=?true current cluster=s user=s no-headers \
show-managed-fields allow-missing-template-keys embed-certs proxy-url=s set-raw-bytes";

/// Runs the verb.
pub(super) fn run(_cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let Some(place) = words.iter().position(|word| !word.starts_with('-')) else {
        return super::help::group("config");
    };
    let mut rest = words.to_vec();
    let subcommand = rest.remove(place);
    match try_run(session, subcommand, &rest) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(session: &mut Session, subcommand: &str, words: &[&str]) -> Result<Output, Output> {
    let verb = format!("config {subcommand}");
    let args = Args::read(&verb, words, FLAGS)?;
    let name = args.rest.first().map(String::as_str);
    let one_name = || {
        name.filter(|_| args.rest.len() == 1).ok_or_else(|| {
            misuse(
                &verb,
                &format!("Unexpected args: [{}]", args.rest.join(" ")),
            )
        })
    };
    match subcommand {
        "current-context" => match session.config.current.as_str() {
            "" => Err(Output::error("current-context is not set")),
            current => Ok(Output::line(current)),
        },
        "use-context" | "use" => {
            let name = one_name()?;
            if !session.config.contexts.iter().any(|c| c.name == name) {
                return Err(Output::error(format!(
                    "no context exists with the name: \"{name}\""
                )));
            }
            name.clone_into(&mut session.config.current);
            session.enter_context();
            Ok(Output::line(format!("Switched to context \"{name}\".")))
        }
        "set-context" => set_context(session, &args),
        "rename-context" => {
            let [old, new] = args.rest.as_slice() else {
                return Err(misuse(
                    &verb,
                    &format!("Unexpected args: [{}]", args.rest.join(" ")),
                ));
            };
            let config = &mut session.config;
            if config.contexts.iter().any(|c| c.name == *new) {
                return Err(Output::error(format!(
                    "cannot rename the context \"{old}\", the context \"{new}\" already exists in {}",
                    config.path
                )));
            }
            let Some(context) = config.contexts.iter_mut().find(|c| c.name == *old) else {
                return Err(Output::error(format!(
                    "cannot rename the context \"{old}\", it's not in {}",
                    config.path
                )));
            };
            context.name.clone_from(new);
            if config.current == *old {
                config.current.clone_from(new);
            }
            Ok(Output::line(format!(
                "Context \"{old}\" renamed to \"{new}\"."
            )))
        }
        "delete-context" => {
            let name = one_name()?;
            let config = &mut session.config;
            let before = config.contexts.len();
            config.contexts.retain(|c| c.name != name);
            if config.contexts.len() == before {
                return Err(Output::error(format!(
                    "cannot delete context {name}, not in {}",
                    config.path
                )));
            }
            let mut output = Output::default();
            if config.current == name {
                output.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
            }
            output.say(format!("deleted context {name} from {}", config.path));
            Ok(output)
        }
        "get-contexts" => get_contexts(session, &args, name),
        "get-clusters" => Ok(names(&session.config.clusters)),
        "get-users" => Ok(names(&session.config.users)),
        "view" if !args.rest.is_empty() => Err(misuse(
            &verb,
            &format!("unexpected arguments: [{}]", args.rest.join(" ")),
        )),
        "view" => view(session, &args),
        "delete-cluster" | "delete-user" => delete_entry(session, subcommand, name),
        "set-cluster" | "set-credentials" => set_entry(session, subcommand, &args),
        "set" | "unset" => match (subcommand, args.rest.as_slice()) {
            ("set", [property, value]) => property_of(session, property, Some(value)),
            ("unset", [property]) => property_of(session, property, None),
            _ => Err(Output::error(format!(
                "Unexpected args: [{}]",
                args.rest.join(" ")
            ))),
        },
        other => Err(misuse("config", &format!("unknown command \"{other}\""))),
    }
}

fn set_context(session: &mut Session, args: &Args) -> Result<Output, Output> {
    let config = &mut session.config;
    let name = match (args.rest.first(), args.has("current")) {
        (Some(name), false) if args.rest.len() == 1 => name.clone(),
        (None, true) => match config.current.as_str() {
            "" => return Err(Output::error("no current context is set")),
            current => current.to_owned(),
        },
        (Some(_), true) => {
            return Err(Output::error(
                "you cannot specify both a context name and --current",
            ));
        }
        _ => {
            return Err(Output::error(
                "you must specify a non-empty context name or --current",
            ));
        }
    };
    let known = config.contexts.iter().any(|c| c.name == name);
    if !known {
        config.contexts.push(Context {
            name: name.clone(),
            ..Context::default()
        });
    }
    if let Some(context) = config.contexts.iter_mut().find(|c| c.name == name) {
        for (flag, field) in [
            ("namespace", &mut context.namespace),
            ("cluster", &mut context.cluster),
            ("user", &mut context.user),
        ] {
            if let Some(given) = args.get(flag) {
                given.clone_into(field);
            }
        }
    }
    session.enter_context();
    let done = if known { "modified" } else { "created" };
    Ok(Output::line(format!("Context \"{name}\" {done}.")))
}

fn get_contexts(session: &Session, args: &Args, name: Option<&str>) -> Result<Output, Output> {
    let config = &session.config;
    let mut faults = Output::default();
    let mut contexts: Vec<&Context> = config.contexts.iter().into_list();
    ordinal_api::sorted::sort_by(&mut contexts, |a, b| a.name.cmp(&b.name));
    if let Some(name) = name {
        contexts.retain(|context| context.name == name);
        if contexts.is_empty() {
            faults = Output::error(format!("context {name} not found"));
        }
    }
    let mut output = Output::default();
    match args.get("output") {
        Some("name") => {
            for context in contexts {
                output.say(context.name.clone());
            }
        }
        None | Some("") => {
            let mut rows: Vec<Vec<String>> = Vec::new();
            if !args.has("no-headers") {
                rows.push(
                    ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
                        .map(str::to_owned)
                        .to_vec(),
                );
            }
            for context in contexts {
                let mark = if context.name == config.current {
                    "*"
                } else {
                    ""
                };
                rows.push(vec![
                    mark.to_owned(),
                    context.name.clone(),
                    context.cluster.clone(),
                    context.user.clone(),
                    context.namespace.clone(),
                ]);
            }
            output.stdout = Widths::default().layout(&rows);
        }
        Some(other) => {
            return Err(Output::error(format!(
                "--output {other} is not available in kubectl config get-contexts; resetting to default output format"
            )));
        }
    }
    output.append(faults);
    Ok(output)
}

fn names(entries: &[Entry]) -> Output {
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).into_list();
    ordinal_api::sorted::sort(&mut names);
    let mut output = Output::line("NAME");
    for name in names {
        output.say(name);
    }
    output
}

/// What is not shown, unless it is asked for.
fn hidden(key: &str) -> Option<&'static str> {
    match key {
        "token" | "password" => Some("REDACTED"),
        "certificate-authority-data" | "client-certificate-data" | "client-key-data" => {
            Some("DATA+OMITTED")
        }
        _ => None,
    }
}

fn view(session: &Session, args: &Args) -> Result<Output, Output> {
    let config = &session.config;
    let minify = args.has("minify");
    if minify && config.context().is_none() {
        return Err(Output::error(
            "current-context must exist in order to minify",
        ));
    }
    let mut contexts: Vec<&Context> = config
        .contexts
        .iter()
        .filter(|context| !minify || context.name == config.current)
        .into_list();
    ordinal_api::sorted::sort_by(&mut contexts, |a, b| a.name.cmp(&b.name));
    let shown = |context: &&Context| {
        let mut value = json!({"cluster": context.cluster, "user": context.user});
        if !context.namespace.is_empty() {
            value["namespace"] = json!(context.namespace);
        }
        json!({"context": value, "name": context.name})
    };
    let raw = args.has("raw");
    let entries = |entries: &[Entry], word: &str, of: fn(&Context) -> &String| {
        let mut shown: Vec<&Entry> = entries
            .iter()
            .filter(|entry| !minify || contexts.iter().any(|c| *of(c) == entry.name))
            .into_list();
        ordinal_api::sorted::sort_by(&mut shown, |a, b| a.name.cmp(&b.name));
        let one = |entry: &Entry| {
            let fields = entry.value.as_object().into_iter().flatten();
            let fields: Value = fields
                .map(|(key, value)| {
                    let instead = hidden(key).filter(|_| !raw).map(Value::from);
                    (key.clone(), instead.unwrap_or_else(|| value.clone()))
                })
                .collect();
            json!({word: fields, "name": entry.name})
        };
        shown.into_iter().map(one).collect::<Value>()
    };
    let value = json!({
        "apiVersion": "v1",
        "clusters": entries(&config.clusters, "cluster", |context| &context.cluster),
        "contexts": contexts.iter().map(shown).collect::<Value>(),
        "current-context": config.current,
        "kind": "Config",
        "users": entries(&config.users, "user", |context| &context.user),
    });
    let form = Form::read(args, session, false)?;
    let text = form.unwrap_or(Form::Yaml).print(&value, false);
    Ok(Output::printed(text?))
}
