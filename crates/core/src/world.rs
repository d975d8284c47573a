//! The world at one moment: the API's objects and the machines' truth. A copy costs nothing.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::{Body, Kind, Object, SimTime, Uid, Value};

use crate::controllers;
use crate::disk::Disk;
use crate::journal::{Entry, Fact, Facts, Verb};
use crate::latency::Profile;
use crate::machine::Machine;
use crate::persistent::{List, Map, Shared};
use crate::queue::{Due, Work};
use crate::release::Release;
use crate::store::facts;
use crate::wait::Waiting;
use crate::{Component, Config, Cx, Id, Store};

/// A bound of [`Limits`](crate::config::Limits) that ends a run.
#[derive(Clone, Copy, Debug)]
enum Bound {
    Time,
    Objects,
}

impl Bound {
    const fn text(self) -> &'static str {
        match self {
            Self::Time => "the run reached its bound of simulated time",
            Self::Objects => "the run reached its bound of objects",
        }
    }
}

/// The world. `clone` is O(1).
#[derive(Clone, Debug)]
pub struct World {
    /// What the run is made from.
    pub config: Arc<Config>,
    /// The objects of the API.
    pub store: Store,
    /// The machines, by the handle of their Node.
    pub machines: Map<Id, Arc<Machine>>,
    /// The disks, by the handle of their PersistentVolume.
    pub disks: Map<Id, Arc<Disk>>,
    /// Everything that changed so far; an entry's number is its place.
    pub journal: List<Arc<Entry>>,
    /// What waits, by object and component.
    pub waits: Map<(Id, Component), Arc<Waiting>>,
    /// What befell the storage drivers.
    pub storage_faults: crate::storage::Faults,
    /// What drives a run and nobody looks at: work that is due, chance, what components remember.
    pub(crate) parts: Shared<controllers::Parts>,
    /// Warning headers of the request that was answered last.
    pub(crate) warnings: Shared<Vec<String>>,
    /// Pieces of work done and inputs taken so far.
    pub(crate) turn: u64,
    /// What was given beside the typed bodies, by identity; empty but in a world that holds given objects.
    pub(crate) given: Arc<SortedMap<Uid, Value>>,
    /// Nobody acts on what is written.
    pub(crate) still: bool,
    /// What the API server refuses.
    #[cfg(test)]
    pub(crate) refusals: crate::refusals::Refusals,
    now: SimTime,
    pub(crate) resource_version: u64,
    /// Number of syncs that changed nothing but what waits; with the journal's length it tells frames apart.
    pub(crate) wait_version: u32,
    exhausted: Option<Bound>,
}

impl World {
    /// Whether it only holds objects, see [`World::holding`].
    pub fn is_still(&self) -> bool {
        self.still
    }

    /// A world at the beginning of a run: namespaces, nodes, a default class, nothing else.
    pub fn new(config: Config) -> Self {
        let mut world = Self::empty(config);
        crate::apiserver::bootstrap(&mut world);
        world
    }

    /// A world before anything exists.
    pub(crate) fn empty(config: Config) -> Self {
        let parts = Shared::new(controllers::Parts::of_seed(config.seed));
        Self {
            config: Arc::new(config),
            store: Store::default(),
            machines: Map::new(),
            disks: Map::new(),
            journal: List::new(),
            waits: Map::new(),
            storage_faults: crate::storage::Faults::default(),
            parts,
            warnings: Shared::default(),
            turn: 0,
            given: Arc::default(),
            still: false,
            #[cfg(test)]
            refusals: crate::refusals::Refusals::NONE,
            now: SimTime::ZERO,
            resource_version: 0,
            wait_version: 0,
            exhausted: None,
        }
    }

    /// The present moment.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The release that is simulated.
    pub fn release(&self) -> Release {
        self.config.release
    }

    /// How long things take.
    pub fn profile(&self) -> &Profile {
        &self.config.profile
    }

