//! Why a volume is not attached, or not detached.

use crate::wait::Guard;

const RECONCILER: &str = "pkg/controller/volume/attachdetach/reconciler/reconciler.go";

pub(super) static ATTACHING: Guard = Guard {
    name: "AttachVolume",
    rule: "a volume is mounted only after its driver has attached it to the node",
    source: "pkg/volume/csi/csi_attacher.go",
};
pub(super) static BACKING_OFF: Guard = Guard {
    name: "exponentialBackoff",
    rule: "after a failure the driver is asked again only when a back-off is over",
    source: "pkg/volume/util/operationexecutor/operation_executor.go",
};
/// A volume that may be attached to one node hangs on another one.
pub static EXCLUSIVE: Guard = Guard {
    name: "isMultiAttachForbidden",
    rule: "a ReadWriteOnce volume is attached to one node at a time, so it must be detached there first",
    source: RECONCILER,
};
pub(super) static WANTED: Guard = Guard {
    name: "DetermineVolumeAction",
    rule: "a volume stays attached for as long as a Pod on that node exists whose containers were last seen running",
    source: "pkg/controller/volume/attachdetach/util/util.go",
};
pub(super) static MOUNTED: Guard = Guard {
    name: "MountedByNode",
    rule: "a volume is detached only when the node's kubelet no longer reports it in volumesInUse",
    source: RECONCILER,
};
pub(super) static MAX_WAIT: Guard = Guard {
    name: "maxWaitForUnmountDuration",
    rule: "a volume that a lost node may still have mounted is taken away by force after 6 minutes",
    source: RECONCILER,
};
pub(super) static DETACHING: Guard = Guard {
    name: "DetachVolume",
    rule: "nothing else is done with a volume while its driver detaches it",
    source: RECONCILER,
};
