//! What was drawn last, kept as long as it still holds, so that nothing is compared or built twice.

use std::rc::Rc;

use ordinal_scene::Scene;
use ordinal_scene::lanes::LanesView;

use crate::components::{ManifestsView, Snapshot};
use crate::state::Model;

/// So many frames of the history wait until the lanes are drawn again while the run is still being computed.
const UNDRAWN: usize = 64;

/// What was drawn last, kept as long as it still holds.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    /// Of which generation and frame the snapshot is.
    snapshot: Option<((u64, usize), Snapshot)>,
    /// Of which generation, how many frames and how much room the lanes are.
    lanes: Option<((u64, usize, u64), Rc<Scene>)>,
    manifests: Option<Rc<ManifestsView>>,
}

impl Drawn {
    /// The world at a frame.
    pub(crate) fn snapshot(&mut self, model: &Model, frame: usize) -> Snapshot {
        let of = (model.generation, frame);
        match &self.snapshot {
            Some((known, snapshot)) if *known == of => snapshot.clone(),
            _ => {
                let frames = model.session.cluster().frames();
                let snapshot = Snapshot::of(&frames[frame.min(frames.len() - 1)]);
                self.snapshot = Some((of, snapshot.clone()));
                snapshot
            }
        }
    }

    /// The timeline in so much room.
    pub(crate) fn lanes(&mut self, model: &Model, view: &LanesView) -> Rc<Scene> {
        let frames = model.session.cluster().frames().len();
        // While the run is computed ahead, a few frames more are not worth a new drawing.
        let drawn = if model.session.is_settled() {
            frames
        } else {
            frames.next_multiple_of(UNDRAWN)
        };
        let of = (model.generation, drawn, view.width.to_bits());
        match &self.lanes {
            Some((known, scene)) if *known == of => scene.clone(),
            _ => {
                let stage = model.session.stage();
                let scene = Rc::new(stage.lanes.draw(&stage.tempo, view));
                self.lanes = Some((of, scene.clone()));
                scene
            }
        }
    }

    /// What the manifests' panel shows.
    pub(crate) fn manifests(&mut self, model: &Model) -> Rc<ManifestsView> {
        let view = ManifestsView::of(&model.manifests, &model.labels, &model.refused);
        match &self.manifests {
            Some(known) if **known == view => known.clone(),
            _ => {
                let view = Rc::new(view);
                self.manifests = Some(view.clone());
                view
            }
        }
    }
}
