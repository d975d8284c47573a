//! The selected thing where there is no inspector: in the embedded page.

use ordinal_api::{ObjectKey, SimTime};
use yew::{Callback, Html, html};

use super::actions::actions;
use super::{object, reasons};
use crate::components::Snapshot;
use crate::components::icon::{Icon, icon};
use crate::state::{Command, Page};
use crate::words;

/// What the card needs.
#[derive(PartialEq)]
pub(crate) struct CardProps {
    /// The world at the playhead.
    pub(crate) world: Snapshot,
    /// What the clock shows, to the second.
    pub(crate) clock: SimTime,
    /// What is selected.
    pub(crate) of: ObjectKey,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The card.
pub(crate) fn card(props: &CardProps) -> Html {
    let CardProps {
        world,
        clock,
        of,
        act,
    } = props;
    let id = world.store.id(of.kind, &of.namespace, &of.name);
    let on_close = act.reform(|_| Command::Page(Page::Select(None)));
    html! {
        <aside class="card" aria-label={format!("{} {}", words::kind(of), of.name)}>
            <button type="button" class="button button--icon button--quiet card__close" aria-label="Close" onclick={on_close}>
                { icon(Icon::Close) }
            </button>
            <h2 class="inspector__title">{ of.name.as_str() }</h2>
            if let Some(id) = id {
                <p class="inspector__state">{ object::state(world, id, *clock) }</p>
                { reasons::why_not(world, id, *clock) }
            }
            { actions(world, of, act) }
        </aside>
    }
}
