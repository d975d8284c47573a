//! The terminals: lines that were typed, when, and what came of them, as far as the playhead has come.
//!
//! * `job`: one line at work; `work`: all of them; `text`: what a terminal shows; `field`: what is being typed
//!
//! A line runs at the moment that the playhead shows, and is known ahead of it: its output appears at its moments while
//! time plays. Where a line changes the cluster, what lay after that is dropped, as with the page's buttons; where it
//! only looks, the future stays.

mod field;
mod job;
mod text;
mod work;

#[cfg(test)]
mod tests;

use ordinal_api::list::IntoList;
use std::cell::RefCell;
use std::rc::Rc;

use ordinal_api::{SimDuration, SimTime};
use ordinal_kubectl::shell::{self, Shape};

use super::session::Session;
pub(crate) use field::Field;
pub(crate) use job::Files;
use job::{Job, State};
use text::Shown;
pub(crate) use text::{Block, Editing, Screen};

/// How far a line that goes on is run ahead of the playhead at least.
const AHEAD: SimDuration = SimDuration::secs(32);
/// It is run further when the playhead has come so close to what is known.
const CLOSE: SimDuration = SimDuration::secs(10);
/// No more terminals than these.
const MOST: usize = 6;

/// What can be asked of the terminals.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// The text in the field is to run.
    Enter(String),
    /// Tab: the text before the cursor, and the text behind it.
    Complete(String, String),
    /// The arrow up: an older line, in place of this text.
    Older(String),
    /// The arrow down: a newer line.
    Newer,
    /// One of the words that Tab offers, by its number.
    Take(usize),
    /// The text in the editor is saved, and the editor closed.
    Save(String),
    /// Ctrl-R: an older line that has this text in it.
    Search(String),
    /// Ctrl-C, with the text in the field.
    Interrupt(String),
    /// Ctrl-D in an empty field.
    End,
    /// Ctrl-L
    Clear,
    /// Another terminal.
    Open,
    /// This terminal is typed into.
    Choose,
    /// This terminal is closed.
    Close,
}

/// A terminal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terminal {
    id: u32,
    jobs: Vec<Job>,
    /// Lines that were typed while another was at work.
    waiting: Vec<(SimTime, String)>,
    field: Field,
    shown: RefCell<Shown>,
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Terminals {
    all: Vec<Terminal>,
    /// Number of the one that is typed into.
    shown: usize,
    /// Every line that was typed, oldest first.
    history: Vec<String>,
    files: Files,
    ids: u32,
}

impl Default for Terminals {
    fn default() -> Self {
        Self {
            all: vec![Terminal::default()],
            shown: 0,
            history: Vec::new(),
            files: Files::default(),
            ids: 0,
        }
    }
}

impl Terminal {
    /// What it remembers at a moment: of the last line that had begun.
    fn state(&self, at: SimTime) -> Option<&State> {
        let last = self.jobs.iter().rev().find(|job| job.start <= at);
        last.map(|job| &job.after)
    }

    /// Whether it is in a container.
    fn is_inside(&self, at: SimTime) -> bool {
        self.state(at)
            .is_some_and(|state| !state.session.inside.is_empty())
    }

    /// Whether a line is at work at a moment.
    fn is_busy(&self, at: SimTime) -> bool {
        self.jobs.iter().any(|job| job.is_at_work(at))
    }

    /// Where a line that begins at a moment belongs.
    fn place(&self, start: SimTime) -> usize {
        self.jobs.partition_point(|job| job.start <= start)
    }
}

fn piece(at: SimTime, error: bool, text: &str) -> shell::Piece {
    shell::Piece {
        at_ms: at.0,
        error,
        clears: false,
        text: text.to_owned(),
    }
}

/// A terminal that nothing was typed into.
fn fresh() -> State {
    let mut state = State::default();
    let alias = ("k".to_owned(), "kubectl".to_owned());
    state.shell.aliases.insert(alias.0, alias.1);
    state
}

/// A pasted block as commands: each as many lines as it needs. Prompts before them are no part of them.
fn commands(text: &str, is_in_program: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut command = String::new();
    for line in text.trim_end_matches('\n').split('\n') {
        let line = line.trim_end_matches('\r');
        if command.is_empty() {
            command = line.strip_prefix("$ ").unwrap_or(line).to_owned();
        } else {
            command = format!("{command}\n{line}");
        }
        if is_in_program || shell::shape(&command) != Shape::Open {
            all.push(std::mem::take(&mut command));
        }
    }
    if !command.is_empty() {
        all.push(command);
    }
    all
}

impl Terminals {
    fn id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// A fresh cluster: nothing that was typed has happened. The lines are still there to be typed again.
    pub(crate) fn begin_again(&mut self) {
        for terminal in &mut self.all {
            terminal.jobs.clear();
            terminal.waiting.clear();
            terminal.shown = RefCell::default();
        }
    }

    /// What stands in the editor, by the names that commands give it.
    pub(crate) fn set_files(&mut self, files: Files) {
        self.files = files;
    }

    /// Whether a line is at work of which more will come than is known.
    pub(crate) fn goes_on(&self) -> bool {
        let mut all = self.all.iter().flat_map(|terminal| &terminal.jobs);
        all.any(Job::goes_on)
    }

    /// Whether a line waits for time to pass, or may see something when it does. An editor does not.
    pub(crate) fn waits(&self, at: SimTime) -> bool {
        let mut jobs = self.all.iter().flat_map(|terminal| &terminal.jobs);
        jobs.any(|job| job.is_at_work(at) && !job.is_edited(at))
    }

