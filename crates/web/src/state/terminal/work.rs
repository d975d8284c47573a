//! Lines at work: when each begins, and that each sees what the others do.

use ordinal_api::SimTime;
use ordinal_kubectl::programs::Opened;
use ordinal_kubectl::shell;

use super::job::Job;
use super::{AHEAD, CLOSE, Terminals, fresh, piece};
use crate::state::session::{Answer, Session};

impl Terminals {
    /// Runs a line of the page that takes its time, in a terminal that is free or in a new one. What lay after it is
    /// dropped if it `cuts`, else it still comes. Returns what was said at once; nothing where no terminal is free.
    pub(crate) fn carry(
        &mut self,
        session: &mut Session,
        at: SimTime,
        line: &str,
        cuts: bool,
    ) -> Option<Answer> {
        let number = self.free(at).or_else(|| self.open())?;
        self.all[number].waiting.push((at, line.to_owned()));
        self.run_waiting(session, number, cuts);
        self.tell(session);
        let mut jobs = self.all[number].jobs.iter_mut().rev();
        let job = jobs.find(|job| job.typed == at && job.line == line)?;
        job.of_page = true;
        let said = job.pieces.iter().take_while(|piece| piece.at_ms <= at.0);
        let is_refusal =
            |piece: &&shell::Piece| piece.error && !piece.text.starts_with("Warning: ");
        let (errors, words): (Vec<_>, Vec<_>) = said.partition(is_refusal);
        let text = |pieces: Vec<&shell::Piece>| pieces.iter().map(|p| p.text.as_str()).collect();
        let said = match errors.is_empty() {
            true => Ok(text(words)),
            false => Err(text(errors)),
        };
        let line = line.to_owned();
        Some(Answer { line, said })
    }

    /// A terminal that waits for a line.
    fn free(&self, at: SimTime) -> Option<usize> {
        let mut all = self.all.iter();
        all.position(|terminal| !terminal.is_busy(at) && !terminal.is_inside(at))
    }

    /// What the other terminals opened on the machine that they share.
    fn beside(&self, number: usize) -> Vec<(SimTime, Option<SimTime>, Opened)> {
        let others = self.all.iter().enumerate();
        let others = others.filter(|(other, _)| *other != number);
        let jobs = others.flat_map(|(_, terminal)| &terminal.jobs);
        let opened = jobs.flat_map(|job| {
            let opened = job.opened.iter();
            opened.map(|opened| (job.start, job.stopped, opened.clone()))
        });
        opened.collect()
    }

    /// Begins what waits in a terminal, as far as the lines before it have ended. What others did after that is dropped
    /// if it `cuts`.
    pub(super) fn run_waiting(
        &mut self,
        session: &mut Session,
        number: usize,
        cuts: bool,
    ) -> Option<SimTime> {
        let mut changed: Option<SimTime> = None;
        while let Some((typed, line)) = self.all[number].waiting.first().cloned() {
            let terminal = &self.all[number];
            let last = terminal
                .jobs
                .iter()
                .rev()
                .find(|job| job.start <= typed || job.typed == typed);
            let start = match last.map(|job| job.end) {
                None => typed,
                Some(Some(end)) => end.max(typed),
                Some(None) => break,
            };
            let before = last.map_or_else(fresh, |job| job.after.clone());
            self.all[number].waiting.remove(0);
            let mut job = Job::new(self.id(), line, typed, start, before);
            job.files = self.files.clone();
            job.beside = self.beside(number);
            let id = job.id;
            let limit = session.bound(start + AHEAD);
            let from = match job.line.trim().is_empty() {
                true => None,
                false => job.run(session, limit, cuts.then_some(start)),
            };
            let place = self.all[number].place(start);
            self.all[number].jobs.insert(place, job);
            if let Some(from) = from {
                self.follow(session, from, Some(id));
                changed = changed.into_iter().chain([from]).min();
            }
        }
        changed
    }

