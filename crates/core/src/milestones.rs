//! What happened, in the words in which behaviour of real clusters is recorded: `pod/web-0#1 scheduled node-2`.
//!
//! A milestone is `KIND/NAME#N VERB …`; N counts the lives of the name, NAME is `NAMESPACE/NAME` outside `default`.
//! All slices of a Service speak as one, an Event speaks once. What is not in the vocabulary (containers, machines,
//! kinds that nobody waits for) stays in the [journal](crate::journal) only.

use std::collections::BTreeMap;
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
    attachments: BTreeMap<Id, String>,
    slices: BTreeMap<Id, Slice>,
    /// The words of each Event.
    events: BTreeMap<Id, Text>,
    /// What was said last about the endpoints of each Service.
    said: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Slice {
    service: String,
    /// Whether it is ready, and where it is terminating whether it still serves.
    pods: BTreeMap<Text, (bool, Option<bool>)>,
}

impl Reader {
    /// The milestones of the next entry, in order. Entries must be given in their order, each once.
    pub fn read(&mut self, store: &Store, entry: &Entry) -> Vec<String> {
        let life = self.incarnations.of(entry);
        let key = store.key(entry.subject);
        match key.kind {
            Kind::Event => self.event(entry).into_iter().collect(),
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
            | Kind::ControllerRevision
            | Kind::PodDisruptionBudget => texts(&format!("{key}#{life}"), entry),
            _ => Vec::new(),
        }
    }

