//! What a sync of a CronJob may see: what it asks for, what it has told, and its Jobs.

use ordinal_api::list::IntoList;
use ordinal_api::{Object, SimDuration, SimTime, Text, Uid, Value, value};
use serde_json::json;

use crate::cron::Schedule;
use crate::{Id, World};

/// A CronJob with its Jobs.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) now: SimTime,
    pub(super) name: Text,
    /// To the second, as the API tells it.
    pub(super) created: SimTime,
    pub(super) deleting: bool,
    pub(super) spec: Spec,
    pub(super) status: Status,
    pub(super) jobs: Vec<JobView>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) schedule: Text,
    pub(super) policy: Policy,
    pub(super) suspend: bool,
    /// `startingDeadlineSeconds`
    pub(super) deadline: Option<SimDuration>,
    /// `successfulJobsHistoryLimit`, `failedJobsHistoryLimit`
    pub(super) limits: [Option<usize>; 2],
}

/// `concurrencyPolicy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Allow,
    Forbid,
    Replace,
}

/// `status`
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Status {
    pub(super) active: Vec<Active>,
    pub(super) last_schedule: Option<SimTime>,
    pub(super) last_success: Option<SimTime>,
}

/// A Job that runs, as the status refers to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Active {
    pub(super) name: Text,
    pub(super) uid: Uid,
    /// Its version when it was made.
    pub(super) version: u64,
}

/// A Job of the CronJob.
#[derive(Clone, Debug)]
pub(super) struct JobView {
    pub(super) id: Id,
    pub(super) name: Text,
    pub(super) uid: Uid,
    pub(super) started: Option<SimTime>,
    pub(super) ended: Option<End>,
    pub(super) completed: Option<SimTime>,
}

/// How a Job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Failed,
}

fn moment(value: &Value, key: &str) -> Option<SimTime> {
    SimTime::parse_rfc3339(value.get(key)?.as_str()?)
}

/// Reads what is asked for.
pub(super) fn spec(raw: &Value) -> Spec {
    let spec = raw.get("spec").unwrap_or(&Value::Null);
    let limit = |key: &str| {
        let limit = spec.get(key).and_then(Value::as_u64);
        limit.and_then(|limit| usize::try_from(limit).ok())
    };
    let deadline = spec.get("startingDeadlineSeconds").and_then(Value::as_u64);
    Spec {
        schedule: spec["schedule"].as_str().unwrap_or_default().into(),
        policy: match spec["concurrencyPolicy"].as_str() {
            Some("Forbid") => Policy::Forbid,
            Some("Replace") => Policy::Replace,
            _ => Policy::Allow,
        },
        suspend: spec["suspend"] == true,
        deadline: deadline.map(SimDuration::secs),
        limits: ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"].map(limit),
    }
}

impl Status {
    /// Reads what is stored.
    pub(super) fn of(raw: &Value) -> Self {
        let status = raw.get("status").unwrap_or(&Value::Null);
        let active = status.get("active").and_then(Value::as_array);
        let one = |job: &Value| {
            Some(Active {
                name: job["name"].as_str()?.into(),
                uid: Uid::parse(job["uid"].as_str()?)?,
                version: job["resourceVersion"].as_str()?.parse().ok()?,
            })
        };
        Self {
            active: active.into_iter().flatten().filter_map(one).into_list(),
            last_schedule: moment(status, "lastScheduleTime"),
            last_success: moment(status, "lastSuccessfulTime"),
        }
    }

    /// As the API tells it.
    pub(super) fn to_value(&self, namespace: &str) -> Value {
        let mut status = json!({});
        if !self.active.is_empty() {
            let one = |job: &Active| {
                json!({
                    "apiVersion": "batch/v1", "kind": "Job", "namespace": namespace, "name": job.name.as_str(),
                    "uid": job.uid.to_string(), "resourceVersion": job.version.to_string(),
                })
            };
            status["active"] = self.active.iter().map(one).collect();
        }
        for (key, moment) in [
            ("lastScheduleTime", self.last_schedule),
            ("lastSuccessfulTime", self.last_success),
        ] {
            if let Some(moment) = moment {
                status[key] = json!(moment.to_rfc3339());
            }
        }
        status
    }

    /// Whether a Job is among those that run.
    pub(super) fn runs(&self, uid: Uid) -> bool {
        self.active.iter().any(|job| job.uid == uid)
    }
}

impl Spec {
    /// Its schedule, as it is meant.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn schedule(&self) -> Result<Schedule, String> {
        Schedule::parse(&self.schedule)
    }
}

/// Looks at a CronJob.
pub(super) fn view(world: &World, object: &Object, raw: &Value) -> View {
    let owned = world.store.owned_by(object.meta.uid);
    let own = |(_, job): &(Id, &std::sync::Arc<Object>)| {
        let owner = job.meta.controller();
        owner.is_some_and(|owner| owner.uid == object.meta.uid)
    };
    let jobs = owned
        .filter(own)
        .filter_map(|(id, job)| Some(job_view(id, job, &job.as_job()?.raw)));
    View {
        now: world.now(),
        name: object.meta.name.clone(),
        created: SimTime(object.meta.creation_timestamp.0 / 1000 * 1000),
        deleting: object.meta.is_deleting(),
        spec: spec(raw),
        status: Status::of(raw),
        jobs: jobs.into_list(),
    }
}

fn job_view(id: Id, job: &Object, raw: &Value) -> JobView {
    let status = raw.get("status").unwrap_or(&Value::Null);
    let conditions = value::at(status, &["conditions"]).and_then(Value::as_array);
    let ends = conditions.into_iter().flatten().filter_map(|condition| {
        let end = match condition["type"].as_str()? {
            "Complete" => End::Complete,
            "Failed" => End::Failed,
            _ => return None,
        };
        (condition["status"] == "True").then_some(end)
    });
    JobView {
        id,
        name: job.meta.name.clone(),
        uid: job.meta.uid,
        started: moment(status, "startTime"),
        ended: ends.into_iter().next(),
        completed: moment(status, "completionTime"),
    }
}
