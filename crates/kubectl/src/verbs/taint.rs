//! `kubectl taint node NAME KEY[=VALUE]:EFFECT` and `KEY[:EFFECT]-`. Models kubectl `pkg/cmd/taint`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::{PatchType, label_value, qualified};
use serde_json::json;

use super::common::{Dry, patch, send};
use super::pick::{now, pick, tell};
use crate::args::{Args, misuse};
use crate::discovery;
use crate::printer::Form;
use crate::resource::Item;
use crate::value::{items, text};
use crate::{Output, Session};

const FLAGS: &str = "overwrite all selector,l=s validate=?strict field-manager=s dry-run=?unchanged output,o=s template=s \
allow-missing-template-keys show-managed-fields";

/// A key with what belongs to it; with an empty effect all of them are meant.
struct Spec<'a> {
    key: &'a str,
    value: &'a str,
    effect: &'a str,
}

impl Spec<'_> {
    fn is(&self, taint: &Value) -> bool {
        text(taint, "key") == self.key
            && (self.effect.is_empty() || text(taint, "effect") == self.effect)
    }
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let mut args = Args::read("taint", words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    super::dry_run::validation(&args)?;
    let (mut names, mut changes) = (Vec::new(), Vec::new());
    for word in std::mem::take(&mut args.rest) {
        if word.contains(['=', ':']) || word.ends_with('-') {
            changes.push(word);
        } else if changes.is_empty() {
            names.push(word);
        } else {
            return Err(Output::error(format!(
                "all resources must be specified before taint changes: {word}"
            )));
        }
    }
    let Some(type_) = names.first().map(|name| name.to_lowercase()) else {
        return Err(Output::error(
            "one or more resources must be specified as <resource> <name>",
        ));
    };
    if changes.is_empty() {
        return Err(Output::error("at least one taint update is required"));
    }
    let (add, remove) = parse(&changes).map_err(|why| misuse("taint", &why))?;
    let found = discovery::find(&type_).map_err(|why| {
        let mut output = Output::error("");
        output.stderr = format!("{why}\n");
        output
    })?;
    if found.kind != "Node" {
        return Err(Output::error(format!(
            "invalid resource type {type_}, only node types are supported"
        )));
    }
    let conflicts: Vec<String> = add
        .iter()
        .flat_map(|add| remove.iter().map(move |remove| (add, remove)))
        .filter(|(add, remove)| {
            add.key == remove.key && (remove.effect.is_empty() || remove.effect == add.effect)
        })
        .map(|(_, remove)| format!("{}={}", remove.key, remove.effect))
        .into_list();
    if !conflicts.is_empty() {
        return Err(Output::error(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            conflicts.join(", ")
        )));
    }
    let selected = args.get("selector").is_some_and(|text| !text.is_empty());
    if args.has("all") && selected {
        return Err(Output::error(
            "setting 'all' parameter with a non empty selector is prohibited",
        ));
    }
    if !args.has("all") && !selected && names.len() < 2 {
        return Err(Output::error(
            "at least one resource name must be specified since 'all' parameter is not set",
        ));
    }
    // With a selector, names count for nothing.
    if args.has("all") || selected {
        names.truncate(1);
    }
    "node".clone_into(&mut names[0]);
    args.rest = names;
    let picked = pick(cluster, session, &args, "kubectl taint", true)?;
    let mut errors = picked.errors;
    for item in picked.items {
        let changed = change(&item, &add, &remove, args.has("overwrite"));
        let (done, taints) = match changed {
            Ok(changed) => changed,
            Err(all) => {
                for why in all {
                    errors.push(Output::error(why));
                }
                continue;
            }
        };
        let mut item = item;
        let body = json!({ "spec": { "taints": taints } });
        if dry == Dry::Client {
            item.value["spec"]["taints"] = body["spec"]["taints"].clone();
        } else if let Some(request) = patch(item.resource, "", item.name(), PatchType::Merge, body)
        {
            match send(cluster, request, dry) {
                Ok(object) => item = now(cluster, &item, &object),
                Err(status) => {
                    errors.push(Output::refused(&status));
                    continue;
                }
            }
        }
        // What is only tried is told like what is done.
        tell(&mut output, &form, &item, done, Dry::No)?;
    }
    errors.tell(&mut output);
    Ok(output)
}

