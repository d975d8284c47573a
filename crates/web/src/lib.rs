//! The Yew page and the JavaScript API.

mod app;

pub use app::App;

use wasm_bindgen::prelude::wasm_bindgen;

/// Puts the page into `root`, replacing what is there. The start script calls it once the module is loaded; nothing
/// happens before, so that others can load the module for its API alone.
#[wasm_bindgen]
pub fn mount(root: web_sys::Element) {
    yew::Renderer::<App>::with_root(root).render();
}
