//! A missing `selector`, which old versions copied from the template's labels; and labels that only the selector has.

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
    if !has_selector(kind) {
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

fn has_selector(kind: &str) -> bool {
    matches!(
        kind,
        "StatefulSet" | "Deployment" | "ReplicaSet" | "DaemonSet"
    )
}

/// Labels that the selector asks for and the template does not have.
pub(crate) fn labels(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        kind,
        ..
    } = subject;
    let Data::Map(wanted) = &node.path(&["spec", "selector", "matchLabels"])?.data else {
        return None;
    };
    let template = node.path(&["spec", "template"])?;
    let has = |name: &str| template.path(&["metadata", "labels", name]).is_some();
    let mut lines = Vec::new();
    for (name, value) in wanted.iter().filter(|label| !has(&label.0.name)) {
        lines.push(format!("{}: {}", scalar(&name.name), scalar(value.text()?)));
    }
    if lines.is_empty() || !has_selector(kind) {
        return None;
    }
    // Into the deepest of the maps that is there.
    let mut map = template;
    let mut missing = Vec::new();
    for name in ["metadata", "labels"] {
        match map.get(name).filter(|inner| inner.is_map()) {
            Some(inner) => map = inner,
            None if map.entry(name).is_some() => return None,
            None => missing.push(name),
        }
    }
    for name in missing.into_iter().rev() {
        let deeper = lines.iter().map(|line| format!("  {line}"));
        lines = [format!("{name}:")].into_iter().chain(deeper).collect();
    }
    let Data::Map(entries) = &map.data else {
        return None;
    };
    let first = entries.first()?.0.at;
    if indent_of(&text.lines[first.row].text) != first.column {
        return None;
    }
    let mut fixed = (*text).clone();
    fixed.insert(first.row, first.column, &lines);
    let sentence =
        "The selector asks for labels that the template does not have; they were added to it.";
    let at = text.at(first.row, first.column);
    let repair = tools.object("missing-labels", at, sentence.to_owned())?;
    Some((fixed, vec![repair]))
}
