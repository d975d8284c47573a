//! The terminals: what was typed and printed, and a field at the end. All of it is text; nothing of it is markup.

use std::rc::Rc;

use ordinal_kubectl::shell::{Shape, shape};
use web_sys::{Element, Event, HtmlTextAreaElement, InputEvent, KeyboardEvent, MouseEvent};
use yew::{
    Callback, Html, Properties, TargetCast, classes, component, html, use_effect_with, use_mut_ref,
    use_node_ref,
};

use super::focus::focus_on_id;
use super::icon::{Icon, icon};
use super::memo::{keyed, memo};
use crate::state::{Block, Command, Key, Screen, Text, Time};

/// A field is no higher than so many lines.
const MOST_ROWS: usize = 12;
/// So near its end, in pixels, a terminal follows what is printed.
const NEAR_PX: i32 = 40;

/// What the panel needs.
#[derive(PartialEq)]
pub(crate) struct TerminalProps {
    /// The terminals, and which of them is typed into.
    pub(crate) screens: (Vec<Rc<Screen>>, usize),
    /// Whether time runs.
    pub(crate) playing: bool,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The panel.
pub(crate) fn terminals(props: &TerminalProps) -> Html {
    let (screens, chosen) = &props.screens;
    let act = &props.act;
    let ask =
        |id: u32, key: Key| act.reform(move |_: MouseEvent| Command::Terminal(id, key.clone()));
    let shown = &screens[*chosen];
    let several = screens.len() > 1;
    let tab = |(n, screen): (usize, &Rc<Screen>)| {
        let onclick = {
            let (choose, id) = (ask(screen.terminal, Key::Choose), screen.terminal);
            Callback::from(move |event: MouseEvent| {
                choose.emit(event);
                focus_on_id(&field_id(id));
            })
        };
        let busy = screen.prompt.is_none();
        html! {
            <button type="button" class="terminal__tab" key={screen.terminal.to_string()} aria-pressed={(n == *chosen).to_string()} {onclick}>
                <span class="heard">{ "Terminal " }</span>{ n + 1 }
                if busy { <span class="terminal__busy"><span class="heard">{ ", busy" }</span></span> }
            </button>
        }
    };
    let waits = shown.prompt.is_none();
    html! {
        <section class="terminal" aria-label="Terminal">
            <div class="terminal__bar" role="group" aria-label="Terminals">
                if several { { for screens.iter().enumerate().map(tab) } }
                <button type="button" class="terminal__tab" title="Another terminal" aria-label="Another terminal" onclick={ask(shown.terminal, Key::Open)}>{ "+" }</button>
                if several {
                    <button type="button" class="terminal__tab" title="Close this terminal" aria-label="Close this terminal" onclick={ask(shown.terminal, Key::Close)}>{ icon(Icon::Close) }</button>
                }
                <span class="terminal__state">
                    if shown.editing.is_some() {
                        { "kubectl edit: the editor is open" }
                    } else if waits && !props.playing {
                        { "Time is held: the command waits." }
                        <button type="button" class="terminal__tab terminal__go" onclick={act.reform(|_| Command::Time(Time::PlayPause))}>{ "Play" }</button>
                    }
                </span>
                <button type="button" class="terminal__tab" disabled={!waits} title="Stop the command" onclick={ask(shown.terminal, Key::Interrupt(String::new()))}>{ "Ctrl-C" }</button>
                <button type="button" class="terminal__tab terminal__wide" title="A fresh cluster in which nothing was applied; the files stay" onclick={act.reform(|_| Command::Text(Text::Empty))}>{ "Empty the cluster" }</button>
            </div>
            <div class="terminal__panes">
                { for screens.iter().enumerate().map(|(n, screen)| html! {
                    <Pane key={screen.terminal.to_string()} screen={screen.clone()} number={n + 1} chosen={n == *chosen} act={act.clone()} />
                }) }
            </div>
            <p class="heard" id="terminal-help">{ "Tab completes what is typed. Escape, then Tab, leaves the command line. The arrow up brings back older lines, Control C stops a command." }</p>
        </section>
    }
}

fn field_id(terminal: u32) -> String {
    format!("terminal-{terminal}")
}

struct BlockProps(Rc<Block>);

impl PartialEq for BlockProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// Some lines, and whether they are as many as a chunk holds.
struct ChunkProps(Rc<str>, bool);

impl PartialEq for ChunkProps {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1 && (Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0)
    }
}

