//! Whole runs as they are shown: what is drawn, when, where, and in which words.

mod lanes;
mod model;
mod places;
mod scripts;
mod story;
mod tempo;
mod texts;
mod why;

use ordinal_api::Kind;
use ordinal_core::World;
use ordinal_kubectl::script::Script;
use ordinal_scene::model::{Model, Moment};
use ordinal_scene::{Scene, Stage, Viewport};

use scripts::{FORCE, PLAIN, WEB, large, node_of, partition, power, web};

/// A run with everything that shows it.
struct Run {
    frames: Vec<World>,
    stage: Stage,
}

impl Run {
    fn of(script: &Script) -> Self {
        let frames = script.play().cluster.frames().to_vec();
        let mut stage = Stage::default();
        stage.update(&frames);
        Self { frames, stage }
    }

    /// The frame at or before a second.
    fn at(&self, secs: f64) -> usize {
        let ms = (secs * 1000.0) as u64;
        self.frames.partition_point(|world| world.now().0 <= ms) - 1
    }

    /// What is drawn at a second, without what only the beat knows.
    fn model(&self, secs: f64) -> Model {
        let world = &self.frames[self.at(secs)];
        let sim = ordinal_api::SimTime((secs * 1000.0) as u64);
        Model::of(
            world,
            &Moment {
                sim,
                shown_ms: 0.0,
                beat: None,
                before: None,
            },
        )
    }

    /// The picture of every beat at rest.
    fn pictures<'r>(&'r self, viewport: &'r Viewport) -> impl Iterator<Item = (usize, Scene)> + 'r {
        let beats = self.stage.tempo.beats().iter().enumerate();
        beats.map(move |(number, beat)| {
            let at = self.stage.tempo.rest(beat.start_ms);
            (
                number,
                self.stage
                    .scene_at(&self.frames, at, viewport, ordinal_scene::Motion::Reduced),
            )
        })
    }

    fn last(&self) -> &World {
        self.frames.last().expect("a run has a frame")
    }
}

/// A text in which a node goes by the first of the three Pods that ran on it: where a Pod runs is the scheduler's
/// choice, and not the point.
fn by_pods(run: &Run, text: &str) -> String {
    let world = &run.frames[run.at(25.0)];
    let mut text = text.to_owned();
    for ordinal in (0..3).rev() {
        let pod = world
            .store
            .find(Kind::Pod, "default", &format!("web-{ordinal}"))
            .and_then(|o| o.as_pod());
        if let Some(pod) = pod {
            text = text.replace(
                pod.node_name.as_str(),
                &format!("{{node of web-{ordinal}}}"),
            );
        }
    }
    text
}
