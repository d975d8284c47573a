//! `kubectl create`: objects of files, or what is made from flags. Models kubectl `pkg/cmd/create`, v0.37.
//!
//! * `generate`: `create TYPE NAME`; what it makes: `sources`, `service`, `workload`, `policy`, `access`, `ingress`
//! * `hash`: the end of a name that tells what is inside; `token`: what proves who somebody is

mod access;
mod generate;
mod hash;
mod ingress;
mod policy;
mod service;
mod sources;
mod token;
mod workload;

use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Request};
use serde_json::json;

pub(super) use self::generate::int_or_string;
use super::apply::{kustomization, refused, save_config};
use super::common::Dry;
use super::dry_run::{DryRun, How};
use super::pick::tell;
use super::{files, read};
use crate::args::{Args, misuse};
use crate::discovery;
use crate::printer::Form;
use crate::resource::{Item, labels_of, selector};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s validate=?strict dry-run=?unchanged save-config edit raw=s \
selector,l=s windows-line-endings field-manager=s output,o=s template=s allow-missing-template-keys show-managed-fields record";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let from_file = |word: &&str| {
        ["-f", "--filename", "-k", "--kustomize"]
            .iter()
            .any(|flag| word.starts_with(flag))
    };
    let plain = words.first().is_none_or(|word| word.starts_with('-'));
    if !plain || !words.iter().any(from_file) {
        return match generate::run(cluster, session, words) {
            Ok(output) | Err(output) => output,
        };
    }
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

/// `--raw /api/v1/namespaces/NAMESPACE/pods/NAME/eviction -f FILE`; `None` for another path.
fn evict(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    path: &str,
) -> Option<Result<Output, Output>> {
    let rest = path.strip_prefix("/api/v1/namespaces/")?;
    let (namespace, rest) = rest.split_once("/pods/")?;
    let name = rest.strip_suffix("/eviction")?;
    let texts = match files(session, args) {
        Ok(texts) => texts,
        Err(output) => return Some(Err(output)),
    };
    let sent = texts.first().map_or("", |(_, text)| text.as_str());
    let sent: Value = serde_json::from_str(sent).unwrap_or_default();
    let named = value::at(&sent, &["metadata", "name"]).and_then(Value::as_str);
    if named != Some(name) {
        return Some(Err(Output::refused(&ordinal_api::Status::bad_request(
            "name in URL does not match name in Eviction object",
        ))));
    }
    let grace = value::at(&sent, &["deleteOptions", "gracePeriodSeconds"]).and_then(Value::as_i64);
    let request = Request::Evict {
        namespace: namespace.into(),
        name: name.into(),
        options: DeleteOptions {
            grace_secs: grace.map(|secs| u64::try_from(secs).unwrap_or(1)),
            ..DeleteOptions::default()
        },
    };
    const DONE: &str =
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#;
    Some(match cluster.request(request) {
        Ok(_) => Ok(Output::line(DONE)),
        Err(status) => Err(Output::refused(&status)),
    })
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("create", words, FLAGS)?;
    if !args.rest.is_empty() {
        let why = format!("Unexpected args: [{}]", args.rest.join(" "));
        return Err(misuse("create", &why));
    }
    if let Some(path) = args.get("raw")
        && let Some(output) = evict(cluster, session, &args, path)
    {
        return output;
    }
    for flag in ["edit", "raw"] {
        if args.get(flag).is_some() {
            return Err(Output::error(format!(
                "kubectl create --{flag} is not simulated"
            )));
        }
    }
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let how = How::of(&args)?;
    let form = Form::read(&args, session, false)?;
    if let Some(folder) = args.get("kustomize") {
        return Err(kustomization(session, folder));
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let texts = files(session, &args)?;
    let (objects, errors) = read(&texts, "create");
    let wanted = selector(args.get("selector").unwrap_or_default());
    for (file, object) in &objects {
        if !wanted.matches(&labels_of(object)) {
            continue;
        }
        let done = match how.fits(object) {
            Some(refused) => Err(refused),
            None => one(
                cluster,
                &namespace,
                file,
                object.clone(),
                &how,
                args.has("save-config"),
            ),
        };
        match done {
            Ok(item) => {
                if matches!(form, Some(Form::Yaml | Form::Kyaml)) && !output.stdout.is_empty() {
                    output.say("---");
                }
                tell(&mut output, &form, &item, "created", dry)?;
            }
            Err(refused) => output.append(refused),
        }
    }
    output.append(errors);
    Ok(output)
}

fn one(
    cluster: &mut Cluster,
    namespace: &str,
    file: &str,
    mut object: Value,
    how: &How,
    save: bool,
) -> Result<Item, Output> {
    let text = |path: &[&str]| {
        let text = value::at(&object, path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (api_version, kind_name, name) = (
        text(&["apiVersion"]),
        text(&["kind"]),
        text(&["metadata", "name"]),
    );
    let given = text(&["metadata", "namespace"]);
    let Some(kind) = Kind::from_api(&api_version, &kind_name) else {
        let mut output = Output::error(format!(
            "resource mapping not found for name: \"{name}\" namespace: \"{given}\" from \"{file}\": no matches for kind \"{kind_name}\" in version \"{api_version}\""
        ));
        output.warn("ensure CRDs are installed first");
        return Err(output);
    };
    let inside = if given.is_empty() {
        namespace
    } else {
        given.as_str()
    };
    if save {
        save_config(kind, &mut object, inside);
    }
    let resource = discovery::of(kind);
    if how.dry == DryRun::Client {
        if kind.is_namespaced()
            && let Some(map) = object.as_object_mut()
        {
            let metadata = map.entry("metadata").or_insert_with(|| json!({}));
            value::overlay(metadata, "namespace", Some(json!(inside)));
        }
        return Ok(Item {
            resource,
            value: object,
        });
    }
    let request = Request::Create {
        object,
        namespace: namespace.into(),
        strict: true,
    };
    let made = cluster
        .request(how.with(request, ""))
        .and_then(|response| response.object());
    let made = made.map_err(|status| refused(&status, file))?;
    let value = cluster.world().printed(&made);
    Ok(Item { resource, value })
}
