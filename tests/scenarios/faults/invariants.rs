//! What holds in every state that a watcher of the API can see, and between one state and the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::storage::{ClaimPhase, VolumePhase, multi_attach_allowed};
use ordinal_api::{Kind, Object, SimTime, Uid, condition};
use ordinal_core::disk::Place;
use ordinal_core::{Cluster, Id, World};

use super::steps::Steps;

/// `forced`: whether somebody says that what cannot be seen is gone.
///
/// # Errors
/// The first property that does not hold, with its name in the reference's list, the moment and the object.
pub(super) fn hold(cluster: &Cluster, forced: bool) -> Result<(), String> {
    let mut steps = Steps::new(forced);
    let mut before: BTreeMap<Uid, Arc<Object>> = BTreeMap::new();
    let mut seen: Option<&World> = None;
    for world in cluster.frames() {
        let say = |id: &str, object: &Object| {
            Err(format!(
                "{id} at {} ms: {}",
                world.now().as_ms(),
                object.meta.name
            ))
        };
        for kind in [
            Kind::Pod,
            Kind::PersistentVolumeClaim,
            Kind::PersistentVolume,
        ] {
            for (id, object) in world.store.list(kind) {
                let unchanged = seen
                    .and_then(|w| w.get(id))
                    .is_some_and(|o| Arc::ptr_eq(o, object));
                if unchanged {
                    continue;
                }
                let old = before.insert(object.meta.uid, object.clone());
                if let Some(id) = old.as_deref().and_then(|old| forbidden(old, object)) {
                    return say(id, object);
                }
                if let Some(id) = impossible(world, id, object) {
                    return say(id, object);
                }
            }
        }
        if let Some((id, object)) = attached_twice(world) {
            return say(id, object);
        }
        if let Some((id, object)) = runs_without_disk(world) {
            return say(id, object);
        }
        if let Some((rule, id)) = steps.step(seen, world) {
            let name = &world.store.key(id).name;
            return Err(format!("{rule} at {} ms: {name}", world.now().as_ms()));
        }
        seen = Some(world);
    }
    Ok(())
}

/// Changes that no object may undergo.
fn forbidden(old: &Object, new: &Object) -> Option<&'static str> {
    let moment = |o: &Object| o.meta.deletion.as_ref().map(|d| d.timestamp);
    match (moment(old), moment(new)) {
        (Some(_), None) => return Some("N11 (deletionTimestamp was cleared)"),
        (Some(a), Some(b)) if b > a => return Some("N11 (deletionTimestamp moved later)"),
        _ => {}
    }
    if let (Some(a), Some(b)) = (old.as_pod(), new.as_pod()) {
        let phase = |p: &ordinal_api::pod::Pod| p.status.phase;
        if !a.node_name.is_empty() && a.node_name != b.node_name {
            return Some("S1 (spec.nodeName changed)");
        }
        if phase(a).is_terminal() && phase(a) != phase(b) {
            return Some("N10 (a terminal phase changed)");
        }
        let mut containers = a.status.containers.iter().zip(&b.status.containers);
        if containers.any(|(a, b)| a.restart_count > b.restart_count) {
            return Some("S7 (restartCount fell)");
        }
    }
    if let (Some(a), Some(b)) = (old.as_claim(), new.as_claim())
        && !a.volume_name.is_empty()
        && a.volume_name != b.volume_name
    {
        return Some("P1 (spec.volumeName changed)");
    }
    None
}

