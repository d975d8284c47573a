//! Why something is as it is, from recorded causes; and why something does not happen, from recorded waits.

use ordinal_api::condition;
use ordinal_api::list::IntoList;
use ordinal_api::pod::ContainerState;
use ordinal_api::{Kind, SimTime, Text};
use ordinal_core::controllers::attachdetach::EXCLUSIVE;
use ordinal_core::controllers::protection::CLAIM_IN_USE;
use ordinal_core::journal::{Entry, Verb};
use ordinal_core::kubelet::guards::RESTART;
use ordinal_core::store::Link;
use ordinal_core::wait::{On, Waiting};
use ordinal_core::{Component, Id, World};

use crate::clause::clause;
use crate::mark::{Emphasis, Span};
use crate::tempo::salience;
use crate::words::{actor, attachment, causes, clock, name};

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyStep {
    /// When it happened, or since when it holds.
    pub at: SimTime,
    /// The sentence.
    pub text: Vec<Span>,
    /// The rule's name, as code; empty if there is none.
    pub guard: Text,
    /// The rule as a sentence; empty if there is none.
    pub rule: Text,
    /// The upstream file that the rule models; empty if there is none.
    pub source: Text,
    /// The object that it is about.
    pub about: Option<Id>,
    /// The journal entry behind it.
    pub entry: Option<u64>,
    /// When it ends by itself, where that is known.
    pub until: Option<SimTime>,
    /// Whether this is where the chain ends: a command, a fault, a root reason.
    pub root: bool,
}

impl WhyStep {
    /// The sentence as plain text.
    pub fn sentence(&self) -> String {
        self.text.iter().map(|span| span.text.as_str()).collect()
    }
}

/// The most steps of an explanation.
const LONGEST: usize = 8;

/// Why an object is as it is: from a command or a fault to its last change, oldest first. Of more than eight steps the
/// first, the last and those that say most are kept.
pub fn why(world: &World, id: Id) -> Vec<WhyStep> {
    let about = |entry: &&std::sync::Arc<Entry>| entry.subject == id && is_told(world, entry);
    let Some(last) = world.journal.iter().rev().find(about) else {
        return Vec::new();
    };
    let chain = std::iter::once(&**last).chain(causes(world, last));
    let mut entries: Vec<&Entry> = chain.filter(|e| is_told(world, e)).into_list();
    entries.reverse();
    // What was asked for and what it did at once is one step: the deed where it is a user's, the words where it is a fault's.
    for at in (1..entries.len()).rev() {
        if entries[at - 1].verb == Verb::Input && entries[at].at == entries[at - 1].at {
            match entries[at].by {
                Component::User => drop(entries.remove(at - 1)),
                Component::Fault => drop(entries.remove(at)),
                _ => {}
            }
        }
    }
    // What the machines did and what the API then says of it is one step.
    let outcome = |entry: &Entry| clause(world, entry).map(|said| said.outcome);
    entries.dedup_by(|later, earlier| outcome(later) == outcome(earlier));
    while entries.len() > LONGEST {
        let rank = |n: &usize| salience(world, entries[*n]).map(|s| s.rank);
        let least = (1..entries.len() - 1).min_by_key(rank).unwrap_or(1);
        entries.remove(least);
    }
    let mut steps: Vec<WhyStep> = entries
        .into_iter()
        .filter_map(|entry| caused(world, entry))
        .into_list();
    steps.dedup_by(|later, earlier| later.text == earlier.text);
    if let Some(first) = steps.first_mut() {
        first.root = true;
    }
    steps
}

fn is_told(world: &World, entry: &Entry) -> bool {
    let kind = world.store.key(entry.subject).kind;
    // Of an attachment that is gone nobody knows the disk; what became of the disk is told by its own entries.
    let known = kind != Kind::VolumeAttachment || attachment(world, entry.subject).is_some();
    known && salience(world, entry).is_some_and(|s| s.rank > 20) && clause(world, entry).is_some()
}

fn caused(world: &World, entry: &Entry) -> Option<WhyStep> {
    let said = clause(world, entry)?;
    let text = match &said.actor {
        Some(actor) => vec![
            Span::new(Emphasis::Actor, actor.clone()),
            Span::new(Emphasis::Plain, format!(" {}", said.deed())),
        ],
        None => vec![Span::new(Emphasis::Plain, said.outcome)],
    };
    Some(WhyStep {
        at: entry.at,
        text,
        guard: Text::default(),
        rule: Text::default(),
        source: Text::default(),
        about: Some(entry.subject),
        entry: Some(entry.seq),
        until: None,
        root: entry.cause.is_none() || entry.verb == Verb::Input || entry.by == Component::Fault,
    })
}

