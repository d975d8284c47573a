//! What a Pod asks for, and what scoring takes it to ask for.
//! Models component-helpers resource `PodRequests` and pkg/scheduler/framework `CalculateResource`, 1.37.

use ordinal_api::podspec::{Container, PodSpec, Resources};
use ordinal_api::sorted::SortedMap;
use ordinal_api::{Quantity, Text};

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

pub(super) fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { 0 } else { i64::MAX })
}

impl Amounts {
    pub(super) fn put(&mut self, name: &Text, quantity: &Quantity, change: impl Fn(&mut i64, i64)) {
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

pub(super) fn add(to: &mut i64, amount: i64) {
    *to = to.saturating_add(amount);
}

pub(super) fn subtract(from: &mut i64, amount: i64) {
    *from = from.saturating_sub(amount);
}

fn largest(of: &mut i64, amount: i64) {
    *of = (*of).max(amount);
}

/// Whether a container asks for a resource at all.
fn asks(container: &Container, name: &str) -> bool {
    let (requests, limits) = (&container.resources.requests, &container.resources.limits);
    requests.contains_key(name) || limits.contains_key(name)
}

impl Request {
    /// What a Pod of this specification asks for. Models component-helpers resource `PodRequests`.
    pub(crate) fn of(spec: &PodSpec) -> Self {
        let mut all = Self::of_containers(spec);
        all.set_of_pod(spec);
        all.with_overhead(spec)
    }

    /// What scoring takes a Pod that is to be placed to ask for: `LeastAllocated` does not look at what is asked for the Pod as a
    /// whole. Models plugins/noderesources `NewFit`, which leaves `enablePodLevelResources` of its scorer unset.
    pub(crate) fn without_pod_level(spec: &PodSpec) -> Self {
        Self::of_containers(spec).with_overhead(spec)
    }

    /// Its containers and sidecars together, or its largest init container with the sidecars before it, whichever is more.
    fn of_containers(spec: &PodSpec) -> Self {
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
        all
    }

    fn with_overhead(mut self, spec: &PodSpec) -> Self {
        let mut overhead = Amounts::default();
        for (name, quantity) in &spec.overhead {
            overhead.put(name, quantity, add);
        }
        add(&mut self.scored_cpu_milli, overhead.cpu_milli);
        add(&mut self.scored_memory, overhead.memory);
        self.amounts.merge(&overhead, add);
        self
    }

    /// What is asked for the Pod as a whole takes the place of its containers' sums (gate `PodLevelResources`, on since 1.34); a
    /// limit without a request is the request where no container asks. Then only what nobody asks for has a default.
    /// Models `DefaultPodLevelResources` and `getNonMissingContainerRequests`.
    fn set_of_pod(&mut self, spec: &PodSpec) {
        let supported = |name: &Text| {
            matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-")
        };
        let Resources { requests, limits } = &spec.resources;
        if !requests.keys().chain(limits.keys()).any(supported) {
            return;
        }
        let asked = |name: &str| {
            let mut containers = spec.containers.iter().chain(&spec.init_containers);
            containers.any(|c| asks(c, name))
        };
        if asked("cpu") {
            self.scored_cpu_milli = self.amounts.cpu_milli;
        }
        if asked("memory") {
            self.scored_memory = self.amounts.memory;
        }
        let limits = limits.iter().filter(|(name, _)| {
            let shared = name.starts_with("hugepages-") || !asked(name);
            shared && !requests.contains_key(*name)
        });
        for (name, quantity) in requests.iter().chain(limits).filter(|(n, _)| supported(n)) {
            self.amounts.put(name, quantity, |to, amount| *to = amount);
            match name.as_str() {
                "cpu" => self.scored_cpu_milli = self.amounts.cpu_milli,
                "memory" => self.scored_memory = self.amounts.memory,
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
        // Zero that is written is zero: only what is not written has a default.
        let or = |name: &str, amount: i64, default: i64| {
            if asks(container, name) {
                amount
            } else {
                default
            }
        };
        Self {
            scored_cpu_milli: or("cpu", amounts.cpu_milli, DEFAULT_CPU_MILLI),
            scored_memory: or("memory", amounts.memory, DEFAULT_MEMORY),
            amounts,
        }
    }

    pub(super) fn merge(&mut self, other: &Self, change: impl Fn(&mut i64, i64) + Copy) {
        self.amounts.merge(&other.amounts, change);
        change(&mut self.scored_cpu_milli, other.scored_cpu_milli);
        change(&mut self.scored_memory, other.scored_memory);
    }
}
