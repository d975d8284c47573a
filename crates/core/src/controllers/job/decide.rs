//! What a Job does about its Pods and how it ends: a pure function of what may be seen.
//!
//! Models pkg/controller/job/job_controller.go `syncJob`, `manageJob` and backoff_utils.go, 1.37.

use ordinal_api::pod::PodPhase;
use ordinal_api::{SimDuration, SimTime};

use super::indexes::Indexes;
use super::view::{Decided, Failures, PodView, View};
use crate::Id;

/// From a Pod's failure until another one is made, doubled with each failure in a row.
const FIRST_BACK_OFF_MS: u64 = 10_000;
/// The longest of these times.
const LONGEST_BACK_OFF_MS: u64 = 600_000;
/// Pods made or deleted in one sync, at most.
const BURST: usize = 500;

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The Job begins now.
    pub(super) starts: bool,
    /// Pods that are counted as having succeeded from now on.
    pub(super) succeeded: Vec<Id>,
    /// Of an Indexed Job, all indexes of which one has succeeded, with those of now.
    pub(super) indexes: Indexes,
    /// Pods that are counted as having failed from now on.
    pub(super) failed: Vec<Id>,
    /// Pods that need not be kept any more for being counted.
    pub(super) released: Vec<Id>,
    /// Pods to make, of an Indexed Job with their indexes.
    pub(super) create: Vec<Option<u32>>,
    /// Pods to delete.
    pub(super) delete: Vec<Id>,
    /// How it ends.
    pub(super) ends: Option<Decided>,
    /// `suspend` was not told of before.
    pub(super) suspended: Option<bool>,
    /// When it has to be looked at again.
    pub(super) again: Option<SimTime>,
    /// Failures in a row, with those of now.
    pub(super) failures: Failures,
    /// `status.active`, when all is done.
    pub(super) active: u32,
    /// `status.ready`
    pub(super) ready: u32,
    /// `status.terminating`
    pub(super) terminating: u32,
}

fn count<'p>(pods: impl Iterator<Item = &'p PodView>) -> u32 {
    u32::try_from(pods.count()).unwrap_or(u32::MAX)
}

/// Decides.
pub(super) fn decide(view: &View) -> Plan {
    let (spec, status) = (&view.spec, &view.status);
    let mut plan = Plan {
        starts: status.start_time.is_none() && !spec.suspend,
        ..Plan::default()
    };
    let active: Vec<&PodView> = view.pods.iter().filter(|pod| pod.is_active()).collect();
    plan.active = count(active.iter().copied());
    plan.ready = count(active.iter().copied().filter(|pod| pod.ready));
    let going = |pod: &&PodView| pod.deleting && !pod.phase.is_terminal();
    plan.terminating = count(view.pods.iter().filter(going));
    let new_succeeded: Vec<&PodView> = view
        .pods
        .iter()
        .filter(|pod| pod.tracked && pod.phase == PodPhase::Succeeded)
        .collect();
    let new_failed: Vec<&PodView> = view
        .pods
        .iter()
        .filter(|pod| pod.tracked && is_failed(pod, view))
        .collect();
    plan.failures = failures(view.failures, &new_succeeded, &new_failed);
    plan.indexes = status.indexes.clone();
    for index in new_succeeded.iter().filter_map(|pod| pod.index) {
        if spec.completions.is_some_and(|all| index < all) {
            plan.indexes.add(index);
        }
    }
    let succeeded = if spec.indexed {
        plan.indexes.len()
    } else {
        status.succeeded + count(new_succeeded.iter().copied())
    };
    let failed = status.failed + count(new_failed.iter().copied());
    plan.ends = status
        .decided
        .clone()
        .or_else(|| failure(view, failed, &mut plan));
    if plan.ends.is_some() {
        plan.delete = active.iter().map(|pod| pod.id).collect();
        plan.terminating += plan.active;
        (plan.active, plan.ready) = (0, 0);
    } else {
        if !view.deleting {
            manage(view, &active, succeeded, &mut plan);
        }
        let enough = match spec.completions {
            None => succeeded > 0,
            Some(completions) => succeeded >= completions,
        };
        if enough && plan.active == 0 {
            plan.ends = Some(Decided {
                failed: false,
                reason: "CompletionsReached".to_owned(),
                message: "Reached expected number of succeeded pods".to_owned(),
            });
        } else if !view.deleting && spec.suspend != status.suspended.unwrap_or(false) {
            plan.suspended = Some(spec.suspend);
        }
    }
    let ends = plan.ends.is_some();
    for pod in view.pods.iter().filter(|pod| pod.tracked) {
        let failed = is_failed(pod, view);
        if !(view.deleting || ends || failed || pod.phase == PodPhase::Succeeded) {
            continue;
        }
        plan.released.push(pod.id);
        if pod.phase == PodPhase::Succeeded {
            plan.succeeded.push(pod.id);
        } else if failed || plan.ends.as_ref().is_some_and(|ends| ends.failed) {
            plan.failed.push(pod.id);
        }
    }
    plan
}

/// Models `isPodFailed`: a Pod that goes away counts as failed, unless only those are replaced that have ended.
fn is_failed(pod: &PodView, view: &View) -> bool {
    let gone = pod.deleting && pod.phase != PodPhase::Succeeded && !view.spec.only_failed;
    pod.phase == PodPhase::Failed || gone
}

