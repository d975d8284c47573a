//! Which events make a Pod worth another try: each plugin that rejected it is asked whether a change may matter to it.
//! Models the queueing hints of pkg/scheduler/framework/plugins, 1.37.

mod pods;

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::podspec::TopologySpreadConstraint;
use ordinal_api::{Kind, Object, Text};

use super::counters::{Counted, resolved_affinity};
use super::filters::{
    Plugin, Plugins, first_untolerated, fits_empty_node, matches_node, spread_selector,
    tolerates_cordon, volume_limit,
};
use super::node_info::NodeInfo;
use super::request::{Amounts, Request};
use super::{node_of, queue};
use crate::{Change, Cx, Id, World};

const ALL: [Plugin; 12] = [
    Plugin::NodeUnschedulable,
    Plugin::NodeName,
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodePorts,
    Plugin::NodeResourcesFit,
    Plugin::VolumeRestrictions,
    Plugin::NodeVolumeLimits,
    Plugin::VolumeBinding,
    Plugin::VolumeZone,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];

/// What a change is to the scheduler.
enum Event<'c> {
    /// A Pod came to a node, left it, or one on a node or the waiting Pod itself has other labels or tolerations.
    Pod {
        id: Id,
        old: Option<&'c Object>,
        new: Option<&'c Object>,
        was_placed: bool,
        is_placed: bool,
    },
    /// A node came, went or changed.
    Node {
        old: Option<Box<NodeInfo>>,
        new: Option<Box<NodeInfo>>,
    },
    /// A claim came or changed.
    Claim { claim: &'c Object, is_new: bool },
    /// A volume came or changed: whether that concerns its zone.
    Volume { zone: bool },
    /// A class came, or its topologies changed: whether it is a new one that waits for consumers.
    Class { new_and_waiting: bool },
    /// A node's drivers came to be known, or (`raised`) take more volumes than before.
    Limits { is_new: bool, raised: bool },
    /// A driver has room, or more than before.
    Room,
    /// An attachment is gone.
    Detached,
}

/// Wakes the Pods for which a change may matter.
pub(super) fn after(cx: &mut Cx<'_>, change: &Change) {
    if cx.world.parts.scheduler.parked.is_empty() {
        return;
    }
    let Some(event) = event(cx.world, change) else {
        return;
    };
    for (id, rejected) in queue::parked(cx) {
        if cx.world.parts.scheduler.preempting == Some(id) {
            continue;
        }
        let Some(object) = cx.get(id) else { continue };
        if is_worth(cx.world, id, &object, rejected, &event) {
            // A claim is looked at by its own controller first (recordings).
            let after_others = matches!(event, Event::Claim { is_new: true, .. });
            queue::wake(cx, id, after_others);
        }
    }
}

fn event<'c>(world: &World, change: &'c Change) -> Option<Event<'c>> {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    match change.kind() {
        Kind::Pod => Some(Event::Pod {
            id: change.id,
            old,
            new,
            was_placed: old.is_some_and(|o| {
                // A Pod that was promised a node gives it up when it goes.
                let promised = |p: &Pod| !p.status.nominated_node_name.is_empty();
                node_of(&world.store, o).is_some()
                    || new.is_none() && o.as_pod().is_some_and(promised)
            }),
            is_placed: new.is_some_and(|o| node_of(&world.store, o).is_some()),
        }),
        Kind::Node => {
            let info =
                |o: &Option<Arc<Object>>| o.as_ref().map(|o| NodeInfo::new(change.id, o.clone()));
            let (old, new) = (info(&change.old), info(&change.new));
            let same = old.as_ref().zip(new.as_ref()).is_some_and(|(a, b)| {
                a.object.meta.labels == b.object.meta.labels
                    && a.node().taints == b.node().taints
                    && a.node().unschedulable == b.node().unschedulable
                    && a.node().status.allocatable == b.node().status.allocatable
            });
            (!same).then_some(Event::Node {
                old: old.map(Box::new),
                new: new.map(Box::new),
            })
        }
        Kind::PersistentVolumeClaim => new.map(|claim| Event::Claim {
            claim,
            is_new: old.is_none(),
        }),
        Kind::PersistentVolume => new.map(|new| Event::Volume {
            zone: old.is_none_or(|old| zone_labels(old) != zone_labels(new)),
        }),
        Kind::StorageClass => class_event(old, new?),
        Kind::CSINode => {
            let limits = |o: &Object| o.as_csi_node().map(|n| n.drivers.clone());
            let before = old.and_then(limits).unwrap_or_default();
            let after = limits(new?).unwrap_or_default();
            let raised = after.iter().any(|(driver, limit)| {
                let before = before.iter().find(|(d, _)| d == driver);
                *limit > before.and_then(|(_, limit)| *limit)
            });
            Some(Event::Limits {
                is_new: old.is_none(),
                raised,
            })
        }
        Kind::CSIStorageCapacity => {
            let new = new?;
            let grown = |old: &Object| volume_limit(new) > volume_limit(old);
            old.is_none_or(grown).then_some(Event::Room)
        }
        Kind::VolumeAttachment => new.is_none().then_some(Event::Detached),
        _ => None,
    }
}

