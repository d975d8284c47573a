//! The rules that make a StatefulSet wait.

use crate::wait::Guard;

const CONTROL: &str = "pkg/controller/statefulset/stateful_set_control.go";

pub(super) static PREDECESSOR: Guard = Guard {
    name: "OrderedReady",
    rule: "the next Pod is created only when every Pod before it is Running and Ready",
    source: CONTROL,
};
pub(super) static AVAILABLE: Guard = Guard {
    name: "minReadySeconds",
    rule: "a Pod counts as available only when it has been Ready for minReadySeconds",
    source: CONTROL,
};
pub(super) static TERMINATING: Guard = Guard {
    name: "at most one Pod of a name",
    rule: "a Pod is created again only when the old one of the same name is surely gone",
    source: CONTROL,
};
pub(super) static SCALE_DOWN: Guard = Guard {
    name: "OrderedReady",
    rule: "a Pod is removed only when every Pod after it is gone and every Pod before it is Running and Ready",
    source: CONTROL,
};
pub(super) static UPDATE: Guard = Guard {
    name: "RollingUpdate",
    rule: "the next Pod is replaced only when the replaced ones are Running and Ready again",
    source: CONTROL,
};
pub(super) static DELETED_CLAIM: Guard = Guard {
    name: "createPersistentVolumeClaims",
    rule: "a Pod is created only when none of its claims is being deleted",
    source: "pkg/controller/statefulset/stateful_pod_control.go",
};
