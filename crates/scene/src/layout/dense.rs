//! Many pods on many nodes: identities as numerals, nodes as boxes of rings, disks as a count; no threads.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use super::parts::{Card, card, classes, node_words, pod_words};
use super::wide::rail::{LEFT, lamps};
use super::wide::{GAP, RAIL};
use super::{Canvas, Viewport, hue};
use crate::geometry::{Point, bold_width, fit, point, text_width};
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{DiskState, GroupKind, Model, Node, PodState};

/// The most numerals and rings that are drawn one by one.
const SINGLE: usize = 1200;
/// Room of a ring at its own size.
const RING: f64 = 20.0;

/// Draws the stage and returns its height.
pub(super) fn draw(model: &Model, viewport: &Viewport, canvas: &mut Canvas) -> f64 {
    let width = viewport.width - RAIL - GAP;
    heading(canvas, "controllers", 16.0);
    lamps(model, 16.0, f64::INFINITY, canvas);
    let mut y = 14.0;
    for (number, group) in model
        .groups
        .iter()
        .enumerate()
        .filter(|(_, g)| g.id.is_some())
    {
        let text = format!("{} {} · {}", group.kind.name(), group.name, group.count());
        let mark =
            Mark::new(Part::Heading, format!("group-{number}"), "heading").at(point(RAIL, y));
        let mark = mark.with([Shape::text(
            0.0,
            10.0,
            "heading__set",
            fit(&text, width, 12.0, false),
        )]);
        if let Some(id) = group.id {
            canvas.add(mark.of(id, text));
            canvas.stands(id, RAIL, y, width, 14.0);
        }
        y += 20.0;
        if group.kind == GroupKind::StatefulSet {
            y = numerals(model, number, y, width, canvas) + 8.0;
        }
    }
    y = waiting(model, y, width, canvas);
    let room = viewport.height - y - 6.0 - if model.disks.is_empty() { 0.0 } else { 44.0 };
    y = nodes(model, y + 6.0, (width, room), canvas);
    y = disks(model, y + 10.0, width, canvas);
    y.max(16.0 + 30.0 + 23.0 * model.lamps.len() as f64)
}

fn heading(canvas: &mut Canvas, key: &'static str, y: f64) {
    let mark = Mark::new(Part::Heading, format!("row-{key}"), "heading").at(point(LEFT, y));
    canvas.add(mark.with([Shape::text(0.0, 0.0, "heading__row", key)]));
}

/// One numeral an identity: full where it is Ready, an outline where it is not.
fn numerals(model: &Model, group: usize, y: f64, width: f64, canvas: &mut Canvas) -> f64 {
    let identities = || model.identities.iter().filter(|i| i.group == group);
    let digits = identities()
        .next_back()
        .map_or(1, |i| i.ordinal.to_string().len())
        .max(2);
    let (wide, high) = (10.0 + 7.5 * digits as f64, 20.0);
    let in_row = ((width + 4.0) / (wide + 4.0)).floor().max(1.0) as usize;
    let mut rows = 0;
    for (index, identity) in identities().take(SINGLE).enumerate() {
        let (row, column) = (index / in_row, index % in_row);
        rows = row + 1;
        let at = point(
            RAIL + column as f64 * (wide + 4.0),
            y + row as f64 * (high + 4.0),
        );
        let state = match (identity.wanted, identity.ready, identity.pod) {
            (false, ..) => "unwanted",
            (_, true, _) => "ready",
            (_, _, Some(_)) => "waiting",
            _ => "missing",
        };
        let mark = Mark::new(
            Part::Plate,
            identity.key.clone(),
            classes("numeral", &[state], hue(Some(identity.hue))),
        );
        let ordinal = identity.ordinal.to_string();
        canvas.add(
            one_of_many(mark, index)
                .at(at)
                .of(identity.id, format!("Identity {}", identity.name))
                .with([
                    Shape::Rect {
                        x: 0.0,
                        y: 0.0,
                        width: wide,
                        height: high,
                        radius: 5.0,
                        class: "numeral__block",
                    },
                    Shape::text(wide / 2.0, 14.5, "numeral__text", ordinal)
                        .anchored(Anchor::Middle),
                ]),
        );
        canvas.stands(identity.id, at.x, at.y, wide, high);
    }
    y + rows as f64 * (high + 4.0)
}

/// A mark that changes at once, a little before or after the others of its kind: so many at one moment would be more
/// than fits into a frame, and than can be followed.
fn one_of_many(mark: Mark, number: usize) -> Mark {
    Mark {
        cut: true,
        delay_ms: (number % 16) as u16 * 14,
        ..mark
    }
}

/// Pods without a node that have no numeral.
fn waiting(model: &Model, y: f64, width: f64, canvas: &mut Canvas) -> f64 {
    let pods = model
        .pods
        .iter()
        .filter(|p| p.node.is_none() && p.identity.is_none());
    let in_row = (width / 20.0).max(1.0) as usize;
    let mut bottom = y;
    for (index, pod) in pods.take(SINGLE).enumerate() {
        let at = point(
            RAIL + 10.0 + (index % in_row) as f64 * 20.0,
            y + 10.0 + (index / in_row) as f64 * 20.0,
        );
        canvas.add(card(pod, model.shown_ms, Card::Dot, at, None));
        bottom = at.y + 12.0;
    }
    bottom
}

