//! A line at work: what it printed and when, and how it is run again when what it runs in has changed.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use std::rc::Rc;
use std::sync::Arc;

use ordinal_api::{SimDuration, SimTime};
use ordinal_core::{Cluster, Input};
use ordinal_kubectl::Watch;
use ordinal_kubectl::programs::Opened;
use ordinal_kubectl::shell::{Piece, Shell};

use crate::state::session::Session;

/// What a terminal remembers between lines.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) shell: Shell,
    pub(super) session: ordinal_kubectl::Session,
}

/// The files of the editor, by name.
pub(crate) type Files = Rc<SortedMap<String, String>>;

/// A line that was typed, with all that came of it. Its run is a function of where it began and of what came from
/// elsewhere, so that it is known ahead of the playhead, and run again when something else comes in between.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: u32,
    /// What stands before it.
    pub(super) prompt: String,
    pub(super) line: String,
    /// Whether it was a button of the page that said it.
    pub(super) of_page: bool,
    /// What the playhead showed when it was typed.
    pub(super) typed: SimTime,
    /// When it began: then, or when the line before it had ended.
    pub(super) start: SimTime,
    /// When it ended, if that is known.
    pub(super) end: Option<SimTime>,
    /// How far it has been run.
    pub(super) known: SimTime,
    /// When Ctrl-C ended it.
    pub(super) stopped: Option<SimTime>,
    pub(super) files: Files,
    /// What it opened on the terminal's machine; Ctrl-C closes it.
    pub(super) opened: Vec<Opened>,
    /// What other terminals opened there.
    pub(super) beside: Vec<(SimTime, Option<SimTime>, Opened)>,
    pub(super) before: State,
    pub(super) after: State,
    pub(super) pieces: Vec<Piece>,
    /// Grows whenever something that was printed is no more.
    pub(super) version: u32,
    pub(super) watch: Option<Watching>,
    /// What was saved in its editor, and when.
    pub(super) saves: Vec<(SimTime, String)>,
    /// What its editor shows, and since when, in milliseconds.
    pub(super) editing: Option<(u64, Rc<str>)>,
    /// Whether nothing but what others do brings more of it.
    pub(super) rests: bool,
    /// What it did to the cluster.
    pub(super) inputs: Vec<(SimTime, Arc<Input>)>,
}

/// `get -w`: it looks at every frame that comes under the playhead.
#[derive(Clone, Debug)]
pub(super) struct Watching {
    /// As it began.
    origin: Watch,
    since: SimTime,
    pieces: usize,
    watch: Watch,
    /// The last moment that it has looked at; at its first one others can have acted since.
    seen: Option<SimTime>,
}

impl Job {
    /// A line at its moment, before anything has come of it.
    pub(super) fn new(
        id: u32,
        line: String,
        typed: SimTime,
        start: SimTime,
        before: State,
    ) -> Self {
        Self {
            id,
            prompt: ordinal_kubectl::shell::prompt(&before.session),
            line,
            of_page: false,
            typed,
            start,
            end: Some(start),
            known: start,
            stopped: None,
            files: Files::default(),
            opened: Vec::new(),
            beside: Vec::new(),
            after: before.clone(),
            before,
            pieces: Vec::new(),
            version: 0,
            watch: None,
            saves: Vec::new(),
            editing: None,
            rests: false,
            inputs: Vec::new(),
        }
    }

    /// Whether something may still come of it by itself after what is known.
    pub(super) fn goes_on(&self) -> bool {
        self.end.is_none() && self.watch.is_none() && !self.rests
    }

