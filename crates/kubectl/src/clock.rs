//! Moments and ages in the texts of the API: RFC 3339 in, ages and RFC 1123 out.
//!
//! Models apimachinery `duration.HumanDuration` (truncated, never rounded) and Go's `time` formats.

use ordinal_api::time::EPOCH_UNIX_MS;
use ordinal_core::World;

/// The present moment of a cluster, in milliseconds since 1970.
pub(crate) fn now_ms(world: &World) -> i64 {
    i64::try_from(EPOCH_UNIX_MS.saturating_add(world.now().as_ms())).unwrap_or(i64::MAX)
}

/// Reads `2026-11-20T12:31:38Z`, with or without fractions; milliseconds since 1970. `None` for anything else.
pub(crate) fn parse_ms(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?.strip_suffix('Z')?;
    let millis = match rest.strip_prefix('.') {
        Some(digits) => format!("{digits:0<3}").get(..3)?.parse().ok()?,
        None => 0,
    };
    let days = days_from_civil(year, month, day);
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// `2026-11-20T12:31:38Z`
pub fn rfc3339(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// `Fri, 20 Nov 2026 12:31:38 +0000` for a moment as the API writes it; the text itself if it is no moment.
pub fn rfc1123(text: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let Some(ms) = parse_ms(text) else {
        return text.to_owned();
    };
    let seconds = ms.div_euclid(1000);
    let days = seconds.div_euclid(86_400);
    let (year, month, day) = civil_from_days(days);
    let rest = seconds.rem_euclid(86_400);
    let name = |list: &[&'static str], index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|index| list.get(index).copied())
            .unwrap_or_default()
    };
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} +0000",
        name(&DAYS, days.rem_euclid(7)),
        name(&MONTHS, month - 1),
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// A moment as `date` prints it: `Fri Nov 20 12:31:38 UTC 2026`.
pub(crate) fn date(text: &str) -> String {
    let whole = rfc1123(text);
    let mut words = whole.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (week, day, month, year, time) = (next(), next(), next(), next(), next());
    let (week, day) = (week.trim_end_matches(','), day.trim_start_matches('0'));
    format!("{week} {month} {day:>2} {time} UTC {year}")
}

/// The age of a moment as the API writes it; `<unknown>` for none.
pub(crate) fn age(now_ms: i64, moment: &str) -> String {
    parse_ms(moment).map_or_else(|| "<unknown>".to_owned(), |at| human(now_ms - at))
}

/// `7s`, `2m14s`, `3h`, `12d`
pub(crate) fn human(duration_ms: i64) -> String {
    // Less than a second ahead still counts as now.
    if duration_ms <= -2000 {
        return "<invalid>".to_owned();
    }
    let secs = duration_ms / 1000;
    let (minutes, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
    let two = |big: i64, unit: char, small: i64, small_unit: char| {
        if small == 0 {
            format!("{big}{unit}")
        } else {
            format!("{big}{unit}{small}{small_unit}")
        }
    };
    match secs {
        ..0 => "0s".to_owned(),
        0..120 => format!("{secs}s"),
        120..600 => two(minutes, 'm', secs % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_truncated_in_the_known_steps() {
        let age = |secs: i64| human(secs * 1000);
        let steps = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (86_400 * 8, "8d"),
        ];
        for (secs, text) in steps {
            assert_eq!(age(secs), text);
        }
    }

    #[test]
    fn a_moment_is_read_and_written_in_both_forms() {
        let text = "2026-11-20T12:31:38Z";
        assert_eq!(parse_ms(text).map(rfc3339).as_deref(), Some(text));
        assert_eq!(rfc1123(text), "Fri, 20 Nov 2026 12:31:38 +0000");
        assert_eq!(date(text), "Fri Nov 20 12:31:38 UTC 2026");
        assert_eq!(parse_ms("1970-01-01T00:00:00.25Z"), Some(250));
        assert_eq!(parse_ms("yesterday"), None);
    }
}
