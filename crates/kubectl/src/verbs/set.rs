//! `kubectl set image|resources|env|selector|serviceaccount`. Models kubectl `pkg/cmd/set`, v0.37.

use ordinal_api::Value;
use ordinal_api::labels::Operator;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::{Map, json};

use super::common::{Dry, NO_NAME, NO_RESOURCES, gather, patch, send};
use super::pick::Errors;
use super::selected;
use super::variables::{env, from, is_variable, list};
use crate::args::{Args, misuse};
use crate::printer::Form;
use crate::resource::Item;
use crate::selectors;
use crate::value::{at, items, text};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R selector,l=s all local dry-run=?unchanged output,o=s template=s \
field-manager=s containers,c=s limits=s requests=s env,e=s from=s prefix=s keys=l list resolve overwrite \
resource-version=s allow-missing-template-keys show-managed-fields kustomize,k=s";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let Some(place) = words.iter().position(|word| !word.starts_with('-')) else {
        return super::help::group("set");
    };
    let mut rest = words.to_vec();
    let subcommand = rest.remove(place);
    match try_run(cluster, session, subcommand, &rest) {
        Ok(output) | Err(output) => output,
    }
}

/// Where the template of an object stands, below its root.
fn template_path(item: &Item) -> &'static str {
    match item.resource.kind {
        "Pod" => "spec",
        "CronJob" => "spec.jobTemplate.spec.template.spec",
        _ => "spec.template.spec",
    }
}

