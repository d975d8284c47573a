//! What the scheduler remembers of one node: its capacity and what its Pods take of it.
//! Models pkg/scheduler/framework `NodeInfo`, 1.37.

use std::sync::Arc;

use ordinal_api::node::Node;
use ordinal_api::podspec::PodSpec;
use ordinal_api::{Object, Text};

use super::request::{Amounts, Request, add, clamp, subtract};
use crate::Id;

/// A port of a host that a Pod takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    ip: Text,
    protocol: Text,
    port: u16,
}

impl HostPort {
    /// The host ports of a specification. With the host's network the API server has made every port one.
    pub(crate) fn of(spec: &PodSpec) -> Vec<Self> {
        let sidecars = spec.init_containers.iter().filter(|c| c.is_sidecar());
        let ports = spec
            .containers
            .iter()
            .chain(sidecars)
            .flat_map(|c| &c.ports);
        let ports = ports.filter_map(|port| {
            let number = if port.host_port > 0 || !spec.host_network {
                port.host_port
            } else {
                port.container_port
            };
            let or = |text: &Text, default| {
                if text.is_empty() {
                    Text::new_static(default)
                } else {
                    text.clone()
                }
            };
            (number > 0).then(|| Self {
                ip: or(&port.host_ip, "0.0.0.0"),
                protocol: or(&port.protocol, "TCP"),
                port: number,
            })
        });
        ports.collect()
    }

    /// Whether both cannot be on one host: the wildcard address meets every other.
    pub(crate) fn conflicts_with(&self, other: &Self) -> bool {
        let same_ip = self.ip == other.ip || self.ip == "0.0.0.0" || other.ip == "0.0.0.0";
        same_ip && self.protocol == other.protocol && self.port == other.port
    }
}

/// One node with what its Pods take of it.
#[derive(Clone, Debug)]
pub(crate) struct NodeInfo {
    /// Handle of the Node.
    pub(crate) id: Id,
    /// The Node as it is.
    pub(crate) object: Arc<Object>,
    /// What it has.
    pub(crate) allocatable: Amounts,
    /// How many Pods it takes.
    pub(crate) allowed_pods: i64,
    /// What its Pods ask for.
    pub(crate) requested: Request,
    /// How many Pods it has.
    pub(crate) pods: i64,
    /// Host ports that its Pods take.
    pub(crate) ports: Vec<HostPort>,
    /// Whether it is cordoned.
    pub(crate) is_unschedulable: bool,
    /// Whether it has any taints.
    pub(crate) is_tainted: bool,
    /// Whether it says which images it has.
    pub(crate) has_images: bool,
    /// How evenly CPU and memory are taken, 0 to 100; see [`Self::evenness_with`].
    pub(crate) evenness: i64,
    /// The number of its zone, see [`Nodes::zones`].
    pub(crate) zone_number: usize,
    hostname: Option<Text>,
    zone: Option<Text>,
}

/// The labels that most attempts look at.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

/// The number that stands for no zone.
const NO_ZONE: usize = 0;

/// `of` as a share of `whole`, in `parts`.
pub(crate) fn share(of: i64, whole: i64, parts: i64) -> i64 {
    match of.checked_mul(parts) {
        Some(product) => product / whole,
        None => {
            i64::try_from(i128::from(of) * i128::from(parts) / i128::from(whole)).unwrap_or(parts)
        }
    }
}

impl NodeInfo {
    /// A node without Pods.
    pub(crate) fn new(id: Id, object: Arc<Object>) -> Self {
        let mut info = Self {
            id,
            object,
            allocatable: Amounts::default(),
            allowed_pods: 0,
            requested: Request::default(),
            pods: 0,
            ports: Vec::new(),
            is_unschedulable: false,
            is_tainted: false,
            has_images: false,
            evenness: 0,
            zone_number: NO_ZONE,
            hostname: None,
            zone: None,
        };
        info.read_object();
        info
    }

    fn read_object(&mut self) {
        let label = |key: &str| self.object.meta.labels.get(key).cloned();
        (self.hostname, self.zone) = (label(HOSTNAME), label(ZONE));
        self.is_unschedulable = self.node().unschedulable;
        self.is_tainted = !self.node().taints.is_empty();
        self.has_images = !self.node().status.images.is_null();
        let allocatable = self.node().status.allocatable.clone();
        self.allocatable = Amounts::default();
        for (name, quantity) in allocatable.iter() {
            self.allocatable.put(name, quantity, add);
        }
        self.allowed_pods = allocatable.get("pods").map_or(0, |q| clamp(q.whole()));
        self.evenness = self.evenness_with(0, 0);
    }

