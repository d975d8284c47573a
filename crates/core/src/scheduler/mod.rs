//! The scheduler: it gives each Pod a node, or says why none will do.
//!
//! * `watch`: what it sees; `queue`: whose turn it is; `hints`: which events make a Pod worth another try
//! * `node_info`, `counters`: what nodes hold, kept from one change to the next; `request`: what a Pod asks for
//! * `attempt`: `filters`, `scores` and a `message`; `bind`, `preemption`: what follows from it; `promises`: room that is kept
//! * `guards`: the rules by which a Pod is kept waiting
//!
//! Models pkg/scheduler, 1.37.

mod attempt;
pub(crate) mod bind;
pub(crate) mod counters;
pub(crate) mod filters;
mod guards;
mod hints;
mod message;
pub(crate) mod node_info;
mod preemption;
mod promises;
pub(crate) mod queue;
pub(crate) mod request;
mod scores;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use ordinal_api::{Object, SimTime, Uid};

pub use attempt::{Opinion, attempts, opinions};
pub(crate) use queue::priority as priority_of;
pub(crate) use watch::watch;

use crate::persistent::{Map, Numbers, Set};
use crate::store::Store;
use crate::{Cx, Id};
use bind::Binding;
use counters::Counters;
use node_info::Nodes;
use queue::{Turn, Waiter};

/// A step of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerWork {
    /// The Pod whose turn it is is tried.
    Next,
    /// The scheduler looks whether the claims of a Pod are bound.
    Poll {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
    },
    /// The claims of a Pod have had their time.
    Timeout {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// When their binding began.
        since: SimTime,
    },
    /// A Pod that was tried so often in vain has waited long enough for an event.
    Flush {
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// How often it had been tried.
        attempts: u32,
    },
}

/// What it remembers between attempts: its queue, and what nodes hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    nodes: Nodes,
    counters: Counters,
    waiters: Map<Id, Arc<Waiter>>,
    active: Set<Turn>,
    parked: Set<Id>,
    pub(crate) bindings: Map<Id, Arc<Binding>>,
    /// Pods that were promised a node on which others make room for them.
    promised: Numbers<Id, Id>,
    /// Pods that are thought away while it is looked for room.
    absent: Set<Id>,
    /// The Pod whose victims are just being told to go, all but the last.
    preempting: Option<Id>,
    /// CSINodes that bound how many volumes are attached.
    limited: Set<Id>,
    /// Where the next search begins, in a cluster so large that not all nodes are asked.
    next_start: Option<Id>,
}

/// The node that a Pod takes room on: the one it is bound to, until it has ended.
pub(crate) fn node_of(store: &Store, object: &Object) -> Option<Id> {
    let pod = object.as_pod()?;
    if pod.status.phase.is_terminal() {
        return None;
    }
    store.node_of(pod)
}

/// Counts a Pod in or out of what its node holds.
fn account(cx: &mut Cx<'_>, object: &Object, node: Id, add: bool) {
    account_in(&mut cx.world.parts.scheduler, object, node, add);
}

fn account_in(memory: &mut Memory, object: &Object, node: Id, add: bool) {
    if let Some(pod) = object.as_pod() {
        memory.nodes.account(node, &pod.spec, add);
    }
    memory.counters.account(object, node, add);
}

/// Whether a Pod waits for this scheduler.
fn is_ours(object: &Object) -> bool {
    object.as_pod().is_some_and(|pod| {
        pod.node_name.is_empty()
            && !pod.status.phase.is_terminal()
            && !object.meta.is_deleting()
            && matches!(pod.spec.scheduler_name.as_str(), "" | "default-scheduler")
    })
}

/// Does a step.
pub(crate) fn handle(cx: &mut Cx<'_>, work: SchedulerWork) {
    match work {
        SchedulerWork::Next => {
            if let Some(id) = queue::pop(cx) {
                attempt::attempt(cx, id);
            }
        }
        SchedulerWork::Poll { pod, uid } => bind::poll(cx, pod, uid),
        SchedulerWork::Timeout { pod, uid, since } => bind::time_out(cx, pod, uid, since),
        SchedulerWork::Flush { pod, uid, attempts } => queue::flush(cx, pod, uid, attempts),
    }
}
