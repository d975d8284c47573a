//! Pipelines: what a command prints goes on to the next ones as it comes, where they read it so.
//!
//! The programs of a shell are functions from all of their input to all of their output. One whose output only grows as
//! its input does (`grep`, `awk` without `END`) is run again over what has come by then, and what is new is printed at
//! that moment. The others (`sort`, `wc`) wait for the end, as they do everywhere.

use super::super::syntax::{Command, Compound, plain};
use super::{Done, Run, Stop};
use ordinal_api::list::IntoList;

/// A reader is run again when this part of what it has read is new, so that a long input costs no more than so many times
/// its length.
const PART: usize = 512;

/// What something prints while that does not go to the terminal.
#[derive(Default)]
pub(super) struct Capture {
    pub(super) text: String,
    /// The moments at which it came, in milliseconds, and how long the text was by then.
    moments: Vec<(u64, usize)>,
    reader: Option<Reader>,
}

/// The rest of a pipeline, at work.
struct Reader {
    stages: Vec<Command>,
    /// `while read …` at its end: it gets what is new.
    repeats: Option<Command>,
    /// How much it has read, and how much it has printed.
    read: usize,
    printed: usize,
    /// Its exit code, once it has run.
    exit: Option<i32>,
    /// It has read enough: whoever writes more is ended.
    closed: bool,
}

impl Capture {
    pub(super) fn take(&mut self, at_ms: u64, text: &str) {
        self.text.push_str(text);
        let length = self.text.len();
        match self.moments.last_mut() {
            Some(last) if last.0 == at_ms => last.1 = length,
            _ => self.moments.push((at_ms, length)),
        }
    }
}

impl Reader {
    fn of(rest: &[Command]) -> Option<Self> {
        let (stages, repeats) = match rest {
            [stages @ .., last] if repeats(last) => (stages, Some(last.clone())),
            all => (all, None),
        };
        stages.iter().all(reads_on).then(|| Self {
            stages: stages.to_vec(),
            repeats,
            read: 0,
            printed: 0,
            exit: None,
            closed: false,
        })
    }
}

/// Whether it is a loop that takes one line after the other.
fn repeats(command: &Command) -> bool {
    let Some(Compound::While { condition, .. }) = &command.compound else {
        return false;
    };
    let first = condition.first().and_then(|step| step.stages.first());
    let name = first.and_then(|command| command.words.first());
    command.redirects.is_empty() && name.and_then(plain).as_deref() == Some("read")
}

/// Whether what a program prints only grows as its input does.
fn reads_on(command: &Command) -> bool {
    if command.compound.is_some() || !command.redirects.is_empty() {
        return false;
    }
    let words = command.words.iter();
    let words: Vec<String> = words
        .map(|word| plain(word).unwrap_or_default())
        .into_list();
    let Some((name, words)) = words.split_first() else {
        return false;
    };
    let any = |is: fn(&str) -> bool| words.iter().any(|word| is(word));
    match name.as_str() {
        "cat" | "cut" | "head" | "tee" | "tr" => true,
        "grep" | "egrep" => !any(|word| {
            word == "--count"
                || (word.starts_with('-') && !word.starts_with("--") && word.contains('c'))
        }),
        // `$` as an address is the last line.
        "sed" => !any(|word| word.starts_with('$') || word.contains(";$") || word.contains(",$")),
        "awk" => !any(|word| word.contains("END")),
        "tail" => any(|word| word.starts_with('+') || word.starts_with("-n+")),
        "uniq" => words.is_empty(),
        _ => false,
    }
}

impl Run<'_> {
    pub(super) fn pipeline(&mut self, stages: &[Command], stdin: &str) -> Done {
        let Some((first, rest)) = stages.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return stages
                .first()
                .map_or(Ok(0), |only| self.command(only, stdin));
        };
        self.captures.push(Capture {
            reader: Reader::of(rest),
            ..Capture::default()
        });
        let mut done = self.command(first, stdin);
        if matches!(done, Ok(_) | Err(Stop::Held))
            && let Err(stop) = self.forward(done.is_ok())
        {
            done = Err(stop);
        }
        let capture = self.captures.pop().unwrap_or_default();
        match (done, capture.reader) {
            (Ok(_), None) => self.pipeline(rest, &capture.text),
            (Ok(_), Some(reader)) => Ok(reader.exit.unwrap_or(0)),
            (Err(Stop::Closed), Some(reader)) if reader.closed => {
                self.session.held.set(false);
                Ok(reader.exit.unwrap_or(0))
            }
            (Err(stop), _) => Err(stop),
        }
    }

    /// The next line of what the loop around it reads, if there is one.
    pub(in crate::shell) fn read_line(&mut self) -> Option<String> {
        let (text, at) = &mut self.input;
        let rest = text.get(*at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split('\n').next().unwrap_or_default();
        *at = (*at + line.len() + 1).min(text.len());
        Some(line.to_owned())
    }

    /// Hands on what was printed since it was last handed on, to whoever reads it as it comes.
    ///
    /// # Errors
    /// [`Stop::Closed`] where that one has read enough.
    pub(super) fn forward(&mut self, ended: bool) -> Result<(), Stop> {
        let Some(mut capture) = self.captures.pop_if(|last| last.reader.is_some()) else {
            return Ok(());
        };
        let Some(mut reader) = capture.reader.take() else {
            return Ok(());
        };
        let done = self.hand_on(&mut reader, &capture, ended);
        capture.reader = Some(reader);
        self.captures.push(capture);
        done
    }

    fn hand_on(&mut self, reader: &mut Reader, capture: &Capture, ended: bool) -> Result<(), Stop> {
        let text = capture.text.as_str();
        let from = capture
            .moments
            .partition_point(|(_, length)| *length <= reader.read);
        for (at, length) in &capture.moments[from..] {
            if reader.closed {
                return Err(Stop::Closed);
            }
            let lines = text[..*length].rfind('\n').map_or(0, |last| last + 1);
            if lines > reader.read && lines - reader.read >= lines / PART {
                self.read_on(reader, *at, &text[..lines])?;
            }
        }
        if ended && !reader.closed && (reader.read < text.len() || reader.exit.is_none()) {
            let now = self.cluster.world().now().0;
            let at = capture.moments.last().map_or(now, |(at, _)| *at);
            self.read_on(reader, at, text)?;
        }
        Ok(())
    }

    /// Lets a reader see what has come up to a moment, and prints what it prints of what is new.
    fn read_on(&mut self, reader: &mut Reader, at_ms: u64, text: &str) -> Result<(), Stop> {
        let (commands, printed) = (self.commands, self.printed);
        let errors = self.transcript.pieces.len();
        reader.read = text.len();
        self.closes = false;
        let (exit, out) = match reader.stages.is_empty() {
            true => (0, text.to_owned()),
            false => self.captured(|run| run.pipeline(&reader.stages, text))?,
        };
        if reader.exit.is_some() {
            // It was said before.
            self.transcript.pieces.truncate(errors);
            self.commands = commands;
        }
        self.printed = printed;
        reader.exit = Some(exit);
        reader.closed = self.closes;
        let new = out.get(reader.printed..).unwrap_or_default();
        reader.printed = out.len();
        match &reader.repeats {
            None => self.print_at(at_ms, false, new),
            Some(_) if new.is_empty() => {}
            Some(again) => {
                reader.exit = Some(self.command(again, new)?);
                reader.closed |= self.closes;
            }
        }
        Ok(())
    }
}
