//! The text field for manifests: plain at first, the editor (`www/editor`) as soon as it is loaded, plain for good where that fails.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect};
use ordinal_manifest::Position;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlTextAreaElement, InputEvent, KeyboardEvent};
use yew::platform::spawn_local;
use yew::{
    Callback, Html, Properties, TargetCast, component, html, use_context, use_effect_with,
    use_mut_ref, use_node_ref, use_state_eq,
};

const LABEL: &str = "Manifests, YAML or JSON";

/// A place that is marked in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where.
    pub(crate) at: Position,
    /// `error`, `warning` or `info`.
    pub(crate) severity: &'static str,
    /// What is said there.
    pub(crate) message: String,
}

/// How the editor's module is loaded: a function that gives a promise of it. Nothing where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EditorSource(pub(crate) Option<Function>);

/// What the editor needs.
#[derive(Properties)]
pub(crate) struct EditorProps {
    /// The text to begin with, and again with each new revision.
    pub(crate) text: Rc<str>,
    /// Grows with each text that does not come from here.
    pub(crate) revision: u32,
    /// Places to mark.
    pub(crate) marks: Rc<[Mark]>,
    /// A place to show, with a number that grows each time.
    pub(crate) go: Option<(u32, Position)>,
    /// Called with the text when typing pauses.
    pub(crate) on_change: Callback<String>,
    /// Called with the text when it is to run: after a paste, or for Ctrl+Enter.
    pub(crate) on_run: Callback<String>,
}

impl PartialEq for EditorProps {
    fn eq(&self, other: &Self) -> bool {
        // The text itself is the editor's own as long as the revision stays.
        self.revision == other.revision && self.marks == other.marks && self.go == other.go
    }
}

/// The editor at work, with the closures that it calls.
struct Started {
    handle: JsValue,
    _called: [Closure<dyn FnMut(String)>; 3],
}

impl Started {
    fn call(&self, method: &str, arguments: &Array) {
        let function = Reflect::get(&self.handle, &method.into())
            .ok()
            .and_then(|f| f.dyn_into::<Function>().ok());
        if let Some(function) = function {
            // The editor reports its own faults on the console; the page goes on without it.
            let _ = function.apply(&self.handle, arguments);
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.call("end", &Array::new());
    }
}

/// The text field.
#[component]
pub(crate) fn Editor(props: &EditorProps) -> Html {
    let source = use_context::<EditorSource>().unwrap_or_default();
    let loaded = use_state_eq(|| false);
    let host = use_node_ref();
    let plain = use_node_ref();
    let started = use_mut_ref(|| None::<Started>);
    // What is called changes with every rendering; the editor keeps asking here.
    let calls = use_mut_ref(|| (Callback::noop(), Callback::noop()));
    *calls.borrow_mut() = (props.on_change.clone(), props.on_run.clone());

    {
        let (host, plain, started, loaded, calls) = (
            host.clone(),
            plain.clone(),
            started.clone(),
            loaded.clone(),
            calls.clone(),
        );
        let text = props.text.clone();
        use_effect_with((), move |()| {
            let alive = Rc::new(RefCell::new(true));
            let still = alive.clone();
            spawn_local(async move {
                let Some(module) = load(&source).await else {
                    return;
                };
                let Some(host) = host.cast::<Element>().filter(|_| *still.borrow()) else {
                    return;
                };
                // What was typed while it loaded comes along.
                let typed = plain
                    .cast::<HtmlTextAreaElement>()
                    .map(|plain| plain.value());
                *started.borrow_mut() = start(
                    &module,
                    &host,
                    &typed.unwrap_or_else(|| text.to_string()),
                    &calls,
                );
                loaded.set(started.borrow().is_some());
            });
            move || *alive.borrow_mut() = false
        });
    }
    {
        let (started, text) = (started.clone(), props.text.clone());
        let plain = plain.clone();
        use_effect_with(props.revision, move |_| {
            if let Some(plain) = plain.cast::<HtmlTextAreaElement>() {
                plain.set_value(&text);
            }
            if let Some(started) = &*started.borrow() {
                started.call("text", &Array::of1(&JsValue::from_str(&text)));
            }
        });
    }
    {
        let started = started.clone();
        use_effect_with((props.marks.clone(), *loaded), move |(marks, _)| {
            if let Some(started) = &*started.borrow() {
                started.call(
                    "mark",
                    &Array::of1(&marks.iter().map(mark).collect::<Array>()),
                );
            }
        });
    }
    {
        let plain = plain.clone();
        use_effect_with(props.go, move |go| {
            let Some((_, at)) = go else { return };
            if let Some(started) = &*started.borrow() {
                started.call("go", &Array::of2(&at.line.into(), &at.column.into()));
            } else if let Some(plain) = plain.cast::<HtmlTextAreaElement>() {
                go_to(&plain, *at);
            }
        });
    }

    let oninput = {
        let on_change = props.on_change.clone();
        let on_run = props.on_run.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            let pasted = matches!(
                event.input_type().as_str(),
                "insertFromPaste" | "insertFromDrop"
            );
            if pasted {
                on_run.emit(text)
            } else {
                on_change.emit(text)
            }
        })
    };
    let onkeydown = {
        let on_run = props.on_run.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                on_run.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
            }
        })
    };
    html! {
        <div class="editor">
            <div class="editor__host" ref={host} hidden={!*loaded} />
            if !*loaded {
                <textarea
                    class="editor__plain"
                    ref={plain}
                    aria-label={LABEL}
                    spellcheck="false"
                    autocapitalize="off"
                    autocomplete="off"
                    wrap="off"
                    {oninput}
                    {onkeydown}
                />
            }
        </div>
    }
}

