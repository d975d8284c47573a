//! Annotations from before they were fields.

use super::{Mended, Subject};
use crate::emit::scalar;
use crate::node::{Data, Node};
use crate::text::indent_of;

const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const UNREADY: &str = "service.alpha.kubernetes.io/tolerate-unready-endpoints";

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let node = subject.node;
    match subject.kind {
        "StatefulSet" => match node
            .path(&["spec", "volumeClaimTemplates"])
            .map(|claims| &claims.data)
        {
            Some(Data::Seq(claims)) => claims.iter().find_map(|claim| class(subject, claim)),
            _ => None,
        },
        "PersistentVolumeClaim" | "PersistentVolume" => class(subject, node),
        "Service" => unready(subject),
        _ => None,
    }
}

/// The beta annotation still counts, and hides the field: it is written as the field.
fn class(subject: &Subject<'_>, claim: &Node) -> Mended {
    let (key, value) = claim.path(&["metadata", "annotations"])?.entry(CLASS)?;
    let spec = claim.get("spec")?;
    if spec.get("storageClassName").is_some() {
        return None;
    }
    let line = format!("storageClassName: {}", scalar(value.text()?));
    let sentence = format!(
        "The class stands in the old annotation `{CLASS}`; it was written as `storageClassName`."
    );
    insert(
        subject,
        spec,
        line,
        (key.at.row, key.at.column),
        "class-annotation",
        sentence,
    )
}

fn unready(subject: &Subject<'_>) -> Mended {
    let (key, value) = subject
        .node
        .path(&["metadata", "annotations"])?
        .entry(UNREADY)?;
    let spec = subject.node.get("spec")?;
    if value.text() != Some("true") || spec.get("publishNotReadyAddresses").is_some() {
        return None;
    }
    let sentence = format!(
        "`{UNREADY}` has no effect today; `publishNotReadyAddresses` was written in its place."
    );
    let line = "publishNotReadyAddresses: true".to_owned();
    insert(
        subject,
        spec,
        line,
        (key.at.row, key.at.column),
        "unready-annotation",
        sentence,
    )
}

fn insert(
    subject: &Subject<'_>,
    spec: &Node,
    line: String,
    (row, column): (usize, usize),
    name: &'static str,
    sentence: String,
) -> Mended {
    let Data::Map(entries) = &spec.data else {
        return None;
    };
    let (first, _) = entries.first()?;
    if indent_of(&subject.text.lines[first.at.row].text) != first.at.column {
        return None;
    }
    let mut fixed = subject.text.clone();
    fixed.insert(first.at.row, first.at.column, &[line]);
    Some((
        fixed,
        vec![
            subject
                .tools
                .object(name, subject.text.at(row, column), sentence)?,
        ],
    ))
}
