//! A claim with ReadWriteOncePod is for one Pod in the whole cluster. Models plugins/volumerestrictions, 1.37.

use ordinal_api::pod::Pod;
use ordinal_api::storage::AccessMode;
use ordinal_api::{Kind, Object, Value};

use super::{Cycle, EarlyRejection, Plugin, Rejection};
use crate::scheduler::Memory;
use crate::scheduler::node_info::NodeInfo;
use crate::store::Link;
use crate::{Id, World};

/// Whether another Pod that has a node uses a claim of this Pod that is for one Pod only.
///
/// # Errors
/// A claim that does not exist.
pub(super) fn prepare(
    world: &World,
    memory: &Memory,
    id: Id,
    object: &Object,
) -> Result<bool, EarlyRejection> {
    let pod = object.as_pod().expect("the scheduler's queue holds Pods");
    let mut in_use = false;
    for name in pod.claim_names() {
        let claim_id = world
            .store
            .id(Kind::PersistentVolumeClaim, &object.meta.namespace, name);
        let claim = claim_id
            .and_then(|id| world.store.get(id))
            .and_then(|o| o.as_claim());
        let Some((claim_id, claim)) = claim_id.zip(claim) else {
            return Err(EarlyRejection {
                plugin: Plugin::VolumeRestrictions,
                reason: format!("persistentvolumeclaim \"{name}\" not found").into(),
                about: claim_id,
            });
        };
        if claim
            .spec
            .access_modes
            .contains(&AccessMode::ReadWriteOncePod)
        {
            let others = world
                .store
                .linked(Link::PodOfClaim, claim_id)
                .filter(|(other, _)| *other != id && !memory.absent.contains(other));
            in_use |= others.into_iter().any(|(other, o)| {
                memory.bindings.contains_key(&other)
                    || crate::scheduler::node_of(&world.store, o).is_some()
            });
        }
    }
    Ok(in_use)
}

/// Disks that Pods name themselves: where the identity of one stands, and whether readers may share it.
const DISKS: [(&str, &str, bool); 4] = [
    ("gcePersistentDisk", "pdName", true),
    ("awsElasticBlockStore", "volumeID", false),
    ("iscsi", "iqn", true),
    ("rbd", "image", true),
];

fn disks(pod: &Pod) -> impl Iterator<Item = (usize, &Value)> {
    let volumes = pod.raw.get("volumes").and_then(Value::as_array);
    volumes.into_iter().flatten().flat_map(|volume| {
        let disk = move |n: usize| Some((n, volume.get(DISKS[n].0)?));
        (0..DISKS.len()).filter_map(disk)
    })
}

/// Whether two Pods name the same disk and cannot share it. Models `isVolumeConflict`.
pub(crate) fn shares_disk(a: &Object, b: &Object) -> bool {
    let (Some(a), Some(b)) = (a.as_pod(), b.as_pod()) else {
        return false;
    };
    let reads = |disk: &Value| disk.get("readOnly").and_then(Value::as_bool) == Some(true);
    let pool = |disk: &Value| {
        disk.get("pool")
            .and_then(Value::as_str)
            .unwrap_or("rbd")
            .to_owned()
    };
    let monitors = |disk: &Value| {
        disk.get("monitors")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    disks(a).any(|(kind, mine)| {
        disks(b).any(|(other, theirs)| {
            let (_, id, shared) = DISKS[kind];
            let same = kind == other && mine.get(id) == theirs.get(id);
            let rbd = DISKS[kind].0 != "rbd"
                || pool(mine) == pool(theirs)
                    && monitors(mine).iter().any(|m| monitors(theirs).contains(m));
            same && rbd && !(shared && reads(mine) && reads(theirs))
        })
    })
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    cycle.exclusive_claim_in_use || disks(cycle.pod).next().is_some()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    if disks(cycle.pod).next().is_some()
        && cycle
            .pods_on(node.id)
            .iter()
            .any(|other| shares_disk(cycle.object, other))
    {
        return Some(Rejection::resolvable(
            Plugin::VolumeRestrictions,
            "node(s) had no available disk",
        ));
    }
    const REASON: &str = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";
    cycle
        .exclusive_claim_in_use
        .then(|| Rejection::resolvable(Plugin::VolumeRestrictions, REASON))
}
