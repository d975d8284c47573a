//! Rows as the client prints them: to a terminal, to a pipe, one cell a line.

use ordinal_api::list::IntoList;

/// Cells between tabs, as to a pipe.
pub(super) fn tabs(columns: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let all = std::iter::once(columns).chain(rows.iter().map(Vec::as_slice));
    all.map(|row| row.join("\t") + "\n").collect()
}

/// One cell a line, as `\G` wants it.
pub(super) fn records(columns: &[String], rows: &[Vec<String>]) -> String {
    let width = columns.iter().map(|c| c.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    let stars = "*".repeat(27);
    for (n, row) in rows.iter().enumerate() {
        out += &format!("{stars} {}. row {stars}\n", n + 1);
        for (column, cell) in columns.iter().zip(row) {
            out += &format!("{column:>width$}: {cell}\n");
        }
    }
    out
}

/// A table with a frame.
pub(super) fn grid(columns: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let all = || std::iter::once(columns).chain(rows.iter().map(Vec::as_slice));
    let width = |n: usize| {
        all()
            .filter_map(|row| row.get(n))
            .map(|c| c.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).into_list();
    let rule: String = widths
        .iter()
        .map(|w| format!("+{}", "-".repeat(w + 2)))
        .collect::<String>()
        + "+\n";
    // Numbers stand on the right.
    let number = |n: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(n));
        cells.all(|cell| cell.parse::<i64>().is_ok())
    };
    let line = |row: &[String], head: bool| {
        let cells = widths.iter().enumerate().map(|(n, w)| {
            let cell = row.get(n).map_or("", String::as_str);
            match number(n) && !head {
                true => format!("| {cell:>w$} "),
                false => format!("| {cell:<w$} "),
            }
        });
        cells.collect::<String>() + "|\n"
    };
    let body: String = rows.iter().map(|row| line(row, false)).collect();
    format!("{rule}{}{rule}{body}{rule}", line(columns, true))
}
