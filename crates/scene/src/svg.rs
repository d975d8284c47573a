//! A scene as a complete SVG text: for tests, posters and print. The page draws the same marks as elements.

use std::fmt::Write;

use crate::mark::{Mark, Scene, Shape};

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
    let (width, height) = (scene.width, scene.height);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene scene--document\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"{theme}>"
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
    out.push_str("</svg>");
    out
}

/// Patterns that the stylesheet names: hatching for what is only believed. Put it once into every page that draws scenes.
pub fn defs() -> &'static str {
    "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternTransform=\"rotate(45)\" patternUnits=\"userSpaceOnUse\">\
     <rect class=\"hatch__ground\" width=\"6\" height=\"6\"/><path class=\"hatch__line\" d=\"M0 0V6\"/></pattern></defs>"
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
        let _ = write!(out, " opacity=\"{:.2}\"", mark.opacity);
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
