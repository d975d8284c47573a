//! Nodes that were promised to Pods for which others make room: no Pod that is less important takes that room meanwhile.
//! Models pkg/scheduler/backend/queue/nominator.go and framework/runtime `RunFilterPluginsWithNominatedPods`, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::Object;

use super::bind::Binding;
use super::filters::{Cycle, Plugin, Rejection};
use super::node_info::NodeInfo;
use super::queue::priority;
use super::{Memory, account_in};
use crate::{Id, World};

/// The promises that one Pod has to respect: those made to Pods of its own or a higher priority.
pub(super) struct Promises<'w> {
    world: &'w World,
    memory: Option<Memory>,
    pod: Id,
    object: &'w Arc<Object>,
    /// Pods and the nodes that they were promised.
    made: Vec<(Id, Id)>,
}

impl<'w> Promises<'w> {
    /// The promises that this Pod has to respect.
    pub(super) fn of(world: &'w World, memory: &Memory, pod: Id, object: &'w Arc<Object>) -> Self {
        let of = |o: &Object| o.as_pod().map(|p| priority(world, p));
        let own = of(object);
        let made: Vec<(Id, Id)> = memory
            .promised
            .iter()
            .filter(|(id, _)| *id != pod && world.get(*id).is_some_and(|o| of(o) >= own))
            .into_list();
        Self {
            world,
            memory: (!made.is_empty()).then(|| memory.clone()),
            pod,
            object,
            made,
        }
    }

    /// Asks every filter about a node: with the Pods there that it was promised to, and without.
    pub(super) fn filter(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
        let with_them = match &self.memory {
            Some(memory) if self.made.iter().any(|(_, on)| *on == node.id) => {
                self.with_them(memory.clone(), node)
            }
            _ => None,
        };
        with_them.or_else(|| cycle.filter(node))
    }

    fn with_them(&self, mut memory: Memory, node: &NodeInfo) -> Option<Rejection> {
        for (id, _) in self.made.iter().filter(|(_, on)| *on == node.id) {
            let object = self.world.get(*id)?;
            account_in(&mut memory, object, node.id, true);
            let thought = Binding::thought(object.clone(), node);
            memory.bindings.insert(*id, Arc::new(thought));
        }
        let with = memory.nodes.get(node.id)?.clone();
        match Cycle::new(self.world, &mut memory, self.pod, self.object) {
            Ok(cycle) => cycle.filter(&with),
            Err(early) => Some(Rejection {
                plugin: Plugin::VolumeBinding,
                reasons: vec![early.reason],
                resolvable: false,
            }),
        }
    }
}
