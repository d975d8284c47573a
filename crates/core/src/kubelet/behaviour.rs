//! What a container does, since nothing is executed: it starts, answers, goes on or ends, and stops when told to.
//!
//! Images are well-behaved: they start, answer their probes after a while, run until they are stopped and then exit 0.
//! A Pod's annotations say otherwise where a lesson or a test needs it; they are read while the Pod lives. Their prefix
//! is the profile's: `ordinal.dev/` but for clusters whose kubelets are steered by other words.
//!
//! | annotation | value | meaning |
//! | --- | --- | --- |
//! | `ordinal.dev/start-after` | duration | time to create and start a container |
//! | `ordinal.dev/ready-after` | duration | time from the start until it is ready |
//! | `ordinal.dev/never-ready` | `true` | its probes never succeed |
//! | `ordinal.dev/crash` | `true` | it exits after `crash-after` (1 s) with `exit-code` (1), each time |
//! | `ordinal.dev/exit-after` | duration | it exits by itself with `exit-code` (0) |
//! | `ordinal.dev/stop-after` | duration | time from SIGTERM to its end; longer than the grace period means SIGKILL |
//! | `ordinal.dev/exit-on-stop` | number | its exit code when it is stopped |
//! | `ordinal.dev/pull-error` | `true` | its image cannot be pulled |
//!
//! The tag `:bad`, or a name with `does-not-exist`, cannot be pulled either, and the tag `:crash` crashes.

use ordinal_api::Object;
use ordinal_api::podspec::Container;

use crate::latency::Profile;

/// What one container does, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behaviour {
    /// From its creation until it runs.
    pub(super) start_ms: u64,
    /// From its start until it answers its probes; `None` if it never does.
    pub(super) answer_ms: Option<u64>,
    /// Ready so long after its start, whatever its probes say.
    pub(super) ready_ms: Option<u64>,
    /// It exits by itself: after which time, with which code.
    pub(super) exit: Option<(u64, i32)>,
    /// From SIGTERM to its end.
    pub(super) stop_ms: u64,
    /// Its exit code then.
    pub(super) exit_on_stop: i32,
    /// Its image cannot be pulled.
    pub(super) pull_fails: bool,
}

/// What a container of this Pod does.
pub(super) fn of(
    profile: &Profile,
    pod: &Object,
    container: &Container,
    runs_to_completion: bool,
) -> Behaviour {
    let image = container.image.as_str();
    let mut behaviour = Behaviour {
        start_ms: profile.start_ms,
        answer_ms: Some(profile.answer_ms),
        ready_ms: None,
        exit: image.ends_with(":crash").then_some((1000, 1)),
        stop_ms: profile.stop_ms,
        exit_on_stop: 0,
        pull_fails: image.ends_with(":bad") || image.contains("does-not-exist"),
    };
    if let (true, Some(probe)) = (profile.stand_in, &container.readiness_probe) {
        behaviour.ready_ms = Some((u64::from(probe.initial_delay_seconds) + 1) * 1000);
    }
    if runs_to_completion {
        behaviour.exit = behaviour.exit.or(Some((profile.init_ms, 0)));
    } else if pod
        .meta
        .annotations
        .keys()
        .any(|key| key.starts_with(profile.annotations))
    {
        annotated(&mut behaviour, pod, profile.annotations);
    }
    behaviour
}

fn annotated(behaviour: &mut Behaviour, pod: &Object, prefix: &str) {
    let text = |name: &str| pod.meta.annotation(&format!("{prefix}{name}"));
    let ms = |name: &str| text(name).and_then(duration_ms);
    let flag = |name: &str| text(name) == Some("true");
    let number = |name: &str| text(name).and_then(|value| value.parse().ok());
    if let Some(start_ms) = ms("start-after") {
        behaviour.start_ms = start_ms;
    }
    if let Some(stop_ms) = ms("stop-after") {
        behaviour.stop_ms = stop_ms;
    }
    behaviour.ready_ms = ms("ready-after").or(behaviour.ready_ms);
    if flag("never-ready") {
        (behaviour.answer_ms, behaviour.ready_ms) = (None, None);
    }
    if flag("crash") {
        behaviour.exit = Some((
            ms("crash-after").unwrap_or(1000),
            number("exit-code").unwrap_or(1),
        ));
    } else if let Some(after) = ms("exit-after") {
        behaviour.exit = Some((after, number("exit-code").unwrap_or(0)));
    }
    behaviour.exit_on_stop = number("exit-on-stop").unwrap_or(0);
    behaviour.pull_fails |= flag("pull-error");
}

/// Reads a duration of whole numbers and one unit: `300ms`, `5s`, `2m`, `1h`. At most a year.
fn duration_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)
        .filter(|ms| *ms <= 365 * 24 * 3_600_000)
}

#[cfg(test)]
mod tests {
    use super::duration_ms;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration_ms("300ms"), Some(300));
        assert_eq!(duration_ms("2m"), Some(120_000));
        assert_eq!(duration_ms("2"), None);
        assert_eq!(duration_ms("99999999999999999999s"), None);
    }
}
