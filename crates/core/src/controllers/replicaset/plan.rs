//! What a ReplicaSet does about its Pods: a pure function of what it may see.
//!
//! Models pkg/controller/replicaset/replica_set.go `claimPods`, `manageReplicas`, 1.37.

use ordinal_api::sorted::SortedMap;

use ordinal_api::pod::{Pod, PodPhase};
use ordinal_api::replicaset::ReplicaSet;
use ordinal_api::{Object, ObjectMeta, SimDuration, SimTime, Text, condition};

use super::rank::{Rank, to_delete};
use crate::Id;
use crate::controllers::claim::{Claim, claim};

/// Pods made or deleted in one look, at most.
const BURST: usize = 500;

/// What the controller may see.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The present moment.
    pub now: SimTime,
    /// The ReplicaSet's metadata.
    pub meta: &'a ObjectMeta,
    /// The ReplicaSet.
    pub set: &'a ReplicaSet,
    /// Pods that name it as their controller, and Pods without one that its selector matches.
    pub pods: Vec<(Id, &'a Object)>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Become the controller of a Pod.
    Adopt(Id),
    /// Let a Pod go.
    Release(Id),
    /// Make so many Pods.
    Create(usize),
    /// Delete a Pod.
    Delete(Id),
}

/// What is to be done, and what was seen before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub intents: Vec<Intent>,
    /// For the status, which tells what was before the intents.
    pub counts: Counts,
    /// When the next Pod becomes available, if one waits for `minReadySeconds`.
    pub look_again_at: Option<SimTime>,
    /// The first Pod that is not available, and when it will be, if that is known.
    pub unavailable: Option<(Id, Option<SimTime>)>,
}

/// What a status counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the status fields")]
pub struct Counts {
    pub active: u32,
    pub fully_labeled: u32,
    pub ready: u32,
    pub available: u32,
    pub terminating: u32,
}

/// Neither ended nor ending. Models controller_utils.go `IsPodActive`.
pub(super) fn is_active(meta: &ObjectMeta, pod: &Pod) -> bool {
    !pod.status.phase.is_terminal() && !meta.is_deleting()
}

/// When a Pod is, or will be, available: Ready for `min_ready_secs`. `None` while it is not Ready.
/// Models pkg/api/v1/pod/util.go `IsPodAvailable`.
pub fn available_at(pod: &Pod, min_ready_secs: u64) -> Option<SimTime> {
    let ready = condition::find(&pod.status.conditions, "Ready")?;
    pod.is_ready()
        .then(|| ready.last_transition + SimDuration::secs(min_ready_secs))
}

/// Decides. `related` counts the Pods of sibling ReplicaSets on each node; it is asked only when Pods must go.
pub fn plan(seen: &Seen<'_>, related: impl FnOnce() -> SortedMap<Text, u32>) -> Plan {
    let spec = &seen.set.spec;
    let mut intents = Vec::new();
    let mut counts = Counts::default();
    let mut look_again_at = None;
    let mut unavailable = None;
    let mut mine = Vec::with_capacity(seen.pods.len());
    for (id, object) in &seen.pods {
        let pod = object.as_pod().expect("gathered among Pods");
        let claim = claim(
            seen.meta,
            &object.meta,
            spec.selector.matches(&object.meta.labels),
        );
        if !is_active(&object.meta, pod) {
            // What has ended is neither adopted nor released; what is ending is counted while it lasts.
            if claim == Claim::Owned && !pod.status.phase.is_terminal() {
                counts.terminating += 1;
            }
            continue;
        }
        match claim {
            Claim::Owned => {}
            Claim::Adopted => intents.push(Intent::Adopt(*id)),
            Claim::Released => {
                intents.push(Intent::Release(*id));
                continue;
            }
            Claim::Ignored => continue,
        }
        counts.active += 1;
        let template = &spec.template.labels;
        let labelled = std::sync::Arc::ptr_eq(template, &object.meta.labels)
            || template
                .iter()
                .all(|(key, value)| object.meta.labels.get(key) == Some(value));
        counts.fully_labeled += u32::from(labelled);
        let available_at = available_at(pod, spec.min_ready_seconds);
        if unavailable.is_none() && available_at.is_none_or(|at| at > seen.now) {
            unavailable = Some((*id, available_at));
        }
        if let Some(at) = available_at {
            counts.ready += 1;
            counts.available += u32::from(at <= seen.now);
            if at > seen.now {
                look_again_at = Some(look_again_at.map_or(at, |other: SimTime| other.min(at)));
            }
        }
        mine.push((*id, *object, pod));
    }
    if !seen.meta.is_deleting() {
        let wanted = seen.set.replicas as usize;
        if mine.len() < wanted {
            intents.push(Intent::Create((wanted - mine.len()).min(BURST)));
        } else if mine.len() > wanted {
            let surplus = (mine.len() - wanted).min(BURST);
            let related = if surplus < mine.len() {
                related()
            } else {
                SortedMap::new()
            };
            let ranks = mine.iter().map(|(id, object, pod)| {
                (
                    *id,
                    Rank::of(
                        &object.meta,
                        pod,
                        related.get(&pod.node_name).copied().unwrap_or(0),
                    ),
                )
            });
            intents.extend(
                to_delete(ranks.collect(), surplus, seen.now)
                    .into_iter()
                    .map(Intent::Delete),
            );
        }
    }
    Plan {
        intents,
        counts,
        look_again_at,
        unavailable,
    }
}

/// Where a phase stands when Pods are chosen for deletion.
pub(super) const fn phase_order(phase: PodPhase) -> u8 {
    match phase {
        PodPhase::Pending => 0,
        PodPhase::Unknown => 1,
        PodPhase::Running | PodPhase::Succeeded | PodPhase::Failed => 2,
    }
}