/// Boxes with rings as large as fit into the room, or with counts.
fn nodes(model: &Model, y: f64, (width, room): (f64, f64), canvas: &mut Canvas) -> f64 {
    let mut on: SortedMap<ordinal_core::Id, Vec<usize>> = SortedMap::new();
    for (number, pod) in model.pods.iter().enumerate() {
        if let Some(node) = pod.node {
            on.entry(node).or_default().push(number);
        }
    }
    let count = model.nodes.len().max(1);
    let most = on.values().map(Vec::len).max().unwrap_or(0);
    let wide = |in_row: usize| (width + 8.0) / in_row as f64 - 8.0;
    let across =
        |in_row: usize, ring: f64| ((wide(in_row) - 12.0) / ring).floor().max(1.0) as usize;
    let tall = |in_row: usize, ring: f64| {
        30.0 + most.div_ceil(across(in_row, ring)).clamp(1, 4) as f64 * ring + 4.0
    };
    let fits = |(in_row, ring): &(usize, f64)| {
        most <= across(*in_row, *ring) * 4
            && count.div_ceil(*in_row) as f64 * (tall(*in_row, *ring) + 8.0) <= room
    };
    // About square, with rings as large as fit; where the smallest do not, more beside each other.
    let widest = (((width + 8.0) / 84.0) as usize).max(1);
    let square = ((count as f64 * 1.3).sqrt().ceil() as usize).clamp(1, widest);
    let mut ways = [36.0, 28.0]
        .into_iter()
        .map(|ring| (square, ring))
        .chain((square..=widest).map(|in_row| (in_row, RING)));
    let (in_row, ring) = ways.find(fits).unwrap_or((square, RING));
    let (wide, across, tall) = (wide(in_row), across(in_row, ring), tall(in_row, ring));
    // Rings as long as they fit; a count where there are more.
    let each = model.pods.len() <= SINGLE && most <= across * 4;
    let high = if each { tall } else { 46.0 };
    for (index, node) in model.nodes.iter().enumerate() {
        let at = point(
            RAIL + (index % in_row) as f64 * (wide + 8.0),
            y + (index / in_row) as f64 * (high + 8.0),
        );
        let pods = on.get(&node.id).map(Vec::as_slice).unwrap_or_default();
        canvas.add(node_box(model, node, pods, at, (wide, high), each));
        canvas.stands(node.id, at.x, at.y, wide, high);
        if each {
            for (slot, number) in pods.iter().enumerate() {
                let pod = &model.pods[*number];
                let center = at.by(
                    6.0 + ring / 2.0 + (slot % across) as f64 * ring,
                    28.0 + ring / 2.0 + (slot / across) as f64 * ring,
                );
                let mut mark = card(pod, model.shown_ms, Card::Dot, center, None);
                mark.scale = ring / RING;
                mark.label = pod_words(pod).into();
                canvas.add(one_of_many(mark, *number));
            }
        }
    }
    y + count.div_ceil(in_row) as f64 * (high + 8.0)
}

fn node_box(
    model: &Model,
    node: &Node,
    pods: &[usize],
    at: Point,
    (width, height): (f64, f64),
    each: bool,
) -> Mark {
    let state = if node.is_silent() { "off" } else { "" };
    let ready = pods
        .iter()
        .filter(|n| model.pods[**n].state == PodState::Ready)
        .count();
    // The rings say how many there are where there is no room for the number.
    let mut count = format!("{ready}/{}", pods.len());
    let beside = |count: &str| width - 40.0 - text_width(count, 11.0, false);
    if each && bold_width(&node.name, 13.0) > beside(&count) {
        count.clear();
    }
    let room = match count.is_empty() {
        true => width - 29.0,
        false => beside(&count),
    };
    let mut shapes = vec![
        Shape::Rect {
            x: 0.0,
            y: 0.0,
            width,
            height,
            radius: 9.0,
            class: "node__card",
        },
        Shape::Circle {
            x: 13.0,
            y: 14.0,
            radius: 4.0,
            class: "node__light",
        },
        Shape::text(23.0, 18.5, "node__name", fit(&node.name, room, 13.0, false)),
    ];
    if each && !count.is_empty() {
        shapes.push(Shape::text(width - 9.0, 18.5, "node__zone", count).anchored(Anchor::End));
    } else if !each {
        shapes.push(Shape::text(
            10.0,
            36.0,
            "node__zone",
            format!("{ready} of {} ready", pods.len()),
        ));
    }
    let modifiers = [state, "small", if node.cordoned { "cordoned" } else { "" }];
    Mark::new(
        Part::Node,
        node.key.clone(),
        classes("node", &modifiers, ""),
    )
    .at(at)
    .of(node.id, node_words(node, model.now))
    .with(shapes)
}

/// How many disks there are, by how they are.
fn disks(model: &Model, y: f64, width: f64, canvas: &mut Canvas) -> f64 {
    if model.disks.is_empty() {
        return y;
    }
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for disk in &model.disks {
        let word = match disk.state {
            DiskState::Unbound => "Pending",
            DiskState::Available => "Available",
            DiskState::Bound if disk.writers > 0 => "mounted",
            DiskState::Bound => "bound",
            DiskState::Released => "Released",
            DiskState::Lost => "Lost",
        };
        *counts.entry(word).or_default() += 1;
    }
    heading(canvas, "volumes", y + 14.0);
    let words: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .into_list();
    let mark = Mark::new(Part::Heading, "volumes-count", "heading").at(point(RAIL, y));
    let text = fit(&words.join(" · "), width, 12.0, false);
    canvas.add(mark.with([Shape::text(0.0, 14.0, "heading__count", text)]));
    y + 28.0
}
