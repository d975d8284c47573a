//! The inspector: what the selected thing is, what can be done with it, why it is so and what it waits for.

mod actions;
mod card;
mod disk;
mod free;
mod idle;
mod object;
mod reasons;

use std::rc::Rc;

use ordinal_api::{Kind, ObjectKey, SimTime};
use ordinal_core::{Id, World};
use yew::{Callback, Html, html};

pub(crate) use card::{CardProps, card};

use super::Snapshot;
use crate::components::events::related_events;
use crate::examples::Example;
use crate::state::{Command, Freed};
use crate::words;
use actions::actions;
use idle::idle;

/// What the inspector needs.
#[derive(PartialEq)]
pub(crate) struct InspectorProps {
    /// The world at the playhead.
    pub(crate) world: Snapshot,
    /// What the clock shows, to the second: what is said here counts in seconds.
    pub(crate) clock: SimTime,
    /// What is selected.
    pub(crate) selected: Option<ObjectKey>,
    /// What would free it, where that was tried.
    pub(crate) freed: Option<Rc<Freed>>,
    /// The example that is loaded.
    pub(crate) example: Option<&'static Example>,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The inspector.
pub(crate) fn inspector(props: &InspectorProps) -> Html {
    let InspectorProps {
        world,
        clock,
        selected,
        freed,
        example,
        act,
    } = props;
    let Some(key) = selected else {
        return idle(world, *example, act);
    };
    let id = world.store.id(key.kind, &key.namespace, &key.name);
    html! {
        <article class="inspector" aria-label={format!("{} {}", words::kind(key), key.name)}>
            <h2 class="inspector__title">{ key.name.as_str() }</h2>
            <p class="inspector__kind">{ words::place(key) }</p>
            if let Some(id) = id {
                <p class="inspector__state">{ object::state(world, id, *clock) }</p>
            }
            { actions(world, key, act) }
            if let Some(id) = id {
                { reasons::why_not(world, id, *clock) }
                { free::free(world, id, freed.as_deref(), act) }
                if let Some(claim) = object::claim_that_goes(world, id) {
                    { reasons::why_not(world, claim, *clock) }
                }
                { reasons::why(world, id) }
                { object::keeps(world, id) }
                { disk::contents(world, disk_of(world, id, key.kind)) }
                { related_events(world, id) }
                { object::yaml(world, id) }
            }
        </article>
    }
}

/// The volume whose bytes are shown with a thing: its own, or its claim's.
fn disk_of(world: &World, id: Id, kind: Kind) -> Option<Id> {
    match kind {
        Kind::PersistentVolume => Some(id),
        Kind::PersistentVolumeClaim => {
            let claim = world.get(id)?.as_claim()?;
            world
                .store
                .id(Kind::PersistentVolume, "", &claim.volume_name)
        }
        _ => None,
    }
}
