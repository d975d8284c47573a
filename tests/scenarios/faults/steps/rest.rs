//! What the scheduler, the Eviction API, init containers and the garbage collectors may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::node::TaintEffect;
use ordinal_api::pod::{Pod, PodPhase, TAINT_NOT_READY, TAINT_UNREACHABLE};
use ordinal_api::read::Read;
use ordinal_api::storage::{
    AccessMode, ClaimPhase, PersistentVolume, PersistentVolumeClaim, VolumePhase,
};
use ordinal_api::value::at;
use ordinal_api::{Kind, Object, Selector, SimDuration, Text, Uid, Value, condition};
use ordinal_core::journal::{Fact, Verb};
use ordinal_core::machine::{LocalContainer, LocalState};
use ordinal_core::{Component, Id, World};

use super::{Steps, Wrong, assigned, claims};

/// The Pods that have ended which the collector leaves alone.
pub(crate) const ENDED_KEPT: u32 = 3;

fn reason(pod: &Pod) -> &str {
    let target = condition::find(&pod.status.conditions, "DisruptionTarget");
    target.map_or("", |c| c.reason.as_str())
}

/// The least that its class says.
fn priority(world: &World, pod: &Pod) -> i64 {
    let class = world
        .store
        .find(Kind::PriorityClass, "", &pod.spec.priority_class_name);
    let value = class
        .and_then(|o| o.as_priority_class())
        .and_then(|c| c.raw.get("value"));
    value.and_then(Value::as_i64).unwrap_or_default()
}

impl Steps {
    /// What holds of every state by itself, and of the step to it.
    pub(super) fn rest(&mut self, old: &World, world: &World) -> Wrong {
        let mut users: BTreeMap<Id, Id> = BTreeMap::new();
        for (id, object) in world.store.list(Kind::Pod) {
            let Some(pod) = object.as_pod() else { continue };
            let before = old.get(id).filter(|o| o.meta.uid == object.meta.uid);
            let was = before.and_then(|o| o.as_pod());
            if let Some(rule) = before.and_then(|before| pushed(old, world, before, object)) {
                return Some((rule, id));
            }
            if was.is_some_and(|was| was.node_name.is_empty())
                && !pod.node_name.is_empty()
                && let Some(rule) = misplaced(old, world, object, pod)
            {
                return Some((rule, id));
            }
            // Terminal Pods use nothing.
            if assigned(object).is_some() && !pod.status.phase.is_terminal() {
                for (claim, _, body) in claims(world, object, pod) {
                    let one = body
                        .spec
                        .access_modes
                        .contains(&AccessMode::ReadWriteOncePod);
                    if one && users.insert(claim, id).is_some() {
                        return Some(("A9 (two Pods use a claim that is for one)", id));
                    }
                }
            }
        }
        self.said(old, world)
            .or_else(|| folders_stay(world))
            .or_else(|| in_order(world))
            .or_else(|| collected(old, world, self.forced))
    }

    /// A7, S4: what is told, and how often.
    fn said(&mut self, old: &World, world: &World) -> Wrong {
        for (id, object) in world.store.list(Kind::Event) {
            if old.get(id).is_some_and(|o| Arc::ptr_eq(o, object)) {
                continue;
            }
            let Some(event) = object.as_event() else {
                continue;
            };
            let on_another = event.message.starts_with("Waiting for detach")
                || event.message.starts_with("Multi-Attach");
            if on_another && event.count > 1 {
                return Some(("A7 (told twice that a volume is elsewhere)", id));
            }
            if event.reason == "FailedScheduling" && !adds_up(&event.message) {
                return Some(("S4 (not every node gives one plugin's reasons)", id));
            }
        }
        None
    }
}

/// S4: the counts of a message are those of the nodes; only resources give several reasons for one node.
fn adds_up(message: &str) -> bool {
    let Some((nodes, rest)) = message
        .strip_prefix("0/")
        .and_then(|m| m.split_once(" nodes are available: "))
    else {
        return true;
    };
    let nodes: usize = nodes.parse().unwrap_or_default();
    let list = rest.split(". ").next().unwrap_or_default();
    let counts: Vec<(usize, &str)> = list
        .split(", ")
        .filter_map(|part| {
            let (count, reason) = part.split_once(' ')?;
            Some((count.parse().ok()?, reason))
        })
        .collect();
    let resources = |reason: &str| reason.starts_with("Insufficient") || reason == "Too many pods";
    let sum: usize = counts.iter().map(|(count, _)| count).sum();
    let several = counts.iter().filter(|(_, r)| resources(r)).count() > 1;
    counts.is_empty() || sum == nodes || several && sum > nodes
}

