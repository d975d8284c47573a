//! The parts of a Pod's specification on which the cluster acts. Everything else stays in the JSON beside it.

mod container;
mod scheduling;
mod volume;

pub use container::*;
pub use scheduling::*;
pub use volume::*;

use crate::sorted::SortedMap;
use crate::{Labels, Quantity, Text};

/// `PodSpec`, as far as the cluster acts on it.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PodSpec {
    pub node_name: Text,
    pub node_selector: Labels,
    pub affinity: Affinity,
    pub tolerations: Vec<Toleration>,
    pub containers: Vec<Container>,
    pub init_containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub restart_policy: RestartPolicy,
    pub termination_grace_period_seconds: Option<i64>,
    pub hostname: Text,
    pub subdomain: Text,
    pub scheduler_name: Text,
    pub service_account_name: Text,
    pub priority_class_name: Text,
    pub priority: i32,
    pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
    pub readiness_gates: Vec<ReadinessGate>,
    pub scheduling_gates: Vec<SchedulingGate>,
    pub host_network: bool,
    /// What the Pod takes beside its containers.
    pub overhead: SortedMap<Text, Quantity>,
    /// What the Pod asks for as a whole, instead of its containers' sums.
    pub resources: Resources,
}

crate::fields! {
    PodSpec {
        node_name "nodeName"
        node_selector "nodeSelector"
        affinity "affinity"
        tolerations "tolerations"
        containers "containers"
        init_containers "initContainers"
        volumes "volumes"
        restart_policy "restartPolicy"
        termination_grace_period_seconds "terminationGracePeriodSeconds"
        hostname "hostname"
        subdomain "subdomain"
        scheduler_name "schedulerName"
        service_account_name "serviceAccountName"
        priority_class_name "priorityClassName"
        priority "priority"
        topology_spread_constraints "topologySpreadConstraints"
        readiness_gates "readinessGates"
        scheduling_gates "schedulingGates"
        host_network "hostNetwork"
        overhead "overhead"
        resources "resources"
    }
}

impl PodSpec {
    /// Lets every container ask for what it is limited to, where it does not say: what the server does to a new Pod.
    pub fn fill_requests(&mut self) {
        for container in self.init_containers.iter_mut().chain(&mut self.containers) {
            let Resources { requests, limits } = &mut container.resources;
            for (name, limit) in limits.iter() {
                requests
                    .entry(name.clone())
                    .or_insert_with(|| limit.clone());
            }
        }
    }
}

/// What happens to a container that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum RestartPolicy {
    #[default]
    Always,
    OnFailure,
    Never,
}

crate::words! { RestartPolicy { Always OnFailure Never } }

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ReadinessGate {
    pub condition_type: Text,
}

crate::fields! {
    ReadinessGate {
        condition_type "conditionType"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct SchedulingGate {
    pub name: Text,
}

crate::fields! {
    SchedulingGate {
        name "name"
    }
}
