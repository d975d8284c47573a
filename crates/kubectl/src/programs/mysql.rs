//! MySQL: a few statements on tables that lie on its own disk; each replica has its own.

use ordinal_api::list::IntoList;
use std::collections::BTreeMap;

use ordinal_core::Cluster;

use super::Inside;

const DATA: &str = "/var/lib/mysql/ordinal.json";

type Tables = BTreeMap<String, (Vec<String>, Vec<Vec<String>>)>;

/// Runs statements, divided by semicolons.
pub(super) fn statement(cluster: &mut Cluster, at: &Inside, text: &str) -> String {
    let stored = at.file(cluster.world(), DATA);
    let mut tables: Tables = stored
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let (before, mut out) = (tables.clone(), String::new());
    for one in text.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        out += &run(&mut tables, at, one);
    }
    if tables != before {
        let text = serde_json::to_string(&tables).unwrap_or_default();
        if at.write(cluster, DATA, Some(&text)).is_err() {
            return "ERROR 1030 (HY000): Got error 30 - 'Read-only file system' from storage engine\n".to_owned();
        }
    }
    out
}

fn inside(text: &str) -> Vec<String> {
    let inner = text.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.rsplit_once(')').map_or(inner, |(inner, _)| inner);
    let cells = inner.split(',');
    cells
        .map(|c| c.trim().trim_matches(['\'', '"', '`']).to_owned())
        .collect()
}

fn run(tables: &mut Tables, at: &Inside, text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '(')
        .filter(|w| !w.is_empty())
        .into_list();
    let upper: Vec<String> = words.iter().map(|w| w.to_ascii_uppercase()).into_list();
    let word = |n: usize| upper.get(n).map_or("", String::as_str);
    let name = |n: usize| {
        words
            .get(n)
            .map_or("", |w| w.trim_matches('`'))
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let unknown = |table: &str| format!("ERROR 1146 (42S02): Table '{table}' doesn't exist\n");
    let done = |rows: usize| {
        format!(
            "Query OK, {rows} row{} affected (0.01 sec)\n\n",
            if rows == 1 { "" } else { "s" }
        )
    };
    match (word(0), word(1)) {
        ("CREATE", "DATABASE") | ("CREATE", "USER") | ("GRANT" | "FLUSH", _) => done(1),
        ("USE", _) => "Database changed\n".to_owned(),
        ("CREATE", "TABLE") => {
            let at = if word(2) == "IF" { 5 } else { 2 };
            let columns = inside(text);
            let columns = columns
                .iter()
                .map(|c| c.split_whitespace().next().unwrap_or_default().to_owned());
            tables
                .entry(name(at))
                .or_insert((columns.collect(), Vec::new()));
            done(0)
        }
        ("INSERT", "INTO") => {
            let Some(table) = tables.get_mut(&name(2)) else {
                return unknown(&name(2));
            };
            let at = text.to_ascii_uppercase().find("VALUES").unwrap_or(0);
            let rows: Vec<Vec<String>> = text[at..]
                .split("),")
                .map(|row| inside(&format!("{})", row.trim_end().trim_end_matches(')'))))
                .into_list();
            let count = rows.len();
            table.1.extend(rows);
            done(count)
        }
        ("DELETE", "FROM") => match tables.get_mut(&name(2)) {
            Some(table) => done(std::mem::take(&mut table.1).len()),
            None => unknown(&name(2)),
        },
        ("SELECT", "@@HOSTNAME" | "@@SERVER_ID") => {
            grid(&[words[1].to_owned()], &[vec![at.pod.clone()]])
        }
        ("SELECT", what) => {
            let Some(from) = upper.iter().position(|w| w == "FROM") else {
                return grid(&[words[1..].join(" ")], &[vec![words[1..].join(" ")]]);
            };
            let Some((columns, rows)) = tables.get(&name(from + 1)) else {
                return unknown(&name(from + 1));
            };
            match what {
                "COUNT" | "COUNT*)" | "COUNT(*)" => {
                    grid(&["COUNT(*)".to_owned()], &[vec![rows.len().to_string()]])
                }
                _ => grid(columns, rows),
            }
        }
        ("SHOW", "TABLES") => {
            let rows: Vec<Vec<String>> = tables.keys().map(|name| vec![name.clone()]).into_list();
            grid(&["Tables".to_owned()], &rows)
        }
        ("SHOW", "DATABASES") => {
            let rows = ["information_schema", "mysql", "performance_schema", "sys"]
                .map(|n| vec![n.to_owned()]);
            grid(&["Database".to_owned()], &rows)
        }
        _ => format!(
            "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '{text}' at line 1\n"
        ),
    }
}

/// A table with a frame.
fn grid(columns: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "Empty set (0.00 sec)\n\n".to_owned();
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
    let line = |row: &[String]| {
        let cells = widths
            .iter()
            .enumerate()
            .map(|(n, w)| format!("| {:<w$} ", row.get(n).map_or("", String::as_str)));
        cells.collect::<String>() + "|\n"
    };
    let body: String = rows.iter().map(|row| line(row)).collect();
    let count = rows.len();
    format!(
        "{rule}{}{rule}{body}{rule}{count} row{} in set (0.00 sec)\n\n",
        line(columns),
        if count == 1 { "" } else { "s" }
    )
}
