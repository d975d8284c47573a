//! The name plate of an identity, and the heading of a group that has none.

use super::classes;
use crate::geometry::{fit, point};
use crate::layout::hue;
use crate::mark::{Anchor, Mark, Part, Shape};
use crate::model::{Group, GroupKind, Identity, Record};

/// Height of a plate.
pub(in crate::layout) const PLATE_HEIGHT: f64 = 68.0;

/// The plate of an identity with its upper left corner at (x, y).
pub(in crate::layout) fn plate(identity: &Identity, x: f64, y: f64, width: f64) -> Mark {
    let height = PLATE_HEIGHT;
    let size = if width >= 170.0 { "" } else { "small" };
    let block = if width >= 170.0 { 52.0 } else { 28.0 };
    let tight = !size.is_empty();
    let room = width - block - if tight { 13.0 } else { 20.0 };
    let left = block + if tight { 8.0 } else { 11.0 };
    let (record, record_class) = record_words(identity);
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
    let drop = if size.is_empty() && numeral.len() <= 2 {
        12.0
    } else {
        8.0
    };
    shapes.push(
        Shape::text(block / 2.0, height / 2.0 + drop, numeral_class, numeral)
            .anchored(Anchor::Middle),
    );
    if room >= 30.0 {
        let (size, code) = if tight { (13.0, 11.0) } else { (15.0, 11.5) };
        let record = if tight {
            record.replace("→ ", "→")
        } else {
            record.clone()
        };
        shapes.push(Shape::text(
            left,
            23.0,
            "plate__name",
            fit(&identity.name, room, size * 1.1, false),
        ));
        shapes.push(Shape::text(
            left,
            41.0,
            "plate__dns",
            fit(&identity.dns, room, code, true),
        ));
        shapes.push(Shape::text(
            left,
            58.0,
            record_class,
            fit(&record, room, code, true),
        ));
    }
    let modifiers = [size, if identity.wanted { "" } else { "unwanted" }];
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
pub(in crate::layout) fn record_words(identity: &Identity) -> (String, &'static str) {
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

/// The heading of a Deployment, or of pods on their own: no plate, for they have no identity.
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
        shapes.push(text(
            58.0,
            "heading__count",
            format!("{}/{} ready", group.ready, group.wanted),
        ));
    }
    let words = format!(
        "{} {}: {} of {} ready",
        group.kind.name(),
        group.name,
        group.ready,
        group.wanted
    );
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
