//! The whole page at one moment, and the one place that applies commands.

mod link;
#[cfg(test)]
mod tests;
mod text;
mod time;

use std::rc::Rc;

use ordinal_api::{ObjectKey, SimDuration, SimTime};
use ordinal_core::release::Release;
use ordinal_kubectl::shell::asks_again;
use ordinal_manifest::Reading;
use ordinal_scene::{BeatPosition, Motion};

use crate::examples::{self, Example};
use crate::query::Query;
use crate::state::command::{Command, Page, Panel, Theme};
use crate::state::manifests::Manifests;
use crate::state::notice::Notice;
use crate::state::offers::{Freed, freed};
use crate::state::playback::{Moved, Playback};
use crate::state::session::{Answer, Session, Setup};
use crate::state::terminal::{Key, Terminals};
use text::{labels, refusals};

/// The page.
#[derive(Debug)]
pub(crate) struct Model {
    /// The manifests in the editor.
    pub(crate) manifests: Manifests,
    /// The run.
    pub(crate) session: Session,
    /// The playhead.
    pub(crate) playback: Playback,
    /// What is selected.
    pub(crate) selected: Option<ObjectKey>,
    /// The panel beside the stage.
    pub(crate) panel: Panel,
    /// Whether the sheet with the panels is open on a narrow page.
    pub(crate) sheet: bool,
    /// Colours.
    pub(crate) theme: Theme,
    /// Whether only the stage and the controls are shown.
    pub(crate) embed: bool,
    /// Whether there are panels.
    pub(crate) panels: bool,
    /// Whether things move.
    pub(crate) motion: Motion,
    /// The last thing that the cluster said.
    pub(crate) notice: Option<Notice>,
    /// What the cluster said to the manifests when they were applied, where it refused something.
    pub(crate) refused: Vec<Answer>,
    /// Command lines by which machines got the labels that the manifests ask for.
    pub(crate) labels: Vec<String>,
    /// The example that is loaded.
    pub(crate) example: Option<&'static Example>,
    /// Release of Kubernetes.
    pub(crate) release: Release,
    /// Number of machines.
    pub(crate) nodes: usize,
    /// The terminals.
    pub(crate) terminals: Terminals,
    /// The reading whose files they can name.
    named: Rc<Reading>,
    /// Grows with everything that changes the run.
    pub(crate) generation: u64,
    /// A moment that is to be shown as soon as it is computed.
    awaited: Option<SimTime>,
    /// Whether somebody is typing into a terminal.
    types: bool,
    /// What would free a thing, in which frame of which generation.
    freed: Option<(u64, usize, ObjectKey, Rc<Freed>)>,
    /// The run that went another way.
    other: Option<(Session, Terminals)>,
    /// The run as it was, until it is known whether it goes another way.
    kept: Option<(Session, Terminals)>,
}

impl Model {
    /// The page as its address asks for it: an example runs.
    pub(crate) fn open(query: &Query) -> Self {
        let example = query
            .example
            .as_deref()
            .and_then(examples::named)
            .unwrap_or(&examples::EXAMPLES[0]);
        let mut model = Self::of(example, query);
        model.embed = query.embed;
        model.theme = query.theme;
        model.awaited = query.at;
        if let Some(panel) = query.panel {
            (model.panel, model.sheet) = (panel, true);
        }
        model.panels = !query.embed || query.panel.is_some();
        model.playback.playing = query.at.is_none() && !query.embed;
        if let Some(unknown) = query
            .example
            .as_deref()
            .filter(|n| examples::named(n).is_none())
        {
            model.notice = Some(Notice::refused(format!(
                "there is no example called {unknown:?}"
            )));
        }
        model
    }

    fn of(example: &'static Example, query: &Query) -> Self {
        let release = query.release.unwrap_or_default();
        let nodes = query.nodes.unwrap_or(example.nodes);
        let text = query.text.as_deref();
        let manifests = Manifests::of(text.unwrap_or(example.text));
        let before = if text.is_some() { &[] } else { example.before };
        let setup = Setup {
            release,
            nodes,
            before: before.iter().map(|line| (*line).to_owned()).collect(),
            reading: manifests.reading.clone(),
            label_nodes: true,
            later: query.later.clone(),
        };
        let (session, answers) = Session::start(setup);
        Self {
            manifests,
            session,
            playback: Playback::default(),
            selected: None,
            panel: Panel::default(),
            sheet: false,
            theme: Theme::default(),
            embed: false,
            panels: true,
            motion: Motion::default(),
            notice: None,
            labels: labels(&answers),
            refused: refusals(answers),
            example: text.is_none().then_some(example),
            release,
            nodes,
            terminals: Terminals::default(),
            named: Rc::default(),
            generation: 0,
            awaited: None,
            types: false,
            freed: None,
            other: None,
            kept: None,
        }
    }

