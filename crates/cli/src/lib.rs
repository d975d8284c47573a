//! The native twin of the page: the same engine, the same bytes, from a terminal.
//!
//! * [`run`]: plays manifests and commands, prints what came of it
//! * [`shell`]: the page's terminal on standard input and output
//! * [`conform`]: holds the simulator to recordings of a real control plane

pub mod conform;
pub mod run;
pub mod shell;

use std::process::ExitCode;

/// Ordinal: a Kubernetes StatefulSet you can watch, break and rewind.
#[derive(Debug, clap::Parser)]
#[command(name = "ordinal", version, about)]
pub struct Command {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What `ordinal` can do.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Runs manifests on a simulated cluster and prints what came of them.
    Run(run::Arguments),
    /// The page's terminal on standard input and output; time passes while a command waits.
    Shell(shell::Arguments),
    /// Plays recordings of a real control plane and says where the simulator differs.
    Conform(conform::Arguments),
}

/// Runs the command; prints to the process's own streams.
pub fn main(command: Command) -> ExitCode {
    match command.verb {
        Verb::Run(arguments) => run::main(&arguments),
        Verb::Shell(arguments) => shell::main(&arguments),
        Verb::Conform(arguments) => conform::main(&arguments),
    }
}
