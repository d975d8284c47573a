//! Work that is due, in the order of `(due, seq)`: equal times keep the order in which the work was queued.

use std::sync::Arc;

use ordinal_api::SimTime;

use crate::controllers::Controller;
use crate::controllers::nodelifecycle::NodeWork;
use crate::controllers::tainteviction::EvictionWork;
use crate::kubelet::KubeletWork;
use crate::persistent::{Map, Numbers};
use crate::scheduler::SchedulerWork;
use crate::storage::StorageWork;
use crate::{Component, Id, Input};

/// Something to do at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A controller looks at one object; queued at most once for each.
    Sync(Controller, Id),
    /// What a controller wrote about one object is answered, and it goes on.
    Answer(Controller, Id),
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

impl Work {
    /// Who does it.
    pub fn component(&self) -> Component {
        match self {
            Self::Sync(controller, _) | Self::Answer(controller, _) => controller.component(),
            Self::Scheduler(_) => Component::Scheduler,
            Self::Kubelet(_) => Component::Kubelet,
            Self::Storage(_) => Component::Attacher,
            Self::Node(_) => Component::NodeLifecycle,
            Self::Eviction(_) => Component::TaintEviction,
            Self::Input(_) => Component::User,
        }
    }
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

fn key(controller: Controller, id: Id) -> (u64, u64) {
    (controller as u64, id.0.into())
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// What counts as progress.
    foreground: Map<Place, Arc<Due>>,
    background: Map<Place, Arc<Due>>,
    /// Syncs that are queued, by controller and object.
    syncs: Numbers<(u64, u64), Place>,
    seq: u64,
}

impl Queue {
    /// Queues work. A sync that is queued already stays at the earlier of the two moments, with the cause it had there.
    pub fn push(&mut self, at: SimTime, due: Due) {
        let place = (at, self.seq);
        if let Work::Sync(controller, id) = due.work {
            match self.syncs.insert(key(controller, id), place) {
                Some(queued) if queued.0 <= at => {
                    self.syncs.insert(key(controller, id), queued);
                    // Progress is wanted sooner than a background look would count.
                    if !due.background {
                        self.promote(queued);
                    }
                    return;
                }
                Some(queued) => drop(self.take(queued)),
                None => {}
            }
        }
        self.seq += 1;
        let list = if due.background {
            &mut self.background
        } else {
            &mut self.foreground
        };
        list.insert(place, Arc::new(due));
    }

    fn promote(&mut self, place: Place) {
        if let Some(due) = self.background.remove(&place) {
            let due = Due {
                background: false,
                ..(*due).clone()
            };
            self.foreground.insert(place, Arc::new(due));
        }
    }

    fn take(&mut self, place: Place) -> Option<Arc<Due>> {
        let due = self.foreground.remove(&place);
        due.or_else(|| self.background.remove(&place))
    }

    /// The place of what is due first, and whether that is in the background.
    fn first(&self) -> Option<(Place, bool)> {
        let first = |list: &Map<Place, Arc<Due>>| list.first().map(|(place, _)| place);
        let (ahead, behind) = (first(&self.foreground), first(&self.background));
        let both = [(ahead, false), (behind, true)];
        let queued = both.into_iter().filter_map(|(place, b)| Some((place?, b)));
        queued.min()
    }

    /// When a controller will look at an object.
    #[cfg(test)]
    pub(crate) fn sync_at(&self, controller: Controller, id: Id) -> Option<SimTime> {
        let place = self.syncs.get(&key(controller, id));
        place.map(|(at, _)| at)
    }

    /// When the next work is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.first().map(|((at, _), _)| at)
    }

    /// When the next work is due that counts as progress.
    pub fn next_foreground(&self) -> Option<SimTime> {
        self.foreground.first().map(|((at, _), _)| at)
    }

    /// Takes the next work that is due at or before `now`.
    pub fn pop(&mut self, now: SimTime) -> Option<Due> {
        let (place, background) = self.first().filter(|((at, _), _)| *at <= now)?;
        let list = if background {
            &mut self.background
        } else {
            &mut self.foreground
        };
        let due = Arc::unwrap_or_clone(list.take(&place)?);
        if let Work::Sync(controller, id) = due.work {
            self.syncs.remove(&key(controller, id));
        }
        Some(due)
    }

    /// How much is queued.
    pub fn len(&self) -> usize {
        self.foreground.len() + self.background.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.foreground.is_empty() && self.background.is_empty()
    }
}
