//! The narrow stage: one row per identity, plate left, pod in the middle, disk right; nodes as a strip above.

use super::{Canvas, Viewport};
use crate::model::Model;

/// Draws the stage and returns its height.
pub(super) fn draw(_model: &Model, viewport: &Viewport, _canvas: &mut Canvas) -> f64 {
    viewport.height
}
