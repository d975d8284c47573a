//! The timeline as marks.

use crate::geometry::{bold_width, fit, number, point, text_width};
use crate::mark::{Anchor, Mark, Part, Scene, Shape};
use crate::tempo::{BEAT_MS, Tempo};
use crate::words::minutes;
use ordinal_api::list::IntoList;
use ordinal_api::{SimDuration, SimTime, Text};

use crate::layout::hue;
use crate::model::identity_hue;
use ordinal_core::Id;

use super::{Flag, FlagKind, Lane, Lanes, State};

/// How large the timeline is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanesView {
    /// Width in CSS pixels.
    pub width: f64,
    /// Width of the labels on the left.
    pub gutter: f64,
}

/// Room on the right for the playhead's knob.
const MARGIN: f64 = 16.0;
/// Where the lanes begin, under flags and times.
const TOP: f64 = 36.0;
/// Shorter folds are not marked.
const FOLDED: SimDuration = SimDuration::secs(5);
/// What is narrower than this is not drawn.
const LEAST: f64 = 0.7;

impl LanesView {
    /// Where a moment of presentation time lies.
    pub fn x_of(&self, tempo: &Tempo, at_ms: f64) -> f64 {
        let length = tempo.length_ms().max(1.0);
        self.gutter + self.room() * (at_ms / length).clamp(0.0, 1.0)
    }

    /// The moment of presentation time at a place; clamped to the run.
    pub fn at_x(&self, tempo: &Tempo, x: f64) -> f64 {
        let part = (x - self.gutter) / self.room();
        tempo.length_ms() * part.clamp(0.0, 1.0)
    }

    fn room(&self) -> f64 {
        (self.width - self.gutter - MARGIN).max(1.0)
    }

    fn x_at(&self, tempo: &Tempo, sim: SimTime) -> f64 {
        self.x_of(tempo, tempo.presentation_of(sim))
    }
}

