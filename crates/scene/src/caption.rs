//! The beat as a sentence: who did what, because of what, and the rule's name.

use ordinal_api::SimTime;
use ordinal_core::journal::Entry;
use ordinal_core::{Component, World};

use crate::mark::{Emphasis, Span};
use crate::tempo::{Beat, salience};
use crate::words::{Clause, causes, clause, list, minutes};

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
            let object = if alike.len() > 1 {
                list(alike.iter())
            } else {
                said.object.clone()
            };
            let rest = if alike.len() > 1 && !same_rest(world, beat, lead, &said) {
                ""
            } else {
                &said.rest
            };
            caption.push(Emphasis::Plain, format!(" {}{object}{rest}", said.verb));
        }
        None => caption.push(Emphasis::Plain, capital(&said.outcome)),
    }
    if let Some(reason) = because(world, lead, &said) {
        caption.push(Emphasis::Plain, ", ");
        caption.push(Emphasis::Because, format!("because {reason}"));
    }
    if let Some(aside) = aside(world, before, lead, now) {
        caption.push(Emphasis::Aside, format!(" · {aside}"));
    }
    Some(caption)
}

/// What else was done in the same way by the same component in this beat.
fn alike(world: &World, beat: &Beat, lead: &Entry, said: &Clause) -> Vec<String> {
    clauses(world, beat, lead)
        .filter(|c| c.actor == said.actor && c.verb == said.verb)
        .map(|c| c.object)
        .collect()
}

fn same_rest(world: &World, beat: &Beat, lead: &Entry, said: &Clause) -> bool {
    clauses(world, beat, lead)
        .filter(|c| c.actor == said.actor && c.verb == said.verb)
        .all(|c| c.rest == said.rest)
}

fn clauses(world: &World, beat: &Beat, lead: &Entry) -> impl Iterator<Item = Clause> {
    let entries = beat.shown.iter().filter_map(|seq| world.entry(*seq));
    entries
        .filter(move |e| e.by == lead.by && e.verb == lead.verb)
        .filter_map(|e| clause(world, e))
}

/// Why: the nearest cause that a person should see and that is another thing, or what the entry itself knows.
fn because(world: &World, lead: &Entry, said: &Clause) -> Option<String> {
    if said.reason.is_some() {
        return said.reason.clone();
    }
    let cause = causes(world, lead).find(|cause| {
        let other =
            cause.subject != lead.subject || cause.verb == ordinal_core::journal::Verb::Input;
        other
            && salience(world, cause).is_some_and(|s| s.rank > 20)
            && clause(world, cause).is_some()
    })?;
    // What somebody asked for directly needs no reason beside it.
    if lead.by == Component::User && cause.by == Component::User {
        return None;
    }
    let outcome = clause(world, cause)?.outcome;
    (outcome != said.outcome).then_some(outcome)
}

/// The rule that held this until now, or the wait that goes on and when it ends.
fn aside(world: &World, before: Option<&World>, lead: &Entry, now: SimTime) -> Option<String> {
    let goes_on = world.waits_about(lead.subject).find(|w| w.by == lead.by);
    if let Some(wait) = goes_on {
        return Some(match wait.until {
            Some(until) if until > now => {
                format!("{}: in {}", wait.guard.name, minutes(until.since(now)))
            }
            _ => wait.guard.name.to_owned(),
        });
    }
    let held = before?
        .waits_about(lead.subject)
        .find(|w| w.by == lead.by)?;
    Some(held.guard.name.to_owned())
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
