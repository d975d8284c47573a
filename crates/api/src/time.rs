//! Simulated time: whole milliseconds since the run began.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use crate::calendar;

/// The moment at which every run begins, in milliseconds since 1970 (2026-01-01T00:00:00Z); only printing and schedules use it.
pub const EPOCH_UNIX_MS: u64 = 1_767_225_600_000;

/// A moment of simulated time, in milliseconds since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

/// A length of simulated time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// The beginning of the run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// Milliseconds since the run began.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// As the API prints it, to the second: `2026-01-01T00:00:07Z`.
    pub fn to_rfc3339(self) -> String {
        calendar::rfc3339(self.unix_ms())
    }

    /// Milliseconds since 1970.
    pub fn unix_ms(self) -> i64 {
        i64::try_from(EPOCH_UNIX_MS.saturating_add(self.0)).unwrap_or(i64::MAX)
    }
}

impl SimTime {
    /// Reads what [`Self::to_rfc3339`] writes; `None` for anything else and for moments before the run.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let number =
            |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok().map(i64::from);
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if text.get(19..)? != "Z" || !(1..=12).contains(&month) || day == 0 || year < 1970 {
            return None;
        }
        let days = calendar::days_from_civil(year, month, day);
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        let unix_ms = u64::try_from(seconds * 1000).ok()?;
        unix_ms.checked_sub(EPOCH_UNIX_MS).map(Self)
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many milliseconds.
    pub const fn ms(ms: u64) -> Self {
        Self(ms)
    }

    /// So many seconds; more than fit stay the longest duration there is.
    pub const fn secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// Whole seconds, rounded down.
    pub fn as_secs(self) -> u64 {
        self.0 / 1000
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, rhs: SimDuration) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, rhs: SimDuration) {
        *self = *self + rhs;
    }
}

impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    fn sub(self, rhs: Self) -> SimDuration {
        self.since(rhs)
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

/// `4.1s`, `48s`, `6m41s`, `2h3m`: for captions, never for `kubectl` tables.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, tenths) = (self.0 / 1000, self.0 % 1000 / 100);
        match secs {
            0..10 if tenths > 0 => write!(f, "{secs}.{tenths}s"),
            0..60 => write!(f, "{secs}s"),
            60..3600 if secs % 60 == 0 => write!(f, "{}m", secs / 60),
            60..3600 => write!(f, "{}m{}s", secs / 60, secs % 60),
            _ => write!(f, "{}h{}m", secs / 3600, secs / 60 % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_the_api_prints_it() {
        assert_eq!(SimTime(0).to_rfc3339(), "2026-01-01T00:00:00Z");
        for at in [
            0,
            86_400_000 * 58 + 61_000,
            86_400_000 * 59,
            86_400_000 * 1200,
        ] {
            let text = SimTime(at).to_rfc3339();
            assert_eq!(SimTime::parse_rfc3339(&text), Some(SimTime(at)), "{text}");
        }
        assert_eq!(SimTime::parse_rfc3339("yesterday"), None);
        assert_eq!(
            SimTime(86_400_000 * 58 + 61_999).to_rfc3339(),
            "2026-02-28T00:01:01Z"
        );
        assert_eq!(
            SimTime(86_400_000 * 59).to_rfc3339(),
            "2026-03-01T00:00:00Z"
        );
    }
}
