//! The card of a pod: numeral or name, ring, word, address.

use ordinal_api::{SimDuration, Text};

use super::classes;
use crate::geometry::{Point, fit};
use crate::layout::{hue, state_class};
use crate::mark::{Anchor, Leave, Mark, Part, Shape};
use crate::model::{Pod, PodState, Truth};
use crate::words::minutes;

/// How long the ring of a small pod stands between two steps, in milliseconds of presentation time.
const STEP_MS: f64 = 1400.0 / 16.0;

/// How much of a pod is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::layout) enum Card {
    /// Numeral, ring, word, address.
    Full,
    /// The same with larger type, for the narrow stage.
    Row,
    /// The same side by side, where there is little height.
    Low,
    /// Numeral and ring.
    Small,
    /// Ring.
    Dot,
}

impl Card {
    /// Width and height.
    pub(in crate::layout) const fn size(self) -> (f64, f64) {
        match self {
            Self::Full => (80.0, 98.0),
            Self::Row => (90.0, 98.0),
            Self::Low => (132.0, 44.0),
            Self::Small => (44.0, 44.0),
            Self::Dot => (20.0, 20.0),
        }
    }
}

/// The card of a pod around a point. Where it does not stand in its node, it names the node instead of its address.
pub(in crate::layout) fn card(
    pod: &Pod,
    shown_ms: f64,
    size: Card,
    center: Point,
    node: Option<&str>,
) -> Mark {
    let (width, height) = size.size();
    let rect = Shape::Rect {
        x: -width / 2.0,
        y: -height / 2.0,
        width,
        height,
        radius: 12.0,
        class: "pod-card__card",
    };
    let mut shapes = Vec::with_capacity(8);
    let label = |y, class, text: Text| Shape::text(0.0, y, class, text).anchored(Anchor::Middle);
    match size {
        Card::Full | Card::Row => {
            let scale = if size == Card::Row { 1.09 } else { 1.0 };
            shapes.push(rect);
            shapes.extend(ring(pod, shown_ms, Point { x: 0.0, y: -12.0 }, 26.0));
            let (class, drop, text_size) = numeral_class(&pod.short, pod.identity.is_some());
            if !stands_alone(pod) {
                shapes.push(label(
                    -12.0 + drop,
                    class,
                    fit(&pod.short, 46.0, text_size, true).into(),
                ));
            }
            shapes.push(label(
                30.0,
                "pod-card__word",
                fit(short_word(pod), width - 4.0, 11.4 * scale, false).into(),
            ));
            shapes.push(label(
                43.0,
                "pod-card__detail",
                fit(
                    &node
                        .filter(|_| !stands_alone(pod))
                        .map_or_else(|| detail(pod), str::to_owned),
                    width - 2.0,
                    10.9 * scale,
                    true,
                )
                .into(),
            ));
        }
        Card::Low => {
            shapes.push(rect);
            shapes.extend(ring(pod, shown_ms, Point { x: -42.0, y: 0.0 }, 16.0));
            if pod.identity.is_some() {
                let class = "pod-card__numeral pod-card__numeral--small";
                let numeral = Shape::text(-42.0, 5.0, class, pod.short.clone());
                shapes.push(numeral.anchored(Anchor::Middle));
            }
            let words = [
                (-3.0, "pod-card__word", short_word(pod).to_owned(), false),
                (13.0, "pod-card__detail", detail(pod), true),
            ];
            shapes.extend(words.map(|(y, class, text, mono)| {
                Shape::text(-18.0, y, class, fit(&text, 80.0, 11.4, mono))
            }));
        }
        Card::Small => {
            shapes.push(rect);
            shapes.extend(ring(pod, shown_ms, Point::default(), 16.0));
            if pod.identity.is_some() && pod.short.len() <= 3 {
                let class = "pod-card__numeral pod-card__numeral--small";
                shapes.push(label(5.0, class, pod.short.clone()));
            } else {
                let end: String = pod
                    .short
                    .chars()
                    .skip(pod.short.chars().count().saturating_sub(3))
                    .collect();
                shapes.push(label(4.0, "pod-card__name", end.into()));
            }
        }
        Card::Dot => {
            // Many turn in steps, not all at the same moment.
            let own = f64::from(pod.id.0 % 16) / 16.0;
            let shown_ms = ((shown_ms / STEP_MS + own).floor() - own) * STEP_MS;
            shapes.extend(ring(pod, shown_ms.max(0.0), Point::default(), 7.0));
        }
    }
    let size = match size {
        Card::Full | Card::Row => "",
        Card::Low => "low",
        Card::Small => "small",
        Card::Dot => "dot",
    };
    let modifiers = [
        state_class(pod.state),
        truth_class(pod.truth),
        size,
        if pod.trouble { "trouble" } else { "" },
    ];
    Mark::new(
        Part::Pod,
        pod.key.clone(),
        classes("pod-card", &modifiers, hue(pod.hue)),
    )
    .at(center)
    .of(pod.id, pod_words(pod))
    .moves(crate::mark::Enter::Fade, Leave::Shrink)
    .with(shapes)
}

