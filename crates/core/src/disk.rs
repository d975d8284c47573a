//! Disks: the bytes behind a PersistentVolume, with who wrote them.

use std::sync::Arc;

use ordinal_api::{SimTime, Text, Uid};

use crate::Id;
use crate::persistent::List;

/// The bytes behind a volume. It outlives the PersistentVolume object where the reclaim policy keeps it.
#[derive(Clone, Debug)]
pub struct Disk {
    /// Handle of its PersistentVolume.
    pub volume: Id,
    /// Name of its PersistentVolume.
    pub name: Text,
    /// Where it is.
    pub place: Place,
    /// Machines (Node handles) that it is really attached to. For a place that needs no attaching: empty.
    pub attached: Vec<Id>,
    /// Who has it mounted: machine and Pod.
    pub mounted: Vec<Mount>,
    /// What was written, oldest first.
    pub writes: List<Arc<Write>>,
    /// Whether its bytes are gone: it was deleted with its claim, or its machine's disk was.
    pub erased: bool,
}

/// Where a disk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the network, attached to one machine at a time (or several, where its driver allows it).
    Network,
    /// On the network, mounted without attaching: a file share.
    Share,
    /// In one machine (local and hostPath volumes): the handle of its Node, where the volume names one.
    Machine(Option<Id>),
}

/// One mount of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The machine.
    pub node: Id,
    /// The Pod's handle.
    pub pod: Id,
    /// The Pod's identity.
    pub uid: Uid,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The Pod's name.
    pub pod: Text,
    /// The Pod's identity.
    pub uid: Uid,
    /// The machine's name.
    pub node: Text,
    /// When.
    pub at: SimTime,
    /// Path on the volume.
    pub path: Text,
    /// What was written; its beginning where it is long.
    pub text: Text,
    /// All that the file holds since then; `None` where it was removed.
    pub content: Option<Text>,
}
