//! `kubectl label` and `kubectl annotate`. Models kubectl `pkg/cmd/label` and `pkg/cmd/annotate`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use ordinal_core::Cluster;
use ordinal_core::apiserver::{PatchType, label_value};
use serde_json::{Value, json};

use super::common::{Dry, patch, send};
use super::pick::{Errors, now, pick, tell};
use crate::args::Args;
use crate::printer::Form;
use crate::resource::Item;
use crate::value::{at, plain};
use crate::{Output, Session};

const FLAGS: &str = "overwrite list local all all-namespaces,A resource-version=s selector,l=s field-selector=s filename,f=l \
kustomize,k=s recursive,R dry-run=?unchanged field-manager=s output,o=s template=s record allow-missing-template-keys show-managed-fields";

/// What differs between the two verbs.
struct Kind {
    verb: &'static str,
    /// `label`, `annotation`
    noun: &'static str,
    /// `labels`, `annotations`
    field: &'static str,
}

const LABEL: Kind = Kind {
    verb: "label",
    noun: "label",
    field: "labels",
};
const ANNOTATE: Kind = Kind {
    verb: "annotate",
    noun: "annotation",
    field: "annotations",
};

/// Runs `kubectl label`.
pub(super) fn label(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, &LABEL)
}

/// Runs `kubectl annotate`.
pub(super) fn annotate(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, &ANNOTATE)
}

fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str], of: &Kind) -> Output {
    match try_run(cluster, session, words, of) {
        Ok(output) | Err(output) => output,
    }
}

/// What is asked for: keys with their new values, keys to take off.
#[derive(Default)]
struct Changes {
    set: SortedMap<String, String>,
    remove: Vec<String>,
}

/// Parts objects from changes. Models kubectl `util.GetResourcesAndPairs`.
fn parted(words: Vec<String>, noun: &str) -> Result<(Vec<String>, Vec<String>), Output> {
    let (mut names, mut pairs) = (Vec::new(), Vec::new());
    for word in words {
        let is_pair = (word.contains('=') && !word.starts_with('='))
            || (word.ends_with('-') && word.len() > 1);
        if is_pair {
            pairs.push(word);
        } else if pairs.is_empty() {
            names.push(word);
        } else {
            return Err(Output::error(format!(
                "all resources must be specified before {noun} changes: {word}"
            )));
        }
    }
    Ok((names, pairs))
}

impl Changes {
    fn read(pairs: &[String], of: &Kind) -> Result<Self, Output> {
        let mut changes = Self::default();
        for pair in pairs {
            match pair.split_once('=') {
                Some((key, value)) => {
                    if of.noun == "label" {
                        if value.contains('=') {
                            return Err(Output::error(format!("invalid label spec: {pair}")));
                        }
                        let why = label_value(value).join(";");
                        if !why.is_empty() {
                            return Err(Output::error(format!(
                                "invalid label value: {}: {why}",
                                Value::from(pair.as_str())
                            )));
                        }
                    }
                    changes.set.insert(key.to_owned(), value.to_owned());
                }
                None => changes
                    .remove
                    .push(pair.strip_suffix('-').unwrap_or(pair).to_owned()),
            }
        }
        Ok(changes)
    }

    fn both(&self) -> Vec<&str> {
        let both = self.remove.iter().filter(|key| self.set.contains_key(*key));
        both.map(String::as_str).into_list()
    }
}

