//! The beat as a sentence: who did what, because of what, and the rule's name.

use crate::mark::Span;

/// A sentence in pieces, and the same as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// Its pieces, in reading order; spaces are part of them.
    pub spans: Vec<Span>,
}

impl Caption {
    /// The whole sentence.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
