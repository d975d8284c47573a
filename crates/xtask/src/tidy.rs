//! Rules that clippy does not know, over the text of every file in the repository.

use std::env;
use std::fs;

use anyhow::{Result, bail};

use crate::shell::{command, output, root};

/// What decides must not depend on order of iteration, the clock or rounding.
const DETERMINISTIC: [&str; 4] = [
    "crates/api/src/",
    "crates/core/src/",
    "crates/kubectl/src/",
    "crates/manifest/src/",
];
/// On the line itself or the one above, with a reason: what reads the user's text may meet a fraction there.
const EXCEPTION: &str = "// tidy: ";
const UNORDERED: [&str; 6] = ["HashMap", "HashSet", "Instant", "SystemTime", "f32", "f64"];
/// Written in two parts, so that this file passes its own rules.
const UNFINISHED: [&str; 3] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
];
/// Parts of the names of hosts that packages come from. Lock files name them, nothing else has to.
const REGISTRY: [&str; 6] = ["crate", "debian", "golang", "maven", "npmj", "pypi"];
const LONG: usize = 450;

/// What the rules say about one line or file.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    Error(String),
    Warning(String),
}

/// Reads every file that is, or would be, in the repository.
pub(crate) fn run() -> Result<()> {
    let listed =
        output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let local = local_paths();
    let mut errors = 0;
    for path in listed.lines() {
        // Pictures and files that git still lists but are gone have no text to judge.
        let Ok(text) = fs::read_to_string(root().join(path)) else {
            continue;
        };
        for finding in judge(path, &text, &local) {
            match finding {
                Finding::Warning(what) => eprintln!("warning: {path}: {what}"),
                Finding::Error(what) => {
                    errors += 1;
                    eprintln!("{path}{what}");
                }
            }
        }
    }
    if errors > 0 {
        bail!("{errors} found");
    }
    Ok(())
}

/// Folders that exist on this machine only: where the repository lies, and the user's home.
fn local_paths() -> Vec<String> {
    let home = env::var("HOME").unwrap_or_default();
    let beside = root()
        .parent()
        .map(|folder| folder.display().to_string())
        .unwrap_or_default();
    [home, beside]
        .into_iter()
        .filter(|path| path.len() > 1)
        .map(|path| format!("{path}/"))
        .collect()
}

fn judge(path: &str, text: &str, local: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    let rust = path.ends_with(".rs");
    let deterministic = rust && DETERMINISTIC.iter().any(|folder| path.starts_with(folder));
    // What a tool writes, and what is kept as it was recorded.
    let lock = path.ends_with("Cargo.lock")
        || path.ends_with("package-lock.json")
        || path.starts_with("tests/conformance/recorded/");
    if rust && !text.starts_with("//!") {
        found.push(Finding::Error(
            ": a module opens with //! and what it is".to_owned(),
        ));
    }
    let lines = text.lines().count();
    if rust && lines > LONG {
        found.push(Finding::Warning(format!(
            "{lines} lines, perhaps two things"
        )));
    }
    let mut excepted = false;
    for (number, line) in (1..).zip(text.lines()) {
        let mut error = |what: &str| found.push(Finding::Error(format!(":{number}: {what}")));
        let excepts = line.contains(EXCEPTION);
        if deterministic && !excepts && !excepted {
            for word in words(code(line)).filter(|word| UNORDERED.contains(word)) {
                error(&format!("{word} in a crate that must be deterministic"));
            }
        }
        excepted = line.trim_start().starts_with(EXCEPTION);
        if rust && UNFINISHED.iter().any(|mark| line.contains(mark)) {
            error("unfinished or switched off");
        }
        if !lock && hosts(line).any(|host| REGISTRY.iter().any(|part| host.contains(part))) {
            error("the host of a package registry");
        }
        if local.iter().any(|folder| names_folder(line, folder)) {
            error("a path of this machine");
        }
    }
    found
}

/// The line up to its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// What stands after each `//`, up to the end of a host name, if it has a dot as a host has.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-');
    line.split("//")
        .skip(1)
        .filter_map(move |rest| rest.split(end).next())
        .filter(|host| host.contains('.'))
}

/// Whether the line has `folder` as the start of a path, not as the middle of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(path: &str, text: &str) -> Vec<String> {
        let found = judge(path, text, &["/srv/me/".to_owned()]);
        let text = |finding| match finding {
            Finding::Error(what) | Finding::Warning(what) => what,
        };
        found.into_iter().map(text).collect()
    }

    #[test]
    fn the_core_takes_no_unordered_map_and_no_float() {
        let text = "//! Queue.\nuse std::collections::HashMap;\nlet share: f64 = 0.5;\n";

        let expected = [
            ":2: HashMap in a crate that must be deterministic",
            ":3: f64 in a crate that must be deterministic",
        ];
        assert_eq!(errors("crates/core/src/queue.rs", text), expected);
        assert_eq!(errors("crates/scene/src/queue.rs", text), [""; 0]);
    }

    #[test]
    fn comments_and_longer_words_are_no_offence() {
        let text = "//! Queue.\nlet n = value.as_f64(); // not a HashMap\n";

        assert_eq!(errors("crates/core/src/queue.rs", text), [""; 0]);
    }

    #[test]
    fn an_exception_with_a_reason_holds_for_its_line_or_the_next() {
        let text = "//! Scalar.\n// tidy: a fraction is read here\nlet a: f64;\nlet b: f32; // tidy: and here\nlet c: f64;\n";

        let expected = [":5: f64 in a crate that must be deterministic"];
        assert_eq!(errors("crates/manifest/src/scalar.rs", text), expected);
    }

    #[test]
    fn hosts_of_registries_are_named_nowhere_but_in_lock_files() {
        let text = format!("see https:{}crates.example/yew", "//");

        assert_eq!(
            errors("README.md", &text),
            [":1: the host of a package registry"]
        );
        assert_eq!(errors("Cargo.lock", &text), [""; 0]);
    }

    #[test]
    fn paths_of_the_machine_are_found_at_their_start_only() {
        assert_eq!(
            errors("README.md", "cd /srv/me/ordinal"),
            [":1: a path of this machine"]
        );
        assert_eq!(errors("README.md", "mountPath: /data/srv/me/x"), [""; 0]);
    }

    #[test]
    fn a_long_file_is_only_warned_about() {
        let text = "//! Long.\n".repeat(LONG + 1);

        let found = judge("crates/core/src/long.rs", &text, &[]);
        assert_eq!(
            found,
            [Finding::Warning("451 lines, perhaps two things".to_owned())]
        );
    }
}