    /// An empty cluster, for those who load their manifests themselves.
    pub(crate) fn empty() -> Self {
        let release = Release::default();
        let setup = Setup {
            release,
            nodes: 3,
            before: Vec::new(),
            reading: Rc::default(),
            label_nodes: false,
            later: Vec::new(),
        };
        Self {
            manifests: Manifests::of(""),
            session: Session::start(setup).0,
            example: None,
            nodes: 3,
            refused: Vec::new(),
            labels: Vec::new(),
            ..Self::of(&examples::EXAMPLES[0], &Query::default())
        }
    }

    /// What stands under the playhead.
    pub(crate) fn position(&self) -> BeatPosition {
        self.session.stage().tempo.beat_at(self.playback.at_ms)
    }

    /// The moment of what is shown: a beat is shown whole, so it can be a little later than the clock.
    pub(crate) fn moment(&self) -> SimTime {
        let position = self.position();
        let frame = &self.session.cluster().frames()[position.frame];
        position.sim.max(frame.now())
    }

    /// Whether the page has something to do in the next animation frame.
    pub(crate) fn is_busy(&self) -> bool {
        self.playback.playing || !self.session.is_settled() || self.awaited.is_some()
    }

    /// Whether nothing more happens, neither by itself nor in a terminal.
    pub(crate) fn is_finished(&self) -> bool {
        self.session.is_settled() && !self.terminals.goes_on()
    }

    fn end_ms(&self) -> f64 {
        self.session.stage().tempo.length_ms()
    }

    /// Lets time pass: computes ahead while `more` says that there is time, then moves the playhead.
    pub(crate) fn tick(&mut self, dt_ms: f64, more: impl FnMut() -> bool) -> Moved {
        self.session.run_ahead(more);
        if let Some(answer) = self.session.take_answers().last() {
            self.notice = Some(Notice::of(answer));
        }
        for (at, line) in self.session.take_due() {
            let sim = self.position().sim;
            self.carry(at, &line, false);
            self.generation += 1;
            self.stay_at(sim);
        }
        let settled = self.session.is_settled();
        let end = self.session.stage().tempo.end();
        if self.awaited.is_some_and(|at| at >= end) && settled && self.terminals.goes_on() {
            self.terminals.tick(&mut self.session, end);
            return Moved::On;
        }
        if let Some(at) = self.awaited
            && (settled || end > at)
        {
            if at > end {
                self.session.reach(at);
                self.generation += 1;
            }
            let tempo = &self.session.stage().tempo;
            let ms = tempo
                .rest(tempo.presentation_of(at))
                .max(tempo.presentation_of(at));
            self.playback.seek(ms, self.end_ms());
            self.awaited = None;
            return Moved::On;
        }
        self.look();
        let (end, cap) = (self.end_ms(), self.unfolded(dt_ms));
        let finished = self.is_finished() && cap >= end;
        self.playback.advance(dt_ms, end.min(cap), finished)
    }

    /// How far the playhead may go in one step: while somebody types, no faster than a clock, so that minutes of
    /// waiting do not pass over a line.
    fn unfolded(&self, dt_ms: f64) -> f64 {
        if !self.types {
            return f64::INFINITY;
        }
        let passed = SimDuration::ms(dt_ms.clamp(1.0, 100.0) as u64);
        let tempo = &self.session.stage().tempo;
        tempo.presentation_of(self.position().sim + passed)
    }

    /// Lets the terminals see what is under the playhead.
    fn look(&mut self) {
        let (at, sim) = (self.moment(), self.position().sim);
        if self.terminals.tick(&mut self.session, at).is_some() {
            self.generation += 1;
        }
        self.stay_at(sim);
    }

    /// Keeps the clock where it was, whatever has become of the time after it.
    fn stay_at(&mut self, sim: SimTime) {
        if self.position().sim != sim {
            let ms = self.session.stage().tempo.presentation_of(sim);
            self.playback.at_ms = ms.min(self.end_ms());
        }
    }

