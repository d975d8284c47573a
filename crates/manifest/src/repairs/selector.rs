//! A missing `selector`, which old versions copied from the template's labels.

use super::{Mended, Subject};
use crate::emit::scalar;
use crate::node::Data;
use crate::text::indent_of;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        kind,
        ..
    } = subject;
    if !matches!(
        *kind,
        "StatefulSet" | "Deployment" | "ReplicaSet" | "DaemonSet"
    ) {
        return None;
    }
    let spec = node.get("spec")?;
    if spec
        .get("selector")
        .is_some_and(|selector| !matches!(selector.data, Data::Null))
    {
        return None;
    }
    let (key, template) = spec.entry("template")?;
    let Data::Map(labels) = &template.path(&["metadata", "labels"])?.data else {
        return None;
    };
    if labels.is_empty() || indent_of(&text.lines[key.at.row].text) != key.at.column {
        return None;
    }
    let mut lines = vec!["selector:".to_owned(), "  matchLabels:".to_owned()];
    for (name, value) in labels {
        lines.push(format!(
            "    {}: {}",
            scalar(&name.name),
            scalar(value.text()?)
        ));
    }
    let mut fixed = (*text).clone();
    match spec.entry("selector") {
        // `selector:` with nothing behind it.
        Some((empty, _)) if indent_of(&text.lines[empty.at.row].text) == empty.at.column => {
            fixed.lines.remove(empty.at.row);
            fixed.insert(empty.at.row, empty.at.column, &lines);
        }
        _ => fixed.insert(key.at.row, key.at.column, &lines),
    }
    let sentence = format!(
        "{kind} needs a selector; the template's labels were taken, as older versions did."
    );
    Some((
        fixed,
        vec![tools.object(
            "missing-selector",
            text.at(key.at.row, key.at.column),
            sentence,
        )?],
    ))
}
