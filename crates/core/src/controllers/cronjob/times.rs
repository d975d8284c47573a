//! Which of its moments a CronJob has missed, and when the next one is.
//!
//! Models pkg/controller/cronjob/utils.go `mostRecentScheduleTime`, `nextScheduleTime`, `nextScheduleTimeDuration`, 1.37.

use ordinal_api::{SimDuration, SimTime};

use super::view::View;
use crate::cron::Schedule;

/// A look is this much later than its moment: clocks differ. Models `nextScheduleDelta`.
const LATER: SimDuration = SimDuration::ms(100);
/// More missed moments than this are told of. Models `manyMissed`.
const MANY: u64 = 100;

/// What lies between the last Job and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    /// From where it was counted.
    earliest: SimTime,
    /// The moment that is the most recent.
    pub(super) recent: Option<SimTime>,
    /// About how many there are.
    count: u64,
}

impl Missed {
    /// Whether there are so many that something is wrong.
    pub(super) fn are_many(self) -> bool {
        self.count > MANY
    }
}

/// Counts them; `within` says whether those count alone that are not too late.
///
/// # Errors
/// A schedule that never comes.
pub(super) fn missed(view: &View, schedule: &Schedule, within: bool) -> Result<Missed, String> {
    let now = view.now;
    let mut earliest = view.status.last_schedule.unwrap_or(view.created);
    if let Some(deadline) = view.spec.deadline.filter(|_| within) {
        earliest = earliest.max(SimTime(now.0.saturating_sub(deadline.0)));
    }
    let never = || "time difference between two schedules is less than 1 second".to_owned();
    let first = schedule.next(earliest).ok_or_else(never)?;
    let found = |recent, count| {
        Ok(Missed {
            earliest,
            recent,
            count,
        })
    };
    if now < first {
        return found(None, 0);
    }
    let second = schedule.next(first).ok_or_else(never)?;
    if now < second {
        return found(Some(first), 0);
    }
    // Moments are whole seconds. How many there were is only guessed, by the first two.
    let between = (second.0 - first.0) / 1000;
    let count = (now.0 - first.0) / 1000 / between + 1;
    let mut at = first + SimDuration::secs(count.saturating_sub(2) * between);
    let mut recent = None;
    while let Some(next) = schedule.next(at).filter(|next| *next <= now) {
        (at, recent) = (next, Some(next));
    }
    found(recent, count)
}

/// When to look again.
pub(super) fn look_again_at(view: &View, schedule: &Schedule) -> Option<SimTime> {
    let from = match missed(view, schedule, false) {
        Ok(Missed {
            recent: Some(recent),
            ..
        }) => recent,
        Ok(Missed {
            count: 0, earliest, ..
        }) => earliest,
        _ => view.now,
    };
    schedule.next(from).map(|next| next + LATER)
}
