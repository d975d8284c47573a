//! The flags of the timeline: what was commanded, what broke.

use ordinal_api::list::IntoList;

use super::LanesView;
use crate::geometry::{bold_width, number, point};
use crate::lanes::{Flag, FlagKind, Lanes};
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::tempo::Tempo;

/// How far the words of two flags stay apart: fonts differ in width.
const APART: f64 = 14.0;

impl Lanes {
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

    pub(super) fn draw_flags(&self, tempo: &Tempo, view: &LanesView, height: f64) -> Vec<Mark> {
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
        .find(|text| x - 8.0 - wide(text) >= left + APART)?;
    Some(Shape::text(-8.0, 12.5, "flag__text", (*before).clone()).anchored(Anchor::End))
}
