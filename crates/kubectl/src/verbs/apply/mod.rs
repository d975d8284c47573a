//! `kubectl apply -f FILE`: creates what is missing and merges what is there, three ways.
//!
//! Models kubectl `pkg/cmd/apply`, v0.37.
//!
//! * `three_way`: the patch from what was applied, what is wanted and what is there
//! * `server_side`: the same, left to the server
//! * `last_applied`: the subcommands about the annotation; `prune`: what is no longer applied
//! * `checks`: flags that do not go together; `annotation`: what is written beside an object; `told`: what is said of it

mod annotation;
mod checks;
mod last_applied;
mod prune;
mod server_side;
#[cfg(test)]
mod tests;
mod three_way;
mod told;

use ordinal_api::status::Reason;
use ordinal_api::{Kind, Value, schema, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Patch, PatchType, Propagation, Request, apply_patch};
use serde_json::{Map, json};

pub(super) use self::annotation::save_config;
use self::annotation::{annotate, last_applied};
use self::checks::fault;
pub(super) use self::checks::kustomization;
pub(super) use self::three_way::two_way;
pub(super) use self::told::refused;
use self::told::{about, deleting, in_typed_order, patch_refused};
use super::common::Dry;
use super::dry_run::{DryRun, How, suffix};
use super::{files, read};
use crate::args::Args;
use crate::output::typed_name;
use crate::printer::Form;
use crate::resource::{get, namespace_of};
use crate::{Output, Session, selectors};

pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s validate=?strict dry-run=?unchanged server-side force-conflicts \
field-manager=s wait force cascade=?background grace-period=i timeout=d overwrite openapi-patch prune prune-allowlist=l \
all selector,l=s applyset=s subresource=s output,o=s template=s allow-missing-template-keys show-managed-fields record";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    if let Some(output) = last_applied::run(cluster, session, words) {
        return output;
    }
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("apply", words, FLAGS)?;
    if !args.rest.is_empty() {
        let text = format!("Unexpected args: [{}]", args.rest.join(" "));
        let mut output = Output::error(text);
        output.warn("See 'kubectl apply -h' for help and examples");
        return Err(output);
    }
    let how = How::of(&args)?;
    let form = Form::read(&args, session, false)?;
    if args.get("filename").is_some() && args.get("kustomize").is_some() {
        return Err(Output::error("only one of -f or -k can be specified"));
    }
    if args.get("filename").is_none() && args.get("kustomize").is_none() {
        return Err(Output::error("must specify one of -f and -k"));
    }
    let (mut output, mut shown) = (Output::default(), Vec::new());
    super::delete::cascade(&args, &mut output)?;
    if let Some(fault) = fault(&args, how.dry) {
        return Err(Output::error(fault));
    }
    let texts = match args.get("kustomize") {
        Some(folder) => return Err(kustomization(session, folder)),
        None => files(session, &args)?,
    };
    prune::allowed(&args)?;
    let (mut values, errors) = read(&texts, "apply");
    let labels = args.get("selector").unwrap_or_default();
    let chosen = selectors::labels(labels).map_err(Output::error)?;
    values.retain(|(_, object)| {
        chosen.matches(&value::text_map(value::at(object, &["metadata", "labels"])))
    });
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let run = Run {
        how: &how,
        namespace: &namespace,
        server_side: args.has("server-side"),
        force_conflicts: args.has("force-conflicts"),
        force: args.has("force"),
        form: form.clone(),
    };
    Dry::read(&args, cluster, &mut output)?;
    for (file, object) in &values {
        output.append(match how.fits(object) {
            Some(refused) => refused,
            None => run.one(cluster, file, object, &mut shown),
        });
    }
    if values.is_empty() && errors.is_ok() {
        return Err(Output::error("no objects passed to apply"));
    }
    output.append(errors);
    if !output.is_ok() {
        return Ok(output);
    }
    if args.has("prune") {
        output.append(prune::prune(cluster, &args, &run, &values));
    }
    if let Some(mut form) = form.filter(|form| !matches!(form, Form::Name)) {
        let whole = match shown.as_slice() {
            [] => return Ok(output),
            [only] => only.clone(),
            several => {
                let list =
                    json!({"apiVersion": "v1", "items": several, "kind": "List", "metadata": {}});
                if let Form::Json = form {
                    output.stdout += &in_typed_order(&form.print(&list, false)?);
                    return Ok(output);
                }
                list
            }
        };
        output.stdout += &form.print(&whole, false)?;
    }
    Ok(output)
}

