//! Commands to what they print.
//!
//! * `commands`: one command, compound or by its name; `pipe`: commands that read what others print; `redirect`: streams
//!   that go elsewhere; `words`: what words are

mod commands;
mod pipe;
mod redirect;
mod words;

use ordinal_api::SimDuration;
use ordinal_core::Cluster;

use super::syntax::{self, Command, Join, Script, Trouble};
use super::{Piece, Shell, Transcript};
use crate::programs::Inside;
use crate::session::Patience;
use crate::{Output, Session};
use pipe::Capture;

/// Why a line ends before its end.
pub(super) enum Stop {
    /// `exit`
    Exit,
    /// `break` and `continue`
    Leave(bool),
    /// The container that the shell ran in is gone.
    Killed,
    /// A bound was reached; the text names it.
    Bound(&'static str),
    /// The moment has come until which the line was to run.
    Held,
    /// Whoever reads what is printed has read enough.
    Closed,
}

type Done = Result<i32, Stop>;

/// A line at work.
pub(super) struct Run<'a> {
    pub(super) shell: &'a mut Shell,
    pub(super) cluster: &'a mut Cluster,
    pub(super) session: &'a mut Session,
    transcript: Transcript,
    /// Where standard output goes instead of the terminal, innermost last.
    captures: Vec<Capture>,
    /// What loops read from, and how much of it was read.
    input: (String, usize),
    /// Whether a program read less than it was given.
    pub(super) closes: bool,
    /// How many of the texts that were saved in the editor were taken.
    saved: usize,
    /// Whether `&` stands behind the commands.
    background: bool,
    commands: u32,
    printed: usize,
    /// When the line began, in milliseconds.
    began_ms: u64,
    depth: usize,
}

impl<'a> Run<'a> {
    /// Begins at this moment.
    fn new(shell: &'a mut Shell, cluster: &'a mut Cluster, session: &'a mut Session) -> Self {
        let began_ms = cluster.world().now().0;
        Self {
            shell,
            cluster,
            session,
            transcript: Transcript::default(),
            captures: Vec::new(),
            input: <_>::default(),
            closes: false,
            saved: 0,
            background: false,
            commands: 0,
            printed: 0,
            began_ms,
            depth: 0,
        }
    }
}

/// Runs a text.
pub(super) fn text(
    shell: &mut Shell,
    cluster: &mut Cluster,
    session: &mut Session,
    text: &str,
) -> Transcript {
    if !text.trim().is_empty() {
        shell.history.push(text.trim_end().to_owned());
    }
    let patience = std::mem::replace(
        &mut session.patience,
        Patience::Pass(|cluster, ms| {
            cluster.run_for(SimDuration::ms(ms));
        }),
    );
    session.held.set(false);
    session.rests.set(false);
    let mut run = Run::new(shell, cluster, session);
    let exit = match syntax::parse(text) {
        Ok(script) => match run.script(&script, "") {
            Ok(exit) => exit,
            Err(Stop::Bound(what)) => {
                run.captures.clear();
                run.print(true, &format!("^C\nstopped: {what}\n"));
                130
            }
            Err(Stop::Held | Stop::Closed) => 130,
            Err(Stop::Exit) => run.leave(),
            Err(Stop::Leave(_)) => run.shell.status,
            Err(Stop::Killed) => 137,
        },
        Err(Trouble::Unfinished(what)) => {
            run.print(
                true,
                &format!("bash: syntax error: unexpected end of file while looking for {what}\n"),
            );
            2
        }
        Err(Trouble::Unexpected(token)) => {
            let token = token.replace('\n', "newline");
            run.print(
                true,
                &format!("bash: syntax error near unexpected token `{token}'\n"),
            );
            2
        }
    };
    let mut transcript = run.transcript;
    transcript.exit = exit;
    transcript.held = session.held.replace(false);
    transcript.rests |= session.rests.get();
    transcript.rests &= transcript.held;
    transcript.watch = session.watch.take();
    shell.status = exit;
    session.patience = patience;
    transcript
}

/// Runs one command inside a container, as `kubectl exec` does.
pub(super) fn inside(
    cluster: &mut Cluster,
    session: &mut Session,
    at: Inside,
    words: &[String],
    stdin: &str,
) -> Output {
    let mut shell = Shell {
        variables: at.environment(cluster.world()),
        ..Shell::default()
    };
    let depth = session.inside.len();
    session.inside.push(at.clone());
    let mut run = Run::new(&mut shell, cluster, session);
    let done = match words.split_first() {
        Some((name, rest)) => run.named(name, rest, stdin),
        None => Ok(0),
    };
    let pieces = std::mem::take(&mut run.transcript.pieces);
    let mut output = Output::default();
    for piece in pieces {
        match piece.error {
            true => output.stderr += &piece.text,
            false => output.stdout += &piece.text,
        }
        let lengths = (output.stdout.len(), output.stderr.len());
        output.moments.push((piece.at_ms, lengths.0, lengths.1));
    }
    output.exit = match done {
        Ok(exit) => exit,
        Err(Stop::Bound(what)) => {
            output.warn(format!("stopped: {what}"));
            130
        }
        Err(Stop::Killed) => 137,
        Err(Stop::Held | Stop::Closed) => 130,
        Err(Stop::Exit | Stop::Leave(_)) => run.shell.status,
    };
    // A client's prompt stays open.
    if run.session.inside.len() > depth + 1 {
        run.session.inside.remove(depth);
        return output;
    }
    run.session.inside.truncate(depth);
    let name = words.first().map_or("", String::as_str);
    if output.exit == 127 && output.stderr == at.not_found(name) {
        output.stderr = at.cannot_begin(name);
        output.exit = 1;
    } else if output.exit != 0 {
        output.warn(format!("command terminated with exit code {}", output.exit));
    }
    output
}

