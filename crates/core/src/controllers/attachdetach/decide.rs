//! Which operations on a volume end, begin or wait. Pure.
//!
//! Models pkg/controller/volume/attachdetach/reconciler/reconciler.go and pkg/volume/csi/csi_attacher.go, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{SimDuration, SimTime, Text};

use super::{BackOff, LOOP_MS, State};
use crate::Id;

/// How long an unmount is waited for: `maxWaitForUnmountDuration`.
pub(super) const MAX_WAIT_FOR_UNMOUNT: SimDuration = SimDuration::secs(360);
/// A Pod that comes back to its node at once has its volume still: only one beat in three falls between the two (recordings).
pub(super) const SUCCESSOR: SimDuration = SimDuration::ms(15);
/// How long one operation waits for the driver.
pub(super) const TIMEOUT: SimDuration = SimDuration::secs(120);

/// The first beat of the reconciler at or after a moment.
pub(super) fn next_beat(at: SimTime) -> SimTime {
    SimTime(at.0.div_ceil(LOOP_MS) * LOOP_MS)
}

/// When the controller sees an answer that the driver gave at `answered`: it looks after 0.5 s, and then with pauses that
/// grow by a twentieth, up to 7 s.
pub(super) fn poll_moment(since: SimTime, answered: SimTime) -> SimTime {
    let (mut at, mut pause_us) = (since, 500_000_u64);
    let mut us = 0;
    while at <= since || at < answered {
        us += pause_us;
        pause_us = (pause_us * 21 / 20).min(7_000_000);
        at = since + SimDuration::ms(us / 1000);
    }
    at
}

/// The pause after so many failures in a row: 0.5 s, doubled, 2m2s at most.
pub(super) fn back_off(failures: u32) -> SimDuration {
    SimDuration::ms((500_u64 << failures.saturating_sub(1).min(10)).min(122_000))
}

/// A volume with the nodes that have it and those that want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Whether it may be attached to one node only.
    pub(super) exclusive: bool,
    /// The nodes, in the order in which their Pods asked for it.
    pub(super) nodes: Vec<NodeView>,
}

impl View {
    /// What operations on this volume and node exclude each other by: those on a volume that one node has at a time have
    /// one key. Models operation_executor.go.
    pub(super) fn key(exclusive: bool, volume: Id, node: Id) -> (Id, Id) {
        (volume, if exclusive { Id(0) } else { node })
    }

    /// The node on which an operation is under way that keeps others from this node.
    fn busy(&self, node: &NodeView) -> Option<Id> {
        let mut others = self
            .nodes
            .iter()
            .filter(|n| self.exclusive || n.node == node.node);
        let busy = others.find(|n| n.state.is_some_and(State::is_pending));
        busy.map(|n| n.node)
    }
}

/// A node that has the volume, or wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeView {
    pub(super) node: Id,
    /// Pods that want the volume here, in their order.
    pub(super) pods: Vec<Id>,
    /// `None`: not attached here, nor about to be.
    pub(super) state: Option<State>,
    /// Whether the node says that it has it mounted, or last said so.
    pub(super) mounted: bool,
    /// Whether nothing is taken from it by force for its silence: it is Ready, or nothing ever is (a flag).
    pub(super) spared: bool,
    pub(super) out_of_service: bool,
    pub(super) undesired_since: Option<SimTime>,
    /// How the last operation failed that excludes those here.
    pub(super) failed: Option<BackOff>,
}

impl NodeView {
    /// Until when an operation of this kind has to wait. One of the other kind does not wait.
    fn backs_off(&self, attaching: bool, now: SimTime) -> Option<SimTime> {
        let failed = self
            .failed
            .filter(|f| f.attaching == attaching && f.until > now);
        failed.map(|f| f.until)
    }
}

/// What becomes of a volume that a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detach {
    /// Pods want it here.
    Wanted,
    /// An operation on it is under way.
    Busy,
    /// The driver failed; it is asked again at a moment.
    BackOff(SimTime),
    /// The node has it mounted. `until`: when it is taken away by force, if the node stays as it is.
    Mounted { until: Option<SimTime> },
    /// It is detached now.
    Now,
}

/// Decides about a volume on one node that has it. `since` is when the wish for it ended.
pub(super) fn detach(view: &View, node: &NodeView, since: SimTime, now: SimTime) -> Detach {
    if !node.pods.is_empty() {
        return Detach::Wanted;
    }
    if node.state.is_none() || view.busy(node).is_some() {
        return Detach::Busy;
    }
    if let Some(until) = node.backs_off(false, now) {
        return Detach::BackOff(until);
    }
    let limit = since + MAX_WAIT_FOR_UNMOUNT;
    let forced = now > limit && !node.spared;
    if !node.mounted || forced || node.out_of_service {
        return Detach::Now;
    }
    // The loop compares with "longer than", so the beat at the limit itself is too early.
    let until = (!node.spared).then(|| next_beat(SimTime(limit.0 + 1)));
    Detach::Mounted { until }
}

