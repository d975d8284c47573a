//! The JavaScript API: a player with or without a page around it. Values are plain objects, typed below.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Reflect};
use ordinal_api::{Kind, SimTime, condition};
use ordinal_core::World;
use ordinal_manifest::Severity;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::UrlSearchParams;
use yew::AppHandle;

use crate::app::{App, AppProps, Message};
use crate::components::EditorSource;
use crate::query::Query;
use crate::state::{Command, Model, Page, Text};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How a page is mounted. */
export interface MountOptions {
  /** What the address would ask for: `?example=pets&embed=1`. */
  search?: string;
  /** Whether the document is Ordinal's alone: its keys, its paste, its dropped files. */
  wholePage?: boolean;
  /** Gives a promise of the editor's module; without it there is a plain text field. */
  editor?: () => Promise<unknown>;
}

/** What became of a text. */
export interface Loaded {
  /** Whether nothing was refused and there is something to run. */
  accepted: boolean;
  /** Objects that were applied. */
  objects: number;
  diagnostics: { severity: "error" | "warning" | "note"; message: string; line: number; column: number; path?: string }[];
  repairs: { id: string; sentence: string; line: number; column: number }[];
  /** Objects that are referred to, are not there, and got a placeholder. */
  missing: { kind: string; name: string; filled: boolean }[];
  /** What the API server answered where it refused something. */
  refused: string[];
}

/** What the cluster said to a command line. */
export interface Ran {
  ok: boolean;
  /** What kubectl would print: on standard output, or on standard error. */
  text: string;
}

/** The world under the playhead. Times are milliseconds of simulated time unless they say otherwise. */
export interface Frame {
  t_ms: number;
  /** Where the playhead stands, in milliseconds of presentation time. */
  shown_ms: number;
  /** Whether nothing more happens by itself. */
  settled: boolean;
  /** The beat as a sentence. */
  caption: string;
  pods: {
    namespace: string; name: string; uid: string; phase: string; ready: boolean; terminating: boolean;
    node?: string; ip?: string;
  }[];
  nodes: { name: string; ready: boolean; powered: boolean; linked: boolean }[];
  claims: { namespace: string; name: string; phase: string; volume?: string }[];
}
"#;

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
            to_js(&Loaded::of(model))
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
            let refused = notice
                .as_ref()
                .is_some_and(|n| n.tone == crate::state::Tone::Refused);
            to_js(&Ran {
                ok: !refused,
                text: notice.map_or(String::new(), |n| n.text),
            })
        })
    }

    /// Goes on to the next beat and returns what is there.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn step(&self) -> JsValue {
        self.change(|model| {
            model.step();
            to_js(&Frame::of(model))
        })
    }

    /// Goes to a moment, in milliseconds of simulated time, computing as far as that, and returns what is there.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn seek(&self, ms: f64) -> JsValue {
        self.change(|model| {
            model.seek(SimTime(ms.clamp(0.0, 1e15) as u64));
            to_js(&Frame::of(model))
        })
    }

    /// What is under the playhead.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn frame(&self) -> JsValue {
        to_js(&Frame::of(&self.model.borrow()))
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

/// Plain objects and numbers; what is missing is left out.
fn to_js(value: &impl Serialize) -> JsValue {
    value
        .serialize(&Serializer::json_compatible())
        .expect("plain structs become plain objects")
}

#[derive(Serialize)]
struct Loaded {
    accepted: bool,
    objects: usize,
    diagnostics: Vec<Found>,
    repairs: Vec<Repaired>,
    missing: Vec<Gap>,
    refused: Vec<String>,
}