/// Why nothing happens with an object: from what it waits for to the root, nearest first. Empty when nothing holds it.
pub fn why_not(world: &World, id: Id) -> Vec<WhyStep> {
    let mut steps = Vec::new();
    let mut seen = vec![id];
    let mut next = Some(id);
    while let Some(subject) = next.take().filter(|_| steps.len() < LONGEST) {
        let waits = waits(world, subject);
        let Some(last) = waits.last() else {
            // The end of the chain: what it is that the last one waits for.
            if subject != id {
                steps.extend(state(world, subject));
            }
            break;
        };
        steps.extend(waits.iter().map(|wait| held(world, wait)));
        if let Some((volume, node)) = tied(world, last) {
            let text = vec![
                Span::new(Emphasis::Code, name(world, volume)),
                Span::new(Emphasis::Plain, " can be reached from "),
                Span::new(Emphasis::Code, world.store.key(node).name.clone()),
                Span::new(Emphasis::Plain, " only"),
            ];
            if let Some(step) = steps.last_mut() {
                step.text = vec![
                    Span::new(Emphasis::Code, name(world, subject)),
                    Span::new(Emphasis::Plain, " waits for "),
                    Span::new(Emphasis::Code, world.store.key(node).name.clone()),
                ];
            }
            let mut step = plain_step(last.since, volume, text);
            step.root = false;
            steps.push(step);
            steps.extend(machine(world, node, ""));
            break;
        }
        match last.on {
            On::Object(object) => {
                let object = volume_of(world, object);
                if !seen.contains(&object) {
                    seen.push(object);
                    next = Some(object);
                }
            }
            On::Machine(node) => steps.extend(machine(world, node, " and says nothing")),
            On::Until(_) | On::Administrator => {}
        }
    }
    if let Some(last) = steps.last_mut() {
        last.root = true;
    }
    steps
}

/// The volume that ties a Pod without a node to one node, and that node.
fn tied(world: &World, wait: &Waiting) -> Option<(Id, Id)> {
    let object = (wait.by == Component::Scheduler).then(|| world.get(wait.subject))??;
    object.as_pod()?.claim_names().find_map(|claim| {
        let claim = world
            .store
            .find(Kind::PersistentVolumeClaim, &object.meta.namespace, claim)?;
        let volume = &claim.as_claim()?.volume_name;
        let id = world.store.id(Kind::PersistentVolume, "", volume)?;
        let spec = &world.get(id)?.as_volume()?.spec;
        Some((id, crate::model::only_node(world, spec)?))
    })
}

/// Attachments wait as volumes do.
fn volume_of(world: &World, id: Id) -> Id {
    attachment(world, id).map_or(id, |(volume, _)| volume)
}

/// What holds an object, in the order in which the one stands on the other: a kubelet waits for an attachment, which
/// the attach-detach controller holds back.
fn waits(world: &World, id: Id) -> Vec<&Waiting> {
    let rank = |by: Component| match by {
        Component::Kubelet => 0,
        Component::Scheduler => 1,
        Component::StatefulSet
        | Component::ReplicaSet
        | Component::ReplicationController
        | Component::Deployment => 2,
        Component::PersistentVolume => 3,
        Component::AttachDetach => 4,
        _ => 5,
    };
    let mut waits: Vec<&Waiting> = world.waits_about(id).into_list();
    ordinal_api::sorted::sort_by_key(&mut waits, |wait| rank(wait.by));
    waits
}

fn held(world: &World, wait: &Waiting) -> WhyStep {
    let plain = |text: &str| Span::new(Emphasis::Plain, text);
    let code = |id: Id| Span::new(Emphasis::Code, name(world, id));
    let mut text = vec![code(wait.subject)];
    match wait.on {
        On::Object(object) if object == wait.subject => {
            text.extend([
                plain(" is held back by "),
                Span::new(Emphasis::Actor, actor(wait.by)),
            ]);
        }
        On::Object(object) if name(world, object) == name(world, wait.subject) => {
            let kind = world.store.key(object).kind;
            text.push(plain(&format!(" waits for the {kind} of that name")));
        }
        On::Object(object) if *wait.guard == CLAIM_IN_USE => {
            text.extend([plain(" is used by "), code(object)]);
        }
        // The scheduler names the node that came closest; another one would do as well.
        On::Object(object) if is_choice(world, wait, object) => {
            text.push(plain(" fits on no node as things are"));
        }
        On::Object(object) => match holder(world, wait, object) {
            Some(node) => {
                let held = [code(object), plain(" is still attached to "), code(node)];
                text = held.into();
            }
            None => text.extend([plain(" waits for "), code(object)]),
        },
        On::Machine(node) => text.extend([plain(" waits for "), code(node)]),
        On::Until(at) => text.push(plain(&format!(" waits until {}", clock(at)))),
        On::Administrator => text.push(plain(" waits for somebody to act")),
    }
    WhyStep {
        at: wait.since,
        text,
        guard: Text::new_static(wait.guard.name),
        rule: told(world, wait).unwrap_or(Text::new_static(wait.guard.rule)),
        source: Text::new_static(wait.guard.source),
        about: Some(wait.subject),
        entry: None,
        until: wait.until.or(if let On::Until(at) = wait.on {
            Some(at)
        } else {
            None
        }),
        root: false,
    }
}

