//! How long things take: a profile is part of the model, so that a run is the same everywhere.

use ordinal_api::SimDuration;

/// The times of one kind of cluster, all in milliseconds of simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// From a write to the moment at which a controller has seen it and acts.
    pub controller_ms: u64,
    /// The same for the controller of StatefulSets, whose syncs are long rows of writes.
    pub workload_ms: u64,
    /// From a controller's write to the API server's answer, for which the next one waits. Zero: rows of writes are one instant.
    pub call_ms: u64,
    /// From a Deployment's own write until it is looked at again.
    pub again_ms: u64,
    /// From a write to the moment at which the scheduler acts.
    pub scheduler_ms: u64,
    /// From a binding or a deletion to the kubelet's first step.
    pub kubelet_ms: u64,
    /// Sandbox and network of a Pod.
    pub sandbox_ms: u64,
    /// Pulling an image that the node does not have.
    pub pull_ms: u64,
    /// Creating and starting a container.
    pub start_ms: u64,
    /// One run of an init container.
    pub init_ms: u64,
    /// From its start until a container answers its probes.
    pub answer_ms: u64,
    /// A well-behaved container's end after SIGTERM.
    pub stop_ms: u64,
    /// The storage driver makes a volume.
    pub provision_ms: u64,
    /// The storage driver attaches a volume.
    pub attach_ms: u64,
    /// The storage driver detaches a volume.
    pub detach_ms: u64,
    /// Mounting a volume.
    pub mount_ms: u64,
    /// Unmounting a volume.
    pub unmount_ms: u64,
    /// A machine's start after power comes back, until its kubelet runs.
    pub boot_ms: u64,
    /// Kubelet to API server: period of lease renewal and of node status, 10 s everywhere.
    pub heartbeat_ms: u64,
    /// Whether heartbeats of different nodes are offset by chance.
    pub jitter: bool,
    /// Prefix of the annotations by which a Pod says what its containers do.
    pub annotations: &'static str,
    /// Whether kubelets only stand in for real ones: a Pod's address and its containers come at once, after `start_ms`;
    /// a readiness probe succeeds a second after its initial delay, whatever its period; a Pod that somebody else calls
    /// Failed or Succeeded keeps its containers; a status that is written has no reason.
    pub stand_in: bool,
}

impl Profile {
    /// Without chance, for tests and lessons: figures of a small healthy cluster.
    pub const EXACT: Self = Self {
        name: "exact",
        controller_ms: 10,
        workload_ms: 10,
        call_ms: 0,
        again_ms: 10,
        scheduler_ms: 10,
        kubelet_ms: 50,
        sandbox_ms: 600,
        pull_ms: 1000,
        start_ms: 300,
        init_ms: 1000,
        answer_ms: 500,
        stop_ms: 500,
        provision_ms: 1000,
        attach_ms: 1000,
        detach_ms: 1000,
        mount_ms: 100,
        unmount_ms: 100,
        boot_ms: 15_000,
        heartbeat_ms: 10_000,
        jitter: false,
        annotations: "ordinal.dev/",
        stand_in: false,
    };

    /// A cluster in containers on one machine.
    pub const KIND: Self = Self {
        name: "kind",
        call_ms: 5,
        pull_ms: 6000,
        provision_ms: 4000,
        attach_ms: 100,
        detach_ms: 100,
        jitter: true,
        ..Self::EXACT
    };

    /// A cluster of rented machines with network disks.
    pub const CLOUD: Self = Self {
        name: "cloud",
        call_ms: 5,
        pull_ms: 6000,
        provision_ms: 5000,
        attach_ms: 5000,
        detach_ms: 5000,
        boot_ms: 30_000,
        jitter: true,
        ..Self::EXACT
    };

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::EXACT, Self::KIND, Self::CLOUD]
            .into_iter()
            .find(|p| p.name == name)
    }

    /// A controller's reaction to a change.
    pub fn controller(&self) -> SimDuration {
        SimDuration::ms(self.controller_ms)
    }
}
