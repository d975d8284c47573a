//! The shell around kubectl: enough of a POSIX shell for what is typed at a cluster, and nothing that runs away.
//!
//! * `syntax`: a text to commands; `run`: commands to what they print; `filters`: the small programs
//! * `pattern`: regular expressions
//!
//! A command that waits lets simulated time pass, so that a line always ends; what it printed carries the moments at
//! which it did, and whoever shows it can play them.

mod attach;
mod filters;
mod machine;
mod pattern;
mod run;
mod syntax;

#[cfg(test)]
mod tests;

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use ordinal_core::Cluster;

use crate::{Session, Watch};

/// What a shell remembers between lines.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Variables.
    pub variables: SortedMap<String, String>,
    /// Aliases.
    pub aliases: SortedMap<String, String>,
    /// The lines so far, oldest first.
    pub history: Vec<String>,
    /// Exit code of the last command.
    pub status: i32,
    /// Bounds of one line.
    pub limits: Limits,
}

/// What one line may not exceed; reaching a bound ends it as Ctrl-C would, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Commands.
    pub commands: u32,
    /// Characters printed.
    pub output: usize,
    /// Simulated time that passes, in milliseconds.
    pub time_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commands: 2_000,
            output: 1 << 20,
            time_ms: 3_600_000,
        }
    }
}

impl Default for Shell {
    fn default() -> Self {
        Self {
            variables: SortedMap::from([("HOME".to_owned(), "/home/student".to_owned())]),
            aliases: SortedMap::new(),
            history: Vec::new(),
            status: 0,
            limits: Limits::default(),
        }
    }
}

/// Something that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// On standard error.
    pub error: bool,
    /// The screen is cleared first, as `watch` and `clear` do.
    pub clears: bool,
    /// The text, line breaks included.
    pub text: String,
}

/// What a line did.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// What it printed, in order.
    pub pieces: Vec<Piece>,
    /// Its exit code.
    pub exit: i32,
    /// Whether it was held at [`Session::until`], before its end.
    pub held: bool,
    /// Whether nothing but what others do brings more of it: a watch on which nothing moves, an editor that is open.
    pub rests: bool,
    /// What the editor shows that is open, and since when, in milliseconds of simulated time.
    pub editing: Option<(u64, String)>,
    /// A watch that goes on after the line.
    pub watch: Option<Watch>,
}

impl Transcript {
    /// Both streams as one text.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }
}

/// What a text is to a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It can run.
    Whole,
    /// A quote, a loop or a here-document is still open: another line may close it.
    Open,
    /// No further line makes it right.
    Wrong,
}

/// Runs one command inside a container.
pub(crate) fn inside(
    cluster: &mut Cluster,
    session: &mut Session,
    at: crate::programs::Inside,
    words: &[String],
    stdin: &str,
) -> crate::Output {
    run::inside(cluster, session, at, words, stdin)
}

/// The names of the small programs.
pub(crate) fn programs() -> impl Iterator<Item = &'static str> {
    filters::names()
}

/// What stands before the cursor.
pub fn prompt(session: &Session) -> String {
    match (session.inside.last(), &session.node) {
        (Some(at), _) => at.prompt(),
        (None, Some(node)) => format!("student@{node}:~$ "),
        (None, None) => "$ ".to_owned(),
    }
}

/// Whether the terminal is at the prompt of a program, whose lines are no shell's.
pub fn is_in_program(session: &Session) -> bool {
    session
        .inside
        .last()
        .is_some_and(|at| !at.prompt_of.is_empty())
}

/// Whether a line asks the server again until it is let, however long that takes.
pub fn asks_again(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().into_list();
    matches!(&words[..], ["kubectl", rest @ ..] if crate::verbs::asks_again(rest))
}

/// Whether a text can run yet; a terminal asks before it runs what was typed.
pub fn shape(text: &str) -> Shape {
    match syntax::parse(text) {
        Ok(_) => Shape::Whole,
        Err(syntax::Trouble::Unfinished(_)) => Shape::Open,
        Err(syntax::Trouble::Unexpected(_)) => Shape::Wrong,
    }
}

impl Shell {
    /// Runs a text: one line or several.
    pub fn run(&mut self, cluster: &mut Cluster, session: &mut Session, text: &str) -> Transcript {
        if !is_in_program(session) {
            return run::text(self, cluster, session, text);
        }
        // The prompt of a program: its lines are no shell's.
        let mut transcript = Transcript::default();
        for line in text.lines() {
            if !is_in_program(session) {
                let more = run::text(self, cluster, session, line);
                transcript.pieces.extend(more.pieces);
                transcript.exit = more.exit;
                continue;
            }
            let output = crate::programs::at_prompt(cluster, session, line);
            transcript.exit = output.exit;
            let at_ms = cluster.world().now().0;
            for (error, text) in [(false, output.stdout), (true, output.stderr)] {
                transcript.pieces.push(Piece {
                    at_ms,
                    error,
                    clears: false,
                    text,
                });
            }
        }
        transcript
    }
}