/// A new class, or one that allows other topologies than before.
fn class_event<'c>(old: Option<&Object>, new: &Object) -> Option<Event<'c>> {
    let class = new.as_storage_class()?;
    let before = old.and_then(|o| o.as_storage_class());
    if before.is_some_and(|before| before.allowed_topologies == class.allowed_topologies) {
        return None;
    }
    Some(Event::Class {
        new_and_waiting: before.is_none() && class.wait_for_first_consumer,
    })
}

fn is_worth(world: &World, id: Id, pod: &Object, rejected: Plugins, event: &Event<'_>) -> bool {
    if rejected.is_empty() {
        return true;
    }
    let mut rejecting = ALL.into_iter().filter(|plugin| rejected.contains(*plugin));
    match event {
        Event::Pod {
            id: other,
            old,
            new,
            was_placed,
            is_placed,
        } if *other == id => {
            debug_assert!(!was_placed && !is_placed, "a Pod that waits has no node");
            rejecting.any(|plugin| own_change(plugin, *old, *new))
        }
        Event::Pod {
            old,
            new,
            was_placed,
            is_placed,
            ..
        } => {
            let left = old.filter(|_| *was_placed && !*is_placed);
            let came = new.filter(|_| *is_placed && !*was_placed);
            let changed = (*was_placed && *is_placed)
                .then_some(*old)
                .flatten()
                .zip(*new);
            rejecting.any(|plugin| pods::other_pod(world, plugin, pod, left, came, changed))
        }
        Event::Node { old, new } => {
            rejecting.any(|plugin| node(plugin, pod, old.as_deref(), new.as_deref()))
        }
        Event::Claim { claim, is_new } => {
            let (named, own) = uses(pod, claim);
            rejecting.any(|plugin| match plugin {
                Plugin::VolumeRestrictions => named && *is_new,
                Plugin::NodeVolumeLimits => (named || own) && *is_new,
                Plugin::VolumeBinding => named || own,
                Plugin::VolumeZone => named,
                _ => false,
            })
        }
        Event::Volume { zone } => rejecting.any(|plugin| match plugin {
            Plugin::VolumeBinding => true,
            Plugin::VolumeZone => *zone,
            _ => false,
        }),
        Event::Class { new_and_waiting } => rejecting.any(|plugin| match plugin {
            Plugin::VolumeBinding => true,
            Plugin::VolumeZone => *new_and_waiting,
            _ => false,
        }),
        Event::Limits { is_new, raised } => rejecting.any(|plugin| match plugin {
            Plugin::VolumeBinding => *is_new,
            Plugin::NodeVolumeLimits => *is_new || *raised,
            _ => false,
        }),
        Event::Room => rejecting.any(|plugin| plugin == Plugin::VolumeBinding),
        Event::Detached => {
            let claims = pod
                .as_pod()
                .is_some_and(|p| p.claim_names().next().is_some());
            claims && rejecting.any(|plugin| plugin == Plugin::NodeVolumeLimits)
        }
    }
}

/// Whether a Pod names a claim, and whether it is the claim of one of its ephemeral volumes.
fn uses(pod: &Object, claim: &Object) -> (bool, bool) {
    let Some(p) = pod
        .as_pod()
        .filter(|_| pod.meta.namespace == claim.meta.namespace)
    else {
        return (false, false);
    };
    let own = |v: &ordinal_api::podspec::Volume| {
        v.ephemeral.is_some() && claim.meta.name == format!("{}-{}", pod.meta.name, v.name)
    };
    (
        p.claim_names().any(|name| *name == claim.meta.name),
        p.template_volumes().any(own),
    )
}

