//! The last phase of a sync: which outdated Pods are replaced now.
//!
//! Models the end of `stateful_set_control.go` `updateStatefulSet` and `updateStatefulSetAfterInvariantEstablished`, 1.37,
//! and `stateful_set_utils.go` `getStatefulSetMaxUnavailable`.

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{IntOrPercent, PodManagementPolicy, UpdateStrategy};

use super::decide::Sorted;
use super::guards;
use super::plan::{Deletion, Intent, Plan};
use super::replica::{delete, hold, is_created_updated};
use super::view::{PodView, View};

/// A replica as this phase sees it: a Pod, or one that an earlier phase of the same sync created.
#[derive(Clone, Copy)]
struct Replica<'a> {
    ordinal: u32,
    pod: Option<&'a PodView>,
    /// It is of another revision than the update's, and not on its way out.
    outdated: bool,
    available: bool,
    unavailable: bool,
}

/// The replicas from the highest ordinal down to the first.
fn from_the_top<'a>(
    view: &'a View<'_>,
    sorted: &'a Sorted<'_>,
) -> impl Iterator<Item = Replica<'a>> {
    let slots = sorted.replicas.iter().enumerate().rev();
    slots.map(|(index, slot)| {
        let pod = slot.filter(|pod| !is_made_again(view, pod));
        let outdated = match pod {
            Some(pod) => pod.revision != *view.update_revision && !pod.terminating,
            None => {
                view.current_revision != view.update_revision && !is_created_updated(view, index)
            }
        };
        Replica {
            ordinal: view.spec.ordinals_start + index as u32,
            pod,
            outdated,
            available: pod.is_some_and(|pod| pod.available),
            unavailable: pod.is_none_or(PodView::is_unavailable),
        }
    })
}

/// Whether a Pod that ended was deleted and created again earlier in this sync.
fn is_made_again(view: &View<'_>, pod: &PodView) -> bool {
    view.release.recreates_ended_at_once()
        && matches!(pod.phase, PodPhase::Failed | PodPhase::Succeeded)
}

/// One deletion after the other: the first that fails ends the phase.
fn replace(plan: &mut Plan, replica: Replica<'_>) {
    plan.batches.push(plan.intents.len());
    plan.intents.push(match replica.pod {
        Some(pod) => delete(pod, Deletion::Outdated),
        None => Intent::DeleteNew {
            ordinal: replica.ordinal,
        },
    });
}

/// Without `maxUnavailable`: the highest outdated Pod, once everything above it is available.
pub(super) fn one_by_one(view: &View<'_>, sorted: &Sorted<'_>, partition: usize, plan: &mut Plan) {
    let count = sorted.replicas.len().saturating_sub(partition);
    for replica in from_the_top(view, sorted).take(count) {
        if replica.outdated {
            replace(plan, replica);
            return;
        }
        if replica.unavailable {
            // One that is just being created is waited for like one that is not Ready.
            if let Some(pod) = replica.pod {
                hold(plan, pod, None, &guards::UPDATE, true);
            }
            return;
        }
    }
}

/// How many may be unavailable: at least one. Models `getStatefulSetMaxUnavailable`.
pub(super) fn max_unavailable(wanted: Option<IntOrPercent>, replicas: u32) -> u32 {
    wanted.map_or(1, |max| max.of_down(replicas)).max(1)
}

/// With `maxUnavailable`: as many outdated Pods as the budget allows, from the top.
pub(super) fn within_budget(
    view: &View<'_>,
    sorted: &Sorted<'_>,
    partition: usize,
    plan: &mut Plan,
) {
    let UpdateStrategy::RollingUpdate(rolling) = &view.spec.update_strategy else {
        return;
    };
    let wanted = rolling.as_ref().and_then(|r| r.max_unavailable);
    let allowed = max_unavailable(wanted, view.spec.replicas) as usize;
    let count = sorted.replicas.len().saturating_sub(partition);
    let outdated = || {
        let updated = from_the_top(view, sorted).take(count);
        updated.filter(|replica| replica.outdated)
    };
    let unavailable = from_the_top(view, sorted).filter(|replica| replica.unavailable);
    let budget = allowed.saturating_sub(unavailable.count());
    let repairs = view.release.parallel_repairs()
        && view.spec.pod_management_policy == PodManagementPolicy::Parallel;
    if repairs {
        // Those that serve nobody anyway, whatever the budget says.
        for replica in outdated().filter(|replica| !replica.available) {
            replace(plan, replica);
        }
    }
    if budget == 0 {
        let mut pods = from_the_top(view, sorted).filter_map(|replica| replica.pod);
        let blocker = pods.find(|pod| pod.is_unavailable());
        if let Some(pod) = blocker.filter(|_| outdated().next().is_some()) {
            hold(plan, pod, None, &guards::UPDATE, true);
        }
    }
    let replaceable = outdated().filter(|replica| replica.available || !repairs);
    for replica in replaceable.take(budget) {
        replace(plan, replica);
    }
}
