//! What was drawn last, kept as long as it still holds, so that nothing is compared or built twice.

use ordinal_api::sorted::SortedMap;
use std::rc::Rc;
use std::sync::Arc;

use ordinal_scene::lanes::LanesView;
use ordinal_scene::{Mark, Scene};

use crate::components::{ManifestsView, Snapshot};
use crate::state::Model;

/// So many frames of the history wait until the lanes are drawn again while the run is still being computed.
const UNDRAWN: usize = 64;
/// So many marks of the timeline are drawn anew in one animation frame; the others follow in the next ones.
const MARKS_A_FRAME: usize = 24;

/// What was drawn last, kept as long as it still holds.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    /// Of which generation and frame the snapshot is.
    snapshot: Option<((u64, usize), Snapshot)>,
    /// Of which generation, how many frames and how much room the lanes are, and whether nothing more was to come.
    lanes: Option<((u64, usize, LanesView, bool), Growing)>,
    manifests: Option<Rc<ManifestsView>>,
}

/// A timeline that is drawn piece by piece.
#[derive(Debug)]
struct Growing {
    /// All of it.
    whole: Rc<Scene>,
    /// How many of its marks are drawn.
    drawn: usize,
    /// What is shown: those marks, and the others as they were before.
    shown: Rc<Scene>,
}

impl Growing {
    fn begin(whole: Scene, before: Rc<Scene>) -> Self {
        let mut growing = Self {
            whole: Rc::new(whole),
            drawn: 0,
            shown: before,
        };
        growing.go_on();
        growing
    }

    fn is_done(&self) -> bool {
        self.drawn == self.whole.marks.len()
    }

    fn go_on(&mut self) {
        let all = &self.whole.marks;
        self.drawn = (self.drawn + MARKS_A_FRAME).min(all.len());
        if self.is_done() {
            self.shown = self.whole.clone();
            return;
        }
        let before: SortedMap<&str, &Arc<Mark>> = self
            .shown
            .marks
            .iter()
            .map(|mark| (mark.key.as_str(), mark))
            .collect();
        let (new, later) = all.split_at(self.drawn);
        let old = later.iter().filter_map(|m| before.get(m.key.as_str()));
        let marks = new.iter().chain(old.copied()).cloned().collect();
        self.shown = Rc::new(Scene {
            marks,
            label: self.whole.label.clone(),
            caption: None,
            ..*self.whole
        });
    }
}

impl Drawn {
    /// Whether something is drawn only in part.
    pub(crate) fn is_growing(&self) -> bool {
        self.lanes.as_ref().is_some_and(|(_, l)| !l.is_done())
    }

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
        let settled = model.session.is_settled();
        let drawn = if settled {
            frames
        } else {
            frames.next_multiple_of(UNDRAWN)
        };
        let of = (model.generation, drawn, *view, settled);
        let before = match &mut self.lanes {
            Some((known, lanes)) if *known == of => {
                if !lanes.is_done() {
                    lanes.go_on();
                }
                return lanes.shown.clone();
            }
            Some((_, lanes)) => lanes.shown.clone(),
            None => Rc::default(),
        };
        let stage = model.session.stage();
        let lanes = Growing::begin(stage.lanes.draw(&stage.tempo, view), before);
        let shown = lanes.shown.clone();
        self.lanes = Some((of, lanes));
        shown
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
