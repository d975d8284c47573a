//! Keys that read well in a place where only the field check knows that they are wrong: `template` under `selector`.

use super::indentation::{key_of, relocate};
use super::{Mended, Subject};
use crate::shape::Shape;
use crate::yaml;

use ordinal_api::schema::decode;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        api_version,
        kind,
        ..
    } = subject;
    let Shape::Object(id) = Shape::of_kind(api_version, kind) else {
        return None;
    };
    let before = decode::check(id, &node.value());
    if before.unknown.is_empty() && before.wrong.is_empty() {
        return None;
    }
    let (fixed, rows, moved) = relocate(text)?;
    let parsed = yaml::parse(&fixed.joined(), &tools.options.limits).ok()?;
    let after = decode::check(id, &parsed.node?.value());
    let faults = |found: &decode::Faults| found.unknown.len() + found.wrong.len();
    if faults(&after) >= faults(&before) || !parsed.duplicates.is_empty() {
        return None;
    }
    // Rows below a moved one move along; only the first of a run is worth a sentence.
    let mut repairs = Vec::new();
    let mut deepest = None;
    for row in moved {
        let column = rows[row]
            .dashes
            .first()
            .copied()
            .unwrap_or(rows[row].column);
        if deepest.is_some_and(|(last, top)| row <= last + 1 && column > top) {
            deepest = deepest.map(|(_, top)| (row, top));
            continue;
        }
        deepest = Some((row, column));
        let sentence = format!(
            "`{}` stood in a place that does not know it; it was moved to the one that does.",
            key_of(&rows, row)
        );
        repairs.push(tools.object("misplaced-field", text.at(row, column), sentence)?);
    }
    Some((fixed, repairs))
}
