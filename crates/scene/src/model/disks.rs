//! Claims and volumes as one thing, with the bytes behind them.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedSet;

use ordinal_api::storage::{AccessMode, ClaimPhase, PersistentVolume, VolumePhase};
use ordinal_api::{Kind, Object, Quantity, Text};
use ordinal_core::disk::{Disk as Bytes, Mount, Place};
use ordinal_core::store::Link;
use ordinal_core::{Id, World};

use super::groups::{Known, claim_ordinal};
use super::{Identity, Pod};

/// A claim and its volume: at least one of the two.
#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// Stable key of its mark.
    pub key: Text,
    /// Handle of the PersistentVolume; of the claim while there is no volume.
    pub id: Id,
    /// Handle of the claim, if there is one.
    pub claim: Option<Id>,
    /// Name of the claim, or of the volume where it has none.
    pub name: Text,
    /// Name of the claim template that it comes from; empty if there is none.
    pub template: Text,
    /// Its size: `1Gi`.
    pub size: Text,
    /// Its access modes: `RWO`.
    pub modes: Text,
    /// The node that it is in, for local volumes.
    pub local: Option<Id>,
    /// The identity that it belongs to, as a number in [`Model::identities`].
    pub identity: Option<usize>,
    /// The group whose pods mount it, for those without identity.
    pub group: Option<usize>,
    /// Its hue, if it belongs to an identity.
    pub hue: Option<u8>,
    /// Its state.
    pub state: DiskState,
    /// Who wrote to it last; empty if nobody did.
    pub writer: Text,
    /// How often it was written to.
    pub writes: usize,
    /// How many Pods really have it mounted for writing now.
    pub writers: usize,
}

/// The state of a claim and its volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskState {
    /// A claim without a volume.
    Unbound,
    /// A volume without a claim.
    Available,
    /// Claim and volume belong together.
    Bound,
    /// The claim is gone, the volume and its bytes are there.
    Released,
    /// The claim's volume is gone, or the bytes are.
    Lost,
}

pub(super) fn gather(
    world: &World,
    groups: &[Known],
    identities: &[Identity],
    pods: &[Pod],
) -> Vec<Disk> {
    let mut disks = Vec::new();
    let mut shown = SortedSet::new();
    for (id, object) in world.store.list(Kind::PersistentVolumeClaim) {
        let Some(claim) = object.as_claim() else {
            continue;
        };
        let volume_id = world
            .store
            .id(Kind::PersistentVolume, "", &claim.volume_name);
        let volume = volume_id
            .and_then(|id| world.get(id))
            .and_then(|o| o.as_volume());
        let bound = claim.status.phase != ClaimPhase::Pending;
        shown.extend(volume_id.filter(|_| bound));
        let size = claim
            .status
            .capacity
            .clone()
            .unwrap_or_else(|| claim.spec.request());
        let state = match claim.status.phase {
            ClaimPhase::Pending => DiskState::Unbound,
            ClaimPhase::Lost => DiskState::Lost,
            ClaimPhase::Bound => DiskState::Bound,
        };
        let home = home(
            world,
            groups,
            identities,
            pods,
            &object.meta.namespace,
            &object.meta.name,
        );
        let modes = if claim.status.access_modes.is_empty() {
            &claim.spec.access_modes
        } else {
            &claim.status.access_modes
        };
        let draft = Disk {
            key: super::key("disk", &object.meta.namespace, &object.meta.name),
            id: volume_id.filter(|_| bound).unwrap_or(id),
            claim: Some(id),
            modes: short_modes(modes),
            state,
            ..blank(&object.meta.name, &size, home, identities)
        };
        disks.push(with_bytes(world, draft, volume));
    }
    for (id, object) in world
        .store
        .list(Kind::PersistentVolume)
        .filter(|(id, _)| !shown.contains(id))
    {
        disks.extend(loose(world, groups, identities, pods, id, object));
    }
    disks
}

/// A volume without a claim.
fn loose(
    world: &World,
    groups: &[Known],
    identities: &[Identity],
    pods: &[Pod],
    id: Id,
    object: &Object,
) -> Option<Disk> {
    let volume = object.as_volume()?;
    let released = matches!(volume.phase, VolumePhase::Released | VolumePhase::Failed);
    let claim = volume.claim_ref.as_ref();
    // Made for a claim that is about to be bound: the claim stands for both.
    let awaited = claim.is_some_and(|c| {
        let claim = world
            .store
            .find(Kind::PersistentVolumeClaim, &c.namespace, &c.name);
        !released && claim.is_some_and(|object| object.meta.uid == c.uid)
    });
    if awaited {
        return None;
    }
    let home = claim.map_or((None, None), |c| {
        home(world, groups, identities, pods, &c.namespace, &c.name)
    });
    let name = claim
        .filter(|_| released)
        .map_or(&object.meta.name, |c| &c.name);
    let draft = Disk {
        key: super::key("volume", "", &object.meta.name),
        id,
        modes: short_modes(&volume.spec.access_modes),
        state: if released {
            DiskState::Released
        } else {
            DiskState::Available
        },
        ..blank(name, &volume.spec.size(), home, identities)
    };
    Some(with_bytes(world, draft, Some(volume)))
}

