//! The filters: one file a plugin, in the order in which the scheduler asks them. The first that rejects a node gives the reasons.
//! Models pkg/scheduler/framework/plugins and `getDefaultPlugins`, 1.37.

mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod node_volume_limits;
mod pod_topology_spread;
mod taint_toleration;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::{Object, Text};

use super::Memory;
use super::bind::Binding;
use super::counters::ByNode;
use super::node_info::{HostPort, Marked, NodeInfo};
use super::request::Request;
use crate::persistent::{Map, Set};
use crate::store::{Link, Store};
use crate::{Id, World};

pub(crate) use inter_pod_affinity::{pods_of_term, topology_counts};
pub(crate) use node_affinity::matches as matches_node;
pub(crate) use node_resources::fits_empty as fits_empty_node;
pub(crate) use node_unschedulable::tolerates_cordon;
pub(crate) use pod_topology_spread::{counted, is_included, selector_of as spread_selector};
pub(crate) use taint_toleration::first_untolerated;
pub(crate) use volume_binding::{
    Choice, ClaimPlan, bind_completed, plan as plan_volumes, room_at, volume_limit,
};
pub(crate) use volume_restrictions::shares_disk;
pub(crate) use volume_zone::LABELS as ZONE_LABELS;

/// A plugin that can reject a Pod, in the order of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    VolumeRestrictions,
    NodeVolumeLimits,
    VolumeBinding,
    VolumeZone,
    PodTopologySpread,
    InterPodAffinity,
}

/// Some plugins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plugins(u16);

impl Plugins {
    pub(crate) fn insert(&mut self, plugin: Plugin) {
        self.0 |= 1 << plugin as u16;
    }

    pub(crate) fn contains(self, plugin: Plugin) -> bool {
        self.0 & 1 << plugin as u16 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Why a node was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// By whom.
    pub(crate) plugin: Plugin,
    /// In Kubernetes' words; several only for resources.
    pub(crate) reasons: Vec<Text>,
    /// Whether removing Pods could help (`Unschedulable`), or could not (`UnschedulableAndUnresolvable`).
    pub(crate) resolvable: bool,
}

impl Rejection {
    fn of(plugin: Plugin, reason: &'static str) -> Self {
        Self {
            plugin,
            reasons: vec![Text::new_static(reason)],
            resolvable: false,
        }
    }

    fn resolvable(plugin: Plugin, reason: &'static str) -> Self {
        Self {
            resolvable: true,
            ..Self::of(plugin, reason)
        }
    }
}

/// Why a Pod is rejected before any node is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EarlyRejection {
    /// By whom.
    pub(crate) plugin: Plugin,
    /// In Kubernetes' words.
    pub(crate) reason: Text,
    /// The object that it is about: a claim.
    pub(crate) about: Option<Id>,
}

/// One attempt: the Pod, and what was found out about it before the nodes are asked.
#[derive(Debug)]
pub(crate) struct Cycle<'w> {
    pub(crate) world: &'w World,
    pub(crate) object: &'w Object,
    pub(crate) pod: &'w Pod,
    pub(crate) request: Request,
    ports: Vec<HostPort>,
    named_nodes: Option<Vec<Text>>,
    pub(crate) marked: Marked,
    absent: Set<Id>,
    bindings: Map<Id, Arc<Binding>>,
    exclusive_claim_in_use: bool,
    /// What counts against the limits of nodes, where any node has limits.
    limits: node_volume_limits::Wanted,
    pub(crate) volumes: volume_binding::Volumes<'w>,
    zones: volume_zone::Zones,
    spread: pod_topology_spread::State,
    affinity: inter_pod_affinity::State,
    /// The filters that can reject a node.
    filters: Vec<Filter>,
}

