//! What happened, in the words in which behaviour of real clusters is recorded: `pod/web-0#1 scheduled node-2`.
//!
//! A milestone is `KIND/NAME#N VERB …`; N counts the lives of the name, NAME is `NAMESPACE/NAME` outside `default`.
//! All slices of a Service speak as one, an Event speaks once. What is not in the vocabulary (containers, machines,
//! kinds that nobody waits for) stays in the [journal](crate::journal) only.

#[cfg(test)]
mod tests;

use ordinal_api::sorted::SortedMap;
use std::fmt::Write;

use ordinal_api::storage::VolumePhase;
use ordinal_api::{Kind, ObjectKey, SimTime, Text};

use crate::journal::{Endpoints, Entry, Fact, Incarnations, Verb};
use crate::{Id, Store, World};

/// One milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// When.
    pub at: SimTime,
    /// Number of the journal entry behind it.
    pub seq: u64,
    /// Its text.
    pub text: String,
}

/// All milestones of a world's journal.
pub fn milestones(world: &World) -> Vec<Milestone> {
    let mut reader = Reader::default();
    let entries = world.journal.iter();
    let texts = entries.flat_map(|entry| {
        let milestone = |text| Milestone {
            at: entry.at,
            seq: entry.seq,
            text,
        };
        reader
            .read(&world.store, entry)
            .into_iter()
            .map(milestone)
            .collect::<Vec<_>>()
    });
    texts.collect()
}

/// The same as lines: seconds with three decimals, a tab, the text.
pub fn lines(world: &World) -> String {
    let mut out = String::new();
    for Milestone { at, text, .. } in milestones(world) {
        let _ = writeln!(
            out,
            "{}.{:03}\t{text}",
            at.as_ms() / 1000,
            at.as_ms() % 1000
        );
    }
    out
}

/// Whether a milestone is the one that is waited for: it begins so, and without `#N` in `wanted` any life of the name will do.
pub fn is_met_by(wanted: &str, milestone: &str) -> bool {
    let subject = |text: &str| text.split(' ').next().unwrap_or_default().len();
    let (name, rest) = milestone.split_at(subject(milestone));
    if wanted[..subject(wanted)].contains('#') {
        return milestone.starts_with(wanted);
    }
    match name.split_once('#') {
        Some((name, _)) => format!("{name}{rest}").starts_with(wanted),
        None => milestone.starts_with(wanted),
    }
}

/// Reads a journal from its beginning, entry by entry.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    incarnations: Incarnations,
    attachments: SortedMap<Id, String>,
    slices: SortedMap<Id, Slice>,
    /// The words of each Event.
    events: SortedMap<Id, Text>,
    /// What they told, and in which life of their object.
    told: SortedMap<String, u32>,
    /// What was said last about the endpoints of each Service.
    said: SortedMap<String, String>,
}

#[derive(Clone, Debug)]
struct Slice {
    service: String,
    /// Whether it is ready, and where it is terminating whether it still serves.
    pods: SortedMap<Text, (bool, Option<bool>)>,
}

impl Reader {
    /// The milestones of the next entry, in order. Entries must be given in their order, each once.
    pub fn read(&mut self, store: &Store, entry: &Entry) -> Vec<String> {
        let life = self.incarnations.of(entry);
        let key = store.key(entry.subject);
        match key.kind {
            Kind::Event => self.event(store, entry).into_iter().collect(),
            Kind::EndpointSlice => self.endpoints(key, entry).into_iter().collect(),
            Kind::VolumeAttachment => {
                for fact in &entry.facts {
                    if let Fact::AttachmentOf { volume, node } = fact {
                        self.attachments
                            .insert(entry.subject, format!("volumeattachment/{volume}@{node}"));
                    }
                }
                let subject = self
                    .attachments
                    .get(&entry.subject)
                    .cloned()
                    .unwrap_or_else(|| key.to_string());
                texts(&format!("{subject}#{life}"), entry)
            }
            Kind::Pod
            | Kind::Node
            | Kind::Namespace
            | Kind::Service
            | Kind::PersistentVolumeClaim
            | Kind::PersistentVolume
            | Kind::StatefulSet
            | Kind::Deployment
            | Kind::ReplicaSet
            | Kind::ReplicationController
            | Kind::ControllerRevision
            | Kind::PodDisruptionBudget => texts(&format!("{key}#{life}"), entry),
            _ => Vec::new(),
        }
    }

    /// A second Event of the same words is a count of the first, within one life of its object also where it is one of its
    /// own; one that stands for many is told with each of their words.
    fn event(&mut self, store: &Store, entry: &Entry) -> Option<String> {
        let [Fact::Event(event)] = &entry.facts[..] else {
            return None;
        };
        let before = self.events.insert(entry.subject, event.message.clone());
        if before.as_ref() == Some(&event.message) {
            return None;
        }
        let (type_, about) = (event.type_.as_str(), &event.involved);
        let text = format!(
            "event {type_} {} from {} on {about}: {}",
            event.reason, event.component, event.message
        );
        let about = store.id(about.kind, &about.namespace, &about.name);
        let life = about.map_or(0, |id| self.incarnations.present(id));
        (self.told.insert(text.clone(), life) != Some(life)).then_some(text)
    }

