//! The rules that hold a rollout back.

use crate::wait::Guard;

pub(super) static MIN_AVAILABLE: Guard = Guard {
    name: "maxUnavailable",
    rule: "a rollout goes on when enough new Pods are available: never fewer than replicas - maxUnavailable, never more than replicas + maxSurge",
    source: "pkg/controller/deployment/rolling.go reconcileOldReplicaSets",
};

pub(super) static RECREATE: Guard = Guard {
    name: "Recreate",
    rule: "the new ReplicaSet is made when every old Pod has ended",
    source: "pkg/controller/deployment/recreate.go oldPodsRunning",
};

pub(super) static PAUSED: Guard = Guard {
    name: "paused",
    rule: "a paused Deployment does not roll out; it is resumed by its user",
    source: "pkg/controller/deployment/deployment_controller.go syncDeployment",
};
