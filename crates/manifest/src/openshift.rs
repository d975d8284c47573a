//! OpenShift Templates: objects with parameters, of which the default values are taken.

use ordinal_api::sorted::SortedMap;

use serde_json::Value;

use crate::mend::{self, Draft};
use crate::node::{Data, Node};
use crate::reader::{Work, in_lines};
use crate::repairs::Tools;

impl Work<'_> {
    /// An OpenShift Template: its objects, with the parameters' default values filled in.
    pub(crate) fn template(&mut self, draft: &Draft) {
        let mut values: SortedMap<String, String> = SortedMap::new();
        if let Some(Node {
            data: Data::Seq(parameters),
            ..
        }) = draft.node.get("parameters")
        {
            for parameter in parameters {
                let Some(name) = parameter.get("name").and_then(Node::text) else {
                    continue;
                };
                let default = match parameter.get("value").map(Node::value) {
                    Some(Value::String(text)) => text,
                    Some(Value::Null) | None => name.to_ascii_lowercase().replace('_', "-"),
                    Some(other) => other.to_string(),
                };
                values.insert(
                    name.to_owned(),
                    self.options.values.get(name).cloned().unwrap_or(default),
                );
            }
        }
        let Some(Node {
            data: Data::Seq(objects),
            ..
        }) = draft.node.get("objects")
        else {
            return;
        };
        let at = draft.text.at(draft.node.at.row, draft.node.at.column);
        let sentence = "An OpenShift Template: its objects were taken, with the default values of its parameters.";
        let Some(repair) = (Tools {
            options: self.options,
        })
        .object("template-parameters", at, sentence.to_owned()) else {
            return self.not_served(draft, at);
        };
        for (number, object) in objects.iter().enumerate() {
            let mut object = object.clone();
            substitute(&mut object, &values);
            let line = draft.text.at(object.at.row, 0).line;
            let Ok(drafts) = mend::read_all(&in_lines(&object, line), self.options) else {
                continue;
            };
            for mut draft in drafts {
                if number == 0 {
                    draft.repairs.push(repair.clone());
                }
                self.draft(draft);
            }
        }
    }
}

fn substitute(node: &mut Node, values: &SortedMap<String, String>) {
    match &mut node.data {
        Data::String(text) if text.contains("${") => {
            for (name, value) in values {
                *text = text
                    .replace(&format!("${{{{{name}}}}}"), value)
                    .replace(&format!("${{{name}}}"), value);
            }
        }
        Data::Seq(items) => items.iter_mut().for_each(|item| substitute(item, values)),
        Data::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| substitute(&mut entry.1, values)),
        _ => {}
    }
}
