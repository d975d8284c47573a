//! What holds from one state to the next: what may go, what may come and when, given what was seen before.

mod nodes;
mod rest;

pub(super) use rest::ENDED_KEPT;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinal_api::node::Node;
use ordinal_api::pod::Pod;
use ordinal_api::storage::{ClaimPhase, PersistentVolumeClaim, ReclaimPolicy, VolumePhase};
use ordinal_api::{Kind, Object, SimDuration, SimTime, Text, condition};
use ordinal_core::{Id, World};

const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";
/// How long a volume that nothing wants stays attached to a machine that still uses it.
const FORCED_DETACH: SimDuration = SimDuration::secs(360);
/// What is on its way when a link is cut still arrives.
const IN_FLIGHT: SimDuration = SimDuration::secs(1);

/// What it has to remember of the states so far.
#[derive(Default)]
pub(super) struct Steps {
    /// Whether somebody says that what cannot be seen is gone.
    forced: bool,
    /// When each machine was last heard.
    heard: BTreeMap<Id, SimTime>,
    /// Since when a Node has had NoExecute taints without a break.
    tainted: BTreeMap<Id, SimTime>,
    /// When a Node of each zone was last tainted so that its Pods go.
    paced: BTreeMap<Text, SimTime>,
    /// Since when a Pod's Node has been missing.
    orphaned: BTreeMap<Id, SimTime>,
    /// When a Pod that is not over last wanted a volume on a Node.
    wanted: BTreeMap<(Text, Text), SimTime>,
    /// Nodes that were out of service, or missing, at least once.
    given_up: BTreeSet<Text>,
}

