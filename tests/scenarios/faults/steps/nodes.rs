//! Nodes: when they are Unknown, tainted, and what becomes of their Pods.

use std::collections::BTreeMap;

use ordinal_api::node::TaintEffect;
use ordinal_api::pod::{Pod, TAINT_NOT_READY, TAINT_UNREACHABLE};
use ordinal_api::{Kind, SimDuration, Text, condition};
use ordinal_core::machine::LocalState;
use ordinal_core::{Id, World};

use super::{Steps, Wrong, assigned};

/// A Node is Unknown no sooner than the grace period after its last heartbeat, which is at most one period old when it falls silent.
const SILENT_AT_LEAST: SimDuration = SimDuration::secs(40);
/// Grace period, monitor period and some work.
const SILENT_AT_MOST: SimDuration = SimDuration::secs(57);
/// How long the taints may lag behind the condition: one pass of the monitor and some work.
const TAINT_LAG: SimDuration = SimDuration::secs(7);
/// How long a Pod outlives its Node: the quarantine, two passes of the Pod collector and some work.
const ORPHANED: SimDuration = SimDuration::secs(85);
/// How long after a Node of a zone the next one is tainted, but for the limiter's own rounding.
const PACE: SimDuration = SimDuration::ms(9_900);

impl Steps {
    /// N4: whether the toleration of a Pod has run out.
    pub(super) fn may_evict(&self, old: &World, world: &World, pod: &Pod) -> bool {
        if self.given_up.contains(&pod.node_name) {
            // Whoever is out of service is not tolerated; and who deletes a Node leaves the timers of its Pods running,
            // also where it is registered anew without the taint.
            return true;
        }
        let Some(id) = world.store.id(Kind::Node, "", &pod.node_name) else {
            return false;
        };
        let taints = |world: &World| {
            let node = world.get(id).and_then(|o| o.as_node());
            node.map(|n| n.taints.clone()).unwrap_or_default()
        };
        let since = self.tainted.get(&id);
        let mut any = taints(old);
        any.extend(taints(world));
        let mut shortest = None;
        for taint in any.iter().filter(|t| t.effect == TaintEffect::NoExecute) {
            let tolerated = pod.tolerations().filter(|t| taint.is_tolerated_by(t));
            let seconds = tolerated
                .map(|t| t.toleration_seconds.unwrap_or(i64::MAX))
                .min();
            let seconds = u64::try_from(seconds.unwrap_or(0)).unwrap_or(0);
            shortest = Some(shortest.unwrap_or(u64::MAX).min(seconds));
        }
        let Some(seconds) = shortest else {
            return false;
        };
        seconds == 0
            || since.is_some_and(|at| {
                world.now().as_ms() >= at.as_ms().saturating_add(seconds.saturating_mul(1_000))
            })
    }

    /// N1 and N3, and since when Nodes are tainted.
    pub(super) fn nodes(&mut self, old: Option<&World>, world: &World) -> Wrong {
        let now = world.now();
        for (id, object) in world.store.list(Kind::Node) {
            let node = object.as_node()?;
            let has = |key: &str, effect: TaintEffect| {
                node.taints
                    .iter()
                    .any(|t| t.key == key && t.effect == effect)
            };
            if node
                .taints
                .iter()
                .any(|t| t.effect == TaintEffect::NoExecute)
            {
                self.tainted.entry(id).or_insert(now);
            } else {
                self.tainted.remove(&id);
            }
            let Some(ready) = condition::find(&node.status.conditions, "Ready") else {
                continue;
            };
            let unknown = ready.status == condition::ConditionStatus::Unknown;
            let heard = self.heard.get(&id).copied().unwrap_or(now);
            let before = old
                .and_then(|w| w.get(id))
                .filter(|o| o.meta.uid == object.meta.uid);
            let was_ready = before
                .and_then(|o| o.as_node())
                .is_some_and(|n| n.is_ready());
            if unknown && was_ready && now < heard + SILENT_AT_LEAST {
                return Some(("N1 (Unknown before its grace is over)", id));
            }
            let known = now > object.meta.creation_timestamp + SimDuration::secs(70);
            if !unknown && known && now > heard + SILENT_AT_MOST {
                return Some(("N1 (silent for long, and not Unknown)", id));
            }
            if now <= ready.last_transition + TAINT_LAG || !known {
                continue;
            }
            let wanted = [
                (TAINT_UNREACHABLE, unknown),
                (TAINT_NOT_READY, !unknown && !node.is_ready()),
            ];
            for (key, wanted) in wanted {
                if has(key, TaintEffect::NoSchedule) != wanted {
                    return Some(("N3 (taints do not follow the condition)", id));
                }
                if has(key, TaintEffect::NoExecute) && !wanted {
                    return Some(("N2, N3 (tainted for what is not so)", id));
                }
            }
        }
        None
    }

    /// N5: how fast the Nodes of a zone are tainted so that their Pods go.
    pub(super) fn paced(&mut self, old: &World, world: &World) -> Wrong {
        let now = world.now();
        let lost = |world: &World, id: Id| {
            let node = world.get(id).and_then(|o| o.as_node());
            node.is_some_and(|n| {
                n.taints.iter().any(|t| {
                    let key = t.key == TAINT_UNREACHABLE || t.key == TAINT_NOT_READY;
                    key && t.effect == TaintEffect::NoExecute
                })
            })
        };
        for (id, object) in world.store.list(Kind::Node) {
            if lost(old, id) || !lost(world, id) {
                continue;
            }
            let zone = object.meta.label("topology.kubernetes.io/zone");
            let zone = Text::new(zone.unwrap_or_default());
            let last = self.paced.insert(zone, now);
            if last.is_some_and(|last| now.since(last) < PACE) {
                return Some(("N5 (two Nodes of a zone are tainted at once)", id));
            }
        }
        None
    }

    /// S10: what a kubelet that is heard was told to end runs no longer than its grace.
    pub(super) fn ended(&self, world: &World) -> Wrong {
        for machine in world.machines.values().filter(|m| m.is_heard()) {
            for pod in machine.pods.values() {
                let object = world.get(pod.id).filter(|o| o.meta.uid == pod.uid);
                let Some(deletion) = object.and_then(|o| o.meta.deletion.as_ref()) else {
                    continue;
                };
                let until = deletion
                    .timestamp
                    .max(machine.since + SimDuration::secs(deletion.grace_secs));
                let runs = pod
                    .containers
                    .iter()
                    .any(|c| matches!(c.state, LocalState::Running { .. }));
                if runs && world.now() > until + SimDuration::secs(2) {
                    return Some(("S10 (a container outlives its grace)", pod.id));
                }
            }
        }
        None
    }

    /// N12: the Pods of a Node that is gone.
    pub(super) fn orphans(&mut self, world: &World) -> Wrong {
        let now = world.now();
        let mut orphaned = BTreeMap::new();
        for (id, object) in world.store.list(Kind::Pod) {
            let Some(pod) = assigned(object) else {
                continue;
            };
            if world.store.find(Kind::Node, "", &pod.node_name).is_none() {
                let since = self.orphaned.get(&id).copied().unwrap_or(now);
                if now > since + ORPHANED {
                    return Some(("N12 (a Pod outlives its Node for long)", id));
                }
                orphaned.insert(id, since);
            }
        }
        self.orphaned = orphaned;
        None
    }
}
