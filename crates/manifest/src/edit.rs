//! Edits of lines: replace a scalar, insert below a key, move a key with everything under it.

use crate::node::{Mark, Node};
use crate::text::{Line, Text, indent_of};
use ordinal_api::list::IntoList;

impl Text {
    /// Replaces what stands between two places of one row.
    pub(crate) fn replace(&mut self, from: Mark, to: Mark, by: &str) -> Option<()> {
        if from.row != to.row {
            return None;
        }
        let line = self.lines.get_mut(from.row)?;
        let start = byte_of(&line.text, from.column)?;
        let end = byte_of(&line.text, to.column)?;
        line.text.replace_range(start..end, by);
        Some(())
    }

    /// What stands between two places of one row.
    pub(crate) fn between(&self, from: Mark, to: Mark) -> Option<&str> {
        let line = &self.lines.get(from.row)?.text;
        (from.row == to.row).then_some(())?;
        line.get(byte_of(line, from.column)?..byte_of(line, to.column)?)
    }

    /// Puts new lines in front of a row; they count as coming from that row.
    pub(crate) fn insert(&mut self, row: usize, column: usize, lines: &[String]) {
        let at = row.min(self.lines.len());
        let from = self
            .lines
            .get(at)
            .or(self.lines.last())
            .map_or(1, |line| line.line);
        let indent = " ".repeat(column);
        let lines = lines.iter().map(|text| Line {
            text: format!("{indent}{text}"),
            line: from,
            shift: 0,
        });
        self.lines.splice(at..at, lines.into_list());
    }

    /// Takes rows out, moved so that their first character stands in another column.
    pub(crate) fn take(&mut self, rows: std::ops::Range<usize>, column: usize) -> Vec<Line> {
        let mut taken: Vec<Line> = self.lines.drain(rows).into_list();
        let first = taken.first().map_or(0, |line| indent_of(&line.text));
        for line in &mut taken {
            shift(line, column as isize - first as isize);
        }
        taken
    }

    /// Moves rows to the right (or left).
    pub(crate) fn indent(&mut self, rows: std::ops::Range<usize>, by: isize) {
        for line in self.lines.get_mut(rows).into_iter().flatten() {
            shift(line, by);
        }
    }
}

fn shift(line: &mut Line, by: isize) {
    let indent = indent_of(&line.text);
    if line.text.len() == indent {
        return;
    }
    let column = (indent as isize + by).max(0) as usize;
    line.text = " ".repeat(column) + &line.text[indent..];
    line.shift += indent as i32 - column as i32;
}

fn byte_of(text: &str, column: usize) -> Option<usize> {
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(column)
}

/// The rows of a key and its value. Only for keys that begin their line, in block style.
pub(crate) fn rows_of(text: &Text, key: Mark, value: &Node) -> Option<std::ops::Range<usize>> {
    let begins = indent_of(&text.lines.get(key.row)?.text) == key.column;
    let end = value.end.row.max(key.row) + 1;
    begins.then(|| key.row..end.min(text.lines.len()))
}