impl Lanes {
    /// The timeline as marks, without the playhead, so that it changes only when the history grows.
    pub fn draw(&self, tempo: &Tempo, view: &LanesView) -> Scene {
        let identities: Vec<(&'static str, &Lane)> = self.hued().into_list();
        let nodes: Vec<&Lane> = self.nodes().into_list();
        let (pitch, node_pitch) = (pitch(identities.len(), 22.0), pitch(nodes.len(), 20.0));
        let nodes_y =
            TOP + identities.len() as f64 * pitch + if identities.is_empty() { 0.0 } else { 6.0 };
        let height = nodes_y + nodes.len() as f64 * node_pitch + 4.0;
        let mut marks = self.axis(tempo, view, height);
        // Of two sets of one name each says in which namespace it is.
        let is_double = |lane: &Lane| {
            let like = |(_, other): &&(_, &Lane)| other.name == lane.name;
            identities.iter().filter(like).count() > 1
        };
        for (index, (hue, lane)) in identities.iter().enumerate() {
            let is_far = lane.namespace != "default" && is_double(lane);
            let name = match full(pitch) && is_far {
                true => format!("{}/{}", lane.namespace, lane.name).into(),
                false => lane.name.clone(),
            };
            marks.push(draw_lane(
                lane,
                &name,
                hue,
                tempo,
                view,
                TOP + index as f64 * pitch,
                pitch,
            ));
        }
        for (index, lane) in nodes.iter().enumerate() {
            let y = nodes_y + index as f64 * node_pitch;
            let name = &lane.name;
            let mark = draw_lane(lane, name, "hue-none", tempo, view, y, node_pitch);
            marks.push(mark);
        }
        marks.extend(self.draw_flags(tempo, view, height));
        Scene {
            width: view.width,
            height,
            class: "scene scene--lanes",
            marks: marks.into_iter().map(std::sync::Arc::new).collect(),
            caption: None,
            label: format!(
                "Timeline of {} identities and {} nodes",
                self.identities.len(),
                nodes.len()
            ),
        }
    }

    /// The lanes of identities with the hues that they have on the stage.
    fn hued(&self) -> impl Iterator<Item = (&'static str, &Lane)> {
        let mut sets: Vec<Id> = self.identities.keys().map(|(set, _)| *set).into_list();
        sets.dedup();
        self.identities.iter().map(move |((set, ordinal), lane)| {
            let group = sets.iter().position(|s| s == set).unwrap_or(0);
            (hue(Some(identity_hue(group, *ordinal))), lane)
        })
    }

    /// Times and folds.
    fn axis(&self, tempo: &Tempo, view: &LanesView, height: f64) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (beat, shown) in tempo.beats().iter().enumerate() {
            let folded = tempo.folded(beat);
            // A second or two passes quickly anyway; what is worth a mark is waiting.
            if folded < FOLDED {
                continue;
            }
            let from = view.x_of(tempo, shown.start_ms + BEAT_MS);
            let to = view.x_of(tempo, shown.start_ms + shown.length_ms);
            let middle = (from + to) / 2.0;
            let text = format!("+{}", span(folded));
            let wide = text_width(&text, 11.0, false) + 10.0;
            let crowded = taken
                .iter()
                .any(|(a, b)| middle - wide / 2.0 < *b && *a < middle + wide / 2.0);
            let mut mark =
                Mark::new(Part::Fold, format!("fold-{beat}"), "fold").at(point(middle, 0.0));
            let bottom = number(height - 4.0);
            if to - from >= 3.0 {
                mark.shapes.push(Shape::path(
                    format!("M-2.5 {0}V{1}M2.5 {0}V{1}", number(TOP), bottom),
                    "fold__line",
                ));
            }
            if !crowded {
                mark.shapes
                    .push(Shape::text(0.0, 30.0, "fold__text", text).anchored(Anchor::Middle));
                taken.push((middle - wide / 2.0, middle + wide / 2.0));
            }
            marks.push(mark);
        }
        let count = (view.room() / 110.0).floor().max(1.0) as usize;
        let mut said = String::new();
        for tick in 0..=count {
            let x = view.gutter + view.room() * tick as f64 / count as f64;
            let sim = tempo.beat_at(view.at_x(tempo, x)).sim;
            let text = moment(sim);
            let wide = text_width(&text, 11.0, false) + 6.0;
            let mut mark = Mark::new(Part::Tick, format!("tick-{tick}"), "tick").at(point(x, 0.0));
            mark.shapes.push(Shape::path(
                format!("M0 {}V{}", number(TOP - 2.0), number(height - 4.0)),
                "tick__line",
            ));
            let free = text != said
                && x + 3.0 + wide <= view.width
                && !taken
                    .iter()
                    .any(|(a, b)| x - 2.0 < *b && *a < x + 3.0 + wide);
            if free {
                said.clone_from(&text);
                mark.shapes.push(Shape::text(3.0, 30.0, "tick__text", text));
                taken.push((x, x + 3.0 + wide));
            }
            marks.push(mark);
        }
        // Lines under the lanes, in the order of their kind.
        ordinal_api::sorted::sort_by_key(&mut marks, |mark| mark.part != Part::Tick);
        marks
    }

    /// The flag of a place, for all that was applied at that moment.
    fn flag(&self, place: usize) -> Flag {
        let last = &self.flags[place];
        let before = self.flags[..=place].iter().rev();
        let together = before.take_while(|flag| flag.at == last.at);
        let together: Vec<&Flag> = together.into_list();
        let alike = together.iter().filter(|flag| flag.short == last.short);
        let (text, short) = match (last.short.as_str(), alike.count()) {
            ("created", count @ 2..) => (format!("applied {count} objects"), "applied"),
            ("power on", _) if together.iter().any(|flag| flag.short == "power off") => {
                ("reboot".to_owned(), "reboot")
            }
            (_, count @ 2..) if last.kind == FlagKind::Fault => {
                (format!("{} ×{count}", last.short), last.short.as_str())
            }
            _ => return last.clone(),
        };
        let kind = match short {
            "reboot" => FlagKind::Fault,
            _ => last.kind,
        };
        Flag {
            text: text.into(),
            short: short.into(),
            kind,
            ..last.clone()
        }
    }

