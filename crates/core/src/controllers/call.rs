//! Syncs that have written and wait for the API server's answer.
//!
//! A sync whose client waits is cut into pieces: after each write it returns, and is called again when the answer is there.
//! Meanwhile its key is not looked at a second time, as in client-go util/workqueue: what wants it is remembered.

use std::sync::Arc;

use ordinal_api::{SimDuration, SimTime};

use super::{Controller, Parts};
use crate::persistent::{Map, Stored};
use crate::queue::Work;
use crate::{Cx, Id, World};

/// A sync that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// When the answer is there.
    until: SimTime,
    /// Its last write, that of the status, is what it waits for.
    last: bool,
    /// What wants it meanwhile, by the journal entry that leads to it.
    again: Option<Option<u64>>,
}

/// By controller and key.
pub(crate) type Calls = Map<(u64, u64), Arc<Call>>;

fn key(controller: Controller, id: Id) -> (u64, u64) {
    (controller as u64, id.0.into())
}

/// Where the rounds of a controller are kept that wait for an answer.
pub(super) type Waiting<R> = fn(&mut Parts) -> &mut Map<Id, Arc<R>>;

/// Begins a round, or goes on with the one that waited: does stages, each when the one before it is answered. A stage says
/// whether it wrote. Returns the round when there is nothing left of it but its end.
pub(super) fn round<R: Clone>(
    cx: &mut Cx<'_>,
    (controller, id): (Controller, Id),
    waiting: Waiting<R>,
    begin: fn(&mut Cx<'_>, Id) -> Option<R>,
    stage: fn(&mut Cx<'_>, Id, &mut R) -> bool,
) -> Option<R>
where
    Arc<R>: Stored,
{
    let mut round = match waiting(&mut cx.world.parts).remove(&id) {
        Some(round) => Arc::unwrap_or_clone(round),
        None => begin(cx, id)?,
    };
    while stage(cx, id, &mut round) {
        if cx.call(controller, id, 1) {
            waiting(&mut cx.world.parts).insert(id, Arc::new(round));
            return None;
        }
    }
    Some(round)
}

/// Whether a sync is under way, which then is followed by another one.
pub(super) fn is_under_way(
    world: &mut World,
    controller: Controller,
    id: Id,
    cause: Option<u64>,
) -> bool {
    let (now, key) = (world.now(), key(controller, id));
    let Some(call) = world.parts.calls.get_mut(&key) else {
        return false;
    };
    if call.last && call.until <= now {
        world.parts.calls.remove(&key);
        return false;
    }
    let call = Arc::make_mut(call);
    call.again = call.again.or(Some(cause));
    true
}

/// What there is to do for an answer: the sync goes on for what it was begun for, or begins for what wanted it meanwhile,
/// or nothing is left to do.
pub(super) fn answered(
    world: &mut World,
    controller: Controller,
    id: Id,
    cause: Option<u64>,
) -> Option<Option<u64>> {
    let (now, key) = (world.now(), key(controller, id));
    let call = world.parts.calls.get(&key)?;
    if call.until > now {
        return None;
    }
    if !call.last {
        return Some(cause);
    }
    world.parts.calls.remove(&key)?.again
}

impl Cx<'_> {
    /// Notes that a sync has written so often and goes on when that was answered. Returns `false` where answers take no
    /// time: then it goes on at once.
    pub(crate) fn call(&mut self, controller: Controller, id: Id, calls: u64) -> bool {
        self.answer_later(controller, id, calls, false)
    }

    /// Ends a sync that waited: it has written the last so often. What wanted it meanwhile gets it when that is answered, too.
    pub(crate) fn written(&mut self, controller: Controller, id: Id, calls: u64) {
        self.answer_later(controller, id, calls, true);
    }

    fn answer_later(&mut self, controller: Controller, id: Id, calls: u64, last: bool) -> bool {
        let call_ms = self.world.profile().call_ms;
        // What was written last has to be seen by the controller itself as well, before it looks again. Models
        // pkg/controller/util/consistency `EnsureReady`, which sends it away for 5 ms.
        let takes = calls * call_ms + if last { call_ms / 2 } else { 0 };
        let key = key(controller, id);
        if takes == 0 {
            let call = self.world.parts.calls.remove(&key);
            debug_assert!(call.is_none(), "nothing waits where answers take no time");
            return false;
        }
        let until = self.now() + SimDuration::ms(takes);
        let call = Arc::make_mut(self.world.parts.calls.get_or_insert(key, Arc::default));
        (call.until, call.last) = (until, last);
        self.at(until, Work::Answer(controller, id));
        true
    }
}
