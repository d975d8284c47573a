//! When a node counts as lost, which taints it carries, and how fast a zone may lose nodes. Pure.
//!
//! Models pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.37.

use ordinal_api::condition::{self, Condition, ConditionStatus};
use ordinal_api::list::IntoList;
use ordinal_api::node::{Node, Taint, TaintEffect};
use ordinal_api::pod::{TAINT_NOT_READY, TAINT_UNREACHABLE};
use ordinal_api::{SimDuration, SimTime};

/// `--node-monitor-period`, in milliseconds.
const MONITOR_PERIOD_MS: u64 = 5000;
/// The monitor's place in its period, in milliseconds: as if the controller had been started 2 s before the run began.
const MONITOR_PHASE_MS: u64 = 3000;
/// Period of the pass that adds NoExecute taints, in milliseconds.
const TAINT_PERIOD_MS: u64 = 100;
/// `--large-cluster-size-threshold`
const LARGE_ZONE: usize = 50;

/// The monitor's first pass at or after a moment.
pub(super) fn monitor_pass(at: SimTime) -> SimTime {
    let since = at.0.saturating_sub(MONITOR_PHASE_MS);
    SimTime(since.div_ceil(MONITOR_PERIOD_MS) * MONITOR_PERIOD_MS + MONITOR_PHASE_MS)
}

/// The first NoExecute pass after a moment.
pub(super) fn taint_pass_after(at: SimTime) -> SimTime {
    SimTime((at.0 / TAINT_PERIOD_MS + 1) * TAINT_PERIOD_MS)
}

/// When a node whose last heartbeat was then is found lost. The monitor counts from the pass that saw the heartbeat,
/// by its own clock: 40 to 55 s after the machine fell silent, with a grace of 50 s.
pub(super) fn detected_at(heartbeat: SimTime, grace: SimDuration) -> SimTime {
    monitor_pass(monitor_pass(heartbeat) + grace)
}

/// Conditions that a kubelet posts, which become Unknown when it does not.
const POSTED: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// The conditions of a node that is silent. Models `tryUpdateNodeHealth`.
pub(super) fn silent_conditions(conditions: &[Condition], now: SimTime) -> Vec<Condition> {
    let mut list = conditions.to_vec();
    for type_ in POSTED {
        let (reason, message) = match condition::find(conditions, type_) {
            Some(_) => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
            None => (
                "NodeStatusNeverUpdated",
                "Kubelet never posted node status.",
            ),
        };
        let unknown = Condition::new(type_, ConditionStatus::Unknown, now).because(reason, message);
        condition::set(&mut list, unknown);
    }
    list
}

/// The status of a node's condition `Ready`; `None` if it was never posted.
pub(super) fn ready(node: &Node) -> Option<ConditionStatus> {
    condition::find(&node.status.conditions, "Ready").map(|c| c.status)
}

/// Taints that this controller keeps with the effect NoSchedule: the condition, the status that calls for it, the key.
const BY_CONDITION: [(&str, ConditionStatus, &str); 6] = [
    ("Ready", ConditionStatus::False, TAINT_NOT_READY),
    ("Ready", ConditionStatus::Unknown, TAINT_UNREACHABLE),
    (
        "MemoryPressure",
        ConditionStatus::True,
        "node.kubernetes.io/memory-pressure",
    ),
    (
        "DiskPressure",
        ConditionStatus::True,
        "node.kubernetes.io/disk-pressure",
    ),
    (
        "PIDPressure",
        ConditionStatus::True,
        "node.kubernetes.io/pid-pressure",
    ),
    (
        "NetworkUnavailable",
        ConditionStatus::True,
        "node.kubernetes.io/network-unavailable",
    ),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The node's taints with those of effect NoSchedule put right; `None` if they are. Models `doNoScheduleTaintingPass`.
pub(super) fn no_schedule_taints(node: &Node, now: SimTime) -> Option<Vec<Taint>> {
    let holds = |(type_, status, _): &(&str, ConditionStatus, &str)| {
        condition::find(&node.status.conditions, type_).is_some_and(|c| c.status == *status)
    };
    let wanted = BY_CONDITION
        .iter()
        .filter(|row| holds(row))
        .map(|(.., key)| *key);
    let wanted: Vec<&'static str> = wanted
        .chain(node.unschedulable.then_some(UNSCHEDULABLE))
        .into_list();
    let managed = |taint: &Taint| {
        let key = taint.key.as_str();
        taint.effect == TaintEffect::NoSchedule
            && (key == UNSCHEDULABLE || BY_CONDITION.iter().any(|(.., managed)| *managed == key))
    };
    let stays = |taint: &&Taint| !managed(taint) || wanted.contains(&taint.key.as_str());
    let mut taints: Vec<Taint> = node.taints.iter().filter(stays).cloned().into_list();
    for key in wanted {
        if !taints
            .iter()
            .any(|t| t.key == key && t.effect == TaintEffect::NoSchedule)
        {
            taints.push(Taint {
                time_added: Some(now),
                ..Taint::new(key, TaintEffect::NoSchedule)
            });
        }
    }
    (taints != node.taints).then_some(taints)
}

/// What becomes of a node's NoExecute taints in a monitor pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoExecute {
    /// They are right.
    Keep,
    /// Both go: the node is Ready.
    Remove,
    /// The one is replaced by the other, at once.
    Swap,
    /// The node waits for its turn in its zone.
    Queue,
}

