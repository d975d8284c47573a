//! What a kubelet says about its node: that it is alive, which boot it is, which volumes it uses.
//! Models pkg/kubelet/kubelet_node_status.go, 1.37. Heartbeats are computed from the machine, nothing is queued for them.

use ordinal_api::Text;
use ordinal_api::condition::{self, Condition};

use super::pod_worker::Worker;
use crate::apiserver;
use crate::controllers::nodelifecycle;
use crate::machine::LocalPod;
use crate::storage::is_attachable;
use crate::{Component, Cx, Id};

/// Conditions of a healthy node: type, status, reason, message.
const HEALTHY: [(&str, bool, &str, &str); 4] = [
    (
        "MemoryPressure",
        false,
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    (
        "DiskPressure",
        false,
        "KubeletHasNoDiskPressure",
        "kubelet has no disk pressure",
    ),
    (
        "PIDPressure",
        false,
        "KubeletHasSufficientPID",
        "kubelet has sufficient PID available",
    ),
    (
        "Ready",
        true,
        "KubeletReady",
        "kubelet is posting ready status",
    ),
];

/// A machine is about to fall silent: keeps its last heartbeat and tells the node lifecycle controller, if it was heard.
/// `fall` is what silences it.
pub(super) fn silence(cx: &mut Cx<'_>, node: Id, fall: impl FnOnce(&mut crate::machine::Machine)) {
    let now = cx.now();
    let period = cx.world.profile().heartbeat_ms;
    let Some(machine) = cx.world.machines.get(&node) else {
        return;
    };
    let was_heard = machine.is_heard();
    let last = machine.heartbeat_before(now, period);
    cx.machine(node, |machine| {
        machine.last_heartbeat = last;
        machine.since = now;
        fall(machine);
    });
    if was_heard {
        let cause = cx.cause;
        nodelifecycle::silent(
            &mut Cx::new(cx.world, Component::NodeLifecycle, cause),
            node,
        );
    }
}

/// The kubelet posts its node's status after a silence. A node whose object is gone is registered only by a kubelet that starts.
pub(super) fn post(cx: &mut Cx<'_>, node: Id) {
    let now = cx.now();
    let Some(machine) = cx.world.machines.get(&node).cloned() else {
        return;
    };
    let restarted = machine.posted_boot != machine.boot;
    cx.machine(node, |machine| {
        machine.last_heartbeat = now;
        machine.posted_boot = machine.boot;
    });
    if cx.get(node).is_none() {
        if !restarted {
            return;
        }
        apiserver::register(cx, &machine);
    }
    let host = machine.name.clone();
    let kubelet = Text::new_static("kubelet");
    let boot_id: Option<Text> = restarted.then(|| apiserver::new_uid(cx.world).to_string().into());
    if let Some(boot_id) = &boot_id {
        cx.event_from(
            node,
            false,
            "Starting",
            Text::default(),
            kubelet.clone(),
            host.clone(),
        );
        let message = format!("Node {host} has been rebooted, boot id: {boot_id}");
        cx.event_from(node, true, "Rebooted", message.into(), kubelet, host);
    }
    let posted = cx.update(node, |object| {
        let Some(node) = object.as_node_mut() else {
            return false;
        };
        let node = std::sync::Arc::make_mut(node);
        let mut changed = false;
        for (type_, status, reason, message) in HEALTHY {
            let new = Condition::new(type_, status, now).because(reason, message);
            changed |= condition::set(&mut node.status.conditions, new);
        }
        if let Some(boot_id) = boot_id {
            node.status.boot_id = boot_id;
            changed = true;
        }
        changed
    });
    debug_assert!(posted.is_ok(), "its Node was just looked up");
    let cause = cx.cause;
    nodelifecycle::heard(
        &mut Cx::new(cx.world, Component::NodeLifecycle, cause),
        node,
    );
}

/// Writes `volumesInUse`: the attachable volumes that Pods of the machine have mounted. `changed` stands for what the machine keeps of that Pod.
pub(super) fn report_volumes(cx: &mut Cx<'_>, node: Id, changed: Option<&LocalPod>) {
    let Some(machine) = cx.world.machines.get(&node).filter(|m| m.is_heard()) else {
        return;
    };
    let Some(status) = cx
        .world
        .get(node)
        .and_then(|o| o.as_node())
        .map(|n| &n.status)
    else {
        return;
    };
    let kept = machine
        .pods
        .values()
        .map(|pod| &**pod)
        .filter(|pod| changed.is_none_or(|c| c.uid != pod.uid));
    let mounts = kept.chain(changed).flat_map(|pod| &pod.mounts);
    let mut used: Vec<Text> = Vec::new();
    for volume in mounts {
        let Some(object) = cx.world.get(*volume) else {
            continue;
        };
        let attachable = object
            .as_volume()
            .is_some_and(|v| is_attachable(cx.world, v));
        if attachable && !used.contains(&object.meta.name) {
            used.push(object.meta.name.clone());
        }
    }
    used.sort_unstable();
    if status.volumes_in_use == used {
        return;
    }
    let written = cx.update(node, |object| match object.as_node_mut() {
        Some(node) => {
            std::sync::Arc::make_mut(node).status.volumes_in_use = used;
            true
        }
        None => false,
    });
    debug_assert!(written.is_ok(), "its Node was just looked up");
}

/// The next free address of the machine: `10.244.N.2` to `10.244.N.254`. Pods of the host's network have the host's.
pub(super) fn new_address(worker: &mut Worker<'_, '_>) -> Text {
    if worker
        .local
        .seen
        .as_pod()
        .is_some_and(|pod| pod.spec.host_network)
    {
        let node = worker.cx.world.get(worker.node).and_then(|o| o.as_node());
        return node
            .map(|n| n.status.internal_ip.clone())
            .unwrap_or_default();
    }
    let machine = worker.machine();
    let subnet = machine.subnet;
    let mut number = machine.last_address;
    let mut address;
    loop {
        number += 1;
        let host = (number - 2) % 253 + 2;
        address = Text::from(format!(
            "10.{}.{}.{host}",
            244 + (subnet >> 8),
            subnet & 255
        ));
        // On the first lap none can be taken; a machine with more Pods than addresses gives one twice.
        let lapped = number > 254 && number - machine.last_address <= 253;
        if !lapped || !machine.pods.values().any(|pod| pod.address == address) {
            break;
        }
    }
    worker
        .cx
        .machine(worker.node, |machine| machine.last_address = number);
    address
}
