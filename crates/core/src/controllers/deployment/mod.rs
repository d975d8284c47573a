//! The Deployment controller: one ReplicaSet for each template, and Pods moved from the old to the new.
//!
//! ```text
//! watch ─▶ sync: gather (ReplicaSets, claiming) ─▶ revision (which is new) ─▶ rollout / scale (pure) ─▶ apply ─▶ status (pure)
//! ```
//!
//! * `view`: what the rules may see
//! * `rollout`: rolling update and recreate; `scale`: in proportion, while a rollout is under way
//! * `round`: the writes of one sync, one after the other
//! * `status`: counts, conditions and the progress deadline
//! * `revision`: template hash, revision numbers, history
//!
//! Models pkg/controller/deployment, 1.37.

mod guards;
mod revision;
mod rollout;
mod round;
mod scale;
mod status;
#[cfg(test)]
mod tests;
mod view;
mod watch;

use std::sync::Arc;

use ordinal_api::deployment::DeploymentStrategy;
use ordinal_api::{Kind, Object, SimTime};

use super::claim::{Claim, adopt, claim, release};
use crate::controllers::Controller;
use crate::queue::Work;
use crate::wait::On;
use crate::{Cx, Id, World};

pub use revision::template_hash;
pub use rollout::{Next, max_surge, max_unavailable, new_size, rolling};
pub(crate) use round::Later;
use round::{LATEST, Round, Stop, Write, perform};
pub use scale::{is_scaling, scale};
pub use view::{SetView, Size, View};
pub(crate) use watch::watch;

/// The first Pod of a Deployment's ReplicaSets that fits.
fn first_pod(world: &World, deployment: &Object, fits: impl Fn(&Object) -> bool) -> Option<Id> {
    let sets = world
        .store
        .owned_by(deployment.meta.uid)
        .filter(|(_, o)| o.kind() == Kind::ReplicaSet);
    let mut pods = sets.flat_map(|(_, set)| world.store.owned_by(set.meta.uid));
    pods.find(|(_, pod)| pod.kind() == Kind::Pod && fits(pod))
        .map(|(id, _)| id)
}

/// Looks at one Deployment, or goes on writing when what it wrote was answered. Models `syncDeployment`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    if let Some(later) = cx.world.parts.deployment.remove(&id) {
        return go_on(cx, id, Arc::unwrap_or_clone(later).0);
    }
    let Some(object) = cx.get(id) else {
        cx.forget(Controller::Deployment, id);
        cx.proceed(id);
        return;
    };
    let mut round = Round {
        cx,
        id,
        object,
        written: false,
        calls: 0,
        later: Vec::new(),
    };
    let outcome = look(&mut round);
    let (calls, later) = (round.calls, round.later);
    if !later.is_empty() && cx.call(Controller::Deployment, id, calls) {
        cx.world.parts.deployment.insert(id, Arc::new(Later(later)));
        return;
    }
    end(cx, id, calls, outcome);
}

/// Sends the next write. After one that is refused the others are not sent.
fn go_on(cx: &mut Cx<'_>, id: Id, mut later: Vec<Write>) {
    let write = later.remove(0);
    let outcome = perform(cx, id, &write);
    if outcome.is_ok() && !later.is_empty() {
        cx.call(Controller::Deployment, id, 1);
        cx.world.parts.deployment.insert(id, Arc::new(Later(later)));
        return;
    }
    if matches!(outcome, Err(Stop::Conflict)) {
        // Who wrote meanwhile wakes it again as well.
        cx.retry(Controller::Deployment, id);
        cx.forget(Controller::Deployment, id);
    }
    end(cx, id, 1, outcome);
}

fn end(cx: &mut Cx<'_>, id: Id, calls: u64, outcome: Result<(), Stop>) {
    match outcome {
        Ok(()) | Err(Stop::Conflict) => cx.forget(Controller::Deployment, id),
        Err(Stop::Refused | Stop::Stale) => cx.retry(Controller::Deployment, id),
    }
    cx.written(Controller::Deployment, id, calls);
}