    /// The cluster goes another way from a moment on: what was typed after it is gone, and what was at work sees that.
    pub(crate) fn follow(&mut self, session: &mut Session, from: SimTime, except: Option<u32>) {
        for terminal in &mut self.all {
            terminal
                .jobs
                .retain(|job| job.typed <= from || Some(job.id) == except);
        }
        // Lines that change the cluster while others do: each sees what the others did, then all is as it was or
        // nearly so.
        for _ in 0..2 {
            let mut again = false;
            for number in 0..self.all.len() {
                for place in 0..self.all[number].jobs.len() {
                    let job = &self.all[number].jobs[place];
                    let ends_later = job.end.is_none_or(|end| end > from);
                    if Some(job.id) == except || !ends_later {
                        continue;
                    }
                    let mut job = job.clone();
                    job.forget(from);
                    if job.only_watches(from) {
                        self.all[number].jobs[place] = job;
                        continue;
                    }
                    if let Some(last) = place.checked_sub(1).map(|n| &self.all[number].jobs[n])
                        && let Some(end) = last.end.filter(|_| last.end > Some(from))
                    {
                        (job.start, job.before) = (job.typed.max(end), last.after.clone());
                    }
                    let limit = session.bound(job.known.max(job.start.max(from) + AHEAD));
                    again |= job.run(session, limit, None).is_some();
                    self.all[number].jobs[place] = job;
                }
            }
            if !again {
                break;
            }
        }
    }

    /// A command of one of the page's buttons, shown in a terminal that waits for one.
    pub(crate) fn note(&mut self, at: SimTime, answer: &Answer) {
        let Some(number) = self.free(at) else {
            return;
        };
        let (error, text) = match &answer.said {
            Ok(text) => (false, text),
            Err(text) => (true, text),
        };
        let job = self.put(number, at, answer.line.clone());
        job.of_page = true;
        job.pieces = vec![piece(at, error, text)];
    }

    /// A line that did not run.
    pub(super) fn put(&mut self, number: usize, at: SimTime, line: String) -> &mut Job {
        let id = self.id();
        let terminal = &mut self.all[number];
        let before = terminal.state(at).cloned().unwrap_or_else(fresh);
        let place = terminal.place(at);
        terminal
            .jobs
            .insert(place, Job::new(id, line, at, at, before));
        &mut terminal.jobs[place]
    }

    /// Lets time pass under the playhead. Returns the moment from which on the cluster goes another way, if it does.
    pub(crate) fn tick(&mut self, session: &mut Session, at: SimTime) -> Option<SimTime> {
        let mut changed: Option<SimTime> = None;
        for number in 0..self.all.len() {
            let beside = self.beside(number);
            let terminal = &mut self.all[number];
            let Some(place) = terminal.jobs.iter().position(|job| job.is_at_work(at)) else {
                continue;
            };
            let job = &mut terminal.jobs[place];
            job.look(session, at);
            let limit = session.bound(job.known + job.ahead());
            if job.goes_on() && job.known <= at + CLOSE && job.known < limit {
                let mut job = job.clone();
                job.beside = beside;
                let from = job.run(session, limit, None);
                let from = self.put_back(session, number, job, from);
                changed = changed.into_iter().chain(from).min();
            }
        }
        changed
    }

    /// A line has gone on. Returns the moment from which on the cluster goes another way, if it does.
    fn put_back(
        &mut self,
        session: &mut Session,
        number: usize,
        job: Job,
        from: Option<SimTime>,
    ) -> Option<SimTime> {
        let id = job.id;
        let jobs = &mut self.all[number].jobs;
        if let Some(place) = jobs.iter().position(|old| old.id == id) {
            jobs[place] = job;
        }
        if let Some(from) = from {
            self.follow(session, from, Some(id));
        }
        let more = self.run_waiting(session, number, true);
        self.tell(session);
        from.into_iter().chain(more).min()
    }

    /// Closes the editor in the terminal that is shown. Returns the moment from which on the cluster goes another way.
    pub(super) fn save(
        &mut self,
        session: &mut Session,
        at: SimTime,
        text: String,
    ) -> Option<SimTime> {
        let number = self.shown;
        let mut jobs = self.all[number].jobs.iter();
        let mut job = jobs.find(|job| job.is_edited(at))?.clone();
        job.saves.push((at, text));
        let from = job.run(session, at + AHEAD, Some(at));
        self.put_back(session, number, job, from)
    }

    /// Ctrl-C in the terminal that is shown. Returns the moment from which on the cluster goes another way.
    pub(super) fn interrupt(
        &mut self,
        session: &mut Session,
        at: SimTime,
        text: &str,
    ) -> Option<SimTime> {
        let number = self.shown;
        let terminal = &mut self.all[number];
        let Some(place) = terminal.jobs.iter().position(|job| job.is_at_work(at)) else {
            terminal.field.set("");
            self.put(number, at, format!("{text}^C"));
            return None;
        };
        terminal.waiting.clear();
        // What was typed behind it goes with it.
        terminal
            .jobs
            .retain(|job| job.start <= at || job.typed > at);
        let mut job = terminal.jobs[place].clone();
        let from = job.interrupt(session, at);
        self.put_back(session, number, job, from)
    }
}
