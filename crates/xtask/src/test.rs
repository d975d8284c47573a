//! Every test there is, and one line of totals over all of them.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};
use clap::ValueEnum;

use crate::page::{self, Profile};
use crate::setup;
use crate::shell::{cargo, shown};

/// A way of running tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runner {
    /// The whole workspace on this machine, without a browser.
    Native,
    /// `crates/web/tests` and `tests/wasm` as WebAssembly in headless Chromium.
    Wasm,
    /// `tests/browser` driving the built page in headless Chromium.
    Page,
}

impl Runner {
    fn commands(self) -> Vec<Command> {
        let wasm = |arguments: &[&str]| {
            let mut command = cargo(["test", "--target", "wasm32-unknown-unknown"]);
            command.args(arguments);
            command
        };
        match self {
            Runner::Native => vec![cargo(["test", "--workspace", "--no-fail-fast"])],
            Runner::Wasm => vec![
                wasm(&["--package", "ordinal-web", "--no-fail-fast"]),
                wasm(&["--package", "ordinal-tests", "--test", "wasm"]),
            ],
            Runner::Page => vec![cargo([
                "test",
                "--package",
                "ordinal-tests",
                "--features",
                "browser",
                "--test",
                "browser",
            ])],
        }
    }
}

/// How the line starts with which a test says that it cannot run here (`ordinal_tests::skip`). libtest knows nothing of
/// the kind and counts it as passed.
const SKIPPED: &str = "skipped: ";

/// How many tests ended how. Prints as `N passed, N failed`, with `, N skipped` when there are any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Reads libtest's closing line, which wasm-bindgen's runner prints too; nothing for any other line.
    fn of_line(line: &str) -> Option<Tally> {
        let counts = line.trim().strip_prefix("test result: ")?;
        let count = |what: &str| -> Option<u64> {
            let (before, _) = counts.split_once(&format!(" {what}"))?;
            before.rsplit(' ').next()?.parse().ok()
        };
        Some(Tally {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// Runs `only` these runners (none means all), then prints the totals. An error when any test failed, when a runner
/// broke, and when one had nothing to run.
pub(crate) fn run(only: &[Runner], filter: &[String]) -> Result<()> {
    let chosen = |runner: &Runner| only.is_empty() || only.contains(runner);
    let runners: Vec<Runner> = Runner::value_variants()
        .iter()
        .copied()
        .filter(chosen)
        .collect();

    // First, so that a machine on which this cannot work says so before an hour of tests, not after.
    if runners.iter().any(|runner| *runner != Runner::Native) {
        setup::browser()?;
        setup::page()?;
    }

    let mut total = Tally::default();
    for runner in runners {
        println!("\n== {} tests", format!("{runner:?}").to_lowercase());
        let failed = |error: Error| {
            eprintln!("error: {error:#}");
            Tally {
                failed: 1,
                ..Tally::default()
            }
        };
        if let Err(error) = ready(runner) {
            total += failed(error);
            continue;
        }
        for mut command in runner.commands() {
            let tally = tally(command.arg("--").args(filter), filter.is_empty());
            total += tally.unwrap_or_else(failed);
        }
    }
    println!("\n{total}");
    if total.failed > 0 {
        bail!("tests failed");
    }
    Ok(())
}

/// What a runner needs besides its own compilation.
fn ready(runner: Runner) -> Result<()> {
    match runner {
        Runner::Page => page::build(Profile::Release),
        Runner::Native | Runner::Wasm => Ok(()),
    }
}

/// Runs tests with their output shown, and counts them. A runner that breaks without a failed test counts as one.
fn tally(command: &mut Command, must_run: bool) -> Result<Tally> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let mut tally = Tally::default();
    let mut skipped = 0;
    for line in BufReader::new(child.stdout.take().expect("it is piped")).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(counted) = Tally::of_line(&line) {
            tally += counted;
        }
        if line.starts_with(SKIPPED) {
            skipped += 1;
        }
    }
    tally.passed = tally.passed.saturating_sub(skipped);
    tally.skipped += skipped;
    let status = child.wait()?;
    if tally.failed == 0 && !status.success() {
        eprintln!("error: {} failed ({status})", shown(command));
        tally.failed = 1;
    }
    if must_run && tally == Tally::default() {
        bail!("{} ran no test", shown(command));
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_test_binary_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.52s";

        assert_eq!(
            Tally::of_line(line),
            Some(Tally {
                passed: 12,
                failed: 3,
                skipped: 1
            })
        );
    }

    #[test]
    fn other_lines_are_not_counted() {
        assert_eq!(Tally::of_line("test web_0_comes_first ... ok"), None);
        assert_eq!(Tally::of_line("test result: unknown"), None);
    }

    #[test]
    fn skipped_tests_are_named_only_when_there_are_some() {
        let clean = Tally {
            passed: 7,
            failed: 0,
            skipped: 0,
        };

        assert_eq!(clean.to_string(), "7 passed, 0 failed");
        assert_eq!(
            Tally {
                skipped: 2,
                ..clean
            }
            .to_string(),
            "7 passed, 0 failed, 2 skipped"
        );
    }
}