/// S9, S11: who may be told to go.
fn pushed(old: &World, world: &World, before: &Object, after: &Object) -> Option<&'static str> {
    let (was, pod) = (before.as_pod()?, after.as_pod()?);
    if reason(was) == reason(pod) {
        return None;
    }
    match reason(pod) {
        "PreemptionByScheduler" => {
            let for_it = |other: &Pod| {
                other.status.nominated_node_name == pod.node_name
                    && priority(world, other) > priority(world, pod)
            };
            let mut pods = world.store.list(Kind::Pod);
            let found = pods.any(|(_, o)| o.as_pod().is_some_and(for_it));
            (!found).then_some("S11 (pushed away by nobody who is more important)")
        }
        "EvictionByEvictionAPI" => {
            // One that is going already goes past its budget, as one that never ran: `canIgnorePDB`.
            let counts = before.meta.deletion.is_none() && was.status.phase == PodPhase::Running;
            let healthy = counts && was.is_ready();
            (healthy && !allows(old, before)).then_some("S9 (evicted against a budget)")
        }
        "DeletionByTaintManager" => {
            let daemon = before
                .meta
                .controller()
                .is_some_and(|c| c.kind == Some(Kind::DaemonSet));
            let node = old.store.find(Kind::Node, "", &pod.node_name);
            let lost = |key: &str| key == TAINT_NOT_READY || key == TAINT_UNREACHABLE;
            let only = node.and_then(|o| o.as_node()).is_some_and(|n| {
                let mut taints = n.taints.iter();
                taints.all(|t| t.effect != TaintEffect::NoExecute || lost(&t.key))
            });
            (daemon && only).then_some("N9 (a Pod of a DaemonSet is evicted from a lost node)")
        }
        _ => None,
    }
}

/// Whether the budgets let a Pod go.
fn allows(world: &World, pod: &Object) -> bool {
    world.store.list(Kind::PodDisruptionBudget).all(|(_, o)| {
        let Some(budget) = o.as_pod_disruption_budget() else {
            return true;
        };
        let selector = at(&budget.raw, &["spec", "selector"]);
        let selector = selector.and_then(|s| Selector::read(s).ok());
        let allowed = at(&budget.raw, &["status", "disruptionsAllowed"]).and_then(Value::as_i64);
        selector.is_none_or(|s| !s.matches(&pod.meta.labels)) || allowed.unwrap_or_default() > 0
    })
}

/// S2: where a Pod was put, by what was known the moment before. What waits for its volumes was put there earlier.
fn misplaced(old: &World, world: &World, object: &Object, pod: &Pod) -> Option<&'static str> {
    let waited = |(_, _, claim): (Id, _, &PersistentVolumeClaim)| {
        let volume = world
            .store
            .find(Kind::PersistentVolume, "", &claim.volume_name);
        let bound = volume.and_then(|o| o.as_volume());
        // It looks once a second.
        bound.is_none_or(|v| v.last_phase_transition + SimDuration::secs(2) > world.now())
    };
    if claims(old, object, pod).any(waited) {
        return None;
    }
    let known = |world: &World| {
        let node = world.store.find(Kind::Node, "", &pod.node_name);
        node.cloned()
    };
    let (before, now) = (known(old)?, known(world)?);
    let keeps_away = |node: &Object| {
        node.as_node().is_some_and(|n| {
            let mut hard = n.taints.iter();
            hard.any(|t| {
                t.effect != TaintEffect::PreferNoSchedule
                    && !pod
                        .tolerations()
                        .any(|tolerated| t.is_tolerated_by(tolerated))
            })
        })
    };
    if keeps_away(&before) && keeps_away(&now) {
        return Some("S2 (bound to a node whose taints it does not tolerate)");
    }
    let out_of_reach = |(_, _, claim): (Id, _, &PersistentVolumeClaim)| {
        let volume = world
            .store
            .find(Kind::PersistentVolume, "", &claim.volume_name);
        let volume = volume.and_then(|o| o.as_volume());
        volume.is_some_and(|v| !v.spec.fits_node(&now.meta.name, &now.meta.labels))
    };
    if claims(world, object, pod).any(out_of_reach) {
        return Some("S2 (bound to a node that does not reach its volume)");
    }
    let asked = |object: &Arc<Object>| {
        let pod = assigned(object).filter(|p| p.node_name == now.meta.name);
        let pod = pod.filter(|p| !p.status.phase.is_terminal());
        pod.map_or(0, |p| {
            let requests = p
                .spec
                .containers
                .iter()
                .map(|c| c.resources.requests.get("cpu"));
            requests.flatten().map(ordinal_api::Quantity::milli).sum()
        })
    };
    let sum: i128 = world.store.list(Kind::Pod).map(|(_, o)| asked(o)).sum();
    let has = now.as_node()?.status.allocatable.get("cpu")?.milli();
    (sum > has).then_some("S2 (bound to a node that is full)")
}

