//! `volumeMounts` beside `containers` instead of inside the one container.

use super::{Mended, Subject};
use crate::edit::rows_of;
use crate::kinds;
use crate::node::{Data, Node};

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        kind,
        ..
    } = subject;
    let spec = pod_spec(node, kind)?;
    let (key, mounts) = spec.entry("volumeMounts")?;
    let Data::Seq(containers) = &spec.get("containers")?.data else {
        return None;
    };
    let [container] = containers.as_slice() else {
        return None;
    };
    let Data::Map(entries) = &container.data else {
        return None;
    };
    let column = entries.first()?.0.at.column;
    if !container.plain || container.get("volumeMounts").is_some() {
        return None;
    }
    let rows = rows_of(text, key.at, mounts)?;
    let mut fixed = (*text).clone();
    let after = container.end.row + 1;
    let moved = rows.len();
    let lines = fixed.take(rows.clone(), column);
    let to = if after > rows.start {
        after - moved
    } else {
        after
    };
    fixed.lines.splice(to..to, lines);
    let name = container
        .get("name")
        .and_then(Node::text)
        .unwrap_or("the container");
    let sentence = format!("`volumeMounts` stood beside `containers`; it was moved into `{name}`.");
    Some((
        fixed,
        vec![tools.object(
            "mounts-beside-containers",
            text.at(key.at.row, key.at.column),
            sentence,
        )?],
    ))
}

/// The pod template's spec, or the pod's own.
pub(crate) fn pod_spec<'a>(node: &'a Node, kind: &str) -> Option<&'a Node> {
    node.path(kinds::pod_spec(kind)?)
}
