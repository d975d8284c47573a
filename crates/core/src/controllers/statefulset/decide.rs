//! The rules of a StatefulSet, as a pure function: what it sees to what it does.
//!
//! Models `stateful_set_control.go` `updateStatefulSet`, `processReplica`, `processCondemned`,
//! `updateStatefulSetAfterInvariantEstablished`, 1.37.

use ordinal_api::SimTime;
use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{
    PodManagementPolicy, RetentionPolicy, StatefulSetStatus, UpdateStrategy,
};

use super::guards;
use super::view::{PodView, View};
use crate::Id;
use crate::wait::Guard;

/// What a sync does, in this order. A step that fails ends an ordered plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps.
    pub intents: Vec<Intent>,
    /// The status to write at the end.
    pub status: StatefulSetStatus,
    /// What held it, if anything.
    pub hold: Option<Hold>,
    /// When a Pod becomes available by itself.
    pub look_again_at: Option<SimTime>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Creates what is missing of an ordinal's claims, then its Pod.
    CreatePod {
        /// The ordinal.
        ordinal: u32,
        /// From the update revision, or from the current one.
        updated: bool,
    },
    /// Creates what is missing of the claims of a Pod that is still Pending.
    EnsureClaims {
        /// The ordinal.
        ordinal: u32,
    },
    /// Repairs name labels, volumes or the ownership of claims.
    RepairPod {
        /// The Pod.
        pod: Id,
        /// Its ordinal.
        ordinal: u32,
    },
    /// Makes a condemned Pod the owner of its claims, or takes that back, as the policy wants.
    OwnClaims {
        /// The Pod.
        pod: Id,
        /// Its ordinal.
        ordinal: u32,
    },
    /// Deletes a Pod.
    DeletePod {
        /// The Pod.
        pod: Id,
        /// Why.
        why: Deletion,
    },
}

/// Why a Pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It has ended: phase Failed or Succeeded.
    Ended,
    /// It is outside of the range of ordinals.
    Condemned,
    /// It is of an old revision.
    Outdated,
}

/// What holds a set back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hold {
    /// The Pod that it waits for.
    pub on: Id,
    /// The ordinal that would be next, if it is a Pod to create.
    pub next: Option<u32>,
    /// The rule.
    pub guard: &'static Guard,
    /// When it ends by itself, where that is known.
    pub until: Option<SimTime>,
}

/// A sorted set of Pods.
struct Sorted<'a> {
    /// Slot i holds the Pod of ordinal start + i, if there is one.
    replicas: Vec<Option<&'a PodView>>,
    /// Pods outside of the range, highest ordinal first.
    condemned: Vec<&'a PodView>,
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

