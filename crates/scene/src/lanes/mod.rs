//! The timeline: one lane per identity, then one per node; segments, flags, folded dead time.

use ordinal_core::World;

use crate::mark::Scene;
use crate::tempo::Tempo;

/// How large the timeline is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanesView {
    /// Width in CSS pixels.
    pub width: f64,
    /// Width of the labels on the left.
    pub gutter: f64,
}

/// The history of every identity and every node.
#[derive(Clone, Debug, Default)]
pub struct Lanes {}

impl Lanes {
    /// Reads the frames that came since the last time.
    pub fn extend(&mut self, _frames: &[World]) {}

    /// Forgets everything from a frame on.
    pub fn truncate(&mut self, _frames: usize) {}

    /// The timeline as marks, without the playhead, so that it changes only when the history grows.
    pub fn draw(&self, tempo: &Tempo, view: &LanesView) -> Scene {
        Scene {
            width: view.width,
            height: tempo.length_ms().min(0.0),
            ..Scene::default()
        }
    }
}

impl LanesView {
    /// Where a moment of presentation time lies.
    pub fn x_of(&self, tempo: &Tempo, at_ms: f64) -> f64 {
        let length = tempo.length_ms().max(1.0);
        self.gutter + (self.width - self.gutter - 16.0) * (at_ms / length).clamp(0.0, 1.0)
    }

    /// The moment of presentation time at a place; clamped to the run.
    pub fn at_x(&self, tempo: &Tempo, x: f64) -> f64 {
        let part = (x - self.gutter) / (self.width - self.gutter - 16.0).max(1.0);
        tempo.length_ms() * part.clamp(0.0, 1.0)
    }
}
