//! The command `ordinal`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    ordinal_cli::main(ordinal_cli::Command::parse())
}
