//! The end of a Pod on its machine. Models pkg/kubelet/kuberuntime/kuberuntime_container.go (`killContainersWithSyncResult`)
//! and pkg/kubelet/status/status_manager.go (`TerminatePod`), 1.37.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::value::at;
use ordinal_api::{SimDuration, SimTime, Text, Value};

use super::containers::Place;
use super::pod_worker::Worker;
use super::status;
use crate::machine::{LocalContainer, LocalEnd, LocalState, Stage};

/// A container is never given less than this after its preStop hook. Models `minimumGracePeriodInSeconds`.
const LEAST_GRACE: SimDuration = SimDuration::secs(2);
/// SIGKILL
const KILLED: i32 = 137;

const NOT_LOCATED: &str = "The container could not be located when the pod was terminated";
const USED_TO_RUN: &str = "The container could not be located when the pod was deleted.  The container used to be Running";

/// How a container ended that its kubelet no longer finds.
fn unknown_end(started_at: Option<SimTime>, now: SimTime, message: &'static str) -> Arc<LocalEnd> {
    Arc::new(LocalEnd {
        exit_code: KILLED,
        reason: Text::new_static("ContainerStatusUnknown"),
        message: Text::new_static(message),
        started_at,
        finished_at: now,
    })
}

/// How a container ended whose machine lost its power.
pub(super) fn lost_end(since: SimTime, now: SimTime) -> Arc<LocalEnd> {
    unknown_end(Some(since), now, USED_TO_RUN)
}

impl Worker<'_, '_> {
    /// Ends the Pod within its grace. A second call can only shorten it.
    pub(super) fn terminate(&mut self, grace_secs: u64) {
        match self.local.stage {
            Stage::Stopped => {}
            Stage::Stopping { deadline } => {
                let sooner = self.now() + SimDuration::secs(grace_secs);
                if sooner < deadline {
                    self.local.stage = Stage::Stopping { deadline: sooner };
                    for container in self
                        .local
                        .init_containers
                        .iter_mut()
                        .chain(&mut self.local.containers)
                    {
                        if container.stop.is_some() && container.due > sooner {
                            (container.due, container.stop) = (sooner, Some(KILLED));
                        }
                    }
                }
            }
            _ => self.stop_all(grace_secs),
        }
    }

    /// Tells all containers to stop. Nothing is started any more.
    pub(super) fn stop_all(&mut self, grace_secs: u64) {
        let deadline = self.now() + SimDuration::secs(grace_secs);
        self.enter(Stage::Stopping { deadline });
        for place in self.places() {
            let sidecar = matches!(place, Place::Init(_)) && self.spec(place).is_sidecar();
            let running = self.container(place).is_running();
            if running && !sidecar {
                self.stop(place, deadline);
            } else {
                self.container(place).due = SimTime::NEVER;
            }
        }
    }

    /// Tells one container to stop: its preStop hook, SIGTERM, and SIGKILL when the grace is over.
    fn stop(&mut self, place: Place, deadline: SimTime) {
        let name = self.spec(place).name.clone();
        self.event(false, "Killing", format!("Stopping container {name}"));
        let now = self.now();
        let hook = self
            .spec(place)
            .lifecycle
            .as_ref()
            .and_then(|l| l.pre_stop.as_ref());
        let sleep = hook
            .and_then(|hook| at(hook, &["sleep", "seconds"]))
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let sleep = SimDuration::secs(sleep.min(86_400));
        let behaviour = self.behaviour(place);
        let ends = now + sleep + SimDuration::ms(behaviour.stop_ms);
        // A hook that uses up the grace leaves the least there is.
        let killed = if now + sleep >= deadline && sleep > SimDuration::ZERO {
            deadline + LEAST_GRACE
        } else {
            deadline
        };
        // What a stand-in needs for its own calls is no part of the container's time.
        let calls = SimDuration::ms(if self.cx.world.profile().stand_in {
            100
        } else {
            0
        });
        let container = self.container(place);
        let (due, code) = if ends <= killed + calls {
            (ends, behaviour.exit_on_stop)
        } else {
            (killed, KILLED)
        };
        (container.due, container.stop) = (due, Some(code));
    }

    /// Ends what has stopped; sidecars come last, in reverse order. Returns whether all have ended.
    pub(super) fn turn_stopping(&mut self) -> bool {
        let Stage::Stopping { deadline } = self.local.stage else {
            return false;
        };
        let now = self.now();
        for place in self.places() {
            let container = self.container(place);
            if let Some(code) = container
                .stop
                .filter(|_| container.is_running() && container.due <= now)
            {
                self.ended(place, code);
            }
        }
        let running: Vec<Place> = self
            .places()
            .filter(|place| self.container(*place).is_running())
            .into_list();
        if let Some(last) = running.last().copied() {
            if self.container(last).stop.is_none() {
                let least = now + LEAST_GRACE;
                self.stop(last, deadline.max(least));
            }
            return false;
        }
        self.settle_containers();
        self.enter(Stage::Stopped);
        self.local.due = now + SimDuration::ms(self.cx.world.profile().unmount_ms);
        true
    }

    /// Gives every container its last state. What never started counts as failed once the Pod was initialized.
    fn settle_containers(&mut self) {
        let now = self.now();
        let Some(pod) = self.local.seen.as_pod() else {
            return;
        };
        let spec = pod.spec.clone();
        let pairs = || spec.init_containers.iter().zip(&self.local.init_containers);
        let begun = |c: &LocalContainer| c.last.is_some() || c.end().is_some();
        let initialized = pairs().all(|(s, c)| status::init_done(s, c))
            || self.local.containers.iter().any(begun);
        let settle = |container: &mut LocalContainer, may_be_unknown: bool| {
            container.due = SimTime::NEVER;
            let end = match &container.state {
                LocalState::Ended(_) => return,
                LocalState::BackOff { end, .. } => end.clone(),
                _ => match container.last.take() {
                    Some(end) => end,
                    None if may_be_unknown => unknown_end(None, now, NOT_LOCATED),
                    None => return,
                },
            };
            container.state = LocalState::Ended(end);
        };
        for container in &mut self.local.init_containers {
            settle(container, initialized);
        }
        for container in &mut self.local.containers {
            settle(container, initialized);
        }
    }
}
