//! Times and names as the page writes them.

use ordinal_api::{Kind, ObjectKey, SimDuration, SimTime};

/// The clock: `00:09.4`, or `1:02:30.0` from an hour on.
pub(crate) fn clock(at: SimTime) -> String {
    let tenths = at.as_ms() / 100;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes:02}:{seconds:02}.{tenth}")
    }
}

/// A length of time as people say it: `0.4 s`, `12 s`, `5 min 30 s`.
pub(crate) fn length(time: SimDuration) -> String {
    let ms = time.as_ms();
    let (minutes, seconds) = (ms / 60_000, ms / 1000 % 60);
    match (minutes, seconds) {
        (0, 0..10) => format!("{}.{} s", ms / 1000, ms / 100 % 10),
        (0, _) => format!("{seconds} s"),
        (_, 0) => format!("{minutes} min"),
        _ => format!("{minutes} min {seconds} s"),
    }
}

/// What a kind of thing is called in a sentence.
pub(crate) fn kind(key: &ObjectKey) -> &'static str {
    key.kind.names().kind
}

/// `StatefulSet web`, with the namespace where it is not the default one.
pub(crate) fn place(key: &ObjectKey) -> String {
    let kind = kind(key);
    if key.namespace.is_empty() || key.namespace == "default" || key.kind == Kind::Namespace {
        kind.to_owned()
    } else {
        format!("{kind} in {}", key.namespace)
    }
}

/// One or many: `1 repair`, `3 repairs`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_shows_tenths_and_grows_by_hours() {
        let shown = [0, 9_480, 401_000, 3_750_000].map(|ms| clock(SimTime(ms)));

        assert_eq!(shown, ["00:00.0", "00:09.4", "06:41.0", "1:02:30.0"]);
    }

    #[test]
    fn lengths_are_as_exact_as_they_are_short() {
        let said = [400, 9_900, 12_300, 300_000, 330_000].map(|ms| length(SimDuration(ms)));

        assert_eq!(said, ["0.4 s", "9.9 s", "12 s", "5 min", "5 min 30 s"]);
    }
}
