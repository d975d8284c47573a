//! What a Job does about its Pods and how it ends: a pure function of what may be seen.
//!
//! Models pkg/controller/job/job_controller.go `syncJob`, `manageJob` and backoff_utils.go, 1.37.

use ordinal_api::pod::PodPhase;
use ordinal_api::{SimDuration, SimTime};

use super::indexes::Indexes;
use super::policies;
use super::view::{Decided, Failures, PodView, View};
use crate::Id;

/// From a Pod's failure until another one is made, doubled with each failure in a row.
const FIRST_BACK_OFF_MS: u64 = 10_000;
/// The longest of these times.
const LONGEST_BACK_OFF_MS: u64 = 600_000;
/// Pods made or deleted in one sync, at most.
const BURST: usize = 500;

/// A Pod to make.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Of an Indexed Job, its index.
    pub(super) index: Option<u32>,
    /// Where each index has a limit, its failures so far: those that count, and those that do not.
    pub(super) failures: Option<(u32, u32)>,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The Job begins now.
    pub(super) starts: bool,
    /// Pods that are counted as having succeeded from now on.
    pub(super) succeeded: Vec<Id>,
    /// Of an Indexed Job, all indexes of which one has succeeded, with those of now.
    pub(super) indexes: Indexes,
    /// The indexes that are not tried again.
    pub(super) failed_indexes: Indexes,
    /// Pods that are counted as having failed from now on.
    pub(super) failed: Vec<Id>,
    /// Pods that need not be kept any more for being counted.
    pub(super) released: Vec<Id>,
    /// Pods to make.
    pub(super) create: Vec<Wanted>,
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

impl Plan {
    fn look_again(&mut self, at: SimTime) {
        self.again = Some(self.again.map_or(at, |other| other.min(at)));
    }
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
    plan.failed_indexes = status.failed_indexes.clone();
    if let Some(limit) = spec.limit_per_index {
        let over = |pod: &&&PodView| {
            let verdict = &pod.verdict;
            verdict.fails_index || !verdict.ignored && pod.index_failures.0 >= limit
        };
        let over = new_failed.iter().filter(over).filter_map(|pod| pod.index);
        over.for_each(|index| plan.failed_indexes.add(index));
    }
    let counted = new_failed.iter().filter(|pod| !pod.verdict.ignored);
    let failed = status.failed + count(counted.copied());
    plan.ends = status
        .decided
        .clone()
        .or_else(|| failure(view, failed, &mut plan))
        .or_else(|| success(view, &plan));
    let delayed = delayed(view, &active, &plan);
    if plan.ends.is_some() {
        plan.delete = active.iter().map(|pod| pod.id).collect();
        plan.terminating += plan.active;
        (plan.active, plan.ready) = (0, 0);
    } else {
        if !view.deleting {
            manage(view, &active, succeeded, &delayed, &mut plan);
        }
        let enough = match spec.completions {
            None => succeeded > 0,
            Some(completions) => succeeded >= completions,
        };
        if enough && plan.active == 0 {
            let message = "Reached expected number of succeeded pods";
            plan.ends = Some(Decided::of(false, "CompletionsReached", message));
        } else if !view.deleting && spec.suspend != status.suspended.unwrap_or(false) {
            plan.suspended = Some(spec.suspend);
        }
    }
    let ends = plan.ends.is_some();
    for pod in view.pods.iter().filter(|pod| pod.tracked) {
        let failed = is_failed(pod, view);
        let waits = delayed.iter().any(|other| other.id == pod.id);
        let over = failed && !waits || pod.phase == PodPhase::Succeeded;
        if !(view.deleting || ends || over) {
            continue;
        }
        plan.released.push(pod.id);
        if pod.phase == PodPhase::Succeeded {
            plan.succeeded.push(pod.id);
        } else if !pod.verdict.ignored
            && (failed || plan.ends.as_ref().is_some_and(|ends| ends.failed))
        {
            plan.failed.push(pod.id);
        }
    }
    plan
}

