//! `kubectl edit`: the text that an editor opens, and what comes of the text that it saves. The editor itself is the
//! terminal's: a pane of the page, or a command in `KUBE_EDITOR`. Models kubectl `pkg/cmd/util/editor`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::status::Reason;
use ordinal_core::Cluster;
use ordinal_core::apiserver::PatchType;
use serde_json::{Map, json};

use super::common::{Dry, patch, send};
use super::pick::{now, pick, tell};
use super::read;
use crate::args::Args;
use crate::format::{json as json_text, yaml};
use crate::printer::Form;
use crate::resource::Item;
use crate::value::text;
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l kustomize,k=s recursive,R output,o=s output-patch windows-line-endings save-config \
validate=?strict field-manager=s subresource=s record template=s allow-missing-template-keys show-managed-fields";
const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Where kubectl keeps the text meanwhile.
pub(crate) const FILE: &str = "/tmp/kubectl-edit-1234567890.yaml";

/// An edit that is under way.
#[derive(Clone, Debug)]
pub struct Editing {
    /// What the editor shows.
    pub text: String,
    items: Vec<Item>,
    form: Option<Form>,
    says_patch: bool,
    /// Whether what was saved last was refused.
    refused: bool,
}

/// Runs the verb: the session has an edit under way afterwards.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let mut args = Args::read("edit", words, FLAGS)?;
    let form = Form::read(&args, session, false)?;
    if !matches!(form, None | Some(Form::Json | Form::Yaml | Form::Kyaml)) {
        return Err(Output::error(format!(
            "unable to match a printer suitable for the output format \"{}\", allowed formats are: json,kyaml,yaml",
            args.get("output").unwrap_or_default()
        )));
    }
    // A type alone means all of it.
    if args.rest.len() == 1 && !args.rest[0].contains('/') {
        args.set("all");
    }
    let picked = pick(cluster, session, &args, "kubectl edit", true)?;
    let mut output = Output::default();
    picked.errors.tell(&mut output);
    if !output.is_ok() {
        return Ok(output);
    }
    if picked.items.is_empty() {
        return Err(Output::error("edit cancelled, no objects found"));
    }
    let values: Vec<Value> = picked
        .items
        .iter()
        .map(|item| item.value.clone())
        .into_list();
    let shown = match values.as_slice() {
        [one] => one.clone(),
        several => json!({"apiVersion": "v1", "items": several, "kind": "List", "metadata": {}}),
    };
    let written = match form {
        Some(Form::Json) => json_text::pretty(&shown),
        _ => yaml::write(&shown),
    };
    session.editing = Some(Editing {
        text: format!("{HEADER}{written}"),
        items: picked.items,
        form: form.filter(|form| matches!(form, Form::Name)),
        says_patch: args.has("output-patch"),
        refused: false,
    });
    Ok(output)
}

/// A text without its comments. Models kubectl `util.StripComments`.
fn stripped(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What to merge into one value to make it another.
fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, value) in new {
        match (old.get(key), value) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                patch.insert(key.clone(), Value::Object(difference(old, new)));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// What comes of a text that was saved: the session has the edit under way again where it must be edited once more.
pub fn save(cluster: &mut Cluster, session: &mut Session, saved: &str) -> Output {
    let mut output = Output::default();
    let Some(mut edit) = session.editing.take() else {
        return output;
    };
    let clean = stripped(saved);
    if edit.refused && clean == stripped(&edit.text) {
        output.warn(format!(
            "A copy of your changes has been stored to \"{FILE}\""
        ));
        output.append(Output::error(
            "Edit cancelled, no valid changes were saved.",
        ));
        return output;
    }
    if !edit.refused && clean == stripped(&edit.text) {
        output.warn("Edit cancelled, no changes made.");
        return output;
    }
    if clean.trim().is_empty() {
        output.warn("Edit cancelled, saved file was empty.");
        return output;
    }
    let (objects, errors) = read(&[("edited-file".to_owned(), clean.clone())], "edit");
    let mut reasons = String::new();
    if !errors.is_ok() {
        let why = errors.stderr.trim_end();
        let why = why.strip_prefix("error: ").unwrap_or(why);
        reasons = format!("# The edited file had a syntax error: {why}\n#\n");
    }
    let mut ends = false;
    for (_, new) in objects.iter().filter(|_| errors.is_ok()) {
        let uid = text(new, "metadata.uid");
        let Some(item) = edit
            .items
            .iter()
            .find(|item| text(&item.value, "metadata.uid") == uid)
        else {
            output.append(Output::error("no original object found for the edited one"));
            return output;
        };
        let (Some(old), Some(new)) = (item.value.as_object(), new.as_object()) else {
            continue;
        };
        let body = difference(old, new);
        if body.is_empty() {
            told(&mut output, &edit, item, "skipped");
            continue;
        }
        let renamed = body
            .get("metadata")
            .is_some_and(|m| m.get("name").is_some());
        if renamed || body.contains_key("apiVersion") || body.contains_key("kind") {
            output.warn(format!(
                "A copy of your changes has been stored to \"{FILE}\""
            ));
            output.append(Output::error(
                "At least one of apiVersion, kind and name was changed",
            ));
            return output;
        }
        let body = Value::Object(body);
        if edit.says_patch {
            output.say(format!("Patch: {body}"));
        }
        let (namespace, name) = (item.namespace(), item.name());
        let Some(request) = patch(item.resource, namespace, name, PatchType::Merge, body) else {
            continue;
        };
        let what = format!("{} \"{name}\"", item.resource.group_resource());
        match send(cluster, request, Dry::No) {
            Ok(object) => {
                let item = now(cluster, item, &object);
                told(&mut output, &edit, &item, "edited");
            }
            Err(status) if status.reason == Reason::Invalid => {
                reasons.push_str(&format!("# {what} was not valid:\n"));
                for cause in &status.details.causes {
                    reasons.push_str(&format!("# * {}: {}\n", cause.field, cause.message));
                }
                reasons.push_str("#\n");
                output.warn(format!("error: {what} is invalid"));
            }
            Err(status) if status.is_not_found() => {
                output.warn(format!("error: {what} could not be found on the server"));
                output.warn(format!(
                    "The edits you made on deleted resources have been saved to \"{FILE}\""
                ));
                ends = true;
            }
            Err(status) => {
                output.warn(format!(
                    "error: {what} could not be patched: {}",
                    status.message
                ));
                output.warn(format!(
                    "You can run `kubectl replace -f {FILE}` to try this update again."
                ));
                ends = true;
            }
        }
    }
    if ends {
        output.exit = 1;
    } else if !reasons.is_empty() {
        edit.text = format!("{HEADER}{reasons}{clean}");
        edit.refused = true;
        session.editing = Some(edit);
    }
    output
}

fn told(output: &mut Output, edit: &Editing, item: &Item, done: &str) {
    if let Err(error) = tell(output, &edit.form, item, done, Dry::No) {
        output.append(error);
    }
}
