//! The controllers: one folder each, with a pure middle. This is their registry.
//!
//! A controller has a `watch`, which turns a change into keys to look at, and a `sync`, which looks at one key.

pub mod attachdetach;
#[cfg(test)]
pub(crate) mod by_hand;
pub(crate) mod call;
mod claim;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpointslice;
pub mod garbagecollector;
pub mod job;
#[cfg(test)]
mod lost_nodes;
pub mod namespace;
pub mod nodelifecycle;
pub mod persistentvolume;
mod pod_control;
pub mod podgc;
pub mod protection;
pub mod replicaset;
pub mod resourcequota;
pub mod service;
mod slow_start;
pub mod statefulset;
pub mod tainteviction;

use std::sync::Arc;

use ordinal_api::{Kind, Object};

use crate::persistent::{Map, Numbers, Set};
use crate::queue::Queue;
use crate::recorder::Recorder;
use crate::rng::Random;
use crate::{Change, Component, Cx, Id, World};

/// A controller with a queue of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own controllers")]
pub enum Controller {
    StatefulSet,
    ReplicaSet,
    ReplicationController,
    Deployment,
    DaemonSet,
    EndpointSlice,
    /// Keys are PersistentVolumeClaims and PersistentVolumes, and Pods with ephemeral volumes.
    PersistentVolume,
    /// Keys are PersistentVolumeClaims and PersistentVolumes.
    Protection,
    /// Keys are PersistentVolumes.
    AttachDetach,
    /// Keys are Nodes.
    NodeLifecycle,
    /// Keys are Pods.
    TaintEviction,
    /// Keys are Pods.
    PodGc,
    /// Keys are any objects.
    GarbageCollector,
    /// Keys are Namespaces.
    Namespace,
    /// Keys are PodDisruptionBudgets.
    Disruption,
    /// The cloud's load balancers; keys are Services.
    Service,
    /// Keys are ResourceQuotas.
    ResourceQuota,
    /// Keys are Jobs, and Pods whose Job is gone.
    Job,
    CronJob,
}

/// What drives a run: work that is due, chance, and what components remember that is neither an object nor a machine.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// Work that is due.
    pub(crate) queue: Queue,
    /// Random streams.
    pub(crate) random: Random,
    /// Which Events were written.
    pub(crate) recorder: Recorder,
    /// Failed syncs in a row, for their back-off.
    pub(crate) retries: Numbers<(u64, u64), u32>,
    pub(crate) scheduler: crate::scheduler::Memory,
    pub(crate) storage: crate::storage::Memory,
    pub(crate) persistent_volume: persistentvolume::Memory,
    pub(crate) attach_detach: attachdetach::Memory,
    pub(crate) node_lifecycle: nodelifecycle::Memory,
    pub(crate) taint_eviction: tainteviction::Memory,
    pub(crate) pod_gc: podgc::Memory,
    pub(crate) stateful_set: statefulset::Memory,
    pub(crate) replica_set: replicaset::Memory,
    /// Writes of Deployments that wait for others to be answered.
    pub(crate) deployment: Map<Id, Arc<deployment::Later>>,
    pub(crate) daemon_set: daemonset::Memory,
    pub(crate) job: job::Memory,
    /// Syncs that wait for an answer of the API server, by controller and key.
    pub(crate) calls: call::Calls,
    pub(crate) endpoint_slice: endpointslice::Memory,
    /// Pods without a controller: the only ones that could be adopted.
    pub(crate) orphans: Set<Id>,
    /// The same for ReplicaSets.
    pub(crate) orphan_sets: Set<Id>,
    /// The same for ControllerRevisions.
    pub(crate) orphan_revisions: Set<Id>,
    pub(crate) network: crate::apiserver::Addresses,
}

impl Parts {
    /// What drives a run at its beginning.
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self {
            queue: Queue::default(),
            random: Random::new(seed),
            recorder: Recorder::default(),
            retries: Numbers::default(),
            scheduler: Default::default(),
            storage: Default::default(),
            persistent_volume: Default::default(),
            attach_detach: Default::default(),
            node_lifecycle: Default::default(),
            taint_eviction: Default::default(),
            pod_gc: Default::default(),
            stateful_set: Default::default(),
            replica_set: Default::default(),
            deployment: Default::default(),
            daemon_set: Default::default(),
            job: Default::default(),
            calls: Default::default(),
            endpoint_slice: Default::default(),
            orphans: Set::default(),
            orphan_sets: Set::default(),
            orphan_revisions: Set::default(),
            network: Default::default(),
        }
    }
}

