//! A world with its history: every frame that was, and every input that led to it.
//!
//! * `inputs`: what enters; `past`: going back

mod inputs;
mod past;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::{Object, SimDuration, SimTime, Status};

use crate::{Component, Config, Cx, Id, Input, World};

pub use inputs::Exchange;
pub(crate) use inputs::{apply, record_input};

/// A world, the frames before it and the inputs that it took. Acting in the past drops what came after.
#[derive(Clone, Debug)]
pub struct Cluster {
    world: World,
    /// To be looked at; of what drives a run ([`World::take_drive`]) they have that of the last whole frame.
    frames: Vec<World>,
    /// Numbers of the frames that can be run on as they are.
    whole: Vec<usize>,
    inputs: Vec<(SimTime, Arc<Input>)>,
    /// For each input, how much had been done before it ([`World::turn`]).
    turns: Vec<u64>,
    /// Inputs that are to come at their moments, the soonest first.
    expected: Vec<(SimTime, Arc<Input>)>,
    steps: u64,
    keep: bool,
    /// Warnings of requests since they were last asked for.
    warnings: Vec<String>,
    /// Requests with their answers, where somebody wants to know.
    exchanges: Option<Vec<Exchange>>,
    /// `fieldManager` of requests that name none.
    manager: ordinal_api::Text,
}

/// One frame of so many is whole. What drives a run changes at every step and is as large as all the rest: the others
/// do without, and going back to one of them does the work since the last whole one again.
const WHOLE_EVERY: usize = if cfg!(test) { 16 } else { 128 };

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nothing is left to do but retries.
    Settled,
    /// The moment that was asked for has come.
    Reached,
    /// A bound was reached; the text names it.
    Exhausted(&'static str),
}

impl Cluster {
    /// A cluster at the beginning of a run, which keeps every frame.
    pub fn new(config: Config) -> Self {
        Self {
            keep: true,
            ..Self::without_history(config)
        }
    }

    /// The same without history, for runs of which only the end counts.
    pub fn without_history(config: Config) -> Self {
        Self::of_world(World::new(config))
    }

    /// A cluster whose world is given, without history.
    pub fn of_world(world: World) -> Self {
        Self {
            frames: vec![world.clone()],
            world,
            whole: vec![0],
            inputs: Vec::new(),
            turns: Vec::new(),
            expected: Vec::new(),
            steps: 0,
            keep: false,
            warnings: Vec::new(),
            exchanges: None,
            manager: ordinal_api::Text::default(),
        }
    }

    /// Changes the world from outside, as `World::hold` does: nobody journals who asked.
    pub fn hold(&mut self, change: impl FnOnce(&mut World)) {
        change(&mut self.world);
    }

    /// The world as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, for tests that are the cluster's machines or its administrator themselves.
    #[cfg(test)]
    pub(crate) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// Makes an object as it stands, past admission, in the name of a component that is absent.
    ///
    /// # Errors
    /// `AlreadyExists`, or a namespace that does not take it.
    pub fn put(&mut self, by: Component, object: Object) -> Result<Id, Status> {
        let mut cx = Cx::new(&mut self.world, by, None);
        cx.create(object).map(|(id, _)| id)
    }

    /// Changes an object past validation, in the name of a component that is absent. The closure says whether it changed anything.
    ///
    /// # Errors
    /// `NotFound`
    pub fn amend(
        &mut self,
        by: Component,
        id: Id,
        change: &mut dyn FnMut(&mut Object) -> bool,
    ) -> Result<(), Status> {
        let mut cx = Cx::new(&mut self.world, by, None);
        cx.update(id, change).map(|_| ())
    }

    /// Every frame so far: one for each instant at which something changed, oldest first.
    pub fn frames(&self) -> &[World] {
        &self.frames
    }

    /// The inputs so far, with their times.
    pub fn inputs(&self) -> &[(SimTime, Arc<Input>)] {
        &self.inputs
    }

    /// Work done so far, in steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The last frame at or before a moment.
    pub fn frame_at(&self, at: SimTime) -> &World {
        let after = self.frames.partition_point(|frame| frame.now() <= at);
        &self.frames[after.saturating_sub(1)]
    }

    /// Does everything that is due at the next moment. Returns whether there was anything.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next_due().filter(|_| self.world.exhausted().is_none()) else {
            return false;
        };
        let before = self.mark();
        self.world.set_now(at);
        while self.world.step() {
            self.steps += 1;
        }
        while self.expected.first().is_some_and(|(then, _)| *then <= at) {
            let (_, input) = self.expected.remove(0);
            // A refusal was told when it came first.
            let _ = self.take(&input);
            self.inputs.push((at, input));
        }
        self.keep_frame(before);
        true
    }

    /// When something is done next: work that is due, or an input that is expected.
    pub fn next_due(&self) -> Option<SimTime> {
        self.or_expected(self.world.next_due())
    }

    /// The same, but for retries that nothing can have changed the outcome of.
    pub fn next_progress(&self) -> Option<SimTime> {
        self.or_expected(self.world.next_progress())
    }

    fn or_expected(&self, due: Option<SimTime>) -> Option<SimTime> {
        let expected = self.expected.first();
        let expected = expected.map(|(at, _)| (*at).max(self.world.now()));
        due.into_iter().chain(expected).min()
    }

    /// Why a run cannot go on, if it cannot; `bound` is the number of steps that it may reach.
    fn exhausted(&self, bound: u64) -> Option<Stop> {
        let steps = (self.steps > bound).then_some("the run reached its bound of steps");
        self.world.exhausted().or(steps).map(Stop::Exhausted)
    }

    /// Runs until a moment; the clock stands there afterwards.
    pub fn run_until(&mut self, at: SimTime) -> Stop {
        let bound = self.steps + self.world.config.limits.steps;
        while self.next_due().is_some_and(|due| due <= at) {
            if let Some(stop) = self.exhausted(bound) {
                return stop;
            }
            self.step();
        }
        if at > self.world.now() {
            self.world.set_now(at);
        }
        Stop::Reached
    }

    /// Runs for a time.
    pub fn run_for(&mut self, time: SimDuration) -> Stop {
        self.run_until(self.world.now() + time)
    }

    /// Runs until nothing is left to do but retries, or until a moment.
    pub fn settle(&mut self, at_most: SimTime) -> Stop {
        let bound = self.steps + self.world.config.limits.steps;
        loop {
            let Some(due) = self.next_progress() else {
                return Stop::Settled;
            };
            if due > at_most {
                return self.run_until(at_most);
            }
            if let Some(stop) = self.exhausted(bound) {
                return stop;
            }
            self.step();
        }
    }

    fn mark(&self) -> (usize, u32) {
        (self.world.journal.len(), self.world.wait_version)
    }

    fn keep_frame(&mut self, before: (usize, u32)) {
        if !self.keep || before == self.mark() {
            return;
        }
        if self
            .frames
            .last()
            .is_some_and(|last| last.now() == self.world.now())
        {
            self.frames.pop();
            self.whole.retain(|whole| *whole < self.frames.len());
        }
        let mut frame = self.world.clone();
        match self.whole.last() {
            Some(whole) if self.frames.len() < whole + WHOLE_EVERY => {
                frame.take_drive(&self.frames[*whole]);
            }
            _ => self.whole.push(self.frames.len()),
        }
        // There are many, and they are not small: no more room than is soon used.
        if self.frames.len() == self.frames.capacity() {
            self.frames.reserve_exact(self.frames.len() / 16 + 8);
        }
        self.frames.push(frame);
    }
}
