//! The panels beside the stage, as tabs; on a narrow page a sheet from below.

use ordinal_api::list::IntoList;
use std::rc::Rc;

use ordinal_api::event::EventType;
use ordinal_api::{Kind, Object, ObjectKey, SimTime};
use ordinal_core::{Id, World};
use web_sys::KeyboardEvent;
use yew::{Callback, Html, classes, html};

use super::Snapshot;
use super::icon::{Icon, icon};
use super::inspector::{InspectorProps, inspector};
use super::manifests::{ManifestsPanel, ManifestsView};
use super::memo::memo;
use super::terminal::{TerminalProps, terminal_panel};
use crate::examples::Example;
use crate::state::{Command, Page, Panel, Screen};
use crate::words::clock as shown;

/// So many events are listed, the newest first.
const MOST_EVENTS: usize = 200;
/// So many of them about one thing.
const MOST_RELATED: usize = 12;

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
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            act.emit(Command::Page(Page::Show(Panel::ALL[to])));
            focus_tab(Panel::ALL[to]);
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

fn focus_tab(panel: Panel) {
    use wasm_bindgen::JsCast;
    let tab = gloo::utils::document().get_element_by_id(&format!("tab-{}", panel.slug()));
    if let Some(tab) = tab.and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It can have gone in the meantime; then the focus stays where it is.
        let _ = tab.focus();
    }
}

#[derive(PartialEq)]
struct EventsProps {
    world: Snapshot,
    act: Callback<Command>,
}

/// All events, the newest first.
fn events(props: &EventsProps) -> Html {
    let EventsProps { world, act } = props;
    let mut events: Vec<_> = world.store.list(Kind::Event).into_list();
    let total = events.len();
    ordinal_api::sorted::sort_by_key(&mut events, |(id, object)| {
        std::cmp::Reverse((object.as_event().map(|e| e.last_seen), *id))
    });
    events.truncate(MOST_EVENTS);
    let row = |(id, object): &(Id, &std::sync::Arc<Object>)| event_row(*id, object, Some(act));
    html! {
        <section class="events" aria-label="Events">
            if events.is_empty() {
                <p class="events__none">{ "No events yet." }</p>
            }
            <ol class="events__list">{ for events.iter().map(row) }</ol>
            if total > MOST_EVENTS {
                <p class="events__none">{ format!("and {} older", total - MOST_EVENTS) }</p>
            }
        </section>
    }
}

fn event_row(id: Id, object: &Object, act: Option<&Callback<Command>>) -> Html {
    let Some(event) = object.as_event() else {
        return Html::default();
    };
    let warning = event.type_ == EventType::Warning;
    let about = (*event.involved).clone();
    let name = about.to_string();
    html! {
        <li key={id.0} class={classes!("event", warning.then_some("event--warning"))}>
            <time class="event__at">{ shown(event.last_seen) }</time>
            <span class="event__reason">{ event.reason.as_str() }</span>
            if event.count > 1 {
                <span class="event__count">{ format!("×{}", event.count) }</span>
            }
            <span class="event__message">{ event.message.as_str() }</span>
            <span class="event__foot">
                if let Some(act) = act {
                    <button type="button" class="event__about" onclick={act.reform(move |_| Command::Page(Page::Select(Some(about.clone()))))}>{ name }</button>
                }
                <span class="event__from">{ event.component.as_str() }</span>
            </span>
        </li>
    }
}

/// The events about one thing.
pub(crate) fn related_events(world: &World, about: Id, _clock: SimTime) -> Html {
    let mut events: Vec<_> = world.store.events_about(about).into_list();
    if events.is_empty() {
        return Html::default();
    }
    ordinal_api::sorted::sort_by_key(&mut events, |(id, object)| {
        std::cmp::Reverse((object.as_event().map(|e| e.last_seen), *id))
    });
    html! {
        <section class="inspector__section">
            <h3>{ "Events" }</h3>
            <ol class="events__list">{ for events.iter().take(MOST_RELATED).map(|(id, object)| event_row(*id, object, None)) }</ol>
        </section>
    }
}
