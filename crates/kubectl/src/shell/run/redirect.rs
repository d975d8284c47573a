//! Where the streams of a command go, and the files that they come from.

use super::super::syntax::{Command, Redirect, Target};
use super::{Done, Run};
use crate::programs;

impl Run<'_> {
    /// A command whose streams go elsewhere.
    pub(super) fn redirected(&mut self, command: &Command, stdin: &str) -> Done {
        let mut input = stdin.to_owned();
        let mut out: Option<(String, bool)> = None;
        let (mut errors_gone, mut errors_to_out) = (false, false);
        for Redirect { stream, to } in &command.redirects {
            match to {
                Target::Input(word) => {
                    let name = self.one(word)?;
                    match self.file(&name) {
                        Some(text) => input = text,
                        None => {
                            let text = format!("bash: {name}: No such file or directory\n");
                            self.print(true, &text);
                            return Ok(1);
                        }
                    }
                }
                Target::Text(word) => input = self.one(word)?,
                Target::Stream(_) => errors_to_out |= *stream == 2,
                Target::File(word) | Target::Append(word) => {
                    let name = self.one(word)?;
                    let append = matches!(to, Target::Append(_));
                    match stream {
                        2 => errors_gone = true,
                        3 => (errors_gone, out) = (true, Some((name, append))),
                        _ => out = Some((name, append)),
                    }
                }
            }
        }
        let errors_from = self.transcript.pieces.len();
        let exit = match &out {
            None => self.bare(command, &input)?,
            Some((name, append)) => {
                let (exit, text) = self.captured(|run| run.bare(command, &input))?;
                self.write(name, &text, *append);
                exit
            }
        };
        if errors_gone || errors_to_out {
            let printed = self.transcript.pieces.split_off(errors_from);
            for piece in printed {
                match piece.error {
                    true if errors_gone => {}
                    true => match &out {
                        Some((name, _)) => {
                            let name = name.clone();
                            self.write(&name, &piece.text, true);
                        }
                        None => self.print(false, &piece.text),
                    },
                    false => self.transcript.pieces.push(piece),
                }
            }
        }
        Ok(exit)
    }

    /// The text of a file.
    pub(in crate::shell) fn file(&self, name: &str) -> Option<String> {
        if name == "/dev/null" {
            return Some(String::new());
        }
        if let Some(at) = self.session.inside.last() {
            return programs::file(self.cluster.world(), at, name);
        }
        let name = name.trim_start_matches("./");
        self.session.files.get(name).cloned()
    }

    pub(in crate::shell) fn write(&mut self, name: &str, text: &str, append: bool) {
        if name == "/dev/null" {
            return;
        }
        if let Some(at) = self.session.inside.last().cloned() {
            let path = programs::whole(name);
            let mut all = match append {
                true => at.file(self.cluster.world(), &path).unwrap_or_default(),
                false => String::new(),
            };
            all.push_str(text);
            if let Err(why) = at.write(self.cluster, &path, Some(&all)) {
                self.print(true, &format!("sh: can't create {name}: {why}\n"));
            }
            return;
        }
        let name = name.trim_start_matches("./").to_owned();
        let file = self.session.files.entry(name).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
    }
}
