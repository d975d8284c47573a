//! The whole page at one moment, and the one place that applies commands.

use std::rc::Rc;

use ordinal_api::{ObjectKey, SimTime};
use ordinal_core::release::Release;
use ordinal_scene::{BeatPosition, Motion};

use super::command::{Command, Page, Panel, Text, Theme, Time};
use super::manifests::Manifests;
use super::playback::{Moved, Playback};
use super::session::{Answer, Session, Setup};
use crate::examples::{self, Example};
use crate::query::Query;

/// Playing again at the very end of a run starts from the beginning after this much of it was seen.
const END_MS: f64 = 1.0;
/// How far one key of the playhead goes, at least, in milliseconds of presentation time.
const SMALLEST_STEP_MS: f64 = 1.0;

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
    /// Grows with everything that changes the run.
    pub(crate) generation: u64,
    /// A moment that is to be shown as soon as it is computed.
    awaited: Option<SimTime>,
    later: Vec<(SimTime, String)>,
}

/// A short message about what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// How it is meant.
    pub(crate) tone: Tone,
    /// The command line, where there was one.
    pub(crate) line: String,
    /// What was said.
    pub(crate) text: String,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Done,
    Refused,
}

impl Notice {
    fn of(answer: &Answer) -> Self {
        let (tone, text) = match &answer.said {
            Ok(text) => (Tone::Done, text),
            Err(text) => (Tone::Refused, text),
        };
        Self {
            tone,
            line: answer.line.clone(),
            text: text.trim_end().to_owned(),
        }
    }

    fn refused(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Refused,
            line: String::new(),
            text: text.into(),
        }
    }
}

