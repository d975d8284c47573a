//! The provisioners: one for every class that names a driver. They make a volume for a claim that asks, and take it away again.
//! Models sig-storage-lib-external-provisioner (controller.go, v13) and the drivers behind it.

mod make;

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::storage::{ReclaimPolicy, StorageClass, VolumePhase};
use ordinal_api::{Kind, Object, SimDuration, Text, Uid};

use super::StorageWork;
use crate::apiserver::{DeleteOptions, NO_PROVISIONER};
use crate::controllers::persistentvolume::{
    PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER, claim_class,
};
use crate::disk::Disk;
use crate::persistent::{List, Numbers};
use crate::queue::Work;
use crate::store::Link;
use crate::{Change, Component, Cx, Id, World};
use make::volume_for;

/// Keeps a volume until its provisioner has deleted what is behind it.
const FINALIZER: &str = "external-provisioner.volume.kubernetes.io/finalizer";
/// In-tree provisioners whose work CSI drivers do today (CSI migration).
const MIGRATED: [&str; 7] = [
    "aws-ebs",
    "gce-pd",
    "azure-disk",
    "azure-file",
    "cinder",
    "vsphere-volume",
    "portworx-volume",
];
/// What the names of drivers of file shares contain.
pub(crate) const SHARES: [&str; 5] = ["nfs", "efs", "cephfs", "file", "gluster"];

/// What the provisioners remember.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Claims for which a volume is being made.
    at_work: Numbers<Id, Uid>,
    /// Whether nothing is made or deleted at present.
    paused: bool,
    /// Volumes that wait to be deleted.
    deleting: Numbers<Id, Uid>,
}

/// Whether a provisioner is one that watches claims from outside, and not a plugin that there is no more or never was.
pub(crate) fn is_external(provisioner: &str) -> bool {
    match provisioner.strip_prefix("kubernetes.io/") {
        Some(_) if provisioner == NO_PROVISIONER => false,
        Some(name) => MIGRATED.contains(&name),
        None => !provisioner.is_empty(),
    }
}

/// Whether the drivers do nothing at present.
pub(super) fn is_paused(world: &World) -> bool {
    world.parts.storage.provisioner.paused
}

/// Sees a change: claims that want a volume, volumes whose bytes may go, new volumes that have no bytes yet.
pub(super) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::PersistentVolumeClaim => {
            let wanted = change
                .new
                .as_ref()
                .is_some_and(|object| wants_volume(cx.world, object));
            let uid = change.object().meta.uid;
            let at_work = cx.world.parts.storage.provisioner.at_work.get(&change.id) == Some(uid);
            if wanted && !at_work {
                begin(cx, change.id, uid);
            } else if change.new.is_none() && at_work {
                cx.world
                    .parts
                    .storage
                    .provisioner
                    .at_work
                    .remove(&change.id);
            }
        }
        Kind::PersistentVolume => match &change.new {
            Some(new) => {
                if change.old.is_none() {
                    add_disk(cx, change.id, new);
                }
                begin_delete(cx, change.id, new);
            }
            None => {
                cx.world
                    .parts
                    .storage
                    .provisioner
                    .deleting
                    .remove(&change.id);
            }
        },
        Kind::VolumeAttachment if change.new.is_none() => {
            let volume = change
                .old
                .as_ref()
                .and_then(|o| o.as_volume_attachment())
                .map(|a| a.volume.clone());
            let volume =
                volume.and_then(|name| cx.world.store.id(Kind::PersistentVolume, "", &name));
            if let Some(id) =
                volume.filter(|id| cx.world.parts.storage.provisioner.deleting.contains_key(id))
            {
                cx.after(SimDuration::secs(1), Work::Storage(StorageWork::Delete(id)));
            }
        }
        _ => {}
    }
}

