//! What a kubelet writes about a Pod: pure, from what runs on its machine and what the API says now.
//! Models pkg/kubelet/kubelet_pods.go (`generateAPIPodStatus`, `getPhase`) and pkg/kubelet/status/generate.go, 1.37.

use ordinal_api::condition::{self, Condition, ConditionStatus, Content};
use ordinal_api::list::IntoList;
use ordinal_api::pod::{ContainerState, ContainerStatus, Pod, PodPhase, PodStatus};
use ordinal_api::podspec::{Container, PodSpec, RestartPolicy};
use ordinal_api::{Object, SimTime, Text};

use super::containers;
use crate::machine::{LocalContainer, LocalEnd, LocalPod, LocalState, Stage};

/// Conditions that the kubelet owns, in their order.
const OWNED: [&str; 4] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
];

/// The status of a Pod. `stored` is the object as the API has it, with conditions of others and of before.
pub(super) fn pod_status(
    local: &LocalPod,
    stored: &Object,
    host_ip: &Text,
    now: SimTime,
) -> PodStatus {
    let Some(pod) = stored.as_pod() else {
        return PodStatus::default();
    };
    let (old, spec) = (&*pod.status, &*pod.spec);
    let phase = if old.phase.is_terminal() {
        old.phase
    } else {
        phase(local, spec)
    };
    let init_containers = statuses(
        local,
        &spec.init_containers,
        &local.init_containers,
        pod,
        true,
    );
    let containers = statuses(local, &spec.containers, &local.containers, pod, false);
    let mut status = PodStatus {
        phase,
        observed_generation: old.observed_generation,
        conditions: Vec::with_capacity(old.conditions.len().max(OWNED.len() + 1)),
        reason: old.reason.clone(),
        message: old.message.clone(),
        pod_ip: if local.address.is_empty() {
            old.pod_ip.clone()
        } else {
            local.address.clone()
        },
        host_ip: if host_ip.is_empty() {
            old.host_ip.clone()
        } else {
            host_ip.clone()
        },
        start_time: old.start_time.or(Some(local.first_seen)),
        nominated_node_name: old.nominated_node_name.clone(),
        init_containers,
        containers,
    };
    let others = old.conditions.iter().filter(|c| !is_kubelets(&c.type_));
    status.conditions.extend(others.cloned());
    let sandbox = !matches!(
        local.stage,
        Stage::Volumes | Stage::Mounting | Stage::Sandbox | Stage::Stopped
    );
    let initialized = initialized(local, spec, phase, now);
    let containers_ready = containers_ready(local, spec, phase, now);
    let ready = ready(pod, &containers_ready, now);
    let scheduled = condition::find(&old.conditions, "PodScheduled").cloned();
    let own = [
        Content::new("PodReadyToStartContainers", sandbox, now),
        initialized,
        ready,
        containers_ready,
    ];
    let kept = own.map(|new| match condition::find(&old.conditions, &new.type_) {
        Some(before) => new.after(before),
        None => new.into(),
    });
    status.conditions.extend(kept);
    let scheduled = scheduled.unwrap_or_else(|| Condition::new("PodScheduled", true, now));
    status.conditions.push(scheduled);
    if local.shut_down && local.stage == Stage::Stopped && !old.phase.is_terminal() {
        super::shutdown::tell(&mut status, now);
    }
    status
}

fn is_kubelets(type_: &str) -> bool {
    OWNED.contains(&type_) || type_ == "PodScheduled"
}

/// Whether an init container needs no more.
pub(super) fn init_done(spec: &Container, container: &LocalContainer) -> bool {
    if spec.is_sidecar() {
        return container.started;
    }
    container.end().is_some_and(|end| end.exit_code == 0)
}

