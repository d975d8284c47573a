//! Points, trails and the width of text. Lengths are CSS pixels; what is printed is rounded to a tenth.

use ordinal_api::list::IntoList;
use std::fmt::Write;

/// A point; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "coordinates")]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// A point.
pub const fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    /// The point this far (0 to 1) on the way to another.
    pub fn towards(self, to: Self, part: f64) -> Self {
        point(mix(self.x, to.x, part), mix(self.y, to.y, part))
    }

    /// Moved by a distance.
    pub fn by(self, x: f64, y: f64) -> Self {
        point(self.x + x, self.y + y)
    }
}

/// The number this far (0 to 1) on the way from one to another.
pub fn mix(from: f64, to: f64, part: f64) -> f64 {
    from + (to - from) * part
}

/// Rounded to a tenth, without a trailing `.0`.
pub fn number(value: f64) -> String {
    let mut text = String::new();
    write_number(&mut text, value);
    text
}

/// Appends a number rounded to a tenth.
pub fn write_number(out: &mut String, value: f64) {
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, tenth) = (tenths.abs() / 10, tenths.abs() % 10);
    let _ = if tenth == 0 {
        write!(out, "{sign}{whole}")
    } else {
        write!(out, "{sign}{whole}.{tenth}")
    };
}

/// A number with so many places after the point.
pub fn decimals(value: f64, places: u32) -> String {
    let unit = 10_i64.pow(places);
    let rounded = (value * unit as f64).round() as i64;
    let sign = if rounded < 0 { "-" } else { "" };
    let (whole, rest) = (rounded.abs() / unit, rounded.abs() % unit);
    match places {
        0 => format!("{sign}{whole}"),
        places => format!("{sign}{whole}.{rest:0width$}", width = places as usize),
    }
}

/// A line made of cubic curves, each beginning where the last one ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    /// Where it begins.
    pub start: Point,
    /// Two control points and the end of each curve.
    pub curves: Vec<[Point; 3]>,
}

impl Trail {
    /// A trail that has not gone anywhere yet.
    pub fn from(start: Point) -> Self {
        Self {
            start,
            curves: Vec::new(),
        }
    }

    /// Where it ends.
    pub fn end(&self) -> Point {
        self.curves.last().map_or(self.start, |curve| curve[2])
    }

    /// Goes on along a cubic curve.
    pub fn curve(mut self, first: Point, second: Point, to: Point) -> Self {
        self.curves.push([first, second, to]);
        self
    }

    /// Goes on straight.
    pub fn line(self, to: Point) -> Self {
        let from = self.end();
        self.curve(from.towards(to, 1.0 / 3.0), from.towards(to, 2.0 / 3.0), to)
    }

    /// Goes on to a point so that it leaves and arrives vertically.
    pub fn sway(self, to: Point) -> Self {
        let from = self.end();
        let middle = mix(from.y, to.y, 0.5);
        let bend = (to.x - from.x).abs().min(60.0) * 0.2;
        let lean = if to.y >= from.y { bend } else { -bend };
        self.curve(point(from.x, middle + lean), point(to.x, middle - lean), to)
    }

    /// Goes on vertically to a height, along it, and vertically to a point, with round corners.
    pub fn turn(self, to: Point, at_y: f64) -> Self {
        let from = self.end();
        let (dx, down) = (to.x - from.x, to.y >= from.y);
        let radius = (dx.abs() / 2.0)
            .min(11.0)
            .min((at_y - from.y).abs())
            .min((to.y - at_y).abs());
        let (side, way) = (radius.copysign(dx), if down { radius } else { -radius });
        let (first, second) = (point(from.x, at_y), point(to.x, at_y));
        // A quarter of a circle as a cubic curve.
        let bend = |corner: Point, before: Point, after: Point| {
            [
                before.towards(corner, 0.55),
                after.towards(corner, 0.55),
                after,
            ]
        };
        let mut trail = self.line(first.by(0.0, -way));
        trail
            .curves
            .push(bend(first, first.by(0.0, -way), first.by(side, 0.0)));
        trail = trail.line(second.by(-side, 0.0));
        trail
            .curves
            .push(bend(second, second.by(-side, 0.0), second.by(0.0, way)));
        trail.line(to)
    }

    /// The trail this far (0 to 1) on the way to another with as many curves; the other one if they differ in that.
    pub fn towards(&self, to: &Self, part: f64) -> Self {
        if self.curves.len() != to.curves.len() {
            return to.clone();
        }
        let curves = self.curves.iter().zip(&to.curves);
        Self {
            start: self.start.towards(to.start, part),
            curves: curves
                .map(|(a, b)| std::array::from_fn(|n| a[n].towards(b[n], part)))
                .collect(),
        }
    }

    /// Its first part (0 to 1); every curve counts by the length of its polygon.
    pub fn until(&self, part: f64) -> Self {
        let lengths: Vec<f64> = self.lengths();
        let mut left = lengths.iter().sum::<f64>() * part.clamp(0.0, 1.0);
        let mut trail = Self::from(self.start);
        for (curve, length) in self.curves.iter().zip(lengths) {
            if left >= length {
                trail.curves.push(*curve);
                left -= length;
                continue;
            }
            if length > 0.0 && left > 0.0 {
                trail
                    .curves
                    .push(first_part(trail.end(), curve, left / length));
            }
            break;
        }
        trail
    }

