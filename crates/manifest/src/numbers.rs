//! Line numbers that a page put before each line.

use crate::blocks::{cut, opens_manifest};
use crate::text::{Line, Text, indent_of};

/// Takes off `1. `, `2. ` … or a column of line numbers, where at least three lines in a row count up.
pub(crate) fn without_numbers(block: &Text) -> (Text, bool) {
    let number = |line: &Line| -> Option<(u32, usize)> {
        let start = indent_of(&line.text);
        let digits = line.text[start..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let value = line.text[start..start + digits].parse().ok()?;
        let rest = &line.text[start + digits..];
        let sign = usize::from(rest.starts_with(['.', ')', '|', ':']));
        (rest.len() == sign || rest[sign..].starts_with([' ', '\t']))
            .then_some((value, start + digits + sign))
    };
    let mut text = block.clone();
    let mut changed = false;
    let mut at = 0;
    while at < block.lines.len() {
        let Some((first, _)) = number(&block.lines[at]) else {
            at += 1;
            continue;
        };
        let run = (0..).take_while(|step| {
            let line = block.lines.get(at + step);
            line.and_then(number)
                .is_some_and(|found| found.0 == first + *step as u32)
        });
        let run = run.count();
        let lines = &block.lines[at..at + run];
        let of_manifest = |line: &Line| {
            number(line).is_some_and(|found| opens_manifest(line.text[found.1..].trim_start()))
        };
        if run >= 3 && lines.iter().any(of_manifest) {
            changed = true;
            let width = lines.iter().filter_map(|line| {
                let after = &line.text[number(line)?.1..];
                (!after.trim().is_empty()).then(|| after.len() - after.trim_start().len())
            });
            let width = width.min().unwrap_or(0);
            for line in &mut text.lines[at..at + run] {
                let from = number(line).map_or(0, |found| found.1);
                *line = cut(line, (from + width).min(line.text.len()));
            }
        }
        at += run.max(1);
    }
    (text, changed)
}
