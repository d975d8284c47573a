//! What Tab offers: commands, verbs, kinds, names, flags, files.
//!
//! Models kubectl `pkg/util/completion/completion.go`, v0.37, and what cobra adds: flags once a `-` is typed.

mod kubectl;
mod table;
#[cfg(test)]
mod tests;
mod words;

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use self::kubectl::Asked;
use self::words::split;
use crate::shell::{Shell, programs};
use crate::{Session, fault};

/// What the word before the cursor can become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins, in bytes of the line.
    pub from: usize,
    /// What it can become, sorted.
    pub candidates: Vec<String>,
}

impl Completion {
    /// What all candidates begin with; with a blank behind it where there is one, and it is whole.
    pub fn common(&self) -> String {
        let Some((first, rest)) = self.candidates.split_first() else {
            return String::new();
        };
        let mut common = first.as_str();
        for other in rest {
            let same = common
                .chars()
                .zip(other.chars())
                .take_while(|(a, b)| a == b);
            let length = same.map(|(a, _)| a.len_utf8()).sum();
            common = &common[..length];
        }
        let blank = rest.is_empty() && !common.ends_with(['/', '=']);
        format!("{common}{}", if blank { " " } else { "" })
    }
}

/// What the end of a line can become.
pub fn complete(
    cluster: &mut Cluster,
    session: &mut Session,
    shell: &Shell,
    line: &str,
) -> Completion {
    let (mut words, from) = split(line);
    let typed = line[from..].trim_start_matches(['"', '\'']).to_owned();
    if session.inside.last().is_some() {
        // The files and programs of a container are not listed.
        return Completion::default();
    }
    if let Some(alias) = words.first().and_then(|word| shell.aliases.get(word)) {
        let alias = alias.split_whitespace().map(str::to_owned).into_list();
        words.splice(0..1, alias);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).into_list();
    let mut found = Asked {
        cluster,
        session,
        typed: &typed,
        found: Vec::new(),
    };
    match words.as_slice() {
        [] => {
            found.offer("", programs());
            found.offer("", ["kubectl", "curl"].into_iter());
            found.offer("", fault::WORDS.iter().map(|(word, _, _)| *word));
            found.offer("", shell.aliases.keys().map(String::as_str));
        }
        [.., ">" | ">>" | "<"] => found.files(),
        ["kubectl", rest @ ..] => found.kubectl(rest),
        [word, ..] if fault::is_fault(word) => {
            let of = fault::WORDS.iter().find(|(known, _, _)| known == word);
            match of.map(|(_, arguments, _)| *arguments) {
                Some("NODE") => found.names("", "nodes", None),
                Some(pod) if pod.starts_with("pod/") => found.names("pod/", "pods", None),
                _ => {}
            }
        }
        _ => found.files(),
    }
    let mut candidates = found.found;
    candidates.sort_unstable();
    candidates.dedup();
    Completion { from, candidates }
}
