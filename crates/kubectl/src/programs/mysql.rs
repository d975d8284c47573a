//! MySQL: a few statements on tables that lie on its own disk; each replica has its own.

use ordinal_api::list::IntoList;
use std::collections::BTreeMap;

use ordinal_core::{Cluster, World};

use super::Inside;
use crate::Output;

const DATA: &str = "/var/lib/mysql/ordinal.json";

/// Columns and rows.
type Table = (Vec<String>, Vec<Vec<String>>);
/// Tables by database and name.
type Databases = BTreeMap<String, BTreeMap<String, Table>>;

/// What a statement comes to.
enum Answer {
    /// Rows that were changed.
    Done(usize),
    /// The database that is used from now on.
    Uses(String),
    Rows(Vec<String>, Vec<Vec<String>>),
    /// Number, state and words.
    Error(u16, &'static str, String),
}

/// What a client is greeted with.
pub(super) fn welcome(image: &str) -> String {
    format!(
        "Welcome to the MySQL monitor.  Commands end with ; or \\g.\nYour MySQL connection id is 8\nServer version: {} MySQL Community Server (GPL)\n\nType 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n\n",
        version(image)
    )
}

fn version(image: &str) -> String {
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    match tag.split('-').next() {
        Some("5.7") => "5.7.44".to_owned(),
        Some("8" | "8.0") => "8.0.44".to_owned(),
        Some(tag) if tag.matches('.').count() == 2 => tag.to_owned(),
        _ => "9.5.0".to_owned(),
    }
}

/// Whether somebody may in.
///
/// # Errors
/// What the server says if not.
pub(super) fn enter(
    world: &World,
    at: &Inside,
    user: &str,
    password: Option<&str>,
) -> Result<(), Output> {
    let user = if user.is_empty() { "root" } else { user };
    let environment = at.environment(world);
    let wanted = match user {
        "root" => environment.get("MYSQL_ROOT_PASSWORD"),
        _ if environment
            .get("MYSQL_USER")
            .is_some_and(|known| known == user) =>
        {
            environment.get("MYSQL_PASSWORD")
        }
        _ => None,
    };
    let known = user == "root" || wanted.is_some();
    // A password that is asked for is typed right.
    let right = password == Some("\0") || password.unwrap_or_default() == wanted.map_or("", |w| w);
    if known && right {
        return Ok(());
    }
    let using = if password.is_some() { "YES" } else { "NO" };
    Err(Output {
        stderr: format!(
            "ERROR 1045 (28000): Access denied for user '{user}'@'localhost' (using password: {using})\n"
        ),
        exit: 1,
        ..Output::default()
    })
}

/// Runs statements, divided by semicolons.
pub(super) fn statement(cluster: &mut Cluster, at: &mut Inside, text: &str) -> Output {
    let stored = at.file(cluster.world(), DATA);
    let mut databases: Databases = stored
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    if let Some(first) = at.environment(cluster.world()).get("MYSQL_DATABASE") {
        databases.entry(first.clone()).or_default();
    }
    let before = databases.clone();
    let mut output = Output::default();
    let at_prompt = at.prompt_of == "mysql";
    let mut line = 1;
    for one in text.split(';') {
        let starts = one.len() - one.trim_start().len();
        let at_line = line + one[..starts].matches('\n').count();
        line += one.matches('\n').count();
        let one = one.trim();
        if one.is_empty() {
            continue;
        }
        let by_lines = one.ends_with("\\G");
        let one = one
            .trim_end_matches("\\G")
            .trim_end_matches("\\g")
            .trim_end();
        match run(&mut databases, at, one) {
            Answer::Done(rows) if at_prompt => {
                let s = if rows == 1 { "" } else { "s" };
                output.say(format!("Query OK, {rows} row{s} affected (0.01 sec)\n"));
            }
            Answer::Done(_) => {}
            Answer::Uses(name) => {
                at.state = name;
                if at_prompt {
                    output.say("Database changed");
                }
            }
            Answer::Rows(columns, rows) => {
                output.stdout += &match (by_lines, at.tty) {
                    (true, _) => records(&columns, &rows),
                    (false, true) => grid(&columns, &rows),
                    (false, false) => tabs(&columns, &rows),
                };
                if at_prompt {
                    let s = if rows.len() == 1 { "" } else { "s" };
                    output.say(match rows.len() {
                        0 => "Empty set (0.00 sec)\n".to_owned(),
                        count => format!("{count} row{s} in set (0.00 sec)\n"),
                    });
                }
            }
            Answer::Error(number, state, words) => {
                let place = match at_prompt {
                    true => String::new(),
                    false => format!(" at line {at_line}"),
                };
                output.warn(format!("ERROR {number} ({state}){place}: {words}"));
                output.exit = 1;
                break;
            }
        }
    }
    if databases != before {
        let text = serde_json::to_string(&databases).unwrap_or_default();
        if at.write(cluster, DATA, Some(&text)).is_err() {
            output.warn(
                "ERROR 1030 (HY000): Got error 30 - 'Read-only file system' from storage engine",
            );
            output.exit = 1;
        }
    }
    output
}

fn inside(text: &str) -> Vec<String> {
    let inner = text.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.rsplit_once(')').map_or(inner, |(inner, _)| inner);
    let cells = inner.split(',');
    cells
        .map(|c| c.trim().trim_matches(['\'', '"', '`']).to_owned())
        .collect()
}

fn run(databases: &mut Databases, at: &Inside, text: &str) -> Answer {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '(')
        .filter(|w| !w.is_empty())
        .into_list();
    let upper: Vec<String> = words.iter().map(|w| w.to_ascii_uppercase()).into_list();
    let word = |n: usize| upper.get(n).map_or("", String::as_str);
    let plain = |n: usize| words.get(n).map_or("", |w| w.trim_matches('`')).to_owned();
    let one = |name: &str, value: String| Answer::Rows(vec![name.to_owned()], vec![vec![value]]);
    let unused = || Answer::Error(1046, "3D000", "No database selected".to_owned());
    let used = || match at.state.is_empty() {
        true => "NULL".to_owned(),
        false => at.state.clone(),
    };
    // `name` or `database.name`
    let place = |n: usize| {
        let whole = plain(n).replace('`', "");
        match whole.split_once('.') {
            Some((database, table)) => (database.to_owned(), table.to_owned()),
            None => (at.state.clone(), whole),
        }
    };
    let skip = |n: usize, words: usize| if word(n) == "IF" { n + words } else { n };
    let no_table = |(database, table): (String, String)| match database.is_empty() {
        true => Answer::Error(1046, "3D000", "No database selected".to_owned()),
        false => Answer::Error(
            1146,
            "42S02",
            format!("Table '{database}.{table}' doesn't exist"),
        ),
    };
    match (word(0), word(1)) {
        ("CREATE", "DATABASE" | "SCHEMA") => {
            let name = plain(skip(2, 3));
            if word(2) != "IF" && databases.contains_key(&name) {
                let words = format!("Can't create database '{name}'; database exists");
                return Answer::Error(1007, "HY000", words);
            }
            databases.entry(name).or_default();
            Answer::Done(1)
        }
        ("DROP", "DATABASE" | "SCHEMA") => match databases.remove(&plain(skip(2, 2))) {
            Some(tables) => Answer::Done(tables.len()),
            None => {
                let words = format!("Can't drop database '{}'; database doesn't exist", plain(2));
                Answer::Error(1008, "HY000", words)
            }
        },
        ("CREATE", "USER") | ("GRANT" | "FLUSH" | "ALTER" | "SET", _) => Answer::Done(0),
        ("USE", _) => match plain(1) {
            name if databases.contains_key(&name) || SYSTEM.contains(&name.as_str()) => {
                Answer::Uses(name)
            }
            name => Answer::Error(1049, "42000", format!("Unknown database '{name}'")),
        },
        ("CREATE", "TABLE") => {
            let (database, table) = place(skip(2, 3));
            let Some(tables) = databases.get_mut(&database) else {
                return unused();
            };
            if word(2) != "IF" && tables.contains_key(&table) {
                return Answer::Error(1050, "42S01", format!("Table '{table}' already exists"));
            }
            let columns = inside(text);
            let names = columns
                .iter()
                .map(|c| c.split_whitespace().next().unwrap_or_default());
            let names = names.map(|name| name.trim_matches('`').to_owned());
            tables.entry(table).or_insert((names.collect(), Vec::new()));
            Answer::Done(0)
        }
        ("DROP", "TABLE") => {
            let at = place(skip(2, 2));
            match databases
                .get_mut(&at.0)
                .and_then(|tables| tables.remove(&at.1))
            {
                Some(_) => Answer::Done(0),
                None => Answer::Error(1051, "42S02", format!("Unknown table '{}.{}'", at.0, at.1)),
            }
        }
        ("INSERT", "INTO") => {
            let at = place(2);
            let Some(table) = databases
                .get_mut(&at.0)
                .and_then(|tables| tables.get_mut(&at.1))
            else {
                return no_table(at);
            };
            let values = text.to_ascii_uppercase().find("VALUES").unwrap_or(0);
            let given = match text[..values].contains('(') {
                true => inside(&text[..values]),
                false => Vec::new(),
            };
            let rows: Vec<Vec<String>> = text[values..]
                .split("),")
                .map(|row| inside(&format!("{})", row.trim_end().trim_end_matches(')'))))
                .into_list();
            let count = rows.len();
            let wanted = if given.is_empty() {
                table.0.len()
            } else {
                given.len()
            };
            if rows.iter().any(|row| row.len() != wanted) {
                let words = "Column count doesn't match value count at row 1".to_owned();
                return Answer::Error(1136, "21S01", words);
            }
            for row in rows {
                let cell = |(n, column): (usize, &String)| match given.is_empty() {
                    true => row.get(n).cloned(),
                    false => {
                        let at = given.iter().position(|name| name == column);
                        at.and_then(|at| row.get(at).cloned())
                    }
                };
                let cells = table
                    .0
                    .iter()
                    .enumerate()
                    .map(|pair| cell(pair).unwrap_or_else(|| "NULL".to_owned()));
                let cells = cells.collect();
                table.1.push(cells);
            }
            Answer::Done(count)
        }
        ("DELETE", "FROM") => {
            let at = place(2);
            let Some(table) = databases
                .get_mut(&at.0)
                .and_then(|tables| tables.get_mut(&at.1))
            else {
                return no_table(at);
            };
            let fits = condition(&table.0, text);
            let before = table.1.len();
            table.1.retain(|row| !fits(row));
            Answer::Done(before - table.1.len())
        }
        ("SELECT", "@@HOSTNAME") => one("@@hostname", at.pod.clone()),
        ("SELECT", "@@SERVER_ID") => one("@@server_id", "1".to_owned()),
        ("SELECT", "VERSION" | "VERSION()" | "@@VERSION") => {
            one(words[1..].join("(").as_str(), version(&at.image))
        }
        ("SELECT", "DATABASE" | "DATABASE()") => one("DATABASE()", used()),
        ("SELECT", _) => {
            let Some(from) = upper.iter().position(|w| w == "FROM") else {
                let what = text[6..].trim();
                return one(what, what.trim_matches(['\'', '"']).to_owned());
            };
            let at = place(from + 1);
            let Some((columns, rows)) = databases.get(&at.0).and_then(|tables| tables.get(&at.1))
            else {
                return no_table(at);
            };
            let fits = condition(columns, text);
            let rows: Vec<&Vec<String>> = rows.iter().filter(|row| fits(row)).into_list();
            if word(1).starts_with("COUNT") {
                return one("COUNT(*)", rows.len().to_string());
            }
            let list = text[6..text.to_ascii_uppercase().find("FROM").unwrap_or(6).max(6)].trim();
            let wanted: Vec<String> = match list {
                "*" => columns.clone(),
                list => list
                    .split(',')
                    .map(|c| c.trim().trim_matches('`').to_owned())
                    .collect(),
            };
            if let Some(name) = wanted.iter().find(|name| !columns.contains(name)) {
                let words = format!("Unknown column '{name}' in 'field list'");
                return Answer::Error(1054, "42S22", words);
            }
            let pick = |row: &Vec<String>| {
                let cells = wanted
                    .iter()
                    .map(|name| columns.iter().position(|column| column == name));
                cells
                    .map(|at| at.and_then(|at| row.get(at)).cloned().unwrap_or_default())
                    .collect()
            };
            let picked = rows.into_iter().map(pick).collect();
            Answer::Rows(wanted, picked)
        }
        ("SHOW", "TABLES") => match databases.get(&at.state) {
            None => unused(),
            Some(tables) => Answer::Rows(
                vec![format!("Tables_in_{}", at.state)],
                tables.keys().map(|name| vec![name.clone()]).into_list(),
            ),
        },
        ("SHOW", "DATABASES") => {
            let mut names: Vec<&str> = SYSTEM.to_vec();
            names.extend(databases.keys().map(String::as_str));
            ordinal_api::sorted::sort(&mut names);
            let rows = names
                .iter()
                .map(|name| vec![(*name).to_owned()])
                .into_list();
            Answer::Rows(vec!["Database".to_owned()], rows)
        }
        _ => Answer::Error(
            1064,
            "42000",
            format!(
                "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '{text}' at line 1"
            ),
        ),
    }
}

/// Databases that are there from the beginning.
const SYSTEM: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

/// `WHERE column = value`; true for every row where there is none.
fn condition(columns: &[String], text: &str) -> impl Fn(&[String]) -> bool + use<> {
    let after = text
        .to_ascii_uppercase()
        .find("WHERE")
        .map(|at| text[at + 5..].trim().to_owned());
    let pair = after.as_deref().and_then(|after| after.split_once('='));
    let wanted = pair.and_then(|(column, value)| {
        let at = columns
            .iter()
            .position(|known| known == column.trim().trim_matches('`'))?;
        let value = value.trim();
        let value = value.split(' ').next().unwrap_or(value);
        Some((at, value.trim_matches(['\'', '"']).to_owned()))
    });
    move |row| match &wanted {
        Some((at, value)) => row.get(*at) == Some(value),
        None => true,
    }
}

/// Cells between tabs, as to a pipe.
fn tabs(columns: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let all = std::iter::once(columns).chain(rows.iter().map(Vec::as_slice));
    all.map(|row| row.join("\t") + "\n").collect()
}

/// One cell a line, as `\G` wants it.
fn records(columns: &[String], rows: &[Vec<String>]) -> String {
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
fn grid(columns: &[String], rows: &[Vec<String>]) -> String {
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