/// Taints to set and taints to take off. Models `parseTaints`.
fn parse(words: &[String]) -> Result<(Vec<Spec<'_>>, Vec<Spec<'_>>), String> {
    let (mut add, mut remove): (Vec<Spec<'_>>, Vec<Spec<'_>>) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(gone) = word.strip_suffix('-') {
            remove.push(spec(gone)?);
            continue;
        }
        let new = spec(word)?;
        if new.effect.is_empty() {
            return Err(format!("invalid taint spec: {word}"));
        }
        if add
            .iter()
            .any(|old| old.key == new.key && old.effect == new.effect)
        {
            return Err(format!(
                "duplicated taints with the same key and effect: {{{} {} {} <nil>}}",
                new.key, new.value, new.effect
            ));
        }
        add.push(new);
    }
    Ok((add, remove))
}

/// `KEY`, `KEY:EFFECT` or `KEY=VALUE:EFFECT`. Models `parseTaint`.
fn spec(word: &str) -> Result<Spec<'_>, String> {
    let invalid = |why: &str| Err(format!("invalid taint spec: {word}{why}"));
    let parts: Vec<&str> = word.split(':').into_list();
    let (key, value, effect) = match parts.as_slice() {
        [key] => (*key, "", ""),
        [pair, effect] => {
            if !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(effect) {
                return Err(format!(
                    "invalid taint effect: {effect}, unsupported taint effect"
                ));
            }
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if value.contains('=') {
                return invalid("");
            }
            let faults = label_value(value).join("; ");
            if !faults.is_empty() {
                return invalid(&format!(", {faults}"));
            }
            (key, value, *effect)
        }
        _ => return invalid(""),
    };
    let faults = qualified(key).join("; ");
    if !faults.is_empty() {
        return invalid(&format!(", {faults}"));
    }
    Ok(Spec { key, value, effect })
}

/// What is done to a node, and its taints after it: new ones first. Models `reorganizeTaints`.
fn change(
    item: &Item,
    add: &[Spec<'_>],
    remove: &[Spec<'_>],
    overwrite: bool,
) -> Result<(&'static str, Vec<Value>), Vec<String>> {
    let old = items(&item.value, "spec.taints");
    let again: Vec<&str> = add
        .iter()
        .filter(|spec| old.iter().any(|taint| spec.is(taint)))
        .map(|spec| spec.key)
        .into_list();
    if !overwrite && !again.is_empty() {
        return Err(vec![format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            item.name(),
            again.join(",")
        )]);
    }
    let mut taints: Vec<Value> = add
        .iter()
        .map(|spec| {
            let mut taint = json!({"effect": spec.effect, "key": spec.key});
            if !spec.value.is_empty() {
                taint["value"] = json!(spec.value);
            }
            taint
        })
        .into_list();
    taints.extend(
        old.iter()
            .filter(|taint| !add.iter().any(|spec| spec.is(taint)))
            .cloned(),
    );
    let added = taints.len() != old.len();
    let (mut missing, mut removed) = (Vec::new(), false);
    for spec in remove {
        let before = taints.len();
        taints.retain(|taint| !spec.is(taint));
        removed = taints.len() != before;
        if !removed {
            let colon = if spec.effect.is_empty() { "" } else { ":" };
            missing.push(format!(
                "taint \"{}{colon}{}\" not found",
                spec.key, spec.effect
            ));
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let done = match (added && removed) || overwrite {
        true => "modified",
        false if added => "tainted",
        false => "untainted",
    };
    Ok((done, taints))
}
