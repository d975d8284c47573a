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

/// The next sizes of a rolling update: first the new ReplicaSet grows, then old ones shrink. Empty when nothing may be done.
pub fn rolling(view: &View) -> Vec<Size> {
    let Some(new) = &view.new else {
        return Vec::new();
    };
    let to = if new.replicas > view.replicas {
        view.replicas
    } else {
        new_size(view, new.replicas, view.sum(|set| set.replicas))
    };
    if to != new.replicas {
        return vec![Size { set: new.id, to }];
    }
    shrink_old(view, new)
}

/// Models `reconcileOldReplicaSets`, `cleanupUnhealthyReplicas` and `scaleDownOldReplicaSetsForRollingUpdate`, which
/// write one after the other: a ReplicaSet can shrink twice.
fn shrink_old(view: &View, new: &SetView) -> Vec<Size> {
    let total = i64::from(view.sum(|set| set.replicas));
    let min_available = i64::from(view.replicas - view.max_unavailable);
    let new_unavailable = i64::from(new.replicas) - i64::from(new.available);
    let may_go = total - min_available - new_unavailable;
    let wanted = view.sum(|set| set.replicas) - new.replicas;
    if may_go <= 0 || wanted == 0 {
        return Vec::new();
    }
    let mut old: Vec<(&SetView, u32)> = view
        .old
        .iter()
        .filter(|set| set.replicas > 0)
        .map(|set| (set, set.replicas))
        .into_list();
    // What is not available serves nobody: it goes first.
    let unhealthy = |set: &SetView, size: u32| size.saturating_sub(set.available);
    let mut sizes = shrink(&mut old, may_go, unhealthy);
    let available = i64::from(view.sum(|set| set.available));
    sizes.extend(shrink(&mut old, available - min_available, |_, size| size));
    sizes
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
