//! A claim with ReadWriteOncePod is for one Pod in the whole cluster. Models plugins/volumerestrictions, 1.37.

use ordinal_api::storage::AccessMode;
use ordinal_api::{Kind, Object};

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

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    cycle.exclusive_claim_in_use
}

pub(super) fn filter(cycle: &Cycle<'_>, _node: &NodeInfo) -> Option<Rejection> {
    const REASON: &str = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";
    cycle
        .exclusive_claim_in_use
        .then(|| Rejection::resolvable(Plugin::VolumeRestrictions, REASON))
}
