//! Events: all of them, and those about one thing.

use std::cmp::Reverse;
use std::sync::Arc;

use ordinal_api::event::EventType;
use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Object};
use ordinal_core::{Id, World};
use yew::{Callback, Html, classes, html};

use super::Snapshot;
use crate::state::{Command, Page};
use crate::words::clock as shown;

/// So many events are listed, the newest first.
const MOST_EVENTS: usize = 200;
/// So many of them about one thing.
const MOST_RELATED: usize = 12;

/// What the panel of events needs.
#[derive(PartialEq)]
pub(super) struct EventsProps {
    /// The world at the playhead.
    pub(super) world: Snapshot,
    /// What is to be done.
    pub(super) act: Callback<Command>,
}

/// All events, the newest first.
pub(super) fn events(props: &EventsProps) -> Html {
    let EventsProps { world, act } = props;
    let mut events: Vec<_> = world.store.list(Kind::Event).into_list();
    let total = events.len();
    newest_first(&mut events);
    events.truncate(MOST_EVENTS);
    let row = |(id, object): &(Id, &Arc<Object>)| event_row(*id, object, Some(act));
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

fn newest_first(events: &mut [(Id, &Arc<Object>)]) {
    ordinal_api::sorted::sort_by_key(events, |(id, object)| {
        Reverse((object.as_event().map(|e| e.last_seen), *id))
    });
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
pub(super) fn related_events(world: &World, about: Id) -> Html {
    let mut events: Vec<_> = world.store.events_about(about).into_list();
    if events.is_empty() {
        return Html::default();
    }
    newest_first(&mut events);
    html! {
        <section class="inspector__section">
            <h3>{ "Events" }</h3>
            <ol class="events__list">{ for events.iter().take(MOST_RELATED).map(|(id, object)| event_row(*id, object, None)) }</ol>
        </section>
    }
}
