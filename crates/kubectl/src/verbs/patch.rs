//! `kubectl patch TYPE NAME -p PATCH`. Models kubectl `pkg/cmd/patch`, v0.37.

use ordinal_core::Cluster;
use ordinal_core::apiserver::{FieldValidation, Options, Patch, PatchType, Request};
use serde_json::Value;

use super::dry_run::{DryRun, suffix};
use crate::args::Args;
use crate::output::typed_name;
use crate::resource::{get, namespace_of, targets};
use crate::{Output, Session};

const FLAGS: &str = "patch,p=s patch-file=s type=s subresource=s dry-run=?unchanged filename,f=l field-manager=s \
local output,o=s record allow-missing-template-keys show-managed-fields recursive,R template=s";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("patch", words, FLAGS)?;
    let type_ = match args.get("type").unwrap_or("strategic") {
        "strategic" => PatchType::Strategic,
        "merge" => PatchType::Merge,
        "json" => PatchType::Json,
        other => {
            let text = format!("--type must be one of [json merge strategic], not \"{other}\"");
            return Err(Output::error(text));
        }
    };
    let text = match (args.get("patch"), args.get("patch-file")) {
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
    let body = body(&text);
    let dry = DryRun::of(&args)?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    for (kind, name) in targets(&args.rest)?.named {
        let before = match get(cluster, kind, &namespace, &name) {
            Ok(stored) => stored.meta.resource_version,
            Err(status) => {
                output.append(Output::refused(&status));
                continue;
            }
        };
        let patch = Patch {
            type_,
            body: body.clone(),
            subresource: args.get("subresource").unwrap_or_default().into(),
        };
        let request = Request::With {
            options: Options {
                dry_run: dry != DryRun::No,
                validation: Some(FieldValidation::Warn),
                ..Options::default()
            },
            request: Box::new(Request::Patch {
                kind,
                namespace: namespace_of(kind, &namespace),
                name: name.as_str().into(),
                patch,
            }),
        };
        match cluster.request(request).and_then(|r| r.object()) {
            Ok(now) => {
                let same = now.meta.resource_version == before;
                let how = if same {
                    "patched (no change)"
                } else {
                    "patched"
                };
                output.say(format!("{} {how}{}", typed_name(kind, &name), suffix(dry)));
            }
            Err(status) => output.append(Output::refused(&status)),
        }
    }
    Ok(output)
}

/// JSON or YAML; what is neither goes to the server as a text, which it refuses.
fn body(text: &str) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
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
