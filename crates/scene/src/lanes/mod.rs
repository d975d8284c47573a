//! The timeline: one lane per identity, then one per node; what was commanded, what broke, and where dead time is folded.
//!
//! * here: the history of every lane, read frame by frame; the work grows with what changed
//! * [`draw`]: the same as marks

mod draw;

use ordinal_api::sorted::{SortedMap, SortedSet};

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, SimTime, Text, Uid};
use ordinal_core::controllers::statefulset::ordinal_of;
use ordinal_core::journal::{Entry, Fact, Verb};
use ordinal_core::store::Link;
use ordinal_core::{Component, Id, World};

pub use draw::LanesView;

use crate::clause::clause;
use crate::model::identity_of;
use crate::words::name;

/// The history of every identity and every node.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// Lanes of identities, by set and ordinal.
    identities: SortedMap<(Id, u32), Lane>,
    /// Lanes of nodes.
    nodes: SortedMap<Id, Lane>,
    flags: Vec<Flag>,
    frames: usize,
    journal: usize,
}

/// One lane: a name, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The Pod's or the Node's handle.
    pub id: Id,
    /// Its name.
    pub name: Text,
    /// Its namespace; empty for a node.
    pub namespace: Text,
    /// Its ordinal, for an identity.
    pub ordinal: Option<u32>,
    /// What it was at, and from when; each lasts until the next.
    pub changes: Vec<Change>,
}

/// From a moment on, a lane is like this.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When.
    pub at: SimTime,
    /// How it is from then on.
    pub state: State,
    /// Which incarnation.
    pub uid: Uid,
    /// What the bar says: the node's name, or what is the matter.
    pub label: Text,
    frame: usize,
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing: there is no pod, or no machine.
    None,
    /// A pod without a node: a dashed outline.
    Pending,
    /// A pod that does not run yet: pale.
    Creating,
    /// A pod that runs and is not Ready: half as high.
    Running,
    /// A pod that is Ready: full.
    Ready,
    /// A pod that is being deleted: hatched.
    Terminating,
    /// A pod in which only the API believes: hatched.
    Believed,
    /// A node that is heard.
    Up,
    /// A node that is heard and takes no new pods.
    Cordoned,
    /// A machine without power, or one that is starting.
    Off,
    /// A machine that runs, cut off from the network.
    CutOff,
}

/// Something worth a flag over the lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// When.
    pub at: SimTime,
    /// What kind of thing it was.
    pub kind: FlagKind,
    /// What it was.
    pub text: Text,
    /// The same in a word or two, where there is little room.
    pub short: Text,
    frame: usize,
}

/// The kinds of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// Somebody asked for something.
    Command,
    /// Something broke, or was mended.
    Fault,
    /// The cluster came to a point that matters.
    Milestone,
}

impl Lanes {
    /// Reads the frames that came since the last time. The slice holds all frames from the first.
    pub fn extend(&mut self, frames: &[World]) {
        for (index, world) in frames.iter().enumerate().skip(self.frames) {
            let (mut pods, mut nodes) = (SortedSet::new(), SortedSet::new());
            for seq in self.journal..world.journal.len() {
                let Some(entry) = world.journal.get(seq) else {
                    continue;
                };
                match world.store.key(entry.subject).kind {
                    Kind::Pod => {
                        pods.insert(entry.subject);
                    }
                    Kind::Node => {
                        nodes.insert(entry.subject);
                        let on = world.store.linked(Link::PodOnNode, entry.subject);
                        pods.extend(on.filter(|_| is_of_machine(entry)).map(|(id, _)| id));
                    }
                    _ => {}
                }
                self.raise(flag(world, entry, index));
            }
            pods.into_iter()
                .for_each(|id| self.look_at_pod(world, id, index));
            nodes
                .into_iter()
                .for_each(|id| self.look_at_node(world, id, index));
            self.journal = world.journal.len();
        }
        self.frames = frames.len();
    }

