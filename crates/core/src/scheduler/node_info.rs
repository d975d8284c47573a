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
    hostname: Option<Text>,
    zone: Option<Text>,
}

/// The labels that most attempts look at.
const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

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
            hostname: None,
            zone: None,
        };
        info.read_object();
        info
    }

    /// Takes a new version of the Node.
    pub(crate) fn set_object(&mut self, object: Arc<Object>) {
        self.object = object;
        self.read_object();
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

/// The nodes, in the order of their handles: a flat list, for every attempt walks it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes(Arc<Vec<Arc<NodeInfo>>>);

impl Nodes {
    fn place(&self, id: Id) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |node| node.id)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Arc<NodeInfo>> {
        self.0.iter()
    }

    /// All nodes in turn, from the first whose handle is not below `start`.
    pub(crate) fn iter_from(&self, start: Id) -> impl Iterator<Item = &Arc<NodeInfo>> {
        let (before, after) = self.0.split_at(self.place(start).unwrap_or_else(|at| at));
        after.iter().chain(before)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Arc<NodeInfo>> {
        self.place(id).ok().map(|at| &self.0[at])
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut NodeInfo> {
        let at = self.place(id).ok()?;
        Some(Arc::make_mut(&mut Arc::make_mut(&mut self.0)[at]))
    }

    pub(crate) fn insert(&mut self, node: NodeInfo) {
        let place = self.place(node.id);
        let nodes = Arc::make_mut(&mut self.0);
        match place {
            Ok(at) => nodes[at] = Arc::new(node),
            Err(at) => nodes.insert(at, Arc::new(node)),
        }
    }

    pub(crate) fn remove(&mut self, id: Id) {
        if let Ok(at) = self.place(id) {
            Arc::make_mut(&mut self.0).remove(at);
        }
    }
}
