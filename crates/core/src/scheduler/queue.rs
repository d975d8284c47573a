//! The scheduler's queue: who is tried next, who backs off, who waits for an event. Models pkg/scheduler/backend/queue, 1.37.

use std::cmp::Reverse;
use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Uid, Value};

use super::SchedulerWork;
use super::filters::Plugins;
use crate::queue::Work;
use crate::{Cx, Id, World};

/// A Pod without a node, as the queue knows it.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    /// Which incarnation.
    pub(crate) uid: Uid,
    priority: i32,
    /// How often it was tried in vain.
    pub(crate) attempts: u32,
    place: Place,
    /// A claim of it that somebody changed since it was seen for the first time: its first attempt knows only what was before.
    overtaken: Option<Id>,
    /// The journal entry that made it worth trying.
    pub(crate) cause: Option<u64>,
}

/// Where in the queue a Pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is tried at that moment.
    Active(SimTime),
    /// Nothing but an event that these plugins care for makes it worth trying, and not before that moment.
    Parked {
        rejected: Plugins,
        not_before: SimTime,
    },
    /// Its volumes are being bound.
    Binding,
    /// It has scheduling gates.
    Gated,
}

/// Order in which Pods are tried: the highest priority first, then the longest ready.
pub(crate) type Turn = (Reverse<i32>, SimTime, Id);

/// `flushUnschedulablePodsLeftover`: Pods are tried again after so long without an event.
const FLUSH: SimDuration = SimDuration::secs(300);
/// How often that is looked at.
const FLUSH_PERIOD_MS: u64 = 30_000;

/// What counts as the Pod's priority: the resolved number, or that of its class.
pub(crate) fn priority(world: &World, pod: &Pod) -> i32 {
    let class = &pod.spec.priority_class_name;
    if pod.spec.priority != 0 || class.is_empty() {
        return pod.spec.priority;
    }
    match class.as_str() {
        "system-cluster-critical" => 2_000_000_000,
        "system-node-critical" => 2_000_001_000,
        name => {
            let class = world
                .store
                .find(Kind::PriorityClass, "", name)
                .and_then(|o| o.as_priority_class());
            let value = class
                .and_then(|c| c.raw.get("value"))
                .and_then(Value::as_i64);
            value
                .and_then(|v| i32::try_from(v).ok())
                .unwrap_or_default()
        }
    }
}

/// 1 s, doubled with each attempt in vain, 10 s at most.
fn back_off(attempts: u32) -> SimDuration {
    SimDuration::ms((1000_u64 << attempts.saturating_sub(1).min(4)).min(10_000))
}

fn set_place(cx: &mut Cx<'_>, id: Id, place: Place) {
    let memory = &mut cx.world.parts.scheduler;
    let Some(waiter) = memory.waiters.get(&id).cloned() else {
        return;
    };
    match waiter.place {
        Place::Active(at) => {
            memory.active.remove(&(Reverse(waiter.priority), at, id));
        }
        Place::Parked { .. } => {
            memory.parked.remove(&id);
        }
        Place::Binding | Place::Gated => {}
    }
    match place {
        Place::Active(at) => {
            memory.active.insert((Reverse(waiter.priority), at, id));
        }
        Place::Parked { .. } => {
            memory.parked.insert(id);
        }
        Place::Binding | Place::Gated => {}
    }
    memory.waiters.insert(
        id,
        Arc::new(Waiter {
            place,
            ..(*waiter).clone()
        }),
    );
}

fn activate(cx: &mut Cx<'_>, id: Id, at: SimTime) {
    if let Some(waiter) = cx.world.parts.scheduler.waiters.get_mut(&id) {
        Arc::make_mut(waiter).cause = cx.cause;
    }
    set_place(cx, id, Place::Active(at));
    cx.at(at, Work::Scheduler(SchedulerWork::Next));
}

/// A Pod that has no node enters the queue.
pub(crate) fn enter(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let Some(pod) = object.as_pod() else { return };
    let waiter = Waiter {
        uid: object.meta.uid,
        priority: priority(cx.world, pod),
        attempts: 0,
        place: Place::Gated,
        overtaken: None,
        cause: cx.cause,
    };
    cx.world
        .parts
        .scheduler
        .waiters
        .insert(id, Arc::new(waiter));
    if pod.spec.scheduling_gates.is_empty() {
        let at = cx.now() + SimDuration::ms(cx.world.profile().scheduler_ms);
        activate(cx, id, at);
    }
}

/// A claim is changed while a Pod waits for its first attempt.
pub(crate) fn overtake(cx: &mut Cx<'_>, id: Id, claim: Id) {
    let waiters = &mut cx.world.parts.scheduler.waiters;
    if let Some(waiter) = waiters.get_mut(&id).filter(|w| w.attempts == 0) {
        Arc::make_mut(waiter).overtaken = Some(claim);
    }
}

