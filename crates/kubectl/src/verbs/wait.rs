//! `kubectl wait`. Models kubectl `pkg/cmd/wait`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::common::{Dry, wait};
use super::pick::{pick, tell};
use crate::args::Args;
use crate::format::jsonpath::{self, Template};
use crate::printer::Form;
use crate::resource::{Item, fetch};
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
        if let Some(input) = given.strip_prefix("jsonpath=") {
            return Self::path(input);
        }
        Err(Output::error(format!(
            "unrecognized condition: \"{given}\""
        )))
    }

    /// `PATH` or `PATH=VALUE`; two equals signs side by side belong to the path. Models `processJSONPathInput`.
    fn path(input: &str) -> Result<Self, Output> {
        let mut parts = vec![String::new()];
        let mut letters = input.chars().peekable();
        while let Some(letter) = letters.next() {
            let double = letter == '=' && letters.next_if_eq(&'=').is_some();
            if letter == '=' && !double {
                parts.push(String::new());
            } else if let Some(last) = parts.last_mut() {
                last.push_str(if double { "==" } else { "" });
                if !double {
                    last.push(letter);
                }
            }
        }
        let (path, value) = match parts.as_slice() {
            [path] => (path, None),
            [path, value] => (path, Some(value.trim_matches(['\'', '"']).to_owned())),
            _ => {
                return Err(Output::error(
                    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
                ));
            }
        };
        if value.as_deref() == Some("") {
            return Err(Output::error(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            ));
        }
        let path = path.trim_matches(['\'', '"']);
        if path.is_empty() {
            return Err(Output::error("jsonpath expression cannot be empty"));
        }
        let template = jsonpath::relaxed(path).and_then(|path| jsonpath::parse(&path));
        let template = template.map_err(Output::error)?;
        Ok(Self::Path(template, value))
    }

    /// What a path leads to that cannot be compared with a value.
    fn fault(&self, item: &Item) -> Option<&'static str> {
        let Self::Path(template, Some(_)) = self else {
            return None;
        };
        let found = template.find(&item.value).ok()?;
        match found.as_slice() {
            [values] if values.len() > 1 => {
                Some("given jsonpath expression matches more than one value")
            }
            [values] if values.iter().any(|v| v.is_object() || v.is_array()) => {
                Some("jsonpath leads to a nested object or list which is not supported")
            }
            [_] | [] => None,
            _ => Some("given jsonpath expression matches more than one list"),
        }
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
    let is_any = |goal: fn(&Goal) -> bool| goals.iter().any(goal);
    let timeout = match args.duration_ms("timeout") {
        None => 30_000,
        Some(ms) if ms < 0 => 168 * 3_600_000,
        Some(ms) => ms,
    };
    let form = Form::read(&args, session, false)?;
    let begun = crate::clock::now_ms(cluster.world());
    let mut output = Output::default();
    if is_any(|goal| matches!(goal, Goal::Create)) {
        let mut fault = None;
        let mut there =
            |cluster: &mut Cluster| match pick(cluster, session, &args, "kubectl wait", true) {
                Ok(picked) => !picked.items.is_empty() && picked.errors.is_empty(),
                Err(error) => {
                    fault = Some(error);
                    true
                }
            };
        let made = match timeout {
            0 => there(cluster),
            _ => wait(cluster, session, timeout, there),
        };
        if let Some(fault) = fault {
            return Err(fault);
        }
        if !made {
            return Err(Output::error("timed out waiting for the condition"));
        }
    }
    let picked = pick(cluster, session, &args, "kubectl wait", true)?;
    let for_delete = is_any(|goal| matches!(goal, Goal::Delete));
    let mut errors = picked.errors;
    if for_delete {
        errors.forgive_missing();
    }
    if picked.items.is_empty() && errors.is_empty() && !for_delete {
        return Err(Output::error("no matching resources found"));
    }
    for item in &picked.items {
        for goal in &goals {
            match one(cluster, session, item, goal, begun, timeout) {
                Ok(()) => {
                    tell(&mut output, &form, item, "condition met", Dry::No)?;
                    output.printed_at(cluster.world());
                }
                Err(error) => {
                    errors.push(error);
                    break;
                }
            }
        }
    }
    errors.tell(&mut output);
    Ok(output)
}

/// Waits until one object is as it should be.
fn one(
    cluster: &mut Cluster,
    session: &Session,
    item: &Item,
    goal: &Goal,
    begun: i64,
    timeout: i64,
) -> Result<(), Output> {
    let (resource, name) = (item.resource, item.name());
    let uid = text(&item.value, "metadata.uid");
    let mut refusal = None;
    let look = |cluster: &mut Cluster| match fetch(cluster, resource, item.namespace(), name) {
        Ok(now) if matches!(goal, Goal::Delete) => text(&now.value, "metadata.uid") != uid,
        Ok(now) => match goal.fault(&now) {
            Some(fault) => {
                refusal = Some(Output::error(fault));
                true
            }
            None => goal.met(&now),
        },
        Err(_) if matches!(goal, Goal::Delete) => true,
        Err(status) => {
            refusal = Some(Output::refused(&status));
            true
        }
    };
    let left = timeout - (crate::clock::now_ms(cluster.world()) - begun);
    let mut look = look;
    // Whose turn comes when the time is over is not looked at.
    if timeout > 0 && left <= 0 {
        return Err(Output::error(match goal {
            Goal::Delete => "context deadline exceeded".to_owned(),
            _ => format!(
                "timed out waiting for the condition on {}/{name}",
                resource.plural
            ),
        }));
    }
    let met = match left > 0 {
        true => wait(cluster, session, left, look),
        false => look(cluster),
    };
    let plural = format!("{}/{name}", resource.plural);
    match refusal {
        Some(refusal) => Err(refusal),
        None if met => Ok(()),
        None if timeout == 0 => Err(Output::error(format!("condition not met for {plural}"))),
        None => Err(Output::error(format!(
            "timed out waiting for the condition on {plural}"
        ))),
    }
}