/// The class of a claim that wants a volume made.
fn class_of<'w>(world: &'w World, claim: &Object) -> Option<(&'w Text, &'w StorageClass)> {
    let class = world
        .store
        .find(Kind::StorageClass, "", claim_class(claim))?;
    Some((&class.meta.name, class.as_storage_class()?))
}

/// Models `shouldProvision`.
fn wants_volume(world: &World, object: &Object) -> bool {
    if object
        .as_claim()
        .is_none_or(|claim| !claim.volume_name.is_empty())
    {
        return false;
    }
    let asked = STORAGE_PROVISIONER
        .iter()
        .find_map(|key| object.meta.annotation(key));
    class_of(world, object).is_some_and(|(_, class)| {
        asked == Some(class.provisioner.as_str())
            && is_external(&class.provisioner)
            && (!class.wait_for_first_consumer || object.meta.annotation(SELECTED_NODE).is_some())
    })
}

fn tell(
    cx: &mut Cx<'_>,
    about: Id,
    warning: bool,
    reason: &'static str,
    message: String,
    provisioner: &Text,
) {
    cx.event_from(
        about,
        warning,
        reason,
        message.into(),
        provisioner.clone(),
        Text::default(),
    );
}

fn begin(cx: &mut Cx<'_>, id: Id, uid: Uid) {
    cx.by = Component::Provisioner;
    cx.world.parts.storage.provisioner.at_work.insert(id, uid);
    let Some(object) = cx.get(id) else { return };
    if let Some(provisioner) =
        class_of(cx.world, &object).map(|(_, class)| class.provisioner.clone())
    {
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        let text =
            format!("External provisioner is provisioning volume for claim \"{namespace}/{name}\"");
        tell(cx, id, false, "Provisioning", text, &provisioner);
    }
    if !cx.world.parts.storage.provisioner.paused {
        let delay = SimDuration::ms(cx.world.profile().provision_ms);
        cx.after(delay, Work::Storage(StorageWork::Provision(id)));
    }
}

/// Volumes are not made from now on (or not deleted), or are made again.
pub(super) fn set_paused(world: &mut World, paused: bool) {
    let was = std::mem::replace(&mut world.parts.storage.provisioner.paused, paused);
    if !was || paused {
        return;
    }
    let claims: Vec<Id> = world
        .parts
        .storage
        .provisioner
        .at_work
        .iter()
        .map(|(id, _)| id)
        .into_list();
    let volumes: Vec<Id> = world
        .parts
        .storage
        .provisioner
        .deleting
        .iter()
        .map(|(id, _)| id)
        .into_list();
    let delay = SimDuration::ms(world.profile().provision_ms);
    let mut cx = Cx::new(world, Component::Provisioner, None);
    for id in claims {
        cx.after(delay, Work::Storage(StorageWork::Provision(id)));
    }
    for id in volumes {
        cx.after(delay, Work::Storage(StorageWork::Delete(id)));
    }
}

/// A volume for a claim is made.
pub(super) fn provision(cx: &mut Cx<'_>, id: Id) {
    cx.by = Component::Provisioner;
    let Some(object) = cx.get(id) else { return };
    let at_work = cx.world.parts.storage.provisioner.at_work.get(&id) == Some(object.meta.uid);
    if cx.world.parts.storage.provisioner.paused || !at_work {
        return;
    }
    cx.world.parts.storage.provisioner.at_work.remove(&id);
    if !wants_volume(cx.world, &object) {
        return;
    }
    let (Some(claim), Some((name, class))) = (object.as_claim(), class_of(cx.world, &object))
    else {
        return;
    };
    let (name, class) = (name.clone(), class.clone());
    match volume_for(cx.world, &object, claim, &name, &class) {
        Ok(volume) => {
            // A volume of that name is this claim's: made before, and not seen.
            let volume_name = volume.meta.name.clone();
            if cx.create(volume).is_ok() {
                let text = format!("Successfully provisioned volume {volume_name}");
                tell(
                    cx,
                    id,
                    false,
                    "ProvisioningSucceeded",
                    text,
                    &class.provisioner,
                );
            }
        }
        Err(failure) => {
            let text = format!(
                "failed to provision volume with StorageClass \"{name}\": {}",
                failure.message
            );
            tell(cx, id, true, "ProvisioningFailed", text, &class.provisioner);
            if failure.reschedule {
                let _ = cx.update(id, |object| {
                    Arc::make_mut(&mut object.meta.annotations)
                        .remove(SELECTED_NODE)
                        .is_some()
                });
            }
        }
    }
}

