//! Pods: READY, STATUS and RESTARTS. Models `printPod`, 1.37.

use ordinal_api::Value;

use crate::clock;
use crate::value::{at, flag, has, items, named, number, or_none, text};

/// READY, STATUS and RESTARTS of a Pod.
pub(crate) struct Summary {
    /// Containers that are ready.
    pub(crate) ready: usize,
    /// Containers that count.
    pub(crate) total: usize,
    /// The word in the column STATUS.
    pub(crate) status: String,
    /// Restarts.
    pub(crate) restarts: i64,
    /// When a container ended last before it was restarted; empty for never.
    pub(crate) last: String,
}

pub(super) fn row(now: i64, pod: &Value, name: String, age: String) -> Vec<String> {
    let summary = summary(pod);
    let restarts = if summary.restarts != 0 && !summary.last.is_empty() {
        format!(
            "{} ({} ago)",
            summary.restarts,
            clock::age(now, &summary.last)
        )
    } else {
        summary.restarts.to_string()
    };
    let gates = items(pod, "spec.readinessGates");
    let conditions = items(pod, "status.conditions");
    let open = gates.iter().filter(|gate| {
        text(
            named(conditions, "type", text(gate, "conditionType")),
            "status",
        ) == "True"
    });
    let gates_text = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        format!("{}/{}", open.count(), gates.len())
    };
    let ip = items(pod, "status.podIPs")
        .first()
        .map_or_else(|| text(pod, "status.podIP"), |ip| text(ip, "ip"));
    vec![
        name,
        format!("{}/{}", summary.ready, summary.total),
        summary.status,
        restarts,
        age,
        or_none(ip),
        or_none(text(pod, "spec.nodeName")),
        or_none(text(pod, "status.nominatedNodeName")),
        gates_text,
    ]
}

fn ended(state: &Value, prefix: &str) -> String {
    let terminated = at(state, "terminated");
    match (text(terminated, "reason"), number(terminated, "signal")) {
        ("", 0) => format!("{prefix}ExitCode:{}", number(terminated, "exitCode")),
        ("", signal) => format!("{prefix}Signal:{signal}"),
        (reason, _) => format!("{prefix}{reason}"),
    }
}

/// The later of two moments in the API's form.
fn latest(last: &mut String, status: &Value) {
    let ended = text(status, "lastState.terminated.finishedAt");
    if clock::parse_ms(ended) > clock::parse_ms(last) {
        ended.clone_into(last);
    }
}

/// What the columns of a Pod say.
pub(crate) fn summary(pod: &Value) -> Summary {
    let conditions = items(pod, "status.conditions");
    let phase = text(pod, "status.phase");
    let pod_reason = text(pod, "status.reason");
    let mut reason = if pod_reason.is_empty() {
        phase.to_owned()
    } else {
        pod_reason.to_owned()
    };
    if text(named(conditions, "type", "PodScheduled"), "reason") == "SchedulingGated" {
        reason = "SchedulingGated".to_owned();
    }
    let inits = items(pod, "spec.initContainers");
    let is_sidecar = |container: &Value| text(container, "restartPolicy") == "Always";
    let sidecars = inits.iter().filter(|c| is_sidecar(c)).count();
    let total = items(pod, "spec.containers").len() + sidecars;
    let (mut ready, mut restarts, mut last) = (0, 0, String::new());
    let (mut sidecar_restarts, mut sidecar_last) = (0, String::new());
    let mut initializing = false;
    for (index, status) in items(pod, "status.initContainerStatuses")
        .iter()
        .enumerate()
    {
        restarts += number(status, "restartCount");
        latest(&mut last, status);
        let sidecar = is_sidecar(named(inits, "name", text(status, "name")));
        if sidecar {
            sidecar_restarts += number(status, "restartCount");
            latest(&mut sidecar_last, status);
        }
        let state = at(status, "state");
        if has(state, "terminated") && number(state, "terminated.exitCode") == 0 {
            continue;
        }
        if sidecar && flag(status, "started") {
            ready += usize::from(flag(status, "ready"));
            continue;
        }
        let waiting = text(state, "waiting.reason");
        reason = if has(state, "terminated") {
            ended(state, "Init:")
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{}", inits.len())
        };
        initializing = true;
        break;
    }
    let is_true = |type_: &str| text(named(conditions, "type", type_), "status") == "True";
    if !initializing || is_true("Initialized") {
        (restarts, last) = (sidecar_restarts, sidecar_last);
        let mut running = false;
        for status in items(pod, "status.containerStatuses").iter().rev() {
            restarts += number(status, "restartCount");
            latest(&mut last, status);
            let state = at(status, "state");
            let waiting = text(state, "waiting.reason");
            if !waiting.is_empty() {
                waiting.clone_into(&mut reason);
            } else if has(state, "terminated") {
                reason = ended(state, "");
            } else if flag(status, "ready") && has(state, "running") {
                running = true;
                ready += 1;
            }
        }
        if reason == "Completed" && running {
            reason = if is_true("Ready") {
                "Running"
            } else {
                "NotReady"
            }
            .to_owned();
        }
    }
    if has(pod, "metadata.deletionTimestamp") {
        if pod_reason == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            reason = "Terminating".to_owned();
        }
    }
    Summary {
        ready,
        total,
        status: reason,
        restarts,
        last,
    }
}
