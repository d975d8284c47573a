//! What single things look like, wherever they stand.

mod cable;
mod disk;
mod node;
mod plate;
mod pod;

pub(super) use cable::{Hung, cable};
pub(super) use disk::{DISK_HEIGHT, LOW_DISK, disk, disk_words};
pub(super) use node::{NodeBox, node, node_words};
pub(super) use plate::{LOW_PLATE, PLATE_HEIGHT, group_heading, plate};
pub(super) use pod::{Card, card, pod_words, ring};

use ordinal_api::Text;

/// Class names of a group: the component, its modifiers and its hue.
pub(super) fn classes(component: &str, modifiers: &[&str], hue: &str) -> Text {
    let mut text = String::from(component);
    for modifier in modifiers.iter().filter(|m| !m.is_empty()) {
        text.push(' ');
        text.push_str(component);
        text.push_str("--");
        text.push_str(modifier);
    }
    if !hue.is_empty() {
        text.push(' ');
        text.push_str(hue);
    }
    text.into()
}