    /// Forgets everything from a frame on; `journal` is the number of entries at the end of the frame before it.
    pub fn truncate(&mut self, frames: usize, journal: usize) {
        if frames >= self.frames {
            return;
        }
        let keep = |lane: &mut Lane| {
            lane.changes.retain(|change| change.frame < frames);
            !lane.changes.is_empty()
        };
        self.identities.retain(|_, lane| keep(lane));
        self.nodes.retain(|_, lane| keep(lane));
        self.flags.retain(|flag| flag.frame < frames);
        (self.frames, self.journal) = (frames, journal);
    }

    /// The lanes of identities, by set and ordinal.
    pub fn identities(&self) -> impl Iterator<Item = &Lane> {
        self.identities.values()
    }

    /// The lanes of nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &Lane> {
        self.nodes.values()
    }

    /// The flags, oldest first.
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// Adds a flag. What a user's deed says of itself takes the place of the words in which it was asked for.
    fn raise(&mut self, flag: Option<(Flag, bool)>) {
        let Some((flag, deed)) = flag else { return };
        let vague = |last: &Flag| last.at == flag.at && last.short == "changed";
        match self.flags.last_mut() {
            Some(last) if deed && vague(last) => *last = flag,
            _ if deed => {}
            _ => self.flags.push(flag),
        }
    }

    fn look_at_pod(&mut self, world: &World, id: Id, frame: usize) {
        let key = world.store.key(id);
        let object = world.get(id);
        let set = object.and_then(|o| identity_of(o)).map(|(set, _)| set);
        let set = set.and_then(|set| world.store.id(Kind::StatefulSet, &key.namespace, set));
        let ordinal = ordinal_of(&key.name);
        let known = self
            .identities
            .iter()
            .find(|(_, lane)| lane.id == id)
            .map(|(key, _)| *key);
        let Some(place) = set.zip(ordinal).or(known) else {
            return;
        };
        let lane = self.identities.entry(place).or_insert_with(|| Lane {
            id,
            name: key.name.clone(),
            namespace: key.namespace.clone(),
            ordinal,
            changes: Vec::new(),
        });
        let (state, label) =
            object.map_or((State::None, Text::default()), |_| pod_state(world, id));
        let uid = object.map(|o| o.meta.uid).unwrap_or_default();
        lane.push(Change {
            at: world.now(),
            state,
            uid,
            label,
            frame,
        });
    }

    fn look_at_node(&mut self, world: &World, id: Id, frame: usize) {
        let name = world.store.key(id).name.clone();
        let lane = self.nodes.entry(id).or_insert_with(|| Lane {
            id,
            name,
            namespace: Text::default(),
            ordinal: None,
            changes: Vec::new(),
        });
        let (state, label) = node_state(world, id);
        let uid = world.get(id).map(|o| o.meta.uid).unwrap_or_default();
        lane.push(Change {
            at: world.now(),
            state,
            uid,
            label: Text::new_static(label),
            frame,
        });
    }
}

impl Lane {
    fn push(&mut self, change: Change) {
        let same = |last: &Change| {
            (last.state, last.uid, &last.label) == (change.state, change.uid, &change.label)
        };
        if !self.changes.last().is_some_and(same) {
            self.changes.push(change);
        }
    }
}

/// Whether an entry tells of the machine itself, and so of everything on it.
fn is_of_machine(entry: &Entry) -> bool {
    let of_machine = |fact: &Fact| {
        matches!(
            fact,
            Fact::PowerOff
                | Fact::PowerOn
                | Fact::LinkCut
                | Fact::LinkHealed
                | Fact::KubeletStarted
        )
    };
    entry.facts.iter().any(of_machine)
}

fn pod_state(world: &World, id: Id) -> (State, Text) {
    let Some((object, pod)) = world.get(id).and_then(|o| Some((o, o.as_pod()?))) else {
        return (State::None, Text::default());
    };
    let node = world.store.node_of(pod);
    let machine = node.and_then(|node| world.machines.get(&node));
    let runs = machine.is_some_and(|m| m.is_running());
    if object.meta.is_deleting() {
        return (State::Terminating, Text::new_static("Terminating"));
    }
    match pod.status.phase {
        _ if pod.node_name.is_empty() => (State::Pending, Text::default()),
        PodPhase::Pending | PodPhase::Unknown => (State::Creating, pod.node_name.clone()),
        PodPhase::Running if !runs => (State::Believed, Text::new_static("only believed")),
        PodPhase::Running if pod.is_ready() => (State::Ready, pod.node_name.clone()),
        PodPhase::Running => (State::Running, pod.node_name.clone()),
        PodPhase::Succeeded | PodPhase::Failed => (State::None, Text::default()),
    }
}

