//! What the API server demands of a claim and its writer left out: how it is used, and how large it is.

use super::{Mended, Subject};
use crate::node::{Data, Node};
use crate::text::indent_of;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let templates = subject.node.path(&["spec", "volumeClaimTemplates"]);
    match (subject.kind, templates.map(|templates| &templates.data)) {
        ("PersistentVolumeClaim", _) => claim(subject, subject.node),
        ("StatefulSet", Some(Data::Seq(templates))) => templates
            .iter()
            .find_map(|template| claim(subject, template)),
        _ => None,
    }
}

fn claim(subject: &Subject<'_>, claim: &Node) -> Mended {
    const MODES: &str = "accessModes: [ReadWriteOnce]";
    const SIZE: &str = "resources: {requests: {storage: 1Gi}}";
    let text = subject.text;
    let (spec_key, spec) = claim.entry("spec")?;
    let is_empty = |path: &[&str]| {
        spec.path(path).is_none_or(|node| match &node.data {
            Data::Null => true,
            Data::Seq(items) => items.is_empty(),
            _ => false,
        })
    };
    let (field, line) = match &spec.data {
        Data::Null => ("spec", format!("spec: {{{MODES}, {SIZE}}}")),
        Data::Map(_) if is_empty(&["accessModes"]) => ("accessModes", MODES.to_owned()),
        Data::Map(_) if is_empty(&["resources", "requests"]) => ("resources", SIZE.to_owned()),
        _ => return None,
    };
    let old = if field == "spec" {
        Some(spec_key)
    } else {
        spec.entry(field).map(|entry| &entry.0)
    };
    let place = match (old, &spec.data) {
        (Some(key), _) => key.at,
        (None, Data::Map(entries)) => entries.first()?.0.at,
        _ => return None,
    };
    if indent_of(&text.lines[place.row].text) != place.column {
        return None;
    }
    let mut fixed = text.clone();
    // What stands there is empty, or only says how large it may become.
    if old.is_some() {
        let goes_on = |line: &str| indent_of(line) > place.column || line.trim().is_empty();
        let end = (place.row + 1..fixed.lines.len())
            .find(|row| !goes_on(&fixed.lines[*row].text))
            .unwrap_or(fixed.lines.len());
        fixed.lines.drain(place.row..end);
    }
    let sentence = format!("A claim must have `{field}`; `{line}` was written.");
    fixed.insert(place.row, place.column, &[line]);
    let at = text.at(place.row, place.column);
    let repair = subject.tools.object("missing-claim-field", at, sentence)?;
    Some((fixed, vec![repair]))
}
