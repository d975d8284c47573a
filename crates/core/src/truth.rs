//! The two truths side by side: what the API believes of every Pod and disk, what is so, and where they part.
//!
//! The API is told by kubelets and drivers; a machine that cannot speak leaves it with what it heard last. From both
//! follows whether the three promises are kept that matter to whoever runs a database: [`Promise`].

use ordinal_api::list::IntoList;
use ordinal_api::storage::{AccessMode, multi_attach_allowed};
use ordinal_api::{Kind, SimTime, Uid};

use crate::disk::{Disk, Mount, Place};
use crate::machine::Machine;
use crate::{Cluster, Id, World};

/// One life of a Pod, as the API believes it and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTruth {
    /// Handle of the Pod: its identity is its name.
    pub pod: Id,
    /// Which life of that name.
    pub uid: Uid,
    /// The node on which containers of it run, as far as the API knows; `None` where none does, or where it knows no such Pod.
    pub believed: Option<Id>,
    /// The machine on which containers of it really run.
    pub so: Option<Id>,
}

impl PodTruth {
    /// Whether the API is wrong about it.
    pub fn is_parted(&self) -> bool {
        self.believed != self.so
    }
}

/// A disk, as the API believes it and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskTruth {
    /// Handle of its PersistentVolume.
    pub volume: Id,
    /// The nodes to which it is attached, by the VolumeAttachments.
    pub believed: Vec<Id>,
    /// The machines to which it is really attached.
    pub so: Vec<Id>,
    /// The Pods whose running containers can really write to it.
    pub writers: Vec<Mount>,
}

impl DiskTruth {
    /// Whether the API is wrong about where it is attached.
    pub fn is_parted(&self) -> bool {
        self.believed != self.so
    }
}

/// What a cluster that is used rightly keeps at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Of one Pod's name containers run on one machine at most.
    OneRunning,
    /// A disk meant for one node (or one Pod) is written to by one.
    OneWriter,
    /// What was written is there for as long as its claim is.
    NothingLost,
}

impl Promise {
    /// The promise as words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OneRunning => "at most one running container per identity",
            Self::OneWriter => "at most one writer per RWO disk",
            Self::NothingLost => "no acknowledged write lost",
        }
    }
}

/// A promise that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// The Pod or the PersistentVolume that it is about.
    pub subject: Id,
    /// The machines that have a part in it.
    pub machines: Vec<Id>,
}

/// The first moment at which a promise was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What was broken.
    pub broken: Broken,
    /// Number of the frame that shows it first.
    pub frame: usize,
    /// Its moment.
    pub at: SimTime,
    /// Number of the journal entry that broke it.
    pub cause: Option<u64>,
}

impl World {
    /// Every life of a Pod that the API or a machine knows, by identity.
    pub fn pod_truths(&self) -> Vec<PodTruth> {
        let mut truths: Vec<PodTruth> = Vec::new();
        for (id, object) in self.store.list(Kind::Pod) {
            let Some(pod) = object.as_pod() else { continue };
            let status = &pod.status;
            let runs = status.init_containers.iter().chain(&status.containers);
            let runs = runs.into_iter().any(|c| c.state.is_running());
            let node = self.store.node_of(pod);
            truths.push(PodTruth {
                pod: id,
                uid: object.meta.uid,
                believed: node.filter(|_| runs),
                so: None,
            });
        }
        for (machine, local) in running(self) {
            let known = truths
                .iter_mut()
                .find(|t| t.pod == local.0 && t.uid == local.1);
            match known {
                Some(truth) => truth.so = Some(machine),
                None => truths.push(PodTruth {
                    pod: local.0,
                    uid: local.1,
                    believed: None,
                    so: Some(machine),
                }),
            }
        }
        ordinal_api::sorted::sort_by_key(&mut truths, |truth| (truth.pod, truth.uid));
        truths
    }

    /// Every disk that there is.
    pub fn disk_truths(&self) -> Vec<DiskTruth> {
        let live = self.disks.iter().filter(|(_, disk)| !disk.erased);
        live.map(|(volume, disk)| {
            let attachments = self
                .store
                .linked(crate::store::Link::AttachmentOfVolume, volume);
            let attached = attachments.filter_map(|(_, o)| {
                let attachment = o.as_volume_attachment().filter(|a| a.attached)?;
                self.store.id(Kind::Node, "", &attachment.node_name)
            });
            let mut believed: Vec<Id> = attached.into_list();
            let mut so = disk.attached.clone();
            ordinal_api::sorted::sort(&mut believed);
            ordinal_api::sorted::sort(&mut so);
            DiskTruth {
                volume,
                believed,
                so,
                writers: writers(self, disk),
            }
        })
        .collect()
    }

