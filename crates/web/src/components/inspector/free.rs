//! What would free a Pod that waits: tried when it is asked for, each attempt on a copy of the cluster.

use ordinal_api::Kind;
use ordinal_core::{Id, World};
use ordinal_scene::why::why_not;
use yew::{Callback, Html, html};

use crate::state::{Command, Freed, Goal, Page};
use crate::words::length;

/// The question, or its answer; nothing where nothing waits.
pub(super) fn free(world: &World, id: Id, freed: Option<&Freed>, act: &Callback<Command>) -> Html {
    let waits = world.store.key(id).kind == Kind::Pod && !why_not(world, id).is_empty();
    let shown = match freed {
        _ if !waits => return Html::default(),
        None => {
            let onclick = act.reform(|_| Command::Page(Page::Free));
            html! {
                <button type="button" class="tries__try" {onclick}>
                    <span class="tries__label">{ "Try everything" }</span>
                    <span class="tries__why">{ "Each on a copy of this cluster. Guess first." }</span>
                </button>
            }
        }
        Some(freed) => answer(freed, act),
    };
    html! {
        <section class="inspector__section" aria-live="polite">
            <h3>{ "What would free it" }</h3>
            <div class="tries">{ shown }</div>
        </section>
    }
}

fn answer(freed: &Freed, act: &Callback<Command>) -> Html {
    let (there, comes) = match freed.goal {
        Goal::Ready => ("Ready", "makes it Ready"),
        Goal::Gone => ("Gone", "ends it"),
    };
    let remedies = freed.remedies.iter().map(|remedy| {
        let line = remedy.offer.line.clone();
        let title = line.clone();
        let onclick = act.reform(move |_| Command::Line(line.clone()));
        html! {
            <button type="button" key={title.clone()} class="tries__try" {onclick}>
                <span class="tries__label">{ &remedy.offer.label }</span>
                <code class="tries__line" title={title.clone()}>{ &title }</code>
                <span class="tries__why">
                    <strong class="tries__in">{ format!("{there} in {}", length(remedy.takes)) }</strong>
                    { " " }
                    if let Some(promise) = remedy.breaks {
                        <span class="tries__risk">{ format!("breaks: {promise}") }</span>
                    } else {
                        { remedy.offer.help }
                    }
                </span>
            </button>
        }
    });
    let waiting = match freed.waiting {
        Some(wait) => format!("Waiting helps too: {there} in {}", length(wait)),
        None if freed.remedies.is_empty() => {
            format!("Nothing that the page can try {comes} within 20 minutes.")
        }
        None => "Waiting does not help within 20 minutes.".to_owned(),
    };
    html! { <>{ for remedies }<p class="inspector__note">{ waiting }</p></> }
}
