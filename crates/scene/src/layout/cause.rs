//! The arrow from a cause to its effect.

use std::collections::BTreeMap;

use ordinal_core::Id;

use super::Box;
use crate::geometry::{Trail, point};
use crate::mark::{Enter, Leave, Mark, Part, Shape};
use crate::model::Arrow;

/// The arrow, if both ends are in the picture.
pub(super) fn draw(arrow: &Arrow, boxes: &BTreeMap<Id, Box>) -> Option<Mark> {
    let (from, to) = (boxes.get(&arrow.from)?, boxes.get(&arrow.to)?);
    let trail = trail(from, to);
    let mark = Mark::new(Part::Arrow, format!("arrow-{}", arrow.entry), "arrow")
        .moves(Enter::Draw, Leave::Fade)
        .with([Shape::Trail {
            trail,
            class: "arrow__line",
        }]);
    Some(mark)
}

fn trail(from: &Box, to: &Box) -> Trail {
    let beside = (from.y - to.y).abs() < 24.0;
    if beside {
        // Side by side: an arch above both, from where it begins towards where it ends.
        let rightwards = from.x < to.x;
        let lean = |b: &Box, right: bool| b.x + b.width * if right { 0.58 } else { 0.42 };
        let start = point(lean(from, rightwards), from.y - 3.0);
        let end = point(lean(to, !rightwards), to.y - 4.0);
        let reach = (end.x - start.x) * 0.22;
        let rise = 30.0_f64.min((end.x - start.x).abs() * 0.5);
        return Trail::from(start).curve(start.by(reach, -rise), end.by(-reach, -rise), end);
    }
    if from.y > to.y {
        let start = point(from.x + from.width * 0.07, from.y - 3.0);
        let end = point(to.x + to.width * 0.1, to.y + to.height + 5.0);
        Trail::from(start).sway(end)
    } else {
        let start = point(from.x + from.width * 0.93, from.y + from.height + 3.0);
        let end = point(to.x + to.width * 0.9, to.y - 5.0);
        Trail::from(start).sway(end)
    }
}
