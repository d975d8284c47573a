//! The terminals: what was typed and printed, and a field at the end. All of it is text; nothing of it is markup.
//!
//! * `pane`: one terminal; `block`: a line and what it printed; `keys`: what the keys in the field ask for

mod block;
mod keys;
mod pane;

use std::rc::Rc;

use web_sys::MouseEvent;
use yew::{Callback, Html, html};

use self::pane::Pane;
use super::focus::focus_on_id;
use super::icon::{Icon, icon};
use super::memo::memo;
use crate::state::{Command, Key, Screen, Text, Time};

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

/// The panel, drawn again only when it changed.
pub(crate) fn terminal_panel(props: TerminalProps) -> Html {
    memo(props, terminals)
}