/// A6: what lies in a folder of a machine is attached nowhere.
fn folders_stay(world: &World) -> Wrong {
    for (id, object) in world.store.list(Kind::VolumeAttachment) {
        let name = &object.as_volume_attachment()?.volume;
        let volume = world.store.find(Kind::PersistentVolume, "", name);
        let volume = volume.and_then(|o| o.as_volume());
        if volume.is_some_and(|v| v.spec.csi.is_none()) {
            return Some(("A6 (a folder is attached)", id));
        }
    }
    None
}

/// S8: init containers run one after the other, the others after them.
fn in_order(world: &World) -> Wrong {
    let runs = |c: &LocalContainer| matches!(c.state, LocalState::Running { .. });
    let done = |c: &LocalContainer| c.end().is_some_and(|end| end.exit_code == 0);
    for machine in world.machines.values().filter(|m| m.is_running()) {
        for pod in machine.pods.values() {
            let first = pod.init_containers.iter().position(|c| !done(c));
            let Some(first) = first else { continue };
            let later = pod.init_containers[first + 1..].iter();
            if later.chain(&pod.containers).any(runs) {
                return Some(("S8 (it runs before what has to come first)", pod.id));
            }
        }
    }
    None
}

/// G2 to G5: what the collectors take.
fn collected(old: &World, world: &World, forced: bool) -> Wrong {
    let lives = |world: &World, uid: Uid, kind: Kind, namespace: &str, name: &str| {
        let object = world.store.find(kind, namespace, name);
        object.is_some_and(|o| o.meta.uid == uid)
    };
    let terminal = |world: &World| {
        let pods = world.store.list(Kind::Pod).filter_map(|(_, o)| o.as_pod());
        pods.filter(|p| p.status.phase.is_terminal()).count()
    };
    let in_namespace = |world: &World, namespace: &str| {
        let of = |kind: &Kind| {
            let mut all = world.store.list(*kind);
            all.any(|(_, o)| o.meta.namespace == namespace)
        };
        let kinds = [
            Kind::Pod,
            Kind::ConfigMap,
            Kind::PersistentVolumeClaim,
            Kind::Service,
            Kind::StatefulSet,
        ];
        kinds.iter().find(|kind| of(kind)).copied()
    };
    for kind in [
        Kind::Pod,
        Kind::ConfigMap,
        Kind::StatefulSet,
        Kind::Namespace,
    ] {
        for (id, before) in old.store.list(kind) {
            let stays = world.get(id).filter(|o| o.meta.uid == before.meta.uid);
            if kind == Kind::Pod && before.meta.deletion.is_none() {
                let goes = stays.is_none_or(|o| o.meta.is_deleting());
                let by_collector = goes && taken_by(old, world, id, Component::GarbageCollector);
                let owned = before.meta.owner_references.iter().any(|owner| {
                    let alive = |world: &World| {
                        owner.kind.is_some_and(|kind| {
                            lives(world, owner.uid, kind, &before.meta.namespace, &owner.name)
                        })
                    };
                    let going = owner.kind.is_some_and(|kind| {
                        let object = world.store.find(kind, &before.meta.namespace, &owner.name);
                        object.is_some_and(|o| o.meta.is_deleting())
                    });
                    alive(old) && alive(world) && !going
                });
                if by_collector && owned {
                    return Some(("G3 (taken though an owner lives)", id));
                }
                let ended = before
                    .as_pod()
                    .is_some_and(|p| p.status.phase.is_terminal());
                let threshold = stays.is_none() && taken_by(old, world, id, Component::PodGc);
                // What somebody says is gone is taken whatever the count.
                if threshold && ended && !forced && terminal(world) < ENDED_KEPT as usize {
                    return Some((
                        "G5 (more Pods that have ended are taken than are too many)",
                        id,
                    ));
                }
            }
            if stays.is_some() {
                continue;
            }
            match kind {
                Kind::Namespace if in_namespace(world, &before.meta.name).is_some() => {
                    return Some(("G4 (a namespace goes that is not empty)", id));
                }
                Kind::ConfigMap if before.meta.namespace == "side" => {
                    let mut pods = world.store.list(Kind::Pod);
                    if pods.any(|(_, o)| o.meta.namespace == "side") {
                        return Some(("G4 (something goes before the Pods of its namespace)", id));
                    }
                }
                Kind::StatefulSet if before.meta.has_finalizer("foregroundDeletion") => {
                    let waits = |(_, o): (Id, &Arc<Object>)| {
                        let mut owners = o.meta.owner_references.iter();
                        owners.any(|r| r.uid == before.meta.uid && r.block_owner_deletion)
                    };
                    if world.store.list(Kind::Pod).any(waits) {
                        return Some(("G2 (an owner goes before what it waits for)", id));
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// Whether a component asked for the end of an object between two states.
fn taken_by(old: &World, world: &World, id: Id, by: Component) -> bool {
    let new = world.journal.iter().skip(old.journal.len());
    new.into_iter().any(|e| {
        let goes = e.verb == Verb::Delete || e.facts.contains(&Fact::DeletionRequested);
        e.subject == id && e.by == by && goes
    })
}

/// P5, P6: what the controller chose, and what else there was.
pub(super) fn chosen(old: &World, claim: &Object, volume: &Object) -> Option<&'static str> {
    let (c, v) = (claim.as_claim()?, volume.as_volume()?);
    volume
        .meta
        .annotation("pv.kubernetes.io/bound-by-controller")?;
    let class = |text: Option<&Text>| text.cloned().unwrap_or_default();
    let fits = |object: &Object, v: &PersistentVolume| {
        v.spec.size() >= c.spec.request()
            && c.spec
                .access_modes
                .iter()
                .all(|mode| v.spec.access_modes.contains(mode))
            && v.spec.storage_class_name == class(c.storage_class_name.as_ref())
            && v.spec.volume_mode == c.spec.volume_mode
            && v.spec.volume_attributes_class_name == c.spec.volume_attributes_class_name
            && c.spec
                .selector
                .as_ref()
                .is_none_or(|s| s.matches(&object.meta.labels))
            && !object.meta.is_deleting()
    };
    if !fits(volume, v) {
        return Some("P5 (bound to a volume that does not fit)");
    }
    let modes = |v: &PersistentVolume| v.spec.access_modes.len();
    let better = |(_, o): (Id, &Arc<Object>)| {
        o.as_volume().is_some_and(|other| {
            let free = other.phase == VolumePhase::Available && other.claim_ref.is_none();
            let less = (modes(other), other.spec.size()) < (modes(v), v.spec.size());
            free && fits(o, other) && less
        })
    };
    old.store
        .list(Kind::PersistentVolume)
        .any(better)
        .then_some("P6 (there was a smaller one)")
}

/// P8, P16, G1: what must not be left over.
pub(super) fn settled(world: &World) -> Result<(), String> {
    for (_, object) in world.store.list(Kind::PersistentVolumeClaim) {
        let Some(claim) = object.as_claim() else {
            continue;
        };
        let made = object
            .meta
            .annotation("volume.kubernetes.io/storage-provisioner");
        if object.meta.name == "none"
            && (claim.storage_class_name.as_deref() != Some("") || made.is_some())
        {
            return Err("P8 (a claim without a class got one)".to_owned());
        }
        let fits = |(_, o): (Id, &Arc<Object>)| {
            o.as_volume().is_some_and(|v| {
                let class = claim.storage_class_name.clone().unwrap_or_default();
                v.phase == VolumePhase::Available
                    && v.spec.storage_class_name == class
                    && v.spec.size() >= claim.spec.request()
            })
        };
        if claim.status.phase == ClaimPhase::Pending
            && matches!(object.meta.name.as_str(), "none" | "manual")
            && world.store.list(Kind::PersistentVolume).any(fits)
        {
            return Err(format!("P16 ({} could be bound)", object.meta.name));
        }
    }
    for kind in [Kind::Pod, Kind::ReplicaSet, Kind::ControllerRevision] {
        for (_, object) in world.store.list(kind) {
            let gone = object.meta.controller().is_some_and(|owner| {
                let found = owner
                    .kind
                    .and_then(|kind| world.store.find(kind, &object.meta.namespace, &owner.name));
                found.is_none_or(|o| o.meta.uid != owner.uid)
            });
            if gone {
                return Err(format!("G1 ({} outlives its owner)", object.meta.name));
            }
        }
    }
    Ok(())
}
