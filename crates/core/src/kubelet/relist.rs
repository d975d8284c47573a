//! A kubelet comes back: after a power cut, or onto the network. Models pkg/kubelet/kubelet.go (`HandlePodCleanups`) and
//! pkg/kubelet/kuberuntime/kuberuntime_manager.go (`computePodActions`), 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{SimDuration, SimTime, Text};

use super::pod_worker::Worker;
use super::{KubeletWork, containers, node_status};
use crate::journal::Fact;
use crate::machine::{LocalPod, LocalState, Stage};
use crate::queue::Work;
use crate::store::Link;
use crate::{Cx, Id};

/// The machine has booted and its kubelet runs.
pub(super) fn boot(cx: &mut Cx<'_>, node: Id, boot: u32) {
    let now = cx.now();
    let Some(machine) = cx.world.machines.get(&node) else {
        return;
    };
    if machine.boot != boot || !machine.powered || machine.kubelet {
        return;
    }
    cx.machine(node, |machine| {
        machine.kubelet = true;
        machine.since = now;
    });
    let uid = cx.get(node).map(|o| o.meta.uid).unwrap_or_default();
    cx.cause = Some(cx.happen(node, uid, Fact::KubeletStarted));
    heard(cx, node);
}

/// The kubelet reaches the API server: it posts its node's status, pushes what it has to say about its Pods and looks at each.
pub(super) fn heard(cx: &mut Cx<'_>, node: Id) {
    let Some(machine) = super::heard(cx, node) else {
        return;
    };
    node_status::post(cx, node);
    node_status::report_volumes(cx, node);
    let delay = SimDuration::ms(cx.world.profile().kubelet_ms);
    for local in machine.pods.values() {
        let (pod, uid) = (local.id, local.uid);
        let stored = cx.get(pod).filter(|o| o.meta.uid == uid);
        if local.stage != Stage::Lost
            && let Some(mut worker) = Worker::open(cx, node, uid)
        {
            worker.dirty = true;
            worker.advance();
            worker.close();
        }
        if local.stage == Stage::Lost || stored.is_none_or(|o| o.meta.is_deleting()) {
            cx.after(delay, Work::Kubelet(KubeletWork::Update { node, pod, uid }));
        }
    }
    let bound: Vec<_> = cx
        .world
        .store
        .linked(Link::PodOnNode, node)
        .map(|(id, o)| (id, o.meta.uid))
        .into_list();
    for (pod, uid) in bound
        .into_iter()
        .filter(|(_, uid)| !machine.pods.contains_key(uid))
    {
        cx.after(delay, Work::Kubelet(KubeletWork::Update { node, pod, uid }));
    }
}

/// What is left of a Pod when its machine loses its power: nothing runs, nothing is mounted.
pub(super) fn lose(cx: &mut Cx<'_>, node: Id, node_name: &Text, local: &LocalPod) -> LocalPod {
    let now = cx.now();
    let mut lost = local.clone();
    lost.step += 1;
    lost.due = SimTime::NEVER;
    let mut stopped = Vec::new();
    let spec = lost.seen.as_pod().map(|pod| pod.spec.clone());
    let names = spec
        .iter()
        .flat_map(|s| s.init_containers.iter().chain(&s.containers))
        .map(|c| c.name.clone());
    for (container, name) in lost
        .init_containers
        .iter_mut()
        .chain(&mut lost.containers)
        .zip(names)
    {
        container.due = SimTime::NEVER;
        (container.ready, container.started, container.stop) = (false, false, None);
        match container.state.clone() {
            LocalState::Running { since } => {
                let end = super::termination::lost_end(since, now);
                stopped.push((name, end.exit_code));
                container.state = LocalState::Ended(end);
            }
            LocalState::BackOff { end, .. } => container.state = LocalState::Ended(end),
            LocalState::Ended(_) => {}
            _ => {
                container.state = container
                    .last
                    .clone()
                    .map_or(LocalState::Waiting, LocalState::Ended)
            }
        }
    }
    for (container, exit_code) in stopped {
        let fact = Fact::ContainerStopped {
            container,
            node: node_name.clone(),
            exit_code,
        };
        cx.happen(local.id, local.uid, fact);
    }
    let mounts = std::mem::take(&mut lost.mounts);
    super::volumes::unmount_from(
        cx,
        node,
        node_name,
        &local.seen.meta.name,
        local.uid,
        &mounts,
    );
    if lost.stage != Stage::Stopped {
        lost.stage = Stage::Lost;
        lost.since = now;
    }
    lost
}

impl Worker<'_, '_> {
    /// Starts a Pod again whose machine was rebooted: a new sandbox, the same object. All init containers run again.
    pub(super) fn revive(&mut self) {
        let Some(pod) = self.local.seen.as_pod() else {
            return;
        };
        let spec = pod.spec.clone();
        let had_sandbox = !self.local.address.is_empty();
        if !self.cx.world.profile().stand_in {
            self.local.address = Text::default();
        }
        let mut wanted = false;
        for (container, spec_of) in self.local.containers.iter_mut().zip(&spec.containers) {
            match container.state.clone() {
                LocalState::Ended(end)
                    if !containers::restarts(spec.restart_policy, spec_of, &end) => {}
                LocalState::Ended(end) => {
                    container.last = Some(end);
                    container.state = LocalState::Waiting;
                    wanted = true;
                }
                _ => wanted = true,
            }
        }
        if !wanted {
            self.stop_all(0);
            return;
        }
        for container in &mut self.local.init_containers {
            if let LocalState::Ended(end) = container.state.clone() {
                container.last = Some(end);
            }
            container.state = LocalState::Waiting;
        }
        if had_sandbox {
            self.event(
                false,
                "SandboxChanged",
                "Pod sandbox changed, it will be killed and re-created.",
            );
        }
        self.enter(Stage::Volumes);
    }
}
