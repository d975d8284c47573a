//! The JavaScript API: a player with or without a page around it. Values are plain objects.

mod frame;
mod loaded;
mod plain;
mod types;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Reflect};
use ordinal_api::SimTime;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::UrlSearchParams;
use yew::AppHandle;

use frame::Frame;
use loaded::{Loaded, Ran};
use plain::Plain;

use crate::app::{App, AppProps, Message};
use crate::components::EditorSource;
use crate::query::Query;
use crate::state::{Command, Model, Page, Text, Tone};

/// A player: a cluster with its history and a playhead.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Player {
    model: Rc<RefCell<Model>>,
    page: Option<AppHandle<App>>,
}

/// Puts the page into `root`, replacing what is there, and returns the player that it shows.
#[wasm_bindgen]
pub fn mount(
    root: web_sys::Element,
    #[wasm_bindgen(unchecked_optional_param_type = "MountOptions")] options: JsValue,
) -> Player {
    let option = |name: &str| {
        let object = options
            .is_object()
            .then(|| Reflect::get(&options, &name.into()).ok());
        object.flatten().filter(|value| !value.is_undefined())
    };
    let search = option("search")
        .and_then(|s| s.as_string())
        .unwrap_or_default();
    let model = Rc::new(RefCell::new(Model::open(&query(&search))));
    let props = AppProps {
        model: model.clone(),
        editor: EditorSource(option("editor").and_then(|f| f.dyn_into::<Function>().ok())),
        whole_page: option("wholePage").is_some_and(|whole| whole.is_truthy()),
    };
    root.set_text_content(None);
    let page = yew::Renderer::<App>::with_root_and_props(root, props).render();
    Player {
        model,
        page: Some(page),
    }
}

fn query(search: &str) -> Query {
    let Ok(params) = UrlSearchParams::new_with_str(search) else {
        return Query::default();
    };
    let pair = |entry: JsValue| {
        let entry: js_sys::Array = entry.dyn_into().ok()?;
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    let entries = js_sys::try_iter(&params).ok().flatten();
    Query::of(
        entries
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter_map(pair),
    )
}

#[wasm_bindgen]
impl Player {
    /// A player without a page: an empty cluster of three nodes.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Player {
        Player {
            model: Rc::new(RefCell::new(Model::empty())),
            page: None,
        }
    }

    /// Runs manifests in a fresh cluster, from its beginning. Where the text has nothing to run, the old cluster stays.
    #[wasm_bindgen(unchecked_return_type = "Loaded")]
    pub fn load(&self, yaml: String) -> JsValue {
        self.change(|model| {
            model.apply(Command::Text(Text::Take(yaml)));
            model.playback.playing = false;
            Loaded::of(model).plain()
        })
    }

    /// Runs a command line at the playhead: kubectl's (`kubectl scale sts web --replicas=5`) or a fault's
    /// (`power-off node-2`). What lay after the playhead is dropped.
    #[wasm_bindgen(unchecked_return_type = "Ran")]
    pub fn run(&self, command: &str) -> JsValue {
        self.change(|model| {
            model.act(command);
            model.playback.playing = false;
            let notice = model.notice.clone();
            model.apply(Command::Page(Page::Dismiss));
            let refused = notice.as_ref().is_some_and(|n| n.tone == Tone::Refused);
            Ran {
                ok: !refused,
                text: notice.map_or(String::new(), |n| n.text),
            }
            .plain()
        })
    }

    /// Goes on to the next beat and returns what is there.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn step(&self) -> JsValue {
        self.change(|model| {
            model.step();
            Frame::of(model).plain()
        })
    }

    /// Goes to a moment, in milliseconds of simulated time, computing as far as that, and returns what is there.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn seek(&self, ms: f64) -> JsValue {
        self.change(|model| {
            model.seek(SimTime(ms.clamp(0.0, 1e15) as u64));
            Frame::of(model).plain()
        })
    }

    /// What is under the playhead.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn frame(&self) -> JsValue {
        Frame::of(&self.model.borrow()).plain()
    }

    /// Takes the page away, if there is one; what was under the playhead can still be asked for.
    pub fn end(&mut self) {
        if let Some(page) = self.page.take() {
            page.destroy();
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let result = change(&mut self.model.borrow_mut());
        if let Some(page) = &self.page {
            page.send_message(Message::Changed);
        }
        result
    }
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}
