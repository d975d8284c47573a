//! Volumes: what must exist, be bound and attached before a Pod starts, and mounts.
//! Models pkg/kubelet/volumemanager, 1.37.

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::podspec::Volume;
use ordinal_api::storage::{AccessMode, ClaimPhase, PersistentVolume};
use ordinal_api::{Kind, Object, SimDuration, Text, Uid, Value};

use super::pod_worker::Worker;
use super::{guards, node_status};
use crate::disk::{Disk, Mount, Place};
use crate::journal::Fact;
use crate::machine::Stage;
use crate::persistent::List;
use crate::storage::is_attachable;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Cx, Id, World};

/// First back-off of a failed mount; doubled each time. Models `exponentialbackoff`.
const BACK_OFF: u64 = 500;
/// Longest back-off of a failed mount.
const MAX_BACK_OFF: u64 = 122_000;

/// An attempt that only waits for an attachment ends after this and begins anew. Models `podAttachAndMountTimeout`.
const ATTEMPT: SimDuration = SimDuration::secs(123);

/// Every namespace has it. Models pkg/controller/certificates/rootcacertpublisher.
const ROOT_CA: &str = "kube-root-ca.crt";

/// Why volumes cannot be mounted yet.
struct Hold {
    on: On,
    guard: &'static Guard,
    /// The event `FailedMount`; without one the kubelet waits for the attachment and says nothing.
    message: Option<String>,
}

/// The volumes of a Pod that are claims, in the order of its mounts: volume name, claim name, read-only.
pub(super) fn claims<'a>(
    pod: &'a Pod,
    name: &'a str,
) -> impl Iterator<Item = (&'a Text, Text, bool)> {
    let own = pod
        .claims
        .iter()
        .map(|(volume, claim)| (volume, claim.clone(), false));
    let of_template =
        pod.template_volumes()
            .filter_map(move |v| match &v.persistent_volume_claim {
                Some(claim) => Some((&v.name, claim.claim_name.clone(), claim.read_only)),
                None if v.ephemeral.is_some() => {
                    Some((&v.name, format!("{name}-{}", v.name).into(), false))
                }
                None => None,
            });
    own.chain(of_template)
}

/// Looks whether the Pod's volumes can be mounted, and begins. Returns whether it went on.
pub(super) fn prepare(worker: &mut Worker<'_, '_>) -> bool {
    let now = worker.now();
    match wanted(worker) {
        Ok(volumes) if volumes.is_empty() => worker.begin_sandbox(),
        Ok(volumes) => {
            worker.local.mounts = volumes;
            worker.local.mount_failures = 0;
            worker.enter(Stage::Mounting);
            worker.local.due = now + SimDuration::ms(worker.cx.world.profile().mount_ms);
            node_status::use_volumes(worker.cx, worker.node, &worker.local.mounts);
        }
        Err(hold) => {
            worker.local.due = now + ATTEMPT;
            worker.held = Some((hold.on, hold.guard, None));
            if let Some(message) = hold.message {
                let failures = worker.local.mount_failures;
                worker.local.mount_failures = failures.saturating_add(1);
                worker.local.due =
                    now + SimDuration::ms((BACK_OFF << failures.min(8)).min(MAX_BACK_OFF));
                worker.event(true, "FailedMount", message);
            }
            return false;
        }
    }
    true
}

/// The PersistentVolumes to mount, or what is in the way.
fn wanted(worker: &Worker<'_, '_>) -> Result<Vec<Id>, Hold> {
    let world = &*worker.cx.world;
    let object = &worker.local.seen;
    let Some(pod) = object.as_pod() else {
        return Ok(Vec::new());
    };
    let namespace = &object.meta.namespace;
    for volume in pod.template_volumes() {
        if let Some(missing) = missing_source(world, namespace, volume) {
            let message = format!(
                "MountVolume.SetUp failed for volume \"{}\" : {missing}",
                volume.name
            );
            return Err(Hold {
                on: On::Administrator,
                guard: &guards::SET_UP,
                message: Some(message),
            });
        }
    }
    let mut volumes = Vec::new();
    for (name, claim, _) in claims(pod, &object.meta.name) {
        volumes.push(volume_of_claim(worker, namespace, name, &claim)?);
    }
    Ok(volumes)
}

