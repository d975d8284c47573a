//! The light that burns while the cluster breaks a promise: two of one identity, two writers, a write that is lost.

use ordinal_api::Kind;
use ordinal_core::World;
use ordinal_core::truth::Broken;
use yew::{Html, html};

use super::snapshot::Snapshot;

/// What the light needs.
#[derive(PartialEq)]
pub(crate) struct LightProps {
    /// The world at the playhead.
    pub(crate) world: Snapshot,
}

/// The light; nothing while every promise is kept.
pub(crate) fn light(props: &LightProps) -> Html {
    let broken = props.world.broken();
    html! {
        <div class="lights" role="status" aria-live="polite">
            { for broken.iter().map(|broken| html! {
                <p class="light">
                    <strong>{ "Broken: " }{ broken.promise.text() }</strong>
                    { format!(" · {}", about(&props.world, broken)) }
                </p>
            }) }
        </div>
    }
}

/// What the promise is about, and the machines that have a part in it: `data-web-0 (node-1 and node-3)`.
fn about(world: &World, broken: &Broken) -> String {
    let key = world.store.key(broken.subject);
    let volume = world.get(broken.subject).and_then(|o| o.as_volume());
    let claim = volume.and_then(|volume| volume.claim_ref.as_ref());
    let name = match claim {
        Some(claim) if key.kind == Kind::PersistentVolume => &claim.name,
        _ => &key.name,
    };
    let machines: Vec<&str> = broken
        .machines
        .iter()
        .map(|machine| world.store.key(*machine).name.as_str())
        .collect();
    if machines.is_empty() {
        return name.to_string();
    }
    format!("{name} ({})", machines.join(" and "))
}
