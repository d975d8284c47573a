//! The kinds of storage, one file each, and what they share.

mod access_mode;
mod csi;
mod persistentvolume;
mod persistentvolumeclaim;
mod storageclass;
mod volumeattachment;

pub use access_mode::{AccessMode, multi_attach_allowed};
pub use csi::{CSIDriver, CSINode};
pub use persistentvolume::{
    ClaimRef, CsiSource, PathSource, PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity,
    VolumePhase,
};
pub use persistentvolumeclaim::{
    ClaimPhase, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus,
};
pub use storageclass::{ReclaimPolicy, StorageClass};
pub use volumeattachment::VolumeAttachment;