type Watch = fn(&mut Cx<'_>, &Change);

/// Who sees changes, of which kinds (a bit each), in the order in which they see them.
const WATCHERS: &[(Component, u64, Watch)] = {
    use Kind::*;
    const ANY: u64 = u64::MAX;
    const fn of<const N: usize>(kinds: [Kind; N]) -> u64 {
        let (mut bits, mut at) = (0, 0);
        while at < N {
            bits |= 1 << kinds[at] as u32;
            at += 1;
        }
        bits
    }
    const CLAIM: Kind = PersistentVolumeClaim;
    const DISK: Kind = PersistentVolume;
    const SCHEDULER: u64 = of([Pod, Node, CLAIM, DISK, CSINode, StorageClass])
        | of([VolumeAttachment, CSIStorageCapacity]);
    &[
        (
            Component::StatefulSet,
            of([StatefulSet, Pod]),
            statefulset::watch,
        ),
        (
            Component::ReplicaSet,
            of([ReplicaSet, ReplicationController, Pod]),
            replicaset::watch,
        ),
        (
            Component::Deployment,
            of([Deployment, ReplicaSet, Pod]),
            deployment::watch,
        ),
        (
            Component::DaemonSet,
            of([DaemonSet, Pod, Node]),
            daemonset::watch,
        ),
        (
            Component::EndpointSlice,
            of([Service, Pod, EndpointSlice]),
            endpointslice::watch,
        ),
        (
            Component::PersistentVolume,
            of([CLAIM, DISK, StorageClass, Pod]),
            persistentvolume::watch,
        ),
        (
            Component::Protection,
            of([CLAIM, DISK, Pod]),
            protection::watch,
        ),
        (
            Component::AttachDetach,
            of([Pod, CLAIM, VolumeAttachment, Node]),
            attachdetach::watch,
        ),
        (Component::NodeLifecycle, of([Node]), nodelifecycle::watch),
        (
            Component::TaintEviction,
            of([Node, Pod]),
            tainteviction::watch,
        ),
        (Component::PodGc, of([Pod, Node]), podgc::watch),
        (Component::GarbageCollector, ANY, garbagecollector::watch),
        (Component::Namespace, of([Namespace]), namespace::watch),
        (
            Component::Disruption,
            of([PodDisruptionBudget, Pod]),
            disruption::watch,
        ),
        (
            Component::ServiceLoadBalancer,
            of([Service]),
            service::watch,
        ),
        (Component::ApiServer, ANY, resourcequota::watch),
        (Component::Job, of([Job, Pod]), job::watch),
        (Component::CronJob, of([CronJob, Job]), cronjob::watch),
        (Component::Scheduler, SCHEDULER, crate::scheduler::watch),
        (
            Component::Kubelet,
            of([Pod, Node, CLAIM, VolumeAttachment]),
            crate::kubelet::watch,
        ),
        (
            Component::Attacher,
            of([CLAIM, DISK, VolumeAttachment, Pod]),
            crate::storage::watch,
        ),
    ]
};

/// Lets every component see a change; `seq` is the journal entry that their work will name as its cause.
pub(crate) fn watch(world: &mut World, change: &Change, seq: u64) {
    note_orphan(world, change);
    let kind = change.kind() as u32;
    for (component, kinds, watch) in WATCHERS {
        if kinds >> kind & 1 == 1 {
            watch(&mut Cx::new(world, *component, Some(seq)), change);
        }
    }
}

/// Components that do not belong to the controller manager.
const OTHERS: [Component; 4] = [
    Component::ApiServer,
    Component::Scheduler,
    Component::Kubelet,
    Component::Attacher,
];

/// The controller manager starts anew: its controllers have forgotten everything, and see every object as one that is new to
/// them, as the first list of an informer is. Models cmd/kube-controller-manager and client-go/tools/cache.
pub(crate) fn restart(world: &mut World, seq: u64) {
    let parts = &mut world.parts;
    parts.persistent_volume = persistentvolume::Memory::default();
    parts.node_lifecycle = nodelifecycle::Memory::default();
    parts.taint_eviction = tainteviction::Memory::default();
    parts.pod_gc = podgc::Memory::default();
    parts.daemon_set = daemonset::Memory::default();
    parts.replica_set = replicaset::Memory::default();
    parts.deployment = Map::default();
    parts.job = job::Memory::default();
    parts.stateful_set.rounds = Map::default();
    parts.calls = call::Calls::default();
    parts.endpoint_slice = endpointslice::Memory::default();
    let mut cx = Cx::new(world, Component::AttachDetach, Some(seq));
    attachdetach::restart(&mut cx);
    for kind in Kind::ALL {
        let objects: Vec<(Id, Arc<Object>)> = world
            .store
            .list(*kind)
            .map(|(id, object)| (id, object.clone()))
            .collect();
        for (id, object) in objects {
            let change = Change {
                id,
                old: None,
                new: Some(object),
            };
            let own = WATCHERS.iter().filter(|(by, ..)| !OTHERS.contains(by));
            for (component, _, watch) in own {
                watch(&mut Cx::new(world, *component, Some(seq)), &change);
            }
        }
    }
    let cx = &mut Cx::new(world, Component::NodeLifecycle, Some(seq));
    nodelifecycle::restart(cx);
}

fn note_orphan(world: &mut World, change: &Change) {
    let orphans = match change.kind() {
        Kind::Pod => &mut world.parts.orphans,
        Kind::ReplicaSet => &mut world.parts.orphan_sets,
        Kind::ControllerRevision => &mut world.parts.orphan_revisions,
        _ => return,
    };
    let orphan = |o: &Arc<Object>| o.meta.controller().is_none();
    let (was, is) = (
        change.old.as_ref().is_some_and(orphan),
        change.new.as_ref().is_some_and(orphan),
    );
    if is && !was {
        orphans.insert(change.id);
    } else if was && !is {
        orphans.remove(&change.id);
    }
}

type Sync = fn(&mut Cx<'_>, Id);

impl Controller {
    /// As whom it acts, and how it looks at one key.
    fn parts(self) -> (Component, Sync) {
        match self {
            Self::StatefulSet => (Component::StatefulSet, statefulset::sync),
            Self::ReplicaSet => (Component::ReplicaSet, replicaset::sync),
            Self::ReplicationController => (Component::ReplicationController, replicaset::sync),
            Self::Deployment => (Component::Deployment, deployment::sync),
            Self::DaemonSet => (Component::DaemonSet, daemonset::sync),
            Self::EndpointSlice => (Component::EndpointSlice, endpointslice::sync),
            Self::PersistentVolume => (Component::PersistentVolume, persistentvolume::sync),
            Self::Protection => (Component::Protection, protection::sync),
            Self::AttachDetach => (Component::AttachDetach, attachdetach::sync),
            Self::NodeLifecycle => (Component::NodeLifecycle, nodelifecycle::sync),
            Self::TaintEviction => (Component::TaintEviction, tainteviction::sync),
            Self::PodGc => (Component::PodGc, podgc::sync),
            Self::GarbageCollector => (Component::GarbageCollector, garbagecollector::sync),
            Self::Namespace => (Component::Namespace, namespace::sync),
            Self::Disruption => (Component::Disruption, disruption::sync),
            Self::Service => (Component::ServiceLoadBalancer, service::sync),
            Self::ResourceQuota => (Component::ApiServer, resourcequota::sync),
            Self::Job => (Component::Job, job::sync),
            Self::CronJob => (Component::CronJob, cronjob::sync),
        }
    }

    /// As whom it acts.
    pub fn component(self) -> Component {
        self.parts().0
    }
}

/// Lets one controller look at one key, or remember that it is to, while it waits for an answer about that key.
pub(crate) fn sync(world: &mut World, controller: Controller, id: Id, cause: Option<u64>) {
    if !call::is_under_way(world, controller, id, cause) {
        look(world, controller, id, cause);
    }
}

/// Lets one controller go on with one key.
pub(crate) fn go_on(world: &mut World, controller: Controller, id: Id, cause: Option<u64>) {
    if let Some(cause) = call::answered(world, controller, id, cause) {
        look(world, controller, id, cause);
    }
}

fn look(world: &mut World, controller: Controller, id: Id, cause: Option<u64>) {
    let (component, sync) = controller.parts();
    sync(&mut Cx::new(world, component, cause), id);
}
