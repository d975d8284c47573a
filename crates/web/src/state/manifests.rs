//! The text as it was typed, what the reader makes of it, and what the user wants repaired.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::sorted::{SortedMap, SortedSet};
use std::rc::Rc;

use ordinal_core::ledger::{GAPS, Gap};
use ordinal_core::{Config, World};
use ordinal_kubectl::script::present;
use ordinal_manifest::{Diagnostic, Options, Position, Reading, Repair, read};

use crate::words::count;

/// The manifests in the editor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manifests {
    /// The text, as typed.
    pub(crate) text: Rc<str>,
    /// What was found in it.
    pub(crate) reading: Rc<Reading>,
    /// Ids of repairs that the user has undone, with what they would have done.
    pub(crate) undone: SortedMap<String, Repair>,
    /// Whether placeholders are made for what is referred to and is not there.
    pub(crate) fill_missing: bool,
    /// Grows with each change of the text that did not come from the editor, so that the editor takes it over.
    pub(crate) revision: u32,
}

impl Manifests {
    /// A text, read with repairs and placeholders.
    pub(crate) fn of(text: &str) -> Self {
        let mut manifests = Self {
            fill_missing: true,
            ..Self::default()
        };
        manifests.set(text);
        manifests
    }

    /// Replaces the text. Repairs that were undone stay undone only where they would be made again.
    pub(crate) fn set(&mut self, text: &str) {
        self.text = text.into();
        self.read();
        let offered: SortedSet<&String> = self
            .reading
            .diagnostics
            .iter()
            .filter_map(|found| found.suggestion.as_ref())
            .collect();
        let before = self.undone.len();
        self.undone.retain(|id, repair| {
            offered.contains(id) || offered.iter().any(|o| o.as_str() == repair.name)
        });
        if self.undone.len() != before {
            self.read();
        }
    }

    /// The same from outside of the editor.
    pub(crate) fn replace(&mut self, text: &str) {
        self.undone.clear();
        self.set(text);
        self.revision += 1;
    }

    /// Makes a repair again, or undoes it.
    pub(crate) fn repair(&mut self, id: &str, wanted: bool) {
        if wanted {
            self.undone.remove(id);
        } else if let Some(repair) = self.reading.repairs.iter().find(|r| r.id == id) {
            self.undone.insert(id.to_owned(), repair.clone());
        }
        self.read();
    }

    /// Makes placeholders, or leaves what is missing missing.
    pub(crate) fn fill(&mut self, wanted: bool) {
        self.fill_missing = wanted;
        self.read();
    }

    fn read(&mut self) {
        let options = Options {
            fill_missing: self.fill_missing,
            // What every fresh cluster has is not missing.
            present: present(&World::new(Config::with_nodes(1))),
            without: self.undone.keys().cloned().collect(),
            ..Options::default()
        };
        self.reading = Rc::new(read(self.text.as_bytes(), &options));
    }

    /// What was changed in the text before it was applied; nothing where it ran as it stands.
    pub(crate) fn said(&self) -> Option<String> {
        let made = |number: usize, one: &str| (number > 0).then(|| count(number, one));
        let placeholders = self.reading.missing.iter().filter(|m| m.filled).count();
        let changes: Vec<String> = [
            made(self.reading.repairs.len(), "repair"),
            made(placeholders, "placeholder"),
        ]
        .into_iter()
        .flatten()
        .into_list();
        let objects = count(self.reading.documents.len(), "object");
        (!changes.is_empty()).then(|| format!("{objects}, {}: see Manifests", changes.join(", ")))
    }

    /// Whether there is anything to apply.
    pub(crate) fn is_empty(&self) -> bool {
        self.reading.documents.is_empty()
    }

    /// What refuses something.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.reading.errors()
    }
}

/// What these manifests rely on and the cluster does not do, each with the place of the first field that asks for it.
pub(crate) fn gaps(reading: &Reading) -> Vec<(&'static Gap, Position)> {
    let mut fields: SortedMap<String, Vec<(String, Position)>> = SortedMap::new();
    for document in &reading.documents {
        for (path, at) in &document.spans {
            let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
            let value = match document.value.pointer(&pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let all = fields.entry(of_pod(path)).or_default();
            all.push((value, *at));
        }
    }
    let asked = |gap: &Gap| {
        let all = gap.fields.iter().filter_map(|field| fields.get(*field));
        let mut all = all.flatten();
        all.find(|(value, _)| (gap.matters)(value))
            .map(|(_, at)| *at)
    };
    GAPS.iter()
        .filter_map(|gap| Some((gap, asked(gap)?)))
        .collect()
}

/// The path of a field without the numbers of list items, and within a template as if the Pod stood alone.
fn of_pod(path: &str) -> String {
    let path = path.strip_prefix("spec.template.").unwrap_or(path);
    let mut parts = path.split(['[', ']']);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    while let (Some(_number), Some(rest)) = (parts.next(), parts.next()) {
        plain.push_str("[]");
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str =
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: None\n";

    #[test]
    fn a_text_without_faults_gives_its_objects_and_no_errors() {
        let manifests = Manifests::of(SERVICE);

        assert_eq!(manifests.reading.documents.len(), 1);
        assert_eq!(manifests.errors().count(), 0);
    }

    #[test]
    fn what_the_cluster_leaves_out_is_found_inside_templates() {
        let manifests = Manifests::of(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec:\n  serviceName: a\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n      - name: c\n        image: i:crash\n        args: [x]\n",
        );

        let found: Vec<_> = gaps(&manifests.reading)
            .iter()
            .map(|(gap, at)| (gap.name, at.line))
            .collect();

        assert_eq!(found, [("container processes", 13), ("images", 12)]);
    }

    #[test]
    fn an_image_is_worth_a_word_only_where_its_name_makes_a_difference() {
        let pod = |image: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - {{name: b, image: c}}\n  - {{name: d, image: '{image}'}}\n"
            );
            gaps(&Manifests::of(&text).reading).len()
        };

        assert_eq!([pod("nginx:1.27"), pod("nginx:bad")], [0, 1]);
    }

    #[test]
    fn what_is_no_manifest_is_kept_as_it_was_typed_and_diagnosed() {
        for text in ["", "\0\u{1}\u{2}", "kind: [", "hello"] {
            let manifests = Manifests::of(text);

            assert_eq!(&*manifests.text, text);
            assert!(!manifests.reading.diagnostics.is_empty(), "{text:?}");
        }
    }
}