    fn draw_flags(&self, tempo: &Tempo, view: &LanesView, height: f64) -> Vec<Mark> {
        // Of several at one moment the last one speaks: what was applied last is what the others were for.
        let last = |n: &usize| {
            self.flags
                .get(n + 1)
                .is_none_or(|next| next.at != self.flags[*n].at)
        };
        let shown: Vec<usize> = (0..self.flags.len()).filter(last).into_list();
        let xs: Vec<f64> = shown
            .iter()
            .map(|n| view.x_at(tempo, self.flags[*n].at))
            .into_list();
        let mut marks: Vec<Mark> = Vec::new();
        let mut last_x = f64::NEG_INFINITY;
        let mut left_end = view.gutter;
        for (index, (place, x)) in shown.into_iter().zip(&xs).enumerate() {
            if x - last_x < 3.0 {
                continue;
            }
            last_x = *x;
            let flag = &self.flag(place);
            let kind = match flag.kind {
                FlagKind::Command => "flag flag--command",
                FlagKind::Fault => "flag flag--fault",
                FlagKind::Milestone => "flag flag--milestone",
            };
            let mut mark = Mark::new(Part::Flag, format!("flag-{place}"), kind).at(point(*x, 0.0));
            mark.shapes
                .push(Shape::path("M-4.5 4h9l-4.5 9z", "flag__point"));
            mark.shapes.push(Shape::path(
                format!("M0 13V{}", number(height - 4.0)),
                "flag__line",
            ));
            if let Some(shape) = label(
                flag,
                *x,
                (left_end, next_x(&xs[index + 1..], *x, view.width)),
            ) {
                if let Shape::Text {
                    anchor: Anchor::Start,
                    text,
                    ..
                } = &shape
                {
                    left_end = x + 8.0 + bold_width(text, 11.0);
                }
                mark.shapes.push(shape);
            }
            left_end = left_end.max(x + 7.0);
            mark.label = flag.text.clone();
            marks.push(mark);
        }
        marks
    }
}

/// Where the next flag that is drawn stands.
fn next_x(later: &[f64], x: f64, width: f64) -> f64 {
    later
        .iter()
        .find(|next| **next - x >= 3.0)
        // At the end the playhead comes to stand.
        .map_or(width - 8.0, |next| next - 7.0)
}

/// The words of a flag, on its right or on its left, in full or short, as they fit between its neighbours.
fn label(flag: &Flag, x: f64, (left, right): (f64, f64)) -> Option<Shape> {
    let wide = |text: &str| bold_width(text, 11.0);
    let words = [&flag.text, &flag.short];
    let after = words.iter().find(|text| x + 8.0 + wide(text) <= right);
    if let Some(text) = after {
        return Some(Shape::text(8.0, 12.5, "flag__text", (*text).clone()));
    }
    let before = words
        .iter()
        .find(|text| x - 8.0 - wide(text) >= left + 6.0)?;
    Some(Shape::text(-8.0, 12.5, "flag__text", (*before).clone()).anchored(Anchor::End))
}

/// Distance between lanes: smaller where there are many.
fn pitch(count: usize, full: f64) -> f64 {
    match count {
        0..=12 => full,
        13..=40 => 12.0,
        _ => 6.0,
    }
}

/// Whether lanes are so far apart that there is room for words.
fn full(pitch: f64) -> bool {
    pitch > 16.0
}