fn look(round: &mut Round<'_, '_>) -> Result<(), Stop> {
    if round.deployment().spec.selector.is_empty() {
        let message = "This deployment is selecting all pods. A non-empty selector is required.";
        round.cx.event(round.id, true, "SelectingAll", message);
        return Ok(());
    }
    let sets = gather(round.cx, &round.object);
    if round.object.meta.is_deleting() {
        let view = revision::view(round, &sets, false)?;
        return write_counts(round, &view);
    }
    status::paused_conditions(round)?;
    let view = revision::view(round, &sets, false)?;
    if round.deployment().spec.paused || is_scaling(&view) {
        return scale_all(round, &view);
    }
    match round.deployment().spec.strategy {
        DeploymentStrategy::Recreate => recreate(round, &sets, view),
        DeploymentStrategy::RollingUpdate { .. } => roll(round, &sets),
    }
}

/// The ReplicaSets that are a Deployment's, oldest first. Models `getReplicaSetsForDeployment`.
fn gather(cx: &mut Cx<'_>, object: &Object) -> Vec<Id> {
    let deployment = object.as_deployment().expect("the key of a Deployment");
    let world = &*cx.world;
    let owned = world
        .store
        .owned_by(object.meta.uid)
        .filter(|(_, o)| o.kind() == Kind::ReplicaSet);
    let orphans = world
        .parts
        .orphan_sets
        .iter()
        .filter_map(|id| Some((id, world.get(id)?)));
    let orphans = orphans.filter(|(_, set)| set.meta.namespace == object.meta.namespace);
    let all = owned.chain(orphans);
    let claims = all.map(|(id, set)| {
        (
            id,
            claim(
                &object.meta,
                &set.meta,
                deployment.spec.selector.matches(&set.meta.labels),
            ),
            set.clone(),
        )
    });
    let mut mine = Vec::new();
    for (id, claim, set) in claims.collect::<Vec<_>>() {
        match claim {
            Claim::Owned => {}
            Claim::Adopted => adopt(cx, Kind::Deployment, &object.meta, id),
            Claim::Released => {
                release(cx, &object.meta, id);
                continue;
            }
            Claim::Ignored => continue,
        }
        mine.push((set.meta.creation_timestamp, set.meta.name.clone(), id));
    }
    ordinal_api::sorted::sort(&mut mine);
    mine.into_iter().map(|(.., id)| id).collect()
}

/// Models rolling.go `rolloutRolling`.
fn roll(round: &mut Round<'_, '_>, sets: &[Id]) -> Result<(), Stop> {
    let view = revision::view(round, sets, true)?;
    let Next { sizes, stale } = rolling(&view);
    if stale {
        resize(round, &view, &sizes)?;
        return Err(Stop::Stale);
    }
    if sizes.is_empty() {
        if status::is_complete(&round.object, &round.deployment().status) {
            revision::clean_up(round, &view);
        }
        return write_progress(round, &view, None);
    }
    // The status still tells of the sizes before: upstream it is counted from the ReplicaSets as they were listed.
    resize(round, &view, &sizes)?;
    write_progress(round, &view, None)
}

/// Models recreate.go `rolloutRecreate`.
fn recreate(round: &mut Round<'_, '_>, sets: &[Id], view: View) -> Result<(), Stop> {
    let down: Vec<Size> = view
        .old
        .iter()
        .filter(|set| set.replicas > 0)
        .map(|set| Size { set: set.id, to: 0 })
        .collect();
    if !down.is_empty() {
        resize(round, &view, &down)?;
        return write_progress(round, &view, None);
    }
    if let Some(pod) = old_pod_running(round.cx.world, &round.object, &view) {
        return write_progress(round, &view, Some(pod));
    }
    let view = if view.new.is_none() {
        revision::view(round, sets, true)?
    } else {
        view
    };
    let up: Vec<Size> = view
        .new
        .iter()
        .filter(|new| new.replicas != view.replicas)
        .map(|new| Size {
            set: new.id,
            to: view.replicas,
        })
        .collect();
    resize(round, &view, &up)?;
    if status::is_complete(&round.object, &round.deployment().status) {
        revision::clean_up(round, &view);
    }
    write_progress(round, &view, None)
}

