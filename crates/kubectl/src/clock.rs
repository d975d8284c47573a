//! Moments and ages in the texts of the API: RFC 3339 in, ages and RFC 1123 out.
//!
//! Models apimachinery `duration.HumanDuration` (truncated, never rounded) and Go's `time` formats.

use ordinal_api::calendar;
pub use ordinal_api::calendar::rfc3339;
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
    let days = calendar::days_from_civil(year, month, day);
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis)
}

/// `Fri, 20 Nov 2026 12:31:38 +0000` for a moment as the API writes it; the text itself if it is no moment.
pub fn rfc1123(text: &str) -> String {
    parse_ms(text).map_or_else(|| text.to_owned(), calendar::rfc1123)
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
