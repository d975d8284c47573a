//! Fields that their place does not know: put under the field that does, spelled right, or left out.

use ordinal_api::schema::{self, FieldType, Leaf, TypeId, decode};

use super::{Mended, Subject};
use crate::edit::rows_of;
use crate::node::{Data, Key, Node};
use crate::shape::Shape;
use crate::text::Text;

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Shape::Object(id) = Shape::of_kind(subject.api_version, subject.kind) else {
        return None;
    };
    let faults = decode::check(id, &subject.node.value());
    faults.unknown.iter().find_map(|path| {
        let (owner, entry) = owner_of(subject.node, id, path)?;
        wrap(subject, owner, entry)
            .or_else(|| respell(subject, owner, entry))
            .or_else(|| leave_out(subject, path, entry))
    })
}

/// A map, its type, and the entry in it that is unknown.
type Owner<'a> = (&'a Node, TypeId);

fn owner_of<'a>(root: &'a Node, id: TypeId, path: &str) -> Option<(Owner<'a>, &'a (Key, Node))> {
    let (mut node, mut id) = (root, id);
    let mut rest = path;
    loop {
        if let Some(entry) = node.entry(rest) {
            return Some(((node, id), entry));
        }
        let Data::Map(entries) = &node.data else {
            return None;
        };
        let (key, value) = entries.iter().find(|(key, _)| {
            rest.strip_prefix(key.name.as_str())
                .is_some_and(|after| after.starts_with(['.', '[']))
        })?;
        id = schema::field(id, &key.name)?.ty.object()?;
        rest = &rest[key.name.len()..];
        node = value;
        while let Some(index) = rest.strip_prefix('[') {
            let (number, after) = index.split_once(']')?;
            let Data::Seq(items) = &node.data else {
                return None;
            };
            node = items.get(number.parse::<usize>().ok()?)?;
            rest = after;
        }
        rest = rest.strip_prefix('.')?;
        // A map of objects has a key of its own before the fields.
        if let (Data::Map(entries), FieldType::Map(Leaf::Object(_))) =
            (&node.data, FieldType::One(Leaf::Object(id)))
            && entries.is_empty()
        {
            return None;
        }
    }
}

/// `secretKeyRef` under an env item belongs under `valueFrom`; `name` of a claim template under `metadata`.
fn wrap(subject: &Subject<'_>, (owner, id): Owner<'_>, (key, value): &(Key, Node)) -> Mended {
    let text = subject.text;
    let suits = |ty: FieldType| match ty {
        FieldType::One(Leaf::Object(inner)) => schema::field(inner, &key.name).is_some(),
        _ => false,
    };
    let mut known = schema::fields(id)
        .iter()
        .filter(|field| suits(field.ty) && field.name != "status");
    let parent = known.next()?;
    if known.next().is_some() {
        return None;
    }
    let rows = rows_of(text, key.at, value)?;
    let mut fixed = text.clone();
    match owner.entry(parent.name) {
        None => {
            fixed.indent(rows.clone(), 2);
            fixed.insert(rows.start, key.at.column, &[format!("{}:", parent.name)]);
        }
        Some((_, inside)) => {
            let Data::Map(entries) = &inside.data else {
                return None;
            };
            let (first, _) = entries.first()?;
            if !inside.plain || inside.get(&key.name).is_some() {
                return None;
            }
            let after = inside.end.row + 1;
            let moved = rows.len();
            let lines = fixed.take(rows.clone(), first.at.column);
            let to = if after > rows.start {
                after - moved
            } else {
                after
            };
            fixed.lines.splice(to..to, lines);
        }
    }
    let sentence = format!(
        "`{}` belongs under `{}` and was put there.",
        key.name, parent.name
    );
    Some((
        fixed,
        vec![
            subject
                .tools
                .object("misplaced-field", at(text, key), sentence)?,
        ],
    ))
}

fn respell(subject: &Subject<'_>, (owner, id): Owner<'_>, (key, value): &(Key, Node)) -> Mended {
    let right = similar(id, &key.name).filter(|right| owner.get(right).is_none())?;
    let shape = Shape::Object(id).field(right)?;
    let nested = matches!(value.data, Data::Map(_) | Data::Seq(_));
    if nested != shape.is_nested() && shape != Shape::Unknown {
        return None;
    }
    let mut fixed = subject.text.clone();
    let end = crate::node::Mark {
        row: key.at.row,
        column: key.at.column + key.name.chars().count(),
    };
    if subject.text.between(key.at, end)? != key.name {
        return None;
    }
    fixed.replace(key.at, end, right)?;
    let sentence = format!(
        "There is no field `{}`; `{right}` was read instead.",
        key.name
    );
    Some((
        fixed,
        vec![
            subject
                .tools
                .object("misspelt-field", at(subject.text, key), sentence)?,
        ],
    ))
}

/// The one field of a type whose name is nearly this one.
pub(crate) fn similar(id: TypeId, name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let near = |field: &&'static schema::Field| {
        distance(&field.name.to_ascii_lowercase(), &lower) <= lower.len().min(9) / 4
    };
    let mut found = schema::fields(id).iter().filter(near);
    let best = found.next()?;
    found.next().is_none().then_some(best.name)
}

/// Insertions, deletions, replacements and swaps of neighbours between two short words.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().abs_diff(right.len()) > 2 || left.len() > 64 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for at in 0..=left.len() {
        for to in 0..=right.len() {
            rows[at][to] = if at == 0 || to == 0 {
                at + to
            } else {
                let same = usize::from(left[at - 1] != right[to - 1]);
                let mut best = (rows[at - 1][to] + 1)
                    .min(rows[at][to - 1] + 1)
                    .min(rows[at - 1][to - 1] + same);
                if at > 1
                    && to > 1
                    && left[at - 1] == right[to - 2]
                    && left[at - 2] == right[to - 1]
                {
                    best = best.min(rows[at - 2][to - 2] + 1);
                }
                best
            };
        }
    }
    rows[left.len()][right.len()]
}

/// What `kubectl apply --validate=warn` does: the field is dropped with a warning. Here it becomes a comment.
fn leave_out(subject: &Subject<'_>, path: &str, (key, value): &(Key, Node)) -> Mended {
    let rows = rows_of(subject.text, key.at, value)?;
    let mut fixed = subject.text.clone();
    for line in &mut fixed.lines[rows] {
        if !line.text.trim().is_empty() {
            line.text = format!("# {}", line.text);
            line.shift -= 2;
        }
    }
    let sentence =
        format!("unknown field \"{path}\": left out, as `kubectl apply --validate=warn` does.");
    Some((
        fixed,
        vec![
            subject
                .tools
                .object("unknown-field", at(subject.text, key), sentence)?,
        ],
    ))
}

fn at(text: &Text, key: &Key) -> crate::reading::Position {
    text.at(key.at.row, key.at.column)
}

#[cfg(test)]
mod tests {
    use super::similar;
    use ordinal_api::schema;

    #[test]
    fn a_field_that_is_nearly_right_is_found() {
        let spec = schema::type_named("apps.v1", "StatefulSetSpec").expect("a type");
        assert_eq!(similar(spec, "replica"), Some("replicas"));
        assert_eq!(similar(spec, "servicename"), Some("serviceName"));
        assert_eq!(
            similar(spec, "volumeClaimTemplate"),
            Some("volumeClaimTemplates")
        );
        assert_eq!(similar(spec, "size"), None);
    }
}
