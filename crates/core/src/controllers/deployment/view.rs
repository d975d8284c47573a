//! What the rules of a Deployment may see.

use ordinal_api::{Object, SimTime, Text};

use super::revision::{DESIRED_REPLICAS, MAX_REPLICAS, number};
use super::{max_surge, max_unavailable};
use crate::{Id, World};

/// A Deployment and its ReplicaSets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// `spec.replicas`
    pub replicas: u32,
    /// Pods that may be there beyond `replicas`; 0 where Pods are recreated.
    pub max_surge: u32,
    /// Pods that may be missing; 0 where Pods are recreated.
    pub max_unavailable: u32,
    /// Whether a rollout goes step by step.
    pub rolling: bool,
    /// `status.replicas`
    pub current: u32,
    /// The ReplicaSet of the present template.
    pub new: Option<SetView>,
    /// The others, oldest first.
    pub old: Vec<SetView>,
}

/// A ReplicaSet.
#[derive(Clone, Debug, PartialEq)]
pub struct SetView {
    /// Its handle.
    pub id: Id,
    /// Its name.
    pub name: Text,
    /// When it was created.
    pub created: SimTime,
    /// `spec.replicas`
    pub replicas: u32,
    /// `status.replicas`
    pub current: u32,
    /// `status.readyReplicas`
    pub ready: u32,
    /// `status.availableReplicas`
    pub available: u32,
    /// `status.terminatingReplicas`
    pub terminating: Option<u32>,
    /// For how many replicas of the Deployment its size was chosen.
    pub desired: Option<u32>,
    /// The same with the surge.
    pub max: Option<u32>,
}

/// The size that a ReplicaSet should get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Which one.
    pub set: Id,
    /// Its `spec.replicas` from now on.
    pub to: u32,
}

impl View {
    /// Old and new.
    pub fn all(&self) -> impl Iterator<Item = &SetView> {
        self.old.iter().chain(&self.new)
    }

    /// Those that want Pods.
    pub fn active(&self) -> impl Iterator<Item = &SetView> {
        self.all().filter(|set| set.replicas > 0)
    }

    /// A figure of all together.
    pub fn sum(&self, figure: impl Fn(&SetView) -> u32) -> u32 {
        let sum: u64 = self.all().map(|set| u64::from(figure(set))).sum();
        u32::try_from(sum).unwrap_or(u32::MAX)
    }

    /// How many Pods all together may want.
    pub fn ceiling(&self) -> u32 {
        self.replicas.saturating_add(self.max_surge)
    }
}

/// Looks at a Deployment and its ReplicaSets; `sets` are oldest first, `new` is one of them.
pub(super) fn view(world: &World, object: &Object, new: Option<Id>, sets: &[Id]) -> View {
    let deployment = object.as_deployment().expect("the key of a Deployment");
    let spec = &deployment.spec;
    let (mut newest, mut old) = (None, Vec::new());
    for id in sets {
        let Some(stored) = world.get(*id) else {
            continue;
        };
        let set = stored.as_replica_set().expect("the key of a ReplicaSet");
        let annotation = |key| number(&stored.meta, key).and_then(|n| u32::try_from(n).ok());
        let view = SetView {
            id: *id,
            name: stored.meta.name.clone(),
            created: stored.meta.creation_timestamp,
            replicas: set.replicas,
            current: set.status.replicas,
            ready: set.status.ready_replicas,
            available: set.status.available_replicas,
            terminating: set.status.terminating_replicas,
            desired: annotation(DESIRED_REPLICAS),
            max: annotation(MAX_REPLICAS),
        };
        if new == Some(*id) {
            newest = Some(view)
        } else {
            old.push(view)
        }
    }
    View {
        replicas: spec.replicas,
        max_surge: max_surge(spec.strategy, spec.replicas),
        max_unavailable: max_unavailable(spec.strategy, spec.replicas),
        rolling: !matches!(
            spec.strategy,
            ordinal_api::deployment::DeploymentStrategy::Recreate
        ),
        current: deployment.status.replicas,
        new: newest,
        old,
    }
}
