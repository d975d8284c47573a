//! Schedules as cron writes them: five fields, a word for some of them, or `@every` so long.
//!
//! Models robfig/cron v3, `ParseStandard` and `Schedule.Next`, in UTC.

use ordinal_api::SimTime;
use ordinal_api::calendar::civil_from_days;
use ordinal_api::list::IntoList;
use ordinal_api::time::EPOCH_UNIX_MS;

/// When something is done, again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Minutes, hours, days of the month, months, days of the week.
    Fields([Field; 5]),
    /// So many seconds after the last time.
    Every(u64),
}

/// The numbers that a field stands for, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    bits: u64,
    /// It was written `*`, or `*/1`.
    star: bool,
}

/// A field of a schedule: the least and the most it can be, and the names that stand for numbers.
type Bounds = (u64, u64, &'static [&'static str]);
const FIELDS: [Bounds; 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Words for schedules.
const WORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const DAY_MINUTES: u64 = 24 * 60;

impl Schedule {
    /// Reads a schedule without a zone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(schedule: &str) -> Result<Self, String> {
        if schedule.starts_with('@') {
            if let Some((_, fields)) = WORDS.iter().find(|(word, _)| *word == schedule) {
                return Self::parse(fields);
            }
            let Some(period) = schedule.strip_prefix("@every ") else {
                return Err(format!("unrecognized descriptor: {schedule}"));
            };
            let period = duration_ns(period)
                .map_err(|why| format!("failed to parse duration {schedule}: {why}"))?;
            let secs = u64::try_from(period / 1_000_000_000).unwrap_or(0);
            return Ok(Self::Every(secs.max(1)));
        }
        let fields: Vec<&str> = schedule.split_whitespace().into_list();
        if fields.len() != FIELDS.len() {
            let shown = fields.join(" ");
            return Err(format!(
                "expected exactly 5 fields, found {}: [{shown}]",
                fields.len()
            ));
        }
        let mut read = [Field {
            bits: 0,
            star: false,
        }; 5];
        for ((read, field), bounds) in read.iter_mut().zip(fields).zip(FIELDS) {
            for range in field.split(',').filter(|range| !range.is_empty()) {
                let range = Field::parse(range, bounds)?;
                read.bits |= range.bits;
                read.star |= range.star;
            }
        }
        Ok(Self::Fields(read))
    }

    /// The first moment after another one; `None` if there is none within five years.
    pub(crate) fn next(&self, after: SimTime) -> Option<SimTime> {
        let [minutes, hours, ..] = match self {
            Self::Fields(fields) => fields,
            Self::Every(secs) => return Some(SimTime((after.0 / 1000 + secs) * 1000)),
        };
        let first = (EPOCH_UNIX_MS + after.0) / 60_000 + 1;
        let (mut day, mut from) = (first / DAY_MINUTES, first % DAY_MINUTES);
        let date = |day: u64| civil_from_days(i64::try_from(day).unwrap_or(i64::MAX));
        let last_year = date(day).0 + 5;
        loop {
            let (year, month, date) = date(day);
            if year > last_year {
                return None;
            }
            if self.is_on(day, month.unsigned_abs(), date.unsigned_abs()) {
                let fits = |minute: &u64| hours.has(minute / 60) && minutes.has(minute % 60);
                if let Some(minute) = (from..DAY_MINUTES).find(fits) {
                    let unix_ms = (day * DAY_MINUTES + minute) * 60_000;
                    return Some(SimTime(unix_ms - EPOCH_UNIX_MS));
                }
            }
            (day, from) = (day + 1, 0);
        }
    }

    /// Whether a day is one of them: of two fields for days one is enough, unless the other stands for all.
    fn is_on(&self, day: u64, month: u64, date: u64) -> bool {
        let Self::Fields([_, _, dates, months, weekdays]) = self else {
            return true;
        };
        // The first day that is counted was a Thursday.
        let (of_month, of_week) = (dates.has(date), weekdays.has((day + 4) % 7));
        months.has(month)
            && if dates.star || weekdays.star {
                of_month && of_week
            } else {
                of_month || of_week
            }
    }
}

impl Field {
    fn has(self, number: u64) -> bool {
        self.bits >> number & 1 == 1
    }

    /// Reads `*`, `5`, `mon-fri`, `*/15` or `10/5`; a question mark is a star.
    fn parse(expression: &str, (least, most, words): Bounds) -> Result<Self, String> {
        let number = |text: &str| {
            let named = words.iter().zip(least..);
            let named = named
                .into_iter()
                .find(|(word, _)| text.eq_ignore_ascii_case(word));
            match named {
                Some((_, number)) => Ok(number),
                None => plain_number(text),
            }
        };
        let parts: Vec<&str> = expression.split('/').into_list();
        let ends: Vec<&str> = parts[0].split('-').into_list();
        let all = matches!(ends[0], "*" | "?");
        let (start, mut end) = match ends.as_slice() {
            _ if all => (least, most),
            [one] => {
                let one = number(one)?;
                (one, one)
            }
            [low, high] => (number(low)?, number(high)?),
            _ => return Err(format!("too many hyphens: {expression}")),
        };
        let step = match parts.as_slice() {
            [_] => 1,
            [_, step] => {
                let step = plain_number(step)?;
                if ends.len() == 1 {
                    end = most;
                }
                step
            }
            _ => return Err(format!("too many slashes: {expression}")),
        };
        let wrong = if start < least {
            format!("beginning of range ({start}) below minimum ({least})")
        } else if end > most {
            format!("end of range ({end}) above maximum ({most})")
        } else if start > end {
            format!("beginning of range ({start}) beyond end of range ({end})")
        } else if step == 0 {
            "step of range should be a positive number".to_owned()
        } else {
            let numbers = (start..=end).filter(|number| (number - start).is_multiple_of(step));
            return Ok(Self {
                bits: numbers.fold(0, |bits, number| bits | 1 << number),
                star: all && step == 1,
            });
        };
        Err(format!("{wrong}: {expression}"))
    }
}

