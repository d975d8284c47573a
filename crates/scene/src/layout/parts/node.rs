//! A node: lamp, heartbeat, zone, and what is wrong with it.

use ordinal_api::SimTime;
use ordinal_api::condition::ConditionStatus;
use ordinal_api::list::IntoList;

use super::classes;
use crate::geometry::{Trail, bold_width, fit, point, text_width};
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{MachineState, Node};
use crate::words::minutes;

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::layout) struct NodeBox {
    pub(in crate::layout) x: f64,
    pub(in crate::layout) y: f64,
    pub(in crate::layout) width: f64,
    pub(in crate::layout) height: f64,
}

/// The marks of a node: its card, which lies under threads and pods, and what lies over the threads: name and tags,
/// lamp, heartbeat. They change in the order in which a machine dies: heartbeat, lamp, card.
pub(in crate::layout) fn node(node: &Node, now: SimTime, place: NodeBox) -> (Mark, [Mark; 3]) {
    let NodeBox {
        x,
        y,
        width,
        height,
    } = place;
    let state = match node.machine {
        MachineState::Up if node.ready == Some(ConditionStatus::True) => "",
        MachineState::Up => "not-ready",
        MachineState::Off => "off",
        MachineState::Booting => "booting",
        MachineState::CutOff => "cut-off",
    };
    let modifiers = [
        state,
        if node.cordoned { "cordoned" } else { "" },
        if width < 120.0 { "small" } else { "" },
    ];
    let name = fit(&node.name, (width - 44.0).max(40.0), 13.0, false);
    let after = 30.0 + bold_width(&name, 13.0) + 8.0;
    let matter = matter(node, now, width - after - 16.0);
    let matter_width = if matter.1 == "node__zone" {
        text_width(&matter.0, 11.5, false)
    } else {
        bold_width(&matter.0, 11.5)
    };
    let mut card = Mark::new(
        Part::Node,
        node.key.clone(),
        classes("node", &modifiers, ""),
    )
    .at(point(x, y))
    .of(node.id, node_words(node, now))
    .with([Shape::Rect {
        x: 0.0,
        y: 0.0,
        width,
        height,
        radius: 12.0,
        class: "node__card",
    }]);
    if node.cordoned {
        card.shapes.push(Shape::Rect {
            x: 22.0,
            y: -3.0,
            width: width - 44.0,
            height: 6.0,
            radius: 3.0,
            class: "node__cordon",
        });
    }
    // Threads pass behind words, not through them.
    let ground = |x: f64, width: f64| Shape::Rect {
        x,
        y: 7.0,
        width,
        height: 22.0,
        radius: 6.0,
        class: "node__ground",
    };
    let mut shapes = vec![
        ground(8.0, after - 8.0),
        Shape::text(30.0, 22.0, "node__name", name),
    ];
    if !matter.0.is_empty() {
        shapes.push(ground(width - matter_width - 20.0, matter_width + 12.0));
        shapes.push(Shape::text(width - 14.0, 22.0, matter.1, matter.0).anchored(Anchor::End));
    }
    let beats = after + 32.0 + matter_width + 20.0 <= width;
    if beats {
        shapes.insert(0, ground(after - 4.0, 40.0));
    }
    // Where there is little height they stand beside the name.
    match height < 150.0 {
        true => {
            let left = if beats { after + 44.0 } else { after };
            tags(node, (left, 9.0), width - matter_width - 26.0, &mut shapes);
        }
        false => tags(node, (12.0, 33.0), width - 12.0, &mut shapes),
    }
    let mut head = Mark::new(
        Part::Node,
        format!("{}-head", node.key),
        classes("node", &modifiers, ""),
    )
    .at(point(x, y))
    .with(shapes);
    head.target = Some(node.id);
    let mut lamp = Mark::new(
        Part::NodeLamp,
        format!("{}-lamp", node.key),
        classes("node-lamp", &modifiers, ""),
    )
    .at(point(x + 18.0, y + 18.0))
    .with([Shape::Circle {
        x: 0.0,
        y: 0.0,
        radius: 5.0,
        class: "node-lamp__light",
    }]);
    let mut beat = Mark::new(
        Part::Heartbeat,
        format!("{}-heartbeat", node.key),
        classes("heartbeat", &modifiers, ""),
    )
    .at(point(x + after, y + 18.0));
    if beats {
        beat.shapes.push(Shape::Trail {
            trail: heartbeat(node.machine),
            class: "heartbeat__line",
        });
        if node.machine == MachineState::CutOff {
            beat.shapes
                .push(Shape::path("M10 5l5 -10M16 5l5 -10", "heartbeat__cut"));
        }
    }
    (lamp.delay_ms, card.delay_ms, head.delay_ms) = (90, 170, 170);
    (card, [head, lamp, beat])
}

