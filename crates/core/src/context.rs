//! How a component acts: it reads the world, and writes through these verbs, which carry its name and its cause.

use std::sync::Arc;

use ordinal_api::event::{Event, EventType, Told};
use ordinal_api::{
    Body, Kind, Lasting, Object, ObjectMeta, SimDuration, SimTime, Status, Text, Uid,
};

use crate::apiserver::{self, DeleteOptions};
use crate::controllers::Controller;
use crate::disk::Disk;
use crate::journal::{Fact, Verb};
use crate::machine::Machine;
use crate::queue::{Due, Work};
use crate::recorder::{NEWER, Similar, Verdict};
use crate::wait::{Guard, On, Waiting};
use crate::{Component, Id, World};

/// A component at work on the world.
#[derive(Debug)]
pub struct Cx<'w> {
    /// The world; read it freely, write it through the verbs.
    pub world: &'w mut World,
    /// Who acts.
    pub by: Component,
    /// The journal entry that led to this work.
    pub cause: Option<u64>,
}

impl<'w> Cx<'w> {
    /// A component at work.
    pub fn new(world: &'w mut World, by: Component, cause: Option<u64>) -> Self {
        Self { world, by, cause }
    }

    /// The present moment.
    pub fn now(&self) -> SimTime {
        self.world.now()
    }

    /// An object by its handle.
    pub fn get(&self, id: Id) -> Option<Arc<Object>> {
        self.world.store.get(id).cloned()
    }

