//! Which objects a verb that changes things means, and how it tells of each. Models cli-runtime `resource.Builder`, v0.37.

use ordinal_api::Object;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::common::{Dry, NO_NAME, NO_RESOURCES};
use super::made::json_of;
use super::{files, read};
use crate::args::Args;
use crate::discovery;
use crate::printer::Form;
use crate::resource::{Filter, Item, fetch, fetch_all, labels_of, select};
use crate::value::text;
use crate::{Output, Session};

/// Errors of several objects, told when all is done: one by itself, several one a line without the word before them.
/// Models kubectl `util.MultipleErrors`.
#[derive(Default)]
pub(super) struct Errors(Vec<Output>);

impl Errors {
    /// Adds one.
    pub(super) fn push(&mut self, error: Output) {
        self.0.push(error);
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets what only says that something is not there.
    pub(super) fn forgive_missing(&mut self) {
        self.0
            .retain(|error| !error.stderr.starts_with("Error from server (NotFound)"));
    }

    /// All of them in one text, without what is printed before each. Models `NewAggregate`.
    pub(super) fn together(&self) -> String {
        let bare = |error: &Output| {
            let text = error.stderr.trim_end();
            let text = text.strip_prefix("error: ").unwrap_or(text);
            let told = text.strip_prefix("Error from server");
            let told = told.and_then(|text| text.split_once(": "));
            told.map_or(text, |(_, why)| why).to_owned()
        };
        let texts: Vec<String> = self.0.iter().map(bare).into_list();
        match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        }
    }

    /// Puts them behind what was printed.
    pub(super) fn tell(self, output: &mut Output) {
        let several = self.0.len() > 1;
        for mut error in self.0 {
            if several && let Some(rest) = error.stderr.strip_prefix("error: ") {
                error.stderr = rest.to_owned();
            }
            output.append(error);
        }
    }
}

/// The objects that were meant.
#[derive(Default)]
pub(super) struct Picked {
    /// Those that are there.
    pub(super) items: Vec<Item>,
    /// Of those that are not.
    pub(super) errors: Errors,
    /// Whether a single object was meant.
    pub(super) single: bool,
}