impl Model {
    /// The page as its address asks for it: an example runs.
    pub(crate) fn open(query: &Query) -> Self {
        let example = query
            .example
            .as_deref()
            .and_then(examples::named)
            .unwrap_or(&examples::EXAMPLES[0]);
        let mut model = Self::of(example, query.later.clone());
        model.embed = query.embed;
        model.theme = query.theme;
        model.awaited = query.at;
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

    fn of(example: &'static Example, later: Vec<(SimTime, String)>) -> Self {
        let release = Release::default();
        let manifests = Manifests::of(example.text);
        let setup = Setup {
            release,
            nodes: example.nodes,
            before: example
                .before
                .iter()
                .map(|line| (*line).to_owned())
                .collect(),
            reading: manifests.reading.clone(),
            label_nodes: true,
            later: later.clone(),
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
            motion: Motion::default(),
            notice: None,
            labels: labels(&answers),
            refused: refusals(answers),
            example: Some(example),
            release,
            nodes: example.nodes,
            generation: 0,
            awaited: None,
            later,
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
            ..Self::of(&examples::EXAMPLES[0], Vec::new())
        }
    }

    /// What stands under the playhead.
    pub(crate) fn position(&self) -> BeatPosition {
        self.session.stage().tempo.beat_at(self.playback.at_ms)
    }

    /// What the clock shows.
    pub(crate) fn clock(&self) -> SimTime {
        self.position().sim
    }

    /// Whether the page has something to do in the next animation frame.
    pub(crate) fn is_busy(&self) -> bool {
        self.playback.playing || !self.session.is_settled() || self.awaited.is_some()
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
        let settled = self.session.is_settled();
        if let Some(at) = self.awaited
            && (settled || self.session.stage().tempo.end() > at)
        {
            let tempo = &self.session.stage().tempo;
            let ms = tempo
                .rest(tempo.presentation_of(at))
                .max(tempo.presentation_of(at));
            self.playback.seek(ms, self.end_ms());
            self.awaited = None;
            return Moved::On;
        }
        self.playback.advance(dt_ms, self.end_ms(), settled)
    }

    /// Applies a command.
    pub(crate) fn apply(&mut self, command: Command) {
        match command {
            Command::Time(time) => self.move_playhead(time),
            Command::Line(line) => self.act(&line),
            Command::Text(text) => self.change_text(text),
            Command::Page(page) => self.show(page),
        }
    }

    fn move_playhead(&mut self, time: Time) {
        let (at, end) = (self.playback.at_ms, self.end_ms());
        let tempo = &self.session.stage().tempo;
        let rested = |ms: f64| tempo.rest(ms);
        let to = match time {
            Time::PlayPause => {
                self.play_or_pause();
                return;
            }
            Time::Faster | Time::Slower => {
                self.playback.change_speed(time == Time::Faster);
                return;
            }
            Time::Speed(speed) => {
                self.playback.speed = speed;
                return;
            }
            Time::StepBack => tempo.previous(at).map_or(0.0, rested),
            Time::StepForward => tempo.next(at).map_or(end, rested),
            Time::NextDecision => tempo.next_decision(at).map_or(end, rested),
            Time::Start => 0.0,
            Time::End => end,
            Time::Seek(ms) => ms,
        };
        self.awaited = None;
        self.playback.seek(to, end);
    }

    fn play_or_pause(&mut self) {
        let at_end = self.playback.at_ms >= self.end_ms() - END_MS;
        if !self.playback.playing && at_end && self.session.is_settled() {
            // Nothing more happens by itself: look again from the beginning, or let the clock of a young run go on.
            self.playback.at_ms = 0.0;
        }
        self.awaited = None;
        self.playback.playing = !self.playback.playing;
    }

    /// Runs a command line at the playhead and lets time go on from there.
    pub(crate) fn act(&mut self, line: &str) {
        let at = self.clock();
        let answer = self.session.act(at, line);
        self.notice = Some(Notice::of(&answer));
        self.changed_at(at);
    }

    fn changed_at(&mut self, at: SimTime) {
        self.generation += 1;
        let shown = self.session.stage().tempo.presentation_of(at);
        self.playback.at_ms = shown.min(self.end_ms());
        self.playback.playing = true;
        self.awaited = None;
    }

    fn change_text(&mut self, text: Text) {
        match text {
            Text::Edit(text) => self.manifests.set(&text),
            Text::Run(text) => {
                self.manifests.set(&text);
                self.example = self.example.filter(|example| example.text == text);
                self.run();
            }
            Text::Take(text) => {
                self.manifests.replace(&text);
                self.example = None;
                self.selected = None;
                self.run();
            }
            Text::Apply(text) => {
                self.manifests.set(&text);
                self.apply_here();
            }
            Text::Example(name) => {
                if let Some(example) = examples::named(name) {
                    self.manifests.replace(example.text);
                    self.example = Some(example);
                    self.nodes = example.nodes;
                    self.later.clear();
                    self.selected = None;
                    self.run();
                }
            }
            Text::Repair(id, wanted) => {
                self.manifests.repair(&id, wanted);
                self.run();
            }
            Text::FillMissing(wanted) => {
                self.manifests.fill(wanted);
                self.run();
            }
            Text::Release(release) => {
                self.release = release;
                self.run();
            }
            Text::Nodes(nodes) => {
                self.nodes = nodes.clamp(1, 50);
                self.run();
            }
        }
    }

    /// A fresh cluster for the text. Where the reader found nothing to run, the old one stays.
    fn run(&mut self) {
        if self.manifests.is_empty() {
            let first = self.manifests.errors().next();
            let why = first.map_or("there is nothing to run in this text", |e| {
                e.message.as_str()
            });
            self.notice = Some(Notice::refused(why.lines().next().unwrap_or_default()));
            return;
        }
        let setup = Setup {
            release: self.release,
            nodes: self.nodes,
            before: self.example.map_or(Vec::new(), |example| {
                example
                    .before
                    .iter()
                    .map(|line| (*line).to_owned())
                    .collect()
            }),
            reading: self.manifests.reading.clone(),
            label_nodes: self.manifests.fill_missing,
            later: std::mem::take(&mut self.later),
        };
        let (session, answers) = Session::start(setup);
        self.session = session;
        self.labels = labels(&answers);
        self.refused = refusals(answers);
        self.notice = self.refused.first().map(Notice::of);
        self.generation += 1;
        self.awaited = None;
        self.playback.at_ms = 0.0;
        self.playback.playing = true;
    }

    /// Applies the text to the cluster as it is at the playhead.
    fn apply_here(&mut self) {
        let at = self.clock();
        let reading = self.manifests.reading.clone();
        let answers = self
            .session
            .apply(at, &reading, self.manifests.fill_missing);
        self.labels = labels(&answers);
        let said: Vec<_> = answers
            .iter()
            .filter_map(|a| a.said.as_ref().ok())
            .cloned()
            .collect();
        self.refused = refusals(answers);
        self.notice = self.refused.first().map(Notice::of).or_else(|| {
            Some(Notice {
                tone: Tone::Done,
                line: "kubectl apply -f -".to_owned(),
                text: said.concat().trim_end().to_owned(),
            })
        });
        self.changed_at(at);
    }

    fn show(&mut self, page: Page) {
        match page {
            Page::Select(key) => {
                if key.is_some() {
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
        }
    }

    /// One step of a run that nobody watches: the next beat, computed if need be. Returns whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        while self
            .session
            .stage()
            .tempo
            .next(self.playback.at_ms + SMALLEST_STEP_MS)
            .is_none()
            && !self.session.is_settled()
        {
            let mut once = true;
            self.session.run_ahead(|| std::mem::take(&mut once));
        }
        let before = self.playback.at_ms;
        self.move_playhead(Time::StepForward);
        self.playback.at_ms > before
    }

    /// Goes to a moment of simulated time, computed if need be.
    pub(crate) fn seek(&mut self, at: SimTime) {
        while self.session.stage().tempo.end() <= at && !self.session.is_settled() {
            let mut once = true;
            self.session.run_ahead(|| std::mem::take(&mut once));
        }
        let ms = self.session.stage().tempo.presentation_of(at);
        self.move_playhead(Time::Seek(ms));
    }
}

fn labels(answers: &[Answer]) -> Vec<String> {
    let lines = answers.iter().map(|answer| &answer.line);
    lines
        .filter(|line| line.starts_with("kubectl label node "))
        .cloned()
        .collect()
}

fn refusals(answers: Vec<Answer>) -> Vec<Answer> {
    answers
        .into_iter()
        .filter(|answer| answer.said.is_err())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(mut model: Model) -> Model {
        while !model.session.is_settled() {
            let mut left = 1000;
            let _ = model.tick(0.0, || {
                left -= 1;
                left > 0
            });
        }
        model
    }

    #[test]
    fn an_unknown_example_says_so_and_shows_the_first_one() {
        let query = Query {
            example: Some("nothing".to_owned()),
            ..Query::default()
        };

        let model = Model::open(&query);

        assert_eq!(
            model.example.map(|e| e.name),
            Some(examples::EXAMPLES[0].name)
        );
        assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
    }

    #[test]
    fn a_text_without_manifests_leaves_the_cluster_as_it_was() {
        let mut model = settled(Model::open(&Query::default()));
        let before = model.session.cluster().world().now();

        model.apply(Command::Text(Text::Run("no manifest at all".to_owned())));

        assert_eq!(model.session.cluster().world().now(), before);
        assert_eq!(&*model.manifests.text, "no manifest at all");
        assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
    }

    #[test]
    fn acting_in_the_past_drops_the_future() {
        let mut model = settled(Model::open(&Query::default()));
        model.apply(Command::Time(Time::Start));

        model.apply(Command::Line("power-off node-2".to_owned()));

        let world = model.session.cluster().world();
        assert_eq!(world.now(), model.clock());
        assert_eq!(model.notice.as_ref().map(|n| n.tone), Some(Tone::Done));
        assert!(model.playback.playing);
    }

    #[test]
    fn a_refused_line_is_told_and_changes_nothing_else() {
        let mut model = settled(Model::open(&Query::default()));

        model.apply(Command::Line("power-off node-99".to_owned()));

        assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
    }

    #[test]
    fn selecting_a_thing_shows_the_inspector() {
        let mut model = Model::open(&Query::default());
        model.apply(Command::Page(Page::Show(Panel::Events)));
        let key = ObjectKey::new(ordinal_api::Kind::Node, "", "node-1");

        model.apply(Command::Page(Page::Select(Some(key.clone()))));

        assert_eq!(model.selected, Some(key));
        assert_eq!(model.panel, Panel::Inspector);
        assert!(model.sheet);
    }
}