    /// Why the run cannot go on, if one of its bounds was reached.
    pub fn exhausted(&self) -> Option<&'static str> {
        self.exhausted.map(Bound::text)
    }

    /// An object by its handle.
    pub fn get(&self, id: Id) -> Option<&Arc<Object>> {
        self.store.get(id)
    }

    /// What a component waits for about an object.
    pub fn waits_about(&self, subject: Id) -> impl Iterator<Item = &Waiting> {
        let waits = self.waits.from((subject, Component::User));
        waits
            .take_while(move |((about, _), _)| *about == subject)
            .map(|(_, waiting)| &**waiting)
    }

    /// The journal entry of that number.
    pub fn entry(&self, seq: u64) -> Option<&Arc<Entry>> {
        self.journal.get(usize::try_from(seq).ok()?)
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<SimTime> {
        self.parts.queue.next_due()
    }

    /// When something is due next that counts as progress; `None` when the world has settled.
    pub fn next_progress(&self) -> Option<SimTime> {
        self.parts.queue.next_foreground()
    }

    /// Moves the clock without doing anything; never backwards.
    pub(crate) fn set_now(&mut self, now: SimTime) {
        debug_assert!(now >= self.now, "time runs forwards");
        self.now = now;
        if now > self.config.limits.time {
            self.exhausted = Some(Bound::Time);
        }
    }

    /// Does the next piece of work that is due at this moment. Returns whether there was any.
    pub(crate) fn step(&mut self) -> bool {
        let Some(due) = self.parts.queue.pop(self.now) else {
            return false;
        };
        self.turn += 1;
        self.perform(due);
        true
    }

    /// Takes over from another moment what drives a run. A world with that of another moment can be looked at, but not run.
    pub(crate) fn take_drive(&mut self, other: &Self) {
        self.parts = other.parts.clone();
    }

    /// Does one piece of work.
    pub(crate) fn perform(&mut self, due: Due) {
        let Due { work, cause, .. } = due;
        if !self.config.absent.is_empty() && self.config.absent.contains(&work.component()) {
            return;
        }
        match work {
            Work::Sync(controller, id) => controllers::sync(self, controller, id, cause),
            Work::Answer(controller, id) => controllers::go_on(self, controller, id, cause),
            Work::Scheduler(work) => {
                crate::scheduler::handle(&mut Cx::new(self, Component::Scheduler, cause), work)
            }
            Work::Kubelet(work) => {
                crate::kubelet::handle(&mut Cx::new(self, Component::Kubelet, cause), work)
            }
            Work::Storage(work) => {
                crate::storage::handle(&mut Cx::new(self, Component::Attacher, cause), work)
            }
            Work::Node(work) => {
                controllers::nodelifecycle::handle(
                    &mut Cx::new(self, Component::NodeLifecycle, cause),
                    work,
                );
            }
            Work::Eviction(work) => {
                controllers::tainteviction::handle(
                    &mut Cx::new(self, Component::TaintEviction, cause),
                    work,
                );
            }
            Work::Input(input) => {
                // A refusal is the answer to somebody who is not there to hear it; the journal has the input.
                let _ = crate::history::apply(self, &input);
            }
        }
    }

    /// The version of what was written last.
    pub fn resource_version(&self) -> u64 {
        self.resource_version
    }

    pub(crate) fn next_resource_version(&mut self) -> u64 {
        self.resource_version += 1;
        self.resource_version
    }

    /// Appends to the journal and returns the entry's number.
    pub(crate) fn record(
        &mut self,
        by: Component,
        subject: Id,
        uid: ordinal_api::Uid,
        verb: Verb,
        facts: Facts,
        cause: Option<u64>,
    ) -> u64 {
        let seq = self.journal.len() as u64;
        self.journal.push(Arc::new(Entry {
            at: self.now,
            seq,
            by,
            subject,
            uid,
            verb,
            facts,
            cause,
        }));
        seq
    }

    /// Replaces the facts of an entry that was just written.
    pub(crate) fn amend(&mut self, seq: u64, fact: Fact) {
        let Some(entry) = usize::try_from(seq).ok().and_then(|n| self.journal.get(n)) else {
            return;
        };
        let facts = fact.into();
        let entry = Arc::new(Entry {
            facts,
            ..(**entry).clone()
        });
        self.journal.replace(seq as usize, entry);
    }

    /// Writes one object, journals what changed and lets every component see it. Returns the entry's number.
    pub(crate) fn commit(
        &mut self,
        id: Id,
        new: Option<Arc<Object>>,
        by: Component,
        cause: Option<u64>,
    ) -> u64 {
        if new.is_some()
            && self.store.get(id).is_none()
            && self.store.len() >= self.config.limits.objects
        {
            self.exhausted = Some(Bound::Objects);
        }
        let change = self.store.put(id, new);
        if let (Some(Body::Service(service)), None) =
            (change.old.as_ref().map(|o| &o.body), &change.new)
        {
            self.parts.network.release_service(&service.cluster_ip);
        }
        let verb = match (&change.old, &change.new) {
            (None, _) => Verb::Create,
            (_, None) => Verb::Delete,
            _ => Verb::Update,
        };
        let uid = change.object().meta.uid;
        if change.new.is_none() {
            self.parts.recorder.forget((id, uid));
        }
        let facts = facts(change.old.as_deref(), change.new.as_deref());
        let seq = self.record(by, id, uid, verb, facts, cause);
        if change.kind() != Kind::Event && !self.still {
            controllers::watch(self, &change, seq);
        }
        seq
    }

    /// The handle of a name, made if it has none yet.
    pub fn intern(&mut self, kind: Kind, namespace: &str, name: &str) -> Id {
        self.store.intern(kind, namespace, name)
    }
}