pub(super) fn wrap(item: &Item, spec: Value) -> Value {
    if item.resource.kind == "Pod" {
        return json!({ "spec": spec });
    }
    let template = json!({"spec": {"template": {"spec": spec}}});
    if item.resource.kind == "CronJob" {
        json!({"spec": {"jobTemplate": template}})
    } else {
        template
    }
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

fn try_run(
    cluster: &mut Cluster,
    session: &mut Session,
    subcommand: &str,
    words: &[&str],
) -> Result<Output, Output> {
    const KNOWN: [&str; 7] = [
        "image",
        "resources",
        "env",
        "selector",
        "serviceaccount",
        "sa",
        "subject",
    ];
    if !KNOWN.contains(&subcommand) {
        let unknown = format!("{subcommand} {}", words.join(" "));
        let fault = format!("unknown command \"{}\"", unknown.trim_end());
        return Err(misuse("set", &fault));
    }
    let verb = format!("set {subcommand}");
    let mut args = Args::read(&verb, words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    let is_change = |word: &String| match subcommand {
        "image" => word.contains('='),
        "env" => word.contains('=') || word.ends_with('-'),
        _ => false,
    };
    let all = std::mem::take(&mut args.rest);
    let (mut changes, rest): (Vec<String>, Vec<String>) = all.into_iter().partition(is_change);
    args.rest = rest;
    if matches!(subcommand, "selector" | "serviceaccount" | "sa") && args.rest.len() > 1 {
        changes.extend(args.rest.pop());
    }
    match subcommand {
        // What is wrong with the objects is said first.
        "image" if selectable(&args, session, subcommand)? => {
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
                errors.tell(&mut output);
                return Err(output);
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
            changes.extend(args.all("env").map(str::to_owned));
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
        "serviceaccount" | "sa" if changes.is_empty() && args.rest.is_empty() => {
            return Err(Output::error("serviceaccount is required"));
        }
        "serviceaccount" | "sa" if changes.is_empty() => return Err(Output::error(NO_RESOURCES)),
        "resources"
            if args.get("limits").is_none()
                && args.get("requests").is_none()
                && selectable(&args, session, subcommand)? =>
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
    let (selection, _) = selected(session, &args, &format!("kubectl {verb}"))?;
    if selection.named.is_empty() && !args.has("all") && args.get("selector").is_none() {
        return Err(Output::error(NO_NAME));
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let (items, errors) = gather(cluster, &args, &selection, &namespace);
    if !errors.is_ok() {
        return Err(errors);
    }
    let mut taken = Vec::new();
    if subcommand == "env"
        && let Some(source) = args.get("from").filter(|source| !source.is_empty())
    {
        taken = from(cluster, &args, &namespace, source, &mut output)?;
    }
    for item in items {
        if subcommand == "selector" && item.resource.kind != "Service" {
            return Err(Output::error(
                "setting a selector is only supported for Services",
            ));
        }
        if subcommand != "selector" && at(&item.value, template_path(&item)).is_null() {
            output.append(Output::error(format!(
                "{}/{} the object is not a pod or does not have a pod template: *{}.{}",
                item.resource.plural,
                item.name(),
                item.resource.version_only(),
                item.resource.kind
            )));
            continue;
        }
        if subcommand == "env" && args.has("list") {
            list(&item, &mut output);
            continue;
        }
        let (body, done) = match subcommand {
            "image" => (
                image(&item, &changes).map_err(Output::error)?,
                "image updated",
            ),
            "resources" => (
                resources(&item, &args).map_err(Output::error)?,
                "resource requirements updated",
            ),
            "env" => {
                let has_container = lists(&item).iter().any(|(_, containers)| {
                    containers
                        .iter()
                        .any(|container| chosen(&args, text(container, "name")))
                });
                if !has_container {
                    output.warn(format!(
                        "Warning: {}/{} does not have any containers matching \"{}\"",
                        item.resource.kind,
                        item.name(),
                        args.get("containers").unwrap_or_default()
                    ));
                }
                let body = env(&item, &args, &changes, &taken).map_err(|why| {
                    Output::error(format!("{}/{} {why}", item.resource.plural, item.name()))
                })?;
                (body, "env updated")
            }
            "selector" => {
                for requirement in selectors::labels(&changes.join(","))
                    .map_err(Output::error)?
                    .match_expressions
                {
                    let Operator::In = requirement.operator else {
                        continue;
                    };
                    if !changes.iter().any(|change| change.contains('=')) {
                        return Err(Output::error(format!(
                            "match expression [{{{} In [{}]}}] not supported on this object",
                            requirement.key,
                            requirement.values.join(" ")
                        )));
                    }
                }
                let selector: Map<String, Value> = changes
                    .iter()
                    .flat_map(|change| change.split(','))
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(key, value)| (key.to_owned(), json!(value)))
                    .collect();
                let mut selector = selector;
                for key in at(&item.value, "spec.selector")
                    .as_object()
                    .into_iter()
                    .flat_map(Map::keys)
                {
                    selector.entry(key.clone()).or_insert(Value::Null);
                }
                (
                    Some(json!({"spec": {"selector": selector}})),
                    "selector updated",
                )
            }
            "subject" => return Err(Output::error("kubectl set subject is not simulated")),
            _ => {
                let account = changes.first().cloned().unwrap_or_default();
                let spec = json!({"serviceAccountName": account});
                (Some(wrap(&item, spec)), "serviceaccount updated")
            }
        };
        let Some(body) = body else { continue };
        let type_ = if subcommand == "selector" {
            PatchType::Merge
        } else {
            PatchType::Strategic
        };
        let Some(request) = patch(item.resource, item.namespace(), item.name(), type_, body) else {
            return Err(Output::error(
                "the server could not find the requested resource",
            ));
        };
        match send(cluster, request, dry) {
            Err(status) => {
                let message = &status.message;
                output.append(match subcommand {
                    "image" => Output::error(format!(
                        "failed to patch image update to pod template: {message}"
                    )),
                    "env" => Output::error(format!(
                        "failed to patch env update to pod template: {message}"
                    )),
                    "resources" => Output::error(format!(
                        "failed to patch resources update to pod template {message}"
                    )),
                    "serviceaccount" | "sa" => {
                        Output::error(format!("failed to patch ServiceAccountName {message}"))
                    }
                    _ => Output::refused(&status),
                });
            }
            Ok(object) => match &form {
                None => output.say(format!("{} {done}{}", item.typed_name(), dry.suffix())),
                Some(Form::Name) => output.say(item.typed_name()),
                Some(form) => {
                    let mut value = cluster.world().printed(&object);
                    if dry == Dry::Client {
                        // The server counts generations, and was not asked.
                        let generation = at(&item.value, "metadata.generation").clone();
                        let metadata = &mut value["metadata"];
                        ordinal_api::value::overlay(
                            metadata,
                            "generation",
                            Some(generation).filter(|generation| !generation.is_null()),
                        );
                    }
                    let text = form.clone().print(&value, false)?;
                    output.stdout.push_str(&text);
                }
            },
        }
    }
    Ok(output)
}

/// Both lists of containers of an object's template.
pub(super) fn lists(item: &Item) -> [(&'static str, &[Value]); 2] {
    let spec = at(&item.value, template_path(item));
    [
        ("containers", items(spec, "containers")),
        ("initContainers", items(spec, "initContainers")),
    ]
}

fn image(item: &Item, changes: &[String]) -> Result<Option<Value>, String> {
    let mut spec = Map::new();
    let mut found_any = vec![false; changes.len()];
    for (key, containers) in lists(item) {
        let mut patches = Vec::new();
        for container in containers {
            let name = text(container, "name");
            let mut wanted = text(container, "image");
            for (change, found) in changes.iter().zip(&mut found_any) {
                let (which, image) = change.split_once('=').unwrap_or((change, ""));
                if which == "*" || which == name {
                    *found = true;
                    wanted = image;
                }
            }
            if wanted != text(container, "image") {
                patches.push(json!({"name": name, "image": wanted}));
            }
        }
        if !patches.is_empty() {
            spec.insert(key.to_owned(), json!(patches));
        }
    }
    for (change, found) in changes.iter().zip(&found_any) {
        if !found {
            let which = change.split('=').next().unwrap_or_default();
            return Err(format!("unable to find container named \"{which}\""));
        }
    }
    Ok((!spec.is_empty()).then(|| wrap(item, Value::Object(spec))))
}

fn amounts(text: &str) -> Result<Map<String, Value>, String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let pair = part.split_once('=').filter(|(_, v)| !v.contains('='));
            let (key, value) = pair.ok_or_else(|| {
                format!("invalid argument syntax {part}, expected <resource>=<value>")
            })?;
            if let Some(fault) = ordinal_api::schema::decode::quantity_fault(value) {
                return Err(fault.to_owned());
            }
            Ok((key.to_owned(), json!(value)))
        })
        .collect()
}

pub(super) fn chosen(args: &Args, name: &str) -> bool {
    match args.get("containers") {
        None | Some("*") => true,
        Some(wanted) => wanted == name,
    }
}

fn resources(item: &Item, args: &Args) -> Result<Option<Value>, String> {
    let mut wanted = Map::new();
    for flag in ["limits", "requests"] {
        if let Some(given) = args.get(flag) {
            wanted.insert(flag.to_owned(), Value::Object(amounts(given)?));
        }
    }
    let spec = at(&item.value, template_path(item));
    let patches: Vec<Value> = items(spec, "containers")
        .iter()
        .filter(|container| chosen(args, text(container, "name")))
        .map(|container| json!({"name": text(container, "name"), "resources": wanted}))
        .into_list();
    if patches.is_empty() {
        return Err(format!(
            "unable to find container named {}",
            args.get("containers").unwrap_or_default()
        ));
    }
    Ok(Some(wrap(item, json!({ "containers": patches }))))
}
