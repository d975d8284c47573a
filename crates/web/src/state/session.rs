//! The cluster with its history and its picture, computed ahead of the playhead in slices.

use ordinal_api::list::IntoList;
use std::rc::Rc;
use std::sync::Arc;

use ordinal_api::{Kind, SimDuration, SimTime};
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config, Input};
use ordinal_kubectl::shell::asks_again;
use ordinal_kubectl::{Output, run, script};
use ordinal_manifest::Reading;
use ordinal_scene::Stage;

/// No run is computed further than this after the last thing that was asked of it: a crash loop ends never.
const HORIZON: SimDuration = SimDuration::secs(3600);
/// What the manifests in the editor are called in messages.
const FILE: &str = "manifests";

/// What a run begins with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Release of Kubernetes.
    pub(crate) release: Release,
    /// Number of machines.
    pub(crate) nodes: usize,
    /// Command lines before the manifests are applied.
    pub(crate) before: Vec<String>,
    /// The manifests, read.
    pub(crate) reading: Rc<Reading>,
    /// Whether machines get the labels that the manifests ask for.
    pub(crate) label_nodes: bool,
    /// Command lines for later moments, in their order.
    pub(crate) later: Vec<(SimTime, String)>,
}

/// What the cluster said to a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The line.
    pub(crate) line: String,
    /// What kubectl prints: on standard output, or on standard error when it was refused.
    pub(crate) said: Result<String, String>,
}

impl Answer {
    fn of((line, output): (String, Output)) -> Self {
        let said = if output.is_ok() {
            Ok(output.stdout)
        } else {
            Err(output.stderr)
        };
        Self { line, said }
    }
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    cluster: Cluster,
    terminal: ordinal_kubectl::Session,
    stage: Stage,
    later: Vec<(SimTime, String)>,
    /// Lines that were given, by the page or by its address.
    acts: Vec<(SimTime, String)>,
    until: SimTime,
    /// Moments at which a terminal shows something, in order.
    moments: Vec<SimTime>,
    /// A moment up to which the clock runs on although nothing happens.
    asked: SimTime,
    settled: bool,
    over: Option<&'static str>,
    /// Answers to lines that ran at their moment, not yet shown.
    answers: Vec<Answer>,
    /// Lines whose moment has come and that ask again until they are let: a terminal is to run them.
    due: Vec<(SimTime, String)>,
}

impl Session {
    /// A fresh cluster with everything applied, and what was said to that.
    pub(crate) fn start(setup: Setup) -> (Self, Vec<Answer>) {
        let config = Config {
            release: setup.release,
            ..Config::with_nodes(setup.nodes)
        };
        let cluster = Cluster::new(config);
        let mut later = setup.later;
        ordinal_api::sorted::sort_by_key(&mut later, |(at, _)| *at);
        let mut session = Self {
            until: cluster.world().now() + HORIZON,
            cluster,
            terminal: ordinal_kubectl::Session::default(),
            stage: Stage::default(),
            moments: Vec::new(),
            asked: SimTime::ZERO,
            later,
            acts: Vec::new(),
            settled: false,
            over: None,
            answers: Vec::new(),
            due: Vec::new(),
        };
        let before = setup.before.iter().map(|line| session.answer(line));
        let mut answers: Vec<_> = before.into_list();
        answers.extend(session.take_in(&setup.reading, setup.label_nodes));
        session.draw();
        (session, answers)
    }

    fn answer(&mut self, line: &str) -> Answer {
        Answer::of((
            line.to_owned(),
            run(&mut self.cluster, &mut self.terminal, line),
        ))
    }

    fn take_in(&mut self, reading: &Reading, label_nodes: bool) -> Vec<Answer> {
        let (cluster, terminal) = (&mut self.cluster, &mut self.terminal);
        let outputs = script::apply(cluster, terminal, FILE, reading, label_nodes);
        outputs.into_iter().map(Answer::of).collect()
    }

