//! A journal entry as a clause: who did what to what, and what became of it.

mod told;

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::storage::VolumePhase;
use ordinal_api::{Kind, Text};
use ordinal_core::journal::{Entry, Fact, Verb};
use ordinal_core::{Component, World};

use crate::tempo::salience_of;
use told::{command, no_node, told};

use crate::words::{actor, attachment, list, name, short_key};

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
            let node = attachment(world, entry.subject)
                .map(|(_, node)| node)
                .unwrap_or_default();
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
            let node = attachment(world, entry.subject)
                .map(|(_, node)| node)
                .unwrap_or_default();
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

fn changed(world: &World, entry: &Entry, fact: &Fact, kind: Kind, name: &str) -> Option<Clause> {
    let by = || Some(actor(entry.by));
    let happened = |outcome: String| Clause::new(None, "", name, "", outcome);
    Some(match fact {
        Fact::Command(text) => command(text),
        Fact::Refused(text) => happened(format!("the API server refused: {text}")),
        Fact::Scheduled(node) => Clause::new(
            by(),
            "placed",
            name,
            format!(" on {node}"),
            format!("{name} was placed on {node}"),
        ),
        Fact::Running => happened(format!("{name} runs")),
        Fact::Initialized => happened(format!("the init containers of {name} are done")),
        Fact::Ready => happened(format!("{name} became Ready")),
        Fact::NotReady if entry.by == Component::Kubelet => {
            happened(format!("{name} is no longer Ready"))
        }
        Fact::NotReady => Clause::new(
            by(),
            "marked",
            name,
            " as not Ready",
            format!("{name} is no longer Ready"),
        ),
        Fact::Succeeded => happened(format!("{name} has completed")),
        Fact::Failed(reason) if reason.is_empty() => happened(format!("{name} has failed")),
        Fact::Failed(reason) => happened(format!("{name} has failed: {reason}")),
        Fact::DeletionRequested if kind == Kind::Pod => Clause::new(
            by(),
            "asked",
            name,
            " to stop",
            format!("{name} was asked to stop"),
        ),
        Fact::DeletionRequested => {
            let object = format!("{kind} {name}");
            Clause::new(
                by(),
                "asked for the deletion of",
                &object,
                "",
                format!("the deletion of {object} was asked for"),
            )
        }
        Fact::NodeReady => Clause::new(
            by(),
            "marked",
            name,
            " as Ready",
            format!("{name} became Ready"),
        ),
        Fact::NodeNotReady | Fact::NodeUnknown => Clause::new(
            by(),
            "marked",
            name,
            " as NotReady",
            format!("{name} became NotReady"),
        )
        .because("its heartbeats stopped"),
        Fact::Taint { key, effect } => {
            let taint = format!("{}:{}", short_key(key), effect.as_str());
            Clause::new(
                by(),
                "tainted",
                name,
                format!(" with {taint}"),
                format!("{name} got the taint {taint}"),
            )
        }
        Fact::Untaint { key, effect } => {
            let taint = format!("{}:{}", short_key(key), effect.as_str());
            let outcome = format!("{name} lost the taint {taint}");
            Clause::new(
                by(),
                "took the taint",
                &taint,
                format!(" from {name}"),
                outcome,
            )
        }
        Fact::Cordoned(true) => {
            Clause::new(by(), "cordoned", name, "", format!("{name} was cordoned"))
        }
        Fact::Cordoned(false) => Clause::new(
            by(),
            "uncordoned",
            name,
            "",
            format!("{name} was uncordoned"),
        ),
        Fact::ClaimBound(_) => Clause::new(
            by(),
            "bound",
            name,
            " to its volume",
            format!("{name} is Bound"),
        ),
        Fact::ClaimLost => happened(format!("{name} has lost its volume")),
        Fact::VolumePhase(VolumePhase::Released) => happened(format!(
            "the volume of {name} is Released: it keeps its data"
        )),
        Fact::VolumePhase(phase) => happened(format!("the volume of {name} is {phase}")),
        Fact::Attached => {
            let node = attachment(world, entry.subject)
                .map(|(_, node)| node)
                .unwrap_or_default();
            happened(format!("{name} is attached to {node}"))
        }
        Fact::VolumeAttached { node } => Clause::new(
            by(),
            "attached",
            name,
            format!(" to {node}"),
            format!("{name} is attached to {node}"),
        ),
        Fact::DetachRequested => {
            let node = attachment(world, entry.subject)
                .map(|(_, node)| node)
                .unwrap_or_default();
            let outcome = format!("{name} is to be detached from {node}");
            Clause::new(
                by(),
                "asked for",
                name,
                format!(" to be detached from {node}"),
                outcome,
            )
        }
        Fact::VolumeDetached { node, forced } => {
            let how = if *forced { " by force" } else { "" };
            let outcome = format!("{name} was detached from {node}{how}");
            Clause::new(
                by(),
                "detached",
                name,
                format!(" from {node}{how}"),
                outcome,
            )
        }
        Fact::AttachError(_) => happened(format!("{name} could not be attached"))
            .because("its storage driver answered with an error"),
        Fact::VolumeMounted { node, pod } => {
            let rest = format!(" into {pod} on {node}");
            Clause::new(
                by(),
                "mounted",
                name,
                rest,
                format!("{name} is mounted into {pod}"),
            )
        }
        Fact::VolumeUnmounted { node, pod } => {
            let rest = format!(" from {pod} on {node}");
            Clause::new(
                by(),
                "unmounted",
                name,
                rest,
                format!("{name} is no longer mounted into {pod}"),
            )
        }
        Fact::SecondWriter { pod, node } => happened(format!(
            "{pod} on {node} writes to {name} while another Pod still does: two writers, one disk"
        )),
        Fact::ContainerWaiting { reason, .. } => happened(format!("{name} is in {reason}")),
        Fact::ContainerStopped { exit_code: 0, .. } => {
            happened(format!("a container of {name} ended"))
        }
        Fact::ContainerStopped { exit_code, .. } => happened(format!(
            "a container of {name} ended with exit code {exit_code}"
        )),
        Fact::Restarted { count, .. } => Clause::new(
            by(),
            "restarted",
            name,
            format!(", restart {count}"),
            format!("{name} was restarted"),
        ),
        Fact::PowerOff => happened(format!("{name} lost its power")),
        Fact::PowerOn => happened(format!("{name} has power again")),
        Fact::KubeletStarted => happened(format!("the kubelet of {name} started")),
        Fact::LinkCut => happened(format!("{name} was cut off from the network")),
        Fact::LinkHealed => happened(format!("{name} is back on the network")),
        Fact::Endpoints(change) => {
            let service = &change.service;
            let names = |pods: &[Text]| list(pods, pods.len());
            let no_more = if change.gone.is_empty() {
                &change.not_ready
            } else {
                &change.gone
            };
            happened(match (change.ready.is_empty(), no_more.is_empty()) {
                (false, _) => format!(
                    "the Service {service} answers with {} from now on",
                    names(&change.ready)
                ),
                (_, false) => format!(
                    "the Service {service} no longer answers with {}",
                    names(no_more)
                ),
                _ => format!("the Service {service} lists a Pod as terminating"),
            })
        }
        Fact::SelectedNode(node) => {
            let outcome = format!("{node} was chosen for {name}");
            Clause::new(by(), "chose a node for", name, format!(": {node}"), outcome)
        }
        Fact::Desired(count) => {
            let object = format!("{kind} {name}");
            Clause::new(
                by(),
                "scaled",
                &object,
                format!(" to {count}"),
                format!("{object} was scaled to {count}"),
            )
        }
        Fact::Condition {
            type_,
            status: ConditionStatus::False,
            ..
        } if type_ == "PodScheduled" => {
            let pod = world.get(entry.subject).and_then(|o| o.as_pod());
            let condition = pod.and_then(|p| condition::find(&p.status.conditions, "PodScheduled"));
            let message = condition.map(|c| c.message.as_str()).unwrap_or_default();
            no_node(actor(entry.by), name, message)
        }
        Fact::Event(event) => told(world, event),
        _ => return None,
    })
}
