//! What continuous integration does, fastest first; stops at the first thing that is wrong.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::shell::{self, cargo};
use crate::{layering, setup, size, test, tidy};

/// A named check.
type Check = (&'static str, fn() -> Result<()>);

/// Runs the checks; `only_static` stops before the tests.
pub(crate) fn run(only_static: bool) -> Result<()> {
    setup::lints()?;
    setup::page()?;
    let before_tests: [Check; 5] = [
        ("format", format),
        ("tidy", tidy::run),
        ("layering", layering::run),
        ("clippy, native", clippy_native),
        ("clippy, wasm32", clippy_wasm),
    ];
    let after: [Check; 2] = [("tests", || test::run(&[], &[])), ("size", size::run)];
    let rest: &[Check] = if only_static { &[] } else { &after };
    for (name, check) in before_tests.iter().chain(rest) {
        let started = Instant::now();
        check().with_context(|| (*name).to_owned())?;
        eprintln!("check: {name} ok, {:.1} s", started.elapsed().as_secs_f32());
    }
    Ok(())
}

fn format() -> Result<()> {
    shell::run(&mut cargo(["fmt", "--all", "--check"])).context("`cargo fmt` puts it right")
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
