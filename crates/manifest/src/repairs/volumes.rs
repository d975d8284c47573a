//! Volumes that a container mounts and nobody declares.

use super::mounts::pod_spec;
use super::{Mended, Subject};
use crate::emit::scalar;
use crate::node::{Data, Node};
use crate::text::indent_of;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        kind,
        ..
    } = subject;
    let spec = pod_spec(node, kind)?;
    let declared = |name: &str| {
        items(spec.get("volumes")).any(|volume| text_of(volume, &["name"]) == Some(name))
            || items(node.path(&["spec", "volumeClaimTemplates"]))
                .any(|claim| text_of(claim, &["metadata", "name"]) == Some(name))
    };
    let containers = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| items(spec.get(list)));
    let mount = containers
        .flat_map(|container| items(container.get("volumeMounts")))
        .find(|mount| text_of(mount, &["name"]).is_some_and(|name| !declared(name)))?;
    let name = text_of(mount, &["name"])?;

    let item = [
        format!("- name: {}", scalar(name)),
        "  emptyDir: {}".to_owned(),
    ];
    let mut fixed = (*text).clone();
    match spec.get("volumes").map(|volumes| &volumes.data) {
        Some(Data::Seq(volumes)) if !volumes.is_empty() => {
            let row = volumes[0].at.row;
            let line = &text.lines[row].text;
            let column = indent_of(line);
            if !line[column..].starts_with("- ") {
                return None;
            }
            fixed.insert(row, column, &item);
        }
        None => {
            let (key, _) = spec.entry("containers")?;
            if indent_of(&text.lines[key.at.row].text) != key.at.column {
                return None;
            }
            let [first, second] = &item;
            let lines = [
                "volumes:".to_owned(),
                format!("  {first}"),
                format!("  {second}"),
            ];
            fixed.insert(key.at.row, key.at.column, &lines);
        }
        Some(_) => return None,
    }
    let sentence = format!(
        "`{name}` is mounted, but no volume has that name: an empty one (emptyDir) was added, which loses its data with \
         its pod."
    );
    let at = text.at(mount.at.row, mount.at.column);
    Some((fixed, vec![tools.object("missing-volume", at, sentence)?]))
}

pub(crate) fn items(list: Option<&Node>) -> impl Iterator<Item = &Node> {
    match list.map(|node| &node.data) {
        Some(Data::Seq(items)) => items.iter(),
        _ => [].iter(),
    }
}

fn text_of<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    node.path(path)?.text()
}