/// Models `getPhase`. Once containers were ended for good, one that did not exit 0 makes it Failed.
fn phase(local: &LocalPod, spec: &PodSpec) -> PodPhase {
    let policy = spec.restart_policy;
    let ends = || local.containers.iter().map(LocalContainer::end);
    let all_well = || ends().all(|end| end.is_some_and(|end| end.exit_code == 0));
    if local.stage == Stage::Stopped {
        return if all_well() {
            PodPhase::Succeeded
        } else {
            PodPhase::Failed
        };
    }
    let failed_init = spec
        .init_containers
        .iter()
        .zip(&local.init_containers)
        .any(|(s, c)| {
            !s.is_sidecar()
                && policy == RestartPolicy::Never
                && c.end().is_some_and(|end| end.exit_code != 0)
        });
    if failed_init {
        return PodPhase::Failed;
    }
    let initialized = spec
        .init_containers
        .iter()
        .zip(&local.init_containers)
        .all(|(s, c)| {
            // A sidecar that ended is started again; it has been there.
            init_done(s, c) || s.is_sidecar() && (c.last.is_some() || c.end().is_some())
        });
    let never_started =
        |c: &LocalContainer| !c.is_running() && c.end().is_none() && c.last.is_none();
    if !initialized || local.containers.iter().any(never_started) {
        return PodPhase::Pending;
    }
    let over = |c: &LocalContainer, s: &Container| matches!(&c.state, LocalState::Ended(end) if !containers::restarts(policy, s, end));
    if local.is_running()
        || !local
            .containers
            .iter()
            .zip(&spec.containers)
            .all(|(c, s)| over(c, s))
    {
        return PodPhase::Running;
    }
    if all_well() {
        PodPhase::Succeeded
    } else {
        PodPhase::Failed
    }
}

fn initialized(local: &LocalPod, spec: &PodSpec, phase: PodPhase, now: SimTime) -> Content {
    let pairs = || spec.init_containers.iter().zip(&local.init_containers);
    if phase == PodPhase::Succeeded {
        return Content::new("Initialized", true, now).because("PodCompleted", "");
    }
    // A pod whose containers were started once has been initialized, whatever its sidecars do now.
    let past = matches!(
        local.stage,
        Stage::Running | Stage::Stopping { .. } | Stage::Stopped
    ) && local
        .containers
        .iter()
        .any(|c| c.is_running() || c.end().is_some() || c.last.is_some());
    let incomplete: Vec<&str> = pairs()
        .filter(|(s, c)| !past && !init_done(s, c))
        .map(|(s, _)| s.name.as_str())
        .into_list();
    if incomplete.is_empty() {
        return Content::new("Initialized", true, now);
    }
    let message = format!(
        "containers with incomplete status: [{}]",
        incomplete.join(" ")
    );
    Content::new("Initialized", false, now).because("ContainersNotInitialized", message)
}

fn containers_ready(local: &LocalPod, spec: &PodSpec, phase: PodPhase, now: SimTime) -> Content {
    match phase {
        PodPhase::Succeeded => {
            return Content::new("ContainersReady", false, now).because("PodCompleted", "");
        }
        PodPhase::Failed => {
            return Content::new("ContainersReady", false, now).because("PodFailed", "");
        }
        _ => {}
    }
    let sidecars = spec
        .init_containers
        .iter()
        .zip(&local.init_containers)
        .filter(|(s, _)| s.is_sidecar());
    let unready: Vec<&str> = sidecars
        .chain(spec.containers.iter().zip(&local.containers))
        .filter(|(_, c)| !(c.is_running() && c.ready))
        .map(|(s, _)| s.name.as_str())
        .into_list();
    if unready.is_empty() {
        return Content::new("ContainersReady", true, now);
    }
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    Content::new("ContainersReady", false, now).because("ContainersNotReady", message)
}

/// `Ready`: its containers are, and the conditions that its readiness gates name are True.
fn ready(pod: &Pod, containers_ready: &Content, now: SimTime) -> Content {
    let mut ready = containers_ready.clone();
    ready.type_ = Text::new_static("Ready");
    if containers_ready.status != ConditionStatus::True {
        return ready;
    }
    let closed: Vec<String> = pod
        .spec
        .readiness_gates
        .iter()
        .filter_map(|gate| gate_text(pod, &gate.condition_type))
        .into_list();
    if !closed.is_empty() {
        ready =
            Content::new("Ready", false, now).because("ReadinessGatesNotReady", closed.join(", "));
    }
    ready
}

fn gate_text(pod: &Pod, gate: &str) -> Option<String> {
    match condition::find(&pod.status.conditions, gate) {
        None => Some(format!(
            "corresponding condition of pod readiness gate \"{gate}\" does not exist."
        )),
        Some(c) if c.status != ConditionStatus::True => Some(format!(
            "the status of pod readiness gate \"{gate}\" is not \"True\", but {}",
            c.status.as_str()
        )),
        Some(_) => None,
    }
}

