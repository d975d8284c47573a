//! One terminal: its lines, the field, the editor that one of its lines opened.

use std::rc::Rc;

use web_sys::{Element, Event, HtmlTextAreaElement, InputEvent, KeyboardEvent, MouseEvent};
use yew::{
    Callback, Html, NodeRef, Properties, TargetCast, classes, component, html, use_effect_with,
    use_mut_ref, use_node_ref,
};

use super::block::{BlockProps, block};
use super::field_id;
use super::keys::{has_selection, pressed};
use crate::components::memo::keyed;
use crate::state::{Command, Editing, Key, Page, Screen};

/// A field is no higher than so many lines.
const MOST_ROWS: usize = 12;
/// So near its end, in pixels, a terminal follows what is printed.
const NEAR_PX: i32 = 40;

#[derive(Properties)]
pub(super) struct PaneProps {
    pub(super) screen: Rc<Screen>,
    pub(super) number: usize,
    pub(super) chosen: bool,
    pub(super) act: Callback<Command>,
}

impl PartialEq for PaneProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.screen, &other.screen)
            && (self.number, self.chosen) == (other.number, other.chosen)
    }
}

/// One terminal.
#[component]
pub(super) fn Pane(props: &PaneProps) -> Html {
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
    let typed = use_mut_ref(|| false);
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
    let types = {
        let (act, typed) = (act.clone(), typed.clone());
        move |types: bool| {
            if std::mem::replace(&mut *typed.borrow_mut(), types) != types {
                act.emit(Command::Page(Page::Types(types)));
            }
        }
    };
    let oninput = {
        let types = types.clone();
        Callback::from(move |event: InputEvent| {
            let field: HtmlTextAreaElement = event.target_unchecked_into();
            grow(&field);
            types(!field.value().is_empty());
        })
    };
    let onblur = Callback::from(move |_| types(false));
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
                *typed.borrow_mut() &= !matches!(key, Key::Enter(_) | Key::Interrupt(_));
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
    let edited = screen.editing.as_ref();
    let edited = edited.map(|editing| editing_view(id, *number, editing, &editor, act));
    html! {
        <div class={classes!("terminal__pane", chosen.then_some("terminal__pane--chosen"), screen.editing.is_some().then_some("terminal__pane--edits"))} ref={view} {onscroll} {onclick}>
            { for edited }
            <div class="terminal__log" role="log" aria-live="polite" aria-label={format!("Output of terminal {number}")}>
                { for screen.blocks.iter().map(|shown| keyed(shown.id.to_string(), BlockProps(shown.clone()), block)) }
            </div>
            <div role="status" aria-label="Completions">
                if !screen.field.offers.is_empty() {
                    <ul class="terminal__offers">{ for offers }</ul>
                }
            </div>
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
                    {onblur}
                    {onkeydown}
                />
            </label>
        </div>
    }
}

/// The editor that `kubectl edit` opened, in the place of what was printed.
fn editing_view(
    id: u32,
    number: usize,
    editing: &Editing,
    area: &NodeRef,
    act: &Callback<Command>,
) -> Html {
    let save = move |event: &Event, text: String| {
        event.prevent_default();
        event.stop_propagation();
        Command::Terminal(id, Key::Save(text))
    };
    let (text, written) = (editing.text.clone(), area.clone());
    let value = move || {
        let area = written.cast::<HtmlTextAreaElement>();
        area.map_or_else(String::new, |area| area.value())
    };
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
            <textarea class="terminal__editor" ref={area.clone()} aria-label="The object as YAML" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" {onkeydown} />
            <p class="terminal__keys">
                <button type="button" class="terminal__tab terminal__go" title="Ctrl+S" onclick={on_save}>{ "Save and close" }</button>
                <button type="button" class="terminal__tab" onclick={on_close}>{ "Close unchanged" }</button>
            </p>
        </div>
    }
}

/// Makes a field as high as its text.
fn grow(field: &HtmlTextAreaElement) {
    let rows = field.value().split('\n').count().min(MOST_ROWS);
    field.set_rows(rows as u32);
}
