//! One statement: what it changes and what it comes to.

use ordinal_api::list::IntoList;

use super::super::Inside;
use super::{Answer, Databases, Table, version};

/// Databases that are there from the beginning.
const SYSTEM: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

/// A statement, taken apart.
struct Statement<'a> {
    text: &'a str,
    words: Vec<&'a str>,
    upper: Vec<String>,
    /// The database in use; empty for none.
    used: &'a str,
}

/// A table by its database and name.
type Place = (String, String);

impl<'a> Statement<'a> {
    fn read(text: &'a str, used: &'a str) -> Self {
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || c == '(')
            .filter(|w| !w.is_empty())
            .into_list();
        let upper = words.iter().map(|w| w.to_ascii_uppercase()).into_list();
        Self {
            text,
            words,
            upper,
            used,
        }
    }

    /// A word in capitals; empty where there is none.
    fn word(&self, n: usize) -> &str {
        self.upper.get(n).map_or("", String::as_str)
    }

    /// A word as it was written, without quotes.
    fn plain(&self, n: usize) -> String {
        let word = self.words.get(n).map_or("", |w| w.trim_matches('`'));
        word.to_owned()
    }

    /// The number of a word, or of that behind so many words where `IF` stands in its place.
    fn behind_if(&self, n: usize, words: usize) -> usize {
        if self.word(n) == "IF" { n + words } else { n }
    }

    /// `name` or `database.name`
    fn place(&self, n: usize) -> Place {
        let whole = self.plain(n).replace('`', "");
        match whole.split_once('.') {
            Some((database, table)) => (database.to_owned(), table.to_owned()),
            None => (self.used.to_owned(), whole),
        }
    }
}