/// The ring of a pod: its state as a shape.
pub(in crate::layout) fn ring(pod: &Pod, shown_ms: f64, center: Point, radius: f64) -> Vec<Shape> {
    let Point { x, y } = center;
    if pod.truth == Truth::Ghost {
        return Vec::new();
    }
    let track = Shape::Circle {
        x,
        y,
        radius,
        class: "pod-card__track",
    };
    let part = |from: f64, to: f64| Shape::Ring {
        x,
        y,
        radius,
        from,
        to,
        class: "pod-card__ring",
    };
    let share = |left: SimDuration, whole: SimDuration| {
        (left.0 as f64 / (whole.0.max(1)) as f64).clamp(0.0, 1.0)
    };
    match pod.state {
        PodState::Pending => vec![track],
        PodState::Creating => {
            let turn = (shown_ms / 1400.0).fract();
            vec![track, part(turn, turn + 0.24)]
        }
        PodState::Running => vec![track, part(0.0, 0.75)],
        PodState::Ready | PodState::Succeeded => vec![part(0.0, 1.0)],
        PodState::Terminating { left, .. } if left.0 == 0 => vec![track],
        PodState::Terminating { left, grace } => {
            vec![track, part(0.0, share(left, grace).min(0.999))]
        }
        PodState::BackOff { left, whole } => {
            // Broken in two, each half running down.
            let half = share(left, whole) * 0.42;
            vec![track, part(0.04, 0.04 + half), part(0.54, 0.54 + half)]
        }
        PodState::Failed => vec![track, part(0.06, 0.44), part(0.56, 0.94)],
    }
}

fn numeral_class(short: &str, identity: bool) -> (&'static str, f64, f64) {
    match (identity, short.len()) {
        (true, 0..3) => ("pod-card__numeral", 9.0, 26.0),
        (true, _) => ("pod-card__numeral pod-card__numeral--long", 6.0, 18.0),
        (false, _) => ("pod-card__name", 4.0, 12.0),
    }
}

/// Whether nobody keeps it: it has no part of a name that tells it from its like, so it shows its name instead.
fn stands_alone(pod: &Pod) -> bool {
    pod.identity.is_none() && pod.short == pod.name
}

/// The state in a word that fits on a card.
fn short_word(pod: &Pod) -> &str {
    match pod.word.as_str() {
        "CrashLoopBackOff" => "CrashLoop",
        "ImagePullBackOff" => "ImagePull",
        "CreateContainerConfigError" => "ConfigError",
        word => word,
    }
}

/// The second line: what runs down, the address, or which incarnation it is.
fn detail(pod: &Pod) -> String {
    match (pod.truth, pod.state) {
        (Truth::Forgotten | Truth::Ghost, _) => format!("uid {}", pod.uid.short()),
        (_, PodState::Terminating { left, .. }) if left.0 > 0 => {
            format!("{} s left", left.0.div_ceil(1000))
        }
        // Whatever the API asks of it, nobody there hears it.
        (Truth::CutOff, PodState::Terminating { .. }) => "still runs".to_owned(),
        (_, PodState::BackOff { left, .. }) if left.0 > 0 => {
            format!("in {}", minutes(SimDuration(left.0 + 999)))
        }
        (_, PodState::BackOff { .. }) => "tried again".to_owned(),
        _ if stands_alone(pod) => pod.name.to_string(),
        _ if pod.address.is_empty() => format!("uid {}", pod.uid.short()),
        _ => pod.address.to_string(),
    }
}

fn truth_class(truth: Truth) -> &'static str {
    match truth {
        Truth::Both => "",
        Truth::Unnoticed => "unnoticed",
        Truth::Believed => "believed",
        Truth::CutOff => "cut-off",
        Truth::Forgotten => "forgotten",
        Truth::Ghost => "ghost",
    }
}

/// A pod in words, for those who do not see it.
pub(in crate::layout) fn pod_words(pod: &Pod) -> String {
    let truth = match pod.truth {
        Truth::Both => "",
        Truth::Unnoticed => "; its machine is silent, the API has not noticed",
        Truth::Believed => "; only the API believes in it",
        Truth::CutOff => "; it still runs, cut off from the network",
        Truth::Forgotten => "; it runs although the API has forgotten it",
        Truth::Ghost => "; the API has forgotten it",
    };
    let address = if pod.address.is_empty() {
        String::new()
    } else {
        format!(", {}", pod.address)
    };
    format!("Pod {}: {}{address}{truth}", pod.name, pod.word)
}