/// The NoExecute taint that a status of `Ready` calls for.
pub(super) fn no_execute_key(status: ConditionStatus) -> Option<&'static str> {
    match status {
        ConditionStatus::True => None,
        ConditionStatus::False => Some(TAINT_NOT_READY),
        ConditionStatus::Unknown => Some(TAINT_UNREACHABLE),
    }
}

/// Whether a node carries a NoExecute taint of this key.
pub(super) fn has_no_execute(taints: &[Taint], key: &str) -> bool {
    taints
        .iter()
        .any(|t| t.key == key && t.effect == TaintEffect::NoExecute)
}

/// Models `processTaintBaseEviction`.
pub(super) fn no_execute(status: ConditionStatus, taints: &[Taint]) -> NoExecute {
    let either = taints.iter().any(is_ours);
    match no_execute_key(status) {
        None if either => NoExecute::Remove,
        None => NoExecute::Keep,
        Some(key) if has_no_execute(taints, key) => NoExecute::Keep,
        Some(_) if either => NoExecute::Swap,
        Some(_) => NoExecute::Queue,
    }
}

/// Whether it is one of the two NoExecute taints that this controller sets.
pub(super) fn is_ours(taint: &Taint) -> bool {
    taint.effect == TaintEffect::NoExecute
        && [TAINT_NOT_READY, TAINT_UNREACHABLE].contains(&taint.key.as_str())
}

/// The taints with exactly this NoExecute taint of the two; `None` leaves neither.
pub(super) fn with_no_execute(
    taints: &[Taint],
    key: Option<&'static str>,
    now: SimTime,
) -> Vec<Taint> {
    let stays = |t: &&Taint| !is_ours(t) || key.is_some_and(|key| t.key == key);
    let mut list: Vec<Taint> = taints.iter().filter(stays).cloned().into_list();
    if let Some(key) = key.filter(|key| !has_no_execute(&list, key)) {
        list.push(Taint {
            time_added: Some(now),
            ..Taint::new(key, TaintEffect::NoExecute)
        });
    }
    list
}

/// How badly a zone is hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ZoneState {
    #[default]
    Normal,
    /// More than two nodes and more than 55 % of them are not Ready.
    PartialDisruption,
    /// No node is Ready.
    FullDisruption,
}

/// Models `ComputeZoneState` with `--unhealthy-zone-threshold` 0.55.
pub(super) fn zone_state(ready: usize, not_ready: usize) -> ZoneState {
    if ready == 0 && not_ready > 0 {
        ZoneState::FullDisruption
    } else if not_ready > 2 && not_ready * 100 >= (ready + not_ready) * 55 {
        ZoneState::PartialDisruption
    } else {
        ZoneState::Normal
    }
}

