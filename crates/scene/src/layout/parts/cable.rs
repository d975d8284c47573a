//! A cable from a disk to a node, with its plug, and the mount inside the node.

use ordinal_api::Text;

use super::classes;
use crate::geometry::{Point, Trail};
use crate::mark::{Enter, Leave, Mark, Part, Shape};
use crate::model::CableState;

/// How a cable hangs.
#[derive(Clone, Debug)]
pub(in crate::layout) struct Hung {
    /// Stable key.
    pub(in crate::layout) key: Text,
    /// Class of its hue.
    pub(in crate::layout) hue: &'static str,
    /// How it hangs.
    pub(in crate::layout) state: CableState,
    /// Its way from the disk to the plug.
    pub(in crate::layout) wire: Trail,
    /// Where the mount ends, at the pod.
    pub(in crate::layout) pod: Option<Point>,
}

/// The cable, and its plug.
pub(in crate::layout) fn cable(hung: &Hung) -> Vec<Mark> {
    let state = hung.state.name();
    let end = hung.wire.end();
    let mut cable = Mark::new(
        Part::Cable,
        hung.key.clone(),
        classes("cable", &[state], hung.hue),
    )
    .moves(Enter::Draw, Leave::Retract)
    .with([Shape::Trail {
        trail: hung.wire.clone(),
        class: "cable__wire",
    }]);
    if let (CableState::Mounted, Some(pod)) = (hung.state, hung.pod) {
        cable.shapes.push(Shape::Trail {
            trail: Trail::from(end).line(pod),
            class: "cable__mount",
        });
    }
    if hung.state == CableState::Bound {
        return vec![cable];
    }
    let mut plug = Mark::new(
        Part::Plug,
        format!("plug-{}", hung.key),
        classes("plug", &[state], hung.hue),
    )
    .at(end)
    .moves(Enter::GrowFrom(end.by(0.0, 12.0)), Leave::Shrink);
    if hung.state == CableState::Refused {
        plug.shapes.push(Shape::Circle {
            x: 0.0,
            y: 0.0,
            radius: 9.0,
            class: "plug__ground",
        });
        plug.shapes
            .push(Shape::path("M-4 -4L4 4M4 -4L-4 4", "plug__cross"));
    } else {
        plug.shapes.push(Shape::Rect {
            x: -6.5,
            y: -4.5,
            width: 13.0,
            height: 9.0,
            radius: 2.5,
            class: "plug__body",
        });
    }
    vec![cable, plug]
}
