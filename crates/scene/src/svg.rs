//! A scene as a complete SVG text: for tests, posters and print. The page draws the same marks as elements.

use std::fmt::Write;

use crate::Caption;
use crate::geometry::{decimals, text_width};
use crate::mark::{Emphasis, Mark, Scene, Shape, Span};

const TOKENS: &str = include_str!("../../../www/styles/tokens.css");
const STYLE: &str = include_str!("../../../www/styles/scene.css");

/// Light or dark; `Auto` follows the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

/// The scene as a standalone document with its styles.
pub fn document(scene: &Scene, theme: Theme) -> String {
    let theme = match theme {
        Theme::Auto => "",
        Theme::Light => " data-theme=\"light\"",
        Theme::Dark => " data-theme=\"dark\"",
    };
    let mut out = String::new();
    let (width, stage) = (scene.width, scene.height);
    let lines = scene
        .caption
        .as_ref()
        .map(|caption| wrap(caption, width - 48.0))
        .unwrap_or_default();
    let height = stage
        + if lines.is_empty() {
            0.0
        } else {
            28.0 + lines.len() as f64 * 19.0
        };
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{} scene--document\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"{theme}>",
        scene.class
    );
    let _ = write!(
        out,
        "<title>{}</title><style>{TOKENS}{STYLE}</style>",
        Escaped(&scene.label)
    );
    let _ = write!(
        out,
        "{}<rect class=\"scene__paper\" width=\"100%\" height=\"100%\"/>",
        defs()
    );
    for mark in &scene.marks {
        write_mark(&mut out, mark);
    }
    if !lines.is_empty() {
        write_caption(&mut out, &lines, width, stage);
    }
    out.push_str("</svg>");
    out
}

fn write_caption(out: &mut String, lines: &[Vec<Span>], width: f64, y: f64) {
    let (width, height) = (width - 20.0, 14.0 + lines.len() as f64 * 19.0);
    let _ = write!(
        out,
        "<rect class=\"caption__ground\" x=\"10\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = y + 21.5 + number as f64 * 19.0;
        let _ = write!(
            out,
            "<text class=\"caption__text\" x=\"24\" y=\"{y}\" xml:space=\"preserve\">"
        );
        for span in line {
            let _ = write!(
                out,
                "<tspan class=\"{}\">{}</tspan>",
                span.emphasis.class(),
                Escaped(&span.text)
            );
        }
        out.push_str("</text>");
    }
}

/// A sentence broken into lines that are no wider than `width`.
fn wrap(caption: &Caption, width: f64) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = vec![Vec::new()];
    let mut used = 0.0;
    for span in &caption.spans {
        for word in span.text.split_inclusive(' ') {
            let size = if matches!(span.emphasis, Emphasis::Because | Emphasis::Actor) {
                15.2
            } else {
                13.5
            };
            let wide = text_width(word, size, span.emphasis == Emphasis::Code);
            if used + wide > width && used > 0.0 {
                lines.push(Vec::new());
                used = 0.0;
            }
            used += wide;
            let line = lines.last_mut().expect("there is always a line");
            match line
                .last_mut()
                .filter(|last| last.emphasis == span.emphasis)
            {
                Some(last) => last.text = format!("{}{word}", last.text).into(),
                None => line.push(Span::new(span.emphasis, word)),
            }
        }
    }
    lines
}

/// What the stylesheet names: hatching for what is only believed, the head of the cause arrow. Put it once into every
/// page that draws scenes.
pub fn defs() -> &'static str {
    "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternTransform=\"rotate(45)\" patternUnits=\"userSpaceOnUse\">\
     <rect class=\"hatch__ground\" width=\"6\" height=\"6\"/><path class=\"hatch__line\" d=\"M0 0V6\"/></pattern>\
     <pattern id=\"hatch-card\" width=\"7\" height=\"7\" patternTransform=\"rotate(45)\" patternUnits=\"userSpaceOnUse\">\
     <rect class=\"hatch__ground hatch__ground--card\" width=\"7\" height=\"7\"/>\
     <path class=\"hatch__line hatch__line--card\" d=\"M0 0V7\"/></pattern>\
     <pattern id=\"hatch-lane\" width=\"6\" height=\"6\" patternTransform=\"rotate(45)\" patternUnits=\"userSpaceOnUse\">\
     <rect class=\"hatch__ground hatch__ground--lane\" width=\"6\" height=\"6\"/>\
     <path class=\"hatch__line hatch__line--lane\" d=\"M0 0V6\"/></pattern>\
     <marker id=\"arrow-head\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"6.5\" markerHeight=\"6.5\" orient=\"auto\">\
     <path class=\"arrow-head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>"
}

fn write_mark(out: &mut String, mark: &Mark) {
    let _ = write!(
        out,
        "<g id=\"{}\" class=\"{}\"",
        Escaped(&mark.key),
        Escaped(&mark.class)
    );
    if let Some(transform) = mark.transform() {
        let _ = write!(out, " transform=\"{transform}\"");
    }
    if mark.opacity < 0.999 {
        let _ = write!(out, " opacity=\"{}\"", decimals(mark.opacity, 2));
    }
    out.push('>');
    if !mark.label.is_empty() {
        let _ = write!(out, "<title>{}</title>", Escaped(&mark.label));
    }
    for shape in &mark.shapes {
        write_shape(out, shape);
    }
    out.push_str("</g>");
}

fn write_shape(out: &mut String, shape: &Shape) {
    let tag = shape.tag();
    let _ = write!(out, "<{tag} class=\"{}\"", shape.class());
    for (name, value) in shape.attributes() {
        let _ = write!(out, " {name}=\"{}\"", Escaped(&value));
    }
    match shape.content() {
        "" => out.push_str("/>"),
        text => {
            let _ = write!(out, ">{}</{tag}>", Escaped(text));
        }
    }
}

struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            c => f.write_char(c),
        })
    }
}