    /// The cluster.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The picture.
    pub(crate) fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Whether nothing more happens by itself.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Why the run cannot go on, if one of its bounds was reached.
    pub(crate) fn is_over(&self) -> Option<&'static str> {
        self.over
    }

    /// Answers to lines that ran at their moment; each is given once.
    pub(crate) fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    /// Lines for a terminal whose moment has come; each is given once.
    pub(crate) fn take_due(&mut self) -> Vec<(SimTime, String)> {
        std::mem::take(&mut self.due)
    }

    /// Computes on while there is something to do and `more` says that there is time. Returns whether the picture grew.
    pub(crate) fn run_ahead(&mut self, mut more: impl FnMut() -> bool) -> bool {
        let frames = self.cluster.frames().len();
        while !self.settled && self.due.is_empty() && more() {
            self.advance();
        }
        let grew = self.cluster.frames().len() != frames;
        if grew {
            self.draw();
        }
        grew
    }

    fn advance(&mut self) {
        let next = self.cluster.next_progress();
        if let Some((at, line)) = self.later.first().cloned()
            && next.is_none_or(|next| next > at)
        {
            self.later.remove(0);
            self.give(at, line);
            self.until = self.cluster.world().now() + HORIZON;
            return;
        }
        self.over = self.cluster.world().exhausted();
        match next {
            Some(next) if next <= self.until && self.over.is_none() => {
                self.cluster.step();
            }
            _ => {
                self.settled = true;
                self.stage.update(self.cluster.frames());
                self.linger();
            }
        }
    }

    /// When the last grace is over of a Pod that is being deleted and does not go.
    fn runs_down(&self) -> SimTime {
        let pods = self.cluster.world().store.list(Kind::Pod);
        let ends = pods.filter_map(|(_, pod)| pod.meta.deletion.as_ref().map(|d| d.timestamp));
        ends.max().unwrap_or_default()
    }

    /// Acts at a moment: one command line, or several with `; ` between, of which the first that is refused is the last.
    /// What lay after the moment is dropped.
    pub(crate) fn act(&mut self, at: SimTime, line: &str) -> Answer {
        self.change(at, |session| {
            let mut said = String::new();
            for part in line.split("; ") {
                match session.answer(part).said {
                    Ok(text) => {
                        session.acts.push((at, part.to_owned()));
                        said.push_str(&text);
                    }
                    Err(text) => {
                        return Answer {
                            line: part.to_owned(),
                            said: Err(text),
                        };
                    }
                }
            }
            Answer {
                line: line.to_owned(),
                said: Ok(said),
            }
        })
    }

    /// Applies manifests at a moment. What lay after it is dropped.
    pub(crate) fn apply(
        &mut self,
        at: SimTime,
        reading: &Reading,
        label_nodes: bool,
    ) -> Vec<Answer> {
        self.change(at, |session| session.take_in(reading, label_nodes))
    }

    fn change<T>(&mut self, at: SimTime, act: impl FnOnce(&mut Self) -> T) -> T {
        let frames = self.cluster.frames();
        let keep = frames.partition_point(|frame| frame.now() <= at).max(1);
        // Time can have gone on without anything to see.
        if keep < frames.len() || self.cluster.world().now() > at {
            self.cluster.rewind(keep - 1);
            self.later.retain(|(then, _)| *then > at);
        }
        self.acts.retain(|(then, _)| *then <= at);
        let expected = self.cluster.expected().iter();
        let due = expected.filter(|(then, _)| *then <= at).cloned();
        self.cluster.expect(due.collect());
        self.cluster.run_until(at);
        let said = act(self);
        self.changed();
        said
    }

    /// The cluster goes another way from now on.
    fn changed(&mut self) {
        self.settled = false;
        self.asked = SimTime::ZERO;
        self.until = self.cluster.world().now() + HORIZON;
        self.stage.tempo.linger(vec![self.cluster.world().now()]);
        self.draw();
    }

    /// Lets the lines for later moments have their say, so that whoever runs ahead finds what they did; up to one that
    /// asks again until it is let.
    pub(crate) fn run_later(&mut self) {
        while self
            .later
            .first()
            .is_some_and(|(_, line)| !asks_again(line))
        {
            let (at, line) = self.later.remove(0);
            self.give(at, line);
            self.changed();
        }
    }

    /// How far a terminal may run ahead: not past a line that has not been given yet.
    pub(crate) fn bound(&self, limit: SimTime) -> SimTime {
        let next = self.later.first().map(|(at, _)| *at);
        next.map_or(limit, |next| limit.min(next))
    }

    /// A line at its moment.
    fn give(&mut self, at: SimTime, line: String) {
        self.cluster.run_until(at);
        if asks_again(&line) {
            self.due.push((at, line));
        } else {
            self.acts.push((at, line.clone()));
            let answer = self.answer(&line);
            self.answers.push(answer);
        }
    }

    /// The cluster just before a moment, without its history; what came since is expected, but for what is `mine`.
    pub(crate) fn branch(&self, at: SimTime, mine: &dyn Fn(&Arc<Input>) -> bool) -> Cluster {
        let mut branch = self.cluster.branch(at, &|_, input| !mine(input));
        branch.run_until(at);
        branch
    }

    /// Runs something on the cluster from a moment on. What came since is expected, but for what is `mine`, and for
    /// whatever came later than `end`.
    pub(crate) fn go_again(
        &mut self,
        at: SimTime,
        end: Option<SimTime>,
        mine: &dyn Fn(&Arc<Input>) -> bool,
        run: &mut dyn FnMut(&mut Cluster),
    ) {
        let kept =
            |then: SimTime, input: &Arc<Input>| !mine(input) && end.is_none_or(|end| then <= end);
        self.cluster.go_before(at, &kept);
        self.acts
            .retain(|(then, _)| end.is_none_or(|end| *then <= end));
        self.cluster.run_until(at);
        run(&mut self.cluster);
        self.changed();
    }

    /// Lines that were given or will be, with their moments.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (SimTime, &str)> {
        let all = self.acts.iter().chain(&self.later);
        all.map(|(at, line)| (*at, line.as_str()))
    }

    /// The moments at which a terminal shows something: the clock runs on to them after all else.
    pub(crate) fn show_at(&mut self, moments: Vec<SimTime>) {
        if self.moments != moments {
            self.moments = moments;
            if self.settled {
                self.linger();
            }
        }
    }

    /// Lets the clock of a settled run go on to a moment at which nothing happens any more.
    pub(crate) fn reach(&mut self, at: SimTime) {
        self.asked = at.min(self.until);
        self.linger();
    }

    fn linger(&mut self) {
        let mut moments = self.moments.clone();
        moments.extend([self.runs_down(), self.asked]);
        moments.sort_unstable();
        self.stage.tempo.linger(moments);
    }

    fn draw(&mut self) {
        self.stage.update(self.cluster.frames());
    }
}
