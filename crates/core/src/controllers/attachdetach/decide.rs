//! Which operations on a volume end, begin or wait. Pure.
//!
//! Models pkg/controller/volume/attachdetach/reconciler/reconciler.go and pkg/volume/csi/csi_attacher.go, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{SimDuration, SimTime, Text};

use super::{LOOP_MS, State};
use crate::Id;
use crate::wait::Guard;

/// How long an unmount is waited for: `maxWaitForUnmountDuration`.
pub(super) const MAX_WAIT_FOR_UNMOUNT: SimDuration = SimDuration::secs(360);
/// A Pod that comes back to its node at once has its volume still: only one beat in three falls between the two (recordings).
pub(super) const SUCCESSOR: SimDuration = SimDuration::ms(15);
/// How long one attach operation waits for the driver.
pub(super) const ATTACH_TIMEOUT: SimDuration = SimDuration::secs(120);

const RECONCILER: &str = "pkg/controller/volume/attachdetach/reconciler/reconciler.go";

pub(super) static ATTACHING: Guard = Guard {
    name: "AttachVolume",
    rule: "a volume is mounted only after its driver has attached it to the node",
    source: "pkg/volume/csi/csi_attacher.go",
};
pub(super) static BACKING_OFF: Guard = Guard {
    name: "exponentialBackoff",
    rule: "after a failure the driver is asked again only when a back-off is over",
    source: "pkg/volume/util/operationexecutor/operation_executor.go",
};
pub(super) static EXCLUSIVE: Guard = Guard {
    name: "isMultiAttachForbidden",
    rule: "a ReadWriteOnce volume is attached to one node at a time, so it must be detached there first",
    source: RECONCILER,
};
pub(super) static WANTED: Guard = Guard {
    name: "DetermineVolumeAction",
    rule: "a volume stays attached for as long as a Pod on that node exists whose containers were last seen running",
    source: "pkg/controller/volume/attachdetach/util/util.go",
};
pub(super) static MOUNTED: Guard = Guard {
    name: "MountedByNode",
    rule: "a volume is detached only when the node's kubelet no longer reports it in volumesInUse",
    source: RECONCILER,
};
pub(super) static MAX_WAIT: Guard = Guard {
    name: "maxWaitForUnmountDuration",
    rule: "a volume that a lost node may still have mounted is taken away by force after 6 minutes",
    source: RECONCILER,
};
pub(super) static DETACHING: Guard = Guard {
    name: "DetachVolume",
    rule: "nothing else is done with a volume while its driver detaches it",
    source: RECONCILER,
};

/// The first beat of the reconciler at or after a moment.
pub(super) fn next_beat(at: SimTime) -> SimTime {
    SimTime(at.0.div_ceil(LOOP_MS) * LOOP_MS)
}

