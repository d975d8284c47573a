//! A world with its history: every frame that was, and every input that led to it.

use std::sync::Arc;

use ordinal_api::{Object, SimDuration, SimTime, Status};

use crate::apiserver::{Request, Response};
use crate::journal::{Fact, Verb};
use crate::{Component, Config, Cx, Fault, Id, Input, World};

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

/// One request and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What was answered.
    pub answer: Result<Response, Status>,
    /// `Warning` headers, in order.
    pub warnings: Vec<String>,
    /// Whether an object was made.
    pub created: bool,
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
        let world = World::new(config);
        let frames = vec![world.clone()];
        Self {
            world,
            frames,
            whole: vec![0],
            inputs: Vec::new(),
            turns: Vec::new(),
            expected: Vec::new(),
            steps: 0,
            keep: true,
            warnings: Vec::new(),
            exchanges: None,
            manager: ordinal_api::Text::default(),
        }
    }

    /// The same without history, for runs of which only the end counts.
    pub fn without_history(config: Config) -> Self {
        Self {
            keep: false,
            ..Self::new(config)
        }
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

    /// Goes back to a frame; everything after it is dropped.
    pub fn rewind(&mut self, frame: usize) {
        let frame = frame.min(self.frames.len().saturating_sub(1));
        self.frames.truncate(frame + 1);
        self.whole.retain(|whole| *whole <= frame);
        if let Some(world) = self.frames.last() {
            let taken = self.turns.partition_point(|turn| *turn < world.turn);
            self.inputs.truncate(taken);
            self.turns.truncate(taken);
            self.world = world.clone();
            self.world.take_drive(&self.again(frame));
        }
    }

    /// Inputs that are to come at their moments, the soonest first.
    pub fn expected(&self) -> &[(SimTime, Arc<Input>)] {
        &self.expected
    }

    /// From now on these inputs come at their moments, and no others.
    pub fn expect(&mut self, mut inputs: Vec<(SimTime, Arc<Input>)>) {
        ordinal_api::sorted::sort_by_key(&mut inputs, |(at, _)| *at);
        self.expected = inputs;
    }

    /// Goes back to just before a moment. The inputs since then that are `kept` are expected again.
    pub fn go_before(&mut self, at: SimTime, kept: &dyn Fn(SimTime, &Arc<Input>) -> bool) {
        let (frame, inputs) = self.since(at, kept);
        match frame {
            Some(frame) => self.rewind(frame),
            None => *self = Self::new((*self.world.config).clone()),
        }
        self.expected = inputs;
    }

    /// A cluster without history as it was just before a moment, which expects what came since and is `kept`.
    pub fn branch(&self, at: SimTime, kept: &dyn Fn(SimTime, &Arc<Input>) -> bool) -> Self {
        let (frame, expected) = self.since(at, kept);
        let world = frame.map_or_else(
            || World::new((*self.world.config).clone()),
            |frame| {
                let mut world = self.frames[frame].clone();
                world.take_drive(&self.again(frame));
                world
            },
        );
        Self {
            expected,
            ..Self::of_world(world)
        }
    }

    /// The last frame before a moment, and the inputs after that frame that are `kept`.
    fn since(
        &self,
        at: SimTime,
        kept: &dyn Fn(SimTime, &Arc<Input>) -> bool,
    ) -> (Option<usize>, Vec<(SimTime, Arc<Input>)>) {
        let frame = self.frames.partition_point(|frame| frame.now() < at);
        let frame = frame.checked_sub(1);
        let turn = frame.map_or(0, |frame| self.frames[frame].turn);
        let taken = self.turns.partition_point(|before| *before < turn);
        let inputs = self.inputs[taken..].iter().chain(&self.expected);
        let inputs = inputs.filter(|(at, input)| kept(*at, input)).cloned();
        (frame, inputs.collect())
    }

    /// Does the work since the last whole frame again, up to a frame.
    fn again(&self, frame: usize) -> World {
        let whole = self.whole.iter().rev().find(|whole| **whole <= frame);
        let whole = whole.copied().unwrap_or_default();
        let (mut world, end) = (self.frames[whole].clone(), &self.frames[frame]);
        while world.turn < end.turn {
            if let Ok(input) = self.turns.binary_search(&world.turn) {
                let (at, input) = &self.inputs[input];
                world.set_now(*at);
                world.turn += 1;
                // A refusal was told when it came first.
                let _ = apply(&mut world, input);
            } else if let Some(due) = world.next_due() {
                world.set_now(due);
                world.step();
            } else {
                break;
            }
        }
        debug_assert_eq!(world.journal.len(), end.journal.len(), "the same again");
        world
    }

    /// Takes an input now.
    ///
    /// # Errors
    /// The API server's refusal, or what is wrong with a fault (an unknown node, say).
    pub fn submit(&mut self, input: Input) -> Result<Response, Status> {
        let before = self.mark();
        let answer = self.take(&input);
        // Without a history too: what a line does in a branch is compared with what it did before.
        let input = match input {
            Input::Request(request) => Input::Request(request.keep()),
            other => other,
        };
        self.inputs.push((self.world.now(), Arc::new(input)));
        self.keep_frame(before);
        answer
    }

    /// Gives an input its turn. Whoever calls this puts it among the inputs.
    fn take(&mut self, input: &Input) -> Result<Response, Status> {
        self.turns.push(self.world.turn);
        self.world.turn += 1;
        apply(&mut self.world, input)
    }

    /// Sends a request to the API server.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn request(&mut self, request: Request) -> Result<Response, Status> {
        let request = if self.manager.is_empty() || !request.writes_or_tries() {
            request
        } else {
            request.managed_by(&self.manager)
        };
        let kept = self.exchanges.is_some().then(|| request.clone());
        let before = self.world.store.len();
        let answer = if request.writes() {
            self.submit(Input::Request(request))
        } else {
            // A copy, so that a question can leave no trace.
            let mut copy = self.world.clone();
            let answer = apply(&mut copy, &Input::Request(request));
            self.world.warnings = copy.warnings;
            answer
        };
        let warnings = std::mem::take(&mut *self.world.warnings);
        self.warnings.extend(warnings.iter().cloned());
        if let (Some(all), Some(request)) = (&mut self.exchanges, kept) {
            all.push(Exchange {
                request,
                answer: answer.clone(),
                warnings,
                created: self.world.store.len() > before,
            });
        }
        answer
    }

    /// Notes that the server refused a list whose selector it could not read: selectors are read before they are sent here.
    pub fn refused_list(&mut self, kind: ordinal_api::Kind, status: Status) {
        if let Some(all) = &mut self.exchanges {
            let request = Request::List {
                kind,
                namespace: None,
                selector: Default::default(),
            };
            all.push(Exchange {
                request,
                answer: Err(status),
                warnings: Vec::new(),
                created: false,
            });
        }
    }

    /// Whose fields the following requests write, where they name nobody.
    pub fn act_as(&mut self, manager: &str) {
        self.manager = manager.into();
    }

    /// The warnings of all requests since they were last asked for, in order.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The requests since they were last asked for, with their answers; from the first call on they are kept.
    pub fn take_exchanges(&mut self) -> Vec<Exchange> {
        self.exchanges.replace(Vec::new()).unwrap_or_default()
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
        let expected = self
            .expected
            .first()
            .map(|(at, _)| (*at).max(self.world.now()));
        let due = self.world.next_due();
        due.into_iter().chain(expected).min()
    }

    /// The same, but for retries that nothing can have changed the outcome of.
    pub fn next_progress(&self) -> Option<SimTime> {
        let expected = self
            .expected
            .first()
            .map(|(at, _)| (*at).max(self.world.now()));
        let due = self.world.next_progress();
        due.into_iter().chain(expected).min()
    }

    /// Runs until a moment; the clock stands there afterwards.
    pub fn run_until(&mut self, at: SimTime) -> Stop {
        let bound = self.steps + self.world.config.limits.steps;
        while self.next_due().is_some_and(|due| due <= at) {
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
            let Some(due) = self.next_progress() else {
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
        Input::Write(write) => {
            crate::kubelet::files::write(world, write)?;
            Ok(Response::List(ordinal_api::Kind::Node, Vec::new()))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::journal;

    /// All that a world is, what drives it included.
    fn all_of(world: &World) -> String {
        format!("{:?} {}", world.parts, journal::hash(world))
    }

    /// A set of Pods and a fault in between; returns what the world was at each frame.
    fn run(cluster: &mut Cluster) -> Vec<String> {
        let container = json!({"name": "main", "image": "example.org/main:1.0"});
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "serviceName": "web", "replicas": 40, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
            },
        });
        let mut was = vec![all_of(cluster.world())];
        let note = |cluster: &Cluster, was: &mut Vec<String>| {
            let frames = cluster.frames();
            if frames.last().map(|last| last.turn) == Some(cluster.world().turn) {
                was.truncate(frames.len() - 1);
                was.push(all_of(cluster.world()));
            }
        };
        let refused = cluster.fault(Fault::PowerOff("nowhere".into()));
        assert!(refused.is_err());
        let created = cluster.request(Request::Create {
            namespace: "default".into(),
            object: set,
            strict: true,
        });
        assert!(created.is_ok(), "{created:?}");
        note(cluster, &mut was);
        for step in 0..400 {
            if step == 120 {
                let off = cluster.fault(Fault::PowerOff("node-2".into()));
                assert!(off.is_ok(), "{off:?}");
                note(cluster, &mut was);
            }
            if cluster.step() {
                note(cluster, &mut was);
            }
        }
        assert_eq!(was.len(), cluster.frames().len());
        was
    }

    #[test]
    fn a_branch_that_expects_what_came_goes_the_same_way() {
        let mut cluster = Cluster::new(Config::default());
        run(&mut cluster);
        let end = all_of(cluster.world());
        let now = cluster.world().now();
        for at in [SimTime::ZERO, SimTime(1), SimTime(now.0 / 2), now] {
            let mut branch = cluster.branch(at, &|_, _| true);
            assert!(branch.world().now() <= at);
            branch.run_until(now);
            assert_eq!(all_of(branch.world()), end, "from {at:?}");
        }
    }

    #[test]
    fn what_is_not_kept_does_not_come_again() {
        let mut cluster = Cluster::new(Config::default());
        run(&mut cluster);
        let now = cluster.world().now();

        cluster.go_before(SimTime::ZERO, &|_, input| {
            !matches!(**input, Input::Fault(_))
        });
        cluster.run_until(now);

        assert!(cluster.world().machines.values().all(|m| m.powered));
        assert!(
            cluster
                .world()
                .store
                .find(ordinal_api::Kind::StatefulSet, "default", "web")
                .is_some()
        );
        assert!(cluster.expected().is_empty());
    }

    #[test]
    fn going_back_to_any_frame_gives_all_that_the_world_was() {
        let mut cluster = Cluster::new(Config::default());
        let was = run(&mut cluster);
        assert!(was.len() > 2 * WHOLE_EVERY, "{} frames", was.len());
        for (frame, was) in was.iter().enumerate().rev() {
            cluster.rewind(frame);
            assert_eq!(all_of(cluster.world()), *was, "frame {frame}");
            assert_eq!(cluster.frames().len(), frame + 1);
        }
    }
}