    /// The promises that are broken now, in the order of what they are about.
    pub fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        let mut by_name: Vec<(Id, Id)> = running(self)
            .map(|(machine, (pod, _))| (pod, machine))
            .into_list();
        ordinal_api::sorted::sort(&mut by_name);
        for pods in by_name.chunk_by(|a, b| a.0 == b.0).filter(|c| c.len() > 1) {
            broken.push(Broken {
                promise: Promise::OneRunning,
                subject: pods[0].0,
                machines: pods.iter().map(|(_, machine)| *machine).collect(),
            });
        }
        for (volume, disk) in self.disks.iter() {
            broken.extend(broken_of_disk(self, volume, disk));
        }
        ordinal_api::sorted::sort(&mut broken);
        broken
    }
}

/// Lives of Pods of which containers really run, with their machine.
fn running(world: &World) -> impl Iterator<Item = (Id, (Id, Uid))> {
    let machines = world.machines.iter().filter(|(_, m)| m.is_running());
    machines.flat_map(|(id, machine)| {
        let pods = machine.pods.values().filter(|pod| pod.is_running());
        pods.map(move |pod| (id, (pod.id, pod.uid)))
    })
}

/// Whether what a machine writes to a disk arrives.
fn reaches(disk: &Disk, machine: &Machine) -> bool {
    match &disk.place {
        Place::Network => disk.attached.contains(&machine.node),
        Place::Share => true,
        Place::Machine(_) => true,
    }
}

/// The mounts through which containers that run can write.
fn writers(world: &World, disk: &Disk) -> Vec<Mount> {
    let writes = |mount: &&Mount| {
        let machine = world.machines.get(&mount.node).filter(|m| m.is_running());
        machine.is_some_and(|m| {
            let runs = m.pods.get(&mount.uid).is_some_and(|pod| pod.is_running());
            runs && reaches(disk, m)
        })
    };
    disk.mounted.iter().filter(writes).cloned().collect()
}

fn broken_of_disk(world: &World, id: Id, disk: &Disk) -> Option<Broken> {
    let volume = world.get(id).and_then(|o| o.as_volume());
    let modes = volume.map(|v| &v.spec.access_modes[..]).unwrap_or_default();
    if disk.erased {
        let claim = volume.and_then(|v| v.claim_ref.as_ref()).and_then(|c| {
            let kind = Kind::PersistentVolumeClaim;
            let object = world.store.find(kind, &c.namespace, &c.name)?;
            (object.meta.uid == c.uid && !object.meta.is_deleting()).then_some(())
        });
        let lost = !disk.writes.is_empty() && claim.is_some();
        return lost.then(|| Broken {
            promise: Promise::NothingLost,
            subject: id,
            machines: Vec::new(),
        });
    }
    if volume.is_none() || multi_attach_allowed(modes) || disk.mounted.len() < 2 {
        return None;
    }
    let writers = writers(world, disk);
    let first = writers.first()?;
    let by_pod = modes.contains(&AccessMode::ReadWriteOncePod);
    // The same path on another machine is another folder, so there is nothing to share.
    let local = matches!(disk.place, Place::Machine(_));
    let several = writers.iter().any(|w| {
        let elsewhere = w.node != first.node && !local;
        elsewhere || by_pod && w.uid != first.uid
    });
    several.then(|| Broken {
        promise: Promise::OneWriter,
        subject: id,
        machines: writers.iter().map(|w| w.node).collect(),
    })
}

impl Cluster {
    /// Each promise that was ever broken, about each Pod and disk, with the frame that shows it first and what led to it.
    pub fn breaches(&self) -> Vec<Breach> {
        let mut breaches: Vec<Breach> = Vec::new();
        let mut seen = 0;
        for (frame, world) in self.frames().iter().enumerate() {
            for broken in world.broken() {
                let known = |b: &&Breach| {
                    b.broken.promise == broken.promise && b.broken.subject == broken.subject
                };
                if breaches.iter().any(|b| known(&b)) {
                    continue;
                }
                breaches.push(Breach {
                    at: world.now(),
                    cause: cause(world, seen, &broken),
                    frame,
                    broken,
                });
            }
            seen = world.journal.len();
        }
        breaches
    }
}

/// The entry that broke a promise: the last of its frame about its subject or its machines, or else the last.
fn cause(world: &World, from: usize, broken: &Broken) -> Option<u64> {
    let entries = || {
        (from..world.journal.len())
            .rev()
            .filter_map(|n| world.journal.get(n))
    };
    let about = |subject: Id| subject == broken.subject || broken.machines.contains(&subject);
    let entry = entries()
        .find(|entry| about(entry.subject))
        .or_else(|| entries().next());
    entry.map(|entry| entry.seq)
}
