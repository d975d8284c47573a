//! `kubectl patch TYPE NAME -p PATCH`. Models kubectl `pkg/cmd/patch`, v0.37.

use ordinal_core::Cluster;
use ordinal_core::apiserver::{
    FieldValidation, Options, Patch, PatchType, Request, apply_patch, http,
};
use serde_json::Value;

use super::common::{Dry, send};
use super::pick::{now, pick, tell};
use crate::args::Args;
use crate::printer::Form;
use crate::resource::{Item, namespace_of};
use crate::{Output, Session};

const FLAGS: &str = "patch,p=s patch-file=s type=s subresource=s dry-run=?unchanged filename,f=l kustomize,k=s \
field-manager=s local output,o=s record allow-missing-template-keys show-managed-fields recursive,R template=s";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("patch", words, FLAGS)?;
    let type_ = match args
        .get("type")
        .unwrap_or("strategic")
        .to_lowercase()
        .as_str()
    {
        "strategic" => PatchType::Strategic,
        "merge" => PatchType::Merge,
        "json" => PatchType::Json,
        _ => {
            let other = args.get("type").unwrap_or_default();
            let text = format!("--type must be one of [json merge strategic], not \"{other}\"");
            return Err(Output::error(text));
        }
    };
    let text = match (args.get("patch"), args.get("patch-file")) {
        (Some(_), Some(_)) => {
            return Err(Output::error(
                "cannot specify --patch and --patch-file together",
            ));
        }
        (Some(""), None) => {
            return Err(Output::error(
                "must specify --patch or --patch-file containing the contents of the patch",
            ));
        }
        (Some(text), _) => text.to_owned(),
        (None, Some(file)) => session.files.get(file).cloned().ok_or_else(|| {
            Output::error(format!(
                "unable to read patch file: open {file}: no such file or directory"
            ))
        })?,
        (None, None) => {
            return Err(Output::error(
                "must specify --patch or --patch-file containing the contents of the patch",
            ));
        }
    };
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    if args.has("local") && dry == Dry::Server {
        return Err(Output::error(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        ));
    }
    let tried = dry == Dry::Client;
    let body = body(&text);
    let subresource = args.get("subresource").unwrap_or_default();
    if args.has("local") && args.get("filename").is_none() {
        return Err(Output::error("cannot specify --local and server resources"));
    }
    let picked = pick(cluster, session, &args, "kubectl patch", false)?;
    for mut item in picked.items {
        let Some(kind) = item.resource.modelled() else {
            continue;
        };
        if !super::get::serves(item.resource, subresource) {
            output.append(Output::refused(&ordinal_api::Status::not_served()));
            continue;
        }
        let patch = Patch {
            type_,
            body: body.clone(),
            subresource: subresource.into(),
        };
        if args.has("local") {
            let before = item.value.clone();
            apply_patch(kind, &mut item.value, &patch)
                .map_err(|status| Output::error(status.message))?;
            let done = patched(before == item.value);
            tell(&mut output, &form, &item, done, Dry::No)?;
            continue;
        }
        let request = Request::With {
            options: Options {
                dry_run: dry == Dry::Server,
                validation: Some(FieldValidation::Warn),
                ..Options::default()
            },
            request: Box::new(Request::Patch {
                kind,
                namespace: namespace_of(kind, item.namespace()),
                name: item.name().into(),
                patch,
            }),
        };
        let answer = if tried {
            send(cluster, request, Dry::Client)
        } else {
            cluster.request(request).and_then(|r| r.object())
        };
        match answer {
            Ok(object) => {
                let before = item.value.clone();
                let generation = before.pointer("/metadata/generation").cloned();
                let mut item = now(cluster, &item, &object);
                if tried {
                    // The server counts generations, and was not asked.
                    let metadata = &mut item.value["metadata"];
                    ordinal_api::value::overlay(metadata, "generation", generation);
                }
                let same = before == item.value && subresource != "scale";
                if subresource == "scale" {
                    let scale = http::scale(&item.value);
                    item = scaled(item, scale);
                }
                let done = patched(same);
                // What is only tried is told like what is done.
                tell(&mut output, &form, &item, done, Dry::No)?;
            }
            Err(status) => output.append(Output::refused(&status)),
        }
    }
    picked.errors.tell(&mut output);
    Ok(output)
}

/// What is said of an object that was patched.
fn patched(same: bool) -> &'static str {
    if same {
        "patched (no change)"
    } else {
        "patched"
    }
}

/// What a patch of the subresource gives back is a `Scale`.
fn scaled(item: Item, scale: Value) -> Item {
    let found = crate::discovery::resources().find(|r| r.kind == "Scale");
    let resource = found.unwrap_or(crate::discovery::Resource {
        plural: "scales",
        version: "autoscaling/v1",
        kind: "Scale",
        ..item.resource
    });
    Item {
        resource,
        value: scale,
    }
}

/// JSON or YAML; what is neither goes to the server as a text, which it refuses. What begins like JSON is not read as YAML.
fn body(text: &str) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    if text.trim_start().starts_with('{') {
        return Value::from(text);
    }
    let wrapped = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\npatch:\n{}",
        indented(text)
    );
    let reading = ordinal_manifest::read(&wrapped, &ordinal_manifest::Options::kubectl("STDIN"));
    let found = reading.documents.first().and_then(|d| d.value.get("patch"));
    match found {
        Some(value) if value.is_object() || value.is_array() => value.clone(),
        _ => Value::from(text),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
