//! Who acts: the components of a cluster, as they name themselves in events.

/// A part of the cluster that can act, and the two from outside: the user and the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own components")]
pub enum Component {
    User,
    Fault,
    ApiServer,
    StatefulSet,
    ReplicaSet,
    ReplicationController,
    Deployment,
    DaemonSet,
    EndpointSlice,
    PersistentVolume,
    Protection,
    AttachDetach,
    NodeLifecycle,
    TaintEviction,
    PodGc,
    GarbageCollector,
    Namespace,
    Disruption,
    Scheduler,
    Kubelet,
    Provisioner,
    Attacher,
    ServiceLoadBalancer,
    Job,
    CronJob,
}

impl Component {
    /// Every component, in their order.
    pub const ALL: &'static [Self] = &[
        Self::User,
        Self::Fault,
        Self::ApiServer,
        Self::StatefulSet,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::Deployment,
        Self::DaemonSet,
        Self::EndpointSlice,
        Self::PersistentVolume,
        Self::Protection,
        Self::AttachDetach,
        Self::NodeLifecycle,
        Self::TaintEviction,
        Self::PodGc,
        Self::GarbageCollector,
        Self::Namespace,
        Self::Disruption,
        Self::Scheduler,
        Self::Kubelet,
        Self::Provisioner,
        Self::Attacher,
        Self::ServiceLoadBalancer,
        Self::Job,
        Self::CronJob,
    ];

    /// The source that it writes into its events, and the name by which the page calls it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Fault => "fault",
            Self::ApiServer => "apiserver",
            Self::StatefulSet => "statefulset-controller",
            Self::ReplicaSet => "replicaset-controller",
            Self::ReplicationController => "replication-controller",
            Self::Deployment => "deployment-controller",
            Self::DaemonSet => "daemonset-controller",
            Self::EndpointSlice => "endpoint-slice-controller",
            Self::PersistentVolume => "persistentvolume-controller",
            Self::Protection => "pvc-protection-controller",
            Self::AttachDetach => "attachdetach-controller",
            Self::NodeLifecycle => "node-controller",
            Self::TaintEviction => "taint-eviction-controller",
            Self::PodGc => "pod-garbage-collector",
            Self::GarbageCollector => "garbage-collector",
            Self::Namespace => "namespace-controller",
            Self::Disruption => "controllermanager",
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::Provisioner => "external-provisioner",
            Self::Attacher => "external-attacher",
            Self::ServiceLoadBalancer => "service-controller",
            Self::Job => "job-controller",
            Self::CronJob => "cronjob-controller",
        }
    }
}