    /// The point this far (0 to 1) along it.
    pub fn at(&self, part: f64) -> Point {
        self.until(part).end()
    }

    fn lengths(&self) -> Vec<f64> {
        let mut from = self.start;
        let length = |a: Point, b: Point| (a.x - b.x).hypot(a.y - b.y);
        self.curves
            .iter()
            .map(|[a, b, c]| {
                let sum = length(from, *a) + length(*a, *b) + length(*b, *c);
                from = *c;
                sum
            })
            .collect()
    }

    /// As the `d` of an SVG path.
    pub fn to_path(&self) -> String {
        let mut out = String::with_capacity(16 + self.curves.len() * 36);
        out.push('M');
        write_point(&mut out, self.start);
        let mut from = self.start;
        for [a, b, c] in &self.curves {
            if straight(from, *a, *b, *c) {
                out.push('L');
            } else {
                out.push('C');
                write_point(&mut out, *a);
                out.push(' ');
                write_point(&mut out, *b);
                out.push(' ');
            }
            write_point(&mut out, *c);
            from = *c;
        }
        out
    }
}

fn straight(from: Point, a: Point, b: Point, c: Point) -> bool {
    let off = |p: Point| ((c.x - from.x) * (p.y - from.y) - (c.y - from.y) * (p.x - from.x)).abs();
    off(a) < 0.5 && off(b) < 0.5
}

fn write_point(out: &mut String, p: Point) {
    write_number(out, p.x);
    out.push(' ');
    write_number(out, p.y);
}

/// The first part of a cubic curve (de Casteljau).
fn first_part(from: Point, curve: &[Point; 3], part: f64) -> [Point; 3] {
    let [a, b, c] = *curve;
    let (ab, bc, cd) = (
        from.towards(a, part),
        a.towards(b, part),
        b.towards(c, part),
    );
    let (abc, bcd) = (ab.towards(bc, part), bc.towards(cd, part));
    [ab, abc, abc.towards(bcd, part)]
}

/// The `d` of a part of a circle, from one turn to another (0 = top, clockwise, at most 1 apart).
pub fn arc_path(center: Point, radius: f64, from: f64, to: f64) -> String {
    let on = |turn: f64| center.by(radius * sine(turn), -radius * sine(turn + 0.25));
    let (start, end) = (on(from), on(to.min(from + 0.999)));
    let mut out = String::from("M");
    write_point(&mut out, start);
    let _ = write!(
        out,
        "A{0} {0} 0 {1} 1 ",
        number(radius),
        u8::from(to - from > 0.5)
    );
    write_point(&mut out, end);
    out
}

/// The sine of a turn (1 = the whole circle), to a thousandth: enough for what is printed in tenths, and the same
/// everywhere.
fn sine(turn: f64) -> f64 {
    let x = (turn - turn.round()) * std::f64::consts::TAU;
    let square = x * x;
    // Taylor's polynomial, from its end.
    [156.0, 110.0, 72.0, 42.0, 20.0, 6.0]
        .iter()
        .fold(1.0, |sum, divisor| 1.0 - square / divisor * sum)
        * x
}

/// How wide a text is at most, in pixels. Fonts are the reader's, so this errs on the wide side.
pub fn text_width(text: &str, size: f64, mono: bool) -> f64 {
    let em: f64 = if mono {
        text.chars().count() as f64 * 0.61
    } else {
        text.chars().map(advance).sum()
    };
    em * size
}

/// The same for bold text.
pub fn bold_width(text: &str, size: f64) -> f64 {
    text_width(text, size * 1.12, false)
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'I' => 0.32,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '-' | '·' | '/' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '→' | '…' => 0.96,
        'A'..='Z' => 0.7,
        _ => 0.62,
    }
}

/// A text shortened in its middle until it is no wider than `width`; the end stays, for it carries the ordinal.
pub fn fit(text: &str, width: f64, size: f64, mono: bool) -> String {
    if text_width(text, size, mono) <= width {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().into_list();
    let mut keep = chars.len().saturating_sub(1);
    while keep > 1 {
        let tail = (keep / 2).min(8);
        let shorter: String = chars[..keep - tail]
            .iter()
            .chain(['…'].iter())
            .chain(&chars[chars.len() - tail..])
            .collect();
        if text_width(&shorter, size, mono) <= width {
            return shorter;
        }
        keep -= 1;
    }
    "…".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_a_tenth() {
        assert_eq!(
            [3.04, -0.04, 12.0, -1.25].map(number),
            ["3", "0", "12", "-1.3"]
        );
    }

    #[test]
    fn the_first_part_of_a_trail_ends_on_the_trail() {
        let trail = Trail::from(point(0.0, 0.0))
            .line(point(0.0, 60.0))
            .line(point(0.0, 120.0));
        assert_eq!(trail.until(0.75).to_path(), "M0 0L0 60L0 90");
        assert_eq!(trail.until(0.0).to_path(), "M0 0");
        assert_eq!(trail.until(1.0), trail);
    }

    #[test]
    fn a_text_that_is_too_wide_keeps_its_end() {
        let fitted = fit("a-very-long-stateful-set-name-17", 120.0, 12.0, true);
        assert!(fitted.ends_with("name-17"), "{fitted}");
        assert!(text_width(&fitted, 12.0, true) <= 120.0);
        assert_eq!(fit("web-0", 120.0, 12.0, true), "web-0");
    }
}
