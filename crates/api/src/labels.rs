//! Labels and the selectors that match them.

use crate::list::IntoList;
use crate::sorted::SortedMap;
use std::fmt;

use serde::Serialize;

use crate::Text;

/// Labels (or annotations): keys to values, in the order of the keys.
pub type Labels = SortedMap<Text, Text>;

/// A label selector as workloads write it: all `matchLabels` and all `matchExpressions` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// Labels that must be there with these values.
    #[serde(skip_serializing_if = "SortedMap::is_empty")]
    pub match_labels: Labels,
    /// Further requirements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Requirement>,
}

crate::fields! {
    Selector {
        match_labels "matchLabels"
        match_expressions "matchExpressions"
    }
}

/// One requirement of a selector, for labels or for the fields and labels of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// The label's key.
    pub key: Text,
    /// How the value is compared.
    pub operator: Operator,
    /// With what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Text>,
}

crate::fields! {
    Requirement {
        key "key"
        operator "operator"
        values "values"
    }
}

/// The operator of a [`Requirement`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum Operator {
    #[default]
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
}

crate::words! { Operator { In NotIn Exists DoesNotExist Gt Lt } }

impl Requirement {
    /// Whether these labels satisfy it. A missing label satisfies `NotIn` and `DoesNotExist`.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let number = |text: &str| text.parse::<i64>().ok();
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.contains(v)),
            Operator::NotIn => value.is_none_or(|v| !self.values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt | Operator::Lt => {
                let (Some(have), Some(want)) = (
                    value.and_then(|v| number(v)),
                    self.values.first().and_then(|v| number(v)),
                ) else {
                    return false;
                };
                if self.operator == Operator::Gt {
                    have > want
                } else {
                    have < want
                }
            }
        }
    }
}

impl Selector {
    /// Whether these labels match. An empty selector matches everything.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|r| r.matches(labels))
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// A selector of plain labels.
    pub fn of_labels(labels: Labels) -> Self {
        Self {
            match_labels: labels,
            match_expressions: Vec::new(),
        }
    }
}

/// `app=web,tier in (a,b)`: as `kubectl` prints a selector.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self
            .match_labels
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .into_list();
        parts.extend(self.match_expressions.iter().map(|r| {
            let values = r.values.iter().map(Text::as_str).into_list().join(",");
            match r.operator {
                Operator::In => format!("{} in ({values})", r.key),
                Operator::NotIn => format!("{} notin ({values})", r.key),
                Operator::Exists => r.key.to_string(),
                Operator::DoesNotExist => format!("!{}", r.key),
                Operator::Gt => format!("{}>{values}", r.key),
                Operator::Lt => format!("{}<{values}", r.key),
            }
        }));
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_label_satisfies_not_in_but_not_in() {
        let labels = Labels::new();
        let requirement = |operator| Requirement {
            key: "tier".into(),
            operator,
            values: vec!["a".into()],
        };
        assert!(requirement(Operator::NotIn).matches(&labels));
        assert!(!requirement(Operator::In).matches(&labels));
    }
}
