//! The machines: the truth beside the API. What is really powered, linked, running and mounted.

use std::sync::Arc;

use ordinal_api::{Object, SimTime, Text, Uid};

use crate::Id;
use crate::config::NodeConfig;
use crate::persistent::{Map, Set};

/// One machine. It is named by its Node, but it lives on when the Node object is deleted.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Handle of its Node (of the name, not of one incarnation).
    pub node: Id,
    /// Name of its Node.
    pub name: Text,
    /// What it is made of; its kubelet registers it with that.
    pub hardware: Arc<NodeConfig>,
    /// Whether it has power.
    pub powered: bool,
    /// Whether its kubelet runs: false while it boots.
    pub kubelet: bool,
    /// Whether it reaches the API server and the other machines.
    pub linked: bool,
    /// Which of its Pods are being ended, while it is shut down.
    pub shutdown: Option<Shutdown>,
    /// When power, link or kubelet last changed.
    pub since: SimTime,
    /// Number of its boot, from 1.
    pub boot: u32,
    /// The boot that its Node shows: it differs until the kubelet has told the API server of a new one.
    pub posted_boot: u32,
    /// Offset of its heartbeats within their period, in milliseconds.
    pub heartbeat_phase_ms: u64,
    /// Its last heartbeat before it fell silent; while it is heard, heartbeats are computed, not stored.
    pub last_heartbeat: SimTime,
    /// Number in its Pods' addresses: `10.244.N.x`.
    pub subnet: u32,
    /// Number of the last address that it gave to a Pod; they are given in turn, `.2` to `.254`.
    pub last_address: u32,
    /// Images on its disk.
    pub images: Arc<Vec<Text>>,
    /// Images that are being pulled, with the moment at which each is there.
    pub pulling: Vec<(Text, SimTime)>,
    /// When the pulls asked for so far are done: images are pulled one after the other.
    pub pulls_until: SimTime,
    /// Pods that its kubelet knows, by identity.
    pub pods: Map<Uid, Arc<LocalPod>>,
    /// Volumes (PersistentVolume handles) that are really attached to it.
    pub attached: Set<Id>,
}

impl Machine {
    /// Whether its kubelet runs and reaches the API server.
    pub fn is_heard(&self) -> bool {
        self.powered && self.kubelet && self.linked
    }

    /// Whether containers run on it at all.
    pub fn is_running(&self) -> bool {
        self.powered && self.kubelet
    }

    /// The last heartbeat at or before `now`.
    pub fn heartbeat_before(&self, now: SimTime, period_ms: u64) -> SimTime {
        if !self.is_heard() {
            return self.last_heartbeat;
        }
        let phase = self.heartbeat_phase_ms;
        let beat = SimTime((now.0.saturating_sub(phase)) / period_ms * period_ms + phase);
        if beat > now {
            self.last_heartbeat
        } else {
            beat.max(self.last_heartbeat)
        }
    }
}

/// How far the shutdown of a machine has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// Number of the group of priorities whose Pods are being ended.
    pub group: usize,
    /// Until when it is waited for them.
    pub until: SimTime,
}

/// A Pod as its kubelet knows it: what really runs.
#[derive(Clone, Debug)]
pub struct LocalPod {
    /// Handle of the Pod (of the name, not of one incarnation).
    pub id: Id,
    /// Its identity.
    pub uid: Uid,
    /// The Pod as the kubelet last saw it.
    pub seen: Arc<Object>,
    /// When the kubelet saw it first.
    pub first_seen: SimTime,
    /// How far it has come.
    pub stage: Stage,
    /// When it came to that stage.
    pub since: SimTime,
    /// When the stage itself (not one of the containers) goes on; [`SimTime::NEVER`] while that is not known.
    pub due: SimTime,
    /// Its address; empty until the sandbox is up.
    pub address: Text,
    /// Its init containers, in order.
    pub init_containers: Vec<LocalContainer>,
    /// Its containers, in order.
    pub containers: Vec<LocalContainer>,
    /// PersistentVolumes (handles) that are mounted into it, or being mounted.
    pub mounts: Vec<Id>,
    /// Failed attempts to mount in a row, for their back-off.
    pub mount_failures: u32,
    /// What a fault forces its readiness to; `None` lets the probes decide.
    pub forced_ready: Option<bool>,
    /// Whether it is ended because its machine is shut down.
    pub shut_down: bool,
    /// What its containers wrote beside its disks.
    pub files: Vec<crate::kubelet::files::LocalFile>,
    /// Grows with every step, so that work queued for an earlier step is recognised as stale.
    pub step: u32,
}