impl Run<'_> {
    /// Prints to the terminal, or to whatever takes its place.
    pub(super) fn print(&mut self, error: bool, text: &str) {
        self.print_at(self.cluster.world().now().0, error, text);
    }

    fn print_at(&mut self, at_ms: u64, error: bool, text: &str) {
        if text.is_empty() {
            return;
        }
        self.printed += text.len();
        match self.captures.last_mut() {
            Some(capture) if !error => capture.take(at_ms, text),
            _ => {
                let before = |piece: &Piece| piece.at_ms <= at_ms;
                let pieces = &mut self.transcript.pieces;
                let place = pieces.iter().rposition(before).map_or(0, |last| last + 1);
                let piece = Piece {
                    at_ms,
                    error,
                    clears: false,
                    text: text.to_owned(),
                };
                pieces.insert(place, piece);
            }
        }
    }

    /// Empties the screen.
    pub(super) fn clear(&mut self) {
        self.transcript.pieces.push(Piece {
            at_ms: self.cluster.world().now().0,
            error: false,
            clears: true,
            text: String::new(),
        });
    }

    /// Whether standard output is the terminal.
    fn is_on_terminal(&self) -> bool {
        self.captures.is_empty()
    }

    /// Lets time pass until the moment has come until which the line was to run: nothing but what others do brings more
    /// of it before that.
    fn rest(&mut self) -> Result<(), Stop> {
        self.transcript.rests = true;
        self.pass(u64::MAX)
    }

    /// Lets simulated time pass.
    pub(super) fn pass(&mut self, ms: u64) -> Result<(), Stop> {
        self.forward(false)?;
        let spent = self.cluster.world().now().0.saturating_sub(self.began_ms);
        let left = self.shell.limits.time_ms.saturating_sub(spent);
        let now = self.cluster.world().now();
        if let Some(until) = self.session.until
            && until <= now + SimDuration::ms(ms.min(left))
        {
            self.cluster.run_until(until);
            self.session.held.set(true);
            return Err(Stop::Held);
        }
        self.cluster.run_for(SimDuration::ms(ms.min(left)));
        if ms > left {
            return Err(Stop::Bound("the line took more simulated time than it may"));
        }
        Ok(())
    }

    fn script(&mut self, script: &Script, stdin: &str) -> Done {
        if self.depth >= 64 {
            return Err(Stop::Bound("commands call each other too deeply"));
        }
        self.depth += 1;
        let done = self.steps(script, stdin);
        self.depth -= 1;
        done
    }

    fn steps(&mut self, script: &Script, stdin: &str) -> Done {
        let mut last = 0;
        for step in script {
            let skipped = match step.join {
                Join::Always => false,
                Join::And => last != 0,
                Join::Or => last == 0,
            };
            if skipped {
                continue;
            }
            let outer = std::mem::replace(&mut self.background, step.background);
            let done = self.pipeline(&step.stages, stdin);
            self.background = outer;
            last = done?;
            if step.negated {
                last = i32::from(last == 0);
            }
            self.shell.status = last;
        }
        Ok(last)
    }

    /// One turn of a loop, whose exit code goes to `last`; whether there may be another.
    fn turn(&mut self, body: &Script, stdin: &str, last: &mut i32) -> Result<bool, Stop> {
        match self.script(body, stdin) {
            Ok(exit) => *last = exit,
            Err(Stop::Leave(again)) => return Ok(again),
            Err(stop) => return Err(stop),
        }
        Ok(true)
    }

    /// What something prints, instead of printing it.
    fn captured(&mut self, run: impl FnOnce(&mut Self) -> Done) -> Result<(i32, String), Stop> {
        self.captures.push(Capture::default());
        let done = run(self);
        let text = self.captures.pop().unwrap_or_default().text;
        Ok((done?, text))
    }

    fn command(&mut self, command: &Command, stdin: &str) -> Done {
        self.commands += 1;
        if self.commands > self.shell.limits.commands {
            return Err(Stop::Bound("the line ran more commands than it may"));
        }
        if self.printed > self.shell.limits.output {
            return Err(Stop::Bound("the line printed more than it may"));
        }
        if command.redirects.is_empty() {
            return self.bare(command, stdin);
        }
        self.redirected(command, stdin)
    }
}