/// A Pod of an old template that has not ended. Models `oldPodsRunning`.
fn old_pod_running(world: &World, deployment: &Object, view: &View) -> Option<Id> {
    let new = view
        .new
        .as_ref()
        .and_then(|new| world.get(new.id))
        .map(|set| set.meta.uid);
    if view.old.iter().any(|set| set.current > 0) {
        return view
            .old
            .iter()
            .find(|set| set.current > 0)
            .map(|set| set.id);
    }
    first_pod(world, deployment, |pod| {
        let ended = pod.as_pod().is_some_and(|p| p.status.phase.is_terminal());
        !ended && pod.meta.controller().map(|owner| owner.uid) != new
    })
}

/// Scales, while paused or because `replicas` changed. Models sync.go `sync`.
fn scale_all(round: &mut Round<'_, '_>, view: &View) -> Result<(), Stop> {
    resize(round, view, &scale(view))?;
    if round.deployment().spec.paused {
        revision::clean_up(round, view);
        if view.new.is_none() {
            round
                .cx
                .wait(round.id, On::Administrator, &guards::PAUSED, None);
        }
    }
    write_counts(round, view)
}

/// Gives ReplicaSets their sizes, and notes on them for what size of the Deployment.
fn resize(round: &mut Round<'_, '_>, view: &View, sizes: &[Size]) -> Result<(), Stop> {
    let (desired, max) = (view.replicas, view.ceiling());
    for (place, size) in sizes.iter().enumerate() {
        let Some(stored) = round.cx.get(size.set) else {
            continue;
        };
        let mut version = stored.meta.resource_version;
        if sizes[..place].iter().any(|other| other.set == size.set) {
            // It is the answer to the write before that this one goes from.
            version = LATEST;
        }
        round.do_or_delay(Write::Size {
            size: *size,
            desired,
            max,
            version,
        })?;
    }
    Ok(())
}

/// Models sync.go `syncDeploymentStatus`.
fn write_counts(round: &mut Round<'_, '_>, view: &View) -> Result<(), Stop> {
    let status = status::counts(&round.object, view, round.cx.now());
    if status == round.deployment().status {
        Ok(())
    } else {
        round.set_status(status)
    }
}

/// Writes the status, and notes what the rollout waits for. Models progress.go `syncRolloutStatus`.
fn write_progress(round: &mut Round<'_, '_>, view: &View, old_pod: Option<Id>) -> Result<(), Stop> {
    let now = round.cx.now();
    let status = status::progress(&round.object, view, failure(round.cx.world, view), now);
    let complete = status::is_complete(&round.object, &status);
    match (old_pod, &view.new) {
        (Some(pod), _) => round
            .cx
            .wait(round.id, On::Object(pod), &guards::RECREATE, None),
        (None, Some(new)) if !complete => {
            round
                .cx
                .wait(round.id, On::Object(new.id), &guards::MIN_AVAILABLE, None);
        }
        _ => round.cx.proceed(round.id),
    }
    if status != round.deployment().status {
        return round.set_status(status);
    }
    if let Some(deadline) = status::deadline(&round.object, &status) {
        look_at_deadline(round, deadline.max(now));
    }
    Ok(())
}

/// A deadline is no progress: a run settles without it.
fn look_at_deadline(round: &mut Round<'_, '_>, at: SimTime) {
    let delay = at.since(round.cx.now());
    round
        .cx
        .after_in_background(delay, Work::Sync(Controller::Deployment, round.id));
}

/// The failure that a ReplicaSet reports, the new one's first. Models sync.go `getReplicaFailures`.
fn failure(world: &World, view: &View) -> Option<ordinal_api::condition::Condition> {
    let of = |set: &SetView| {
        let stored = world.get(set.id)?;
        let conditions = &stored.as_replica_set()?.status.conditions;
        ordinal_api::condition::find(conditions, "ReplicaFailure").cloned()
    };
    view.new.iter().chain(&view.old).find_map(of)
}
