//! Maps while they are composed: keys as JSON has them, equal keys, merge keys. Models `goyaml.v2/decode.go`.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use super::Fault;
use crate::node::{Data, Key, Mark, Node};
use crate::order;

#[derive(Default)]
pub(super) struct Entries {
    written: Vec<(Key, Node)>,
    /// Places of keys in maps that are too large to search one by one.
    places: SortedMap<String, usize>,
    /// What `<<` brought in; what is written itself wins.
    merged: Vec<(Key, Node)>,
}

impl Entries {
    /// The last of two equal keys wins. Says whether there were two.
    pub(super) fn put(&mut self, key: Key, value: Node) -> bool {
        match self.places.get(&key.name) {
            Some(place) => {
                self.written[*place] = (key, value);
                true
            }
            None => {
                self.places.insert(key.name.clone(), self.written.len());
                self.written.push((key, value));
                false
            }
        }
    }

    pub(super) fn merge(&mut self, value: Node) -> Result<(), Fault> {
        let at = value.at;
        let maps = match value.data {
            Data::Seq(items) => items,
            data => vec![Node { data, ..value }],
        };
        for map in maps {
            let Data::Map(entries) = map.data else {
                return Err(Fault::new(
                    "map merge requires map or sequence of maps as the value",
                    at,
                ));
            };
            for entry in entries {
                if !self.merged.iter().any(|known| known.0.name == entry.0.name) {
                    self.merged.push(entry);
                }
            }
        }
        Ok(())
    }

    pub(super) fn node(mut self, at: Mark, end: Mark, plain: bool) -> Node {
        for (key, value) in std::mem::take(&mut self.merged) {
            if !self.places.contains_key(&key.name) {
                self.written.push((key, value));
            }
        }
        Node {
            at,
            end,
            data: Data::Map(self.written),
            plain,
        }
    }
}

/// Models `convertToJSONableObject` of `sigs.k8s.io/yaml`: numbers and booleans become text, all else is refused.
pub(super) fn key_name(node: &Node, value: &Node) -> Result<String, Fault> {
    match &node.data {
        Data::String(name) => Ok(name.clone()),
        Data::Bool(value) => Ok(value.to_string()),
        Data::Number(number) => Ok(number.to_string()),
        Data::Null => Err(Fault::new(
            format!(
                "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                go_syntax(value)
            ),
            node.at,
        )),
        Data::Map(_) | Data::Seq(_) => Err(Fault::new(
            format!("invalid map key: {}", go_syntax(node)),
            node.at,
        )),
    }
}

/// Go's `%#v`, which is what kubectl shows of `{{ name }}` read as a map.
fn go_syntax(node: &Node) -> String {
    match &node.data {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => format!("{text:?}"),
        Data::Seq(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).into_list();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Map(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{:?}:{}", key.name, go_syntax(value)))
                .into_list();
            order::by_key(&mut entries, |entry| entry.clone());
            format!(
                "map[interface {{}}]interface {{}}{{{}}}",
                entries.join(", ")
            )
        }
    }
}
