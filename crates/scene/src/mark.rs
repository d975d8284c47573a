//! What a scene is made of: marks with stable keys. A mark says what it shows by class names, never by a colour.
//!
//! A mark is a group of shapes at a place. Classes follow the component: `pod-card` on the group with its state
//! (`pod-card--ready`) and hue (`hue-0`), `pod-card__ring` on a shape. The stylesheet is `www/styles/scene.css`.

use std::sync::Arc;

use ordinal_api::Text;
use ordinal_core::Id;

use crate::Caption;
use crate::geometry::{Point, Trail, arc_path, decimals, number};

/// A picture: marks in the order in which they are painted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width of the view box.
    pub width: f64,
    /// Height of the view box.
    pub height: f64,
    /// Class names of the `svg` element.
    pub class: &'static str,
    /// The marks, lowest first. Marks that did not change between two scenes may be the same `Arc`.
    pub marks: Vec<Arc<Mark>>,
    /// The beat as a sentence; the page shows it as text beside the picture, [`crate::svg`] below it.
    pub caption: Option<Caption>,
    /// The picture in one sentence, for those who do not see it.
    pub label: String,
}

/// One thing in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Stable key and DOM id, from the identity of what it shows: `pod-default-web-0-19d2`.
    pub key: Text,
    /// What kind of thing it is.
    pub part: Part,
    /// Class names of the group.
    pub class: Text,
    /// Where its shapes are measured from.
    pub at: Point,
    /// Size of its shapes, 1 at rest.
    pub scale: f64,
    /// How far it can be seen, 1 at rest.
    pub opacity: f64,
    /// Its shapes, lowest first.
    pub shapes: Vec<Shape>,
    /// The object behind it, for those marks that can be chosen: the handle of a Pod, Node, PersistentVolume …
    pub target: Option<Id>,
    /// Its name for those who do not see it, and its tooltip; empty where it is decoration.
    pub label: Text,
    /// How it comes.
    pub enter: Enter,
    /// How it goes.
    pub leave: Leave,
    /// How long after the beginning of a beat a change of it is shown, in milliseconds of presentation time.
    pub delay_ms: u16,
    /// Whether it comes, changes and goes at once, after its delay.
    pub cut: bool,
}

/// The kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the rows of the grammar")]
pub enum Part {
    Backdrop,
    Heading,
    Lamp,
    Thread,
    Node,
    NodeLamp,
    Heartbeat,
    Cable,
    Plug,
    Plate,
    Pod,
    Disk,
    Arrow,
    Lane,
    Segment,
    Flag,
    Fold,
    Tick,
}

/// How a mark comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Enter {
    /// It fades in.
    Fade,
    /// It grows out of a point and travels from it to its place.
    GrowFrom(Point),
    /// The same along a thread: down, across at a height, and down.
    GrowAlong(Point, f64),
    /// Its trail is drawn from its beginning.
    Draw,
}

/// How a mark goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It fades out where it stands.
    Fade,
    /// It shrinks where it stands: it never slides.
    Shrink,
    /// Its trail is drawn back to its beginning.
    Retract,
}

/// A shape; coordinates are relative to its mark.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are SVG's own")]
pub enum Shape {
    Rect {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        radius: f64,
        class: &'static str,
    },
    Circle {
        x: f64,
        y: f64,
        radius: f64,
        class: &'static str,
    },
    /// A fixed outline, as the `d` of a path.
    Path { d: Text, class: &'static str },
    /// A line that can be drawn in and swing.
    Trail { trail: Trail, class: &'static str },
    /// A part of a circle, in turns from the top, clockwise.
    Ring {
        x: f64,
        y: f64,
        radius: f64,
        from: f64,
        to: f64,
        class: &'static str,
    },
    Text {
        x: f64,
        y: f64,
        anchor: Anchor,
        class: &'static str,
        text: Text,
    },
}

/// Which point of a text stands at its x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "SVG's own words")]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How it stands out.
    pub emphasis: Emphasis,
    /// The words, with the spaces around them.
    pub text: Text,
}

/// How a piece of a sentence stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emphasis {
    /// Not at all.
    Plain,
    /// Who acted.
    Actor,
    /// The reason.
    Because,
    /// A name from the cluster, as code.
    Code,
    /// A rule's name or an aside.
    Aside,
}

impl Emphasis {
    /// Class name of the piece.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "sentence__plain",
            Self::Actor => "sentence__actor",
            Self::Because => "sentence__because",
            Self::Code => "sentence__code",
            Self::Aside => "sentence__aside",
        }
    }
}

impl Span {
    /// A piece of a sentence.
    pub fn new(emphasis: Emphasis, text: impl Into<Text>) -> Self {
        Self {
            emphasis,
            text: text.into(),
        }
    }
}