fn volume_of_claim(
    worker: &Worker<'_, '_>,
    namespace: &str,
    volume: &str,
    claim: &str,
) -> Result<Id, Hold> {
    let world = &*worker.cx.world;
    let unprocessed = |on: On, error: &str| Hold {
        on,
        guard: &guards::CLAIM_BOUND,
        message: Some(format!(
            "Unable to attach or mount volumes: unmounted volumes=[{volume}], unattached volumes=[], failed to process volumes=[{volume}]: error processing PVC {namespace}/{claim}: {error}"
        )),
    };
    let claim_id = world
        .store
        .id(Kind::PersistentVolumeClaim, namespace, claim);
    let on_claim = claim_id.map_or(On::Administrator, On::Object);
    let Some(stored) = claim_id.and_then(|id| world.get(id)) else {
        let error = format!(
            "failed to fetch PVC from API server: persistentvolumeclaims \"{claim}\" not found"
        );
        return Err(unprocessed(on_claim, &error));
    };
    let Some(bound) = stored.as_claim() else {
        return Err(unprocessed(on_claim, "PVC is not bound"));
    };
    if stored.meta.is_deleting() {
        return Err(unprocessed(on_claim, "PVC is being deleted"));
    }
    if bound.status.phase != ClaimPhase::Bound || bound.volume_name.is_empty() {
        return Err(unprocessed(on_claim, "PVC is not bound"));
    }
    let name = &bound.volume_name;
    let id = world.store.id(Kind::PersistentVolume, "", name);
    let Some((id, object)) = id.and_then(|id| Some((id, world.get(id)?))) else {
        let error = format!(
            "failed to fetch PV {name} from API server: persistentvolumes \"{name}\" not found"
        );
        return Err(unprocessed(on_claim, &error));
    };
    let persistent = object.as_volume().expect("a PersistentVolume's handle");
    check_volume(worker, id, name, persistent)?;
    Ok(id)
}

/// Whether a bound volume can be mounted on this node now.
fn check_volume(
    worker: &Worker<'_, '_>,
    id: Id,
    name: &str,
    volume: &PersistentVolume,
) -> Result<(), Hold> {
    let world = &*worker.cx.world;
    let refuse = |message: String| {
        Err(Hold {
            on: On::Object(id),
            guard: &guards::SET_UP,
            message: Some(message),
        })
    };
    let node = world.get(worker.node);
    if is_attachable(world, volume) {
        let attached = node
            .and_then(|o| o.as_node())
            .is_some_and(|n| n.status.volumes_attached.iter().any(|v| v == name));
        // The controller lists a volume again after its driver failed to take it away, though that goes on.
        // Models csi_attacher.go `verifyAttachmentStatus`.
        let of_volume = world.store.linked(Link::AttachmentOfVolume, id);
        let attachment = of_volume.map(|(_, o)| o).find(|o| {
            o.as_volume_attachment()
                .is_some_and(|a| a.node_name == worker.name)
        });
        if attached && attachment.is_some_and(|o| o.meta.is_deleting()) {
            return refuse(format!(
                "MountVolume.WaitForAttach failed for volume \"{name}\" : volume attachment is being deleted"
            ));
        }
        let confirmed = attachment
            .and_then(|o| o.as_volume_attachment())
            .is_some_and(|a| a.attached);
        if !attached || !confirmed {
            return Err(Hold {
                on: On::Object(id),
                guard: &guards::WAIT_FOR_ATTACH_AND_MOUNT,
                message: None,
            });
        }
    }
    if node.is_some_and(|node| !volume.spec.fits_node(&worker.name, &node.meta.labels)) {
        return refuse(format!(
            "MountVolume.NodeAffinity check failed for volume \"{name}\" : no matching NodeSelectorTerms"
        ));
    }
    let uid = worker.local.uid;
    let exclusive = volume.spec.access_modes == [AccessMode::ReadWriteOncePod];
    if exclusive
        && worker
            .machine()
            .pods
            .values()
            .any(|pod| pod.uid != uid && pod.mounts.contains(&id))
    {
        return refuse(format!(
            "MountVolume.SetUp failed for volume \"{name}\" : volume uses the ReadWriteOncePod access mode and is already in use by another pod"
        ));
    }
    Ok(())
}