    /// The Node's own part of the object.
    pub(crate) fn node(&self) -> &Node {
        self.object
            .as_node()
            .expect("a node's information is made of a Node")
    }

    /// Its name.
    pub(crate) fn name(&self) -> &Text {
        &self.object.meta.name
    }

    /// The value of one of its labels.
    pub(crate) fn label(&self, key: &str) -> Option<&Text> {
        match key {
            HOSTNAME => self.hostname.as_ref(),
            ZONE => self.zone.as_ref(),
            _ => self.object.meta.labels.get(key),
        }
    }

    /// How evenly CPU and memory would be taken with so much more of each, 0 to 100: 100 less the standard deviation of the two shares.
    /// Models plugins/noderesources/balanced_allocation.go `balancedResourceScorer`.
    pub(crate) fn evenness_with(&self, cpu_milli: i64, memory: i64) -> i64 {
        let (has, taken) = (&self.allocatable, &self.requested.amounts);
        if has.cpu_milli <= 0 || has.memory <= 0 {
            // With one resource there is nothing to balance.
            return 100;
        }
        // tidy: upstream cuts fractions off, so the last bit decides; quotients of IEEE 754 are the same everywhere.
        let part = |of: i64, whole: i64| (of as f64 / whole as f64).min(1.0);
        let cpu = part(taken.cpu_milli + cpu_milli, has.cpu_milli);
        // The standard deviation of two numbers is half of their distance.
        let deviation = ((cpu - part(taken.memory + memory, has.memory)) / 2.0).abs();
        ((1.0 - deviation) * 100.0) as i64
    }

    /// Counts a Pod of this specification in.
    pub(crate) fn add_pod(&mut self, spec: &PodSpec) {
        self.pods += 1;
        self.requested.merge(&Request::of(spec), add);
        self.ports.extend(HostPort::of(spec));
        self.evenness = self.evenness_with(0, 0);
    }

    /// Counts a Pod of this specification out.
    pub(crate) fn remove_pod(&mut self, spec: &PodSpec) {
        self.pods -= 1;
        self.requested.merge(&Request::of(spec), subtract);
        self.evenness = self.evenness_with(0, 0);
        for port in HostPort::of(spec) {
            if let Some(at) = self.ports.iter().position(|p| *p == port) {
                self.ports.swap_remove(at);
            }
        }
    }
}

/// How many nodes have what few have: attempts ask no node about what none has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marked {
    pub(crate) unschedulable: usize,
    pub(crate) tainted: usize,
    pub(crate) with_images: usize,
}

impl Marked {
    fn count(&mut self, node: &NodeInfo, change: impl Fn(usize, usize) -> usize) {
        let one = |of: &mut usize, has: bool| *of = change(*of, usize::from(has));
        one(&mut self.unschedulable, node.is_unschedulable);
        one(&mut self.tainted, node.is_tainted);
        one(&mut self.with_images, node.has_images);
    }
}

/// The nodes, in the order of their handles: a flat list, for every attempt walks it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    list: Arc<Vec<Arc<NodeInfo>>>,
    marked: Marked,
    /// Every zone that there ever was, in the order of their numbers from 1 on: attempts compare numbers, not names.
    zones: Arc<Vec<Text>>,
}

