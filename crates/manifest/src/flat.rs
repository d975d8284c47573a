//! A manifest on one line, its tokens divided by blanks or by nothing, into rows.

use std::borrow::Cow;

use ordinal_api::schema;
use serde_json::Value;

use crate::layout::Row;
use crate::lines::{Unclosed, is_identifier, opens_block_scalar};

/// One `key: value` of the line, with the column (in bytes) at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub at: usize,
    pub dashes: usize,
    pub key: Option<String>,
    pub value: String,
}

impl Piece {
    pub(crate) fn row(&self) -> Row {
        Row {
            dashes: (0..self.dashes).map(|at| at * 2).collect(),
            column: self.dashes * 2,
            key: self.key.clone(),
            value: self.value.clone(),
            opaque: false,
        }
    }

    /// The piece as a line of its own, without indentation.
    pub(crate) fn text(&self) -> String {
        let dashes = "- ".repeat(self.dashes);
        let text = match &self.key {
            Some(key) if self.value.is_empty() => format!("{dashes}{key}:"),
            Some(key) => format!("{dashes}{key}: {}", safe(&self.value)),
            None => format!("{dashes}{}", safe(&self.value)),
        };
        text.trim_end().to_owned()
    }
}

/// A value that reads as one value. The line breaks of a block scalar are lost with the others; its words are kept.
fn safe(value: &str) -> Cow<'_, str> {
    let (first, rest) = value.split_once(' ').unwrap_or((value, ""));
    if opens_block_scalar(first) {
        return Value::from(rest).to_string().into();
    }
    let closed = value.starts_with(['"', '\'', '[', '{']) && !Unclosed::of(value).is_open();
    let odd = value.contains(": ") || value.ends_with(':') || value.contains(" #");
    if !closed && (odd || value.starts_with(['"', '\'', '[', '{', '@', '`', '%', ']', '}', ','])) {
        return Value::from(value).to_string().into();
    }
    value.into()
}

/// Whether one line holds more of a manifest than a line does: three known keys with a blank behind the colon.
pub(crate) fn is_flat(line: &str) -> bool {
    let keys = || {
        line.split_whitespace()
            .filter_map(|word| word.strip_suffix(':'))
            .filter(|key| schema::is_field_name(key))
    };
    (line.contains("apiVersion:") || line.contains("kind:"))
        && keys().count() >= 3
        && keys().any(|key| key == "metadata")
        || is_glued(line)
}

/// Whether tokens stand without anything between them: `v1kind: Servicemetadata:`.
pub(crate) fn is_glued(line: &str) -> bool {
    line.contains("apiVersion:")
        && line
            .match_indices("kind:")
            .any(|(at, _)| line[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
        && line.contains("metadata:")
}

/// Puts blanks between glued tokens: behind the colon of a known key, and before the longest known key that ends a word.
pub(crate) fn unglue(line: &str) -> String {
    let line = line.replace("---", " --- ");
    let mut text = String::with_capacity(line.len() + 64);
    let mut quote = None;
    let mut word = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            word.push(c);
            if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => {
                quote = Some(c);
                word.push(c);
            }
            ':' => match known_end(&word) {
                Some(at) => {
                    text.push_str(&word[..at]);
                    if at > 0 && !text.ends_with(' ') {
                        text.push(' ');
                    }
                    text.push_str(&word[at..]);
                    text.push(':');
                    if chars.peek().is_some_and(|next| *next != ' ') {
                        text.push(' ');
                    }
                    word.clear();
                }
                None => word.push(':'),
            },
            '-' if word.is_empty() && chars.peek() == Some(&' ') => text.push('-'),
            '-' if chars.peek() == Some(&' ') && !word.ends_with('-') => {
                text.push_str(&word);
                word.clear();
                text.push_str(" -");
            }
            ' ' => {
                text.push_str(&word);
                word.clear();
                text.push(' ');
            }
            _ => word.push(c),
        }
    }
    text.push_str(&word);
    text
}

