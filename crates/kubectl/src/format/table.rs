//! The tables of `get`: columns at least 6 wide, 3 blanks between, nothing after the last cell. Models cli-runtime
//! `printers/tableprinter.go` and `tabwriter.go` (which remembers widths between the rows of a watch), v0.37.

use super::tabs;

/// Column widths that only grow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Widths(Vec<usize>);

impl Widths {
    /// Lays out rows that kubectl itself makes: a cell of several lines stays one, and ends the columns.
    pub(crate) fn lines(&mut self, rows: &[Vec<String>]) -> String {
        let text: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
        tabs::layout_in(&text, 6, 3, Some(&mut self.0))
    }

    /// Lays out some rows at once; later rows know their widths.
    pub(crate) fn layout(&mut self, rows: &[Vec<String>]) -> String {
        for row in rows {
            for (column, cell) in row.iter().enumerate().take(row.len().saturating_sub(1)) {
                let width = (shown(cell).chars().count() + 3).max(6);
                match self.0.get_mut(column) {
                    Some(have) => *have = (*have).max(width),
                    None => self.0.push(width),
                }
            }
        }
        let mut text = String::new();
        for row in rows {
            for (column, cell) in row.iter().enumerate() {
                let cell = shown(cell);
                text.push_str(&cell);
                if column + 1 < row.len() {
                    let width = self.0.get(column).copied().unwrap_or_default();
                    let blanks = width.saturating_sub(cell.chars().count());
                    text.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A cell ends where its first line does.
fn shown(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell.replace('\u{1b}', "^["),
    }
}
