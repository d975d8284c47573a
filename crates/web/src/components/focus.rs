//! Giving the focus to an element.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Gives the focus to an element. It can have gone in the meantime; then the focus stays where it is.
pub(super) fn focus_on(element: Option<Element>) {
    if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The same for an element by its DOM id.
pub(super) fn focus_on_id(id: &str) {
    focus_on(gloo::utils::document().get_element_by_id(id));
}