    /// Whether it did something to the cluster.
    pub(super) fn acts(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// The line as it is typed outside of containers.
    pub(super) fn outside_line(&self) -> Option<String> {
        match &self.before.session.inside[..] {
            [] => Some(self.line.clone()),
            [at] if at.prompt_of.is_empty() => {
                let line = self.line.replace('\'', "'\\''");
                let (pod, namespace, container) = (&at.pod, &at.namespace, &at.container);
                Some(format!(
                    "kubectl exec {pod} -n {namespace} -c {container} -- sh -c '{line}'"
                ))
            }
            _ => None,
        }
    }

    /// Whether its editor is open at a moment.
    pub(super) fn is_edited(&self, at: SimTime) -> bool {
        self.is_at_work(at)
            && self
                .editing
                .as_ref()
                .is_some_and(|(since, _)| *since <= at.0)
    }

    /// Whether it is at work at a moment.
    pub(super) fn is_at_work(&self, at: SimTime) -> bool {
        self.start <= at && self.end.is_none_or(|end| end > at)
    }

    fn is_mine(&self, input: &Arc<Input>) -> bool {
        self.inputs.iter().any(|(_, own)| Arc::ptr_eq(own, input))
    }

    /// Runs it, or runs it again, at most up to `limit`. What others did after `cut`, and after its own first new act, is
    /// dropped. Returns the moment from which on the cluster goes another way, if it does.
    pub(super) fn run(
        &mut self,
        session: &mut Session,
        limit: SimTime,
        cut: Option<SimTime>,
    ) -> Option<SimTime> {
        let limit = self.stopped.unwrap_or(limit).max(self.start);
        let old = self.clone();
        let mine = |input: &Arc<Input>| old.is_mine(input);
        self.run_on(&mut session.branch(self.start, &mine), limit);
        let same = old.inputs.iter().zip(&self.inputs);
        let same = same.take_while(|(a, b)| a == b).count();
        let next = |job: &Self| job.inputs.get(same).map(|(at, _)| *at);
        let Some(from) = next(self).into_iter().chain(next(&old)).min() else {
            self.inputs = old.inputs;
            return None;
        };
        let end = cut.map(|cut| cut.max(from));
        session.go_again(self.start, end, &mine, &mut |cluster| {
            self.run_on(cluster, limit);
        });
        Some(from)
    }

    fn run_on(&mut self, cluster: &mut Cluster, limit: SimTime) {
        let mut state = self.before.clone();
        for (name, text) in self.files.iter() {
            let files = &mut state.session.files;
            files.entry(name.clone()).or_insert_with(|| text.clone());
        }
        state.session.until = Some(limit);
        state.session.has_editor = true;
        state.session.beside = self.beside.clone();
        state.session.saves = self.saves.clone();
        let others: Vec<_> = cluster.expected().to_vec();
        let taken = cluster.inputs().len();
        let done = state.shell.run(cluster, &mut state.session, &self.line);
        let new = cluster.inputs()[taken..].iter();
        let own =
            new.filter(|(_, input)| !others.iter().any(|(_, other)| Arc::ptr_eq(other, input)));
        self.inputs = own.cloned().into_list();
        // What stands in the editor is not the terminal's to keep.
        let of_editor = &self.files;
        state
            .session
            .files
            .retain(|name, text| of_editor.get(name) != Some(text));
        state.session.saves = Vec::new();
        state.session.beside = Vec::new();
        self.opened = state.session.opened.clone();
        self.opened
            .retain(|opened| !self.before.session.opened.contains(opened));
        self.after = state;
        self.pieces = done.pieces;
        self.rests = done.rests;
        self.editing = done.editing.map(|(at, text)| (at, text.into()));
        self.version += 1;
        self.pieces
            .retain(|piece| !piece.text.is_empty() || piece.clears);
        let now = cluster.world().now().min(limit);
        self.known = now;
        self.end = (!done.held).then_some(now);
        self.watch = done.watch.map(|watch| Watching {
            origin: watch.clone(),
            since: now,
            pieces: self.pieces.len(),
            watch,
            seen: None,
        });
        if self.watch.is_some() {
            self.end = None;
        }
        if let Some(at) = self.stopped.filter(|_| self.end.is_none()) {
            self.stop(at);
        }
    }

    /// Says that Ctrl-C was pressed.
    fn stop(&mut self, at: SimTime) {
        self.pieces.retain(|piece| piece.at_ms <= at.0);
        self.pieces.push(Piece {
            at_ms: at.0,
            error: true,
            clears: false,
            text: "^C\n".to_owned(),
        });
        self.after.shell.status = 130;
        self.after.session.opened = self.before.session.opened.clone();
        (self.editing, self.rests) = (None, false);
        (self.end, self.known, self.stopped) = (Some(at), at, Some(at));
    }

    /// Whether all that is left of it is to see what comes from a moment on.
    pub(super) fn only_watches(&self, from: SimTime) -> bool {
        self.watch.is_some() && self.known <= from
    }

    /// Ctrl-C at a moment at which it is at work. Returns the moment from which on the cluster goes another way.
    pub(super) fn interrupt(&mut self, session: &mut Session, at: SimTime) -> Option<SimTime> {
        self.stopped = Some(at);
        let acts_later = self.inputs.last().is_some_and(|(then, _)| *then > at);
        if self.watch.is_some() && !acts_later {
            self.stop(at);
            return None;
        }
        self.run(session, at, None)
    }

    /// Looks at the frames up to a moment, if it watches.
    pub(super) fn look(&mut self, session: &Session, to: SimTime) {
        let end = self.end;
        let Some(watching) = &mut self.watch else {
            return;
        };
        let frames = session.cluster().frames();
        let since = watching.since;
        let from = frames.partition_point(|frame| match watching.seen {
            Some(seen) => frame.now() <= seen,
            None => frame.now() < since,
        });
        let to = end.map_or(to, |end| to.min(end));
        let until = frames.partition_point(|frame| frame.now() <= to);
        for frame in frames.iter().take(until).skip(from) {
            watching.seen = Some(frame.now());
            let text = watching.watch.poll(&mut Cluster::of_world(frame.clone()));
            if !text.is_empty() {
                self.pieces.push(Piece {
                    at_ms: frame.now().0,
                    error: false,
                    clears: false,
                    text,
                });
            }
        }
    }

    /// The cluster went another way from a moment on: what it saw since is forgotten.
    pub(super) fn forget(&mut self, from: SimTime) {
        if let Some(watching) = self
            .watch
            .as_mut()
            .filter(|watching| watching.seen >= Some(from))
        {
            watching.watch = watching.origin.clone();
            watching.seen = None;
            self.pieces.truncate(watching.pieces);
            self.version += 1;
        }
    }

    /// Milliseconds of simulated time by which a line that goes on is run ahead, the more the longer it has been at work.
    pub(super) fn ahead(&self) -> SimDuration {
        SimDuration::ms(self.known.since(self.start).0.max(super::AHEAD.0))
    }
}