fn node_state(world: &World, id: Id) -> (State, &'static str) {
    let Some(machine) = world.machines.get(&id) else {
        return (State::None, "");
    };
    let node = world.get(id).and_then(|o| o.as_node());
    let believed = node
        .and_then(|n| condition::find(&n.status.conditions, "Ready"))
        .map(|c| c.status);
    match (machine.powered, machine.kubelet, machine.linked) {
        (false, ..) if node.is_none() => (State::Off, "off, no Node"),
        (false, ..) if believed == Some(ConditionStatus::True) => (State::Off, "off"),
        (false, ..) => (State::Off, "off, NotReady"),
        (_, false, _) => (State::Off, "booting"),
        (_, _, false) if believed == Some(ConditionStatus::True) => (State::CutOff, "cut off"),
        (_, _, false) => (State::CutOff, "cut off, NotReady"),
        _ if node.is_none() => (State::None, ""),
        _ if believed != Some(ConditionStatus::True) => (State::Up, "NotReady"),
        _ if node.is_some_and(|n| n.unschedulable) => (State::Cordoned, "cordoned"),
        _ => (State::Up, ""),
    }
}

/// The flag of an entry, and whether it is what somebody's command did, not the command.
fn flag(world: &World, entry: &Entry, frame: usize) -> Option<(Flag, bool)> {
    let flag = |kind, text: Text, short: &str| {
        let deed = entry.by == Component::User && entry.verb != Verb::Input;
        let flag = Flag {
            at: entry.at,
            kind,
            text,
            short: short.into(),
            frame,
        };
        Some((flag, deed))
    };
    let about = || name(world, entry.subject);
    for fact in &entry.facts {
        match fact {
            Fact::Command(text) if entry.by == Component::Fault => {
                let word = fault_word(text);
                // What mends is no trouble, nor is a program's end.
                let kind = match word {
                    "power on" | "heal" | "exit" => FlagKind::Command,
                    _ => FlagKind::Fault,
                };
                return flag(kind, text.clone(), word);
            }
            Fact::Command(_) => {
                let said = clause(world, entry)?;
                return flag(
                    FlagKind::Command,
                    said.deed().trim().into(),
                    said.verb.trim(),
                );
            }
            Fact::Desired(_) | Fact::Taint { .. } | Fact::Untaint { .. } | Fact::Cordoned(_)
                if entry.by == Component::User =>
            {
                let said = clause(world, entry)?;
                let deed = said
                    .deed()
                    .replace("the taint ", "")
                    .replace("StatefulSet ", "");
                return flag(FlagKind::Command, deed.trim().into(), said.verb.trim());
            }
            Fact::NodeNotReady | Fact::NodeUnknown if entry.verb == Verb::Update => {
                return flag(
                    FlagKind::Milestone,
                    format!("{} NotReady", about()).into(),
                    "NotReady",
                );
            }
            Fact::SecondWriter { .. } => {
                return flag(
                    FlagKind::Fault,
                    format!("two writers on {}", about()).into(),
                    "two writers",
                );
            }
            Fact::VolumeDetached { forced: true, .. } => {
                return flag(
                    FlagKind::Milestone,
                    format!("{} force-detached", about()).into(),
                    "force-detached",
                );
            }
            _ => {}
        }
    }
    None
}

/// A fault in a word or two, from the journal's sentence: `cut the power of node-2`.
fn fault_word(text: &str) -> &str {
    match text.split(' ').next() {
        Some("cut") if text.contains("power") => "power off",
        Some("cut") => "partition",
        Some("power") => "power on",
        Some("connect") => "heal",
        Some("let") if text.contains(" exit") => "exit",
        Some("fail") => "not ready",
        Some("leave") => "ready",
        Some(word) => word,
        None => text,
    }
}