/// A beat; flat where nothing beats.
fn heartbeat(machine: MachineState) -> Trail {
    let rise: [f64; 4] = if matches!(machine, MachineState::Up) {
        [0.0, -8.0, 6.0, 0.0]
    } else {
        [0.0; 4]
    };
    let xs = [9.0, 12.0, 16.0, 19.0];
    let mut trail = Trail::from(point(0.0, 0.0)).line(point(xs[0], rise[0]));
    for (x, y) in xs.into_iter().zip(rise).skip(1) {
        trail = trail.line(point(x, y));
    }
    trail.line(point(30.0, 0.0))
}

/// What stands on the right of the head: the zone, or what is the matter, as long as it fits.
fn matter(node: &Node, now: SimTime, room: f64) -> (String, &'static str) {
    let since = minutes(now.since(node.since));
    let (long, short, word) = match (node.machine, node.ready) {
        (MachineState::Off, _) => (
            format!("off · silent {since}"),
            format!("off {since}"),
            "off",
        ),
        (MachineState::Booting, _) => (format!("booting {since}"), "booting".to_owned(), "boot"),
        (MachineState::CutOff, _) => (format!("cut off {since}"), "cut off".to_owned(), "cut"),
        (MachineState::Up, None) => ("no Node object".to_owned(), "no Node".to_owned(), ""),
        (MachineState::Up, Some(ConditionStatus::True)) => {
            let zone = if node.zone.is_empty() {
                String::new()
            } else {
                format!("zone {}", node.zone)
            };
            let fits = text_width(&zone, 11.5, false) <= room;
            return (if fits { zone } else { String::new() }, "node__zone");
        }
        (MachineState::Up, Some(_)) => ("NotReady".to_owned(), "NotReady".to_owned(), ""),
    };
    let fitting = [long, short, word.to_owned()]
        .into_iter()
        .find(|text| bold_width(text, 11.5) <= room);
    (fitting.unwrap_or_default(), "node__matter")
}

/// What the API thinks where it is wrong, the cordon and the taints, as far as they fit.
fn tags(node: &Node, (left, y): (f64, f64), right: f64, shapes: &mut Vec<Shape>) {
    if right - left < 76.0 {
        return;
    }
    let belief = match (node.machine, node.ready) {
        (MachineState::Up, _) => None,
        (_, Some(ConditionStatus::True)) => {
            Some(("API: Ready", "node__tag-box node__tag-box--belief"))
        }
        (_, Some(_)) => None,
        (_, None) => Some(("no Node object", "node__tag-box node__tag-box--belief")),
    };
    let cordon = node
        .cordoned
        .then_some(("cordoned", "node__tag-box node__tag-box--cordon"));
    // Where there is no room for all of it, a taint is known by its key.
    let room: f64 = node
        .taints
        .iter()
        .map(|taint| text_width(taint, 11.0, false) + 18.0)
        .sum();
    let before = usize::from(belief.is_some()) + usize::from(cordon.is_some());
    let short = room + before as f64 * 76.0 > right - left + 6.0;
    let taints = node.taints.iter().map(|taint| {
        let key = taint.split(':').next().filter(|_| short);
        (key.unwrap_or(taint), "node__tag-box")
    });
    let all: Vec<(&str, &'static str)> = belief.into_iter().chain(cordon).chain(taints).into_list();
    let mut x = left;
    for (index, (text, class)) in all.iter().enumerate() {
        let left = all.len() - index;
        let more = if left > 1 { 34.0 } else { 0.0 };
        let room = right - x - more;
        let text = fit(text, room - 12.0, 11.0, false);
        if room < 40.0 || text == "…" {
            shapes.push(Shape::text(x, y + 13.0, "node__more", format!("+{left}")));
            return;
        }
        let wide = text_width(&text, 11.0, false) + 12.0;
        shapes.push(Shape::Rect {
            x,
            y,
            width: wide,
            height: 18.0,
            radius: 6.0,
            class,
        });
        shapes.push(
            Shape::text(x + wide / 2.0, y + 13.0, "node__tag", text).anchored(Anchor::Middle),
        );
        x += wide + 6.0;
    }
}

/// A node in words, for those who do not see it.
pub(in crate::layout) fn node_words(node: &Node, now: SimTime) -> String {
    let machine = match node.machine {
        MachineState::Up => "runs".to_owned(),
        MachineState::Off => format!("off, silent for {}", minutes(now.since(node.since))),
        MachineState::Booting => "starting".to_owned(),
        MachineState::CutOff => format!(
            "cut off for {}, still running",
            minutes(now.since(node.since))
        ),
    };
    let belief = match node.ready {
        Some(ConditionStatus::True) => "Ready",
        Some(_) => "NotReady",
        None => "deleted",
    };
    let cordon = if node.cordoned { ", cordoned" } else { "" };
    let taints = if node.taints.is_empty() {
        String::new()
    } else {
        format!(", taints {}", node.taints.join(", "))
    };
    format!(
        "Node {}: {machine}; {belief} in the API{cordon}{taints}",
        node.name
    )
}