/// States that no object may be in.
fn impossible(world: &World, id: Id, object: &Object) -> Option<&'static str> {
    if let Some(pod) = object.as_pod() {
        let scheduled = condition::is_true(&pod.status.conditions, "PodScheduled");
        if scheduled && pod.node_name.is_empty() {
            return Some("S5 (PodScheduled without a node)");
        }
    }
    if let Some(claim) = object.as_claim()
        && claim.status.phase == ClaimPhase::Bound
    {
        let volume = world
            .store
            .find(Kind::PersistentVolume, "", &claim.volume_name);
        let reference = volume
            .and_then(|o| o.as_volume())
            .and_then(|v| v.claim_ref.as_ref());
        if volume.is_some() && reference.is_none_or(|r| r.uid != object.meta.uid) {
            return Some("P4 (Bound before its volume refers to it)");
        }
        let same = |(other, o): (Id, &Arc<Object>)| {
            let bound = o.as_claim().is_some_and(|c| {
                c.volume_name == claim.volume_name && c.status.phase == ClaimPhase::Bound
            });
            other != id && bound
        };
        if world.store.list(Kind::PersistentVolumeClaim).any(same) {
            return Some("P2 (two claims bound to one volume)");
        }
    }
    if let Some(volume) = object.as_volume()
        && volume.phase == VolumePhase::Bound
    {
        let reference = volume.claim_ref.as_ref();
        let claim = reference.and_then(|r| {
            world
                .store
                .find(Kind::PersistentVolumeClaim, &r.namespace, &r.name)
                .filter(|o| o.meta.uid == r.uid)
        });
        let names = claim
            .and_then(|o| o.as_claim())
            .map(|c| c.volume_name.as_str());
        if reference.is_none() || names.is_some_and(|n| !n.is_empty() && n != object.meta.name) {
            return Some("P2 (Bound to a claim that names another volume)");
        }
        let same = |(other, o): (Id, &Arc<Object>)| {
            let reference = o.as_volume().and_then(|v| v.claim_ref.as_ref());
            other != id && reference.is_some_and(|r| volume.claim_ref.as_ref() == Some(r))
        };
        if world.store.list(Kind::PersistentVolume).any(same) {
            return Some("P12 (two volumes for one claim)");
        }
    }
    if let Some(volume) = object.as_volume()
        && volume.phase == VolumePhase::Released
    {
        let reference = volume.claim_ref.as_ref();
        let live = reference.and_then(|r| {
            world
                .store
                .find(Kind::PersistentVolumeClaim, &r.namespace, &r.name)
                .filter(|o| o.meta.uid == r.uid)
        });
        if reference.is_none_or(|r| r.uid == Uid::NONE) || live.is_some() {
            return Some("P9 (Released, and its claim lives)");
        }
    }
    None
}

/// A1: a disk for one node is attached to one.
fn attached_twice(world: &World) -> Option<(&'static str, &Object)> {
    let mut attached: Vec<&str> = Vec::new();
    for (_, object) in world.store.list(Kind::VolumeAttachment) {
        let attachment = object.as_volume_attachment().filter(|a| a.attached)?;
        let volume = world
            .store
            .find(Kind::PersistentVolume, "", &attachment.volume);
        let modes = volume
            .and_then(|o| o.as_volume())
            .map(|v| &v.spec.access_modes);
        if modes.is_none_or(|modes| multi_attach_allowed(modes)) {
            continue;
        }
        if attached.contains(&attachment.volume.as_str()) {
            return Some(("A1 (attached to two nodes)", object));
        }
        attached.push(&attachment.volume);
    }
    None
}

/// A4: no container begins to run before its disk is attached.
fn runs_without_disk(world: &World) -> Option<(&'static str, &Object)> {
    for machine in world.machines.values().filter(|m| m.is_running()) {
        for pod in machine.pods.values() {
            let now = world.now();
            let begins = pod.containers.iter().any(|c| {
                matches!(c.state, ordinal_core::machine::LocalState::Running { since } if since == now && now > SimTime::ZERO)
            });
            let missing = |volume: &Id| {
                let disk = world.disks.get(volume);
                disk.is_some_and(|d| {
                    d.place == Place::Network && !d.attached.contains(&machine.node)
                })
            };
            if begins && pod.mounts.iter().any(missing) {
                return Some(("A4 (runs before its disk is attached)", &pod.seen));
            }
        }
    }
    None
}
