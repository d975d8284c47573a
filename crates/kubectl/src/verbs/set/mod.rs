//! `kubectl set image|resources|env|selector|serviceaccount`. Models kubectl `pkg/cmd/set`, v0.37.
//!
//! A subcommand changes the objects that the client holds; what differs then is sent as a patch, or with `--local` printed.
//!
//! * `checks`: what stands against a command line; `change`: images, resources, selectors, accounts
//! * `variables`: environments; `typed`: what Go's types print of an object that no server completed

mod change;
mod checks;
mod typed;
mod variables;

pub(super) use self::variables::is_variable;

use ordinal_api::Value;
use ordinal_api::schema;
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;

use super::apply::two_way;
use super::common::{Dry, NO_NAME, NO_RESOURCES, gather, patch, send};
use super::pick::{Errors, tell_next};
use super::selected;
use crate::args::{Args, misuse};
use crate::printer::Form;
use crate::resource::Item;
use crate::value::{at, items};
use crate::{Output, Session};

/// A table of flags with those that every subcommand has.
macro_rules! flags {
    ($own:literal) => {
        concat!(
            $own,
            " filename,f=l recursive,R all local dry-run=?unchanged output,o=s template=s field-manager=s allow-missing-template-keys show-managed-fields"
        )
    };
}

/// A subcommand: name, flags, what is said of what it did, and of what the server refused.
type Subcommand = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const SUBCOMMANDS: &[Subcommand] = &[
    ("image", flags!("kustomize,k=s selector,l=s"), "image updated", "failed to patch image update to pod template: "),
    (
        "resources", flags!("kustomize,k=s selector,l=s containers,c=s limits=s requests=s"),
        "resource requirements updated", "failed to patch resources update to pod template ",
    ),
    (
        "env", flags!("kustomize,k=s selector,l=s containers,c=s env,e=s from=s prefix=s keys=l list resolve overwrite"),
        "env updated", "failed to patch env update to pod template: ",
    ),
    ("selector", flags!("resource-version=s"), "selector updated", ""),
    ("serviceaccount", flags!("kustomize,k=s"), "serviceaccount updated", "failed to patch ServiceAccountName "),
    ("subject", flags!("kustomize,k=s selector,l=s user=s group=s serviceaccount=s"), "subjects updated", ""),
];

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let Some(place) = words.iter().position(|word| !word.starts_with('-')) else {
        return super::help::group("set");
    };
    let mut rest = words.to_vec();
    let word = rest.remove(place);
    let name = if word == "sa" { "serviceaccount" } else { word };
    let Some(subcommand) = SUBCOMMANDS.iter().find(|(known, ..)| *known == name) else {
        let unknown = format!("{word} {}", rest.join(" "));
        let fault = format!("unknown command \"{}\"", unknown.trim_end());
        return misuse("set", &fault);
    };
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

/// The same to be written to.
fn template_of(item: &mut Item) -> Option<&mut Value> {
    let path = template_path(item);
    let inside = path
        .split('.')
        .try_fold(&mut item.value, |value, key| value.get_mut(key));
    inside.filter(|spec| spec.is_object())
}

/// Both lists of containers of an object's template.
fn lists(item: &Item) -> [&[Value]; 2] {
    let spec = at(&item.value, template_path(item));
    [items(spec, "containers"), items(spec, "initContainers")]
}

/// Errors of several objects; each says by itself whether the word before it stands there.
fn told(errors: Vec<String>, output: &mut Output) {
    let several = errors.len() > 1;
    for text in errors {
        let line = if several || text.starts_with("error: ") {
            text
        } else {
            format!("error: {text}")
        };
        output.stderr.push_str(&line);
        if several || !line.ends_with('\n') {
            output.stderr.push('\n');
        }
        output.exit = 1;
    }
}

fn try_run(
    cluster: &mut Cluster,
    session: &mut Session,
    subcommand: &Subcommand,
    words: &[&str],
) -> Result<Output, Output> {
    let &(name, flags, done, failed) = subcommand;
    let mut args = Args::read(&format!("set {name}"), words, flags)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    let changes = checks::changes(name, &mut args);
    checks::check(name, &args, &changes, session, &mut output)?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let found = if args.has("local") {
        let picked = super::pick::pick(cluster, session, &args, "kubectl set", false)?;
        if !picked.errors.is_empty() {
            picked.errors.tell(&mut output);
            return Err(output);
        }
        picked.items
    } else {
        let (selection, _) = selected(session, &args, &format!("kubectl set {name}"))?;
        if selection.named.is_empty() && !args.has("all") && args.get("selector").is_none() {
            return Err(Output::error(NO_NAME));
        }
        let (items, errors) = gather(cluster, &args, &selection, &namespace);
        if !errors.is_ok() {
            return Err(errors);
        }
        items
    };
    let mut taken = Vec::new();
    if let Some(source) = args.get("from").filter(|source| !source.is_empty()) {
        taken = variables::from(cluster, &args, &namespace, source, &mut output)?;
    }
    let mut errors = Vec::new();
    for item in found {
        let mut after = item.clone();
        let changed = match name {
            "selector" => {
                change::selector(&mut after.value, &args, &changes).map_err(Output::error)
            }
            "subject" => Err(Output::error(format!(
                "{}\n setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                item.typed_name()
            ))),
            _ if template_of(&mut after).is_none() => {
                let resource = item.resource;
                let (version, kind) = (resource.version_only(), resource.kind);
                let what = if args.has("local") {
                    kind.to_lowercase()
                } else {
                    resource.plural.to_owned()
                };
                errors.push(format!(
                    "error: {what}/{} the object is not a pod or does not have a pod template: *{version}.{kind}\n",
                    item.name()
                ));
                continue;
            }
            "image" => {
                errors.extend(change::images(&mut after, &changes));
                Ok(())
            }
            "resources" => change::resources(&mut after, &args, &mut errors).map_err(Output::error),
            "env" => {
                let wanted = variables::Wanted {
                    args: &args,
                    changes: &changes,
                    taken: &taken,
                };
                if let Err(why) = wanted.lay(&mut after, &mut output) {
                    errors.push(format!(
                        "error: {}/{} {why}\n",
                        item.resource.plural,
                        item.name()
                    ));
                    continue;
                }
                if args.has("list") {
                    variables::list(cluster, &after, &args, &namespace, &mut output);
                    continue;
                }
                Ok(())
            }
            _ => {
                change::account(&mut after, changes.first().map_or("", String::as_str));
                Ok(())
            }
        };
        changed?;
        let type_ = schema::kind_type(item.resource.version, item.resource.kind);
        let body = two_way(&item.value, &after.value, type_);
        // Some say what they did whether or not it was anything.
        let always = matches!(name, "selector" | "serviceaccount");
        if body == serde_json::json!({}) && !always {
            continue;
        }
        if args.has("local") || dry == Dry::Client {
            typed::fill(&mut after);
            tell_next(&mut output, &form, &after, done, dry)?;
            continue;
        }
        let Some(request) = patch(
            item.resource,
            item.namespace(),
            item.name(),
            PatchType::Strategic,
            body,
        ) else {
            return Err(Output::error(
                "the server could not find the requested resource",
            ));
        };
        match send(cluster, request, dry) {
            Err(status) if failed.is_empty() => output.append(Output::refused(&status)),
            Err(status) => errors.push(format!("{failed}{}", status.message)),
            Ok(object) => {
                let now = super::pick::now(cluster, &item, &object);
                tell_next(&mut output, &form, &now, done, dry)?;
            }
        }
    }
    told(errors, &mut output);
    Ok(output)
}
