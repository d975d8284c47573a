//! What runs other commands: `sh`, `watch`, `xargs`.

use super::super::run::{Run, Stop};
use super::Flags;
use super::builtins::milliseconds;
use ordinal_api::list::IntoList;

type Done = Result<i32, Stop>;

pub(super) fn sh(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    match words {
        ["-c", text, ..] => run.text(text, ""),
        _ => run.text(stdin, ""),
    }
}

/// Runs a command again and again, each time on an empty screen, until nothing more happens in the cluster.
pub(super) fn watch(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let flags = Flags::of_command(words, "nd");
    let every = flags
        .value('n')
        .and_then(milliseconds)
        .unwrap_or(2000)
        .max(100);
    let command = flags.rest.join(" ");
    if command.is_empty() {
        run.print(true, "Usage:\n watch [options] command\n");
        return Ok(1);
    }
    let mut last = None;
    loop {
        let text = run.output_of(&command)?;
        if last.as_ref() != Some(&text) {
            run.clear();
            let secs = every / 1000;
            let tenth = every % 1000 / 100;
            run.print(
                false,
                &format!("Every {secs}.{tenth}s: {command}\n\n{text}"),
            );
            last = Some(text);
        }
        if run.session.until.is_none() && run.cluster.next_progress().is_none() {
            return Ok(0);
        }
        run.pass(every)?;
    }
}

pub(super) fn xargs(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of_command(words, "nI");
    let (name, first) = match flags.rest.split_first() {
        Some((name, first)) => (*name, first.to_vec()),
        None => ("echo", Vec::new()),
    };
    let mut given: Vec<Vec<String>> = Vec::new();
    if let Some(mark) = flags.value('I') {
        for line in stdin.lines() {
            given.push(
                first
                    .iter()
                    .map(|word| word.replace(mark, line.trim()))
                    .collect(),
            );
        }
    } else {
        let all: Vec<&str> = stdin.split_whitespace().into_list();
        let most = flags.value('n').and_then(|n| n.parse().ok());
        let most: usize = most.unwrap_or(all.len()).max(1);
        for some in all.chunks(most) {
            given.push(
                first
                    .iter()
                    .chain(some)
                    .map(|word| (*word).to_owned())
                    .collect(),
            );
        }
    }
    let mut worst = 0;
    for words in given {
        if run.named(name, &words, "")? != 0 {
            worst = 123;
        }
    }
    Ok(worst)
}

impl<'a> Flags<'a> {
    /// Flags before a command; what follows the first other word belongs to that command.
    fn of_command(words: &[&'a str], valued: &str) -> Self {
        let mut at = 0;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            let takes = word.len() == 2 && word.ends_with(|c| valued.contains(c) && c != 'd');
            at += 1 + usize::from(takes);
        }
        let at = at.min(words.len());
        let mut flags = Self::of(&words[..at], valued.trim_end_matches('d'));
        flags.rest = words[at..].to_vec();
        flags
    }
}
