//! What a kubelet says about its node: that it is alive, which boot it is, which volumes it uses.
//! Models pkg/kubelet/kubelet_node_status.go, 1.37. Heartbeats are computed from the machine, nothing is queued for them.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Text, Uid};
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};

use super::pod_worker::Worker;
use crate::apiserver;
use crate::controllers::nodelifecycle;
use crate::disk::Mount;
use crate::storage::is_attachable;
use crate::store::Link;
use crate::{Component, Cx, Id};

/// A condition: type, status, reason, message; and the event that tells that it became so.
type Row = (&'static str, bool, &'static str, &'static str, &'static str);

/// What is said of a node whose machine is being shut down.
const NOT_READY: Row = (
    "Ready",
    false,
    "KubeletNotReady",
    "node is shutting down",
    "NodeNotReady",
);

/// Conditions of a healthy node.
const HEALTHY: [Row; 4] = [
    (
        "MemoryPressure",
        false,
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        "NodeHasSufficientMemory",
    ),
    (
        "DiskPressure",
        false,
        "KubeletHasNoDiskPressure",
        "kubelet has no disk pressure",
        "NodeHasNoDiskPressure",
    ),
    (
        "PIDPressure",
        false,
        "KubeletHasSufficientPID",
        "kubelet has sufficient PID available",
        "NodeHasSufficientPID",
    ),
    (
        "Ready",
        true,
        "KubeletReady",
        "kubelet is posting ready status",
        "NodeReady",
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
    if cx.get(node).is_none() {
        if restarted {
            // It looks again when the Node is known.
            apiserver::register(cx, &machine);
        }
        return;
    }
    cx.machine(node, |machine| {
        machine.last_heartbeat = now;
        machine.posted_boot = machine.boot;
    });
    let host = machine.name.clone();
    let kubelet = Text::new_static("kubelet");
    let boot_id: Option<Text> = restarted.then(|| apiserver::new_uid(cx.world).to_string().into());
    let before = cx
        .get(node)
        .and_then(|o| o.as_node().map(|n| n.status.conditions.clone()))
        .unwrap_or_default();
    let mut tell = |warning: bool, reason: &'static str, message: String| {
        cx.event_from(
            node,
            warning,
            reason,
            message.into(),
            kubelet.clone(),
            host.clone(),
        );
    };
    if let Some(boot_id) = &boot_id {
        tell(false, "Starting", "Starting kubelet.".to_owned());
        tell(
            true,
            "Rebooted",
            format!("Node {host} has been rebooted, boot id: {boot_id}"),
        );
    }
    let rows = HEALTHY.map(|row| match row.0 {
        "Ready" if machine.shutdown.is_some() => NOT_READY,
        _ => row,
    });
    for (type_, status, .., event) in rows {
        if condition::find(&before, type_).is_none_or(|c| c.status != status.into()) {
            tell(false, event, format!("Node {host} status is now: {event}"));
        }
    }
    let posted = cx.update(node, |object| {
        let Some(node) = object.as_node_mut() else {
            return false;
        };
        let node = Arc::make_mut(node);
        let mut changed = false;
        for (type_, status, reason, message, _) in rows {
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

/// Adds a Pod's volumes to `volumesInUse`, which lists the attachable ones.
pub(super) fn use_volumes(cx: &mut Cx<'_>, node: Id, volumes: &[Id]) {
    let names: Vec<Text> = volumes
        .iter()
        .filter_map(|volume| attachable_name(cx, *volume))
        .into_list();
    change_volumes_in_use(cx, node, |used| {
        for name in &names {
            if let Err(place) = used.binary_search(name) {
                used.insert(place, name.clone());
            }
        }
    });
}

/// Takes volumes of a Pod off `volumesInUse` that no other Pod of the machine has.
pub(super) fn release_volumes(cx: &mut Cx<'_>, node: Id, uid: Uid, volumes: &[Id]) {
    let unused = volumes
        .iter()
        .filter(|volume| !has_other_user(cx, node, uid, **volume));
    let names: Vec<Text> = unused
        .map(|volume| cx.world.store.key(*volume).name.clone())
        .into_list();
    change_volumes_in_use(cx, node, |used| used.retain(|name| !names.contains(name)));
}

/// Writes `volumesInUse` anew from what the machine has.
pub(super) fn report_volumes(cx: &mut Cx<'_>, node: Id) {
    let Some(machine) = cx.world.machines.get(&node) else {
        return;
    };
    let mounts = machine.pods.values().flat_map(|pod| &pod.mounts);
    let mut names: Vec<Text> = mounts
        .filter_map(|volume| attachable_name(cx, *volume))
        .into_list();
    ordinal_api::sorted::sort(&mut names);
    names.dedup();
    change_volumes_in_use(cx, node, |used| *used = names);
}

fn attachable_name(cx: &Cx<'_>, volume: Id) -> Option<Text> {
    let object = cx.world.get(volume)?;
    is_attachable(cx.world, object.as_volume()?).then(|| object.meta.name.clone())
}

/// Whether another Pod of the machine has this volume, mounted or about to be.
fn has_other_user(cx: &Cx<'_>, node: Id, uid: Uid, volume: Id) -> bool {
    let world = &*cx.world;
    let Some(machine) = world.machines.get(&node) else {
        return false;
    };
    let others = |mount: &Mount| mount.node == node && mount.uid != uid;
    if world
        .disks
        .get(&volume)
        .is_some_and(|disk| disk.mounted.iter().any(others))
    {
        return true;
    }
    let claim = world
        .get(volume)
        .and_then(|o| o.as_volume())
        .and_then(|v| v.claim_ref.as_ref());
    let claim = claim.and_then(|c| {
        world
            .store
            .id(Kind::PersistentVolumeClaim, &c.namespace, &c.name)
    });
    let mut pods = claim
        .into_iter()
        .flat_map(|claim| world.store.linked(Link::PodOfClaim, claim));
    pods.any(|(_, o)| {
        let local = machine
            .pods
            .get(&o.meta.uid)
            .filter(|local| local.uid != uid);
        local.is_some_and(|local| local.mounts.contains(&volume))
    })
}

fn change_volumes_in_use(cx: &mut Cx<'_>, node: Id, change: impl FnOnce(&mut Vec<Text>)) {
    if !cx.world.machines.get(&node).is_some_and(|m| m.is_heard()) || cx.get(node).is_none() {
        return;
    }
    let written = cx.update(node, |object| {
        let Some(node) = object.as_node_mut() else {
            return false;
        };
        let mut used = (*node.status.volumes_in_use).clone();
        change(&mut used);
        if *node.status.volumes_in_use == used {
            return false;
        }
        Arc::make_mut(node).status.volumes_in_use = Arc::new(used);
        true
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
