//! A world with its history: every frame that was, and every input that led to it.

use std::sync::Arc;

use ordinal_api::{SimDuration, SimTime, Status};

use crate::apiserver::{Request, Response};
use crate::journal::{Fact, Verb};
use crate::{Component, Config, Fault, Id, Input, World};

/// A world, the frames before it and the inputs that it took. Acting in the past drops what came after.
#[derive(Clone, Debug)]
pub struct Cluster {
    world: World,
    frames: Vec<World>,
    inputs: Vec<(SimTime, Arc<Input>)>,
    steps: u64,
    keep: bool,
}

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
        let world = World::new(config);
        let frames = vec![world.clone()];
        Self {
            world,
            frames,
            inputs: Vec::new(),
            steps: 0,
            keep: true,
        }
    }

    /// The same without history, for runs of which only the end counts.
    pub fn without_history(config: Config) -> Self {
        Self {
            keep: false,
            ..Self::new(config)
        }
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

    /// Goes back to a frame; everything after it is dropped.
    pub fn rewind(&mut self, frame: usize) {
        let frame = frame.min(self.frames.len().saturating_sub(1));
        self.frames.truncate(frame + 1);
        if let Some(world) = self.frames.last() {
            self.world = world.clone();
        }
        let now = self.world.now();
        self.inputs.retain(|(at, _)| *at <= now);
    }

    /// Takes an input now.
    ///
    /// # Errors
    /// The API server's refusal, or what is wrong with a fault (an unknown node, say).
    pub fn submit(&mut self, input: Input) -> Result<Response, Status> {
        let input = Arc::new(input);
        self.inputs.push((self.world.now(), input.clone()));
        let before = self.mark();
        let answer = apply(&mut self.world, &input);
        self.keep_frame(before);
        answer
    }

    /// Sends a request to the API server.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn request(&mut self, request: Request) -> Result<Response, Status> {
        if request.writes() {
            self.submit(Input::Request(request))
        } else {
            apply(&mut self.world, &Input::Request(request))
        }
    }

    /// Lets a fault happen.
    ///
    /// # Errors
    /// What is wrong with it: an unknown node or Pod.
    pub fn fault(&mut self, fault: Fault) -> Result<(), Status> {
        self.submit(Input::Fault(fault)).map(|_| ())
    }

    /// Does everything that is due at the next moment. Returns whether there was anything.
    pub fn step(&mut self) -> bool {
        let Some(at) = self
            .world
            .next_due()
            .filter(|_| self.world.exhausted().is_none())
        else {
            return false;
        };
        let before = self.mark();
        self.world.set_now(at);
        while self.world.step() {
            self.steps += 1;
        }
        self.keep_frame(before);
        true
    }

    /// Runs until a moment; the clock stands there afterwards.
    pub fn run_until(&mut self, at: SimTime) -> Stop {
        let bound = self.steps + self.world.config.limits.steps;
        while self.world.next_due().is_some_and(|due| due <= at) {
            if let Some(why) = self.world.exhausted() {
                return Stop::Exhausted(why);
            }
            if self.steps > bound {
                return Stop::Exhausted("the run reached its bound of steps");
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
            let Some(due) = self.world.next_progress() else {
                return Stop::Settled;
            };
            if due > at_most {
                return self.run_until(at_most);
            }
            if let Some(why) = self.world.exhausted() {
                return Stop::Exhausted(why);
            }
            if self.steps > bound {
                return Stop::Exhausted("the run reached its bound of steps");
            }
            self.step();
        }
    }

    fn mark(&self) -> (usize, u64) {
        (self.world.journal.len(), self.world.wait_version)
    }

    fn keep_frame(&mut self, before: (usize, u64)) {
        if !self.keep || before == self.mark() {
            return;
        }
        if self
            .frames
            .last()
            .is_some_and(|last| last.now() == self.world.now())
        {
            self.frames.pop();
        }
        self.frames.push(self.world.clone());
    }
}

/// Applies an input to a world, now.
pub(crate) fn apply(world: &mut World, input: &Input) -> Result<Response, Status> {
    match input {
        Input::Request(request) => {
            if !request.writes() {
                return crate::apiserver::handle(world, request, None);
            }
            let summary = request.summary();
            let command = Fact::Command(summary.as_str().into());
            let cause = record_input(world, Component::User, command);
            let answer = crate::apiserver::handle(world, request, Some(cause));
            if let Err(status) = &answer {
                // What was refused did not happen: the journal says so in the same entry.
                let refused = Fact::Refused(format!("{summary}: {}", status.message).into());
                world.amend(cause, refused);
            }
            answer
        }
        Input::Fault(fault) => {
            crate::kubelet::faults::apply(world, fault)?;
            Ok(Response::List(ordinal_api::Kind::Node, Vec::new()))
        }
    }
}

/// Journals an input; its subject is the Namespace `default`, which always exists.
pub(crate) fn record_input(world: &mut World, by: Component, fact: Fact) -> u64 {
    let subject: Id = world.intern(ordinal_api::Kind::Namespace, "", "default");
    let uid = world.get(subject).map(|o| o.meta.uid).unwrap_or_default();
    world.record(by, subject, uid, Verb::Input, vec![fact], None)
}
