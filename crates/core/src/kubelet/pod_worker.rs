//! One Pod on one machine, step by step. Models pkg/kubelet/{kubelet.go,pod_workers.go} (`SyncPod`), 1.37.
//!
//! ```text
//! Volumes ──▶ Mounting ──▶ Sandbox ──▶ Init(0…) ──▶ Running ──▶ Stopping ──▶ Stopped ──▶ gone
//!    ▲                                                 │ power lost
//!    └───────────────────── Lost ◀─────────────────────┘
//! ```
//!
//! A Pod has one piece of work in the queue at a time: for the earliest thing that is due to it or to one of its
//! containers. Each turn does everything that is due, then writes what changed.

use std::sync::Arc;

use ordinal_api::{Object, SimDuration, SimTime, Text, Uid};

use super::{KubeletWork, guards, node_status, status, volumes};
use crate::machine::{LocalContainer, LocalPod, LocalState, Machine, Stage};
use crate::queue::{Due, Work};
use crate::wait::{Guard, On};
use crate::{Cx, Id};

/// A kubelet at work on one of its Pods.
pub(super) struct Worker<'a, 'w> {
    pub(super) cx: &'a mut Cx<'w>,
    pub(super) node: Id,
    /// Name of the node.
    pub(super) name: Text,
    /// Whether the API server hears the kubelet and the kubelet hears it.
    pub(super) heard: bool,
    pub(super) local: LocalPod,
    /// Whether what the API shows may have changed.
    pub(super) dirty: bool,
    /// Why it cannot go on, found in this turn.
    pub(super) held: Option<(On, &'static Guard, Option<SimTime>)>,
}

impl<'a, 'w> Worker<'a, 'w> {
    /// Takes a Pod that the machine has, if its kubelet runs.
    pub(super) fn open(cx: &'a mut Cx<'w>, node: Id, uid: Uid) -> Option<Self> {
        let machine = cx.world.machines.get(&node).filter(|m| m.is_running())?;
        let local = (**machine.pods.get(&uid)?).clone();
        let (name, heard) = (machine.name.clone(), machine.is_heard());
        Some(Self {
            cx,
            node,
            name,
            heard,
            local,
            dirty: false,
            held: None,
        })
    }

    /// Begins with a Pod that was bound to the machine.
    pub(super) fn admit(
        cx: &'a mut Cx<'w>,
        machine: &Machine,
        pod: Id,
        object: &Arc<Object>,
    ) -> Option<Self> {
        let spec = &object.as_pod()?.spec;
        let now = cx.now();
        let local = LocalPod {
            id: pod,
            uid: object.meta.uid,
            seen: object.clone(),
            first_seen: now,
            stage: Stage::Volumes,
            since: now,
            due: SimTime::NEVER,
            address: Text::default(),
            init_containers: vec![LocalContainer::NEW; spec.init_containers.len()],
            containers: vec![LocalContainer::NEW; spec.containers.len()],
            mounts: Vec::new(),
            mount_failures: 0,
            forced_ready: None,
            shut_down: false,
            files: Vec::new(),
            step: 0,
        };
        let (node, name) = (machine.node, machine.name.clone());
        Some(Self {
            cx,
            node,
            name,
            heard: machine.is_heard(),
            local,
            dirty: true,
            held: None,
        })
    }

    pub(super) fn now(&self) -> SimTime {
        self.cx.now()
    }

    pub(super) fn machine(&self) -> &Machine {
        self.cx
            .world
            .machines
            .get(&self.node)
            .expect("a worker's machine is there")
    }

    /// The Pod as the API has it, while it is the same incarnation.
    pub(super) fn stored(&self) -> Option<&Arc<Object>> {
        self.cx
            .world
            .get(self.local.id)
            .filter(|o| o.meta.uid == self.local.uid)
    }

    /// Tells something about the Pod; nobody hears a kubelet that is cut off, or about a Pod that is gone.
    pub(super) fn event(&mut self, warning: bool, reason: &'static str, message: impl Into<Text>) {
        if self.heard && self.stored().is_some() {
            let host = self.name.clone();
            let component = Text::new_static("kubelet");
            self.cx.event_from(
                self.local.id,
                warning,
                reason,
                message.into(),
                component,
                host,
            );
        }
    }

    pub(super) fn enter(&mut self, stage: Stage) {
        self.local.stage = stage;
        self.local.since = self.now();
        self.local.due = SimTime::NEVER;
        self.dirty = true;
    }

