//! Values whose type only lacks quotes, or a dash.

use ordinal_api::schema::{Leaf, decode};

use super::{Mended, Subject};
use crate::node::{Data, Key, Mark, Node};
use crate::shape::Shape;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let root = Shape::of_kind(subject.api_version, subject.kind);
    let Shape::Object(id) = root else { return None };
    if decode::check(id, &subject.node.value()).wrong.is_empty() {
        return None;
    }
    let mut found = None;
    visit(subject.node, root, None, &mut |node, shape, key| {
        if found.is_none() {
            found = fix(subject, node, shape, key);
        }
        found.is_none()
    });
    found
}

/// Walks a tree together with the field table, inwards as long as it is told to go on.
pub(crate) fn visit(
    node: &Node,
    shape: Shape,
    key: Option<&Key>,
    each: &mut dyn FnMut(&Node, Shape, Option<&Key>) -> bool,
) {
    if !each(node, shape, key) {
        return;
    }
    match &node.data {
        Data::Map(entries) => {
            for (key, value) in entries {
                visit(
                    value,
                    shape.field(&key.name).unwrap_or(Shape::Unknown),
                    Some(key),
                    each,
                );
            }
        }
        Data::Seq(items) => {
            for item in items {
                visit(item, shape.item().unwrap_or(Shape::Unknown), key, each);
            }
        }
        _ => {}
    }
}

fn fix(subject: &Subject<'_>, node: &Node, shape: Shape, key: Option<&Key>) -> Mended {
    let text = subject.text;
    let mut fixed = text.clone();
    let place = text.at(node.at.row, node.at.column);
    let name = key.map_or("value", |key| key.name.as_str());
    let (repair, sentence) = match (shape, &node.data) {
        (Shape::Scalar(Leaf::String), Data::Bool(_) | Data::Number(_)) => {
            let written = text.between(node.at, node.end)?;
            fixed.replace(node.at, node.end, &format!("\"{written}\""))?;
            (
                "missing-quotes",
                format!("`{name}` is text; `{written}` was put in quotes."),
            )
        }
        (Shape::Scalar(Leaf::Int32 | Leaf::Int64), Data::String(number))
            if number.trim().parse::<i32>().is_ok() =>
        {
            fixed.replace(node.at, node.end, number.trim())?;
            (
                "quoted-number",
                format!("`{name}` is a number; the quotes around {number} were taken off."),
            )
        }
        (Shape::Scalar(Leaf::Bool), Data::String(word))
            if matches!(word.as_str(), "true" | "false") =>
        {
            fixed.replace(node.at, node.end, word)?;
            (
                "quoted-boolean",
                format!("`{name}` is true or false; the quotes around {word} were taken off."),
            )
        }
        (Shape::List(Leaf::Object(_)), Data::Map(_)) if node.plain => {
            let rows = node.at.row..node.end.row + 1;
            fixed.indent(rows, 2);
            let dash = Mark {
                row: node.at.row,
                column: node.at.column,
            };
            let after = Mark {
                row: dash.row,
                column: dash.column + 2,
            };
            fixed.replace(dash, after, "- ")?;
            (
                "missing-dash",
                format!("`{name}` is a list; what stood under it was made its one item."),
            )
        }
        _ => return None,
    };
    Some((fixed, vec![subject.tools.object(repair, place, sentence)?]))
}
