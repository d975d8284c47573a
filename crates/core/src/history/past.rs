//! Going back to what was, and what is expected to come again.

use std::sync::Arc;

use ordinal_api::SimTime;

use super::Cluster;
use super::inputs::apply;
use crate::{Input, World};

impl Cluster {
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
}
