//! The queue of each zone for NoExecute taints, and its speed.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::{Kind, Object, SimTime, Text};

use super::decide::{self, ZoneState};
use super::monitor::current_taints;
use super::{DISRUPTED, EVICTION_RATE, NodeWork, UNKNOWN, Zone, look_at, write};
use crate::queue::Work;
use crate::wait::On;
use crate::{Cx, Id};

/// Nodes with this label do not count for the state of their zone.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";

/// Models component-helpers/node/topology `GetZoneKey`; nodes without zone labels share one zone.
fn zone_of(object: &Object) -> Text {
    let label = |key: &str| object.meta.label(key).unwrap_or_default();
    let (region, zone) = (
        label("topology.kubernetes.io/region"),
        label("topology.kubernetes.io/zone"),
    );
    format!("{region}:{zone}").into()
}

/// The zones' names, in their order.
fn keys(cx: &Cx<'_>) -> Vec<Text> {
    let zones = cx.world.parts.node_lifecycle.zones.iter();
    zones.map(|(key, _)| key.clone()).collect()
}

/// Puts a node into its zone's queue, once.
pub(super) fn enqueue(cx: &mut Cx<'_>, node: Id) {
    let Some(zone) = cx.get(node).map(|o| zone_of(&o)) else {
        return;
    };
    let cause = cx.cause;
    let queue = &mut cx.world.parts.node_lifecycle.zone(&zone).queue;
    if !queue.iter().any(|(id, _)| *id == node) {
        queue.push((node, cause));
    }
    schedule(cx);
}

/// Takes a node out of the queues.
pub(super) fn dequeue(cx: &mut Cx<'_>, node: Id) {
    let zones = &mut cx.world.parts.node_lifecycle.zones;
    let holds = |zone: &Zone| zone.queue.iter().any(|(id, _)| *id == node);
    if zones.iter().any(|(_, zone)| holds(zone)) {
        for (_, zone) in Arc::make_mut(zones) {
            zone.queue.retain(|(id, _)| *id != node);
        }
    }
}

/// Queues the next NoExecute pass, if a node waits for it in a zone where that is allowed.
fn schedule(cx: &mut Cx<'_>) {
    let memory = &cx.world.parts.node_lifecycle;
    let allowed =
        |zone: &&Zone| decide::pause(zone.state, zone.size, memory.all_disrupted).is_some();
    let waiting = memory
        .zones
        .iter()
        .map(|(_, zone)| zone)
        .filter(|zone| !zone.queue.is_empty())
        .filter(allowed);
    if let Some(at) = waiting.map(|zone| zone.next_at).min() {
        let at = decide::taint_pass_after(SimTime(at.0.saturating_sub(1)).max(cx.now()));
        if cx.world.parts.node_lifecycle.taint_passes.insert(at) {
            cx.at(at, Work::Node(NodeWork::Taint));
        }
    }
}

/// Adds NoExecute taints, one node a zone. Models `doNoExecuteTaintingPass`.
pub(super) fn taint(cx: &mut Cx<'_>) {
    let now = cx.now();
    cx.world.parts.node_lifecycle.taint_passes.remove(&now);
    let all_disrupted = cx.world.parts.node_lifecycle.all_disrupted;
    let keys = keys(cx);
    let mut tainted = false;
    for key in keys {
        let zone = cx.world.parts.node_lifecycle.zone(&key);
        let Some(pause) = decide::pause(zone.state, zone.size, all_disrupted) else {
            continue;
        };
        if zone.next_at > now {
            continue;
        }
        if zone.queue.is_empty() {
            continue;
        }
        let (node, cause) = zone.queue.remove(0);
        zone.next_at = now + pause;
        cx.cause = cause.or(cx.cause);
        tainted = true;
        add_taint(cx, node);
        say_who_waits(cx, &key);
    }
    if tainted {
        schedule(cx);
    }
}

fn add_taint(cx: &mut Cx<'_>, node: Id) {
    let now = cx.now();
    let status = cx
        .get(node)
        .and_then(|o| o.as_node().and_then(|n| decide::ready(n)));
    if let Some(key) = status.and_then(decide::no_execute_key) {
        let taints = decide::with_no_execute(&current_taints(cx, node), Some(key), now);
        write(cx, node, |node| node.taints = taints);
        cx.wait(node, On::Machine(node), &UNKNOWN, None);
    }
}

