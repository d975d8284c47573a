//! Who acts in a beat, and what led to it.

use ordinal_api::Kind;
use ordinal_core::{Component, Id, World};

use super::{Arrow, Lamp};
use crate::caption::Teller;
use crate::tempo::Beat;

/// The lamps, and whose acting lights them.
const LAMPS: &[(&str, &[Component])] = &[
    ("statefulset", &[Component::StatefulSet]),
    (
        "deployment",
        &[
            Component::Deployment,
            Component::ReplicaSet,
            Component::ReplicationController,
        ],
    ),
    ("scheduler", &[Component::Scheduler]),
    ("kubelet", &[Component::Kubelet]),
    (
        "pv-binder",
        &[Component::PersistentVolume, Component::Provisioner],
    ),
    (
        "attach-detach",
        &[Component::AttachDetach, Component::Attacher],
    ),
    ("endpointslice", &[Component::EndpointSlice]),
    ("node-lifecycle", &[Component::NodeLifecycle]),
    ("taint-eviction", &[Component::TaintEviction]),
    (
        "garbage-collector",
        &[
            Component::GarbageCollector,
            Component::PodGc,
            Component::Namespace,
            Component::Disruption,
            Component::Protection,
        ],
    ),
];

pub(super) fn lamps(world: &World, beat: Option<&Beat>) -> Vec<Lamp> {
    let acting = |by: Component| {
        let shown = beat.map(|b| &b.shown[..]).unwrap_or_default();
        shown
            .iter()
            .any(|seq| world.entry(*seq).is_some_and(|entry| entry.by == by))
    };
    let has_deployments = [Kind::ReplicaSet, Kind::ReplicationController]
        .iter()
        .any(|kind| world.store.list(*kind).next().is_some());
    let lamps = LAMPS
        .iter()
        .filter(|(name, _)| *name != "deployment" || has_deployments);
    lamps
        .map(|(name, parts)| Lamp {
            name,
            lit: parts.iter().any(|by| acting(*by)),
        })
        .collect()
}

/// From what led to it to what the beat says, where the caption names both.
pub(super) fn arrow(world: &World, before: Option<&World>, beat: &Beat) -> Option<Arrow> {
    let teller = Teller { world, before };
    let lead = world.entry(beat.lead?)?;
    let said = teller.clause(lead).filter(|said| said.reason.is_none())?;
    let cause = teller.cause_of(lead, &said)?;
    let (from, to) = (
        drawn(world, teller.thing(cause))?,
        drawn(world, teller.thing(lead))?,
    );
    (from != to).then_some(Arrow {
        entry: lead.seq,
        from,
        to,
    })
}

/// The handle of the thing in the picture that stands for an object.
fn drawn(world: &World, subject: Id) -> Option<Id> {
    match world.store.key(subject).kind {
        Kind::Pod | Kind::Node | Kind::StatefulSet | Kind::Deployment | Kind::PersistentVolume => {
            Some(subject)
        }
        Kind::PersistentVolumeClaim => {
            let claim = world.get(subject).and_then(|o| o.as_claim());
            let volume =
                claim.and_then(|c| world.store.id(Kind::PersistentVolume, "", &c.volume_name));
            Some(volume.unwrap_or(subject))
        }
        Kind::VolumeAttachment => {
            let attachment = world.get(subject).and_then(|o| o.as_volume_attachment())?;
            world
                .store
                .id(Kind::PersistentVolume, "", &attachment.volume)
        }
        _ => None,
    }
}
