//! Which events make a Pod worth another try: each plugin that rejected it is asked whether a change may matter to it.
//! Models the queueing hints of pkg/scheduler/framework/plugins, 1.37.

use std::sync::Arc;

use ordinal_api::podspec::PodAffinityTerm;
use ordinal_api::{Kind, Object};

use super::counters::resolved_affinity;
use super::filters::{
    Plugin, Plugins, first_untolerated, fits_empty_node, matches_node, pods_of_term,
    spread_selector,
};
use super::node_info::{HostPort, NodeInfo, Request};
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
    Claim(&'c Object),
    /// A volume or a class came or changed.
    Volume,
    /// The limits of a node changed.
    Limits,
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
        let Some(object) = cx.get(id) else { continue };
        if is_worth(cx.world, id, &object, rejected, &event) {
            queue::wake(cx, id);
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
            was_placed: old.is_some_and(|o| node_of(&world.store, o).is_some()),
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
        Kind::PersistentVolumeClaim => new.map(Event::Claim),
        Kind::PersistentVolume | Kind::StorageClass => new.map(|_| Event::Volume),
        Kind::CSINode => new.map(|_| Event::Limits),
        _ => None,
    }
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
            rejecting.any(|plugin| other_pod(world, plugin, pod, left, came, changed))
        }
        Event::Node { old, new } => {
            rejecting.any(|plugin| node(world, plugin, pod, old.as_deref(), new.as_deref()))
        }
        Event::Claim(claim) => {
            let ours = pod.meta.namespace == claim.meta.namespace
                && pod.as_pod().is_some_and(|p| {
                    let own = |v: &ordinal_api::podspec::Volume| {
                        v.ephemeral.is_some()
                            && claim.meta.name == format!("{}-{}", pod.meta.name, v.name)
                    };
                    p.claim_names().any(|name| *name == claim.meta.name)
                        || p.template_volumes().any(own)
                });
            ours && rejecting.any(is_about_volumes)
        }
        Event::Volume => {
            rejecting.any(|plugin| matches!(plugin, Plugin::VolumeBinding | Plugin::VolumeZone))
        }
        Event::Limits => rejecting
            .any(|plugin| matches!(plugin, Plugin::NodeVolumeLimits | Plugin::VolumeBinding)),
    }
}

fn is_about_volumes(plugin: Plugin) -> bool {
    matches!(
        plugin,
        Plugin::VolumeRestrictions
            | Plugin::NodeVolumeLimits
            | Plugin::VolumeBinding
            | Plugin::VolumeZone
    )
}

/// The Pod itself was changed.
fn own_change(plugin: Plugin, old: Option<&Object>, new: Option<&Object>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let tolerations = |o: &Object| o.as_pod().map(|p| p.spec.tolerations.clone());
    match plugin {
        Plugin::TaintToleration | Plugin::NodeUnschedulable => tolerations(old) != tolerations(new),
        Plugin::PodTopologySpread | Plugin::InterPodAffinity => old.meta.labels != new.meta.labels,
        _ => false,
    }
}

