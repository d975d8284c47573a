//! The run as text: sentences with times, for those who do not see the picture.

use ordinal_api::{SimDuration, SimTime};
use ordinal_core::World;

use crate::caption::of_beat;
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
    /// How much time without anything to see lies before it, where that is worth a word.
    pub after: Option<SimDuration>,
}

impl Sentence {
    /// Time and sentence as plain text: `00:09.4 statefulset-controller created web-2, because …`
    pub fn text(&self) -> String {
        format!("{} {}", crate::words::clock(self.at), self.caption.text())
    }
}

/// The run as sentences, one a beat, from beat number `first` on; `frames` are those of the tempo.
pub fn story(frames: &[World], tempo: &Tempo, first: usize) -> Vec<Sentence> {
    let beats = tempo.beats().iter().enumerate().skip(first);
    let sentence = |(number, beat): (usize, &crate::Beat)| {
        let before = frames.get(beat.frames.start.saturating_sub(1));
        let caption = of_beat(frames.get(beat.frame)?, before, beat, beat.at)?;
        let folded = number
            .checked_sub(1)
            .map(|n| tempo.folded(n))
            .filter(|gap| gap.as_secs() >= 5);
        Some(Sentence {
            at: beat.at,
            caption,
            beat: number,
            after: folded,
        })
    };
    beats.filter_map(sentence).collect()
}