impl Mark {
    /// A mark at rest without shapes, which fades in and out.
    pub fn new(part: Part, key: impl Into<Text>, class: impl Into<Text>) -> Self {
        Self {
            key: key.into(),
            part,
            class: class.into(),
            at: Point::default(),
            scale: 1.0,
            opacity: 1.0,
            shapes: Vec::new(),
            target: None,
            label: Text::default(),
            enter: Enter::Fade,
            leave: Leave::Fade,
            delay_ms: 0,
            cut: false,
        }
    }

    /// The same at a place.
    pub fn at(mut self, at: Point) -> Self {
        self.at = at;
        self
    }

    /// The same with its shapes.
    pub fn with(mut self, shapes: impl IntoIterator<Item = Shape>) -> Self {
        self.shapes.extend(shapes);
        self
    }

    /// The same for an object that can be chosen.
    pub fn of(mut self, target: Id, label: impl Into<Text>) -> Self {
        self.target = Some(target);
        self.label = label.into();
        self
    }

    /// The same with its ways to come and to go.
    pub fn moves(mut self, enter: Enter, leave: Leave) -> Self {
        self.enter = enter;
        self.leave = leave;
        self
    }

    /// The `transform` of its group; `None` at rest in the origin.
    pub fn transform(&self) -> Option<String> {
        let moved = self.at != Point::default();
        let scaled = (self.scale - 1.0).abs() > 0.001;
        let translate = || format!("translate({} {})", number(self.at.x), number(self.at.y));
        match (moved, scaled) {
            (false, false) => None,
            (true, false) => Some(translate()),
            _ => Some(format!(
                "{} scale({})",
                translate(),
                decimals(self.scale, 3)
            )),
        }
    }
}

impl Shape {
    /// A text that begins at a point.
    pub fn text(x: f64, y: f64, class: &'static str, text: impl Into<Text>) -> Self {
        Self::Text {
            x,
            y,
            anchor: Anchor::Start,
            class,
            text: text.into(),
        }
    }

    /// The same text with another point of it at its x.
    pub fn anchored(self, to: Anchor) -> Self {
        match self {
            Self::Text {
                x, y, class, text, ..
            } => Self::Text {
                x,
                y,
                anchor: to,
                class,
                text,
            },
            other => other,
        }
    }

    /// A fixed outline.
    pub fn path(d: impl Into<Text>, class: &'static str) -> Self {
        Self::Path { d: d.into(), class }
    }

    /// Its class names.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Rect { class, .. }
            | Self::Circle { class, .. }
            | Self::Path { class, .. }
            | Self::Trail { class, .. }
            | Self::Ring { class, .. }
            | Self::Text { class, .. } => class,
        }
    }

    /// The SVG element that draws it.
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Rect { .. } => "rect",
            Self::Circle { .. } => "circle",
            Self::Path { .. } | Self::Trail { .. } => "path",
            Self::Ring { from, to, .. } if to - from >= 1.0 => "circle",
            Self::Ring { .. } => "path",
            Self::Text { .. } => "text",
        }
    }

    /// The element's content: the words of a text, nothing otherwise.
    pub fn content(&self) -> &str {
        match self {
            Self::Text { text, .. } => text,
            _ => "",
        }
    }

    /// The element's attributes, beside its class.
    pub fn attributes(&self) -> Vec<(&'static str, Text)> {
        let n = |value: f64| Text::from(number(value));
        match self {
            Self::Rect {
                x,
                y,
                width,
                height,
                radius,
                ..
            } => {
                let mut list = vec![
                    ("x", n(*x)),
                    ("y", n(*y)),
                    ("width", n(*width)),
                    ("height", n(*height)),
                ];
                if *radius > 0.0 {
                    list.push(("rx", n(*radius)));
                }
                list
            }
            Self::Circle { x, y, radius, .. } => {
                vec![("cx", n(*x)), ("cy", n(*y)), ("r", n(*radius))]
            }
            Self::Path { d, .. } => vec![("d", d.clone())],
            Self::Trail { trail, .. } => vec![("d", trail.to_path().into())],
            Self::Ring {
                x,
                y,
                radius,
                from,
                to,
                ..
            } if to - from >= 1.0 => {
                vec![("cx", n(*x)), ("cy", n(*y)), ("r", n(*radius))]
            }
            Self::Ring {
                x,
                y,
                radius,
                from,
                to,
                ..
            } => {
                vec![(
                    "d",
                    arc_path(Point { x: *x, y: *y }, *radius, *from, *to).into(),
                )]
            }
            Self::Text { x, y, anchor, .. } => {
                let mut list = vec![("x", n(*x)), ("y", n(*y))];
                match anchor {
                    Anchor::Start => {}
                    Anchor::Middle => list.push(("text-anchor", Text::new_static("middle"))),
                    Anchor::End => list.push(("text-anchor", Text::new_static("end"))),
                }
                list
            }
        }
    }
}

impl Scene {
    /// The mark of that key.
    pub fn mark(&self, key: &str) -> Option<&Arc<Mark>> {
        self.marks.iter().find(|mark| mark.key == key)
    }
}