/// The ConfigMap or Secret that a volume is filled from and that does not exist.
fn missing_source(world: &World, namespace: &str, volume: &Volume) -> Option<String> {
    let missing = |kind: Kind, name: &str, optional: bool| {
        let word = if kind == Kind::Secret {
            "secret"
        } else {
            "configmap"
        };
        let absent = !optional
            && !matches!(name, "" | ROOT_CA)
            && world.store.find(kind, namespace, name).is_none();
        absent.then(|| format!("{word} \"{name}\" not found"))
    };
    let projected = |source: &Value| {
        let part = |key: &str, kind: Kind| {
            let reference = source.get(key)?;
            let name = reference
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            missing(
                kind,
                name,
                reference
                    .get("optional")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            )
        };
        part("configMap", Kind::ConfigMap).or_else(|| part("secret", Kind::Secret))
    };
    let map = volume
        .config_map
        .as_ref()
        .and_then(|m| missing(Kind::ConfigMap, &m.name, m.optional));
    let secret = || {
        volume
            .secret
            .as_ref()
            .and_then(|s| missing(Kind::Secret, &s.secret_name, s.optional))
    };
    let sources = || {
        volume
            .projected
            .as_ref()?
            .get("sources")?
            .as_array()?
            .iter()
            .find_map(projected)
    };
    map.or_else(secret).or_else(sources)
}

/// Mounts what was prepared.
pub(super) fn mount(worker: &mut Worker<'_, '_>) {
    let (node, pod, uid) = (worker.node, worker.local.id, worker.local.uid);
    for volume in worker.local.mounts.clone() {
        make_disk(worker.cx, volume, node);
        worker
            .cx
            .disk(volume, |disk| disk.mounted.push(Mount { node, pod, uid }));
        let fact = Fact::VolumeMounted {
            node: worker.name.clone(),
            pod: worker.local.seen.meta.name.clone(),
        };
        happen_to_disk(worker.cx, volume, fact);
    }
}

/// Unmounts everything of the Pod and tells the API, if it can be told.
pub(super) fn unmount(worker: &mut Worker<'_, '_>) {
    if worker.local.mounts.is_empty() {
        return;
    }
    let volumes = std::mem::take(&mut worker.local.mounts);
    unmount_from(
        worker.cx,
        worker.node,
        &worker.name.clone(),
        &worker.local.seen.meta.name.clone(),
        worker.local.uid,
        &volumes,
    );
    node_status::release_volumes(worker.cx, worker.node, worker.local.uid, &volumes);
}

/// Takes a Pod's mounts off its disks, in truth.
pub(super) fn unmount_from(
    cx: &mut Cx<'_>,
    node: Id,
    node_name: &Text,
    pod: &Text,
    uid: Uid,
    volumes: &[Id],
) {
    for volume in volumes {
        let ours = |mount: &Mount| mount.node == node && mount.uid == uid;
        if cx
            .world
            .disks
            .get(volume)
            .is_some_and(|disk| disk.mounted.iter().any(ours))
        {
            cx.disk(*volume, |disk| disk.mounted.retain(|mount| !ours(mount)));
            let fact = Fact::VolumeUnmounted {
                node: node_name.clone(),
                pod: pod.clone(),
            };
            happen_to_disk(cx, *volume, fact);
        }
    }
}

/// Journals what happened to a disk.
pub(super) fn happen_to_disk(cx: &mut Cx<'_>, volume: Id, fact: Fact) {
    let uid = cx.get(volume).map_or(Uid::NONE, |o| o.meta.uid);
    cx.happen(volume, uid, fact);
}

/// Makes the disk of a volume that nobody provisioned: a folder of the machine, a share, or a disk that was there before.
fn make_disk(cx: &mut Cx<'_>, volume: Id, node: Id) {
    if cx.world.disks.contains_key(&volume) {
        return;
    }
    let name = cx.world.store.key(volume).name.clone();
    let object: Option<Arc<Object>> = cx.get(volume);
    let persistent = object.as_ref().and_then(|o| o.as_volume());
    let place = match persistent {
        Some(v) if v.spec.local.is_some() || v.spec.host_path.is_some() => {
            Place::Machine(Some(node))
        }
        Some(v) if is_attachable(cx.world, v) => Place::Network,
        _ => Place::Share,
    };
    let attached = if place == Place::Network {
        vec![node]
    } else {
        Vec::new()
    };
    let disk = Disk {
        volume,
        name,
        place,
        attached,
        mounted: Vec::new(),
        writes: List::new(),
        erased: false,
    };
    cx.world.disks.insert(volume, Arc::new(disk));
}
