//! What a budget's status says; pure.

use ordinal_api::sorted::SortedMap;

use ordinal_api::statefulset::IntOrPercent;
use ordinal_api::{Kind, SimDuration, SimTime, Text, Uid};

/// An eviction that was allowed is expected to become a deletion within this.
pub(super) const DELETION_TIMEOUT: SimDuration = SimDuration::secs(120);

/// A Pod that a budget selects.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    pub(super) name: Text,
    pub(super) ready: bool,
    pub(super) deleting: bool,
    /// The controller behind it and how many Pods that wants; `Err` where there is none that says so.
    pub(super) controller: Result<(Uid, u32), Unknown>,
}

/// Why it is not known how many Pods there should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The Pod has no controller.
    Unmanaged,
    /// Its controller is not there.
    NotFound,
    /// Its controller is of a kind that has no scale.
    NoScale(Kind),
}

/// What a budget asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    MinAvailable(IntOrPercent),
    MaxUnavailable(IntOrPercent),
}

/// The counts of a status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) disruptions_allowed: u32,
    pub(super) current_healthy: u32,
    pub(super) desired_healthy: u32,
    pub(super) expected_pods: u32,
    /// Pods whose eviction was allowed and which are not yet deleted, with the moment of the permission.
    pub(super) disrupted: SortedMap<Text, SimTime>,
    /// Whether some Pods have no controller, though the budget needs to know how many there should be.
    pub(super) unmanaged: bool,
    /// Pods that were expected to be deleted and were not.
    pub(super) not_deleted: Vec<Text>,
}

/// Counts. Models `getExpectedPodCount`, `buildDisruptedPodMap`, `countHealthyPods` and `updatePdbStatus`.
///
/// # Errors
/// Why it is not known how many Pods there should be.
pub(super) fn count(
    wanted: Wanted,
    pods: &[Covered],
    disrupted: &SortedMap<Text, SimTime>,
    now: SimTime,
) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let all = u32::try_from(pods.len()).unwrap_or(u32::MAX);
    match wanted {
        Wanted::MinAvailable(IntOrPercent::Int(least)) => {
            (counts.expected_pods, counts.desired_healthy) = (all, least);
        }
        Wanted::MinAvailable(share) => {
            counts.expected_pods = expected(pods, &mut counts.unmanaged)?;
            counts.desired_healthy = share.of_up(counts.expected_pods);
        }
        Wanted::MaxUnavailable(most) => {
            counts.expected_pods = expected(pods, &mut counts.unmanaged)?;
            let most = most.of_up(counts.expected_pods);
            counts.desired_healthy = counts.expected_pods.saturating_sub(most);
        }
    }
    for pod in pods.iter().filter(|pod| !pod.deleting) {
        match disrupted.get(&pod.name) {
            Some(since) if *since + DELETION_TIMEOUT < now => {
                counts.not_deleted.push(pod.name.clone());
            }
            Some(since) => {
                counts.disrupted.insert(pod.name.clone(), *since);
                continue;
            }
            None => {}
        }
        counts.current_healthy += u32::from(pod.ready);
    }
    if counts.expected_pods > 0 {
        counts.disruptions_allowed = counts
            .current_healthy
            .saturating_sub(counts.desired_healthy);
    }
    Ok(counts)
}

/// How many Pods their controllers want, together. Models `getExpectedScale`.
fn expected(pods: &[Covered], unmanaged: &mut bool) -> Result<u32, String> {
    let mut scales = SortedMap::new();
    for pod in pods {
        match pod.controller {
            Ok((uid, replicas)) => {
                scales.insert(uid, replicas);
            }
            Err(Unknown::Unmanaged) => *unmanaged = true,
            Err(Unknown::NotFound) => {
                return Err(format!("found no controllers for pod \"{}\"", pod.name));
            }
            Err(Unknown::NoScale(kind)) => {
                return Err(format!(
                    "{} does not implement the scale subresource",
                    kind.group_resource()
                ));
            }
        }
    }
    Ok(scales.values().sum())
}
