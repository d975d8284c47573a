//! The beat as a sentence: who did what, because of what, and the rule's name.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, SimTime};
use ordinal_core::journal::{Entry, Fact};
use ordinal_core::{Component, Id, World};

use crate::clause::{Clause, clause, telling_fact};
use crate::mark::{Emphasis, Span};
use crate::tempo::{Beat, salience, subject};
use crate::words::{causes, list, minutes};

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
    let teller = Teller { world, before };
    let lead = world.entry(beat.lead?)?;
    let said = teller.clause(lead)?;
    let mut caption = Caption::default();
    if let Some(text) = (beat.frames.start == 0)
        .then(|| applied(world, beat))
        .flatten()
    {
        caption.push(Emphasis::Actor, "You");
        caption.push(Emphasis::Plain, text);
        return Some(caption);
    }
    let mut several = false;
    match &said.actor {
        Some(actor) => {
            caption.push(Emphasis::Actor, actor);
            let (alike, count) = teller.alike(beat, lead);
            several = count > 1;
            let object = match count {
                0 | 1 => said.object.clone(),
                _ => {
                    let mut objects: Vec<&str> = Vec::new();
                    for clause in &alike {
                        if !objects.contains(&clause.object.as_str()) {
                            objects.push(&clause.object);
                        }
                    }
                    let more = count - alike.len();
                    list(&objects, objects.len() + more)
                }
            };
            let same_rest = alike.iter().all(|c| c.rest == said.rest);
            let rest = if same_rest { said.rest.as_str() } else { "" };
            let rest = match several {
                true => rest.replace("its volume", "their volumes"),
                false => rest.to_owned(),
            };
            caption.push(Emphasis::Plain, format!(" {}{object}{rest}", said.verb));
        }
        // Names are written as they are.
        None if !said.object.is_empty() && said.outcome.starts_with(&*said.object) => {
            caption.push(Emphasis::Plain, &said.outcome);
        }
        None => caption.push(Emphasis::Plain, capital(&said.outcome)),
    }
    if let Some(reason) = teller.because(lead, &said) {
        let reason = match reason.strip_prefix("its ").filter(|_| several) {
            Some(rest) => format!("their {rest}"),
            None => reason,
        };
        caption.push(Emphasis::Plain, ", ");
        caption.push(Emphasis::Because, format!("because {reason}"));
    }
    if let Some(aside) = teller.aside(lead, now) {
        caption.push(Emphasis::Aside, format!(" ·\u{a0}{aside}"));
    }
    Some(caption)
}

/// What was applied in the first beat, workloads first, where it is more than one thing.
fn applied(world: &World, beat: &Beat) -> Option<String> {
    let inputs = beat.shown.iter().filter_map(|seq| world.entry(*seq));
    let created = |entry: &'_ std::sync::Arc<Entry>| match entry.facts.first() {
        Some(Fact::Command(text)) => text.strip_prefix("create ").map(str::to_owned),
        _ => None,
    };
    let mut names: Vec<String> = inputs.filter_map(created).into_list();
    let is_set = |name: &String| name.starts_with("StatefulSet ");
    let is_main = |name: &String| is_set(name) || name.starts_with("Deployment ");
    ordinal_api::sorted::sort_by_key(&mut names, |name| (!is_set(name), !is_main(name)));
    let count = names.len();
    if count < 2 {
        return None;
    }
    names.truncate(
        names
            .iter()
            .filter(|name| is_main(name))
            .count()
            .clamp(1, 2),
    );
    let more = count - names.len();
    if more > 0 {
        let s = if more == 1 { "" } else { "s" };
        names.push(format!("{more} more object{s}"));
    }
    Some(format!(" applied {}", list(&names, names.len())))
}

/// Who tells of a beat: the world after it, and the one before it, which still has what is gone since.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'w> {
    pub(crate) world: &'w World,
    pub(crate) before: Option<&'w World>,
}

