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
//! Containers of a Job's Pods are meant to end: well after a second, or as `sleep` and `exit` in their commands say.
//!
//! The tag `:bad`, or a name with `does-not-exist`, `no-such` or `nosuch`, cannot be pulled either, and the tag `:crash`
//! crashes.

use ordinal_api::Object;
use ordinal_api::list::IntoList;
use ordinal_api::podspec::Container;

use crate::controllers::job::is_of_job;
use crate::latency::Profile;

/// What is in the names of images that no registry has.
const ABSENT: [&str; 3] = ["does-not-exist", "no-such", "nosuch"];

/// Whether an image's name says what becomes of its container.
pub(crate) fn is_telling_image(image: &str) -> bool {
    image.ends_with(":crash") || cannot_be_pulled(image)
}

fn cannot_be_pulled(image: &str) -> bool {
    image.ends_with(":bad") || ABSENT.iter().any(|part| image.contains(part))
}

/// A year: no container is told to take longer.
const LONGEST_MS: u64 = 365 * 24 * 3_600_000;

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
        pull_fails: cannot_be_pulled(image),
    };
    if let (true, Some(probe)) = (profile.stand_in, &container.readiness_probe) {
        behaviour.ready_ms = Some((u64::from(probe.initial_delay_seconds) + 1) * 1000);
    }
    // What a stand-in runs ends only when it is told so.
    let may_end = !runs_to_completion && !profile.stand_in;
    if may_end && behaviour.exit.is_none() && is_of_job(pod) {
        behaviour.exit = Some(told(container, profile.init_ms));
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

/// When a container of a Job ends, and how, by the words of its command: it sleeps as long as every `sleep` in it says,
/// and ends with the number of the last `exit`, or as `false` does.
fn told(container: &Container, otherwise_ms: u64) -> (u64, i32) {
    let command = container.command.iter().chain(&container.args);
    let words = command.flat_map(|text| {
        text.split(|c: char| {
            c.is_whitespace() || matches!(c, ';' | '&' | '|' | '"' | '\'' | '(' | ')')
        })
    });
    let words = words.filter(|word| !word.is_empty()).into_list();
    let (mut slept_ms, mut code) = (0_u64, 0);
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        match *word {
            "sleep" => slept_ms = slept_ms.saturating_add(sleep_ms(next)),
            "exit" => code = next.parse().unwrap_or(code),
            "false" => code = 1,
            _ => {}
        }
    }
    let ms = if slept_ms == 0 {
        otherwise_ms
    } else {
        slept_ms
    };
    (ms.min(LONGEST_MS), code)
}

/// `5`, `5s`, `2m`, `0.5`: coreutils' durations.
fn sleep_ms(text: &str) -> u64 {
    let (number, factor) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1000),
        Some((at, 'm')) => (&text[..at], 60_000),
        Some((at, 'h')) => (&text[..at], 3_600_000),
        _ => (text, 1000),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let tenths = part.get(..1).and_then(|digit| digit.parse::<u64>().ok());
    let whole = whole.parse::<u64>().unwrap_or(0);
    let tenths = whole.saturating_mul(10).saturating_add(tenths.unwrap_or(0));
    tenths.saturating_mul(factor / 10)
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
        .filter(|ms| *ms <= LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_of_a_job_ends_as_its_command_says() {
        let ends = |words: &[&str]| {
            let args = words.iter().map(|word| (*word).into()).collect();
            let container = Container {
                args,
                ..Container::default()
            };
            told(&container, 1000)
        };
        assert_eq!(ends(&["perl", "-wle", "print bpi(2000)"]), (1000, 0));
        assert_eq!(ends(&["sleep", "30"]), (30_000, 0));
        assert_eq!(
            ends(&["sh", "-c", "echo one; sleep 1.5 && sleep 2m; exit 3"]),
            (121_500, 3)
        );
        assert_eq!(ends(&["sh", "-c", "false"]), (1000, 1));
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration_ms("300ms"), Some(300));
        assert_eq!(duration_ms("2m"), Some(120_000));
        assert_eq!(duration_ms("2"), None);
        assert_eq!(duration_ms("99999999999999999999s"), None);
    }
}
