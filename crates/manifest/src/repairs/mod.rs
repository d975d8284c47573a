//! The repairs. Each is one function from a text to a better one, with a name, a sentence and a place.
//!
//! Text repairs make a text readable; object repairs make a readable object one that the API server takes. All of them
//! edit lines, so that the repaired text can be shown, and reads strictly to the same objects.

pub(crate) mod annotations;
pub(crate) mod characters;
pub(crate) mod charts;
pub(crate) mod claims;
pub(crate) mod exports;
pub(crate) mod fields;
pub(crate) mod images;
pub(crate) mod indentation;
pub(crate) mod marks;
pub(crate) mod mounts;
pub(crate) mod nesting;
pub(crate) mod placeholders;
pub(crate) mod scalars;
pub(crate) mod selector;
pub(crate) mod templates;
pub(crate) mod versions;
pub(crate) mod volumes;

use crate::node::Node;
use crate::reading::{Layer, Options, Position, Repair};
use crate::text::Text;

/// A better text and what was done to it.
pub(crate) type Mended = Option<(Text, Vec<Repair>)>;

/// One readable document and what repairs want to know about it.
pub(crate) struct Subject<'a> {
    pub tools: &'a Tools<'a>,
    pub text: &'a Text,
    pub node: &'a Node,
    pub api_version: &'a str,
    pub kind: &'a str,
}

/// Makes repairs, but not those that were undone.
pub(crate) struct Tools<'a> {
    pub options: &'a Options,
}

impl Tools<'_> {
    /// A repair of the text, unless it was undone.
    pub(crate) fn text(
        &self,
        name: &'static str,
        at: Position,
        sentence: String,
    ) -> Option<Repair> {
        self.make(name, at, sentence, Layer::Text)
    }

    /// A repair of an object, unless it was undone.
    pub(crate) fn object(
        &self,
        name: &'static str,
        at: Position,
        sentence: String,
    ) -> Option<Repair> {
        self.make(name, at, sentence, Layer::Object)
    }

    fn make(
        &self,
        name: &'static str,
        at: Position,
        sentence: String,
        layer: Layer,
    ) -> Option<Repair> {
        let id = format!("{name}@{}", at.line);
        let undone = self.options.without.contains(name) || self.options.without.contains(&id);
        (!undone).then_some(Repair {
            name,
            id,
            sentence,
            at,
            layer,
        })
    }
}

/// Object repairs in the order in which they are tried. To add one, write its module and name it here.
pub(crate) const OBJECT: &[fn(&Subject<'_>) -> Mended] = &[
    versions::repair,
    exports::repair,
    characters::repair_object,
    marks::escapes_of,
    marks::callouts_of,
    placeholders::repair,
    mounts::repair,
    volumes::repair,
    selector::repair,
    nesting::repair,
    fields::repair,
    scalars::repair,
    annotations::repair,
    selector::labels,
    claims::repair,
    images::repair,
];

/// Text repairs in the order in which they are tried on a text that cannot be read.
pub(crate) const TEXT: &[fn(&Tools<'_>, &Text) -> Mended] = &[
    characters::repair,
    marks::entities,
    marks::escapes,
    marks::ellipses,
    marks::callouts,
    marks::colons,
    marks::values,
    templates::variables,
    indentation::repair,
];
