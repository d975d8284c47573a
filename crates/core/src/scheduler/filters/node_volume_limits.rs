//! How many volumes of a driver a node can attach. Models plugins/nodevolumelimits `CSILimits`, 1.37.

use ordinal_api::sorted::SortedSet;

use ordinal_api::{Kind, Object, Text};

use super::{Cycle, Plugin, Rejection};
use crate::controllers::persistentvolume::{claim_class, ephemeral_claim_names};
use crate::scheduler::node_info::NodeInfo;
use crate::store::Link;
use crate::{Id, World};

/// The volumes that a Pod wants attached: driver and volume (a claim stands for the volume that it does not have yet).
pub(super) type Wanted = SortedSet<(Text, Id)>;

pub(super) fn prepare(world: &World, object: &Object) -> Wanted {
    let mut wanted = Wanted::new();
    let Some(pod) = object.as_pod() else {
        return wanted;
    };
    let own = ephemeral_claim_names(object);
    let named = pod.claim_names().map(Text::as_str);
    for name in named.chain(own.iter().map(String::as_str)) {
        let Some(id) = world
            .store
            .id(Kind::PersistentVolumeClaim, &object.meta.namespace, name)
        else {
            continue;
        };
        let Some(claim) = world.store.get(id).and_then(|o| o.as_claim()) else {
            continue;
        };
        let volume_id = world
            .store
            .id(Kind::PersistentVolume, "", &claim.volume_name);
        let volume = volume_id.and_then(|id| Some((id, world.store.get(id)?.as_volume()?)));
        if let Some((volume_id, volume)) = volume {
            let csi = volume.spec.csi.as_ref();
            wanted.extend(csi.map(|csi| (csi.driver.clone(), volume_id)));
            continue;
        }
        // Without its volume (none yet, or gone) the class tells the driver.
        let class = world.get(id).map(|o| claim_class(o)).unwrap_or_default();
        let class = world.store.find(Kind::StorageClass, "", class);
        if let Some(class) = class.and_then(|o| o.as_storage_class()) {
            wanted.insert((class.provisioner.clone(), id));
        }
    }
    wanted
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.limits.is_empty()
}

/// The volumes that VolumeAttachments tie to a node.
fn attachments(world: &World, node: &NodeInfo) -> Wanted {
    let of_node = world.store.linked(Link::AttachmentOnNode, node.id);
    let volume = |o: &Object| {
        let attachment = o.as_volume_attachment()?;
        let id = world
            .store
            .id(Kind::PersistentVolume, "", &attachment.volume)?;
        world.store.get(id)?.as_volume()?.spec.csi.as_ref()?;
        Some((attachment.attacher.clone(), id))
    };
    of_node.filter_map(|(_, o)| volume(o)).collect()
}

/// Whether a driver keeps Pods from nodes where it is not installed (`preventPodSchedulingIfMissing`, gate `VolumeLimitScaling`).
fn is_needed(world: &World, driver: &str) -> bool {
    let driver = world.store.find(Kind::CSIDriver, "", driver);
    let says = |o: &Object| {
        let says = o
            .as_csi_driver()?
            .raw
            .get("preventPodSchedulingIfMissing")?;
        says.as_bool()
    };
    world.release().volume_limit_scaling() && driver.and_then(|o| says(o)) == Some(true)
}

/// Whether any driver does.
pub(super) fn any_is_needed(world: &World) -> bool {
    let mut drivers = world.store.list(Kind::CSIDriver);
    drivers.any(|(_, o)| is_needed(world, &o.meta.name))
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let world = cycle.world;
    let drivers = world
        .store
        .find(Kind::CSINode, "", node.name())
        .and_then(|o| o.as_csi_node())
        .map_or(&[][..], |n| &n.drivers);
    let installed = |driver: &Text| drivers.iter().any(|(name, _)| name == driver);
    if let Some((driver, _)) = cycle
        .limits
        .iter()
        .find(|(driver, _)| is_needed(world, driver) && !installed(driver))
    {
        return Some(Rejection {
            plugin: Plugin::NodeVolumeLimits,
            reasons: vec![format!("{driver} CSI driver is not installed on the node").into()],
            resolvable: true,
        });
    }
    if drivers.iter().all(|(_, limit)| limit.is_none()) {
        return None;
    }
    let pods = cycle.pods_on(node.id);
    let mut attached: Wanted = pods.iter().flat_map(|o| prepare(world, o)).collect();
    // What is still attached for a Pod that is gone takes its place, too; and so does what this Pod wants.
    let new: Wanted = cycle
        .limits
        .iter()
        .filter(|wanted| !attached.contains(*wanted))
        .cloned()
        .collect();
    attached.extend(attachments(world, node));
    let exceeds = drivers
        .iter()
        .filter_map(|(driver, limit)| Some((driver, (*limit)?)))
        .any(|(driver, limit)| {
            let there = attached.iter().filter(|(d, _)| d == driver).count();
            let new = new.iter().filter(|(d, _)| d == driver).count();
            new > 0 && there + new > limit as usize
        });
    exceeds
        .then(|| Rejection::resolvable(Plugin::NodeVolumeLimits, "node(s) exceed max volume count"))
}
