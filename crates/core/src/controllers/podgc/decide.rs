//! Which Pods the collector takes. Pure.
//!
//! Models pkg/controller/podgc/gc_controller.go, 1.37.

use ordinal_api::{SimDuration, SimTime};

/// Period of the collector, in milliseconds.
const PERIOD_MS: u64 = 20_000;
/// The collector's place in its period, in milliseconds: as if it had been started 2 s before the run began, together
/// with the monitor of nodes, whose passes come at 3 s, 8 s, 13 s, 18 s.
const PHASE_MS: u64 = 18_000;
/// How long a node has to be missing before its Pods are taken: `quarantineTime`.
pub(super) const QUARANTINE: SimDuration = SimDuration::secs(40);

/// The collector's first pass at or after a moment.
pub(super) fn next_pass(at: SimTime) -> SimTime {
    let since = at.0.saturating_sub(PHASE_MS);
    SimTime(since.div_ceil(PERIOD_MS) * PERIOD_MS + PHASE_MS)
}

/// A Pod's node, as the API knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is not bound.
    Nowhere,
    /// Its Node object does not exist; since when the collector knows, if it does.
    Missing(Option<SimTime>),
    /// On a node.
    On {
        /// Whether it is Ready.
        ready: bool,
        /// Whether it has the taint that says that it is out of service.
        out_of_service: bool,
    },
}

/// What becomes of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is none of the collector's business.
    Leave,
    /// It is being deleted on a node that is not Ready: only its kubelet can end it, or somebody who says that it never will.
    LeftToKubelet,
    /// Its node was seen missing now for the first time.
    Quarantine,
    /// Its node is missing, but may come back until then.
    Until(SimTime),
    /// It is taken; with the condition that its node no longer exists, or without.
    Take {
        /// Whether its node no longer exists.
        orphaned: bool,
    },
}

/// Judges a Pod in a pass at `now`.
pub(super) fn judge(place: Place, deleting: bool, now: SimTime) -> Verdict {
    match place {
        Place::Nowhere if deleting => Verdict::Take { orphaned: false },
        Place::Missing(None) => Verdict::Quarantine,
        Place::Missing(Some(since)) if now < since + QUARANTINE => {
            Verdict::Until(since + QUARANTINE)
        }
        Place::Missing(Some(_)) => Verdict::Take { orphaned: true },
        Place::On {
            ready: false,
            out_of_service: true,
        } if deleting => Verdict::Take { orphaned: false },
        Place::On { ready: false, .. } if deleting => Verdict::LeftToKubelet,
        Place::Nowhere | Place::On { .. } => Verdict::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_taken_only_where_no_kubelet_will_end_it() {
        let on = |ready, out_of_service| Place::On {
            ready,
            out_of_service,
        };
        let now = SimTime(60_000);
        let taken = |orphaned| Verdict::Take { orphaned };
        let table = [
            (on(true, false), false, Verdict::Leave),
            (on(true, true), true, Verdict::Leave),
            (on(false, true), false, Verdict::Leave),
            (on(false, false), true, Verdict::LeftToKubelet),
            (on(false, true), true, taken(false)),
            (Place::Nowhere, false, Verdict::Leave),
            (Place::Nowhere, true, taken(false)),
            (Place::Missing(None), false, Verdict::Quarantine),
            (
                Place::Missing(Some(SimTime(40_000))),
                false,
                Verdict::Until(SimTime(80_000)),
            ),
            (Place::Missing(Some(SimTime(20_000))), false, taken(true)),
        ];
        for (place, deleting, verdict) in table {
            assert_eq!(
                judge(place, deleting, now),
                verdict,
                "{place:?}, deleting {deleting}"
            );
        }
    }
}
