//! What objects a command means: `pod web-0`, `pods/web-0`, `sts,svc`, `-l app=web`, `--all`.

use std::sync::Arc;

use ordinal_api::labels::{Operator, Requirement};
use ordinal_api::{Kind, Object, Selector, Status, Text};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Request, Response};

use crate::Output;

/// Kinds and names, as typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    /// Kinds in the order in which they were typed.
    pub(crate) kinds: Vec<Kind>,
    /// Kinds with names; empty for all of the kinds.
    pub(crate) named: Vec<(Kind, String)>,
}

/// The kinds of `kubectl get all`.
const ALL: &[Kind] = &[
    Kind::Pod,
    Kind::Service,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
];

fn kind(argument: &str) -> Result<Kind, Output> {
    let unknown = || {
        Output::error(format!(
            "the server doesn't have a resource type \"{argument}\""
        ))
    };
    Kind::from_argument(argument).ok_or_else(unknown)
}

/// Reads `TYPE[,TYPE] [NAME…]` or `TYPE/NAME…`.
pub(crate) fn targets(rest: &[String]) -> Result<Targets, Output> {
    let mut targets = Targets::default();
    let Some(first) = rest.first() else {
        return Ok(targets);
    };
    if first.contains('/') {
        for argument in rest {
            let Some((type_, name)) = argument.split_once('/') else {
                return Err(Output::error(
                    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
                ));
            };
            if name.contains('/') {
                return Err(Output::error(
                    "arguments in resource/name form may not have more than one slash",
                ));
            }
            if name.is_empty() {
                return Err(Output::error(
                    "arguments in resource/name form must have a single resource and name",
                ));
            }
            let kind = kind(type_)?;
            if !targets.kinds.contains(&kind) {
                targets.kinds.push(kind);
            }
            targets.named.push((kind, name.to_owned()));
        }
        return Ok(targets);
    }
    for type_ in first.split(',') {
        let kinds = if type_ == "all" {
            ALL.to_vec()
        } else {
            vec![kind(type_)?]
        };
        targets.kinds.extend(kinds);
    }
    for name in &rest[1..] {
        targets
            .named
            .extend(targets.kinds.iter().map(|kind| (*kind, name.clone())));
    }
    Ok(targets)
}

/// Reads a label selector: `app=web,tier!=db,env in (a,b),!x`.
pub(crate) fn selector(text: &str) -> Selector {
    let mut selector = Selector::default();
    for part in split_outside_brackets(text) {
        let part = part.trim();
        let requirement = |key: &str, operator, values: Vec<Text>| Requirement {
            key: key.trim().into(),
            operator,
            values,
        };
        let list = |values: &str| -> Vec<Text> {
            values
                .trim()
                .trim_start_matches('(')
                .trim_end_matches(')')
                .split(',')
                .map(|v| v.trim().into())
                .collect()
        };
        let found = if let Some((key, value)) = part.split_once("!=") {
            requirement(key, Operator::NotIn, vec![value.trim().into()])
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            requirement(key, Operator::In, vec![value.trim().into()])
        } else if let Some((key, values)) = part.split_once(" notin ") {
            requirement(key, Operator::NotIn, list(values))
        } else if let Some((key, values)) = part.split_once(" in ") {
            requirement(key, Operator::In, list(values))
        } else if let Some(key) = part.strip_prefix('!') {
            requirement(key, Operator::DoesNotExist, Vec::new())
        } else if part.is_empty() {
            continue;
        } else {
            requirement(part, Operator::Exists, Vec::new())
        };
        selector.match_expressions.push(found);
    }
    selector
}

fn split_outside_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Objects of a kind, by namespace and name.
pub(crate) fn list(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: Option<&str>,
    selector: &Selector,
) -> Vec<Arc<Object>> {
    let namespace = namespace.filter(|_| kind.is_namespaced()).map(Text::new);
    let request = Request::List {
        kind,
        namespace,
        selector: selector.clone(),
    };
    let mut objects = match cluster.request(request) {
        Ok(Response::List(_, objects)) => objects,
        _ => Vec::new(),
    };
    objects
        .sort_by(|a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    objects
}

/// One object.
pub(crate) fn get(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<Arc<Object>, Status> {
    let request = Request::Get {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
    };
    cluster.request(request)?.object()
}

/// The namespace where the kind has one, else none.
pub(crate) fn namespace_of(kind: Kind, namespace: &str) -> Text {
    if kind.is_namespaced() {
        namespace.into()
    } else {
        Text::default()
    }
}
