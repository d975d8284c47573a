//! The run as text: sentences with times, for those who do not see the picture.

use ordinal_api::SimTime;
use ordinal_core::World;

use crate::{Caption, Tempo};

/// One sentence of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// When.
    pub at: SimTime,
    /// The sentence.
    pub caption: Caption,
    /// Number of the beat.
    pub beat: usize,
}

/// The run as sentences, one a beat; `frames` are those of the tempo.
pub fn story(_frames: &[World], _tempo: &Tempo) -> Vec<Sentence> {
    Vec::new()
}
