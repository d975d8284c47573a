//! The panels beside the stage, as tabs; on a narrow page a sheet from below.

use std::rc::Rc;

use ordinal_api::{ObjectKey, SimTime};
use web_sys::KeyboardEvent;
use yew::{Callback, Html, classes, html};

use super::Snapshot;
use super::events::{EventsProps, events};
use super::focus::focus_on_id;
use super::icon::{Icon, icon};
use super::inspector::{InspectorProps, inspector};
use super::manifests::{ManifestsPanel, ManifestsView};
use super::memo::memo;
use super::terminal::{TerminalProps, terminal_panel};
use crate::examples::Example;
use crate::state::{Command, Freed, Page, Panel, Screen};

/// What the panels need.
#[derive(PartialEq)]
pub(crate) struct SideProps {
    /// The panel that is shown.
    pub(crate) panel: Panel,
    /// Whether the sheet is open on a narrow page.
    pub(crate) open: bool,
    /// The world at the playhead.
    pub(crate) world: Snapshot,
    /// What the clock shows, to the second.
    pub(crate) clock: SimTime,
    /// What is selected.
    pub(crate) selected: Option<ObjectKey>,
    /// What would free it, where that was tried.
    pub(crate) freed: Option<Rc<Freed>>,
    /// The example that is loaded.
    pub(crate) example: Option<&'static Example>,
    /// The manifests.
    pub(crate) manifests: Rc<ManifestsView>,
    /// The terminals, and which of them is typed into.
    pub(crate) screens: (Vec<Rc<Screen>>, usize),
    /// Whether time runs.
    pub(crate) playing: bool,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The panels.
pub(crate) fn side(props: &SideProps) -> Html {
    let SideProps {
        panel,
        open,
        world,
        clock,
        selected,
        freed,
        example,
        manifests,
        screens,
        playing,
        act,
    } = props;
    let class = classes!(
        "side",
        open.then_some("side--open"),
        format!("side--{}", panel.slug())
    );
    let on_sheet = {
        let open = *open;
        act.reform(move |_| Command::Page(Page::Sheet(!open)))
    };
    let body = match panel {
        Panel::Inspector => {
            let shown = InspectorProps {
                world: world.clone(),
                clock: *clock,
                selected: selected.clone(),
                freed: freed.clone(),
                example: *example,
                act: act.clone(),
            };
            memo(shown, inspector)
        }
        Panel::Manifests => html! { <ManifestsPanel view={manifests.clone()} act={act.clone()} /> },
        Panel::Terminal => {
            let shown = TerminalProps {
                screens: screens.clone(),
                playing: *playing,
                act: act.clone(),
            };
            terminal_panel(shown)
        }
        Panel::Events => {
            let shown = EventsProps {
                world: world.clone(),
                act: act.clone(),
            };
            memo(shown, events)
        }
    };
    html! {
        <aside {class} aria-label="Details">
            <div class="side__bar">
                { tabs(*panel, manifests.errors(), manifests.changes(), act) }
                <button type="button" class="button button--icon button--quiet side__toggle" aria-expanded={open.to_string()} aria-label={if *open { "Close the sheet" } else { "Open the sheet" }} onclick={on_sheet}>
                    { icon(if *open { Icon::Down } else { Icon::Forward }) }
                </button>
            </div>
            <div class="side__body" role="tabpanel" id="panel" aria-labelledby={format!("tab-{}", panel.slug())} tabindex="-1">{ body }</div>
        </aside>
    }
}

fn tabs(chosen: Panel, errors: usize, changes: usize, act: &Callback<Command>) -> Html {
    let onkeydown = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            let at = Panel::ALL.iter().position(|p| *p == chosen).unwrap_or(0);
            let to = match event.key().as_str() {
                "ArrowRight" => (at + 1) % Panel::ALL.len(),
                "ArrowLeft" => (at + Panel::ALL.len() - 1) % Panel::ALL.len(),
                "Home" => 0,
                "End" => Panel::ALL.len() - 1,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            act.emit(Command::Page(Page::Show(Panel::ALL[to])));
            focus_on_id(&format!("tab-{}", Panel::ALL[to].slug()));
        })
    };
    let tab = |panel: Panel| {
        let selected = panel == chosen;
        let onclick = act.reform(move |_| Command::Page(Page::Show(panel)));
        html! {
            <button
                type="button"
                key={panel.slug()}
                class="tabs__tab"
                role="tab"
                id={format!("tab-{}", panel.slug())}
                aria-selected={selected.to_string()}
                aria-controls="panel"
                tabindex={if selected { "0" } else { "-1" }}
                {onclick}
            >
                { panel.label() }
                if panel == Panel::Manifests && errors > 0 {
                    <span class="tabs__count tabs__count--bad">{ errors }<span class="heard">{ " errors" }</span></span>
                } else if panel == Panel::Manifests && changes > 0 {
                    <span class="tabs__count" title="Repairs and placeholders">{ changes }<span class="heard">{ " repairs and placeholders" }</span></span>
                }
            </button>
        }
    };
    html! { <div class="tabs" role="tablist" aria-label="Panels" {onkeydown}>{ for Panel::ALL.into_iter().map(tab) }</div> }
}