/// What becomes of a node that wants the volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attach {
    /// It has it.
    Already,
    /// An operation on it is under way, on that node.
    Busy(Id),
    /// The driver failed here; it is asked again at a moment.
    BackOff(SimTime),
    /// Another node has it for certain, and the waiting Pods are told.
    Elsewhere(Id),
    /// It is attached now.
    Now,
}

/// Decides about node number `index`, which wants the volume.
pub(super) fn attach(view: &View, index: usize, now: SimTime) -> Attach {
    let node = &view.nodes[index];
    if let Some(busy) = view.busy(node) {
        return Attach::Busy(busy);
    }
    if node.state == Some(State::Attached) {
        return Attach::Already;
    }
    // Where it only may be, after a failure, it does not keep others from trying. Models `GetNodesForAttachedVolume`.
    let mut holders = view
        .nodes
        .iter()
        .filter(|n| view.exclusive && n.state == Some(State::Attached));
    if let Some(holder) = holders.next() {
        return Attach::Elsewhere(holder.node);
    }
    node.backs_off(true, now)
        .map_or(Attach::Now, Attach::BackOff)
}

/// What a waiting Pod is told: `users` are the Pods that use the volume elsewhere, as namespace and name.
/// Models reconciler.go `reportMultiAttachError`; its first words changed in 1.36.
pub(super) fn busy_text(
    waiting_text: bool,
    volume: &str,
    users: &[(Text, Text)],
    namespace: &str,
) -> String {
    let prefix = if waiting_text {
        "Waiting for detach for volume"
    } else {
        "Multi-Attach error for volume"
    };
    let here: Vec<&str> = users
        .iter()
        .filter(|(ns, _)| ns == namespace)
        .map(|(_, name)| name.as_str())
        .into_list();
    let others = users.len() - here.len();
    let detail = match (here.is_empty(), others) {
        (true, 0) if waiting_text => "Volume is already exclusively attached to one node, waiting on detach before it can be attached to another node".to_owned(),
        (true, 0) => "Volume is already exclusively attached to one node and can't be attached to another".to_owned(),
        (true, n) => format!("Volume is already used by {n} pod(s) in different namespaces"),
        (false, 0) => format!("Volume is already used by pod(s) {}", here.join(", ")),
        (false, n) => {
            format!("Volume is already used by pod(s) {} and {n} pod(s) in different namespaces", here.join(", "))
        }
    };
    format!("{prefix} \"{volume}\" {detail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Id = Id(1);
    const NEW: Id = Id(2);
    const POD: Id = Id(9);

    fn node(node: Id, state: Option<State>) -> NodeView {
        NodeView {
            node,
            pods: Vec::new(),
            state,
            mounted: false,
            spared: true,
            out_of_service: false,
            undesired_since: None,
            failed: None,
        }
    }

    fn wanting(id: Id, state: Option<State>) -> NodeView {
        NodeView {
            pods: vec![POD],
            ..node(id, state)
        }
    }

    const ATTACHED: Option<State> = Some(State::Attached);
    const SINCE: SimTime = SimTime(1000);

    /// What is decided about the only node that has an exclusive volume.
    fn alone(node: NodeView, now: SimTime) -> Detach {
        let view = View {
            exclusive: true,
            nodes: vec![node],
        };
        detach(&view, &view.nodes[0], SINCE, now)
    }

    #[test]
    fn a_volume_is_detached_when_its_node_has_unmounted_it() {
        let held = NodeView {
            mounted: true,
            ..node(OLD, ATTACHED)
        };
        assert_eq!(alone(held, SINCE), Detach::Mounted { until: None });
        assert_eq!(alone(node(OLD, ATTACHED), SINCE), Detach::Now);
        assert_eq!(alone(wanting(OLD, ATTACHED), SINCE), Detach::Wanted);
    }

    #[test]
    fn a_lost_node_loses_its_volume_after_six_minutes_and_a_beat() {
        let lost = NodeView {
            mounted: true,
            spared: false,
            ..node(OLD, ATTACHED)
        };
        let forced = SimTime(361_100);
        let waits = Detach::Mounted {
            until: Some(forced),
        };
        assert_eq!(alone(lost.clone(), SINCE), waits);
        assert_eq!(alone(lost.clone(), SimTime(361_000)), waits);
        assert_eq!(alone(lost, forced), Detach::Now);
    }

    #[test]
    fn a_ready_node_never_loses_a_mounted_volume() {
        let healthy = NodeView {
            mounted: true,
            ..node(OLD, ATTACHED)
        };
        let waits = Detach::Mounted { until: None };
        assert_eq!(alone(healthy, SimTime(9_000_000)), waits);
    }

    #[test]
    fn a_node_out_of_service_loses_its_volume_at_once() {
        let gone = NodeView {
            mounted: true,
            out_of_service: true,
            ..node(OLD, ATTACHED)
        };
        assert_eq!(alone(gone, SINCE), Detach::Now);
    }

    #[test]
    fn an_exclusive_volume_waits_for_the_node_that_has_it() {
        let nodes = vec![node(OLD, ATTACHED), wanting(NEW, None)];
        let of = |exclusive| View {
            exclusive,
            nodes: nodes.clone(),
        };
        assert_eq!(attach(&of(true), 1, SINCE), Attach::Elsewhere(OLD));
        assert_eq!(attach(&of(false), 1, SINCE), Attach::Now);
    }

    #[test]
    fn nobody_is_told_while_the_volume_is_on_its_way() {
        let detaching = Some(State::Asked {
            attaching: false,
            since: SINCE,
            seen_at: None,
        });
        let view = View {
            exclusive: true,
            nodes: vec![node(OLD, detaching), wanting(NEW, None)],
        };
        assert_eq!(attach(&view, 1, SINCE), Attach::Busy(OLD));
    }

    #[test]
    fn a_failure_to_detach_lets_another_node_try_at_once_and_itself_waits() {
        let until = SimTime(2000);
        let failed = Some(BackOff {
            attaching: false,
            failures: 1,
            until,
        });
        let with = |view: NodeView| NodeView { failed, ..view };
        let view = View {
            exclusive: true,
            nodes: vec![
                with(node(OLD, Some(State::Uncertain))),
                with(wanting(NEW, None)),
            ],
        };
        let decided = detach(&view, &view.nodes[0], SINCE, SINCE);
        assert_eq!(decided, Detach::BackOff(until));
        assert_eq!(attach(&view, 1, SINCE), Attach::Now);
    }

    #[test]
    fn a_failure_to_attach_keeps_every_node_waiting_and_another_one_may_be_next() {
        let until = SimTime(2000);
        let failed = Some(BackOff {
            attaching: true,
            failures: 1,
            until,
        });
        let with = |view: NodeView| NodeView { failed, ..view };
        let view = View {
            exclusive: true,
            nodes: vec![
                with(wanting(OLD, Some(State::Uncertain))),
                with(wanting(NEW, None)),
            ],
        };
        for index in [0, 1] {
            assert_eq!(attach(&view, index, SINCE), Attach::BackOff(until));
            assert_eq!(attach(&view, index, until), Attach::Now);
        }
    }

    #[test]
    fn answers_are_seen_at_the_next_poll() {
        let seen =
            |answered: u64| poll_moment(SimTime(10_000), SimTime(10_000 + answered)).0 - 10_000;
        assert_eq!(
            [seen(0), seen(1), seen(1000), seen(1100)],
            [500, 500, 1025, 1576]
        );
    }

    #[test]
    fn the_back_off_doubles_up_to_its_bound() {
        let pauses: Vec<u64> = [1, 2, 3, 8, 9, 40].map(|n| back_off(n).as_ms()).to_vec();
        assert_eq!(pauses, [500, 1000, 2000, 64_000, 122_000, 122_000]);
    }

    #[test]
    fn a_waiting_pod_is_told_in_the_words_of_its_release() {
        let user =
            |ns: &'static str, name: &'static str| (Text::new_static(ns), Text::new_static(name));
        let table = [
            (
                true,
                vec![],
                "Waiting for detach for volume \"pv\" Volume is already exclusively attached to one node, waiting on detach before it can be attached to another node",
            ),
            (
                false,
                vec![],
                "Multi-Attach error for volume \"pv\" Volume is already exclusively attached to one node and can't be attached to another",
            ),
            (
                true,
                vec![user("a", "p1"), user("a", "p2")],
                "Waiting for detach for volume \"pv\" Volume is already used by pod(s) p1, p2",
            ),
            (
                false,
                vec![user("a", "p1"), user("b", "p2")],
                "Multi-Attach error for volume \"pv\" Volume is already used by pod(s) p1 and 1 pod(s) in different namespaces",
            ),
            (
                false,
                vec![user("b", "p1"), user("c", "p2")],
                "Multi-Attach error for volume \"pv\" Volume is already used by 2 pod(s) in different namespaces",
            ),
        ];
        for (waiting_text, users, text) in table {
            assert_eq!(busy_text(waiting_text, "pv", &users, "a"), text);
        }
    }
}
