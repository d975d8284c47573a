//! `kubectl wait`. Models kubectl `pkg/cmd/wait`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::common::wait;
use super::selected;
use crate::args::Args;
use crate::format::jsonpath::{self, Template};
use crate::resource::{Filter, Item, Selection, fetch, fetch_all};
use crate::value::{items, named, text};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R selector,l=s field-selector=s all all-namespaces,A for=s timeout=d local \
output,o=s template=s show-managed-fields allow-missing-template-keys";

/// What is waited for.
enum Goal {
    Delete,
    Create,
    Condition(String, String),
    Path(Template, Option<String>),
}

impl Goal {
    fn read(given: &str) -> Result<Self, Output> {
        let lower = given.to_ascii_lowercase();
        if lower == "delete" {
            return Ok(Self::Delete);
        }
        if lower == "create" {
            return Ok(Self::Create);
        }
        if let Some(condition) = given.strip_prefix("condition=") {
            let (type_, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Condition(type_.to_owned(), status.to_owned()));
        }
        if let Some(path) = given.strip_prefix("jsonpath=") {
            let (path, value) = match path.rsplit_once("}=") {
                Some((path, value)) => (format!("{path}}}"), Some(value)),
                None if !path.starts_with('{') => path
                    .split_once('=')
                    .map_or((path.to_owned(), None), |(p, v)| (p.to_owned(), Some(v))),
                None => (path.to_owned(), None),
            };
            if value.is_some_and(str::is_empty) {
                return Err(Output::error("jsonpath wait value cannot be empty"));
            }
            let value = value.map(|v| v.trim_matches(['\'', '"']).to_owned());
            let template =
                jsonpath::relaxed(path.trim_matches(['\'', '"'])).map_err(Output::error)?;
            return Ok(Self::Path(template, value));
        }
        Err(Output::error(format!(
            "unrecognized condition: \"{given}\""
        )))
    }

    fn met(&self, item: &Item) -> bool {
        match self {
            Self::Delete => false,
            Self::Create => true,
            Self::Condition(type_, status) => {
                let conditions = items(&item.value, "status.conditions");
                let found = conditions
                    .iter()
                    .find(|c| text(c, "type").eq_ignore_ascii_case(type_))
                    .unwrap_or(named(conditions, "type", type_));
                text(found, "status").eq_ignore_ascii_case(status)
            }
            Self::Path(template, value) => {
                let found = template.find(&item.value).unwrap_or_default();
                let mut found = found.into_iter().flatten();
                match value {
                    None => found.next().is_some(),
                    Some(value) => found
                        .next()
                        .is_some_and(|found| crate::value::plain(&found) == *value),
                }
            }
        }
    }
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("wait", words, FLAGS)?;
    let given: Vec<&str> = args.all("for").into_list();
    if given.is_empty() {
        return Err(Output::error("unrecognized condition: []"));
    }
    let goals: Result<Vec<Goal>, Output> = given.iter().map(|given| Goal::read(given)).collect();
    let goals = goals?;
    let (selection, _) = selected(session, &args, "kubectl wait")?;
    if selection.resources.is_empty() {
        return Err(Output::error(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        ));
    }
    let timeout = args.duration_ms("timeout").unwrap_or(30_000);
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let mut output = Output::default();
    for goal in &goals {
        output.append(one(
            cluster, session, &args, &selection, &namespace, goal, timeout,
        ));
    }
    Ok(output)
}

fn one(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    selection: &Selection,
    namespace: &str,
    goal: &Goal,
    timeout: i64,
) -> Output {
    let mut output = Output::default();
    let mut errors = Output::default();
    let mut found = Vec::new();
    for (resource, name) in &selection.named {
        match fetch(cluster, *resource, namespace, name) {
            Ok(item) => found.push(item),
            Err(_) if matches!(goal, Goal::Delete) => {}
            Err(_) if matches!(goal, Goal::Create) => {
                let mut made = None;
                let waited = timeout != 0
                    && wait(cluster, session, timeout, |cluster| {
                        made = fetch(cluster, *resource, namespace, name).ok();
                        made.is_some()
                    });
                match made.filter(|_| waited) {
                    Some(item) => found.push(item),
                    None => errors.append(Output::error("timed out waiting for the condition")),
                }
            }
            Err(status) => errors.append(Output::refused(&status)),
        }
    }
    if selection.named.is_empty() {
        let filter = Filter {
            namespace: (!args.has("all-namespaces")).then(|| namespace.to_owned()),
            labels: args.get("selector").unwrap_or_default().to_owned(),
            fields: args.get("field-selector").unwrap_or_default().to_owned(),
        };
        for resource in &selection.resources {
            match fetch_all(cluster, *resource, &filter) {
                Ok(items) => found.extend(items),
                Err(status) => return Output::refused(&status),
            }
        }
        if found.is_empty() && !matches!(goal, Goal::Delete) {
            return Output::error("no matching resources found");
        }
    }
    let begun = crate::clock::now_ms(cluster.world());
    for item in &found {
        let (resource, name) = (item.resource, item.name().to_owned());
        let inside = item.namespace().to_owned();
        let uid = text(&item.value, "metadata.uid");
        let mut refusal = None;
        let mut look = |cluster: &mut Cluster| match fetch(cluster, resource, &inside, &name) {
            Ok(now) if matches!(goal, Goal::Delete) => text(&now.value, "metadata.uid") != uid,
            Ok(now) => goal.met(&now),
            Err(_) if matches!(goal, Goal::Delete) => true,
            Err(status) => {
                refusal = Some(Output::refused(&status));
                true
            }
        };
        let plural = format!("{}/{name}", resource.plural);
        let left = timeout - (crate::clock::now_ms(cluster.world()) - begun);
        let met = if timeout == 0 || left <= 0 && timeout > 0 {
            look(cluster)
        } else {
            wait(cluster, session, left, look)
        };
        if let Some(refusal) = refusal {
            errors.append(refusal);
        } else if met {
            output.say(format!("{} condition met", item.typed_name()));
        } else if timeout == 0 {
            errors.append(Output::error(format!("condition not met for {plural}")));
        } else {
            errors.append(Output::error(format!(
                "timed out waiting for the condition on {plural}"
            )));
        }
    }
    output.append(errors);
    output
}
