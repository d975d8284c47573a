//! The axis of the timeline: times, and where dead time is folded.

use ordinal_api::{SimDuration, SimTime};

use super::{LanesView, TOP};
use crate::geometry::{number, point, text_width};
use crate::lanes::Lanes;
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::tempo::{BEAT_MS, Tempo};
use crate::words::minutes;

/// Shorter folds are not marked.
const FOLDED: SimDuration = SimDuration::secs(5);

impl Lanes {
    /// Times and folds.
    pub(super) fn axis(&self, tempo: &Tempo, view: &LanesView, height: f64) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (beat, shown) in tempo.beats().iter().enumerate() {
            let folded = tempo.folded(beat);
            // A second or two passes quickly anyway; what is worth a mark is waiting.
            if folded < FOLDED {
                continue;
            }
            let from = view.x_of(tempo, shown.start_ms + BEAT_MS);
            let to = view.x_of(tempo, shown.start_ms + shown.length_ms);
            let middle = (from + to) / 2.0;
            let text = format!("+{}", span(folded));
            let wide = text_width(&text, 11.0, false) + 10.0;
            let crowded = taken
                .iter()
                .any(|(a, b)| middle - wide / 2.0 < *b && *a < middle + wide / 2.0);
            let mut mark =
                Mark::new(Part::Fold, format!("fold-{beat}"), "fold").at(point(middle, 0.0));
            let bottom = number(height - 4.0);
            if to - from >= 3.0 {
                mark.shapes.push(Shape::path(
                    format!("M-2.5 {0}V{1}M2.5 {0}V{1}", number(TOP), bottom),
                    "fold__line",
                ));
            }
            if !crowded {
                mark.shapes
                    .push(Shape::text(0.0, 30.0, "fold__text", text).anchored(Anchor::Middle));
                taken.push((middle - wide / 2.0, middle + wide / 2.0));
            }
            marks.push(mark);
        }
        let count = (view.room() / 110.0).floor().max(1.0) as usize;
        let mut said = String::new();
        for tick in 0..=count {
            let x = view.gutter + view.room() * tick as f64 / count as f64;
            let sim = tempo.beat_at(view.at_x(tempo, x)).sim;
            let text = moment(sim);
            let wide = text_width(&text, 11.0, false) + 6.0;
            let mut mark = Mark::new(Part::Tick, format!("tick-{tick}"), "tick").at(point(x, 0.0));
            mark.shapes.push(Shape::path(
                format!("M0 {}V{}", number(TOP - 2.0), number(height - 4.0)),
                "tick__line",
            ));
            let free = text != said
                && x + 3.0 + wide <= view.width
                && !taken
                    .iter()
                    .any(|(a, b)| x - 2.0 < *b && *a < x + 3.0 + wide);
            if free {
                said.clone_from(&text);
                mark.shapes.push(Shape::text(3.0, 30.0, "tick__text", text));
                taken.push((x, x + 3.0 + wide));
            }
            marks.push(mark);
        }
        // Lines under the lanes, in the order of their kind.
        ordinal_api::sorted::sort_by_key(&mut marks, |mark| mark.part != Part::Tick);
        marks
    }
}

/// A moment on the axis: `0 s`, `9.4 s`, `6:41`.
fn moment(at: SimTime) -> String {
    match at.0 {
        0..60_000 if at.0 % 1000 < 100 => format!("{} s", at.0 / 1000),
        0..60_000 => format!("{}.{} s", at.0 / 1000, at.0 % 1000 / 100),
        _ => minutes(SimDuration(at.0))
            .trim_start_matches('0')
            .to_owned(),
    }
}

/// How long a fold is: `12 s`, `5:00`.
fn span(time: SimDuration) -> String {
    match time.as_secs() {
        secs @ 0..60 => format!("{secs} s"),
        _ => minutes(time).trim_start_matches('0').to_owned(),
    }
}
