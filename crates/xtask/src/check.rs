//! What continuous integration does, fastest first.

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::shell::{self, cargo};
use crate::{layering, setup, size, test, tidy};

/// A named check.
type Check = (&'static str, fn() -> Result<()>);

const STATIC: [Check; 5] = [
    ("format", format),
    ("tidy", tidy::run),
    ("layering", layering::run),
    ("clippy, native", clippy_native),
    ("clippy, wasm32", clippy_wasm),
];
const DYNAMIC: [Check; 2] = [("tests", || test::run(&[], &[])), ("size", size::run)];

/// Runs the checks; `only_static` leaves out the tests and what follows them. Each half runs to its end, so that one
/// run shows all there is to mend, but tests of what does not even pass the first half are not worth their time.
pub(crate) fn run(only_static: bool) -> Result<()> {
    setup::lints()?;
    setup::page()?;
    all(&STATIC)?;
    if only_static { Ok(()) } else { all(&DYNAMIC) }
}

fn all(checks: &[Check]) -> Result<()> {
    let mut failed = Vec::new();
    for (name, check) in checks {
        let started = Instant::now();
        let outcome = check();
        let took = started.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => eprintln!("check: {name}: ok, {took:.1} s"),
            Err(error) => {
                eprintln!("check: {name}: {error:#}");
                failed.push(*name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("not in order: {}", failed.join("; "));
    }
    Ok(())
}

fn format() -> Result<()> {
    shell::run(&mut cargo([
        "fmt",
        "--all",
        "--check",
        "--message-format",
        "short",
    ]))
    .context("`cargo fmt` puts it right")
}

fn clippy_native() -> Result<()> {
    let targets = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "ordinal-tests/browser",
    ];
    shell::run(cargo(targets).args(["--", "--deny", "warnings"]))
}

/// The crates that go into the page, as they go into it.
fn clippy_wasm() -> Result<()> {
    let mut clippy = cargo(["clippy", "--target", "wasm32-unknown-unknown", "--lib"]);
    for package in layering::below("ordinal-web")? {
        clippy.args(["--package", &package]);
    }
    shell::run(clippy.args(["--", "--deny", "warnings"]))?;
    let tests = [
        "clippy",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "ordinal-web",
        "--tests",
    ];
    shell::run(cargo(tests).args(["--", "--deny", "warnings"]))
}
