//! A journal entry as a clause: who did what to what, and what became of it.

mod changed;
mod told;

use ordinal_api::{Kind, Text};
use ordinal_core::journal::{Entry, Fact, Verb};
use ordinal_core::{Component, World};

use crate::tempo::salience_of;
use crate::words::{actor, attachment, name};
use changed::changed;
use told::told;

/// A journal entry as a clause: `statefulset-controller` + `created ` + `web-2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Who acted; `None` where it happened by itself, and then only [`Clause::outcome`] is a sentence.
    pub actor: Option<Text>,
    /// What was done, with a space at its end.
    pub verb: String,
    /// To what.
    pub object: String,
    /// The rest, with a space at its beginning.
    pub rest: String,
    /// The same as what became of it: `web-2 was created`.
    pub outcome: String,
    /// Why, where the entry names no cause.
    pub reason: Option<String>,
}

impl Clause {
    /// What was done, in words after the actor.
    pub fn deed(&self) -> String {
        format!("{}{}{}", self.verb, self.object, self.rest)
    }

    /// The whole clause.
    pub fn sentence(&self) -> String {
        match &self.actor {
            Some(actor) => format!("{actor} {}", self.deed()),
            None => self.outcome.clone(),
        }
    }

    fn new(
        actor: Option<Text>,
        verb: &str,
        object: &str,
        rest: impl Into<String>,
        outcome: impl Into<String>,
    ) -> Self {
        let (verb, object) = (format!("{verb} "), object.to_owned());
        Self {
            actor,
            verb,
            object,
            rest: rest.into(),
            outcome: outcome.into(),
            reason: None,
        }
    }

    fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }
}

/// The fact of an entry that says most, beside that something was created or deleted.
pub fn telling_fact(kind: Kind, entry: &Entry) -> Option<&Fact> {
    let facts = entry
        .facts
        .iter()
        .filter(|fact| !matches!(fact, Fact::Created | Fact::Deleted));
    facts
        .max_by_key(|fact| salience_of(kind, fact))
        .filter(|fact| salience_of(kind, fact) > 0)
}

/// What an entry says, by the fact that says most; `None` for bookkeeping. The world should still have its object.
pub fn clause(world: &World, entry: &Entry) -> Option<Clause> {
    let kind = world.store.key(entry.subject).kind;
    let fact = telling_fact(kind, entry);
    let name = name(world, entry.subject);
    match (entry.verb, fact) {
        (Verb::Create, _) => Some(created(world, entry, kind, &name)),
        (Verb::Delete, _) => Some(deleted(world, entry, kind, &name)),
        (_, Some(fact)) => changed(world, entry, fact, kind, &name),
        (Verb::Input, None) => Some(Clause::new(
            Some(actor(entry.by)),
            "changed",
            "the cluster",
            "",
            "you changed the cluster",
        )),
        _ => None,
    }
}

fn created(world: &World, entry: &Entry, kind: Kind, name: &str) -> Clause {
    let who = Some(actor(entry.by));
    if let Some(Fact::Event(event)) = entry.facts.iter().find(|f| matches!(f, Fact::Event(_))) {
        return told(world, event);
    }
    match kind {
        Kind::VolumeAttachment => {
            let node = node_of_attachment(world, entry);
            let volume = name;
            let outcome = format!("{volume} is wanted on {node}");
            Clause::new(
                who,
                "asked for",
                volume,
                format!(" to be attached to {node}"),
                outcome,
            )
        }
        Kind::PersistentVolume => Clause::new(
            who,
            "made a volume for",
            name,
            "",
            format!("a volume for {name} was made"),
        ),
        Kind::Pod => Clause::new(who, "created", name, "", format!("{name} was created")),
        Kind::Node => Clause::new(None, "", name, "", format!("{name} joined the cluster")),
        _ => Clause::new(
            who,
            "created",
            &format!("{kind} {name}"),
            "",
            format!("{kind} {name} was created"),
        ),
    }
}

fn deleted(world: &World, entry: &Entry, kind: Kind, name: &str) -> Clause {
    let who = Some(actor(entry.by));
    match kind {
        Kind::Pod if entry.by == Component::Kubelet => {
            Clause::new(None, "", name, "", format!("{name} is gone"))
        }
        Kind::Pod => Clause::new(
            who,
            "removed",
            name,
            " from the API",
            format!("{name} was removed from the API"),
        ),
        Kind::VolumeAttachment => {
            let node = node_of_attachment(world, entry);
            let outcome = format!("{name} no longer hangs on {node}");
            Clause::new(None, "", name, "", outcome)
        }
        Kind::Node => Clause::new(
            who,
            "deleted",
            &format!("the Node {name}"),
            "",
            format!("the Node {name} was deleted"),
        ),
        _ => Clause::new(
            who,
            "deleted",
            &format!("{kind} {name}"),
            "",
            format!("{kind} {name} was deleted"),
        ),
    }
}

/// The node that a VolumeAttachment is about.
fn node_of_attachment(world: &World, entry: &Entry) -> Text {
    attachment(world, entry.subject)
        .map(|(_, node)| node)
        .unwrap_or_default()
}