fn draw_lane(
    lane: &Lane,
    name: &Text,
    hue: &str,
    tempo: &Tempo,
    view: &LanesView,
    y: f64,
    pitch: f64,
) -> Mark {
    let full = full(pitch);
    let bar = if full { pitch - 7.0 } else { pitch - 2.0 };
    let mut shapes = Vec::new();
    if full {
        shapes.push(Shape::text(
            8.0,
            11.5,
            "lane__name",
            fit(name, view.gutter - 14.0, 12.6, false),
        ));
    }
    let end = view.x_of(tempo, tempo.length_ms());
    let mut uid = None;
    for (index, change) in lane.changes.iter().enumerate() {
        let next = lane.changes.get(index + 1);
        let x = view.x_at(tempo, change.at);
        let width = next.map_or(end, |next| view.x_at(tempo, next.at)) - x;
        let reborn = change.state != State::None
            && uid.replace(change.uid).is_some_and(|old| old != change.uid);
        let Some(class) = class(change.state) else {
            // Who comes after somebody was gone is somebody else.
            continue;
        };
        if width < LEAST {
            continue;
        }
        let half = change.state == State::Running;
        let (top, high) = if half {
            (bar / 2.0, bar / 2.0)
        } else {
            (0.0, bar)
        };
        let width = (width - if full { 1.5 } else { 0.5 }).max(0.6);
        shapes.push(Shape::Rect {
            x,
            y: top,
            width,
            height: high,
            radius: if full { 3.0 } else { 1.0 },
            class,
        });
        if reborn && full {
            shapes.push(Shape::path(
                format!("M{0} -2.5l4 5.5l4 -5.5z", number(x - 4.7)),
                "lane__notch",
            ));
        }
        if full && !half {
            let words = match change.state {
                State::Ready
                | State::Terminating
                | State::Believed
                | State::Off
                | State::CutOff
                | State::Cordoned => change.label.as_str(),
                State::Up => change.label.as_str(),
                _ => "",
            };
            if !words.is_empty() && bold_width(words, 11.0) + 12.0 <= width {
                let class = match change.state {
                    State::Ready => "lane__text lane__text--on",
                    _ => "lane__text",
                };
                shapes.push(Shape::text(x + 6.0, bar / 2.0 + 4.0, class, words));
            }
        }
    }
    let kind = if lane.ordinal.is_some() {
        "identity"
    } else {
        "node"
    };
    let mut mark = Mark::new(
        Part::Lane,
        format!("lane-{kind}-{}", lane.id.0),
        format!("lane lane--{kind} {hue}"),
    );
    mark.target = Some(lane.id);
    mark.label = format!("Timeline of {name}").into();
    mark.at(point(0.0, y)).with(shapes)
}

fn class(state: State) -> Option<&'static str> {
    Some(match state {
        State::None => return None,
        State::Pending => "lane__bar lane__bar--pending",
        State::Creating => "lane__bar lane__bar--creating",
        State::Running => "lane__bar lane__bar--running",
        State::Ready => "lane__bar lane__bar--ready",
        State::Terminating => "lane__bar lane__bar--terminating",
        State::Believed => "lane__bar lane__bar--believed",
        State::Up => "lane__bar lane__bar--up",
        State::Cordoned => "lane__bar lane__bar--cordoned",
        State::Off => "lane__bar lane__bar--off",
        State::CutOff => "lane__bar lane__bar--cut-off",
    })
}

/// A moment on the axis: `0 s`, `9.4 s`, `6:41`.
fn moment(at: SimTime) -> String {
    match at.0 {
        0..60_000 if at.0 % 1000 < 100 => format!("{} s", at.0 / 1000),
        0..60_000 => format!("{}.{} s", at.0 / 1000, at.0 % 1000 / 100),
        _ => minutes(SimDuration(at.0))
            .trim_start_matches('0')
            .to_owned(),
    }
}

/// How long a fold is: `12 s`, `5:00`.
fn span(time: SimDuration) -> String {
    match time.as_secs() {
        secs @ 0..60 => format!("{secs} s"),
        _ => minutes(time).trim_start_matches('0').to_owned(),
    }
}