#[derive(Serialize)]
struct Found {
    severity: &'static str,
    message: String,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

#[derive(Serialize)]
struct Repaired {
    id: String,
    sentence: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Gap {
    kind: String,
    name: String,
    filled: bool,
}

#[derive(Serialize)]
struct Ran {
    ok: bool,
    text: String,
}

impl Loaded {
    fn of(model: &Model) -> Self {
        let reading = &model.manifests.reading;
        let found = |d: &ordinal_manifest::Diagnostic| Found {
            severity: match d.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: d.message.clone(),
            line: d.at.line,
            column: d.at.column,
            path: d.path.clone(),
        };
        let repaired = |r: &ordinal_manifest::Repair| Repaired {
            id: r.id.clone(),
            sentence: r.sentence.clone(),
            line: r.at.line,
            column: r.at.column,
        };
        let gap = |m: &ordinal_manifest::Missing| Gap {
            kind: m.object.kind.clone(),
            name: m.object.name.clone(),
            filled: m.filled,
        };
        Self {
            accepted: reading.is_accepted() && model.refused.is_empty(),
            objects: reading.documents.len(),
            diagnostics: reading.diagnostics.iter().map(found).collect(),
            repairs: reading.repairs.iter().map(repaired).collect(),
            missing: reading.missing.iter().map(gap).collect(),
            refused: model
                .refused
                .iter()
                .filter_map(|a| a.said.clone().err())
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Frame {
    t_ms: f64,
    shown_ms: f64,
    settled: bool,
    caption: String,
    pods: Vec<Pod>,
    nodes: Vec<Node>,
    claims: Vec<Claim>,
}

#[derive(Serialize)]
struct Pod {
    namespace: String,
    name: String,
    uid: String,
    phase: &'static str,
    ready: bool,
    terminating: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
}

#[derive(Serialize)]
struct Node {
    name: String,
    ready: bool,
    powered: bool,
    linked: bool,
}

#[derive(Serialize)]
struct Claim {
    namespace: String,
    name: String,
    phase: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<String>,
}

impl Frame {
    fn of(model: &Model) -> Self {
        let position = model.position();
        let frames = model.session.cluster().frames();
        let world = &frames[position.frame.min(frames.len() - 1)];
        let drawn = model.session.stage().model_at(frames, model.playback.at_ms);
        Self {
            t_ms: position.sim.as_ms() as f64,
            shown_ms: model.playback.at_ms,
            settled: model.session.is_settled(),
            caption: drawn
                .caption
                .map_or(String::new(), |caption| caption.text()),
            pods: pods(world),
            nodes: nodes(world),
            claims: claims(world),
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn pods(world: &World) -> Vec<Pod> {
    let pod = |object: &ordinal_api::Object| {
        let pod = object.as_pod()?;
        Some(Pod {
            namespace: object.meta.namespace.to_string(),
            name: object.meta.name.to_string(),
            uid: object.meta.uid.to_string(),
            phase: pod.status.phase.as_str(),
            ready: condition::is_true(&pod.status.conditions, "Ready"),
            terminating: object.meta.is_deleting(),
            node: some(&pod.node_name),
            ip: some(&pod.status.pod_ip),
        })
    };
    world
        .store
        .list(Kind::Pod)
        .filter_map(|(_, object)| pod(object))
        .collect()
}

fn nodes(world: &World) -> Vec<Node> {
    let node = |machine: &ordinal_core::machine::Machine| Node {
        name: machine.name.to_string(),
        ready: world
            .get(machine.node)
            .and_then(|o| o.as_node())
            .is_some_and(|n| n.is_ready()),
        powered: machine.powered,
        linked: machine.linked,
    };
    world
        .machines
        .values()
        .map(|machine| node(machine))
        .collect()
}

fn claims(world: &World) -> Vec<Claim> {
    let claim = |object: &ordinal_api::Object| {
        let claim = object.as_claim()?;
        Some(Claim {
            namespace: object.meta.namespace.to_string(),
            name: object.meta.name.to_string(),
            phase: format!("{:?}", claim.status.phase),
            volume: some(&claim.volume_name),
        })
    };
    world
        .store
        .list(Kind::PersistentVolumeClaim)
        .filter_map(|(_, object)| claim(object))
        .collect()
}
