//! Lines that remember where they came from, however often they are moved.

use crate::reading::Position;

/// One line of a manifest while it is being repaired.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Without the line break.
    pub text: String,
    /// The line of the text as it was given, from 1.
    pub line: u32,
    /// Columns to add to get back to the given text.
    pub shift: i32,
}

/// Some lines: a whole text, a block of it or one document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub lines: Vec<Line>,
    /// Whether the last line has no line break: a block scalar that ends there has none either.
    pub open_end: bool,
}

impl Text {
    /// The text as it was given.
    pub(crate) fn of(text: &str) -> Text {
        let mut lines = Vec::new();
        for (text, line) in text.split('\n').zip(1..) {
            let mut rest = text;
            let mut shift = 0;
            // The reader of YAML 1.1 ends a line at these as well; editors do not count them.
            while let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}']) {
                let (text, after) = rest.split_at(at);
                let after = after.trim_start_matches(['\u{85}', '\u{2028}', '\u{2029}']);
                lines.push(Line {
                    text: text.to_owned(),
                    line,
                    shift,
                });
                shift += rest.chars().count() as i32 - after.chars().count() as i32;
                rest = after;
            }
            if shift == 0 || !rest.is_empty() {
                lines.push(Line {
                    text: rest.to_owned(),
                    line,
                    shift,
                });
            }
        }
        let open_end = lines.last().is_some_and(|last| !last.text.is_empty());
        if !open_end {
            lines.pop();
        }
        Text { lines, open_end }
    }

    /// Where a place of these lines (both from 0) was in the text as it was given.
    pub(crate) fn at(&self, row: usize, column: usize) -> Position {
        let row = row.min(self.lines.len().saturating_sub(1));
        match self.lines.get(row) {
            None => Position::default(),
            Some(line) => Position {
                line: line.line,
                column: u32::try_from(column as i64 + i64::from(line.shift) + 1)
                    .unwrap_or(1)
                    .max(1),
            },
        }
    }

    /// All lines as one string, each with its line break.
    pub(crate) fn joined(&self) -> String {
        let bytes = self.lines.iter().map(|line| line.text.len() + 1).sum();
        let mut text = String::with_capacity(bytes);
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        if self.open_end {
            text.pop();
        }
        text
    }

    /// Documents as kubectl's reader divides them: a line that is `---` and nothing else, or a comment.
    pub(crate) fn documents(&self) -> Vec<Text> {
        let mut documents = Vec::new();
        let mut lines: Vec<Line> = Vec::new();
        for line in &self.lines {
            if !lines.is_empty() && is_separator(&line.text) {
                documents.push(Text {
                    lines: std::mem::take(&mut lines),
                    open_end: false,
                });
            } else {
                lines.push(line.clone());
            }
        }
        documents.push(Text {
            lines,
            open_end: self.open_end,
        });
        documents
    }
}

/// Whether kubectl ends a document at this line. Models `YAMLReader.Read` of `apimachinery/pkg/util/yaml/decoder.go`.
pub(crate) fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| {
        let rest = rest.trim();
        rest.is_empty() || rest.starts_with('#')
    })
}

/// Blanks at the start of a line.
pub(crate) fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