fn check(args: &Args, of: &Kind, changes: &Changes, dry: Dry) -> Result<(), Output> {
    let fault = |text: &str| Err(Output::error(text));
    let given = |flag: &str| args.get(flag).is_some_and(|text| !text.is_empty());
    let (example, no_files) = match of.noun {
        "label" => ("pod.yaml or --filename=pod.json", !given("filename")),
        _ => ("rsrc.yaml or --filename=rsrc.json", !given("filename")),
    };
    if args.has("list") && given("output") {
        return fault("--list and --output may not be specified together");
    }
    for selector in ["selector", "field-selector"] {
        if args.has("all") && given(selector) {
            return Err(Output::error(format!(
                "cannot set --all and --{selector} at the same time"
            )));
        }
    }
    if args.has("local") {
        if dry == Dry::Server {
            return fault(
                "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
            );
        }
        if !args.rest.is_empty() {
            return Err(Output::error(format!(
                "can only use local files by -f {example} when --local=true is set"
            )));
        }
        if no_files {
            return Err(Output::error(format!(
                "one or more files must be specified as -f {example}"
            )));
        }
    } else if args.rest.is_empty() && no_files {
        return fault(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    if changes.set.is_empty() && changes.remove.is_empty() && !args.has("list") {
        return Err(Output::error(format!(
            "at least one {} update is required",
            of.noun
        )));
    }
    Ok(())
}

fn try_run(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
    of: &Kind,
) -> Result<Output, Output> {
    let mut args = Args::read(of.verb, words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    let (names, pairs) = parted(std::mem::take(&mut args.rest), of.noun)?;
    args.rest = names;
    let changes = Changes::read(&pairs, of)?;
    let both = changes.both();
    if of.noun == "label" && !both.is_empty() {
        return Err(Output::error(
            "can not both modify and remove a label in the same command",
        ));
    }
    check(&args, of, &changes, dry)?;
    if !both.is_empty() {
        return Err(Output::error(format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            both.join(", ")
        )));
    }
    let local = args.has("local");
    let picked = pick(
        cluster,
        session,
        &args,
        &format!("kubectl {}", of.verb),
        !local,
    )?;
    if !picked.single && args.get("resource-version").is_some_and(|v| !v.is_empty()) {
        return Err(Output::error(
            "--resource-version may only be used with a single resource",
        ));
    }
    let way = Way {
        args: &args,
        of,
        changes: &changes,
        dry,
        form: &form,
    };
    let mut errors = picked.errors;
    for item in picked.items {
        if args.has("list") {
            list(&item, of, picked.single, &mut output);
            continue;
        }
        if let Err(error) = one(cluster, item, &way, &mut output) {
            refused(&mut errors, error);
        }
    }
    errors.tell(&mut output);
    Ok(output)
}

fn refused(errors: &mut Errors, all: Vec<Output>) {
    for error in all {
        errors.push(error);
    }
}

fn list(item: &Item, of: &Kind, single: bool, output: &mut Output) {
    let indent = if single { "" } else { " " };
    if !single {
        output.say(format!(
            "Listing {} for {}.{}/{}:",
            of.field,
            item.resource.kind,
            item.resource.group(),
            item.name()
        ));
    }
    for (key, value) in crate::value::entries(&item.value, &format!("metadata.{}", of.field)) {
        output.say(format!("{indent}{key}={}", plain(value)));
    }
}

/// The keys whose value would be overwritten, with it.
fn taken<'a>(item: &'a Item, of: &Kind, changes: &'a Changes) -> Vec<(&'a str, String)> {
    let have = at(&item.value, "metadata").get(of.field);
    changes
        .set
        .iter()
        .filter_map(|(key, value)| {
            let old = plain(have?.get(key)?);
            (old != *value).then_some((key.as_str(), old))
        })
        .into_list()
}

/// How it is to be done.
struct Way<'a> {
    args: &'a Args,
    of: &'a Kind,
    changes: &'a Changes,
    dry: Dry,
    form: &'a Option<Form>,
}

fn one(
    cluster: &mut Cluster,
    mut item: Item,
    way: &Way<'_>,
    output: &mut Output,
) -> Result<(), Vec<Output>> {
    let Way {
        args,
        of,
        changes,
        dry,
        form,
    } = *way;
    let is_label = of.noun == "label";
    let sent = dry != Dry::Client && !args.has("local");
    let have = at(&item.value, "metadata").get(of.field).cloned();
    let old = |key: &str| have.as_ref().and_then(|have| have.get(key)).map(plain);
    if is_label && sent {
        for key in changes.remove.iter().filter(|key| old(key).is_none()) {
            output.say(format!("label {} not found.", Value::from(key.as_str())));
        }
    }
    if !args.has("overwrite") {
        let refused = taken(&item, of, changes);
        if is_label && !refused.is_empty() {
            let told = refused.iter().map(|(key, old)| {
                Output::error(format!(
                    "'{key}' already has a value ({old}), and --overwrite is false"
                ))
            });
            return Err(told.collect());
        }
        // The cause of a change can always be overwritten.
        let told: Vec<String> = refused
            .iter()
            .filter(|(key, _)| *key != "kubernetes.io/change-cause")
            .map(|(key, old)| format!("'{key}' already has a value ({old})"))
            .into_list();
        if !told.is_empty() {
            return Err(vec![Output::error(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                told.join("; ")
            ))]);
        }
    }
    let mut body = serde_json::Map::new();
    let (mut added, mut removed) = (false, false);
    for (key, value) in &changes.set {
        if old(key).as_deref() != Some(value) {
            added = true;
            body.insert(key.clone(), json!(value));
        }
    }
    for key in changes.remove.iter().filter(|key| old(key).is_some()) {
        removed = true;
        body.insert(key.clone(), Value::Null);
    }
    let done = match (is_label, added, removed) {
        (false, ..) => "annotated",
        (true, true, true) => "modified",
        (true, true, false) => "labeled",
        (true, false, true) => "unlabeled",
        (true, false, false) => "not labeled",
    };
    if sent && (added || removed || !is_label) {
        let mut metadata = json!({ of.field: body });
        if let Some(version) = args.get("resource-version").filter(|v| !v.is_empty()) {
            metadata["resourceVersion"] = json!(version);
        }
        let request = patch(
            item.resource,
            item.namespace(),
            item.name(),
            PatchType::Merge,
            json!({ "metadata": metadata }),
        );
        if let Some(request) = request {
            match send(cluster, request, dry) {
                Ok(object) => item = now(cluster, &item, &object),
                Err(status) => return Err(vec![Output::refused(&status)]),
            }
        }
    } else if let Some(metadata) = item
        .value
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
    {
        let map = metadata.entry(of.field).or_insert_with(|| json!({}));
        if let Some(map) = map.as_object_mut() {
            for (key, value) in body {
                match value {
                    Value::Null => map.remove(&key),
                    value => map.insert(key, value),
                };
            }
        }
    }
    tell(output, form, &item, done, dry).map_err(|error| vec![error])
}
