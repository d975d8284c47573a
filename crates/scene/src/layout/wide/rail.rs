//! What stands at the left and over the plates: the sets, the controllers, the names of the rows.

use super::super::{Canvas, Column};
use super::{Plan, RAIL};
use crate::geometry::{bold_width, fit, point};
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{GroupKind, Model};
use ordinal_api::list::IntoList;

/// Distance between lamps.
const LAMP: f64 = 23.0;
/// Where words at the left begin: under the page's name, over the sentence's box.
pub(in crate::layout) const LEFT: f64 = 16.0;

/// What stands at the left: the set, the controllers, the names of the rows.
pub(super) fn rail(plan: &Plan<'_>, canvas: &mut Canvas) {
    let sets: Vec<(usize, &crate::model::Group)> = plan
        .model
        .groups
        .iter()
        .enumerate()
        .filter(|(_, g)| g.kind == GroupKind::StatefulSet)
        .into_list();
    if let [(number, set)] = sets[..] {
        let y = plan.rows.plate_y;
        let name = fit(&set.name, RAIL - 32.0, 17.0, false);
        let mark = Mark::new(Part::Heading, format!("group-{number}"), "heading")
            .at(point(LEFT, y))
            .with([
                Shape::text(0.0, 13.0, "heading__kind", "StatefulSet"),
                Shape::text(0.0, 33.0, "heading__name heading__name--large", name),
                Shape::text(0.0, 52.0, "heading__count", set.count()),
            ]);
        if let Some(id) = set.id {
            canvas.add(mark.of(id, format!("StatefulSet {}: {}", set.name, set.count())));
            canvas.stands(id, LEFT, y, RAIL - 36.0, plan.rows.plate_height);
        }
    } else {
        sets.iter()
            .for_each(|(number, set)| bracket(plan, *number, set, canvas));
    }
    let y = plan.rows.node_y - 8.0;
    let mut word = |key: &'static str, y: f64| {
        canvas.add(
            Mark::new(Part::Heading, format!("row-{key}"), "heading")
                .at(point(LEFT, y))
                .with([Shape::text(0.0, 0.0, "heading__row", key)]),
        );
    };
    word("controllers", y);
    let volumes = plan.rows.disk_y + plan.rows.disk_height * 0.5 - 4.0;
    let named = plan.shelf && !plan.is_low();
    if named {
        word("volumes", volumes);
    }
    let end = if named {
        volumes - 8.0
    } else {
        plan.rows.height
    };
    lamps(plan.model, y, end, canvas);
}

/// The controllers' lamps, one under the other, closer where they would not end above `end`.
pub(in crate::layout) fn lamps(model: &Model, y: f64, end: f64, canvas: &mut Canvas) {
    let pitch = ((end - y - 20.0) / model.lamps.len().max(1) as f64).clamp(13.0, LAMP);
    let first = y + 20.0 - (LAMP - pitch) * 0.5;
    for (index, lamp) in model.lamps.iter().enumerate() {
        let class = if lamp.lit { "lamp lamp--lit" } else { "lamp" };
        let at = point(LEFT + 8.0, first + pitch * index as f64);
        let mark = Mark::new(Part::Lamp, format!("lamp-{}", lamp.name), class);
        canvas.add(mark.at(at).with([
            Shape::Circle {
                x: 0.0,
                y: 0.0,
                radius: 9.0,
                class: "lamp__halo",
            },
            Shape::Circle {
                x: 0.0,
                y: 0.0,
                radius: 4.5,
                class: "lamp__light",
            },
            Shape::text(14.0, 4.0, "lamp__name", lamp.name),
        ]));
    }
}

/// `StatefulSet web · 2/3 ready` in so much room: the kind goes first, then a part of the name, the count stays.
fn titled(name: &str, count: &str, room: f64) -> String {
    let whole = format!("StatefulSet {name} · {count}");
    if bold_width(&whole, 12.0) <= room {
        return whole;
    }
    let rest = format!(" · {count}");
    let name = fit(name, room - bold_width(&rest, 12.0), 12.0, false);
    name + &rest
}

/// The name of a set over its plates, where there are several sets.
fn bracket(plan: &Plan<'_>, number: usize, set: &crate::model::Group, canvas: &mut Canvas) {
    let of_set =
        |c: &Column| matches!(c, Column::Identity(i) if plan.model.identities[*i].group == number);
    let mut columns = plan
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| of_set(c))
        .map(|(n, _)| n);
    let Some(first) = columns.next() else { return };
    let last = columns.next_back().unwrap_or(first);
    let half = plan.plate_width() / 2.0;
    let (left, right) = (plan.column_x(first) - half, plan.column_x(last) + half);
    let text = titled(&set.name, &set.count(), right - left);
    let above = (plan.rows.plate_y - 50.0).max(4.0);
    let mark = Mark::new(Part::Heading, format!("group-{number}"), "heading")
        .at(point(left, above))
        .with([Shape::text(0.0, 12.0, "heading__set", text).anchored(Anchor::Start)]);
    if let Some(id) = set.id {
        canvas.add(mark.of(id, format!("StatefulSet {}: {}", set.name, set.count())));
        canvas.stands(id, left, above, right - left, 18.0);
    }
}
