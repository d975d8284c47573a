//! Everything that a developer or a new machine types: `cargo xtask <what>`.
//!
//! A command sets up what it needs and is missing, with a line for each step (`setup`), then calls the ordinary
//! tools. Nothing here knows how Kubernetes works.

mod bench;
mod check;
mod layering;
mod page;
mod setup;
mod shell;
mod size;
mod soak;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// What can be asked of `cargo xtask`.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    about = "Everything that a developer or a new machine types."
)]
enum Task {
    /// Serve the page on loopback, rebuilt whenever a file changes
    Run {
        /// Port on 127.0.0.1
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Optimise as for publication
        #[arg(long)]
        release: bool,
    },
    /// Run every test: native, WebAssembly in Chromium, the built page in Chromium
    Test {
        /// Only these (default: all)
        only: Vec<test::Runner>,
        /// Handed to the test binaries, e.g. part of a test's name
        #[arg(last = true)]
        filter: Vec<String>,
    },
    /// Build the static folder `dist/`
    Build {
        /// Quick and large, for looking at while developing
        #[arg(long)]
        dev: bool,
    },
    /// Format, tidy rules, layering, clippy, then tests and size
    Check {
        /// Stop before the tests
        #[arg(long = "static")]
        only_static: bool,
    },
    /// Weigh every file of `dist/` against the page's budget
    Size,
    /// Measure, as a table beside the budgets
    Bench,
    /// Play random schedules for longer than the tests do, with seeds that nobody has seen
    Soak {
        /// How many
        #[arg(long, conflicts_with = "minutes")]
        seeds: Option<u64>,
        /// For how long
        #[arg(long, default_value_t = 5)]
        minutes: u64,
        /// From which seed on: a failure prints its own
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Take a picture of `dist/` as it is (`cargo xtask shot --help`)
    #[command(disable_help_flag = true)]
    Shot {
        /// For the picture taker
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Only set up what the other commands need
    Setup,
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Run { port, release } => page::serve(port, release),
        Task::Test { only, filter } => test::run(&only, &filter),
        Task::Build { dev } => page::build(if dev {
            page::Profile::Dev
        } else {
            page::Profile::Release
        }),
        Task::Check { only_static } => check::run(only_static),
        Task::Size => size::run(),
        Task::Bench => bench::run(),
        Task::Soak {
            seeds,
            minutes,
            seed,
        } => {
            let length = seeds.map_or(soak::Length::Minutes(minutes), soak::Length::Seeds);
            soak::run(length, seed)
        }
        Task::Shot { args } => page::shot(&args),
        Task::Setup => set_up_everything(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn set_up_everything() -> Result<()> {
    setup::lints()?;
    setup::browser()?;
    setup::page()?;
    setup::shrinkers()?;
    Ok(())
}
