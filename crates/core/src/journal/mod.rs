//! What changed, when, by whom and because of what: one entry a fact-bearing change, in the order of its number.
//!
//! * [`json`]: the journal as JSON lines, and the hash by which two runs are compared
//! * [`Incarnations`]: which life of a name an entry is about

mod facts;
mod incarnations;
pub mod json;

use std::sync::Arc;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::event::Told;
use ordinal_api::node::TaintEffect;
use ordinal_api::storage::VolumePhase;
use ordinal_api::{ObjectKey, SimTime, Text, Uid};

use crate::{Component, Id};

pub use facts::Facts;
pub use incarnations::Incarnations;
pub use json::hash;

/// One change. Its number (`seq`) is its place in the journal, so a cause is found at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// Its number, from 0.
    pub seq: u64,
    /// Who did it.
    pub by: Component,
    /// The object that changed; a machine is named by its Node, a disk by its PersistentVolume.
    pub subject: Id,
    /// Which incarnation of it.
    pub uid: Uid,
    /// In which way.
    pub verb: Verb,
    /// What changed.
    pub facts: Facts,
    /// The number of the entry that led to it; `None` for inputs.
    pub cause: Option<u64>,
}

/// The way of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// An object was created in the API.
    Create,
    /// An object was changed in the API.
    Update,
    /// An object left the API.
    Delete,
    /// Something happened to a machine, a container or a disk; the API may not know.
    Happen,
    /// Somebody outside asked for something or broke something.
    Input,
}

impl Verb {
    /// `create`, `update` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Happen => "happen",
            Self::Input => "input",
        }
    }
}

/// One thing that is different now. Those of the API are found by comparing what was stored with what is.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are named after what Kubernetes calls them"
)]
pub enum Fact {
    // Every object
    Created,
    DeletionRequested,
    Deleted,
    OwnerAdded(ObjectKey),
    OwnerRemoved(ObjectKey),
    /// Something that no other fact names: the part that changed.
    Changed(&'static str),
    // Pod
    Scheduled(Text),
    Initialized,
    Running,
    Ready,
    NotReady,
    Succeeded,
    Failed(Text),
    Address(Text),
    Condition {
        type_: Text,
        status: ConditionStatus,
        reason: Text,
    },
    /// A container's state as the API shows it, such as `CrashLoopBackOff`.
    ContainerWaiting {
        container: Text,
        reason: Text,
    },
    Restarted {
        container: Text,
        count: u32,
    },
    // Node
    NodeReady,
    NodeNotReady,
    NodeUnknown,
    Taint {
        key: Text,
        effect: TaintEffect,
    },
    Untaint {
        key: Text,
        effect: TaintEffect,
    },
    Cordoned(bool),
    // Claims, volumes, attachments
    ClaimBound(Text),
    ClaimLost,
    SelectedNode(Text),
    VolumePhase(VolumePhase),
    Attached,
    DetachRequested,
    AttachError(Text),
    // Workloads
    Desired(u32),
    Count {
        field: &'static str,
        value: u32,
    },
    Revision {
        field: &'static str,
        name: Text,
    },
    RevisionNumber(u64),
    /// A VolumeAttachment was made: for which volume, on which node.
    AttachmentOf {
        volume: Text,
        node: Text,
    },
    // Endpoints of a Service
    Endpoints(Arc<Endpoints>),
    // Events
    Event(Arc<Told>),
    NamespaceTerminating,
    // The machines' truth
    PowerOff,
    PowerOn,
    KubeletStarted,
    LinkCut,
    LinkHealed,
    ContainerStarted {
        container: Text,
        node: Text,
    },
    ContainerStopped {
        container: Text,
        node: Text,
        exit_code: i32,
    },
    VolumeAttached {
        node: Text,
    },
    VolumeDetached {
        node: Text,
        forced: bool,
    },
    VolumeMounted {
        node: Text,
        pod: Text,
    },
    VolumeUnmounted {
        node: Text,
        pod: Text,
    },
    Wrote {
        pod: Text,
        node: Text,
        path: Text,
    },
    /// A second Pod began to write where another still does.
    SecondWriter {
        pod: Text,
        node: Text,
    },
    // Inputs
    Command(Text),
    Refused(Text),
}

/// What changed in one slice of a Service's endpoints, by Pod name; who does not change is not named, so that
/// a large Service costs no more than a small one. [`crate::milestones`] puts all slices of a Service together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// The Service.
    pub service: Text,
    /// Pods that are ready from now on, or are with another address.
    pub ready: Vec<Text>,
    /// Pods that are listed but not ready from now on.
    pub not_ready: Vec<Text>,
    /// Those of the two lists that are terminating, and whether they still serve.
    pub terminating: Vec<(Text, bool)>,
    /// Pods that are listed no more.
    pub gone: Vec<Text>,
    /// Pods that were ready until now and are not, or are listed no more.
    pub lost: Vec<Text>,
}