/// The Pod itself was changed.
fn own_change(plugin: Plugin, old: Option<&Object>, new: Option<&Object>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let (Some(before), Some(now)) = (old.as_pod(), new.as_pod()) else {
        return false;
    };
    let tolerates_more = before.spec.tolerations != now.spec.tolerations;
    let relabelled = old.meta.labels != new.meta.labels;
    match plugin {
        Plugin::TaintToleration => tolerates_more,
        Plugin::NodeUnschedulable => tolerates_more && tolerates_cordon(now),
        Plugin::PodTopologySpread => {
            let mut constraints = hard_constraints(new);
            let counts = |c: &Counted, o: &Object| c.selector.matches(&o.meta.labels);
            constraints.any(|(constraint, counted)| {
                tolerates_more && constraint.node_taints_policy == "Honor"
                    || relabelled && counts(&counted, old) != counts(&counted, new)
            })
        }
        Plugin::InterPodAffinity => relabelled,
        _ => false,
    }
}

/// The hard spread constraints of a Pod, with what they count.
fn hard_constraints(pod: &Object) -> impl Iterator<Item = (&TopologySpreadConstraint, Counted)> {
    let constraints = pod.as_pod().map(|p| &p.spec.topology_spread_constraints);
    constraints
        .into_iter()
        .flatten()
        .filter(|c| c.when_unsatisfiable != "ScheduleAnyway")
        .map(|c| (c, spread_selector(c, pod)))
}

/// A node came, went or changed.
fn node(plugin: Plugin, pod: &Object, old: Option<&NodeInfo>, new: Option<&NodeInfo>) -> bool {
    let Some(waiting) = pod.as_pod() else {
        return false;
    };
    let all_keys = |n: &NodeInfo| {
        let mut keys = hard_constraints(pod).map(|(c, _)| &c.topology_key);
        keys.all(|key| n.label(key).is_some())
    };
    let Some(new) = new else {
        // A domain that is gone can only even the others out.
        return plugin == Plugin::PodTopologySpread && old.is_some_and(all_keys);
    };
    let now = |test: &dyn Fn(&NodeInfo) -> bool| test(new) && !old.is_some_and(test);
    let relabelled = old.is_some_and(|old| old.object.meta.labels != new.object.meta.labels);
    match plugin {
        Plugin::NodeUnschedulable => now(&|n| !n.node().unschedulable),
        Plugin::NodeName | Plugin::NodePorts | Plugin::VolumeRestrictions => old.is_none(),
        Plugin::TaintToleration => now(&|n| first_untolerated(waiting, n).is_none()),
        Plugin::NodeAffinity => now(&|n| matches_node(waiting, n)),
        Plugin::NodeResourcesFit => {
            let asked = Request::of(&waiting.spec);
            let grown = |old: &NodeInfo| {
                let (a, b) = (&old.allocatable, &new.allocatable);
                let asked = &asked.amounts;
                let more = |asked: i64, a: i64, b: i64| asked > 0 && b > a;
                let of = |amounts: &Amounts, name: &Text| {
                    amounts.extended.get(name).copied().unwrap_or_default()
                };
                new.allowed_pods > old.allowed_pods
                    || more(asked.cpu_milli, a.cpu_milli, b.cpu_milli)
                    || more(asked.memory, a.memory, b.memory)
                    || more(
                        asked.ephemeral_storage,
                        a.ephemeral_storage,
                        b.ephemeral_storage,
                    )
                    || asked
                        .extended
                        .iter()
                        .any(|(name, asked)| more(*asked, of(a, name), of(b, name)))
            };
            fits_empty_node(&asked, new) && old.is_none_or(grown)
        }
        Plugin::NodeVolumeLimits => false,
        Plugin::VolumeBinding | Plugin::VolumeZone => old.is_none() || relabelled,
        Plugin::PodTopologySpread => match old {
            None => all_keys(new),
            Some(old) if all_keys(old) != all_keys(new) => true,
            Some(old) => {
                let moved = hard_constraints(pod)
                    .any(|(c, _)| old.label(&c.topology_key) != new.label(&c.topology_key));
                all_keys(new) && (moved || old.node().taints != new.node().taints)
            }
        },
        Plugin::InterPodAffinity => {
            let affinity = resolved_affinity(pod).unwrap_or_default();
            let before = |key: &Text| old.and_then(|o| o.label(key));
            let mut wanted = affinity
                .pod_affinity
                .required
                .iter()
                .map(|t| &t.topology_key);
            let mut unwanted = affinity
                .pod_anti_affinity
                .required
                .iter()
                .map(|t| &t.topology_key);
            // Where the key is new or another, a Pod may be met; where it is gone or another, one may be kept clear of.
            wanted.any(|key| new.label(key).is_some() && new.label(key) != before(key))
                || unwanted.any(|key| {
                    old.is_none() || before(key).is_some() && new.label(key) != before(key)
                })
        }
    }
}

fn zone_labels(volume: &Object) -> [Option<&str>; 4] {
    super::filters::ZONE_LABELS.map(|key| volume.meta.label(key))
}
