//! Where everything stands and how large it is: a model to a scene.

use crate::mark::Scene;
use crate::model::Model;
use crate::places::Places;

/// The room that there is, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width; under 720 the stage turns: one row per identity.
    pub width: f64,
    /// Height that the wide stage may fill; it is never smaller than it needs to be.
    pub height: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width: 960.0,
            height: 0.0,
        }
    }
}

impl Viewport {
    /// Whether the narrow stage is drawn.
    pub fn is_narrow(&self) -> bool {
        self.width < 720.0
    }
}

/// The scene of a model.
pub fn layout(model: &Model, _places: &Places, viewport: &Viewport) -> Scene {
    Scene {
        width: viewport.width,
        height: viewport.height,
        caption: model.caption.clone(),
        ..Scene::default()
    }
}
