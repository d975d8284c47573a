//! MySQL: a few statements on tables that lie on its own disk; each replica has its own.
//!
//! * `statement`: what one statement comes to; `printed`: rows as the client prints them

mod printed;
mod statement;

use std::collections::BTreeMap;

use ordinal_core::{Cluster, World};

use self::printed::{grid, records, tabs};
use self::statement::run;
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
