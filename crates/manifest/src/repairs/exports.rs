//! What `kubectl get --output yaml` printed: the version it was read at, with which nothing new is stored.

use super::{Mended, Subject};
use crate::edit::rows_of;
use crate::node::Data;
use crate::text::indent_of;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools, text, node, ..
    } = subject;
    let (key, version) = node.get("metadata")?.entry("resourceVersion")?;
    let empty = matches!(version.data, Data::Null) || version.text() == Some("");
    if empty || indent_of(&text.lines[key.at.row].text) != key.at.column {
        return None;
    }
    let rows = rows_of(text, key.at, version)?;
    let at = text.at(key.at.row, key.at.column);
    let sentence =
        "`resourceVersion` is of the cluster this was read from; it was left out.".to_owned();
    let mut fixed = (*text).clone();
    fixed.lines.drain(rows);
    Some((fixed, vec![tools.object("exported", at, sentence)?]))
}