    /// Goes on as far as it can at this moment.
    pub(super) fn advance(&mut self) {
        loop {
            let now = self.now();
            match self.local.stage {
                Stage::Volumes => {
                    if !self.heard {
                        // Nothing can be learnt of claims and attachments now; the first word from the API server wakes it.
                        self.local.due = SimTime::NEVER;
                        return;
                    }
                    if !volumes::prepare(self) {
                        return;
                    }
                }
                Stage::Mounting if self.local.due <= now => {
                    volumes::mount(self);
                    self.begin_sandbox();
                }
                Stage::Sandbox if self.local.due <= now => {
                    // A stand-in gives a Pod the address again that it had before a reboot.
                    if self.local.address.is_empty() {
                        self.local.address = node_status::new_address(self);
                    }
                    self.enter_init(0);
                }
                Stage::Init(_) | Stage::Running => {
                    let before = self.local.stage;
                    self.turn_containers();
                    self.leave_if_done();
                    if self.local.stage == before {
                        return;
                    }
                }
                Stage::Stopping { .. } => {
                    if !self.turn_stopping() {
                        return;
                    }
                }
                Stage::Stopped => {
                    if self.local.due <= now {
                        volumes::unmount(self);
                        self.local.due = SimTime::NEVER;
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// Goes to an init container, or past them all.
    pub(super) fn enter_init(&mut self, index: usize) {
        let now = self.now();
        if index < self.local.init_containers.len() {
            self.enter(Stage::Init(index));
            self.local.init_containers[index].due = now;
        } else {
            self.enter(Stage::Running);
            for container in &mut self.local.containers {
                container.due = container.due.min(now);
            }
        }
    }

    /// Ends the turn: writes the status, notes what it waits for, queues the next turn and keeps the Pod.
    pub(super) fn close(mut self) {
        if self.machine().shutdown.is_some() {
            let work = KubeletWork::Shutdown { node: self.node };
            self.cx.after(SimDuration::ZERO, Work::Kubelet(work));
        }
        if self.local.is_finished() && self.finish() {
            return;
        }
        if self.dirty {
            self.write_status();
        }
        let (due, background) = self.next_due();
        self.local.step += 1;
        let waits = self.held.or_else(|| self.waits_for());
        let pod = self.local.id;
        // What is said about the name is about its present incarnation.
        if self.stored().is_some() {
            match waits {
                Some((on, guard, until)) => self.cx.wait(pod, on, guard, until),
                None => self.cx.proceed(pod),
            }
        }
        if due != SimTime::NEVER {
            let work = KubeletWork::Pod {
                node: self.node,
                pod,
                uid: self.local.uid,
                step: self.local.step,
            };
            let cause = self.cx.cause;
            let due = due.max(self.now());
            self.cx.world.parts.queue.push(
                due,
                Due {
                    work: Work::Kubelet(work),
                    cause,
                    background,
                },
            );
        }
        let Self {
            cx, node, local, ..
        } = self;
        cx.machine(node, |machine| {
            machine.pods.insert(local.uid, Arc::new(local));
        });
    }

    /// When something is due next, and whether that is no progress (a retry).
    fn next_due(&self) -> (SimTime, bool) {
        let now = self.now();
        let stage = self.local.due;
        let mut due = stage;
        let retry = self.local.stage == Stage::Volumes;
        let mut foreground = stage != SimTime::NEVER && !retry;
        for (place, container) in self
            .places()
            .zip(self.local.all_containers())
            .filter(|(_, c)| c.due != SimTime::NEVER)
        {
            // What is overdue waits for another container to start; that one's turn wakes it.
            if container.due <= now {
                continue;
            }
            due = due.min(container.due);
            foreground |= match container.state {
                // What ended by a fault goes on when it is started again.
                LocalState::BackOff { .. } => !self.ends_again(place),
                LocalState::PullFailed {
                    backing_off: true, ..
                }
                | LocalState::Blocked(_) => false,
                _ => true,
            };
        }
        (due, !foreground)
    }

    /// What it waits for, in the order in which a Pod comes up.
    fn waits_for(&self) -> Option<(On, &'static Guard, Option<SimTime>)> {
        let timed = |at: SimTime, guard| Some((On::Until(at), guard, Some(at)));
        let pod = self.local.seen.as_pod()?;
        match self.local.stage {
            Stage::Volumes => None,
            Stage::Mounting => timed(self.local.due, &guards::WAIT_FOR_ATTACH_AND_MOUNT),
            Stage::Sandbox => timed(self.local.due, &guards::SANDBOX),
            Stage::Stopping { deadline } => timed(deadline, &guards::GRACE),
            Stage::Stopped if self.local.due != SimTime::NEVER => {
                timed(self.local.due, &guards::UNMOUNT)
            }
            Stage::Stopped | Stage::Lost => None,
            Stage::Init(_) | Stage::Running => {
                let mut all = self.places().zip(self.local.all_containers());
                let found = all.find_map(|(place, c)| self.container_waits_for(place, c));
                let gate = || (On::Administrator, &guards::READINESS_GATE, None);
                found.or_else(|| status::closed_gate(pod).then(gate))
            }
        }
    }
}
