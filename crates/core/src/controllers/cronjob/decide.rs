//! What a CronJob does about its Jobs: a pure function of what may be seen.
//!
//! Models pkg/controller/cronjob/cronjob_controllerv2.go `cleanupFinishedJobs`, `syncCronJob`, 1.37.

use ordinal_api::{SimTime, Text, Uid, sorted};

use super::times::{look_again_at, missed};
use super::view::{End, JobView, Policy, Status, View};
use crate::Id;

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// In this order.
    pub(super) steps: Vec<Step>,
    /// The status after that.
    pub(super) status: Status,
    /// The moment whose Job is made then.
    pub(super) create: Option<SimTime>,
    /// When to look again.
    pub(super) again: Option<SimTime>,
    /// What keeps it from making a Job.
    pub(super) held: Option<Held>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// An event.
    Tell {
        warning: bool,
        reason: &'static str,
        message: String,
    },
    /// The end of a Job and its Pods.
    Delete(Id, Text),
}

/// Why no Job is made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It is suspended.
    Suspended,
    /// A Job still runs.
    Running,
}

/// Of which minute a Job is: its name says so. Models `getJobName`.
pub(super) fn job_name(view: &View, at: SimTime) -> String {
    format!("{}-{}", view.name, at.unix_ms() / 60_000)
}

impl Plan {
    fn tell(&mut self, warning: bool, reason: &'static str, message: String) {
        self.steps.push(Step::Tell {
            warning,
            reason,
            message,
        });
    }

    fn no_longer_active(&mut self, uid: Uid) {
        self.status.active.retain(|job| job.uid != uid);
    }

    fn delete(&mut self, job: &JobView) {
        self.steps.push(Step::Delete(job.id, job.name.clone()));
        self.no_longer_active(job.uid);
    }
}

/// Decides.
pub(super) fn decide(view: &View) -> Plan {
    let mut plan = Plan {
        status: view.status.clone(),
        ..Plan::default()
    };
    for (end, limit) in [End::Complete, End::Failed]
        .into_iter()
        .zip(view.spec.limits)
    {
        if let Some(limit) = limit {
            clean_up(view, end, limit, &mut plan);
        }
    }
    look_at_jobs(view, &mut plan);
    if view.deleting {
        return plan;
    }
    if view.spec.suspend {
        plan.held = Some(Held::Suspended);
        return plan;
    }
    schedule(view, &mut plan);
    plan
}

/// Of the Jobs that ended so only some are kept, the latest. Models `removeOldestJobs`.
fn clean_up(view: &View, end: End, limit: usize, plan: &mut Plan) {
    let ended = view.jobs.iter().filter(|job| job.ended == Some(end));
    let mut ended: Vec<&JobView> = ended.collect();
    let surplus = ended.len().saturating_sub(limit);
    sorted::sort_by_key(&mut ended, |job| {
        (job.started.is_none(), job.started, job.name.clone())
    });
    for job in &ended[..surplus] {
        plan.delete(job);
    }
}

/// What became of the Jobs, and of those that were thought to run.
fn look_at_jobs(view: &View, plan: &mut Plan) {
    for job in &view.jobs {
        let known = plan.status.runs(job.uid);
        let Some(end) = job.ended else {
            if !known {
                let message = format!(
                    "Saw a job that the controller did not create or forgot: {}",
                    job.name
                );
                plan.tell(true, "UnexpectedJob", message);
            }
            continue;
        };
        if known {
            plan.no_longer_active(job.uid);
            let message = format!("Saw completed job: {}, condition: {end:?}", job.name);
            plan.tell(false, "SawCompletedJob", message);
        }
        if end == End::Complete {
            plan.status.last_success = plan.status.last_success.max(job.completed);
        }
    }
    for job in plan.status.active.clone() {
        if !view.jobs.iter().any(|there| there.uid == job.uid) {
            let message = format!("Active job went missing: {}", job.name);
            plan.tell(false, "MissingJob", message);
            plan.no_longer_active(job.uid);
        }
    }
}

/// Whether a Job is made now.
fn schedule(view: &View, plan: &mut Plan) {
    let text = &view.spec.schedule;
    let schedule = match view.spec.schedule() {
        Ok(schedule) => schedule,
        Err(why) => {
            let message = format!("unparseable schedule: {text:?} : {why}");
            return plan.tell(true, "UnparseableSchedule", message);
        }
    };
    let missed = match missed(view, &schedule, true) {
        Ok(missed) => missed,
        Err(why) => {
            let message = format!("invalid schedule: {text} : {why}");
            return plan.tell(true, "InvalidSchedule", message);
        }
    };
    plan.again = look_again_at(view, &schedule);
    let Some(at) = missed.recent else { return };
    if missed.are_many() {
        let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        plan.tell(true, "TooManyMissedTimes", message.to_owned());
    }
    // `MissSchedule` is never told: a moment that is too late is not among those that were missed, upstream neither.
    let name = job_name(view, at);
    let active = &plan.status.active;
    if active.iter().any(|job| job.name == name) || plan.status.last_schedule == Some(at) {
        return;
    }
    match view.spec.policy {
        Policy::Forbid if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            plan.held = Some(Held::Running);
            return plan.tell(false, "JobAlreadyActive", message.to_owned());
        }
        Policy::Replace => {
            let running = active.clone();
            let of = |job: &&JobView| running.iter().any(|running| running.uid == job.uid);
            view.jobs.iter().filter(of).for_each(|job| plan.delete(job));
        }
        _ => {}
    }
    plan.create = Some(at);
}
