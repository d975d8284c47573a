//! What happens to one Pod: created, replaced, repaired or waited for while it is wanted; deleted when it is one too many.
//!
//! Models `stateful_set_control.go` `processReplica`, `processCondemned` and `stateful_set_utils.go`
//! `newVersionedStatefulSetPod`, 1.37.

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{RetentionPolicy, UpdateStrategy};

use super::decide::Sorted;
use super::guards;
use super::plan::{Deletion, Hold, Intent, Plan};
use super::view::{PodView, View};
use crate::Id;
use crate::wait::Guard;

/// One replica. Returns whether an ordered set stops here.
pub(super) fn process_replica(
    view: &View<'_>,
    sorted: &Sorted<'_>,
    index: usize,
    ordered: bool,
    plan: &mut Plan,
) -> bool {
    let ordinal = view.spec.ordinals_start + index as u32;
    let Some(pod) = sorted.replicas[index] else {
        if view.spec.when_scaled == RetentionPolicy::Delete && view.stale_claims.contains(&ordinal)
        {
            // The claim belongs to a Pod that is gone; the garbage collector takes it, then creation goes on.
            return true;
        }
        plan.intents.push(create(view, index));
        return true;
    };
    if matches!(pod.phase, PodPhase::Failed | PodPhase::Succeeded) {
        if view.release.recreates_ended_at_once() {
            plan.intents.push(delete(pod, Deletion::Ended));
            plan.intents.push(create(view, index));
        } else if pod.terminating {
            let next = next_missing(view, sorted, index);
            hold(plan, pod, next, &guards::TERMINATING, ordered);
        } else {
            // It is created again by a later sync, when it is gone.
            plan.intents.push(delete(pod, Deletion::Ended));
        }
        return true;
    }
    if pod.phase == PodPhase::Pending {
        plan.intents.push(Intent::EnsureClaims {
            pod: pod.id,
            ordinal,
        });
    }
    // What an ordered set waits for, a Parallel one passes by; it only cannot create a Pod whose name is taken.
    let in_the_way = if pod.terminating {
        Some((Some(ordinal), &guards::TERMINATING))
    } else if !pod.ready {
        Some((next_missing(view, sorted, index), &guards::PREDECESSOR))
    } else if !pod.available {
        Some((next_missing(view, sorted, index), &guards::AVAILABLE))
    } else {
        None
    };
    if let Some((next, guard)) = in_the_way {
        hold(plan, pod, next, guard, ordered);
        if ordered {
            return true;
        }
    }
    if !pod.consistent || !pod.claims_owned {
        plan.intents.push(Intent::RepairPod {
            pod: pod.id,
            ordinal,
        });
    }
    false
}

fn create(view: &View<'_>, index: usize) -> Intent {
    Intent::CreatePod {
        ordinal: view.spec.ordinals_start + index as u32,
        updated: is_created_updated(view, index),
    }
}

pub(super) fn delete(pod: &PodView, why: Deletion) -> Intent {
    Intent::DeletePod { pod: pod.id, why }
}

/// Notes what holds the set: for an ordered one what it stops at; for a Parallel one only a name that is taken.
pub(super) fn hold(
    plan: &mut Plan,
    pod: &PodView,
    next: Option<u32>,
    guard: &'static Guard,
    ordered: bool,
) {
    if plan.hold.is_none() && (ordered || *guard == guards::TERMINATING) {
        plan.hold = Some(Hold {
            on: pod.id,
            next,
            guard,
            until: if pod.ready { pod.available_at } else { None },
        });
    }
}

fn next_missing(view: &View<'_>, sorted: &Sorted<'_>, after: usize) -> Option<u32> {
    let missing = sorted
        .replicas
        .iter()
        .enumerate()
        .skip(after + 1)
        .find(|(_, pod)| pod.is_none());
    missing.map(|(index, _)| view.spec.ordinals_start + index as u32)
}

/// Which revision a Pod is created from. Models `newVersionedStatefulSetPod`.
pub(super) fn is_created_updated(view: &View<'_>, index: usize) -> bool {
    match &view.spec.update_strategy {
        UpdateStrategy::RollingUpdate(None) => index as u32 >= view.status.current_replicas,
        UpdateStrategy::RollingUpdate(Some(rolling)) => index as u32 >= rolling.partition,
        UpdateStrategy::OnDelete => true,
    }
}

/// One Pod too many. Returns whether an ordered set stops here.
pub(super) fn process_condemned(
    pod: &PodView,
    first_unavailable: Option<Id>,
    ordered: bool,
    plan: &mut Plan,
) -> bool {
    if pod.terminating {
        if ordered {
            hold(plan, pod, None, &guards::SCALE_DOWN, ordered);
        }
        return true;
    }
    let in_the_way = first_unavailable == Some(pod.id);
    if ordered && !in_the_way && !(pod.ready && pod.available) {
        let guard = if pod.ready {
            &guards::AVAILABLE
        } else {
            &guards::SCALE_DOWN
        };
        hold(plan, pod, None, guard, ordered);
        return true;
    }
    plan.intents.push(delete(pod, Deletion::Condemned));
    true
}