fn delete(kind: Kind, namespace: &str, name: &str) -> Request {
    Request::Delete {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
        options: DeleteOptions {
            propagation: Some(Propagation::Background),
            ..DeleteOptions::default()
        },
    }
}

/// How objects are applied.
struct Run<'a> {
    how: &'a How,
    namespace: &'a str,
    server_side: bool,
    force_conflicts: bool,
    force: bool,
    form: Option<Form>,
}

/// Applies objects one after the other, each with the name of the file that it came from.
pub fn objects<'a>(
    cluster: &mut Cluster,
    namespace: &str,
    objects: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Output {
    let run = Run {
        how: &How::USUAL,
        namespace,
        server_side: false,
        force_conflicts: false,
        force: false,
        form: None,
    };
    let mut output = Output::default();
    for (file, object) in objects {
        output.append(run.one(cluster, file, object, &mut Vec::new()));
    }
    output
}

impl Run<'_> {
    /// Applies one object; what is printed in a form of its own comes into `shown`.
    fn one(
        &self,
        cluster: &mut Cluster,
        file: &str,
        object: &Value,
        shown: &mut Vec<Value>,
    ) -> Output {
        let mut output = Output::default();
        match self.attempt(cluster, file, object, &mut output) {
            Err(refused) => output.append(refused),
            Ok((kind, name, word, value)) => match &self.form {
                None => output.say(format!(
                    "{} {word}{}",
                    typed_name(kind, &name),
                    suffix(self.how.dry)
                )),
                Some(Form::Name) => output.say(typed_name(kind, &name)),
                Some(_) => shown.push(value),
            },
        }
        let most = cluster.world().config.limits.replicas;
        let wanted = value::at(object, &["spec", "replicas"]).and_then(Value::as_u64);
        if let Some(wanted) = wanted.filter(|wanted| *wanted > u64::from(most)) {
            output.warn(format!(
                "note: spec.replicas is {wanted}; {most} Pods of one set are simulated"
            ));
        }
        output
    }

    /// What was applied: its kind and name, what became of it, and how it looks now.
    fn attempt(
        &self,
        cluster: &mut Cluster,
        file: &str,
        object: &Value,
        output: &mut Output,
    ) -> Result<(Kind, String, &'static str, Value), Output> {
        let text = |path: &[&str]| {
            value::at(object, path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (api_version, kind_name, name) = (
            text(&["apiVersion"]),
            text(&["kind"]),
            text(&["metadata", "name"]),
        );
        let Some(kind) = Kind::from_api(api_version, kind_name) else {
            let namespace = text(&["metadata", "namespace"]);
            let mut output = Output::error(format!(
                "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{file}\": no matches for kind \"{kind_name}\" in version \"{api_version}\""
            ));
            output.warn("ensure CRDs are installed first");
            return Err(output);
        };
        let generate = text(&["metadata", "generateName"]);
        if name.is_empty() && !generate.is_empty() {
            return Err(Output::error(format!(
                "from {generate}: cannot use generate name with apply"
            )));
        }
        let namespace = match text(&["metadata", "namespace"]) {
            "" => self.namespace,
            given => given,
        };
        if name.is_empty() {
            let names = kind.names();
            let why = if self.server_side {
                "name is required".to_owned()
            } else {
                format!(
                    "error when retrieving current configuration of:\n{}\nName: \"\", Namespace: \"{}\"\nfrom server for: \"{file}\": resource name may not be empty",
                    about(names),
                    namespace_of(kind, namespace)
                )
            };
            return Err(Output::error(why));
        }
        let done = |word, value| Ok((kind, name.to_owned(), word, value));
        if self.server_side {
            let now = server_side::one(
                cluster,
                kind,
                namespace,
                object,
                self.how,
                self.force_conflicts,
            )?;
            if now.meta.is_deleting() {
                output.warn(deleting(kind, name));
            }
            return done("serverside-applied", cluster.world().printed(&now));
        }
        let mut sent = object.clone();
        if kind.is_namespaced() {
            let metadata = sent
                .as_object_mut()
                .map(|map| map.entry("metadata").or_insert_with(|| json!({})));
            if let Some(metadata) = metadata {
                value::overlay(metadata, "namespace", Some(json!(namespace)));
            }
        }
        let applied = last_applied(kind, object, namespace);
        annotate(&mut sent, &applied);
        let manager = self.how.manager("kubectl-client-side-apply");
        let stored = match get(cluster, kind, namespace, name) {
            Ok(stored) => stored,
            Err(status) if status.is_not_found() => {
                if self.how.dry == DryRun::Client {
                    return done("created", sent);
                }
                let request = Request::Create {
                    object: sent,
                    namespace: namespace_of(kind, namespace),
                    strict: true,
                };
                let made = cluster.request(self.how.with(request, manager));
                let made = made
                    .and_then(|r| r.object())
                    .map_err(|status| refused(&status, file))?;
                return done("created", cluster.world().printed(&made));
            }
            Err(status) => return Err(Output::refused(&status)),
        };
        let live = cluster.world().printed(&stored);
        let last = stored.meta.annotation(LAST_APPLIED);
        if last.is_none() {
            let resource = kind.names().plural;
            output.warn(format!("Warning: resource {resource}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."));
        }
        let last = last
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
        let body = three_way::patch(&last, &sent, &live, type_);
        if body.as_object().is_some_and(Map::is_empty) {
            if stored.meta.is_deleting() {
                output.warn(deleting(kind, name));
            }
            return done("unchanged", live);
        }
        let told = body.to_string();
        let patch = Patch {
            type_: PatchType::Strategic,
            body,
            subresource: "".into(),
        };
        if self.how.dry == DryRun::Client {
            // What the client merges by itself nobody completes, checks, counts or stamps.
            let mut merged = live;
            apply_patch(kind, &mut merged, &patch).map_err(|status| Output::refused(&status))?;
            if stored.meta.is_deleting() {
                output.warn(deleting(kind, name));
            }
            return done("configured", merged);
        }
        let request = Request::Patch {
            kind,
            namespace: namespace_of(kind, namespace),
            name: name.into(),
            patch,
        };
        let answer = cluster
            .request(self.how.with(request, manager))
            .and_then(|r| r.object());
        let now = match answer {
            Err(status)
                if self.force && matches!(status.reason, Reason::Conflict | Reason::Invalid) =>
            {
                // Models `patcher.deleteAndCreate`.
                cluster
                    .request(delete(kind, namespace, name))
                    .map_err(|s| Output::refused(&s))?;
                let request = Request::Create {
                    object: sent,
                    namespace: namespace_of(kind, namespace),
                    strict: true,
                };
                let made = cluster
                    .request(self.how.with(request, manager))
                    .and_then(|r| r.object());
                made.map_err(|_| patch_refused(&status, kind, (namespace, file, name), &told))?
            }
            other => other
                .map_err(|status| patch_refused(&status, kind, (namespace, file, name), &told))?,
        };
        if now.meta.is_deleting() {
            output.warn(deleting(kind, name));
        }
        done("configured", cluster.world().printed(&now))
    }
}