/// The property that does not hold, and the object.
type Wrong = Option<(&'static str, Id)>;

impl Steps {
    pub(super) fn new(forced: bool) -> Self {
        Self {
            forced,
            ..Self::default()
        }
    }

    /// The next state. `old` is the one before.
    pub(super) fn step(&mut self, old: Option<&World>, world: &World) -> Wrong {
        let now = world.now();
        for machine in world.machines.values() {
            // It was heard until the very moment in which it fell silent.
            let before = old.and_then(|w| w.machines.get(&machine.node));
            let heard = machine.is_heard() || before.is_some_and(|m| m.is_heard());
            if heard || !self.heard.contains_key(&machine.node) {
                self.heard.insert(machine.node, now);
            }
        }
        // Before what is remembered of wishes is renewed: what is detached now was wanted until before.
        let wrong = old.and_then(|old| self.between(old, world));
        self.remember(world);
        wrong
            .or_else(|| self.nodes(old, world))
            .or_else(|| old.and_then(|old| self.paced(old, world)))
            .or_else(|| self.ended(world))
            .or_else(|| self.orphans(world))
            .or_else(|| old.and_then(|old| self.rest(old, world)))
    }

    fn remember(&mut self, world: &World) {
        let now = world.now();
        for machine in world.machines.values() {
            let node = world.get(machine.node).and_then(|o| o.as_node());
            let out = |n: &Arc<Node>| n.taints.iter().any(|t| t.key == OUT_OF_SERVICE);
            if node.is_none_or(out) {
                self.given_up.insert(machine.name.clone());
            }
        }
        for (_, object) in world.store.list(Kind::Pod) {
            let Some(pod) = assigned(object) else {
                continue;
            };
            if !pod.status.phase.is_terminal() && !has_stopped(object, pod) {
                for (_, _, claim) in claims(world, object, pod) {
                    let key = (pod.node_name.clone(), claim.volume_name.clone());
                    self.wanted.insert(key, now);
                }
            }
        }
    }

    fn between(&self, old: &World, world: &World) -> Wrong {
        let same =
            |id: Id, before: &Arc<Object>| world.get(id).filter(|o| o.meta.uid == before.meta.uid);
        for kind in [
            Kind::Pod,
            Kind::PersistentVolumeClaim,
            Kind::PersistentVolume,
            Kind::VolumeAttachment,
        ] {
            for (id, before) in old.store.list(kind) {
                let after = same(id, before);
                let Some(after) = after else {
                    if let Some(rule) = self.gone(old, world, before) {
                        return Some((rule, id));
                    }
                    continue;
                };
                if !Arc::ptr_eq(before, after)
                    && let Some(rule) = self.changed(old, world, before, after)
                {
                    return Some((rule, id));
                }
            }
        }
        for (id, object) in world.store.list(Kind::VolumeAttachment) {
            if old.get(id).is_none()
                && let Some(attachment) = object.as_volume_attachment()
                && !wants(old, &attachment.node_name, &attachment.volume)
                && !wants(world, &attachment.node_name, &attachment.volume)
            {
                return Some(("A2 (attached for nobody)", id));
            }
        }
        for (id, object) in world.store.list(Kind::Pod) {
            let Some(pod) = assigned(object) else {
                continue;
            };
            for (name, claim_object, claim) in claims(world, object, pod) {
                if !claim_object
                    .meta
                    .has_finalizer("kubernetes.io/pvc-protection")
                {
                    return Some(("P13 (a claim in use is not protected)", name));
                }
                let bound_now = old.get(id).and_then(|o| assigned(o)).is_none();
                if bound_now && claim.status.phase != ClaimPhase::Bound {
                    return Some(("S3 (a Pod has a node before its claims are bound)", id));
                }
            }
        }
        None
    }

    fn changed(
        &self,
        old: &World,
        world: &World,
        before: &Object,
        after: &Object,
    ) -> Option<&'static str> {
        let now = world.now();
        if let (Some(a), Some(b)) = (before.as_pod(), after.as_pod()) {
            let reason = |p: &Pod| {
                condition::find(&p.status.conditions, "DisruptionTarget")
                    .is_some_and(|c| c.reason == "DeletionByTaintManager")
            };
            if !reason(a) && reason(b) && !self.may_evict(old, world, b) {
                return Some("N4 (evicted before its toleration ran out)");
            }
            let reported = a.status.containers != b.status.containers;
            let machine = world.store.id(Kind::Node, "", &b.node_name);
            let heard = machine.and_then(|id| self.heard.get(&id));
            if reported && heard.is_some_and(|heard| now > *heard + IN_FLIGHT) {
                return Some("N7 (the containers of a lost machine changed)");
            }
            let is = |p: &Pod, name: &str| condition::is_true(&p.status.conditions, name);
            if is(b, "Ready") && !is(b, "ContainersReady") {
                return Some("S6 (Ready without ContainersReady)");
            }
        }
        if let (Some(a), Some(b)) = (before.as_claim(), after.as_claim())
            && a.status.phase != ClaimPhase::Bound
            && b.status.phase == ClaimPhase::Bound
        {
            let volume = world.store.find(Kind::PersistentVolume, "", &b.volume_name);
            let chosen = volume.and_then(|v| rest::chosen(old, after, v));
            return chosen.or_else(|| bound(world, after, b));
        }
        if let (Some(a), Some(b)) = (before.as_volume(), after.as_volume())
            && a.phase == VolumePhase::Released
            && b.phase == VolumePhase::Bound
            && a.claim_ref == b.claim_ref
        {
            return Some("P9 (bound again to the claim that is gone)");
        }
        if before.as_volume_attachment().is_some()
            && !before.meta.is_deleting()
            && after.meta.is_deleting()
        {
            return self.detached(old, now, before);
        }
        None
    }

    /// A3, A5, A8: who takes a volume away.
    fn detached(&self, old: &World, now: SimTime, attachment: &Object) -> Option<&'static str> {
        let attachment = attachment.as_volume_attachment()?;
        let (name, volume) = (&attachment.node_name, &attachment.volume);
        if self.given_up.contains(name) {
            return None;
        }
        let runs = |object: &Arc<Object>| {
            let pod = assigned(object).filter(|p| p.node_name == *name);
            pod.is_some_and(|p| {
                let running = p.status.containers.iter().any(|c| c.state.is_running());
                let mut of = claims(old, object, p);
                running
                    && !p.status.phase.is_terminal()
                    && of.any(|(_, _, c)| c.volume_name == *volume)
            })
        };
        if old.store.list(Kind::Pod).any(|(_, o)| runs(o)) {
            return Some("A5 (detached while a Pod runs with it)");
        }
        let node = old.store.find(Kind::Node, "", name)?.as_node()?;
        if !node.status.volumes_in_use.contains(volume) {
            return None;
        }
        let wanted = self.wanted.get(&(name.clone(), volume.clone()));
        let waited = wanted.is_some_and(|at| now > *at + FORCED_DETACH);
        (node.is_ready() || !waited).then_some("A3 (detached while it is in use)")
    }

    fn gone(&self, old: &World, world: &World, before: &Object) -> Option<&'static str> {
        let using = |world: &World, claim: &str| {
            world.store.list(Kind::Pod).any(|(_, object)| {
                object.meta.namespace == before.meta.namespace
                    && assigned(object).is_some_and(|p| p.claim_names().any(|name| name == claim))
            })
        };
        if before.as_claim().is_some()
            && using(old, &before.meta.name)
            && using(world, &before.meta.name)
        {
            return Some("P13 (a claim goes while a Pod uses it)");
        }
        if let Some(volume) = before.as_volume() {
            let claim = volume.claim_ref.as_ref().and_then(|r| {
                let claim = world
                    .store
                    .find(Kind::PersistentVolumeClaim, &r.namespace, &r.name);
                claim.filter(|o| o.meta.uid == r.uid)
            });
            if volume.phase == VolumePhase::Bound && claim.is_some() {
                return Some("P14 (a bound volume goes)");
            }
            if volume.reclaim_policy != ReclaimPolicy::Delete {
                return Some("P10 (a volume that is retained goes)");
            }
        }
        if let Some(pod) = before.as_pod()
            && !pod.node_name.is_empty()
            && !pod.status.phase.is_terminal()
            && !self.forced
        {
            let uid = before.meta.uid;
            let mut disks = world.disks.values();
            if disks.any(|disk| disk.mounted.iter().any(|m| m.uid == uid)) {
                return Some("A10 (a Pod goes before its volumes are unmounted)");
            }
            let node = old.store.id(Kind::Node, "", &pod.node_name);
            let heard = node.and_then(|node| self.heard.get(&node));
            if heard.is_some_and(|at| world.now() > *at + IN_FLIGHT) {
                return Some("N6 (a Pod of a lost machine goes)");
            }
        }
        if before.as_volume_attachment().is_some() && !before.meta.is_deleting() {
            return self.detached(old, world.now(), before);
        }
        None
    }
}

