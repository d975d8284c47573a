//! Counts, conditions and the progress deadline of a Deployment.
//!
//! Models pkg/controller/deployment `sync.go` `calculateStatus`, `progress.go` and `util/deployment_util.go`, 1.37.

use ordinal_api::condition::{Condition, ConditionStatus, find};
use ordinal_api::deployment::{Deployment, DeploymentStatus};
use ordinal_api::{Object, SimDuration, SimTime};

use super::{Round, Stop, View};

const PROGRESSING: &str = "Progressing";
const AVAILABLE: &str = "Available";
const REPLICA_FAILURE: &str = "ReplicaFailure";
const NEW_AVAILABLE: &str = "NewReplicaSetAvailable";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
/// `progressDeadlineSeconds` that means never.
const NO_DEADLINE: u64 = i32::MAX as u64;

fn body(object: &Object) -> &Deployment {
    object.as_deployment().expect("the key of a Deployment")
}

/// Whether progress is judged at all. Models `HasProgressDeadline`.
pub(super) fn has_deadline(deployment: &Deployment) -> bool {
    deployment.spec.progress_deadline_seconds != NO_DEADLINE
}

/// A condition of now. Models `NewDeploymentCondition`.
pub(super) fn condition(
    type_: &'static str,
    status: ConditionStatus,
    now: SimTime,
    reason: &'static str,
    message: &str,
) -> Condition {
    let mut condition = Condition::new(type_, status, now).because(reason, message);
    condition.last_update = Some(now);
    condition
}

/// Sets a condition unless status and reason stay; what is set moves to the end. Models `SetDeploymentCondition`.
pub(super) fn set(conditions: &mut Vec<Condition>, mut new: Condition) {
    if let Some(old) = find(conditions, &new.type_) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition = old.last_transition;
        }
    }
    conditions.retain(|c| c.type_ != new.type_);
    conditions.push(new);
}

/// Whether the rollout is over. Models `DeploymentComplete`.
pub(super) fn is_complete(object: &Object, status: &DeploymentStatus) -> bool {
    let replicas = body(object).spec.replicas;
    status.updated_replicas == replicas
        && status.replicas == replicas
        && status.available_replicas == replicas
        && status.observed_generation >= object.meta.generation
}