type Filter = fn(&Cycle<'_>, &NodeInfo) -> Option<Rejection>;

/// Whether a filter can reject any node at all, for this Pod.
type Applies = fn(&Cycle<'_>) -> bool;

const FILTERS: &[(Applies, Filter)] = &[
    (node_unschedulable::applies, node_unschedulable::filter),
    (node_name::applies, node_name::filter),
    (taint_toleration::applies, taint_toleration::filter),
    (node_affinity::applies, node_affinity::filter),
    (node_ports::applies, node_ports::filter),
    (|_| true, node_resources::filter),
    (volume_restrictions::applies, volume_restrictions::filter),
    (node_volume_limits::applies, node_volume_limits::filter),
    (volume_binding::applies, volume_binding::filter),
    (volume_zone::applies, volume_zone::filter),
    (pod_topology_spread::applies, pod_topology_spread::filter),
    (inter_pod_affinity::applies, inter_pod_affinity::filter),
];

impl<'w> Cycle<'w> {
    /// What can be found out about a Pod before the nodes are asked.
    ///
    /// # Errors
    /// The reason why no node needs to be asked.
    pub(crate) fn new(
        world: &'w World,
        memory: &mut Memory,
        id: Id,
        object: &'w Object,
    ) -> Result<Self, EarlyRejection> {
        let pod = object.as_pod().expect("the scheduler's queue holds Pods");
        let named_nodes = node_affinity::named_nodes(pod);
        if named_nodes.as_ref().is_some_and(Vec::is_empty) {
            return Err(EarlyRejection {
                plugin: Plugin::NodeAffinity,
                reason: Text::new_static("pod affinity terms conflict"),
                about: None,
            });
        }
        let exclusive_claim_in_use = volume_restrictions::prepare(world, memory, id, object)?;
        let volumes = volume_binding::prepare(world, memory, object)?;
        let zones = volume_zone::prepare(pod, &volumes)?;
        let spread = pod_topology_spread::prepare(world, memory, object);
        let affinity = inter_pod_affinity::prepare(world, memory, object);
        let mut cycle = Self {
            world,
            object,
            pod,
            request: Request::of(&pod.spec),
            ports: HostPort::of(&pod.spec),
            named_nodes,
            marked: memory.nodes.marked(),
            absent: memory.absent.clone(),
            bindings: memory.bindings.clone(),
            exclusive_claim_in_use,
            limits: if memory.limited.is_empty() && !node_volume_limits::any_is_needed(world) {
                node_volume_limits::Wanted::new()
            } else {
                node_volume_limits::prepare(world, object)
            },
            volumes,
            zones,
            spread,
            affinity,
            filters: Vec::new(),
        };
        cycle.filters = FILTERS
            .iter()
            .filter(|(applies, _)| applies(&cycle))
            .map(|(_, filter)| *filter)
            .collect();
        Ok(cycle)
    }

    /// Asks every filter about a node until one rejects it.
    pub(crate) fn filter(&self, node: &NodeInfo) -> Option<Rejection> {
        if self
            .named_nodes
            .as_ref()
            .is_some_and(|names| !names.contains(node.name()))
        {
            return Some(Rejection::of(
                Plugin::NodeAffinity,
                "node(s) didn't satisfy plugin(s) [NodeAffinity]",
            ));
        }
        self.filters.iter().find_map(|filter| filter(self, node))
    }

    /// The Pods on a node, those that are about to be bound to it among them.
    fn pods_on(&self, node: Id) -> Vec<&Object> {
        let store = &self.world.store;
        let placed = store
            .linked(Link::PodOnNode, node)
            .filter(|(id, o)| !self.absent.contains(id) && super::node_of(store, o).is_some());
        let waiting = self.bindings.values().filter(|b| b.node == node);
        placed
            .map(|(_, o)| &**o)
            .chain(waiting.map(|b| &*b.object))
            .collect()
    }

    /// How many filters would reject a node: how far it is from fitting.
    pub(crate) fn distance(&self, node: &NodeInfo) -> usize {
        self.filters
            .iter()
            .filter(|filter| filter(self, node).is_some())
            .count()
    }
}

/// Every Pod that stands on a node or is about to, for the first counting; by its first label where there is one.
pub(crate) fn placed<'a>(
    store: &'a Store,
    assumed: &'a Map<Id, Arc<super::bind::Binding>>,
    absent: &'a Set<Id>,
    counted: &super::counters::Counted,
) -> Box<dyn Iterator<Item = (Id, &'a Object)> + 'a> {
    use super::counters::Namespaces;
    let label = counted
        .selector
        .match_labels
        .first_key_value()
        .map(|(k, v)| (k.clone(), v.clone()));
    let pods: Box<dyn Iterator<Item = (Id, &'a Arc<Object>)> + 'a> =
        match (&counted.namespaces, label) {
            (Namespaces::In(names), Some((key, value))) => {
                let names = names.clone();
                Box::new(names.into_iter().flat_map(move |namespace| {
                    store.pods_with_label(&namespace, &key, &value).into_list()
                }))
            }
            _ => Box::new(store.list(ordinal_api::Kind::Pod)),
        };
    let waiting = assumed
        .iter()
        .map(|(_, binding)| (binding.node, &*binding.object));
    Box::new(
        pods.filter(move |(id, _)| !assumed.contains_key(id) && !absent.contains(id))
            .filter_map(|(_, pod)| Some((super::node_of(store, pod)?, &**pod)))
            .chain(waiting),
    )
}

/// How many Pods there are of what is counted, by node.
pub(crate) fn count(
    world: &World,
    memory: &mut Memory,
    counted: &super::counters::Counted,
) -> ByNode {
    let Memory {
        counters,
        bindings,
        absent,
        ..
    } = memory;
    counters.count(counted, |counted| {
        placed(&world.store, bindings, absent, counted)
    })
}
