//! JSONPath templates: `{.items[*].metadata.name}`. Models client-go `util/jsonpath`, v0.37.

mod evaluate;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use evaluate::compare;
pub(crate) use read::{parse, relaxed};

/// A template, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Template {
    nodes: Vec<Node>,
    /// What is not there is an error: `--allow-missing-template-keys=false`.
    pub(crate) strict: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Path(Vec<Step>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Text(String),
    Number(f64), // tidy: a number typed into a filter, compared only
    Bool(bool),
    Word(String),
    Field(String),
    Wildcard,
    Recursive,
    Array([Option<i64>; 3], bool),
    Union(Vec<Vec<Step>>),
    Filter(Vec<Step>, Option<(String, Vec<Step>)>),
}