/// Runs a statement.
pub(super) fn run(databases: &mut Databases, at: &Inside, text: &str) -> Answer {
    let said = Statement::read(text, &at.state);
    match (said.word(0), said.word(1)) {
        ("CREATE", "DATABASE" | "SCHEMA") => create_database(databases, &said),
        ("DROP", "DATABASE" | "SCHEMA") => drop_database(databases, &said),
        ("CREATE", "USER") | ("GRANT" | "FLUSH" | "ALTER" | "SET", _) => Answer::Done(0),
        ("USE", _) => match said.plain(1) {
            name if databases.contains_key(&name) || SYSTEM.contains(&name.as_str()) => {
                Answer::Uses(name)
            }
            name => Answer::Error(1049, "42000", format!("Unknown database '{name}'")),
        },
        ("CREATE", "TABLE") => create_table(databases, &said),
        ("DROP", "TABLE") => drop_table(databases, &said),
        ("INSERT", "INTO") => changed(databases, &said, insert),
        ("DELETE", "FROM") => changed(databases, &said, delete),
        ("SELECT", "@@HOSTNAME") => one("@@hostname", at.pod.clone()),
        ("SELECT", "@@SERVER_ID") => one("@@server_id", "1".to_owned()),
        ("SELECT", "VERSION" | "VERSION()" | "@@VERSION") => {
            one(&said.words[1..].join("("), version(&at.image))
        }
        ("SELECT", "DATABASE" | "DATABASE()") => {
            let used = if said.used.is_empty() {
                "NULL"
            } else {
                said.used
            };
            one("DATABASE()", used.to_owned())
        }
        ("SELECT", _) => select(databases, &said),
        ("SHOW", "TABLES") => match databases.get(said.used) {
            None => unused(),
            Some(tables) => names(&format!("Tables_in_{}", said.used), tables.keys().cloned()),
        },
        ("SHOW", "DATABASES") => {
            let system = SYSTEM.iter().map(|name| (*name).to_owned());
            let mut all = system.chain(databases.keys().cloned()).into_list();
            ordinal_api::sorted::sort(&mut all);
            names("Database", all.into_iter())
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

/// One cell.
fn one(name: &str, value: String) -> Answer {
    names(name, [value].into_iter())
}

/// One column.
fn names(head: &str, cells: impl Iterator<Item = String>) -> Answer {
    Answer::Rows(
        vec![head.to_owned()],
        cells.map(|cell| vec![cell]).collect(),
    )
}

fn unused() -> Answer {
    Answer::Error(1046, "3D000", "No database selected".to_owned())
}

fn no_table((database, table): Place) -> Answer {
    if database.is_empty() {
        return unused();
    }
    let words = format!("Table '{database}.{table}' doesn't exist");
    Answer::Error(1146, "42S02", words)
}

fn create_database(databases: &mut Databases, said: &Statement<'_>) -> Answer {
    let name = said.plain(said.behind_if(2, 3));
    if said.word(2) != "IF" && databases.contains_key(&name) {
        let words = format!("Can't create database '{name}'; database exists");
        return Answer::Error(1007, "HY000", words);
    }
    databases.entry(name).or_default();
    Answer::Done(1)
}

fn drop_database(databases: &mut Databases, said: &Statement<'_>) -> Answer {
    match databases.remove(&said.plain(said.behind_if(2, 2))) {
        Some(tables) => Answer::Done(tables.len()),
        None => {
            let name = said.plain(2);
            let words = format!("Can't drop database '{name}'; database doesn't exist");
            Answer::Error(1008, "HY000", words)
        }
    }
}

fn create_table(databases: &mut Databases, said: &Statement<'_>) -> Answer {
    let (database, table) = said.place(said.behind_if(2, 3));
    let Some(tables) = databases.get_mut(&database) else {
        return unused();
    };
    if said.word(2) != "IF" && tables.contains_key(&table) {
        return Answer::Error(1050, "42S01", format!("Table '{table}' already exists"));
    }
    let columns = inside(said.text);
    let names = columns
        .iter()
        .map(|c| c.split_whitespace().next().unwrap_or_default());
    let names = names.map(|name| name.trim_matches('`').to_owned());
    tables.entry(table).or_insert((names.collect(), Vec::new()));
    Answer::Done(0)
}

fn drop_table(databases: &mut Databases, said: &Statement<'_>) -> Answer {
    let (database, table) = said.place(said.behind_if(2, 2));
    let tables = databases.get_mut(&database);
    match tables.and_then(|tables| tables.remove(&table)) {
        Some(_) => Answer::Done(0),
        None => Answer::Error(1051, "42S02", format!("Unknown table '{database}.{table}'")),
    }
}

/// Changes the table that the third word names.
fn changed(
    databases: &mut Databases,
    said: &Statement<'_>,
    change: fn(&mut Table, &str) -> Answer,
) -> Answer {
    let place = said.place(2);
    let tables = databases.get_mut(&place.0);
    match tables.and_then(|tables| tables.get_mut(&place.1)) {
        Some(table) => change(table, said.text),
        None => no_table(place),
    }
}

fn insert((columns, rows): &mut Table, text: &str) -> Answer {
    let values = text.to_ascii_uppercase().find("VALUES").unwrap_or(0);
    let given = match text[..values].contains('(') {
        true => inside(&text[..values]),
        false => columns.clone(),
    };
    let new: Vec<Vec<String>> = text[values..]
        .split("),")
        .map(|row| inside(&format!("{})", row.trim_end().trim_end_matches(')'))))
        .into_list();
    if new.iter().any(|row| row.len() != given.len()) {
        let words = "Column count doesn't match value count at row 1".to_owned();
        return Answer::Error(1136, "21S01", words);
    }
    let count = new.len();
    for row in new {
        let cell = |column: &String| {
            let at = given.iter().position(|name| name == column);
            at.map_or_else(|| "NULL".to_owned(), |at| row[at].clone())
        };
        rows.push(columns.iter().map(cell).collect());
    }
    Answer::Done(count)
}

fn delete((columns, rows): &mut Table, text: &str) -> Answer {
    let fits = condition(columns, text);
    let before = rows.len();
    rows.retain(|row| !fits(row));
    Answer::Done(before - rows.len())
}

fn select(databases: &Databases, said: &Statement<'_>) -> Answer {
    let text = said.text;
    let Some(from) = said.upper.iter().position(|w| w == "FROM") else {
        let what = text[6..].trim();
        return one(what, what.trim_matches(['\'', '"']).to_owned());
    };
    let place = said.place(from + 1);
    let tables = databases.get(&place.0);
    let Some((columns, rows)) = tables.and_then(|tables| tables.get(&place.1)) else {
        return no_table(place);
    };
    let fits = condition(columns, text);
    let rows: Vec<&Vec<String>> = rows.iter().filter(|row| fits(row)).into_list();
    if said.word(1).starts_with("COUNT") {
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

/// The parts between the outer parentheses, without quotes.
fn inside(text: &str) -> Vec<String> {
    let inner = text.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.rsplit_once(')').map_or(inner, |(inner, _)| inner);
    let cells = inner.split(',');
    cells
        .map(|c| c.trim().trim_matches(['\'', '"', '`']).to_owned())
        .collect()
}

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
