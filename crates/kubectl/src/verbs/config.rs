//! `kubectl config`. Models kubectl `pkg/cmd/config`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use crate::args::{Args, misuse};
use crate::format::table::Widths;
use crate::printer::Form;
use crate::session::Context;
use crate::{Output, Session};

const FLAGS: &str = "output,o=s template=s minify flatten raw merge=?true current cluster=s user=s no-headers \
show-managed-fields allow-missing-template-keys";

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
        "get-clusters" => Ok(names(session, |context| &context.cluster)),
        "get-users" => Ok(names(session, |context| &context.user)),
        "view" if !args.rest.is_empty() => Err(misuse(
            &verb,
            &format!("unexpected arguments: [{}]", args.rest.join(" ")),
        )),
        "view" => view(session, &args),
        "delete-cluster" | "delete-user" => {
            let what = subcommand.trim_start_matches("delete-");
            let Some(name) = name else {
                return Err(misuse(&verb, &format!("{what} to delete is required")));
            };
            let is_there = |context: &Context| match what {
                "user" => context.user == name,
                _ => context.cluster == name,
            };
            let config = &session.config;
            if !config.contexts.iter().any(is_there) {
                return Err(Output::error(format!(
                    "cannot delete {what} {name}, not in {}",
                    config.path
                )));
            }
            Err(Output::error(format!(
                "kubectl config {subcommand} is not simulated: the kubeconfig has one cluster and one user"
            )))
        }
        "set" | "unset" => match (subcommand, args.rest.as_slice()) {
            ("set", [property, value]) => property_of(session, property, Some(value)),
            ("unset", [property]) => property_of(session, property, None),
            _ => Err(Output::error(format!(
                "Unexpected args: [{}]",
                args.rest.join(" ")
            ))),
        },
        "set-cluster" | "set-credentials" => Err(Output::error(format!(
            "kubectl config {subcommand} is not simulated: the kubeconfig has one cluster and one user"
        ))),
        other => Err(misuse("config", &format!("unknown command \"{other}\""))),
    }
}

/// `config set PROPERTY VALUE`, `config unset PROPERTY`: of the current context and of contexts.
fn property_of(
    session: &mut Session,
    property: &str,
    value: Option<&String>,
) -> Result<Output, Output> {
    let config = &mut session.config;
    let given = value.cloned().unwrap_or_default();
    match property.split_once('.') {
        None if property == "current-context" => config.current = given,
        Some(("contexts", rest)) => {
            let field = rest.rsplit_once('.');
            let (name, field) = field
                .filter(|(_, f)| ["namespace", "cluster", "user"].contains(f))
                .unwrap_or((rest, ""));
            if field.is_empty() && value.is_some() {
                return Err(Output::error(format!(
                    "unable to parse {property} after [] at api.Config"
                )));
            }
            if field.is_empty() {
                config.contexts.retain(|context| context.name != name);
            } else {
                if value.is_some() && !config.contexts.iter().any(|c| c.name == name) {
                    config.contexts.push(Context {
                        name: name.to_owned(),
                        ..Context::default()
                    });
                }
                if let Some(context) = config.contexts.iter_mut().find(|c| c.name == name) {
                    match field {
                        "namespace" => context.namespace = given,
                        "cluster" => context.cluster = given,
                        _ => context.user = given,
                    }
                }
            }
        }
        Some(("users" | "clusters", _)) => {
            return Err(Output::error(
                "kubectl config set is not simulated for clusters and users: there is one of each",
            ));
        }
        _ => {
            return Err(Output::error(format!(
                "unable to parse {property} after [] at api.Config"
            )));
        }
    }
    session.enter_context();
    let done = if value.is_some() { "set" } else { "unset" };
    Ok(Output::line(format!("Property \"{property}\" {done}.")))
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

fn names(session: &Session, of: impl Fn(&Context) -> &String) -> Output {
    let mut names: Vec<&String> = session.config.contexts.iter().map(of).into_list();
    ordinal_api::sorted::sort(&mut names);
    names.dedup();
    let mut output = Output::line("NAME");
    for name in names {
        output.say(name.clone());
    }
    output
}

fn view(session: &Session, args: &Args) -> Result<Output, Output> {
    let config = &session.config;
    let minify = args.has("minify");
    if minify && config.context().is_none() {
        return Err(Output::error(
            "current-context must exist in order to minify",
        ));
    }
    let contexts: Vec<&Context> = config
        .contexts
        .iter()
        .filter(|context| !minify || context.name == config.current)
        .into_list();
    let shown = |context: &&Context| {
        let mut value = json!({"cluster": context.cluster, "user": context.user});
        if !context.namespace.is_empty() {
            value["namespace"] = json!(context.namespace);
        }
        json!({"context": value, "name": context.name})
    };
    let secret = |hidden: &str| if args.has("raw") { "" } else { hidden }.to_owned();
    let value = json!({
        "apiVersion": "v1",
        "clusters": [{
            "cluster": {
                "certificate-authority-data": secret("DATA+OMITTED"),
                "server": format!("https://{}", config.server),
            },
            "name": "kubernetes",
        }],
        "contexts": contexts.iter().map(shown).collect::<Value>(),
        "current-context": config.current,
        "kind": "Config",
        "users": [{"name": "kubernetes-admin", "user": {"token": secret("REDACTED")}}],
    });
    let form = Form::read(args, session, false)?;
    let text = form.unwrap_or(Form::Yaml).print(&value, false);
    Ok(Output::printed(text?))
}