/// Of each index that is to be tried again its last Pod, which is kept until the next one has its count of failures.
/// Models `getPodsWithDelayedDeletionPerIndex`.
fn delayed<'v>(view: &'v View, active: &[&PodView], plan: &Plan) -> Vec<&'v PodView> {
    let mut last: Vec<&PodView> = Vec::new();
    if view.spec.limit_per_index.is_none() {
        return last;
    }
    let failures = |pod: &PodView| pod.index_failures.0 + pod.index_failures.1;
    let failed = view
        .pods
        .iter()
        .filter(|pod| pod.tracked && is_failed(pod, view));
    for pod in failed {
        let Some(index) = pod
            .index
            .filter(|index| Some(*index) < view.spec.completions)
        else {
            continue;
        };
        let over = plan.indexes.has(index) || plan.failed_indexes.has(index);
        if over || active.iter().any(|other| other.index == pod.index) {
            continue;
        }
        match last.iter_mut().find(|other| other.index == pod.index) {
            None => last.push(pod),
            Some(other) if failures(other) <= failures(pod) && other.ended <= pod.ended => {
                *other = pod;
            }
            Some(_) => {}
        }
    }
    last
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
    let because = |reason: &str, message: &str| Some(Decided::of(true, reason, message));
    let failed_pods = view.pods.iter().filter(|pod| is_failed(pod, view));
    if let Some(message) = failed_pods
        .filter_map(|pod| pod.verdict.fails_job.as_deref())
        .next()
    {
        return because("PodFailurePolicy", message);
    }
    if failed > spec.backoff_limit || restarted_too_often(view) {
        let message = "Job has reached the specified backoff limit";
        return because("BackoffLimitExceeded", message);
    }
    if let Some(secs) = spec.active_deadline_secs.filter(|_| !spec.suspend) {
        let deadline = status.start_time.unwrap_or(view.now) + SimDuration::secs(secs);
        if status.start_time.is_some() && view.now >= deadline {
            let message = "Job was active longer than specified deadline";
            return because("DeadlineExceeded", message);
        }
        plan.again = Some(deadline);
    }
    let failed = plan.failed_indexes.len();
    if spec.max_failed_indexes.is_some_and(|most| failed > most) {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return because("MaxFailedIndexesExceeded", message);
    }
    if failed > 0 && Some(failed + plan.indexes.len()) >= spec.completions {
        return because("FailedIndexes", "Job has failed indexes");
    }
    None
}

/// Whether enough indexes have succeeded.
fn success(view: &View, plan: &Plan) -> Option<Decided> {
    let message = policies::met(&view.spec.success, &plan.indexes)?;
    Some(Decided::of(false, "SuccessPolicy", &message))
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
fn manage(view: &View, active: &[&PodView], succeeded: u32, delayed: &[&PodView], plan: &mut Plan) {
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
    let per_index = spec.limit_per_index.is_some();
    let all_wait = backs_off_until(plan.failures).filter(|at| !per_index && *at > view.now);
    if let Some(at) = all_wait {
        return plan.look_again(at);
    }
    let missing = (missing as usize).min(BURST);
    if !spec.indexed {
        plan.create = vec![Wanted::default(); missing];
    } else {
        let taken = |index: &u32| {
            let is_there = |pod: &PodView| {
                let goes = spec.only_failed && pod.deleting && !pod.phase.is_terminal();
                pod.index == Some(*index) && (pod.is_active() || goes)
            };
            view.pods.iter().any(is_there)
        };
        let all = 0..spec.completions.unwrap_or(0);
        let over = |index: &u32| plan.indexes.has(*index) || plan.failed_indexes.has(*index);
        let free = all.filter(|index| !over(index) && !taken(index));
        let mut first: Option<SimTime> = None;
        for index in free.take(missing) {
            let last = delayed.iter().find(|pod| pod.index == Some(index));
            let failures = last.map_or((0, 0), |last| match last.index_failures {
                (counted, ignored) if last.verdict.ignored => (counted, ignored + 1),
                (counted, ignored) => (counted + 1, ignored),
            });
            let before = Failures {
                count: failures.0 + failures.1,
                last: last.map(|last| last.ended).unwrap_or_default(),
            };
            match backs_off_until(before).filter(|at| *at > view.now) {
                Some(at) => first = Some(first.map_or(at, |other| other.min(at))),
                None => plan.create.push(Wanted {
                    index: Some(index),
                    failures: per_index.then_some(failures),
                }),
            }
        }
        if let Some(at) = first.filter(|_| plan.create.is_empty()) {
            plan.look_again(at);
        }
    }
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
