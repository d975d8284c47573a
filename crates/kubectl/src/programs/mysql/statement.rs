//! One statement: what it changes and what it comes to.

use ordinal_api::list::IntoList;

use super::super::Inside;
use super::{Answer, Databases, version};

fn inside(text: &str) -> Vec<String> {
    let inner = text.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.rsplit_once(')').map_or(inner, |(inner, _)| inner);
    let cells = inner.split(',');
    cells
        .map(|c| c.trim().trim_matches(['\'', '"', '`']).to_owned())
        .collect()
}

pub(super) fn run(databases: &mut Databases, at: &Inside, text: &str) -> Answer {
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
