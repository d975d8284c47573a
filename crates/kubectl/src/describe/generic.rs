//! Objects of kinds that have no describer of their own: every field under a label made from its name.

use ordinal_api::Value;
use ordinal_api::go;

use super::Page;
use crate::resource::Item;
use crate::value::text;

pub(super) fn object(page: &mut Page<'_>, item: &Item) {
    let object = &item.value;
    page.field(0, "Name", text(object, "metadata.name"));
    page.field(0, "Namespace", text(object, "metadata.namespace"));
    page.map("", "Labels", object, "metadata.labels");
    page.annotations("", object, "metadata.annotations");
    content(page, 0, object, "");
    page.events_of(object);
}

/// What is shown above, or not at all.
const SHOWN: [&str; 5] = [
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

fn content(page: &mut Page<'_>, level: usize, object: &Value, path: &str) {
    let map = object.as_object().into_iter().flatten();
    for (key, value) in map {
        let path = format!("{path}.{key}");
        if SHOWN.contains(&path.as_str()) {
            continue;
        }
        let label = label(key);
        match value {
            Value::Object(_) => {
                page.line(level, &format!("{label}:"));
                content(page, level + 1, value, &path);
            }
            Value::Array(list) => {
                page.line(level, &format!("{label}:"));
                for child in list {
                    if child.is_object() {
                        content(page, level + 1, child, &path);
                    } else {
                        page.line(level + 1, &go::text(child));
                    }
                }
            }
            other => page.field(level, &label, &go::text(other)),
        }
    }
}

/// `lastTransitionTime` as `Last Transition Time`, `apiVersion` as `API Version`.
fn label(field: &str) -> String {
    const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];
    if field.contains(|c: char| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let parts: Vec<String> = camel_case(field)
        .into_iter()
        .map(|part| {
            let upper = part.to_uppercase();
            if ACRONYMS.contains(&upper.as_str()) {
                return upper;
            }
            let mut letters = part.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect();
    parts.join(" ")
}

/// Splits where the class of letters changes; the last of several capitals begins the next word.
fn camel_case(field: &str) -> Vec<String> {
    let class = |c: char| {
        if c.is_lowercase() {
            1
        } else if c.is_uppercase() {
            2
        } else {
            4
        }
    };
    let mut runs: Vec<Vec<char>> = Vec::new();
    let mut last = 0;
    for letter in field.chars() {
        match runs.last_mut() {
            Some(run) if class(letter) == last => run.push(letter),
            _ => runs.push(vec![letter]),
        }
        last = class(letter);
    }
    for index in 0..runs.len().saturating_sub(1) {
        let capitals = runs[index].iter().all(|c| c.is_uppercase());
        if capitals
            && runs[index + 1].first().is_some_and(|c| c.is_lowercase())
            && let Some(letter) = runs[index].pop()
        {
            runs[index + 1].insert(0, letter);
        }
    }
    runs.into_iter()
        .filter(|run| !run.is_empty())
        .map(|run| run.into_iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_made_from_the_names_of_fields() {
        assert_eq!(label("apiVersion"), "API Version");
        assert_eq!(label("uid"), "UID");
        assert_eq!(label("nodeID"), "Node ID");
        assert_eq!(
            label("terminationGracePeriodSeconds"),
            "Termination Grace Period Seconds"
        );
        assert_eq!(label("$patch"), "$patch");
    }
}
