//! A command line to commands and text: `kubectl scale sts web --replicas=5`, `power-off node-2`.
//!
//! Buttons, the command line tool, lessons and tests all say what they want in these words, and [`run`] is the one
//! place that carries them out.
//!
//! * [`run`]: one line against a cluster; [`Session`]: what a terminal remembers; [`Output`]: what it prints
//! * [`fault`]: the words for what breaks; `verbs`: one file a kubectl verb, in one sorted table
//! * `args`, `resource`, `selectors`, `discovery`: kubectl's own rules for flags, names and selectors
//! * [`shell`]: pipes, loops and small programs around it; [`complete`]: what Tab offers
//! * `print`, `format`, `printer`: tables and objects as text, as the server and kubectl make them; [`Watch`]: `get -w`
//!
//! Models k8s.io/kubectl v0.37.

mod args;
mod clock;
pub mod complete;
mod describe;

mod discovery;
mod endpoints;
pub mod fault;
pub mod files;
mod format;
mod output;
mod print;
mod printer;
pub mod programs;
mod resource;
pub mod script;
mod selectors;
pub mod session;
pub mod shell;
mod sorting;
mod value;
mod verbs;
mod watch;

pub use output::Output;
pub use session::Session;
pub use verbs::apply::objects as apply_objects;
pub use verbs::edit::{Editing, save as save_edit};
pub use watch::Watch;

use ordinal_api::list::IntoList;
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
    let words: Vec<&str> = words.iter().map(String::as_str).into_list();
    match words.as_slice() {
        ["kubectl", rest @ ..] => run_words(cluster, session, rest),
        [word, rest @ ..] if fault::is_fault(word) => fault::run(cluster, word, rest),
        all => run_words(cluster, session, all),
    }
}

/// Runs a kubectl command whose words (without `kubectl`) a shell has taken apart already. What the server warns of is printed first, each warning once.
pub fn run_words(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    cluster.take_warnings();
    let mut output = verbs::run(cluster, session, words);
    if !session.has_editor
        && let Some(edit) = session.editing.clone()
    {
        output.append(save_edit(cluster, session, &edit.text));
    }
    let mut warnings = cluster.take_warnings();
    let mut seen = ordinal_api::sorted::SortedSet::new();
    warnings.retain(|text| seen.insert(text.clone()));
    let text: String = warnings.iter().map(|w| format!("Warning: {w}\n")).collect();
    output.warn_first(&text);
    output
}

/// Moments as the API and as `describe` write them.
pub mod times {
    pub use crate::clock::{rfc1123, rfc3339};
}