    fn endpoints(&mut self, key: &ObjectKey, entry: &Entry) -> Option<String> {
        let service = if entry.verb == Verb::Delete {
            self.slices.remove(&entry.subject)?.service
        } else {
            let change = entry.facts.iter().find_map(|fact| match fact {
                Fact::Endpoints(change) => Some(change),
                _ => None,
            })?;
            let named =
                ObjectKey::new(Kind::EndpointSlice, &key.namespace, &change.service).to_string();
            let slice = Slice {
                service: named,
                pods: SortedMap::new(),
            };
            let slice = self.slices.entry(entry.subject).or_insert(slice);
            slice.apply(change);
            slice.service.clone()
        };
        let slices: Vec<&Slice> = self
            .slices
            .values()
            .filter(|s| s.service == service)
            .collect();
        if slices.is_empty() {
            self.said.remove(&service);
            return Some(format!("{service} deleted"));
        }
        let text = describe(&service, &slices);
        let new = self.said.insert(service, text.clone()).as_ref() != Some(&text);
        new.then_some(text)
    }
}

impl Slice {
    fn apply(&mut self, change: &Endpoints) {
        for pod in &change.ready {
            self.pods.insert(pod.clone(), (true, None));
        }
        for pod in &change.not_ready {
            self.pods.insert(pod.clone(), (false, None));
        }
        for (pod, serving) in &change.terminating {
            if let Some(state) = self.pods.get_mut(pod) {
                state.1 = Some(*serving);
            }
        }
        for pod in &change.gone {
            self.pods.remove(pod);
        }
    }
}

/// `endpointslice/web endpoints ready=[web-0] not-ready=[web-1] terminating=[web-1(serving)]`
fn describe(service: &str, slices: &[&Slice]) -> String {
    let all: SortedMap<_, _> = slices.iter().flat_map(|s| &s.pods).collect();
    let with_readiness = |wanted: bool| {
        let names = all
            .iter()
            .filter(|(_, (ready, _))| *ready == wanted)
            .map(|(pod, _)| pod.as_str());
        names.collect::<Vec<_>>().join(",")
    };
    let terminating = all
        .iter()
        .filter_map(|(pod, (_, terminating))| match terminating {
            Some(true) => Some(format!("{pod}(serving)")),
            Some(false) => Some(pod.to_string()),
            None => None,
        });
    let terminating = terminating.collect::<Vec<_>>().join(",");
    let mut text = format!(
        "{service} endpoints ready=[{}] not-ready=[{}]",
        with_readiness(true),
        with_readiness(false)
    );
    if !terminating.is_empty() {
        let _ = write!(text, " terminating=[{terminating}]");
    }
    text
}

fn texts(subject: &str, entry: &Entry) -> Vec<String> {
    let words = entry
        .facts
        .iter()
        .filter_map(|fact| words(fact, entry.verb));
    words.map(|words| format!("{subject} {words}")).collect()
}

/// The words of a fact, if the vocabulary has any.
fn words(fact: &Fact, verb: Verb) -> Option<String> {
    Some(match fact {
        Fact::Created => "created".into(),
        Fact::DeletionRequested => "deletion-requested".into(),
        Fact::Deleted => "deleted".into(),
        Fact::OwnerAdded(owner) => format!("owner-added {owner}"),
        Fact::OwnerRemoved(owner) => format!("owner-removed {owner}"),
        Fact::Scheduled(node) => format!("scheduled {node}"),
        Fact::Initialized => "initialized".into(),
        Fact::Running => "running".into(),
        Fact::Ready | Fact::NodeReady => "ready".into(),
        Fact::NotReady | Fact::NodeNotReady => "not-ready".into(),
        Fact::NodeUnknown => "unknown".into(),
        Fact::Succeeded => "succeeded".into(),
        Fact::Failed(reason) if reason.is_empty() => "failed".into(),
        Fact::Failed(reason) => format!("failed {reason}"),
        Fact::Condition {
            type_,
            status,
            reason,
        } if reason.is_empty() => {
            format!("condition {type_}={}", status.as_str())
        }
        Fact::Condition {
            type_,
            status,
            reason,
        } => format!("condition {type_}={} {reason}", status.as_str()),
        Fact::Taint { key, effect } => format!("taint {key}:{}", effect.as_str()),
        Fact::Untaint { key, effect } => format!("untaint {key}:{}", effect.as_str()),
        Fact::ClaimBound(volume) => format!("bound {volume}"),
        Fact::ClaimLost => "lost".into(),
        Fact::SelectedNode(node) => format!("selected-node {node}"),
        Fact::VolumePhase(VolumePhase::Pending) => return None,
        Fact::VolumePhase(phase) => phase.to_string().to_ascii_lowercase(),
        Fact::Attached => "attached".into(),
        Fact::DetachRequested => "detach-requested".into(),
        Fact::Desired(replicas) => format!("desired={replicas}"),
        Fact::Count { field, value } => format!("status {field}={value}"),
        Fact::Revision { field, name } => format!("status {field}={name}"),
        // A revision is born with its number; only a change of it is told.
        Fact::RevisionNumber(number) if verb != Verb::Create => format!("revision={number}"),
        Fact::NamespaceTerminating => "phase Terminating".into(),
        _ => return None,
    })
}