/// How far a Pod has come on its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The kubelet has it and waits for its volumes.
    Volumes,
    /// Its volumes are being mounted.
    Mounting,
    /// Its sandbox is being made.
    Sandbox,
    /// Init container number N runs or waits.
    Init(usize),
    /// Its containers run or wait to be started again.
    Running,
    /// Its containers were told to stop; they are killed at the deadline.
    Stopping {
        /// When they are killed.
        deadline: SimTime,
    },
    /// All containers have ended for good; volumes are being unmounted, then the object may go.
    Stopped,
    /// Its machine lost its power and the kubelet has not looked at it again since: nothing of it runs.
    Lost,
}

/// A container as its kubelet knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalContainer {
    /// Its state.
    pub state: LocalState,
    /// How often it was started again.
    pub restarts: u32,
    /// Whether its probes (or their absence) make it ready.
    pub ready: bool,
    /// Whether its startup probe has succeeded, or there is none.
    pub started: bool,
    /// How often it ended in a row; a run of ten minutes begins a new row.
    pub failures: u32,
    /// How often its image could not be pulled, in a row.
    pub pull_failures: u32,
    /// How it ended the last time, once it is being started again.
    pub last: Option<Arc<LocalEnd>>,
    /// When the next thing happens to it; [`SimTime::NEVER`] while nothing is due.
    pub due: SimTime,
    /// The exit code with which it ends when it is due, once it was told to stop.
    pub stop: Option<i32>,
}

/// The state of a container on its machine.
#[derive(Clone, Debug, PartialEq)]
pub enum LocalState {
    /// Not yet created.
    Waiting,
    /// Its image is being pulled.
    Pulling {
        /// Since when it waits for the image.
        since: SimTime,
        /// When its turn came; images are pulled one after the other.
        begun: SimTime,
    },
    /// Its image cannot be pulled; tried again at a moment.
    PullFailed {
        /// When it is tried again.
        retry_at: SimTime,
        /// Whether the back-off has begun (`ImagePullBackOff`) or the failure is fresh (`ErrImagePull`).
        backing_off: bool,
    },
    /// It cannot be created: a ConfigMap or a Secret is missing, or an image that may not be pulled.
    Blocked(Arc<Blocked>),
    /// It is being created and started.
    Starting,
    /// It runs.
    Running {
        /// Since when.
        since: SimTime,
    },
    /// It ended.
    Ended(Arc<LocalEnd>),
    /// It ended and waits for its next start.
    BackOff {
        /// When it is started again.
        until: SimTime,
        /// How it ended.
        end: Arc<LocalEnd>,
    },
}

/// Why a container cannot be created.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocked {
    /// `CreateContainerConfigError`, `ErrImageNeverPull`
    pub reason: &'static str,
    /// The kubelet's message.
    pub message: Text,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalEnd {
    /// Its exit code.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `ContainerStatusUnknown`.
    pub reason: Text,
    /// What the kubelet has to say about it; mostly empty.
    pub message: Text,
    /// When it was started; `None` if it never was.
    pub started_at: Option<SimTime>,
    /// When it ended.
    pub finished_at: SimTime,
}

impl LocalPod {
    /// Whether any of its containers really runs (if its machine does).
    pub fn is_running(&self) -> bool {
        self.all_containers().any(LocalContainer::is_running)
    }

    /// Its init containers, then its containers.
    pub fn all_containers(&self) -> impl Iterator<Item = &LocalContainer> {
        self.init_containers.iter().chain(&self.containers)
    }

    /// Whether all containers have ended for good and its volumes are unmounted.
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Stopped && self.due == SimTime::NEVER && self.mounts.is_empty()
    }
}

impl LocalContainer {
    /// A container that was never created.
    pub const NEW: Self = Self {
        state: LocalState::Waiting,
        restarts: 0,
        ready: false,
        started: false,
        failures: 0,
        pull_failures: 0,
        last: None,
        due: SimTime::NEVER,
        stop: None,
    };

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, LocalState::Running { .. })
    }

    /// How it ended, if it has and waits for nothing or for its next start.
    pub fn end(&self) -> Option<&Arc<LocalEnd>> {
        match &self.state {
            LocalState::Ended(end) | LocalState::BackOff { end, .. } => Some(end),
            _ => None,
        }
    }
}