/// Whether a Pod waits for any node that takes it.
fn is_choice(world: &World, wait: &Waiting, on: Id) -> bool {
    wait.by == Component::Scheduler && world.store.key(on).kind == Kind::Node
}

/// The node that has a volume which another one needs.
fn holder(world: &World, wait: &Waiting, volume: Id) -> Option<Id> {
    let holders = (world.store).linked(Link::AttachmentOfVolume, volume_of(world, volume));
    let is_held = *wait.guard == EXCLUSIVE;
    let (_, holder) = is_held.then_some(holders)?.next()?;
    let node = &holder.as_volume_attachment()?.node_name;
    world.store.id(Kind::Node, "", node)
}

/// What is known of a wait beside its rule: how a container ended that is started again, and every reason that the
/// scheduler names where there are several.
fn told(world: &World, wait: &Waiting) -> Option<Text> {
    let pod = world.get(wait.subject)?.as_pod()?;
    if wait.by == Component::Scheduler {
        let condition = condition::find(&pod.status.conditions, "PodScheduled")?;
        let (reasons, _) = condition.message.split_once(". ")?;
        return reasons.contains(", ").then(|| reasons.into());
    }
    if *wait.guard != RESTART {
        return None;
    }
    let containers = pod
        .status
        .init_containers
        .iter()
        .chain(&pod.status.containers);
    let mut states = containers.flat_map(|c| [Some(&c.state), c.last_state.as_deref()]);
    states.find_map(|state| match state? {
        ContainerState::Terminated { exit_code, .. } => Some(
            format!(
                "its container exited with code {exit_code}; {}",
                wait.guard.rule
            )
            .into(),
        ),
        _ => None,
    })
}

fn plain_step(at: SimTime, about: Id, text: Vec<Span>) -> WhyStep {
    WhyStep {
        at,
        text,
        guard: Text::default(),
        rule: Text::default(),
        source: Text::default(),
        about: Some(about),
        entry: None,
        until: None,
        root: true,
    }
}

/// What is the matter with a machine; `silence` is what follows from it where it is off.
fn machine(world: &World, node: Id, silence: &str) -> Option<WhyStep> {
    let machine = world.machines.get(&node)?;
    let since = clock(machine.since);
    let matter = match (machine.powered, machine.kubelet, machine.linked) {
        (false, ..) => format!(" has had no power since {since}{silence}"),
        (_, false, _) => format!(" has been starting since {since}"),
        (_, _, false) => {
            format!(
                " has been cut off from the network since {since}; what runs there goes on running"
            )
        }
        _ => return None,
    };
    let text = vec![
        Span::new(Emphasis::Code, machine.name.clone()),
        Span::new(Emphasis::Plain, matter),
    ];
    Some(plain_step(machine.since, node, text))
}

/// What an object is at, where nothing more is recorded about it.
fn state(world: &World, id: Id) -> Option<WhyStep> {
    let key = world.store.key(id);
    let words = |matter: String| {
        let text = vec![
            Span::new(Emphasis::Code, name(world, id)),
            Span::new(Emphasis::Plain, matter),
        ];
        plain_step(world.now(), id, text)
    };
    let Some(object) = world.get(id) else {
        return Some(words(format!(" does not exist ({})", key.kind)));
    };
    match key.kind {
        Kind::Node => machine(world, id, ""),
        Kind::Pod => {
            let pod = object.as_pod()?;
            let node = world.store.node_of(pod);
            if let Some(step) = node.and_then(|node| machine(world, node, " and says nothing")) {
                return Some(step);
            }
            let matter = if object.meta.is_deleting() {
                " is being deleted".to_owned()
            } else if pod.is_ready() {
                " is Ready".to_owned()
            } else {
                format!(" is {} and not Ready", pod.status.phase.as_str())
            };
            Some(words(matter))
        }
        Kind::PersistentVolumeClaim => {
            Some(words(format!(" is {}", object.as_claim()?.status.phase)))
        }
        Kind::PersistentVolume => {
            let holder = world.store.linked(Link::AttachmentOfVolume, id).next();
            let attachment = holder.and_then(|(_, o)| o.as_volume_attachment())?;
            let node = attachment.node_name.clone();
            if attachment.attach_error.is_some() {
                let why = " cannot be attached: its storage driver answers with an error";
                return Some(words(why.to_owned()));
            }
            let node_id = world.store.id(Kind::Node, "", &node);
            let silent =
                node_id.and_then(|node| machine(world, node, " and cannot say that it let go"));
            let disk = world.disks.get(&id);
            let there = node_id.is_some_and(|n| disk.is_some_and(|d| d.attached.contains(&n)));
            let how = if there { "" } else { "being " };
            silent.or_else(|| Some(words(format!(" is {how}attached to {node}"))))
        }
        _ => None,
    }
}
