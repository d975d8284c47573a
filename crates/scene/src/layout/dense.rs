//! Many pods on many nodes: plates as numerals, nodes as boxes of rings, no threads.

use super::{Canvas, Viewport};
use crate::model::Model;

/// Draws the stage and returns its height.
pub(super) fn draw(_model: &Model, viewport: &Viewport, _canvas: &mut Canvas) -> f64 {
    viewport.height
}