/// The readiness gate that is closed, if one is.
pub(super) fn closed_gate(pod: &Pod) -> bool {
    pod.spec
        .readiness_gates
        .iter()
        .any(|gate| gate_text(pod, &gate.condition_type).is_some())
}

fn statuses(
    local: &LocalPod,
    specs: &[Container],
    containers: &[LocalContainer],
    pod: &Pod,
    init: bool,
) -> Vec<ContainerStatus> {
    let waiting = if pod.spec.init_containers.is_empty() {
        "ContainerCreating"
    } else {
        "PodInitializing"
    };
    let status = |(spec, container): (&Container, &LocalContainer)| {
        let completed = init && !spec.is_sidecar();
        let well = matches!(&container.state, LocalState::Ended(end) if end.exit_code == 0);
        let state = state(local, spec, container, waiting);
        let last = match &container.state {
            LocalState::BackOff { end, .. } => Some(end),
            // The end that is still shown as the present state is not also the one before.
            LocalState::Waiting | LocalState::Pulling { .. } | LocalState::Starting
                if container.failures <= 1 =>
            {
                None
            }
            _ => container.last.as_ref(),
        };
        ContainerStatus {
            name: spec.name.clone(),
            image: spec.image.clone(),
            ready: if completed {
                well
            } else {
                container.is_running() && container.ready
            },
            started: container.is_running() && container.started && !completed,
            restart_count: container.restarts,
            state,
            last_state: last.map(|end| Box::new(terminated(end))),
        }
    };
    specs.iter().zip(containers).map(status).collect()
}

fn state(
    local: &LocalPod,
    spec: &Container,
    container: &LocalContainer,
    waiting: &'static str,
) -> ContainerState {
    let waits = |reason: Text, message: Text| ContainerState::Waiting { reason, message };
    match &container.state {
        LocalState::Running { since } => ContainerState::Running { started_at: *since },
        LocalState::Ended(end) => terminated(end),
        LocalState::Blocked(why) => waits(Text::new_static(why.reason), why.message.clone()),
        LocalState::PullFailed {
            backing_off: false, ..
        } => waits(
            Text::new_static("ErrImagePull"),
            super::images::not_found_text(&spec.image).into(),
        ),
        LocalState::PullFailed { .. } => image_back_off(spec),
        LocalState::Pulling { .. } if container.pull_failures > 0 => image_back_off(spec),
        LocalState::BackOff { .. } => crash_loop(local, spec, container),
        LocalState::Waiting | LocalState::Pulling { .. } | LocalState::Starting => {
            match &container.last {
                Some(_) if container.failures > 1 => crash_loop(local, spec, container),
                Some(end) => terminated(end),
                None => waits(Text::new_static(waiting), Text::default()),
            }
        }
    }
}

fn image_back_off(spec: &Container) -> ContainerState {
    ContainerState::Waiting {
        reason: Text::new_static("ImagePullBackOff"),
        message: format!("Back-off pulling image \"{}\"", spec.image).into(),
    }
}

fn crash_loop(local: &LocalPod, spec: &Container, container: &LocalContainer) -> ContainerState {
    let wait = containers::back_off(container.failures);
    let wait = match (wait.as_secs() / 60, wait.as_secs() % 60) {
        (0, secs) => format!("{secs}s"),
        (minutes, secs) => format!("{minutes}m{secs}s"),
    };
    let pod = full_name(local);
    ContainerState::Waiting {
        reason: Text::new_static("CrashLoopBackOff"),
        message: format!(
            "back-off {wait} restarting failed container={} pod={pod}",
            spec.name
        )
        .into(),
    }
}

/// `web-0_default(uid)`, as the kubelet names a Pod.
pub(super) fn full_name(local: &LocalPod) -> String {
    let meta = &local.seen.meta;
    format!("{}_{}({})", meta.name, meta.namespace, local.uid)
}

fn terminated(end: &LocalEnd) -> ContainerState {
    ContainerState::Terminated {
        exit_code: end.exit_code,
        reason: end.reason.clone(),
        message: end.message.clone(),
        started_at: end.started_at,
        finished_at: end.finished_at,
    }
}