    /// An object by its name.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Object>> {
        self.world.store.find(kind, namespace, name).cloned()
    }

    /// The handle of a name, made if it has none yet.
    pub fn id(&mut self, kind: Kind, namespace: &str, name: &str) -> Id {
        self.world.intern(kind, namespace, name)
    }

    /// Creates an object, as the API server does for a controller: admission, identity, defaults of status.
    ///
    /// # Errors
    /// `AlreadyExists`, `NotFound` for a missing namespace, `Forbidden` in one that is being deleted.
    pub fn create(&mut self, object: Object) -> Result<(Id, Arc<Object>), Status> {
        #[cfg(test)]
        crate::refusals::ask(self, Verb::Create, object.kind(), &object.meta.name)?;
        apiserver::create_object(self, object)
    }

    /// Changes an object. The closure returns whether it changed anything; without a change nothing is written.
    /// An object that is being deleted goes when its last finalizer does.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn update(
        &mut self,
        id: Id,
        change: impl FnOnce(&mut Object) -> bool,
    ) -> Result<Arc<Object>, Status> {
        let mut change = Some(change);
        self.update_by(id, &mut |object| {
            let change = change.take().expect("asked for once");
            change(object)
        })
    }

    /// The same for all closures.
    fn update_by(
        &mut self,
        id: Id,
        change: &mut dyn FnMut(&mut Object) -> bool,
    ) -> Result<Arc<Object>, Status> {
        let Some(stored) = self.world.store.get(id) else {
            let key = self.world.store.key(id);
            return Err(Status::not_found(key.kind, &key.name));
        };
        let mut object = (**stored).clone();
        if !change(&mut object) {
            return Ok(stored.clone());
        }
        #[cfg(test)]
        crate::refusals::ask(self, Verb::Update, object.kind(), &object.meta.name)?;
        object.meta.resource_version = self.world.next_resource_version();
        let gone = apiserver::is_finished(&object);
        let object = Arc::new(object);
        self.world
            .commit(id, Some(object.clone()), self.by, self.cause);
        if gone {
            self.world.commit(id, None, self.by, self.cause);
        }
        Ok(object)
    }

    /// Asks for a deletion, as `DELETE` does.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when a precondition does not hold.
    pub fn delete(&mut self, id: Id, options: DeleteOptions) -> Result<(), Status> {
        #[cfg(test)]
        {
            let key = self.world.store.key(id).clone();
            crate::refusals::ask(self, Verb::Delete, key.kind, &key.name)?;
        }
        apiserver::delete_object(self, id, options).map(|_| ())
    }

    /// Tells something about an object. The same words about the same object from the same component are counted, not repeated.
    /// Many that are similar are told as one, and too many are not told. Models client-go/tools/record.
    pub fn event(
        &mut self,
        about: Id,
        warning: bool,
        reason: &'static str,
        message: impl Into<Text>,
    ) {
        self.event_from(
            about,
            warning,
            reason,
            message.into(),
            Text::new_static(self.by.source()),
            Text::default(),
        );
    }

    /// The same from a named source (a driver) or with a host (a kubelet).
    pub fn event_from(
        &mut self,
        about: Id,
        warning: bool,
        reason: &'static str,
        message: Text,
        component: Text,
        host: Text,
    ) {
        let key = self.world.store.key(about).clone();
        let (uid, version) = self
            .world
            .store
            .get(about)
            .map_or((Uid::NONE, 0), |o| (o.meta.uid, o.meta.resource_version));
        // This controller names Pods without their identity, so what it says of two lives is one Event.
        let uid = if self.by == Component::TaintEviction {
            Uid::NONE
        } else {
            uid
        };
        let now = self.now();
        let version = if component == NEWER { version } else { 0 };
        let of = Similar {
            component,
            host,
            warning,
            reason,
            version,
        };
        let recorder = &mut self.world.parts.recorder;
        let verdict = recorder.judge((about, uid), &of, &message, now);
        let message = match verdict {
            Verdict::Dropped => return,
            Verdict::New | Verdict::Again(_) => message,
            Verdict::Together | Verdict::TogetherAgain(_) => {
                format!("(combined from similar events): {message}").into()
            }
        };
        // An Event that was deleted is written again.
        if let Verdict::Again(id) | Verdict::TogetherAgain(id) = verdict
            && self.world.get(id).is_some()
        {
            let _ = self.update(id, |object| {
                let event = object.as_event_mut().expect("remembered as an Event");
                if matches!(verdict, Verdict::TogetherAgain(_)) {
                    Arc::make_mut(&mut event.told).message = message;
                }
                event.count += 1;
                event.last_seen = now;
                true
            });
            return;
        }
        // A namespace that is being deleted takes no new Events either (recordings).
        let home = self.world.store.find(Kind::Namespace, "", &key.namespace);
        if home.is_some_and(|object| object.meta.is_deleting()) {
            return;
        }
        let number = self.world.next_resource_version();
        let namespace = if key.namespace.is_empty() {
            "default"
        } else {
            key.namespace.as_str()
        };
        let name = event_name(&key.name, now.0 << 20 | number & 0xf_ffff);
        let id = self.id(Kind::Event, namespace, &name);
        let own = self.world.store.key(id).clone();
        let mut meta = ObjectMeta::of(Lasting {
            name: own.name.clone(),
            namespace: own.namespace.clone(),
            uid: apiserver::new_uid(self.world),
            creation_timestamp: now,
            ..Lasting::default()
        });
        meta.resource_version = number;
        let type_ = if warning {
            EventType::Warning
        } else {
            EventType::Normal
        };
        let told = Told {
            involved: key.clone(),
            type_,
            reason: Text::new_static(reason),
            message: message.clone(),
            component: of.component.clone(),
        };
        let event = Event {
            told: Arc::new(told),
            involved_uid: uid,
            host: of.host.clone(),
            count: 1,
            first_seen: now,
            last_seen: now,
            written: None,
        };
        self.world.commit(
            id,
            Some(Arc::new(Object::new(meta, Body::Event(event)))),
            self.by,
            self.cause,
        );
        let recorder = &mut self.world.parts.recorder;
        recorder.written((about, uid), &of, &message, verdict, id, now);
    }

    /// Records that this component looked at `subject` and was held by a rule. The moment since which it holds is kept.
    pub fn wait(&mut self, subject: Id, on: On, guard: &'static Guard, until: Option<SimTime>) {
        let key = (subject, self.by);
        let since = match self.world.waits.get(&key) {
            Some(old) if old.on == on && old.guard == guard && old.until == until => return,
            Some(old) if old.on == on && old.guard == guard => old.since,
            _ => self.now(),
        };
        self.world.waits.insert(
            key,
            Arc::new(Waiting {
                by: self.by,
                subject,
                on,
                guard,
                since,
                until,
            }),
        );
        self.world.wait_version += 1;
    }

    /// Records that this component no longer waits about `subject`.
    pub fn proceed(&mut self, subject: Id) {
        if self.world.waits.remove(&(subject, self.by)).is_some() {
            self.world.wait_version += 1;
        }
    }

    /// Journals something that happened to a machine, a container or a disk. Returns the entry's number.
    pub fn happen(&mut self, subject: Id, uid: Uid, fact: Fact) -> u64 {
        self.world
            .record(self.by, subject, uid, Verb::Happen, fact.into(), self.cause)
    }

    /// Queues work.
    pub fn after(&mut self, delay: SimDuration, work: Work) {
        self.at(self.now() + delay, work);
    }

    /// Queues work for a moment (now, if that has passed).
    pub fn at(&mut self, at: SimTime, work: Work) {
        let at = at.max(self.now());
        self.world.parts.queue.push(
            at,
            Due {
                work,
                cause: self.cause,
                background: false,
            },
        );
    }

    /// Queues work that does not count as progress: a periodic look, a restart in a crash loop.
    pub fn after_in_background(&mut self, delay: SimDuration, work: Work) {
        let at = self.now() + delay;
        self.world.parts.queue.push(
            at,
            Due {
                work,
                cause: self.cause,
                background: true,
            },
        );
    }

    /// Lets a controller look at an object after its usual reaction time.
    pub fn enqueue(&mut self, controller: Controller, id: Id) {
        let profile = self.world.profile();
        let by_itself = || {
            let cause = self.cause.and_then(|seq| self.world.entry(seq));
            cause.is_some_and(|entry| entry.by == Component::Deployment)
        };
        let by_hand = || {
            let cause = self.cause.and_then(|seq| self.world.entry(seq));
            cause.is_some_and(|entry| {
                entry.by == Component::User
                    && self.world.store.key(entry.subject).kind == Kind::ReplicaSet
            })
        };
        let reaction = match controller {
            // A claim is freed after the set of a deleted Pod has looked, not before.
            Controller::StatefulSet | Controller::Protection => {
                SimDuration::ms(profile.workload_ms)
            }
            // Their first write is late by half of what it takes to be answered.
            Controller::ReplicaSet
            | Controller::ReplicationController
            | Controller::DaemonSet
            | Controller::Job => profile.controller() + SimDuration::ms(profile.call_ms / 2),
            Controller::Deployment if by_itself() => SimDuration::ms(profile.again_ms),
            // A ReplicaSet that a user scaled does what it was told before its Deployment puts it right (recordings).
            Controller::Deployment if by_hand() => {
                profile.controller() + SimDuration::ms(profile.call_ms)
            }
            _ => profile.controller(),
        };
        self.after(reaction, Work::Sync(controller, id));
    }

    /// Lets a controller look again after its back-off: 5 ms, doubled with each failure in a row, 1,000 s at most.
    /// Models client-go `DefaultTypedControllerRateLimiter`.
    pub fn retry(&mut self, controller: Controller, id: Id) {
        self.retry_after(controller, id, SimDuration::ms(5));
    }

    /// The same with another first back-off.
    pub fn retry_after(&mut self, controller: Controller, id: Id, first: SimDuration) {
        let key = retry_key(controller, id);
        let failures = self.world.parts.retries.get(&key).unwrap_or(0);
        self.world
            .parts
            .retries
            .insert(key, failures.saturating_add(1));
        let delay = SimDuration::ms((first.as_ms() << failures.min(18)).min(1_000_000));
        self.after_in_background(delay, Work::Sync(controller, id));
    }

    /// Ends the back-off of a controller about an object.
    pub fn forget(&mut self, controller: Controller, id: Id) {
        self.world.parts.retries.remove(&retry_key(controller, id));
    }

    /// Changes a machine.
    pub fn machine(&mut self, node: Id, change: impl FnOnce(&mut Machine)) {
        if let Some(machine) = self.world.machines.get_mut(&node) {
            change(Arc::make_mut(machine));
        }
    }

    /// Changes a disk.
    pub fn disk(&mut self, volume: Id, change: impl FnOnce(&mut Disk)) {
        if let Some(disk) = self.world.disks.get_mut(&volume) {
            change(Arc::make_mut(disk));
        }
    }
}

fn retry_key(controller: Controller, id: Id) -> (u64, u64) {
    (controller as u64, id.0.into())
}

/// `web-0.` and 16 hexadecimal digits; there are many Events, and `format!` takes its time.
fn event_name(about: &str, number: u64) -> String {
    let digit = |n: u32| char::from(b"0123456789abcdef"[(number >> (4 * n) & 0xf) as usize]);
    let mut name = String::with_capacity(about.len() + 17);
    name.push_str(about);
    name.push('.');
    name.extend((0..16).rev().map(digit));
    name
}
