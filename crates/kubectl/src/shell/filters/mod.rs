//! The small programs beside kubectl: one line each in a sorted table.

mod awk;
mod builtins;
mod commands;
mod lines;
mod printed;
mod search;
mod sed;
mod test;

use super::run::{Run, Stop};

pub(super) use test::condition;

/// A program: its words, what comes in, its exit code.
pub(super) type Program = fn(&mut Run<'_>, &[&str], &str) -> Result<i32, Stop>;

/// Every program, sorted.
const PROGRAMS: &[(&str, Program)] = &[
    (":", builtins::yes),
    ("[", test::test),
    ("alias", builtins::alias),
    ("awk", awk::awk),
    ("base64", lines::base64),
    ("bash", commands::sh),
    ("break", builtins::leave),
    ("cat", lines::cat),
    ("clear", builtins::clear),
    ("column", lines::column),
    ("continue", builtins::again),
    ("cut", lines::cut),
    ("echo", printed::echo),
    ("egrep", search::egrep),
    ("exit", builtins::exit),
    ("export", builtins::export),
    ("false", builtins::no),
    ("grep", search::grep),
    ("head", lines::head),
    ("help", builtins::help),
    ("history", builtins::history),
    ("ls", builtins::ls),
    ("printf", printed::printf),
    ("read", builtins::read),
    ("sed", sed::sed),
    ("seq", printed::seq),
    ("sh", commands::sh),
    ("sleep", builtins::sleep),
    ("sort", lines::sort),
    ("tail", lines::tail),
    ("tee", lines::tee),
    ("test", test::test),
    ("tr", lines::tr),
    ("true", builtins::yes),
    ("uniq", lines::uniq),
    ("unset", builtins::unset),
    ("watch", commands::watch),
    ("wc", lines::wc),
    ("xargs", commands::xargs),
];

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// The program of that name.
pub(super) fn find(name: &str) -> Option<Program> {
    let name = name.strip_prefix("/bin/").unwrap_or(name);
    let found = PROGRAMS.binary_search_by(|(known, _)| (*known).cmp(name));
    found.ok().map(|at| PROGRAMS[at].1)
}

/// Flags of one letter, those with a value (`-n 5`, `-n5`), and the rest.
pub(super) struct Flags<'a> {
    pub letters: Vec<char>,
    pub values: Vec<(char, &'a str)>,
    pub rest: Vec<&'a str>,
}

impl<'a> Flags<'a> {
    /// Reads them; `valued` are the letters that take a value.
    pub(super) fn of(words: &[&'a str], valued: &str) -> Self {
        let mut flags = Self {
            letters: Vec::new(),
            values: Vec::new(),
            rest: Vec::new(),
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                flags.rest.push(word);
                continue;
            };
            if letters == "-" {
                flags.rest.extend(words);
                break;
            }
            for (at, letter) in letters.char_indices() {
                if !valued.contains(letter) {
                    flags.letters.push(letter);
                    continue;
                }
                let value = &letters[at + letter.len_utf8()..];
                let value = match value.is_empty() {
                    true => words.next().unwrap_or_default(),
                    false => value,
                };
                flags.values.push((letter, value));
                break;
            }
        }
        flags
    }

    pub(super) fn has(&self, letter: char) -> bool {
        self.letters.contains(&letter)
    }

    pub(super) fn value(&self, letter: char) -> Option<&'a str> {
        let found = self.values.iter().rev().find(|(known, _)| *known == letter);
        found.map(|(_, value)| *value)
    }
}

/// What a program reads: the files it was given, or its standard input.
///
/// # Errors
/// Its exit code, if a file is not there; that was said.
pub(super) fn input(
    run: &mut Run<'_>,
    program: &str,
    files: &[&str],
    stdin: &str,
) -> Result<String, i32> {
    if files.is_empty() || files == ["-"] {
        return Ok(stdin.to_owned());
    }
    let mut all = String::new();
    let mut missing = 0;
    for file in files {
        match run.file(file) {
            Some(text) => all.push_str(&text),
            None => {
                run.print(
                    true,
                    &format!("{program}: {file}: No such file or directory\n"),
                );
                missing = 1;
            }
        }
    }
    if missing > 0 { Err(missing) } else { Ok(all) }
}