    /// A second Event of the same words is a count of the first; one that stands for many is told with each of their words.
    fn event(&mut self, entry: &Entry) -> Option<String> {
        let [Fact::Event(event)] = &entry.facts[..] else {
            return None;
        };
        let before = self.events.insert(entry.subject, event.message.clone());
        let type_ = if event.warning { "Warning" } else { "Normal" };
        (before.as_ref() != Some(&event.message)).then(|| {
            format!(
                "event {type_} {} from {} on {}: {}",
                event.reason, event.component, event.on, event.message
            )
        })
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
                pods: BTreeMap::new(),
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
    let all: BTreeMap<_, _> = slices.iter().flat_map(|s| &s.pods).collect();
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::expect;
    use ordinal_api::{Uid, condition::ConditionStatus};

    use super::*;
    use crate::journal::EventFact;
    use crate::{Component, Config};

    struct Journal {
        world: World,
        begin: usize,
    }

    impl Journal {
        fn new() -> Self {
            let world = World::new(Config::with_nodes(0));
            let begin = world.journal.len();
            Self { world, begin }
        }

        fn entry(
            &mut self,
            at: u64,
            kind: Kind,
            name: &str,
            verb: Verb,
            facts: Vec<Fact>,
        ) -> &mut Self {
            self.world.set_now(SimTime(at));
            let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
            let subject = self.world.intern(kind, namespace, name);
            let uid = Uid(self.world.journal.len() as u128 + 1);
            self.world
                .record(Component::User, subject, uid, verb, facts, None);
            self
        }

        fn lines(&self) -> String {
            let begin = milestones(&World::new(Config::with_nodes(0))).len();
            assert!(self.begin > 0, "a world begins with something");
            lines(&self.world)
                .lines()
                .skip(begin)
                .map(|line| format!("{line}\n"))
                .collect()
        }
    }

    #[test]
    fn facts_are_told_in_the_vocabulary_of_the_recordings() {
        let mut journal = Journal::new();
        let owner = ObjectKey::new(Kind::ReplicaSet, "default", "web");
        let event = EventFact {
            warning: true,
            reason: "FailedCreate".into(),
            component: "replicaset-controller".into(),
            on: owner.clone(),
            message: "Error creating: no".into(),
        };
        let event = Fact::Event(Arc::new(event));
        let available = Fact::Condition {
            type_: "Available".into(),
            status: ConditionStatus::True,
            reason: "MinimumReplicasAvailable".into(),
        };
        journal
            .entry(
                20,
                Kind::Pod,
                "web-0",
                Verb::Create,
                vec![Fact::Created, Fact::Scheduled("node-1".into())],
            )
            .entry(
                20,
                Kind::Event,
                "web-0.1",
                Verb::Create,
                vec![event.clone()],
            )
            .entry(21, Kind::Event, "web-0.1", Verb::Update, vec![event])
            .entry(
                1234,
                Kind::Pod,
                "web-0",
                Verb::Update,
                vec![Fact::Running, Fact::Ready],
            )
            .entry(2000, Kind::Pod, "web-0", Verb::Delete, vec![Fact::Deleted])
            .entry(2010, Kind::Pod, "web-0", Verb::Create, vec![Fact::Created])
            .entry(
                2020,
                Kind::Pod,
                "shop/web-0",
                Verb::Create,
                vec![Fact::Created],
            )
            .entry(
                2030,
                Kind::Pod,
                "web-0",
                Verb::Update,
                vec![Fact::OwnerAdded(owner), Fact::Failed("".into())],
            )
            .entry(
                2040,
                Kind::Deployment,
                "web",
                Verb::Update,
                vec![Fact::Desired(3), available],
            )
            .entry(
                2050,
                Kind::ControllerRevision,
                "web-1",
                Verb::Create,
                vec![Fact::Created, Fact::RevisionNumber(1)],
            )
            .entry(
                2060,
                Kind::ControllerRevision,
                "web-1",
                Verb::Update,
                vec![Fact::RevisionNumber(3)],
            )
            .entry(
                2070,
                Kind::ConfigMap,
                "settings",
                Verb::Create,
                vec![Fact::Created],
            )
            .entry(
                2080,
                Kind::PersistentVolume,
                "pvc-1",
                Verb::Update,
                vec![Fact::VolumePhase(VolumePhase::Bound)],
            );
        expect![[r#"
            0.020	pod/web-0#1 created
            0.020	pod/web-0#1 scheduled node-1
            0.020	event Warning FailedCreate from replicaset-controller on replicaset/web: Error creating: no
            1.234	pod/web-0#1 running
            1.234	pod/web-0#1 ready
            2.000	pod/web-0#1 deleted
            2.010	pod/web-0#2 created
            2.020	pod/shop/web-0#1 created
            2.030	pod/web-0#2 owner-added replicaset/web
            2.030	pod/web-0#2 failed
            2.040	deployment/web#1 desired=3
            2.040	deployment/web#1 condition Available=True MinimumReplicasAvailable
            2.050	controllerrevision/web-1#1 created
            2.060	controllerrevision/web-1#1 revision=3
            2.080	pv/pvc-1#1 bound
        "#]]
        .assert_eq(&journal.lines());
    }

    #[test]
    fn a_volume_attachment_is_named_by_its_volume_and_node_even_when_it_is_gone() {
        let mut journal = Journal::new();
        let of = Fact::AttachmentOf {
            volume: "pvc-1".into(),
            node: "n1".into(),
        };
        journal
            .entry(
                0,
                Kind::VolumeAttachment,
                "csi-77",
                Verb::Create,
                vec![Fact::Created, of],
            )
            .entry(
                5,
                Kind::VolumeAttachment,
                "csi-77",
                Verb::Update,
                vec![Fact::DetachRequested],
            )
            .entry(
                9,
                Kind::VolumeAttachment,
                "csi-77",
                Verb::Delete,
                vec![Fact::Deleted],
            );
        expect![[r#"
            0.000	volumeattachment/pvc-1@n1#1 created
            0.005	volumeattachment/pvc-1@n1#1 detach-requested
            0.009	volumeattachment/pvc-1@n1#1 deleted
        "#]]
        .assert_eq(&journal.lines());
    }

    #[test]
    fn all_slices_of_a_service_speak_as_one_and_only_when_something_differs() {
        let list = |names: &[&str]| names.iter().map(|n| Text::from(*n)).collect::<Vec<_>>();
        let change =
            |ready: &[&str], not_ready: &[&str], terminating: &[(&str, bool)], gone: &[&str]| {
                let endpoints = Endpoints {
                    service: "web".into(),
                    ready: list(ready),
                    not_ready: list(not_ready),
                    terminating: terminating
                        .iter()
                        .map(|(pod, serving)| ((*pod).into(), *serving))
                        .collect(),
                    gone: list(gone),
                };
                vec![Fact::Endpoints(Arc::new(endpoints))]
            };
        let mut journal = Journal::new();
        let slice = Kind::EndpointSlice;
        journal
            .entry(0, slice, "web-a", Verb::Create, change(&[], &[], &[], &[]))
            .entry(
                1,
                slice,
                "web-a",
                Verb::Update,
                change(&["web-1"], &["web-0"], &[], &[]),
            )
            .entry(
                2,
                slice,
                "web-b",
                Verb::Create,
                change(&["web-2"], &[], &[], &[]),
            )
            .entry(
                3,
                slice,
                "web-a",
                Verb::Update,
                change(&["web-1"], &[], &[], &[]),
            )
            .entry(
                4,
                slice,
                "web-a",
                Verb::Update,
                change(
                    &["web-1"],
                    &["web-0"],
                    &[("web-0", true), ("web-1", false)],
                    &[],
                ),
            )
            .entry(
                5,
                slice,
                "web-a",
                Verb::Update,
                change(&[], &[], &[], &["web-0", "web-1"]),
            )
            .entry(6, slice, "web-a", Verb::Delete, vec![Fact::Deleted])
            .entry(7, slice, "web-b", Verb::Delete, vec![Fact::Deleted]);
        expect![[r#"
            0.000	endpointslice/web endpoints ready=[] not-ready=[]
            0.001	endpointslice/web endpoints ready=[web-1] not-ready=[web-0]
            0.002	endpointslice/web endpoints ready=[web-1,web-2] not-ready=[web-0]
            0.004	endpointslice/web endpoints ready=[web-1,web-2] not-ready=[web-0] terminating=[web-0(serving),web-1]
            0.005	endpointslice/web endpoints ready=[web-2] not-ready=[]
            0.007	endpointslice/web deleted
        "#]]
        .assert_eq(&journal.lines());
    }

    #[test]
    fn a_wait_without_a_number_is_met_by_any_life_of_the_name() {
        let cases = [
            ("pod/web-1 ready", "pod/web-1#2 ready", true),
            ("pod/web-1#1 ready", "pod/web-1#2 ready", false),
            ("pod/web-1#2 ready", "pod/web-1#2 ready", true),
            ("pod/web-1 ready", "pod/web-10#1 ready", false),
            (
                "deployment/web condition Progressing=False",
                "deployment/web#1 condition Progressing=False X",
                true,
            ),
            (
                "event Warning",
                "event Warning FailedCreate from x on pod/a: #1",
                true,
            ),
        ];
        for (wanted, milestone, met) in cases {
            assert_eq!(is_met_by(wanted, milestone), met, "{wanted} | {milestone}");
        }
    }
}
