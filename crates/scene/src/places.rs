//! Which slot a thing has, for as long as it exists: so that adding one never moves another.
//!
//! A slot belongs to an incarnation, not to a name, and is a fact of the run: every moment of it is drawn alike,
//! whether it is reached by playing or by scrubbing.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::storage::ClaimPhase;
use ordinal_api::{Kind, SimDuration, SimTime, Uid};
use ordinal_core::journal::Fact;
use ordinal_core::machine::Stage;
use ordinal_core::store::Link;
use ordinal_core::{Id, World};

/// A claim without a volume for so long has a place of its own.
const UNBOUND: SimDuration = SimDuration::secs(2);

/// The slots of Pods on their nodes, counted from 0.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Slot, and the frame in which it was given.
    slots: SortedMap<Uid, (usize, usize)>,
    /// Claims that wait for a volume, and since when.
    unbound: SortedMap<Uid, (Id, SimTime)>,
    /// The frame since which a claim waits for long.
    shelf: Option<usize>,
    frames: usize,
    journal: usize,
}

impl Places {
    /// Reads the frames that came since the last time.
    pub fn extend(&mut self, frames: &[World]) {
        for (index, world) in frames.iter().enumerate().skip(self.frames) {
            for seq in self.journal..world.journal.len() {
                let Some(entry) = world.journal.get(seq) else {
                    continue;
                };
                if world.store.key(entry.subject).kind == Kind::PersistentVolumeClaim {
                    self.unbound
                        .entry(entry.uid)
                        .or_insert((entry.subject, entry.at));
                }
                let scheduled = entry.facts.iter().find_map(|fact| match fact {
                    Fact::Scheduled(node) => world.store.id(Kind::Node, "", node),
                    _ => None,
                });
                if let Some(node) = scheduled {
                    self.give(index, world, node, entry.uid);
                }
            }
            self.journal = world.journal.len();
            self.wait(index, world);
        }
        self.frames = frames.len();
    }

    /// Forgets everything from a frame on; the frames before it stay read.
    pub fn truncate(&mut self, frames: usize, journal: usize) {
        if frames < self.frames {
            self.slots.retain(|_, (_, frame)| *frame < frames);
            self.shelf = self.shelf.filter(|frame| *frame < frames);
            (self.frames, self.journal) = (frames, journal);
        }
    }

    /// Whether a claim has waited for its volume for so long that it needs a place, at any moment of the run.
    pub fn has_shelf(&self) -> bool {
        self.shelf.is_some()
    }

    fn wait(&mut self, frame: usize, world: &World) {
        if self.unbound.is_empty() {
            return;
        }
        let waits = |uid: &Uid, id: Id| {
            world.get(id).is_some_and(|object| {
                object.meta.uid == *uid
                    && object
                        .as_claim()
                        .is_some_and(|claim| claim.status.phase == ClaimPhase::Pending)
            })
        };
        self.unbound.retain(|uid, (id, _)| waits(uid, *id));
        let long = |(_, since): &(Id, SimTime)| world.now().since(*since) > UNBOUND;
        if self.shelf.is_none() && self.unbound.values().any(long) {
            self.shelf = Some(frame);
        }
    }

    /// The slot of a Pod, if it was seen being bound.
    pub fn slot(&self, uid: Uid) -> Option<usize> {
        self.slots.get(&uid).map(|(slot, _)| *slot)
    }

    fn give(&mut self, frame: usize, world: &World, node: Id, uid: Uid) {
        let bound = world
            .store
            .linked(Link::PodOnNode, node)
            .map(|(_, pod)| pod.meta.uid);
        let machine = world.machines.get(&node).map(|m| &m.pods);
        let running = machine
            .into_iter()
            .flat_map(|pods| pods.iter())
            .filter(|(_, pod)| pod.stage != Stage::Stopped)
            .map(|(uid, _)| uid);
        let mut taken: Vec<usize> = bound
            .chain(running)
            .filter(|u| *u != uid)
            .filter_map(|u| self.slot(u))
            .into_list();
        ordinal_api::sorted::sort(&mut taken);
        taken.dedup();
        let free = taken
            .iter()
            .enumerate()
            .find(|(n, slot)| n != *slot)
            .map_or(taken.len(), |(n, _)| n);
        self.slots.insert(uid, (free, frame));
    }
}
