//! What is made and what is deleted, and the counts of the status; pure.

use ordinal_api::daemonset::DaemonSetStatus;
use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::IntOrPercent;
use ordinal_api::{SimTime, Text};

use crate::Id;

/// A Pod of the DaemonSet that has not ended while being deleted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Daemon {
    pub(super) id: Id,
    pub(super) name: Text,
    pub(super) created: SimTime,
    pub(super) phase: PodPhase,
    pub(super) deleting: bool,
    /// It has a node already.
    pub(super) scheduled: bool,
    pub(super) ready: bool,
    /// When it is, or will be, available.
    pub(super) available_at: Option<SimTime>,
    /// It is of the present template.
    pub(super) updated: bool,
}

impl Daemon {
    fn is_available(&self, now: SimTime) -> bool {
        self.available_at.is_some_and(|at| at <= now)
    }
}

/// A node with the Pods that are on it or meant for it, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) name: Text,
    /// The Node object is there.
    pub(super) is_there: bool,
    pub(super) should_run: bool,
    /// A Pod that runs there may go on.
    pub(super) may_stay: bool,
    /// Until when a Pod that failed there is left alone.
    pub(super) backs_off_until: Option<SimTime>,
    pub(super) pods: Vec<Daemon>,
}

impl Place {
    /// Puts the oldest first, and those with a node before those without. Models `podByCreationTimestampAndPhase`.
    pub(super) fn sort(&mut self) {
        ordinal_api::sorted::sort_by_key(&mut self.pods, |pod| {
            // The API tells whole seconds only.
            (!pod.scheduled, pod.created.0 / 1000, pod.name.clone())
        });
    }

    /// When something about it changes by itself.
    pub(super) fn wakes_at(&self, now: SimTime) -> Option<SimTime> {
        let failed = |pod: &Daemon| pod.phase == PodPhase::Failed && !pod.deleting;
        let again = self
            .backs_off_until
            .filter(|_| self.pods.iter().any(failed));
        let available = self.pods.iter().filter_map(|pod| pod.available_at);
        available.chain(again).filter(|at| *at > now).min()
    }

    /// The new and the old Pod; `None` where there is more than one of either. Models `findUpdatedPodsOnNode`.
    fn new_and_old(&self) -> Option<(Option<&Daemon>, Option<&Daemon>)> {
        let of = |updated: bool| {
            let mut pods = self
                .pods
                .iter()
                .filter(move |pod| !pod.deleting && pod.updated == updated);
            let first = pods.next();
            pods.next().is_none().then_some(first)
        };
        Some((of(true)?, of(false)?))
    }
}

/// A Pod that has ended and is deleted for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) pod: Text,
    pub(super) node: Text,
    pub(super) phase: PodPhase,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Steps {
    /// The nodes that get a Pod.
    pub(super) create: Vec<Text>,
    /// The Pods that go.
    pub(super) delete: Vec<Id>,
    /// Of those, the ones that are told of.
    pub(super) ended: Vec<Ended>,
}

/// One Pod for each node that is to run one, none elsewhere. Models `manage` and `podsShouldBeOnNode`.
pub(super) fn manage(nodes: &[Place], surges: bool, now: SimTime) -> Steps {
    let mut steps = Steps::default();
    for node in nodes {
        if !node.is_there {
            // The scheduler will never place them, and nobody else deletes them.
            let lost = node.pods.iter().filter(|pod| !pod.scheduled);
            steps.delete.extend(lost.map(|pod| pod.id));
        } else if node.should_run && node.pods.is_empty() {
            steps.create.push(node.name.clone());
        } else if node.may_stay {
            keep_one(node, surges, now, &mut steps);
        } else {
            // Also what somebody else deletes already: a taint that is not tolerated has its own controller.
            steps.delete.extend(node.pods.iter().map(|pod| pod.id));
        }
    }
    steps
}

