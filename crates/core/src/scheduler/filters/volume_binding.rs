//! Claims: bound ones tie a Pod to the nodes that reach their volumes; those that wait for their first consumer must find a volume,
//! or be made, on the node. Models plugins/volumebinding (`PreFilter`, `FindPodVolumes`), 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::read::Read;
use ordinal_api::storage::{ClaimPhase, StorageClass};
use ordinal_api::{Kind, Labels, Object, Quantity, Selector, Text, Value};

use super::{Cycle, EarlyRejection, Plugin, Rejection};
use crate::apiserver::NO_PROVISIONER;
use crate::controllers::persistentvolume::{
    BIND_COMPLETED, For, SELECTED_NODE, claim_class, find_matching,
};
use crate::scheduler::Memory;
use crate::scheduler::node_info::NodeInfo;
use crate::store::Link;
use crate::{Id, World};

/// The claims of a Pod, sorted by what is left to do about them.
#[derive(Debug, Default)]
pub(crate) struct Volumes<'w> {
    /// Bound claims with their volumes, where those exist.
    pub(crate) bound: Vec<(&'w Arc<Object>, Option<&'w Arc<Object>>)>,
    /// Claims that wait for their first consumer, the smallest first.
    pub(crate) waiting: Vec<WaitingClaim<'w>>,
    /// Every claim of the Pod.
    pub(crate) claims: Vec<Id>,
    /// Whether every node would make the volumes of all waiting claims: then no node need be asked.
    pub(crate) made_anywhere: bool,
}

/// A claim that waits for its first consumer.
#[derive(Debug)]
pub(crate) struct WaitingClaim<'w> {
    id: Id,
    object: &'w Arc<Object>,
    class: Option<&'w StorageClass>,
    /// Where its driver has room for it, if the driver publishes that at all (CSIDriver `storageCapacity`).
    rooms: Option<Vec<Room>>,
    candidates: Vec<(Id, &'w Object)>,
}

/// A CSIStorageCapacity that is large enough for a claim.
#[derive(Debug)]
struct Room {
    nodes: Selector,
    /// Bytes that the driver has there.
    capacity: i128,
}

/// What a node would do about one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// It takes a volume that is there.
    Static(Id),
    /// A volume is made for it.
    Provision,
}

/// A claim and what a node would do about it.
pub(crate) type ClaimPlan = (Id, Choice);

/// Whether a claim is bound, and not only said to be. Models component-helpers `IsPVCFullyBound`.
pub(crate) fn bind_completed(claim: &Object) -> bool {
    let named = claim.as_claim().is_some_and(|c| !c.volume_name.is_empty());
    named && claim.meta.annotation(BIND_COMPLETED).is_some()
}

fn early(reason: impl Into<Text>, about: Option<Id>) -> EarlyRejection {
    EarlyRejection {
        plugin: Plugin::VolumeBinding,
        reason: reason.into(),
        about,
    }
}

/// The claims of a Pod by name, with whether the Pod itself makes them, in the order of its volumes.
fn claims_of(object: &Object) -> Vec<(Text, bool)> {
    let Some(pod) = object.as_pod() else {
        return Vec::new();
    };
    let mut names: Vec<(Text, bool)> = pod
        .claims
        .iter()
        .map(|(_, claim)| (claim.clone(), false))
        .into_list();
    for volume in pod.template_volumes() {
        if let Some(claim) = &volume.persistent_volume_claim {
            names.push((claim.claim_name.clone(), false));
        } else if volume.ephemeral.is_some() {
            names.push((format!("{}-{}", object.meta.name, volume.name).into(), true));
        }
    }
    names
}