/// The status of the present, without progress. Models `calculateStatus`.
pub(super) fn counts(object: &Object, view: &View, now: SimTime) -> DeploymentStatus {
    let deployment = body(object);
    let available = view.sum(|set| set.available);
    let mut status = DeploymentStatus {
        observed_generation: object.meta.generation,
        replicas: view.sum(|set| set.current),
        updated_replicas: view.new.as_ref().map_or(0, |new| new.current),
        ready_replicas: view.sum(|set| set.ready),
        available_replicas: available,
        unavailable_replicas: view.sum(|set| set.replicas).saturating_sub(available),
        terminating_replicas: terminating(view),
        collision_count: deployment.status.collision_count,
        conditions: deployment.status.conditions.clone(),
    };
    let enough = available >= view.replicas - view.max_unavailable;
    let (reason, message) = if enough {
        (
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    set(
        &mut status.conditions,
        condition(AVAILABLE, enough.into(), now, reason, message),
    );
    status
}

/// Unknown as long as one ReplicaSet does not say.
fn terminating(view: &View) -> Option<u32> {
    view.all().map(|set| set.terminating).sum()
}

/// The status of the present, with progress judged. Models `syncRolloutStatus`.
pub(super) fn progress(
    object: &Object,
    view: &View,
    failure: Option<Condition>,
    now: SimTime,
) -> DeploymentStatus {
    let deployment = body(object);
    let mut status = counts(object, view, now);
    if has_deadline(deployment) {
        judge(object, view, &mut status, now);
    } else {
        status.conditions.retain(|c| c.type_ != PROGRESSING);
    }
    match failure {
        Some(mut failure) => {
            failure.last_update = Some(failure.last_transition);
            set(&mut status.conditions, failure);
        }
        None => status.conditions.retain(|c| c.type_ != REPLICA_FAILURE),
    }
    status
}

fn judge(object: &Object, view: &View, status: &mut DeploymentStatus, now: SimTime) {
    let deployment = body(object);
    let old = &deployment.status;
    let current = find(&old.conditions, PROGRESSING);
    let settled = status.replicas == status.updated_replicas
        && current.is_some_and(|c| c.reason == NEW_AVAILABLE);
    if settled {
        return;
    }
    let whose = match &view.new {
        Some(new) => format!("ReplicaSet \"{}\"", new.name),
        None => format!("Deployment \"{}\"", object.meta.name),
    };
    if is_complete(object, status) {
        let message = format!("{whose} has successfully progressed.");
        set(
            &mut status.conditions,
            condition(
                PROGRESSING,
                ConditionStatus::True,
                now,
                NEW_AVAILABLE,
                &message,
            ),
        );
    } else if has_progressed(old, status) {
        let message = format!("{whose} is progressing.");
        let mut new = condition(
            PROGRESSING,
            ConditionStatus::True,
            now,
            "ReplicaSetUpdated",
            &message,
        );
        if let Some(current) = current.filter(|c| c.status == ConditionStatus::True) {
            new.last_transition = current.last_transition;
        }
        // Written even where only the time of the update differs: the deadline counts from it.
        status.conditions.retain(|c| c.type_ != PROGRESSING);
        status.conditions.push(new);
    } else if has_timed_out(deployment, current, now) {
        let message = format!("{whose} has timed out progressing.");
        set(
            &mut status.conditions,
            condition(
                PROGRESSING,
                ConditionStatus::False,
                now,
                TIMED_OUT,
                &message,
            ),
        );
    }
}

/// Models `DeploymentProgressing`.
fn has_progressed(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let outdated = |s: &DeploymentStatus| i64::from(s.replicas) - i64::from(s.updated_replicas);
    new.updated_replicas > old.updated_replicas
        || outdated(new) < outdated(old)
        || new.ready_replicas > old.ready_replicas
        || new.available_replicas > old.available_replicas
}

/// Models `DeploymentTimedOut`.
fn has_timed_out(deployment: &Deployment, current: Option<&Condition>, now: SimTime) -> bool {
    let Some(current) = current.filter(|c| c.reason != NEW_AVAILABLE) else {
        return false;
    };
    current.reason == TIMED_OUT || due(deployment, current) < now
}

/// When the deadline passes; times of conditions are whole seconds in the API.
fn due(deployment: &Deployment, current: &Condition) -> SimTime {
    let from = current.last_update.unwrap_or(current.last_transition);
    SimTime(from.as_ms() / 1000 * 1000)
        + SimDuration::secs(deployment.spec.progress_deadline_seconds)
}

/// When to look again whether the deadline has passed: a second after it. Models `requeueStuckDeployment`.
/// A rollout that was complete once does not time out when it loses Pods, so nothing is to be seen then.
pub(super) fn deadline(object: &Object, status: &DeploymentStatus) -> Option<SimTime> {
    let deployment = body(object);
    let current = find(&status.conditions, PROGRESSING)?;
    let waits = has_deadline(deployment)
        && !is_complete(object, status)
        && current.reason != TIMED_OUT
        && current.reason != NEW_AVAILABLE;
    waits.then(|| due(deployment, current) + SimDuration::secs(1))
}

/// Tells that a rollout was paused or resumed. Models sync.go `checkPausedConditions`.
pub(super) fn paused_conditions(round: &mut Round<'_, '_>) -> Result<(), Stop> {
    let deployment = round.deployment();
    let current = find(&deployment.status.conditions, PROGRESSING);
    if !has_deadline(deployment) || current.is_some_and(|c| c.reason == TIMED_OUT) {
        return Ok(());
    }
    let (reason, message) = match (
        deployment.spec.paused,
        current.is_some_and(|c| c.reason == "DeploymentPaused"),
    ) {
        (true, false) => ("DeploymentPaused", "Deployment is paused"),
        (false, true) => ("DeploymentResumed", "Deployment is resumed"),
        _ => return Ok(()),
    };
    let now = round.cx.now();
    round.write(|object| {
        let status = &mut object
            .as_deployment_mut()
            .expect("the key of a Deployment")
            .status;
        set(
            &mut status.conditions,
            condition(PROGRESSING, ConditionStatus::Unknown, now, reason, message),
        );
    })
}
