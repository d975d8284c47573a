//! What the keys in the field of a terminal ask for.

use ordinal_kubectl::shell::{Shape, shape};
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use crate::state::Key;

/// Whether something on the page is selected: then Ctrl-C copies it.
pub(super) fn has_selection() -> bool {
    let selection = gloo::utils::window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// What a key asks for; nothing where it is the browser's.
pub(super) fn pressed(
    event: &KeyboardEvent,
    field: &HtmlTextAreaElement,
    is_shell: bool,
    may_leave: bool,
) -> Option<Key> {
    let text = field.value();
    let units: Vec<u16> = text.encode_utf16().collect();
    let at = |place: Result<Option<u32>, _>| place.ok().flatten().unwrap_or(0) as usize;
    let (from, to) = (at(field.selection_start()), at(field.selection_end()));
    let before = String::from_utf16_lossy(&units[..from.min(units.len())]);
    let behind = String::from_utf16_lossy(&units[to.min(units.len())..]);
    if event.is_composing() || event.meta_key() || event.alt_key() {
        return None;
    }
    if event.ctrl_key() {
        let put = |text: &str, cursor: usize| {
            event.prevent_default();
            field.set_value(text);
            let _ = field.set_selection_range(cursor as u32, cursor as u32);
        };
        // With Caps Lock they are capitals; with Shift they are the browser's.
        match event.key().to_ascii_lowercase().as_str() {
            _ if event.shift_key() => {}
            "c" if from == to && !has_selection() => return Some(Key::Interrupt(text)),
            "l" => return Some(Key::Clear),
            "r" => return Some(Key::Search(text)),
            "d" if text.is_empty() => return Some(Key::End),
            "a" => put(&text, 0),
            "e" => put(&text, units.len()),
            "u" => put(&behind, 0),
            "k" => put(&before, from),
            _ => {}
        }
        return None;
    }
    match event.key().as_str() {
        "Enter" if event.shift_key() => None,
        "Enter" if is_shell && !text.is_empty() && shape(&text) == Shape::Open => None,
        "Enter" => Some(Key::Enter(text)),
        "Tab" if event.shift_key() || may_leave || text.is_empty() => None,
        "Tab" => Some(Key::Complete(before, behind)),
        "ArrowUp" if !before.contains('\n') => Some(Key::Older(text)),
        "ArrowDown" if !behind.contains('\n') => Some(Key::Newer),
        _ => None,
    }
}
