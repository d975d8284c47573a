//! The one place that reads animation frames and the browser's clock.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Performance, Window};
use yew::Callback;

/// How much of an animation frame may be spent on computing ahead, in milliseconds.
const SLICE_MS: f64 = 6.0;

/// Asks for animation frames, one at a time and only when there is something to do.
#[derive(Debug)]
pub(crate) struct Driver {
    window: Window,
    performance: Performance,
    look: Closure<dyn FnMut(f64)>,
    asked: Option<i32>,
    last_ms: Option<f64>,
}

impl Driver {
    /// `look` is told the time of each frame, in milliseconds.
    pub(crate) fn new(look: Callback<f64>) -> Self {
        let window = gloo::utils::window();
        let performance = window.performance().expect("every browser has a clock");
        Self {
            window,
            performance,
            look: Closure::new(move |now_ms| look.emit(now_ms)),
            asked: None,
            last_ms: None,
        }
    }

    /// Asks for the next frame. `busy` says whether there is something to do.
    pub(crate) fn ask(&mut self, busy: bool) {
        if !busy {
            self.last_ms = None;
        } else if self.asked.is_none() {
            let look = self.look.as_ref().unchecked_ref();
            self.asked = self.window.request_animation_frame(look).ok();
        }
    }

    /// A frame has come; how long ago the one before was.
    pub(crate) fn came(&mut self, now_ms: f64) -> f64 {
        self.asked = None;
        let before = self.last_ms.replace(now_ms);
        before.map_or(0.0, |before| now_ms - before)
    }

    /// Whether there is still time for computing ahead, asked again and again.
    pub(crate) fn slice(&self) -> impl FnMut() -> bool + use<> {
        let performance = self.performance.clone();
        let end = performance.now() + SLICE_MS;
        move || performance.now() < end
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(id) = self.asked {
            // The page is going; a frame that comes anyway finds nobody.
            let _ = self.window.cancel_animation_frame(id);
        }
    }
}