/// A volume has bytes from its first moment on. They are those that were there, where a volume of that name was kept.
fn add_disk(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let Some(volume) = object.as_volume() else {
        return;
    };
    if cx.world.disks.get(&id).is_some_and(|disk| !disk.erased) {
        return;
    }
    let disk = Disk {
        volume: id,
        name: object.meta.name.clone(),
        place: super::place_of(cx.world, volume),
        attached: Vec::new(),
        mounted: Vec::new(),
        writes: List::new(),
        erased: false,
    };
    cx.world.disks.insert(id, Arc::new(disk));
}

/// The bytes of a volume go.
pub(crate) fn erase(cx: &mut Cx<'_>, id: Id) {
    cx.disk(id, |disk| {
        disk.erased = true;
        disk.writes = List::new();
    });
}

/// Models `shouldDelete`: released, to be deleted, and made by a provisioner.
fn is_to_go(object: &Object) -> bool {
    let provisioned = object
        .meta
        .annotation(PROVISIONED_BY)
        .is_some_and(is_external);
    let kept = object.meta.is_deleting() && !object.meta.has_finalizer(FINALIZER);
    object.as_volume().is_some_and(|volume| {
        provisioned
            && !kept
            && volume.phase == VolumePhase::Released
            && volume.reclaim_policy == ReclaimPolicy::Delete
    })
}

fn begin_delete(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let uid = object.meta.uid;
    let known = cx.world.parts.storage.provisioner.deleting.get(&id) == Some(uid);
    if known || !is_to_go(object) {
        return;
    }
    cx.world.parts.storage.provisioner.deleting.insert(id, uid);
    if !cx.world.parts.storage.provisioner.paused {
        let delay = SimDuration::ms(cx.world.profile().provision_ms);
        cx.after(delay, Work::Storage(StorageWork::Delete(id)));
    }
}

/// A volume's bytes are deleted, then its object.
pub(super) fn delete(cx: &mut Cx<'_>, id: Id) {
    cx.by = Component::Provisioner;
    let Some(object) = cx.get(id) else { return };
    let known = cx.world.parts.storage.provisioner.deleting.get(&id) == Some(object.meta.uid);
    if cx.world.parts.storage.provisioner.paused || !known {
        return;
    }
    if !is_to_go(&object) {
        cx.world.parts.storage.provisioner.deleting.remove(&id);
        return;
    }
    let provisioner: Text = object
        .meta
        .annotation(PROVISIONED_BY)
        .unwrap_or_default()
        .into();
    let attachment = cx.world.store.linked(Link::AttachmentOfVolume, id).next();
    if let Some(node) = attachment
        .and_then(|(_, o)| o.as_volume_attachment())
        .map(|a| a.node_name.clone())
    {
        // It is tried again when it is detached.
        let text = format!(
            "persistentvolume {} is still attached to node {node}",
            object.meta.name
        );
        tell(cx, id, true, "VolumeFailedDelete", text, &provisioner);
        return;
    }
    cx.world.parts.storage.provisioner.deleting.remove(&id);
    erase(cx, id);
    let _ = cx.delete(
        id,
        DeleteOptions {
            uid: Some(object.meta.uid),
            ..DeleteOptions::default()
        },
    );
    let _ = cx.update(id, |object| {
        let before = object.meta.finalizers.len();
        object.meta.finalizers.retain(|f| f != FINALIZER);
        object.meta.finalizers.len() != before
    });
}
