//! The sandbox of a Pod, which comes before its containers. Models pkg/kubelet/kuberuntime/kuberuntime_sandbox.go, 1.37.

use ordinal_api::SimDuration;

use super::containers::Place;
use super::pod_worker::Worker;
use crate::machine::{LocalPod, Stage};

/// What one start takes longer than the one before it, where one process stands in for all kubelets.
const STAND_IN_STEP_MS: u64 = 30;
/// For so long it is busy with the one before.
const STAND_IN_BUSY_MS: u64 = 60;
/// A stand-in posts the address of a Pod whose start takes longer than this…
pub(super) const STAND_IN_SHOWS_MS: u64 = 1500;
/// … so early.
pub(super) const STAND_IN_ADDRESS_MS: u64 = 700;

impl Worker<'_, '_> {
    pub(super) fn begin_sandbox(&mut self) {
        self.enter(Stage::Sandbox);
        let profile = *self.cx.world.profile();
        let takes = match self.local.containers.first() {
            Some(_) if profile.stand_in => {
                let start_ms = self.behaviour(Place::App(0)).start_ms;
                let shown = if start_ms > STAND_IN_SHOWS_MS {
                    STAND_IN_ADDRESS_MS
                } else {
                    start_ms
                };
                shown + self.begun_beside() * STAND_IN_STEP_MS
            }
            _ => profile.sandbox_ms,
        };
        self.local.due = self.now() + SimDuration::ms(takes);
    }

    /// Pods anywhere whose start began just now: one stand-in takes them one after the other.
    fn begun_beside(&self) -> u64 {
        let now = self.now();
        let begun = |local: &LocalPod| {
            let ago = now.since(local.since).as_ms();
            local.stage == Stage::Sandbox && ago < STAND_IN_BUSY_MS && local.uid != self.local.uid
        };
        let machines = self.cx.world.machines.values();
        machines
            .map(|machine| machine.pods.values().filter(|local| begun(local)).count() as u64)
            .sum()
    }
}
