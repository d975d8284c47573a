//! Where a key is in a map, found without knowing what keys and values are.

use std::cmp::Ordering;

/// Where a key is, or would be put.
pub(super) struct Place {
    pub run: usize,
    pub at: usize,
    pub found: bool,
}

/// Finds a place in so many runs of such lengths. `compare` says how the entry of a run at a place compares to what is
/// looked for.
#[inline(never)]
pub(super) fn locate(
    runs: usize,
    length: &dyn Fn(usize) -> usize,
    compare: &dyn Fn(usize, usize) -> Ordering,
) -> Place {
    let (mut low, mut high) = (0, runs);
    let mut run = None;
    // Most maps have one run, and its beginning tells nothing.
    if runs == 1 {
        run = Some(0);
        high = length(0);
    }
    // First among the beginnings of the runs, then in the last run that begins before.
    loop {
        while low < high {
            let middle = low + (high - low) / 2;
            let (in_run, at) = match run {
                None => (middle, 0),
                Some(run) => (run, middle),
            };
            match compare(in_run, at) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => {
                    return Place {
                        run: in_run,
                        at,
                        found: true,
                    };
                }
            }
        }
        match run {
            None if low > 0 => {
                run = Some(low - 1);
                (low, high) = (0, length(low - 1));
            }
            _ => {
                return Place {
                    run: run.unwrap_or(0),
                    at: low,
                    found: false,
                };
            }
        }
    }
}