fn chunk(ChunkProps(text, is_full): &ChunkProps) -> Html {
    let class = classes!(
        "terminal__chunk",
        is_full.then_some("terminal__chunk--full")
    );
    html! { <span {class}>{ &**text }</span> }
}

fn block(BlockProps(block): &BlockProps) -> Html {
    let class = classes!(
        "terminal__block",
        block.of_page.then_some("terminal__block--page")
    );
    let chunk = |(n, text): (usize, &Rc<str>)| {
        let shown = ChunkProps(text.clone(), n + 1 < block.chunks.len());
        keyed((n + block.left_out).to_string(), shown, chunk)
    };
    let typed = block.line.replace('\n', "\n> ");
    html! {
        <div {class}>
            if !block.is_cleared {
                <div class="terminal__typed"><span class="terminal__prompt">{ &block.prompt }</span>{ typed }</div>
            }
            { for block.chunks.iter().enumerate().map(chunk) }
        </div>
    }
}

#[derive(Properties)]
struct PaneProps {
    screen: Rc<Screen>,
    number: usize,
    chosen: bool,
    act: Callback<Command>,
}

impl PartialEq for PaneProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.screen, &other.screen)
            && (self.number, self.chosen) == (other.number, other.chosen)
    }
}

/// One terminal.
#[component]
fn Pane(props: &PaneProps) -> Html {
    let PaneProps {
        screen,
        number,
        chosen,
        act,
    } = props;
    let (view, field, editor) = (use_node_ref(), use_node_ref(), use_node_ref());
    // Whether it follows what is printed, and whether the next Tab leaves.
    let follows = use_mut_ref(|| true);
    let leaves = use_mut_ref(|| false);
    let id = screen.terminal;

    {
        let field = field.clone();
        let (text, cursor) = (screen.field.text.clone(), screen.field.cursor);
        use_effect_with((id, screen.field.revision), move |(_, revision)| {
            if let Some(field) = field
                .cast::<HtmlTextAreaElement>()
                .filter(|_| *revision > 0)
            {
                field.set_value(&text);
                let at = text[..cursor].encode_utf16().count() as u32;
                let _ = field.set_selection_range(at, at);
                grow(&field);
            }
        });
    }
    {
        let (field, editor) = (field.clone(), editor.clone());
        let text = screen.editing.as_ref().map(|editing| editing.text.clone());
        let opened = screen.editing.as_ref().map(|editing| editing.opened);
        use_effect_with(opened, move |_| {
            if let (Some(text), Some(editor)) = (&text, editor.cast::<HtmlTextAreaElement>()) {
                editor.set_value(text);
                let _ = editor.set_selection_range(0, 0);
                editor.set_scroll_top(0);
                let _ = editor.focus();
            }
            // Whoever closes it goes on at the prompt.
            move || {
                if let (Some(_), Some(field)) = (text, field.cast::<HtmlTextAreaElement>()) {
                    let _ = field.focus();
                }
            }
        });
    }
    {
        let (view, follows) = (view.clone(), follows.clone());
        use_effect_with(screen.clone(), move |_| {
            if let Some(view) = view.cast::<Element>().filter(|_| *follows.borrow()) {
                view.set_scroll_top(view.scroll_height());
            }
        });
    }
    let onscroll = {
        let follows = follows.clone();
        Callback::from(move |event: Event| {
            let view: Element = event.target_unchecked_into();
            let left = view.scroll_height() - view.scroll_top() - view.client_height();
            *follows.borrow_mut() = left < NEAR_PX;
        })
    };
    let onclick = {
        let (field, editing) = (field.clone(), screen.editing.is_some());
        Callback::from(move |_: MouseEvent| {
            // A click beside an open editor leaves the focus in it.
            if !has_selection()
                && !editing
                && let Some(field) = field.cast::<HtmlTextAreaElement>()
            {
                let _ = field.focus();
            }
        })
    };
    let oninput = Callback::from(|event: InputEvent| grow(&event.target_unchecked_into()));
    let onfocus = {
        let (act, chosen) = (act.clone(), *chosen);
        Callback::from(move |_| {
            if !chosen {
                act.emit(Command::Terminal(id, Key::Choose));
            }
        })
    };
    let onkeydown = {
        let (act, follows) = (act.clone(), follows.clone());
        let is_shell = screen
            .prompt
            .as_deref()
            .is_none_or(|p| p.ends_with("$ ") || p.ends_with("# "));
        Callback::from(move |event: KeyboardEvent| {
            let field: HtmlTextAreaElement = event.target_unchecked_into();
            let may_leave = std::mem::take(&mut *leaves.borrow_mut());
            if event.key() == "Escape" {
                *leaves.borrow_mut() = true;
            }
            if let Some(key) = pressed(&event, &field, is_shell, may_leave) {
                event.prevent_default();
                event.stop_propagation();
                *follows.borrow_mut() = true;
                act.emit(Command::Terminal(id, key));
            }
        })
    };
    let prompt = screen.prompt.clone().unwrap_or_default();
    let offer = |(n, offer): (usize, &String)| {
        let class = (screen.field.taken == Some(n)).then_some("terminal__offer--taken");
        let onclick = act.reform(move |event: MouseEvent| {
            event.prevent_default();
            Command::Terminal(id, Key::Take(n))
        });
        html! { <li {class} onmousedown={onclick}>{ offer }</li> }
    };
    let offers = screen.field.offers.iter().enumerate().map(offer);
    let edited = screen.editing.as_ref().map(|editing| {
        let save = move |event: &Event, text: String| {
            event.prevent_default();
            event.stop_propagation();
            Command::Terminal(id, Key::Save(text))
        };
        let (text, saved) = (editing.text.clone(), editor.clone());
        let value = move || saved.cast::<HtmlTextAreaElement>().map_or_else(String::new, |e| e.value());
        let on_close = act.reform(move |event: MouseEvent| save(&event, text.to_string()));
        let on_save = {
            let value = value.clone();
            act.reform(move |event: MouseEvent| save(&event, value()))
        };
        let act = act.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let held = event.ctrl_key() || event.meta_key();
            if held && matches!(event.key().as_str(), "s" | "Enter") {
                act.emit(save(&event, value()));
            }
        });
        html! {
            <div class="terminal__edit" role="group" aria-label={format!("Editor of terminal {number}")}>
                <textarea class="terminal__editor" ref={editor.clone()} aria-label="The object as YAML" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" {onkeydown} />
                <p class="terminal__keys">
                    <button type="button" class="terminal__tab terminal__go" title="Ctrl+S" onclick={on_save}>{ "Save and close" }</button>
                    <button type="button" class="terminal__tab" onclick={on_close}>{ "Close unchanged" }</button>
                </p>
            </div>
        }
    });
    html! {
        <div class={classes!("terminal__pane", chosen.then_some("terminal__pane--chosen"), screen.editing.is_some().then_some("terminal__pane--edits"))} ref={view} {onscroll} {onclick}>
            { for edited }
            <div class="terminal__log" role="log" aria-live="polite" aria-label={format!("Output of terminal {number}")}>
                { for screen.blocks.iter().map(|shown| keyed(shown.id.to_string(), BlockProps(shown.clone()), block)) }
            </div>
            if !screen.field.offers.is_empty() {
                <ul class="terminal__offers" role="status" aria-label="Completions">{ for offers }</ul>
            }
            <label class="terminal__line">
                <span class="terminal__prompt" aria-hidden="true">{ prompt }</span>
                <textarea
                    class="terminal__field"
                    id={field_id(id)}
                    ref={field}
                    rows="1"
                    aria-label={format!("Command line of terminal {number}")}
                    aria-describedby="terminal-help"
                    spellcheck="false"
                    autocapitalize="off"
                    autocomplete="off"
                    autocorrect="off"
                    wrap="soft"
                    {oninput}
                    {onfocus}
                    {onkeydown}
                />
            </label>
        </div>
    }
}

fn has_selection() -> bool {
    let selection = gloo::utils::window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// Makes a field as high as its text.
fn grow(field: &HtmlTextAreaElement) {
    let rows = field.value().split('\n').count().min(MOST_ROWS);
    field.set_rows(rows as u32);
}

/// What a key asks for; nothing where it is the browser's.
fn pressed(
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
        match event.key().as_str() {
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

/// The panel, drawn again only when it changed.
pub(crate) fn terminal_panel(props: TerminalProps) -> Html {
    memo(props, terminals)
}
