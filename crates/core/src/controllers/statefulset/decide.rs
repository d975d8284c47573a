//! The rules of a StatefulSet, as a pure function: what it sees to what it does.
//!
//! Models `stateful_set_control.go` `updateStatefulSet`, `computeReplicaStatus`, `runForAll`, `slowStartBatch` and
//! `stateful_set_utils.go` `podInOrdinalRange`, `completeUpdate`, 1.37. What happens to one Pod is in
//! [`super::replica`], what a rollout replaces in [`super::rollout`].

use ordinal_api::statefulset::{PodManagementPolicy, StatefulSetStatus, UpdateStrategy};

use super::plan::{Intent, Plan};
use super::replica::{process_condemned, process_replica};
use super::rollout;
use super::view::{PodView, View};
use crate::Id;

/// The largest batch of a Parallel set. Models `MaxBatchSize`.
const MOST_AT_ONCE: usize = 500;

/// A sorted set of Pods.
pub(super) struct Sorted<'a> {
    /// Slot i holds the Pod of ordinal start + i, if there is one.
    pub(super) replicas: Vec<Option<&'a PodView>>,
    /// Pods outside of the range, highest ordinal first.
    pub(super) condemned: Vec<&'a PodView>,
}

/// Decides what a sync does.
pub fn decide(view: &View<'_>) -> Plan {
    let sorted = sort(view);
    let mut plan = Plan {
        status: count(view, &sorted),
        ..Plan::default()
    };
    plan.look_again_at = view
        .pods
        .iter()
        .filter(|p| p.ready && !p.available)
        .filter_map(|p| p.available_at)
        .min();
    if !view.deleting {
        steps(view, &sorted, &mut plan);
    }
    complete(view, &mut plan.status);
    plan
}

pub(super) fn sort<'a>(view: &'a View<'_>) -> Sorted<'a> {
    let start = view.spec.ordinals_start;
    let slots = view.spec.replicas.min(view.most_replicas);
    let mut replicas: Vec<Option<&PodView>> = vec![None; slots as usize];
    let mut condemned = Vec::new();
    for pod in &view.pods {
        let slot = pod
            .ordinal
            .checked_sub(start)
            .and_then(|i| replicas.get_mut(i as usize));
        match slot {
            Some(slot) => *slot = Some(pod),
            None => condemned.push(pod),
        }
    }
    ordinal_api::sorted::sort_by_key(&mut condemned, |pod| std::cmp::Reverse(pod.ordinal));
    Sorted {
        replicas,
        condemned,
    }
}

fn count(view: &View<'_>, sorted: &Sorted<'_>) -> StatefulSetStatus {
    let mut status = StatefulSetStatus {
        observed_generation: view.generation,
        current_revision: view.current_revision.clone(),
        update_revision: view.update_revision.clone(),
        collision_count: Some(view.collision_count),
        ..StatefulSetStatus::default()
    };
    for pod in sorted
        .replicas
        .iter()
        .copied()
        .flatten()
        .chain(sorted.condemned.iter().copied())
    {
        status.replicas += 1;
        status.ready_replicas += u32::from(pod.ready);
        status.available_replicas += u32::from(pod.ready && pod.available);
        if !pod.terminating {
            status.current_replicas += u32::from(pod.revision == *view.current_revision);
            status.updated_replicas += u32::from(pod.revision == *view.update_revision);
        }
    }
    status
}

/// Models `completeUpdate`.
fn complete(view: &View<'_>, status: &mut StatefulSetStatus) {
    let rolling = matches!(view.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
    let all = view.spec.replicas;
    if (rolling || view.release.completes_on_delete())
        && status.updated_replicas == all
        && status.ready_replicas == all
        && status.replicas == all
    {
        status.current_replicas = status.updated_replicas;
        status.current_revision = status.update_revision.clone();
    }
}

fn steps(view: &View<'_>, sorted: &Sorted<'_>, plan: &mut Plan) {
    let ordered = view.spec.pod_management_policy == PodManagementPolicy::OrderedReady;
    // Each living replica, in order; an ordered set stops at the first that is in the way.
    let mut replica = |index, plan: &mut Plan| process_replica(view, sorted, index, ordered, plan);
    if for_all(sorted.replicas.len(), ordered, plan, &mut replica) {
        return;
    }
    // The claims of condemned Pods, before the first of them goes.
    let mut own = |index: usize, plan: &mut Plan| {
        let pod: &PodView = sorted.condemned[index];
        if !pod.claims_owned {
            plan.intents.push(Intent::OwnClaims {
                pod: pod.id,
                ordinal: pod.ordinal,
            });
        }
        false
    };
    for_all(sorted.condemned.len(), ordered, plan, &mut own);
    let first_unavailable = first_unavailable(sorted);
    let mut condemned = |index: usize, plan: &mut Plan| {
        process_condemned(sorted.condemned[index], first_unavailable, ordered, plan)
    };
    if for_all(sorted.condemned.len(), ordered, plan, &mut condemned) {
        return;
    }
    if let UpdateStrategy::RollingUpdate(rolling) = &view.spec.update_strategy {
        let partition = rolling.as_ref().map_or(0, |r| r.partition) as usize;
        if view.release.max_unavailable_stateful_set() {
            rollout::within_budget(view, sorted, partition, plan);
        } else {
            rollout::one_by_one(view, sorted, partition, plan);
        }
    }
}

/// One after the other, or in batches of 1, 2, 4 … in which every one is tried. Returns whether an ordered set stops here.
/// Models `runForAll` and `slowStartBatch`.
fn for_all(
    count: usize,
    ordered: bool,
    plan: &mut Plan,
    each: &mut dyn FnMut(usize, &mut Plan) -> bool,
) -> bool {
    let (mut size, mut end) = (1, 0);
    for index in 0..count {
        if index == end && !ordered {
            plan.batches.push(plan.intents.len());
            end += size;
            size = (2 * size).min(MOST_AT_ONCE);
        }
        if each(index, plan) && ordered {
            return true;
        }
    }
    false
}

/// The first Pod in the way: the lowest unavailable replica (a missing one has no handle and cannot be condemned),
/// else the lowest unavailable condemned Pod.
fn first_unavailable(sorted: &Sorted<'_>) -> Option<Id> {
    let replica = sorted
        .replicas
        .iter()
        .find(|slot| slot.is_none_or(PodView::is_unavailable));
    match replica {
        Some(slot) => slot.map(|pod| pod.id),
        None => sorted
            .condemned
            .iter()
            .rev()
            .find(|pod| pod.is_unavailable())
            .map(|pod| pod.id),
    }
}