/// Another Pod left a node, came to one, or was changed on one.
fn other_pod(
    world: &World,
    plugin: Plugin,
    pod: &Object,
    left: Option<&Object>,
    came: Option<&Object>,
    changed: Option<(&Object, &Object)>,
) -> bool {
    let (Some(waiting), spec_of) = (pod.as_pod(), |o: &Object| {
        o.as_pod().map(|p| p.spec.clone())
    }) else {
        return false;
    };
    let claims = |o: &Object| {
        o.as_pod()
            .map(|p| p.claim_names().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    match plugin {
        Plugin::NodeResourcesFit => left.is_some(),
        Plugin::NodePorts => left.and_then(spec_of).is_some_and(|spec| {
            let wanted = HostPort::of(&waiting.spec);
            HostPort::of(&spec)
                .iter()
                .any(|port| wanted.iter().any(|w| w.conflicts_with(port)))
        }),
        Plugin::VolumeRestrictions => left.is_some_and(|other| {
            other.meta.namespace == pod.meta.namespace
                && claims(other).iter().any(|c| claims(pod).contains(c))
        }),
        Plugin::NodeVolumeLimits => left.is_some_and(|other| !claims(other).is_empty()),
        Plugin::PodTopologySpread => {
            let constraints = &waiting.spec.topology_spread_constraints;
            let counts = |o: &Object| {
                constraints
                    .iter()
                    .any(|c| spread_selector(c, pod).matches(o))
            };
            // One that is going is not counted any more: this is when it makes room.
            let freed = changed.is_some_and(|(old, new)| counts(old) != counts(new));
            left.or(came)
                .is_some_and(|o| counts(o) || o.meta.is_deleting())
                || freed
        }
        Plugin::InterPodAffinity => {
            let Some(affinity) = resolved_affinity(pod) else {
                // Only a Pod that refuses this one can be in the way.
                return left.is_some_and(|other| refuses(world, other, pod));
            };
            let own = &pod.meta.namespace;
            let means = |terms: &[PodAffinityTerm], o: &Object| {
                terms
                    .iter()
                    .any(|term| pods_of_term(term, own, world).matches(o))
            };
            let wanted = |o: &Object| means(&affinity.pod_affinity.required, o);
            let unwanted = |o: &Object| means(&affinity.pod_anti_affinity.required, o);
            came.is_some_and(wanted)
                || left.is_some_and(|o| unwanted(o) || refuses(world, o, pod))
                || changed.is_some_and(|(old, new)| {
                    (wanted(new) && !wanted(old)) || (unwanted(old) && !unwanted(new))
                })
        }
        _ => false,
    }
}

/// Whether a Pod's required anti-affinity means another.
fn refuses(world: &World, by: &Object, pod: &Object) -> bool {
    let affinity = resolved_affinity(by);
    let mut terms = affinity.iter().flat_map(|a| &a.pod_anti_affinity.required);
    terms.any(|term| pods_of_term(term, &by.meta.namespace, world).matches(pod))
}

/// A node came, went or changed.
fn node(
    world: &World,
    plugin: Plugin,
    pod: &Object,
    old: Option<&NodeInfo>,
    new: Option<&NodeInfo>,
) -> bool {
    let Some(waiting) = pod.as_pod() else {
        return false;
    };
    let Some(new) = new else {
        // A domain that is gone can only even the others out.
        return plugin == Plugin::PodTopologySpread;
    };
    let now = |test: &dyn Fn(&NodeInfo) -> bool| test(new) && !old.is_some_and(test);
    let label_changed = |key: &str| new.label(key) != old.and_then(|o| o.label(key));
    match plugin {
        Plugin::NodeUnschedulable => now(&|n| !n.node().unschedulable),
        Plugin::NodeName | Plugin::NodePorts => old.is_none(),
        Plugin::TaintToleration => now(&|n| first_untolerated(waiting, n).is_none()),
        Plugin::NodeAffinity => now(&|n| matches_node(waiting, n)),
        Plugin::NodeResourcesFit => {
            let grown = old.is_some_and(|old| {
                let (a, b) = (&old.allocatable, &new.allocatable);
                b.cpu_milli > a.cpu_milli
                    || b.memory > a.memory
                    || b.ephemeral_storage > a.ephemeral_storage
                    || new.allowed_pods > old.allowed_pods
                    || b.extended
                        .iter()
                        .any(|(name, has)| *has > a.extended.get(name).copied().unwrap_or_default())
            });
            fits_empty_node(&Request::of(&waiting.spec), new) && (old.is_none() || grown)
        }
        Plugin::VolumeRestrictions => false,
        Plugin::NodeVolumeLimits => old.is_none(),
        Plugin::VolumeBinding | Plugin::VolumeZone => old.is_none_or(|old| {
            old.object.meta.labels != new.object.meta.labels
                || old.node().taints != new.node().taints
        }),
        Plugin::PodTopologySpread => {
            let constraints = &waiting.spec.topology_spread_constraints;
            constraints.iter().any(|c| label_changed(&c.topology_key))
                || old.is_some_and(|old| {
                    first_untolerated(waiting, old).is_none()
                        != first_untolerated(waiting, new).is_none()
                })
        }
        Plugin::InterPodAffinity => {
            let affinity = resolved_affinity(pod);
            let terms = affinity.iter().flat_map(|a| {
                a.pod_affinity
                    .required
                    .iter()
                    .chain(&a.pod_anti_affinity.required)
            });
            let mut own = terms.map(|term| &term.topology_key);
            let groups = world.parts.scheduler.counters.groups();
            let mut others = groups
                .flat_map(|g| &g.resolved.pod_anti_affinity.required)
                .map(|term| &term.topology_key);
            own.any(|key| label_changed(key)) || others.any(|key| label_changed(key))
        }
    }
}
