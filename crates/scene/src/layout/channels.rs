//! Which height each of several lines takes between two rows, so that they run beside each other, not over each other.

use ordinal_api::list::IntoList;

/// The channel of each run from one x to another, counted from the side where they begin, and how many there are.
/// Among runs in the same direction the outer one is nearer to the end, so that they do not cross.
pub(super) fn channels(runs: &[(f64, f64)]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..runs.len())
        .filter(|n| !is_straight(runs[*n]))
        .into_list();
    let rank = |n: usize| {
        let (from, to) = runs[n];
        if to > from { -from } else { from }
    };
    ordinal_api::sorted::sort_by(&mut order, |a, b| rank(*a).total_cmp(&rank(*b)));
    let mut channels = vec![0; runs.len()];
    let mut given: Vec<usize> = Vec::new();
    for run in order {
        let (from, to) = runs[run];
        let beside = |other: &&usize| overlap(runs[run], runs[**other]);
        let same_way = |other: &&usize| (runs[**other].1 > runs[**other].0) == (to > from);
        let least = given
            .iter()
            .filter(beside)
            .filter(same_way)
            .map(|n| channels[*n] + 1)
            .max()
            .unwrap_or(0);
        let taken = |channel: usize| given.iter().filter(beside).any(|n| channels[*n] == channel);
        channels[run] = (least..).find(|channel| !taken(*channel)).unwrap_or(least);
        given.push(run);
    }
    let count = given.iter().map(|n| channels[*n] + 1).max().unwrap_or(1);
    (channels, count)
}

/// Whether a run goes straight on.
fn is_straight((from, to): (f64, f64)) -> bool {
    (from - to).abs() < 1.0
}

fn overlap(a: (f64, f64), b: (f64, f64)) -> bool {
    let span = |(from, to): (f64, f64)| (from.min(to) - 8.0, from.max(to) + 8.0);
    let ((a0, a1), (b0, b1)) = (span(a), span(b));
    a0 < b1 && b0 < a1
}

/// The height of a channel in a band.
pub(super) fn height((top, bottom): (f64, f64), channel: usize, count: usize) -> f64 {
    let step = ((bottom - top) / count.max(1) as f64).min(9.0);
    (top + bottom) / 2.0 + (channel as f64 - (count as f64 - 1.0) / 2.0) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_overlap_take_different_channels() {
        let (channels, count) = channels(&[
            (0.0, 100.0),
            (50.0, 150.0),
            (100.0, 0.0),
            (300.0, 400.0),
            (7.0, 7.0),
        ]);
        assert_ne!(channels[0], channels[1]);
        assert_ne!(channels[0], channels[2]);
        assert!(
            channels[0] > channels[1],
            "the outer one turns later: {channels:?}"
        );
        assert_eq!(channels[3], 0);
        assert_eq!(count, 3);
    }
}