impl Nodes {
    fn place(&self, id: Id) -> Result<usize, usize> {
        self.list.binary_search_by_key(&id, |node| node.id)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many numbers there are for zones, that for no zone among them.
    pub(crate) fn zones(&self) -> usize {
        self.zones.len() + 1
    }

    pub(crate) fn marked(&self) -> Marked {
        self.marked
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Arc<NodeInfo>> {
        self.list.iter()
    }

    /// All nodes in turn, from the first whose handle is not below `start`.
    pub(crate) fn iter_from(&self, start: Id) -> impl Iterator<Item = &Arc<NodeInfo>> {
        let (before, after) = self
            .list
            .split_at(self.place(start).unwrap_or_else(|at| at));
        after.iter().chain(before)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Arc<NodeInfo>> {
        self.place(id).ok().map(|at| &self.list[at])
    }

    fn get_mut(&mut self, id: Id) -> Option<&mut NodeInfo> {
        let at = self.place(id).ok()?;
        Some(Arc::make_mut(&mut Arc::make_mut(&mut self.list)[at]))
    }

    /// Counts a Pod of this specification in on a node, or out.
    pub(crate) fn account(&mut self, id: Id, spec: &PodSpec, add: bool) {
        match self.get_mut(id) {
            Some(node) if add => node.add_pod(spec),
            Some(node) => node.remove_pod(spec),
            None => {}
        }
    }

    /// Takes a new version of a Node that is known. Returns whether it is.
    pub(crate) fn set_object(&mut self, id: Id, object: &Arc<Object>) -> bool {
        let Some(known) = self.get(id) else {
            return false;
        };
        let mut node = NodeInfo::clone(known);
        node.object = object.clone();
        node.read_object();
        self.insert(node);
        true
    }

    pub(crate) fn insert(&mut self, mut node: NodeInfo) {
        self.marked.count(&node, std::ops::Add::add);
        node.zone_number = self.number(node.zone.as_ref());
        let place = self.place(node.id);
        let list = Arc::make_mut(&mut self.list);
        match place {
            Ok(at) => {
                let old = std::mem::replace(&mut list[at], Arc::new(node));
                self.marked.count(&old, std::ops::Sub::sub);
            }
            Err(at) => list.insert(at, Arc::new(node)),
        }
    }

    pub(crate) fn remove(&mut self, id: Id) {
        if let Ok(at) = self.place(id) {
            let old = Arc::make_mut(&mut self.list).remove(at);
            self.marked.count(&old, std::ops::Sub::sub);
        }
    }

    fn number(&mut self, zone: Option<&Text>) -> usize {
        // A label without a value names no zone either.
        let Some(zone) = zone.filter(|zone| !zone.is_empty()) else {
            return NO_ZONE;
        };
        let known = self.zones.iter().position(|known| known == zone);
        let at = known.unwrap_or_else(|| {
            Arc::make_mut(&mut self.zones).push(zone.clone());
            self.zones.len() - 1
        });
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ordinal_api::{Kind, Object, Value};
    use serde_json::json;

    use super::{Marked, NO_ZONE, NodeInfo, Nodes, ZONE};
    use crate::Id;

    fn node(spec: &Value, zone: Option<&str>) -> Arc<Object> {
        let labels = zone.map_or(json!({}), |zone| json!({ZONE: zone}));
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": labels}, "spec": spec});
        Arc::new(Object::from_value(Kind::Node, &node).expect("a Node"))
    }

    fn with(nodes: &[Arc<Object>]) -> Nodes {
        let mut all = Nodes::default();
        for (number, node) in nodes.iter().enumerate() {
            all.insert(NodeInfo::new(Id(number as u32), node.clone()));
        }
        all
    }

    #[test]
    fn what_few_nodes_have_is_counted_while_they_have_it() {
        let plain = node(&json!({}), None);
        let taints = json!([{"key": "gpu", "effect": "NoSchedule"}]);
        let marked = node(&json!({"unschedulable": true, "taints": taints}), None);
        let mut nodes = with(&[plain.clone(), marked.clone(), marked]);
        let counts = |nodes: &Nodes| {
            let Marked {
                unschedulable,
                tainted,
                ..
            } = nodes.marked();
            (unschedulable, tainted)
        };
        assert_eq!(counts(&nodes), (2, 2));

        assert!(nodes.set_object(Id(1), &plain));
        assert_eq!(counts(&nodes), (1, 1));
        nodes.remove(Id(2));
        assert_eq!(counts(&nodes), (0, 0));
    }

    #[test]
    fn nodes_of_one_zone_have_one_number_and_those_of_none_have_theirs() {
        let zones = [Some("a"), Some("b"), Some("a"), None, Some("")];
        let nodes = with(&zones.map(|zone| node(&json!({}), zone)));
        let numbers: Vec<usize> = nodes.iter().map(|node| node.zone_number).collect();
        assert_eq!(numbers, [1, 2, 1, NO_ZONE, NO_ZONE]);
        assert_eq!(nodes.zones(), 3);
    }
}