fn assigned(object: &Object) -> Option<&Pod> {
    object.as_pod().filter(|p| !p.node_name.is_empty())
}

/// Whether a Pod that is going has no container that runs, as far as its kubelet said: nothing said is none.
/// As pkg/volume/util/util.go `IsPodTerminated` has it.
fn has_stopped(object: &Object, pod: &Pod) -> bool {
    object.meta.is_deleting() && pod.status.containers.iter().all(|c| !c.state.is_running())
}

/// The claims of a Pod that are there.
fn claims<'w>(
    world: &'w World,
    object: &'w Object,
    pod: &'w Pod,
) -> impl Iterator<Item = (Id, &'w Arc<Object>, &'w PersistentVolumeClaim)> {
    pod.claim_names().filter_map(move |name| {
        let store = &world.store;
        let id = store.id(Kind::PersistentVolumeClaim, &object.meta.namespace, name)?;
        let claim = store.get(id)?;
        Some((id, claim, claim.as_claim()?))
    })
}

/// Whether a Pod of that Node wants that volume.
fn wants(world: &World, node: &str, volume: &str) -> bool {
    world.store.list(Kind::Pod).any(|(_, object)| {
        let pod = assigned(object).filter(|p| p.node_name == node && !p.status.phase.is_terminal());
        pod.is_some_and(|p| {
            claims(world, object, p)
                .any(|(_, _, c)| c.volume_name == volume && c.status.phase == ClaimPhase::Bound)
        })
    })
}

