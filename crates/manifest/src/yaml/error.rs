//! The parser's errors in kubectl's words.
//!
//! Models `parser.fail` of `goyaml.v2/decode.go`: no line at all on the first line, and structure errors name the line before.

use saphyr_parser::ScanError;

use super::Fault;
use crate::node::Mark;

pub(super) fn translate(error: &ScanError) -> Fault {
    let row = error.marker().line().saturating_sub(1);
    let at = Mark {
        row,
        column: error.marker().col(),
    };
    let (problem, stage) = words(error.info());
    let line = match stage {
        _ if row == 0 => 0,
        Stage::Scanner => row + 1,
        Stage::Parser => row,
    };
    let message = if line == 0 {
        problem.to_owned()
    } else {
        format!("line {line}: {problem}")
    };
    Fault { message, at }
}

enum Stage {
    Scanner,
    Parser,
}

fn words(info: &str) -> (&str, Stage) {
    const SCANNER: &[(&str, &str)] = &[
        (
            "mapping values are not allowed",
            "mapping values are not allowed in this context",
        ),
        ("simple key expect", "could not find expected ':'"),
        (
            "block sequence entries are not allowed",
            "block sequence entries are not allowed in this context",
        ),
        (
            "mapping keys are not allowed",
            "mapping keys are not allowed in this context",
        ),
        (
            "tabs disallowed",
            "found character that cannot start any token",
        ),
        (
            "tab cannot be used",
            "found character that cannot start any token",
        ),
        ("unexpected end of stream", "found unexpected end of stream"),
        ("unknown escape character", "found unknown escape character"),
        (
            "did not find expected hexadecimal number",
            "did not find expected hexdecimal number",
        ),
        (
            "unexpected document indicator",
            "found unexpected document indicator",
        ),
        (
            "did not find expected alphabetic",
            "did not find expected alphabetic or numeric character",
        ),
        (
            "did not find expected comment or line break",
            "did not find expected comment or line break",
        ),
        (
            "unprintable character",
            "found character that cannot start any token",
        ),
    ];
    const PARSER: &[(&str, &str)] = &[
        ("did not find expected key", "did not find expected key"),
        (
            "did not find expected '-' indicator",
            "did not find expected '-' indicator",
        ),
        ("expected ',' or ']'", "did not find expected ',' or ']'"),
        ("expected ',' or '}'", "did not find expected ',' or '}'"),
        (
            "did not find expected node content",
            "did not find expected node content",
        ),
        ("unknown anchor", "unknown anchor referenced"),
        (
            "did not find expected <document",
            "did not find expected <document start>",
        ),
    ];
    let find = |table: &[(&'static str, &'static str)]| {
        table
            .iter()
            .find(|entry| info.contains(entry.0))
            .map(|entry| entry.1)
    };
    if let Some(known) = find(PARSER) {
        return (known, Stage::Parser);
    }
    (find(SCANNER).unwrap_or(info), Stage::Scanner)
}
