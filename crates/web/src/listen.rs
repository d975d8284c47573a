//! What the page hears beside its own elements: keys, a paste, a dropped file, a change of room.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, DragEvent, Element, Event, KeyboardEvent, ResizeObserver};
use yew::Callback;
use yew::platform::spawn_local;

use crate::state::{Command, Page, Panel, Text, of_key};

/// Where keys and pasted text belong to the element that has the focus.
const OWN_KEYS: &str = "input, textarea, select, .editor, [role=menu], [role=tablist], [role=slider], [contenteditable]";

/// Everything that is listened to, until dropped.
#[derive(Debug)]
pub(crate) struct Listeners {
    _listeners: Vec<EventListener>,
    observer: Option<ResizeObserver>,
    _resized: Closure<dyn FnMut(JsValue)>,
}

impl Listeners {
    /// Listens to the room of `areas` and, where the whole page is ours, to its keys, pastes and drops.
    pub(crate) fn new(
        areas: [Option<Element>; 2],
        resized: Callback<()>,
        act: Callback<Command>,
        whole_page: bool,
    ) -> Self {
        let closure = Closure::<dyn FnMut(JsValue)>::new(move |_| resized.emit(()));
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            areas
                .iter()
                .flatten()
                .for_each(|area| observer.observe(area));
        }
        let listeners = if whole_page {
            of_page(&act)
        } else {
            Vec::new()
        };
        Self {
            _listeners: listeners,
            observer,
            _resized: closure,
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Whether a media query holds.
pub(crate) fn prefers(query: &str) -> bool {
    window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}

fn of_page(act: &Callback<Command>) -> Vec<EventListener> {
    let options = EventListenerOptions::enable_prevent_default();
    let on = |name: &'static str, heard: fn(&Event, &Callback<Command>)| {
        let act = act.clone();
        EventListener::new_with_options(&document(), name, options, move |event| heard(event, &act))
    };
    vec![
        on("keydown", key),
        on("paste", paste),
        on("dragover", |event, _| event.prevent_default()),
        on("drop", drop_file),
    ]
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn belongs_elsewhere(event: &Event) -> bool {
    target(event).is_some_and(|t| t.closest(OWN_KEYS).is_ok_and(|found| found.is_some()))
}

fn key(event: &Event, act: &Callback<Command>) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
        return;
    };
    if event.default_prevented()
        || event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
        || belongs_elsewhere(event)
    {
        return;
    }
    // The space bar presses the button that has the focus.
    let pressed = target(event).is_some_and(|t| {
        t.closest("button, a, summary, [role=button]")
            .is_ok_and(|b| b.is_some())
    });
    if event.key() == " " && pressed {
        return;
    }
    if let Some(command) = of_key(&event.key()) {
        event.prevent_default();
        act.emit(command);
    }
}

fn paste(event: &Event, act: &Callback<Command>) {
    let Some(paste) = event
        .dyn_ref::<ClipboardEvent>()
        .filter(|event| !belongs_elsewhere(event))
    else {
        return;
    };
    let text = paste
        .clipboard_data()
        .and_then(|data| data.get_data("text/plain").ok());
    if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
        event.prevent_default();
        take(text, act);
    }
}

fn drop_file(event: &Event, act: &Callback<Command>) {
    let Some(drop) = event.dyn_ref::<DragEvent>() else {
        return;
    };
    let Some(file) = drop
        .data_transfer()
        .and_then(|data| data.files())
        .and_then(|files| files.get(0))
    else {
        return;
    };
    event.prevent_default();
    let act = act.clone();
    spawn_local(async move {
        // A file that cannot be read is the browser's to report.
        if let Ok(text) = wasm_bindgen_futures::JsFuture::from(file.text()).await {
            take(text.as_string().unwrap_or_default(), &act);
        }
    });
}

/// A text from outside: it is shown in the editor and runs at once.
fn take(text: String, act: &Callback<Command>) {
    act.emit(Command::Text(Text::Take(text)));
    act.emit(Command::Page(Page::Show(Panel::Manifests)));
}
