//! A disk: claim, size, who wrote last, how it hangs.

use super::classes;
use crate::geometry::{bold_width, fit, number, point, text_width};
use crate::layout::hue;
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{CableState, Disk, DiskState, Model};

/// Height of a disk on the shelf.
pub(in crate::layout) const DISK_HEIGHT: f64 = 62.0;
/// Height of a disk inside a node, or where there is little height.
pub(in crate::layout) const LOW_DISK: f64 = 42.0;

/// Size of the word for how it is, in pixels; it is bold.
const STATE_SIZE: f64 = 11.5;

/// A narrower disk has no room for a word at each edge.
const SMALL: f64 = 76.0;

/// A disk with its upper left corner at (x, y); inside a node it is low.
pub(in crate::layout) fn disk(
    model: &Model,
    index: usize,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
) -> Mark {
    let disk = &model.disks[index];
    let lid = if height > 50.0 { 8.0 } else { 5.0 };
    let (w, h, half) = (
        number(width),
        number(height - 2.0 * lid),
        number(width / 2.0),
    );
    let (state, wrong) = disk_words(model, index);
    let mut shapes = vec![
        Shape::path(
            format!("M0 {lid}a{half} {lid} 0 0 1 {w} 0v{h}a{half} {lid} 0 0 1 -{w} 0z"),
            "disk__body",
        ),
        Shape::path(format!("M0 {lid}a{half} {lid} 0 0 0 {w} 0"), "disk__lid"),
    ];
    if disk.state == DiskState::Lost {
        let crack = format!(
            "M{} {}l7 {}l-9 {}l8 {}",
            number(width * 0.62),
            lid * 2.0,
            height * 0.22,
            height * 0.2,
            height * 0.3
        );
        shapes.push(Shape::path(crack, "disk__crack"));
    }
    let edge = if width < 100.0 { 8.0 } else { 12.0 };
    let (left, right) = (edge, width - edge);
    let room = right - left;
    let state_class = if wrong {
        "disk__state disk__state--bad"
    } else {
        "disk__state"
    };
    let size = [disk.size.as_str(), disk.modes.as_str()].join(" ");
    let size = size.trim();
    // A low one, or one that is too small for edges, says two words in its middle.
    let centred = match (height > 50.0, width >= SMALL) {
        (true, true) => None,
        (true, false) => Some([33.0, 51.0]),
        (false, _) => Some([22.0, 35.0]),
    };
    if let Some([first, second]) = centred {
        let name = disk_name(disk, width - 8.0, 11.0);
        let said = state_name(&state, room.max(width - 6.0));
        shapes.push(Shape::text(width / 2.0, first, "disk__name", name).anchored(Anchor::Middle));
        shapes.push(
            Shape::text(width / 2.0, second, state_class, said.unwrap_or_default())
                .anchored(Anchor::Middle),
        );
    } else {
        let tall = width >= 150.0;
        let size_width = if tall {
            text_width(size, 11.0, false)
        } else {
            0.0
        };
        let name_room = if tall { room - size_width - 8.0 } else { room };
        shapes.push(Shape::text(
            left,
            33.0,
            "disk__name",
            disk_name(disk, name_room, 12.0),
        ));
        if tall {
            shapes.push(Shape::text(right, 33.0, "disk__size", size).anchored(Anchor::End));
        }
        let state_width = bold_width(&state, 11.0);
        let contents = contents(disk);
        let long = room - state_width - 8.0;
        let contents = contents
            .into_iter()
            .find(|text| text_width(text, 11.0, false) <= long)
            .unwrap_or_default();
        if state_width <= room && !contents.is_empty() {
            shapes.push(Shape::text(left, 51.0, "disk__bytes", contents));
            shapes.push(Shape::text(right, 51.0, state_class, state.clone()).anchored(Anchor::End));
        } else {
            let said = state_name(&state, room)
                .unwrap_or_else(|| fit(&on(&state), room, STATE_SIZE * 1.12, false));
            shapes.push(Shape::text(left, 51.0, state_class, said));
        }
    }
    let class = match disk.state {
        DiskState::Unbound => "unbound",
        DiskState::Available => "available",
        DiskState::Bound => "",
        DiskState::Released => "released",
        DiskState::Lost => "lost",
    };
    let bytes = contents(disk).into_iter().next().unwrap_or_default();
    let words = format!("Disk {} {size}: {state}; {bytes}", disk.name);
    Mark::new(
        Part::Disk,
        disk.key.clone(),
        classes("disk", &[class], hue(disk.hue)),
    )
    .at(point(x, y))
    .of(disk.id, words)
    .with(shapes)
}

/// The claim's name, or where that is too long the name of its template: the column says whose it is.
fn disk_name(disk: &Disk, room: f64, size: f64) -> String {
    if text_width(&disk.name, size, true) <= room || disk.template.is_empty() {
        return fit(&disk.name, room, size, true);
    }
    fit(&disk.template, room, size, true)
}

/// `attached to node-2`, or `on node-2` where there is no room for that; `None` where there is no room for either.
fn state_name(state: &str, room: f64) -> Option<String> {
    let mut said = [state.to_owned(), on(state)].into_iter();
    said.find(|said| bold_width(said, STATE_SIZE) <= room)
}

/// `on node-2` of `attached to node-2`.
fn on(state: &str) -> String {
    state.replace("attached to", "on")
}

/// What is on it, from long to short.
fn contents(disk: &Disk) -> Vec<String> {
    let plural = if disk.writes == 1 { "" } else { "s" };
    match disk.writes {
        0 if disk.state == DiskState::Unbound => vec!["no volume yet".to_owned(), String::new()],
        0 => vec!["empty".to_owned(), String::new()],
        n if disk.writer.is_empty() => vec![format!("{n} write{plural}"), String::new()],
        n => vec![
            format!("by {}, {n} write{plural}", disk.writer),
            format!("by {}", disk.writer),
            format!("{n} write{plural}"),
        ],
    }
}

/// How it is, in words, and whether that is wrong.
pub(in crate::layout) fn disk_words(model: &Model, index: usize) -> (String, bool) {
    let disk = &model.disks[index];
    let cables = || model.cables.iter().filter(|c| c.disk == index);
    let name = |id| model.node(id).map_or("?", |n| model.nodes[n].name.as_str());
    let refused = cables().any(|c| c.state == CableState::Refused);
    let plain = |text: &str| (text.to_owned(), false);
    match disk.state {
        DiskState::Unbound => return plain("Pending"),
        DiskState::Available => return plain("Available"),
        DiskState::Released => return plain("Released"),
        DiskState::Lost => return ("Lost".to_owned(), true),
        DiskState::Bound => {}
    }
    if disk.writers > 1 && disk.identity.is_some() {
        return (format!("{} writers!", disk.writers), true);
    }
    let hung = cables().filter(|c| !matches!(c.state, CableState::Refused | CableState::Bound));
    match hung.max_by_key(|c| c.state as u8) {
        None if refused => ("attach fails".to_owned(), true),
        None => plain("bound"),
        Some(c) if refused => (format!("attached to {}", name(c.node)), true),
        Some(c) => match c.state {
            CableState::Attaching => plain("attaching"),
            CableState::Detaching => plain("detaching"),
            CableState::Attached if c.pod.is_none() => {
                (format!("attached to {}", name(c.node)), false)
            }
            CableState::Attached => plain("attached"),
            _ if disk.writers > 1 => (format!("mounted {}×", disk.writers), false),
            _ => plain("mounted"),
        },
    }
}