    fn press(&mut self, id: u32, key: Key) {
        let (at, sim) = (self.moment(), self.position().sim);
        if !Rc::ptr_eq(&self.named, &self.manifests.reading) {
            self.named = self.manifests.reading.clone();
            let files = ordinal_kubectl::files::files(&self.manifests.text, &self.named);
            self.terminals.set_files(files.into());
        }
        let runs = matches!(key, Key::Enter(_) | Key::Save(_));
        if runs {
            self.keep_other(at);
        }
        self.types &= !runs && !matches!(key, Key::Interrupt(_));
        match self.terminals.press(&mut self.session, at, id, key) {
            Some(_) => self.changed_at(at),
            None => {
                self.kept = None;
                self.stay_at(sim);
                if runs && self.terminals.waits(at) {
                    self.playback.playing = true;
                    self.awaited = None;
                }
            }
        }
    }

    /// What would free the selected thing, where that was tried at this moment.
    pub(crate) fn freed(&self) -> Option<Rc<Freed>> {
        let (generation, frame, of, found) = self.freed.as_ref()?;
        let is_now = (*generation, *frame) == (self.generation, self.position().frame);
        (is_now && self.selected.as_ref() == Some(of)).then(|| found.clone())
    }

    /// Applies a command.
    pub(crate) fn apply(&mut self, command: Command) {
        match command {
            Command::Time(time) => self.move_playhead(time),
            Command::Line(line) => self.act(&line),
            Command::Text(text) => self.change_text(text),
            Command::Page(page) => self.show(page),
            Command::Terminal(id, key) => self.press(id, key),
        }
    }

    /// Runs a command line at the playhead and lets time go on from there.
    pub(crate) fn act(&mut self, line: &str) {
        let at = self.moment();
        self.keep_other(at);
        if asks_again(line) && self.carry(at, line, true) {
            return self.changed_at(at);
        }
        let answer = self.session.act(at, line);
        self.notice = Some(Notice::of(&answer));
        self.acted(at, &answer);
    }

    /// Has a line run in a terminal. Who looks at the terminals reads there what is said. Returns whether one was free.
    fn carry(&mut self, at: SimTime, line: &str, cuts: bool) -> bool {
        let answer = self.terminals.carry(&mut self.session, at, line, cuts);
        let is_free = answer.is_some();
        let unseen = answer.filter(|_| self.panel != Panel::Terminal);
        self.notice = unseen.as_ref().map(Notice::of);
        is_free
    }

    /// Something was done at a moment by other means than a terminal.
    fn acted(&mut self, at: SimTime, answer: &Answer) {
        self.terminals.follow(&mut self.session, at, None);
        self.terminals.note(at, answer);
        self.terminals.tell(&mut self.session);
        self.changed_at(at);
    }

    fn changed_at(&mut self, at: SimTime) {
        self.take_other();
        self.generation += 1;
        let shown = self.session.stage().tempo.presentation_of(at);
        self.playback.at_ms = shown.min(self.end_ms());
        self.playback.playing = true;
        self.awaited = None;
    }

    fn show(&mut self, page: Page) {
        match page {
            Page::Select(key) => {
                // Beside a terminal it is shown on the stage.
                if key.is_some() && self.panel != Panel::Terminal {
                    self.panel = Panel::Inspector;
                    self.sheet = true;
                }
                self.selected = key;
            }
            Page::Show(panel) => {
                self.panel = panel;
                self.sheet = true;
            }
            Page::Sheet(open) => self.sheet = open,
            Page::Theme(theme) => self.theme = theme,
            Page::Dismiss => self.notice = None,
            Page::Types(types) => self.types = types,
            Page::Copied(true) => self.notice = Some(Notice::copied()),
            Page::Copied(false) => {
                let text =
                    "The browser lets nothing be copied from here. The address stands in the menu.";
                self.notice = Some(Notice::refused(text));
            }
            Page::Free => {
                if let Some(of) = self.selected.clone() {
                    let (at, frame) = (self.moment(), self.position().frame);
                    let mut branch = self.session.branch(at, &|_| false);
                    branch.expect(Vec::new());
                    let found = Rc::new(freed(&branch, &of));
                    self.freed = Some((self.generation, frame, of, found));
                }
            }
        }
    }
}
