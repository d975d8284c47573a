//! Ages. Models apimachinery `duration.HumanDuration`: truncated, never rounded.

use ordinal_api::SimDuration;

/// `7s`, `2m14s`, `3h`, `12d`
pub fn human_duration(duration: SimDuration) -> String {
    let secs = duration.as_secs();
    let (minutes, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
    let two = |big: u64, unit: char, small: u64, small_unit: char| {
        if small == 0 {
            format!("{big}{unit}")
        } else {
            format!("{big}{unit}{small}{small_unit}")
        }
    };
    match secs {
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
        let age = |secs| human_duration(SimDuration::secs(secs));
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
}
