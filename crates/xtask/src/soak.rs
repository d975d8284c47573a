//! Random schedules for as long as somebody wants: the tests that play them, with other seeds each time.

use std::hash::{BuildHasher, RandomState};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, shown};

/// What is played at a time, so that the clock is looked at in between.
const AT_ONCE: u64 = 2_000;

/// For how long.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    Seeds(u64),
    Minutes(u64),
}

/// Plays schedules from a seed on, or from one that nobody has seen. Each test shortens what fails and prints its seed.
pub(crate) fn run(length: Length, seed: Option<u64>) -> Result<()> {
    let first = seed.unwrap_or_else(unseen);
    let begin = Instant::now();
    let mut played = 0;
    loop {
        let count = match length {
            Length::Seeds(seeds) => (seeds - played).min(AT_ONCE),
            Length::Minutes(minutes) if begin.elapsed() < Duration::from_secs(60 * minutes) => {
                AT_ONCE
            }
            Length::Minutes(_) => 0,
        };
        if count == 0 {
            break;
        }
        let from = first + played;
        println!("== seeds {from} to {}", from + count - 1);
        for mut test in tests() {
            test.env("ORDINAL_SEED", from.to_string());
            test.env("ORDINAL_SCHEDULES", count.to_string());
            let status = test
                .status()
                .with_context(|| format!("cannot start {}", shown(&test)))?;
            if !status.success() {
                bail!(
                    "a schedule failed; its seed is above: `cargo xtask soak --seeds 1 --seed N` plays it again"
                );
            }
        }
        played += count;
    }
    println!("{played} seeds from {first} on kept every promise");
    Ok(())
}

/// The tests that read the two variables.
fn tests() -> [Command; 2] {
    [
        cargo([
            "test",
            "--package",
            "ordinal-core",
            "--lib",
            "--",
            "promises_hold_in_random_schedules",
        ]),
        cargo([
            "test",
            "--package",
            "ordinal-tests",
            "--test",
            "scenarios",
            "--",
            "whatever_breaks_the_promises_are_kept",
        ]),
    ]
}

/// A seed by chance: the standard library's own, for every process another one.
fn unseen() -> u64 {
    RandomState::new().hash_one("soak") % 1_000_000_000 * AT_ONCE
}
