//! Why a thing is as it is, and why something does not happen with it.

use ordinal_api::SimTime;
use ordinal_core::{Id, World};
use ordinal_scene::why::{WhyStep, why as causes, why_not as guards};
use yew::{Html, classes, html};

use crate::components::spans::sentence;
use crate::words::{clock as shown, length};

/// From what it waits for to the root; nothing when nothing holds it.
pub(super) fn why_not(world: &World, id: Id, clock: SimTime) -> Html {
    let steps = guards(world, id);
    if steps.is_empty() {
        return Html::default();
    }
    let until = steps
        .iter()
        .find_map(|step| step.until)
        .filter(|until| *until > clock);
    html! {
        <section class="inspector__section">
            <h3>{ "What it waits for" }</h3>
            <ol class="chain chain--held">{ for steps.iter().map(|step| link(step, true)) }</ol>
            if let Some(until) = until {
                <p class="inspector__until">{ format!("Ends by itself in {}, at {}", length(until.since(clock)), shown(until)) }</p>
            }
        </section>
    }
}

/// From a command or a fault to its last change.
pub(super) fn why(world: &World, id: Id) -> Html {
    let steps = causes(world, id);
    if steps.is_empty() {
        return Html::default();
    }
    html! {
        <section class="inspector__section">
            <h3>{ "Why it is so" }</h3>
            <ol class="chain">{ for steps.iter().map(|step| link(step, false)) }</ol>
        </section>
    }
}

fn link(step: &WhyStep, held: bool) -> Html {
    let title = (!step.source.is_empty()).then(|| step.source.to_string());
    html! {
        <li class={classes!("chain__step", "sentence", step.root.then_some("chain__step--root"))}>
            { sentence(&step.text) }
            if !step.rule.is_empty() {
                <span class="chain__rule">{ step.rule.as_str() }</span>
            }
            if !step.guard.is_empty() {
                { " " }<code class="chain__guard" {title}>{ step.guard.as_str() }</code>
            }
            if !held {
                <time class="chain__at">{ shown(step.at) }</time>
            }
        </li>
    }
}