/// Sorts a Pod's claims.
///
/// # Errors
/// A claim that is missing, going, lost, or not bound although it does not wait for a consumer.
pub(super) fn prepare<'w>(
    world: &'w World,
    _memory: &Memory,
    object: &Object,
) -> Result<Volumes<'w>, EarlyRejection> {
    let store = &world.store;
    let mut volumes = Volumes {
        made_anywhere: true,
        ..Volumes::default()
    };
    let names = claims_of(object);
    if names.is_empty() {
        return Ok(volumes);
    }
    let mut unbound = None;
    for (name, _) in &names {
        if let Some(id) = store.id(Kind::PersistentVolumeClaim, &object.meta.namespace, name) {
            volumes.claims.push(id);
        }
    }
    for (name, own) in names {
        let id = store.id(Kind::PersistentVolumeClaim, &object.meta.namespace, &name);
        let Some((id, claim_object)) = id.and_then(|id| Some((id, store.get(id)?))) else {
            let reason = if own {
                format!(
                    "waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\""
                )
            } else {
                format!("persistentvolumeclaim \"{name}\" not found")
            };
            return Err(early(reason, id));
        };
        let Some(claim) = claim_object.as_claim() else {
            continue;
        };
        if claim.status.phase == ClaimPhase::Lost {
            let volume = &claim.volume_name;
            let reason = format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
            );
            return Err(early(reason, Some(id)));
        }
        if claim_object.meta.is_deleting() {
            return Err(early(
                format!("persistentvolumeclaim \"{name}\" is being deleted"),
                Some(id),
            ));
        }
        let is_owned =
            || (claim_object.meta.controller()).is_some_and(|owner| owner.uid == object.meta.uid);
        if own && !is_owned() {
            let (namespace, pod) = (&object.meta.namespace, &object.meta.name);
            let reason = format!(
                "PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)"
            );
            return Err(early(reason, Some(id)));
        }
        if bind_completed(claim_object) {
            volumes.bound.push((
                claim_object,
                store.find(Kind::PersistentVolume, "", &claim.volume_name),
            ));
            continue;
        }
        let class = store
            .find(Kind::StorageClass, "", claim_class(claim_object))
            .and_then(|o| o.as_storage_class());
        if claim.volume_name.is_empty() && class.is_some_and(|c| c.wait_for_first_consumer) {
            let of_class = store.id(Kind::StorageClass, "", claim_class(claim_object));
            let free = of_class
                .into_iter()
                .flat_map(|class| store.linked(Link::FreeVolumeOfClass, class));
            let candidates = free
                .chain(store.linked(Link::VolumeOfClaim, id))
                .map(|(id, o)| (id, &**o))
                .collect();
            volumes.waiting.push(WaitingClaim {
                id,
                object: claim_object,
                class,
                rooms: class.and_then(|class| rooms(world, class, claim_object)),
                candidates,
            });
        } else {
            // A claim that names its volume waits for nobody, and is not bound yet.
            unbound.get_or_insert(id);
        }
    }
    if unbound.is_some() {
        return Err(early(
            "pod has unbound immediate PersistentVolumeClaims",
            unbound,
        ));
    }
    if volumes.waiting.len() > 1 {
        ordinal_api::sorted::sort_by_key(&mut volumes.waiting, |w| {
            w.object.as_claim().map(|c| c.spec.request())
        });
    }
    volumes.made_anywhere = volumes.waiting.iter().all(|claim| {
        claim.candidates.is_empty()
            && claim.object.meta.annotation(SELECTED_NODE).is_none()
            && can_provision(claim.class, &Labels::new())
            && claim.rooms.is_none()
    });
    Ok(volumes)
}

/// Where the driver of a class has room for a claim; `None` where it does not say. Models `hasEnoughCapacity`.
fn rooms(world: &World, class: &StorageClass, claim: &Object) -> Option<Vec<Room>> {
    let driver = world.store.find(Kind::CSIDriver, "", &class.provisioner)?;
    let says = driver.as_csi_driver()?.raw.get("storageCapacity");
    if says.and_then(Value::as_bool) != Some(true) {
        return None;
    }
    let size = claim.as_claim()?.spec.request().whole();
    let room = |object: &Object| {
        let raw = &object.as_csi_storage_capacity()?.raw;
        let of_class = raw.get("storageClassName")?.as_str()? == claim_class(claim);
        let nodes = Selector::read(raw.get("nodeTopology")?).ok()?;
        let fits = volume_limit(object).is_some_and(|limit| limit >= size);
        (of_class && fits).then(|| Room {
            nodes,
            capacity: bytes(raw, "capacity").unwrap_or_default(),
        })
    };
    let published = world.store.list(Kind::CSIStorageCapacity);
    Some(published.filter_map(|(_, o)| room(o)).collect())
}

fn bytes(raw: &Value, key: &str) -> Option<i128> {
    let text = raw.get(key)?.as_str()?;
    Some(Quantity::parse(text).ok()?.whole())
}

/// How large a volume a CSIStorageCapacity allows.
pub(crate) fn volume_limit(object: &Object) -> Option<i128> {
    let raw = &object.as_csi_storage_capacity()?.raw;
    bytes(raw, "maximumVolumeSize").or_else(|| bytes(raw, "capacity"))
}

