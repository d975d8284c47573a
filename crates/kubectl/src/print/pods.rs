//! Pods: READY, STATUS and RESTARTS. Models `printPod`, 1.37.

use ordinal_api::pod::{ContainerState, ContainerStatus, Pod};
use ordinal_api::{Object, SimTime, condition};
use ordinal_core::World;

use super::human_duration;

pub(super) fn row(world: &World, object: &Object, age: String, wide: bool) -> Vec<String> {
    let Some(pod) = object.as_pod() else {
        return Vec::new();
    };
    let (ready, total, status) = summary(object, pod);
    let mut row = vec![
        object.meta.name.to_string(),
        format!("{ready}/{total}"),
        status,
        restarts(world, pod),
        age,
    ];
    if wide {
        let or_none = |text: &str| {
            if text.is_empty() {
                "<none>".to_owned()
            } else {
                text.to_owned()
            }
        };
        let nominated = &pod.status.nominated_node_name;
        row.extend([
            or_none(&pod.status.pod_ip),
            or_none(&pod.node_name),
            or_none(nominated),
            "<none>".to_owned(),
        ]);
    }
    row
}

/// The word in the column STATUS.
pub fn status(object: &Object) -> String {
    object
        .as_pod()
        .map_or_else(String::new, |pod| summary(object, pod).2)
}

fn ended(state: &ContainerState) -> Option<(i32, &str, SimTime)> {
    match state {
        ContainerState::Terminated {
            exit_code,
            reason,
            finished_at,
            ..
        } => Some((*exit_code, reason, *finished_at)),
        _ => None,
    }
}

fn summary(object: &Object, pod: &Pod) -> (usize, usize, String) {
    let status = &pod.status;
    let sidecars = pod
        .spec
        .init_containers
        .iter()
        .filter(|c| c.is_sidecar())
        .count();
    let total = pod.spec.containers.len() + sidecars;
    let mut reason = if status.reason.is_empty() {
        status.phase.as_str().to_owned()
    } else {
        status.reason.to_string()
    };
    if condition::find(&status.conditions, "PodScheduled")
        .is_some_and(|c| c.reason == "SchedulingGated")
    {
        reason = "SchedulingGated".to_owned();
    }
    let (mut ready, initializing) = init_containers(pod, &mut reason);
    if !initializing || condition::is_true(&status.conditions, "Initialized") {
        let mut running = false;
        for container in status.containers.iter().rev() {
            container_reason(container, &mut reason, &mut ready, &mut running);
        }
        if reason == "Completed" && running {
            reason = if pod.is_ready() {
                "Running"
            } else {
                "NotReady"
            }
            .to_owned();
        }
    }
    if object.meta.is_deleting() {
        if status.reason == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if !status.phase.is_terminal() {
            reason = "Terminating".to_owned();
        }
    }
    (ready, total, reason)
}

/// Walks the init containers. Returns ready sidecars and whether one is still in the way.
fn init_containers(pod: &Pod, reason: &mut String) -> (usize, bool) {
    let total = pod.spec.init_containers.len();
    let mut ready = 0;
    for (index, container) in pod.status.init_containers.iter().enumerate() {
        let sidecar = pod
            .spec
            .init_containers
            .get(index)
            .is_some_and(|c| c.is_sidecar());
        match &container.state {
            ContainerState::Terminated { exit_code: 0, .. } => continue,
            _ if sidecar && container.started => {
                ready += usize::from(container.ready);
                continue;
            }
            ContainerState::Terminated {
                exit_code,
                reason: why,
                ..
            } => {
                *reason = if why.is_empty() {
                    format!("Init:ExitCode:{exit_code}")
                } else {
                    format!("Init:{why}")
                };
            }
            ContainerState::Waiting { reason: why, .. }
                if !why.is_empty() && why != "PodInitializing" =>
            {
                *reason = format!("Init:{why}");
            }
            _ => *reason = format!("Init:{index}/{total}"),
        }
        return (ready, true);
    }
    (ready, false)
}

fn container_reason(
    container: &ContainerStatus,
    reason: &mut String,
    ready: &mut usize,
    running: &mut bool,
) {
    match &container.state {
        ContainerState::Waiting { reason: why, .. } if !why.is_empty() => *reason = why.to_string(),
        ContainerState::Terminated {
            exit_code,
            reason: why,
            ..
        } => {
            *reason = if why.is_empty() {
                format!("ExitCode:{exit_code}")
            } else {
                why.to_string()
            };
        }
        ContainerState::Running { .. } if container.ready => {
            *running = true;
            *ready += 1;
        }
        _ => {}
    }
}

fn restarts(world: &World, pod: &Pod) -> String {
    let initializing = !condition::is_true(&pod.status.conditions, "Initialized")
        && !pod.status.init_containers.is_empty();
    let counted: Vec<&ContainerStatus> = if initializing {
        pod.status.init_containers.iter().collect()
    } else {
        let sidecars = pod
            .status
            .init_containers
            .iter()
            .zip(&pod.spec.init_containers)
            .filter(|(_, c)| c.is_sidecar());
        sidecars
            .map(|(status, _)| status)
            .chain(&pod.status.containers)
            .collect()
    };
    let count: u32 = counted.iter().map(|c| c.restart_count).sum();
    let last = counted
        .iter()
        .filter_map(|c| c.last_state.as_deref())
        .filter_map(ended)
        .map(|(.., at)| at)
        .max();
    match last {
        Some(at) if count > 0 => format!("{count} ({} ago)", human_duration(world.now().since(at))),
        _ => count.to_string(),
    }
}
