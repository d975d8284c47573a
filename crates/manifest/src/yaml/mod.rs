//! One YAML document to a [`Node`], exactly as kubectl reads it.
//!
//! kubectl reads with a Go descendant of libyaml: YAML 1.1, lenient in places where YAML 1.2 readers are strict (a closing
//! bracket may stand in the column of its key, as popular charts have it), and with error texts and line numbers that
//! people search for. Both matter here: a text that kubectl takes must not need a repair, and a text that it refuses must be
//! refused in its words. So the scanner and the composer follow that algorithm; a YAML 1.2 library cannot.
//!
//! Models `goyaml.v2` (`scannerc.go`, `parserc.go`, `decode.go`) as kubectl 1.37 carries it.

mod compose;
mod entries;
mod fetch;
mod resolve;
mod scalars;
mod scanner;

pub(crate) use resolve::resolve;

use crate::node::{Key, Mark, Node};
use crate::reading::Limits;

/// Why a document cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// kubectl's words after `yaml: `, with `line N: ` where it has one.
    pub message: String,
    /// Where, from 0.
    pub at: Mark,
}

impl Fault {
    fn new(message: impl Into<String>, at: Mark) -> Fault {
        Fault {
            message: message.into(),
            at,
        }
    }

    /// Whether a bound was reached: no repair makes such a text harmless.
    pub(crate) fn is_bound(&self) -> bool {
        self.message.contains("excessive aliasing") || self.message.contains("max depth")
    }

    /// The scanner names the line, but not the first one.
    fn scanner(problem: &str, at: Mark, context: Mark) -> Fault {
        match (at.row, context.row) {
            (0, 0) => Fault::new(problem, at),
            (0, row) => Fault::new(format!("line {row}: {problem}"), at),
            (row, _) => Fault::new(format!("line {}: {problem}", row + 1), at),
        }
    }

    /// The parser names the line before, or the one where the collection began.
    fn parser(problem: &str, at: Mark, context: Mark) -> Fault {
        match (at.row, context.row) {
            (0, 0) => Fault::new(problem, at),
            (0, row) | (row, _) => Fault::new(format!("line {row}: {problem}"), at),
        }
    }
}

/// A document and the keys that stand twice in it.
pub(crate) struct Parsed {
    /// `None` when there is nothing but comments.
    pub node: Option<Node>,
    /// Second occurrences, in order.
    pub duplicates: Vec<Key>,
}

/// Reads the first document of a text. What follows a `...` or a second `---` is not looked at, as in kubectl.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Parsed, Fault> {
    compose::Composer::new(text, limits).document()
}
