//! The storage drivers: they make, attach and detach disks, and take their time.
//!
//! * `attacher`: VolumeAttachments become real, and stop being so
//! * `provisioner`: claims get a volume, and what is behind a released one goes
//! * `resizer`: claims that ask for more get more

pub(crate) mod attacher;
pub(crate) mod provisioner;
mod resizer;

use ordinal_api::storage::PersistentVolume;
use ordinal_api::{Kind, SimDuration};

pub(crate) use attacher::finalizer as attacher_finalizer;

use crate::disk::Place;
use crate::{Change, Cx, Id, World};

/// A storage driver finishes something.
#[derive(Clone, Debug, PartialEq)]
pub enum StorageWork {
    /// A volume for a claim is made.
    Provision(Id),
    /// The VolumeAttachment's volume is attached.
    Attach(Id),
    /// The VolumeAttachment's volume is detached.
    Detach(Id),
    /// The PersistentVolume is being deleted and attached nowhere: the attacher takes its finalizer off.
    LetGo(Id),
    /// The PersistentVolume's disk is deleted.
    Delete(Id),
    /// The next step of a claim's expansion.
    Expand(Id),
}

/// What the drivers remember: pauses and faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Attachments under way.
    pub(crate) attacher: attacher::Memory,
    /// Volumes that are being made and deleted.
    pub(crate) provisioner: provisioner::Memory,
}

/// Sees a change: claims to provision, attachments to make and to undo, volumes to delete.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    attacher::watch(cx, change);
    provisioner::watch(cx, change);
    resizer::watch(cx, change);
}

/// Finishes something.
pub(crate) fn handle(cx: &mut Cx<'_>, work: StorageWork) {
    match work {
        StorageWork::Attach(attachment) => attacher::attach(cx, attachment),
        StorageWork::Detach(attachment) => attacher::detach(cx, attachment),
        StorageWork::LetGo(volume) => attacher::let_go(cx, volume),
        StorageWork::Provision(claim) => provisioner::provision(cx, claim),
        StorageWork::Delete(volume) => provisioner::delete(cx, volume),
        StorageWork::Expand(claim) => resizer::step(cx, claim),
    }
}

/// Whether a volume has to be attached to a node before it can be mounted there.
///
/// Only CSI volumes are, and of those not the ones whose driver says that it needs no attaching. A driver that has no
/// CSIDriver object is taken for one of disks, unless its name is that of a file share.
/// Models pkg/volume/csi `CanAttach`, 1.37, and the in-tree plugins that are no longer attachable.
pub fn is_attachable(world: &World, volume: &PersistentVolume) -> bool {
    let Some(source) = &volume.spec.csi else {
        return false;
    };
    let driver = world.store.find(Kind::CSIDriver, "", &source.driver);
    match driver.and_then(|object| object.as_csi_driver()) {
        Some(driver) => driver.attach_required,
        None => !provisioner::SHARES
            .iter()
            .any(|share| source.driver.contains(share)),
    }
}

/// Where a volume's bytes are.
pub fn place_of(world: &World, volume: &PersistentVolume) -> Place {
    if volume.spec.local.is_some() || volume.spec.host_path.is_some() {
        // A folder is on one machine where the volume says on which, else on whatever machine it is looked for.
        let required = volume
            .spec
            .node_affinity
            .as_ref()
            .and_then(|affinity| affinity.required.as_ref());
        let mut nodes = world.store.list(Kind::Node).filter(|(_, node)| {
            required.is_some_and(|selector| selector.matches(&node.meta.name, &node.meta.labels))
        });
        let first = nodes.next().map(|(id, _)| id);
        return Place::Machine(first.filter(|_| nodes.next().is_none()));
    }
    if is_attachable(world, volume) {
        Place::Network
    } else {
        Place::Share
    }
}

/// What befell the storage drivers. Frames of the history keep it; what the drivers themselves remember they do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Attaching and detaching fail.
    pub attach_fails: bool,
    /// Attaching takes longer.
    pub attach_is_slow: bool,
    /// No volumes are made.
    pub provisioner_is_paused: bool,
}

/// Attaching and detaching fail from now on, or work again.
pub(crate) fn set_attach_fails(world: &mut World, fails: bool) {
    world.storage_faults.attach_fails = fails;
    world.parts.storage.attacher.set_fails(fails);
}

/// Attaching takes so much longer from now on. What is being attached is begun anew.
pub(crate) fn set_attach_delay(world: &mut World, delay: SimDuration) {
    world.storage_faults.attach_is_slow = delay > SimDuration::ZERO;
    attacher::set_delay(world, delay);
}

/// Nothing is attached or detached from now on, or is again.
pub(crate) fn set_attacher_paused(world: &mut World, paused: bool) {
    attacher::set_paused(world, paused);
}

/// Volumes are not made from now on, or are made again.
pub(crate) fn set_provisioner_paused(world: &mut World, paused: bool) {
    world.storage_faults.provisioner_is_paused = paused;
    provisioner::set_paused(world, paused);
}
