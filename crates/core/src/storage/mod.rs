//! The storage drivers: they make, attach and detach disks, and take their time.

use crate::{Change, Cx, Id};

/// A storage driver finishes something.
#[derive(Clone, Debug, PartialEq)]
pub enum StorageWork {
    /// A volume for a claim is made.
    Provision(Id),
    /// The VolumeAttachment's volume is attached.
    Attach(Id),
    /// The VolumeAttachment's volume is detached.
    Detach(Id),
    /// The PersistentVolume's disk is deleted.
    Delete(Id),
}

/// What the drivers remember: pauses and faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {}

/// Sees a change: claims to provision, attachments to make and to undo, volumes to delete.
pub(crate) fn watch(_cx: &mut Cx<'_>, _change: &Change) {}

/// Finishes something.
pub(crate) fn handle(_cx: &mut Cx<'_>, _work: StorageWork) {}