impl<'w> Teller<'w> {
    /// The world that has the object of an entry.
    fn seen_in(self, entry: &Entry) -> &'w World {
        // Of a Pod the names are enough, and that it went at once only the world after it knows.
        let is_pod = self.world.store.key(entry.subject).kind == Kind::Pod;
        let has = |world: &&World| is_pod || world.get(entry.subject).is_some();
        Some(self.world)
            .filter(has)
            .or(self.before.filter(has))
            .unwrap_or(self.world)
    }

    /// What an entry says; nothing of an attachment that is gone from both worlds, for nobody knows its disk.
    pub(crate) fn clause(self, entry: &Entry) -> Option<Clause> {
        let world = self.seen_in(entry);
        let is_attachment = world.store.key(entry.subject).kind == Kind::VolumeAttachment;
        let known = !is_attachment || world.get(entry.subject).is_some();
        known.then(|| clause(world, entry)).flatten()
    }

    /// What an entry is about: an attachment is a volume, also when it is gone.
    pub(crate) fn thing(self, entry: &Entry) -> Id {
        subject(self.seen_in(entry), entry)
    }

    /// What was done in the same way by the same component to things of the same kind in this beat: the first of them,
    /// and how many they are.
    fn alike(self, beat: &Beat, lead: &Entry) -> (Vec<Clause>, usize) {
        const FIRST: usize = 4;
        let kind = |entry: &Entry| self.world.store.key(entry.subject).kind;
        let fact = |entry: &Entry| telling_fact(kind(entry), entry).map(std::mem::discriminant);
        let entries = beat.shown.iter().filter_map(|seq| self.world.entry(*seq));
        let same =
            entries.filter(|e| (e.by, e.verb) == (lead.by, lead.verb) && kind(e) == kind(lead));
        let verb = self.clause(lead).map(|said| said.verb);
        let said = same
            .filter(|e| fact(e) == fact(lead))
            .filter_map(|e| self.clause(e));
        let mut said = said
            .filter(|said| Some(&said.verb) == verb.as_ref())
            .into_list();
        let count = said.len();
        said.truncate(FIRST);
        (said, count)
    }

    /// Why: what led to it, if that is another thing and worth a word; or what the entry itself knows.
    fn because(self, lead: &Entry, said: &Clause) -> Option<String> {
        if said.reason.is_some() {
            return said.reason.clone();
        }
        let outcome = self.clause(self.cause_of(lead, said)?)?.outcome;
        (outcome != said.outcome).then_some(outcome)
    }

    /// The entry that led to this one, if it is about another thing and worth a word.
    pub(crate) fn cause_of(self, lead: &Entry, said: &Clause) -> Option<&'w Entry> {
        let worth = |entry: &Entry| salience(self.world, entry).is_some_and(|s| s.rank > 20);
        let cause =
            causes(self.world, lead).find(|cause| worth(cause) && self.clause(cause).is_some())?;
        let asked = matches!(cause.by, Component::User | Component::Fault);
        // What somebody asked for directly needs no reason; what a container does by itself has none worth telling.
        let by_itself = lead.by == Component::Kubelet && said.actor.is_none() && !asked;
        // A volume and its attachment are one thing; an incarnation and the next one are two.
        let one = cause.subject != lead.subject || cause.uid == lead.uid;
        let same = one && self.thing(cause) == self.thing(lead);
        (!(lead.by == Component::User && asked || by_itself || same)).then_some(cause)
    }

    /// The rule that held this until now, or the wait that goes on and when it ends.
    fn aside(self, lead: &Entry, now: SimTime) -> Option<String> {
        use Component::{Attacher, Kubelet, PersistentVolume, Provisioner};
        if matches!(lead.by, Kubelet | Provisioner | Attacher | PersistentVolume) {
            return None;
        }
        let about = [lead.subject, self.thing(lead)];
        let wait = |world: &'w World| {
            let mut waits = about.into_iter().flat_map(|id| world.waits_about(id));
            waits.find(|w| w.by == lead.by)
        };
        // Who asks a Pod to stop may wait for its end next; that rule is not why.
        let asks = lead.facts.contains(&Fact::DeletionRequested);
        match wait(self.world).filter(|_| !asks) {
            Some(wait) => Some(match wait.until.filter(|until| *until > now) {
                Some(until) => {
                    format!("{}, ends in {}", wait.guard.name, minutes(until.since(now)))
                }
                None => wait.guard.name.to_owned(),
            }),
            None => wait(self.before?).map(|held| held.guard.name.to_owned()),
        }
    }
}

fn capital(text: &str) -> String {
    let is_name = text.split(' ').next().is_some_and(|word| {
        word.contains(['-', '.', '/']) || word.chars().any(|c| c.is_ascii_digit())
    });
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !is_name => std::iter::once(first.to_ascii_uppercase())
            .chain(chars)
            .collect(),
        _ => text.to_owned(),
    }
}
