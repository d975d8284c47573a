//! The clients of programs that take statements: from their command line, from their input, or at a prompt.

use ordinal_core::Cluster;

use super::{Inside, of};
use crate::{Output, Session};

/// A client of the program: one statement from its command line or input, or a prompt.
pub(super) fn client(
    cluster: &mut Cluster,
    session: &mut Session,
    at: &Inside,
    name: &str,
    words: &[&str],
    stdin: &str,
) -> Output {
    let Some(statement) = of(&at.image).statement else {
        return Output::default();
    };
    let given = words
        .iter()
        .position(|w| matches!(*w, "-e" | "--eval" | "--execute"));
    let text = given.and_then(|at| words.get(at + 1).copied());
    match text {
        Some(text) => Output::printed(statement(cluster, at, text)),
        None if !stdin.is_empty() => Output::printed(statement(cluster, at, stdin)),
        None => {
            let entered = Inside {
                prompt_of: if name == "mysql" { "mysql" } else { "mongo" },
                attached: false,
                removed: false,
                ..at.clone()
            };
            session.inside.push(entered);
            Output::default()
        }
    }
}

/// A line at the prompt of a client.
pub(crate) fn at_prompt(cluster: &mut Cluster, session: &mut Session, line: &str) -> Output {
    let Some(at) = session.inside.last_mut() else {
        return Output::default();
    };
    let said = line.trim().trim_end_matches(';').trim_end_matches("()");
    if matches!(said, "exit" | "quit" | "\\q") {
        let mysql = at.prompt_of == "mysql";
        session.inside.pop();
        return if mysql {
            Output::line("Bye")
        } else {
            Output::default()
        };
    }
    at.open += line;
    at.open.push('\n');
    let depth: i32 = at
        .open
        .chars()
        .map(|c| match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        })
        .sum();
    let open = match at.prompt_of {
        "mysql" => !at.open.trim().is_empty() && !at.open.trim_end().ends_with(';'),
        _ => depth > 0,
    };
    if open && at.open.len() < 10_000 {
        return Output::default();
    }
    let text = std::mem::take(&mut at.open);
    let at = at.clone();
    if !at.runs(cluster.world()) {
        session.inside.pop();
        let mut output = Output::default();
        output.warn("command terminated with exit code 137");
        output.exit = 137;
        return output;
    }
    match of(&at.image).statement {
        Some(statement) => Output::printed(statement(cluster, &at, &text)),
        None => Output::default(),
    }
}
