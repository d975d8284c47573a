//! Containers: what is due to them, how they end and are started again. Models pkg/kubelet/kuberuntime, 1.37.

use std::sync::Arc;

use ordinal_api::podspec::{Container, RestartPolicy};
use ordinal_api::{SimDuration, SimTime, Text};

use super::behaviour::{self, Behaviour};
use super::pod_worker::Worker;
use super::{guards, probes, status};
use crate::journal::Fact;
use crate::machine::{LocalContainer, LocalEnd, LocalState, Stage};
use crate::wait::{Guard, On};

/// First back-off of a restart or of a pull; doubled each time.
const BACK_OFF: u64 = 10_000;
/// Longest back-off.
const MAX_BACK_OFF: u64 = 300_000;
/// A container that ran so long begins a new row of failures: twice the longest back-off.
const STEADY: SimDuration = SimDuration::secs(600);
/// An end shows as `Error` or `Completed` until the kubelet's next look makes it `CrashLoopBackOff`.
const END_SHOWN: SimDuration = SimDuration::ms(1500);

/// Which container of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Init(usize),
    App(usize),
}

/// Whether a container that ended so is started again.
pub(super) fn restarts(policy: RestartPolicy, spec: &Container, end: &LocalEnd) -> bool {
    match spec.restart_policy.unwrap_or(policy) {
        RestartPolicy::Always => true,
        RestartPolicy::OnFailure => end.exit_code != 0,
        RestartPolicy::Never => false,
    }
}

/// How long a container waits that ended so often in a row: not at all the first time.
pub(super) fn back_off(failures: u32) -> SimDuration {
    if failures <= 1 {
        SimDuration::ZERO
    } else {
        doubled(failures - 2)
    }
}

/// A back-off that was doubled so often.
pub(super) fn doubled(times: u32) -> SimDuration {
    SimDuration::ms((BACK_OFF << times.min(5)).min(MAX_BACK_OFF))
}

impl Worker<'_, '_> {
    pub(super) fn container(&mut self, place: Place) -> &mut LocalContainer {
        match place {
            Place::Init(index) => &mut self.local.init_containers[index],
            Place::App(index) => &mut self.local.containers[index],
        }
    }

    /// Its part of the specification, as the kubelet last saw it.
    pub(super) fn spec(&self, place: Place) -> &Container {
        let spec = &self
            .local
            .seen
            .as_pod()
            .expect("a worker's object is a Pod")
            .spec;
        match place {
            Place::Init(index) => &spec.init_containers[index],
            Place::App(index) => &spec.containers[index],
        }
    }

    fn policy(&self) -> RestartPolicy {
        self.local
            .seen
            .as_pod()
            .map(|pod| pod.spec.restart_policy)
            .unwrap_or_default()
    }

    pub(super) fn behaviour(&self, place: Place) -> Behaviour {
        let spec = self.spec(place);
        let completes = matches!(place, Place::Init(_)) && !spec.is_sidecar();
        behaviour::of(self.cx.world.profile(), &self.local.seen, spec, completes)
    }

    /// Whether a container that is started again ends by itself again.
    pub(super) fn ends_again(&self, place: Place) -> bool {
        self.behaviour(place).exit.is_some()
    }