fn blank(
    name: &Text,
    size: &Quantity,
    (identity, group): (Option<(usize, u8)>, Option<usize>),
    identities: &[Identity],
) -> Disk {
    Disk {
        key: Text::default(),
        id: Id(0),
        claim: None,
        template: identity
            .map(|(number, _)| template(name, &identities[number].name))
            .unwrap_or_default(),
        name: name.clone(),
        size: if size.milli() == 0 {
            Text::default()
        } else {
            size.to_string().into()
        },
        modes: Text::default(),
        local: None,
        identity: identity.map(|(number, _)| number),
        group,
        hue: identity.map(|(_, hue)| hue),
        state: DiskState::Available,
        writer: Text::default(),
        writes: 0,
        writers: 0,
    }
}

/// What a claim's name has before its Pod's name.
fn template(claim: &str, pod: &str) -> Text {
    claim
        .strip_suffix(pod)
        .and_then(|rest| rest.strip_suffix('-'))
        .unwrap_or_default()
        .into()
}

fn with_bytes(world: &World, mut disk: Disk, volume: Option<&PersistentVolume>) -> Disk {
    let spec = volume.map(|v| &v.spec);
    let in_node = spec.is_some_and(|s| s.local.is_some() || s.host_path.is_some());
    let Some(bytes) = world.disks.get(&disk.id) else {
        disk.local = spec
            .filter(|_| in_node)
            .and_then(|spec| only_node(world, spec));
        return disk;
    };
    disk.local = match bytes.place {
        Place::Machine(node) => node,
        Place::Network | Place::Share => None,
    };
    if bytes.erased {
        disk.state = DiskState::Lost;
    }
    disk.writes = bytes.writes.len();
    disk.writer = bytes
        .writes
        .last()
        .map(|w| w.pod.clone())
        .unwrap_or_default();
    disk.writers = live_mounts(world, bytes).count();
    disk
}

/// The mounts through which something can be written now: their machine runs, and the disk was not taken from it.
pub(super) fn live_mounts<'w>(
    world: &'w World,
    bytes: &'w Bytes,
) -> impl Iterator<Item = &'w Mount> {
    let reaches = |node| bytes.place != Place::Network || bytes.attached.contains(&node);
    bytes.mounted.iter().filter(move |mount| {
        let machine = world.machines.get(&mount.node);
        machine.is_some_and(|m| m.is_running()) && reaches(mount.node)
    })
}

/// The node that a local volume names, if it is one.
pub(crate) fn only_node(
    world: &World,
    spec: &ordinal_api::storage::PersistentVolumeSpec,
) -> Option<Id> {
    let mut fitting = world
        .store
        .list(Kind::Node)
        .filter(|(_, o)| spec.fits_node(&o.meta.name, &o.meta.labels));
    let first = fitting.next().map(|(id, _)| id);
    first.filter(|_| fitting.next().is_none())
}

/// Whose disk it is: an identity's, by its name or because only pods of that identity mount it, or a group's.
fn home(
    world: &World,
    groups: &[Known],
    identities: &[Identity],
    pods: &[Pod],
    namespace: &str,
    claim: &str,
) -> (Option<(usize, u8)>, Option<usize>) {
    for (number, group) in groups.iter().enumerate() {
        if let Some(ordinal) = claim_ordinal(group, namespace, claim) {
            let identity = identities
                .iter()
                .position(|i| i.group == number && i.ordinal == ordinal);
            return (identity.map(|n| (n, identities[n].hue)), Some(number));
        }
    }
    let id = world
        .store
        .id(Kind::PersistentVolumeClaim, namespace, claim);
    let users = id
        .into_iter()
        .flat_map(|id| world.store.linked(Link::PodOfClaim, id));
    let group = users
        .filter_map(|(id, _)| pods.iter().find(|p| p.id == id))
        .map(|p| p.group)
        .next();
    (None, group)
}

fn short_modes(modes: &[AccessMode]) -> Text {
    modes.iter().map(|m| m.short()).into_list().join(",").into()
}
