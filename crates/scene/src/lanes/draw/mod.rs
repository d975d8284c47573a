//! The timeline as marks: lanes here, times and folds in `axis`, what was commanded and what broke in `flags`.

mod axis;
mod flags;

use ordinal_api::list::IntoList;
use ordinal_api::{SimTime, Text};
use ordinal_core::Id;

use crate::geometry::{bold_width, fit, number, point, text_width};
use crate::layout::{NARROW, hue};
use crate::mark::{Mark, Part, Scene, Shape};
use crate::model::identity_hue;
use crate::tempo::Tempo;

use super::{Lane, Lanes, State};

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
/// Size of a lane's name, and the room beside it.
const NAME: f64 = 12.6;
const BESIDE: f64 = 14.0;
/// The least room that names have, and the most where there is room.
const GUTTER: f64 = 92.0;
const WIDE_GUTTER: f64 = 136.0;
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
    /// A view of that width, with as much room for names as the longest asks for, if there is so much.
    pub fn view(&self, width: f64) -> LanesView {
        let lanes = self.identities.values().chain(self.nodes());
        let names = lanes.map(|lane| text_width(&lane.name, NAME, false) + BESIDE);
        let most = if width < NARROW { GUTTER } else { WIDE_GUTTER };
        LanesView {
            width,
            gutter: names.fold(GUTTER, f64::max).min(most),
        }
    }

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
            fit(name, view.gutter - BESIDE, NAME, false),
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
                | State::Up
                | State::Off
                | State::CutOff
                | State::Cordoned => change.label.as_str(),
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