fn sort<'a>(view: &'a View<'_>) -> Sorted<'a> {
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

/// Models `completeRollingUpdate`.
fn complete(view: &View<'_>, status: &mut StatefulSetStatus) {
    let rolling = matches!(view.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
    let all = view.spec.replicas;
    if rolling
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
    for index in 0..sorted.replicas.len() {
        if process_replica(view, sorted, index, ordered, plan) && ordered {
            return;
        }
    }
    for pod in sorted.condemned.iter().filter(|pod| !pod.claims_owned) {
        plan.intents.push(Intent::OwnClaims {
            pod: pod.id,
            ordinal: pod.ordinal,
        });
    }
    let first_unavailable = first_unavailable(sorted);
    for pod in &sorted.condemned {
        if process_condemned(pod, first_unavailable, ordered, plan) && ordered {
            return;
        }
    }
    if let UpdateStrategy::RollingUpdate(rolling) = &view.spec.update_strategy {
        let partition = rolling.as_ref().map_or(0, |r| r.partition) as usize;
        if view.max_unavailable_enabled {
            update_within_budget(view, sorted, partition, plan);
        } else {
            update_one_by_one(view, sorted, partition, plan);
        }
    }
}

/// One replica. Returns whether an ordered set stops here.
fn process_replica(
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
        plan.intents.push(Intent::CreatePod {
            ordinal,
            updated: is_created_updated(view, index),
        });
        return true;
    };
    if matches!(pod.phase, PodPhase::Failed | PodPhase::Succeeded) {
        if pod.terminating {
            hold(
                plan,
                pod,
                next_missing(view, sorted, index),
                &guards::TERMINATING,
                ordered,
            );
        } else {
            plan.intents.push(Intent::DeletePod {
                pod: pod.id,
                why: Deletion::Ended,
            });
        }
        return true;
    }
    if pod.phase == PodPhase::Pending {
        plan.intents.push(Intent::EnsureClaims { ordinal });
    }
    if pod.terminating {
        hold(plan, pod, Some(ordinal), &guards::TERMINATING, ordered);
        return true;
    }
    if !pod.ready {
        hold(
            plan,
            pod,
            next_missing(view, sorted, index),
            &guards::PREDECESSOR,
            ordered,
        );
        return true;
    }
    if !pod.available {
        hold(
            plan,
            pod,
            next_missing(view, sorted, index),
            &guards::AVAILABLE,
            ordered,
        );
        return true;
    }
    if !pod.consistent || !pod.claims_owned {
        plan.intents.push(Intent::RepairPod {
            pod: pod.id,
            ordinal,
        });
    }
    false
}

/// Notes what holds the set: for an ordered one what it stops at; for a Parallel one only a name that is taken.
fn hold(plan: &mut Plan, pod: &PodView, next: Option<u32>, guard: &'static Guard, ordered: bool) {
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
fn is_created_updated(view: &View<'_>, index: usize) -> bool {
    match &view.spec.update_strategy {
        UpdateStrategy::RollingUpdate(None) => index as u32 >= view.status.current_replicas,
        UpdateStrategy::RollingUpdate(Some(rolling)) => index as u32 >= rolling.partition,
        UpdateStrategy::OnDelete => true,
    }
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

/// One Pod too many. Returns whether an ordered set stops here.
fn process_condemned(
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
    plan.intents.push(Intent::DeletePod {
        pod: pod.id,
        why: Deletion::Condemned,
    });
    true
}

fn is_outdated(view: &View<'_>, pod: &PodView) -> bool {
    pod.revision != *view.update_revision && !pod.terminating
}

fn replace(plan: &mut Plan, pod: &PodView) {
    plan.intents.push(Intent::DeletePod {
        pod: pod.id,
        why: Deletion::Outdated,
    });
    plan.status.current_replicas = plan.status.current_replicas.saturating_sub(1);
}

/// Without `maxUnavailable`: the highest outdated Pod, once everything above it is available.
fn update_one_by_one(view: &View<'_>, sorted: &Sorted<'_>, partition: usize, plan: &mut Plan) {
    for slot in sorted.replicas.iter().skip(partition).rev() {
        // A replica that is just being created is waited for like one that is not Ready.
        let Some(pod) = slot else { return };
        if is_outdated(view, pod) {
            replace(plan, pod);
            return;
        }
        if pod.is_unavailable() {
            hold(plan, pod, None, &guards::UPDATE, true);
            return;
        }
    }
}

/// Replicas from the highest ordinal down to the partition; those that are just being created are not there yet.
fn from_the_top<'a>(sorted: &'a Sorted<'_>, partition: usize) -> impl Iterator<Item = &'a PodView> {
    sorted
        .replicas
        .iter()
        .skip(partition)
        .rev()
        .filter_map(|slot| *slot)
}

/// With `maxUnavailable`: as many outdated Pods as the budget allows, from the top.
fn update_within_budget(view: &View<'_>, sorted: &Sorted<'_>, partition: usize, plan: &mut Plan) {
    let UpdateStrategy::RollingUpdate(rolling) = &view.spec.update_strategy else {
        return;
    };
    let wanted = rolling
        .as_ref()
        .and_then(|r| r.max_unavailable)
        .map_or(1, |max| max.of_down(view.spec.replicas));
    let allowed = wanted.max(1) as usize;
    let unavailable = sorted
        .replicas
        .iter()
        .filter(|slot| slot.is_none_or(PodView::is_unavailable))
        .count();
    let repairs =
        view.parallel_repairs && view.spec.pod_management_policy == PodManagementPolicy::Parallel;
    let broken = |pod: &PodView| is_outdated(view, pod) && !pod.available;
    if repairs {
        for pod in from_the_top(sorted, partition).filter(|pod| broken(pod)) {
            replace(plan, pod);
        }
    }
    let Some(mut budget) = allowed
        .checked_sub(unavailable)
        .filter(|budget| *budget > 0)
    else {
        let outdated = from_the_top(sorted, partition).any(|pod| is_outdated(view, pod));
        let blocker = sorted
            .replicas
            .iter()
            .rev()
            .filter_map(|slot| *slot)
            .find(|pod| pod.is_unavailable());
        if let Some(pod) = blocker.filter(|_| outdated) {
            hold(plan, pod, None, &guards::UPDATE, true);
        }
        return;
    };
    for pod in from_the_top(sorted, partition).filter(|pod| is_outdated(view, pod)) {
        if budget == 0 {
            return;
        }
        if repairs && !pod.available {
            continue;
        }
        replace(plan, pod);
        budget -= 1;
    }
}
