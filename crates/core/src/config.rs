//! What a run is made from: seed, release, machines, flags, bounds.

use ordinal_api::{Labels, Quantity, SimTime, Text};

use crate::Component;
use crate::latency::Profile;
use crate::release::Release;

/// What a run is made from, beside its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Seed of all chance.
    pub seed: u64,
    /// Release of Kubernetes.
    pub release: Release,
    /// How long things take.
    pub profile: Profile,
    /// The machines at the beginning.
    pub nodes: Vec<NodeConfig>,
    /// Flags of the control plane.
    pub flags: Flags,
    /// Domain of the cluster's DNS.
    pub domain: Text,
    /// Bounds of a run.
    pub limits: Limits,
    /// Components that do not run: what they would do is left undone, or done by whoever plays them.
    pub absent: Vec<Component>,
}

/// A machine at the beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeConfig {
    /// Its name.
    pub name: Text,
    /// Labels beside those that every node has.
    pub labels: Labels,
    /// `cpu`, `memory`, `pods` …
    pub capacity: Vec<(Text, Quantity)>,
}

/// Flags of the control plane that set its clocks and bounds; `None` takes the release's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--node-monitor-grace-period` of the controller manager, in seconds.
    pub node_monitor_grace_secs: Option<u64>,
    /// `--default-not-ready-toleration-seconds` and `--default-unreachable-toleration-seconds` of the API server.
    pub default_toleration_secs: Option<u32>,
    /// `--terminated-pod-gc-threshold` of the controller manager; 0 keeps all.
    pub terminated_pods: Option<u32>,
    /// `--disable-force-detach-on-timeout` of the controller manager.
    pub no_forced_detach: bool,
}

/// What no run may exceed; reaching a bound ends the run and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of work in one call of `run`.
    pub steps: u64,
    /// Objects at one time.
    pub objects: usize,
    /// Pods of one StatefulSet, ReplicaSet or Deployment; more are wanted but not made.
    pub replicas: u32,
    /// Simulated time.
    pub time: SimTime,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 20_000_000,
            objects: 250_000,
            replicas: 10_000,
            time: SimTime(30 * 24 * 3_600_000),
        }
    }
}

impl Default for Config {
    /// Three nodes of 8 CPU and 32 GiB in three zones, the newest release, no chance in times.
    fn default() -> Self {
        Self::with_nodes(3)
    }
}

impl Config {
    /// So many nodes of 8 CPU and 32 GiB, named `node-1` …, in the zones `zone-a`, `zone-b` and `zone-c` in turn.
    pub fn with_nodes(count: usize) -> Self {
        let nodes = (1..=count).map(|n| {
            NodeConfig::plain(
                &format!("node-{n}"),
                ["zone-a", "zone-b", "zone-c"][(n - 1) % 3],
            )
        });
        Self {
            seed: 1,
            release: Release::default(),
            profile: Profile::EXACT,
            flags: Flags::default(),
            nodes: nodes.collect(),
            domain: Text::new_static("cluster.local"),
            limits: Limits::default(),
            absent: Vec::new(),
        }
    }
}

impl NodeConfig {
    /// A machine of 8 CPU, 32 GiB and 110 Pods in a zone.
    pub fn plain(name: &str, zone: &str) -> Self {
        let quantity = |text| Quantity::parse(text).expect("a literal quantity");
        Self {
            name: name.into(),
            labels: Labels::from([
                (Text::new_static("topology.kubernetes.io/zone"), zone.into()),
                (
                    Text::new_static("topology.kubernetes.io/region"),
                    Text::new_static("region-1"),
                ),
            ]),
            capacity: vec![
                (Text::new_static("cpu"), quantity("8")),
                (Text::new_static("memory"), quantity("32Gi")),
                (Text::new_static("ephemeral-storage"), quantity("100Gi")),
                (Text::new_static("pods"), quantity("110")),
            ],
        }
    }
}