/// P3, P7, P15: what a claim and its volume say of each other when the claim is Bound.
fn bound(world: &World, object: &Object, claim: &PersistentVolumeClaim) -> Option<&'static str> {
    let volume = world
        .store
        .find(Kind::PersistentVolume, "", &claim.volume_name);
    let Some(volume) = volume.and_then(|o| o.as_volume()) else {
        return Some("P3 (Bound to a volume that is not there)");
    };
    let completed = object.meta.annotation("pv.kubernetes.io/bind-completed");
    if volume.phase != VolumePhase::Bound || completed.is_none() {
        return Some("P3 (Bound before its volume is)");
    }
    if claim
        .status
        .capacity
        .as_ref()
        .is_none_or(|c| *c > volume.spec.size())
        || volume.spec.size() < claim.spec.request()
    {
        return Some("P5, P15 (larger than its volume)");
    }
    let class = claim.storage_class_name.as_deref().unwrap_or_default();
    let class = world.store.find(Kind::StorageClass, "", class);
    let waits = class
        .and_then(|o| o.as_storage_class())
        .is_some_and(|c| c.wait_for_first_consumer);
    let selected = object.meta.annotation("volume.kubernetes.io/selected-node");
    (waits && selected.is_none()).then_some("P7 (bound without a consumer)")
}

/// What is left over when everything is mended and long past.
///
/// # Errors
/// The property that does not hold, and the object.
pub(super) fn settled(world: &World) -> Result<(), String> {
    let say = |rule: &str, object: &Object| Err(format!("{rule} in the end: {}", object.meta.name));
    for (_, object) in world.store.list(Kind::Node) {
        if object
            .as_node()
            .is_some_and(|n| !n.is_ready() || !n.taints.is_empty())
        {
            return say("N3 (not Ready, or tainted)", object);
        }
    }
    for (_, object) in world.store.list(Kind::Pod) {
        let orphan = |p: &Pod| world.store.find(Kind::Node, "", &p.node_name).is_none();
        if assigned(object).is_some_and(orphan) {
            return say("N12 (a Pod without its Node)", object);
        }
        if object.meta.is_deleting() {
            return say("A10 (a Pod is going still)", object);
        }
    }
    for (_, object) in world.store.list(Kind::VolumeAttachment) {
        let wanted = object.as_volume_attachment();
        if wanted.is_some_and(|a| !a.attached || !wants(world, &a.node_name, &a.volume)) {
            return say("A2 (an attachment that nobody wants)", object);
        }
    }
    for (_, object) in world.store.list(Kind::PersistentVolumeClaim) {
        let used = |(_, pod): (Id, &Arc<Object>)| {
            let mut claims = assigned(pod).into_iter().flat_map(|p| p.claim_names());
            claims.any(|name| *name == object.meta.name)
        };
        if object.meta.is_deleting() && !world.store.list(Kind::Pod).any(used) {
            return say("P13 (kept, and nobody uses it)", object);
        }
    }
    for (_, object) in world.store.list(Kind::PersistentVolume) {
        let reclaimed = |v: &ordinal_api::storage::PersistentVolume| {
            v.phase == VolumePhase::Released && v.reclaim_policy == ReclaimPolicy::Delete
        };
        if object.as_volume().is_some_and(reclaimed) || object.meta.is_deleting() {
            return say("P11 (a volume is not reclaimed)", object);
        }
    }
    rest::settled(world)
}