/// The claim that was changed since a Pod that has not been tried before was seen.
pub(crate) fn overtaken(world: &World, id: Id) -> Option<Id> {
    let waiter = world.parts.scheduler.waiters.get(&id)?;
    waiter.overtaken.filter(|_| waiter.attempts == 0)
}

/// A Pod leaves the queue.
pub(crate) fn leave(cx: &mut Cx<'_>, id: Id) {
    set_place(cx, id, Place::Gated);
    cx.world.parts.scheduler.waiters.remove(&id);
    cx.world.parts.scheduler.promised.remove(&id);
}

/// Takes the Pod whose turn it is.
pub(crate) fn pop(cx: &mut Cx<'_>) -> Option<Id> {
    let now = cx.now();
    let turn = cx
        .world
        .parts
        .scheduler
        .active
        .iter()
        .find(|(_, at, _)| *at <= now)?;
    cx.world.parts.scheduler.active.remove(&turn);
    Some(turn.2)
}

/// A Pod's volumes are being bound.
pub(crate) fn bind(cx: &mut Cx<'_>, id: Id) {
    set_place(cx, id, Place::Binding);
}

/// No node would do: the Pod waits for an event. Returns until when it backs off.
pub(crate) fn park(cx: &mut Cx<'_>, id: Id, rejected: Plugins) {
    let Some(attempts) = count_attempt(cx, id) else {
        return;
    };
    let not_before = cx.now() + back_off(attempts);
    set_place(
        cx,
        id,
        Place::Parked {
            rejected,
            not_before,
        },
    );
    let due = (cx.now() + FLUSH).0.div_ceil(FLUSH_PERIOD_MS) * FLUSH_PERIOD_MS;
    let uid = cx
        .world
        .parts
        .scheduler
        .waiters
        .get(&id)
        .map(|w| w.uid)
        .unwrap_or_default();
    let work = Work::Scheduler(SchedulerWork::Flush {
        pod: id,
        uid,
        attempts,
    });
    cx.after_in_background(SimTime(due).since(cx.now()), work);
}

/// Something went wrong: the Pod is tried again after its back-off. Returns when.
pub(crate) fn retry(cx: &mut Cx<'_>, id: Id) -> Option<SimTime> {
    let at = cx.now() + back_off(count_attempt(cx, id)?);
    activate(cx, id, at);
    Some(at)
}

fn count_attempt(cx: &mut Cx<'_>, id: Id) -> Option<u32> {
    let waiter = Arc::make_mut(cx.world.parts.scheduler.waiters.get_mut(&id)?);
    waiter.attempts += 1;
    Some(waiter.attempts)
}

/// The Pods that wait for an event, with the plugins that rejected them.
pub(crate) fn parked(cx: &Cx<'_>) -> Vec<(Id, Plugins)> {
    let memory = &cx.world.parts.scheduler;
    let rejected = |id: Id| match memory.waiters.get(&id)?.place {
        Place::Parked { rejected, .. } => Some((id, rejected)),
        _ => None,
    };
    memory.parked.iter().filter_map(rejected).collect()
}

/// Something happened that is worth trying a Pod again.
pub(crate) fn wake(cx: &mut Cx<'_>, id: Id, after_others: bool) {
    let Some(Place::Parked { not_before, .. }) =
        cx.world.parts.scheduler.waiters.get(&id).map(|w| w.place)
    else {
        return;
    };
    // The scheduler is quicker than the controllers: a cordon is lifted, and the taint that goes with it is still there.
    let pause = cx.world.profile().scheduler_ms;
    let pause = if after_others { pause } else { pause / 2 };
    let soon = cx.now() + SimDuration::ms(pause);
    // Since 1.33 a scheduler that has nothing else to try does not sit the back-off out (gate `SchedulerPopFromBackoffQ`):
    // it is quick enough to get there with every Pod.
    let pops = cx.world.release().pops_from_backoff_queue();
    activate(cx, id, if pops { soon } else { soon.max(not_before) });
}

/// The gates of a Pod are gone.
pub(crate) fn open(cx: &mut Cx<'_>, id: Id) {
    if cx
        .world
        .parts
        .scheduler
        .waiters
        .get(&id)
        .is_some_and(|w| w.place == Place::Gated)
    {
        let at = cx.now() + SimDuration::ms(cx.world.profile().scheduler_ms);
        activate(cx, id, at);
    }
}

/// Five minutes have passed without an event.
pub(crate) fn flush(cx: &mut Cx<'_>, id: Id, uid: Uid, attempts: u32) {
    let same = |w: &Arc<Waiter>| w.uid == uid && w.attempts == attempts;
    if cx.world.parts.scheduler.waiters.get(&id).is_some_and(same) {
        wake(cx, id, false);
    }
}
