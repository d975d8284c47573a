//! What is said about what was just done.

use super::session::Answer;

const COPIED: &str = "Copied.";

/// A short message about what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// How it is meant.
    pub(crate) tone: Tone,
    /// The command line, where there was one.
    pub(crate) line: String,
    /// What was said.
    pub(crate) text: String,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Done,
    Refused,
}

impl Notice {
    /// What the cluster answered.
    pub(crate) fn of(answer: &Answer) -> Self {
        let (tone, text) = match &answer.said {
            Ok(text) => (Tone::Done, text),
            Err(text) => (Tone::Refused, text),
        };
        Self {
            tone,
            line: answer.line.clone(),
            text: text.trim_end().to_owned(),
        }
    }

    /// That an address is in the clipboard.
    pub(crate) fn copied() -> Self {
        Self {
            tone: Tone::Done,
            line: COPIED.to_owned(),
            text: COPIED.to_owned(),
        }
    }

    /// Whether it says so.
    pub(crate) fn is_copied(&self) -> bool {
        self.line == COPIED
    }

    /// A refusal of the page's own.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Refused,
            line: String::new(),
            text: text.into(),
        }
    }
}
