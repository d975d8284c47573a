//! Indentation that is a column off, on a step of its own, gone, or gone together with the line breaks.

use super::{Mended, Tools};
use crate::blocks::ends_literal;
use crate::flat::{self, Piece};
use crate::layout::{self, Placed, Row, Trust};
use crate::lines::{Unclosed, opens_block_scalar, parts};
use crate::reading::Repair;
use crate::shape::Shape;
use crate::text::{Line, Text, indent_of};
use ordinal_api::list::IntoList;

pub(crate) fn repair(tools: &Tools<'_>, text: &Text) -> Mended {
    if text.lines.iter().any(|line| flat::is_flat(&line.text)) {
        return one_line(tools, text);
    }
    let trust = if is_gone(text) {
        Trust::Nothing
    } else {
        Trust::Columns
    };
    let rows = rows(text, trust);
    let placed = layout::place(&rows, root(&rows), trust);
    let (fixed, moved) = apply(text, &rows, &placed);
    let repairs = match trust {
        Trust::Nothing => {
            let sentence = "The indentation was gone; it was rebuilt from the fields that each object can have.";
            vec![tools.text("lost-indentation", text.at(0, 0), sentence.to_owned())?]
        }
        Trust::Columns => sentences(tools, text, &rows, &moved)?,
    };
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// Indentation that points to the wrong places: what the fields allow, as if there were none.
pub(crate) fn rebuild(tools: &Tools<'_>, text: &Text) -> Mended {
    let rows = rows(text, Trust::Nothing);
    let placed = layout::place(&rows, root(&rows), Trust::Nothing);
    let (fixed, _) = apply(text, &rows, &placed);
    let sentence = "The indentation puts keys where they cannot be; it was rebuilt from the fields that each object can have.";
    let repair = tools.text("wrong-indentation", text.at(0, 0), sentence.to_owned())?;
    let lost = placed.iter().any(|row| row.lost);
    (!lost).then_some((fixed, vec![repair]))
}

/// Moves keys to the nearest place where the field table knows them. `None` when nothing moves.
pub(crate) fn relocate(text: &Text) -> Option<(Text, Vec<Row>, Vec<usize>)> {
    let rows = rows(text, Trust::Columns);
    let placed = layout::place(&rows, root(&rows), Trust::Columns);
    let (fixed, moved) = apply(text, &rows, &placed);
    (!moved.is_empty()).then_some((fixed, rows, moved))
}

/// One repair for each run of rows that moved together.
fn sentences(tools: &Tools<'_>, text: &Text, rows: &[Row], moved: &[usize]) -> Option<Vec<Repair>> {
    let mut repairs = Vec::new();
    let mut last = None;
    for row in moved {
        let follows = last == Some(row.wrapping_sub(1));
        last = Some(*row);
        if follows {
            continue;
        }
        let word = rows[*row].key.as_deref().unwrap_or("this line");
        let sentence =
            format!("`{word}` did not stand in the column of its neighbours and was put there.");
        repairs.push(tools.text("indentation", text.at(*row, rows[*row].column), sentence)?);
    }
    Some(repairs)
}

/// The lines with their new columns, and which of them moved.
fn apply(text: &Text, rows: &[Row], placed: &[Placed]) -> (Text, Vec<usize>) {
    let mut moved = Vec::new();
    let mut fixed = text.clone();
    for (at, (line, placed)) in fixed.lines.iter_mut().zip(placed).enumerate() {
        let indent = indent_of(&line.text);
        if line.text.trim().is_empty() || placed.column == indent {
            continue;
        }
        let body = line.text[indent..].to_owned();
        line.shift += indent as i32 - placed.column as i32;
        line.text = " ".repeat(placed.column) + &body;
        if !rows[at].opaque {
            moved.push(at);
        }
    }
    (fixed, moved)
}

fn root(rows: &[Row]) -> Shape {
    let value = |name: &str| {
        let row = rows
            .iter()
            .find(|row| row.key.as_deref() == Some(name) && row.dashes.is_empty());
        row.map_or("", |row| row.value.trim_matches(['"', '\'']))
    };
    Shape::of_kind(value("apiVersion"), value("kind"))
}

/// Whether no line is deeper than the first although some should be.
pub(crate) fn is_gone(text: &Text) -> bool {
    let mut waiting = false;
    for line in &text.lines {
        let trimmed = line.text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let parts = parts(&line.text);
        if waiting {
            return parts.column == 0
                && parts.key.is_some_and(|key| {
                    matches!(key, "name" | "labels" | "namespace" | "annotations")
                });
        }
        waiting = parts.key == Some("metadata") && parts.value.is_empty() && parts.column == 0;
    }
    false
}

/// Each line of a text as a row.
fn rows(text: &Text, trust: Trust) -> Vec<Row> {
    let mut literal: Option<usize> = None;
    let mut open = Unclosed::default();
    let mut rows = Vec::with_capacity(text.lines.len());
    for line in &text.lines {
        let trimmed = line.text.trim();
        let indent = indent_of(&line.text);
        let opaque = Row {
            column: indent,
            opaque: true,
            ..Row::default()
        };
        if open.is_open() {
            open.feed(trimmed);
            rows.push(opaque);
            continue;
        }
        if trimmed.is_empty() {
            rows.push(opaque);
            continue;
        }
        let parts = parts(&line.text);
        if let Some(column) = literal {
            let inside = match trust {
                Trust::Columns => indent > column,
                Trust::Nothing => !ends_literal(&parts),
            };
            if inside {
                rows.push(opaque);
                continue;
            }
            literal = None;
        }
        if trimmed.starts_with('#') {
            rows.push(opaque);
            continue;
        }
        if opens_block_scalar(parts.value) {
            literal = Some(match parts.key {
                Some(_) => parts.column,
                None => parts.dashes.last().copied().unwrap_or(0),
            });
        }
        open = Unclosed::of(parts.value);
        let continues = parts.key.is_none() && parts.dashes.is_empty();
        rows.push(Row {
            dashes: parts.dashes,
            column: parts.column,
            key: parts.key.map(str::to_owned),
            value: parts.value.to_owned(),
            opaque: continues,
        });
    }
    rows
}

/// A manifest on one line, or on a few that do not follow its structure.
fn one_line(tools: &Tools<'_>, text: &Text) -> Mended {
    let mut found: Vec<(Piece, u32, i32)> = Vec::new();
    let mut glued = false;
    for line in &text.lines {
        let is_glued = flat::is_glued(&line.text);
        glued |= is_glued;
        let plain = if is_glued {
            flat::unglue(&line.text)
        } else {
            line.text.replace(" : ", ": ")
        };
        found.extend(flat::pieces(&plain).into_iter().map(|piece| {
            let shift = line.shift
                + if is_glued {
                    0
                } else {
                    plain[..piece.at].chars().count() as i32
                };
            (piece, line.line, shift)
        }));
    }
    let rows: Vec<Row> = found.iter().map(|found| found.0.row()).into_list();
    let mut lines: Vec<Line> = Vec::new();
    let mut start = 0;
    for end in 1..=rows.len() {
        // A second `apiVersion` right before a `kind` begins the next object.
        let again = rows.get(end).is_none_or(|row| {
            let next = rows.get(end + 1).and_then(|next| next.key.as_deref());
            let begins = matches!(
                (row.key.as_deref(), next),
                (Some("apiVersion"), Some("kind")) | (Some("kind"), Some("apiVersion"))
            );
            begins
                && row.dashes.is_empty()
                && rows[end - 1].key.as_deref() != Some("apiVersion")
                && !rows[end - 1]
                    .key
                    .as_deref()
                    .is_some_and(|key| key.ends_with("Ref"))
        });
        if !again {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line {
                text: "---".to_owned(),
                line: found[start].1,
                shift: 0,
            });
        }
        let placed = layout::place(&rows[start..end], root(&rows[start..end]), Trust::Nothing);
        for ((piece, line, shift), place) in found[start..end].iter().zip(&placed) {
            let text = " ".repeat(place.column) + &piece.text();
            lines.push(Line {
                text,
                line: *line,
                shift: shift - place.column as i32,
            });
        }
        start = end;
    }
    let at = text.at(0, 0);
    let name = if glued { "glued-tokens" } else { "one-line" };
    let without = if glued {
        " without anything between its words"
    } else {
        ""
    };
    let lost = found
        .iter()
        .any(|found| found.0.value.starts_with(['|', '>']));
    let lost = if lost {
        " The line breaks inside its block texts are lost."
    } else {
        ""
    };
    let sentence = format!(
        "The manifest stood on one line{without}; lines and indentation were rebuilt from the known fields.{lost}"
    );
    let repair = tools.text(name, at, sentence)?;
    Some((
        Text {
            lines,
            open_end: false,
        },
        vec![repair],
    ))
}

/// Whether a row that moved was one of these; used to say what moved.
pub(crate) fn key_of(rows: &[Row], row: usize) -> &str {
    rows[row].key.as_deref().unwrap_or_default()
}