async fn load(source: &EditorSource) -> Option<JsValue> {
    let promise = source.0.as_ref()?.call0(&JsValue::NULL).ok()?;
    let promise = promise.dyn_into::<js_sys::Promise>().ok()?;
    wasm_bindgen_futures::JsFuture::from(promise).await.ok()
}

type Calls = Rc<RefCell<(Callback<String>, Callback<String>)>>;

fn start(module: &JsValue, host: &Element, text: &str, calls: &Calls) -> Option<Started> {
    let start: Function = Reflect::get(module, &"start".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let closure = |run: bool| {
        let calls = calls.clone();
        Closure::<dyn FnMut(String)>::new(move |text: String| {
            let (on_change, on_run) = calls.borrow().clone();
            if run {
                on_run.emit(text)
            } else {
                on_change.emit(text)
            }
        })
    };
    let called = [closure(false), closure(true), closure(true)];
    let on = Object::new();
    for (name, closure) in ["change", "paste", "run"].into_iter().zip(&called) {
        Reflect::set(&on, &name.into(), closure.as_ref()).ok()?;
    }
    let arguments = Array::of4(host, &text.into(), &LABEL.into(), &on);
    let handle = start.apply(&JsValue::NULL, &arguments).ok()?;
    Some(Started {
        handle,
        _called: called,
    })
}

fn mark(mark: &Mark) -> JsValue {
    let object = Object::new();
    let pairs: [(&str, JsValue); 4] = [
        ("line", mark.at.line.into()),
        ("column", mark.at.column.into()),
        ("severity", mark.severity.into()),
        ("message", mark.message.as_str().into()),
    ];
    for (name, value) in pairs {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}

/// Puts the cursor of a plain field at a place.
fn go_to(plain: &HtmlTextAreaElement, at: Position) {
    let text = plain.value();
    let before = text.split('\n').take(at.line.saturating_sub(1) as usize);
    let line_start: usize = before.map(|line| line.encode_utf16().count() + 1).sum();
    let offset = (line_start + at.column.saturating_sub(1) as usize) as u32;
    // A field that has gone in the meantime takes no focus; nothing depends on it.
    let _ = plain.focus();
    let _ = plain.set_selection_range(offset, offset);
}
