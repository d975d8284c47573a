//! A played script, and the questions that tests ask it.

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::{Kind, Object, SimDuration, SimTime};
use ordinal_core::World;
use ordinal_core::disk::Disk;
use ordinal_core::milestones::{self, Milestone, is_met_by};
use ordinal_kubectl::script::{Played, Script};
use ordinal_kubectl::{Output, Session};

/// A run that has been played to its end. What is asked by name lies in the namespace `default`.
#[derive(Debug)]
pub struct Run {
    /// The cluster, how its texts were read and what was printed.
    pub played: Played,
    /// Everything that happened, in the words of recordings.
    pub milestones: Vec<Milestone>,
}

impl Run {
    /// Plays a script.
    pub fn of(script: &Script) -> Self {
        Self::after(script.play())
    }

    /// Takes a run that was played elsewhere.
    pub fn after(played: Played) -> Self {
        let milestones = milestones::milestones(played.cluster.world());
        Self { played, milestones }
    }

    /// The world at the end.
    pub fn world(&self) -> &World {
        self.played.cluster.world()
    }

    /// The world as it was at a moment.
    pub fn world_at(&self, at: SimTime) -> &World {
        self.played.cluster.frame_at(at)
    }

    /// When a milestone came first. Without `#N`, any life of the name will do.
    ///
    /// # Panics
    /// When it never came.
    #[track_caller]
    pub fn at(&self, milestone: &str) -> SimTime {
        let times = self.times(milestone);
        *times.first().unwrap_or_else(|| {
            let subject = milestone.split([' ', '#']).next().unwrap_or_default();
            panic!("never: {milestone}\n{}", self.story(subject))
        })
    }

    /// All moments at which a milestone came.
    pub fn times(&self, milestone: &str) -> Vec<SimTime> {
        let met = self
            .milestones
            .iter()
            .filter(|m| is_met_by(milestone, &m.text));
        met.map(|m| m.at).collect()
    }

    /// How much later one milestone came than another.
    ///
    /// # Panics
    /// When one of them never came, or they came the other way round.
    #[track_caller]
    pub fn between(&self, first: &str, second: &str) -> SimDuration {
        let (first_at, second_at) = (self.at(first), self.at(second));
        assert!(
            first_at <= second_at,
            "{second} at {} came before {first} at {}",
            first_at.as_ms(),
            second_at.as_ms()
        );
        second_at.since(first_at)
    }

    /// Asserts that milestones came in this order. Two of the same moment are told apart by their place in the journal.
    ///
    /// # Panics
    /// When one of them never came or came too early.
    #[track_caller]
    pub fn assert_order(&self, wanted: &[&str]) {
        let mut rest = self.milestones.iter();
        for (place, milestone) in wanted.iter().enumerate() {
            if !rest.any(|m| is_met_by(milestone, &m.text)) {
                let before = place.checked_sub(1).map_or("the beginning", |p| wanted[p]);
                panic!(
                    "not after {before}: {milestone}\n{}",
                    self.story(milestone.split([' ', '#']).next().unwrap_or_default())
                );
            }
        }
    }

    /// The lines about one subject, or all of them for an empty one.
    pub fn story(&self, subject: &str) -> String {
        let about = self.milestones.iter().filter(|m| m.text.contains(subject));
        about
            .map(|m| format!("{:>8} {}\n", m.at.as_ms(), m.text))
            .collect()
    }

    /// An object at the end.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn object(&self, kind: Kind, name: &str) -> &Arc<Object> {
        find(self.world(), kind, name).unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// A Pod at the end.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn pod(&self, name: &str) -> &Pod {
        self.object(Kind::Pod, name).as_pod().expect("a Pod")
    }

    /// The disk behind a claim, at the end.
    ///
    /// # Panics
    /// When the claim is not bound or its volume has no disk.
    #[track_caller]
    pub fn disk(&self, claim: &str) -> &Arc<Disk> {
        let claim = self.object(Kind::PersistentVolumeClaim, claim);
        let volume = &claim.as_claim().expect("a claim").volume_name;
        let world = self.world();
        let volume = world.store.id(Kind::PersistentVolume, "", volume);
        volume
            .and_then(|id| world.disks.get(&id))
            .expect("the claim is bound to a volume with a disk")
    }

    /// What a command printed: the first that begins so.
    ///
    /// # Panics
    /// When it was never given.
    #[track_caller]
    pub fn output(&self, line: &str) -> &Output {
        let found = self
            .played
            .outputs
            .iter()
            .find(|(given, _)| given.starts_with(line));
        &found.unwrap_or_else(|| panic!("not given: {line}")).1
    }

    /// Gives a command now and returns what it printed on both streams.
    pub fn kubectl(&mut self, line: &str) -> String {
        let output = ordinal_kubectl::run(&mut self.played.cluster, &mut Session::default(), line);
        format!("{}{}", output.stdout, output.stderr)
    }

    /// Messages of the events about an object with this reason, at the end, oldest first.
    pub fn events(&self, kind: Kind, name: &str, reason: &str) -> Vec<String> {
        events(self.world(), kind, name)
            .filter(|event| event.reason == reason)
            .map(|event| event.message.to_string())
            .collect()
    }
}

/// An object of the namespace `default` or of the cluster.
pub fn find<'w>(world: &'w World, kind: Kind, name: &str) -> Option<&'w Arc<Object>> {
    world.store.find(kind, "default", name)
}

/// The events about an object of the namespace `default` or of the cluster.
fn events<'w>(
    world: &'w World,
    kind: Kind,
    name: &str,
) -> impl Iterator<Item = &'w ordinal_api::event::Event> {
    let about = world.store.id(kind, "default", name);
    let objects = about
        .into_iter()
        .flat_map(|id| world.store.events_about(id));
    objects.filter_map(|(_, object)| object.as_event())
}
