//! The beat as a sentence: who did what, because of what, and the rule's name.

use ordinal_api::SimTime;
use ordinal_core::journal::Entry;
use ordinal_core::{Component, Id, World};

use crate::mark::{Emphasis, Span};
use crate::tempo::{Beat, salience, subject};
use crate::words::{Clause, attachment, causes, clause, list, minutes};

/// A sentence in pieces, and the same as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// Its pieces, in reading order; spaces are part of them.
    pub spans: Vec<Span>,
}

impl Caption {
    /// The whole sentence.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    fn push(&mut self, emphasis: Emphasis, text: impl AsRef<str>) {
        self.spans.push(Span::new(emphasis, text.as_ref()));
    }
}

/// The sentence of a beat; `before` is the world before it, whose waits tell which rule has let it happen.
pub fn of_beat(
    world: &World,
    before: Option<&World>,
    beat: &Beat,
    now: SimTime,
) -> Option<Caption> {
    let lead = world.entry(beat.lead?)?;
    let said = clause(world, lead)?;
    let mut caption = Caption::default();
    let alike = alike(world, beat, lead, &said);
    match &said.actor {
        Some(actor) => {
            caption.push(Emphasis::Actor, actor);
            let objects: Vec<&str> = alike.iter().map(|c| c.object.as_str()).collect();
            let object = if alike.len() > 1 {
                list(objects.iter())
            } else {
                said.object.clone()
            };
            let same_rest = alike.iter().all(|c| c.rest == said.rest);
            let rest = if same_rest { said.rest.as_str() } else { "" };
            caption.push(Emphasis::Plain, format!(" {}{object}{rest}", said.verb));
        }
        None => caption.push(Emphasis::Plain, capital(&said.outcome)),
    }
    if let Some(reason) = because(world, lead, &said) {
        caption.push(Emphasis::Plain, ", ");
        caption.push(Emphasis::Because, format!("because {reason}"));
    }
    if let Some(aside) = aside(world, before, lead, now) {
        caption.push(Emphasis::Aside, format!(" ·\u{a0}{aside}"));
    }
    Some(caption)
}

/// What was done in the same way by the same component to things of the same kind in this beat.
fn alike(world: &World, beat: &Beat, lead: &Entry, said: &Clause) -> Vec<Clause> {
    let kind = |entry: &Entry| world.store.key(entry.subject).kind;
    let entries = beat.shown.iter().filter_map(|seq| world.entry(*seq));
    let same = entries.filter(|e| e.by == lead.by && e.verb == lead.verb && kind(e) == kind(lead));
    let clauses = same.filter_map(|e| clause(world, e));
    clauses
        .filter(|c| c.actor == said.actor && c.verb == said.verb)
        .collect()
}

/// Why: what led to it, if that is another thing and worth a word; or what the entry itself knows.
fn because(world: &World, lead: &Entry, said: &Clause) -> Option<String> {
    if said.reason.is_some() {
        return said.reason.clone();
    }
    let outcome = clause(world, cause_of(world, lead, said)?)?.outcome;
    (outcome != said.outcome).then_some(outcome)
}

/// The entry that led to this one, if it is about another thing and worth a word.
pub(crate) fn cause_of<'w>(world: &'w World, lead: &Entry, said: &Clause) -> Option<&'w Entry> {
    let cause = causes(world, lead).find(|cause| {
        salience(world, cause).is_some_and(|s| s.rank > 20) && clause(world, cause).is_some()
    })?;
    let asked = matches!(cause.by, Component::User | Component::Fault);
    // What somebody asked for directly needs no reason; what a container does by itself has none worth telling.
    let by_itself = lead.by == Component::Kubelet && said.actor.is_none() && !asked;
    // A volume and its attachment are one thing; an incarnation and the next one are two.
    let one = cause.subject != lead.subject || cause.uid == lead.uid;
    let same = one && thing(world, cause) == thing(world, lead);
    (!(lead.by == Component::User && asked || by_itself || same)).then_some(cause)
}

/// The rule that held this until now, or the wait that goes on and when it ends.
fn aside(world: &World, before: Option<&World>, lead: &Entry, now: SimTime) -> Option<String> {
    let decides = !matches!(
        lead.by,
        Component::Kubelet
            | Component::Provisioner
            | Component::Attacher
            | Component::PersistentVolume
    );
    if !decides {
        return None;
    }
    let about = [lead.subject, thing(world, lead)];
    let wait = |world: &World| {
        let waits = about
            .into_iter()
            .flat_map(|id| world.waits_about(id).copied().collect::<Vec<_>>());
        waits.into_iter().find(|w| w.by == lead.by)
    };
    match wait(world) {
        Some(wait) => Some(match wait.until {
            Some(until) if until > now => {
                format!("{}, ends in {}", wait.guard.name, minutes(until.since(now)))
            }
            _ => wait.guard.name.to_owned(),
        }),
        None => wait(before?).map(|held| held.guard.name.to_owned()),
    }
}

/// What an entry is about: for an attachment, even one that is gone, its volume.
fn thing(world: &World, entry: &Entry) -> Id {
    match subject(world, entry) {
        same if same == entry.subject => attachment(world, same).map_or(same, |(volume, _)| volume),
        other => other,
    }
}

fn capital(text: &str) -> String {
    let is_name = text.split(' ').next().is_some_and(|word| {
        word.contains(['-', '.', '/']) || word.chars().any(|c| c.is_ascii_digit())
    });
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !is_name => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