/// What a node would do about each waiting claim, or `None` if it cannot serve one of them.
pub(crate) fn plan(volumes: &Volumes<'_>, node: &NodeInfo) -> Option<Vec<ClaimPlan>> {
    try_plan(volumes, node).ok()
}

/// The bytes that the driver of a claim says to have at a node, where it says so.
pub(crate) fn room_at(volumes: &Volumes<'_>, claim: Id, node: &NodeInfo) -> Option<i128> {
    let claim = volumes.waiting.iter().find(|waiting| waiting.id == claim)?;
    Some(claim.room(node)?.capacity)
}

const NO_VOLUME: &str = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE: &str = "node(s) did not have enough free storage";

impl WaitingClaim<'_> {
    fn selected(&self) -> Option<&str> {
        self.object.meta.annotation(SELECTED_NODE)
    }

    /// A place from which the node's volumes can come.
    fn room(&self, node: &NodeInfo) -> Option<&Room> {
        let labels = &node.object.meta.labels;
        let mut rooms = self.rooms.iter().flatten();
        rooms.find(|room| room.nodes.matches(labels))
    }
}

/// Models `FindPodVolumes`: volumes that are there are looked for first, those that are to be made are judged after it.
fn try_plan(volumes: &Volumes<'_>, node: &NodeInfo) -> Result<Vec<ClaimPlan>, &'static str> {
    let elsewhere = |claim: &WaitingClaim<'_>| claim.selected().is_some_and(|n| n != node.name());
    if volumes.waiting.iter().any(elsewhere) {
        return Err(NO_VOLUME);
    }
    let mut plans = Vec::with_capacity(volumes.waiting.len());
    let mut taken = Vec::new();
    let (mut selected, mut unmatched) = (Vec::new(), Vec::new());
    for claim in &volumes.waiting {
        if claim.selected().is_some() {
            selected.push(claim);
            continue;
        }
        let purpose = For::Node {
            name: node.name(),
            labels: &node.object.meta.labels,
            taken: &taken,
        };
        match find_matching(claim.object, purpose, claim.candidates.iter().copied()) {
            Some(volume) => {
                taken.push(volume);
                plans.push((claim.id, Choice::Static(volume)));
            }
            None => unmatched.push(claim),
        }
    }
    for claim in selected.into_iter().chain(unmatched) {
        if !can_provision(claim.class, &node.object.meta.labels) {
            return Err(NO_VOLUME);
        }
        if claim.rooms.is_some() && claim.room(node).is_none() {
            return Err(NO_SPACE);
        }
        plans.push((claim.id, Choice::Provision));
    }
    Ok(plans)
}

fn can_provision(class: Option<&StorageClass>, labels: &Labels) -> bool {
    let Some(class) = class else { return false };
    !class.provisioner.is_empty()
        && class.provisioner != NO_PROVISIONER
        && topology_allows(&class.allowed_topologies, labels)
}

/// Whether one of a class's `allowedTopologies` matches a node's labels; none at all allow every node.
pub(crate) fn topology_allows(terms: &[Value], labels: &Labels) -> bool {
    let list = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let holds = |expression: &Value| {
        let have = expression
            .get("key")
            .and_then(Value::as_str)
            .and_then(|key| labels.get(key));
        have.is_some_and(|have| {
            list(expression, "values")
                .iter()
                .any(|v| v.as_str() == Some(have))
        })
    };
    let matches = |term: &Value| list(term, "matchLabelExpressions").iter().all(holds);
    terms.is_empty() || terms.iter().any(matches)
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    let volumes = &cycle.volumes;
    !(volumes.claims.is_empty() || volumes.bound.is_empty() && volumes.made_anywhere)
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let volumes = &cycle.volumes;
    let mut reasons = Vec::new();
    // The first that does not fit decides.
    for (_, volume) in &volumes.bound {
        let reason = match volume.and_then(|o| o.as_volume()) {
            None => "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
            Some(volume) if volume.spec.fits_node(node.name(), &node.object.meta.labels) => {
                continue;
            }
            Some(_) if cycle.world.release().volume_affinity_text() => {
                "node(s) didn't match PersistentVolume's node affinity"
            }
            Some(_) => "node(s) had volume node affinity conflict",
        };
        reasons.push(Text::new_static(reason));
        break;
    }
    if !volumes.made_anywhere
        && let Err(reason) = try_plan(volumes, node)
    {
        reasons.push(Text::new_static(reason));
    }
    (!reasons.is_empty()).then_some(Rejection {
        plugin: Plugin::VolumeBinding,
        reasons,
        resolvable: false,
    })
}
