//! The run as it is shown: tempo, places and lanes kept up with the frames, and the scene at any moment.

use std::cell::RefCell;
use std::sync::Arc;

use ordinal_core::World;
use ordinal_core::journal::Entry;

use crate::layout::{Viewport, layout};
use crate::mark::Scene;
use crate::model::{Model, Moment};
use crate::tween::{Motion, tween};
use crate::{BeatPosition, Lanes, Places, Tempo};

/// The run as it is shown. Feed it the cluster's frames; it notices by itself when the past was changed.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// When things are shown.
    pub tempo: Tempo,
    /// Where things stand.
    pub places: Places,
    /// The timeline.
    pub lanes: Lanes,
    /// The last journal entry of every frame that was read.
    seen: Vec<Option<Arc<Entry>>>,
    /// The picture that the beat of the last question comes from: the same for all of its moments.
    earlier: RefCell<Option<Earlier>>,
}

/// The picture from which a beat comes.
#[derive(Clone, Debug)]
struct Earlier {
    beat: usize,
    viewport: Viewport,
    scene: Scene,
}

impl Stage {
    /// Reads all frames of a cluster, from the first; only what is new or was changed costs anything.
    pub fn update(&mut self, frames: &[World]) {
        let same = |n: usize| match (&self.seen[n], frames[n].journal.last()) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        // Frames share their past: up to some frame all are the same, and none after it.
        let (mut low, mut high) = (0, self.seen.len().min(frames.len()));
        while low < high {
            let middle = (low + high) / 2;
            if same(middle) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        if low < self.seen.len() {
            self.seen.truncate(low);
            self.earlier.take();
            self.tempo.truncate(low);
            let known = low
                .checked_sub(1)
                .and_then(|n| frames.get(n))
                .map_or(0, |frame| frame.journal.len());
            self.places.truncate(low, known);
            self.lanes.truncate(low, known);
        }
        self.seen.extend(
            frames[low..]
                .iter()
                .map(|frame| frame.journal.last().cloned()),
        );
        self.tempo.extend(frames);
        self.places.extend(frames);
        self.lanes.extend(frames);
    }

    /// What is shown at a moment of presentation time.
    ///
    /// # Panics
    /// When `frames` are not the ones of the last [`Stage::update`], or there are none.
    pub fn model_at(&self, frames: &[World], at_ms: f64) -> Model {
        let position = self.tempo.beat_at(at_ms);
        let beat = self.tempo.beats().get(position.beat);
        let moment = Moment {
            sim: position.sim,
            shown_ms: at_ms,
            beat,
            before: Some(&frames[position.before]),
        };
        Model::of(&frames[position.frame], &moment)
    }

    /// The picture at a moment of presentation time.
    ///
    /// # Panics
    /// When `frames` are not the ones of the last [`Stage::update`], or there are none.
    pub fn scene_at(
        &self,
        frames: &[World],
        at_ms: f64,
        viewport: &Viewport,
        motion: Motion,
    ) -> Scene {
        let position = self.tempo.beat_at(at_ms);
        let now = layout(&self.model_at(frames, at_ms), &self.places, viewport);
        if motion == Motion::Reduced
            || position.elapsed_ms >= crate::tween::LONGEST_MS
            || position.beat == 0
        {
            return now;
        }
        let mut known = self.earlier.borrow_mut();
        let is_it = |e: &Earlier| e.beat == position.beat && e.viewport == *viewport;
        if !known.as_ref().is_some_and(is_it) {
            *known = Some(Earlier {
                beat: position.beat,
                viewport: *viewport,
                scene: self.earlier(frames, &position, viewport),
            });
        }
        let earlier = known.as_ref().expect("made above");
        tween(&earlier.scene, &now, position.elapsed_ms)
    }

    /// The picture before a beat, as it was at the moment at which the beat began.
    fn earlier(&self, frames: &[World], position: &BeatPosition, viewport: &Viewport) -> Scene {
        let beats = self.tempo.beats();
        let moment = Moment {
            sim: beats[position.beat].at,
            shown_ms: beats[position.beat].start_ms,
            beat: position.beat.checked_sub(1).and_then(|n| beats.get(n)),
            before: Some(&frames[position.before]),
        };
        let model = Model::of(&frames[position.before], &moment);
        layout(&model, &self.places, viewport)
    }
}
