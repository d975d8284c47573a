//! A command line to commands and text: `kubectl scale sts web --replicas=5`, `power-off node-2`.
//!
//! Buttons, the command line tool, lessons and tests all say what they want in these words, and [`run`] is the one
//! place that carries them out.
//!
//! * [`run`]: one line against a cluster; [`Session`]: what a terminal remembers; [`Output`]: what it prints
//! * [`fault`]: the words for what breaks; `verbs`: one file a kubectl verb, in one sorted table
//! * `args`, `resource`: kubectl's own rules for flags and names
//! * [`print`]: tables, as the server and kubectl make them
//!
//! Models k8s.io/kubectl v0.37.

mod args;
pub mod fault;
mod output;
pub mod print;
mod resource;
pub mod script;
mod session;
mod verbs;

pub use output::Output;
pub use session::Session;
pub use verbs::apply::objects as apply_objects;

use ordinal_core::Cluster;

/// Runs one line: a kubectl command (with or without the word `kubectl` or a prompt) or a fault.
pub fn run(cluster: &mut Cluster, session: &mut Session, line: &str) -> Output {
    let line = line.trim().trim_start_matches("$ ");
    if line.is_empty() || line.starts_with('#') {
        return Output::default();
    }
    let Some(words) = shlex::split(line) else {
        return Output::error("a quote is not closed");
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["kubectl", rest @ ..] => verbs::run(cluster, session, rest),
        [word, rest @ ..] if fault::is_fault(word) => fault::run(cluster, word, rest),
        all => verbs::run(cluster, session, all),
    }
}
