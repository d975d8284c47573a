//! Columns as Go's text/tabwriter lays them out: a column is a run of consecutive lines that have a cell there which a
//! tab ends; the last cell of a line belongs to no column.

use ordinal_api::list::IntoList;

/// Ends a run of lines: what follows is laid out on its own (`Flush`).
pub(crate) const FLUSH: char = '\u{1}';

/// Lays out lines whose cells are separated by tabs.
pub(crate) fn layout(text: &str, minimum: usize, padding: usize) -> String {
    layout_in(text, minimum, padding, None)
}

/// The same with columns that are never narrower than they were (`RememberWidths`).
pub(super) fn layout_in(
    text: &str,
    minimum: usize,
    padding: usize,
    mut kept: Option<&mut Vec<usize>>,
) -> String {
    let mut out = String::new();
    for run in text.split(FLUSH) {
        let lines: Vec<Vec<&str>> = run
            .split_inclusive('\n')
            .map(|line| line.trim_end_matches('\n').split('\t').collect())
            .into_list();
        let ends = run.ends_with('\n');
        let mut layout = Layout {
            lines: &lines,
            minimum,
            padding,
            widths: Vec::new(),
            kept: kept.as_deref_mut(),
            out: &mut out,
        };
        layout.block(0, lines.len());
        // The last line of a run that no newline ends goes on in the next run.
        if !ends && !run.is_empty() {
            out.pop();
        }
    }
    out
}

struct Layout<'a> {
    lines: &'a [Vec<&'a str>],
    minimum: usize,
    padding: usize,
    widths: Vec<usize>,
    kept: Option<&'a mut Vec<usize>>,
    out: &'a mut String,
}

impl Layout<'_> {
    fn has_cell(&self, line: usize) -> bool {
        self.widths.len() + 1 < self.lines[line].len()
    }

    fn block(&mut self, start: usize, end: usize) {
        let column = self.widths.len();
        let (mut from, mut line) = (start, start);
        while line < end {
            if !self.has_cell(line) {
                line += 1;
                continue;
            }
            self.write(from, line);
            from = line;
            let mut width = self.minimum;
            while line < end && self.has_cell(line) {
                let cell = self.lines[line][column].chars().count();
                width = width.max(cell + self.padding);
                line += 1;
            }
            if let Some(kept) = &mut self.kept {
                match kept.get_mut(column) {
                    Some(before) => {
                        width = width.max(*before);
                        *before = width;
                    }
                    None => kept.push(width),
                }
            }
            self.widths.push(width);
            self.block(from, line);
            self.widths.pop();
            from = line;
        }
        self.write(from, end);
    }

    fn write(&mut self, start: usize, end: usize) {
        for line in &self.lines[start..end] {
            for (column, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if column + 1 < line.len()
                    && let Some(width) = self.widths.get(column)
                {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_tab_ends_the_columns() {
        assert_eq!(
            layout("a:\tb\nlong:\tc\nplain\nx:\ty\n", 0, 2),
            "a:     b\nlong:  c\nplain\nx:  y\n"
        );
    }

    #[test]
    fn the_third_column_has_its_own_run() {
        assert_eq!(
            layout("a\tbb\tc\nd\te\nf\tg\th\n", 0, 2),
            "a  bb  c\nd  e\nf  g  h\n"
        );
    }
}
