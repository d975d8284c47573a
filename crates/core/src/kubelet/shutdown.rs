//! A machine is shut down while its kubelet holds the shutdown up to end the Pods: first those of low priority, then the critical ones.
//! Models pkg/kubelet/nodeshutdown, 1.37, with `shutdownGracePeriod: 30s` and `shutdownGracePeriodCriticalPods: 10s`; by
//! default both are 0, and a machine that is shut down then simply loses its power.

use ordinal_api::condition::{self, Condition, DISRUPTION_TARGET};
use ordinal_api::list::IntoList;
use ordinal_api::pod::{PodPhase, PodStatus};
use ordinal_api::{SimDuration, SimTime, Text, Uid};
use std::sync::Arc;

use super::pod_worker::Worker;
use super::{KubeletWork, faults, node_status};
use crate::machine::{LocalPod, Machine, Shutdown, Stage};
use crate::queue::Work;
use crate::scheduler::priority_of;
use crate::{Cx, Id, World};

/// From which priority on Pods belong to a group, and for how many seconds it is waited for them.
const GROUPS: [(i32, u64); 2] = [(0, 20), (2_000_000_000, 10)];
/// From the end of the last Pods until the power goes.
const POWER_OFF: SimDuration = SimDuration::secs(1);

const ENDED: &str = "Pod was terminated in response to imminent node shutdown.";
const REJECTED: &str = "Pod was rejected as the node is shutting down.";

/// Begins to shut a machine down.
pub(super) fn begin(cx: &mut Cx<'_>, machine: &Machine, uid: Uid) {
    if !machine.is_running() {
        return faults::power_off(cx, machine, uid);
    }
    if machine.shutdown.is_some() {
        return;
    }
    let (node, until) = (machine.node, cx.now());
    cx.machine(node, |machine| {
        machine.shutdown = Some(Shutdown { group: 0, until });
    });
    if machine.is_heard() && cx.get(node).is_some() {
        cx.event_from(
            node,
            false,
            "Shutdown",
            Text::new_static("Shutdown manager detected shutdown event"),
            Text::new_static("kubelet"),
            machine.name.clone(),
        );
        node_status::post(cx, node);
    }
    end_group(cx, node, 0);
}

/// The group of a Pod. Models `groupByPriority`.
fn group_of(world: &World, local: &LocalPod) -> usize {
    let priority = local.seen.as_pod().map(|pod| priority_of(world, pod));
    let reached = |(least, _): &&(i32, u64)| priority.is_some_and(|priority| priority >= *least);
    GROUPS.iter().filter(reached).count().saturating_sub(1)
}

/// The Pods of a group that are not over yet, by identity.
fn active(world: &World, node: Id, group: usize) -> Vec<Uid> {
    let pods = world.machines.get(&node).map(|m| m.pods.values());
    let over = |local: &LocalPod| local.is_finished() || local.stage == Stage::Lost;
    pods.into_iter()
        .flatten()
        .filter(|local| !over(local) && group_of(world, local) == group)
        .map(|local| local.uid)
        .into_list()
}

/// Ends the Pods of a group, or of the next one that has any; after the last one the power goes.
fn end_group(cx: &mut Cx<'_>, node: Id, first: usize) {
    let found = (first..GROUPS.len()).find(|group| !active(cx.world, node, *group).is_empty());
    let Some(group) = found else {
        let until = cx.now() + POWER_OFF;
        return wait(cx, node, GROUPS.len(), until);
    };
    let secs = GROUPS[group].1;
    for uid in active(cx.world, node, group) {
        let Some(mut worker) = Worker::open(cx, node, uid) else {
            continue;
        };
        let own = worker
            .local
            .seen
            .as_pod()
            .map_or(secs, ordinal_api::pod::Pod::grace_secs);
        worker.local.shut_down = true;
        worker.terminate(own.min(secs));
        worker.advance();
        worker.close();
    }
    let until = cx.now() + SimDuration::secs(secs);
    wait(cx, node, group, until);
}

fn wait(cx: &mut Cx<'_>, node: Id, group: usize, until: SimTime) {
    cx.machine(node, |machine| {
        machine.shutdown = Some(Shutdown { group, until });
    });
    cx.at(until, Work::Kubelet(KubeletWork::Shutdown { node }));
}

/// Goes on to the next group when the Pods of the present one are over or had their time.
pub(super) fn go_on(cx: &mut Cx<'_>, node: Id) {
    let Some(machine) = cx.world.machines.get(&node).cloned() else {
        return;
    };
    let Some(Shutdown { group, until }) = machine.shutdown else {
        return;
    };
    let late = cx.now() >= until;
    if group == GROUPS.len() {
        if late {
            let uid = cx.get(node).map(|o| o.meta.uid).unwrap_or_default();
            faults::power_off(cx, &machine, uid);
        }
    } else if late || active(cx.world, node, group).is_empty() {
        end_group(cx, node, group + 1);
    }
}

fn disrupted(status: &mut PodStatus, now: SimTime) {
    let target =
        Condition::new(DISRUPTION_TARGET, true, now).because("TerminationByKubelet", ENDED);
    condition::set(&mut status.conditions, target);
}

/// What the status of a Pod says that was ended so: one whose containers all exited with 0 has succeeded, and nothing is
/// said of why. Models `killPods`, and `generateAPIPodStatus`, which keeps a reason only with its phase.
pub(super) fn tell(status: &mut PodStatus, now: SimTime) {
    if status.phase == PodPhase::Failed {
        status.reason = Text::new_static("Terminated");
        status.message = Text::new_static(ENDED);
    }
    disrupted(status, now);
}

/// Nothing new is begun on a machine that is being shut down. Models `rejectPod`.
pub(super) fn reject(cx: &mut Cx<'_>, machine: &Machine, pod: Id) {
    const REASON: &str = "NodeShutdown";
    cx.event_from(
        pod,
        true,
        REASON,
        Text::new_static(REJECTED),
        Text::new_static("kubelet"),
        machine.name.clone(),
    );
    let _ = cx.update(pod, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        let status = Arc::make_mut(&mut pod.status);
        status.phase = PodPhase::Failed;
        status.reason = Text::new_static(REASON);
        status.message = format!("Pod was rejected: {REJECTED}").into();
        true
    });
}