fn keep_one(node: &Place, surges: bool, now: SimTime, steps: &mut Steps) {
    let mut running: Vec<&Daemon> = Vec::new();
    for pod in node.pods.iter().filter(|pod| !pod.deleting) {
        match pod.phase {
            PodPhase::Failed if node.backs_off_until.is_some_and(|until| until > now) => {}
            PodPhase::Failed | PodPhase::Succeeded => {
                steps.delete.push(pod.id);
                steps.ended.push(Ended {
                    pod: pod.name.clone(),
                    node: node.name.clone(),
                    phase: pod.phase,
                });
            }
            _ => running.push(pod),
        }
    }
    if !surges {
        steps
            .delete
            .extend(running.iter().skip(1).map(|pod| pod.id));
        return;
    }
    match running.as_slice() {
        [] if node.should_run => return steps.create.push(node.name.clone()),
        [] | [_] => return,
        _ => {}
    }
    // An old one stays beside a new one as long as it is Ready and the new one is not available.
    let oldest = |updated: bool| running.iter().find(|pod| pod.updated == updated).copied();
    let (new, old) = (oldest(true), oldest(false));
    let rest = running
        .iter()
        .filter(|pod| Some(pod.id) != new.map(|p| p.id) && Some(pod.id) != old.map(|p| p.id));
    steps.delete.extend(rest.map(|pod| pod.id));
    if let (Some(new), Some(old)) = (new, old)
        && (!old.ready || new.is_available(now))
    {
        steps.delete.push(old.id);
    }
}

/// The next steps of an update, within its bounds. Models `rollingUpdate` and `updatedDesiredNodeCounts`.
pub(super) fn rolling_update(
    nodes: &[Place],
    surge: IntOrPercent,
    unavailable: IntOrPercent,
    now: SimTime,
) -> Steps {
    let desired = nodes.iter().filter(|node| node.should_run).count();
    let all = u32::try_from(desired).unwrap_or(u32::MAX);
    let (surge, mut unavailable) = (surge.of_up(all) as usize, unavailable.of_up(all) as usize);
    if desired > 0 && surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    let concerned = nodes
        .iter()
        .filter(|node| node.should_run || !node.pods.is_empty());
    if surge == 0 {
        replace(concerned, unavailable, now)
    } else {
        surge_over(concerned, surge, desired, now)
    }
}

fn replace<'n>(nodes: impl Iterator<Item = &'n Place>, most: usize, now: SimTime) -> Steps {
    let (mut missing, mut allowed, mut candidates) = (0, Vec::new(), Vec::new());
    for node in nodes {
        match node.new_and_old() {
            // The other half looks after it.
            None | Some((None, None) | (Some(_), Some(_))) => missing += 1,
            Some((Some(new), None)) => missing += usize::from(!new.is_available(now)),
            Some((None, Some(old))) if !old.is_available(now) => {
                allowed.push(old.id);
                missing += 1;
            }
            Some((None, Some(old))) if missing < most => candidates.push(old.id),
            Some((None, Some(_))) => {}
        }
    }
    allowed.extend(candidates.into_iter().take(most.saturating_sub(missing)));
    Steps {
        delete: allowed,
        ..Steps::default()
    }
}

fn surge_over<'n>(
    nodes: impl Iterator<Item = &'n Place>,
    most: usize,
    desired: usize,
    now: SimTime,
) -> Steps {
    let mut steps = Steps::default();
    let (mut surging, mut available) = (0, 0_usize);
    let (mut leaving, mut candidates) = (Vec::new(), Vec::new());
    for node in nodes {
        let Some((new, old)) = node.new_and_old() else {
            surging += 1;
            continue;
        };
        let is_available = old.or(new).is_some_and(|pod| pod.is_available(now));
        available += usize::from(is_available);
        match (new, old) {
            (_, None) => {}
            (None, Some(old)) if !old.is_available(now) => {
                if node.should_run {
                    steps.create.push(node.name.clone());
                } else {
                    steps.delete.push(old.id);
                }
            }
            (None, Some(old)) if !node.should_run => leaving.push(old.id),
            (None, Some(_)) if surging < most => candidates.push(node.name.clone()),
            (None, Some(_)) => {}
            (Some(new), Some(_)) if !new.is_available(now) => surging += 1,
            (Some(_), Some(old)) => steps.delete.push(old.id),
        }
    }
    let surplus = available.saturating_sub(desired);
    steps.delete.extend(leaving.into_iter().take(surplus));
    let room = most.saturating_sub(surging);
    steps.create.extend(candidates.into_iter().take(room));
    steps
}

/// The counts of the status. Models `updateDaemonSetStatus`.
pub(super) fn counts(nodes: &[Place], now: SimTime) -> DaemonSetStatus {
    let mut status = DaemonSetStatus::default();
    for node in nodes.iter().filter(|node| node.is_there) {
        let first = node.pods.first();
        if !node.should_run {
            status.number_misscheduled += u32::from(first.is_some());
            continue;
        }
        status.desired_number_scheduled += 1;
        let Some(pod) = first else { continue };
        status.current_number_scheduled += 1;
        status.number_ready += u32::from(pod.ready);
        status.number_available += u32::from(pod.is_available(now));
        status.updated_number_scheduled += u32::from(pod.updated);
    }
    status
}
