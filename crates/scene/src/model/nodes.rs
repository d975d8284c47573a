//! Nodes as the API has them, and the machines behind them.

use ordinal_api::sorted::SortedMap;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::{Kind, Object, SimTime, Text, condition};
use ordinal_core::machine::Machine;
use ordinal_core::{Id, World};

/// A node and its machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Stable key of its mark.
    pub key: Text,
    /// Handle of the Node.
    pub id: Id,
    /// Its name.
    pub name: Text,
    /// Its zone without a leading `zone-`; empty if it has none.
    pub zone: Text,
    /// Its condition Ready, as the API has it; `None` when the Node object is gone.
    pub ready: Option<ConditionStatus>,
    /// Its machine, in truth.
    pub machine: MachineState,
    /// Since when its machine is as it is.
    pub since: SimTime,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// Its taints, short: `unreachable:NoExecute`.
    pub taints: Vec<Text>,
}

/// What a machine does, in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineState {
    /// It runs and is heard.
    Up,
    /// It has no power.
    Off,
    /// It has power and its kubelet is not up yet.
    Booting,
    /// It runs, cut off from the network.
    CutOff,
}

impl Node {
    /// Whether the API server hears nothing from it.
    pub fn is_silent(&self) -> bool {
        self.machine != MachineState::Up
    }
}

pub(super) fn gather(world: &World) -> Vec<Node> {
    let mut ids: SortedMap<Id, ()> = world.machines.keys().map(|id| (id, ())).collect();
    ids.extend(world.store.list(Kind::Node).map(|(id, _)| (id, ())));
    let parts = |id: Id| {
        (
            world.get(id).map(|o| &**o),
            world.machines.get(&id).map(|m| &**m),
        )
    };
    ids.into_keys()
        .map(|id| node(id, world.store.key(id).name.clone(), parts(id)))
        .collect()
}

fn node(id: Id, name: Text, (object, machine): (Option<&Object>, Option<&Machine>)) -> Node {
    let node = object.and_then(|o| o.as_node());
    let zone = object
        .and_then(|o| o.meta.label("topology.kubernetes.io/zone"))
        .unwrap_or_default();
    let zone = zone.strip_prefix("zone-").unwrap_or(zone);
    let cordoned = node.is_some_and(|n| n.unschedulable);
    Node {
        key: super::key("node", "", &name),
        id,
        name,
        zone: zone.into(),
        ready: node.map(|n| {
            condition::find(&n.status.conditions, "Ready")
                .map(|c| c.status)
                .unwrap_or_default()
        }),
        machine: machine.map_or(MachineState::Off, |m| {
            match (m.powered, m.kubelet, m.linked) {
                (false, ..) => MachineState::Off,
                (_, false, _) => MachineState::Booting,
                (_, _, false) => MachineState::CutOff,
                _ => MachineState::Up,
            }
        }),
        since: machine.map_or(SimTime::ZERO, |m| m.since),
        cordoned,
        taints: node
            .map(|n| taints(&n.taints, cordoned))
            .unwrap_or_default(),
    }
}

/// One short text a key, with its strongest effect: `unreachable NoExecute`. The cordon has its own sign.
fn taints(taints: &[Taint], cordoned: bool) -> Vec<Text> {
    let strength = |effect| match effect {
        TaintEffect::NoExecute => 2,
        TaintEffect::NoSchedule => 1,
        TaintEffect::PreferNoSchedule => 0,
    };
    let mut by_key: Vec<(&Text, TaintEffect)> = Vec::new();
    for taint in taints
        .iter()
        .filter(|t| !(cordoned && t.key == "node.kubernetes.io/unschedulable"))
    {
        match by_key.iter_mut().find(|(key, _)| **key == taint.key) {
            Some((_, effect)) if strength(*effect) < strength(taint.effect) => {
                *effect = taint.effect
            }
            Some(_) => {}
            None => by_key.push((&taint.key, taint.effect)),
        }
    }
    let short = |key: &str| key.rsplit('/').next().unwrap_or(key).to_owned();
    by_key
        .into_iter()
        .map(|(key, effect)| format!("{}:{}", short(key), effect.as_str()).into())
        .collect()
}