fn plain_number(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let why = if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "invalid syntax"
    } else {
        match text.parse::<i64>() {
            Ok(number) if number < 0 => {
                return Err(format!("negative number ({number}) not allowed: {text}"));
            }
            Ok(number) => return Ok(number.unsigned_abs()),
            Err(_) => "value out of range",
        }
    };
    Err(format!(
        "failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}"
    ))
}

/// Reads `1h30m`, `1.5h` or `-90s`, in nanoseconds. Models Go's `time.ParseDuration`.
///
/// # Errors
/// What Go says of a text that is no duration.
fn duration_ns(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| {
            let other = text.find(|c: char| !c.is_ascii_digit());
            other.unwrap_or(text.len())
        };
        let (whole, after) = rest.split_at(digits(rest));
        let (part, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && part.is_empty() {
            return Err(invalid());
        }
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = after.split_at(unit.unwrap_or(after.len()));
        let unit_ns: u128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            other => {
                return Err(format!("time: unknown unit {other:?} in duration {text:?}"));
            }
        };
        let count = |digits: &str| match digits {
            "" => Ok(0),
            digits => digits.parse::<u64>().map(u128::from),
        };
        // What is smaller than a nanosecond in the longest unit does not count.
        let part = &part[..part.len().min(13)];
        let scale = 10_u128.pow(u32::try_from(part.len()).unwrap_or(0));
        let (whole, part) = (count(whole), count(part));
        let (Ok(whole), Ok(part)) = (whole, part) else {
            return Err(invalid());
        };
        total += whole * unit_ns + part * unit_ns / scale;
        rest = after;
    }
    let total = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if text.starts_with('-') { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next moments of a schedule after one.
    fn times(schedule: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let mut at = SimTime::parse_rfc3339(after).expect("a moment");
        let mut next = || {
            at = schedule.next(at)?;
            Some(at.to_rfc3339())
        };
        (0..count).map_while(|_| next()).collect()
    }

    #[test]
    fn a_schedule_names_its_next_moments() {
        // (schedule, after, next moments); the first of January 2026 is a Thursday
        let cases: [(&str, &str, &[&str]); 12] = [
            (
                "* * * * *",
                "2026-01-01T00:00:00Z",
                &["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"],
            ),
            (
                "*/15 * * * *",
                "2026-01-01T00:44:59Z",
                &["2026-01-01T00:45:00Z", "2026-01-01T01:00:00Z"],
            ),
            (
                "50/5 23 * * *",
                "2026-01-01T23:54:00Z",
                &["2026-01-01T23:55:00Z", "2026-01-02T23:50:00Z"],
            ),
            (
                "0 9-17/4 * * MON-fri",
                "2026-01-02T17:00:00Z",
                &["2026-01-05T09:00:00Z", "2026-01-05T13:00:00Z"],
            ),
            (
                "30 6 1,15 * ?",
                "2026-01-01T06:30:00Z",
                &["2026-01-15T06:30:00Z", "2026-02-01T06:30:00Z"],
            ),
            (
                "0 0 13 * fri",
                "2026-01-01T00:00:00Z",
                &[
                    "2026-01-02T00:00:00Z",
                    "2026-01-09T00:00:00Z",
                    "2026-01-13T00:00:00Z",
                ],
            ),
            (
                "0 0 */2 * 1",
                "2026-01-01T00:00:00Z",
                &[
                    "2026-01-03T00:00:00Z",
                    "2026-01-05T00:00:00Z",
                    "2026-01-07T00:00:00Z",
                ],
            ),
            (
                "0 0 29 2 *",
                "2026-01-01T00:00:00Z",
                &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
            ),
            ("0 0 31 2 *", "2026-01-01T00:00:00Z", &[]),
            (
                "@weekly",
                "2026-01-01T00:00:00Z",
                &["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"],
            ),
            ("@yearly", "2026-01-01T00:00:00Z", &["2027-01-01T00:00:00Z"]),
            (
                "@every 1h30m0.9s",
                "2026-01-01T00:00:07Z",
                &["2026-01-01T01:30:07Z", "2026-01-01T03:00:07Z"],
            ),
        ];
        for (schedule, after, next) in cases {
            assert_eq!(
                times(schedule, after, next.len().max(1)),
                next,
                "{schedule}"
            );
        }
    }

    #[test]
    fn a_period_is_read_as_go_reads_it() {
        let cases = [
            ("1h30m", Ok(5_400_000_000_000)),
            ("1.5h", Ok(5_400_000_000_000)),
            (".5s", Ok(500_000_000)),
            ("-2µs", Ok(-2_000)),
            ("0", Ok(0)),
            ("", Err("time: invalid duration \"\"")),
            (".s", Err("time: invalid duration \".s\"")),
            ("1.2.3s", Err("time: missing unit in duration \"1.2.3s\"")),
            ("3", Err("time: missing unit in duration \"3\"")),
            ("3d", Err("time: unknown unit \"d\" in duration \"3d\"")),
            ("9999999h", Err("time: invalid duration \"9999999h\"")),
        ];
        for (text, expected) in cases {
            assert_eq!(duration_ns(text), expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_period_is_at_least_a_second() {
        assert_eq!(Schedule::parse("@every 10ms"), Ok(Schedule::Every(1)));
        assert_eq!(Schedule::parse("@every -1h"), Ok(Schedule::Every(1)));
    }
}