/// How long after one node of a zone the next one may get its NoExecute taint; `None`: none does.
/// Models `setLimiterInZone`: 0.1 nodes a second, in a large zone in trouble 0.01.
pub(super) fn pause(state: ZoneState, size: usize, all_disrupted: bool) -> Option<SimDuration> {
    match state {
        _ if all_disrupted => None,
        ZoneState::PartialDisruption if size > LARGE_ZONE => Some(SimDuration::secs(100)),
        ZoneState::PartialDisruption => None,
        ZoneState::Normal | ZoneState::FullDisruption => Some(SimDuration::secs(10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_found_lost_40_to_55_seconds_after_it_fell_silent() {
        let grace = SimDuration::secs(50);
        // Silent from 100 s on, with the last heartbeat up to 10 s before.
        for heartbeat in (90_000..=100_000).step_by(100) {
            let after = detected_at(SimTime(heartbeat), grace).0 - 100_000;
            assert!((40_000..=55_000).contains(&after), "{heartbeat}: {after}");
            assert!(detected_at(SimTime(heartbeat), grace).0 >= heartbeat + 50_000);
        }
        assert_eq!(
            detected_at(SimTime(98_000), SimDuration::secs(40)),
            SimTime(138_000)
        );
    }

    #[test]
    fn a_zone_in_trouble_loses_no_more_nodes() {
        use ZoneState::{FullDisruption, Normal, PartialDisruption};
        let table = [
            ((3, 0), Normal),
            ((2, 1), Normal),
            ((1, 2), Normal),
            ((1, 3), PartialDisruption),
            ((4, 3), Normal),
            ((2, 3), PartialDisruption),
            ((0, 1), FullDisruption),
            ((0, 4), FullDisruption),
            ((0, 0), Normal),
        ];
        for ((ready, not_ready), state) in table {
            assert_eq!(
                zone_state(ready, not_ready),
                state,
                "{ready} Ready, {not_ready} not"
            );
        }
        assert_eq!(pause(Normal, 4, false), Some(SimDuration::secs(10)));
        assert_eq!(pause(FullDisruption, 4, false), Some(SimDuration::secs(10)));
        assert_eq!(pause(PartialDisruption, 4, false), None);
        assert_eq!(
            pause(PartialDisruption, 51, false),
            Some(SimDuration::secs(100))
        );
        assert_eq!(pause(FullDisruption, 4, true), None);
    }

    fn node(status: Option<ConditionStatus>, taints: Vec<Taint>, unschedulable: bool) -> Node {
        let mut node = Node::from_value(&serde_json::json!({})).expect("an empty Node");
        node.status
            .conditions
            .extend(status.map(|status| Condition::new("Ready", status, SimTime::ZERO)));
        Node {
            taints,
            unschedulable,
            ..node
        }
    }

    fn keys(taints: Option<Vec<Taint>>) -> Option<Vec<String>> {
        let text = |t: &Taint| {
            format!(
                "{}:{}",
                t.key.trim_start_matches("node.kubernetes.io/"),
                t.effect.as_str()
            )
        };
        taints.map(|list| list.iter().map(text).collect())
    }

    #[test]
    fn no_schedule_taints_follow_the_conditions_and_leave_those_of_others() {
        let own = Taint::new("dedicated", TaintEffect::NoSchedule);
        let unreachable = Taint::new(TAINT_UNREACHABLE, TaintEffect::NoSchedule);
        let evicting = Taint::new(TAINT_UNREACHABLE, TaintEffect::NoExecute);
        let of = |node: &Node| keys(no_schedule_taints(node, SimTime::ZERO));
        let some = |list: &[&str]| Some(list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            of(&node(Some(ConditionStatus::True), vec![own.clone()], false)),
            None
        );
        let lost = node(Some(ConditionStatus::Unknown), vec![own.clone()], false);
        assert_eq!(
            of(&lost),
            some(&["dedicated:NoSchedule", "unreachable:NoSchedule"])
        );
        let back = node(
            Some(ConditionStatus::True),
            vec![unreachable.clone(), evicting],
            false,
        );
        assert_eq!(of(&back), some(&["unreachable:NoExecute"]));
        let swapped = node(Some(ConditionStatus::False), vec![unreachable], false);
        assert_eq!(of(&swapped), some(&["not-ready:NoSchedule"]));
        assert_eq!(
            of(&node(None, vec![own], true)),
            some(&["dedicated:NoSchedule", "unschedulable:NoSchedule"])
        );
    }

    #[test]
    fn not_ready_and_unreachable_exclude_each_other() {
        let not_ready = [Taint::new(TAINT_NOT_READY, TaintEffect::NoExecute)];
        assert_eq!(
            no_execute(ConditionStatus::Unknown, &not_ready),
            NoExecute::Swap
        );
        assert_eq!(
            no_execute(ConditionStatus::False, &not_ready),
            NoExecute::Keep
        );
        assert_eq!(
            no_execute(ConditionStatus::True, &not_ready),
            NoExecute::Remove
        );
        assert_eq!(no_execute(ConditionStatus::True, &[]), NoExecute::Keep);
        assert_eq!(no_execute(ConditionStatus::Unknown, &[]), NoExecute::Queue);
        let swapped = with_no_execute(
            &not_ready,
            no_execute_key(ConditionStatus::Unknown),
            SimTime::ZERO,
        );
        assert_eq!(
            keys(Some(swapped)),
            Some(vec!["unreachable:NoExecute".to_owned()])
        );
    }

    #[test]
    fn a_silent_node_keeps_what_it_never_posted_apart() {
        let posted = [
            Condition::new("Ready", true, SimTime::ZERO),
            Condition::new("NetworkUnavailable", false, SimTime::ZERO),
        ];
        let conditions = silent_conditions(&posted, SimTime(9));
        let of = |type_| {
            condition::find(&conditions, type_)
                .map(|c| (c.status, c.reason.as_str(), c.last_transition))
        };
        assert_eq!(
            of("Ready"),
            Some((ConditionStatus::Unknown, "NodeStatusUnknown", SimTime(9)))
        );
        assert_eq!(
            of("DiskPressure"),
            Some((
                ConditionStatus::Unknown,
                "NodeStatusNeverUpdated",
                SimTime(9)
            ))
        );
        assert_eq!(
            of("NetworkUnavailable"),
            Some((ConditionStatus::False, "", SimTime::ZERO))
        );
    }
}
