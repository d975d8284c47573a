//! How a rolling update goes: a pure function of what may be seen.
//!
//! Models pkg/controller/deployment/rolling.go and util/deployment_util.go, 1.37.

use ordinal_api::deployment::DeploymentStrategy;
use ordinal_api::list::IntoList;

use super::{SetView, Size, View};

/// Surge and unavailability as numbers. Models `ResolveFenceposts`: the surge is rounded up, the other down, and one of
/// them is at least 1.
fn fenceposts(strategy: DeploymentStrategy, replicas: u32) -> (u32, u32) {
    match strategy {
        DeploymentStrategy::Recreate => (0, 0),
        DeploymentStrategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => match (max_surge.of_up(replicas), max_unavailable.of_down(replicas)) {
            (0, 0) => (0, 1),
            both => both,
        },
    }
}

/// Pods that may be there beyond `replicas`. Models `MaxSurge`.
pub fn max_surge(strategy: DeploymentStrategy, replicas: u32) -> u32 {
    fenceposts(strategy, replicas).0
}

/// Pods that may be missing. Models `MaxUnavailable`.
pub fn max_unavailable(strategy: DeploymentStrategy, replicas: u32) -> u32 {
    fenceposts(strategy, replicas).1.min(replicas)
}

/// The size of the new ReplicaSet, which has `now`, beside `total` Pods wanted by all together. Models `NewRSNewReplicas`.
pub fn new_size(view: &View, now: u32, total: u32) -> u32 {
    if !view.rolling {
        return view.replicas;
    }
    let room = view.ceiling().saturating_sub(total);
    now + room.min(view.replicas.saturating_sub(now))
}

/// What a rolling update does next.
#[derive(Debug, Default)]
pub struct Next {
    /// The new sizes, in the order in which they are written. Empty when nothing may be done.
    pub sizes: Vec<Size>,
    /// An old ReplicaSet still says that more Pods are available than it wants: the sync ends there and is tried again.
    pub stale: bool,
}

/// The next sizes of a rolling update: first the new ReplicaSet grows, then old ones shrink.
pub fn rolling(view: &View) -> Next {
    let Some(new) = &view.new else {
        return Next::default();
    };
    let to = if new.replicas > view.replicas {
        view.replicas
    } else {
        new_size(view, new.replicas, view.sum(|set| set.replicas))
    };
    if to != new.replicas {
        return Next {
            sizes: vec![Size { set: new.id, to }],
            stale: false,
        };
    }
    shrink_old(view, new)
}

/// Models `reconcileOldReplicaSets`, `cleanupUnhealthyReplicas` and `scaleDownOldReplicaSetsForRollingUpdate`, which
/// write one after the other: a ReplicaSet can shrink twice.
fn shrink_old(view: &View, new: &SetView) -> Next {
    let total = i64::from(view.sum(|set| set.replicas));
    let min_available = i64::from(view.replicas - view.max_unavailable);
    let new_unavailable = i64::from(new.replicas) - i64::from(new.available);
    let may_go = total - min_available - new_unavailable;
    let wanted = view.sum(|set| set.replicas) - new.replicas;
    if may_go <= 0 || wanted == 0 {
        return Next::default();
    }
    let mut old: Vec<(&SetView, u32)> = view
        .old
        .iter()
        .filter(|set| set.replicas > 0)
        .map(|set| (set, set.replicas))
        .into_list();
    // What is not available serves nobody: it goes first. A status that is older than the size cannot be reckoned with.
    let unhealthy = |set: &SetView, size: u32| size.saturating_sub(set.available);
    let late = old.iter().position(|(set, size)| set.available > *size);
    let known = late.unwrap_or(old.len());
    let before = shrink(&mut old[..known], may_go, unhealthy);
    let gone: u32 = view.old.iter().map(|set| set.replicas).sum::<u32>()
        - old.iter().map(|(_, size)| size).sum::<u32>();
    let mut next = Next {
        sizes: before,
        stale: late.is_some() && i64::from(gone) < may_go,
    };
    if !next.stale {
        let available = i64::from(view.sum(|set| set.available));
        let more = shrink(&mut old, available - min_available, |_, size| size);
        next.sizes.extend(more);
    }
    next
}

/// Takes so many Pods away from ReplicaSets in their order, of each no more than `most` says.
fn shrink(
    sets: &mut [(&SetView, u32)],
    count: i64,
    most: impl Fn(&SetView, u32) -> u32,
) -> Vec<Size> {
    let mut left = u32::try_from(count).unwrap_or(0);
    let mut sizes = Vec::new();
    for (set, size) in sets {
        let step = most(set, *size).min(left);
        *size -= step;
        left -= step;
        if step > 0 {
            sizes.push(Size {
                set: set.id,
                to: *size,
            });
        }
    }
    sizes
}
