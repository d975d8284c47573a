//! Work that is due, in the order of `(due, seq)`: equal times keep the order in which the work was queued.

use std::sync::Arc;

use imbl::OrdMap;
use ordinal_api::SimTime;

use crate::controllers::Controller;
use crate::controllers::nodelifecycle::NodeWork;
use crate::controllers::tainteviction::EvictionWork;
use crate::kubelet::KubeletWork;
use crate::scheduler::SchedulerWork;
use crate::storage::StorageWork;
use crate::{Id, Input};

/// Something to do at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A controller looks at one object; queued at most once for each.
    Sync(Controller, Id),
    /// A step of the scheduler.
    Scheduler(SchedulerWork),
    /// A step of one kubelet.
    Kubelet(KubeletWork),
    /// The storage driver finishes something.
    Storage(StorageWork),
    /// The node lifecycle controller's clocks.
    Node(NodeWork),
    /// An eviction that comes due.
    Eviction(EvictionWork),
    /// An input that was asked for in advance.
    Input(Arc<Input>),
}

/// Queued work.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// What to do.
    pub work: Work,
    /// The journal entry that led to it.
    pub cause: Option<u64>,
    /// A retry or a periodic look that does not count as progress: a run settles without it.
    pub background: bool,
}

type Place = (SimTime, u64);

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    due: OrdMap<Place, Due>,
    syncs: OrdMap<(Controller, Id), Place>,
    foreground: OrdMap<Place, ()>,
    seq: u64,
}

impl Queue {
    /// Queues work. A sync that is queued already stays at the earlier of the two moments, with the cause it had there.
    pub fn push(&mut self, at: SimTime, due: Due) {
        let place = (at, self.seq);
        if let Work::Sync(controller, id) = due.work {
            match self.syncs.get(&(controller, id)).copied() {
                Some(queued) if queued.0 <= at => {
                    // Progress is wanted sooner than a background look would count.
                    if !due.background {
                        self.promote(queued);
                    }
                    return;
                }
                Some(queued) => self.take_out(queued),
                None => {}
            }
            self.syncs.insert((controller, id), place);
        }
        if !due.background {
            self.foreground.insert(place, ());
        }
        self.seq += 1;
        self.due.insert(place, due);
    }

    fn promote(&mut self, place: Place) {
        if let Some(due) = self.due.get_mut(&place).filter(|due| due.background) {
            due.background = false;
            self.foreground.insert(place, ());
        }
    }

    fn take_out(&mut self, place: Place) {
        if let Some(due) = self.due.remove(&place) {
            if !due.background {
                self.foreground.remove(&place);
            }
            if let Work::Sync(controller, id) = due.work {
                self.syncs.remove(&(controller, id));
            }
        }
    }

    /// When the next work is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.due.get_min().map(|((at, _), _)| *at)
    }

    /// When the next work is due that counts as progress.
    pub fn next_foreground(&self) -> Option<SimTime> {
        self.foreground.get_min().map(|((at, _), ())| *at)
    }

    /// Takes the next work that is due at or before `now`.
    pub fn pop(&mut self, now: SimTime) -> Option<Due> {
        let (place, _) = self.due.get_min()?;
        let place = *place;
        if place.0 > now {
            return None;
        }
        let due = self.due.remove(&place)?;
        if !due.background {
            self.foreground.remove(&place);
        }
        if let Work::Sync(controller, id) = due.work {
            self.syncs.remove(&(controller, id));
        }
        Some(due)
    }

    /// How much is queued.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}
