//! Images: when one is pulled, and the kubelet's words about it. Models pkg/kubelet/images/image_manager.go, 1.37.

use ordinal_api::podspec::Container;
use ordinal_api::{SimDuration, Text};

use crate::release::{Release, Wording};

/// What is done about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pull {
    /// It is there and may be used.
    Present,
    /// It is pulled.
    Needed,
    /// It is not there and may not be pulled.
    Never,
}

/// What is done about the image of a container.
pub(super) fn pull(container: &Container, is_present: bool) -> Pull {
    match (policy(container), is_present) {
        ("IfNotPresent" | "Never", true) => Pull::Present,
        ("Never", false) => Pull::Never,
        _ => Pull::Needed,
    }
}

/// `imagePullPolicy` with its default: `Always` for `:latest` or no tag.
fn policy(container: &Container) -> &str {
    if !container.image_pull_policy.is_empty() {
        return &container.image_pull_policy;
    }
    let image = container.image.as_str();
    let last = image.rsplit('/').next().unwrap_or(image);
    let tagged = last.contains('@')
        || last
            .rsplit_once(':')
            .is_some_and(|(_, tag)| tag != "latest");
    if tagged { "IfNotPresent" } else { "Always" }
}

/// The event `Pulled` of an image that was there.
pub(super) fn present_text(image: &str, release: Release) -> Text {
    let more = if release.container_event_wording() == Wording::Third {
        " and can be accessed by the pod"
    } else {
        ""
    };
    format!("Container image \"{image}\" already present on machine{more}").into()
}

/// The event `Pulled` of an image that was pulled.
pub(super) fn pulled_text(
    image: &str,
    took: SimDuration,
    waited: SimDuration,
    release: Release,
) -> Text {
    let (took, waited) = (go_duration(took), go_duration(waited));
    let size = if release.image_size_text() {
        format!(" Image size: {} bytes.", size(image))
    } else {
        String::new()
    };
    format!("Successfully pulled image \"{image}\" in {took} ({waited} including waiting).{size}")
        .into()
}

/// What the container runtime says about an image that does not exist.
pub(super) fn not_found_text(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
    )
}

/// A size that depends on the name alone, 20 to 200 MB: no image is ever looked at.
fn size(image: &str) -> u64 {
    let hash = image.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    });
    20_000_000 + hash % 180_000_000
}

/// As Go prints a duration of whole milliseconds: `1.25s`, `200ms`, `1m0s`.
fn go_duration(duration: SimDuration) -> String {
    let ms = duration.as_ms();
    if ms == 0 {
        return "0s".to_owned();
    }
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let (secs, rest) = (ms / 1000, ms % 1000);
    let fraction = if rest == 0 {
        String::new()
    } else {
        format!(".{rest:03}").trim_end_matches('0').to_owned()
    };
    match (secs / 3600, secs / 60 % 60) {
        (0, 0) => format!("{secs}{fraction}s"),
        (0, minutes) => format!("{minutes}m{}{fraction}s", secs % 60),
        (hours, minutes) => format!("{hours}h{minutes}m{}{fraction}s", secs % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_untagged_image_is_pulled_each_time() {
        let of = |image: &str| {
            pull(
                &Container {
                    image: image.into(),
                    ..Container::default()
                },
                true,
            )
        };
        assert_eq!(of("nginx:1.27"), Pull::Present);
        assert_eq!(of("nginx@sha256:00"), Pull::Present);
        assert_eq!(of("nginx"), Pull::Needed);
        assert_eq!(of("registry.local:5000/nginx:latest"), Pull::Needed);
        assert_eq!(of("registry.local:5000/nginx"), Pull::Needed);
    }

    #[test]
    fn durations_read_as_go_prints_them() {
        let of = |ms| go_duration(SimDuration::ms(ms));
        assert_eq!(
            [of(0), of(40), of(1250), of(61_000)],
            ["0s", "40ms", "1.25s", "1m1s"]
        );
    }
}
