//! Why a Pod that has a node does not start, is not Ready or does not go.

use crate::wait::Guard;

macro_rules! guards {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $rule:literal, $source:literal;)*) => {
        $($(#[$doc])* pub static $ident: Guard = Guard { name: $name, rule: $rule, source: $source };)*
    };
}

guards! {
    /// A volume is not attached, or is being mounted.
    WAIT_FOR_ATTACH_AND_MOUNT = "WaitForAttachAndMount",
        "a Pod's containers start only when its volumes are attached to its node and mounted",
        "pkg/kubelet/volumemanager/volume_manager.go WaitForAttachAndMount";
    /// A claim is not bound.
    CLAIM_BOUND = "getPVCExtractPV",
        "a volume is mounted only when its claim exists, is Bound and is not being deleted",
        "pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go getPVCExtractPV";
    /// A volume cannot be mounted.
    SET_UP = "MountVolume.SetUp",
        "a volume is mounted only when the node can reach it and what it is filled from exists",
        "pkg/volume/util/operationexecutor/operation_generator.go GenerateMountVolumeFunc";
    /// The sandbox is being made.
    SANDBOX = "createPodSandbox",
        "containers are created in the Pod's sandbox, which comes first",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod";
    /// An image is being pulled.
    IMAGE_PULL = "EnsureImageExists",
        "a container is created when its image is on the node; images are pulled one after the other",
        "pkg/kubelet/images/image_manager.go EnsureImageExists";
    /// An image could not be pulled.
    IMAGE_BACK_OFF = "ImagePullBackOff",
        "an image that could not be pulled is tried again after 10 s, doubled each time, 300 s at most",
        "pkg/kubelet/images/image_manager.go EnsureImageExists";
    /// A container cannot be configured.
    CONFIG = "CreateContainerConfigError",
        "a container is created only when every ConfigMap and Secret that it names exists",
        "pkg/kubelet/kubelet_pods.go makeEnvironmentVariables";
    /// An init container has not ended.
    INIT = "computeInitContainerActions",
        "init containers run one after the other, and the others only when all have ended well",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go computeInitContainerActions";
    /// A container is being started.
    START = "startContainer",
        "containers are started one after the other",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer";
    /// A container that has ended is being started again, or its back-off has not begun yet.
    RESTART = "doBackOff",
        "a container that has ended is started again: at once the first time, then after 10 s, doubled each time, 300 s at most",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff";
    /// A container that ends again and again.
    CRASH_LOOP = "CrashLoopBackOff",
        "a container that ends again is started after 10 s, doubled each time, 300 s at most; ten minutes of running forget it",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff";
    /// The startup probe has not succeeded.
    STARTUP_PROBE = "startupProbe",
        "no other probe runs before the startup probe has succeeded",
        "pkg/kubelet/prober/worker.go doProbe";
    /// The readiness probe has not succeeded.
    READINESS_PROBE = "readinessProbe",
        "a container is ready only when its readiness probe has succeeded",
        "pkg/kubelet/prober/worker.go doProbe";
    /// A readiness gate is not True.
    READINESS_GATE = "readinessGates",
        "a Pod is Ready only when the conditions named by its readiness gates are True",
        "pkg/kubelet/status/generate.go GeneratePodReadyCondition";
    /// Containers are stopping.
    GRACE = "killPod",
        "a Pod goes when its containers have ended; its grace period is the time they have",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer";
    /// Volumes are being unmounted.
    UNMOUNT = "WaitForUnmount",
        "a Pod goes only when its volumes are unmounted",
        "pkg/kubelet/volumemanager/volume_manager.go WaitForUnmount";
    /// The kubelet is silent.
    KUBELET_SILENT = "kubelet",
        "only the kubelet of its node starts and ends a Pod, and says so; this one is not heard",
        "pkg/kubelet/status/status_manager.go syncPod";
}
