//! When a Pod has to leave a node because of its NoExecute taints. Pure.
//!
//! Models pkg/controller/tainteviction/taint_eviction.go `processPodOnNode`, 1.37.

use ordinal_api::SimDuration;
use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::podspec::Toleration;

/// What the taints of a node mean for a Pod on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The node has no NoExecute taint: nothing ends.
    Untainted,
    /// It has some, and the Pod tolerates all of them for ever.
    Forever,
    /// The Pod tolerates all of them for so long. A toleration of no time at all is one of these.
    For(SimDuration),
    /// It does not tolerate one of them.
    Now,
}

/// Judges a Pod by its tolerations: of those that are used, the shortest counts.
pub(super) fn judge<'a>(
    taints: &[Taint],
    tolerations: impl Iterator<Item = &'a Toleration> + Clone,
) -> Verdict {
    let mut shortest: Option<SimDuration> = None;
    let mut tainted = false;
    for taint in taints.iter().filter(|t| t.effect == TaintEffect::NoExecute) {
        tainted = true;
        let Some(used) = tolerations.clone().find(|t| taint.is_tolerated_by(t)) else {
            return Verdict::Now;
        };
        if let Some(secs) = used.toleration_seconds {
            let time = SimDuration::secs(u64::try_from(secs).unwrap_or(0));
            shortest = Some(shortest.map_or(time, |other| other.min(time)));
        }
    }
    match shortest {
        _ if !tainted => Verdict::Untainted,
        Some(time) => Verdict::For(time),
        None => Verdict::Forever,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinal_api::Text;

    fn taint(key: &'static str, effect: TaintEffect) -> Taint {
        Taint::new(key, effect)
    }

    fn toleration(key: &'static str, seconds: Option<i64>) -> Toleration {
        Toleration {
            key: Text::new_static(key),
            operator: Text::new_static("Exists"),
            effect: Text::new_static("NoExecute"),
            toleration_seconds: seconds,
            ..Toleration::default()
        }
    }

    #[test]
    fn the_shortest_toleration_counts_and_none_means_now() {
        let (a, b) = (
            taint("a", TaintEffect::NoExecute),
            taint("b", TaintEffect::NoExecute),
        );
        let only_a = [a.clone()];
        let only_no_schedule = [taint("a", TaintEffect::NoSchedule)];
        let table: [(&[Taint], &[Toleration], Verdict); 9] = [
            (&[], &[], Verdict::Untainted),
            (&only_no_schedule, &[], Verdict::Untainted),
            (&only_a, &[], Verdict::Now),
            (&only_a, &[toleration("a", None)], Verdict::Forever),
            (
                &only_a,
                &[toleration("a", Some(8))],
                Verdict::For(SimDuration::secs(8)),
            ),
            (
                &only_a,
                &[toleration("a", Some(0))],
                Verdict::For(SimDuration::ZERO),
            ),
            (
                &only_a,
                &[toleration("a", Some(-5))],
                Verdict::For(SimDuration::ZERO),
            ),
            (
                &[a.clone(), b.clone()],
                &[toleration("a", None), toleration("b", Some(9))],
                Verdict::For(SimDuration::secs(9)),
            ),
            (&[a, b], &[toleration("a", Some(9))], Verdict::Now),
        ];
        for (taints, tolerations, verdict) in table {
            assert_eq!(
                judge(taints, tolerations.iter()),
                verdict,
                "{taints:?} {tolerations:?}"
            );
        }
    }
}