    /// Runs a text in the terminal that is shown. Returns the moment from which on the cluster goes another way.
    pub(crate) fn enter(
        &mut self,
        session: &mut Session,
        at: SimTime,
        text: &str,
    ) -> Option<SimTime> {
        let terminal = &mut self.all[self.shown];
        terminal.field.set("");
        let in_program = terminal
            .state(at)
            .is_some_and(|state| shell::is_in_program(&state.session));
        for command in commands(text, in_program) {
            if !command.trim().is_empty() && self.history.last() != Some(&command) {
                self.history.push(command.clone());
            }
            terminal.waiting.push((at, command));
        }
        session.run_later();
        let changed = self.run_waiting(session, self.shown, true);
        self.tell(session);
        changed
    }

    /// One more terminal, while there may be more.
    fn open(&mut self) -> Option<usize> {
        (self.all.len() < MOST).then(|| {
            let id = self.id();
            self.all.push(Terminal {
                id,
                ..Terminal::default()
            });
            self.all.len() - 1
        })
    }

    /// Tells the clock when there is something to see.
    pub(crate) fn tell(&self, session: &mut Session) {
        let jobs = self.all.iter().flat_map(|terminal| &terminal.jobs);
        let mut moments: Vec<SimTime> = Vec::new();
        for job in jobs.filter(|job| job.known > job.start && job.watch.is_none()) {
            moments.extend(job.pieces.iter().map(|piece| SimTime(piece.at_ms)));
            if !job.rests {
                moments.push(job.known);
            }
        }
        moments.sort_unstable();
        moments.dedup();
        session.show_at(moments);
    }

    /// Carries out what was asked of a terminal. Returns the moment from which on the cluster goes another way, if it does.
    pub(crate) fn press(
        &mut self,
        session: &mut Session,
        at: SimTime,
        id: u32,
        key: Key,
    ) -> Option<SimTime> {
        self.choose(id);
        let history = &self.history;
        let field = &mut self.all[self.shown].field;
        match key {
            Key::Enter(text) => return self.enter(session, at, &text),
            Key::Interrupt(text) => return self.interrupt(session, at, &text),
            Key::Save(text) => return self.save(session, at, text),
            Key::Take(number) => field.take(number),
            Key::Older(text) => field.older(history, &text),
            Key::Newer => field.newer(history),
            Key::Search(text) => field.search(history, &text),
            Key::Complete(before, behind) => {
                if field.turn(&before, &behind) {
                    return None;
                }
                let terminal = &mut self.all[self.shown];
                let mut state = terminal.state(at).cloned().unwrap_or_else(fresh);
                for (name, text) in self.files.iter() {
                    let files = &mut state.session.files;
                    files.entry(name.clone()).or_insert_with(|| text.clone());
                }
                let mut cluster = session.branch(at, &|_| false);
                let found = ordinal_kubectl::complete::complete(
                    &mut cluster,
                    &mut state.session,
                    &state.shell,
                    &before,
                );
                terminal.field.complete(&before, &behind, &found);
            }
            Key::End => {
                if self.all[self.shown].is_inside(at) {
                    return self.enter(session, at, "exit");
                }
            }
            Key::Clear => {
                let number = self.shown;
                let busy = self.all[number]
                    .jobs
                    .iter_mut()
                    .find(|job| job.is_at_work(at));
                let wiped = shell::Piece {
                    clears: true,
                    ..piece(at, false, "")
                };
                match busy {
                    Some(job) => {
                        let place = job.pieces.partition_point(|piece| piece.at_ms <= at.0);
                        job.pieces.insert(place, wiped);
                    }
                    None => self.put(number, at, String::new()).pieces.push(wiped),
                }
            }
            Key::Open => {
                self.shown = self.open().unwrap_or(self.shown);
            }
            Key::Choose => {}
            Key::Close => {
                self.all.retain(|terminal| terminal.id != id);
                if self.all.is_empty() {
                    self.all.push(Terminal::default());
                }
                self.shown = self.shown.min(self.all.len() - 1);
            }
        }
        None
    }

    fn choose(&mut self, id: u32) {
        let place = self.all.iter().position(|terminal| terminal.id == id);
        self.shown = place.unwrap_or(self.shown.min(self.all.len() - 1));
    }

    /// Lines that did something to the cluster, with their moments; not those that were typed at the prompt of a client.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (SimTime, String)> {
        let jobs = self.all.iter().flat_map(|terminal| &terminal.jobs);
        let acts = jobs.filter(|job| job.acts());
        acts.filter_map(|job| Some((job.start, job.outside_line()?)))
    }

    /// What the terminals show at a moment, and which of them is typed into.
    pub(crate) fn screens(&self, at: SimTime) -> (Vec<Rc<Screen>>, usize) {
        let all = self.all.iter().map(|terminal| terminal.screen(at));
        (all.into_list(), self.shown)
    }
}

impl Terminal {
    /// What it shows at a moment.
    fn screen(&self, at: SimTime) -> Rc<Screen> {
        let prompt = match self.state(at) {
            Some(state) => shell::prompt(&state.session),
            None => "$ ".to_owned(),
        };
        let mut shown = self.shown.borrow_mut();
        shown.at(at, self.id, &self.jobs, prompt, &self.field)
    }
}