/// The objects that arguments, selectors or files name. `latest`: what a file names is looked up; else it is taken as it stands.
///
/// # Errors
/// What kubectl says of a command line that names none, or contradicts itself.
pub(super) fn pick(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    command: &str,
    latest: bool,
) -> Result<Picked, Output> {
    let fault = |text: &str| Err(Output::error(text));
    let namespace = args.get("namespace").unwrap_or(&session.namespace);
    let everywhere = args.has("all-namespaces");
    let mut picked = Picked::default();
    // Who labels or scales takes every object of a type that is named without a name; a name comes before `--all`.
    let slashed = args.rest.iter().any(|word| word.contains('/'));
    let by_name = ["kubectl label", "kubectl annotate", "kubectl scale"].contains(&command)
        && (args.rest.len() > 1 || slashed);
    let chosen = args.has("all") && !by_name
        || ["selector", "field-selector"]
            .iter()
            .any(|flag| args.get(flag).is_some_and(|text| !text.is_empty()));
    let paths: Vec<&str> = args.all("filename").into_list();
    if !paths.is_empty() {
        if !args.rest.is_empty() {
            return fault(match (slashed, args.rest.len()) {
                (true, _) => "resource/name arguments cannot be provided when a path is specified",
                _ => {
                    "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
                }
            });
        }
        let texts = files(session, args)?;
        picked.single = paths.len() == 1 && texts.len() == 1;
        let (objects, errors) = read(&texts, command.trim_start_matches("kubectl "));
        if !errors.is_ok() {
            picked.errors.push(errors);
        }
        let wanted = crate::resource::selector(args.get("selector").unwrap_or_default());
        for (_, value) in objects {
            let (version, kind) = (text(&value, "apiVersion"), text(&value, "kind"));
            let Some(resource) =
                discovery::resources().find(|r| r.version == version && r.kind == kind)
            else {
                continue;
            };
            let inside = match text(&value, "metadata.namespace") {
                "" => namespace.to_owned(),
                given => given.to_owned(),
            };
            let item = if latest {
                match fetch(cluster, resource, &inside, text(&value, "metadata.name")) {
                    Ok(item) => item,
                    Err(status) => {
                        picked.errors.push(Output::refused(&status));
                        continue;
                    }
                }
            } else {
                let mut value = value;
                if resource.namespaced && !value["metadata"].is_null() && !args.has("local") {
                    value["metadata"]["namespace"] = inside.into();
                }
                Item { resource, value }
            };
            if wanted.matches(&labels_of(&item.value)) {
                picked.items.push(item);
            }
        }
        return Ok(picked);
    }
    if chosen && slashed {
        return fault(
            "selectors and the all flag cannot be used when passing resource/name arguments",
        );
    }
    if chosen && args.rest.len() > 1 {
        return fault("name cannot be provided when a selector is specified");
    }
    let selection = select(&args.rest)?;
    if selection.resources.is_empty() {
        return fault(if chosen {
            "at least one resource must be specified to use a selector"
        } else {
            NO_RESOURCES
        });
    }
    if !chosen && selection.named.is_empty() {
        return fault(NO_NAME);
    }
    picked.single = selection.is_single();
    for (resource, name) in &selection.named {
        if everywhere && resource.namespaced {
            return fault("a resource cannot be retrieved by name across all namespaces");
        }
        match fetch(cluster, *resource, namespace, name) {
            Ok(item) => picked.items.push(item),
            Err(status) => picked.errors.push(Output::refused(&status)),
        }
    }
    if selection.named.is_empty() {
        let filter = Filter {
            namespace: (!everywhere).then(|| namespace.to_owned()),
            labels: args.get("selector").unwrap_or_default().to_owned(),
            fields: args.get("field-selector").unwrap_or_default().to_owned(),
        };
        for resource in &selection.resources {
            match fetch_all(cluster, *resource, &filter) {
                Ok(found) => picked.items.extend(found),
                Err(status) => picked.errors.push(Output::refused(&status)),
            }
        }
    }
    Ok(picked)
}

/// Tells what was done with an object: `pod/web-0 labeled`, or the object in the form that was asked for.
///
/// # Errors
/// What the form says of it.
pub(super) fn tell(
    output: &mut Output,
    form: &Option<Form>,
    item: &Item,
    done: &str,
    dry: Dry,
) -> Result<(), Output> {
    match form {
        None => output.say(format!("{} {done}{}", item.typed_name(), dry.suffix())),
        Some(Form::Name) => output.say(item.typed_name()),
        Some(form) => {
            let mut value = item.value.clone();
            if let Some(metadata) = value.get_mut("metadata").and_then(|m| m.as_object_mut()) {
                metadata.remove("managedFields");
            }
            let text = form.clone().print(&value, false)?;
            output.stdout.push_str(&text);
        }
    }
    Ok(())
}

/// The same of an object that the client has a type for: JSON comes in the order of that type's fields.
///
/// # Errors
/// What the form says of it.
pub(super) fn tell_typed(
    output: &mut Output,
    form: &Option<Form>,
    item: &Item,
    done: &str,
    dry: Dry,
) -> Result<(), Output> {
    if let Some(Form::Json) = form {
        output.stdout.push_str(&json_of(&item.value));
        return Ok(());
    }
    tell(output, form, item, done, dry)
}

/// Tells of one such object after another; in the form of YAML each stands by itself.
///
/// # Errors
/// What the form says of it.
pub(super) fn tell_next(
    output: &mut Output,
    form: &Option<Form>,
    item: &Item,
    done: &str,
    dry: Dry,
) -> Result<(), Output> {
    if matches!(form, Some(Form::Yaml | Form::Kyaml)) && !output.stdout.is_empty() {
        output.say("---");
    }
    tell_typed(output, form, item, done, dry)
}

/// The item with what the server made of it.
pub(super) fn now(cluster: &Cluster, item: &Item, object: &Object) -> Item {
    Item {
        resource: item.resource,
        value: cluster.world().printed(object),
    }
}