/// When the controller sees an answer that the driver gave at `answered`: it looks at once, after 0.5 s, and then with
/// pauses that grow by a twentieth, up to 7 s.
pub(super) fn poll_moment(since: SimTime, answered: SimTime) -> SimTime {
    let (mut at, mut pause_us) = (since, 500_000_u64);
    let mut us = 0;
    while at < answered {
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
pub(super) fn detach(node: &NodeView, since: SimTime, now: SimTime) -> Detach {
    match node.state {
        _ if !node.pods.is_empty() => return Detach::Wanted,
        None | Some(State::Attaching { .. } | State::Detaching { .. }) => return Detach::Busy,
        Some(State::StillAttached { retry_at }) if retry_at > now => {
            return Detach::BackOff(retry_at);
        }
        Some(State::Attached | State::Uncertain { .. } | State::StillAttached { .. }) => {}
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
    /// Another node has it. `tell`: the waiting Pods are told, as nothing is under way that would change it.
    Elsewhere { holder: Id, tell: bool },
    /// It is attached now.
    Now,
}

/// Decides about node number `index`, which wants the volume.
pub(super) fn attach(view: &View, index: usize, now: SimTime) -> Attach {
    let node = &view.nodes[index];
    let others = || view.nodes.iter().filter(|n| n.node != node.node);
    let elsewhere = || {
        others()
            .filter(|_| view.exclusive)
            .find(|n| n.state.is_some())
    };
    match node.state {
        Some(State::Attached) => Attach::Already,
        Some(State::Attaching { .. } | State::Detaching { .. }) => Attach::Busy(node.node),
        Some(State::StillAttached { retry_at }) if retry_at <= now => Attach::Already,
        Some(State::Uncertain { retry_at } | State::StillAttached { retry_at })
            if retry_at > now =>
        {
            Attach::BackOff(retry_at)
        }
        _ => match elsewhere() {
            Some(holder) => Attach::Elsewhere {
                holder: holder.node,
                tell: !others().filter_map(|n| n.state).any(State::is_pending),
            },
            None => Attach::Now,
        },
    }
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

    #[test]
    fn a_volume_is_detached_when_its_node_has_unmounted_it() {
        let held = NodeView {
            mounted: true,
            ..node(OLD, ATTACHED)
        };
        assert_eq!(detach(&held, SINCE, SINCE), Detach::Mounted { until: None });
        assert_eq!(detach(&node(OLD, ATTACHED), SINCE, SINCE), Detach::Now);
        assert_eq!(
            detach(&wanting(OLD, ATTACHED), SINCE, SINCE),
            Detach::Wanted
        );
    }

    #[test]
    fn a_lost_node_loses_its_volume_after_six_minutes_and_a_beat() {
        let lost = NodeView {
            mounted: true,
            spared: false,
            ..node(OLD, ATTACHED)
        };
        let forced = SimTime(361_100);
        assert_eq!(
            detach(&lost, SINCE, SINCE),
            Detach::Mounted {
                until: Some(forced)
            }
        );
        assert_eq!(
            detach(&lost, SINCE, SimTime(361_000)),
            Detach::Mounted {
                until: Some(forced)
            }
        );
        assert_eq!(detach(&lost, SINCE, forced), Detach::Now);
    }

    #[test]
    fn a_ready_node_never_loses_a_mounted_volume() {
        let healthy = NodeView {
            mounted: true,
            ..node(OLD, ATTACHED)
        };
        assert_eq!(
            detach(&healthy, SINCE, SimTime(9_000_000)),
            Detach::Mounted { until: None }
        );
    }

    #[test]
    fn a_node_out_of_service_loses_its_volume_at_once() {
        let gone = NodeView {
            mounted: true,
            out_of_service: true,
            ..node(OLD, ATTACHED)
        };
        assert_eq!(detach(&gone, SINCE, SINCE), Detach::Now);
    }

    #[test]
    fn an_exclusive_volume_waits_for_the_node_that_has_it() {
        let nodes = vec![node(OLD, ATTACHED), wanting(NEW, None)];
        let exclusive = View {
            exclusive: true,
            nodes: nodes.clone(),
        };
        assert_eq!(
            attach(&exclusive, 1, SINCE),
            Attach::Elsewhere {
                holder: OLD,
                tell: true
            }
        );
        assert_eq!(
            attach(
                &View {
                    exclusive: false,
                    nodes
                },
                1,
                SINCE
            ),
            Attach::Now
        );
    }

    #[test]
    fn nobody_is_told_while_the_volume_is_on_its_way() {
        let detaching = Some(State::Detaching {
            since: SINCE,
            seen_at: None,
        });
        let view = View {
            exclusive: true,
            nodes: vec![node(OLD, detaching), wanting(NEW, None)],
        };
        assert_eq!(
            attach(&view, 1, SINCE),
            Attach::Elsewhere {
                holder: OLD,
                tell: false
            }
        );
    }

    #[test]
    fn a_volume_that_may_be_attached_holds_up_other_nodes() {
        let uncertain = Some(State::Uncertain {
            retry_at: SimTime(2000),
        });
        let view = View {
            exclusive: true,
            nodes: vec![wanting(OLD, uncertain), wanting(NEW, None)],
        };
        assert_eq!(attach(&view, 0, SINCE), Attach::BackOff(SimTime(2000)));
        assert_eq!(attach(&view, 0, SimTime(2000)), Attach::Now);
        assert_eq!(
            attach(&view, 1, SimTime(2000)),
            Attach::Elsewhere {
                holder: OLD,
                tell: true
            }
        );
    }

    #[test]
    fn answers_are_seen_at_the_next_poll() {
        let seen =
            |answered: u64| poll_moment(SimTime(10_000), SimTime(10_000 + answered)).0 - 10_000;
        assert_eq!(
            [seen(0), seen(1), seen(1000), seen(1100)],
            [0, 500, 1025, 1576]
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
