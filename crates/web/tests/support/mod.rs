//! A mounted page that goes when it is dropped.

use gloo::timers::future::TimeoutFuture;
use gloo::utils::{document, window};
use js_sys::{Object, Promise, Reflect};
use ordinal_web::{Player, mount};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

/// A page in an element of its own.
pub(crate) struct Mounted {
    root: Element,
    player: Player,
}

impl Mounted {
    /// Mounts the page as an address with this query asks for it.
    pub(crate) async fn at(search: &str) -> Mounted {
        let root = document().create_element("div").expect("an element");
        document()
            .body()
            .expect("a body")
            .append_child(&root)
            .expect("room for it");
        let options = Object::new();
        Reflect::set(&options, &"search".into(), &search.into()).expect("a fresh object");
        let player = mount(root.clone(), options.into());
        let mounted = Mounted { root, player };
        mounted.settle().await;
        mounted
    }

    /// Lets the page draw what it was told: on a busy machine frames come late, whatever the time.
    async fn settle(&self) {
        for _ in 0..4 {
            TimeoutFuture::new(20).await;
            frame().await;
        }
    }

    fn find(&self, css: &str) -> Option<HtmlElement> {
        let found = self.root.query_selector(css).expect("a valid selector");
        found.map(|element| element.unchecked_into())
    }

    /// Whether there is such an element.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.find(css).is_some()
    }

    /// The text of the first such element.
    pub(crate) fn text(&self, css: &str) -> String {
        let found = self.find(css).unwrap_or_else(|| panic!("no {css}"));
        found.text_content().unwrap_or_default()
    }

    /// The text of what has the focus.
    pub(crate) fn active_text(&self) -> String {
        let active = document().active_element();
        active
            .and_then(|element| element.text_content())
            .unwrap_or_default()
    }

    /// Clicks the first such element.
    pub(crate) async fn click(&self, css: &str) {
        let found = self.find(css).unwrap_or_else(|| panic!("no {css}"));
        // A mark of a picture is no HTML element and has no method for it.
        let event = web_sys::MouseEvent::new("click").expect("an event");
        event.init_mouse_event_with_can_bubble_arg_and_cancelable_arg("click", true, true);
        found.focus().ok();
        found.dispatch_event(&event).expect("it takes events");
        self.settle().await;
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: &str) {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        init.set_cancelable(true);
        let event =
            KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
        let active = document()
            .active_element()
            .expect("something has the focus");
        active.dispatch_event(&event).expect("it takes events");
        self.settle().await;
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.player.end();
        self.root.remove();
    }
}

/// Waits for the next frame of the animation.
async fn frame() {
    let comes = Promise::new(&mut |resolve, _| {
        window()
            .request_animation_frame(&resolve)
            .expect("a window that draws");
    });
    JsFuture::from(comes).await.expect("it is not refused");
}

/// A property of an object.
pub(crate) fn object(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).expect("an object")
}

/// A property that is a text.
pub(crate) fn text(of: &JsValue, name: &str) -> String {
    object(of, name).as_string().unwrap_or_default()
}
