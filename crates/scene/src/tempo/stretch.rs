//! A stretch of simulated time without a beat in it, and how long it is shown.

use ordinal_api::SimDuration;

use super::{BEAT_MS, FOLD_MS};

/// How long a stretch of simulated time is shown, in milliseconds.
pub(super) fn presented(gap: SimDuration) -> f64 {
    let gap = gap.0 as f64;
    if gap <= BEAT_MS {
        BEAT_MS
    } else {
        BEAT_MS + (gap - BEAT_MS).min(FOLD_MS)
    }
}

/// What the clock has done after so much presentation time of a stretch.
pub(super) fn simulated(gap: SimDuration, elapsed_ms: f64) -> SimDuration {
    let whole = gap.0 as f64;
    let ms = if whole <= BEAT_MS {
        whole * (elapsed_ms / BEAT_MS).min(1.0)
    } else if elapsed_ms <= BEAT_MS {
        elapsed_ms
    } else {
        let rest = whole - BEAT_MS;
        BEAT_MS + rest * ((elapsed_ms - BEAT_MS) / rest.min(FOLD_MS)).min(1.0)
    };
    SimDuration(ms.round() as u64)
}

/// The inverse of [`simulated`].
pub(super) fn shown_after(gap: SimDuration, sim: SimDuration) -> f64 {
    let (whole, sim) = (gap.0 as f64, sim.0 as f64);
    if whole <= BEAT_MS {
        if whole > 0.0 {
            BEAT_MS * (sim / whole).min(1.0)
        } else {
            0.0
        }
    } else if sim <= BEAT_MS {
        sim
    } else {
        let rest = whole - BEAT_MS;
        BEAT_MS + (sim - BEAT_MS) * rest.min(FOLD_MS) / rest
    }
}
