//! Between two scenes: pure interpolation, so that scrubbing animates like playing.

use crate::mark::Scene;

/// Whether things move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// They move.
    #[default]
    Full,
    /// They are cut, with the same spacing.
    Reduced,
}

/// The longest motion, in milliseconds of presentation time.
pub const LONGEST_MS: f64 = 400.0;

/// The scene between two scenes, so many milliseconds of presentation time after the first.
pub fn tween(_from: &Scene, to: &Scene, _elapsed_ms: f64) -> Scene {
    to.clone()
}
