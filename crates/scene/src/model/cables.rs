//! How disks hang on nodes and pods: attachments as the API has them, and as they are.

use ordinal_api::list::IntoList;
use ordinal_api::storage::multi_attach_allowed;
use ordinal_api::{Kind, Text};
use ordinal_core::disk::Place;
use ordinal_core::store::Link;
use ordinal_core::{Id, World};

use super::disks::live_mounts;
use super::{Disk, Pod, PodState, Truth};

/// How a disk hangs on a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Cable {
    /// Number of the disk in [`Model::disks`].
    pub disk: usize,
    /// Handle of the node.
    pub node: Id,
    /// The pod, as a number in [`Model::pods`].
    pub pod: Option<usize>,
    /// How it hangs.
    pub state: CableState,
}

/// How a disk hangs on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CableState {
    /// It could be attached here, and is not yet.
    Bound,
    /// It is being attached.
    Attaching,
    /// It is attached.
    Attached,
    /// It is mounted into the pod.
    Mounted,
    /// It is being detached.
    Detaching,
    /// It may not be attached here, because it hangs elsewhere.
    Refused,
}

impl CableState {
    /// As keys and classes name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Attaching => "attaching",
            Self::Attached => "attached",
            Self::Mounted => "mounted",
            Self::Detaching => "detaching",
            Self::Refused => "refused",
        }
    }
}

pub(super) fn gather(world: &World, disks: &[Disk], pods: &[Pod]) -> Vec<Cable> {
    disks
        .iter()
        .enumerate()
        .flat_map(|(number, disk)| of_disk(world, number, disk, pods))
        .collect()
}

fn of_disk(world: &World, number: usize, disk: &Disk, pods: &[Pod]) -> Vec<Cable> {
    let users = users(world, disk, pods);
    let Some(bytes) = world.disks.get(&disk.id) else {
        return Vec::new();
    };
    let mounts = || live_mounts(world, bytes);
    let cable = |node, pod, state| Cable {
        disk: number,
        node,
        pod,
        state,
    };
    let mounted = |node: Id| {
        mounts().filter(move |m| m.node == node).map(move |mount| {
            let pod = pods.iter().position(|p| p.uid == mount.uid);
            cable(node, pod, CableState::Mounted)
        })
    };
    if bytes.place != Place::Network {
        let mut nodes: Vec<Id> = mounts().map(|m| m.node).into_list();
        nodes.dedup();
        return nodes.into_iter().flat_map(mounted).collect();
    }
    let mut cables: Vec<Cable> = Vec::new();
    let mut hang = |node: Id, state: CableState| {
        if cables.iter().any(|c| c.node == node) {
            return;
        }
        let before = cables.len();
        cables.extend(mounted(node));
        if cables.len() == before {
            let pod = users
                .iter()
                .copied()
                .find(|pod| pods[*pod].node == Some(node));
            cables.push(cable(node, pod, state));
        }
    };
    for (_, object) in world.store.linked(Link::AttachmentOfVolume, disk.id) {
        let Some(attachment) = object.as_volume_attachment() else {
            continue;
        };
        let Some(node) = world.store.id(Kind::Node, "", &attachment.node_name) else {
            continue;
        };
        let attached = attachment.attached || bytes.attached.contains(&node);
        hang(
            node,
            match (object.meta.is_deleting(), attached) {
                (true, _) => CableState::Detaching,
                (_, true) => CableState::Attached,
                _ if attachment.attach_error.is_some() => CableState::Refused,
                _ => CableState::Attaching,
            },
        );
    }
    for node in &bytes.attached {
        hang(*node, CableState::Attached);
    }
    let of_user = |pod: usize| {
        let waits = !matches!(
            pods[pod].state,
            PodState::Terminating { .. } | PodState::Succeeded | PodState::Failed
        );
        pods[pod].node.filter(|_| waits)
    };
    if cables.is_empty() {
        let bound = |pod: &usize| Some(cable(of_user(*pod)?, Some(*pod), CableState::Bound));
        return users.iter().filter_map(bound).collect();
    }
    let exclusive = world
        .get(disk.id)
        .and_then(|o| o.as_volume())
        .is_some_and(|v| !multi_attach_allowed(&v.spec.access_modes));
    if exclusive {
        for pod in users {
            if let Some(node) = of_user(pod)
                && !cables.iter().any(|c| c.node == node)
            {
                cables.push(cable(node, Some(pod), CableState::Refused));
            }
        }
    }
    cables
}

/// The pods of the API that use a disk's claim.
fn users(world: &World, disk: &Disk, pods: &[Pod]) -> Vec<usize> {
    let Some(claim) = disk.claim else {
        return Vec::new();
    };
    let name: &Text = &world.store.key(claim).name;
    let users = world.store.linked(Link::PodOfClaim, claim);
    let uses = |uid| {
        let ours =
            |pod: &Pod| pod.uid == uid && !matches!(pod.truth, Truth::Forgotten | Truth::Ghost);
        pods.iter().position(ours)
    };
    users
        .filter(|(_, o)| {
            o.as_pod()
                .is_some_and(|p| p.claim_names().any(|c| c == name))
        })
        .filter_map(|(_, o)| uses(o.meta.uid))
        .collect()
}