/// Records for the nodes in a zone's queue what they wait for.
fn say_who_waits(cx: &mut Cx<'_>, key: &Text) {
    let memory = &mut cx.world.parts.node_lifecycle;
    let zone = memory.zone(key).clone();
    let pause = decide::pause(zone.state, zone.size, memory.all_disrupted);
    let mut at = zone.next_at;
    for (node, _) in &zone.queue {
        match pause {
            Some(pause) => {
                cx.wait(*node, On::Until(at), &EVICTION_RATE, Some(at));
                at += pause;
            }
            None => cx.wait(*node, On::Machine(*node), &DISRUPTED, None),
        }
    }
}

/// How badly each zone is hit, and what follows. Models `handleDisruption`.
pub(super) fn evaluate(cx: &mut Cx<'_>) {
    let mut counts: Vec<(Text, usize, usize)> = Vec::new();
    let nodes: Vec<Id> = cx
        .world
        .store
        .list(Kind::Node)
        .map(|(id, _)| id)
        .into_list();
    for node in &nodes {
        let Some(object) = cx.get(*node).filter(|o| o.meta.label(EXCLUDED).is_none()) else {
            continue;
        };
        let zone = zone_of(&object);
        let at = counts
            .binary_search_by(|(key, ..)| key.cmp(&zone))
            .unwrap_or_else(|at| {
                counts.insert(at, (zone, 0, 0));
                at
            });
        let (_, ready, not_ready) = &mut counts[at];
        match object.as_node().and_then(|n| decide::ready(n)) {
            Some(ConditionStatus::True) => *ready += 1,
            _ => *not_ready += 1,
        }
    }
    let states = counts
        .iter()
        .map(|(key, ready, not)| (key.clone(), decide::zone_state(*ready, *not), ready + not));
    let states: Vec<(Text, ZoneState, usize)> = states.into_list();
    let all = !states.is_empty()
        && states
            .iter()
            .all(|(_, state, _)| *state == ZoneState::FullDisruption);
    let now = cx.now();
    let memory = &mut cx.world.parts.node_lifecycle;
    let was = std::mem::replace(&mut memory.all_disrupted, all);
    for (key, state, size) in states {
        let zone = memory.zone(&key);
        let before = decide::pause(zone.state, zone.size, was);
        (zone.state, zone.size) = (state, size);
        let pause = decide::pause(state, size, all);
        // A limiter that takes the place of one that forbids has to be waited for as well (`SwapLimiter`).
        if let Some(pause) = pause.filter(|_| before != pause) {
            let forbids = before.is_none() || zone.next_at > now;
            zone.next_at = if forbids { now + pause } else { now };
        }
    }
    if all && !was {
        pardon(cx, &nodes);
    } else if was && !all {
        // The queues are filled anew by the next pass; the nodes' clocks begin anew with it.
        for node in nodes {
            look_at(cx, node);
        }
    }
    let keys = keys(cx);
    for key in keys {
        say_who_waits(cx, &key);
    }
    schedule(cx);
}

/// With all nodes lost none is to blame: NoExecute taints are taken off, but for one that was added while the monitor
/// was busy with this very pass, as it works on what it read before (recordings).
fn pardon(cx: &mut Cx<'_>, nodes: &[Id]) {
    let zones = &mut cx.world.parts.node_lifecycle.zones;
    for (_, zone) in Arc::make_mut(zones) {
        zone.queue.clear();
    }
    let pass = decide::monitor_pass(SimTime(cx.now().0.saturating_sub(4_999)));
    for node in nodes {
        let taints = current_taints(cx, *node);
        let ours = taints.iter().filter(|t| decide::is_ours(t));
        if ours.clone().next().is_some()
            && ours
                .clone()
                .all(|t| t.time_added.is_none_or(|at| at < pass))
        {
            let taints = decide::with_no_execute(&taints, None, cx.now());
            write(cx, *node, |node| node.taints = taints);
        }
        cx.wait(*node, On::Machine(*node), &DISRUPTED, None);
    }
}