/// Where the longest known key begins that ends a word. `app.kubernetes.io/name` is one key, not a known one at an end.
fn known_end(word: &str) -> Option<usize> {
    const FREE: &[&str] = &["cpu", "memory", "storage", "ephemeral-storage"];
    let start = word
        .rfind(|c: char| !c.is_ascii_alphanumeric())
        .map_or(0, |at| {
            at + word[at..].chars().next().map_or(1, char::len_utf8)
        });
    let domain = word[..start]
        .strip_suffix('/')
        .is_some_and(|domain| domain.contains('.'));
    if domain && schema::is_field_name(&word[start..]) {
        return None;
    }
    let ends = (start..word.len()).filter(|at| word.is_char_boundary(*at));
    let mut known =
        ends.filter(|at| schema::is_field_name(&word[*at..]) || FREE.contains(&&word[*at..]));
    known.next()
}

/// Divides a line into pieces at every key and dash that stands outside quotes and brackets.
pub(crate) fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut dashes = 0;
    let mut comment = false;
    let mut open = Unclosed::default();
    for (at, word) in words(line) {
        if open.is_open() {
            open.feed(word);
            append(&mut pieces, word);
            continue;
        }
        if word == "---" {
            continue;
        }
        let key = word.strip_suffix(':').filter(|key| is_key(key));
        if comment && !key.is_some_and(|key| is_identifier(key) && schema::is_field_name(key)) {
            continue;
        }
        comment = word.starts_with('#');
        if comment {
            continue;
        }
        match key {
            Some(key) => {
                let key = key.trim_matches('"').to_owned();
                pieces.push(Piece {
                    at,
                    dashes,
                    key: Some(key),
                    value: String::new(),
                });
                dashes = 0;
            }
            None if word == "-" => dashes += 1,
            None if dashes > 0 => {
                open = Unclosed::of(word);
                pieces.push(Piece {
                    at,
                    dashes,
                    key: None,
                    value: word.to_owned(),
                });
                dashes = 0;
            }
            None => {
                if pieces.last().is_some_and(|piece| piece.value.is_empty()) {
                    open = Unclosed::of(word);
                }
                append(&mut pieces, word);
            }
        }
    }
    pieces
}

fn append(pieces: &mut [Piece], word: &str) {
    if let Some(piece) = pieces.last_mut() {
        if !piece.value.is_empty() {
            piece.value.push(' ');
        }
        piece.value.push_str(word);
    }
}

fn is_key(word: &str) -> bool {
    let plain = word.trim_matches('"');
    !plain.is_empty()
        && plain.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
        && plain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'))
}

fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_flat, pieces, unglue};

    fn texts(line: &str) -> Vec<String> {
        pieces(line).iter().map(|piece| piece.text()).collect()
    }

    #[test]
    fn a_line_is_divided_at_keys_and_dashes() {
        let line = "apiVersion: v1 kind: Service metadata: name: db spec: ports: - port: 80 name: web clusterIP: None";
        assert!(is_flat(line));
        assert_eq!(
            texts(line),
            [
                "apiVersion: v1",
                "kind: Service",
                "metadata:",
                "name: db",
                "spec:",
                "ports:",
                "- port: 80",
                "name: web",
                "clusterIP: None"
            ]
        );
    }

    #[test]
    fn quotes_and_brackets_stay_whole() {
        assert_eq!(
            texts(
                "accessModes: [ \"ReadWriteOnce\" ] command: [\"sh\", \"-c\", \"echo a: b\"] image: x:1"
            ),
            [
                "accessModes: [ \"ReadWriteOnce\" ]",
                "command: [\"sh\", \"-c\", \"echo a: b\"]",
                "image: x:1"
            ]
        );
    }

    #[test]
    fn glued_tokens_come_apart_at_known_keys() {
        assert_eq!(
            unglue(
                "apiVersion: v1kind: Servicemetadata:name: dblabels:app: dbspec:clusterIP: Noneports:- port: 80name: web"
            ),
            "apiVersion: v1 kind: Service metadata: name: db labels: app: db spec: clusterIP: None ports: - port: 80 name: web"
        );
    }
}