    /// All places: init containers, then the others.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let (init, app) = (
            self.local.init_containers.len(),
            self.local.containers.len(),
        );
        (0..init).map(Place::Init).chain((0..app).map(Place::App))
    }

    /// Does what is due to the containers.
    pub(super) fn turn_containers(&mut self) {
        loop {
            let now = self.now();
            let mut turned = false;
            for place in self.places() {
                if self.container(place).due <= now {
                    turned |= self.turn(place);
                }
            }
            if !turned {
                return;
            }
        }
    }

    /// Containers are started one after the other: whether one is on its way.
    fn is_starting(&self) -> bool {
        self.local
            .all_containers()
            .any(|c| matches!(c.state, LocalState::Pulling { .. } | LocalState::Starting))
    }

    /// Does what is due to one container; `false` if it has to wait for another.
    fn turn(&mut self, place: Place) -> bool {
        let now = self.now();
        match self.container(place).state.clone() {
            LocalState::Pulling { since, begun } => self.pulled(place, since, begun),
            LocalState::Starting => self.started(place),
            LocalState::PullFailed {
                retry_at,
                backing_off: false,
            } => {
                let image = self.spec(place).image.clone();
                let container = self.container(place);
                container.state = LocalState::PullFailed {
                    retry_at,
                    backing_off: true,
                };
                container.due = retry_at;
                self.dirty = true;
                self.event(
                    false,
                    "BackOff",
                    format!("Back-off pulling image \"{image}\""),
                );
                self.event(true, "Failed", "Error: ImagePullBackOff");
            }
            LocalState::Running { since } => match self.container(place).stop {
                Some(code) => self.ended(place, code),
                None => self.look(place, since),
            },
            LocalState::Ended(end)
                if now < end.finished_at + back_off(self.container(place).failures) =>
            {
                let failures = self.container(place).failures;
                let until = end.finished_at + back_off(failures);
                let container = self.container(place);
                container.due = until;
                container.state = LocalState::BackOff { until, end };
                self.dirty = true;
                let (name, pod) = (
                    self.spec(place).name.clone(),
                    status::full_name(&self.local),
                );
                self.event(
                    true,
                    "BackOff",
                    format!("Back-off restarting failed container {name} in pod {pod}"),
                );
            }
            LocalState::Blocked(ref blocked)
                if blocked.reason == "CreateContainerConfigError" && !self.is_starting() =>
            {
                self.create(place);
            }
            _ if self.is_starting() => return false,
            _ => self.begin(place),
        }
        true
    }

    /// What a running container has come to: started, ready, ended by itself.
    pub(super) fn look(&mut self, place: Place, since: SimTime) {
        let now = self.now();
        let behaviour = self.behaviour(place);
        let exit = behaviour
            .exit
            .map(|(after, code)| (since + SimDuration::ms(after), code));
        if let Some((_, code)) = exit.filter(|(at, _)| *at <= now) {
            self.ended(place, code);
            return;
        }
        let (started_at, ready_at) = probes::moments(self.spec(place), &behaviour, since);
        let forced = self.local.forced_ready;
        let container = self.container(place);
        let (started, ready) = (now >= started_at, forced.unwrap_or(now >= ready_at));
        let future = [Some(started_at), Some(ready_at), exit.map(|(at, _)| at)];
        container.due = future
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
            .unwrap_or(SimTime::NEVER);
        if (container.started, container.ready) != (started, ready) {
            (container.started, container.ready) = (started, ready);
            self.dirty = true;
        }
    }

    /// A container ended. What happens then depends on its restart policy and on how often it ended before.
    pub(super) fn ended(&mut self, place: Place, exit_code: i32) {
        let now = self.now();
        let reason = Text::new_static(if exit_code == 0 { "Completed" } else { "Error" });
        let LocalState::Running { since } = self.container(place).state else {
            return;
        };
        let end = LocalEnd {
            exit_code,
            reason,
            message: Text::default(),
            started_at: Some(since),
            finished_at: now,
        };
        let again = restarts(self.policy(), self.spec(place), &end)
            && !matches!(self.local.stage, Stage::Stopping { .. })
            // An init container that has done its work is not wanted again.
            && !(matches!(place, Place::Init(_)) && !self.spec(place).is_sidecar() && exit_code == 0);
        let container = self.container(place);
        (container.ready, container.started, container.stop) = (false, false, None);
        if again {
            if now.since(since) >= STEADY {
                container.failures = 0;
            }
            container.failures = container.failures.saturating_add(1);
            container.due = if container.failures == 1 {
                now
            } else {
                now + END_SHOWN
            };
        } else {
            container.due = SimTime::NEVER;
        }
        container.state = LocalState::Ended(Arc::new(end));
        let fact = Fact::ContainerStopped {
            container: self.spec(place).name.clone(),
            node: self.name.clone(),
            exit_code,
        };
        self.cx.cause = Some(self.cx.happen(self.local.id, self.local.uid, fact));
        self.dirty = true;
    }

    /// Goes to the next stage when the containers of this one allow it.
    pub(super) fn leave_if_done(&mut self) {
        let Some(pod) = self.local.seen.as_pod() else {
            return;
        };
        let (spec, grace) = (pod.spec.clone(), pod.grace_secs());
        match self.local.stage {
            Stage::Init(index) => {
                let container = &self.local.init_containers[index];
                if status::init_done(&spec.init_containers[index], container) {
                    self.enter_init(index + 1);
                    return;
                }
                let over = matches!(&container.state, LocalState::Ended(end)
                    if !restarts(spec.restart_policy, &spec.init_containers[index], end));
                if over {
                    self.stop_all(grace);
                }
            }
            Stage::Running => {
                let over = |(c, s): (&LocalContainer, &Container)| matches!(&c.state, LocalState::Ended(end) if !restarts(spec.restart_policy, s, end));
                if self.local.containers.iter().zip(&spec.containers).all(over) {
                    self.stop_all(grace);
                }
            }
            _ => {}
        }
    }

    /// What a container waits for before it is ready, or has ended where it is to run to completion.
    pub(super) fn container_waits_for(
        &self,
        place: Place,
        container: &LocalContainer,
    ) -> Option<(On, &'static Guard, Option<SimTime>)> {
        let due = container.due;
        let completes = matches!(place, Place::Init(_)) && !self.spec(place).is_sidecar();
        let timed = |guard| {
            Some((
                On::Until(due),
                guard,
                (due != SimTime::NEVER).then_some(due),
            ))
        };
        match &container.state {
            LocalState::Waiting if due == SimTime::NEVER => None,
            LocalState::Waiting | LocalState::Starting if container.last.is_some() => {
                timed(&guards::RESTART)
            }
            LocalState::Waiting | LocalState::Starting => timed(&guards::START),
            LocalState::Pulling { .. } => timed(&guards::IMAGE_PULL),
            // It is tried again and again, and comes only when somebody sees to it.
            LocalState::PullFailed { .. } => {
                Some((On::Administrator, &guards::IMAGE_BACK_OFF, None))
            }
            LocalState::Blocked(_) => Some((On::Administrator, &guards::CONFIG, None)),
            LocalState::BackOff { .. } if self.ends_again(place) => {
                Some((On::Administrator, &guards::CRASH_LOOP, None))
            }
            LocalState::BackOff { until, .. } => {
                Some((On::Until(*until), &guards::CRASH_LOOP, Some(*until)))
            }
            LocalState::Ended(_) if due == SimTime::NEVER => None,
            LocalState::Ended(end) => {
                let until = end.finished_at + back_off(container.failures);
                Some((On::Until(until), &guards::RESTART, Some(until)))
            }
            LocalState::Running { .. } if completes => timed(&guards::INIT),
            LocalState::Running { .. } if container.ready && container.started => None,
            LocalState::Running { .. } => {
                let guard = if container.started {
                    &guards::READINESS_PROBE
                } else {
                    &guards::STARTUP_PROBE
                };
                match (self.local.forced_ready, due) {
                    (Some(false), _) | (_, SimTime::NEVER) => {
                        Some((On::Administrator, guard, None))
                    }
                    _ => timed(guard),
                }
            }
        }
    }
}
