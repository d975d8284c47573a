//! What the scheduler remembers of one node: its capacity and what its Pods take of it.
//! Models pkg/scheduler/framework `NodeInfo`, 1.37.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::node::Node;
use ordinal_api::podspec::{Container, PodSpec, Resources};
use ordinal_api::{Object, Quantity, Text};

use crate::Id;

/// Amounts of resources: CPU in thousandths, memory and disk in bytes, the others in whole units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) cpu_milli: i64,
    pub(crate) memory: i64,
    pub(crate) ephemeral_storage: i64,
    /// Extended resources such as `nvidia.com/gpu`.
    pub(crate) extended: SortedMap<Text, i64>,
}

/// What a Pod asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// As written.
    pub(crate) amounts: Amounts,
    /// CPU with 100m for each container that asks for none; what scoring looks at.
    pub(crate) scored_cpu_milli: i64,
    /// Memory with 200 MiB for each container that asks for none.
    pub(crate) scored_memory: i64,
}

const DEFAULT_CPU_MILLI: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 << 20;

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { 0 } else { i64::MAX })
}

impl Amounts {
    fn put(&mut self, name: &Text, quantity: &Quantity, change: impl Fn(&mut i64, i64)) {
        match name.as_str() {
            "cpu" => change(&mut self.cpu_milli, clamp(quantity.milli())),
            "memory" => change(&mut self.memory, clamp(quantity.whole())),
            "ephemeral-storage" => change(&mut self.ephemeral_storage, clamp(quantity.whole())),
            // Counted by themselves.
            "pods" => {}
            _ => change(
                self.extended.entry(name.clone()).or_default(),
                clamp(quantity.whole()),
            ),
        }
    }

    fn merge(&mut self, other: &Self, change: impl Fn(&mut i64, i64)) {
        change(&mut self.cpu_milli, other.cpu_milli);
        change(&mut self.memory, other.memory);
        change(&mut self.ephemeral_storage, other.ephemeral_storage);
        for (name, amount) in &other.extended {
            change(self.extended.entry(name.clone()).or_default(), *amount);
        }
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_zero(&self) -> bool {
        self.cpu_milli == 0
            && self.memory == 0
            && self.ephemeral_storage == 0
            && self.extended.values().all(|a| *a == 0)
    }
}

fn add(to: &mut i64, amount: i64) {
    *to = to.saturating_add(amount);
}

fn subtract(from: &mut i64, amount: i64) {
    *from = from.saturating_sub(amount);
}

fn largest(of: &mut i64, amount: i64) {
    *of = (*of).max(amount);
}

impl Request {
    /// What a Pod of this specification asks for: its containers and sidecars together, or its largest init container with
    /// the sidecars before it, whichever is more. Models component-helpers resource `PodRequests`.
    pub(crate) fn of(spec: &PodSpec) -> Self {
        let mut all = Self::default();
        for container in &spec.containers {
            all.merge(&Self::of_container(container), add);
        }
        let mut sidecars = Self::default();
        let mut init = Self::default();
        for container in &spec.init_containers {
            let mut own = Self::of_container(container);
            if container.is_sidecar() {
                all.merge(&own, add);
                sidecars.merge(&own, add);
                own = sidecars.clone();
            } else {
                own.merge(&sidecars, add);
            }
            init.merge(&own, largest);
        }
        all.merge(&init, largest);
        all.set_of_pod(&spec.resources);
        if !spec.overhead.is_empty() {
            let mut overhead = Amounts::default();
            for (name, quantity) in &spec.overhead {
                overhead.put(name, quantity, add);
            }
            add(&mut all.scored_cpu_milli, overhead.cpu_milli);
            add(&mut all.scored_memory, overhead.memory);
            all.amounts.merge(&overhead, add);
        }
        all
    }

    /// What is asked for the Pod as a whole takes the place of its containers' sums (gate `PodLevelResources`, on since 1.34).
    fn set_of_pod(&mut self, resources: &Resources) {
        for (name, quantity) in &resources.requests {
            let mut amounts = Amounts::default();
            amounts.put(name, quantity, add);
            match name.as_str() {
                "cpu" => {
                    self.amounts.cpu_milli = amounts.cpu_milli;
                    self.scored_cpu_milli = amounts.cpu_milli;
                }
                "memory" => {
                    self.amounts.memory = amounts.memory;
                    self.scored_memory = amounts.memory;
                }
                name if name.starts_with("hugepages-") => {
                    self.amounts.extended.extend(amounts.extended);
                }
                _ => {}
            }
        }
    }

    fn of_container(container: &Container) -> Self {
        let mut amounts = Amounts::default();
        let (requests, limits) = (&container.resources.requests, &container.resources.limits);
        // A limit without a request is the request as well.
        let limits = limits
            .iter()
            .filter(|(name, _)| !requests.contains_key(*name));
        for (name, quantity) in requests.iter().chain(limits) {
            amounts.put(name, quantity, add);
        }
        let asks = |name: &str| {
            let (requests, limits) = (&container.resources.requests, &container.resources.limits);
            requests.contains_key(name) || limits.contains_key(name)
        };
        // Zero that is written is zero: only what is not written has a default.
        let or = |name: &str, amount: i64, default: i64| if asks(name) { amount } else { default };
        Self {
            scored_cpu_milli: or("cpu", amounts.cpu_milli, DEFAULT_CPU_MILLI),
            scored_memory: or("memory", amounts.memory, DEFAULT_MEMORY),
            amounts,
        }
    }

    fn merge(&mut self, other: &Self, change: impl Fn(&mut i64, i64) + Copy) {
        self.amounts.merge(&other.amounts, change);
        change(&mut self.scored_cpu_milli, other.scored_cpu_milli);
        change(&mut self.scored_memory, other.scored_memory);
    }
}

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
