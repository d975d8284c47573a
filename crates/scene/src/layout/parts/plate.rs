//! The name plate of an identity, and the heading of a group that has none.

use super::classes;
use crate::geometry::{fit, point, text_width};
use crate::layout::hue;
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{Group, GroupKind, Identity, Record};

/// Height of a plate.
pub(in crate::layout) const PLATE_HEIGHT: f64 = 68.0;
/// The same without the DNS name, where there is little height.
pub(in crate::layout) const LOW_PLATE: f64 = 46.0;

/// How large the words on a plate are.
struct Type {
    size: &'static str,
    block: f64,
    left: f64,
    name: f64,
    code: f64,
    /// Whether there is room for words beside the numeral.
    texts: bool,
}

impl Type {
    /// The largest that fits.
    fn fitting(identity: &Identity, width: f64, least: f64) -> Self {
        let large = Self {
            size: "",
            block: 52.0,
            left: 11.0,
            name: 15.0,
            code: 11.5,
            texts: true,
        };
        let small = Self {
            size: "small",
            block: 27.0,
            left: 7.0,
            name: 13.0,
            code: least,
            texts: true,
        };
        let tiny = Self {
            size: "tiny",
            block: 24.0,
            left: 6.0,
            name: 12.0,
            code: least,
            texts: true,
        };
        let named = |t: &Self| {
            text_width(&identity.name, t.name * 1.1, false) <= width - t.block - t.left - 4.0
        };
        let long = Self {
            size: "long",
            name: 13.0,
            ..large
        };
        if width >= 170.0 && !named(&large) {
            long
        } else if width >= 170.0 {
            large
        } else if width >= 112.0 {
            small
        } else {
            Self {
                texts: named(&tiny),
                ..tiny
            }
        }
    }
}

/// The plate of an identity with its upper left corner at (x, y); no type is smaller than `least`.
pub(in crate::layout) fn plate(
    identity: &Identity,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    least: f64,
) -> Mark {
    let is_low = height < PLATE_HEIGHT;
    let (record, record_class) = record_words(identity);
    let type_ = Type::fitting(identity, width, least);
    let block = if type_.texts { type_.block } else { width };
    let (left, room) = (block + type_.left, width - block - type_.left - 3.0);
    let mut shapes = vec![
        Shape::Rect {
            x: 0.0,
            y: 0.0,
            width,
            height,
            radius: 10.0,
            class: "plate__card",
        },
        Shape::path(
            format!(
                "M10 0H{block}V{height}H10A10 10 0 0 1 0 {}V10A10 10 0 0 1 10 0Z",
                height - 10.0
            ),
            "plate__block",
        ),
    ];
    let numeral = identity.ordinal.to_string();
    let numeral_class = if numeral.len() > 2 {
        "plate__numeral plate__numeral--long"
    } else {
        "plate__numeral"
    };
    let drop = if matches!(type_.size, "" | "long") && numeral.len() <= 2 {
        12.0
    } else {
        8.0
    };
    let numeral = Shape::text(block / 2.0, height / 2.0 + drop, numeral_class, numeral);
    shapes.push(numeral.anchored(Anchor::Middle));
    if type_.texts {
        let name = fit(&identity.name, room, type_.name * 1.1, false);
        let first = if is_low { 19.0 } else { 23.0 };
        shapes.push(Shape::text(left, first, "plate__name", name));
        let short = || {
            if matches!(identity.record, Record::Address(_)) {
                "in DNS"
            } else {
                "no DNS"
            }
        };
        let record = [
            record.clone(),
            record.replace("→ ", "→"),
            short().to_owned(),
        ];
        let fits = |text: &&String| text_width(text, type_.code, true) <= room;
        let record = record.iter().find(fits).cloned().unwrap_or_default();
        if is_low {
            shapes.push(Shape::text(left, 37.0, record_class, record));
        } else if text_width(&identity.dns, type_.code, true) <= room {
            shapes.push(Shape::text(left, 41.0, "plate__dns", identity.dns.clone()));
            shapes.push(Shape::text(left, 58.0, record_class, record));
        } else {
            shapes.push(Shape::text(left, 46.0, record_class, record));
        }
    }
    let modifiers = [type_.size, if identity.wanted { "" } else { "unwanted" }];
    let words = format!(
        "Identity {}: {} {}",
        identity.name,
        identity.dns,
        record.replace('→', "resolves to")
    );
    Mark::new(
        Part::Plate,
        identity.key.clone(),
        classes("plate", &modifiers, hue(Some(identity.hue))),
    )
    .at(point(x, y))
    .of(identity.id, words)
    .with(shapes)
}

/// What the last line of a plate says, and its class.
fn record_words(identity: &Identity) -> (String, &'static str) {
    match &identity.record {
        Record::Address(address) => (format!("→ {address}"), "plate__address"),
        _ if !identity.wanted => (
            "scaled down".to_owned(),
            "plate__address plate__address--soft",
        ),
        Record::NoService if identity.dns.is_empty() => (String::new(), "plate__address"),
        Record::NoService => (
            "→ no Service".to_owned(),
            "plate__address plate__address--none",
        ),
        Record::None => (
            "→ no record".to_owned(),
            "plate__address plate__address--none",
        ),
    }
}

/// The heading of a Deployment or the like, or of pods on their own: no plate, for they have no identity.
pub(in crate::layout) fn group_heading(
    group: &Group,
    number: usize,
    x: f64,
    y: f64,
    width: f64,
) -> Mark {
    let middle = width / 2.0;
    let text =
        |y, class, text: String| Shape::text(middle, y, class, text).anchored(Anchor::Middle);
    let mut shapes = vec![text(20.0, "heading__kind", group.kind.name().to_owned())];
    if group.kind == GroupKind::Alone {
        shapes.push(text(
            40.0,
            "heading__count",
            "nobody replaces them".to_owned(),
        ));
    } else {
        shapes.push(text(
            40.0,
            "heading__name",
            fit(&group.name, width, 15.0, false),
        ));
        shapes.push(text(58.0, "heading__count", group.count()));
    }
    let words = format!("{} {}: {}", group.kind.name(), group.name, group.count());
    let mark = Mark::new(
        Part::Heading,
        format!("group-{number}"),
        "heading heading--group",
    )
    .at(point(x, y))
    .with(shapes);
    match group.id {
        Some(id) => mark.of(id, words),
        None => mark,
    }
}
