//! What the inspector shows while nothing is selected: what to watch for, what to try, and everything that runs.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, ObjectKey, Text};
use ordinal_scene::why::why_not;
use yew::{Callback, Html, html};

use crate::components::Snapshot;
use crate::components::spans::sentence;
use crate::examples::Example;
use crate::state::{Command, Page};

/// Kinds that are listed, in this order.
const KINDS: [Kind; 8] = [
    Kind::StatefulSet,
    Kind::Deployment,
    Kind::DaemonSet,
    Kind::CronJob,
    Kind::Job,
    Kind::Node,
    Kind::Pod,
    Kind::PersistentVolumeClaim,
];
/// So many pods that wait are listed.
const MOST_WAITS: usize = 3;
/// So many of a kind are listed.
const MOST: usize = 12;

/// The inspector at rest.
pub(super) fn idle(
    world: &Snapshot,
    example: Option<&'static Example>,
    act: &Callback<Command>,
) -> Html {
    html! {
        <article class="inspector">
            if let Some(example) = example {
                <h2 class="inspector__title">{ capital(example.title) }</h2>
                <p class="inspector__state">{ example.watch }</p>
                <section class="inspector__section">
                    <h3>{ "Try" }</h3>
                    <div class="tries">{ for example.tries.iter().filter(|(_, line)| makes_sense(world, line)).map(|(label, line)| attempt(label, line, act)) }</div>
                </section>
            } else {
                <h2 class="inspector__title">{ "Your manifests" }</h2>
                <p class="inspector__state">{ "Choose anything in the picture to see what it is, why it is so, and what can be done with it." }</p>
            }
            { waits(world, act) }
            { for KINDS.into_iter().map(|kind| list(world, kind, act)) }
        </article>
    }
}

/// The pods that do not come or do not go, each with what holds it in the end, and claims and volumes that do not go.
fn waits(world: &Snapshot, act: &Callback<Command>) -> Html {
    let kinds = [
        Kind::Pod,
        Kind::PersistentVolumeClaim,
        Kind::PersistentVolume,
    ];
    let all = kinds.into_iter().flat_map(|kind| world.store.list(kind));
    let held = all.filter(|(_, object)| {
        let pod = object.as_pod();
        object.meta.is_deleting() || pod.is_some_and(|pod| !pod.is_ready())
    });
    let held = held.filter_map(|(id, pod)| {
        let mut steps = why_not(world, id);
        if pod.kind() != Kind::Pod {
            // Who uses a claim says more than what that one does.
            steps.truncate(1);
            steps.iter_mut().for_each(|step| step.rule = Text::default());
        }
        let root = steps.pop()?;
        let key = pod.key();
        let name = named(world, &key);
        let onclick = act.reform(move |_| Command::Page(Page::Select(Some(key.clone()))));
        Some(html! {
            <button key={name.clone()} type="button" class="tries__try" {onclick}>
                <span class="tries__label">{ name }</span>
                <span class="tries__why">
                    if root.rule.is_empty() { { sentence(&root.text) } } else { { root.rule.as_str() } }
                </span>
            </button>
        })
    });
    let held: Vec<Html> = held.take(MOST_WAITS).into_list();
    if held.is_empty() {
        return Html::default();
    }
    html! {
        <section class="inspector__section">
            <h3>{ "What waits" }</h3>
            <div class="tries">{ for held }</div>
        </section>
    }
}

/// The name, after the namespace where Pods run in several.
fn named(world: &Snapshot, key: &ObjectKey) -> String {
    let mut pods = world
        .store
        .list(Kind::Pod)
        .map(|(_, pod)| &pod.meta.namespace);
    let first = pods.next();
    match pods.any(|namespace| Some(namespace) != first) && !key.namespace.is_empty() {
        true => format!("{}/{}", key.namespace, key.name),
        false => key.name.to_string(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        std::iter::once(first.to_ascii_uppercase())
            .chain(chars)
            .collect()
    })
}

/// Whether there is something to break, or to mend, at this moment.
fn makes_sense(world: &Snapshot, line: &str) -> bool {
    let Some((verb, name)) = line.split_once(' ') else {
        return true;
    };
    let machine = world.machines.values().find(|m| m.name == name);
    machine.is_none_or(|m| match verb {
        "power-off" => m.powered,
        "power-on" => !m.powered,
        "partition" => m.linked,
        "heal" => !m.linked,
        _ => true,
    })
}

fn attempt(label: &'static str, line: &'static str, act: &Callback<Command>) -> Html {
    html! {
        <button type="button" class="tries__try" onclick={act.reform(move |_| Command::Line(line.to_owned()))}>
            <span class="tries__label">{ label }</span>
            <code class="tries__line" title={line}>{ line }</code>
        </button>
    }
}

fn list(world: &Snapshot, kind: Kind, act: &Callback<Command>) -> Html {
    let keys: Vec<ObjectKey> = world
        .store
        .list(kind)
        .map(|(_, object)| object.key())
        .into_list();
    if keys.is_empty() {
        return Html::default();
    }
    let more = keys.len().saturating_sub(MOST);
    let item = |key: ObjectKey| {
        let name = named(world, &key);
        let onclick = act.reform(move |_| Command::Page(Page::Select(Some(key.clone()))));
        html! { <li key={name.clone()}><button type="button" class="things__thing" {onclick}>{ name }</button></li> }
    };
    html! {
        <section class="inspector__section">
            <h3 class="inspector__noun">{ format!("{kind}s") }</h3>
            <ul class="things">{ for keys.into_iter().take(MOST).map(item) }</ul>
            if more > 0 {
                <p class="inspector__note">{ format!("and {more} more") }</p>
            }
        </section>
    }
}
