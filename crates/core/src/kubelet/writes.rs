//! What containers write: a line for each start, to each disk that they have mounted for writing, and whether that made
//! two writers of a disk meant for one.

use std::sync::Arc;

use ordinal_api::Text;
use ordinal_api::storage::multi_attach_allowed;

use super::containers::Place;
use super::pod_worker::Worker;
use super::volumes::{claims, happen_to_disk};
use crate::Id;
use crate::disk::{Disk, Place as DiskPlace, Write};
use crate::journal::Fact;

/// A container that starts writes to each disk that it has mounted for writing.
pub(super) fn write(worker: &mut Worker<'_, '_>, place: Place) {
    if worker.local.mounts.is_empty() {
        return;
    }
    let seen = worker.local.seen.clone();
    let Some(pod) = seen.as_pod() else { return };
    let spec = worker.spec(place).clone();
    let volumes = worker.local.mounts.clone();
    for ((name, _, read_only), volume) in claims(pod, &seen.meta.name).zip(volumes) {
        let mount = spec
            .volume_mounts
            .iter()
            .find(|m| m.name == *name && !m.read_only);
        if let Some(mount) = mount.filter(|_| !read_only) {
            let path = format!("{}/started", mount.mount_path.trim_end_matches('/'));
            write_to(worker, volume, path.into());
        }
    }
}

fn write_to(worker: &mut Worker<'_, '_>, volume: Id, path: Text) {
    let machine = worker.node;
    if !worker
        .cx
        .world
        .disks
        .get(&volume)
        .is_some_and(|disk| reaches(disk, machine))
    {
        return;
    }
    let (pod, node) = (worker.local.seen.meta.name.clone(), worker.name.clone());
    let (uid, at) = (worker.local.uid, worker.now());
    let text = format!("started by {pod} (uid {}) on {node}", uid.short());
    let write = Write {
        pod: pod.clone(),
        uid,
        node: node.clone(),
        at,
        path: path.clone(),
        content: Some(text.as_str().into()),
        text: text.into(),
    };
    worker
        .cx
        .disk(volume, |disk| disk.writes.push(Arc::new(write)));
    happen_to_disk(
        worker.cx,
        volume,
        Fact::Wrote {
            pod: pod.clone(),
            node: node.clone(),
            path,
        },
    );
    if has_other_writer(worker, volume) {
        happen_to_disk(worker.cx, volume, Fact::SecondWriter { pod, node });
    }
}

/// Whether what a machine writes arrives: a mount of a disk that was detached is a dead one.
pub(super) fn reaches(disk: &Disk, machine: Id) -> bool {
    disk.place != DiskPlace::Network || disk.attached.contains(&machine)
}

/// Whether a Pod on another machine still runs with this disk, which is meant for one at a time.
fn has_other_writer(worker: &Worker<'_, '_>, volume: Id) -> bool {
    let world = &*worker.cx.world;
    let persistent = world.get(volume).and_then(|o| o.as_volume());
    let shared = persistent.is_some_and(|v| multi_attach_allowed(&v.spec.access_modes));
    let Some(disk) = world.disks.get(&volume).filter(|_| !shared) else {
        return false;
    };
    if matches!(disk.place, DiskPlace::Machine(_)) {
        // The same path on another machine is another folder.
        return false;
    }
    disk.mounted.iter().any(|mount| {
        let other =
            mount.node != worker.node && mount.uid != worker.local.uid && reaches(disk, mount.node);
        let machine = world
            .machines
            .get(&mount.node)
            .filter(|m| other && m.is_running());
        machine
            .and_then(|m| m.pods.get(&mount.uid))
            .is_some_and(|pod| pod.is_running())
    })
}
