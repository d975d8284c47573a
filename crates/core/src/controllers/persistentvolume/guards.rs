//! The rules by which a claim or a volume is kept waiting.

use crate::wait::Guard;

pub(super) static WAIT_FOR_FIRST_CONSUMER: Guard = Guard {
    name: "WaitForFirstConsumer",
    rule: "a claim of this class is bound only when a Pod that uses it has been given a node",
    source: "pkg/controller/volume/persistentvolume/pv_controller.go syncUnboundClaim",
};

pub(super) static NO_VOLUME: Guard = Guard {
    name: "FailedBinding",
    rule: "a claim without a class that makes volumes waits for a volume that fits it",
    source: "pkg/controller/volume/persistentvolume/pv_controller.go syncUnboundClaim",
};

pub(super) static NAMED_VOLUME: Guard = Guard {
    name: "volumeName",
    rule: "a claim that names its volume waits for that volume",
    source: "pkg/controller/volume/persistentvolume/pv_controller.go syncUnboundClaim",
};

pub(super) static NO_CLASS: Guard = Guard {
    name: "ProvisioningFailed",
    rule: "a volume is made only by a class that exists and has a provisioner",
    source: "pkg/controller/volume/persistentvolume/pv_controller.go provisionClaim",
};

pub(super) static EXTERNAL_PROVISIONING: Guard = Guard {
    name: "ExternalProvisioning",
    rule: "a claim waits until its storage driver has made the volume",
    source: "pkg/controller/volume/persistentvolume/pv_controller.go provisionClaimOperationExternal",
};
