//! How a Deployment is scaled while a rollout may be under way: a pure function of what may be seen.
//!
//! Models pkg/controller/deployment/sync.go `scale`, `isScalingEvent` and util/deployment_util.go `GetReplicaSetProportion`, 1.37.

use ordinal_api::list::IntoList;
use std::cmp::Reverse;

use super::{SetView, Size, View};

/// Whether `replicas` changed since the sizes of the ReplicaSets were chosen.
pub fn is_scaling(view: &View) -> bool {
    view.active()
        .any(|set| set.desired.is_some_and(|desired| desired != view.replicas))
}

/// The sizes of all ReplicaSets. Those that keep their size are named where what is noted on them must be put right.
pub fn scale(view: &View) -> Vec<Size> {
    if let Some(only) = active_or_latest(view) {
        let size = Size {
            set: only.id,
            to: view.replicas,
        };
        return if only.replicas == view.replicas {
            Vec::new()
        } else {
            vec![size]
        };
    }
    if is_saturated(view) {
        return view
            .old
            .iter()
            .filter(|set| set.replicas > 0)
            .map(|set| Size { set: set.id, to: 0 })
            .collect();
    }
    if view.rolling {
        in_proportion(view)
    } else {
        Vec::new()
    }
}

/// The only ReplicaSet that wants Pods, or if none does the newest. Models `FindActiveOrLatest`.
fn active_or_latest(view: &View) -> Option<&SetView> {
    let mut active = view.active();
    match (active.next(), active.next()) {
        (None, _) => view.new.as_ref().or(view.old.last()),
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Models `IsSaturated`.
fn is_saturated(view: &View) -> bool {
    view.new.as_ref().is_some_and(|new| {
        new.replicas == view.replicas
            && new.desired == Some(view.replicas)
            && new.available == view.replicas
    })
}

fn in_proportion(view: &View) -> Vec<Size> {
    let mut sets: Vec<&SetView> = view.active().into_list();
    let allowed = if view.replicas > 0 {
        i64::from(view.ceiling())
    } else {
        0
    };
    let to_add = allowed - i64::from(view.sum(|set| set.replicas));
    // Of equal sizes the newer grows first, the older shrinks first.
    if to_add > 0 {
        ordinal_api::sorted::sort_by_key(&mut sets, |set| {
            (Reverse(set.replicas), Reverse(set.created), Reverse(set.id))
        });
    } else {
        ordinal_api::sorted::sort_by_key(&mut sets, |set| {
            (Reverse(set.replicas), set.created, set.id)
        });
    }
    let mut added = 0;
    let mut sizes: Vec<i64> = Vec::with_capacity(sets.len());
    for set in &sets {
        let part = if to_add == added {
            0
        } else {
            proportion(view, set, to_add - added)
        };
        added += part;
        sizes.push(i64::from(set.replicas) + part);
    }
    // What rounding left over goes to the largest.
    if let Some(largest) = sizes.first_mut() {
        *largest = (*largest + to_add - added).max(0);
    }
    let sizes = sets.iter().zip(sizes);
    sizes
        .map(|(set, to)| Size {
            set: set.id,
            to: u32::try_from(to).unwrap_or(0),
        })
        .collect()
}

/// The part of a ReplicaSet in what is to be added (or, negative, removed), and no more than is left of it.
fn proportion(view: &View, set: &SetView, left: i64) -> i64 {
    let fraction = fraction(view, set);
    if left > 0 {
        fraction.min(left)
    } else {
        fraction.max(left)
    }
}

/// Models `getReplicaSetFraction`; halves are rounded away from zero, in whole numbers.
fn fraction(view: &View, set: &SetView) -> i64 {
    let size = i64::from(set.replicas);
    if view.replicas == 0 {
        return -size;
    }
    let before = set.max.filter(|max| *max > 0).unwrap_or(view.current);
    if before == 0 {
        return 0;
    }
    let (base, before) = (size * i64::from(view.ceiling()), i64::from(before));
    (2 * base + before) / (2 * before) - size
}
