//! What a person should see: which journal entries begin beats, and which of a beat's entries says most.

use ordinal_api::condition::ConditionStatus;
use ordinal_api::event::EventType;
use ordinal_api::storage::VolumePhase;
use ordinal_api::{Kind, Text};
use ordinal_core::journal::{Entry, Fact, Verb};
use ordinal_core::{Component, Id, World};

/// How much an entry matters to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salience {
    /// The entry of a beat with the highest rank gives its caption.
    pub rank: u8,
    /// Whether somebody decided something, as opposed to carrying it out.
    pub decision: bool,
    /// Whether it always begins a beat: it came from outside.
    pub begins: bool,
}

/// How much an entry matters; `None` for bookkeeping, which joins the beat that it happens in.
pub fn salience(world: &World, entry: &Entry) -> Option<Salience> {
    let kind = world.store.key(entry.subject).kind;
    let rank = match entry.verb {
        Verb::Input => 90,
        Verb::Create => created(kind),
        Verb::Delete => deleted(kind),
        Verb::Update | Verb::Happen => 0,
    };
    let again = entry.verb == Verb::Update && kind == Kind::Event;
    let facts = entry
        .facts
        .iter()
        .filter(|_| !again)
        .map(|fact| fact_rank(kind, fact))
        .max()
        .unwrap_or(0);
    let rank = rank.max(facts);
    let rank = if is_about_nothing_ready(entry) {
        0
    } else {
        rank
    };
    let begins = entry.verb == Verb::Input || entry.by == Component::Fault;
    // What a user asked for says more than the words in which it was asked.
    let rank = if entry.by == Component::User && !begins && rank > 0 {
        rank.max(91)
    } else {
        rank
    };
    (rank > 0).then_some(Salience {
        rank,
        decision: begins || decides(entry.by),
        begins,
    })
}

/// Whether all that changed is how endpoints are listed with which the Service did not answer before either.
fn is_about_nothing_ready(entry: &Entry) -> bool {
    entry.facts.iter().any(|fact| match fact {
        Fact::Endpoints(change) => change.ready.is_empty() && change.lost.is_empty(),
        _ => false,
    })
}

/// The object that an entry is about: an event's is the one that it tells of, an attachment's the volume.
pub fn subject(world: &World, entry: &Entry) -> Id {
    let told = entry.facts.iter().find_map(|fact| match fact {
        Fact::Event(event) => world.store.id(
            event.involved.kind,
            &event.involved.namespace,
            &event.involved.name,
        ),
        Fact::AttachmentOf { volume, .. } => world.store.id(Kind::PersistentVolume, "", volume),
        _ => None,
    });
    let of_attachment = || {
        let attachment = world.get(entry.subject)?.as_volume_attachment()?;
        world
            .store
            .id(Kind::PersistentVolume, "", &attachment.volume)
    };
    told.or_else(of_attachment).unwrap_or(entry.subject)
}

/// Whether a component decides, rather than carries out.
fn decides(by: Component) -> bool {
    !matches!(
        by,
        Component::Kubelet
            | Component::Attacher
            | Component::Provisioner
            | Component::EndpointSlice
            | Component::Protection
            | Component::ServiceLoadBalancer
            | Component::ApiServer
    )
}

fn created(kind: Kind) -> u8 {
    match kind {
        Kind::Pod => 62,
        Kind::VolumeAttachment => 52,
        Kind::StatefulSet | Kind::Deployment => 48,
        Kind::Node => 60,
        Kind::PersistentVolume => 36,
        Kind::PersistentVolumeClaim => 20,
        _ => 0,
    }
}

fn deleted(kind: Kind) -> u8 {
    match kind {
        Kind::Pod | Kind::Node => 62,
        Kind::VolumeAttachment => 52,
        Kind::StatefulSet | Kind::Deployment => 48,
        Kind::PersistentVolume | Kind::PersistentVolumeClaim => 40,
        _ => 0,
    }
}

pub(crate) fn fact_rank(kind: Kind, fact: &Fact) -> u8 {
    match fact {
        Fact::SecondWriter { .. } => 95,
        Fact::PowerOff | Fact::PowerOn | Fact::LinkCut | Fact::LinkHealed => 85,
        Fact::NodeReady | Fact::NodeNotReady | Fact::NodeUnknown => 72,
        Fact::Ready | Fact::NotReady => 66,
        Fact::DeletionRequested => match kind {
            Kind::Pod | Kind::Node => 64,
            Kind::StatefulSet | Kind::Deployment => 48,
            Kind::PersistentVolumeClaim | Kind::PersistentVolume => 30,
            _ => 0,
        },
        Fact::Scheduled(_) | Fact::Taint { .. } | Fact::Untaint { .. } | Fact::Cordoned(_) => 60,
        Fact::Succeeded | Fact::Failed(_) | Fact::ClaimLost | Fact::AttachError(_) => 60,
        Fact::Condition {
            type_,
            status: ConditionStatus::False,
            ..
        } if type_ == "PodScheduled" => 58,
        Fact::Event(event) if event.type_ == EventType::Warning && is_telling(&event.reason) => 56,
        Fact::DetachRequested => 54,
        Fact::Attached => 52,
        Fact::ContainerWaiting { .. } | Fact::Restarted { .. } => 50,
        Fact::KubeletStarted => 50,
        Fact::Running => 46,
        Fact::VolumeAttached { .. } | Fact::VolumeDetached { .. } => 53,
        Fact::ClaimBound(_) => 40,
        Fact::VolumePhase(VolumePhase::Released | VolumePhase::Failed) => 40,
        Fact::VolumeMounted { .. } | Fact::VolumeUnmounted { .. } => 34,
        Fact::ContainerStopped { .. } => 32,
        Fact::Endpoints(_) => 30,
        Fact::Desired(_) => 28,
        Fact::SelectedNode(_) => 26,
        Fact::Command(_) | Fact::Refused(_) => 1,
        _ => 0,
    }
}

fn is_telling(reason: &Text) -> bool {
    matches!(
        reason.as_str(),
        "FailedAttachVolume" | "FailedMount" | "FailedScheduling" | "FailedCreate" | "NodeNotReady"
    )
}
