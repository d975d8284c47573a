//! The arrow from a cause to its effect.

use super::{Box, Canvas};
use crate::geometry::{Trail, point};
use crate::mark::{Enter, Leave, Mark, Part, Shape};
use crate::model::Arrow;

/// Plates and disks are this far apart, and nodes lie between them.
const FAR: f64 = 300.0;
/// What goes from row to row and further sideways than this crosses names on its way.
const ACROSS: f64 = 220.0;
/// Plates of neighbouring rows are nearer than this.
const NEAR: f64 = 130.0;

/// The arrow, if both ends are in the picture. Between identities it goes from plate to plate; between a pod and its
/// disk or its node it stays with the pod's card.
///
/// On the narrow stage it goes only from one plate to the next: everything else has something between.
pub(super) fn draw(arrow: &Arrow, canvas: &Canvas, narrow: bool) -> Option<Mark> {
    let (from, to) = (canvas.boxes.get(&arrow.from)?, canvas.boxes.get(&arrow.to)?);
    let neighbours = from.x == to.x && from.width == to.width && (from.y - to.y).abs() < NEAR;
    if narrow && !neighbours {
        return None;
    }
    let card = |id| canvas.cards.get(id);
    let (from, to) = match (card(&arrow.from), card(&arrow.to)) {
        (Some(card), None) if !beside(from, to) => (card, to),
        (None, Some(card)) if !beside(from, to) => (from, card),
        // A line across the whole stage says less than the thread that is there already.
        _ if (from.y - to.y).abs() > FAR => return None,
        _ => (from, to),
    };
    if !beside(from, to) && across(from, to) > ACROSS {
        return None;
    }
    let trail = trail(from, to);
    let mark = Mark::new(Part::Arrow, format!("arrow-{}", arrow.entry), "arrow")
        .moves(Enter::Draw, Leave::Fade)
        .with([Shape::Trail {
            trail,
            class: "arrow__line",
        }]);
    Some(mark)
}

/// Whether two things stand in one row.
fn beside(from: &Box, to: &Box) -> bool {
    (from.y - to.y).abs() < 24.0
}

/// How far it is from the middle of one to that of the other, sideways.
fn across(from: &Box, to: &Box) -> f64 {
    (from.x + from.width / 2.0 - to.x - to.width / 2.0).abs()
}

fn holds(outer: &Box, inner: &Box) -> bool {
    inner.x >= outer.x - 1.0
        && inner.x + inner.width <= outer.x + outer.width + 1.0
        && inner.y >= outer.y
        && inner.y + inner.height <= outer.y + outer.height
}

fn trail(from: &Box, to: &Box) -> Trail {
    if beside(from, to) {
        // Side by side: an arch above both, from where it begins towards where it ends.
        let rightwards = from.x < to.x;
        let lean = |b: &Box, right: bool| b.x + b.width * if right { 0.58 } else { 0.42 };
        let start = point(lean(from, rightwards), from.y - 3.0);
        let end = point(lean(to, !rightwards), to.y - 4.0);
        let reach = (end.x - start.x) * 0.22;
        let rise = 30.0_f64.min((end.x - start.x).abs() * 0.5);
        let rise = rise.min(start.y * 1.2);
        return Trail::from(start).curve(start.by(reach, -rise), end.by(-reach, -rise), end);
    }
    if holds(from, to) {
        // From a node to a pod on it: out of the node's tags, into the card's side.
        let end = point(to.x - 4.0, to.y + to.height * 0.5);
        let start = point((end.x - 26.0).max(from.x + 8.0), from.y + 54.0);
        return Trail::from(start).curve(
            start.by(0.0, (end.y - start.y) * 0.8),
            end.by(-14.0, 0.0),
            end,
        );
    }
    // Between rows: beside the threads, which run in the middle.
    if from.y > to.y {
        let start = point(from.x + from.width * 0.12, from.y - 3.0);
        let end = point(to.x + to.width * 0.16, to.y + to.height + 5.0);
        Trail::from(start).sway(end)
    } else {
        let start = point(from.x + from.width * 0.84, from.y + from.height + 3.0);
        let end = point(to.x + to.width * 0.88, to.y - 5.0);
        Trail::from(start).sway(end)
    }
}
