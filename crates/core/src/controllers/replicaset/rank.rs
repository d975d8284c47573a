//! Which Pods go first when there are too many.
//!
//! Models pkg/controller/controller_utils.go `ActivePodsWithRanks`, 1.37.

use std::cmp::{Ordering, Reverse};

use ordinal_api::pod::Pod;
use ordinal_api::{ObjectMeta, SimTime, Uid, condition};

use super::plan::phase_order;
use crate::Id;

/// The annotation by which a user says what a Pod is worth.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What the choice looks at, of one Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// Whether it is bound to a node.
    pub assigned: bool,
    /// Pending, Unknown, Running: 0, 1, 2.
    pub phase: u8,
    /// Since when it has been Ready; `None` while it is not.
    pub ready_since: Option<SimTime>,
    /// `controller.kubernetes.io/pod-deletion-cost`.
    pub cost: i32,
    /// Active Pods of sibling ReplicaSets on its node.
    pub related: u32,
    /// Restarts of its most restarted container.
    pub restarts: u32,
    /// When it was created.
    pub created: SimTime,
    /// Its identity, which decides between Pods of about the same age.
    pub uid: Uid,
}

impl Rank {
    /// What the choice looks at, of this Pod.
    pub fn of(meta: &ObjectMeta, pod: &Pod, related: u32) -> Self {
        let ready = condition::find(&pod.status.conditions, "Ready").filter(|_| pod.is_ready());
        Self {
            assigned: !pod.node_name.is_empty(),
            phase: phase_order(pod.status.phase),
            ready_since: ready.map(|c| c.last_transition),
            cost: meta
                .annotation(DELETION_COST)
                .and_then(deletion_cost)
                .unwrap_or(0),
            related,
            restarts: pod
                .status
                .containers
                .iter()
                .map(|c| c.restart_count)
                .max()
                .unwrap_or(0),
            created: meta.creation_timestamp,
            uid: meta.uid,
        }
    }

    /// `Less` is deleted first.
    fn cmp(&self, other: &Self, now: SimTime) -> Ordering {
        let plain = |r: &Self| {
            (
                r.assigned,
                r.phase,
                r.ready_since.is_some(),
                r.cost,
                Reverse(r.related),
            )
        };
        let ages = |a: Option<SimTime>, b: Option<SimTime>| match (a, b) {
            (Some(a), Some(b)) => younger_first((a, self.uid), (b, other.uid), now),
            _ => Ordering::Equal,
        };
        plain(self)
            .cmp(&plain(other))
            .then_with(|| ages(self.ready_since, other.ready_since))
            .then_with(|| other.restarts.cmp(&self.restarts))
            .then_with(|| ages(Some(self.created), Some(other.created)))
    }
}

/// A number without a plus and without leading zeros. Models pkg/apis/core/helper `GetDeletionCostFromPodAnnotations`.
fn deletion_cost(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = text == "0" || !digits.starts_with(['0', '+']);
    text.parse().ok().filter(|_| plain)
}

/// The shorter time first, compared by powers of two of nanoseconds; within one power the lower identity.
/// Times are whole seconds, as the API stores them. Models `logarithmicRankDiff`.
fn younger_first((a, a_uid): (SimTime, Uid), (b, b_uid): (SimTime, Uid), now: SimTime) -> Ordering {
    let seconds = |t: SimTime| t.as_ms() / 1000;
    if seconds(a) == seconds(b) {
        return Ordering::Equal;
    }
    let bucket = |t: SimTime| {
        let nanos = u128::from(now.as_ms().saturating_sub(seconds(t) * 1000)) * 1_000_000;
        nanos.checked_ilog2()
    };
    bucket(a).cmp(&bucket(b)).then_with(|| a_uid.cmp(&b_uid))
}

/// The Pods to delete: `surplus` of them, first the one that goes first.
pub fn to_delete(mut pods: Vec<(Id, Rank)>, surplus: usize, now: SimTime) -> Vec<Id> {
    if surplus < pods.len() {
        sort(&mut pods, |(_, a), (_, b)| {
            a.cmp(b, now) != Ordering::Greater
        });
    }
    pods.into_iter().take(surplus).map(|(id, _)| id).collect()
}

/// Merges sorted runs of 1, 2, 4 … Stable: of Pods that are equal in everything the order in the store decides.
///
/// Upstream's order is none (of two Pods of the same second neither goes first, but a third between their identities
/// may stand between them), and the standard library's sort refuses to sort by such an order.
fn sort<T: Clone>(items: &mut Vec<T>, in_order: impl Fn(&T, &T) -> bool) {
    let mut run = 1;
    while run < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(2 * run) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            while let ([a, ..], [b, ..]) = (left, right) {
                let next = if in_order(a, b) {
                    &mut left
                } else {
                    &mut right
                };
                merged.extend(next.split_off_first().cloned());
            }
            merged.extend(left.iter().chain(right).cloned());
        }
        *items = merged;
        run *= 2;
    }
}
