//! Why something is as it is, from recorded causes; and why something does not happen, from recorded waits.

use ordinal_api::{SimTime, Text};
use ordinal_core::{Id, World};

use crate::mark::Span;

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyStep {
    /// When it happened, or since when it holds.
    pub at: SimTime,
    /// The sentence.
    pub text: Vec<Span>,
    /// The rule's name, as code; empty if there is none.
    pub guard: Text,
    /// The rule as a sentence, and the upstream file that it models; empty if there is none.
    pub rule: Text,
    /// The upstream file; empty if there is none.
    pub source: Text,
    /// The object that it is about.
    pub about: Option<Id>,
    /// The journal entry behind it.
    pub entry: Option<u64>,
    /// When it ends by itself, where that is known.
    pub until: Option<SimTime>,
    /// Whether this is where the chain ends: a command, a fault, a root reason.
    pub root: bool,
}

/// Why an object is as it is: from a command or a fault to its last change, oldest first.
pub fn why(_world: &World, _id: Id) -> Vec<WhyStep> {
    Vec::new()
}

/// Why nothing happens with an object: from what it waits for to the root, nearest first. Empty when nothing holds it.
pub fn why_not(_world: &World, _id: Id) -> Vec<WhyStep> {
    Vec::new()
}
