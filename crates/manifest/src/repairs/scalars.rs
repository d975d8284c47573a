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
        (Shape::Scalar(Leaf::Quantity), Data::String(written)) => {
            let right = respelled(written)?;
            fixed.replace(node.at, node.end, &right)?;
            (
                "quantity-unit",
                format!("`{written}` is no quantity; `{right}` was read instead."),
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
        (Shape::Object(_) | Shape::Map(_), Data::String(_)) if node.plain => {
            for line in fixed.lines.get_mut(node.at.row..=node.end.row)? {
                let (key, _) = line.text.split_once(':').filter(|(_, value)| {
                    value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\''))
                })?;
                let colon = key.len() + 1;
                line.text.insert(colon, ' ');
            }
            (
                "missing-blank",
                format!("A blank was put behind every colon under `{name}`."),
            )
        }
        _ => return None,
    };
    Some((fixed, vec![subject.tools.object(repair, place, sentence)?]))
}

/// A quantity whose unit is only spelled wrong, spelled right: `2gi`, `5 GB`.
pub(crate) fn respelled(written: &str) -> Option<String> {
    let unit = written.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = written.split_at(unit);
    let right = match unit.trim().to_ascii_lowercase().as_str() {
        "ki" | "kb" | "kib" => "Ki",
        "mi" | "mb" | "mib" => "Mi",
        "gi" | "gb" | "gib" => "Gi",
        "ti" | "tb" | "tib" => "Ti",
        "g" => "G",
        "t" => "T",
        _ => return None,
    };
    let better = format!("{}{right}", number.trim());
    (decode::is_quantity(&better) && better != written).then_some(better)
}

#[cfg(test)]
mod tests {
    use super::respelled;

    #[test]
    fn only_units_that_are_wrong_are_written_anew() {
        let right = |text| respelled(text).unwrap_or_default();
        assert_eq!(
            ["128mi", "2gi", "5 GB", "10gb"].map(right),
            ["128Mi", "2Gi", "5Gi", "10Gi"]
        );
        assert_eq!(["128Mi", "100m", "1", "much"].map(right), [""; 4]);
    }
}
