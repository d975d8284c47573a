//! The strip of nodes above the rows.

use super::super::Canvas;
use super::super::parts::{classes, node_words};
use super::{EDGE, Plan};
use crate::geometry::{bold_width, fit, point, text_width};
use crate::mark::{Mark, Part, Shape};
use crate::model::{MachineState, Model, Node};
use crate::words::minutes;

impl Plan<'_> {
    /// The strip of nodes.
    pub(super) fn nodes(&self, y: f64, canvas: &mut Canvas) -> f64 {
        let count = self.model.nodes.len().max(1);
        let in_row = if count <= 9 {
            count.min(3)
        } else {
            ((self.width + 6.0) / 104.0) as usize
        };
        let wide = (self.width + 6.0) / in_row as f64 - 6.0;
        let high = if count <= 9 { 44.0 } else { 28.0 };
        for (index, node) in self.model.nodes.iter().enumerate() {
            let at = point(
                EDGE + (index % in_row) as f64 * (wide + 6.0),
                y + (index / in_row) as f64 * (high + 6.0),
            );
            let state = match node.machine {
                MachineState::Up if node.ready == Some(true.into()) => "",
                MachineState::Up => "not-ready",
                MachineState::Off => "off",
                MachineState::Booting => "booting",
                MachineState::CutOff => "cut-off",
            };
            let modifiers = [state, if node.cordoned { "cordoned" } else { "" }, "strip"];
            let mut shapes = vec![Shape::Rect {
                x: 0.0,
                y: 0.0,
                width: wide,
                height: high,
                radius: 9.0,
                class: "node__card",
            }];
            if node.cordoned {
                shapes.push(Shape::Rect {
                    x: 12.0,
                    y: -2.0,
                    width: wide - 24.0,
                    height: 4.0,
                    radius: 2.0,
                    class: "node__cordon",
                });
            }
            let name = fit(&node.name, wide - 34.0, 13.5, false);
            let behind = 26.0 + bold_width(&name, 13.0);
            shapes.extend([
                Shape::Rect {
                    x: 5.0,
                    y: 4.0,
                    width: behind,
                    height: high - 8.0,
                    radius: 6.0,
                    class: "node__ground",
                },
                Shape::Circle {
                    x: 15.0,
                    y: 14.5,
                    radius: 4.5,
                    class: "node__light",
                },
                Shape::text(26.0, 19.0, "node__name", name),
            ]);
            if high > 40.0 {
                let (text, class) = matter(node, self.model);
                // Of a taint that does not fit its key is enough.
                let text = match text_width(&text, 12.6, false) > wide - 20.0 {
                    true => text.split(':').next().unwrap_or_default(),
                    false => &text,
                };
                let text = fit(text, wide - 20.0, 12.6, false);
                shapes.push(Shape::Rect {
                    x: 5.0,
                    y: 23.0,
                    width: bold_width(&text, 12.0).min(wide - 16.0) + 8.0,
                    height: 17.0,
                    radius: 5.0,
                    class: "node__ground",
                });
                shapes.push(Shape::text(10.0, 36.0, class, text));
            }
            let mark = Mark::new(
                Part::Node,
                node.key.clone(),
                classes("node", &modifiers, ""),
            );
            canvas.add(
                mark.at(at)
                    .of(node.id, node_words(node, self.model.now))
                    .with(shapes),
            );
            canvas.stands(node.id, at.x, at.y, wide, high);
        }
        y + count.div_ceil(in_row) as f64 * (high + 6.0)
    }
}

/// The second line of a node in the strip.
fn matter(node: &Node, model: &Model) -> (String, &'static str) {
    let since = minutes(model.now.since(node.since));
    match node.machine {
        MachineState::Off => (format!("off {since}"), "node__matter"),
        MachineState::Booting => ("booting".to_owned(), "node__matter"),
        MachineState::CutOff => (format!("cut off {since}"), "node__matter"),
        MachineState::Up if node.ready.is_none() => ("no Node object".to_owned(), "node__matter"),
        MachineState::Up if node.ready != Some(true.into()) => {
            ("NotReady".to_owned(), "node__matter")
        }
        MachineState::Up if node.cordoned => ("cordoned".to_owned(), "node__zone"),
        MachineState::Up => match node.taints.first() {
            Some(taint) => (taint.to_string(), "node__zone"),
            None if node.zone.is_empty() => (String::new(), "node__zone"),
            None => (format!("zone {}", node.zone), "node__zone"),
        },
    }
}