/// Models `newBackoffRecord`.
fn failures(before: Failures, succeeded: &[&PodView], failed: &[&PodView]) -> Failures {
    let ends = failed.iter().map(|pod| pod.ended);
    let Some(success) = succeeded.iter().map(|pod| pod.ended).max() else {
        return match ends.clone().max() {
            Some(last) => Failures {
                count: before.count + count(failed.iter().copied()),
                last,
            },
            None => before,
        };
    };
    let after: Vec<SimTime> = ends.filter(|end| *end > success).collect();
    Failures {
        count: u32::try_from(after.len()).unwrap_or(u32::MAX),
        last: after.into_iter().max().unwrap_or_default(),
    }
}

/// Why a Job fails now, if it does.
fn failure(view: &View, failed: u32, plan: &mut Plan) -> Option<Decided> {
    let (spec, status) = (&view.spec, &view.status);
    let because = |reason: &str, message: &str| {
        Some(Decided {
            failed: true,
            reason: reason.to_owned(),
            message: message.to_owned(),
        })
    };
    if failed > spec.backoff_limit || restarted_too_often(view) {
        let message = "Job has reached the specified backoff limit";
        return because("BackoffLimitExceeded", message);
    }
    let secs = spec.active_deadline_secs.filter(|_| !spec.suspend)?;
    let deadline = status.start_time.unwrap_or(view.now) + SimDuration::secs(secs);
    if status.start_time.is_some() && view.now >= deadline {
        return because(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        );
    }
    plan.again = Some(deadline);
    None
}

/// Models `pastBackoffLimitOnFailure`.
fn restarted_too_often(view: &View) -> bool {
    let alive = view
        .pods
        .iter()
        .filter(|pod| matches!(pod.phase, PodPhase::Running | PodPhase::Pending));
    let restarts: u32 = alive.map(|pod| pod.restarts).sum();
    view.spec.restarts && restarts > 0 && restarts >= view.spec.backoff_limit
}

/// Makes or deletes Pods, never both. Models `manageJob`.
fn manage(view: &View, active: &[&PodView], succeeded: u32, plan: &mut Plan) {
    let spec = &view.spec;
    let wanted = match spec.completions {
        _ if spec.suspend => 0,
        None if succeeded > 0 => plan.active,
        None => spec.parallelism,
        Some(completions) => completions.saturating_sub(succeeded).min(spec.parallelism),
    };
    let delete = surplus(view, active, plan.active.saturating_sub(wanted) as usize);
    if !delete.is_empty() || spec.suspend {
        let gone = count(delete.iter().copied());
        plan.active -= gone;
        plan.terminating += gone;
        plan.ready -= count(delete.iter().copied().filter(|pod| pod.ready));
        plan.delete = delete.iter().map(|pod| pod.id).collect();
        return;
    }
    let going = if spec.only_failed {
        plan.terminating
    } else {
        0
    };
    let missing = wanted.saturating_sub(going).saturating_sub(plan.active);
    if missing == 0 {
        return;
    }
    if let Some(at) = backs_off_until(plan.failures).filter(|at| *at > view.now) {
        // As the real controller: while it backs off it counts nobody.
        (plan.again, plan.active) = (Some(plan.again.map_or(at, |other| other.min(at))), 0);
        return;
    }
    let missing = (missing as usize).min(BURST);
    plan.create = if spec.indexed {
        let taken = |index: &u32| active.iter().any(|pod| pod.index == Some(*index));
        let all = 0..spec.completions.unwrap_or(0);
        let free = all.filter(|index| !plan.indexes.has(*index) && !taken(index));
        free.take(missing).map(Some).collect()
    } else {
        vec![None; missing]
    };
    plan.active += u32::try_from(plan.create.len()).unwrap_or(u32::MAX);
}

fn backs_off_until(failures: Failures) -> Option<SimTime> {
    let doubled = failures.count.checked_sub(1)?;
    let wait = (FIRST_BACK_OFF_MS << doubled.min(16)).min(LONGEST_BACK_OFF_MS);
    Some(failures.last + SimDuration::ms(wait))
}

/// The Pods that go: at least so many, and of each index one is enough. Models `activePodsForRemoval`.
fn surplus<'p>(view: &View, active: &[&'p PodView], least: usize) -> Vec<&'p PodView> {
    let mut left: Vec<&PodView> = active.to_vec();
    ordinal_api::sorted::sort_by_key(&mut left, |pod| pod.rank);
    let mut gone = Vec::new();
    if view.spec.indexed {
        let all = view.spec.completions.unwrap_or(0);
        let (mut kept, mut seen) = (Vec::new(), Indexes::default());
        // Of one index the Pod that would go last stays.
        for pod in left.iter().rev() {
            match pod.index.filter(|index| *index < all && !seen.has(*index)) {
                Some(index) => {
                    seen.add(index);
                    kept.insert(0, *pod);
                }
                None => gone.push(*pod),
            }
        }
        left = kept;
    }
    let more = least.saturating_sub(gone.len());
    gone.extend(left.into_iter().take(more));
    gone.truncate(BURST);
    gone
}
